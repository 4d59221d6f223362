"""The roll, with its working."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.core.carry.roll import plan_roll
from chatbot.core.errors import MarketUnavailable, NotPossible
from chatbot.core.markets import Snapshot
from tests.chatbot.core.carry.test_legs import DATED, flat
from tests.samples import NOW, d, quote


def contract(days: int, price: str, spread: str = "10", exchange: str = "bybit") -> Snapshot:
    market = replace(DATED, symbol=f"in {days}", exchange=exchange, expires_at=NOW + timedelta(days=days))
    return Snapshot(market, quote(market, price, index_quote=d(70_000)), flat(market, price, spread))


def test_rolling_up_the_curve_earns_the_difference_less_spread_and_fees() -> None:
    plan = plan_roll("BTC", d(1), [contract(10, "70105"), contract(101, "71205")], now=NOW)
    (roll,) = plan.rolls
    assert (roll.near_ask_quote, roll.far_bid_quote) == (70_110, 71_200)
    assert roll.cost_quote == -1_090  # earned
    assert roll.fees_quote == d("70.655")  # 0.05 % of 70,110 and of 71,200
    assert roll.extra == timedelta(days=91)
    assert round(roll.total_quote_per_day, 4) == d("-11.2016")  # (-1,090 + 70.655) / 91
    assert round(roll.cost_share_per_year, 5) == d("-0.06246")  # -1,090 / 70,000 * 365/91
    assert round(roll.total_share_per_year, 5) == d("-0.05841")


def test_rolling_down_the_curve_is_paid() -> None:
    (roll,) = plan_roll("BTC", d(2), [contract(10, "70000", "0"), contract(100, "69000", "0")], now=NOW).rolls
    assert roll.cost_quote == 2_000


def test_the_cheapest_exchange_comes_first_and_each_pair_is_of_one_exchange() -> None:
    snaps = [
        contract(10, "70000", exchange="okx"),
        contract(100, "70500", exchange="okx"),
        contract(10, "70000"),
        contract(100, "71000"),
    ]
    plan = plan_roll("BTC", d(1), snaps, now=NOW)
    assert [roll.near.exchange for roll in plan.rolls] == ["bybit", "okx"]
    assert [roll.far.exchange for roll in plan.rolls] == ["bybit", "okx"]


def test_one_dated_contract_has_nothing_to_roll_into() -> None:
    with pytest.raises(NotPossible, match="nothing to roll into"):
        plan_roll("BTC", d(1), [contract(10, "70000")], now=NOW)


def test_old_prices_roll_nothing() -> None:
    old = [
        replace(snap, quote=replace(snap.quote, as_of=NOW - timedelta(minutes=11)))
        for snap in (contract(10, "70000"), contract(100, "71000"))
    ]
    with pytest.raises(MarketUnavailable):
        plan_roll("BTC", d(1), old, now=NOW)
