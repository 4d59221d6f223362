"""How a cash-and-carry looks on a phone: the best one in the first line, every contract in a table below it."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Button, Reply
from chatbot.core.carry.legs import CarryLeg, Case, Outcome
from chatbot.core.carry.plan import CarryPlan
from chatbot.core.markets import InstrumentKind, exchange_name
from handlers import formatting as show
from handlers.funding.carry.request import CarryRequest, line

LEVERAGES = (Decimal(1), Decimal(2), Decimal(3))
OTHERS_SHOWN = 3


def render(plan: CarryPlan, request: CarryRequest, key: str) -> Reply:
    """The answer to /funding carry."""
    details = show.expandable("\n".join(_details(plan)))
    text = "\n".join((*_summary(plan), details, _source(plan)))
    return Reply(text, _buttons(plan, request, key))


def contract_name(leg: CarryLeg) -> str:
    """`perp`, or the day of expiry: `26 Mar`."""
    expires_at = leg.instrument.expires_at
    return "perp" if expires_at is None else f"{expires_at:%d %b}"


def _summary(plan: CarryPlan) -> Iterator[str]:
    best = plan.best
    yield f"<b>{_headline(plan)}</b>"
    yield _trade(plan)
    yield _capital(plan)
    yield show.table(("", "", "net", "a year"), [_row(leg) for leg in plan.legs], names=2)
    for leg in plan.legs:
        if leg.instrument.kind is InstrumentKind.PERPETUAL:
            yield from _perpetual_cases(leg)
    yield _liquidation(best)
    yield from _reverse(plan)
    yield from _elsewhere(plan)
    if plan.outages:
        missing = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        yield f"⚠ Exchanges missing: {missing}"


def _headline(plan: CarryPlan) -> str:
    best, main = plan.best, plan.best.main
    age = plan.planned_at - best.as_of
    old = f"Prices are {show.duration(age)} old. " if age.total_seconds() > 60 else ""
    if main is None:
        return f"{old}{plan.coin} carry: no rate is known to work with"
    verb = "earns" if main.net_quote >= 0 else "loses"
    period, amount = show.duration(best.length), show.money(abs(main.net_quote))
    return f"{old}Carry {verb} {amount} in {period}, {main.case.value}, all fees in"


def _trade(plan: CarryPlan) -> str:
    best = plan.best
    coins = f"{show.exact_grouped(best.sizing.amount_base.normalize())} {show.escape(plan.coin)}"
    if best.instrument.is_inverse:
        coins = f"{show.quantity(best.sizing.amount_base)} {show.escape(plan.coin)}"
    what = (
        "the perpetual"
        if best.instrument.expires_at is None
        else f"the future to {best.instrument.expires_at:%d %b %Y}"
    )
    spot = show.price(best.spot_ask_quote, best.spot.tick_quote)
    sold = show.price(best.futures_bid_quote, best.instrument.tick_quote)
    return (
        f"Buy {coins} at {spot} ({exchange_name(best.spot.exchange)} spot), sell as many forward at {sold}: "
        f"{what}, {exchange_name(best.instrument.exchange)}"
    )


def _capital(plan: CarryPlan) -> str:
    best = plan.best
    margin = "the coins are the margin"
    if not best.instrument.is_inverse:
        margin = f"coins {show.money(best.cost_quote)}, margin {show.money(best.margin_quote)} at {_times(plan)}"
    yearly = ""
    if best.main is not None:
        yearly = f"{show.signed_percent(best.main.capital_share_per_year)} a year on "
    return f"{yearly}{show.money(best.capital_quote)} of capital: {margin}"


def _times(plan: CarryPlan) -> str:
    return show.leverage(plan.terms.leverage)


def _row(leg: CarryLeg) -> tuple[str, str, str, str]:
    main, where = leg.main, exchange_name(leg.instrument.exchange)
    if main is None:
        return contract_name(leg), where, "?", "?"
    return contract_name(leg), where, show.compact_money(main.net_quote), _yearly(main)


def _yearly(outcome: Outcome) -> str:
    return show.signed_percent(outcome.capital_share_per_year)


def _even(outcome: Outcome) -> str:
    if outcome.break_even is None:
        return "never"
    length = show.duration(outcome.break_even)
    return f"after {length}"


def _perpetual_cases(leg: CarryLeg) -> Iterator[str]:
    """What each case leaves after all costs; a perpetual has no date at which it must converge."""
    cases = [f"{show.signed_money(each.net_quote)}{_spread(each)} {_case(each, leg)}" for each in leg.outcomes]
    if cases:
        yield f"Perpetual over {show.duration(leg.length)}, costs in: {', '.join(cases)}"


def _spread(outcome: Outcome) -> str:
    return "" if outcome.deviation_quote is None else f" ± {show.money(outcome.deviation_quote)}"


def _case(outcome: Outcome, leg: CarryLeg) -> str:
    words: str = outcome.case.value
    return f"{words} of the last {leg.months}" if outcome.case is Case.WORST else words


def _liquidation(leg: CarryLeg) -> str:
    room = leg.room
    if room is None:
        return "Liquidation of the short: unknown, the exchange gave no margin tiers"
    if room.liquidation_quote is None or room.room_share is None:
        return "No price liquidates the short"
    price = show.price(room.liquidation_quote, leg.instrument.tick_quote)
    topping = next((each.topping_quote for each in leg.scenarios if each.topping_quote), None)
    more = "" if topping is None else f"; to outlive +50 % it takes {show.money(topping)} more margin"
    estimate = " (estimate)" if room.are_tiers_estimated else ""
    return f"Short liquidated at <b>{price}</b>{estimate}: {show.signed_percent(room.room_share)}{more}"


def _reverse(plan: CarryPlan) -> Iterator[str]:
    """Said where it pays: it needs coins that most retail accounts cannot borrow."""
    for leg in plan.legs:
        if leg.reverse is not None and leg.reverse.net_quote > 0:
            earned = show.signed_money(leg.reverse.net_quote)
            borrow = show.share_as_percent(leg.reverse.break_even_borrow_per_year)
            yield (
                f"⚠ Reverse ({contract_name(leg)}): sell coins, buy the future: {earned} while borrowing costs less "
                f"than {borrow} a year. It needs coins held or borrowed; many accounts cannot borrow"
            )


def _reverse_at_a_loss(leg: CarryLeg) -> Iterator[str]:
    if leg.reverse is not None and leg.reverse.net_quote <= 0:
        yield f"Reverse, coins sold and the future bought: {show.signed_money(leg.reverse.net_quote)} before borrowing"


def _elsewhere(plan: CarryPlan) -> Iterator[str]:
    known = [
        f"{exchange_name(leg.instrument.exchange)} {contract_name(leg)} {_yearly(leg.main)}"
        for leg in plan.others
        if leg.main is not None
    ]
    if known:
        yield f"Elsewhere, a year: {' · '.join(known[:OTHERS_SHOWN])}"


def _details(plan: CarryPlan) -> Iterator[str]:
    for leg in plan.legs:
        yield f"<b>{contract_name(leg)}, {exchange_name(leg.instrument.exchange)}</b>: {_basis(leg)}"
        yield _costs(leg)
        yield from _reverse_at_a_loss(leg)
        yield from _moves(leg)
    for refused in plan.refused:
        expires_at = refused.instrument.expires_at
        name = "perp" if expires_at is None else f"{expires_at:%d %b}"
        where = exchange_name(refused.instrument.exchange)
        yield f"<b>{name}, {where}</b>: {show.escape(refused.reason)}"
    yield "Prices are walked through the visible books; four taker fills; settlement is counted as one of them."


def _basis(leg: CarryLeg) -> str:
    """At the prices of going in. What a perpetual stands above spot has no date to go by, and is not in its result."""
    told = f"{show.signed_percent(leg.basis_share, digits=3)} = {show.signed_money(leg.basis_quote)}"
    if leg.basis_share_per_year is None:
        return f"premium {told}, not counted"
    return f"basis {told}, {show.signed_percent(leg.basis_share_per_year, digits=2)} a year"


def _costs(leg: CarryLeg) -> str:
    """The slippage of going in is in the basis already: said with it, it would be taken off twice."""
    fees, is_dated = leg.fees, leg.basis_share_per_year is not None
    parts = (fees.spot_in_quote, fees.futures_in_quote, fees.spot_out_quote, fees.futures_out_quote)
    slippage = leg.slippage.out_quote + (0 if is_dated else leg.slippage.in_quote)
    what = "slippage of going out" if is_dated else "slippage"
    printed = " + ".join(show.exact_money(part) for part in parts)
    even = "" if leg.main is None else f", even {_even(leg.main)}"
    return f"fees {printed}, {what} {show.exact_money(slippage)}{even}"


def _moves(leg: CarryLeg) -> Iterator[str]:
    results = [
        f"{show.signed_percent(each.move_share, digits=0)} {show.signed_money(each.net_quote)}"
        for each in leg.scenarios
    ]
    if results:
        why = "the same but for the fees of going out" if leg.instrument.expires_at else "the funding taken as it is"
        yield f"If spot moves: {', '.join(results)} ({why})"


def _source(plan: CarryPlan) -> str:
    best = plan.best
    price = f"bid {show.price(best.futures_bid_quote, best.instrument.tick_quote)}"
    return show.source_line(best.source, price, plan.planned_at - best.as_of)


def _buttons(plan: CarryPlan, request: CarryRequest, key: str) -> tuple[tuple[Button, ...], ...]:
    chosen = plan.terms.leverage
    leverages = tuple(
        Button(f"{'• ' if each == chosen else ''}{show.leverage(each)}", line(request, leverage=each))
        for each in LEVERAGES
    )
    exchanges = dict.fromkeys(leg.instrument.exchange for leg in (*plan.legs, *plan.others))
    others = tuple(
        Button(exchange_name(each), line(request, exchange=each)) for each in exchanges if each != request.exchange
    )[:OTHERS_SHOWN]
    if request.exchange is not None:
        others = (*others, Button("Any exchange", line(request, exchange=None)))
    coin = request.coin or plan.coin
    rows = (
        () if plan.best.instrument.is_inverse else leverages,
        others,
        (Button("How?", f"/how {key}"), Button("Roll", f"/funding roll {coin}"), Button("Funding", f"/funding {coin}")),
    )
    return tuple(row for row in rows if row)
