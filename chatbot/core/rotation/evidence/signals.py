"""What the rule saw each day: how strong each sector was, which coins counted, where longs were crowded.

Law: what stands in a row was known at that row's close (crowding: when its day began), whatever came later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chatbot.core.crowding import CROWDED_PER_EIGHT_HOURS, FEWEST_WEEKS, MOSTLY, QUARTER, TENTH, WEEK
from chatbot.core.funding import DAY, EIGHT_HOURS, MINUTE, STAMPED_LATE
from chatbot.core.markets import FundingHistory
from chatbot.core.panel import DAY_S, Matrix, Panel, Seconds, Series
from chatbot.core.rotation.exits import FEWEST_RETURNS, HIGH_DAYS, MEDIAN_DAYS, RETURN_DAYS
from chatbot.core.rotation.standings import FEWEST_MEMBERS
from chatbot.core.rotation.strength import BITCOIN, FEWEST_DAYS, MONTH, index_of, strength_of

Flags = NDArray[np.bool_]
WEEKS = (QUARTER - WEEK) // DAY + 1  # 7-day means of 90 days, one a day
LONGEST_S = EIGHT_HOURS.total_seconds()  # that a settlement paid for; what is longer is a hole
DIGITS = 12  # behind the point of a rate; what is left of them is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """A row a day. `strengths`: of each sector against bitcoin over 30 days, NaN where it has too few members.

    `counts`: whether a coin (a column of the panel) has a price and enough history to be bought.
    """

    sectors: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]  # columns of the panel, by sector
    strengths: Matrix
    counts: Flags

    def strongest(self, row: int, most: int) -> tuple[int, ...]:
        """The sectors that were strongest at the close of that row, the first one ahead; fewer where fewer count."""
        known = self.strengths[row]
        order = np.argsort(-known, kind="stable")  # NaN comes last
        return tuple(int(at) for at in order[:most] if np.isfinite(known[at]))


def signals_of(panel: Panel, sectors: Mapping[str, Sequence[str]]) -> Signals:
    """`sectors`: coins of the panel, which has bitcoin."""
    members = tuple(tuple(panel.coins.index(coin) for coin in coins) for coins in sectors.values())
    bitcoin = panel.of([BITCOIN])[:, 0]
    strengths = np.full((len(panel.closes), len(sectors)), np.nan)
    for at, coins in enumerate(sectors.values()):
        index = index_of(panel, coins)
        is_sector = index.members >= FEWEST_MEMBERS
        strengths[:, at] = np.where(is_sector, strength_of(index.changes, bitcoin, MONTH), np.nan)
    return Signals(tuple(sectors), members, strengths, _counts(panel))


def _counts(panel: Panel) -> Flags:
    """As the index of a sector counts its members: 30 returns, one of them of this day."""
    counts = np.zeros(panel.closes.shape, dtype=np.bool_)
    is_there = np.isfinite(panel.closes[1:]) & np.isfinite(panel.closes[:-1])
    counts[1:] = is_there & (is_there.cumsum(axis=0) >= FEWEST_DAYS)
    return counts


def is_stalled(prices: Series) -> bool:
    """At the last of these closes: none above the 20 before it, and a weaker fortnight than the median of 90 days.

    False where too little is known to say so. As `chatbot.core.rotation.exits` judges today.
    """
    recent = prices[-MEDIAN_DAYS - RETURN_DAYS :]
    returns = recent[RETURN_DAYS:] / recent[:-RETURN_DAYS] - 1
    known = returns[np.isfinite(returns)]
    before = prices[-HIGH_DAYS - 1 : -1]
    if len(known) < FEWEST_RETURNS or not np.isfinite(returns[-1]):
        return False
    return bool(prices[-1] <= np.nanmax(before) and returns[-1] < np.median(known))


def crowded_longs(history: FundingHistory, opened: Seconds) -> Flags:
    """Whether longs stood crowded when each of these days began: as `chatbot.core.crowding` judges a day, for all."""
    if not len(opened):
        return np.zeros(0, dtype=np.bool_)
    instants = np.arange(opened[0] - (WEEKS - 1) * DAY_S, opened[-1] + DAY_S, DAY_S)
    means = _week_means(history, instants)
    weeks = means[WEEKS - 1 :]
    windows = sliding_window_view(means, WEEKS)
    known = np.isfinite(windows).sum(axis=1)
    as_high = (windows >= weeks[:, None]).sum(axis=1)  # itself among them
    is_top = (known >= FEWEST_WEEKS) & (as_high * TENTH <= known)
    flags: Flags = (weeks > 0) & (is_top | (weeks >= float(CROWDED_PER_EIGHT_HOURS)))
    return flags


def _week_means(history: FundingHistory, instants: Seconds) -> Series:
    """Per 8 hours, of the seven days before each instant; NaN where the settlements cover too little of them."""
    charged, rates, paid_for = _columns(history)
    late, week_s = STAMPED_LATE.total_seconds(), WEEK.total_seconds()
    first = np.searchsorted(charged, instants - week_s + late, side="right")
    after = np.searchsorted(charged, instants, side="right")
    total, covered = (np.concatenate(([0.0], np.cumsum(values))) for values in (rates, paid_for))
    time = covered[after] - covered[first]
    means = (total[after] - total[first]) * EIGHT_HOURS.total_seconds() / np.where(time > 0, time, np.nan)
    return np.where(time >= week_s * MOSTLY, np.round(means, DIGITS), np.nan)


@lru_cache(maxsize=64)
def _columns(history: FundingHistory) -> tuple[Series, Series, Series]:
    """When each was charged, its rate, and the time it paid for in seconds: since the one before, at most 8 hours."""
    rows = history.settlements
    charged = np.array([row.charged_at.timestamp() for row in rows], dtype=np.float64)
    rates = np.array([float(row.rate_per_interval) for row in rows], dtype=np.float64)
    minute = MINUTE.total_seconds()
    since = np.round(np.diff(charged, prepend=charged[:1] - LONGEST_S) / minute) * minute
    return charged, rates, np.minimum(since, LONGEST_S)
