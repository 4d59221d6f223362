"""Volatility and beta from daily closes. Law: days are aligned by their timestamps, never by position.

Floats throughout: what is measured here has no unit. A year has 365 days.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candles

DAYS_PER_YEAR = 365
FEWEST_DAYS = 30
FEWEST_FOR_VOLATILITY = 10


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


@lru_cache(maxsize=256)
def volatility(candles: Candles, days: int = 30) -> Volatility:
    """Of the last `days` daily log returns. NotPossible below ten of them."""
    returns = np.array(list(_log_returns(candles).values())[-days:])
    if len(returns) < FEWEST_FOR_VOLATILITY:
        raise NotPossible(f"{candles.coin} has a history of only {len(returns)} days, too short for a volatility.")
    per_day = float(returns.std(ddof=1))
    return Volatility(per_day, per_day * sqrt(DAYS_PER_YEAR), len(returns))


@lru_cache(maxsize=256)
def estimate_beta(asset: Candles, proxy: Candles, days: int = 90) -> Beta:
    """Ordinary least squares over the last `days` daily returns that both have.

    NotPossible below 30 common days, and where one of the prices did not move.
    """
    ours, theirs = _log_returns(asset), _log_returns(proxy)
    common = sorted(ours.keys() & theirs.keys())[-days:]
    if len(common) < FEWEST_DAYS:
        raise NotPossible(
            f"{asset.coin} and {proxy.coin} have {len(common)} days in common; a beta needs at least {FEWEST_DAYS}."
        )
    return _regress(asset.coin, np.array([ours[day] for day in common]), np.array([theirs[day] for day in common]))


def _regress(name: str, asset: NDArray[np.float64], proxy: NDArray[np.float64]) -> Beta:
    spread_of_asset, spread_of_proxy = float(asset.std(ddof=1)), float(proxy.std(ddof=1))
    if spread_of_asset == 0 or spread_of_proxy == 0:
        raise NotPossible(f"The price of {name} or of its proxy did not move: there is no beta.")
    correlation = float(np.corrcoef(asset, proxy)[0, 1])
    beta = correlation * spread_of_asset / spread_of_proxy
    residual = spread_of_asset * sqrt(max(1 - correlation**2, 0.0))
    count = len(asset)
    return Beta(
        beta=beta,
        standard_error=residual / spread_of_proxy / sqrt(count - 2),
        correlation=correlation,
        r_squared=correlation**2,
        days=count,
        asset_volatility_per_year=spread_of_asset * sqrt(DAYS_PER_YEAR),
        proxy_volatility_per_year=spread_of_proxy * sqrt(DAYS_PER_YEAR),
        residual_volatility_per_year=residual * sqrt(DAYS_PER_YEAR),
    )


@lru_cache(maxsize=256)
def _log_returns(candles: Candles) -> dict[datetime, float]:
    """Log return of each bar that follows directly on the one before, by the time it opened."""
    return {
        bar.opened_at: float((bar.close_quote / before.close_quote).ln())
        for before, bar in pairwise(candles.bars)
        if bar.opened_at - before.opened_at == candles.interval
    }
