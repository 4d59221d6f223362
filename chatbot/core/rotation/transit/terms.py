"""What a rotation is worked out from: the coins with their markets, and how it is to be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.hedging.terms import Proxy, RejectedProxy
from chatbot.core.markets import Instrument, OrderBook, Snapshot
from chatbot.core.statistics import Beta

HEDGE_SHARE = Decimal("0.3")
STAGES = 4
FIRST_LEVERAGE = Decimal(2)  # of what is bought by futures


@dataclass(frozen=True, slots=True)
class ByFutures:
    """What is bought is bought by perpetuals, at this leverage."""

    leverage: Decimal = FIRST_LEVERAGE


@dataclass(frozen=True, slots=True)
class Terms:
    """`hedge_share` of what is not yet sold is short. `length`: from the start to the last sale.

    `keeps_short`: it stays as it was opened. `purchase` None: coins are bought.
    `preferred`: futures there where it lists them, else where they cost least.
    """

    stages: int
    hedge_share: Decimal
    leverage: Decimal
    length: timedelta
    keeps_short: bool = False
    purchase: ByFutures | None = None
    preferred: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One coin at its price, where it is traded, and the perpetuals that stand for it.

    `market` and `book` are spot, None where there is none or it did not come. `futures`: linear perpetuals of the coin
    itself or, with a `proxy`, of the proxy's; `volatility_per_year` is that of their coin. `beta` is to bitcoin, None
    where it is not known. `trouble`: why there is nothing to be short in.
    """

    coin: str
    price_quote: Decimal
    source: str
    priced_at: datetime
    market: Instrument | None = None
    book: OrderBook | None = None
    futures: tuple[Snapshot, ...] = ()
    proxy: Proxy | None = None
    rejected: tuple[RejectedProxy, ...] = ()
    volatility_per_year: float | None = None
    beta: Beta | None = None
    trouble: str = ""

    @property
    def oldest_at(self) -> datetime:
        """Of its price and its book."""
        return min(self.priced_at, self.book.as_of) if self.book else self.priced_at

    @property
    def volume_day_quote(self) -> Decimal | None:
        """Of the coin's busiest perpetual; None where it has none that told it."""
        volumes = [each.quote.volume_day_quote for each in self.futures if each.quote.volume_day_quote]
        return None if self.proxy else max(volumes, default=None)


@dataclass(frozen=True, slots=True)
class Sale:
    """So many coins are to be sold. `held_base` None: the holding is not recorded."""

    place: Place
    amount_base: Decimal
    held_base: Decimal | None = None

    @property
    def value_quote(self) -> Decimal:
        """At today's price."""
        return self.amount_base * self.place.price_quote
