"""Crowded longs and shorts: the 7-day mean against 0.03 % per 8 h and against the coin's own of 90 days."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.crowding import Crowded, Crowding, crowded
from chatbot.core.markets import FundingHistory, Settlement
from tests.samples import NOW, d, perpetual

EIGHT_HOURS = timedelta(hours=8)


def past(rates: Sequence[str | Decimal], interval: timedelta = EIGHT_HOURS) -> FundingHistory:
    """The last one at NOW."""
    charged = [NOW - interval * back for back in range(len(rates))][::-1]
    rows = tuple(Settlement(Decimal(rate), at) for rate, at in zip(rates, charged, strict=True))
    return FundingHistory(perpetual(exchange="binance"), rows, NOW, "test")


def told(rates: Sequence[str | Decimal], interval: timedelta = EIGHT_HOURS) -> Crowded:
    found = crowded(past(rates, interval), NOW)
    assert found is not None
    return found


def days(rate: str, count: int) -> list[str]:
    return [rate] * (3 * count)


def test_a_week_at_three_hundredths_of_a_percent_is_crowded_whatever_came_before() -> None:
    assert told(days("0.0003", 7)).crowding is Crowding.LONGS
    assert told(days("-0.0003", 7)).crowding is Crowding.SHORTS
    assert told(days("0.0002999", 7)).crowding is Crowding.NONE


def test_the_mean_is_per_eight_hours_whatever_the_interval() -> None:
    # an hour at 0.00375 % is 0.03 % in eight
    hourly = told(["0.0000375"] * 24 * 7, timedelta(hours=1))
    assert hourly.week_per_eight_hours == d("0.0003")
    assert hourly.crowding is Crowding.LONGS


def test_a_small_mean_is_crowded_where_it_is_the_coins_own_highest_of_ninety_days() -> None:
    found = told(days("0.00001", 83) + days("0.0001", 7))
    # 84 means; those of the last seven days rise towards the last, so one is as far as the last: 10 <= 84
    assert (found.crowding, found.is_top_tenth, found.weeks) == (Crowding.LONGS, True, 84)


@pytest.mark.parametrize(
    ("last_week", "by_its_own", "cool"),
    [("0.0001", True, True), ("0.0002", True, False), ("0.0003", False, False), ("0.00001", False, True)],
)
def test_what_is_high_for_the_coin_alone_is_told_from_what_is_high_anywhere(
    last_week: str, by_its_own: bool, cool: bool
) -> None:
    found = told(days("0.00001", 83) + days(last_week, 7))
    assert (found.is_by_its_own_weeks, found.is_cool) == (by_its_own, cool)


def test_the_same_for_shorts() -> None:
    found = told(days("-0.00001", 83) + days("-0.0001", 7))
    assert (found.crowding, found.is_top_tenth) == (Crowding.SHORTS, True)


def test_a_positive_mean_is_not_crowded_where_a_tenth_of_the_weeks_were_higher() -> None:
    found = told(days("0.0002", 30) + days("0.0001", 60))
    assert (found.crowding, found.is_top_tenth) == (Crowding.NONE, False)


def test_what_never_changes_is_no_top_tenth_of_itself() -> None:
    # Bitcoin's 0.01 % for a whole quarter: all 84 means are as high
    assert told(days("0.0001", 90)).crowding is Crowding.NONE


def test_zero_is_nobodys_crowd() -> None:
    assert told(days("0", 90)).crowding is Crowding.NONE


def test_below_thirty_means_a_tenth_says_nothing() -> None:
    # 34 days: 28 whole weeks, and the one that only lacks its first day
    found = told(days("0.00001", 27) + days("0.0001", 7))
    assert (found.weeks, found.is_top_tenth, found.crowding) == (29, False, Crowding.NONE)


def test_a_week_that_is_mostly_missing_is_not_judged() -> None:
    assert crowded(past(days("0.001", 5)), NOW) is None
    assert crowded(past(()), NOW) is None


def test_weeks_with_a_hole_are_left_out_of_the_comparison() -> None:
    rows = past(days("0.00001", 83) + days("0.0001", 7)).settlements
    holed = rows[:100] + rows[130:]  # ten days
    found = crowded(FundingHistory(perpetual(), holed, NOW, "test"), NOW)
    assert found is not None
    # a mean needs 5.6 of its 7 days, 17 settlements; with a hole of 30 these are those ended from the 5th lost
    # settlement to the 17th after it: 30 - 4 + 12 = 38 settlements, 13 days, less or more one for where the day begins
    assert 84 - found.weeks == pytest.approx(13, abs=1)


@given(rates=st.lists(st.decimals(min_value="-0.001", max_value="0.001", places=6), min_size=21, max_size=270))
def test_what_is_crowded_for_one_side_is_crowded_for_the_other_when_every_sign_turns(rates: list[Decimal]) -> None:
    turned = {Crowding.LONGS: Crowding.SHORTS, Crowding.SHORTS: Crowding.LONGS, Crowding.NONE: Crowding.NONE}
    before, after = told(rates), told([-rate for rate in rates])
    assert after.crowding is turned[before.crowding]
    assert after.week_per_eight_hours == -before.week_per_eight_hours
