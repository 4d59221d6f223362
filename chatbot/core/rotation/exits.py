"""When a narrative is worn out: crowded longs and a stalled price, each half by itself; and a rise to take profits of.

Law: judged by bars that had closed and rates that were settled before `now`; a coin at a new high is never stalled.
Closes throughout, of highs as well: a wick is a price that did not hold. Floats have no unit here: shares of a price.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

import numpy as np

from chatbot.core.crowding import Crowded, Crowding, crowded
from chatbot.core.errors import Outage
from chatbot.core.funding import DAY
from chatbot.core.markets import Candles, FundingHistory
from chatbot.core.panel import DAY_S, Series, closes_of

HIGH_DAYS = 20
RETURN_DAYS = 14
MEDIAN_DAYS = 90
FEWEST_RETURNS = 30  # of 14 days, one a day, before their median says anything
FEWEST_DAYS = FEWEST_RETURNS + RETURN_DAYS
PROFIT_DAYS = 30
PROFIT_RISE = 3.0  # +300 %
OLDEST = timedelta(days=2)  # since the last bar closed; one day is usual


class Gap(Enum):
    """Why a half is not known."""

    NOT_LISTED = "not listed here"
    NO_PERPETUAL = "no linear perpetual"
    NO_ANSWER = "its exchange did not answer in time"
    FEW_SETTLEMENTS = "less than a week of settlements"
    NO_PRICES = "no daily prices came"
    FEW_DAYS = f"fewer than {FEWEST_DAYS} days of prices"
    OLD_PRICES = "its daily prices have ended"


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a price stands at its last close.

    `from_high`: against the highest close of the 20 days before, above zero at a new high. `fortnight`: the return of
    14 days; `median`: of the last `returns` such returns, one a day, up to 90. `month`: of 30 days, None where the
    history is shorter.
    """

    from_high: float
    fortnight: float
    median: float
    returns: int
    month: float | None
    closed_at: datetime

    @property
    def is_at_high(self) -> bool:
        """A close above all of the 20 days before."""
        return self.from_high > 0

    @property
    def is_stalled(self) -> bool:
        """No new high, and a weaker fortnight than the coin's usual one."""
        return not self.is_at_high and self.fortnight < self.median


@dataclass(frozen=True, slots=True)
class CoinExit:
    """One coin: each half, or why it is not known."""

    coin: str
    funding: Crowded | None
    price: Stand | None
    funding_gap: Gap | None = None
    price_gap: Gap | None = None

    @property
    def is_crowded(self) -> bool | None:
        """Whether longs are; crowded shorts are no sign of an end."""
        return None if self.funding is None else self.funding.crowding is Crowding.LONGS

    @property
    def is_stalled(self) -> bool | None:
        """None where the price is not known."""
        return None if self.price is None else self.price.is_stalled

    @property
    def signals(self) -> bool | None:
        """Both halves. None: one is not known and the other holds or is not known either."""
        halves = (self.is_crowded, self.is_stalled)
        if False in halves:
            return False
        return None if None in halves else True

    @property
    def halves(self) -> int:
        """How many hold."""
        return (self.is_crowded is True) + (self.is_stalled is True)

    @property
    def is_profit_due(self) -> bool:
        """+300 % in 30 days."""
        return self.price is not None and self.price.month is not None and self.price.month >= PROFIT_RISE


@dataclass(frozen=True, slots=True)
class SectorExit:
    """A sector: how many of its members signal, and how many each half holds for, of those where that is known."""

    sector: str
    members: tuple[str, ...]
    signalling: tuple[str, ...]
    known: int
    crowded: int
    funding_known: int
    stalled: int
    price_known: int

    @property
    def share(self) -> float | None:
        """Of the members that are known; None where none is."""
        return len(self.signalling) / self.known if self.known else None


