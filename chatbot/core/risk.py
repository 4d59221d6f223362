"""What a portfolio may lose: volatility, losses of its own past, what each coin adds, what a fall of bitcoin does.

Laws: floats have no unit, money is a Decimal; days are aligned by their dates, never by position; a loss is positive.
Everything is worked out from today's exposures (coins and futures together) held through the joint history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import expm1, log1p, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candles
from chatbot.core.statistics import DAYS_PER_YEAR, DECAY

BITCOIN = "BTC"
FEWEST_DAYS, FEW_DAYS = 60, 250  # refused below the first, said below the second
RECENT_DAYS, BETA_DAYS = 30, 90
SPANS = (1, 7)
LEVELS = (0.95, 0.99)
FALLS = (-0.1, -0.2, -0.3, -0.5)
DAY_S = 86_400

Series = NDArray[np.float64]  # one value a day
Matrix = NDArray[np.float64]  # a row a day, a column a coin


@dataclass(frozen=True, slots=True)
class TailLoss:
    """Historical value at risk and expected shortfall over `days`, as shares of the capital; positive is a loss."""

    days: int
    level: float
    at_risk: float
    shortfall: float
    observations: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """One coin: its exposure as a share of the capital (signed), and its share of the variance, `w(Sw)/s^2`."""

    coin: str
    weight: float
    risk: float
    volatility_per_year: float
    beta: float


@dataclass(frozen=True, slots=True)
class Stress:
    """What the exposures gain or lose when bitcoin moves, each through its beta on log returns: `(1+x)^beta - 1`."""

    bitcoin_move: float
    result_usd: Decimal
    by_coin: tuple[tuple[str, float], ...]  # the move of each coin


@dataclass(frozen=True, slots=True)
class RiskReport:
    """Of exposures in USD (signed), on a capital in USD. `days` of joint history; `left_out` had too little of it."""

    exposures: tuple[tuple[str, Decimal], ...]
    capital_usd: Decimal
    days: int
    since: datetime
    left_out: tuple[tuple[str, int], ...]
    volatility_per_year: float
    weighted_volatility_per_year: float
    losses: tuple[TailLoss, ...]
    max_drawdown: float
    beta: float
    contributions: tuple[Contribution, ...]
    correlations: tuple[tuple[float, ...], ...]  # in the order of the contributions
    stresses: tuple[Stress, ...]


def risk_report(
    exposures: Mapping[str, Decimal], capital_usd: Decimal, candles: Mapping[str, Candles], bitcoin: Candles
) -> RiskReport:
    """`exposures` without stablecoins. NotPossible below 60 days in common, or where nothing is at risk.

    Coins whose own history is below 60 days are left out and named.
    """
    known, left_out = _with_history(exposures, candles)
    if not known or capital_usd <= 0:
        raise NotPossible("Nothing here moves with the market: there is no risk to measure.")
    returns = joint_returns({coin: candles[coin] for coin in known} | {BITCOIN: bitcoin})
    if len(returns.days) < FEWEST_DAYS:
        raise NotPossible(f"These coins have {len(returns.days)} days in common; risk needs at least {FEWEST_DAYS}.")
    weights = np.array([float(exposures[coin] / capital_usd) for coin in known])
    coins, market = returns.of(known), returns.of([BITCOIN])[:, 0]
    own = coins @ weights
    contributions = _contributions(known, coins, weights, market)
    return RiskReport(
        exposures=tuple(exposures.items()),
        capital_usd=capital_usd,
        days=len(returns.days),
        since=returns.days[0],
        left_out=left_out,
        volatility_per_year=_volatility(own[-RECENT_DAYS:]),
        weighted_volatility_per_year=_weighted_volatility(own),
        losses=tuple(_tail(coins, weights, days, level) for days in SPANS for level in LEVELS),
        max_drawdown=max_drawdown(own),
        beta=_slope(own, market),
        contributions=contributions,
        correlations=_correlations(returns.of([each.coin for each in contributions])),
        stresses=tuple(_stress(move, exposures, contributions) for move in FALLS),
    )


def _with_history(
    exposures: Mapping[str, Decimal], candles: Mapping[str, Candles]
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    days = {coin: len(candles[coin].bars) - 1 if coin in candles else 0 for coin in exposures}
    known = tuple(coin for coin, value in exposures.items() if value and days[coin] >= FEWEST_DAYS)
    short = tuple((coin, max(days[coin], 0)) for coin, value in exposures.items() if value and coin not in known)
    return known, short


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """Simple daily returns: a row for each of `days` (when the bar opened), a column for each of `coins`."""

    coins: tuple[str, ...]
    days: tuple[datetime, ...]
    matrix: Matrix

    def of(self, coins: Sequence[str]) -> Matrix:
        """The columns of these coins, in this order."""
        return self.matrix[:, [self.coins.index(coin) for coin in coins]]


def joint_returns(candles: Mapping[str, Candles]) -> Returns:
    """Of the days on which all have a close, and had one the day before."""
    closes = pd.concat([_closes(coin, each) for coin, each in candles.items()], axis=1, join="inner").sort_index()
    follows = np.diff(closes.index.to_numpy()) == DAY_S
    prices = closes.to_numpy(dtype=np.float64)
    opened = closes.index.to_numpy()[1:][follows]
    days = tuple(datetime.fromtimestamp(int(second), UTC) for second in opened)
    return Returns(tuple(candles), days, (prices[1:] / prices[:-1] - 1)[follows])


def _closes(coin: str, candles: Candles) -> "pd.Series[float]":
    """By the second in which the bar opened."""
    bars = [bar for bar in candles.bars if bar.close_quote > 0]
    seconds = [int(bar.opened_at.timestamp()) for bar in bars]
    return pd.Series([float(bar.close_quote) for bar in bars], index=seconds, name=coin)


def _volatility(returns: Series) -> float:
    return float(np.log1p(returns).std(ddof=1)) * sqrt(DAYS_PER_YEAR)


def _weighted_volatility(returns: Series) -> float:
    """Each day with 0.94 of the weight of the next, around a mean of zero (RiskMetrics)."""
    changes = np.log1p(returns)
    weights = DECAY ** np.arange(len(changes))[::-1]
    return float(np.sqrt(np.average(changes**2, weights=weights))) * sqrt(DAYS_PER_YEAR)


def _tail(coins: Matrix, weights: Series, days: int, level: float) -> TailLoss:
    """From overlapping spans of simple returns, today's weights at the beginning of each."""
    grown = np.cumprod(np.vstack([np.ones(coins.shape[1]), 1 + coins]), axis=0)
    results = (grown[days:] / grown[:-days] - 1) @ weights
    threshold = float(np.quantile(results, 1 - level))
    return TailLoss(days, level, -threshold, -float(results[results <= threshold].mean()), len(results))


