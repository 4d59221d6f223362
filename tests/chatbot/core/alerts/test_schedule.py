"""When lists are due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.alerts.schedule import next_hour, next_settlement, settlement_before

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_settlements_are_at_midnight_eight_and_sixteen_utc() -> None:
    assert settlement_before(utc(2026, 11, 20, 15, 59)) == utc(2026, 11, 20, 8)
    assert settlement_before(utc(2026, 11, 20, 16)) == utc(2026, 11, 20, 16)
    assert next_settlement(utc(2026, 11, 20, 16)) == utc(2026, 11, 21)


@pytest.mark.parametrize(
    ("hour", "now", "due_at"),
    [
        (8, utc(2026, 11, 20, 6, 59), utc(2026, 11, 20, 7)),  # CET is an hour ahead
        (8, utc(2026, 11, 20, 7), utc(2026, 11, 21, 7)),
        (8, utc(2026, 3, 28, 7), utc(2026, 3, 29, 6)),  # the clocks went forward that night: 23 hours later
        (2, utc(2026, 3, 29, 0, 0), utc(2026, 3, 29, 1)),  # 02:00 is left out; 03:00 CEST comes instead
        (2, utc(2026, 10, 24, 12), utc(2026, 10, 25, 0)),  # 02:00 comes twice: the first, still CEST
        (2, utc(2026, 10, 25, 0), utc(2026, 10, 26, 1)),  # and not the second
    ],
)
def test_an_hour_of_the_day_in_berlin(hour: int, now: datetime, due_at: datetime) -> None:
    assert next_hour(hour, "Europe/Berlin", now) == due_at


@given(
    st.integers(0, 23),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - the zone comes next
)
def test_it_comes_once_a_day_at_that_hour_or_the_one_after_it(hour: int, zone: str, naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC)
    due_at = next_hour(hour, zone, now)
    assert now < due_at <= now + timedelta(hours=26)
    here = due_at.astimezone(ZoneInfo(zone))
    assert (here.hour, here.minute) == (hour, 0) or (here - timedelta(hours=1)).utcoffset() != here.utcoffset()
    assert next_hour(hour, zone, due_at) - due_at >= timedelta(hours=22)
