"""How figures look on a phone: literal, and by law."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from chatbot.core.crowding import Crowded, Crowding
from handlers import formatting as show
from tests.samples import d


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("3450.123", "3,450"),
        ("1.23456", "1.235"),
        ("0.00001", "0.00001"),
        ("1234567.8", "1,234,568"),
        ("0", "0"),
        ("-0.0", "0"),
        ("-12.5", "−12.5"),
        ("1E+3", "1,000"),
    ],
)
def test_numbers_for_reading_have_four_digits_and_never_an_exponent(value: str, shown: str) -> None:
    assert show.number(d(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("17250.4", "$17,250"),
        ("431.048", "$431.05"),
        ("0.93", "$0.93"),
        ("0.4", "$0.40"),
        ("0.987654", "$0.99"),
        ("0.05", "$0.05"),
        ("0.012345", "$0.0123"),
        ("0.0999999", "$0.10"),
        ("0.000001234", "$0.00000123"),
        ("0", "$0.00"),
        ("-998.5", "−$998.50"),
        ("-0.000", "$0.00"),
    ],
)
def test_money_has_its_sign_before_the_dollar(value: str, shown: str) -> None:
    assert show.money(d(value)) == shown


@pytest.mark.parametrize(("value", "shown"), [("4.5", "+$4.50"), ("-4.5", "−$4.50"), ("0", "$0.00")])
def test_gains_carry_a_plus(value: str, shown: str) -> None:
    assert show.signed_money(d(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("10400", "+10.4k"), ("-1250000", "−1.25m"), ("987.4", "+987"), ("12.345", "+12.34"), ("0", "0.00")],
)
def test_money_in_a_table_takes_seven_columns(value: str, shown: str) -> None:
    assert show.compact_money(d(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("9876", "9,876"),
        ("12345", "12.34k"),
        ("1500000", "1.5m"),
        ("0.0012345", "0.00123"),
        ("200", "200"),
        ("1e-9", "≈0"),
    ],
)
def test_amounts_in_a_table_are_short(value: str, shown: str) -> None:
    assert show.compact(d(value)) == shown


@pytest.mark.parametrize(
    ("quote", "tick", "shown"),
    [("3450.1234", "0.01", "3,450.12"), ("0.0000123456", "0.0000001", "0.0000123"), ("65003", "0.1", "65,003.0")],
)
def test_prices_are_shown_at_the_step_of_the_exchange(quote: str, tick: str, shown: str) -> None:
    assert show.price(d(quote), d(tick)) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ("0.5", "50 %"),
        ("0.974", "97.4 %"),
        ("0.99996", "99.996 %"),
        ("0.0005", "0.05 %"),
        ("0.0000012345", "0.000123 %"),
        ("0", "0 %"),
        ("1", "100 %"),
    ],
)
def test_what_is_not_all_is_never_called_a_hundred_percent(share: str, shown: str) -> None:
    assert show.share_as_percent(d(share)) == shown


@pytest.mark.parametrize(("value", "shown"), [("10.50", "10.5"), ("1E+3", "1000"), ("0.000000001", "0.000000001")])
def test_what_is_typed_elsewhere_is_exact_and_has_no_separators(value: str, shown: str) -> None:
    assert show.exact(d(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("1234567.50", "1,234,567.5"), ("50000", "50,000"), ("-0.0012", "−0.0012"), ("-0.0", "0")]
)
def test_an_exact_figure_that_is_read_has_separators(value: str, shown: str) -> None:
    assert show.exact_grouped(d(value)) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(days=30), "30 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=30), "30 hours"),
        (timedelta(seconds=3), "3 s"),
        (timedelta(seconds=90), "90 s"),
        (timedelta(minutes=12), "12 minutes"),
        (timedelta(seconds=-1), "0 s"),
    ],
)
def test_durations_are_words(length: timedelta, shown: str) -> None:
    assert show.duration(length) == shown


def test_tables_are_padded_by_what_is_seen() -> None:
    # 币 takes two columns; figures stand to the right, names to the left
    assert show.table(("coin", "value"), [("币", "1"), ("ETH", "12,000")], names=1) == (
        "<pre>coin   value\n币         1\nETH   12,000</pre>"
    )


def test_a_name_that_is_cut_carries_a_mark() -> None:
    assert show.clipped("FARTCOIN", 8) == "FARTCOIN"
    assert show.clipped("FARTCOINX", 8) == "FARTCOI…"
    assert show.clipped("币安人生币", 8) == "币安人…"  # two columns each


def test_tables_escape_what_somebody_named_their_coin() -> None:
    assert show.table(("coin",), [("<b>",)]) == "<pre>coin\n &lt;b&gt;</pre>"


def test_the_last_line_names_source_and_age() -> None:
    line = show.source_line("Bybit", "mark 3,450.12", timedelta(seconds=3))
    assert line == "<i>Bybit · mark 3,450.12 · 3 s ago</i>"


# No figure that anybody can type or an exchange can send looks like a machine wrote it.
figures = st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e15", max_value="1e15")
FORMS = (
    show.number,
    show.exact_grouped,
    show.money,
    show.exact_money,
    show.signed_money,
    show.compact_money,
    show.compact,
    show.rate,
)


@given(figures)
def test_no_form_shows_an_exponent_a_hyphen_or_a_negative_zero(value: Decimal) -> None:
    for form in FORMS:
        shown = form(value)
        assert not re.search(r"[eE]|nan|-", shown), shown
        assert not re.fullmatch(r"−\$?0(\.0*)?( %)?", shown), shown


@given(figures)
def test_exact_says_the_same_number(value: Decimal) -> None:
    assert Decimal(show.exact(value)) == value


@given(figures)
def test_reading_loses_less_than_a_thousandth(value: Decimal) -> None:
    shown = Decimal(show.number(value).replace(",", "").replace("−", "-"))
    assert abs(shown - value) <= abs(value) / 1000


@given(st.lists(st.tuples(st.text("abc币🙂", max_size=4), st.text("0123456789", max_size=8)), max_size=5))
def test_all_lines_of_a_table_are_equally_wide(rows: list[tuple[str, str]]) -> None:
    lines = show.table(("a", "b"), rows).removeprefix("<pre>").removesuffix("</pre>").split("\n")
    assert len({wcswidth(line) for line in lines}) == 1


def test_of_crowded_shorts_it_is_the_lowest_tenth() -> None:
    longs = Crowded(Crowding.LONGS, Decimal("0.0004"), is_top_tenth=True, weeks=84, exchange="binance")
    assert show.in_its_tenth(longs, "weeks") == ", in the top tenth of 84 such weeks"
    shorts = replace(longs, crowding=Crowding.SHORTS, week_per_eight_hours=Decimal("-0.0003"))
    assert show.in_its_tenth(shorts, "weeks") == ", in the lowest tenth of 84 such weeks"
    assert show.in_its_tenth(replace(longs, is_top_tenth=False), "weeks") == ""
