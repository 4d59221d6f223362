"""Rounding to an exchange's step, exactly; sums of what may not be known."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.quantities import EXACT, ceil_to_step, floor_to_step, nearest_step, whole_sum
from tests.samples import d

AMOUNTS = st.decimals(min_value="-1000000000000", max_value="1000000000000", places=18)
STEPS = st.one_of(
    st.integers(-18, 6).map(lambda power: Decimal(1).scaleb(power)),
    st.sampled_from([d("0.5"), d("0.25"), d("0.00000005"), d(3), d(25)]),
)


@pytest.mark.parametrize(
    ("amount", "step", "below", "above", "nearest"),
    [
        ("5.2399", "0.01", "5.23", "5.24", "5.24"),
        ("5.23", "0.01", "5.23", "5.23", "5.23"),  # a multiple stays
        ("0.3", "0.1", "0.3", "0.3", "0.3"),  # in floats 0.3 / 0.1 is 2.9999
        ("1207.9", "25", "1200", "1225", "1200"),  # a step is a length, not a number of digits
        ("7", "3", "6", "9", "6"),
        ("0.009", "0.01", "0", "0.01", "0.01"),
        ("-1.5", "1", "-2", "-1", "-2"),
    ],
)
def test_an_amount_goes_to_a_multiple_of_the_step(amount: str, step: str, below: str, above: str, nearest: str) -> None:
    assert floor_to_step(d(amount), d(step)) == d(below)
    assert ceil_to_step(d(amount), d(step)) == d(above)
    assert nearest_step(d(amount), d(step)) == d(nearest)


def test_halves_go_to_the_even_multiple() -> None:
    assert [nearest_step(d(amount), d("0.5")) for amount in ("0.25", "0.75", "1.25")] == [0, 1, 1]


def test_thirty_digits_stay_exact() -> None:
    # 28 digits, the usual precision of a Decimal, would end before the last one
    assert floor_to_step(d("123456789012.1234567890123456789"), d("0.000000000000000001")) == d(
        "123456789012.123456789012345678"
    )


@pytest.mark.parametrize("step", ["0", "-0.01"])
def test_a_step_is_positive(step: str) -> None:
    with pytest.raises(ValueError, match="a step is positive"):
        floor_to_step(d(1), d(step))


@given(amount=AMOUNTS, step=STEPS)
def test_the_amount_lies_between_two_neighbouring_multiples(amount: Decimal, step: Decimal) -> None:
    below, above = floor_to_step(amount, step), ceil_to_step(amount, step)
    assert below <= amount <= above
    assert nearest_step(amount, step) in (below, above)
    with localcontext(EXACT):
        assert above - below in (0, step)
        assert below % step == 0


@given(amount=AMOUNTS, step=STEPS)
def test_what_was_rounded_stays_as_it_is(amount: Decimal, step: Decimal) -> None:
    below = floor_to_step(amount, step)
    assert floor_to_step(below, step) == ceil_to_step(below, step) == nearest_step(below, step) == below


def test_a_sum_with_an_unknown_part_is_not_known() -> None:
    assert whole_sum([d(1), d("0.5"), d(-2)]) == d("-0.5")
    assert whole_sum([d(1), None]) is None
    assert whole_sum([]) == 0
