"""What one perpetual really charged: sums, holes, changed intervals, and how they are drawn."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.markets import FundingHistory, Settlement
from chatbot.core.record import MOST_POINTS, Gap, RecordPlan, plan_record
from tests.samples import NOW, d, perpetual

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data"
GATE = "BTC-USDT_gate_2020-01-01_2024-01-01_funding_history"
DYDX = "BTC-USDT_dydx_2022-01-01_2024-01-01_funding_history"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = timedelta(days=30)


def past(hours_apart: Sequence[int], rates: Sequence[str | Decimal] | None = None) -> FundingHistory:
    """Settlements whose last is at NOW and whose distances are these, each at 0.01 % unless rates are given."""
    charged = [NOW - HOUR * sum(hours_apart[at:]) for at in range(len(hours_apart) + 1)]
    told = rates or ["0.0001"] * len(charged)
    rows = tuple(Settlement(Decimal(rate), at) for rate, at in zip(told, charged, strict=True))
    return FundingHistory(perpetual("BTC"), rows, NOW, "test")


def plan(hours_apart: Sequence[int], rates: Sequence[str | Decimal] | None = None, now: datetime = NOW) -> RecordPlan:
    return plan_record(past(hours_apart, rates), timedelta(days=365), now)


def test_a_month_at_a_hundredth_of_a_percent_is_nine_tenths_of_a_percent_for_a_short() -> None:
    found = plan_record(past([8] * 120), MONTH, NOW)
    # 90 settlements of 0.0001 in 30 days; 0.009 * 365 / 30
    assert (found.settlements, found.total_share, found.covered) == (90, d("0.009"), MONTH)
    assert found.rate_per_year == pytest.approx(d("0.1095"))
    assert (found.negative_share, found.high_share, found.gaps, found.new_intervals) == (0, 0, (), ())
    assert not found.is_shorter


def test_realised_carry_is_the_sum_over_the_years_that_were_paid_for_never_the_mean_times_8760() -> None:
    # 5 rows of 8 h at 0.02 %, then 8 rows of 1 h at 0.001 %: 0.00108 in 48 h = 0.1971 a year;
    # the mean of the rows, 0.0083 %, times 8,760 would be 72.8 %
    found = plan([8] * 4 + [1] * 8, ["0.0002"] * 5 + ["0.00001"] * 8)
    assert found.total_share == d("0.00108")
    assert found.covered == 48 * HOUR
    assert found.rate_per_year == pytest.approx(d("0.1971"))


def test_the_share_of_time_below_zero_counts_hours_not_settlements() -> None:
    # 4 rows of 8 h above zero, 4 rows of 4 h below: 16 of 48 hours, though half of the rows
    found = plan([8] * 3 + [4] * 4, ["0.0001"] * 4 + ["-0.0001"] * 4)
    assert found.negative_share == d(1) / d(3)


def test_the_share_above_a_twentieth_of_a_percent_is_measured_per_eight_hours() -> None:
    # 0.03 % in four hours is 0.06 % per 8 h
    assert plan([4] * 3, ["0.0003"] * 3 + ["0.0001"]).high_share == d("0.75")


def test_a_hole_is_named_and_is_neither_time_nor_payment() -> None:
    # of 8 h after a day's rest: 16:00 and 00:00 are missing
    found = plan([8, 8, 8, 24, 8, 8])
    hole = NOW - 40 * HOUR, NOW - 24 * HOUR
    assert found.gaps == (Gap(*hole),)
    assert found.covered == 7 * 8 * HOUR
    assert found.rate_per_year == pytest.approx(d("0.1095"))
    assert [point.is_behind_gap for point in found.points] == [False, False, False, False, True, False, False]


def test_a_settlement_that_is_long_overdue_is_a_hole_up_to_now() -> None:
    assert plan([8] * 5, now=NOW + 11 * HOUR).gaps == ()
    assert plan([8] * 5, now=NOW + 13 * HOUR).gaps == (Gap(NOW, NOW + 13 * HOUR),)


def test_a_changed_interval_is_named_with_the_settlement_from_which_it_holds() -> None:
    found = plan([8] * 5 + [4] * 5)
    (change,) = found.new_intervals
    assert (change.at, change.before, change.after) == (NOW - 16 * HOUR, 8 * HOUR, 4 * HOUR)
    assert found.interval == 4 * HOUR


def test_a_late_settlement_is_no_changed_interval() -> None:
    assert plan([8, 8, 8, 10, 6, 8, 8]).new_intervals == ()
    assert plan([1, 1, 1, 3, 4, 4]).new_intervals[0].after == 4 * HOUR


def test_an_exchange_that_gives_less_than_was_asked_for_is_told_of() -> None:
    found = plan_record(past([8] * 30), timedelta(days=90), NOW)
    assert found.is_shorter
    assert found.since == NOW - 31 * 8 * HOUR


def test_a_curve_of_hourly_settlements_is_drawn_by_the_day() -> None:
    found = plan([1] * 24 * 20)
    assert len(found.points) <= MOST_POINTS
    # each whole day pays 24 times 0.01 %, which is 0.08 % per 8 h
    assert {point.per_eight_hours for point in found.points} == {d("0.0008")}
    assert found.points[-1].received_share == found.total_share


def test_a_point_stands_for_the_time_that_it_was_charged_for() -> None:
    found = plan([8, 8, 8, 24, 8, 8])
    assert [point.at - point.since for point in found.points] == [8 * HOUR] * 7
    assert found.points[4].since == found.gaps[0].until


def test_days_are_parted_at_a_hole() -> None:
    # hourly up to a hole of six hours within a day
    found = plan([1] * 24 * 18 + [7] + [1] * 24 * 2)
    (behind,) = [point for point in found.points if point.is_behind_gap]
    assert behind.since == found.gaps[0].until
    assert found.points[-1].received_share == found.total_share


def test_without_settlements_there_is_nothing_to_tell() -> None:
    with pytest.raises(NotPossible):
        plan_record(past([8] * 3), MONTH, NOW + timedelta(days=60))


@given(
    hours=st.lists(st.sampled_from([1, 4, 8]), min_size=2, max_size=60),
    factor=st.sampled_from([1, -1]),
    data=st.data(),
)
def test_what_a_short_received_is_the_sum_of_all_rates_and_its_sign_is_theirs(
    hours: list[int], factor: int, data: st.DataObject
) -> None:
    rates = [factor * data.draw(st.decimals(min_value="0.000001", max_value="0.01", places=6)) for _ in [0, *hours]]
    found = plan(hours, rates)
    assert found.total_share == sum(rates)
    assert found.points[-1].received_share == found.total_share
    assert found.total_share * factor > 0
    assert found.rate_per_year * factor > 0
    assert found.negative_share == (0 if factor > 0 else 1)


def read(file: Path, form: str) -> FundingHistory:
    if not file.exists():
        pytest.skip("the recorded settlements are not here")
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    settled = [Settlement(d(row[form]), when(row)) for row in rows]
    return FundingHistory(perpetual("BTC"), tuple(settled), NOW, "recorded")


def when(row: dict[str, str]) -> datetime:
    if "timestamp" in row:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(row["timestamp"]))
    return datetime.fromisoformat(row["Date"]).replace(tzinfo=UTC)


def whole(history: FundingHistory) -> RecordPlan:
    end = history.settlements[-1].charged_at
    return plan_record(history, end - history.settlements[0].charged_at + DAY, end)


@pytest.mark.parametrize(
    ("coin", "changes"),
    [
        ("ALICE", ["28 Feb 01:00 8 to 1", "03 Mar 12:00 1 to 4"]),
        ("COS", ["08 Mar 13:00 4 to 1", "11 Mar 00:00 1 to 4", "14 Mar 17:00 4 to 1", "17 Mar 04:00 1 to 4"]),
        ("STEEM", ["05 Mar 16:00 1 to 4"]),
    ],
)
def test_recorded_changes_of_the_interval_are_named(coin: str, changes: list[str]) -> None:
    found = whole(read(RECORDED / "funding_binance_interval_changes" / f"{coin}USDT.csv", "funding_rate"))
    told = [f"{each.at:%d %b %H:%M} {each.before // HOUR} to {each.after // HOUR}" for each in found.new_intervals]
    assert told == changes
    assert found.gaps == ()


def test_four_recorded_years_of_bitcoin_are_what_is_published_of_them() -> None:
    file = RECORDED / "funding_long_history" / "binance_BTC.json"
    if not file.exists():
        pytest.skip("the recorded settlements are not here")
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    rows = ((row["funding_rate"], epoch + timedelta(milliseconds=row["time"])) for row in json.loads(file.read_text()))
    settled = tuple(Settlement(d(rate), charged) for rate, charged in rows)
    found = whole(FundingHistory(perpetual("BTC"), settled, NOW, "recorded"))
    # 7.3 % a year to shorts; negative 13.4 % of the time, above 0.05 % only 0.6 %; a point for each of 1,459 days
    assert round(found.rate_per_year, 3) == d("0.073")
    assert (round(found.negative_share, 3), round(found.high_share, 3)) == (d("0.134"), d("0.006"))
    assert (len(found.points), found.gaps, found.new_intervals) == (1459, (), ())
    assert found.points[-1].received_share == found.total_share


def test_a_recorded_month_without_settlements_is_named_and_not_counted() -> None:
    found = whole(read(RECORDED / "funding_multi_exchange" / f"{GATE}.csv", "Funding Rate"))
    # 30 Nov 2020 16:00 is followed by 1 Jan 2021 00:00, which paid for its own 8 hours alone
    assert found.gaps == (Gap(datetime(2020, 11, 30, 16, tzinfo=UTC), datetime(2020, 12, 31, 16, tzinfo=UTC)),)
    assert found.covered == 4290 * 8 * HOUR
    assert round(found.rate_per_year, 4) == d("0.1403")


def test_two_years_of_recorded_hourly_settlements_are_summed_whole() -> None:
    found = whole(read(RECORDED / "funding_multi_exchange" / f"{DYDX}.csv", "Funding Rate"))
    # 17,520 hours are two years
    assert (found.settlements, found.covered, found.gaps) == (17_520, 730 * DAY, ())
    assert round(found.rate_per_year, 4) == d("0.0462")
    assert len(found.points) == 730
