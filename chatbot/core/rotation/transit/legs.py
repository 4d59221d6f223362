"""Futures that stand for coins: a long instead of a purchase, and the pair that needs no coins at all.

Law: contracts are rounded down to the exchange's step, so no leg exceeds what was wanted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.hedging.cost import FundingOutlook, funding_outlook
from chatbot.core.hedging.pair import (
    PairLeg,
    beta_delta_usd,
    dollar_delta_usd,
    losses_at_stop_quote,
    neutral_factor,
    ratio_base,
)
from chatbot.core.hedging.room import Room, room_of
from chatbot.core.hedging.sizing import Sizing, size_value
from chatbot.core.markets import Instrument, Snapshot
from chatbot.core.portfolio import Side
from chatbot.core.quantities import whole_sum
from chatbot.core.statistics import Beta

NOTHING, ONE = Decimal(0), Decimal(1)
MONTH = timedelta(days=30)  # that room is measured over, and funding is expected for
STOP_SHARE = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Leg:
    """`room` None: the exchange gave no margin tiers. `fees_quote`: in and out, at taker fees.

    `beta` is to bitcoin; no unit, None where it is not known.
    """

    side: Side
    instrument: Instrument
    sizing: Sizing
    margin_quote: Decimal
    room: Room | None
    funding: FundingOutlook
    fees_quote: Decimal
    beta: float | None
    source: str
    as_of: datetime

    @property
    def delta_usd(self) -> Decimal:
        """Signed dollars: a short is below zero."""
        return self.side.sign * self.sizing.notional_quote


@dataclass(frozen=True, slots=True)
class Pair:
    """Long what would be bought, short what would be sold. Deltas are signed dollars, `beta_usd` in those of bitcoin.

    `neutral_usd`: all the shorts for a beta delta of zero; None where a beta is not known. Of one long and one short,
    `ratio_base` is the price of the long coin in coins of the short one and `stop_base` that at which it stops.
    `long_loss_quote`: the stop is met by the longs alone, falling; `short_loss_quote`: by the shorts alone, rising.
    """

    legs: tuple[Leg, ...]
    dollars_usd: Decimal
    beta_usd: Decimal | None
    neutral_usd: Decimal | None
    stop_share: Decimal
    ratio_base: Decimal | None
    stop_base: Decimal | None
    long_loss_quote: Decimal
    short_loss_quote: Decimal
    funding_per_day_quote: Decimal | None

    @property
    def margin_quote(self) -> Decimal:
        """Of all legs."""
        return sum((leg.margin_quote for leg in self.legs), NOTHING)

    @property
    def fees_quote(self) -> Decimal:
        """Of all legs, in and out."""
        return sum((leg.fees_quote for leg in self.legs), NOTHING)


def leg_of(
    side: Side,
    snapshot: Snapshot,
    wanted_quote: Decimal,
    leverage: Decimal,
    *,
    volatility_per_year: float | None,
    beta: Beta | None,
    now: datetime,
) -> Leg:
    """LeverageRefused where it cannot be opened with that leverage."""
    market = snapshot.instrument
    sizing = size_value(market, wanted_quote, snapshot.quote.mark_quote)
    room = None
    if snapshot.tiers is not None and sizing.contracts:
        room = room_of(side, market, sizing, leverage, snapshot.tiers, volatility_per_year, MONTH)
    return Leg(
        side=side,
        instrument=market,
        sizing=sizing,
        margin_quote=sizing.notional_quote / leverage,
        room=room,
        funding=funding_outlook(snapshot, sizing.notional_quote, MONTH, now, side),
        fees_quote=2 * market.taker_share * sizing.notional_quote,
        beta=_beta(market, beta),
        source=snapshot.quote.source,
        as_of=snapshot.quote.as_of,
    )


def _beta(market: Instrument, beta: Beta | None) -> float | None:
    if market.coin == "BTC":
        return 1.0
    return beta.beta if beta else None


def per_day_quote(outlook: FundingOutlook) -> Decimal | None:
    """Expected funding of a day: settled averages where there are some, else the predicted rate."""
    return None if outlook.expected_quote is None else outlook.expected_quote / (MONTH // timedelta(days=1))


def pair_of(legs: Sequence[Leg], stop_share: Decimal = STOP_SHARE) -> Pair:
    """Of longs and shorts, at least one of each. The ratio ends `stop_share` lower at the stop."""
    longs, shorts = ([leg for leg in legs if leg.side is side] for side in (Side.LONG, Side.SHORT))
    sides = [PairLeg(leg.side, leg.sizing.notional_quote, leg.sizing.price_quote, leg.beta) for leg in legs]
    factor, ratio = neutral_factor(sides), ratio_base(sides)
    long_loss, short_loss = losses_at_stop_quote(sides, stop_share)
    return Pair(
        legs=(*longs, *shorts),
        dollars_usd=dollar_delta_usd(sides),
        beta_usd=beta_delta_usd(sides),
        neutral_usd=None if factor is None else factor * sum((leg.sizing.notional_quote for leg in shorts), NOTHING),
        stop_share=stop_share,
        ratio_base=ratio,
        stop_base=None if ratio is None else ratio * (ONE - stop_share),
        long_loss_quote=long_loss,
        short_loss_quote=short_loss,
        funding_per_day_quote=whole_sum(per_day_quote(leg.funding) for leg in legs),
    )
