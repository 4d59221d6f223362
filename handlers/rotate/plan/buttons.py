"""What is one tap away from a rotation: other stages, another short, its variants, the working, what follows."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Button
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.transit.plan import RotationPlan
from handlers import formatting as show
from handlers import grammar
from handlers.rotate.plan.places import Seen
from handlers.rotate.plan.request import PlanRequest, line
from handlers.rotate.request import COMMAND

STAGES = (2, 4, 8)
MOST_EXCHANGES = 3
HEDGES = (Decimal(0), Decimal("0.3"), Decimal("0.5"), Decimal(1))

Rows = tuple[tuple[Button, ...], ...]


def buttons_of(plan: RotationPlan, request: PlanRequest, key: str, looked: Seen) -> Rows:
    """Rows of buttons under the answer; what is chosen is marked."""
    rows = (
        tuple(_stages(plan, request, count) for count in STAGES),
        tuple(_hedge(plan, request, share) for share in HEDGES),
        tuple(_variants(request)),
        tuple(_exchanges(request, looked)),
        (Button("How?", f"/how {key}"), Button("Chart", f"/chart {key}")),
        tuple(_next(plan, request)),
        tuple(_copies(plan)),
    )
    return tuple(row for row in rows if row)


def _stages(plan: RotationPlan, request: PlanRequest, count: int) -> Button:
    mark = "• " if count == len(plan.stages) - 1 else ""
    return Button(f"{mark}{count} stages", line(request, stages=count))


def _hedge(plan: RotationPlan, request: PlanRequest, share: Decimal) -> Button:
    mark = "• " if share == plan.terms.hedge_share else ""
    words = "No short" if not share else f"Short {show.share_as_percent(share)}"
    return Button(f"{mark}{words}", line(request, hedge_share=share))


def _variants(request: PlanRequest) -> Iterator[Button]:
    if request.keeps_short:
        yield Button("End the short with the sale", line(request, keeps_short=False))
    else:
        yield Button("Keep the short (a bet)", line(request, keeps_short=True))
    if request.is_by_futures:
        yield Button("Buy coins", line(request, is_by_futures=False, leverage=None))
    else:
        yield Button("Buy by futures, 2x", line(request, is_by_futures=True, leverage=None))


def _exchanges(request: PlanRequest, looked: Seen) -> Iterator[Button]:
    """Where else all of it could be done."""
    for exchange in looked.elsewhere[:MOST_EXCHANGES]:
        yield Button(f"On {exchange_name(exchange)}", line(request, exchange=exchange))
    if request.exchange is not None:
        yield Button("Any exchange", line(request, exchange=None))


def _next(plan: RotationPlan, request: PlanRequest) -> Iterator[Button]:
    if not request.target.is_sector:
        amount = show.exact(show.cents(plan.value_quote))
        yield Button(
            f"Check {request.target.name}", f"{COMMAND} check {grammar.coin_word(request.target.name)} ${amount}"
        )
    profit = plan.profit_quote.quantize(Decimal(1))
    if profit > 0:
        yield Button(f"A profit of ${profit:,f}", f"/allocate profit ${show.exact(profit)}")


def _copies(plan: RotationPlan) -> Iterator[Button]:
    """Sizes as the exchange takes them."""
    for bridge in plan.bridges[:1]:
        market, size = bridge.hedge.chosen.instrument, show.exact(bridge.shorts[0].contracts)
        unit = market.coin if market.contract_size == 1 else "contracts"
        yield Button(f"Copy short {size} {unit}", copy_text=size)
    for trade in plan.stages[1].sales[:1]:
        size = show.exact(-trade.amount_base)
        yield Button(f"Copy sale {size} {trade.coin}", copy_text=size)
