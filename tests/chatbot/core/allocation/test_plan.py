"""The plan of an allocation: rows, drift, trades, hedging legs, caps, each with its published figures."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.allocation.buckets import bucket_of, is_unknown, stakes_of, total_usd
from chatbot.core.allocation.caps import Cap
from chatbot.core.allocation.plan import AllocationPlan, Market, Wanted, plan_allocation, with_costs
from chatbot.core.allocation.targets import PRESETS, Target, target_of
from chatbot.core.catalogue import CATALOGUE, SECTORS
from chatbot.core.chats import AllocationChoice, Bucket
from chatbot.core.errors import NotPossible
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from tests.fakes import spot_price
from tests.samples import NOW, d

PRICES = {"BTC": "60000", "ETH": "3000", "SOL": "150", "AVAX": "20", "TURBO": "0.01", "USDT": "1"}
MARKET = Market({coin: spot_price(coin, price) for coin, price in PRICES.items()}, {}, {})
USUAL = AllocationChoice()
# 60,000 foundation, 20,000 growth, 10,000 small, 5,000 stables, and 10,000 of TURBO at 2x: 5,000 of margin
HELD = Portfolio(
    (
        Holding("BTC", d("0.5")),
        Holding("ETH", d(10)),
        Holding("AVAX", d(1000)),
        Holding("TURBO", d(1_000_000)),
        Holding("USDT", d(5000)),
    ),
    (FuturesPosition("TURBO", Side.LONG, d(1_000_000), "bybit", None, d(2)),),
)


def plan(words: str | None, held: Portfolio = HELD, amount: str | None = None, **changes: Any) -> AllocationPlan:
    target = target_of(words) if words else None
    wanted = Wanted(target, USUAL, d(amount) if amount else None, **changes)
    return plan_allocation(wanted, held, MARKET, NOW)


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("balanced", [60_000, 25_000, 10_000, 5_000]),
        ("bull", [40_000, 35_000, 15_000, 10_000]),
        ("bear", [55_000, 25_000, 10_000, 10_000]),
        ("resilience", [55_000, 30_000, 15_000]),
        ("longbeta", [30_000, 50_000, 20_000]),
        ("preservation", [70_000, 30_000]),
        ("symbiosis", [60_000, 20_000, 20_000]),
        ("overhang", [40_000, 30_000, 30_000]),
        ("60/25/10/5", [60_000, 25_000, 10_000, 5_000]),
    ],
)
def test_a_hundred_thousand_dollars_by_each_preset(name: str, amounts: list[int]) -> None:
    assert [row.wanted_usd for row in plan(name, amount="100000").rows] == amounts


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("longbeta", 10_000, 10_000),  # 10 % of the total
        ("preservation", 30_000, 50_000),  # 30 to 50 % of the total
        ("symbiosis", 0, 18_000),  # 0 to 30 % of a core of 60,000
        ("overhang", 4_500, 6_000),  # 15 to 20 % of 30,000 in the sector
    ],
)
def test_the_short_of_a_preset_of_a_hundred_thousand_dollars(name: str, low: int, high: int) -> None:
    hedge = plan(name, amount="100000").hedge
    assert hedge is not None
    assert (hedge.low_usd, hedge.high_usd) == (low, high)
    assert hedge.middle_usd == (low + high) / 2
    assert hedge.margin_usd == hedge.middle_usd / 2
    assert not hedge.is_above_range


def test_half_of_the_core_hedged_is_above_the_range_of_its_preset() -> None:
    hedge = plan("symbiosis", amount="100000", hedge_share=d("0.5")).hedge
    assert hedge is not None
    assert hedge.middle_usd == 30_000
    assert hedge.is_above_range


def test_a_hedge_takes_its_margin_from_stables() -> None:
    # 15 % of 60,000 at 2x
    hedge = plan("symbiosis", amount="100000").hedge
    assert hedge is not None
    assert (hedge.margin_usd, hedge.stables_usd) == (4_500, 20_000)


def test_futures_count_at_margin_as_money_and_at_notional_as_exposure() -> None:
    *_, futures, stables = plan("balanced").rows
    assert (futures.words, futures.value_usd, futures.exposure_usd) == ("Small-cap futures", 5_000, 10_000)
    assert (stables.words, stables.value_usd, stables.wanted_share) == ("Stables", 5_000, 0)


def test_the_margin_of_a_hedge_in_a_large_coin_is_counted_with_the_stables() -> None:
    held = Portfolio((Holding("BTC", d(1)),), (FuturesPosition("BTC", Side.SHORT, d("0.5"), None, None, d(3)),))
    foundation, stables = plan(None, held).rows
    assert foundation.value_usd == 60_000
    assert (stables.value_usd, stables.exposure_usd) == (10_000, -30_000)


def test_a_position_without_a_leverage_ties_up_all_of_its_notional() -> None:
    held = Portfolio((), (FuturesPosition("TURBO", Side.SHORT, d(1000)),))
    (stake,) = stakes_of(held, {"TURBO": d("0.01")}, USUAL)
    assert (stake.value_usd, stake.exposure_usd) == (10, -10)


def test_drift_is_in_points_and_in_money() -> None:
    # of 100,000: growth 20,000 is 20 %, five points below 25 %
    growth = plan("balanced").rows[1]
    assert (growth.drift_share, growth.trade_usd) == (d("-0.05"), 5_000)


def test_inside_the_band_nothing_is_traded_unless_asked() -> None:
    assert plan("balanced").is_within_band
    assert plan("balanced").trades == ()
    assert [trade.coin for trade in plan("balanced", is_forced=True).trades] == ["AVAX"]


def test_outside_the_band_everything_goes_back_to_the_target() -> None:
    # bull: BTC and ETH 60,000 to 40,000, half of it each by current weight: BTC -10,000, ETH -10,000;
    # BTC 0.166666 leaves 0.04, which ETH takes: 10,000.04 / 3,000; AVAX 20,000 to 35,000; TURBO has no place in it
    amounts = {trade.coin: trade.amount_base for trade in plan("bull").trades}
    assert amounts == {"BTC": d("-0.166666"), "ETH": d("-3.333346"), "AVAX": d(750), "TURBO": d(-1_000_000)}


def test_stated_money_buys_the_coins_that_are_named() -> None:
    bought = plan("60/25/10/5", amount="100000", coins=("BTC", "SOL", "AVAX", "TURBO")).trades
    assert {trade.coin: trade.value_usd.quantize(d("0.01")) for trade in bought} == {
        "BTC": 30_000,
        "SOL": 30_000,
        "AVAX": 25_000,
        "TURBO": 10_000,
    }


def test_what_the_catalogue_does_not_know_is_a_small_cap_until_its_owner_says_otherwise() -> None:
    mine = AllocationChoice(buckets=(("ZZZ", Bucket.GROWTH), ("SOL", Bucket.GROWTH)))
    assert bucket_of("ZZZ", USUAL) is Bucket.SMALL
    assert is_unknown("ZZZ", USUAL)
    assert bucket_of("ZZZ", mine) is bucket_of("SOL", mine) is Bucket.GROWTH
    assert not is_unknown("ZZZ", mine)


def test_a_breach_names_what_would_comply() -> None:
    # one position of 5 % where less than 1 % of 100,000 is allowed
    (breach,) = plan("balanced").breaches
    assert (breach.cap, breach.found_share, breach.allowed_usd) == (Cap.POSITION, d("0.05"), 1_000)
    (target,) = plan("50/20/10/20", amount="100000").breaches
    assert (target.cap, target.found_share, target.allowed_usd) == (Cap.TARGET, d("0.2"), 15_000)


def test_leverage_above_the_guide_comes_with_the_way_to_the_end() -> None:
    # 10x: 1/10 - 0.5 % = 9.5 %; margin 1,000,000 * 0.01 / 10 = 1,000
    held = Portfolio(HELD.holdings, (FuturesPosition("TURBO", Side.LONG, d(1_000_000), None, None, d(10)),))
    breach = next(each for each in plan(None, held).breaches if each.cap is Cap.LEVERAGE)
    assert (breach.wipe_out_share, breach.loss_usd) == (d("0.095"), 1_000)


def test_without_anything_that_has_a_price_there_is_nothing_to_allocate() -> None:
    with pytest.raises(NotPossible):
        plan("bull", Portfolio((Holding("NEVERHEARD", d(1)),)))


def test_what_is_left_out_is_named() -> None:
    held = Portfolio((*HELD.holdings, Holding("NEVERHEARD", d(1))), ())
    assert plan("bull", held).coins_without_price == ("NEVERHEARD",)
    assert with_costs(plan("bull"), {}).trades == plan("bull").trades
    assert plan("bull").as_of == NOW
    assert plan("bull").planned_at - NOW == timedelta()


held_amounts = st.dictionaries(st.sampled_from(sorted(PRICES)), st.decimals("0.01", "5000", places=2), min_size=1)


@given(held_amounts, st.sampled_from(PRESETS))
def test_rows_hold_all_of_the_capital_and_the_trades_of_buckets_cancel(
    held: dict[str, Decimal], target: Target
) -> None:
    portfolio = Portfolio(tuple(Holding(coin, amount) for coin, amount in held.items()), HELD.positions)
    made = plan_allocation(Wanted(target, USUAL, is_forced=True), portfolio, MARKET, NOW)
    assert sum(row.value_usd for row in made.rows) == made.capital_usd == total_usd(made.stakes)
    assert abs(sum((row.trade_usd for row in made.rows), Decimal(0))) < Decimal("1e-15")
    assert sum(row.wanted_share for row in made.rows) == 1


WORDS = (*(each.name for each in PRESETS), *(f"overhang {sector}" for sector in SECTORS), "60/25/10/5")
EVERYWHERE = Market({coin: spot_price(coin, "1") for coin in CATALOGUE}, {}, {})
own_buckets = st.dictionaries(st.sampled_from(("BTC", "SOL", "AVAX", "TON")), st.sampled_from((Bucket.SMALL,)))


@given(st.sampled_from(WORDS), own_buckets, st.sampled_from(((), ("BTC",), ("LINK",), ("AVAX", "W"))))
def test_with_the_coins_that_are_suggested_no_slice_is_without(
    words: str, own: dict[str, Bucket], named: tuple[str, ...]
) -> None:
    def planned(coins: tuple[str, ...]) -> AllocationPlan:
        choice = AllocationChoice(buckets=tuple(own.items()))
        wanted = Wanted(target_of(words), choice, d(100_000), coins)
        return plan_allocation(wanted, Portfolio(), EVERYWHERE, NOW)

    first = planned(named)
    bought = tuple(trade.coin for trade in first.trades)
    assert bool(first.rows_without_coins) == bool(first.coins_suggested(CATALOGUE))
    assert not {*bought, *named} & {*first.coins_suggested(CATALOGUE)}
    assert planned((*bought, *first.coins_suggested(CATALOGUE))).rows_without_coins == ()


@given(st.sampled_from(WORDS), st.integers(0, 100).map(lambda percent: d(percent) / 100))
def test_coins_and_margin_of_a_stated_amount_are_no_more_than_it(words: str, hedge_share: Decimal) -> None:
    made = plan(words, amount="50000", hedge_share=hedge_share)
    if made.hedge is not None:
        coins = [row.wanted_usd for row in made.rows if row.buckets != (Bucket.STABLES,)]
        spent = sum(coins, d(0)) * made.bought_share + made.hedge.margin_usd
        assert spent <= 50_000
        assert made.bought_share == 1 or 50_000 - spent <= 50  # a tenth of a percent


def test_where_no_coin_of_the_catalogue_fits_none_is_suggested() -> None:
    """All of the sector are put nowhere else, but none has a price."""
    coins = tuple(coin for coin, entry in CATALOGUE.items() if entry.sector == "bitcoin ecosystem")
    made = plan("overhang bitcoin ecosystem", amount="1000", coins=coins)
    assert [row.words for row in made.rows_without_coins] == ["Sector bitcoin ecosystem"]
    assert made.coins_suggested(CATALOGUE) == ()


def test_a_position_alone_fills_no_slice_of_coins() -> None:
    """AVAX is growth; who is only long of its future has no growth coin to buy more of."""
    held = Portfolio((Holding("BTC", d(1)),), (FuturesPosition("AVAX", Side.LONG, d(100), "bybit", None, d(2)),))
    assert [row.words for row in plan("balanced", held).rows_without_coins] == ["Growth", "Small caps"]


def test_no_coin_is_suggested_that_no_exchange_lists() -> None:
    made = plan("overhang privacy", amount="1000")
    assert made.coins_suggested({"XMR", "ZEC", "DASH"}) == ("XMR", "ZEC")
    assert made.coins_suggested({"BTC", "DASH"}) == ("DASH",)
    assert made.coins_suggested({"BTC"}) == ()
