"""Margin of one isolated futures position: where it is liquidated, and what survives a rise.

Law: wherever a position can be opened at all, a short is liquidated above its entry and a long below it.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import log, sqrt

from chatbot.core.errors import NotPossible
from chatbot.core.markets import MarginTier, MarginTiers, TierUnit
from chatbot.core.portfolio import Side
from chatbot.core.quantities import floor_to_step

YEAR = timedelta(days=365)
ZERO, EVER = Decimal(0), Decimal("Infinity")


class LeverageRefused(NotPossible):
    """A position of this size cannot be opened with that leverage; less of it may do."""


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
    Raises LeverageRefused where margin / notional <= mmr + taker at entry: such a position cannot be opened.
    """

    def price_in(tier: MarginTier) -> Decimal:
        held = margin_quote + tier.deduction - side.sign * amount_base * entry_quote
        return held / (amount_base * (tier.maintenance_share + taker_share - side.sign))

    notional = amount_base * entry_quote
    is_by_value = tiers.unit is TierUnit.QUOTE
    _require_room(margin_quote, notional, tiers.at(notional if is_by_value else amount_base), taker_share)
    if not is_by_value:
        return _first_met(side, entry_quote, [(tiers.at(amount_base), ZERO, EVER)], price_in)
    spans = ((tier, low / amount_base, high / amount_base) for tier, low, high in _sizes(tiers))
    return _first_met(side, entry_quote, spans, price_in)


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

    def price_in(tier: MarginTier) -> Decimal:
        coins = value_usd / entry_quote + side.sign * (margin_base + tier.deduction)
        return value_usd * (1 + side.sign * (tier.maintenance_share + taker_share)) / coins if coins > 0 else EVER

    coins_at_entry = value_usd / entry_quote
    is_by_value = tiers.unit is TierUnit.QUOTE
    _require_room(margin_base, coins_at_entry, tiers.at(value_usd if is_by_value else coins_at_entry), taker_share)
    if is_by_value:
        return _first_met(side, entry_quote, [(tiers.at(value_usd), ZERO, EVER)], price_in)
    spans = ((tier, value_usd / high, value_usd / low if low else EVER) for tier, low, high in _sizes(tiers))
    return _first_met(side, entry_quote, spans, price_in)


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
    taken = tier.maintenance_share + taker_share
    if margin / notional <= taken:
        raise LeverageRefused(
            f"At this size the position cannot be opened with that leverage: maintenance margin and the closing fee "
            f"take all of the margin from {floor_to_step(1 / taken, Decimal('0.1')).normalize():f}x on."
        )


def _sizes(tiers: MarginTiers) -> Iterable[tuple[MarginTier, Decimal, Decimal]]:
    """Each tier with the sizes between which it holds; the lowest from nothing, the highest for ever."""
    floors = [ZERO, *(tier.floor for tier in tiers.tiers[1:]), EVER]
    return ((tier, low, high) for tier, (low, high) in zip(tiers.tiers, pairwise(floors), strict=True))


def _first_met(
    side: Side,
    entry_quote: Decimal,
    spans: Iterable[tuple[MarginTier, Decimal, Decimal]],
    price_in: Callable[[MarginTier], Decimal],
) -> Decimal | None:
    """Where the price, on its losing way from entry, first takes all of the margin; None: nowhere.

    `spans`: tiers with the lowest and highest price at which they hold. Where a tier's rate jumps without a deduction,
    the price at which it begins may be the one that liquidates.
    """
    met = []
    for tier, lowest, highest in spans:
        begin = max(lowest, entry_quote) if side is Side.SHORT else min(highest, entry_quote)
        price = max(price_in(tier), begin) if side is Side.SHORT else min(price_in(tier), begin)
        if lowest <= price <= highest and ZERO < price < EVER:
            met.append(price)
    return min(met, key=lambda price: abs(price - entry_quote), default=None)
