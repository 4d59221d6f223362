"""Rates and lengths of time as alerts write them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.grammar.levels import (
    EIGHT_HOURS,
    YEAR,
    joined,
    read_length,
    read_level,
    rounded,
    scaled,
    written_length,
    written_share,
)
from tests.samples import d

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "per_eight_hours"),
    [
        ("0.05%", "0.0005"),
        ("0.05%/8h", "0.0005"),
        ("0.05%/1h", "0.004"),  # 0.0005 * 8
        ("0.05%/h", "0.004"),
        ("0.3%/day", "0.001"),  # 0.003 / 3
        ("-0.01%", "-0.0001"),
        ("−0.01%", "-0.0001"),
        ("5bp", "0.0005"),
        ("54.75%/year", "0.0005"),  # 0.5475 / 1095
        ("1,000%/year", "0.0091324200913242009132420091"),  # 10 / 1095
    ],
)
def test_a_rate_is_read_in_its_own_unit(written: str, per_eight_hours: str) -> None:
    level = read_level(written)
    assert level is not None
    assert level.has_sign
    assert abs(level.per(EIGHT_HOURS, EIGHT_HOURS) - d(per_eight_hours)) < d("1e-27")


@pytest.mark.parametrize("written", ["BTC", "1,5%", "0.05%/8", "0.05%/moon", "0.05%/5m", "%", "5x", "1INCH", ""])
def test_what_is_no_rate_or_not_clear_is_not_read(written: str) -> None:
    assert read_level(written) is None


def test_without_a_sign_it_is_said_so() -> None:
    level = read_level("5")
    assert level is not None
    assert (level.share, level.unit, level.has_sign) == (5, None, False)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("BTC>0.05%", "BTC > 0.05%"),
        ("BTC > 0.05% per 8 h", "BTC > 0.05%/8h"),
        ("BTC > 40% apr bybit", "BTC > 40%/year bybit"),
        ("BTC > 40% a year", "BTC > 40%/year"),
        ("BTC >= 0.3%/ day", "BTC >= 0.3%/day"),
        ("top 5 at each settlement", "top 5 at each settlement"),
    ],
)
def test_a_rate_is_one_word_and_so_is_a_comparison(written: str, words: str) -> None:
    assert joined(written).split() == words.split()


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("0h", None),
        ("soon", None),
        ("99999d", None),
    ],
)
def test_a_length_of_time_has_a_unit(written: str, length: timedelta | None) -> None:
    assert read_length(written) == length


@given(st.integers(1, 100_000).map(lambda minutes: timedelta(minutes=minutes)))
def test_a_length_that_is_written_back_is_the_same(length: timedelta) -> None:
    assert read_length(written_length(length)) == length


@given(
    st.decimals("-0.03", "0.03", places=8),
    st.sampled_from([HOUR, 3 * HOUR, 4 * HOUR, EIGHT_HOURS, 24 * HOUR, 7 * 24 * HOUR, YEAR]),
)
def test_a_rate_in_any_unit_is_written_as_it_was(share: Decimal, unit: timedelta) -> None:
    per_eight_hours = scaled(share, unit, EIGHT_HOURS)
    back = rounded(scaled(per_eight_hours, EIGHT_HOURS, unit))
    read = read_level(joined(written_share(back, unit, EIGHT_HOURS)))
    assert read is not None
    assert read.per(EIGHT_HOURS, EIGHT_HOURS) == per_eight_hours
