"""/funding: the extremes over all coins and exchanges; /funding map: coins by exchanges as a picture."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from chatbot.command import Button, Call, ChatKind, HeatMap, Reply, Services
from chatbot.core.alerts.overview import MapPlan, OverviewPlan, plan_map, plan_overview
from chatbot.core.alerts.rules import RateLine
from chatbot.core.alerts.view import MarketView, view_of
from chatbot.core.charges import remembered
from chatbot.core.errors import Outage
from chatbot.core.markets import Board, exchange_name
from chatbot.core.portfolio import STABLECOINS
from handlers import formatting as show
from handlers.funding.request import COMMAND, FundingRequest, line

MAJORS = ("BTC", "ETH", "SOL")
HELD_AT_MOST = 4
SHOWN_FIRST = 3


async def answer(call: Call, services: Services) -> Reply:
    """The overview; in private with buttons of what the asker holds."""
    view, boards, outages = await _seen(services)
    plan = plan_overview(view, boards, now=services.now(), outages=outages)
    return replace(render(plan, await _coins(call, services)), plan=plan)


async def answer_map(services: Services) -> Reply:
    """The heat map."""
    view, boards, outages = await _seen(services)
    plan = plan_map(view, boards, now=services.now(), outages=outages)
    return replace(render_map(plan), plan=plan)


async def _seen(services: Services) -> tuple[MarketView, tuple[Board, ...], tuple[Outage, ...]]:
    (boards, outages), charges = await asyncio.gather(services.market.boards(), services.charges.load())
    now = services.now()
    view = await asyncio.to_thread(view_of, boards, remembered(charges, boards), now)  # thousands of markets
    return view, boards, outages


async def _coins(call: Call, services: Services) -> tuple[str, ...]:
    if call.chat_kind is not ChatKind.PRIVATE:
        return MAJORS
    held = [coin for coin in (await services.portfolios.load(call.user_id)).coins() if coin not in STABLECOINS]
    return tuple(held[:HELD_AT_MOST]) or MAJORS


def render(plan: OverviewPlan, coins: Sequence[str]) -> Reply:
    """The answer to /funding."""
    text = "\n".join((*_summary(plan), show.expandable("\n".join(_details(plan))), _source(plan)))
    rows = (
        tuple(Button(coin, line(FundingRequest(coin))) for coin in coins),
        (
            Button("Map", f"{COMMAND} map"),
            Button("At each settlement", f"{COMMAND} alert top"),
            Button("My alerts", f"{COMMAND} alerts"),
        ),
    )
    return Reply(text, rows)


def _summary(plan: OverviewPlan) -> Iterator[str]:
    yield f"<b>{_headline(plan)}</b>"
    for words, lines in (("Longs pay most", plan.highest), ("Shorts pay most", plan.lowest)):
        if lines:
            yield words
            yield show.table(("", "", "per 8h", ""), [_cells(each) for each in lines[:SHOWN_FIRST]], names=2)
    yield from (_flip(each) for each in plan.flips[:1])
    yield from (_change(each) for each in plan.interval_changes[:1])
    if plan.outages:
        total = len(plan.outages) + len(plan.exchanges)
        names = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        yield f"⚠ {len(plan.outages)} of {total} exchanges missing: {names}"


def _headline(plan: OverviewPlan) -> str:
    first = next(iter((*plan.highest, *plan.lowest)), None)
    if first is None:
        return "No coin with enough volume pays funding worth a line"
    if not plan.highest or (plan.lowest and abs(_rate_of(plan.lowest[0])) > _rate_of(plan.highest[0])):
        first = plan.lowest[0]
    payers = "longs pay" if _rate_of(first) > 0 else "shorts pay"
    where, rate = exchange_name(first.exchange), show.rate(abs(_rate_of(first)))
    return f"Most extreme: {show.escape(first.coin)}, {payers} {rate} per 8h on {where}"


def _rate_of(each: RateLine) -> Decimal:
    assert each.per_eight_hours is not None  # ranked lines have one
    return each.per_eight_hours


def _cells(each: RateLine) -> tuple[str, str, str, str]:
    every = "?" if each.interval is None else show.interval(each.interval)
    return each.coin[:8], exchange_name(each.exchange)[:9], show.rate(_rate_of(each)).removesuffix(" %"), every


def _flip(each: RateLine) -> str:
    before = "" if each.before_per_eight_hours is None else f" {show.rate(each.before_per_eight_hours)} →"
    where, now = exchange_name(each.exchange), show.rate(_rate_of(each))
    return f"Flipped: {show.escape(each.coin)} on {where}{before} {now} per 8h"


def _change(each: RateLine) -> str:
    before = "?" if each.before_interval is None else show.interval(each.before_interval)
    after = "?" if each.interval is None else show.interval(each.interval)
    return f"New interval: {show.escape(each.coin)} on {exchange_name(each.exchange)}, {before} → {after}"


def _details(plan: OverviewPlan) -> Iterator[str]:
    for lines in (plan.highest[SHOWN_FIRST:], plan.lowest[SHOWN_FIRST:]):
        if lines:
            yield show.table(("", "", "per 8h", ""), [_cells(each) for each in lines], names=2)
    yield from (_flip(each) for each in plan.flips[1:])
    yield from (_change(each) for each in plan.interval_changes[1:])
    yield (
        f"{plan.markets} perpetuals with at least $1m a day were ranked, one for each coin shown; {plan.left_out} were "
        "not: too little volume, interval unknown, or a rate that can hardly be."
    )


def _source(plan: OverviewPlan) -> str:
    return show.source_line(plan.source, None, plan.planned_at - plan.as_of)


def render_map(plan: MapPlan) -> Reply:
    """The heat map with its message in the caption."""
    known = [
        (rate, coin, exchange)
        for coin, row in plan.rows
        for rate, exchange in zip(row, plan.exchanges, strict=True)
        if rate is not None
    ]
    if not known:
        return Reply("No exchange told a rate that can be compared. Please try again in a minute.")
    top, bottom = max(known), min(known)
    negative = sum(rate < 0 for rate, _, _ in known)
    missing = f"\n⚠ Missing: {', '.join(exchange_name(each.exchange) for each in plan.outages)}" if plan.outages else ""
    caption = (
        f"<b>Highest {show.rate(top[0])} per 8h: {show.escape(top[1])} on {exchange_name(top[2])}</b>\n"
        f"Lowest {show.rate(bottom[0])}: {show.escape(bottom[1])} on {exchange_name(bottom[2])}. "
        f"+ longs pay, − shorts pay; empty: not listed or not ranked.{missing}\n"
        f"{show.source_line(plan.source, None, plan.planned_at - plan.as_of)}"
    )
    picture = HeatMap(
        title="Funding, % per 8 hours",
        figures=(
            ("highest", show.signed_percent(top[0], digits=3)),
            ("lowest", show.signed_percent(bottom[0], digits=3)),
            ("shorts pay", f"{negative} of {len(known)}"),
        ),
        columns=tuple(exchange_name(exchange) for exchange in plan.exchanges),
        rows=plan.rows,
        caption=caption,
    )
    return Reply(caption, ((Button("As a list", COMMAND),),), picture=picture, is_new_message=True)