@dataclass(frozen=True, slots=True)
class Profit:
    """A coin that rose by 300 % and more in 30 days (`rise` 3.0), and what that made of `amount_base` held.

    `gain_usd` None: nothing of it is held, or its price of now is not known.
    """

    coin: str
    rise: float
    amount_base: Decimal
    gain_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """Coins that were asked about, those that signal first; the sectors around them, those that signal most first."""

    coins: tuple[CoinExit, ...]
    sectors: tuple[SectorExit, ...]
    profits: tuple[Profit, ...]
    is_held: bool  # the coins are the asker's own
    unlooked: tuple[str, ...]  # more than can be asked for at once
    outages: tuple[Outage, ...]
    exchanges: tuple[str, ...]  # that were asked
    sources: tuple[str, ...]
    as_of: datetime
    planned_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What was seen of coins by name; `has_perpetual`: those with a linear one. `listed`: those on any exchange."""

    candles: Mapping[str, Candles]
    fundings: Mapping[str, FundingHistory]
    has_perpetual: Collection[str]
    listed: Collection[str]


def exits_of(coins: Collection[str], seen: Evidence, now: datetime) -> Mapping[str, CoinExit]:
    """By coin, each once."""
    return {coin: coin_exit(coin, seen, now) for coin in coins}


def coin_exit(coin: str, seen: Evidence, now: datetime) -> CoinExit:
    """Both halves of one coin."""
    funding, funding_gap = _funding(coin, seen, now)
    price, price_gap = _price(coin, seen, now)
    return CoinExit(coin, funding, price, funding_gap, price_gap)


def sector_exits(sectors: Mapping[str, Sequence[str]], exits: Mapping[str, CoinExit]) -> tuple[SectorExit, ...]:
    """Of members that were looked at; the sectors where most signal first, those of which nothing is known last."""
    found = [_sector(name, [exits[coin] for coin in coins if coin in exits]) for name, coins in sectors.items()]
    return tuple(sorted(found, key=lambda each: -1.0 if each.share is None else each.share, reverse=True))


def in_order(exits: Iterable[CoinExit]) -> tuple[CoinExit, ...]:
    """Those that signal first, then those of which a half holds, else as they came."""
    return tuple(sorted(exits, key=lambda each: (each.signals is True, each.halves), reverse=True))


def profit_of(due: CoinExit, amount_base: Decimal, price_quote: Decimal | None) -> Profit:
    """Of coins held all the 30 days: `q * P * (1 - 1 / (1 + rise))`. `due` is one whose profit is due."""
    assert due.price is not None
    assert due.price.month is not None
    rise = due.price.month
    if not amount_base or price_quote is None:
        return Profit(due.coin, rise, amount_base, None)
    return Profit(due.coin, rise, amount_base, amount_base * price_quote * (1 - 1 / (1 + Decimal(str(rise)))))


def _sector(name: str, members: Sequence[CoinExit]) -> SectorExit:
    return SectorExit(
        sector=name,
        members=tuple(each.coin for each in members),
        signalling=tuple(each.coin for each in members if each.signals),
        known=sum(each.signals is not None for each in members),
        crowded=sum(each.is_crowded is True for each in members),
        funding_known=sum(each.is_crowded is not None for each in members),
        stalled=sum(each.is_stalled is True for each in members),
        price_known=sum(each.is_stalled is not None for each in members),
    )


def _funding(coin: str, seen: Evidence, now: datetime) -> tuple[Crowded | None, Gap | None]:
    if coin not in seen.listed:
        return None, Gap.NOT_LISTED
    if coin not in seen.has_perpetual:
        return None, Gap.NO_PERPETUAL
    if coin not in seen.fundings:
        return None, Gap.NO_ANSWER
    found = crowded(seen.fundings[coin], now)
    return found, None if found else Gap.FEW_SETTLEMENTS


def _price(coin: str, seen: Evidence, now: datetime) -> tuple[Stand | None, Gap | None]:
    if coin not in seen.candles:
        return None, Gap.NO_PRICES if coin in seen.listed else Gap.NOT_LISTED
    return stand_of(seen.candles[coin], now)


def stand_of(candles: Candles, now: datetime) -> tuple[Stand | None, Gap | None]:
    """Where the price stood at the last close before `now`, or why that is not known. A day without a bar is a gap."""
    prices, closed_at = _closed(candles, now)
    if not len(prices):
        return None, Gap.NO_PRICES
    if now - closed_at > OLDEST:
        return None, Gap.OLD_PRICES
    known = _known(_returns(prices, RETURN_DAYS)[-MEDIAN_DAYS:])
    before = _known(prices[-HIGH_DAYS - 1 : -1])
    fortnight, month = _return(prices, RETURN_DAYS), _return(prices, PROFIT_DAYS)
    if fortnight is None or len(known) < FEWEST_RETURNS:
        return None, Gap.FEW_DAYS
    return Stand(
        from_high=float(prices[-1] / before.max() - 1),
        fortnight=fortnight,
        median=float(np.median(known)),
        returns=len(known),
        month=month,
        closed_at=closed_at,
    ), None


def _closed(candles: Candles, now: datetime) -> tuple[Series, datetime]:
    """Closes day by day, NaN where one is missing, of the bars that were closed at `now`; when the last one closed."""
    closes = closes_of(candles)
    count = int(np.searchsorted(closes.opened, now.timestamp() - DAY_S, side="right"))
    opened, prices = closes.opened[:count], closes.prices[:count]
    if not count:
        return prices, now
    table = np.full(int(opened[-1] - opened[0]) // DAY_S + 1, np.nan)
    table[(opened - opened[0]) // DAY_S] = prices
    return table, datetime.fromtimestamp(int(opened[-1]), UTC) + DAY


def _returns(prices: Series, days: int) -> Series:
    """A value for each day from `days` on."""
    return prices[days:] / prices[:-days] - 1


def _return(prices: Series, days: int) -> float | None:
    """The last one; None where a price is missing."""
    last = _returns(prices, days)[-1:]
    return float(last[0]) if len(_known(last)) else None


def _known(values: Series) -> Series:
    return values[~np.isnan(values)]
