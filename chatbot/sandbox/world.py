"""The simulated world: prices, volumes and funding as functions of a seed, a coin and a time.

Law: nothing is remembered. Whoever asks for the same coin and time gets the same figure, so tickers, candles of every
length, books and settlements agree with one another, and do so again after a restart.

Time is cut into steps of five minutes, counted from 1970. A coin's log price is its level, plus beta times Bitcoin's
walk, plus a walk of its own. Each walk returns to zero every 90 days (a Brownian bridge): prices move as real ones do
and still stay near their measured level for ever.
"""

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chatbot.sandbox.coins import COINS, Coin

Floats = NDArray[np.float64]

STEP_SECONDS = 300
STEPS_PER_HOUR = 12
STEPS_PER_DAY = 24 * STEPS_PER_HOUR
BRIDGE_STEPS = 90 * STEPS_PER_DAY
NOISE_BLOCK = 1024

PREMIUM_DEVIATION = 0.0003  # of one market from the index: measured perpetual against spot, 8 h bars: 0.0004 to 0.0007
VOLUME_DEVIATION = 0.5  # of an hour's log volume
FUNDING_MEMORY = 0.5  # autocorrelation of one settlement with the next: the measured median
FUNDING_CAP = 0.02  # of one settlement
_MEMORY: Floats = np.power(FUNDING_MEMORY, np.arange(12.0)) * math.sqrt(1 - FUNDING_MEMORY**2)


@dataclass(frozen=True, slots=True)
class Steps:
    """`count` steps from the one numbered `first` on."""

    first: int
    count: int

    def edges(self) -> "NDArray[np.int64]":
        """Where they begin and where the last one ends: `count` + 1 numbers."""
        return np.arange(self.first, self.first + self.count + 1)


def step_at(seconds: float) -> int:
    """The number of the step that this time (seconds since 1970) falls into."""
    return int(seconds // STEP_SECONDS)


class World:
    """What every simulated exchange sees. Prices are in USD for ONE coin; times are seconds since 1970."""

    def __init__(self, seed: int = 1, coins: Iterable[Coin] = COINS) -> None:
        self.coins = {coin.name: coin for coin in coins}
        self._seed = seed
        self._bitcoin = self.coins["BTC"]
        # Bounded, so that a long run does not grow: 192 blocks of log prices are 40 MB.
        self._walk = lru_cache(maxsize=16)(self._make_walk)
        self._log_block = lru_cache(maxsize=192)(self._make_log_block)
        self._noise_block = lru_cache(maxsize=2048)(self._make_noise_block)

    def log_index(self, name: str, steps: Steps) -> Floats:
        """Log of the index price at the edges of the steps: shape (count + 1,)."""
        last = steps.first + steps.count
        blocks = range(steps.first // BRIDGE_STEPS, last // BRIDGE_STEPS + 1)
        start = blocks[0] * BRIDGE_STEPS
        joined = np.concatenate([self._log_block(name, block) for block in blocks])
        return joined[steps.first - start : last - start + 1]

    def premium(self, market: str, steps: Steps) -> Floats:
        """How far a market's log price stands from the index at the same edges; drifts from hour to hour."""
        hours = steps.edges() / STEPS_PER_HOUR
        first = int(hours[0])
        known = self.noise(f"premium {market}", first, int(hours[-1]) - first + 2)
        return PREMIUM_DEVIATION * np.interp(hours, np.arange(first, first + len(known)), known)

    def volume_usd(self, name: str, steps: Steps) -> Floats:
        """What is traded of a coin in each step, in USD: shape (count,); busy and quiet hours, one day's mean kept."""
        hours = steps.edges()[:-1] // STEPS_PER_HOUR
        noise = self.noise(f"volume {name}", int(hours[0]), int(hours[-1] - hours[0]) + 1)
        activity = np.exp(VOLUME_DEVIATION * noise - VOLUME_DEVIATION**2 / 2)
        return np.asarray(self.coins[name].volume / STEPS_PER_DAY * activity[hours - hours[0]])

    def settled_rates(
        self, market: str, name: str, hours: int, first: int, count: int, tilt_per_year: float = 0.0
    ) -> Floats:
        """Rates of `count` settlements, the k-th at k * `hours` since 1970; positive: longs pay. Shape (count,).

        `tilt_per_year` is added to the coin's own level.
        """
        coin = self.coins[name]
        noise = self.noise(f"funding {market}", first - len(_MEMORY) + 1, count + len(_MEMORY) - 1)
        drift = np.convolve(noise, _MEMORY, mode="valid")
        level = (coin.funding_per_year + tilt_per_year) * hours / (365 * 24)
        rates = level + coin.funding_deviation * hours / 8 * drift
        return np.asarray(np.round(np.clip(rates, -FUNDING_CAP, FUNDING_CAP), 8), dtype=np.float64)

    def predicted_rate(self, market: str, name: str, hours: int, seconds: float, tilt_per_year: float = 0.0) -> float:
        """The running estimate of the next settlement: moves from the last settled rate to the one that will come."""
        elapsed = seconds / 3600 / hours
        settled, coming = self.settled_rates(market, name, hours, int(elapsed), 2, tilt_per_year)
        return round(float(settled + (coming - settled) * (elapsed % 1)), 8)

    def noise(self, stream: str, first: int, count: int) -> Floats:
        """Standard normals number `first` to `first + count - 1` of an endless stream: shape (count,)."""
        blocks = range(first // NOISE_BLOCK, (first + count - 1) // NOISE_BLOCK + 1)
        start = first - blocks[0] * NOISE_BLOCK
        return np.concatenate([self._noise_block(stream, block) for block in blocks])[start : start + count]

    def _make_noise_block(self, stream: str, block: int) -> Floats:
        return self._random(stream, block).standard_normal(NOISE_BLOCK)

    def _make_walk(self, stream: str, block: int) -> Floats:
        """A standard walk (deviation 1 in a day) from zero back to zero: shape (BRIDGE_STEPS,), its end left out."""
        moves = self._random(f"walk {stream}", block).standard_normal(BRIDGE_STEPS) / math.sqrt(STEPS_PER_DAY)
        moves -= moves.mean()
        return np.concatenate([[0.0], np.cumsum(moves)[:-1]])

    def _make_log_block(self, name: str, block: int) -> Floats:
        coin = self.coins[name]
        shared = coin.beta * self._bitcoin.volatility
        own = math.sqrt(max(0.0, coin.volatility**2 - shared**2)) if coin is not self._bitcoin else 0.0
        walk = shared * self._walk("BTC", block)
        return math.log(coin.price) + walk + (own * self._walk(name, block) if own else 0.0)

    def _random(self, stream: str, block: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, zlib.crc32(stream.encode()), block])
