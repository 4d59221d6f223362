"""How strengths are written: floats as percentages, narrow ones for tables, sectors by short names."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Button
from chatbot.core.crowding import Crowding
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.heat import EIGHT_HOURS_A_YEAR
from chatbot.core.rotation.standings import Breadth, LeftOut, Strength
from chatbot.core.rotation.strength import Quadrant
from chatbot.core.rotation.table import Bitcoin, Looked
from handlers import formatting as show

# Of the catalogue's sectors, in at most seven columns.
SHORT_NAMES = {
    "store of value": "store",
    "exchange": "exch.",
    "infrastructure": "infra",
    "bitcoin ecosystem": "btc eco",
}
TITLES = {"ai": "AI", "defi": "DeFi", "depin": "DePIN", "rwa": "RWA"}
QUADRANT_WORDS = {
    Quadrant.LEADING: "strong and rising",
    Quadrant.WEAKENING: "strong and falling",
    Quadrant.LAGGING: "weak and falling",
    Quadrant.IMPROVING: "weak and rising",
}
CROWDING_WORDS = {Crowding.LONGS: "crowded longs", Crowding.SHORTS: "crowded shorts"}
GAP = "–"
MOST_NAMED, MOST_SOURCES = 12, 3
OLD_CLOSES = timedelta(hours=36)  # a day is due every 24
ONE_DIGIT_BELOW, IN_FULL_BELOW = 9.95, 999.5  # percent
A_ROW, LONGEST_OF_A_THIRD = 3, 10  # buttons; letters that a third of a phone's width takes


def exact_share(value: float) -> Decimal:
    """A float without a unit as a Decimal, for formatting."""
    return Decimal(repr(round(value, 6)))


def percent(value: float | None) -> str:
    """+12.3 %."""
    return GAP if value is None else show.signed_percent(exact_share(value))


def cell(value: float | None) -> str:
    """Percent without its sign in at most four columns: +4.1, −12, +150, +2k."""
    if value is None:
        return GAP
    shown = value * 100
    if abs(shown) < ONE_DIGIT_BELOW:
        words = f"{shown:+.1f}"
    else:
        words = f"{shown:+.0f}" if abs(shown) < IN_FULL_BELOW else f"{shown / 1000:+.0f}k"
    return words.replace("-", show.MINUS) if float(words.rstrip("k")) else "0.0"


def yearly_cell(per_eight_hours: Decimal | None) -> str:
    """A rate of 8 hours as whole percent a year: +11, −5."""
    if per_eight_hours is None:
        return GAP
    shown = f"{per_eight_hours * EIGHT_HOURS_A_YEAR * 100:+.0f}"
    return shown.replace("-", show.MINUS) if int(shown) else "0"


def titled(sector: str) -> str:
    """A sector's name at the beginning of a line."""
    return TITLES.get(sector, sector[:1].upper() + sector[1:])


def breadth_cell(breadth: Breadth) -> str:
    """5/8."""
    return f"{breadth.above}/{breadth.of}" if breadth.of else GAP


def against_bitcoin(strength: Strength) -> str:
    """+12.3 % against bitcoin in 30 days, +4.1 % in 7."""
    return f"{percent(strength.month)} against bitcoin in 30 days, {percent(strength.week)} in 7"


def table(names: str, rows: Sequence[tuple[str, Strength, str, Decimal | None]]) -> str:
    """Name, strength of 7 and 30 days, its change, breadth, funding a year; 30 columns wide, names cut to what is left.

    `rows`: name, strength, breadth as words, rate per 8 hours.
    """
    figures = [
        (cell(strength.week), cell(strength.month), cell(strength.change), breadth, yearly_cell(rate))
        for _, strength, breadth, rate in rows
    ]
    heads = ("7d", "30d", "chg", "up", "APR")
    widths = [max(len(line[at]) for line in (heads, *figures)) for at in range(len(heads))]
    room = show.TABLE_COLUMNS - sum(widths) - len(widths)
    cut = [show.clipped(SHORT_NAMES.get(name, name), room) for name, *_ in rows]
    lines = [(name, *line) for name, line in zip(cut, figures, strict=True)]
    return show.table((show.clipped(names, room), *heads), lines, names=1)


LEGEND = (
    "7d, 30d: % against bitcoin; chg: of the 30 days within a week; up: coins above their 20-day mean; "
    "APR: what longs pay a year, %, where a coin is traded most."
)


def in_rows(buttons: Iterable[Button]) -> Iterator[tuple[Button, ...]]:
    """Three a row; two where one of them has a longer name."""
    left = tuple(buttons)
    while left:
        is_long = any(len(each.label) > LONGEST_OF_A_THIRD for each in left[:A_ROW])
        row = left[: A_ROW - is_long]
        yield row
        left = left[len(row) :]


def listed(names: Iterable[str], most: int = MOST_NAMED) -> str:
    """Escaped names, and how many more there are."""
    each = tuple(names)
    more = f" and {len(each) - most} more" if len(each) > most else ""
    return show.escape(", ".join(each[:most])) + more


def left_out_words(each: LeftOut) -> str:
    """FET (12 days), or FTT (no price of the last week)."""
    why = "no price of the last week" if each.is_silent else f"{each.days} day{'' if each.days == 1 else 's'}"
    return f"{each.coin} ({why})"


def missing_lines(looked: Looked, coins: Collection[str] | None = None) -> Iterator[str]:
    """What did not come, of these coins or of all, for the upper part of an answer."""
    missing = [coin for coin in looked.coins_missing if coins is None or coin in coins]
    if missing:
        yield f"⚠ Prices of {len(missing)} coin{'' if len(missing) == 1 else 's'} did not come yet; ask again"
    if looked.outages:
        names = ", ".join(exchange_name(outage.exchange) for outage in looked.outages)
        yield f"⚠ {len(looked.outages)} of {len(looked.exchanges)} exchanges missing: {show.escape(names)}"


def age_words(looked: Looked, bitcoin: Bitcoin) -> str:
    """What goes before the first line where its closes are old."""
    age = looked.planned_at - bitcoin.closed_at
    return f"Closes {show.duration(age)} old. " if age > OLD_CLOSES else ""


def source(looked: Looked, bitcoin: Bitcoin) -> str:
    """The last line: where from, up to which close, and the age of the rates (of the closes where none came)."""
    names = ", ".join(looked.sources[:MOST_SOURCES])
    closes = f"closes to {bitcoin.closed_at:%d %b %H:%M} UTC"
    if looked.rates_as_of is None:
        return show.source_line(names, f"no rates · {closes}", looked.planned_at - bitcoin.closed_at)
    return show.source_line(names, f"{closes} · rates", looked.planned_at - looked.rates_as_of)
