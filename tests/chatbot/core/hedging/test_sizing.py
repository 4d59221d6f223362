"""Sizes: rounded down to the step, in the contracts of each exchange."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.hedging.sizing import size_direct, size_value, smallest_order_contracts
from tests.samples import d, inverse, perpetual

AMOUNTS = st.decimals(min_value="0.001", max_value="1000000", places=6)
PRICES = st.decimals(min_value="0.01", max_value="200000", places=4)
STEPS = st.sampled_from([d("0.001"), d("0.01"), d("0.1"), d(1), d(10)])


def test_fifty_thousand_coins_at_two_dollars_are_two_hundred_contracts_of_500_dollars() -> None:
    # a contract worth $500 at $2 holds 250 coins; 50,000 / 250 = 200
    assert size_direct(perpetual(contract_size=d(250), step_contracts=d(1)), d(50_000), d(2)).contracts == 200


def test_a_hundred_thousand_sol_are_twenty_thousand_contracts_of_five() -> None:
    # $750 at $150 = 5 SOL
    assert (
        size_direct(perpetual("SOL", contract_size=d(5), step_contracts=d(1)), d(100_000), d(150)).contracts == 20_000
    )


def test_amounts_are_contracts_where_the_exchange_counts_contracts() -> None:
    # OKX ETH-USDT-SWAP: 0.1 ETH a contract in steps of 0.01 contract; 5.2345 / 0.1 = 52.345 -> 52.34
    size = size_direct(perpetual(contract_size=d("0.1")), d("5.2345"), d(3450))
    assert (size.contracts, size.amount_base) == (d("52.34"), d("5.234"))


def test_an_inverse_hedge_is_coins_times_price_in_contracts_of_100_dollars() -> None:
    # 0.5 BTC x 70,000 / 100 = 350
    size = size_direct(inverse(), d("0.5"), d(70_000))
    assert (size.contracts, size.notional_quote, size.amount_base) == (350, 35_000, d("0.5"))


def test_the_size_is_rounded_down_and_says_what_one_lot_more_would_do() -> None:
    # 3.08 contracts wanted: 3 are 97.4 %, 4 would be 129.9 %
    size = size_direct(perpetual(step_contracts=d(1)), d("3.08"), d(100))
    assert size.contracts == 3
    assert round(size.hedged_share, 3) == d("0.974")
    assert (size.next_contracts, round(size.next_share, 3)) == (4, d("1.299"))
    assert size.open_quote == d("8.00")


def test_contracts_worth_seven_dollars_fit_closely_and_one_worth_7100_does_not() -> None:
    # $8,450 wanted: 1,207 x $7 = $8,449 (99.99 %); 1 x $7,100 = 84.0 %
    micro = size_value(perpetual(contract_size=d("0.0001"), step_contracts=d(1)), d(8450), d(70_000))
    coarse = size_value(perpetual(contract_size=d("0.1"), step_contracts=d(1)), d(8450), d(71_000))
    assert (micro.contracts, round(micro.hedged_share, 4)) == (1207, d("0.9999"))
    assert (coarse.contracts, round(coarse.hedged_share, 2)) == (1, d("0.84"))


def test_the_smallest_order_is_by_value_where_that_asks_for_more() -> None:
    # at least $5: at $3,450 0.00145 ETH, so one step of 0.01; at $20 0.25 ETH
    assert smallest_order_contracts(perpetual(), d(3450)) == d("0.01")
    assert smallest_order_contracts(perpetual(), d(20)) == d("0.25")


def test_a_size_below_the_smallest_order_is_not_orderable() -> None:
    assert not size_direct(perpetual(), d("0.009"), d(3450)).is_orderable
    assert size_direct(perpetual(), d("0.019"), d(3450)).is_orderable


@given(amount=AMOUNTS, price=PRICES, step=STEPS, is_inverse=st.booleans())
def test_rounding_never_over_hedges(amount: Decimal, price: Decimal, step: Decimal, is_inverse: bool) -> None:
    market = inverse(step_contracts=step) if is_inverse else perpetual(step_contracts=step)
    size = size_direct(market, amount, price)
    assert 0 <= size.contracts <= size.wanted_contracts < size.contracts + step
    assert size.hedged_share <= 1
    assert size.open_quote >= 0
    assert size.contracts % step == 0


@given(amount=AMOUNTS, price=PRICES)
def test_a_linear_size_does_not_depend_on_the_price(amount: Decimal, price: Decimal) -> None:
    assert size_direct(perpetual(), amount, price).contracts == size_direct(perpetual(), amount, price * 2).contracts
