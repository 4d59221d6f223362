"""Volatility and beta: the worked figures, real candles, and what must hold for any history."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candle, Candles
from chatbot.core.statistics import (
    Beta,
    Series,
    estimate_beta,
    hedged_volatility_per_year,
    min_variance_ratio,
    volatility,
    weighted_volatility,
)
from tests.samples import NOW, d

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "ohlcv_1d_binance_perp"
DAY = timedelta(days=1)
RETURNS = st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).normal(0, 0.03, size=60))

# Hull, Options, Futures and Other Derivatives, table 3.2: changes of the price of jet fuel and of heating oil futures.
JET_FUEL = np.fromstring(
    "0.029 0.020 -0.044 0.008 0.026 -0.019 -0.010 -0.007 0.043 0.011 -0.036 -0.018 0.009 -0.032 0.023", sep=" "
)
HEATING_OIL = np.fromstring(
    "0.021 0.035 -0.046 0.001 0.044 -0.029 -0.026 -0.029 0.048 -0.006 -0.036 -0.011 0.019 -0.027 0.029", sep=" "
)


def candles(coin: str, closes: dict[int, float]) -> Candles:
    """Daily bars by the number of their day."""
    bars = (bar(NOW + day * DAY, repr(close)) for day, close in sorted(closes.items()))
    return Candles(coin, DAY, tuple(bars), "test", NOW)


def bar(opened_at: datetime, close: str) -> Candle:
    return Candle(opened_at, d(close), d(close), d(close), d(close), Decimal(0))


def moving(coin: str, log_returns: Iterable[float], first: int = 0) -> Candles:
    """A price that starts at 100 on day `first` and moves by these log returns."""
    levels = np.cumsum([log(100), *log_returns])
    return candles(coin, {first + day: exp(level) for day, level in enumerate(levels)})


def swings(size: float, days: int) -> list[float]:
    return [size if day % 2 else -size for day in range(days)]


def fit(correlation: float, ours: float, theirs: float) -> Beta:
    """A beta from its parts, as a table would state them."""
    residual = ours * sqrt(1 - correlation**2)
    return Beta(correlation * ours / theirs, 0.0, correlation, correlation**2, 90, ours, theirs, residual)


def test_volatility_is_the_sample_deviation_of_log_returns_for_365_days() -> None:
    # 30 returns of 2 % up and down: sqrt(30 * 0.02^2 / 29) = 0.020342; times sqrt(365) = 19.105: 38.86 %
    found = volatility(moving("A", swings(0.02, 30)))
    assert found.per_day == pytest.approx(0.020342, abs=1e-6)
    assert found.per_year == pytest.approx(0.38863, abs=1e-5)
    assert found.days == 30


def test_volatility_looks_at_the_last_days_alone() -> None:
    assert volatility(moving("A", swings(0.2, 50) + swings(0.02, 30))) == volatility(moving("A", swings(0.02, 30)))


def test_weighted_volatility_gives_each_older_day_94_percent_of_the_weight() -> None:
    # nine still days, then one of 10 %: weights 1, 0.94 ... 0.94^9 sum to (1 - 0.94^10) / 0.06 = 7.6898
    # sqrt(0.01 / 7.6898) = 0.036061
    found = weighted_volatility(moving("A", [0.0] * 9 + [0.1]))
    assert found.per_day == pytest.approx(0.036061, abs=1e-6)


@pytest.mark.parametrize("days", [0, 9])
def test_fewer_than_ten_returns_are_too_short_for_a_volatility(days: int) -> None:
    with pytest.raises(NotPossible, match=f"A has a history of only {days} days"):
        volatility(moving("A", swings(0.02, days)))


def test_no_history_at_all_is_too_short_too() -> None:
    with pytest.raises(NotPossible):
        volatility(candles("A", {}))


def test_a_day_without_a_bar_is_no_return() -> None:
    # days 0..20 without 10: the 20 distances less the two around the hole
    closes = {day: 100.0 * 1.01 ** (day % 2) for day in range(21) if day != 10}
    assert volatility(candles("A", closes)).days == 18


def test_a_close_of_zero_is_no_price() -> None:
    closes = {day: 100.0 * 1.01 ** (day % 2) for day in range(21)} | {10: 0.0}
    assert volatility(candles("A", closes)).days == 18


def test_beta_is_correlation_times_the_ratio_of_volatilities() -> None:
    # 0.7 * 90 / 50 = 1.26; on $10,000 a short of $12,600; R² 0.49; 90 % * sqrt(1 - 0.49) = 64.3 %
    found = fit(0.7, 0.9, 0.5)
    assert found.beta == pytest.approx(1.26)
    assert found.beta * 10_000 == pytest.approx(12_600)
    assert found.r_squared == pytest.approx(0.49)
    assert hedged_volatility_per_year(found, found.beta) == pytest.approx(0.643, abs=0.0005)


def test_a_made_history_with_that_correlation_is_measured_so() -> None:
    # asset = 1.26 * proxy + noise that is orthogonal to it: swings of 5 % and, at half the speed, of 64.3/50 of that
    proxy = swings(0.05, 80)
    noise = [0.0643 if day % 4 < 2 else -0.0643 for day in range(80)]
    found = estimate_beta(moving("A", [1.26 * p + n for p, n in zip(proxy, noise, strict=True)]), moving("B", proxy))
    assert found.beta == pytest.approx(1.26)
    assert found.correlation == pytest.approx(0.7, abs=0.001)
    assert found.r_squared == pytest.approx(0.49, abs=0.001)
    assert found.residual_volatility_per_year / found.asset_volatility_per_year == pytest.approx(0.714, abs=0.001)
    # sqrt(80 * 0.0643^2 / 78) / (sqrt(80) * 0.05) = 0.14561
    assert found.standard_error == pytest.approx(0.14561, abs=0.00001)
    assert found.days == 80


def test_hulls_airline_shorts_thirty_seven_contracts() -> None:
    # rho 0.928, 0.0263 / 0.0313: h = 0.778; 0.7777 * 2,000,000 / 42,000 = 37.03
    ratio = min_variance_ratio(JET_FUEL, HEATING_OIL)
    assert np.corrcoef(JET_FUEL, HEATING_OIL)[0, 1] == pytest.approx(0.928, abs=0.0005)
    assert ratio == pytest.approx(0.778, abs=0.0005)
    assert ratio * 2_000_000 / 42_000 == pytest.approx(37.03, abs=0.005)


def test_days_are_matched_by_their_time_not_by_their_place() -> None:
    # the proxy's history begins ten days later and has a hole; on the days that both have it moves half as much
    moves = [0.01 * ((day * 7) % 11 - 5) for day in range(80)]
    asset, proxy = moving("A", [2 * move for move in moves]), moving("B", moves)
    short = Candles("B", DAY, proxy.bars[10:50] + proxy.bars[51:], "test", NOW)
    found = estimate_beta(asset, short)
    assert found.beta == pytest.approx(2)
    assert found.r_squared == pytest.approx(1)
    assert found.days == 68


def test_ninety_days_are_used_where_there_are_more() -> None:
    moves = [0.01 * ((day * 7) % 11 - 5) for day in range(200)]
    assert estimate_beta(moving("A", moves), moving("B", moves)).days == 90
    assert estimate_beta(moving("A", moves), moving("B", moves), 60).days == 60


def test_below_thirty_common_days_there_is_no_beta() -> None:
    moves = swings(0.02, 40)
    with pytest.raises(NotPossible, match="A and B have 29 days in common; a beta needs at least 30"):
        estimate_beta(moving("A", moves), moving("B", moves, first=11))
    assert estimate_beta(moving("A", moves), moving("B", moves, first=10)).days == 30


def test_a_price_that_stands_still_has_no_beta() -> None:
    still, moved = moving("S", [0.0] * 40), moving("M", swings(0.02, 40))
    with pytest.raises(NotPossible, match="The price of S stood still"):
        estimate_beta(moved, still)
    with pytest.raises(NotPossible, match="The price of S stood still"):
        estimate_beta(still, moved)


def test_a_beta_is_worked_out_once_for_a_pair() -> None:
    asset, proxy = moving("A", swings(0.02, 40)), moving("B", swings(0.01, 40))
    assert estimate_beta(asset, proxy) is estimate_beta(asset, proxy)


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.floats(-2, 2))
def test_no_hedge_ratio_leaves_less_than_beta_does(seed: int, shared: float) -> None:
    own, theirs = np.random.default_rng(seed).normal(0, 0.03, size=(2, 60))
    found = estimate_beta(moving("A", own + shared * theirs), moving("B", theirs))
    least = hedged_volatility_per_year(found, found.beta)
    assert least == pytest.approx(found.residual_volatility_per_year, abs=1e-6)
    for ratio in (0.0, 1.0, found.correlation, found.beta * 1.1):
        assert hedged_volatility_per_year(found, ratio) >= least - 1e-6
    assert hedged_volatility_per_year(found, 0.0) == pytest.approx(found.asset_volatility_per_year)


@settings(max_examples=50)
@given(RETURNS, st.floats(0.1, 5))
def test_a_coin_that_moves_b_times_as_much_has_beta_b(moves: Series, times: float) -> None:
    found = estimate_beta(moving("A", times * moves), moving("B", moves))
    assert found.beta == pytest.approx(times, rel=1e-6)
    assert found.r_squared == pytest.approx(1)


@settings(max_examples=50)
@given(RETURNS)
def test_a_coin_against_itself_has_beta_one_and_leaves_nothing(moves: Series) -> None:
    found = estimate_beta(moving("A", moves), moving("A", moves))
    assert (found.beta, found.correlation) == (pytest.approx(1), pytest.approx(1))
    assert found.residual_volatility_per_year == pytest.approx(0, abs=1e-6)
    assert found.standard_error == pytest.approx(0, abs=1e-6)


@settings(max_examples=50)
@given(RETURNS, st.sets(st.integers(1, 59), max_size=15))
def test_days_missing_from_one_history_leave_the_beta_of_a_twin_at_one(moves: Series, missing: set[int]) -> None:
    # a hole takes two returns at most; were days matched by place, the twin would be a stranger from there on
    whole = moving("A", moves)
    holed = Candles("B", DAY, tuple(row for day, row in enumerate(whole.bars) if day not in missing), "test", NOW)
    found = estimate_beta(whole, holed)
    assert found.beta == pytest.approx(1)
    assert found.days >= 60 - 2 * len(missing)


def closes_of(coin: str) -> dict[datetime, float]:
    file = RECORDED / f"{coin}USDT.csv"
    if not file.exists():
        pytest.skip("the recorded candles are not here")
    with file.open() as opened:
        return {
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(row["timestamp"])): float(row["close"])
            for row in csv.DictReader(opened)
        }


def recorded(coin: str) -> Candles:
    bars = tuple(bar(day, repr(close)) for day, close in sorted(closes_of(coin).items()))
    return Candles(coin, DAY, bars, "Binance", NOW)


@pytest.mark.parametrize("coin", ["ETH", "SOL", "DOGE", "UNI"])
def test_on_real_candles_beta_and_volatility_are_those_of_an_independent_line_through_the_points(coin: str) -> None:
    ours, theirs = closes_of(coin), closes_of("BTC")
    days = sorted(set(ours) & set(theirs))[-91:]
    assert days[-1] - days[0] == 90 * DAY
    moves = np.diff(np.log([ours[day] for day in days])), np.diff(np.log([theirs[day] for day in days]))
    (slope, _), covariance = np.polyfit(moves[1], moves[0], 1, cov=True)
    found = estimate_beta(recorded(coin), recorded("BTC"))
    assert found.beta == pytest.approx(slope)
    assert found.standard_error == pytest.approx(sqrt(covariance[0, 0]))
    assert found.r_squared == pytest.approx(np.corrcoef(*moves)[0, 1] ** 2)
    month = moves[0][-30:]
    assert volatility(recorded(coin)).per_year == pytest.approx(sqrt(((month - month.mean()) ** 2).sum() / 29 * 365))


def mixed(weights: dict[str, float]) -> Candles:
    """The closes of a portfolio that is brought back to these weights every day."""
    closes = {coin: closes_of(coin) for coin in weights}
    days = sorted(set.intersection(*(set(series) for series in closes.values())))
    levels = {day: sum(share * log(closes[coin][day]) for coin, share in weights.items()) for day in days}
    return Candles("mix", DAY, tuple(bar(day, repr(exp(level))) for day, level in levels.items()), "test", NOW)


@pytest.mark.parametrize(
    ("eth", "days", "unhedged", "by_beta", "one_to_one", "by_correlation"),
    [
        (1 / 6, 365, 0.799, 0.423, 0.485, 0.521),  # six equal parts
        (0.5, 364, 0.764, 0.388, 0.445, 0.478),  # half of it ETH, a tenth each of the others
    ],
)
def test_on_a_year_of_real_candles_beta_leaves_the_least_and_correlation_more_than_one_to_one(
    eth: float, days: int, unhedged: float, by_beta: float, one_to_one: float, by_correlation: float
) -> None:
    # ETH, SOL, AVAX, LINK, UNI, DOGE against BTC, the year to 19 March 2026, Binance perpetuals, in sample
    others = dict.fromkeys(("SOL", "AVAX", "LINK", "UNI", "DOGE"), (1 - eth) / 5)
    found = estimate_beta(mixed({"ETH": eth} | others), mixed({"BTC": 1.0}), days)
    left = [hedged_volatility_per_year(found, ratio) for ratio in (0.0, found.beta, 1.0, found.correlation)]
    assert found.days == days
    assert [round(figure, 3) for figure in left] == [unhedged, by_beta, one_to_one, by_correlation]
