"""How new perpetuals look on a phone: a table of the most traded, and one plain reason for caution each."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from chatbot.command import Button, Reply
from chatbot.core.funding import DAY
from chatbot.core.markets import Instrument, exchange_name
from chatbot.core.rotation.listings import (
    EXTREME_PER_EIGHT_HOURS,
    MOST_BOOKS,
    THIN_DAY_QUOTE,
    WIDE_SHARE,
    YOUNG,
    Caution,
    Listing,
    ListingsPlan,
)
from chatbot.core.statistics import FEWEST_DAYS, FEWEST_FOR_VOLATILITY
from handlers import formatting as show
from handlers import grammar
from handlers.rotate.signals.exits_render import outage_line
from handlers.rotate.words import in_rows

COMMAND = "/rotate new"
SEEN, MOST = 5, 20
NAME_COLUMNS = 7
OLDER_NAMED = 10
DAYS = YOUNG // DAY

WORDS: Mapping[Caution, str] = {
    Caution.VOLUME_UNKNOWN: "what is traded in a day is not told",
    Caution.THIN: "thin, below {thin} a day",
    Caution.WIDE: "the spread is wide, above {wide}",
    Caution.IMPOSSIBLE_FUNDING: "funding that can hardly be right",
    Caution.EXTREME_FUNDING: "{payers} pay {year} a year in funding",
    Caution.INTERVAL_UNKNOWN: "how often funding is charged is not told",
    Caution.ONE_EXCHANGE: "on one exchange only: nowhere else to go if it fails",
    Caution.NO_VOLATILITY: "younger than {volatility} days: no volatility yet",
    Caution.NO_BETA: "younger than {beta} days: no beta yet",
    Caution.NO_QUARTER: "no 90 days yet: what funding is usual is not known",
}


def render(plan: ListingsPlan, key: str) -> Reply:
    """The answer to /rotate new."""
    first, more = plan.listings[:SEEN], plan.listings[SEEN:MOST]
    lines = (
        f"<b>{_headline(plan)}</b>",
        *_rows(first),
        *_undated(plan),
        *outage_line((*plan.exchanges, *_missing(plan)), _missing(plan)),
        show.expandable("\n".join((*_rows(more), *_older(plan), _definition()))),
        show.source_line(plan.source, None, plan.planned_at - plan.as_of),
    )
    return Reply("\n".join(lines), _buttons(plan, key), plan=plan)


def _headline(plan: ListingsPlan) -> str:
    if not plan.listings:
        return f"No coin got its first perpetual in the last {DAYS} days, as far as dates are given"
    first = plan.listings[0]
    count = len(plan.listings)
    most = f"most traded: {show.escape(first.instrument.coin)}, {show.duration(first.age)} old"
    return f"{count} new coin{'' if count == 1 else 's'} with a perpetual in {DAYS} days; {most}"


def _rows(listings: Sequence[Listing]) -> Iterator[str]:
    if listings:
        yield show.table(("", "days", "$/day", "spr%", "%/8h"), [_cells(each) for each in listings], names=1)
        yield from map(_caution, listings)


def _cells(each: Listing) -> tuple[str, str, str, str, str]:
    volume = "?" if each.volume_day_quote is None else _short(each.volume_day_quote)
    spread = "?" if each.spread_share is None else f"{each.spread_share * 100:.2f}"
    rate = each.per_eight_hours
    funding = "?" if rate is None else show.signed_percent(rate, digits=3).removesuffix(" %")
    return show.clipped(each.instrument.coin, NAME_COLUMNS), str(each.age // DAY), volume, spread, funding


def _short(volume: Decimal) -> str:
    """In at most five columns: 123m, 9.1m, 12k."""
    for size, suffix in ((Decimal(10**9), "b"), (Decimal(10**6), "m"), (Decimal(10**3), "k")):
        if volume >= size:
            times = volume / size
            return f"{times:.1f}{suffix}" if times < 10 else f"{times:.0f}{suffix}"
    return f"{volume:.0f}"


def _caution(each: Listing) -> str:
    coin, where = show.escape(each.instrument.coin), exchange_name(each.instrument.exchange)
    every = f", funding every {show.interval(each.funding.interval)}" if each.funding and each.funding.interval else ""
    undated = f" ({', '.join(map(exchange_name, each.undated))} lists it, too, since when is not told)"
    return f"• {coin}, {where}{every}: {_reason(each)}{undated if each.undated else ''}"


def _reason(each: Listing) -> str:
    rate = each.per_eight_hours or Decimal(0)
    return WORDS[each.caution].format(
        thin=show.money(THIN_DAY_QUOTE),
        wide=show.share_as_percent(WIDE_SHARE),
        payers="longs" if rate > 0 else "shorts",
        year=show.share_as_percent(abs(rate) * 3 * 365),
        volatility=FEWEST_FOR_VOLATILITY + 1,
        beta=FEWEST_DAYS + 1,
    )


def _undated(plan: ListingsPlan) -> Iterator[str]:
    if plan.undated:
        names = ", ".join(map(exchange_name, plan.undated))
        yield f"No listing dates from {names}: what is new there alone is not seen"


def _missing(plan: ListingsPlan) -> tuple[str, ...]:
    return tuple(outage.exchange for outage in plan.outages if outage.exchange not in plan.exchanges)


def _older(plan: ListingsPlan) -> Iterator[str]:
    unseen = len(plan.listings) - MOST
    if unseen > 0:
        yield f"{unseen} more are traded less."
    if plan.on_older_coins:
        named = ", ".join(map(_contract, plan.on_older_coins[:OLDER_NAMED]))
        rest = len(plan.on_older_coins) - OLDER_NAMED
        yield f"New contracts of coins with older ones: {named}{f' and {rest} more' if rest > 0 else ''}."


def _contract(instrument: Instrument) -> str:
    return f"{show.escape(instrument.coin)} in {instrument.settle} on {exchange_name(instrument.exchange)}"


def _definition() -> str:
    return (
        "Days since the first perpetual of the coin with a date; volume, spread and funding are those of its most "
        f"traded new one. Spread: best bid to best ask, of the {MOST_BOOKS} most traded; ? is not asked or not told. "
        f"One caution each, the first that holds: volume below {show.money(THIN_DAY_QUOTE)}, spread above "
        f"{show.share_as_percent(WIDE_SHARE)}, funding from {show.rate(EXTREME_PER_EIGHT_HOURS)} per 8h either way, "
        "one exchange only, too young."
    )


def _buttons(plan: ListingsPlan, key: str) -> tuple[tuple[Button, ...], ...]:
    coins = [each.instrument.coin for each in plan.listings[:3]]
    checks = tuple(Button(f"Check {coin}", f"/rotate check {grammar.coin_word(coin)}") for coin in coins)
    last = (Button("Which sector leads", "/rotate"), Button("How?", f"/how {key}"))
    return (*in_rows(checks), last)


def explanation_of(plan: ListingsPlan) -> Reply:
    """The reply to `How?`: the definitions, and when each was listed."""
    rows = (
        f"{show.escape(each.instrument.coin)}: {each.instrument.symbol} on {exchange_name(each.instrument.exchange)}, "
        f"listed {plan.planned_at - each.age:%-d %b %Y}; on {', '.join(map(exchange_name, each.exchanges))}"
        for each in plan.listings[:MOST]
    )
    dates = "Dates are the exchanges' own: when trading began, or when the contract was announced or made."
    return Reply("\n".join(("<b>How new is read</b>", _definition(), dates, *rows)), is_new_message=True)
