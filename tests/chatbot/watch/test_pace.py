"""How often an exchange is looked at."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.watch.pace import pace
from tests.chatbot.core.alerts.samples import HOUR, board, row
from tests.samples import NOW

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def next_look(hours: int | None = 8, charged_in: timedelta = 3 * HOUR, age: timedelta = timedelta()) -> timedelta:
    board_then = board("bybit", row(hours=hours, due_at=NOW + charged_in), as_of=NOW - age)
    return pace([board_then], NOW)["bybit"] - NOW


@pytest.mark.parametrize(
    ("hours", "gap"), [(1, 60 * SECOND), (4, 120 * SECOND), (8, 120 * SECOND), (None, 120 * SECOND)]
)
def test_a_sixtieth_of_the_interval_within_bounds(hours: int | None, gap: timedelta) -> None:
    assert next_look(hours) == gap


def test_more_often_in_the_five_minutes_before_a_charge_and_right_after_it() -> None:
    assert next_look(charged_in=6 * MINUTE) == MINUTE  # when the five minutes begin
    assert next_look(charged_in=5 * MINUTE) == 20 * SECOND
    assert next_look(charged_in=5 * SECOND) == 20 * SECOND


def test_an_old_board_means_that_a_new_one_is_on_its_way() -> None:
    assert next_look(age=110 * SECOND) == 10 * SECOND
    assert next_look(age=2 * MINUTE) == 10 * SECOND


def test_an_exchange_that_is_down_is_asked_once_a_minute() -> None:
    assert next_look(age=3 * MINUTE) == MINUTE


def test_without_rates_there_is_no_charge_to_be_early_for() -> None:
    assert pace([board("okx")], NOW) == {"okx": NOW + 2 * MINUTE}


@given(st.sampled_from([None, 1, 2, 4, 8]), st.integers(-9000, 9000), st.integers(0, 3000))
def test_never_sooner_than_ten_seconds_nor_later_than_two_minutes(hours: int | None, charged_in: int, age: int) -> None:
    gap = next_look(hours, charged_in * SECOND, age * SECOND)
    assert 10 * SECOND <= gap <= 2 * MINUTE


def test_each_exchange_has_its_own_time() -> None:
    looks: dict[str, datetime] = pace([board("bybit", row(hours=1)), board("okx", row(hours=8))], NOW)
    assert looks == {"bybit": NOW + MINUTE, "okx": NOW + 2 * MINUTE}
