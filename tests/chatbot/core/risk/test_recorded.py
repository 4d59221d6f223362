"""A book of recorded spot prices, futures among it, against the same worked out apart, with plain numpy."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from chatbot.core.markets import Candle, Candles
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.risk.measures import RiskReport
from chatbot.core.risk.plan import Seen, plan_risk
from tests.fakes import spot_price
from tests.samples import NOW, d

RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data" / "ohlcv_1d_binance_spot"
COINS = ("BTC", "ETH", "DOGE", "LINK", "AVAX")
WEIGHTS = np.array([-0.3, 0.35, 0.2, 0.2, 0.15])  # of 100,000: bitcoin is short at 3x, the rest is held
DAYS = 730
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded prices are not beside this repository")


def closes() -> np.ndarray:
    """The last two years and a day, a column for each coin; on each day all of them have a price."""
    series = []
    for coin in COINS:
        with (RECORDED / f"{coin}USDT.csv").open() as file:
            series.append({row["timestamp"][:10]: float(row["close"]) for row in csv.DictReader(file)})
    days = sorted(set.intersection(*(set(each) for each in series)))[-DAYS - 1 :]
    assert (datetime.fromisoformat(days[-1]) - datetime.fromisoformat(days[0])).days == DAYS
    return np.array([[each[day] for each in series] for day in days])


def report_of(prices: np.ndarray) -> RiskReport:
    """The book at a price of 1 for each coin: only moves matter. The margin is a part of the capital."""
    first = datetime(2020, 1, 1, tzinfo=UTC)
    candles = {coin: _candles(coin, prices[:, at], first) for at, coin in enumerate(COINS)}
    held = tuple(Holding(coin, Decimal(str(w)) * 100_000) for coin, w in zip(COINS, WEIGHTS, strict=True) if w > 0)
    short = FuturesPosition("BTC", Side.SHORT, d(30_000), leverage=d(3))
    portfolio = Portfolio(held, (short,))
    seen = Seen({coin: spot_price(coin, "1") for coin in COINS}, candles)
    return plan_risk(portfolio, seen, NOW).before.report


def _candles(coin: str, series: np.ndarray, first: datetime) -> Candles:
    bars = tuple(
        Candle(first + timedelta(days=day), *(Decimal(repr(float(close))),) * 4, d(1))
        for day, close in enumerate(series)
    )
    return Candles(coin, timedelta(days=1), bars, "recorded", NOW)


def test_the_whole_report_is_what_plain_numpy_gives() -> None:
    prices = closes()
    found = report_of(prices)
    simple, logs = prices[1:] / prices[:-1] - 1, np.diff(np.log(prices), axis=0)
    assert found.days == DAYS
    assert found.volatility_per_year == pytest.approx(np.std(logs[-30:] @ WEIGHTS, ddof=1) * sqrt(365))
    for loss in found.losses:
        spans = (prices[loss.days :] / prices[: -loss.days] - 1) @ WEIGHTS
        threshold = np.percentile(spans, 100 * (1 - loss.level))
        assert loss.observations == DAYS - loss.days + 1
        assert loss.at_risk == pytest.approx(-threshold)
        assert loss.shortfall == pytest.approx(-spans[spans <= threshold].mean())
    value = np.concatenate([[1], np.cumprod(1 + simple @ WEIGHTS)])
    falls = [1 - value[day] / value[: day + 1].max() for day in range(len(value))]
    assert found.max_drawdown == pytest.approx(max(falls))
    _hold_betas_and_shares(found, simple, logs)


def _hold_betas_and_shares(found: RiskReport, simple: np.ndarray, logs: np.ndarray) -> None:
    market = logs[-90:, 0]
    slopes = [np.polyfit(market, logs[-90:, at], 1)[0] for at in range(len(COINS))]
    assert found.beta == pytest.approx(float(WEIGHTS @ slopes))
    own = simple @ WEIGHTS
    by_coin = {each.coin: each for each in found.contributions}
    for at, coin in enumerate(COINS):
        share = WEIGHTS[at] * np.cov(simple[:, at], own)[0, 1] / np.var(own, ddof=1)
        assert by_coin[coin].risk == pytest.approx(share)
        assert by_coin[coin].beta == pytest.approx(slopes[at])
    correlations = np.corrcoef(simple, rowvar=False)
    order = [COINS.index(each.coin) for each in found.contributions]
    assert np.allclose(found.correlations, correlations[np.ix_(order, order)])


def test_the_weighted_volatility_is_the_sum_by_hand() -> None:
    prices = closes()
    logs = np.diff(np.log(prices), axis=0) @ WEIGHTS
    weighted, total = 0.0, 0.0
    for age, change in enumerate(reversed(logs)):
        weighted, total = weighted + 0.94**age * change**2, total + 0.94**age
    assert report_of(prices).weighted_volatility_per_year == pytest.approx(sqrt(weighted / total * 365))


def test_stress_runs_through_the_betas_of_all() -> None:
    found = report_of(closes())
    half = next(each for each in found.stresses if each.bitcoin_move == -0.5)
    by_hand = sum(100_000 * w * (0.5 ** found.betas[coin] - 1) for coin, w in zip(COINS, WEIGHTS, strict=True))
    assert float(half.result_usd) == pytest.approx(by_hand)
