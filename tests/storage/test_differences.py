"""What a change touched can be put back."""

from decimal import Decimal

from hypothesis import given

from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from storage.differences import part_of, put_back, touched_coins
from tests.storage.edits import portfolios

ETH, BTC, SOL = (Holding(coin, Decimal(1)) for coin in ("ETH", "BTC", "SOL"))
SHORT_ETH = FuturesPosition("ETH", Side.SHORT, Decimal(5), "bybit")


def test_only_coins_that_differ_are_touched() -> None:
    before = Portfolio((ETH, BTC), (SHORT_ETH,))
    assert touched_coins(before, Portfolio((ETH, SOL), (SHORT_ETH,))) == ("BTC", "SOL")
    assert touched_coins(before, Portfolio((ETH, BTC))) == ("ETH",)
    assert touched_coins(before, before) == ()


def test_a_removed_coin_returns_to_its_place() -> None:
    before = Portfolio((ETH, BTC, SOL))
    assert put_back(before.without("BTC"), ["BTC"], part_of(before, ["BTC"])) == before


def test_a_coin_that_came_later_stays_when_another_is_put_back() -> None:
    before = Portfolio((ETH, BTC))
    later = Portfolio((BTC, SOL))  # ETH removed, then SOL added
    assert put_back(later, ["ETH"], part_of(before, ["ETH"])) == Portfolio((ETH, BTC, SOL))


@given(portfolios(), portfolios())
def test_putting_back_what_was_touched_gives_the_same_coins_as_before(before: Portfolio, after: Portfolio) -> None:
    coins = touched_coins(before, after)
    back = put_back(after, coins, part_of(before, coins))
    assert touched_coins(before, back) == ()


@given(portfolios())
def test_putting_back_everything_keeps_the_order_too(before: Portfolio) -> None:
    coins = before.coins()
    assert put_back(Portfolio(), coins, part_of(before, coins)) == before
