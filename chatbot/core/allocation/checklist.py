"""Five questions to a futures position: liquidity, liquidation, funding, narrative, venue.

Law: each has its number, and what is not known is not fine.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core import margin
from chatbot.core.allocation.caps import HIGHEST_CAP_SHARE, ONE_POSITION_SHARE
from chatbot.core.basis import walk
from chatbot.core.errors import NotPossible, Outage
from chatbot.core.funding import per_day, realised, received_quote
from chatbot.core.hedging.sizing import Sizing, size_value
from chatbot.core.markets import DECENTRALISED, Instrument, Snapshot
from chatbot.core.portfolio import FuturesPosition, Side

OLD = timedelta(minutes=1)  # said in the first line
MONTH = timedelta(days=30)
YOUNG = timedelta(days=90)
MOST_SLIPPAGE_SHARE = Decimal("0.005")
MOST_VOLUME_SHARE = Decimal("0.01")
MOST_DRAG_SHARE = Decimal("0.02")  # of the position, in a month
FEWEST_DEVIATIONS = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about: so many dollars of one market, at `leverage`.

    `capital_usd` None: not known. `stop_share`: how far the price may go against it before it is closed.
    `entry_quote`: of a position that is open; None: one that would be opened at the mark.
    """

    side: Side
    value_usd: Decimal
    leverage: Decimal
    is_small_cap: bool
    capital_usd: Decimal | None = None
    stop_share: Decimal | None = None
    entry_quote: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """The figures of each line; None is not known.

    `margin_usd`: with its result, of a position that is open. `drag_quote` above zero is paid, below zero received; at
    the mean that settled over `drag_settled_for`, None: at the coming rate.
    `liquidation_quote` None: no price liquidates it, as long as `is_liquidation_known`. `outage`: of its exchange, so
    that the figures are what it said before.
    """

    instrument: Instrument
    question: Question
    margin_usd: Decimal
    slippage_share: Decimal | None
    volume_share: Decimal | None
    is_liquidation_known: bool
    liquidation_quote: Decimal | None
    room_share: Decimal | None
    room_deviations: float | None
    drag_quote: Decimal | None
    drag_settled_for: timedelta | None
    coming_drag_quote: Decimal | None
    listed_for: timedelta | None
    source: str
    as_of: datetime
    checked_at: datetime
    outage: Outage | None = None

    @property
    def is_old(self) -> bool:
        """Whether the figures are what the exchange said before, not now."""
        return self.checked_at - self.as_of > OLD

    @property
    def is_liquid(self) -> bool:
        """Within half a percent of mid and a percent of the day's volume."""
        if self.slippage_share is None or self.volume_share is None:
            return False
        return self.slippage_share <= MOST_SLIPPAGE_SHARE and self.volume_share <= MOST_VOLUME_SHARE

    @property
    def is_past(self) -> bool:
        """Whether the price is beyond its liquidation already: what is recorded is not what is there."""
        return self.room_share is not None and self.room_share * self.question.side.sign >= 0

    @property
    def is_roomy(self) -> bool:
        """Closed by its stop before it is liquidated, or liquidated beyond two deviations of a month, or never."""
        stop, room = self.question.stop_share, self.room_share
        if self.is_past:
            return False
        if room is None:
            return self.is_liquidation_known
        if stop is not None:
            return stop < abs(room)
        return self.room_deviations is not None and self.room_deviations >= FEWEST_DEVIATIONS

    @property
    def is_cheap(self) -> bool:
        """Paying at most two percent of the position in a month."""
        return self.drag_quote is not None and self.drag_quote <= MOST_DRAG_SHARE * self.question.value_usd

    @property
    def margin_share(self) -> Decimal | None:
        """Of the capital."""
        capital = self.question.capital_usd
        return self.margin_usd / capital if capital else None

    @property
    def is_disposable(self) -> bool:
        """Below a percent of the capital where it is a small cap, else no more than all small-cap futures may be."""
        if self.margin_share is None:
            return False
        if self.question.is_small_cap:
            return self.margin_share < ONE_POSITION_SHARE
        return self.margin_share <= HIGHEST_CAP_SHARE

    @property
    def is_centralised(self) -> bool:
        """Whether the exchange is a company."""
        return self.instrument.exchange not in DECENTRALISED

    @property
    def is_standing(self) -> bool:
        """Answering now, and listed for ninety days and more."""
        is_seasoned = self.listed_for is not None and self.listed_for >= YOUNG
        return is_seasoned and self.outage is None and not self.is_old


