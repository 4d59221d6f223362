"""`How?`: the arithmetic of a rotation with this asker's own numbers, and the formula behind each line."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Audience, Reply
from chatbot.core.rotation.transit.bridge import Bridge
from chatbot.core.rotation.transit.legs import Pair
from chatbot.core.rotation.transit.outcomes import A_TENTH
from chatbot.core.rotation.transit.plan import RotationPlan
from handlers import formatting as show
from handlers.rotate.plan.words import move, named

NOTHING = Decimal(0)


def explanation_of(plan: RotationPlan) -> Reply:
    """The reply to `How?`, as a new message under the answer that it explains."""
    parts = (_stages(plan), _bridges(plan), _funding(plan), _break_even(plan), _outcomes(plan), _pair(plan))
    text = "\n\n".join("\n".join(lines) for lines in (list(part) for part in parts) if lines)
    return Reply(f"<b>How this rotation was worked out</b>\n\n{text}", audience=audience_of(plan), is_new_message=True)


def audience_of(plan: RotationPlan) -> Audience:
    """What was held when it was worked out is nobody else's business."""
    return Audience.ASKER if any(each.held_base is not None for each in plan.sold) else Audience.ANYONE


def _stages(plan: RotationPlan) -> Iterator[str]:
    count = len(plan.stages) - 1
    yield "<b>Stages</b>"
    for each in plan.sold:
        yield (
            f"{show.exact_grouped(each.amount_base)} {show.escape(each.coin)} × {show.number(each.price_quote)} = "
            f"{show.money(each.value_quote)}, a part of {count} at each stage, rounded down to the exchange's step; "
            "the last one takes the rest"
        )
    yield "What a sale brings after its fee and slippage buys the same day; what is left goes into the next stage"
    yield "Each order is walked through today's visible book by itself, as if it had filled again by then"


def _bridges(plan: RotationPlan) -> Iterator[str]:
    for bridge in plan.bridges:
        yield f"<b>The short for {show.escape(bridge.coin)}</b>"
        yield _size(bridge, plan)
        room = bridge.hedge.room
        if room is not None and room.liquidation_quote is not None:
            size, tick = bridge.hedge.chosen.sizing, bridge.hedge.chosen.instrument.tick_quote
            coins, entry = show.exact(size.amount_base), show.price(size.price_quote, tick)
            mmr, fee = show.exact(room.maintenance_share), show.exact(room.taker_share)
            yield (
                f"liquidation = (margin + deduction + coins × entry) ÷ (coins × (1 + mmr + fee)) = "
                f"({show.number(room.margin_quote)} + {show.number(room.deduction)} + {coins} × {entry}) ÷ "
                f"({coins} × (1 + {mmr} + {fee})) = {show.price(room.liquidation_quote, tick)}"
            )


def _size(bridge: Bridge, plan: RotationPlan) -> str:
    share, size = show.share_as_percent(plan.terms.hedge_share), bridge.hedge.chosen.sizing
    proxy = bridge.hedge.proxy
    times = "" if proxy is None else f" × beta {proxy.beta:.4f}"
    unsold = show.money(bridge.hedge.exposure.value_quote)
    after = ", ".join(show.money(short.notional_quote) for short in bridge.shorts[1:])
    return (
        f"{share} × unsold{times} = {share} × {unsold}{times} ≈ {show.money(size.notional_quote)}, rounded down; "
        f"then {after}"
    )


def _funding(plan: RotationPlan) -> Iterator[str]:
    for bridge in plan.bridges:
        outlook = bridge.hedge.chosen.funding
        if bridge.funding_quote is None:
            continue
        yield f"<b>Funding</b> of it ({outlook.rests_on.value}; + the short receives)"
        step = plan.terms.length / (len(plan.stages) - 1)
        held = " + ".join(show.money(short.notional_quote) for short in bridge.shorts[:-1])
        days = f"{step.total_seconds() / 86_400:.2f} days"
        yield f"({held}) × rate a day × {days} = {show.signed_money(bridge.funding_quote)}"


def _break_even(plan: RotationPlan) -> Iterator[str]:
    cost = plan.cost
    yield "<b>When it pays</b>"
    parts = (
        ("fees of the trades", cost.trade_fees_quote),
        ("their slippage", cost.trade_slippage_quote),
        ("fees of the short", cost.bridge_fees_quote),
        ("its slippage", cost.bridge_slippage_quote),
        ("funding", None if cost.funding_quote is None else -cost.funding_quote),
    )
    listed = " + ".join(f"{name} {'?' if value is None else show.money(value)}" for name, value in parts)
    yield f"{listed} = {show.money(cost.total_quote)}"
    bar = show.signed_percent(cost.break_even_share, digits=3)
    beside = ", before what the short gains or loses" if plan.bridges else ""
    yield f"÷ {show.money(plan.value_quote)} = {bar}: {named(plan.bought)} must beat {named(plan.sold)} by more{beside}"
    yield from (_on_the_way(bridge) for bridge in plan.bridges)
    if plan.longs:
        yield "Futures cost funding for as long as they are held, and a fee again when they are closed"


def _on_the_way(bridge: Bridge) -> str:
    """Each short has its part of an even move."""
    shorts = bridge.shorts[:-1]
    held = " + ".join(show.money(short.notional_quote) for short in shorts)
    result = show.signed_money(show.cents(bridge.on_the_way_quote(A_TENTH)))
    coin = show.escape(bridge.coin)
    return f"the short, at +10 % of {coin} evenly on the way: ({held}) ÷ {len(shorts)} × 10 % = {result}"


def _outcomes(plan: RotationPlan) -> Iterator[str]:
    yield "<b>Moves</b>, before costs: unsold × its move − short × the same move + bought × its move"
    for each in plan.outcomes:
        if each.stage == 0 and each.bought_share < 0:
            continue  # nothing is bought yet
        parts = (each.held_quote, each.short_quote, each.bought_quote)
        sums = " ".join(show.signed_money(show.cents(part)) for part in parts)
        yield (
            f"stage {each.stage}, {move(each.sold_share)} and {move(each.bought_share)}: {sums} = "
            f"{show.signed_money(show.cents(each.total_quote))}"
        )
    if any(bridge.hedge.proxy for bridge in plan.bridges):
        yield "A proxy follows on average by its own slope on the coin: (1 + move)^(R² ÷ beta) − 1"


def _pair(plan: RotationPlan) -> Iterator[str]:
    pair = plan.pair
    if pair is None:
        return
    yield "<b>The pair</b>"
    yield from _deltas(pair)
    if pair.ratio_base is not None and pair.stop_base is not None:
        yield (
            f"stop: {show.number(pair.ratio_base)} × (1 − {show.share_as_percent(pair.stop_share)}) = "
            f"{show.number(pair.stop_base)}; the short alone gets there by 1 ÷ (1 − stop) − 1"
        )


def _deltas(pair: Pair) -> Iterator[str]:
    parts = [
        f"{show.signed_money(leg.delta_usd)} × {'?' if leg.beta is None else f'{leg.beta:.2f}'}" for leg in pair.legs
    ]
    result = "not known" if pair.beta_usd is None else show.signed_money(show.cents(pair.beta_usd))
    yield f"beta to bitcoin, 90 days: {' '.join(parts)} = {result}"
    if pair.neutral_usd is not None:
        yield f"beta-neutral: shorts × beta of the longs ÷ beta of the shorts = {show.money(pair.neutral_usd)}"
