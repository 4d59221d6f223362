"""Whether a narrative begins: four signs from data, four questions of which data answers one, and a first leverage.

Law: a sign is yes, no or not known; what a person answers is kept apart from what data say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.basis import walk
from chatbot.core.crowding import Crowded, Crowding
from chatbot.core.errors import NotPossible, Outage
from chatbot.core.funding import DAY
from chatbot.core.margin import liquidation_price
from chatbot.core.markets import Candles, Instrument, OrderBook, Snapshot
from chatbot.core.portfolio import Side
from chatbot.core.rotation.exits import CoinExit, Gap
from chatbot.core.rotation.standings import Breadth, Standing
from chatbot.core.rotation.strength import Quadrant

ENTRY_USD = Decimal(10_000)  # unless the line says otherwise
FIRST_LEVERAGE = Decimal(2)
MOST_SLIPPAGE_SHARE = Decimal("0.005")
MOST_VOLUME_SHARE = Decimal("0.01")
LATELY, BEFORE = 7, 30  # days of volume that are compared


class Question(Enum):
    """What only a person can judge; the value is its word in a line."""

    TECHNOLOGY = "tech"
    ECOSYSTEM = "ecosystem"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class Depth:
    """What an order of some dollars meets where a coin is traded most. None: not told.

    `slippage_share`: mean price paid against mid; None with a book that was seen: it ends before the order does.
    """

    instrument: Instrument
    volume_share: Decimal | None  # of the dollars that are traded in a day
    volume_day_quote: Decimal | None
    slippage_share: Decimal | None
    is_book_seen: bool

    @property
    def is_enough(self) -> bool | None:
        """At most half a percent of slippage and a percent of the day's volume."""
        small = None if self.volume_share is None else self.volume_share <= MOST_VOLUME_SHARE
        cheap = None if not self.is_book_seen else self._is_cheap
        if False in (small, cheap):
            return False
        return None if None in (small, cheap) else True

    @property
    def _is_cheap(self) -> bool:
        return self.slippage_share is not None and self.slippage_share <= MOST_SLIPPAGE_SHARE


@dataclass(frozen=True, slots=True)
class EntryCoin:
    """Funding and depth of one coin. `depth` None: it has no linear perpetual."""

    coin: str
    funding: Crowded | None
    funding_gap: Gap | None
    depth: Depth | None

    @property
    def is_uncrowded(self) -> bool | None:
        """Longs are not; crowded shorts are paid for by shorts."""
        return None if self.funding is None else self.funding.crowding is not Crowding.LONGS

    @property
    def is_liquid(self) -> bool | None:
        """None where it is not known."""
        return self.depth.is_enough if self.depth else None


@dataclass(frozen=True, slots=True)
class FirstPosition:
    """A long of the dollars asked about at 2x. `liquidation_quote` None: not known, or at no price."""

    margin_usd: Decimal
    liquidation_quote: Decimal | None
    room_share: Decimal | None
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """A coin with the sector it belongs to, or a sector with its members.

    `standing`: of the sector; `own`: of the coin by itself. `interest`: volume of 7 days against the 30 before, -1 and
    up; of a sector the middle one of its members'. `answers`: by the asker.
    """

    subject: str
    is_sector: bool
    sector: str | None
    standing: Standing | None
    own: Standing | None
    coins: tuple[EntryCoin, ...]
    amount_usd: Decimal
    first: FirstPosition
    interest: float | None
    answers: tuple[tuple[Question, bool], ...]
    outages: tuple[Outage, ...]
    exchanges: tuple[str, ...]
    sources: tuple[str, ...]
    as_of: datetime
    planned_at: datetime

    @property
    def judged(self) -> Standing | None:
        """The sector's, or the coin's own where it belongs to none."""
        return self.standing or self.own

    @property
    def is_improving(self) -> bool | None:
        """Weak against bitcoin, and less so than a week ago."""
        quadrant = self.judged.strength.quadrant if self.judged else None
        return None if quadrant is None else quadrant is Quadrant.IMPROVING

    @property
    def is_broadening(self) -> bool | None:
        """A larger share of members above their 20-day mean than a week ago; a coin alone has no breadth."""
        if self.standing is None:
            return None
        now, before = (_share(each) for each in (self.standing.breadth, self.standing.breadth_before))
        return None if now is None or before is None else now > before

    @property
    def is_uncrowded(self) -> bool | None:
        """Of a sector: more than half of the members that are known."""
        return _most(each.is_uncrowded for each in self.coins)

    @property
    def is_liquid(self) -> bool | None:
        """Of a sector: more than half of the members that are known."""
        return _most(each.is_liquid for each in self.coins)

    @property
    def signs(self) -> tuple[bool | None, ...]:
        """Quadrant, breadth, funding, liquidity."""
        return self.is_improving, self.is_broadening, self.is_uncrowded, self.is_liquid

    def answer_to(self, question: Question) -> bool | None:
        """None where it is open."""
        return dict(self.answers).get(question)

    @property
    def narrative(self) -> tuple[bool | None, ...]:
        """The three answers, then liquidity from the data."""
        return (*(self.answer_to(question) for question in Question), self.is_liquid)


