"""How amounts, shares, rates, times and tables look on a phone.

Law: a real minus sign, thousands separators, never an exponent, a negative zero or a nan. What is copied is exact.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from html import escape as _escape_html

from wcwidth import wcswidth

from chatbot.core.crowding import CROWDED_PER_EIGHT_HOURS, Crowded
from chatbot.core.portfolio import FuturesPosition
from chatbot.core.quantities import nearest_step

MINUS = "−"
TABLE_COLUMNS = 30
MILLIONTH, CENT, DIME, WHOLE = Decimal("0.000001"), Decimal("0.01"), Decimal("0.1"), Decimal(1)
_FOUR_DIGITS = Context(prec=4, rounding=ROUND_HALF_EVEN)
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


def escape(text: str) -> str:
    """Text that somebody typed, safe in HTML."""
    return _escape_html(text, quote=False)


def number(value: Decimal) -> str:
    """For reading: four significant digits, all digits of the whole part: 3,450 · 1.234 · 0.001235."""
    if abs(value) >= 1000:
        return _plain(value.quantize(WHOLE, context=_WIDE))
    return _plain(_trimmed(_FOUR_DIGITS.plus(value)))


def quantity(amount_base: Decimal) -> str:
    """Coins, for reading."""
    return number(amount_base)


def exact(value: Decimal) -> str:
    """Every digit, no separators: for typing at an exchange and for command lines."""
    written = f"{value:f}" if value else "0"
    return written.rstrip("0").rstrip(".") if "." in written else written


def exact_grouped(value: Decimal) -> str:
    """Every digit, with separators: for reading what is exact."""
    return _plain(_trimmed(value))


def money(value: Decimal) -> str:
    """Dollars for reading: $17,250 · $431.05 · $0.40 · $0.0123."""
    size = abs(value)
    if size >= 1000:
        shown = value.quantize(WHOLE, context=_WIDE)
    elif size >= DIME or size == 0:
        shown = value.quantize(CENT, context=_WIDE)
    else:
        shown = _with_cents(_trimmed(_THREE_DIGITS.plus(value)))
    return _signed_dollars(shown, f"{abs(shown):,f}")


def cents(value: Decimal) -> Decimal:
    """Rounded to the cent: a printed total is the sum of parts that were rounded first."""
    return value.quantize(CENT, context=_WIDE)


def exact_money(value: Decimal) -> str:
    """Dollars to the cent, so that printed parts sum to a printed total."""
    shown = value.quantize(CENT, context=_WIDE)
    return _signed_dollars(shown, f"{abs(shown):,f}")


def signed_money(value: Decimal) -> str:
    """Dollars with + on gains."""
    shown = money(value)
    return shown if shown.startswith(MINUS) or value == 0 else f"+{shown}"


def compact_money(value: Decimal) -> str:
    """Signed dollars in at most seven columns, for tables: +10.4k · −1.25m · +987."""
    size = abs(value)
    for limit, suffix in ((Decimal(10**9), "b"), (Decimal(10**6), "m"), (Decimal(10**4), "k")):
        if size >= limit:
            unit = limit if suffix != "k" else Decimal(1000)
            return _with_plus(_THREE_DIGITS.divide(value, unit), suffix)
    return _with_plus(value.quantize(WHOLE if size >= 100 else CENT, context=_WIDE), "")


def compact(value: Decimal) -> str:
    """An amount in at most eight columns, for tables: 9,876 · 12.35k · 1.5m · 0.00123 · ≈0 below a millionth."""
    for limit, suffix in ((Decimal(10**9), "b"), (Decimal(10**6), "m"), (Decimal(10**4), "k")):
        if abs(value) >= limit:
            unit = limit if suffix != "k" else Decimal(1000)
            return f"{_plain(_trimmed(_FOUR_DIGITS.divide(value, unit)))}{suffix}"
    if abs(value) >= 1 or value == 0:
        return number(value)
    shown = _THREE_DIGITS.plus(value).quantize(MILLIONTH, context=_WIDE)
    return _plain(_trimmed(shown)) if shown else "≈0"


def price(quote: Decimal, tick: Decimal) -> str:
    """A price at the exchange's own step."""
    return _plain(nearest_step(quote, tick).quantize(_trimmed(tick), context=_WIDE))


def share_as_percent(share: Decimal) -> str:
    """0.5 as 50 %; what is below one has three digits, and 99.95 % is not called 100 %."""
    percent = share * 100
    shown = _below_hundred(percent) if abs(percent) >= 1 else _THREE_DIGITS.plus(percent)
    return f"{_plain(_trimmed(shown))} %"


def share_for_typing(share: Decimal) -> str:
    """0.5 as 50%, exactly."""
    return f"{exact(share * 100)}%"


def signed_percent(share: Decimal, digits: int = 1) -> str:
    """+49.3 % · −33.0 %."""
    shown = (share * 100).quantize(Decimal(1).scaleb(-digits), context=_WIDE)
    return f"{_with_plus(shown, '')} %"


def rate(per_interval: Decimal) -> str:
    """A funding rate: +0.0100 %."""
    return signed_percent(per_interval, digits=4)


