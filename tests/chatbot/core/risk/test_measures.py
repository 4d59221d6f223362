"""Risk of a portfolio: constructed series with known answers, and recorded prices against numbers worked out apart."""

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import exp, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candle, Candles
from chatbot.core.panel import panel_of
from chatbot.core.risk.measures import RiskReport, history_of, joint_returns, max_drawdown, moved, risk_report
from tests.fakes import candles
from tests.samples import NOW, d

RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data" / "ohlcv_1d_binance_perp"
WAVE = [0.01, -0.02, 0.015, -0.005, 0.02, -0.01, 0.005, -0.015, 0.01, -0.01] * 10
BITCOIN = candles("BTC", WAVE, "60000")
ETHER = candles("ETH", [1.5 * move for move in WAVE], "3000")


def report(**exposures: int) -> RiskReport:
    held = {coin: Decimal(value) for coin, value in exposures.items()}
    return measured(held, {"BTC": BITCOIN, "ETH": ETHER})


def measured(exposures: Mapping[str, Decimal], candles: Mapping[str, Candles], capital: int = 10_000) -> RiskReport:
    return risk_report(exposures, d(capital), history_of(tuple(exposures), candles, candles["BTC"]))


def test_one_coin_carries_all_of_the_risk_and_moves_as_it_does() -> None:
    found = report(BTC=10_000)
    assert [(each.coin, each.weight) for each in found.contributions] == [("BTC", 1.0)]
    assert found.contributions[0].risk == pytest.approx(1)
    assert found.beta == pytest.approx(1)
    assert found.days == 100
    # the ten moves of the wave squared: (1+4+2.25+0.25+4+1+0.25+2.25+1+1)e-4 = 17e-4, mean ~0: about 1.3 % a day
    assert found.volatility_per_year == pytest.approx(0.0132 * sqrt(365), rel=0.03)


def test_the_worst_day_in_twenty_and_the_mean_of_those_beyond() -> None:
    # a hundred days, ten of each move: -2 % is the worst tenth, so the 5 % quantile and the mean beyond it are 2 %
    loss = next(each for each in report(BTC=10_000).losses if (each.days, each.level) == (1, 0.95))
    assert (round(loss.at_risk, 9), round(loss.shortfall, 9), loss.observations) == (0.02, 0.02, 100)


def test_a_hedge_takes_risk_away_and_half_of_it_half() -> None:
    whole, half = report(BTC=10_000), report(BTC=5_000)
    assert half.losses[0].at_risk == pytest.approx(whole.losses[0].at_risk / 2)
    offset = report(BTC=15_000, ETH=-9_900)
    assert offset.losses[0].at_risk < 0.01 * whole.losses[0].at_risk + 0.001
    assert abs(offset.beta) < 0.1


def test_a_beta_of_2_2_at_minus_fifty_is_minus_78_percent_and_never_below_minus_100() -> None:
    assert round(moved(-0.5, 2.2), 3) == -0.782
    assert moved(-0.99, 10) >= -1


def test_the_stress_is_the_exposures_through_their_betas() -> None:
    stress = next(each for each in report(BTC=10_000).stresses if each.bitcoin_move == -0.2)
    assert round(stress.result_usd) == -2_000


@given(st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=1, max_size=50))
def test_a_drawdown_is_between_nothing_and_everything(returns: list[float]) -> None:
    assert 0 <= max_drawdown(np.array(returns)) < 1


def test_a_fall_from_the_peak() -> None:
    # 1.1, 0.55, 0.825: half of the peak is gone
    assert max_drawdown(np.array([0.1, -0.5, 0.5])) == pytest.approx(0.5)


@given(
    btc=st.integers(min_value=-50_000, max_value=50_000).filter(bool),
    eth=st.integers(min_value=-50_000, max_value=50_000).filter(bool),
)
def test_shares_of_the_risk_sum_to_one(btc: int, eth: int) -> None:
    uncorrelated = candles("ETH", [*WAVE[3:], *WAVE[:3]], "3000")
    found = measured({"BTC": d(btc), "ETH": d(eth)}, {"BTC": BITCOIN, "ETH": uncorrelated})
    assert sum(each.risk for each in found.contributions) == pytest.approx(1)


