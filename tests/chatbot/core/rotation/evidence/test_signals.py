"""What the rule sees of a day is what /rotate would have said of it on that day."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.crowding import Crowding, crowded
from chatbot.core.markets import FundingHistory, Settlement
from chatbot.core.panel import Seconds, closes_of, panel_of
from chatbot.core.rotation.evidence.signals import crowded_longs, is_stalled, signals_of
from chatbot.core.rotation.exits import stand_of
from tests.fakes import candles
from tests.samples import NOW, d, perpetual

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "data" / "funding_binance_8h"
DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


def days_before(end: datetime, count: int) -> tuple[datetime, ...]:
    return tuple(end - DAY * back for back in reversed(range(count)))


def opened(days: Sequence[datetime]) -> Seconds:
    return np.array([int(day.timestamp()) for day in days], dtype=np.int64)


def settled(rates: Sequence[str], until: datetime = MIDNIGHT) -> FundingHistory:
    """Every 8 hours, the last one at `until`."""
    last = len(rates) - 1
    rows = tuple(Settlement(d(rate), until - timedelta(hours=8) * (last - at)) for at, rate in enumerate(rates))
    return FundingHistory(perpetual(), rows, until, "Bybit")


def judged(history: FundingHistory, days: Sequence[datetime]) -> list[bool]:
    """By the function that judges today."""
    found = [crowded(history, day) for day in days]
    return [each is not None and each.crowding is Crowding.LONGS for each in found]


def test_a_week_at_three_hundredths_of_a_percent_is_crowded_and_just_below_it_is_not() -> None:
    days = days_before(MIDNIGHT, 3)
    assert crowded_longs(settled(["0.0003"] * 60), opened(days)).tolist() == [True] * 3
    assert not crowded_longs(settled(["0.00029"] * 60), opened(days)).any()
    assert not crowded_longs(settled(["-0.0003"] * 60), opened(days)).any()


def test_what_was_the_same_all_the_time_is_no_top_tenth_and_a_rise_at_the_end_is_one() -> None:
    days = days_before(MIDNIGHT, 3)
    assert not crowded_longs(settled(["0.0001"] * 300), opened(days)).any()
    assert crowded_longs(settled(["0.0001"] * 290 + ["0.0002"] * 10), opened(days)).all()


def test_without_a_week_of_settlements_nothing_is_crowded() -> None:
    assert not crowded_longs(settled(["0.001"] * 12), opened(days_before(MIDNIGHT, 3))).any()
    assert not crowded_longs(settled([]), opened(days_before(MIDNIGHT, 3))).any()


@given(st.lists(st.integers(-50, 60), min_size=30, max_size=300))
def test_every_day_is_judged_as_it_would_have_been_judged_then(rates: list[int]) -> None:
    history = settled([f"{rate}e-5" for rate in rates])
    days = days_before(MIDNIGHT, 20)
    assert crowded_longs(history, opened(days)).tolist() == judged(history, days)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded funding is not here")
def test_recorded_funding_is_judged_alike_by_both() -> None:
    crowds = 0
    for file in sorted(RECORDED.glob("*.csv")):
        with file.open() as lines:
            rows = [(int(row["timestamp"]), row["funding_rate"]) for row in csv.DictReader(lines)]
        settlements = tuple(Settlement(d(rate), datetime.fromtimestamp(at / 1000, UTC)) for at, rate in rows)
        end = settlements[-1].charged_at.replace(hour=0, minute=0, second=0, microsecond=0)
        history, days = FundingHistory(perpetual(), settlements, end, "Binance"), days_before(end, 15)
        found = crowded_longs(history, opened(days)).tolist()
        assert found == judged(history, days), file.name
        crowds += sum(found)
    assert crowds > 0


@given(st.lists(st.sampled_from([-0.03, -0.01, 0.0, 0.01, 0.03]), min_size=20, max_size=140))
def test_a_price_is_stalled_where_the_exit_signal_says_so(changes: list[float]) -> None:
    bars = candles("UNI", changes)
    stand, _ = stand_of(bars, NOW)
    assert is_stalled(closes_of(bars).prices) == (stand is not None and stand.is_stalled)


def test_the_two_strongest_are_those_with_the_highest_month_against_bitcoin() -> None:
    moves = {"BTC": 0.0, "A": 0.01, "B": 0.01, "C": -0.01, "D": -0.01, "E": 0.005, "F": 0.005, "G": 0.02}
    panel = panel_of({coin: candles(coin, [move] * 70) for coin, move in moves.items()})
    signals = signals_of(panel, {"up": ("A", "B"), "down": ("C", "D"), "slow": ("E", "F"), "alone": ("G",)})
    assert signals.strongest(60, 2) == (0, 2)
    # (1.01^30 - 1) = 34.8 %, bitcoin stands; a sector of one is not ranked
    assert signals.strengths[60] == pytest.approx([1.01**30 - 1, 0.99**30 - 1, 1.005**30 - 1, np.nan], nan_ok=True)
    # a coin counts from its 30th return on, so an index of 30 days is whole on the 60th day
    assert np.isnan(signals.strengths[58]).all()
    assert signals.counts[29].sum() == 0
    assert signals.counts[30].all()
