"""/funding map: the most traded coins by exchanges, as a picture."""

from dataclasses import replace
from decimal import Decimal

from chatbot.command import Button, Call, HeatMap, Reply, Services
from chatbot.core.alerts.overview import MapPlan, plan_map
from chatbot.core.errors import MarketUnavailable
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.funding.kept import keep
from handlers.funding.request import COMMAND, MAP, FundingRequest, line
from handlers.funding.seeing import see

MOST_COLUMNS = 7  # that can be read on a phone; beyond it exchanges become rows
COINS_OFFERED = 3

Cell = tuple[Decimal, str, str]  # rate per 8 hours, coin, exchange


async def answer(call: Call, services: Services) -> Reply:
    """The heat map of all exchanges that answered."""
    seen = await see(services)
    plan = plan_map(seen.view, seen.boards, now=services.now(), outages=seen.outages)
    key = await keep(services, call.chat_id, "map", f"{COMMAND} {MAP}", plan)
    return replace(render(plan, key), plan=plan)


def render(plan: MapPlan, key: str) -> Reply:
    """The picture with its message in the caption. MarketUnavailable where nothing can be compared."""
    cells = _cells(plan)
    if not cells:
        raise MarketUnavailable("No exchange told a rate that can be compared.", plan.outages)
    highest, lowest = max(cells), min(cells)
    columns, rows = _turned(plan) if len(plan.exchanges) > MOST_COLUMNS else (_names(plan), plan.rows)
    caption = "\n".join(_caption(plan, highest, lowest))
    picture = HeatMap(
        title="% per 8 hours; hatched: shorts pay",
        figures=(
            (f"highest: {highest[1]}, {exchange_name(highest[2])}", show.signed_percent(highest[0], digits=3)),
            (f"lowest: {lowest[1]}, {exchange_name(lowest[2])}", show.signed_percent(lowest[0], digits=3)),
            ("where shorts pay", f"{sum(rate < 0 for rate, _, _ in cells)} of {len(cells)}"),
        ),
        columns=columns,
        rows=rows,
        caption=caption,
    )
    coins = tuple(Button(coin, line(FundingRequest(coin))) for coin, _ in plan.rows[:COINS_OFFERED])
    last = (Button("As a list", COMMAND), Button("How?", f"/how {key}"))
    return Reply(caption, (coins, last), picture=picture, is_new_message=True)


def _cells(plan: MapPlan) -> list[Cell]:
    return [
        (rate, coin, exchange)
        for coin, row in plan.rows
        for rate, exchange in zip(row, plan.exchanges, strict=True)
        if rate is not None
    ]


def _names(plan: MapPlan) -> tuple[str, ...]:
    return tuple(exchange_name(exchange) for exchange in plan.exchanges)


def _turned(plan: MapPlan) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[Decimal | None, ...]], ...]]:
    """Coins as columns, the most traded ones, and a row for each exchange."""
    coins = plan.rows[:MOST_COLUMNS]
    rows = ((name, tuple(row[at] for _, row in coins)) for at, name in enumerate(_names(plan)))
    return tuple(coin for coin, _ in coins), tuple(rows)


def _caption(plan: MapPlan, highest: Cell, lowest: Cell) -> list[str]:
    age = plan.planned_at - plan.as_of
    old = f"{show.duration(age)} old. " if age.total_seconds() > 60 else ""
    lines = [
        f"<b>{old}Highest {_in_words(highest)}, lowest {_in_words(lowest)}, per 8h</b>",
        "+ longs pay shorts, − shorts pay longs. A dash: not listed there, or not ranked.",
        show.source_line(plan.source, None, age),
    ]
    if plan.outages:
        missing = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        total = len(plan.outages) + len(plan.exchanges)
        lines.insert(2, f"⚠ {len(plan.outages)} of {total} exchanges missing: {missing}")
    return lines


def _in_words(cell: Cell) -> str:
    rate, coin, exchange = cell
    return f"{show.rate(rate)} ({show.escape(coin)}, {exchange_name(exchange)})"