def checklist(
    question: Question,
    snapshot: Snapshot,
    volatility_per_year: float | None,
    now: datetime,
    outage: Outage | None = None,
) -> Checklist:
    """Of a position in a linear market; `outage`: of its exchange. NotPossible where no order is so small,
    LeverageRefused where it cannot be opened at this leverage."""
    market, price = snapshot.instrument, snapshot.quote.mark_quote
    sizing = size_value(market, question.value_usd, price)
    if not sizing.amount_base:
        raise NotPossible(f"{market.symbol} takes no order so small.")
    liquidation = _liquidation(question, snapshot, sizing)
    deviations = None
    if liquidation is not None and volatility_per_year:
        deviations = margin.room_in_deviations(
            price_quote=price,
            liquidation_quote=liquidation,
            volatility_per_year=volatility_per_year,
            horizon=MONTH,
        )
    drag, settled_for = _drag(question, snapshot, now)
    volume = snapshot.quote.volume_day_quote
    return Checklist(
        instrument=market,
        question=question,
        margin_usd=_tied_up(question, price),
        slippage_share=_slippage(question.side, snapshot, sizing),
        volume_share=question.value_usd / volume if volume else None,
        is_liquidation_known=snapshot.tiers is not None,
        liquidation_quote=liquidation,
        room_share=None if liquidation is None else liquidation / price - 1,
        room_deviations=deviations,
        drag_quote=drag,
        drag_settled_for=settled_for,
        coming_drag_quote=_coming_drag(question, snapshot),
        listed_for=now - market.listed_at if market.listed_at else None,
        source=snapshot.quote.source,
        as_of=snapshot.quote.as_of,
        checked_at=now,
        outage=outage,
    )


def _tied_up(question: Question, price_quote: Decimal) -> Decimal:
    """The margin; of a position that is open, that of its entry with what was won or lost since."""
    amount = question.value_usd / price_quote
    held = FuturesPosition("", question.side, amount, None, question.entry_quote, question.leverage)
    return held.tied_up_quote(price_quote)


def _liquidation(question: Question, snapshot: Snapshot, sizing: Sizing) -> Decimal | None:
    if snapshot.tiers is None:
        return None
    entry = question.entry_quote or sizing.price_quote
    return margin.liquidation_price(
        side=question.side,
        entry_quote=entry,
        amount_base=sizing.amount_base,
        margin_quote=sizing.amount_base * entry / question.leverage,
        tiers=snapshot.tiers,
        taker_share=snapshot.instrument.taker_share,
    )


def _slippage(side: Side, snapshot: Snapshot, sizing: Sizing) -> Decimal | None:
    mid = snapshot.book.mid_quote if snapshot.book else None
    if snapshot.book is None or not mid:
        return None
    levels = snapshot.book.asks if side is Side.LONG else snapshot.book.bids
    try:
        return abs(walk(levels, sizing.contracts, snapshot.instrument).average_quote / mid - 1)
    except NotPossible:
        return None


def _drag(question: Question, snapshot: Snapshot, now: datetime) -> tuple[Decimal | None, timedelta | None]:
    """Of a month, at what the last thirty days settled, else at the coming rate; and over how long it was settled."""
    settled = realised(snapshot.history, now, MONTH) if snapshot.history else None
    if settled is None:
        return _coming_drag(question, snapshot), None
    return _of_a_month(question, settled.rate_per_day), settled.covered


def _coming_drag(question: Question, snapshot: Snapshot) -> Decimal | None:
    daily = per_day(snapshot.funding) if snapshot.funding else None
    return None if daily is None else _of_a_month(question, daily)


def _of_a_month(question: Question, rate_per_day: Decimal) -> Decimal:
    return -received_quote(question.side, question.value_usd, rate_per_day * (MONTH // timedelta(days=1)))
