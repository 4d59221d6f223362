"""`How?`: the arithmetic of a hedge with this asker's own numbers, and the formula behind each line."""

from collections.abc import Iterator

from chatbot.command import Reply
from chatbot.core.hedging.by_hand import BY_HAND
from chatbot.core.hedging.cost import FundingBasis
from chatbot.core.hedging.plan import HedgePlan
from chatbot.core.hedging.room import Room
from chatbot.core.markets import InstrumentKind
from handlers import formatting as show
from handlers.hedge.venues import printed_total


def explanation_of(plan: HedgePlan) -> Reply:
    """The reply to `How?`, as a new message under the answer that it explains."""
    parts = (_size(plan), _margin(plan), _funding(plan), _basis(plan), _dated(plan), _cost(plan), _assumptions(plan))
    text = "\n\n".join("\n".join(lines) for lines in (list(part) for part in parts) if lines)
    return Reply(f"<b>How this hedge was worked out</b>\n\n{text}", is_new_message=True)


def _size(plan: HedgePlan) -> Iterator[str]:
    exposure, leg, size = plan.exposure, plan.chosen, plan.chosen.sizing
    market, share = leg.instrument, show.share_as_percent(plan.terms.share)
    price = show.price(size.price_quote, market.tick_quote)
    unit = f"${show.exact(market.contract_size)}" if market.is_inverse else f"{show.exact(market.contract_size)} coins"
    yield "<b>Size</b>"
    if plan.proxy is not None:
        yield f"value × beta × share = {show.money(exposure.value_quote)} × {plan.proxy.beta:.4f} × {share}"
        yield f"= {show.money(plan.wanted_quote)} of {market.coin}"
        if not market.is_inverse:
            yield f"÷ (contract × price) = ÷ ({unit} × {price})"
        else:
            yield f"÷ contract = ÷ {unit}"
    elif exposure.amount_base is not None:
        by_price = f" × {price}" if market.is_inverse else ""
        yield f"coins × share{' × price' if market.is_inverse else ''} ÷ contract"
        yield f"= {show.quantity(exposure.amount_base)} × {share}{by_price} ÷ {unit}"
    yield f"= {show.number(size.wanted_contracts)} contracts, rounded down to {show.exact(size.contracts)}"
    yield f"(step {show.exact(market.step_contracts)}; rounding up would over-hedge)"


def _margin(plan: HedgePlan) -> Iterator[str]:
    room, leg, size = plan.room, plan.chosen, plan.chosen.sizing
    yield "<b>Margin and liquidation</b>"
    yield (
        f"notional ÷ leverage = {show.money(size.notional_quote)} ÷ {show.leverage(plan.terms.leverage)} "
        f"= {show.money(size.notional_quote / plan.terms.leverage)}"
    )
    if room is None:
        yield "No margin tiers were given, so no liquidation price."
        return
    yield from _liquidation(plan, room)
    if room.room_deviations is not None and plan.volatility_per_year is not None:
        yield (
            f"room = ln(liquidation ÷ mark) ÷ (volatility × √time) = {room.room_deviations:.2f}σ "
            f"at {plan.volatility_per_year:.0%} a year over {show.duration(plan.terms.horizon)}"
        )
    estimate = ", an estimate" if room.are_tiers_estimated else ""
    yield f"Tiers: {show.escape(room.tiers_source)}{estimate}"
    if room.are_tiers_estimated and leg.instrument.exchange == BY_HAND:
        yield "Maintenance margin and fee are assumed."


