"""A contract described by its price and value: hedged without any exchange."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.core.hedging.by_hand import BY_HAND, snapshot_by_hand
from chatbot.core.hedging.plan import Caution, HedgePlan, plan_hedge
from chatbot.core.hedging.terms import Exposure, Origin, Terms
from chatbot.core.portfolio import Portfolio
from tests.samples import NOW, d

PRICES = st.decimals(min_value="0.0001", max_value="200000", places=4)


def plan(amount: str, price: str, contract: str | None, share: str = "1", leverage: str = "2") -> HedgePlan:
    value = d(amount) * d(price)
    exposure = Exposure("X", d(amount), value, d(price), "price given by hand", NOW, Origin.TYPED)
    market = snapshot_by_hand("X", d(price), None if contract is None else d(contract), NOW)
    terms = Terms(d(share), d(leverage), timedelta(days=30))
    return plan_hedge(exposure, terms, [market], now=NOW, portfolio=Portfolio())


def test_fifty_thousand_coins_at_two_dollars_are_two_hundred_contracts_of_500_dollars() -> None:
    # 50,000 x 2 / 500
    size = plan("50000", "2", "500").chosen.sizing
    assert (size.contracts, size.notional_quote, size.open_quote) == (200, 100_000, 0)


def test_a_hundred_thousand_sol_are_twenty_thousand_contracts_of_750_dollars() -> None:
    # 15,000,000 / 750; at -20 % the coins lose 3,000,000 and the short gains as much, less two fees of 0.05 %
    found = plan("100000", "150", "750")
    fallen = next(row for row in found.scenarios if row.move_share == d("-0.2"))
    assert found.chosen.sizing.contracts == 20_000
    assert fallen.unhedged_quote == -3_000_000
    assert fallen.hedged_quote == -15_000  # 2 x 0.0005 x 15,000,000; slippage and funding are not known


def test_without_a_value_one_contract_is_one_coin() -> None:
    assert plan("10.7", "3000", None).chosen.sizing.contracts == 10


def test_it_is_sold_in_whole_contracts() -> None:
    # half of 50,750 at 2 is 50,750 dollars: 101.5 contracts of 500
    size = plan("50750", "2", "500", share="0.5").chosen.sizing
    assert (size.contracts, size.next_contracts, size.open_quote) == (101, 102, 250)


def test_a_maintenance_margin_of_one_percent_and_a_fee_of_a_twentieth_are_assumed() -> None:
    # (2 + 1) / (1 + 0.01 + 0.0005) = 2.9688
    room = plan("50000", "2", "500").room
    assert room is not None
    assert room.are_tiers_estimated
    assert (room.maintenance_share, room.taker_share) == (d("0.01"), d("0.0005"))
    assert round(room.liquidation_quote or 0, 4) == d("2.9688")


def test_what_only_an_exchange_could_tell_is_not_known() -> None:
    found = plan("50000", "2", "500")
    assert Caution.FUNDING_UNKNOWN in found.cautions
    assert found.carry.net_quote is None
    assert found.carry.fees_quote == -100  # 2 x 0.0005 x 100,000
    assert found.chosen.basis is None
    assert found.chosen.instrument.exchange == BY_HAND


@pytest.mark.parametrize(
    ("price", "tick"), [("2", "0.0001"), ("3450.12", "0.1"), ("0.00001234", "0.000000001"), ("120000", "10")]
)
def test_prices_are_stepped_by_the_fourth_digit_behind_their_first(price: str, tick: str) -> None:
    assert snapshot_by_hand("X", d(price), None, NOW).instrument.tick_quote == d(tick)


@given(amount=PRICES, price=PRICES, contract=PRICES)
def test_contracts_of_a_given_value_never_hedge_more_than_all(
    amount: Decimal, price: Decimal, contract: Decimal
) -> None:
    worth = amount * price
    assume(worth >= contract)
    size = plan(str(amount), str(price), str(contract)).chosen.sizing
    assert size.contracts * contract <= worth * d("1.000000000000000000000001")
    assert (size.contracts + 1) * contract > worth * d("0.999999999999999999999999")