def in_its_tenth(crowd: Crowded, what: str) -> str:
    """Of crowded shorts it is the lowest tenth of the coin's own weeks."""
    end = "top" if crowd.week_per_eight_hours > 0 else "lowest"
    return f", in the {end} tenth of {crowd.weeks} such {what}" if crowd.is_top_tenth else ""


def as_it_goes(crowd: Crowded, coin: str) -> str:
    """Behind "crowded": nothing where it is so anywhere, else that it is for this coin, at a rate that is not high."""
    if not crowd.is_by_its_own_weeks:
        return ""
    least = share_as_percent(CROWDED_PER_EIGHT_HOURS)
    return f" for {escape(coin)}, though the rate is {'low' if crowd.is_cool else f'below {least}'}"


def leverage(times: Decimal) -> str:
    """2x."""
    return f"{exact(times)}x"


def tied_up(position: FuturesPosition, price_quote: Decimal) -> str:
    """The arithmetic of the capital in a position: 5 × 3,450 ÷ 2x + $6,640 won since = $15,265."""
    times = leverage(position.leverage) if position.leverage else "1x (not said)"
    entry = number(position.entry_quote) if position.entry_quote else f"{number(price_quote)} (now, no entry recorded)"
    result = position.result_quote(price_quote)
    since = f" {'+' if result > 0 else MINUS} {money(abs(result))} {'won' if result > 0 else 'lost'} since"
    total = position.tied_up_quote(price_quote)
    return (
        f"{quantity(position.amount_base)} × {entry} ÷ {times}{since if result else ''} = {money(total)}"
        f"{'' if total else ', no less than nothing'}"
    )


def exact_hours(length: timedelta) -> str:
    """A length of time in hours: 8."""
    return exact(Decimal(length / timedelta(hours=1)))


def interval(length: timedelta) -> str:
    """A funding interval: 8h."""
    return f"{exact_hours(length)}h"


def counted(length: timedelta) -> tuple[int, str]:
    """How many of which unit say it: (30, "day"), (4, "hour"), (12, "minute"), (3, "second")."""
    seconds = max(int(length.total_seconds()), 0)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return seconds // size, name
    return seconds, "second"


def duration(length: timedelta) -> str:
    """In words: 30 days, 4 hours, 12 minutes, 3 s."""
    count, unit = counted(length)
    return f"{count} s" if unit == "second" else f"{count} {unit}{'' if count == 1 else 's'}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], names: int = 0) -> str:
    """A <pre> table, padded by display width: the first `names` columns to the left, figures to the right."""
    lines = [heads, *rows]
    widths = [max(wcswidth(line[at]) for line in lines) for at in range(len(heads))]
    gap = " " * min(2, max(1, (TABLE_COLUMNS - sum(widths)) // max(len(widths) - 1, 1)))
    printed = (
        gap.join(_padded(cell, width, at < names) for at, (cell, width) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    )
    return f"<pre>{escape(chr(10).join(printed))}</pre>"


def clipped(text: str, columns: int) -> str:
    """`text`, or as much of it as fits in so many columns of a table, marked as cut: FARTCOINX must not be FARTCOIN."""
    if wcswidth(text) <= columns:
        return text
    while wcswidth(text) > columns - 1:
        text = text[:-1]
    return f"{text}…"


def expandable(html: str) -> str:
    """Details that open with a tap."""
    return f"<blockquote expandable>{html}</blockquote>"


def source_line(source: str, price_words: str | None, age: timedelta) -> str:
    """Where the figures come from and how old they are: the last line of every answer."""
    when = f"{duration(age)} ago" if age >= timedelta(seconds=1) else "just now"
    return "<i>" + " · ".join(word for word in (escape(source), price_words, when) if word) + "</i>"


def _padded(cell: str, width: int, is_name: bool) -> str:
    space = " " * (width - wcswidth(cell))
    return cell + space if is_name else space + cell


def _plain(value: Decimal) -> str:
    shown = f"{abs(value):,f}"
    return f"{MINUS}{shown}" if value < 0 else shown


def _with_plus(value: Decimal, suffix: str) -> str:
    shown = f"{_plain(value)}{suffix}"
    return f"+{shown}" if value > 0 else shown


def _signed_dollars(value: Decimal, shown: str) -> str:
    return f"{MINUS}${shown}" if value < 0 else f"${shown}"


def _with_cents(value: Decimal) -> Decimal:
    """At least two digits behind the point, more where it has more."""
    cents = value.quantize(CENT, context=_WIDE)
    return cents if cents == value else value


def _trimmed(value: Decimal) -> Decimal:
    """Without trailing zeros behind the point; 200 stays 200."""
    normal = value.normalize(_WIDE)
    return normal.quantize(WHOLE, context=_WIDE) if normal == normal.to_integral_value() else normal


def _below_hundred(percent: Decimal) -> Decimal:
    shown = percent.quantize(DIME, context=_WIDE)
    if shown == 100 and percent < 100:
        return percent.quantize(Decimal("0.001"), context=_WIDE).min(Decimal("99.999"))
    return shown
