"""Volatility, losses of the past, shares of the risk, and what a fall of bitcoin does, of exposures held constant.

Laws: floats have no unit, money is a Decimal; days are aligned by their dates, never by position; a loss is positive.
Everything is worked out from today's exposures (coins and futures together) held through the joint history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import expm1, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candles
from chatbot.core.panel import Matrix, Panel, Series, panel_of
from chatbot.core.statistics import DAYS_PER_YEAR, DECAY, NO_MOVE

BITCOIN = "BTC"
FEWEST_DAYS, FEW_DAYS = 60, 250  # refused below the first, said below the second
RECENT_DAYS, BETA_DAYS = 30, 90
SPANS = (1, 7)
LEVELS = (0.95, 0.99)
FALLS = (-0.1, -0.2, -0.3, -0.5)
RISES = (0.3, 0.5)  # of a book with shorts
LONGEST_LAG_DAYS = 7


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
    """Of exposures in USD (signed), on a capital in USD.

    `days` of joint history, the first of them `since`; `short` names the coins with fewer than 250 of their own,
    `left_out` those with too few, each with its number. `beta` is the sum of weight times beta.
    """

    exposures: tuple[tuple[str, Decimal], ...]
    capital_usd: Decimal
    days: int
    since: datetime
    short: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    volatility_per_year: float
    weighted_volatility_per_year: float
    losses: tuple[TailLoss, ...]
    max_drawdown: float
    beta: float
    contributions: tuple[Contribution, ...]
    correlations: tuple[tuple[float, ...], ...]  # in the order of the contributions
    stresses: tuple[Stress, ...]

    @property
    def betas(self) -> Mapping[str, float]:
        """To bitcoin, of each coin that is measured."""
        return {each.coin: each.beta for each in self.contributions}


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """Simple daily returns: a row for each of `days` (when the bar opened), a column for each of `coins`."""

    coins: tuple[str, ...]
    days: tuple[datetime, ...]
    matrix: Matrix

    def of(self, coins: Sequence[str]) -> Matrix:
        """The columns of these coins, in this order."""
        return self.matrix[:, [self.coins.index(coin) for coin in coins]]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The joint returns of bitcoin and all coins with enough history; those with too little, and the short ones."""

    returns: Returns
    short: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]


def history_of(coins: Sequence[str], candles: Mapping[str, Candles], bitcoin: Candles) -> History:
    """Coins with fewer than 60 days in common with bitcoin are left out, then the shortest until 60 are joint.

    NotPossible where bitcoin itself has fewer.
    """
    found = {coin: candles[coin] for coin in coins if coin in candles}
    panel = panel_of({**found, BITCOIN: bitcoin})
    days = _days_with_bitcoin(panel)
    kept = sorted((coin for coin in coins if days.get(coin, 0) >= FEWEST_DAYS), key=lambda coin: -days[coin])
    returns = joint_returns(panel, kept)
    while kept and len(returns.days) < FEWEST_DAYS:
        kept.pop()
        returns = joint_returns(panel, kept)
    if len(returns.days) < FEWEST_DAYS or returns.of([BITCOIN])[-BETA_DAYS:].std() < NO_MOVE:
        raise NotPossible(f"{BITCOIN} has too short a history here; risk needs at least {FEWEST_DAYS} days of it.")
    return History(
        returns,
        short=tuple((coin, days[coin]) for coin in reversed(kept) if days[coin] < FEW_DAYS),
        left_out=tuple((coin, days.get(coin, 0)) for coin in coins if coin not in kept),
    )


def _days_with_bitcoin(panel: Panel) -> Mapping[str, int]:
    """Returns in common; none where the coin's prices ended a week ago: they would end the history of all."""
    known: NDArray[np.bool_] = np.isfinite(panel.closes)
    if not len(known):
        return {}
    bitcoin = panel.coins.index(BITCOIN)
    both: NDArray[np.bool_] = np.logical_and(known, known[:, [bitcoin]])
    days = np.logical_and(both[1:], both[:-1]).sum(axis=0)
    ages = known[::-1].argmax(axis=0)  # of the last close; 0 without any, and then there are no days either
    is_late = ages > ages[bitcoin] + LONGEST_LAG_DAYS
    return {coin: 0 if late else int(count) for coin, count, late in zip(panel.coins, days, is_late, strict=True)}


def joint_returns(panel: Panel, coins: Iterable[str]) -> Returns:
    """Of bitcoin and these, of the days on which all have a close, and had one the day before."""
    names = tuple(dict.fromkeys((BITCOIN, *coins)))
    closes = panel.of(names)
    known: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(closes), axis=1)
    follows = np.logical_and(known[1:], known[:-1])
    days = tuple(datetime.fromtimestamp(int(second), UTC) for second in panel.opened[1:][follows])
    return Returns(names, days, closes[1:][follows] / closes[:-1][follows] - 1)


