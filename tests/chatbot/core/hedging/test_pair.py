"""Longs against shorts: the figures of one pair, and what holds of every one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.hedging.pair import (
    PairLeg,
    beta_delta_usd,
    dollar_delta_usd,
    losses_at_stop_quote,
    neutral_factor,
    ratio_base,
)
from chatbot.core.portfolio import Side
from tests.samples import d

LONG = PairLeg(Side.LONG, d(10_000), d(3000), 1.44)
SHORT = PairLeg(Side.SHORT, d(10_000), d(60_000), 1.0)

amounts = st.decimals(min_value=1, max_value=1_000_000, places=2)
betas = st.floats(min_value=0.1, max_value=5)


def test_equal_dollars_are_not_equal_beta() -> None:
    # 10,000 * 1.44 - 10,000 = 4,400; the short would have to be 1.44 times as large
    assert dollar_delta_usd([LONG, SHORT]) == 0
    assert beta_delta_usd([LONG, SHORT]) == 4400
    assert neutral_factor([LONG, SHORT]) == d("1.44")


def test_the_stop_is_of_the_ratio() -> None:
    # 3,000 / 60,000; 5 % of 15,000, and 15,000 * (1 / 0.95 - 1) = 789.47
    pair = [PairLeg(Side.LONG, d(15_000), d(3000)), PairLeg(Side.SHORT, d(15_000), d(60_000))]
    assert ratio_base(pair) == d("0.05")
    assert [round(loss, 2) for loss in losses_at_stop_quote(pair, d("0.05"))] == [d(750), d("789.47")]


def test_what_is_not_known_is_not_guessed() -> None:
    unknown = PairLeg(Side.SHORT, d(100), d(1), None)
    assert beta_delta_usd([LONG, unknown]) is None
    assert neutral_factor([LONG, unknown]) is None
    assert neutral_factor([LONG]) is None
    assert ratio_base([LONG, SHORT, SHORT]) is None


def test_no_short_is_neutral_where_it_moves_the_same_way() -> None:
    assert neutral_factor([LONG, PairLeg(Side.SHORT, d(100), d(1), -0.5)]) is None


@given(amounts, amounts, betas, betas)
def test_shorts_times_their_factor_leave_no_beta(long: Decimal, short: Decimal, one: float, other: float) -> None:
    legs = [PairLeg(Side.LONG, long, d(2), one), PairLeg(Side.SHORT, short, d(3), other)]
    factor = neutral_factor(legs)
    assert factor is not None
    scaled = beta_delta_usd([legs[0], PairLeg(Side.SHORT, short * factor, d(3), other)])
    assert scaled is not None
    assert float(scaled) == pytest.approx(0, abs=1e-9)


@given(amounts, st.decimals(min_value="0.01", max_value="0.5", places=2))
def test_either_side_alone_brings_the_ratio_to_the_stop(notional: Decimal, stop: Decimal) -> None:
    legs = [PairLeg(Side.LONG, notional, d(2)), PairLeg(Side.SHORT, notional, d(3))]
    fallen, risen = (float(loss / notional) for loss in losses_at_stop_quote(legs, stop))
    assert 1 - fallen == pytest.approx(1 - float(stop))
    assert 1 / (1 + risen) == pytest.approx(1 - float(stop))
