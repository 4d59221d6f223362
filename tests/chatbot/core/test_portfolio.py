"""What is held: every change makes a new portfolio, and nothing is held below zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from tests.samples import d

AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=18)
COINS = st.sampled_from(["BTC", "ETH", "SOL"])


def short(amount: str, coin: str = "ETH", exchange: str | None = "bybit") -> FuturesPosition:
    return FuturesPosition(coin, Side.SHORT, d(amount), exchange)


TWO_COINS = Portfolio((Holding("ETH", d(10)), Holding("SOL", d(100), d("0.07"))), (short("4"),))


def test_a_short_of_four_beside_ten_coins_leaves_six() -> None:
    assert short("4").delta_base == -4
    assert TWO_COINS.futures_delta_base("ETH") == -4
    assert TWO_COINS.net_base("ETH") == 6


def test_margin_is_notional_over_leverage_and_all_of_it_where_none_was_said() -> None:
    # 4 * 3,000 = 12,000, at 3x 4,000
    assert FuturesPosition("ETH", Side.SHORT, d(4), leverage=d(3)).margin_quote(d(3000)) == 4000
    assert short("4").margin_quote(d(3000)) == 12_000


def test_a_position_ties_up_its_margin_at_entry_with_what_was_won_or_lost_since() -> None:
    # 5 * 3,450 / 2 = 8,625; at 2,122 a short has won 5 * 1,328 = 6,640; at 6,000 it lost 12,750, all there was and more
    five = FuturesPosition("ETH", Side.SHORT, d(5), "bybit", d(3450), d(2))
    assert five.tied_up_quote(d(2122)) == 8_625 + 6_640
    assert five.tied_up_quote(d(6000)) == 0
    # a long from 3,450 without a leverage: 17,250 - 6,640
    assert FuturesPosition("ETH", Side.LONG, d(5), None, d(3450)).tied_up_quote(d(2122)) == 10_610


def test_without_an_entry_a_position_ties_up_its_margin_at_todays_price() -> None:
    # 4 * 2,122 / 2 = 4,244
    assert FuturesPosition("ETH", Side.SHORT, d(4), leverage=d(2)).tied_up_quote(d(2122)) == 4_244
    assert short("4").tied_up_quote(d(2122)) == 8_488


@given(
    side=st.sampled_from(Side),
    entry=st.integers(min_value=1, max_value=10**6),
    price=st.integers(min_value=1, max_value=10**6),
    times=st.sampled_from([None, d(1), d(2), d(10)]),
)
def test_what_is_tied_up_is_the_margin_at_entry_and_never_below_zero(
    side: Side, entry: int, price: int, times: Decimal | None
) -> None:
    position = FuturesPosition("ETH", side, d(3), "bybit", d(entry), times)
    tied_up = position.tied_up_quote(d(price))
    assert tied_up >= 0
    assert position.tied_up_quote(d(entry)) == position.margin_quote(d(price))
    assert (tied_up > position.margin_quote(d(price))) == (side.sign * (price - entry) > 0)


def test_what_is_hedged_through_a_coin_leaves_out_its_futures() -> None:
    # 10 - 4 ETH and 100 SOL; a short of BTC is a hedge already, and BTC that is held is not
    hedged = TWO_COINS.with_position(short("1", "BTC")).with_added("BTC", d(2)).with_added("USDT", d(5))
    assert hedged.hedgeable_base("BTC") == {"ETH": 6, "SOL": 100, "BTC": 2}


def test_positions_at_several_exchanges_add_up_with_their_signs() -> None:
    # 10 - 4 - 3 + 1 = 4
    more = TWO_COINS.with_position(short("3", exchange="okx")).with_position(
        FuturesPosition("ETH", Side.LONG, d(1), "bybit")
    )
    assert more.net_base("ETH") == 4


def test_a_coin_that_is_only_traded_is_net_short() -> None:
    assert Portfolio(positions=(short("0.5", "BTC"),)).net_base("BTC") == d("-0.5")
    assert Portfolio().net_base("BTC") == 0


def test_coins_are_named_once_holdings_first() -> None:
    assert TWO_COINS.with_position(short("1", "BTC")).coins() == ("ETH", "SOL", "BTC")


def test_adding_keeps_the_yield_unless_a_new_one_is_given() -> None:
    assert TWO_COINS.with_added("SOL", d(50)).holding("SOL") == Holding("SOL", d(150), d("0.07"))
    assert TWO_COINS.with_added("SOL", d(50), d("0.06")).holding("SOL") == Holding("SOL", d(150), d("0.06"))
    assert TWO_COINS.with_added("BTC", d(1)).holding("BTC") == Holding("BTC", d(1))


def test_a_holding_that_is_set_keeps_its_place() -> None:
    assert TWO_COINS.with_holding(Holding("ETH", d(1))).coins() == ("ETH", "SOL")


def test_an_amount_of_zero_is_no_entry() -> None:
    assert TWO_COINS.with_holding(Holding("ETH", d(0))).holding("ETH") is None
    assert TWO_COINS.with_added("ETH", d(-10)).holding("ETH") is None
    assert TWO_COINS.with_position(short("0")).positions == ()


def test_more_than_is_held_cannot_be_taken_away() -> None:
    with pytest.raises(NotPossible, match=r"10 ETH are held, so 10\.5 cannot be taken away"):
        TWO_COINS.with_added("ETH", d("-10.5"))


def test_there_is_one_position_for_a_coin_side_and_exchange() -> None:
    assert TWO_COINS.with_position(short("5")).positions == (short("5"),)
    assert TWO_COINS.with_position(short("5", exchange=None)).positions == (short("4"), short("5", exchange=None))


def test_removing_a_coin_removes_its_positions_too() -> None:
    assert TWO_COINS.without("ETH") == Portfolio((Holding("SOL", d(100), d("0.07")),))
    assert TWO_COINS.without("ETH").without("SOL").is_empty


def test_a_change_leaves_the_portfolio_before_as_it_was() -> None:
    TWO_COINS.with_added("ETH", d(1)).without("SOL")
    assert TWO_COINS.coins() == ("ETH", "SOL")


@given(first=AMOUNTS, second=AMOUNTS, coin=COINS)
def test_what_is_added_and_taken_away_again_leaves_nothing_behind(first: Decimal, second: Decimal, coin: str) -> None:
    begin = Portfolio().with_added(coin, first)
    assert begin.with_added(coin, second).with_added(coin, second.copy_negate()) == begin


@given(st.lists(st.tuples(COINS, AMOUNTS), max_size=8))
def test_the_order_of_additions_does_not_change_what_is_held(additions: list[tuple[str, Decimal]]) -> None:
    def filled(entries: list[tuple[str, Decimal]]) -> Portfolio:
        portfolio = Portfolio()
        for coin, amount in entries:
            portfolio = portfolio.with_added(coin, amount)
        return portfolio

    assert set(filled(additions).holdings) == set(filled(additions[::-1]).holdings)
