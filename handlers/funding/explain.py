"""`How?` on an answer of /funding: its arithmetic with its own figures."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Reply
from chatbot.core.alerts.overview import MapPlan, OverviewPlan
from chatbot.core.alerts.rules import RateLine
from chatbot.core.comparison import LEG_QUOTE, LEVERAGE, ComparisonPlan, FundingRow
from chatbot.core.funding import Realised
from chatbot.core.markets import exchange_name
from chatbot.core.record import RecordPlan
from handlers import formatting as show
from handlers.funding.perpetuals import name_of

DAY = timedelta(days=1)
RANKED = (
    "Not ranked: an unknown interval, a rate beyond 3 % per 8h, a mark more than 5 % from most others. PEPE, kPEPE and "
    "1000PEPE are one coin."
)


def explain_exchanges(plan: ComparisonPlan) -> Reply:
    """The comparison of exchanges."""
    head = f"<b>How funding of {show.escape(plan.coin)} was compared</b>"
    rule = "received = − side × notional × rate (long +1, short −1): positive, longs pay shorts"
    return _reply(head, rule, *_main(plan.main), *_spread(plan), *_crowd(plan), RANKED)


def _main(row: FundingRow) -> Iterator[str]:
    yield f"<b>{name_of(row.instrument)}</b>"
    rate = row.rate
    if rate is None or rate.interval is None or row.per_eight_hours is None or row.per_year is None:
        yield "Without its interval a rate has no figure per 8h and none a year."
    else:
        one, every = show.rate(rate.rate_per_interval), show.exact_hours(rate.interval)
        yield f"per 8h: {one} × 8 ÷ {every} = {show.rate(row.per_eight_hours)}"
        yield f"a year: {one} × 8,760 ÷ {every} = {show.signed_percent(row.per_year, digits=2)}, simple"
    for words, sums in (("7 days", row.week), ("30 days", row.month)):
        if sums is not None:
            yield f"{words}: {_sum(sums)}"


def _sum(sums: Realised) -> str:
    total, days = show.signed_percent(sums.total_share, digits=4), sums.covered / DAY
    yearly = show.signed_percent(sums.rate_per_year, digits=2)
    return f"{sums.settlements} payments, {total} together, × 365 ÷ {days:.2f} days paid for = {yearly} a year"


def _spread(plan: ComparisonPlan) -> Iterator[str]:
    spread = plan.spread
    if spread is None or spread.high.per_eight_hours is None or spread.low.per_eight_hours is None:
        return
    high, low = show.rate(spread.high.per_eight_hours), show.rate(spread.low.per_eight_hours)
    leg, a_day, fees = (
        show.money(LEG_QUOTE),
        show.exact_money(spread.per_day_quote),
        show.exact_money(spread.fees_quote),
    )
    shares = " + ".join(show.share_as_percent(row.instrument.taker_share) for row in (spread.high, spread.low))
    yield f"<b>Short {name_of(spread.high.instrument)}, long {name_of(spread.low.instrument)}</b>"
    yield f"a day: {leg} × ({high} − ({low})) × 3 = {a_day}"
    yield f"four taker fees: 2 × {leg} × ({shares}) = {fees}"
    if spread.break_even is None:
        yield "A day earns nothing, so the fees never come back."
        return
    yield f"even: {fees} ÷ {a_day} = {show.number(round(Decimal(spread.break_even / DAY), 3))} days"
    yield f"30 days: 30 × {a_day} − {fees} = {show.exact_money(spread.month_net_quote)}"
    yearly, margin = show.signed_percent(spread.return_per_year), show.money(2 * LEG_QUOTE / LEVERAGE)
    yield f"on both margins at {show.leverage(LEVERAGE)}: {a_day} × 365 ÷ {margin} = {yearly} a year"


def _crowd(plan: ComparisonPlan) -> Iterator[str]:
    crowd = plan.crowded
    if crowd is None:
        return
    place = "in" if crowd.is_top_tenth else "not in"
    end = "lowest" if crowd.week_per_eight_hours < 0 else "top"
    yield "<b>Crowded?</b>"
    yield (
        f"settled mean of 7 days on {exchange_name(crowd.exchange)}: {show.rate(crowd.week_per_eight_hours)} per 8h; "
        f"crowded from 0.03 % on, or in the {end} tenth of its own 90 days ({place} it, of {crowd.weeks} means): "
        f"{crowd.crowding.value}"
    )


def explain_history(plan: RecordPlan) -> Reply:
    """The history of one market."""
    total, yearly = show.signed_percent(plan.total_share, digits=4), show.signed_percent(plan.rate_per_year, digits=2)
    return _reply(
        "<b>How this history was summed</b>",
        f"{plan.settlements} payments, {total} of the notional together",
        f"× 365 ÷ {plan.covered / DAY:.2f} days that they paid for = {yearly} a year",
        f"$10,000 × {total} = {show.exact_money(plan.total_share * LEG_QUOTE)} to a short of constant value",
        "Intervals come from the times of the settlements; a gap is neither time nor payment. The mean rate × 8,760 "
        "would be wrong where the interval changed or settlements are missing.",
    )


def explain_overview(plan: OverviewPlan) -> Reply:
    """The extremes of all coins."""
    lines = [*plan.highest[:1], *plan.lowest[:1]]
    return _reply(
        "<b>How the extremes were found</b>",
        *_scaled(lines),
        f"{plan.markets} perpetuals were ranked, {plan.left_out} were not, by {len(plan.exchanges)} exchanges.",
        "Enough volume: $1m in 24 hours. Flipped: the coming charge goes the other way than the last one, both by more "
        "than 0.001 % per 8h.",
        RANKED,
    )


def _scaled(lines: Iterable[RateLine]) -> Iterator[str]:
    for each in lines:
        if each.interval is not None and each.per_eight_hours is not None:
            one, every = show.rate(each.rate_per_interval), show.exact_hours(each.interval)
            coin, where = show.escape(each.coin), exchange_name(each.exchange)
            yield f"{coin}, {where}: {one} × 8 ÷ {every} = {show.rate(each.per_eight_hours)} per 8h"


def explain_map(plan: MapPlan) -> Reply:
    """The heat map."""
    return _reply(
        "<b>How the map was made</b>",
        f"The {len(plan.rows)} coins of the most volume on {len(plan.exchanges)} exchanges together, in 24 hours.",
        "Each cell is the perpetual traded most there: its next charge × 8 ÷ the hours of its own interval. The colour "
        "grows with the root of the rate.",
        RANKED,
    )


def _reply(*lines: str) -> Reply:
    return Reply("\n".join(lines), is_new_message=True)
