"""Words that the answer, its explanation and its picture share; and what must be known before acting, as sentences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.core.hedging.plan import BIG_ORDER_SHARE
from chatbot.core.hedging.plan import Caution as HedgeCaution
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.transit.bridge import Bridge
from chatbot.core.rotation.transit.legs import Leg
from chatbot.core.rotation.transit.plan import Caution, Moved, RotationPlan
from handlers import formatting as show

A_DAY = timedelta(days=1)


def named(coins: Sequence[Moved]) -> str:
    """UNI, or UNI and AAVE."""
    names = [show.escape(each.coin) for each in coins]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def verb(coins: Sequence[Moved], one: str, several: str) -> str:
    """does for UNI, do for UNI and AAVE."""
    return one if len(coins) == 1 else several


def after(length: timedelta) -> str:
    """Of the start: now, day 1, 42 h."""
    if not length:
        return "now"
    return f"day {length // A_DAY}" if not length % A_DAY else f"{length / timedelta(hours=1):.0f} h"


def move(share: Decimal) -> str:
    """+20 %."""
    return show.signed_percent(share, digits=0)


def dollars(value: Decimal) -> str:
    """To the cent: $299.87, and $1,000 rather than $1,000.00; what is less than a cent as it is."""
    return show.money(show.cents(value) or value)


def signed_dollars(value: Decimal) -> str:
    """The same with + on gains."""
    return show.signed_money(show.cents(value) or value)


def earns(result_quote: Decimal) -> str:
    """earns $300 · loses $300."""
    return f"{'loses' if result_quote < 0 else 'earns'} {dollars(abs(result_quote))}"


def gain(result_quote: Decimal) -> str:
    """gain $300 · lose $300."""
    return f"{'lose' if result_quote < 0 else 'gain'} {dollars(abs(result_quote))}"


def cautions(plan: RotationPlan) -> tuple[str, ...]:
    """In the order of weight; the price's age is said in the first line."""
    return (*_of_plan(plan), *(text for bridge in plan.bridges for text in _of_bridge(bridge)), *_of_longs(plan))


def _of_plan(plan: RotationPlan) -> Iterator[str]:
    for each in plan.unbridged:
        yield f"No bridge for {show.escape(each.coin)}: {show.escape(each.reason)}"
    yield from _of_volume(plan)
    if Caution.NO_SPOT_MARKET in plan.cautions:
        names = ", ".join(show.escape(each.coin) for each in (*plan.sold, *plan.bought) if each.market is None)
        yield f"No exchange here has a spot market of {names}: fees and slippage there are not known"
    if Caution.SEVERAL_EXCHANGES in plan.cautions:
        yield "Not all on one exchange: money moved between them is in neither coin on the way"
    if Caution.FEWER_STAGES in plan.cautions:
        yield _fewer(plan)


def _of_volume(plan: RotationPlan) -> Iterator[str]:
    """Of what is sold and of what is bought."""
    sides = [(each, "sells") for each in plan.sold] + [(each, "buys") for each in plan.bought]
    large = [(each, does) for each, does in sides if each.day_share is not None and each.day_share > BIG_ORDER_SHARE]
    parts = [
        f"{does} {show.share_as_percent(each.day_share)} of what {show.escape(each.coin)} trades in a day "
        f"({show.money(each.volume_day_quote)})"
        for each, does in large
        if each.day_share is not None and each.volume_day_quote is not None
    ]
    if parts:
        yield f"A stage {' and '.join(parts)}, perpetuals counted"


def _fewer(plan: RotationPlan) -> str:
    count = len(plan.stages) - 1
    at_once = ", so all of it at once, without a short" if plan.is_cut_to_one and not plan.terms.keeps_short else ""
    return (
        f"{count} stage{'' if count == 1 else 's'}, not {plan.stages_asked}: an order would be below its smallest"
        f"{at_once}"
    )


def unfillable(plan: RotationPlan) -> str:
    """UNI and FET: of which a stage is more than the visible book; empty where every order is within it."""
    thin = {trade.coin for stage in plan.stages for trade in (*stage.sales, *stage.purchases) if trade.is_thin}
    return named([each for each in (*plan.sold, *plan.bought) if each.coin in thin]) if thin else ""