def risk_report(
    exposures: Mapping[str, Decimal], capital_usd: Decimal, history: History, moves: Sequence[float] = FALLS
) -> RiskReport:
    """`exposures` without stablecoins; those with too little history count nowhere and are named.

    `moves` of bitcoin are the stresses. NotPossible where nothing moves with the market, or has enough history.
    """
    known = _known(exposures, capital_usd, history)
    weights = np.array([float(exposures[coin] / capital_usd) for coin in known])
    coins, changes = history.returns.of(known), np.log1p(history.returns.of(known)) @ weights
    contributions = _contributions(known, coins, weights, history.returns.of([BITCOIN])[:, 0])
    return RiskReport(
        exposures=tuple(exposures.items()),
        capital_usd=capital_usd,
        days=len(coins),
        since=history.returns.days[0],
        short=tuple(each for each in history.short if each[0] in exposures),
        left_out=tuple(each for each in history.left_out if each[0] in exposures),
        volatility_per_year=_volatility(changes),
        weighted_volatility_per_year=_weighted_volatility(changes),
        losses=tuple(_tail(coins, weights, days, level) for days in SPANS for level in LEVELS),
        max_drawdown=max_drawdown(coins @ weights),
        beta=sum(each.weight * each.beta for each in contributions),
        contributions=contributions,
        correlations=_correlations(history.returns.of([each.coin for each in contributions])),
        stresses=tuple(_stress(move, exposures, contributions) for move in moves),
    )


def _known(exposures: Mapping[str, Decimal], capital_usd: Decimal, history: History) -> list[str]:
    known = [coin for coin in exposures if coin in history.returns.coins]
    if not known or capital_usd <= 0:
        raise NotPossible("Nothing here moves with the market: there is no risk to measure.")
    return known


def _volatility(changes: Series) -> float:
    """Of log returns, the last 30; a portfolio's are those of its coins, times their weights."""
    return float(changes[-RECENT_DAYS:].std(ddof=1)) * sqrt(DAYS_PER_YEAR)


def _weighted_volatility(changes: Series) -> float:
    """Each day with 0.94 of the weight of the next, around a mean of zero (RiskMetrics)."""
    weights = DECAY ** np.arange(len(changes))[::-1]
    return float(np.sqrt(np.average(changes**2, weights=weights))) * sqrt(DAYS_PER_YEAR)


def _tail(coins: Matrix, weights: Series, days: int, level: float) -> TailLoss:
    """From overlapping spans of simple returns, today's weights at the beginning of each."""
    grown = np.cumprod(np.vstack([np.ones(coins.shape[1]), 1 + coins]), axis=0)
    results = (grown[days:] / grown[:-days] - 1) @ weights
    threshold = float(np.quantile(results, 1 - level))
    return TailLoss(days, level, -threshold, -float(results[results <= threshold].mean()), len(results))


def max_drawdown(returns: Series) -> float:
    """The largest fall from a peak, as a positive share, of one unit that earns these simple returns.

    What leverage takes beyond all of it is not owed: 1 is the most.
    """
    value = np.concatenate([[1.0], np.cumprod(np.maximum(1 + returns, 0.0))])
    return float((1 - value / np.maximum.accumulate(value)).max())


def _contributions(names: Sequence[str], coins: Matrix, weights: Series, market: Series) -> tuple[Contribution, ...]:
    """The largest share of the variance first; they sum to one, or are all zero where nothing is open."""
    marginal = np.atleast_2d(np.cov(coins, rowvar=False)) @ weights
    variance = float(weights @ marginal)
    shares = weights * marginal / variance if variance > NO_MOVE**2 else np.zeros(len(weights))
    found = [
        Contribution(
            coin,
            float(weights[at]),
            float(shares[at]),
            _volatility(np.log1p(coins[:, at])),
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
    """Zero with a price that stood still."""
    covariances = np.atleast_2d(np.cov(coins, rowvar=False))
    deviations = np.sqrt(np.diag(covariances))
    scale = np.where(deviations < NO_MOVE, np.inf, deviations)
    matrix = np.clip(covariances / np.outer(scale, scale), -1, 1)
    return tuple(tuple(float(value) for value in row) for row in matrix)


def _stress(move: float, exposures: Mapping[str, Decimal], contributions: Sequence[Contribution]) -> Stress:
    moves = tuple((each.coin, moved(move, each.beta)) for each in contributions)
    result = sum((exposures[coin] * Decimal(repr(share)) for coin, share in moves), Decimal(0))
    return Stress(move, result, moves)


def moved(bitcoin_move: float, beta: float) -> float:
    """The simple move of a coin whose log returns go `beta` times those of bitcoin: never below -1."""
    return expm1(beta * log1p(bitcoin_move))
