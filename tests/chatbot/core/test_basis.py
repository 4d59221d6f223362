"""Futures against spot, the carry that is locked in it, and orders walked through a visible book."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.basis import (
    BasisState,
    Fill,
    annualised_basis,
    basis_share,
    basis_state,
    cash_and_carry_quote,
    converging_quote,
    walk,
)
from chatbot.core.errors import NotPossible
from chatbot.core.markets import Level
from tests.samples import d, inverse, perpetual

PRICES = st.decimals(min_value="0.01", max_value="200000", places=2)
AMOUNTS = st.decimals(min_value="0.001", max_value="1000", places=3)


def levels(*pairs: tuple[str, str]) -> tuple[Level, ...]:
    return tuple(Level(d(price), d(amount)) for price, amount in pairs)


def carry(settled: str, spot_fee: str = "0", futures_fee: str = "0") -> Decimal:
    """$10,000 of coins bought at 70,000 and sold forward at 72,100, in cents."""
    profit = cash_and_carry_quote(
        amount_base=d(10_000) / d(70_000),
        spot_quote=d(70_000),
        futures_quote=d(72_100),
        settled_quote=d(settled),
        spot_fee_share=d(spot_fee),
        futures_fee_share=d(futures_fee),
    )
    return round(profit, 2)


def test_a_future_at_72100_over_70000_is_three_percent_and_twelve_a_year_over_ninety_days() -> None:
    # 3 % * 365 / 90 = 12.17 %
    assert basis_share(d(72_100), d(70_000)) == d("0.03")
    assert round(annualised_basis(d(72_100), d(70_000), timedelta(days=90)), 4) == d("0.1217")


def test_the_days_to_expiry_are_fractional() -> None:
    # 1 % over a day and a half: 365 / 1.5 = 243.33 %
    assert round(annualised_basis(d(101), d(100), timedelta(hours=36)), 4) == d("2.4333")


def test_ten_thousand_dollars_earn_the_basis_of_their_own_coins_not_that_of_a_whole_one() -> None:
    # q = 0.142857; 0.142857 * 2,100 = 300
    assert carry("72100") == 300


@pytest.mark.parametrize("settled", ["35000", "70000", "100000"])
def test_before_fees_the_carry_is_locked_wherever_the_price_ends(settled: str) -> None:
    assert carry(settled) == 300


@pytest.mark.parametrize(
    ("settled", "profit"),
    [
        ("72100", "274.55"),  # 300 - 10 - 10.30 - 5.15
        ("35000", "279.85"),  # 300 - 10 - 5 - 5.15
        ("100000", "270.56"),  # 300 - 10 - 14.29 - 5.15
    ],
)
def test_after_fees_it_moves_with_the_fee_of_the_last_sale_alone(settled: str, profit: str) -> None:
    assert carry(settled, "0.001", "0.0005") == d(profit)


@pytest.mark.parametrize(("settled", "profit"), [("35000", "145.63"), ("100000", "416.09")])
def test_equal_dollar_legs_are_not_locked(settled: str, profit: str) -> None:
    # coins worth 10,000 of spot against 10,000 / 72,100 sold forward; at 35,000: -5,000 + 5,145.63
    bought, sold_forward, end = d(10_000) / 70_000, d(10_000) / 72_100, d(settled)
    assert round(bought * (end - 70_000) - sold_forward * (end - 72_100), 2) == d(profit)


def test_financing_is_taken_off() -> None:
    # 1 coin: 104 - 100 - 3
    profit = cash_and_carry_quote(
        amount_base=d(1), spot_quote=d(100), futures_quote=d(104), settled_quote=d(90), financing_quote=d(3)
    )
    assert profit == 1


def test_a_short_hedge_opened_in_backwardation_pays_the_convergence() -> None:
    # 70,000 and 69,300 both end at 63,000: spot -7,000, short +6,300
    assert d(63_000) - d(70_000) + (d(69_300) - d(63_000)) == -700
    assert converging_quote(d(1), d(69_300), d(70_000)) == -700


def test_a_short_hedge_opened_in_contango_gains_it() -> None:
    assert converging_quote(d(2), d(70_700), d(70_000)) == 1400


def test_the_state_is_named_only_where_it_is_worth_a_word() -> None:
    # half a basis point of 70,000 is 3.50
    assert basis_state(d("70003.50"), d(70_000)) is BasisState.CONTANGO
    assert basis_state(d("69996.50"), d(70_000)) is BasisState.BACKWARDATION
    assert basis_state(d("70003.49"), d(70_000)) is BasisState.FLAT


def test_an_order_walks_the_book_level_by_level() -> None:
    # 3 at 100, 2 at 101: (300 + 202) / 5
    assert walk(levels(("100", "3"), ("101", "4")), d(5), perpetual()) == Fill(d("100.4"), d(101), d(5))


def test_an_order_that_the_best_level_holds_pays_its_price() -> None:
    assert walk(levels(("100", "3"), ("101", "4")), d(3), perpetual()) == Fill(d(100), d(100), d(3))


def test_the_size_of_a_contract_does_not_change_the_mean_price() -> None:
    assert walk(levels(("100", "3"), ("101", "4")), d(5), perpetual(contract_size=d("0.01"))).average_quote == d(
        "100.4"
    )


def test_inverse_contracts_are_dollars_so_the_mean_is_that_of_coins() -> None:
    # 100 USD at 100 and 100 USD at 50 are 1 + 2 = 3 coins for 200 USD
    assert round(walk(levels(("100", "1"), ("50", "1")), d(2), inverse()).average_quote, 4) == d("66.6667")


def test_what_the_book_does_not_show_is_not_fillable() -> None:
    with pytest.raises(NotPossible, match="it shows 7 of 8 contracts"):
        walk(levels(("100", "3"), ("101", "4")), d(8), perpetual())
    with pytest.raises(NotPossible, match="it shows 0 of 1 contracts"):
        walk((), d(1), perpetual())


def test_a_size_of_nothing_moves_no_price() -> None:
    assert walk(levels(("100", "3")), d(0), perpetual()) == Fill(d(100), d(100), d(0))


@given(amount=AMOUNTS, spot=PRICES, futures=PRICES, ends=st.tuples(PRICES, PRICES))
def test_without_fees_every_carry_is_the_same_at_two_ends(
    amount: Decimal, spot: Decimal, futures: Decimal, ends: tuple[Decimal, Decimal]
) -> None:
    one, other = (
        cash_and_carry_quote(amount_base=amount, spot_quote=spot, futures_quote=futures, settled_quote=end)
        for end in ends
    )
    assert one == other


@given(
    asks=st.lists(st.tuples(PRICES, AMOUNTS), min_size=1, max_size=10),
    share=st.decimals(min_value="0.01", max_value=1, places=2),
    is_inverse=st.booleans(),
)
def test_the_mean_price_lies_between_the_best_and_the_worst_that_was_needed(
    asks: list[tuple[Decimal, Decimal]], share: Decimal, is_inverse: bool
) -> None:
    book = tuple(Level(price, amount) for price, amount in sorted(asks))
    wanted = share * sum((level.amount_contracts for level in book), Decimal(0))
    fill = walk(book, wanted, inverse() if is_inverse else perpetual())
    slack = Decimal("1e-20")
    assert book[0].price_quote * (1 - slack) <= fill.average_quote <= fill.worst_quote * (1 + slack)
    more = walk(book, wanted / 2, inverse() if is_inverse else perpetual())
    assert more.average_quote <= fill.average_quote * (1 + slack)
