"""/funding: the extremes over all coins and exchanges, one line each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from chatbot.command import Button, Call, ChatKind, Reply, Services
from chatbot.core.alerts.overview import LISTED, OverviewPlan, plan_overview
from chatbot.core.alerts.rules import RateLine
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import STABLECOINS
from handlers import formatting as show
from handlers.funding.kept import keep
from handlers.funding.perpetuals import short_name
from handlers.funding.request import COMMAND, MAP, FundingRequest, line
from handlers.funding.seeing import see

MAJORS = ("BTC", "ETH", "SOL")
HELD_AT_MOST = 4
SHOWN_FIRST = 3  # of each side; the others, and more changes, open with a tap
COIN_COLUMNS, EXCHANGE_COLUMNS = 8, 9


async def answer(call: Call, request: FundingRequest, services: Services) -> Reply:
    """The overview of all exchanges, or of the one asked for; in private with buttons of what the asker holds."""
    seen = await see(services, request.exchange)
    plan = plan_overview(seen.view, seen.boards, now=services.now(), outages=seen.outages)
    key = await keep(services, call.chat_id, "overview", line(request), plan)
    return replace(render(plan, await _coins(call, services), request, key), plan=plan)


async def _coins(call: Call, services: Services) -> tuple[str, ...]:
    """What others read tells nothing of what anybody holds."""
    if call.chat_kind is not ChatKind.PRIVATE:
        return MAJORS
    held = [coin for coin in (await services.portfolios.load(call.user_id)).coins() if coin not in STABLECOINS]
    return tuple(held[:HELD_AT_MOST]) or MAJORS


def render(plan: OverviewPlan, coins: Sequence[str], request: FundingRequest, key: str) -> Reply:
    """The answer to /funding."""
    text = "\n".join((*_summary(plan), show.expandable("\n".join(_details(plan))), _source(plan)))
    rows = (
        tuple(Button(coin, line(FundingRequest(coin, request.exchange))) for coin in coins),
        (
            Button("Map", f"{COMMAND} {MAP}"),
            Button("At each settlement", f"{COMMAND} alert top"),
            Button("Alerts", f"{COMMAND} alerts"),
        ),
        (Button("How?", f"/how {key}"),),
    )
    return Reply(text, rows)


def _summary(plan: OverviewPlan) -> Iterator[str]:
    yield f"<b>{_headline(plan)}</b>"
    for who, lines in (("Longs", plan.highest), ("Shorts", plan.lowest)):
        if lines:
            yield _table((who, "pay most"), lines[:SHOWN_FIRST])
    yield from (_flip(each) for each in plan.flips[:1])
    yield from (_change(each) for each in plan.interval_changes[:1])
    if plan.outages:
        total = len(plan.outages) + len(plan.exchanges)
        names = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        yield f"⚠ {len(plan.outages)} of {total} exchanges missing: {names}"


def _headline(plan: OverviewPlan) -> str:
    age = plan.planned_at - plan.as_of
    old = f"{show.duration(age)} old. " if age.total_seconds() > 60 else ""
    first = max((*plan.highest[:1], *plan.lowest[:1]), key=lambda each: abs(_rate_of(each)), default=None)
    if first is None:
        return f"{old}No coin with enough volume pays funding now"
    payers = "longs pay" if _rate_of(first) > 0 else "shorts pay"
    where, rate = exchange_name(first.exchange), show.rate(abs(_rate_of(first))).removeprefix("+")
    return f"{old}Most extreme: {show.escape(first.coin)}, {payers} {rate} per 8h on {where}"


def _rate_of(each: RateLine) -> Decimal:
    assert each.per_eight_hours is not None  # ranked lines have one
    return each.per_eight_hours


def _table(words: tuple[str, str], lines: Sequence[RateLine]) -> str:
    """Coin, exchange, percent per 8 hours, and how often it is charged; `words` are above the names."""
    return show.table((*words, "%/8h", ""), [_cells(each) for each in lines], names=2)


def _cells(each: RateLine) -> tuple[str, str, str, str]:
    every = "?" if each.interval is None else show.interval(each.interval)
    coin = show.clipped(each.coin, COIN_COLUMNS)
    where = show.clipped(short_name(exchange_name(each.exchange)), EXCHANGE_COLUMNS)
    return coin, where, show.rate(_rate_of(each)).removesuffix(" %"), every


def _flip(each: RateLine) -> str:
    before = "" if each.before_per_eight_hours is None else f" {show.rate(each.before_per_eight_hours)} →"
    payers = "longs pay now" if _rate_of(each) > 0 else "shorts pay now"
    where, now = exchange_name(each.exchange), show.rate(_rate_of(each))
    return f"Flipped, {payers}: {show.escape(each.coin)} on {where}{before} {now} per 8h"


def _change(each: RateLine) -> str:
    before = "?" if each.before_interval is None else show.interval(each.before_interval)
    after = "?" if each.interval is None else show.interval(each.interval)
    return f"New interval: {show.escape(each.coin)} on {exchange_name(each.exchange)}, {before} → {after}"


def _details(plan: OverviewPlan) -> Iterator[str]:
    for who, lines in (("Longs", plan.highest), ("Shorts", plan.lowest)):
        if lines[SHOWN_FIRST:]:
            yield _table((who, "pay next"), lines[SHOWN_FIRST:])
    yield from (_flip(each) for each in plan.flips[1:])
    yield from (_change(each) for each in plan.interval_changes[1:])
    if not plan.flips and not plan.interval_changes:
        yield "No flip and no new interval since the last settlement, as far as it was watched."
    yield (
        f"{plan.markets} perpetuals with at least $1m a day were ranked; of each coin the most extreme is shown, up to "
        f"{LISTED} each way."
    )
    if plan.left_out:
        yield f"{plan.left_out} were not ranked: little volume, interval unknown, or a rate that can hardly be."


def _source(plan: OverviewPlan) -> str:
    return show.source_line(plan.source, None, plan.planned_at - plan.as_of)
