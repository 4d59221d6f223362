"""What is one tap away from a rotation: other stages, another short, its variants, the working, what follows."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Button
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.transit.plan import Caution, RotationPlan
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
        tuple(_stages(plan, request)),
        tuple(_hedges(plan, request)),
        tuple(_variants(plan, request)),
        () if plan.is_cut_to_one else tuple(_exchanges(request, looked)),
        (Button("How?", f"/how {key}"), Button("Chart", f"/chart {key}")),
        tuple(_next(plan, request)),
        tuple(_copies(plan)),
    )
    return tuple(row for row in rows if row)


def _stages(plan: RotationPlan, request: PlanRequest) -> Iterator[Button]:
    """Those that the smallest order leaves room for; where a book ends first, what would be fillable."""
    now = len(plan.stages) - 1
    is_filled = Caution.THIN_BOOK not in plan.cautions
    counts = STAGES if is_filled else (now, *([plan.filling_stages] if plan.filling_stages else []))
    possible = [count for count in counts if count <= plan.stages_possible]
    for count in possible if possible != [now] else []:
        yield Button(f"{'• ' if count == now else ''}{count} stages", line(request, stages=count))
    if plan.filling_quote is not None:
        amount = show.cents(plan.filling_quote)
        yield Button(f"Only {show.money(amount)}", line(request, share=None, amount_base=None, amount_usd=amount))


def _hedges(plan: RotationPlan, request: PlanRequest) -> Iterator[Button]:
    """None where no short was possible, or all is done at once; none larger where this one is too large already."""
    if plan.is_cut_to_one or (plan.terms.hedge_share and not plan.bridges):
        return
    is_large = Caution.THIN_BOOK in plan.cautions
    for share in [each for each in HEDGES if not is_large or each <= plan.terms.hedge_share]:
        mark = "• " if share == plan.terms.hedge_share else ""
        words = "No short" if not share else f"Short {show.share_as_percent(share)}"
        keeps = request.keeps_short and bool(share)  # none is kept where there is none
        yield Button(f"{mark}{words}", line(request, hedge_share=share, keeps_short=keeps))


def _variants(plan: RotationPlan, request: PlanRequest) -> Iterator[Button]:
    if plan.bridges and request.keeps_short:
        yield Button("End the short with the sale", line(request, keeps_short=False))
    elif plan.bridges:
        yield Button("Keep the short (a bet)", line(request, keeps_short=True))
    if request.is_by_futures:
        yield Button("Buy coins", line(request, is_by_futures=False, leverage=None))
    elif not plan.is_cut_to_one and (plan.pair or Caution.THIN_BOOK not in plan.cautions):
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
