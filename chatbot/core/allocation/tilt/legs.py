"""One leg of a tilt on one linear market: contracts, margin, liquidation, funding, basis, cost.

Law: contracts are rounded down to the exchange's step, so a leg never exceeds what was wanted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.allocation.tilt.change import CoinChange
from chatbot.core.hedging.cost import (
    BasisOutlook,
    FundingOutlook,
    HorizonCost,
    basis_outlook,
    funding_outlook,
    horizon_cost,
)
from chatbot.core.hedging.room import Room, room_of
from chatbot.core.hedging.sizing import Sizing, size_value
from chatbot.core.markets import Instrument, InstrumentKind, Snapshot
from chatbot.core.portfolio import Side


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is done. `stop_share`: how far the price ratio may go against it.

    `exchange`: there and nowhere else. `preferred`: there where it can be, else where it costs least.
    """

    leverage: Decimal
    horizon: timedelta
    stop_share: Decimal
    exchange: str | None = None
    preferred: str | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A long or a short of `wanted_quote`. `room` None: the exchange gave no margin tiers.

    Funding and basis are received (+) or paid (-) by this leg; `cost` counts costs as positive.
    """

    side: Side
    instrument: Instrument
    wanted_quote: Decimal
    sizing: Sizing
    margin_quote: Decimal
    room: Room | None
    funding: FundingOutlook
    basis: BasisOutlook | None
    cost: HorizonCost
    volume_day_quote: Decimal | None
    is_book_visible: bool
    source: str
    as_of: datetime

    @property
    def coin(self) -> str:
        """Of the contract."""
        return self.instrument.coin

    @property
    def delta_usd(self) -> Decimal:
        """Signed dollars: a short is below zero."""
        return self.side.sign * self.sizing.notional_quote

    @property
    def is_dated(self) -> bool:
        """Whether it ends by itself."""
        return self.instrument.kind is InstrumentKind.DATED


def leg_of(
    change: CoinChange, snapshot: Snapshot, terms: Terms, volatility_per_year: float | None, now: datetime
) -> Leg:
    """The leg on this market. LeverageRefused where it cannot be opened with that leverage."""
    market, side, wanted = snapshot.instrument, change.side, abs(change.change_usd)
    sizing = size_value(market, wanted, snapshot.quote.mark_quote)
    outlook = funding_outlook(snapshot, sizing.notional_quote, terms.horizon, now, side)
    gap = basis_outlook(snapshot, sizing, terms.horizon, now, side)
    return Leg(
        side=side,
        instrument=market,
        wanted_quote=wanted,
        sizing=sizing,
        margin_quote=sizing.notional_quote / terms.leverage,
        room=_room(side, snapshot, sizing, terms, volatility_per_year),
        funding=outlook,
        basis=gap,
        cost=horizon_cost(snapshot, sizing, outlook, gap),
        volume_day_quote=snapshot.quote.volume_day_quote,
        is_book_visible=snapshot.book is not None,
        source=snapshot.quote.source,
        as_of=snapshot.quote.as_of,
    )


def _room(
    side: Side, snapshot: Snapshot, sizing: Sizing, terms: Terms, volatility_per_year: float | None
) -> Room | None:
    if snapshot.tiers is None or not sizing.is_orderable:
        return None
    return room_of(
        side, snapshot.instrument, sizing, terms.leverage, snapshot.tiers, volatility_per_year, terms.horizon
    )


def moved_quote(leg: Leg, move_share: Decimal) -> tuple[Decimal, bool]:
    """What the leg gains (+) or loses (-) when its price has moved, and whether it was liquidated on the way.

    Liquidated, it has lost its margin and nothing more.
    """
    room = leg.room.room_share if leg.room else None
    if room is not None and leg.side.sign * (move_share - room) <= 0:
        return -leg.margin_quote, True
    return leg.delta_usd * move_share, False
