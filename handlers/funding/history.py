"""/funding BTC 90d: what one market really charged, as a picture with its message in the caption."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.command import Button, Call, Reply, Services, TimeChart, TimeCurve
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Suggestion
from chatbot.core.markets import FundingHistory, Instrument, exchange_name
from chatbot.core.record import Gap, NewInterval, Point, RecordPlan, plan_record
from handlers import formatting as show
from handlers.funding.kept import keep
from handlers.funding.perpetuals import name_of, perpetuals_of
from handlers.funding.request import COMMAND, FundingRequest, line

SPANS = {timedelta(days=30): "30 days", timedelta(days=90): "90 days", timedelta(days=365): "1 year"}
NOTIONAL_QUOTE = Decimal(10_000)
NAMED_AT_MOST = 3  # gaps, and changes of the interval
OTHER_EXCHANGES = 3
A_DAY_MORE = timedelta(days=1)  # rows before the span tell its first interval

Values = Iterator[tuple[datetime, Decimal | None]]


async def answer(call: Call, request: FundingRequest, coin: str, services: Services) -> Reply:
    """The history of the exchange asked for, else of the chat's own one, else of the first that gives one."""
    assert request.span is not None
    chosen = await services.settings.load(call.chat_id)
    perpetuals = perpetuals_of(request, coin, services.market.futures(coin), chosen.quote)
    perpetuals = tuple(sorted(perpetuals, key=lambda each: each.exchange != chosen.exchange))  # stable
    history, outages = await _first_history(perpetuals, request, services)
    plan = await asyncio.to_thread(plan_record, history, request.span, services.now(), outages)  # up to 8,760 rows
    kept = replace(plan, points=())  # `How?` does not draw
    key = await keep(services, call.chat_id, "history", line(request), kept)
    listed = perpetuals_of(replace(request, exchange=None), coin, services.market.futures(coin))
    others = dict.fromkeys(each.exchange for each in listed if each.exchange != history.instrument.exchange)
    return replace(render(plan, request, tuple(others), key), plan=plan)


async def _first_history(
    perpetuals: Sequence[Instrument], request: FundingRequest, services: Services
) -> tuple[FundingHistory, tuple[Outage, ...]]:
    """And the exchanges that were asked before and gave none."""
    assert request.span is not None
    outages: dict[str, Outage] = {}
    for perpetual in perpetuals:
        try:
            history = await services.market.funding_history(perpetual, request.span + A_DAY_MORE)
        except MarketUnavailable as problem:
            outages |= {outage.exchange: outage for outage in problem.outages}
        else:
            if history.settlements:
                return history, tuple(outages.values())
    others = [Suggestion("Rates now", line(request, span=None))]
    if outages:
        raise MarketUnavailable("No exchange gave these settlements.", outages.values(), others)
    raise NotPossible("No exchange here has settlements of it yet.", others)


def render(plan: RecordPlan, request: FundingRequest, others: Sequence[str], key: str) -> Reply:
    """The picture, its message, and what is one tap away."""
    caption = "\n".join((*_caption(plan), show.source_line(plan.source, None, plan.planned_at - plan.as_of)))
    picture = TimeChart(
        title=f"{plan.instrument.coin} funding on {name_of(plan.instrument)}, {show.duration(plan.span)}",
        figures=(
            ("a year to shorts", show.signed_percent(plan.rate_per_year)),
            ("time negative", show.share_as_percent(plan.negative_share)),
            ("on $10,000 short", show.signed_money(plan.total_share * NOTIONAL_QUOTE)),
        ),
        panels=(
            ("rate, % per 8 hours (below zero shorts pay)", (TimeCurve("rate", tuple(_rates(plan)), is_steps=True),)),
            ("received by a $10,000 short, USD", (TimeCurve("received", tuple(_sums(plan))),)),
        ),
        caption=caption,
    )
    return Reply(caption, _buttons(plan, request, others, key), picture=picture, is_new_message=True)