def max_drawdown(returns: Series) -> float:
    """The largest fall from a peak, as a positive share, of one unit that earns these simple returns."""
    value = np.concatenate([[1.0], np.cumprod(1 + returns)])
    return float((1 - value / np.maximum.accumulate(value)).max())


def _contributions(names: Sequence[str], coins: Matrix, weights: Series, market: Series) -> tuple[Contribution, ...]:
    """The largest share of the variance first; they sum to one."""
    marginal = np.atleast_2d(np.cov(coins, rowvar=False)) @ weights
    variance = float(weights @ marginal)
    if variance <= 0:
        raise NotPossible("These exposures offset each other exactly: there is no risk to divide.")
    found = [
        Contribution(
            coin,
            float(weights[at]),
            float(weights[at] * marginal[at]) / variance,
            _volatility(coins[-RECENT_DAYS:, at]),
            _slope(coins[:, at], market),
        )
        for at, coin in enumerate(names)
    ]
    return tuple(sorted(found, key=lambda each: -each.risk))


def _slope(asset: Series, market: Series) -> float:
    """Beta on log returns of the last 90 days."""
    covariances = np.cov(np.log1p(asset[-BETA_DAYS:]), np.log1p(market[-BETA_DAYS:]))
    return float(covariances[0, 1] / covariances[1, 1])


def _correlations(coins: Matrix) -> tuple[tuple[float, ...], ...]:
    matrix = np.atleast_2d(np.corrcoef(coins, rowvar=False))
    return tuple(tuple(float(value) for value in row) for row in matrix)


def _stress(move: float, exposures: Mapping[str, Decimal], contributions: Sequence[Contribution]) -> Stress:
    moves = tuple((each.coin, moved(move, each.beta)) for each in contributions)
    result = sum((exposures[coin] * Decimal(repr(share)) for coin, share in moves), Decimal(0))
    return Stress(move, result, moves)


def moved(bitcoin_move: float, beta: float) -> float:
    """The simple move of a coin whose log returns go `beta` times those of bitcoin: never below -1."""
    return expm1(beta * log1p(bitcoin_move))
