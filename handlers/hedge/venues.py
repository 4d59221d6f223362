"""The same hedge on every exchange: what it costs over the horizon, part by part, cheapest first."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Button, Reply
from chatbot.core.hedging.cost import HorizonCost
from chatbot.core.hedging.plan import HedgePlan, Leg
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.hedge.request import HedgeRequest, line


def render_venues(plan: HedgePlan, request: HedgeRequest) -> Reply:
    """The list behind `All exchanges`; parts are printed to the cent, so that they sum to the total."""
    best = plan.legs[0]
    period = show.duration(plan.terms.horizon)
    head = f"<b>{exchange_name(best.instrument.exchange)} costs least over {period}</b>"
    if best.cost.total_quote is None:
        head = f"<b>What this hedge costs over {period}</b>"
    blocks = "\n".join("\n".join(_block(place, leg)) for place, leg in enumerate(plan.legs, start=1))
    about = (
        "Costs are positive, income is negative. Fees: two taker fills. Funding: " + best.funding.rests_on.value + "."
    )
    missing = [f"{exchange_name(outage.exchange)} {show.escape(outage.reason)}" for outage in plan.outages]
    text = "\n".join([head, blocks, about, *missing, _sources(plan)])
    return Reply(text, (*_choices(plan, request), (Button("Back", line(request, wants_venues=False)),)))


def printed_total(cost: HorizonCost) -> Decimal:
    """The sum of the parts as they are printed, to the cent; of a cost whose parts are all known."""
    parts = (cost.fees_quote, cost.slippage_quote, cost.funding_quote, cost.basis_quote)
    return sum((show.cents(part) for part in parts if part is not None), Decimal(0))


def _block(place: int, leg: Leg) -> Iterator[str]:
    cost, size = leg.cost, leg.sizing
    total = "cost unknown" if cost.total_quote is None else show.exact_money(printed_total(cost))
    kind = " (decentralised)" if leg.is_decentralised else ""
    yield f"{place}. <b>{exchange_name(leg.instrument.exchange)}</b>{kind}: <b>{total}</b>"
    parts = (
        ("fees", cost.fees_quote),
        ("slippage", cost.slippage_quote),
        ("funding", cost.funding_quote),
        ("basis", cost.basis_quote),
    )
    yield " · ".join(f"{name} {'?' if value is None else show.exact_money(value)}" for name, value in parts)
    fit = show.share_as_percent(size.hedged_share)
    below = "" if size.is_orderable else f", below its smallest order of {show.money(size.smallest_quote)}"
    yield f"{fit} hedged, lots of {show.money(size.lot_value_quote)}{below}"


def _choices(plan: HedgePlan, request: HedgeRequest) -> Iterator[tuple[Button, ...]]:
    offered = [leg.instrument.exchange for leg in plan.legs if leg.sizing.is_orderable]
    for at in range(0, len(offered), 3):
        yield tuple(
            Button(exchange_name(exchange), line(request, exchange=exchange, wants_venues=False))
            for exchange in offered[at : at + 3]
        )


def _sources(plan: HedgePlan) -> str:
    oldest = max(plan.planned_at - leg.as_of for leg in plan.legs)
    names = ", ".join(leg.source for leg in plan.legs)
    return show.source_line(names, None, oldest)
