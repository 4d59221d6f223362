"""The margin of a short hedge: liquidation, how far that is, and the collateral that survives a rise."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.hedging.room import RISES, Room, room_of_short
from chatbot.core.hedging.sizing import size_direct
from chatbot.core.markets import Instrument, MarginTier, MarginTiers, TierUnit
from tests.samples import NOW, d, inverse, perpetual, tiers

MONTH = timedelta(days=30)
# Binance, SOL/USDT, October 2024: floor, maintenance rate, leverage, maintenance amount.
SOL = MarginTiers(
    tuple(
        MarginTier(d(floor), d(rate), d(leverage), d(cum))
        for floor, rate, leverage, cum in (
            (0, "0.005", 100, 0),
            (20_000, "0.0065", 75, 30),
            (100_000, "0.01", 50, 380),
            (800_000, "0.02", 25, 8380),
            (4_000_000, "0.025", 20, 28_380),
            (8_000_000, "0.05", 10, 228_380),
            (40_000_000, "0.1", 5, 2_228_380),
        )
    ),
    TierUnit.QUOTE,
    "Binance",
    NOW,
)


def room(
    amount: str,
    price: str,
    leverage: str,
    brackets: MarginTiers,
    market: Instrument | None = None,
    volatility: float | None = None,
) -> Room:
    contract = market or perpetual()
    size = size_direct(contract, d(amount), d(price))
    return room_of_short(contract, size, d(leverage), brackets, volatility, MONTH)


def test_five_ether_short_at_3450_with_twice_the_margin() -> None:
    # 17,250 / 2 = 8,625; (3,450 + 1,725) / 1.0055 = 5,146.69: +49.2 %
    found = room("5", "3450", "2", tiers("0.005"))
    assert found.margin_quote == 8625
    assert found.margin_base is None
    assert round(found.liquidation_quote or 0, 2) == d("5146.69")
    assert round(found.room_share or 0, 4) == d("0.4918")


def test_the_room_in_deviations_of_the_horizon() -> None:
    # ln(1.4918) = 0.4000; 60 % a year over 30 of 365 days: 0.6 x 0.28669 = 0.17201; 0.4000 / 0.17201 = 2.325
    assert room("5", "3450", "2", tiers("0.005"), volatility=0.6).room_deviations == pytest.approx(2.325, abs=0.0005)


@pytest.mark.parametrize("volatility", [None, 0.0])
def test_without_a_volatility_there_are_no_deviations(volatility: float | None) -> None:
    assert room("5", "3450", "2", tiers("0.005"), volatility=volatility).room_deviations is None


def test_the_margin_that_survives_thirty_fifty_and_a_hundred_percent() -> None:
    # 5 x (4,485 x 1.0055 - 3,450); 5 x (5,175 x 1.0055 - 3,450) = 50.8 % of 17,250; 5 x (6,900 x 1.0055 - 3,450)
    found = room("5", "3450", "2", tiers("0.005")).survivals
    assert tuple(survival.rise_share for survival in found) == RISES
    assert [survival.margin_quote for survival in found] == [d("5298.3375"), d("8767.3125"), d("17439.75")]
    assert round(found[1].notional_share, 3) == d("0.508")


def test_a_short_that_grows_out_of_its_bracket_is_liquidated_by_the_one_it_grows_into() -> None:
    # 50,000 SOL at 150 are 7.5m, in the bracket of 2.5 %; 3x is 2.5m of margin
    # there: (2,500,000 + 28,380 + 7,500,000) / (50,000 x 1.025) = 195.68, where they are worth 9.78m: not its bracket
    # above 8m, which it is: (2,500,000 + 228,380 + 7,500,000) / (50,000 x 1.05) = 194.83
    found = room("50000", "150", "3", SOL, perpetual("SOL", taker_share=d(0)))
    assert round(found.liquidation_quote or 0, 2) == d("194.83")
    assert (found.maintenance_share, found.deduction) == (d("0.05"), 228_380)


def test_a_coin_margined_short_holds_its_margin_in_the_coin() -> None:
    # 35,000 USD at 70,000 are 0.5 BTC, at 2x 0.25 of margin; 35,000 x 0.9945 / 0.25 = 139,230: +98.9 %
    found = room("0.5", "70000", "2", tiers("0.005"), inverse())
    assert (found.margin_quote, found.margin_base) == (17_500, d("0.25"))
    assert found.liquidation_quote == 139_230
    assert found.room_share == d("0.989")


def test_what_a_coin_margined_short_needs_to_survive() -> None:
    # +50 %: 0.5 - 35,000 / 105,000 x 0.9945 = 0.1685 BTC = 11,795 at 70,000
    half = room("0.5", "70000", "2", tiers("0.005"), inverse()).survivals[1]
    assert half.margin_quote == pytest.approx(d(11_795))


def test_a_short_of_the_coin_itself_at_one_times_cannot_be_liquidated_by_price() -> None:
    found = room("0.5", "70000", "1", tiers("0.005"), inverse(), volatility=0.6)
    assert (found.liquidation_quote, found.room_share, found.room_deviations) == (None, None, None)
    assert found.margin_base == d("0.5")


def test_above_the_leverage_of_its_bracket_a_position_cannot_be_opened() -> None:
    # 7.5m is in the bracket of at most 20x
    with pytest.raises(NotPossible, match="opened with at most 20x at Bybit"):
        room("50000", "150", "21", SOL, perpetual("SOL"))
    assert room("50000", "150", "20", SOL, perpetual("SOL")).leverage == 20


def test_an_estimate_of_the_brackets_refuses_what_it_has_at_no_size_and_says_what_it_is() -> None:
    guessed = room("50000", "150", "21", replace(SOL, is_estimate=True), perpetual("SOL"))
    assert guessed.are_tiers_estimated
    assert guessed.tiers_source == "Binance"
    with pytest.raises(NotPossible, match=r"at most 100x at Bybit, by an estimate \(Binance\)"):
        room("1", "150", "101", replace(SOL, is_estimate=True), perpetual("SOL"))


def test_where_maintenance_and_fee_take_all_of_the_margin_nothing_can_be_opened() -> None:
    # 1 / (0.01 + 0.0005) = 95.2
    with pytest.raises(NotPossible, match=r"from 95\.2x on"):
        room("5", "3450", "96", tiers("0.01"))


@given(
    amount=st.decimals(min_value="0.01", max_value=100_000, places=2),
    price=st.decimals(min_value=1, max_value=1000, places=2),
    at=st.sampled_from(range(len(RISES))),
    is_inverse=st.booleans(),
)
def test_with_the_margin_that_survives_a_rise_the_short_is_liquidated_right_there(
    amount: Decimal, price: Decimal, at: int, is_inverse: bool
) -> None:
    market = inverse(step_contracts=d("0.000001")) if is_inverse else perpetual()
    brackets = tiers("0.005") if is_inverse else replace(SOL, is_estimate=True)
    size = size_direct(market, amount, price)
    needed = room_of_short(market, size, d(1), brackets, None, MONTH).survivals[at]
    exact = room_of_short(market, size, size.notional_quote / needed.margin_quote, brackets, None, MONTH)
    assert exact.liquidation_quote == pytest.approx(price * (1 + RISES[at]), rel=d("0.000000001"))


@given(
    leverage=st.decimals(min_value="1.1", max_value=15, places=1),
    price=st.decimals(min_value=1, max_value=1000, places=2),
    volatility=st.floats(0.1, 3),
)
def test_deviations_are_the_log_of_the_room_over_the_volatility_of_the_horizon(
    leverage: Decimal, price: Decimal, volatility: float
) -> None:
    found = room("5", str(price), str(leverage), tiers("0.005"), volatility=volatility)
    assert found.room_share is not None
    assert found.room_deviations == pytest.approx(log(1 + float(found.room_share)) / (volatility * sqrt(30 / 365)))
