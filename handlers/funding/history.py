"""/funding BTC 90d: what one market really charged, as a picture."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.command import Button, Call, Reply, Services, TimeChart, TimeCurve
from chatbot.core.errors import MarketUnavailable, NotPossible, Suggestion
from chatbot.core.markets import FundingHistory, Instrument, exchange_name
from chatbot.core.record import Gap, Point, RecordPlan, plan_record
from handlers import formatting as show
from handlers.funding.exchanges import name_of, perpetuals_of
from handlers.funding.kept import keep
from handlers.funding.request import COMMAND, FundingRequest, line

SPANS = (timedelta(days=30), timedelta(days=90), timedelta(days=365))
NOTIONAL = Decimal(10_000)
GAPS_NAMED = 2


async def answer(call: Call, request: FundingRequest, coin: str, services: Services) -> Reply:
    """The history of the first exchange that gives one, or of the one asked for."""
    assert request.span is not None
    perpetuals = perpetuals_of(request, coin, services)
    history = await _first_history(perpetuals, request, services)
    plan = plan_record(history, request.span, services.now())
    key = await keep(services, call.chat_id, "history", line(request), replace(plan, points=()))
    others = tuple(dict.fromkeys(each.exchange for each in perpetuals if each.exchange != history.instrument.exchange))
    return replace(render(plan, request, others, key), plan=plan)


async def _first_history(
    perpetuals: tuple[Instrument, ...], request: FundingRequest, services: Services
) -> FundingHistory:
    assert request.span is not None
    failed: MarketUnavailable | None = None
    for perpetual in perpetuals:
        try:
            return await services.market.funding_history(perpetual, request.span + timedelta(days=1))
        except MarketUnavailable as problem:
            failed = failed or problem
    others = [Suggestion("Every exchange", line(request, span=None))]
    raise failed or NotPossible("No exchange gives these settlements.", others)


def render(plan: RecordPlan, request: FundingRequest, others: tuple[str, ...], key: str) -> Reply:
    """The picture with its message in the caption."""
    caption = "\n".join((*_caption(plan), show.source_line(plan.source, None, plan.planned_at - plan.as_of)))
    picture = TimeChart(
        title=f"{plan.instrument.coin} funding on {name_of(plan.instrument)}, {plan.span.days} days",
        figures=(
            ("a year, to shorts", show.signed_percent(plan.rate_per_year)),
            ("negative", show.share_as_percent(plan.negative_share)),
            ("on $10,000 short", show.signed_money(plan.total_share * NOTIONAL)),
        ),
        panels=(
            ("rate, % per 8 hours", (TimeCurve("rate", tuple(_rates(plan.points)), is_steps=True),)),
            ("received by a $10,000 short, USD", (TimeCurve("sum", tuple(_sums(plan.points))),)),
        ),
        caption=caption,
    )
    return Reply(caption, _buttons(plan, request, others, key), picture=picture, is_new_message=True)


def _caption(plan: RecordPlan) -> Iterator[str]:
    earned = plan.total_share * NOTIONAL
    verb = "received" if earned >= 0 else "paid"
    where, days = exchange_name(plan.instrument.exchange), show.duration(plan.covered)
    yearly = show.signed_percent(plan.rate_per_year, digits=2)
    yield f"<b>A $10,000 short {verb} {show.money(abs(earned))} in {days}: {yearly} a year</b>"
    negative, high = show.share_as_percent(plan.negative_share), show.share_as_percent(plan.high_share)
    lowest, highest = show.rate(plan.lowest_per_eight_hours), show.rate(plan.highest_per_eight_hours)
    yield (
        f"{show.escape(plan.instrument.coin)} on {where}: {plan.settlements} settlements, negative {negative} of them, "
        f"above 0.05 % per 8h {high}; from {lowest} to {highest} per 8h"
    )
    yield from _gaps(plan.gaps)
    for change in plan.new_intervals[-1:]:
        more = f" (and {len(plan.new_intervals) - 1} times before)" if len(plan.new_intervals) > 1 else ""
        yield f"Interval {show.interval(change.before)} → {show.interval(change.after)} on {change.at:%d %b %Y}{more}"
    if plan.is_shorter:
        yield f"⚠ {where} gives settlements since {plan.since:%d %b %Y} only"


def _gaps(gaps: tuple[Gap, ...]) -> Iterator[str]:
    named = [f"{gap.since:%d %b %H:%M} to {gap.until:%d %b %H:%M} UTC" for gap in gaps[:GAPS_NAMED]]
    if named:
        more = f" and {len(gaps) - GAPS_NAMED} more" if len(gaps) > GAPS_NAMED else ""
        yield f"⚠ Settlements missing: {'; '.join(named)}{more}; they count neither as time nor as payment"


def _rates(points: tuple[Point, ...]) -> Iterator[tuple[datetime, Decimal | None]]:
    for point in points:
        if point.is_behind_gap:
            yield point.at, None
        yield point.at, point.per_eight_hours


def _sums(points: tuple[Point, ...]) -> Iterator[tuple[datetime, Decimal | None]]:
    for point in points:
        yield point.at, point.received_share * NOTIONAL


def _buttons(
    plan: RecordPlan, request: FundingRequest, others: tuple[str, ...], key: str
) -> tuple[tuple[Button, ...], ...]:
    spans = tuple(
        Button(f"{'• ' if span == request.span else ''}{span.days} days", line(request, span=span)) for span in SPANS
    )
    elsewhere = tuple(Button(exchange_name(each), line(request, exchange=each)) for each in others[:3])
    last = (
        Button("How?", f"/how {key}"),
        Button("Now", line(request, span=None, exchange=None)),
        Button("All coins", COMMAND),
    )
    return tuple(row for row in (spans, elsewhere, last) if row)
