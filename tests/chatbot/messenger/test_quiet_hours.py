"""Quiet hours, by the clock on the wall."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.command import ChatSettings
from chatbot.core.chats import QuietHours
from chatbot.messenger.quiet_hours import quiet_until

NIGHT = QuietHours(22, 7)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("UTC", "2026-11-20T21:59", None),
        ("UTC", "2026-11-20T22:00", "2026-11-21T07:00"),
        ("UTC", "2026-11-21T06:59", "2026-11-21T07:00"),
        ("UTC", "2026-11-21T07:00", None),
        ("Europe/Berlin", "2026-11-20T21:30", "2026-11-21T06:00"),  # 22:30 there, until 7:00 = 6:00 UTC
        ("Asia/Kolkata", "2026-11-20T16:29", None),  # 21:59 there
        ("Asia/Kolkata", "2026-11-20T16:30", "2026-11-21T01:30"),  # 22:00 there; 7:00 is 1:30 UTC
        ("Europe/Berlin", "2026-03-28T22:30", "2026-03-29T05:00"),  # the clock goes forward at night: 7:00 is 5:00 UTC
        ("Europe/Berlin", "2026-10-24T21:30", "2026-10-25T06:00"),  # and back: 23:30 there, 7:00 is 6:00 UTC
    ],
)
def test_the_night_ends_in_the_morning_of_the_chat(zone: str, now: str, until: str | None) -> None:
    settings = ChatSettings(zone=zone, quiet=NIGHT)
    assert quiet_until(settings, at(now)) == (at(until) if until else None)


def test_hours_within_a_day() -> None:
    settings = ChatSettings(quiet=QuietHours(9, 17))
    assert quiet_until(settings, at("2026-11-20T12:00")) == at("2026-11-20T17:00")
    assert quiet_until(settings, at("2026-11-20T17:00")) is None


def test_nobody_who_chose_none_has_quiet_hours() -> None:
    assert quiet_until(ChatSettings(), at("2026-11-20T03:00")) is None


def test_equal_hours_are_the_whole_day() -> None:
    settings = ChatSettings(quiet=QuietHours(8, 8))
    assert quiet_until(settings, at("2026-11-20T08:00")) == at("2026-11-21T08:00")
    assert quiet_until(settings, at("2026-11-20T07:59")) == at("2026-11-20T08:00")


@given(
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.datetimes(at("2026-01-01").replace(tzinfo=None), at("2027-01-01").replace(tzinfo=None)),
)
def test_the_end_is_ahead_within_a_day_and_then_it_is_quiet_no_more(
    first: int, last: int, zone: str, now: datetime
) -> None:
    settings, at_ = ChatSettings(zone=zone, quiet=QuietHours(first, last)), now.replace(tzinfo=UTC)
    until = quiet_until(settings, at_)
    if until is not None:
        assert at_ < until <= at_ + timedelta(hours=25)
        assert first == last or quiet_until(settings, until) is None
