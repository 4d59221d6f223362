"""The trading floor of one simulated exchange: its prices, bars, books and settlements, in its own ticks and lots.

Law: the last price of a ticker, the close of the running bar of every length and the middle of the book are one and
the same number, and bars of an hour add up exactly to the bar of the day.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from chatbot.sandbox.exchanges.characters import (
    BASIS_TILTS_PER_YEAR,
    CHANGING_SECONDS,
    FLIPPING,
    FLIPPING_RATE,
    MISTAKES,
    TILTS_PER_YEAR,
    hours_in_turn,
)
from chatbot.sandbox.exchanges.listings import Listing
from chatbot.sandbox.world import STEP_SECONDS, STEPS_PER_DAY, Floats, Steps, World, step_at

BASIS_PER_YEAR = {"BTC": 0.05, "ETH": 0.045}
SECONDS_PER_YEAR = 365 * 86400
BOOK_LEVELS = 200


@dataclass(frozen=True, slots=True)
class Prices:
    """What a ticker says, per `unit` coins; rates are shares."""

    last: float
    mark: float
    index: float


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours: prices per `unit` coins; amounts in what the books count, and in USD."""

    open: float
    high: float
    low: float
    amount: float
    coins: float
    value_usd: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One candle; the last may still run. `opened` is in seconds since 1970."""

    opened: int
    open: float
    high: float
    low: float
    close: float
    amount: float
    coins: float
    value_usd: float


@dataclass(frozen=True, slots=True)
class Level:
    """One price of a book and the amount that stands there, as printed."""

    price: str
    amount: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """A funding rate that was charged at this second."""

    at: int
    rate: float


class Floor:
    """One exchange's view of the world. Times are seconds since 1970."""

    def __init__(self, exchange: str, world: World) -> None:
        self._exchange = exchange
        self._world = world
        self._past_day = lru_cache(maxsize=1024)(self._make_past_day)

    def prices(self, listing: Listing, at: float) -> Prices:
        """Last, mark and index price now. The mark lies between the last price and the fair one."""
        steps = Steps(step_at(at), 1)
        within = at / STEP_SECONDS - steps.first
        index = _between(self._world.log_index(listing.coin.name, steps), within)
        fair = _between(self._log_fair(listing, steps), within)
        last = _between(self._log_prices(listing, steps), within)
        unit = listing.unit
        mark = 0.8 * last + 0.2 * fair
        return Prices(_to_tick(listing, unit * math.exp(last)), unit * math.exp(mark), unit * math.exp(index))

    def day(self, listing: Listing, at: float) -> Day:
        """The 24 hours up to now, in whole steps, and the running price."""
        past = self._past_day(listing, step_at(at))
        last = self.prices(listing, at).last
        return Day(past.open, max(past.high, last), min(past.low, last), past.amount, past.coins, past.value_usd)

    def bars(self, listing: Listing, seconds: int, first: int, count: int, now: float) -> tuple[Bar, ...]:
        """`count` bars of this length from the one opening at `first` on; none of the future, none before the listing.

        `seconds` is a multiple of five minutes, `first` one of `seconds`.
        """
        end = min(first + count * seconds, math.floor(now / seconds) * seconds + seconds)
        start = max(first, self.first_bar(listing, seconds))
        return self._bars(listing, seconds, start, (end - start) // seconds, now) if end > start else ()

    def first_bar(self, listing: Listing, seconds: int) -> int:
        """When the earliest whole bar of this length opened."""
        return -(-int(listing.listed_at.timestamp()) // seconds) * seconds

    def book(self, listing: Listing, at: float, depth: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Bids from the highest and asks from the lowest, at most `depth` (and 200) levels of each."""
        middle = self.prices(listing, at).last
        levels = min(depth, BOOK_LEVELS)
        return self._side(listing, middle, at, levels, -1), self._side(listing, middle, at, levels, 1)

    def settlements(self, listing: Listing, first: int, last: int) -> tuple[Settlement, ...]:
        """The rates charged from `first` to `last` (both included), the earliest first, none before the listing."""
        begin = max(first, int(listing.listed_at.timestamp()) + 1)
        if not listing.turns:
            return self._settled(listing, listing.settles_every, begin, last)
        return tuple(
            settlement
            for number in range((begin - 1) // CHANGING_SECONDS, (last - 1) // CHANGING_SECONDS + 1)
            for settlement in self._settled_in_turn(listing, number, begin, last)
        )

    def _settled_in_turn(self, listing: Listing, number: int, first: int, last: int) -> tuple[Settlement, ...]:
        """Of one turn: the settlement at its very end still belongs to it."""
        begin, end = number * CHANGING_SECONDS, (number + 1) * CHANGING_SECONDS
        return self._settled(listing, hours_in_turn(listing.turns, begin), max(first, begin + 1), min(last, end))

    def _settled(self, listing: Listing, hours: int, first: int, last: int) -> tuple[Settlement, ...]:
        begin = -(-first // (hours * 3600))
        count = last // (hours * 3600) - begin + 1
        rates = self._rates(listing, hours, begin, count).tolist() if count > 0 else ()
        return tuple(Settlement((begin + i) * hours * 3600, rate) for i, rate in enumerate(rates))

    def _rates(self, listing: Listing, hours: int, first: int, count: int) -> Floats:
        """The k-th rate since 1970 and those after it, with the character of the market."""
        who = (self._exchange, listing.coin.name)
        if who in FLIPPING:
            sides = 1 - 2 * (np.arange(first, first + count) % 2)
            return np.asarray(sides * FLIPPING_RATE * hours / 8, dtype=np.float64)
        tilt = TILTS_PER_YEAR.get(who, 0.0)
        return self._world.settled_rates(self._name(listing), listing.coin.name, hours, first, count, tilt)

    def predicted_rate(self, listing: Listing, at: float) -> float:
        """The running estimate of what the next settlement will charge, per interval."""
        who, hours = (self._exchange, listing.coin.name), listing.settles_every
        if who in MISTAKES:
            return MISTAKES[who]
        if who in FLIPPING:
            elapsed = at / 3600 / hours
            coming = float(self._rates(listing, hours, int(elapsed) + 1, 1)[0])
            return round(coming * (1 + elapsed % 1) / 2, 8)  # it has turned as soon as the last one is charged
        tilt = TILTS_PER_YEAR.get(who, 0.0)
        return self._world.predicted_rate(self._name(listing), listing.coin.name, hours, at, tilt)

    def next_settlement(self, listing: Listing, at: float) -> int:
        """When that will be."""
        every = listing.settles_every * 3600
        return (int(at) // every + 1) * every

    def open_interest_usd(self, listing: Listing) -> float:
        """What is open: about a third of a day's volume, as measured of BTC and ETH."""
        return listing.coin.volume * listing.share / 3

    def _name(self, listing: Listing) -> str:
        return f"{self._exchange} {listing.kind.value} {listing.market_id}"

    def _log_prices(self, listing: Listing, steps: Steps) -> Floats:
        return np.asarray(self._log_fair(listing, steps) + self._world.premium(self._name(listing), steps))

    def _log_fair(self, listing: Listing, steps: Steps) -> Floats:
        """The index, for a dated future with what is left of its basis."""
        logs = self._world.log_index(listing.coin.name, steps)
        if listing.expires_at is None:
            return logs
        left = np.maximum(0.0, listing.expires_at.timestamp() - steps.edges() * STEP_SECONDS) / SECONDS_PER_YEAR
        tilt = BASIS_TILTS_PER_YEAR.get((self._exchange, listing.coin.name), 0.0)
        return np.asarray(logs + (BASIS_PER_YEAR[listing.coin.name] + tilt) * left)

    def _make_past_day(self, listing: Listing, step: int) -> Bar:
        now = step * STEP_SECONDS
        bars = self._bars(listing, 86400, now - STEPS_PER_DAY * STEP_SECONDS, 1, now)
        return bars[0]

    def _bars(self, listing: Listing, seconds: int, first: int, count: int, now: float) -> tuple[Bar, ...]:
        per_bar = seconds // STEP_SECONDS
        steps = Steps(first // STEP_SECONDS, count * per_bar)
        path = self._path(listing, steps, now)
        usd = self._world.volume_usd(listing.coin.name, steps) * listing.share
        usd[max(0, step_at(now) - steps.first) :] = 0.0
        return _gather(listing, path, usd, first, per_bar)

    def _path(self, listing: Listing, steps: Steps, now: float) -> Floats:
        """Prices at the edges of the steps, rounded to the tick; the future stands still at the running price."""
        prices = listing.unit * np.exp(self._log_prices(listing, steps))
        ahead = step_at(now) + 1 - steps.first
        if ahead <= steps.count:
            prices[max(0, ahead) :] = self.prices(listing, now).last
        tick = float(listing.tick)
        return np.asarray(np.maximum(tick, np.round(prices / tick) * tick))

    def _side(self, listing: Listing, middle: float, at: float, levels: int, sign: int) -> tuple[Level, ...]:
        noise = self._world.noise(f"book {self._name(listing)} {sign}", int(at) // 5 * 7, 2 * BOOK_LEVELS)
        tick, step = float(listing.tick), float(listing.step)
        prices = _book_prices(listing, middle, noise[:BOOK_LEVELS], sign)
        values = _book_values(listing, abs(prices / middle - 1), noise[BOOK_LEVELS:])
        return tuple(
            Level(
                listing.write_price(price),
                listing.write_amount(max(step, listing.amount(value, middle))),
            )
            for price, value in zip(prices[:levels].tolist(), values[:levels].tolist(), strict=True)
            if price > tick / 2
        )


def _between(logs: Floats, within: float) -> float:
    return float(logs[0] + (logs[1] - logs[0]) * within)


def _half_spread(listing: Listing) -> float:
    """As a share of the price: 0.4 basis points where a billion is traded in a day, 6 where ten million are."""
    return float(min(0.001, 0.00004 * (1e9 / (listing.coin.volume * listing.share)) ** 0.6))


def _reach(listing: Listing) -> float:
    """How far from the middle a book extends, as a share of the price."""
    return 0.004 + 20 * _half_spread(listing)


def _book_prices(listing: Listing, middle: float, noise: Floats, sign: int) -> Floats:
    """One side, from the best on: gaps grow away from the middle, a tick at least, until the levels cover the reach."""
    tick = float(listing.tick)
    weights = (1 + 0.03 * np.arange(BOOK_LEVELS)) * np.exp(0.4 * noise)
    gaps = np.maximum(1.0, np.round(_reach(listing) * middle / tick * weights / weights.sum()))
    best = middle * (1 + sign * _half_spread(listing)) / tick
    start = math.ceil(best) if sign > 0 else math.floor(best)
    return np.asarray((start + sign * (np.cumsum(gaps) - gaps[0])) * tick)


def _book_values(listing: Listing, distances: Floats, noise: Floats) -> Floats:
    """USD at each level of one side. All of them: 0.3 % of the volume of the largest market, 5 % of the smallest.

    What lies beyond the reach is thin, so that a coarse tick gathers the same money on fewer levels.
    """
    volume = listing.coin.volume * listing.share
    weights = (1 + 0.05 * np.arange(BOOK_LEVELS)) * np.exp(0.6 * noise - 2 * distances / _reach(listing))
    total = 0.003 * volume * (1.5e10 / volume) ** 0.35
    return np.asarray(total * weights / weights.sum())


def _to_tick(listing: Listing, price: float) -> float:
    tick = float(listing.tick)
    return max(tick, round(price / tick) * tick)


def _gather(listing: Listing, path: Floats, usd: Floats, first: int, per_bar: int) -> tuple[Bar, ...]:
    """Bars out of the prices at the edges of the steps and the volume within them."""
    rows = len(usd) // per_bar
    inside = path[:-1].reshape(rows, per_bar)
    closes = path[per_bar::per_bar]
    highs = np.maximum(inside.max(axis=1), closes)
    lows = np.minimum(inside.min(axis=1), closes)
    volumes = (part.reshape(rows, per_bar).sum(axis=1) for part in _volumes(listing, path[:-1], usd))
    columns = [column.tolist() for column in (inside[:, 0], highs, lows, closes, *volumes)]
    opened = range(first, first + rows * per_bar * STEP_SECONDS, per_bar * STEP_SECONDS)
    return tuple(Bar(at, *row) for at, row in zip(opened, zip(*columns, strict=True), strict=True))


def _volumes(listing: Listing, prices: Floats, usd: Floats) -> tuple[Floats, Floats, Floats]:
    """Amounts, coins and USD of each step. Amounts are whole steps, so that bars of any length add up exactly."""
    step = float(listing.step)
    coins = usd * listing.unit / prices
    amounts = np.round((usd if listing.is_inverse else coins) / listing.size / step) * step
    return amounts, coins if listing.is_inverse else amounts * listing.size, usd
