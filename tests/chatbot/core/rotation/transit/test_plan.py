"""A rotation of $5,000: the figures of the method, worked out by hand; and laws for any amount."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import MarketUnavailable
from chatbot.core.hedging.plan import Caution as HedgeCaution
from chatbot.core.hedging.terms import Proxy
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import Instrument, Level, OrderBook
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.rotation.transit.outcomes import Outcome
from chatbot.core.rotation.transit.plan import Caution, RotationPlan, plan_rotation
from chatbot.core.rotation.transit.stages import TooFew
from chatbot.core.rotation.transit.terms import ByFutures, Place, Sale
from chatbot.core.statistics import Beta
from tests.chatbot.core.rotation.transit.samples import TERMS, flat, place, planned, spot
from tests.samples import NOW, book, d, perpetual


def outcome(plan: RotationPlan, stage: int, sold: str, bought: str = "0.2") -> Outcome:
    return next(
        each
        for each in plan.outcomes
        if (each.stage, each.sold_share, each.bought_share) == (stage, d(sold), d(bought))
    )


def test_five_thousand_in_four_stages_are_bridged_by_thirty_percent_of_what_is_unsold() -> None:
    plan = planned()
    # 30 % of 5,000, 3,750, 2,500, 1,250 and 0
    assert [plan.short_after_quote(stage) for stage in range(5)] == [1500, 1125, 750, 375, 0]
    assert [stage.sold_quote for stage in plan.stages] == [0, 1250, 1250, 1250, 1250]
    assert [stage.unsold_quote for stage in plan.stages] == [5000, 3750, 2500, 1250, 0]
    assert [stage.after for stage in plan.stages] == [timedelta(days=day) for day in range(5)]


def test_the_short_loses_when_what_is_sold_rises_and_earns_when_it_falls() -> None:
    plan = planned()
    # 300 coins short at 5, +-1 each; 1,000 coins held
    up, down = outcome(plan, 0, "0.2"), outcome(plan, 0, "-0.2")
    assert (up.short_quote, up.held_quote, up.bought_quote) == (-300, 1000, 0)
    assert (down.short_quote, down.held_quote, down.bought_quote) == (300, -1000, 0)
    # halfway: 500 coins held, 150 short, half bought
    half = outcome(plan, 2, "-0.2", "0.2")
    assert (half.held_quote, half.short_quote) == (-500, 150)
    assert half.bought_quote == plan.stages[2].bought_quote * d("0.2")
    end = outcome(plan, 4, "0.2", "-0.2")
    assert (end.held_quote, end.short_quote) == (0, 0)


def test_a_short_that_is_kept_is_a_bet_after_the_last_sale() -> None:
    plan = planned(keeps_short=True)
    assert [plan.short_after_quote(stage) for stage in range(5)] == [1500] * 5
    assert Caution.BET in plan.cautions
    end = outcome(plan, 4, "0.2")
    assert (end.held_quote, end.short_quote) == (0, -300)


def test_what_is_bought_costs_no_more_than_the_sale_brought() -> None:
    # a stage brings 1,250 less 0.1 % = 1,248.75; x * 0.5 * 1.001 <= 1,248.75: x = 2,495.00499..., steps of 0.01
    # the 0.0025 left of the first goes into the next: 2,495.0099..., still 2,495.00
    plan = planned()
    assert [trade.amount_base for trade in plan.stages[1].purchases] == [d("2495.00")]
    assert plan.stages[1].spent_quote == d("1247.50")


def test_it_pays_when_the_difference_exceeds_fees_and_slippage_less_funding() -> None:
    # spot 0.1 % of 5,000 and of 4,990.01; short: 2 * 0.05 % of 1,500 = 1.50
    # funding 0.03 % a day of 1,500, 1,125, 750, 375, a day each: 0.0003 * 3,750 = 1.125
    plan = planned()
    cost = plan.cost
    bought = sum((stage.spent_quote for stage in plan.stages), d(0))
    assert bought == d("4990.005")  # 2,495.00 + 2,495.00 + 2,495.00 + 2,495.01 coins at 0.5
    assert cost.trade_fees_quote == 5 + bought * d("0.001")
    assert (cost.trade_slippage_quote, cost.bridge_slippage_quote) == (0, 0)
    assert (cost.bridge_fees_quote, cost.funding_quote) == (d("1.5"), d("1.125"))
    assert cost.total_quote == d("5") + d("4.990005") + d("1.5") - d("1.125")
    assert cost.break_even_share == d("10.365005") / 5000
    assert cost.is_whole


def test_each_stage_walks_the_visible_book_by_itself_and_none_is_extrapolated() -> None:
    # 1,000 UNI in one go where 250 are bid at 4.9975; in four stages each is filled, 0.05 % below mid
    narrow = place(book=book(spot("UNI"), "5", "250"))
    assert Caution.THIN_BOOK not in planned(source=narrow).cautions
    thin = planned(source=narrow, stages=1)
    assert Caution.THIN_BOOK in thin.cautions
    assert thin.cost.trade_slippage_quote is None
    assert not thin.cost.is_whole
    trade = planned(source=narrow).stages[1].sales[0]
    assert trade.cost is not None
    assert trade.cost.slippage_quote == d("0.625")  # 250 * 0.0025


def test_a_coin_without_a_contract_is_bridged_by_beta_in_its_proxy() -> None:
    # 30 % of 5,000 * 1.26 = 1,890 of ETH at 3,000: 0.63
    through = place(futures=(flat("ETH", "3000"),), proxy=Proxy("ETH", 1.26, 90, r_squared=0.49))
    plan = planned(source=through)
    (bridge,) = plan.bridges
    assert [short.amount_base for short in bridge.shorts] == [d("0.63"), d("0.47"), d("0.31"), d("0.15"), 0]
    # UNI -20 %: ETH follows on average by (0.8)^(0.49/1.26) - 1 = -8.311 %; of 1,890
    assert bridge.result_quote(0, d("-0.2")) == pytest.approx(Decimal("157.1"), abs=Decimal("0.1"))
    assert bridge.result_quote(0, d("0.2")) < 0
    assert plan.pair is None


def test_margin_and_liquidation_of_the_bridge_are_those_of_a_hedge() -> None:
    # short 300 at 5, 2x, mmr 0.5 %, taker 0.05 %: 7.5 / 1.0055 = 7.459
    room = planned().bridges[0].hedge.room
    assert room is not None
    assert room.margin_quote == 750
    assert room.liquidation_quote == pytest.approx(d("7.459"), abs=d("0.001"))


def test_without_a_bridge_the_plan_is_still_there_and_says_why() -> None:
    plan = planned(source=place(futures=(), trouble="no exchange here has a perpetual"))
    assert plan.bridges == ()
    assert plan.unbridged[0].reason == "no exchange here has a perpetual"
    assert plan.cost.bridge_fees_quote == 0
    small = planned(amount_base="4")  # 30 % of 20 is 6, after the first stage 4.50, the smallest order 5; of 12: 3.60
    assert not small.unbridged
    assert [each.coin for each in planned(amount_base="2.4").unbridged] == ["UNI"]


def test_what_is_too_small_for_stages_is_sold_at_once_and_not_left_open_until_the_last_day() -> None:
    plan = planned(amount_base="2")  # $10: one stage of at least 5.10
    assert plan.is_cut_to_one
    assert plan.stages[-1].after == timedelta(0)
    assert (plan.bridges, plan.unbridged, plan.stages_possible) == ((), (), 1)


def test_an_order_that_the_book_cannot_fill_comes_with_stages_or_an_amount_that_it_can() -> None:
    thin = book(spot("UNI"), "5", "300")  # 300 coins on each side: four stages of 250, not two of 500
    plan = planned(source=place(book=thin), stages=2)
    assert Caution.THIN_BOOK in plan.cautions
    assert (plan.filling_stages, plan.filling_quote) == (8, 2500)
    assert planned(source=place(book=thin)).filling_stages is None


def test_an_order_is_told_as_a_share_of_what_its_coin_trades_in_a_day() -> None:
    sold = planned().sold[0]  # a stage of 1,250
    assert sold.volume_day_quote is not None
    assert sold.day_share == 1250 / sold.volume_day_quote


def test_stages_that_would_fall_below_the_smallest_order_are_fewer() -> None:
    # $12 in stages of at least $5 * 1.02: 2
    plan = planned(amount_base="2.4")
    assert (len(plan.stages) - 1, plan.stages_asked) == (2, 4)
    assert Caution.FEWER_STAGES in plan.cautions
    with pytest.raises(TooFew) as caught:
        planned(amount_base="0.5")
    assert caught.value.least_quote == d("5.1")


def test_a_purchase_by_futures_is_a_long_with_its_margin_and_liquidation() -> None:
    # 2,495 * 0.5 a stage; taker 0.05 %: 1,248.75 / (0.5 * 1.0005) = 2,496.2518...
    plan = planned(purchase=ByFutures())
    assert [trade.amount_base for trade in plan.stages[1].purchases] == [d("2496.25")]
    (leg,) = plan.longs
    assert leg.side is Side.LONG
    assert leg.margin_quote == leg.sizing.notional_quote / 2
    assert leg.room is not None
    # 0.5 * (1 - 0.5) / (1 - 0.0055) = 0.2514
    assert leg.room.liquidation_quote == pytest.approx(d("0.2514"), abs=d("0.0001"))
    assert leg.funding.now_per_day_quote is not None
    assert leg.funding.now_per_day_quote < 0  # longs pay a positive rate


def test_the_pair_moves_the_same_exposure_without_a_sale() -> None:
    # long 5,000 FET at beta 1.6, short 5,000 UNI at 1.25: +1,750 of bitcoin; neutral shorts 5,000 * 1.6 / 1.25
    def beta(value: float) -> Beta:
        return Beta(value, 0.1, 0.7, 0.49, 90, 0.9, 0.5, 0.64)

    pair = planned(source=place(beta=beta(1.25)), target=place("FET", "0.5", beta=beta(1.6))).pair
    assert pair is not None
    assert (pair.dollars_usd, pair.beta_usd, pair.neutral_usd) == (0, 1750, 6400)
    assert pair.margin_quote == 5000  # 2,500 a leg at 2x
    assert pair.fees_quote == 10  # four fills of 5,000 at 0.05 %
    # 0.5 / 5 = 0.1; 5 % lower; 5 % of 5,000, or 1/0.95 - 1 = 5.263 % of it
    assert (pair.ratio_base, pair.stop_base) == (d("0.1"), d("0.095"))
    assert pair.long_loss_quote == 250
    assert pair.short_loss_quote == pytest.approx(d("263.16"), abs=d("0.01"))
    assert pair.funding_per_day_quote == 0  # the same rate on both sides


def test_ten_thousand_against_ten_thousand_is_no_zero_in_beta() -> None:
    # long ETH at 1.44 against bitcoin: +4,400
    fit = Beta(1.44, 0.1, 0.7, 0.49, 90, 0.9, 0.5, 0.64)
    bitcoin = place("BTC", "50000", futures=(flat("BTC", "50000"),))
    ether = place("ETH", "2500", futures=(flat("ETH", "2500"),), beta=fit)
    pair = planned(source=bitcoin, target=ether, amount_base="0.2").pair
    assert pair is not None
    assert (pair.dollars_usd, pair.beta_usd) == (0, 4400)


def test_a_short_that_is_recorded_already_is_counted_against_the_bridge() -> None:
    held = Portfolio((Holding("UNI", d(1000)),), (FuturesPosition("UNI", Side.SHORT, d(900), "bybit"),))
    hedge = planned(portfolio=held).bridges[0].hedge
    assert HedgeCaution.OVER_HEDGED in hedge.cautions
    assert hedge.existing.over_quote == 1000  # 900 + 300 - 1,000 coins at 5


def test_prices_older_than_ten_minutes_size_nothing() -> None:
    old = NOW - timedelta(minutes=11)
    with pytest.raises(MarketUnavailable):
        planned(source=place(priced_at=old))
    assert Caution.OLD_PRICE in planned(source=place(priced_at=NOW - timedelta(minutes=2))).cautions
    stale = flat("UNI", "5")
    futures = (replace(stale, quote=replace(stale.quote, as_of=old)),)
    assert planned(source=place(futures=futures)).unbridged


def test_a_leverage_that_cannot_be_opened_is_refused() -> None:
    with pytest.raises(LeverageRefused):
        planned(leverage=d(200))


def test_several_coins_are_sold_into_equal_parts_of_several_others() -> None:
    sales = [Sale(place(), d(600)), Sale(place("AAVE", "100"), d(20))]  # 3,000 and 2,000
    targets = [place("FET", "0.5"), place("TAO", "250")]
    plan = plan_rotation(sales, targets, TERMS, now=NOW, portfolio=Portfolio())
    assert plan.value_quote == 5000
    assert plan.short_quote == 1500
    assert len(plan.bridges) == 2
    fet, tao = (each.value_quote for each in plan.bought)
    assert abs(fet - tao) < 5  # one step of TAO is 2.50
    assert plan.pair is not None
    assert plan.pair.ratio_base is None


amounts = st.decimals(min_value=Decimal(20), max_value=Decimal(100_000), places=4)


@settings(max_examples=60, deadline=None)
@given(
    amount=amounts,
    stages=st.integers(1, 12),
    share=st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1), places=2),
    slippage=st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("0.02"), places=4),
)
def test_the_laws_of_a_bridged_rotation(amount: Decimal, stages: int, share: Decimal, slippage: Decimal) -> None:
    source = place(book=_wide(spot("UNI"), d(5), slippage))
    target = place("FET", "0.5", book=_wide(spot("FET"), d("0.5"), slippage))
    plan = planned(amount_base=str(amount), source=source, target=target, stages=stages, hedge_share=share)
    sold = sum((-trade.amount_base for stage in plan.stages for trade in stage.sales), d(0))
    assert 0 <= amount - sold < d("0.01")  # within one step
    spent = d(0)
    brought = d(0)
    for number, stage in enumerate(plan.stages):
        for bridge in plan.bridges:
            assert bridge.shorts[number].amount_base <= share * stage.unsold_base[0] + d("1e-12")
        brought += sum((-t.value_usd - t.cost.fee_quote - t.cost.slippage_quote for t in stage.sales if t.cost), d(0))
        spent += sum((t.value_usd + t.cost.fee_quote + t.cost.slippage_quote for t in stage.purchases if t.cost), d(0))
        assert spent <= brought + d("1e-9")
    assert plan.short_after_quote(len(plan.stages) - 1) == 0
    for each in plan.outcomes:
        assert each.short_quote * each.sold_share <= 0
        assert abs(each.short_quote) <= abs(each.held_quote) * share + d("1e-9")  # never over-hedges


def _wide(market: Instrument, price: Decimal, half_share: Decimal) -> OrderBook:
    bid, ask = (Level(price * (1 + sign * half_share), d(1_000_000)) for sign in (-1, 1))
    return OrderBook(market, (bid,), (ask,), NOW)


def test_a_coin_without_a_spot_market_is_planned_and_its_costs_are_said_to_be_unknown() -> None:
    bare: Place = place(market=None, book=None)
    plan = planned(source=bare)
    assert Caution.NO_SPOT_MARKET in plan.cautions
    assert not plan.cost.is_whole
    assert perpetual("UNI") == plan.bridges[0].hedge.chosen.instrument


@settings(max_examples=40, deadline=None)
@given(
    amount=st.decimals(min_value=Decimal(1000), max_value=Decimal(100_000), places=2),
    stages=st.integers(1, 12),
    beta=st.floats(0.3, 3),
    r_squared=st.floats(0.01, 1),
)
def test_the_laws_of_a_bridge_through_a_proxy(amount: Decimal, stages: int, beta: float, r_squared: float) -> None:
    through = place(futures=(flat("ETH", "3000"),), proxy=Proxy("ETH", beta, 90, r_squared=r_squared))
    plan = planned(amount_base=str(amount), source=through, stages=stages)
    (bridge,) = plan.bridges
    for short, stage in zip(bridge.shorts, plan.stages, strict=True):
        assert short.notional_quote <= stage.unsold_quote * d("0.3") * Decimal(repr(beta)) * (1 + d("1e-12"))
    assert bridge.shorts[-1].contracts == 0
    assert all(each.short_quote * each.sold_share <= 0 for each in plan.outcomes)
