"""A portfolio walked through the days of a panel, paying for its trades, and what came of it.

Law: what is decided on a day knows only the days before it. It is traded at that day's close, a whole day after the
last price it saw. Floats throughout: shares of the capital at the start, which is 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from chatbot.core.panel import Matrix, Panel, Seconds, Series
from chatbot.core.statistics import DAYS_PER_YEAR

# What was known when the day began, and the weights at the close before it -> the weights to have at this day's close:
# shares of the value, negative is short, what they leave is cash; NaN is not traded. None: nothing is.
Decide = Callable[[Panel, Series], Series | None]


@dataclass(frozen=True, slots=True, eq=False)
class Frictions:
    """Of each column of the panel: what a trade costs, as a share of what is traded, and what holding it is charged.

    `funding`: the settled rates of each day, summed; positive: longs pay. Zero for what is not a perpetual.
    """

    cost: Series
    funding: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A value for each day from the first: after its trades; what was traded, as a share of the value; costs paid and
    funding received, as shares of the capital. `held`: at the close of each day, signed. After a value of zero nothing
    is left to walk on with.
    """

    opened: Seconds
    values: Series
    held: Matrix
    traded: Series
    costs: Series
    funding: Series


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one walk. `total`: the gain on the capital, costs in; `max_drawdown` is positive; `volatility_per_year` of
    daily log returns. `turnover`: bought and sold, as a multiple of the value; `trades`: days on which there was any.
    """

    days: int
    total: float
    volatility_per_year: float
    max_drawdown: float
    turnover: float
    trades: int
    costs: float
    funding: float

    @property
    def is_ruined(self) -> bool:
        """Everything was lost on the way."""
        return self.total <= -1


def walk(panel: Panel, first: int, start: Series, decide: Decide, frictions: Frictions) -> Walk:
    """From the close of row `first` on, where `start` is held already and the rest of 1 is cash.

    A day without a price keeps the last one. Costs are paid from cash, which may owe them until the next trade;
    funding is charged on what was held at the close before.
    """
    growth = _growth(panel.closes)
    days = len(panel.closes) - first
    values, traded, costs, funding = np.zeros((4, days))
    book = np.zeros((days, len(panel.coins)))
    held, cash, weights = start, 1.0 - float(start.sum()), start
    for day, row in enumerate(range(first, first + days)):
        if day:
            funding[day] = -(held @ frictions.funding[row])
            held, cash = held * growth[row], cash + funding[day]
        value = cash + held.sum()
        if value <= 0:
            break
        target = decide(panel.until(row), weights)
        if target is not None:
            wanted = np.where(np.isnan(target), held, target * value)
            moved = np.abs(wanted - held)
            traded[day], costs[day] = moved.sum() / value, moved @ frictions.cost
            held, cash = wanted, value - wanted.sum() - costs[day]
        values[day] = cash + held.sum()
        book[day], weights = held, held / values[day]
    return Walk(panel.opened[first:], values, book, traded, costs, funding)


def outcome_of(walked: Walk) -> Outcome:
    """What one walk came to."""
    values = walked.values
    return Outcome(
        days=len(values) - 1,
        total=float(values[-1] - 1),
        volatility_per_year=_volatility(values),
        max_drawdown=_max_drawdown(values),
        turnover=float(walked.traded.sum()),
        trades=int(np.count_nonzero(walked.traded)),
        costs=float(walked.costs.sum()),
        funding=float(walked.funding.sum()),
    )


def _volatility(values: Series) -> float:
    """A year's; 0 where there are not two days to compare."""
    changes = np.diff(np.log(values[values > 0]))
    return float(changes.std(ddof=1)) * sqrt(DAYS_PER_YEAR) if len(changes) > 1 else 0.0


def _growth(closes: Matrix) -> Matrix:
    """Close over the close before; 1 where a coin has none yet, or none of that day."""
    prices = carried(closes)
    growth = np.ones_like(prices)
    growth[1:] = prices[1:] / prices[:-1]
    return np.where(np.isnan(growth), 1.0, growth)


def carried(closes: Matrix) -> Matrix:
    """Each gap with the last price before it; NaN before the first."""
    rows = np.where(np.isnan(closes), 0, np.arange(len(closes))[:, None])
    latest = np.maximum.accumulate(rows, axis=0)
    return np.take_along_axis(closes, latest, axis=0)


def _max_drawdown(values: Series) -> float:
    """The largest fall from a value that was reached before, the capital among them."""
    peaks = np.maximum.accumulate(np.concatenate(([1.0], values)))[1:]
    return float((1 - values / peaks).max())