def entry_coin(found: CoinExit, instrument: Instrument | None, depth: Depth | None) -> EntryCoin:
    """`instrument` None: it has no linear perpetual, so no depth either."""
    return EntryCoin(found.coin, found.funding, found.funding_gap, depth if instrument else None)


def depth_of(
    instrument: Instrument, amount_usd: Decimal, volume_day_quote: Decimal | None, book: OrderBook | None
) -> Depth:
    """Of a purchase of `amount_usd` (> 0) in a linear market."""
    return Depth(
        instrument,
        amount_usd / volume_day_quote if volume_day_quote else None,
        volume_day_quote,
        _slippage(instrument, amount_usd, book),
        is_book_seen=book is not None,
    )


def _slippage(instrument: Instrument, amount_usd: Decimal, book: OrderBook | None) -> Decimal | None:
    mid = book.mid_quote if book else None
    if book is None or mid is None:
        return None
    contracts = amount_usd / instrument.notional_quote(Decimal(1), mid)
    try:
        return walk(book.asks, contracts, instrument).average_quote / mid - 1
    except NotPossible:
        return None  # with a book that was seen this says that it ends too soon


def first_position(amount_usd: Decimal, snapshot: Snapshot | None) -> FirstPosition:
    """At 2x, liquidated where the tiers of the market say; without a market only its margin is known."""
    margin = amount_usd / FIRST_LEVERAGE
    if snapshot is None or snapshot.tiers is None:
        return FirstPosition(margin, None, None, is_estimate=False)
    price = snapshot.quote.mark_quote
    try:
        liquidation = liquidation_price(
            side=Side.LONG,
            entry_quote=price,
            amount_base=amount_usd / price,
            margin_quote=margin,
            tiers=snapshot.tiers,
            taker_share=snapshot.instrument.taker_share,
        )
    except NotPossible:
        return FirstPosition(margin, None, None, is_estimate=False)
    room = liquidation / price - 1 if liquidation is not None else None
    return FirstPosition(margin, liquidation, room, snapshot.tiers.is_estimate)


def interest_of(coins: Iterable[str], candles: Mapping[str, Candles], now: datetime) -> float | None:
    """The middle one of the coins' changes of volume; None where none is known."""
    found = (volume_change(candles[coin], now) for coin in coins if coin in candles)
    known = sorted(change for change in found if change is not None)
    return known[(len(known) - 1) // 2] if known else None


def volume_change(candles: Candles, now: datetime) -> float | None:
    """Value traded a day over the last 7 days against the 30 before, 0.5 for half as much again.

    None with fewer bars, without trade, and where the bars have ended.
    """
    closed = [bar for bar in candles.bars if bar.opened_at + DAY <= now]
    values = [float(bar.volume_base * bar.close_quote) for bar in closed[-LATELY - BEFORE :]]
    if len(values) < LATELY + BEFORE or now - closed[-1].opened_at > timedelta(days=LATELY):
        return None
    before = sum(values[:-LATELY]) / BEFORE
    return sum(values[-LATELY:]) / LATELY / before - 1 if before else None


def _share(breadth: Breadth) -> float | None:
    return breadth.above / breadth.of if breadth.of else None


def _most(found: Iterable[bool | None]) -> bool | None:
    known = [each for each in found if each is not None]
    return 2 * sum(known) > len(known) if known else None


def held(signs: Sequence[bool | None]) -> int:
    """How many are yes."""
    return sum(sign is True for sign in signs)
