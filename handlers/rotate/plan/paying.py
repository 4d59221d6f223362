"""When a rotation pays: the bar in the first words, what it is made of, and what is not in it.

Law: the printed parts sum to the printed total, and what is not in the bar is named in the same line.
"""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.core.hedging.cost import FundingBasis
from chatbot.core.quantities import whole_sum
from chatbot.core.rotation.transit.legs import Leg, per_day_quote
from chatbot.core.rotation.transit.outcomes import A_TENTH
from chatbot.core.rotation.transit.plan import RotationPlan
from handlers import formatting as show
from handlers.rotate.plan.words import dollars, named, verb

NOTHING = Decimal(0)
_RATES = {
    FundingBasis.MONTH: " at its 30-day mean",
    FundingBasis.WEEK: " at its 7-day mean",
    FundingBasis.NOW: " as predicted",
    FundingBasis.NONE: "",
}


def paying(plan: RotationPlan) -> str:
    """The line of the bar."""
    fees, slippage = _fees(plan), _slippage(plan)
    bought, sold, does = named(plan.bought), named(plan.sold), verb(plan.bought, "does", "do")
    total = dollars(_printed_total(fees, slippage, plan.cost.funding_quote))
    return (
        f"<b>It pays when {bought} {does} better than {sold} by more than {bar(plan)}{_unknown(plan)}{_short(plan)}</b>"
        f" ({total}: {', '.join(_parts(plan, fees, slippage))}{''.join(_later(leg) for leg in plan.longs)}); "
        "tax is yours to add"
    )


def bar(plan: RotationPlan) -> str:
    """0.42 %."""
    return show.signed_percent(plan.cost.break_even_share, digits=2).removeprefix("+")


def _fees(plan: RotationPlan) -> Decimal:
    return plan.cost.trade_fees_quote + plan.cost.bridge_fees_quote


def _slippage(plan: RotationPlan) -> Decimal | None:
    return whole_sum((plan.cost.trade_slippage_quote, plan.cost.bridge_slippage_quote))


def _parts(plan: RotationPlan, fees: Decimal, slippage: Decimal | None) -> Iterator[str]:
    yield f"fees {dollars(fees)}"
    yield "slippage not known" if slippage is None else f"slippage {dollars(slippage)}"
    if plan.bridges:
        yield _funding(plan)


def _funding(plan: RotationPlan) -> str:
    """In words, as a minus among costs would read as a gain; and by which rate, as the next charge may be another."""
    funding = plan.cost.funding_quote
    if funding is None:
        return "funding not known"
    rates = {bridge.hedge.chosen.funding.rests_on for bridge in plan.bridges}
    by = _RATES[rates.pop()] if len(rates) == 1 else " at its settled means"
    return f"funding {'earns' if funding >= 0 else 'pays'} {dollars(abs(funding))}{by}"


def _later(leg: Leg) -> str:
    """A purchase by futures goes on costing: it is in no bar, as nobody knows for how long it is held."""
    daily, coin = per_day_quote(leg.funding), show.escape(leg.instrument.coin)
    funding = "funding not known"
    if daily is not None:
        funding = f"funding {'earns' if daily >= 0 else 'pays'} {dollars(abs(daily))} a day"
    return f"; not in it: closing the {coin} futures {dollars(leg.fees_quote / 2)}, their {funding}"


def _unknown(plan: RotationPlan) -> str:
    """What has to be earned beside the figure."""
    cost = plan.cost
    lacking = {
        "fees": any(each.market is None for each in (*plan.sold, *plan.bought)),
        "slippage": None in (cost.trade_slippage_quote, cost.bridge_slippage_quote),
        "funding": cost.funding_quote is None,
    }
    names = [f"the {name}" for name, holds in lacking.items() if holds]
    return f" plus {' and '.join(names)}, not known" if names else ""


def _short(plan: RotationPlan) -> str:
    """A short until the sale is beside the bar; one that is kept moves it with the price of what is sold."""
    if not plan.bridges:
        return ""
    if not plan.terms.keeps_short:
        return ", before what the short gains or loses"
    share = show.share_as_percent(-plan.short_on_the_way_quote(A_TENTH) / (plan.value_quote * A_TENTH))
    return f" plus {share} of any rise of {named(plan.sold)}: the short that is kept is a bet on a fall"


def _printed_total(fees: Decimal, slippage: Decimal | None, funding: Decimal | None) -> Decimal:
    """Of the parts as they are printed, to the cent."""
    return show.cents(fees) + show.cents(slippage or NOTHING) - show.cents(funding or NOTHING)
