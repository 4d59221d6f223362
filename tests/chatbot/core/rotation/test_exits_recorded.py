"""Both halves of an exit on 52 recorded perpetuals, against pandas."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from chatbot.core.crowding import Crowding, crowded
from chatbot.core.markets import Candle, Candles, FundingHistory, Settlement
from chatbot.core.rotation.exits import stand_of
from tests.samples import perpetual

RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data"
PRICES, RATES = RECORDED / "ohlcv_1d_binance_perp", RECORDED / "funding_binance_8h"
COINS = sorted(path.stem for path in PRICES.glob("*.csv"))
NOW = datetime(2026, 3, 19, 12, tzinfo=UTC)  # the last whole bar is that of the 18th
BACK = range(0, 250, 10)  # days
DAY = timedelta(days=1)

pytestmark = pytest.mark.skipif(not COINS, reason="the recorded prices are not here")


@cache
def closes(coin: str) -> pd.Series:
    frame = pd.read_csv(PRICES / f"{coin}.csv")
    opened = pd.to_datetime(frame["timestamp"], unit="ms", utc=True)
    return pd.Series(frame["close"].to_numpy(), index=opened)[-400:]


@cache
def candles(coin: str) -> Candles:
    bars = (
        Candle(pd.Timestamp(str(at)).to_pydatetime(), price, price, price, price, Decimal(1))
        for at, close in closes(coin).items()
        for price in [Decimal(repr(close))]
    )
    return Candles(coin, DAY, tuple(bars), "Binance", NOW)


@pytest.mark.parametrize("coin", COINS)
def test_the_price_half_is_what_pandas_finds_on_each_day(coin: str) -> None:
    series = closes(coin)
    high = series.shift(1).rolling(20).max()
    fortnight = series.pct_change(14, fill_method=None)
    median = fortnight.rolling(90, min_periods=30).median()
    stalled = ~(series > high) & (fortnight < median)
    for back in BACK:
        now, day = NOW - DAY * back, pd.Timestamp(NOW.date(), tz=UTC) - (back + 1) * DAY
        found, _ = stand_of(candles(coin), now)
        if day not in series.index or pd.isna(median[day]):
            assert found is None
            continue
        assert found is not None
        assert found.from_high == pytest.approx(series[day] / high[day] - 1)
        assert (found.fortnight, found.median) == pytest.approx((fortnight[day], median[day]))
        assert found.is_stalled == stalled[day]


@pytest.mark.parametrize("coin", COINS)
def test_the_funding_half_is_what_pandas_finds(coin: str) -> None:
    frame = pd.read_csv(RATES / f"{coin}.csv", dtype={"funding_rate": str})
    at = pd.to_datetime(frame["timestamp"], unit="ms", utc=True).dt.floor("min")
    rates = pd.Series(frame["funding_rate"].astype(float).to_numpy(), index=at)
    hours = at.diff().dt.total_seconds().bfill().to_numpy() / 3600
    table = pd.DataFrame({"rate": rates, "hours": pd.Series(hours, index=at)})
    means = []
    for back in range(84):
        week = table[(table.index > NOW - DAY * (back + 7)) & (table.index <= NOW - DAY * back)]
        if week["hours"].sum() >= 0.8 * 168:
            means.append(week["rate"].sum() / week["hours"].sum() * 8)
    week_mean = means[0]
    as_far = sum(mean >= week_mean if week_mean > 0 else mean <= week_mean for mean in means)
    is_top = len(means) >= 30 and 10 * as_far <= len(means)
    is_crowded = is_top or abs(week_mean) >= 0.0003

    rows = (
        Settlement(Decimal(rate), when.to_pydatetime()) for when, rate in zip(at, frame["funding_rate"], strict=True)
    )
    found = crowded(FundingHistory(perpetual(coin, exchange="binance"), tuple(rows), NOW, "Binance"), NOW)
    assert found is not None
    assert float(found.week_per_eight_hours) == pytest.approx(week_mean)
    assert (found.weeks, found.is_top_tenth) == (len(means), is_top)
    assert (found.crowding is not Crowding.NONE) == is_crowded


def test_prices_stall_on_some_of_these_days_and_not_on_others() -> None:
    stands = [stand_of(candles(coin), NOW - DAY * back)[0] for coin in COINS for back in BACK]
    known = [each.is_stalled for each in stands if each is not None]
    assert 0.2 < sum(known) / len(known) < 0.8
