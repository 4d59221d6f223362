"""The plan of a tilt: published figures, and what must hold for every tilt."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.core.allocation.tilt.change import Change, CoinChange, Kind, enhanced, stated
from chatbot.core.allocation.tilt.figures import BreakEven, LegBeta, Way, break_even
from chatbot.core.allocation.tilt.plan import Caution, NoSuchContract, TooSmall
from chatbot.core.errors import MarketUnavailable, NotPossible
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import InstrumentKind, MarginTier
from chatbot.core.portfolio import Side
from tests.chatbot.core.allocation.tilt.samples import (
    BTC,
    ETH,
    PRICES,
    SPOT_PRICES,
    by_spot,
    fifty_fifty,
    near,
    planned,
    priced,
    terms,
)
from tests.samples import NOW, d, funding, history, perpetual, quote, tiers


def test_150_contracts_of_100_dollars_and_3000_of_margin_a_leg() -> None:
    # 15,000 / 100 = 150 contracts; 15,000 / 5 = 3,000
    plan = planned()
    assert [(leg.coin, leg.side, leg.sizing.contracts) for leg in plan.legs] == [
        ("BTC", Side.LONG, d(150)),
        ("ETH", Side.SHORT, d(150)),
    ]
    assert [leg.sizing.notional_quote for leg in plan.legs] == [d(15_000), d(15_000)]
    assert [leg.margin_quote for leg in plan.legs] == [d(3_000), d(3_000)]


def test_the_stop_of_five_percent_is_750_if_the_long_falls_and_789_if_the_short_rises() -> None:
    # 50,000 / 2,000 = 25 ETH for a BTC; * 0.95 = 23.75; 5 % * 15,000 = 750; (1 / 0.95 - 1) * 15,000 = 789.47
    stop = planned().stop
    assert (stop.ratio_base, stop.stop_base) == (d(25), d("23.75"))
    assert stop.long_loss_quote == 750
    assert near(stop.short_loss_quote, "789.47")


def test_dollars_are_not_beta() -> None:
    # 10,000 long ETH at beta 1.44 against 10,000 short BTC: 14,400 - 10,000; neutral with 14,400 short
    change = stated(("BTC", "ETH"), [d("0.5"), d("0.5")], [d("0.4"), d("0.6")], d(100_000))
    delta = planned(change).delta
    assert delta.dollars_usd == 0
    assert delta.beta_usd == 4_400
    assert delta.neutral == (("BTC", d(14_400)),)
    assert delta.year_beta_usd == 3_000  # 13,000 - 10,000 over a year


def test_the_neutral_size_does_not_hang_on_how_coarse_the_contracts_are() -> None:
    # 10,000 long ETH at beta 1.44 are neutral with 14,400 short BTC, though only 3 contracts of 3,000 fit
    change = stated(("BTC", "ETH"), [d("0.5"), d("0.5")], [d("0.4"), d("0.6")], d(100_000))
    coarse = priced(replace(BTC, contract_size=d("0.06")))
    plan = planned(change, on=(coarse, priced(ETH)))
    assert [leg.sizing.notional_quote for leg in plan.legs] == [10_000, 9_000]
    assert plan.delta.neutral == (("BTC", d(14_400)),)


def test_without_a_beta_there_is_no_beta_delta() -> None:
    betas = {"BTC": LegBeta("BTC", 1.0), "ETH": LegBeta("ETH", None)}
    delta = planned(betas=betas).delta
    assert (delta.beta_usd, delta.year_beta_usd, delta.neutral) == (None, None, ())


def test_funding_of_both_legs_is_counted_from_each_side() -> None:
    # long BTC at +0.01 %/8h pays 15,000 * 0.0003 = 4.50 a day, short ETH receives it; at 0.02 % the short gets 9.00
    plan = planned(on=(priced(BTC), priced(ETH, funding=funding("0.0002"))))
    assert [leg.funding.now_per_day_quote for leg in plan.legs] == [d("-4.5"), d("9")]
    assert [leg.funding.month_per_day_quote for leg in plan.legs] == [d("-4.5"), d("4.5")]


def test_fees_are_four_fills_and_the_basis_is_gained_by_the_short() -> None:
    # 4 * 0.05 % * 15,000 = 30; ETH 10 above its index of 1,990: 7.5 coins * 10 = 75 for the short
    eth = replace(priced(ETH), quote=quote(ETH, "2000", index_quote=d(1_990)))
    btc = replace(priced(BTC), quote=quote(BTC, "50000", index_quote=d(49_900)))
    plan = planned(on=(btc, eth))
    assert sum(leg.cost.fees_quote for leg in plan.legs) == 30
    gains = [leg.basis.gain_quote for leg in plan.legs if leg.basis]
    assert gains == [d(-30), d(75)]  # 0.3 BTC * 100 is paid by the long


def test_the_same_by_spot_with_its_costs_there_and_back() -> None:
    # buy 0.3 BTC at 50,025 and sell 7.5 ETH at 1,999: fees 15.0075 + 14.9925, slippage 7.50 each; as much back
    spot = planned().spot
    assert [(each.trade.coin, each.trade.amount_base) for each in spot.trades] == [
        ("BTC", d("0.3")),
        ("ETH", d("-7.5")),
    ]
    assert spot.once is not None
    assert spot.cost_quote is not None
    assert (spot.once.fee_quote, spot.once.slippage_quote) == (d(30), d(15))
    assert spot.cost_quote == 90
    assert spot.is_taxed


def test_break_even_days_between_futures_and_spot() -> None:
    # futures 60 once and 2 a day, spot 90 once: (90 - 60) / 2 = 15 days
    assert break_even(d(60), d(2), d(90)) == BreakEven(Way.FUTURES, timedelta(days=15))
    assert break_even(d(60), d(-2), d(90)) == BreakEven(Way.FUTURES, None)
    assert break_even(d(60), d(0), d(90)) == BreakEven(Way.FUTURES, None)
    assert break_even(d(120), d(-3), d(90)) == BreakEven(Way.SPOT, timedelta(days=10))
    assert break_even(d(120), d(1), d(90)) == BreakEven(Way.SPOT, None)
    assert break_even(d(60), d(2), d(90), timedelta(days=14)) == BreakEven(Way.FUTURES, None)  # they end before


def test_the_plan_breaks_even_by_its_own_figures() -> None:
    # futures: fees 30, slippage 2 * 15,000 * 0.1 % = 30, no basis: 60; BTC pays 4.50, ETH gets 3.00 a day: 1.50
    # spot 90: (90 - 60) / 1.50 = 20 days
    eth = priced(ETH, history=history(ETH, "0.00006667"), funding=funding("0.00006667"))
    plan = planned(on=(priced(BTC), eth))
    assert plan.once_quote == 60
    assert plan.daily_quote is not None
    assert near(plan.daily_quote, "1.50")
    assert plan.break_even is not None
    assert plan.break_even.after is not None
    assert round(plan.break_even.after / timedelta(days=1)) == 20


def test_three_times_on_ten_thousand_of_margin() -> None:
    # 30,000 long at 60,000 = 0.5 BTC; liquidated at (60,000 - 20,000) / (1 - 0.005) = 40,201, -33.0 %, without a fee
    # -10 %: 3,000 lost, 30 % of the margin; -30 %: 9,000
    market = perpetual("BTC", taker_share=d(0))
    on = (replace(priced(market), quote=quote(market, "60000")),)
    plan = planned(enhanced("BTC", d(10_000), d(3)), on=on, asked=terms("3"))
    room = plan.legs[0].room
    assert room is not None
    assert room.liquidation_quote is not None
    assert room.room_share is not None
    assert near(room.liquidation_quote, "40201.01")
    assert near(room.room_share, "-0.33", "0.0001")
    assert plan.margin_quote == 10_000
    lost = {each.move_share: (each.result_quote, each.margin_share) for each in plan.moved}
    assert lost[d("-0.1")] == (d(-3_000), d("-0.3"))
    assert plan.stop.stop_quote == 57_000
    assert plan.stop.long_loss_quote == 1_500


def test_without_an_index_the_premium_is_not_known_and_neither_are_the_days() -> None:
    bare = replace(priced(ETH), quote=quote(ETH, "2000", index_quote=None))
    plan = planned(on=(priced(BTC), bare))
    assert (plan.once_quote, plan.break_even) == (None, None)


def test_a_liquidated_leg_has_lost_its_margin_and_no_more() -> None:
    # 5x long: liquidated at about -19.6 %, so at -30 % the 10,000 are gone, not 15,000
    plan = planned(enhanced("BTC", d(10_000), d(5)), on=(priced(BTC),))
    gone = next(each for each in plan.moved if each.move_share == d("-0.3"))
    assert gone.is_liquidated
    assert gone.result_quote == -10_000


def test_a_single_leg_is_a_short_alone() -> None:
    # 50 % -> 25 % of 100,000: short 25,000; a stop of 5 % against it is at 2,100 and costs 1,250
    plan = planned(stated(("ETH",), [d("0.5")], [d("0.25")], d(100_000)), on=(priced(ETH),), asked=terms("2"))
    assert [(leg.side, leg.sizing.notional_quote) for leg in plan.legs] == [(Side.SHORT, d(25_000))]
    assert plan.delta.dollars_usd == -25_000
    assert plan.stop.stop_quote == 2_100
    assert plan.stop.short_loss_quote == 1_250


def test_a_dated_leg_has_its_basis_a_day_instead_of_funding_and_ends_with_its_contract() -> None:
    expires_at = NOW + timedelta(days=60)
    btc = replace(BTC, kind=InstrumentKind.DATED, expires_at=expires_at)
    eth = replace(ETH, kind=InstrumentKind.DATED, expires_at=expires_at)
    # 300 above an index of 49,700: 0.3 BTC * 300 = 90 paid over 60 days, 1.50 a day, 45 within 30
    near_leg = replace(priced(btc, funding=None, history=None), quote=quote(btc, "50000", index_quote=d(49_700)))
    plan = planned(on=(near_leg, priced(eth, funding=None, history=None)))
    assert [leg.cost.basis_quote for leg in plan.legs] == [d(45), d(0)]
    assert plan.daily_quote == d("1.5")
    assert plan.break_even == BreakEven(Way.FUTURES, timedelta(days=20))
    longer = planned(on=(near_leg, priced(eth, funding=None, history=None)), asked=terms(horizon=timedelta(days=90)))
    assert Caution.EXPIRES_WITHIN_HORIZON in {each.caution for each in longer.cautions}
    assert longer.daily_quote == d("1.5")


def test_the_exchange_with_every_leg_and_the_least_cost_is_chosen() -> None:
    cheap = [priced(replace(each, exchange="okx", taker_share=d("0.0002"))) for each in (BTC, ETH)]
    alone = priced(replace(BTC, exchange="gate", taker_share=d(0)))
    plan = planned(on=(priced(BTC), priced(ETH), *cheap, alone))
    assert plan.venue.exchange == "okx"
    assert [other.exchange for other in plan.others] == ["bybit"]
    assert planned(on=(priced(BTC), priced(ETH), *cheap), asked=terms(preferred="bybit")).venue.exchange == "bybit"
    assert planned(on=(priced(BTC), priced(ETH), *cheap), asked=terms(exchange="bybit")).venue.exchange == "bybit"


def test_without_an_exchange_for_all_legs_each_is_where_it_costs_least() -> None:
    plan = planned(on=(priced(BTC), priced(replace(ETH, exchange="okx"))))
    assert plan.venue.exchange is None
    assert [leg.instrument.exchange for leg in plan.legs] == ["bybit", "okx"]


def test_what_cannot_be_planned_is_told_by_what_is_missing() -> None:
    with pytest.raises(MarketUnavailable):
        planned(now=NOW + timedelta(minutes=11))
    with pytest.raises(NoSuchContract):
        planned(on=(priced(BTC),))
    with pytest.raises(TooSmall) as small:
        planned(fifty_fifty(capital="100"))  # 15 dollars a leg, a contract is 100
    assert small.value.factor > 6
    narrow = replace(tiers(), tiers=(MarginTier(d(0), d("0.005"), d(3), d(0)),))
    with pytest.raises(LeverageRefused):
        planned(on=(priced(BTC, tiers=narrow), priced(ETH, tiers=narrow)))
    with pytest.raises(NotPossible):
        planned(fifty_fifty("0.5"))


def test_a_leg_that_is_liquidated_before_the_stop_is_said() -> None:
    # 25x: liquidated at about 3.5 %, the stop is at 5 %
    cautions = {(each.caution, each.leg.coin) for each in planned(asked=terms("25")).cautions}
    assert {(Caution.LIQUIDATED_BEFORE_STOP, "BTC"), (Caution.LIQUIDATED_BEFORE_STOP, "ETH")} <= cautions
    assert not [each for each in planned(asked=terms("2")).cautions if each.caution is Caution.LIQUIDATED_BEFORE_STOP]


def test_more_coins_have_a_leg_each_and_what_stays_has_none() -> None:
    change = stated(("BTC", "ETH", "USD"), [d("0.4"), d("0.4"), d("0.2")], [d("0.6"), d("0.2"), d("0.2")], d(100_000))
    assert [(leg.coin, leg.side) for leg in planned(change).legs] == [("BTC", Side.LONG), ("ETH", Side.SHORT)]


# Laws

shares = st.integers(0, 100).map(lambda part: Decimal(part) / 100)
capitals = st.integers(50_000, 5_000_000).map(Decimal)
leverages = st.sampled_from(["1", "2", "3", "5", "10"])


def is_small(change: Change) -> bool:
    """Below one contract of each: nothing to plan."""
    return any(abs(each.change_usd) < 100 for each in change.coins)


@given(to=shares, capital=capitals, leverage=leverages)
def test_overlay_and_spot_sale_end_at_the_same_exposure_within_a_contract(
    to: Decimal, capital: Decimal, leverage: str
) -> None:
    change = fifty_fifty(str(to), str(capital))
    assume(not is_small(change))
    plan = planned(change, asked=terms(leverage))
    by_sale = {each.trade.coin: each.trade.value_usd for each in plan.spot.trades}
    for leg in plan.legs:
        lot, spot_lot = d(100), d("0.0001") * SPOT_PRICES[leg.coin].price_quote
        assert abs(leg.delta_usd - by_sale[leg.coin]) <= max(lot, spot_lot)


@given(to=shares, capital=capitals, leverage=leverages)
def test_the_dollars_of_a_full_tilt_sum_to_zero_within_a_contract(to: Decimal, capital: Decimal, leverage: str) -> None:
    change = fifty_fifty(str(to), str(capital))
    assume(not is_small(change))
    plan = planned(change, asked=terms(leverage))
    assert change.is_full
    assert abs(plan.delta.dollars_usd) <= 100


@given(to=shares, capital=capitals, leverage=leverages)
def test_margin_is_notional_over_leverage_and_liquidation_is_on_the_losing_side(
    to: Decimal, capital: Decimal, leverage: str
) -> None:
    change = fifty_fifty(str(to), str(capital))
    assume(not is_small(change))
    for leg in planned(change, asked=terms(leverage)).legs:
        assert leg.margin_quote == leg.sizing.notional_quote / d(leverage)
        assert leg.room is not None
        liquidation = leg.room.liquidation_quote
        if leg.side is Side.SHORT:
            assert liquidation is not None
            assert liquidation > leg.sizing.price_quote
        else:
            assert liquidation is None or liquidation < leg.sizing.price_quote


@given(before=shares, after=shares, capital=capitals)
def test_a_single_leg_never_raises_the_absolute_exposure(before: Decimal, after: Decimal, capital: Decimal) -> None:
    change = stated(("ETH",), [before], [after], capital)
    held_usd = before * capital
    if change.trouble is not None or is_small(change):
        assert after >= before or is_small(change)
        return
    plan = planned(change, on=(priced(ETH),), asked=terms("2"))
    assert abs(held_usd + plan.delta.dollars_usd) <= abs(held_usd)


def test_what_is_sold_beyond_what_is_held_is_said() -> None:
    change = Change(Kind.SINGLE, d(100_000), (CoinChange("ETH", d(50_000), d(25_000), d(10)),), is_stated=False)
    assert [each.is_beyond_held for each in by_spot(change).trades] == [True]  # 12.5 ETH, 10 are held
    assert PRICES["ETH"] == "2000"