def _liquidation(plan: HedgePlan, room: Room) -> Iterator[str]:
    """The formula, then the same with this hedge's figures."""
    leg, size = plan.chosen, plan.chosen.sizing
    price = show.price(size.price_quote, leg.instrument.tick_quote)
    mmr, fee, cum = show.exact(room.maintenance_share), show.exact(room.taker_share), show.number(room.deduction)
    if room.liquidation_quote is None:
        result = "no price liquidates it"
    else:
        result = show.price(room.liquidation_quote, leg.instrument.tick_quote)
    if room.margin_base is not None:
        value, margin = show.number(size.notional_quote), show.number(room.margin_base)
        yield "liquidation = value × (1 − mmr − fee) ÷ (value ÷ entry − margin − deduction), in coin"
        yield f"= {value} × (1 − {mmr} − {fee}) ÷ ({value} ÷ {price} − {margin} − {cum}) = {result}"
    else:
        coins, margin = show.exact(size.amount_base), show.number(room.margin_quote)
        yield "liquidation = (margin + deduction + coins × entry) ÷ (coins × (1 + mmr + fee))"
        yield f"= ({margin} + {cum} + {coins} × {price}) ÷ ({coins} × (1 + {mmr} + {fee})) = {result}"


def _funding(plan: HedgePlan) -> Iterator[str]:
    outlook, size = plan.chosen.funding, plan.chosen.sizing
    if outlook.rests_on is FundingBasis.NONE:
        return
    yield "<b>Funding</b> (positive: longs pay shorts)"
    if outlook.rate_per_interval is not None and outlook.interval is not None and outlook.now_per_day_quote is not None:
        yield (
            f"now: {show.rate(outlook.rate_per_interval)} per {show.interval(outlook.interval)} × "
            f"{show.money(size.notional_quote)} × charges a day = {show.signed_money(outlook.now_per_day_quote)} a day"
        )
    if outlook.expected_quote is not None:
        yield (
            f"expected ({outlook.rests_on.value}): {show.signed_money(outlook.expected_quote)} "
            f"over {show.duration(plan.terms.horizon)}"
        )


def _basis(plan: HedgePlan) -> Iterator[str]:
    gap = plan.chosen.basis
    if gap is None:
        return
    tick = plan.chosen.instrument.tick_quote
    yield "<b>Basis</b>"
    yield (
        f"(mark − index) × coins × share = ({show.price(plan.chosen.sizing.price_quote, tick)} − "
        f"{show.price(gap.spot_quote, tick)}) × {show.quantity(plan.chosen.sizing.amount_base)} × "
        f"{show.share_as_percent(gap.converged_share)} = {show.signed_money(gap.gain_quote)}"
    )
    if plan.chosen.instrument.kind is InstrumentKind.DATED:
        yield "A dated contract's basis closes by its expiry; the part within the horizon is counted."
    else:
        yield "A perpetual's premium is taken as gone by the end of the horizon."


def _dated(plan: HedgePlan) -> Iterator[str]:
    other = plan.dated
    if other is None:
        return
    bid, spot = (show.price(each, other.instrument.tick_quote) for each in (other.bid_quote, other.spot_quote))
    days = (other.expires_at - plan.planned_at).total_seconds() / 86_400
    yield f"<b>The future to {other.expires_at:%d %b %Y}</b>, before fees"
    yield (
        f"(bid − index) × coins = ({bid} − {spot}) × {show.quantity(plan.chosen.sizing.amount_base)} "
        f"= {show.signed_money(other.locked_quote)} locked by expiry"
    )
    yield f"× horizon ÷ {days:.2f} days = {show.signed_money(other.within_quote)} within the horizon"


def _cost(plan: HedgePlan) -> Iterator[str]:
    cost = plan.chosen.cost
    parts = (cost.fees_quote, cost.slippage_quote, cost.funding_quote, cost.basis_quote)
    total = "unknown" if cost.total_quote is None else show.exact_money(printed_total(cost))
    yield "<b>Cost over the horizon</b> (− earns)"
    names = ("fees", "slippage", "funding", "basis")
    yield " · ".join(
        f"{name} {'?' if part is None else show.exact_money(part)}" for name, part in zip(names, parts, strict=True)
    )
    yield f"together {total}"
    yield f"fees: two fills at {show.share_as_percent(plan.chosen.instrument.taker_share)}"


def _assumptions(plan: HedgePlan) -> Iterator[str]:
    yield f"Worked out with the prices of that answer; source {show.escape(plan.chosen.source)}."
