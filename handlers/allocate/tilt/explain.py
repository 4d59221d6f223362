"""`How?`: the arithmetic of a tilt with its own numbers, and the formula behind each line."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Reply
from chatbot.core.allocation.tilt.change import Kind
from chatbot.core.allocation.tilt.legs import Leg
from chatbot.core.allocation.tilt.plan import TiltPlan
from chatbot.core.hedging.room import Room
from chatbot.core.portfolio import Side
from handlers import formatting as show
from handlers.allocate.tilt.beside import audience_of, break_even_lines, days
from handlers.allocate.tilt.render import ratio


def explanation_of(plan: TiltPlan) -> Reply:
    """A new message under the answer that it explains."""
    parts = (_sizes, _margins, _deltas, _stop, _break_even, _assumptions)
    text = "\n\n".join("\n".join(part(plan)) for part in parts)
    return Reply(
        f"<b>How this tilt was worked out</b>\n\n{text}", audience=audience_of(plan.change), is_new_message=True
    )


def _sizes(plan: TiltPlan) -> Iterator[str]:
    change, capital = plan.change, show.money(plan.change.capital_usd)
    yield "<b>Sizes</b>"
    if change.kind is Kind.ENHANCE:
        notional = show.money(change.coins[0].change_usd)
        yield f"margin × leverage = {capital} × {show.leverage(plan.terms.leverage)} = {notional}"
    else:
        yield f"(target − now) × {capital}:"
        for each in change.coins:
            before, after = each.from_usd / change.capital_usd, each.to_usd / change.capital_usd
            parts = f"({show.share_as_percent(after)} − {show.share_as_percent(before)}) × {capital}"
            yield f"{show.escape(each.coin)}: {parts} = {show.signed_money(each.change_usd)}"
    for leg in plan.legs:
        yield _contracts(leg)


def _contracts(leg: Leg) -> str:
    market, size = leg.instrument, leg.sizing
    price = show.price(size.price_quote, market.tick_quote)
    lots = f"down to {show.exact(size.contracts)} (step {show.exact(market.step_contracts)})"
    parts = f"{show.money(leg.wanted_quote)} ÷ ({show.exact(market.contract_size)} × {price})"
    return f"{show.escape(leg.coin)}: {parts} = {show.number(size.wanted_contracts)}, {lots}"


def _margins(plan: TiltPlan) -> Iterator[str]:
    yield "<b>Margin and liquidation</b> (isolated)"
    times = show.leverage(plan.terms.leverage)
    for leg in plan.legs:
        notional, margin = show.money(leg.sizing.notional_quote), show.money(leg.margin_quote)
        yield f"{show.escape(leg.coin)}: {notional} ÷ {times} = {margin}"
        if leg.room is not None and leg.room.liquidation_quote is not None:
            yield _liquidation(leg, leg.room, leg.room.liquidation_quote)


def _liquidation(leg: Leg, room: Room, liquidation_quote: Decimal) -> str:
    """(coins × entry ∓ margin) ÷ (coins × (1 ∓ mmr ∓ fee)), upper signs for a long."""
    tick, coins = leg.instrument.tick_quote, show.exact(leg.sizing.amount_base)
    entry, result = show.price(leg.sizing.price_quote, tick), show.price(liquidation_quote, tick)
    sign = "−" if leg.side is Side.LONG else "+"
    margin = show.number(room.margin_quote + room.deduction)
    rates = f"1 {sign} {show.exact(room.maintenance_share)} {sign} {show.exact(room.taker_share)}"
    return f"liquidated at ({coins} × {entry} {sign} {margin}) ÷ ({coins} × ({rates})) = {result}"


def _deltas(plan: TiltPlan) -> Iterator[str]:
    yield "<b>Delta</b> (dollars are not beta)"
    yield f"sum of the legs = {show.signed_money(show.cents(plan.delta.dollars_usd))}"
    if plan.delta.beta_usd is not None:
        betas = {each.coin: each.beta for each in plan.betas}
        parts = " + ".join(f"{show.signed_money(leg.delta_usd)} × {betas[leg.coin]:.4f}" for leg in plan.legs)
        yield f"each × its beta to BTC: {parts} = {show.signed_money(show.cents(plan.delta.beta_usd))}"
    for coin, size in plan.delta.neutral:
        yield f"{show.escape(coin)}: {show.money(size)} makes the betas of longs and shorts equal"


def _stop(plan: TiltPlan) -> Iterator[str]:
    stop, share = plan.stop, show.exact(plan.terms.stop_share)
    yield "<b>Stop</b>"
    if stop.ratio_base is not None and stop.stop_base is not None:
        yield f"price ratio {ratio(stop.ratio_base)} × (1 − {share}) = {ratio(stop.stop_base)}"
    if stop.stop_quote is None:
        yield f"longs × {share} = {show.money(stop.long_loss_quote)} with the shorts flat"
        yield f"shorts × (1 ÷ (1 − {share}) − 1) = {show.money(stop.short_loss_quote)} with the longs flat"
    else:
        loss = max(stop.long_loss_quote, stop.short_loss_quote)
        yield f"notional × {share} = {show.money(loss)}"


def _break_even(plan: TiltPlan) -> Iterator[str]:
    yield "<b>Futures beside spot</b> (there and back)"
    if plan.once_quote is None or plan.daily_quote is None or plan.spot.cost_quote is None:
        yield "A cost is not known, so there are no break-even days."
        return
    once, daily, spot = (show.money(each) for each in (plan.once_quote, plan.daily_quote, plan.spot.cost_quote))
    verb = "" if plan.daily_quote >= 0 else " (below zero: earned)"
    yield f"futures {once} once (fees, slippage, premium) and {daily} a day{verb} (funding or dated basis)"
    yield f"spot {spot} once"
    found = plan.break_even
    if found is None or found.after is None:
        yield from break_even_lines(plan)
    else:
        yield f"({spot} − {once}) ÷ {daily} = {days(found.after)}"


def _assumptions(plan: TiltPlan) -> Iterator[str]:
    rests = dict.fromkeys(leg.funding.rests_on.value for leg in plan.legs)
    yield f"Funding expected: {', '.join(rests)}. A perpetual's premium is taken as gone at the end."
    sources = ", ".join(dict.fromkeys(show.escape(leg.source) for leg in plan.legs))
    yield f"Prices of that answer: {sources}."
