"""What a simulated exchange lists, in terms that all three share; their own names and wire formats are not known here.

Law: a listing is worked out from the coins and the day alone, so that expiries and the new coin's first day move with
the clock.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.sandbox.coins import Coin

LISTED_AT = datetime(2022, 1, 1, tzinfo=UTC)
NEW_AGE = timedelta(days=7)
QUARTER_MONTHS = (3, 6, 9, 12)
INVERSE_COINS = ("BTC", "ETH")
DATED_COINS = ("BTC", "ETH")
DATED_LIFE = timedelta(days=190)


class Kind(Enum):
    """Spot, a perpetual, or a future with an expiry."""

    SPOT = "spot"
    PERPETUAL = "perpetual"
    DATED = "dated"


@dataclass(frozen=True, slots=True)
class Listing:
    """One market of one exchange. Amounts are what its own books count: coins, lots of `unit` coins, or contracts.

    `size`: in one amount there are so many coins (linear) or USD (inverse). `share` is the part of the coin's volume
    that trades here. `settles_every` is in hours, 0 where nothing is settled.
    """

    market_id: str
    base: str  # as the exchange writes it: 1000PEPE
    coin: Coin
    kind: Kind
    tick: Decimal
    step: Decimal
    share: float
    size: float = 1.0
    unit: int = 1  # coins that one price is for
    is_inverse: bool = False
    settles_every: int = 0
    turns: tuple[int, ...] = ()  # the intervals that it changes between, in hours
    maximum_leverage: int = 1
    listed_at: datetime = LISTED_AT
    expires_at: datetime | None = None

    @property
    def is_trading(self) -> bool:
        """Whether orders are taken; one coin's markets stand still."""
        return self.coin.is_trading

    @property
    def longest_interval(self) -> int:
        """Seconds between settlements, at most."""
        return max((self.settles_every, *self.turns)) * 3600

    def write_price(self, price: float) -> str:
        """A price as the exchange prints it, at its own tick."""
        return write(price, self.tick)

    def write_amount(self, amount: float) -> str:
        """An amount as the exchange prints it, rounded down to its own step."""
        step = float(self.step)
        return write(math.floor(amount / step + 1e-9) * step, self.step)

    def amount(self, value_usd: float, price: float) -> float:
        """How much of what the books count is worth that many USD at this price (for `unit` coins)."""
        return value_usd / self.size if self.is_inverse else value_usd * self.unit / (price * self.size)


def write(number: float, step: Decimal) -> str:
    """A number with as many decimals as its step has."""
    return f"{number:.{max(0, -int(step.as_tuple().exponent))}f}"


def decimals(places: int) -> Decimal:
    """The step of so many decimal places; negative places are tens: 2 -> 0.01, -1 -> 10."""
    return Decimal(1).scaleb(-places) if places >= 0 else Decimal(10**-places)


def milliseconds(at: datetime | None) -> str:
    """As the exchanges print a time; 0 stands for never."""
    return str(int(at.timestamp() * 1000)) if at else "0"


def listing_hour(now: datetime) -> datetime:
    """What is listed holds for an hour: expiries are at 08:00."""
    return now.replace(minute=0, second=0, microsecond=0)


def first_day(coin: Coin, now: datetime) -> datetime:
    """When a coin was listed: the new one last week."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - NEW_AGE if coin.is_new else LISTED_AT


def maximum_leverage(coin: Coin) -> int:
    """By the coin's daily volume, as exchanges do it."""
    return next(leverage for floor, leverage in ((5e9, 100), (2e8, 75), (4e7, 50), (0, 25)) if coin.volume >= floor)


def next_quarters(now: datetime) -> tuple[datetime, datetime]:
    """The next two expiries: 08:00 UTC on the last Friday of March, June, September and December."""
    years = (now.year, now.year + 1)
    fridays = [_last_friday(year, month) for year in years for month in QUARTER_MONTHS]
    coming = [expiry for expiry in fridays if expiry > now]
    return coming[0], coming[1]


def _last_friday(year: int, month: int) -> datetime:
    after = datetime(year + month // 12, month % 12 + 1, 1, 8, tzinfo=UTC)
    return after - timedelta(days=(after.weekday() - 4 - 1) % 7 + 1)


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to this position (in USD) these margins hold."""

    limit_usd: int
    leverage: int
    maintenance_share: str


# Leverage, maintenance and multiples of the first limit: the shape of Binance's brackets of October 2024.
_LADDER = (
    (100, "0.005", 1),
    (75, "0.0065", 3),
    (50, "0.01", 8),
    (25, "0.02", 30),
    (20, "0.025", 50),
    (10, "0.05", 120),
    (5, "0.1", 250),
    (2, "0.25", 500),
    (1, "0.5", 1000),
)


def margin_tiers(listing: Listing) -> tuple[Tier, ...]:
    """From the highest leverage down to 1x; the limits grow with the coin's volume (two digits, 20,000 at least)."""
    base = max(20_000, round(listing.coin.volume / 5_000))
    first = round(base, 2 - len(str(base)))
    return tuple(
        Tier(first * multiple, leverage, maintenance)
        for leverage, maintenance, multiple in _LADDER
        if leverage <= listing.maximum_leverage
    )