def test_a_coin_with_too_little_history_is_left_out_and_named() -> None:
    new = candles("NEW", WAVE[:20])
    found = measured({"BTC": d(5_000), "NEW": d(5_000)}, {"BTC": BITCOIN, "NEW": new})
    assert found.left_out == (("NEW", 20),)
    assert [each.coin for each in found.contributions] == ["BTC"]


def test_without_history_or_exposure_there_is_nothing_to_measure() -> None:
    with pytest.raises(NotPossible, match="no risk to measure"):
        measured({}, {"BTC": BITCOIN})
    with pytest.raises(NotPossible, match="needs at least 60 days"):
        measured({"BTC": d(1)}, {"BTC": candles("BTC", WAVE[:40])})


def test_days_are_aligned_by_date_and_a_hole_is_no_return() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def bars(days: Sequence[int], closes: Sequence[int]) -> Candles:
        each = tuple(
            Candle(start + timedelta(days=day), d(close), d(close), d(close), d(close), d(1))
            for day, close in zip(days, closes, strict=True)
        )
        return Candles("X", timedelta(days=1), each, "test", NOW)

    panel = panel_of({"BTC": bars([0, 1, 2, 3], [100, 110, 121, 133]), "B": bars([0, 1, 3], [100, 90, 80])})
    found = joint_returns(panel, ["B"])
    assert found.coins == ("BTC", "B")
    assert found.days == (start + timedelta(days=1),)  # day 3 has no day before it that both have
    assert found.matrix.tolist() == [[pytest.approx(0.1), pytest.approx(-0.1)]]


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded prices are not beside this repository")
def test_recorded_prices_give_what_plain_numpy_gives() -> None:
    closes = {coin: _recorded(coin) for coin in ("BTC", "ETH", "SOL")}
    days = sorted(set.intersection(*(set(each) for each in closes.values())))[-366:]
    prices = np.array([[closes[coin][day] for coin in closes] for day in days])
    returns = prices[1:] / prices[:-1] - 1
    weights = np.array([0.5, 0.3, 0.2])
    own = returns @ weights
    found = measured(
        {"BTC": d(5_000), "ETH": d(3_000), "SOL": d(2_000)},
        {coin: _candles(coin, days, closes[coin]) for coin in closes},
    )
    losses = {(each.days, each.level): each for each in found.losses}
    # of 365 days sorted from the worst, place 0.05 * 364 = 18.2, so a fifth of the way from the 19th to the 20th
    nineteenth, twentieth = np.sort(own)[18:20]
    assert losses[1, 0.95].at_risk == pytest.approx(-(0.8 * nineteenth + 0.2 * twentieth))
    covariances = np.cov(np.diff(np.log(prices), axis=0)[-30:], rowvar=False)
    assert found.volatility_per_year == pytest.approx(sqrt(weights @ covariances @ weights * 365))
    worst = np.sort(own)[: int(0.05 * len(own)) + 1]
    assert losses[1, 0.95].shortfall == pytest.approx(-worst.mean())
    weeks = (prices[7:] / prices[:-7] - 1) @ weights
    assert losses[7, 0.99].at_risk == pytest.approx(-np.percentile(weeks, 1))
    assert losses[7, 0.99].observations == len(weeks) == 359
    logs = np.log(prices[-91:, 1])
    theirs = np.log(prices[-91:, 0])
    slope = np.polyfit(np.diff(theirs), np.diff(logs), 1)[0]
    ether = next(each for each in found.contributions if each.coin == "ETH")
    assert ether.beta == pytest.approx(slope)
    at_half = next(each for each in found.stresses if each.bitcoin_move == -0.5)
    assert dict(at_half.by_coin)["ETH"] == pytest.approx(exp(slope * np.log(0.5)) - 1)


def _recorded(coin: str) -> dict[int, float]:
    with (RECORDED / f"{coin}USDT.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {int(row["timestamp"]) // 86_400_000: float(row["close"]) for row in rows}


def _candles(coin: str, days: Sequence[int], closes: dict[int, float]) -> Candles:
    bars = tuple(_bar(day, Decimal(repr(closes[day]))) for day in days)
    return Candles(coin, timedelta(days=1), bars, "recorded", NOW)


def _bar(day: int, close: Decimal) -> Candle:
    return Candle(datetime.fromtimestamp(day * 86_400, UTC), close, close, close, close, d(1))
