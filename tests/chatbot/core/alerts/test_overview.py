"""The extremes of all coins, and the table of coins by exchanges, from what the exchanges say in bulk."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.alerts.overview import LISTED, MAP_COINS, MapPlan, OverviewPlan, plan_map, plan_overview
from chatbot.core.charges import LastCharge
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.markets import Board
from tests.chatbot.core.alerts.samples import HOUR, board, dated, row, view
from tests.samples import NOW, d

RATES = st.decimals(min_value="-0.02", max_value="0.02", places=5)


def overview(*boards: Board) -> OverviewPlan:
    return plan_overview(view(*boards), boards, now=NOW)


def table(*boards: Board) -> MapPlan:
    return plan_map(view(*boards), boards, now=NOW)


def test_the_highest_and_the_lowest_stand_apart_with_the_most_extreme_first() -> None:
    plan = overview(board("binance", row("A", "0.0001"), row("B", "0.0009"), row("C", "-0.0002"), row("D", "-0.001")))
    assert [line.coin for line in plan.highest] == ["B", "A"]
    assert [line.coin for line in plan.lowest] == ["D", "C"]


def test_zero_is_no_extreme() -> None:
    plan = overview(board("binance", row("A", "0")))
    assert (plan.highest, plan.lowest, plan.markets) == ((), (), 1)


def test_each_coin_is_told_once_where_it_is_most_extreme_per_eight_hours() -> None:
    plan = overview(board("binance", row("A", "0.0004", 8)), board("bybit", row("A", "0.0003", 4)))
    (line,) = plan.highest
    # 0.03 % every 4 h is 0.06 % per 8 h
    assert (line.exchange, line.per_eight_hours) == ("bybit", d("0.0006"))


def test_little_volume_is_left_out_and_counted() -> None:
    plan = overview(board("binance", row("A", volume="999999"), row("B", volume="1000000"), row("C", volume=None)))
    assert ([line.coin for line in plan.highest], plan.markets, plan.left_out) == (["B"], 1, 2)


def test_flips_and_changes_come_from_what_was_charged_last() -> None:
    due = NOW + 4 * HOUR
    charges = {
        ("binance", "A/USDT:USDT"): LastCharge(due, d("0.0001"), 8 * HOUR, due - 8 * HOUR, d("-0.0003"), 8 * HOUR),
        ("binance", "B/USDT:USDT"): LastCharge(due, d("0.0001"), 4 * HOUR, due - 8 * HOUR, d("0.0001"), 8 * HOUR),
    }
    boards = (board("binance", row("A", "0.0001"), row("B", "0.0001", 4)),)
    plan = plan_overview(view(*boards, charges=charges), boards, now=NOW)
    assert [(line.coin, line.before_per_eight_hours) for line in plan.flips] == [("A", d("-0.0003"))]
    assert [(line.coin, line.before_interval, line.interval) for line in plan.interval_changes] == [
        ("B", 8 * HOUR, 4 * HOUR)
    ]


def test_the_age_is_that_of_the_oldest_board() -> None:
    old = NOW - timedelta(minutes=2)
    assert overview(board("binance", row()), board("bybit", row(as_of=old), as_of=old)).as_of == old


def test_without_a_board_there_is_no_answer() -> None:
    outage = Outage("binance", "refused")
    for plan in (plan_overview, plan_map):
        with pytest.raises(MarketUnavailable) as raised:
            plan(view(), (), now=NOW, outages=[outage])
        assert raised.value.outages == (outage,)


def test_the_table_is_of_the_coins_that_are_traded_most_on_all_exchanges_together() -> None:
    plan = table(
        board("binance", row("A", "0.0001", volume="5000000"), row("B", "0.0002", volume="4000000")),
        board("bybit", row("B", "-0.0001", 4, volume="4000000"), row("C", "0.0001", None, volume="3000000")),
    )
    assert plan.exchanges == ("binance", "bybit")
    assert plan.rows == (("B", (d("0.0002"), d("-0.0002"))), ("A", (d("0.0001"), None)), ("C", (None, None)))


def test_dated_contracts_are_no_part_of_it() -> None:
    assert table(board("binance", row("A"), dated("101", coin="B"))).rows == (("A", (d("0.0001"),)),)


@given(st.lists(RATES, min_size=1, max_size=30))
def test_lists_are_short_ordered_and_of_the_sign_that_they_say(rates: list[object]) -> None:
    boards = (board("binance", *(row(f"C{place}", str(rate)) for place, rate in enumerate(rates))),)
    plan = overview(*boards)
    high = [line.per_eight_hours for line in plan.highest if line.per_eight_hours is not None]
    low = [line.per_eight_hours for line in plan.lowest if line.per_eight_hours is not None]
    assert len(high) <= LISTED
    assert len(low) <= LISTED
    assert all(rate > 0 for rate in high)
    assert all(rate < 0 for rate in low)
    assert high == sorted(high, reverse=True)
    assert low == sorted(low)
    assert len(table(*boards).rows) == min(len(rates), MAP_COINS)
