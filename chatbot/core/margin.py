"""Margin of one isolated futures position: where it is liquidated, and what survives a rise.

Law: wherever a position can be opened at all, a short is liquidated above its entry and a long below it.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from math import log, sqrt

from chatbot.core.errors import NotPossible
from chatbot.core.markets import MarginTier, MarginTiers, TierUnit
from chatbot.core.portfolio import Side

YEAR = timedelta(days=365)


def liquidation_price(
    *,
    side: Side,
    entry_quote: Decimal,
    amount_base: Decimal,
    margin_quote: Decimal,
    tiers: MarginTiers,
    taker_share: Decimal,
) -> Decimal | None:
    """Price at which a linear position's margin is down to maintenance plus the closing fee; None: at no price.

    `LP = (M + cum - s*q*EP) / (q*(mmr + taker - s))`, with the tier that holds at LP.
    Raises NotPossible where margin / notional <= mmr + taker at entry: such a position cannot be opened.
    """

    def size_at(price: Decimal) -> Decimal:
        return amount_base * price if tiers.unit is TierUnit.QUOTE else amount_base

    def price_in(tier: MarginTier) -> Decimal | None:
        held = margin_quote + tier.deduction - side.sign * amount_base * entry_quote
        price = held / (amount_base * (tier.maintenance_share + taker_share - side.sign))
        return price if price > 0 else None

    _require_room(margin_quote, amount_base * entry_quote, tiers.at(size_at(entry_quote)), taker_share)
    return _self_consistent(tiers, size_at, price_in, entry_quote)


def inverse_liquidation_price(
    *,
    side: Side,
    entry_quote: Decimal,
    value_usd: Decimal,
    margin_base: Decimal,
    tiers: MarginTiers,
    taker_share: Decimal,
) -> Decimal | None:
    """The same for a coin-margined position of `value_usd`; a deduction is in coin.

    `LP = V*(1 + s*(mmr + taker)) / (V/EP + s*(M + cum))`; None for a short whose margin is worth its whole value.
    """

    def size_at(price: Decimal) -> Decimal:
        return value_usd if tiers.unit is TierUnit.QUOTE else value_usd / price

    def price_in(tier: MarginTier) -> Decimal | None:
        coins = value_usd / entry_quote + side.sign * (margin_base + tier.deduction)
        if coins <= 0:
            return None
        return value_usd * (1 + side.sign * (tier.maintenance_share + taker_share)) / coins

    _require_room(margin_base, value_usd / entry_quote, tiers.at(size_at(entry_quote)), taker_share)
    return _self_consistent(tiers, size_at, price_in, entry_quote)


def survival_margin_quote(
    *, amount_base: Decimal, entry_quote: Decimal, survive_quote: Decimal, tiers: MarginTiers, taker_share: Decimal
) -> Decimal:
    """All the margin with which a linear short outlives a rise to `survive_quote`.

    `M = q*(P*(1 + mmr + taker) - EP) - cum`, with the tier at P.
    """
    size = amount_base * survive_quote if tiers.unit is TierUnit.QUOTE else amount_base
    tier = tiers.at(size)
    needed = survive_quote * (1 + tier.maintenance_share + taker_share) - entry_quote
    return max(amount_base * needed - tier.deduction, Decimal(0))


def inverse_survival_margin_base(
    *, value_usd: Decimal, entry_quote: Decimal, survive_quote: Decimal, tiers: MarginTiers, taker_share: Decimal
) -> Decimal:
    """The same for a coin-margined short, in coin: `V/EP - V/P*(1 - mmr - taker) - cum`; never more than V/EP."""
    coins_then = value_usd / survive_quote
    tier = tiers.at(value_usd if tiers.unit is TierUnit.QUOTE else coins_then)
    lost = value_usd / entry_quote - coins_then
    return max(lost + coins_then * (tier.maintenance_share + taker_share) - tier.deduction, Decimal(0))


def room_in_deviations(
    *, price_quote: Decimal, liquidation_quote: Decimal, volatility_per_year: float, horizon: timedelta
) -> float:
    """How many standard deviations of the log price over `horizon` lie between: `|ln(LP/P)| / (sigma*sqrt(T))`."""
    return abs(log(liquidation_quote / price_quote)) / (volatility_per_year * sqrt(horizon / YEAR))


def _require_room(margin: Decimal, notional: Decimal, tier: MarginTier, taker_share: Decimal) -> None:
    if margin / notional <= tier.maintenance_share + taker_share:
        highest = 1 / (tier.maintenance_share + taker_share)
        raise NotPossible(
            f"At this size the position cannot be opened with that leverage: maintenance margin and the closing fee "
            f"take all of the margin above {highest:.0f}x."
        )


def _self_consistent(
    tiers: MarginTiers,
    size_at: Callable[[Decimal], Decimal],
    price_in: Callable[[MarginTier], Decimal | None],
    entry_quote: Decimal,
) -> Decimal | None:
    """The price worked out with a tier that still holds at that price; of several the nearest to entry.

    Where rates jump without a deduction no tier may agree with itself: then the tier at entry decides.
    """
    agreeing = []
    for tier in tiers.tiers:
        price = price_in(tier)
        if price is not None and tiers.at(size_at(price)) is tier:
            agreeing.append(price)
    if agreeing:
        return min(agreeing, key=lambda price: abs(price - entry_quote))
    return price_in(tiers.at(size_at(entry_quote)))
