"""Futures on the way down: where each is liquidated, what is gone there, what funding it pays in a day."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.markets import Snapshot
from chatbot.core.portfolio import FuturesPosition, Side
from chatbot.core.risk.measures import Stress, moved
from chatbot.core.risk.positions import PositionRisk, Unknown, outcome_of, position_risk
from tests.samples import d, funding, perpetual, snapshot

SHORT = FuturesPosition("ETH", Side.SHORT, d(5), "bybit", d(3450), d(2))
LONG = replace(SHORT, side=Side.LONG)
AT_ENTRY = snapshot()  # ETH on Bybit, mark 3,450, mmr 0.5 %, fee 0.05 %, +0.01 % every 8 h


def risk_of(position: FuturesPosition, seen: Snapshot | None = AT_ENTRY) -> PositionRisk:
    return position_risk(position, seen, d(3450))


def fall(move: float, result: int, coin_move: float) -> Stress:
    return Stress(move, d(result), (("ETH", coin_move),))


def test_a_short_is_liquidated_above_and_a_long_below() -> None:
    # short: 3,450 * 1.5 / (1 + 0.005 + 0.0005) = 5,146.69; long: 3,450 * 0.5 / (1 - 0.0055) = 1,734.54
    short, long = risk_of(SHORT), risk_of(LONG)
    assert round(short.liquidation_quote or d(0), 2) == d("5146.69")
    assert round(long.liquidation_quote or d(0), 2) == d("1734.54")
    assert round(short.room_share or d(0), 3) == d("0.492")  # 5,146.69 / 3,450 - 1
    assert round(long.room_share or d(0), 3) == d("-0.497")


def test_a_short_is_met_by_a_rise_and_a_long_by_a_fall_and_neither_by_the_other() -> None:
    short, long = risk_of(SHORT), risk_of(LONG)
    assert [short.is_liquidated_by(move) for move in (-0.9, 0.49, 0.5)] == [False, False, True]
    assert [long.is_liquidated_by(move) for move in (-0.5, -0.49, 0.9)] == [True, False, False]


def test_at_a_positive_rate_a_short_receives_what_a_long_pays() -> None:
    # 5 * 3,450 = 17,250 at 0.01 % three times a day: 5.175
    assert risk_of(SHORT).funding_usd_per_day == d("5.175")
    assert risk_of(LONG).funding_usd_per_day == d("-5.175")
    negative = replace(AT_ENTRY, funding=funding("-0.0001"))
    assert risk_of(SHORT, negative).funding_usd_per_day == d("-5.175")


def test_without_an_interval_there_is_no_funding_a_day() -> None:
    assert risk_of(SHORT, replace(AT_ENTRY, funding=funding(interval=None))).funding_usd_per_day is None
    assert risk_of(SHORT, None).funding_usd_per_day is None


def test_a_rate_that_can_hardly_be_is_not_counted() -> None:
    assert risk_of(SHORT, replace(AT_ENTRY, funding=funding("0.031"))).funding_usd_per_day is None


@pytest.mark.parametrize(
    ("position", "seen", "why"),
    [
        (replace(SHORT, exchange=None), None, Unknown.NO_EXCHANGE),
        (replace(SHORT, entry_quote=None), AT_ENTRY, Unknown.NO_ENTRY),
        (replace(SHORT, leverage=None), AT_ENTRY, Unknown.NO_LEVERAGE),
        (SHORT, None, Unknown.NO_CONTRACT),
        (SHORT, replace(AT_ENTRY, tiers=None), Unknown.NO_TIERS),
        (replace(SHORT, leverage=d(200)), AT_ENTRY, Unknown.NOT_OPENABLE),  # 0.5 % of margin, 0.55 % to keep
    ],
)
def test_what_is_not_known_is_named(position: FuturesPosition, seen: Snapshot | None, why: Unknown) -> None:
    found = risk_of(position, seen)
    assert (found.liquidation_quote, found.unknown) == (None, why)
    assert not found.is_liquidated_by(-0.99)


def test_no_price_liquidates_a_long_without_leverage() -> None:
    found = risk_of(replace(LONG, leverage=d(1)))
    assert (found.liquidation_quote, found.unknown) == (None, None)


def test_what_a_liquidation_takes_is_the_margin_with_what_was_won_on_it() -> None:
    # margin 5 * 3,450 / 2 = 8,625; at a mark of 3,000 the short won 5 * 450 = 2,250 and the long lost as much
    at_3000 = snapshot(price="3000")
    assert position_risk(SHORT, at_3000, None).equity_usd == d(10_875)
    assert position_risk(LONG, at_3000, None).equity_usd == d(6_375)
    assert position_risk(LONG, snapshot(price="1000"), None).equity_usd == 0  # 8,625 - 12,250: no more than all of it


def test_a_long_that_is_met_on_the_way_loses_its_margin_and_no_more() -> None:
    # all the way down by 60 % the long would lose 5 * 3,450 * 0.6 = 10,350; it is liquidated at -49.7 %: 8,625 gone
    outcome = outcome_of(fall(-0.5, -10_350, -0.6), [risk_of(LONG)])
    assert (outcome.result_usd, outcome.liquidated) == (d(-8_625), (0,))


def test_what_is_not_met_follows_the_whole_move() -> None:
    # a fall of 40 %: the long loses 6,900, the short wins 6,900
    assert outcome_of(fall(-0.3, -6_900, -0.4), [risk_of(LONG)]).result_usd == d(-6_900)
    assert outcome_of(fall(-0.3, 6_900, -0.4), [risk_of(SHORT)]).liquidated == ()


def test_of_two_the_one_with_more_leverage_goes() -> None:
    # 10x: 3,450 * 0.9 / 0.9945 = 3,122.17, -9.5 %; margin 1,725. 2x stays at -20 %: 5 * 3,450 * 0.2 = 3,450 lost
    fast = risk_of(replace(LONG, leverage=d(10)))
    assert round(fast.liquidation_quote or d(0), 2) == d("3122.17")
    outcome = outcome_of(fall(-0.2, -6_900, -0.2), [risk_of(LONG), fast])
    assert (outcome.result_usd, outcome.liquidated) == (d(-3_450 - 1_725), (1,))


def test_a_short_in_a_coin_that_rises_when_bitcoin_falls_is_met_on_the_way_up() -> None:
    # beta -1 at -50 %: (0.5)^-1 - 1 = +100 %. The short would lose 17,250; it is liquidated at +49.2 %: 8,625 gone
    assert moved(-0.5, -1) == pytest.approx(1)
    outcome = outcome_of(fall(-0.5, -17_250, 1.0), [risk_of(SHORT)])
    assert (outcome.result_usd, outcome.liquidated) == (d(-8_625), (0,))


def test_a_position_that_must_be_gone_already_is_past_and_not_liquidated_again() -> None:
    found = position_risk(SHORT, snapshot(price="6000"), None)
    assert found.is_past
    assert not found.is_liquidated_by(0.5)


def test_a_position_in_another_coin_than_those_measured_is_left_alone() -> None:
    other = position_risk(replace(LONG, coin="SOL"), snapshot(perpetual("SOL")), None)
    assert outcome_of(fall(-0.5, -100, -0.6), [other]).liquidated == ()


@given(
    move=st.floats(min_value=-0.99, max_value=0),
    leverage=st.integers(min_value=1, max_value=50),
    amount=st.integers(min_value=1, max_value=1000),
)
def test_a_long_never_loses_more_than_its_margin_on_the_way_down(move: float, leverage: int, amount: int) -> None:
    long = risk_of(replace(LONG, amount_base=d(amount), leverage=d(leverage)))
    whole = Decimal(amount) * 3450 * Decimal(repr(move))
    outcome = outcome_of(Stress(-0.5, whole, (("ETH", move),)), [long])
    assert round(outcome.result_usd + long.equity_usd, 6) >= 0  # sums carry 28 digits
