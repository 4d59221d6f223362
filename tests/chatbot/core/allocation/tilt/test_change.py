"""What a tilt changes, from an amount or from what is held."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.allocation.tilt.change import Kind, Trouble, enhanced, held, neutralised, stated
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from tests.samples import d

PRICES = {"BTC": d(50_000), "ETH": d(2_000), "USDT": d(1), "USDC": d(1)}
HELD = Portfolio((Holding("BTC", d(1)), Holding("ETH", d(25)), Holding("USDT", d(20_000))))


def test_fifteen_points_of_a_hundred_thousand_are_fifteen_thousand() -> None:
    # 65 % less 50 % of 100,000, and 35 % less 50 %
    change = stated(("BTC", "ETH"), [d("0.5"), d("0.5")], [d("0.65"), d("0.35")], d(100_000))
    assert [(each.coin, each.side, each.change_usd) for each in change.moved] == [
        ("BTC", Side.LONG, d(15_000)),
        ("ETH", Side.SHORT, d(-15_000)),
    ]
    assert change.is_full


def test_several_coins_are_weighed_against_each_other() -> None:
    # 50,000 of BTC and 50,000 of ETH; the 20,000 of dollars are not named and not touched
    change = held(("ETH", "BTC"), [d("0.35"), d("0.65")], HELD, PRICES)
    assert change.capital_usd == 100_000
    assert [(each.coin, each.change_usd) for each in change.moved] == [("BTC", d(15_000)), ("ETH", d(-15_000))]


def test_one_coin_is_weighed_against_everything_that_is_held() -> None:
    # 120,000 in all; ETH from 50,000 to 25 % = 30,000
    change = held(("ETH",), [d("0.25")], HELD, PRICES)
    assert (change.kind, change.capital_usd) == (Kind.SINGLE, d(120_000))
    assert change.coins[0].change_usd == -20_000
    assert not change.is_full


def test_futures_that_are_recorded_count_so_that_the_same_tilt_is_not_made_twice() -> None:
    positions = (FuturesPosition("BTC", Side.LONG, d("0.3")), FuturesPosition("ETH", Side.SHORT, d("7.5")))
    change = held(("BTC", "ETH"), [d("0.65"), d("0.35")], Portfolio(HELD.holdings, positions), PRICES)
    assert change.trouble is Trouble.NO_CHANGE  # 65,000 and 35,000 already


def test_one_stablecoin_stands_for_all_dollars() -> None:
    change = held(("ETH", "USDC"), [d("0.5"), d("0.5")], HELD, PRICES)
    assert change.capital_usd == 70_000
    assert [each.change_usd for each in change.moved] == [d(-15_000)]  # dollars need no leg
    assert not change.is_full


@pytest.mark.parametrize(
    ("coins", "shares", "trouble"),
    [
        (("SOL", "AVAX"), ("0.5", "0.5"), Trouble.NOTHING_HELD),
        (("SOL",), ("0.2",), Trouble.NOTHING_HELD),
        (("BTC", "ETH"), ("0.5", "0.5"), Trouble.NO_CHANGE),
        (("ETH",), ("0.6",), Trouble.RAISES_ALONE),
    ],
)
def test_what_cannot_be_tilted_is_told_by_its_trouble(
    coins: tuple[str, ...], shares: tuple[str, ...], trouble: Trouble
) -> None:
    prices = {**PRICES, "SOL": d(100), "AVAX": d(20)}
    assert held(coins, [d(each) for each in shares], HELD, prices).trouble is trouble


def test_a_coin_that_is_short_already_is_not_lowered() -> None:
    short = Portfolio(HELD.holdings, (FuturesPosition("ETH", Side.SHORT, d(30)),))
    assert held(("ETH",), [d("0.1")], short, PRICES).trouble is Trouble.NET_SHORT


def test_the_dollars_of_enhance_are_margin() -> None:
    assert enhanced("BTC", d(10_000), d(3)).moved[0].change_usd == 30_000


percents = st.integers(0, 100).map(lambda part: Decimal(part) / 100)


@given(before=percents, after=percents, capital=st.integers(100, 10**7))
def test_between_coins_the_changes_sum_to_zero(before: Decimal, after: Decimal, capital: int) -> None:
    change = stated(("BTC", "ETH"), [before, 1 - before], [after, 1 - after], Decimal(capital))
    assert sum(each.change_usd for each in change.coins) == 0


def test_a_neutral_tilt_scales_what_is_lowered() -> None:
    # 15,000 BTC against 15,000 ETH at beta 1.5: 22,500; short 15,000 * 15,000 / 22,500 = 10,000
    change = stated(("BTC", "ETH"), [d("0.5"), d("0.5")], [d("0.65"), d("0.35")], d(100_000))
    neutral = neutralised(change, {"BTC": 1.0, "ETH": 1.5})
    assert neutral is not None
    assert [round(each.change_usd, 9) for each in neutral.moved] == [d(15_000), d(-10_000)]
    assert not neutral.is_full
    assert neutralised(change, {"BTC": 1.0}) is None  # no beta
    assert neutralised(change, {"BTC": 4.0, "ETH": 1.0}) is None  # 60,000 of ETH, 50,000 are there