def _caption(plan: RecordPlan) -> Iterator[str]:
    earned = plan.total_share * NOTIONAL_QUOTE
    verb = "received" if earned >= 0 else "paid"
    yearly = show.signed_percent(plan.rate_per_year, digits=2)
    coin, where = show.escape(plan.instrument.coin), name_of(plan.instrument)
    amount, time = show.money(abs(earned)), show.duration(plan.covered)
    yield f"<b>A $10,000 {coin} short {verb} {amount} in {time}: {yearly} a year</b>"
    negative, high = show.share_as_percent(plan.negative_share), show.share_as_percent(plan.high_share)
    lowest, highest = show.rate(plan.lowest_per_eight_hours), show.rate(plan.highest_per_eight_hours)
    yield f"{where}, {plan.settlements} settlements. Negative {negative} of the time, above +0.05 % per 8h {high}"
    yield f"From {lowest} to {highest} per 8h, every {show.interval(plan.interval)} now"
    yield from _gaps(plan.gaps)
    yield from _changes(plan.new_intervals)
    if plan.is_shorter:
        yield f"⚠ {where} gives settlements since {plan.since:%d %b %Y}, {show.duration(plan.planned_at - plan.since)}"
    if plan.outages:
        yield f"⚠ Did not answer: {', '.join(exchange_name(outage.exchange) for outage in plan.outages)}"


def _gaps(gaps: Sequence[Gap]) -> Iterator[str]:
    named = [
        f"{gap.since:%d %b %H:%M} to {gap.until:%d %b %H:%M} UTC ({show.duration(gap.until - gap.since)})"
        for gap in gaps[:NAMED_AT_MOST]
    ]
    if named:
        more = f" and {len(gaps) - NAMED_AT_MOST} more" if len(gaps) > NAMED_AT_MOST else ""
        yield f"⚠ No settlements {'; '.join(named)}{more}: neither time nor payment is counted"


def _changes(changes: Sequence[NewInterval]) -> Iterator[str]:
    """The latest ones, in order of time."""
    named = [
        f"{show.interval(change.before)} → {show.interval(change.after)} on {change.at:%d %b %Y}"
        for change in changes[-NAMED_AT_MOST:]
    ]
    if named:
        more = f"{len(changes)} changes of the interval, at last " if len(changes) > NAMED_AT_MOST else "Interval "
        yield f"{more}{', '.join(named)}"


def _rates(plan: RecordPlan) -> Values:
    """Each holds over the time that it was charged for."""
    for before, point in zip((None, *plan.points[:-1]), plan.points, strict=True):
        if before is not None and point.is_behind_gap:
            yield before.at, None
        yield point.since, point.per_eight_hours
    last = plan.points[-1]
    yield last.at, last.per_eight_hours
    yield from _end(plan)


def _sums(plan: RecordPlan) -> Values:
    """From nothing at the beginning; level across a gap, where it is not drawn."""
    before: Point | None = None
    yield plan.points[0].since, Decimal(0)
    for point in plan.points:
        if before is not None and point.is_behind_gap:
            yield before.at, None
            yield point.since, before.received_share * NOTIONAL_QUOTE
        yield point.at, point.received_share * NOTIONAL_QUOTE
        before = point
    yield from _end(plan)


def _end(plan: RecordPlan) -> Values:
    """A gap that reaches to now."""
    if plan.gaps and plan.gaps[-1].until == plan.planned_at:
        yield plan.gaps[-1].since, None
        yield plan.planned_at, None


def _buttons(
    plan: RecordPlan, request: FundingRequest, others: Sequence[str], key: str
) -> tuple[tuple[Button, ...], ...]:
    spans = tuple(
        Button(f"{'• ' if span == request.span else ''}{words}", line(request, span=span))
        for span, words in SPANS.items()
    )
    elsewhere = tuple(Button(exchange_name(each), line(request, exchange=each)) for each in others[:OTHER_EXCHANGES])
    last = (
        Button("How?", f"/how {key}"),
        Button(f"{plan.instrument.coin} now", line(request, span=None, exchange=None)),
        Button("All coins", COMMAND),
    )
    return tuple(row for row in (spans, elsewhere, last) if row)
