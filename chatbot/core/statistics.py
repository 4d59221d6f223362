"""Volatility and beta from daily closes. Law: days are aligned by their timestamps, never by position.

Floats throughout: what is measured here has no unit. A year has 365 days. What is worked out is remembered per
`Candles` object; the memories are small, since each entry holds on to its candles (some 0.3 MB a year).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candles

DAYS_PER_YEAR = 365
FEWEST_DAYS = 30
FEWEST_FOR_VOLATILITY = 10
DECAY = 0.94  # of the weight of a day, for each day that it is older (RiskMetrics)
NO_MOVE = 1e-12  # a deviation below it is rounding, not movement

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Volatility:
    """Standard deviation of daily log returns, of a day and of a year, and from how many returns."""

    per_day: float
    per_year: float
    days: int


@dataclass(frozen=True, slots=True)
class Beta:
    """Slope of the asset's daily log returns on the proxy's, and how well it holds (R² is the effectiveness)."""

    beta: float
    standard_error: float
    correlation: float
    r_squared: float
    days: int
    asset_volatility_per_year: float
    proxy_volatility_per_year: float
    residual_volatility_per_year: float


@lru_cache(maxsize=64)
def volatility(candles: Candles, days: int = 30) -> Volatility:
    """Of the last `days` daily log returns. NotPossible below ten of them."""
    changes = _enough(candles, days)
    return _volatility(float(changes.std(ddof=1)), len(changes))


@lru_cache(maxsize=64)
def weighted_volatility(candles: Candles, days: int = 365) -> Volatility:
    """The same, each day with 0.94 of the weight of the next, around a mean of zero. NotPossible below ten returns."""
    changes = _enough(candles, days)
    weights = DECAY ** np.arange(len(changes))[::-1]
    return _volatility(float(np.sqrt(np.average(changes**2, weights=weights))), len(changes))


@lru_cache(maxsize=64)
def estimate_beta(asset: Candles, proxy: Candles, days: int = 90) -> Beta:
    """Ordinary least squares over the last `days` daily returns that both have.

    NotPossible below 30 common days, and where one of the prices did not move.
    """
    ours, theirs = _log_returns(asset), _log_returns(proxy)
    common, at_ours, at_theirs = np.intersect1d(ours.opened, theirs.opened, assume_unique=True, return_indices=True)
    if len(common) < FEWEST_DAYS:
        raise NotPossible(
            f"{asset.coin} and {proxy.coin} have {len(common)} days in common; a beta needs at least {FEWEST_DAYS}."
        )
    changes = ours.changes[at_ours][-days:], theirs.changes[at_theirs][-days:]
    for candles, series in zip((asset, proxy), changes, strict=True):
        if series.std() < NO_MOVE:
            raise NotPossible(f"The price of {candles.coin} stood still on these days: there is no beta.")
    return _fit(*changes)


def min_variance_ratio(asset_changes: Sequence[float] | Series, proxy_changes: Sequence[float] | Series) -> float:
    """The hedge ratio that leaves the least variance, `rho * sigma_asset / sigma_proxy` (Hull, chapter 3.4).

    Changes of the same periods, in pairs: of log prices for a ratio of values, of prices for a ratio of units. The
    proxy must have moved.
    """
    covariances = np.cov(np.asarray(asset_changes), np.asarray(proxy_changes))
    return float(covariances[0, 1] / covariances[1, 1])


def hedged_volatility_per_year(fit: Beta, ratio: float) -> float:
    """What remains of the asset's volatility when `ratio` of its value is short in the proxy; least at beta."""
    ours, theirs = fit.asset_volatility_per_year, fit.proxy_volatility_per_year
    return sqrt(max(ours**2 - 2 * ratio * fit.correlation * ours * theirs + (ratio * theirs) ** 2, 0.0))


def _volatility(per_day: float, days: int) -> Volatility:
    return Volatility(per_day, _per_year(per_day), days)


def _per_year(per_day: float) -> float:
    return per_day * sqrt(DAYS_PER_YEAR)


def _fit(asset: Series, proxy: Series) -> Beta:
    correlation = float(np.corrcoef(asset, proxy)[0, 1])
    unexplained = max(1 - correlation**2, 0.0)
    ours, theirs, days = float(asset.std(ddof=1)), float(proxy.std(ddof=1)), len(asset)
    return Beta(
        beta=min_variance_ratio(asset, proxy),
        standard_error=ours / theirs * sqrt(unexplained / (days - 2)),
        correlation=correlation,
        r_squared=correlation**2,
        days=days,
        asset_volatility_per_year=_per_year(ours),
        proxy_volatility_per_year=_per_year(theirs),
        residual_volatility_per_year=_per_year(ours * sqrt(unexplained)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Returns:
    """Log returns, and the second since the epoch in which the bar of each opened; ascending."""

    opened: NDArray[np.int64]
    changes: Series


def _enough(candles: Candles, days: int) -> Series:
    changes = _log_returns(candles).changes[-days:]
    if len(changes) < FEWEST_FOR_VOLATILITY:
        raise NotPossible(f"{candles.coin} has a history of only {len(changes)} days, too short for a volatility.")
    return changes


@lru_cache(maxsize=64)
def _log_returns(candles: Candles) -> _Returns:
    """Of each bar that follows directly on the one before. A close of zero is no price."""
    bars = [bar for bar in candles.bars if bar.close_quote > 0]
    opened = np.array([bar.opened_at.timestamp() for bar in bars], dtype=np.int64)
    closes = np.log(np.array([float(bar.close_quote) for bar in bars]))
    follows = np.diff(opened) == candles.interval.total_seconds()
    return _Returns(opened[1:][follows], np.diff(closes)[follows])
