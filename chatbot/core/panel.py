"""Daily closes of many coins side by side. Law: days are aligned by when their bars opened; what is not there is NaN.

Floats throughout: what is measured on a panel has no unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chatbot.core.markets import Candles

DAY_S = 86_400

Seconds = NDArray[np.int64]  # since the epoch
Series = NDArray[np.float64]  # one value a day
Matrix = NDArray[np.float64]  # a row a day, a column a coin


@dataclass(frozen=True, slots=True, eq=False)
class Closes:
    """Prices by the second in which their bar opened; ascending, days without a price left out."""

    opened: Seconds
    prices: Series


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Closes, a row for each of the days in a row from the first to the last (`opened`), a column for each coin."""

    coins: tuple[str, ...]
    opened: Seconds
    closes: Matrix

    def of(self, coins: Sequence[str]) -> Matrix:
        """The columns of these coins, in this order."""
        return self.closes[:, [self.coins.index(coin) for coin in coins]]

    def until(self, row: int) -> "Panel":
        """The rows before `row`: all that was known when that day began."""
        return Panel(self.coins, self.opened[:row], self.closes[:row])


@lru_cache(maxsize=256)
def closes_of(candles: Candles) -> Closes:
    """A close of zero is no price. Remembered per `Candles` object: 6 KB a year."""
    bars = [bar for bar in candles.bars if bar.close_quote > 0]
    opened = np.array([bar.opened_at.timestamp() for bar in bars], dtype=np.int64)
    return Closes(opened, np.array([float(bar.close_quote) for bar in bars], dtype=np.float64))


def panel_of(candles: Mapping[str, Candles]) -> Panel:
    """Of coins by name. Without any bar at all it has no rows."""
    closes = {coin: closes_of(each) for coin, each in candles.items()}
    ends = [(each.opened[0], each.opened[-1]) for each in closes.values() if len(each.opened)]
    if not ends:
        return Panel(tuple(closes), np.empty(0, dtype=np.int64), np.empty((0, len(closes))))
    first, last = min(start for start, _ in ends), max(end for _, end in ends)
    days = np.arange(first, last + DAY_S, DAY_S, dtype=np.int64)
    table = np.full((len(days), len(closes)), np.nan)
    for column, each in enumerate(closes.values()):
        table[(each.opened - first) // DAY_S, column] = each.prices
    return Panel(tuple(closes), days, table)
