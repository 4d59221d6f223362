"""Futures positions on the way: where each is liquidated, what is lost there, what funding it pays in a day.

Law: what is not known is named, never assumed; margin is isolated, and all of it is lost at liquidation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from chatbot.core.errors import NotPossible
from chatbot.core.funding import is_suspicious, per_day, received_quote
from chatbot.core.margin import liquidation_price
from chatbot.core.markets import FundingRate, Instrument, MarginTiers, Snapshot
from chatbot.core.portfolio import FuturesPosition, Side
from chatbot.core.risk.measures import Stress


class Unknown(Enum):
    """Why there is no liquidation price."""

    NO_EXCHANGE = "no exchange is recorded"
    NO_CONTRACT = "no quote of such a perpetual came from there"
    NO_ENTRY = "no entry price is recorded"
    NO_LEVERAGE = "no leverage is recorded"
    NO_TIERS = "the exchange's margin tiers are not known"
    NOT_OPENABLE = "that leverage cannot be opened there at this size"


@dataclass(frozen=True, slots=True)
class PositionRisk:
    """One position. `price_quote` is its mark, else the coin's price, else None; `spot_quote` the other way round.

    It is liquidated by its mark; the book counts its exposure and its capital at the coin's price.

    `liquidation_quote` is None where `unknown` says why, and where no price liquidates it (`unknown` None, too).
    `funding_usd_per_day` is + when received; None where the rate or its interval is not known, or can hardly be right.
    """

    position: FuturesPosition
    price_quote: Decimal | None
    spot_quote: Decimal | None
    liquidation_quote: Decimal | None
    unknown: Unknown | None
    is_estimate: bool
    funding_usd_per_day: Decimal | None

    @property
    def room_share(self) -> Decimal | None:
        """The move of the price that liquidates it, signed."""
        if self.liquidation_quote is None or not self.price_quote:
            return None
        return self.liquidation_quote / self.price_quote - 1

    @property
    def is_past(self) -> bool:
        """Whether the price is beyond its liquidation already: what is recorded is not what is there.

        Where that price is not known, whether more is lost than the margin that was recorded.
        """
        room = self.room_share
        is_recorded = self.position.leverage is not None and self.spot_quote is not None
        return room * self.position.side.sign >= 0 if room is not None else is_recorded and not self.equity_usd

    def is_liquidated_by(self, move: float) -> bool:
        """Whether its price is met when the coin moves so far."""
        room = self.room_share
        if room is None or self.is_past:
            return False
        return move <= float(room) if self.position.side is Side.LONG else move >= float(room)

    @property
    def equity_usd(self) -> Decimal:
        """What a liquidation takes; zero without a price."""
        return self.position.tied_up_quote(self.spot_quote) if self.spot_quote is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class StressOutcome:
    """A stress with liquidations counted: whose price was met on the way lost its margin, and no more.

    `liquidated`: the places of those positions in the plan's positions.
    """

    bitcoin_move: float
    result_usd: Decimal
    liquidated: tuple[int, ...]


def position_risk(position: FuturesPosition, snapshot: Snapshot | None, price_quote: Decimal | None) -> PositionRisk:
    """`snapshot` of the perpetual it is in; `price_quote` of the coin. Each stands in for the other."""
    mark = snapshot.quote.mark_quote if snapshot else None
    price = price_quote if mark is None else mark
    unknown = _unknown(position, snapshot)
    tiers = snapshot.tiers if snapshot else None
    liquidation = None
    if unknown is None and snapshot and tiers:
        liquidation, unknown = _liquidation(position, snapshot.instrument, tiers)
    return PositionRisk(
        position,
        price,
        price_quote if price_quote is not None else mark,
        liquidation,
        unknown,
        is_estimate=tiers is not None and tiers.is_estimate,
        funding_usd_per_day=_funding(position, price, snapshot.funding if snapshot else None),
    )


def _unknown(position: FuturesPosition, snapshot: Snapshot | None) -> Unknown | None:
    missing = {
        Unknown.NO_EXCHANGE: position.exchange is None,
        Unknown.NO_ENTRY: position.entry_quote is None,
        Unknown.NO_LEVERAGE: not position.leverage,
        Unknown.NO_CONTRACT: snapshot is None,
        Unknown.NO_TIERS: snapshot is not None and snapshot.tiers is None,
    }
    return next((reason for reason, is_missing in missing.items() if is_missing), None)


def _liquidation(
    position: FuturesPosition, market: Instrument, tiers: MarginTiers
) -> tuple[Decimal | None, Unknown | None]:
    assert position.entry_quote is not None
    try:
        found = liquidation_price(
            side=position.side,
            entry_quote=position.entry_quote,
            amount_base=position.amount_base,
            margin_quote=position.margin_quote(position.entry_quote),
            tiers=tiers,
            taker_share=market.taker_share,
        )
    except NotPossible:
        return None, Unknown.NOT_OPENABLE
    return found, None


def _funding(position: FuturesPosition, price: Decimal | None, rate: FundingRate | None) -> Decimal | None:
    daily = per_day(rate) if rate and not is_suspicious(rate) else None
    if daily is None or price is None:
        return None
    return received_quote(position.side, position.amount_base * price, daily)


def outcome_of(stress: Stress, positions: Sequence[PositionRisk]) -> StressOutcome:
    """The stress with its liquidations: instead of its share of the move, such a position loses its equity."""
    moves = dict(stress.by_coin)
    met = [at for at, each in enumerate(positions) if _is_met(each, moves)]
    spared = sum((_spared(positions[at], moves) for at in met), Decimal(0))
    return StressOutcome(stress.bitcoin_move, stress.result_usd + spared, tuple(met))


def _is_met(each: PositionRisk, moves: Mapping[str, float]) -> bool:
    return each.position.coin in moves and each.is_liquidated_by(moves[each.position.coin])


def _spared(each: PositionRisk, moves: Mapping[str, float]) -> Decimal:
    """Of the loss that the whole move would have brought; negative where the margin left is larger than that."""
    assert each.spot_quote is not None
    move = Decimal(repr(moves[each.position.coin]))
    return -each.equity_usd - each.position.delta_base * each.spot_quote * move