def _of_bridge(bridge: Bridge) -> Iterator[str]:
    """The words of the cautions that its plan has, in its order."""
    for caution in bridge.hedge.cautions:
        if caution in _BRIDGE_WORDS:
            yield _BRIDGE_WORDS[caution](bridge)


def _coin(bridge: Bridge) -> str:
    return show.escape(bridge.hedge.chosen.instrument.coin)


def _over_hedged(bridge: Bridge) -> str:
    existing = bridge.hedge.existing
    if not existing.short_base:
        return f"The short is {show.money(existing.over_quote)} more than the {_coin(bridge)} of your portfolio: a bet"
    return (
        f"Short {show.quantity(existing.short_base)} {_coin(bridge)} already: with this one "
        f"{show.money(existing.over_quote)} more than is held, a bet against it"
    )


def _near_liquidation(bridge: Bridge) -> str:
    room, period = bridge.hedge.room, show.duration(bridge.hedge.terms.horizon)
    assert room is not None  # it is what the caution is about
    return f"The short's liquidation is {room.room_deviations:.1f}σ of {period} away: such moves are not rare"


def _weak_proxy(bridge: Bridge) -> str:
    proxy = bridge.hedge.proxy
    assert proxy is not None
    return f"{_coin(bridge)} explains little of {show.escape(bridge.coin)} (R² {proxy.r_squared:.2f})"


def _coarse(bridge: Bridge) -> str:
    size = bridge.hedge.chosen.sizing
    share = show.share_as_percent(size.hedged_share)
    return f"One lot of {_coin(bridge)} is {show.money(size.lot_value_quote)}: {share} of the short that was wanted"


def _small_market(bridge: Bridge) -> str:
    leg = bridge.hedge.chosen
    volume = show.money(leg.volume_day_quote or Decimal(0))
    return f"A small market: {volume} of {_coin(bridge)} a day on {place(leg.instrument.exchange)}"


_BRIDGE_WORDS: Mapping[HedgeCaution, Callable[[Bridge], str]] = {
    HedgeCaution.OVER_HEDGED: _over_hedged,
    HedgeCaution.LIQUIDATION_WITHIN_TWO_SIGMA: _near_liquidation,
    HedgeCaution.WEAK_PROXY: _weak_proxy,
    HedgeCaution.LEVERAGE_ABOVE_GUIDE: lambda bridge: (
        f"A short at {show.leverage(bridge.hedge.terms.leverage)}: the guide for hedges is 1x to 3x"
    ),
    HedgeCaution.COARSE_CONTRACT: _coarse,
    HedgeCaution.BOOK_TOO_THIN: lambda bridge: f"The short of {_coin(bridge)} is not fillable in the visible book",
    HedgeCaution.BIG_ORDER: lambda bridge: f"The short is above 1 % of what {_coin(bridge)} trades in a day",
    HedgeCaution.FUNDING_SUSPICIOUS: lambda bridge: f"The funding rate of {_coin(bridge)} can hardly be right",
    HedgeCaution.MARKS_APART: lambda bridge: f"Exchanges disagree on the price of {_coin(bridge)} by more than 5 %",
    HedgeCaution.SMALL_MARKET: _small_market,
}


def _of_longs(plan: RotationPlan) -> Iterator[str]:
    if Caution.LEVERAGE_ABOVE_GUIDE not in plan.cautions or plan.terms.purchase is None:
        return
    for leg in plan.longs:
        yield f"{wipe_out(leg)}; the guide is 2x to 5x, 2x at first"


def wipe_out(leg: Leg) -> str:
    """How far it is to losing the margin."""
    coin = show.escape(leg.instrument.coin)
    if leg.room is None:
        return f"{coin}: liquidation not known"
    name = f"{coin} at {show.leverage(leg.room.leverage)}"
    if leg.room.room_share is None:
        return f"{name}: no price liquidates it"
    far = show.signed_percent(leg.room.room_share)
    return f"{name}: liquidated at about {far}, all {show.money(leg.margin_quote)} gone"


def place(exchange: str) -> str:
    """An exchange's name in a line."""
    return show.escape(exchange_name(exchange))
