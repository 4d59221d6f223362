"""The margin of a position: where it is liquidated, how far that is, and what it takes a short to survive a rise."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from chatbot.core import margin
from chatbot.core.hedging.sizing import Sizing
from chatbot.core.markets import Instrument, MarginTier, MarginTiers, TierUnit, exchange_name
from chatbot.core.portfolio import Side

RISES = (Decimal("0.3"), Decimal("0.5"), Decimal(1))


@dataclass(frozen=True, slots=True)
class Survival:
    """The margin with which the short outlives a rise of `rise_share` (all of it, not what comes on top)."""

    rise_share: Decimal
    margin_quote: Decimal
    notional_share: Decimal


@dataclass(frozen=True, slots=True)
class Room:
    """Isolated margin of a position. `liquidation_quote` None: no price liquidates it.

    `maintenance_share` and `deduction` (quote, or coin for inverse contracts) are of the tier that holds there.
    `margin_base` is set where the margin is held in the coin (inverse contracts). `room_deviations` counts standard
    deviations of the price over the horizon, None where the volatility is not known. `survivals` are a short's alone.
    """

    leverage: Decimal
    margin_quote: Decimal
    margin_base: Decimal | None
    maintenance_share: Decimal
    deduction: Decimal
    taker_share: Decimal
    liquidation_quote: Decimal | None
    room_share: Decimal | None
    room_deviations: float | None
    survivals: tuple[Survival, ...]
    tiers_source: str
    are_tiers_estimated: bool


def room_of_short(
    instrument: Instrument,
    sizing: Sizing,
    leverage: Decimal,
    tiers: MarginTiers,
    volatility_per_year: float | None,
    horizon: timedelta,
) -> Room:
    """Margin and liquidation of a short of this size opened at its mark; LeverageRefused where it cannot be opened."""
    return room_of(Side.SHORT, instrument, sizing, leverage, tiers, volatility_per_year, horizon)


def room_of(
    side: Side,
    instrument: Instrument,
    sizing: Sizing,
    leverage: Decimal,
    tiers: MarginTiers,
    volatility_per_year: float | None,
    horizon: timedelta,
) -> Room:
    """The same of either side."""
    _require_allowed(instrument, leverage, tiers, _tier_at(instrument, sizing, tiers, sizing.price_quote))
    margin_quote = sizing.notional_quote / leverage
    liquidation = _liquidation(side, instrument, sizing, margin_quote, tiers)
    deviations = None
    if liquidation is not None and volatility_per_year:
        deviations = margin.room_in_deviations(
            price_quote=sizing.price_quote,
            liquidation_quote=liquidation,
            volatility_per_year=volatility_per_year,
            horizon=horizon,
        )
    tier = _tier_at(instrument, sizing, tiers, liquidation or sizing.price_quote)
    return Room(
        leverage=leverage,
        margin_quote=margin_quote,
        margin_base=margin_quote / sizing.price_quote if instrument.is_inverse else None,
        maintenance_share=tier.maintenance_share,
        deduction=tier.deduction,
        taker_share=instrument.taker_share,
        liquidation_quote=liquidation,
        room_share=None if liquidation is None else liquidation / sizing.price_quote - 1,
        room_deviations=deviations,
        survivals=tuple(_survival(instrument, sizing, rise, tiers) for rise in RISES if side is Side.SHORT),
        tiers_source=tiers.source,
        are_tiers_estimated=tiers.is_estimate,
    )


def _require_allowed(instrument: Instrument, leverage: Decimal, tiers: MarginTiers, at_entry: MarginTier) -> None:
    """An exchange's own tiers say what it refuses at this size; of an estimate only what it has at no size."""
    limits = [tier.maximum_leverage for tier in tiers.tiers if tier.maximum_leverage is not None]
    limit = at_entry.maximum_leverage if not tiers.is_estimate else max(limits, default=None)
    if limit is not None and leverage > limit:
        estimated = f", by an estimate ({tiers.source})" if tiers.is_estimate else ""
        raise margin.LeverageRefused(
            f"A position of this size is opened with at most {limit.normalize():f}x at "
            f"{exchange_name(instrument.exchange)}{estimated}."
        )


def _liquidation(
    side: Side, instrument: Instrument, sizing: Sizing, margin_quote: Decimal, tiers: MarginTiers
) -> Decimal | None:
    if instrument.is_inverse:
        return margin.inverse_liquidation_price(
            side=side,
            entry_quote=sizing.price_quote,
            value_usd=sizing.notional_quote,
            margin_base=margin_quote / sizing.price_quote,
            tiers=tiers,
            taker_share=instrument.taker_share,
        )
    return margin.liquidation_price(
        side=side,
        entry_quote=sizing.price_quote,
        amount_base=sizing.amount_base,
        margin_quote=margin_quote,
        tiers=tiers,
        taker_share=instrument.taker_share,
    )


def _survival(instrument: Instrument, sizing: Sizing, rise: Decimal, tiers: MarginTiers) -> Survival:
    survive_quote = sizing.price_quote * (1 + rise)
    if instrument.is_inverse:
        needed_base = margin.inverse_survival_margin_base(
            value_usd=sizing.notional_quote,
            entry_quote=sizing.price_quote,
            survive_quote=survive_quote,
            tiers=tiers,
            taker_share=instrument.taker_share,
        )
        needed = needed_base * sizing.price_quote
    else:
        needed = margin.survival_margin_quote(
            amount_base=sizing.amount_base,
            entry_quote=sizing.price_quote,
            survive_quote=survive_quote,
            tiers=tiers,
            taker_share=instrument.taker_share,
        )
    return Survival(rise, needed, needed / sizing.notional_quote)


def _tier_at(instrument: Instrument, sizing: Sizing, tiers: MarginTiers, price_quote: Decimal) -> MarginTier:
    in_quote = instrument.notional_quote(sizing.contracts, price_quote)
    in_base = instrument.amount_base(sizing.contracts, price_quote)
    return tiers.at(in_quote if tiers.unit is TierUnit.QUOTE else in_base)
