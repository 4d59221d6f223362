"""How sectors and coins did against bitcoin, day by day.

Law: the figure of a day is made of closes up to that day; what later days bring changes nothing before them.
Floats: nothing here has a unit. NaN where there is too little to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chatbot.core.panel import Matrix, Panel, Series

BITCOIN = "BTC"
WEEK, MONTH = 7, 30
FEWEST_DAYS = 30  # daily returns of a coin before it counts
MEAN_DAYS = 20
LONGEST_CARRIED = 3  # days

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]


class Quadrant(Enum):
    """Where strength against bitcoin and its change over a week stand."""

    LEADING = "leading"
    WEAKENING = "weakening"
    LAGGING = "lagging"
    IMPROVING = "improving"


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The equal-weight index of some coins: the mean simple return of each day, and of how many coins; NaN of none."""

    changes: Series
    members: Counts


def quadrant_of(month: float, change: float) -> Quadrant:
    """Strong and rising: leading; strong and falling: weakening; weak and falling: lagging; weak, rising: improving."""
    if month >= 0:
        return Quadrant.LEADING if change >= 0 else Quadrant.WEAKENING
    return Quadrant.IMPROVING if change >= 0 else Quadrant.LAGGING


def index_of(panel: Panel, coins: Sequence[str]) -> Index:
    """Each day's mean over the coins that have a return that day and had 30 with it; a value for each row."""
    returns = factors_of(panel.of(coins), 1) - 1
    is_there = np.isfinite(returns)
    counts = is_there & (is_there.cumsum(axis=0) >= FEWEST_DAYS)
    members = counts.sum(axis=1)
    total = np.where(counts, returns, 0.0).sum(axis=1)
    return Index(np.divide(total, members, out=np.full(len(total), np.nan), where=members > 0), members)


def factors_of(closes: Matrix, days: int) -> Matrix:
    """Each close divided by that of `days` days before."""
    factors = np.full_like(closes, np.nan)
    factors[days:] = closes[days:] / closes[:-days]
    return factors


def strength_of(changes: Series, bitcoin: Series, days: int) -> Series:
    """`(1+R)/(1+R_BTC) - 1` over `days` days up to each: of an index's daily changes and bitcoin's closes.

    Where bitcoin has none on a day, the last one counts: one missing bar would leave every sector without a figure.
    """
    return _compounded(changes, days) / factors_of(_carried(bitcoin), days) - 1


def strengths_of_coins(closes: Matrix, bitcoin: Series, days: int) -> Matrix:
    """The same of single coins, from the closes at both ends; a column for each."""
    return factors_of(closes, days) / factors_of(bitcoin, days)[:, None] - 1


def change_of(strength: Matrix) -> Matrix:
    """The change of a strength over a week, for each row."""
    changes = np.full_like(strength, np.nan)
    changes[WEEK:] = strength[WEEK:] - strength[:-WEEK]
    return changes


def above_mean(closes: Matrix) -> tuple[Marks, Marks]:
    """Whether each close is above the mean of the last 20, itself among them; and whether that is known."""
    means = np.full_like(closes, np.nan)
    if len(closes) >= MEAN_DAYS:
        means[MEAN_DAYS - 1 :] = sliding_window_view(closes, MEAN_DAYS, axis=0).mean(axis=-1)
    known: Marks = np.isfinite(means)
    above: Marks = closes > means
    return above, known


def last_common(panel: Panel) -> Panel:
    """Up to the last day on which bitcoin and half of the coins have a close: around midnight some are a day behind."""
    is_there = np.isfinite(panel.closes)
    bitcoin = is_there[:, panel.coins.index(BITCOIN)]
    rows = np.flatnonzero(bitcoin & (2 * is_there.sum(axis=1) >= (is_there.any(axis=0)).sum()))
    if not len(rows):
        rows = np.flatnonzero(bitcoin)
    return panel.until(int(rows[-1]) + 1 if len(rows) else 0)


def _carried(closes: Series) -> Series:
    """A close holds for up to three days on which there is none."""
    days = np.arange(len(closes))
    last = np.maximum.accumulate(np.where(np.isfinite(closes), days, 0)) if len(closes) else days
    return np.where(days - last <= LONGEST_CARRIED, closes[last], np.nan)


def _compounded(changes: Series, days: int) -> Series:
    """The product of `1 + change` over the last so many days of each row."""
    factors = np.full(len(changes), np.nan)
    if len(changes) >= days:
        factors[days - 1 :] = sliding_window_view(1 + changes, days).prod(axis=-1)
    return factors
