"""`How?` on a carry: the arithmetic with its figures."""

from collections.abc import Iterator

from chatbot.command import Reply
from chatbot.core.carry.legs import CarryLeg, Case, Outcome
from chatbot.core.carry.plan import CarryPlan
from handlers import formatting as show
from handlers.funding.carry.render import contract_name


def explanation_of(plan: CarryPlan) -> Reply:
    """The best leg of a kept plan, step by step."""
    parts = (_size(plan), _gross(plan.best), _costs(plan.best), _result(plan.best), _assumptions())
    text = "\n\n".join("\n".join(part) for part in parts)
    return Reply(f"<b>How this carry was worked out</b>\n\n{text}", is_new_message=True)


def _size(plan: CarryPlan) -> Iterator[str]:
    leg = plan.best
    yield f"<b>Size</b> ({contract_name(leg)})"
    wanted, contracts = show.number(plan.terms.amount_base), show.exact(leg.sizing.contracts)
    yield f"coins wanted {wanted}, rounded down to {contracts} contracts"
    yield f"= {show.number(leg.sizing.amount_base)} {plan.coin}; as many coins are bought, not as many dollars"


def _gross(leg: CarryLeg) -> Iterator[str]:
    yield "<b>Basis</b>"
    tick = leg.instrument.tick_quote
    bid, ask = show.price(leg.futures_bid_quote, tick), show.price(leg.spot_ask_quote, tick)
    coins, gap = show.number(leg.sizing.amount_base), show.exact_money(leg.basis_quote)
    yield f"coins × (bid − ask) = {coins} × ({bid} − {ask}) = {gap}"
    if leg.basis_share_per_year is not None:
        days, yearly = leg.length.total_seconds() / 86_400, show.signed_percent(leg.basis_share_per_year, digits=2)
        yield f"({bid} ÷ {ask} − 1) × 365 ÷ {days:.2f} days = {yearly} a year"
    else:
        yield "A perpetual has no date to converge by: its premium is not counted, its funding is."


def _costs(leg: CarryLeg) -> Iterator[str]:
    fees, slippage = leg.fees, leg.slippage
    yield "<b>Costs</b>"
    yield (
        f"fees: {show.exact_money(fees.spot_in_quote)} + {show.exact_money(fees.futures_in_quote)} in, "
        f"{show.exact_money(fees.spot_out_quote)} + {show.exact_money(fees.futures_out_quote)} out"
    )
    yield f"slippage against mid: {show.exact_money(slippage.in_quote)} in, {show.exact_money(slippage.out_quote)} out"


def _result(leg: CarryLeg) -> Iterator[str]:
    yield "<b>Result</b> (at mid prices, less costs)"
    for outcome in leg.outcomes:
        yield _line(leg, outcome)
    main = leg.main
    if main is not None:
        days = leg.length.total_seconds() / 86_400
        yield (
            f"{show.exact_money(main.net_quote)} ÷ {show.money(leg.capital_quote)} × 365 ÷ {days:.2f} "
            f"= {show.signed_percent(main.capital_share_per_year, digits=2)} a year"
        )


def _line(leg: CarryLeg, outcome: Outcome) -> str:
    what = "basis at mid" if outcome.case is Case.EXPIRY else "funding"
    costs = leg.fees.total_quote + leg.slippage.in_quote + leg.slippage.out_quote
    return (
        f"{outcome.case.value}: {what} {show.exact_money(outcome.gross_quote)} − {show.exact_money(costs)} "
        f"= {show.exact_money(outcome.net_quote)}"
    )


def _assumptions() -> Iterator[str]:
    yield "Fees are the exchanges' taker fees for everybody; going out is counted at today's prices."
