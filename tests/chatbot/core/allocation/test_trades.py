"""Weights and trades of one bucket."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.allocation.trades import CoinPlace, trades_to, weights_of
from chatbot.core.chats import Weighting
from chatbot.core.markets import InstrumentKind
from chatbot.core.quantities import floor_to_step
from tests.samples import d, perpetual

SPOT = perpetual("ETH", symbol="ETH/USDT", kind=InstrumentKind.SPOT, taker_share=d("0.001"))
BTC = CoinPlace("BTC", d("0.5"), d(60_000), volatility_per_year=0.4)
ETH = CoinPlace("ETH", d(10), d(1_000), replace(SPOT, minimum_quote=d(5)), 0.8)


def test_weights_are_current_equal_or_the_inverse_of_volatility() -> None:
    # 30,000 and 10,000 are held; 1/0.4 = 2.5 against 1/0.8 = 1.25
    assert weights_of([BTC, ETH], Weighting.CURRENT) == (d("0.75"), d("0.25"))
    assert weights_of([BTC, ETH], Weighting.EQUAL) == (d("0.5"), d("0.5"))
    assert [round(each, 6) for each in weights_of([BTC, ETH], Weighting.INVERSE_VOLATILITY)] == [
        d("0.666667"),
        d("0.333333"),
    ]


def test_a_coin_without_a_history_counts_as_the_most_volatile() -> None:
    unknown = replace(BTC, volatility_per_year=None)
    assert weights_of([unknown, ETH], Weighting.INVERSE_VOLATILITY) == (d("0.5"), d("0.5"))


def test_coins_that_are_not_held_yet_share_equally() -> None:
    bare = [replace(place, held_base=d(0)) for place in (BTC, ETH)]
    assert weights_of(bare, Weighting.CURRENT) == (d("0.5"), d("0.5"))


def test_trades_are_whole_steps_and_nothing_below_the_smallest_order() -> None:
    # 10,000 of ETH to 12,345.67: 2,345.67 / 1,000 = 2.34 coins in steps of 0.01
    (trade,) = trades_to([ETH], d("12345.67"), Weighting.CURRENT)
    assert (trade.amount_base, trade.value_usd) == (d("2.34"), d(2340))
    # 4 dollars are below the smallest order of 5
    assert (
        trades_to([replace(ETH, market=replace(SPOT, step_contracts=d("0.001")))], d(10_004), Weighting.CURRENT) == ()
    )


def test_no_more_is_sold_than_is_held() -> None:
    (trade,) = trades_to([ETH], d(0), Weighting.CURRENT)
    assert trade.amount_base == -10


positive = st.decimals("0.01", "100000", places=2)
places = st.lists(
    st.builds(
        lambda held, price, step, volatility: (held, price, step, volatility),
        st.decimals("0", "1000", places=2),
        positive,
        st.sampled_from([Decimal("0.001"), Decimal("0.01"), Decimal(1)]),
        st.none() | st.floats(0.05, 3),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda rows: [
        CoinPlace(
            f"C{at}",
            floor_to_step(held, step),  # what is less than a step cannot be sold
            price,
            replace(SPOT, coin=f"C{at}", step_contracts=step, minimum_contracts=None, minimum_quote=None),
            volatility,
        )
        for at, (held, price, step, volatility) in enumerate(rows)
    ]
)


@given(places, st.sampled_from(Weighting))
def test_weights_sum_to_one_and_none_is_negative(coins: list[CoinPlace], weighting: Weighting) -> None:
    weights = weights_of(coins, weighting)
    assert sum(weights) == 1
    assert all(weight >= Decimal("-1e-24") for weight in weights)


@given(places, st.decimals("0", "1000000", places=2), st.sampled_from(Weighting))
def test_trades_bring_a_bucket_to_its_target_within_one_step(
    coins: list[CoinPlace], wanted: Decimal, weighting: Weighting
) -> None:
    trades = trades_to(coins, wanted, weighting)
    reached = sum(place.value_usd for place in coins) + sum(trade.value_usd for trade in trades)
    largest_step = max(place.step_base * place.price_usd for place in coins)
    assert abs(reached - wanted) <= largest_step
    sold = {trade.coin: -trade.amount_base for trade in trades}
    assert all(sold.get(place.coin, Decimal(0)) <= place.held_base for place in coins)
