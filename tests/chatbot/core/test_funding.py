"""Funding: who pays whom, per day and per year, and what histories with holes and changing intervals really paid."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.funding import (
    Realised,
    apr,
    apy,
    is_suspicious,
    per_day,
    per_eight_hours,
    realised,
    received_quote,
    settlement_intervals,
)
from chatbot.core.markets import FundingHistory, Settlement
from chatbot.core.portfolio import Side
from tests.samples import NOW, d, funding, perpetual

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data"
HOUR = timedelta(hours=1)
RATES = st.decimals(min_value="-0.02", max_value="0.02", places=6)


def rows(hours_apart: Iterable[float], rates: Sequence[str] | None = None) -> tuple[Settlement, ...]:
    """Settlements whose last is at NOW and whose distances are these, each at 0.01 % unless rates are given."""
    distances = list(hours_apart)
    charged = [NOW - timedelta(hours=sum(distances[at:])) for at in range(len(distances) + 1)]
    return tuple(Settlement(d(rate), at) for rate, at in zip(rates or ["0.0001"] * len(charged), charged, strict=True))


def past(settlements: tuple[Settlement, ...]) -> FundingHistory:
    return FundingHistory(perpetual(), settlements, NOW, "test")


def whole(settlements: tuple[Settlement, ...]) -> Realised:
    found = realised(past(settlements), NOW, timedelta(days=10_000))
    assert found is not None
    return found


def in_hours(settlements: tuple[Settlement, ...]) -> list[float]:
    return [interval / HOUR for interval in settlement_intervals(settlements)]


def test_a_short_of_fifteen_thousand_earns_one_and_a_half_dollars_each_eight_hours() -> None:
    # 15,000 * 0.0001 = 1.50, three times a day 4.50
    assert received_quote(Side.SHORT, d(15_000), d("0.0001")) == d("1.5")
    assert received_quote(Side.SHORT, d(15_000), per_day(funding()) or d(0)) == d("4.5")


def test_negative_funding_is_paid_by_the_short_and_received_by_the_long() -> None:
    assert received_quote(Side.SHORT, d(15_000), d("-0.0001")) == d("-1.5")
    assert received_quote(Side.LONG, d(15_000), d("-0.0001")) == d("1.5")


@pytest.mark.parametrize(
    ("rate", "hours", "simple", "compounded"),
    [
        ("0.0001", 8, "0.1095", "0.1157"),  # 1,095 intervals a year
        ("0.0005", 8, "0.5475", "0.7287"),  # 1.0005^1095 = 1.7287
        ("0.0001", 4, "0.2190", "0.2448"),  # 2,190 intervals: 1.0001^2190 = 1.2448
        ("0.0000125", 1, "0.1095", "0.1157"),  # 8,760 intervals
        ("-0.0001", 8, "-0.1095", "-0.1037"),  # 0.9999^1095 = 0.8963
    ],
)
def test_a_year_at_this_rate(rate: str, hours: int, simple: str, compounded: str) -> None:
    shown = funding(rate, timedelta(hours=hours))
    assert apr(shown) == d(simple)
    assert round(apy(shown) or d(0), 4) == d(compounded)


def test_exchanges_are_compared_per_eight_hours() -> None:
    assert per_eight_hours(funding("0.0001", timedelta(hours=1))) == d("0.0008")
    assert per_eight_hours(funding("0.0001", timedelta(hours=4))) == d("0.0002")


def test_where_the_interval_is_unknown_there_is_no_rate_but_its_own() -> None:
    unknown = funding(interval=None)
    assert [work_out(unknown) for work_out in (per_day, per_eight_hours, apr, apy)] == [None] * 4


def test_more_than_three_percent_in_eight_hours_is_suspicious_in_either_direction() -> None:
    assert not is_suspicious(funding("0.03"))
    assert is_suspicious(funding("-0.0301"))
    # 0.4 % an hour is 3.2 % in eight
    assert is_suspicious(funding("0.004", HOUR))
    assert is_suspicious(funding("0.04", None))


@given(notional=st.decimals(min_value=0, max_value=10**9, places=2), rate=RATES)
def test_what_the_short_receives_the_long_pays(notional: Decimal, rate: Decimal) -> None:
    received = received_quote(Side.SHORT, notional, rate)
    assert received == -received_quote(Side.LONG, notional, rate)
    assert (received > 0) == (notional > 0 and rate > 0)


def test_intervals_come_from_the_timestamps_and_the_first_is_that_of_the_second() -> None:
    assert in_hours(rows([8, 8, 8])) == [8, 8, 8, 8]
    assert in_hours(rows([8])) == [8, 8]
    assert in_hours(rows([])) == []


def test_an_interval_that_changes_is_followed_row_by_row() -> None:
    assert in_hours(rows([8, 8, 1, 1, 1, 4, 4])) == [8, 8, 8, 1, 1, 1, 4, 4]


def test_one_row_after_three_hours_between_one_and_four_is_no_hole() -> None:
    # Binance, COS, March 2026: hourly until 13:00, then 16:00 and every four hours
    assert in_hours(rows([1, 1, 3, 4, 4])) == [1, 1, 1, 3, 4, 4]


def test_a_delayed_settlement_is_no_hole() -> None:
    # HTX, 2021: ten hours, then six
    assert in_hours(rows([8, 8, 10, 6, 8, 8])) == [8, 8, 8, 10, 6, 8, 8]


@pytest.mark.parametrize("hole", [16, 24, 752])
def test_a_hole_is_not_an_interval(hole: int) -> None:
    assert in_hours(rows([8, 8, hole, 8, 8])) == [8, 8, 8, 8, 8, 8]


def test_behind_a_hole_the_interval_is_that_of_the_rows_that_follow() -> None:
    assert in_hours(rows([8, 8, 221, 1, 1])) == [8, 8, 8, 1, 1, 1]


def test_two_holes_beside_each_other_are_two_holes() -> None:
    assert in_hours(rows([1, 1, 5, 7, 1, 1])) == [1] * 7


def test_at_the_end_of_the_data_a_usual_length_is_a_change_and_any_other_a_hole() -> None:
    assert in_hours(rows([4, 4, 8])) == [4, 4, 4, 8]
    assert in_hours(rows([4, 4, 12])) == [4, 4, 4, 4]


def test_settlements_stamped_some_milliseconds_late_have_whole_intervals() -> None:
    exact = rows([8, 8, 8])
    late = tuple(Settlement(row.rate_per_interval, row.charged_at + timedelta(milliseconds=7)) for row in exact[::2])
    assert in_hours(tuple(sorted((*late, *exact[1::2]), key=lambda row: row.charged_at))) == [8, 8, 8, 8]


def test_what_was_paid_is_the_sum_over_the_time_that_was_covered() -> None:
    # eight hours at 0.02 %, then four rows of one hour at 0.01 %: 0.06 % in 8 + 8 + 4 = 20 h
    found = whole(rows([8, 1, 1, 1, 1], ["0.0002", "0.0002", "0.0001", "0.0001", "-0.0001", "0.0001"]))
    assert found.total_share == d("0.0006")
    assert found.covered == timedelta(hours=20)
    assert found.rate_per_day == pytest.approx(d("0.00072"))  # 0.0006 * 24/20
    assert found.rate_per_year == pytest.approx(d("0.2628"))  # 0.0006 * 8760/20, not mean 0.0001 * 8760 = 0.876
    assert found.negative_share == d(1) / 6
    assert (found.settlements, found.interval, found.gaps) == (6, HOUR, 0)


def test_holes_count_neither_as_time_nor_as_payments() -> None:
    # hourly at 0.001 % for 48 h, 221 h without a row, then hourly at 0.002 % for 48 h:
    # 0.00048 + 0.00096 = 0.00144 over 96 h is 0.00036 a day, 13.14 % a year; over the calendar it would be 3.98 %
    found = whole(rows([1] * 47 + [221] + [1] * 47, ["0.00001"] * 48 + ["0.00002"] * 48))
    assert found.covered == timedelta(hours=96)
    assert found.rate_per_day == pytest.approx(d("0.00036"))
    assert found.rate_per_year == pytest.approx(d("0.1314"))
    assert found.gaps == 1


def test_the_window_opens_after_its_begin_and_closes_at_now() -> None:
    settlements = rows([8] * 30)
    week = realised(past(settlements), NOW, timedelta(days=7))
    assert week is not None
    assert (week.settlements, week.covered) == (21, timedelta(days=7))
    earlier = realised(past(settlements), NOW - timedelta(hours=1), timedelta(days=7))
    assert earlier is not None
    assert earlier.settlements == 21


def test_without_a_settlement_in_the_window_nothing_was_realised() -> None:
    assert realised(past(rows([8, 8])), NOW + timedelta(days=60), timedelta(days=30)) is None
    assert realised(past(rows([])), NOW, timedelta(days=30)) is None
    assert realised(past(()), NOW, timedelta(days=30)) is None


def test_the_first_row_of_a_window_is_judged_by_the_rows_before_it() -> None:
    found = realised(past(rows([4, 4, 4, 4])), NOW, HOUR)
    assert found is not None
    assert (found.settlements, found.covered) == (1, timedelta(hours=4))


def test_the_spread_of_a_week_is_that_of_its_daily_sums() -> None:
    # three days at 0.0006, four at 0.0003: mean 0.0003 * 10/7, deviations squared sum to 0.0003^2 * 12/7, over 6
    rates = ["0.0002"] * 9 + ["0.0001"] * 12
    found = realised(past(rows([8] * 20, rates)), NOW, timedelta(days=7))
    assert found is not None
    assert found.deviation_per_day == pytest.approx(d("0.0003") * (d(2) / d(7)).sqrt())


def test_fewer_than_seven_days_have_no_spread() -> None:
    assert whole(rows([8] * 17)).deviation_per_day is None


def test_what_was_worked_out_for_a_history_is_remembered_until_a_settlement_comes_or_goes() -> None:
    history = past(rows([8] * 30))
    first = realised(history, NOW + HOUR, timedelta(days=7))
    assert realised(history, NOW + 2 * HOUR, timedelta(days=7)) is first
    later = realised(history, NOW + 9 * HOUR, timedelta(days=7))
    assert later is not None
    assert later.settlements == 20


@given(
    lengths=st.lists(st.tuples(st.sampled_from([1, 4, 8]), st.integers(2, 20)), min_size=1, max_size=5),
    rate=RATES,
)
def test_a_constant_rate_without_holes_is_covered_from_end_to_end(
    lengths: list[tuple[int, int]], rate: Decimal
) -> None:
    distances = [hours for hours, times in lengths for _ in range(times)]
    found = whole(rows(distances, [str(rate)] * (len(distances) + 1)))
    assert found.gaps == 0
    assert found.covered == timedelta(hours=sum(distances) + distances[0])
    assert found.total_share == rate * (len(distances) + 1)


@given(before=st.integers(2, 30), after=st.integers(2, 30), missing=st.integers(1, 300), rate=RATES)
def test_rows_that_are_missing_do_not_change_a_constant_rate(
    before: int, after: int, missing: int, rate: Decimal
) -> None:
    distances = [8] * before + [8 * (missing + 1)] + [8] * after
    found = whole(rows(distances, [str(rate)] * (len(distances) + 1)))
    assert found.rate_per_day == pytest.approx(rate * 3, abs=d("1e-15"))
    assert found.gaps == 1


def recorded(coin: str) -> FundingHistory:
    file = RECORDED / "funding_long_history" / f"binance_{coin}.json"
    if not file.exists():
        pytest.skip("the recorded funding history is not here")
    read = json.loads(file.read_text())
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    settlements = (Settlement(d(row["funding_rate"]), begin + timedelta(milliseconds=row["time"])) for row in read)
    return past(tuple(settlements))


def test_bitcoin_paid_shorts_seven_point_three_percent_a_year_from_2022_to_2025() -> None:
    history = recorded("BTC")
    found = realised(history, history.settlements[-1].charged_at, timedelta(days=1500))
    assert found is not None
    assert found.settlements == 4377
    assert found.covered == timedelta(days=1459)
    assert round(found.rate_per_year, 3) == d("0.073")
    assert round(found.negative_share, 3) == d("0.134")
    assert found.gaps == 0


def test_bitcoin_funding_was_above_a_twentieth_of_a_percent_in_six_settlements_of_a_thousand() -> None:
    rates = [row.rate_per_interval for row in recorded("BTC").settlements]
    assert round(sum(rate > d("0.0005") for rate in rates) / len(rates), 3) == 0.006
    # "0.05 % annualised" is 0.05 % / 1,095 a settlement: passed nearly always
    assert round(sum(rate > d("0.0005") / 1095 for rate in rates) / len(rates), 2) == 0.86


@pytest.mark.parametrize("coin", ["ALICE", "COS", "AZTEC", "STEEM", "TLM"])
def test_recorded_histories_whose_interval_changed_are_covered_without_a_hole(coin: str) -> None:
    file = RECORDED / "funding_binance_interval_changes" / f"{coin}USDT.csv"
    if not file.exists():
        pytest.skip("the recorded interval changes are not here")
    read = [line.split(",") for line in file.read_text().splitlines()[1:]]
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    settlements = tuple(Settlement(d(rate), begin + timedelta(milliseconds=int(at))) for at, _, rate in read)
    history = past(settlements)
    found = realised(history, settlements[-1].charged_at, timedelta(days=1000))
    assert found is not None
    span = settlements[-1].charged_at - settlements[0].charged_at + settlement_intervals(settlements)[0]
    assert found.gaps == 0
    assert abs(found.covered - span) < timedelta(minutes=1)


def test_a_settlement_that_can_hardly_be_stays_in_the_sum() -> None:
    # COS paid -2 % in four hours
    assert whole(rows([4, 4], ["0.0001", "-0.02", "0.0001"])).total_share == d("-0.0198")
    assert is_suspicious(funding("-0.02", timedelta(hours=4)))
