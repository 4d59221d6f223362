"""What price moves do to the exposure, the hedge, and a hedge that is liquidated."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.hedging.room import Room
from chatbot.core.hedging.scenarios import MOVES, Hedged, exposure_move, scenarios
from tests.samples import d


def hedged(value: str, short: str, **changes: object) -> Hedged:
    terms: dict[str, object] = {"price_quote": d(100), "carry_quote": d(0)}
    return Hedged(d(value), d(short), **(terms | changes))  # type: ignore[arg-type] # the tests vary any field


def room(liquidation: str, margin: str) -> Room:
    return Room(d(2), d(margin), None, d("0.005"), d(0), d(0), d(liquidation), None, None, (), "test", False)


def net(value: str, short: str, move: str) -> Decimal:
    (row,) = scenarios(hedged(value, short), None, (d(move),))
    return row.hedged_quote


def test_half_of_twenty_thousand_hedged_loses_and_gains_half() -> None:
    # -10 %: spot -2,000, short +1,000
    assert net("20000", "10000", "-0.1") == -1000
    assert net("20000", "10000", "0.1") == 1000


def test_fifty_thousand_hedged_in_full_is_about_flat_both_ways() -> None:
    assert net("50000", "50000", "-0.2") == 0
    assert net("50000", "50000", "0.5") == 0


def test_fifteen_million_of_sol_down_twenty_percent_loses_three_and_the_short_gains_three() -> None:
    (row,) = scenarios(hedged("15000000", "15000000"), None, (d("-0.2"),))
    assert (row.unhedged_quote, row.hedged_quote - row.unhedged_quote) == (-3_000_000, 3_000_000)


def test_the_moves_are_the_seven_that_the_answer_shows() -> None:
    assert [row.move_share for row in scenarios(hedged("1", "1"), None)] == list(MOVES)
    assert (d("-0.3"), d("-0.2"), d("-0.1"), 0, d("0.1"), d("0.2"), d("0.5")) == MOVES


def test_a_short_liquidated_on_the_way_up_leaves_the_gain_of_the_coins_less_its_margin() -> None:
    # +50 % of 20,000 is 10,000, the margin of 5,000 is gone
    rows = scenarios(hedged("20000", "10000"), room("149", "5000"))
    assert [row.liquidated_quote for row in rows] == [None, None, None, None, None, None, 5000]


def test_the_price_at_which_it_is_liquidated_counts_as_liquidated() -> None:
    (row,) = scenarios(hedged("20000", "10000"), room("120", "5000"), (d("0.2"),))
    assert row.liquidated_quote == -1000


def test_carry_is_in_every_hedged_figure() -> None:
    assert {row.hedged_quote for row in scenarios(hedged("100", "100", carry_quote=d(7)), None)} == {7}


def test_an_exposure_of_beta_two_point_two_loses_78_percent_when_bitcoin_halves() -> None:
    # 0.5^2.2 - 1 = -0.782
    assert exposure_move(d("-0.5"), 2.2) == pytest.approx(d("-0.782"), abs=d("0.001"))


@given(move=st.decimals(min_value="-0.99", max_value=5, places=4), beta=st.floats(0.1, 5))
def test_an_exposure_never_loses_more_than_all_of_it(move: Decimal, beta: float) -> None:
    assert exposure_move(move, beta) > -1
