"""Orders for coins: the smallest one, and what one costs in the visible book."""

from dataclasses import replace

from chatbot.core.markets import InstrumentKind
from chatbot.core.spot_orders import Cost, Trade, cost_of, smallest_base_of, step_base_of
from tests.samples import book, d, perpetual

SPOT = perpetual("ETH", symbol="ETH/USDT", kind=InstrumentKind.SPOT, taker_share=d("0.001"))  # step and least 0.01, $5


def test_an_order_is_walked_through_the_book() -> None:
    # the ask is 0.05 % above mid: 2 * 1,000.5 = 2,001; fee 0.1 % = 2.001, slippage 1
    trade = Trade("ETH", d(2), d(2000), SPOT)
    assert cost_of(trade, book(SPOT, "1000")) == (Cost(d("2.001"), d(1)), False)
    assert cost_of(replace(trade, amount_base=d(5000)), book(SPOT, "1000")) == (None, True)
    assert cost_of(trade, None) == (None, False)


def test_a_sale_is_walked_through_the_bids() -> None:
    # the bid is 0.05 % below mid: 2 * 999.5 = 1,999; fee 1.999, slippage 1
    assert cost_of(Trade("ETH", d(-2), d(-2000), SPOT), book(SPOT, "1000")) == (Cost(d("1.999"), d(1)), False)


def test_the_fee_needs_no_book_and_a_coin_without_a_market_has_none() -> None:
    assert Trade("ETH", d(-2), d(-2000), SPOT).taker_fee_usd == 2
    assert Trade("ETH", d(2), d(2000), None).taker_fee_usd == 0


def test_the_smallest_order_is_the_largest_of_step_amount_and_value() -> None:
    assert smallest_base_of(SPOT, d(1_000)) == d("0.01")  # $5 is 0.005
    assert smallest_base_of(SPOT, d(100)) == d("0.05")
    assert smallest_base_of(replace(SPOT, minimum_contracts=d(2)), d(100)) == 2
    assert step_base_of(replace(SPOT, contract_size=d(10))) == d("0.1")
    assert (step_base_of(None), smallest_base_of(None, d(100))) == (d("0.000001"), d("0.000001"))
