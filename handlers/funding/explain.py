"""`How?` on an answer of /funding: its arithmetic with its own figures."""

from collections.abc import Iterator

from chatbot.command import Reply
from chatbot.core.comparison import LEG_QUOTE, ComparisonPlan
from chatbot.core.markets import exchange_name
from chatbot.core.record import RecordPlan
from handlers import formatting as show


def explain_exchanges(plan: ComparisonPlan) -> Reply:
    """The comparison of exchanges."""
    return Reply("\n".join(_comparison(plan)), is_new_message=True)


def _comparison(plan: ComparisonPlan) -> Iterator[str]:
    row = plan.main
    yield f"<b>How funding of {show.escape(plan.coin)} was compared</b>"
    yield "received = − side × notional × rate, side +1 long, −1 short: positive, longs pay shorts"
    if row.rate is not None and row.rate.interval is not None and row.per_eight_hours is not None and row.per_year:
        rate, every = show.rate(row.rate.rate_per_interval), show.interval(row.rate.interval)
        yield f"<b>{exchange_name(row.instrument.exchange)}</b>"
        yield f"per 8 hours: {rate} × 8h ÷ {every} = {show.rate(row.per_eight_hours)}"
        yield f"a year, simple: {rate} × 8,760h ÷ {every} = {show.signed_percent(row.per_year, digits=2)}"
    for words, sums in (("7 days", row.week), ("30 days", row.month)):
        if sums is not None:
            total, days = show.signed_percent(sums.total_share, digits=4), sums.covered.total_seconds() / 86_400
            yield (
                f"settled, {words}: {sums.settlements} payments sum to {total}; × 365 ÷ {days:.2f} days = "
                f"{show.signed_percent(sums.rate_per_year, digits=2)} a year"
            )
    yield from _spread(plan)
    yield "Not ranked: an unknown interval, above 3 % per 8h, or a mark 5 % from the middle one."


def _spread(plan: ComparisonPlan) -> Iterator[str]:
    spread = plan.spread
    if spread is None or spread.high.per_eight_hours is None or spread.low.per_eight_hours is None:
        return
    high, low = show.rate(spread.high.per_eight_hours), show.rate(spread.low.per_eight_hours)
    leg = show.money(LEG_QUOTE)
    yield "<b>Spread</b>"
    yield f"{leg} × ({high} − {low}) × 3 = {show.exact_money(spread.per_day_quote)} a day"
    shares = " + ".join(show.share_as_percent(row.instrument.taker_share) for row in (spread.high, spread.low))
    yield f"fees: 2 × {leg} × ({shares}) = {show.exact_money(spread.fees_quote)}"


def explain_history(plan: RecordPlan) -> Reply:
    """The history of one market."""
    days = plan.covered.total_seconds() / 86_400
    total, yearly = show.signed_percent(plan.total_share, digits=4), show.signed_percent(plan.rate_per_year, digits=2)
    text = (
        "<b>How this history was summed</b>\n"
        f"{plan.settlements} payments sum to {total} of the notional\n"
        f"× 365 ÷ {days:.2f} days that they paid for = {yearly} a year\n"
        "Intervals come from the times of the settlements; a hole is neither time nor payment. "
        "The mean rate × 8,760 would be wrong where the interval changed or rows are missing."
    )
    return Reply(text, is_new_message=True)
