"""Numbers and times come back as they went in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from storage.tables import ExactDecimal, Instant, instant_text

SCRATCH = Table("scratch", MetaData(), Column("amount", ExactDecimal), Column("at", Instant))


def stored(value: object, column: str) -> object:
    """What a database in memory makes of it."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            SCRATCH.create(connection)
            connection.execute(insert(SCRATCH).values({column: value}))
            return connection.execute(select(SCRATCH.c[column])).scalar_one()
    finally:
        engine.dispose()


@pytest.mark.parametrize("digits", ["0.100000000000000000001", "1E+30", "-0", "0E-18", "1.50", "123456789012345678.9"])
def test_a_decimal_comes_back_digit_for_digit(digits: str) -> None:
    back = stored(Decimal(digits), "amount")
    assert isinstance(back, Decimal)
    assert str(back) == digits


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(StatementError, match="is not an amount"):
        stored(Decimal(value), "amount")


def test_nothing_stays_nothing() -> None:
    assert stored(None, "amount") is None
    assert stored(None, "at") is None


def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    back = stored(datetime(2026, 4, 1, 1, 0, tzinfo=kolkata), "at")
    # 01:00 at +05:30 is 19:30 UTC of the day before.
    assert back == datetime(2026, 3, 31, 19, 30, tzinfo=UTC)
    assert isinstance(back, datetime)
    assert back.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        stored(datetime(2026, 4, 1, 1, 0), "at")  # noqa: DTZ001 - that is the point


aware = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone


@given(aware, aware)
def test_texts_of_times_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    assert (instant_text(one) < instant_text(other)) == (one < other)
