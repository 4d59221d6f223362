"""The plan of a hedge: which exchange, beside which futures, what drifts, and every caution by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.hedging.by_hand import snapshot_by_hand
from chatbot.core.hedging.plan import Caution, HedgePlan, TooSmall, plan_hedge
from chatbot.core.hedging.terms import Exposure, Origin, Proxy, Terms
from chatbot.core.markets import InstrumentKind, Level, MarginTier, MarginTiers, OrderBook, Snapshot, TierUnit
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from tests.samples import NOW, book, d, funding, history, inverse, perpetual, quote, snapshot

MONTH = timedelta(days=30)


def coins(amount: str, price: str = "3450", coin: str = "ETH", **changes: Any) -> Exposure:
    value = d(amount) * d(price)
    return replace(Exposure(coin, d(amount), value, d(price), "Binance spot", NOW, Origin.TYPED), **changes)


def terms(share: str = "1", leverage: str = "2", horizon: timedelta = MONTH, exchange: str | None = None) -> Terms:
    return Terms(d(share), d(leverage), horizon, exchange)


def plan(
    exposure: Exposure | None = None,
    on: Terms | None = None,
    markets: Sequence[Snapshot] | None = None,
    **changes: Any,
) -> HedgePlan:
    """Five ether at 3,450 in full on one exchange, unless told otherwise."""
    given: dict[str, Any] = {"now": NOW, "portfolio": Portfolio()} | changes
    return plan_hedge(exposure or coins("5"), on or terms(), [snapshot()] if markets is None else markets, **given)


def at(exchange: str, price: str = "3450", taker: str = "0.0005", **changes: Any) -> Snapshot:
    """The sample market at another exchange; `step`, `size`, `smallest` and parts of the snapshot may be changed."""
    named = {"step": "step_contracts", "size": "contract_size", "smallest": "minimum_contracts"}
    of_market: dict[str, Any] = {named[name]: d(changes.pop(name)) for name in list(changes) if name in named}
    return snapshot(perpetual(exchange=exchange, taker_share=d(taker), **of_market), price, **changes)


def short(amount: str, coin: str = "ETH") -> FuturesPosition:
    return FuturesPosition(coin, Side.SHORT, d(amount), "bybit")


def held(amount: str, shorted: str = "0", coin: str = "ETH") -> Portfolio:
    return Portfolio((Holding(coin, d(amount)),)).with_position(short(shorted, coin))


def exchanges(found: HedgePlan) -> list[str]:
    return [leg.instrument.exchange for leg in found.legs]


# Which exchange


def test_the_exchange_that_costs_least_is_chosen_and_the_others_follow_by_cost() -> None:
    found = plan(markets=[at("bybit", taker="0.0005"), at("okx", taker="0.0002"), at("gate", taker="0.0006")])
    assert exchanges(found) == ["okx", "bybit", "gate"]
    assert found.chosen == found.legs[0]


def test_better_funding_outweighs_a_lower_fee() -> None:
    # 0.02 % instead of 0.01 % every 8 h for 30 days are 0.9 % more; the fees are 0.06 % less
    rich = at("bybit", history=history(perpetual(), "0.0002"))
    assert exchanges(plan(markets=[at("okx", taker="0.0002"), rich])) == ["bybit", "okx"]


def test_the_exchange_that_was_asked_for_is_taken_though_another_costs_less() -> None:
    markets = [at("bybit"), at("okx", taker="0.0002")]
    assert plan(on=terms(exchange="bybit"), markets=markets).chosen.instrument.exchange == "bybit"


def test_an_exchange_that_gave_no_price_cannot_be_chosen() -> None:
    outages = [Outage("okx", "is too slow"), Outage("gate", "is too slow")]
    with pytest.raises(MarketUnavailable, match="OKX gave no price") as caught:
        plan(on=terms(exchange="okx"), outages=outages)
    assert caught.value.outages == (outages[0],)


def test_a_contract_that_fits_closely_goes_before_a_cheaper_one_that_does_not() -> None:
    # 1.68 ETH: one of 1 coin hedges 60 %, 168 of 0.01 all of it
    found = plan(coins("1.68"), markets=[at("okx", taker="0", step="1"), at("bybit")])
    assert exchanges(found) == ["bybit", "okx"]
    assert Caution.COARSE_CONTRACT not in found.cautions


def test_an_exchange_whose_smallest_order_is_above_the_hedge_goes_last() -> None:
    found = plan(coins("1.5"), markets=[at("okx", taker="0", smallest="2"), at("bybit")])
    assert exchanges(found) == ["bybit", "okx"]
    assert not found.legs[1].sizing.is_orderable


def test_where_a_cost_is_unknown_the_exchange_is_not_ranked_before_one_that_is_known() -> None:
    assert exchanges(plan(markets=[at("okx", taker="0", book=None), at("bybit")])) == ["bybit", "okx"]


def test_a_suspicious_rate_is_not_ranked_whatever_was_settled_before() -> None:
    odd = at("okx", taker="0", funding=funding("0.05"), history=history(perpetual(), "0.01"))
    found = plan(markets=[odd, at("bybit")])
    assert exchanges(found) == ["bybit", "okx"]
    assert Caution.FUNDING_SUSPICIOUS not in found.cautions


def test_a_mark_far_from_the_others_is_not_ranked_and_said() -> None:
    found = plan(markets=[at("okx", "3800", taker="0"), at("bybit"), at("gate", "3460")])
    assert exchanges(found)[-1] == "okx"
    assert Caution.MARKS_APART in found.cautions


def test_a_hedge_below_every_smallest_order_names_the_exchange_where_least_is_enough() -> None:
    # 0.5 coins: 1 at OKX, 0.6 at Bybit
    with pytest.raises(TooSmall) as caught:
        plan(coins("0.5"), markets=[at("okx", smallest="1"), at("bybit", smallest="0.6")])
    assert caught.value.smallest.instrument.exchange == "bybit"
    assert caught.value.smallest.sizing.smallest_quote == 2070


@given(st.permutations(range(5)))
def test_the_order_in_which_exchanges_answer_changes_nothing(order: list[int]) -> None:
    markets = [
        at("a", taker="0.0003"),
        at("b", taker="0.0001"),
        at("c", step="1"),
        at("d", book=None),
        at("e", taker="0.0002"),
    ]
    found = plan(coins("5.5"), markets=[markets[place] for place in order])
    assert exchanges(found) == ["b", "e", "a", "d", "c"]


# How old


def test_without_a_fresh_price_nothing_is_sized_and_the_outages_are_passed_on() -> None:
    late = at("bybit", quote=quote(perpetual(), as_of=NOW - timedelta(minutes=10, seconds=1)))
    with pytest.raises(MarketUnavailable) as caught:
        plan(markets=[late], outages=[Outage("okx", "limits us")])
    assert [outage.exchange for outage in caught.value.outages] == ["okx"]
    with pytest.raises(MarketUnavailable):
        plan(markets=[])


def test_an_old_price_is_left_out_beside_a_fresh_one() -> None:
    late = at("okx", quote=quote(perpetual(exchange="okx"), as_of=NOW - timedelta(minutes=11)))
    assert exchanges(plan(markets=[late, at("bybit")])) == ["bybit"]


# Size, staking, carry


def test_half_of_ten_is_five_whatever_spot_costs() -> None:
    found = plan(coins("10", "3440"), terms("0.5"))
    assert found.chosen.sizing.contracts == 5
    assert found.wanted_quote == 17_200  # 10 x 3,440 / 2


def test_staking_funding_and_costs_are_one_carry() -> None:
    # 5 x 3,000 = 15,000 for 30 of 365 days: staking 7 %: 86.30; funding 135; fees 15; slippage 15; net 191.30
    staked = coins("5", "3000", staking_yield_per_year=d("0.07"))
    carry = plan(staked, markets=[snapshot(price="3000")]).carry
    assert round(carry.staking_quote, 2) == d("86.30")
    assert (carry.funding_quote, carry.fees_quote, carry.slippage_quote, carry.basis_quote) == (135, -15, -15, 0)
    assert round(carry.net_quote or 0, 2) == d("191.30")
    assert round(carry.net_per_year or 0, 4) == d("0.1552")  # 191.30 / 15,000 x 365 / 30


def test_a_part_that_is_unknown_leaves_the_net_unknown() -> None:
    carry = plan(markets=[at("bybit", book=None)]).carry
    assert (carry.net_quote, carry.net_per_year, carry.slippage_quote) == (None, None, None)
    assert carry.fees_quote == d("-17.25")


def test_a_hedge_opened_in_backwardation_ends_with_the_basis_lost() -> None:
    # spot 70,000, futures 69,300, both end at 63,000: the coin -7,000, the short +6,300
    market = perpetual("BTC", taker_share=d(0), kind=InstrumentKind.DATED, expires_at=NOW + MONTH)
    level = (Level(d(69_300), d(10)),)
    shown = Snapshot(market, quote(market, "69300", index_quote=d(70_000)), OrderBook(market, level, level, NOW))
    found = plan(coins("1", "70000", "BTC"), markets=[shown])
    fallen = next(row for row in found.scenarios if row.move_share == d("-0.1"))
    assert (fallen.unhedged_quote, fallen.hedged_quote) == (-7000, -700)
    assert {row.hedged_quote for row in found.scenarios} == {-700}


def test_the_scenarios_hold_what_carrying_brings() -> None:
    # fees 17.25 + slippage 17.25 - funding 155.25
    assert {row.hedged_quote for row in plan().scenarios} == {d("120.75")}


def test_without_tiers_nothing_is_said_about_liquidation() -> None:
    found = plan(markets=[at("bybit", tiers=None)])
    assert found.room is None
    assert all(row.liquidated_quote is None for row in found.scenarios)


# Beside futures that are there already


@pytest.mark.parametrize(
    ("share", "shorted", "over", "mend"),
    [
        ("0.5", "4", 0, 1),  # 4 + 5 of 10; 5 are wanted in all
        ("1", "4", 13_800, 6),  # 4 + 10 of 10: 4 x 3,450 too much
        ("1", "12", 41_400, -2),  # 12 + 10 of 10
        ("0.5", "0", 0, 5),
    ],
)
def test_a_short_that_is_there_is_added_up_and_mended(share: str, shorted: str, over: int, mend: int) -> None:
    exposure = coins("10", origin=Origin.HELD)
    existing = plan(exposure, terms(share), portfolio=held("10", shorted)).existing
    assert (existing.over_quote, existing.mend_base) == (over, mend)
    assert existing.short_quote == d(shorted) * 3450


def test_a_long_beside_the_coins_is_hedged_before_anything_is_over_hedged() -> None:
    long = held("10").with_position(FuturesPosition("ETH", Side.LONG, d(5)))
    assert plan(coins("15"), portfolio=long).existing.over_quote == 0


def test_more_than_is_held_is_over_hedged() -> None:
    # 10 are typed, 3 are held
    found = plan(coins("10"), portfolio=held("3"))
    assert found.existing.over_quote == 7 * 3450
    assert Caution.OVER_HEDGED in found.cautions


def test_an_over_hedge_smaller_than_one_lot_is_said_too() -> None:
    # 0.1 BTC held, 0.05 short already, one lot is 0.1: 0.05 x 70,000 too much, half a lot
    market = snapshot(perpetual("BTC", contract_size=d("0.1"), step_contracts=d(1)), "70000")
    found = plan(coins("0.1", "70000", "BTC"), markets=[market], portfolio=held("0.1", "0.05", "BTC"))
    assert found.existing.over_quote == 3500
    assert Caution.OVER_HEDGED in found.cautions


def test_the_rounding_of_somebodys_futures_is_no_over_hedge() -> None:
    # 5.003 short and 5 more against 10: 0.03 %
    found = plan(coins("10"), terms("0.5"), portfolio=held("10", "5.003"))
    assert found.existing.over_quote > 0
    assert Caution.OVER_HEDGED not in found.cautions


def test_a_short_that_hedges_its_own_coin_is_no_hedge_of_another_coin() -> None:
    # 1 BTC held and short; a token is hedged through BTC: only the short above 1 BTC counts for it
    proxy = Proxy("BTC", 1.26)
    token, market = coins("10000", "1", "TKX"), [snapshot(perpetual("BTC"), "60000")]
    own = plan(token, markets=market, proxy=proxy, portfolio=held("1", "1", "BTC"))
    assert (own.existing.short_base, own.existing.over_quote) == (0, 0)
    more = plan(token, markets=market, proxy=proxy, portfolio=held("1", "1.1", "BTC"))
    # 0.1 x 60,000 + 12,600 against 12,600
    assert more.existing.short_base == d("0.1")
    assert round(more.existing.over_quote) == 6000
    assert Caution.OVER_HEDGED in more.cautions


def test_the_futures_of_a_whole_portfolio_count_for_its_proxy() -> None:
    # 100,000 at beta 1.2: a fifth of 120,000 is 24,000 = 0.4 BTC; 0.5 are short already: 0.1 too many
    whole = Exposure(None, None, d(100_000), None, "Binance spot", NOW, Origin.HELD)
    found = plan(
        whole,
        terms("0.2"),
        [snapshot(perpetual("BTC"), "60000")],
        proxy=Proxy("BTC", 1.2),
        portfolio=held("1", "0.5", "BTC"),
    )
    assert (found.existing.short_base, found.existing.mend_base) == (d("0.5"), d("-0.1"))
    assert found.existing.over_quote == 0


# Drift


def test_a_contract_sized_in_coin_does_not_drift() -> None:
    assert plan().drift is None


def test_dollar_contracts_leave_ten_thousand_of_a_hundred_thousand_open_after_a_rise_of_ten_percent() -> None:
    # 2 BTC at 50,000 are 1,000 contracts of 100; 10,000 / 100 mend it
    drift = plan(coins("2", "50000", "BTC"), markets=[snapshot(inverse(), "50000")]).drift
    assert drift is not None
    assert (drift.rise_share, drift.open_quote, drift.mend_contracts) == (d("0.1"), 10_000, 100)


def test_so_does_a_contract_of_a_given_value() -> None:
    # 50,000 at 2 in contracts of 500: 10,000 / 500
    market = snapshot_by_hand("X", d(2), d(500), NOW)
    drift = plan(coins("50000", "2", "X"), markets=[market]).drift
    assert drift is not None
    assert (drift.open_quote, drift.mend_contracts) == (10_000, 20)


def test_a_proxy_drifts_by_beta_times_the_value_when_the_coin_moves_alone() -> None:
    # beta 1.26 x 10,000 x (10 % - 0) = 1,260; / 3,000 = 0.42
    drift = plan(coins("10000", "1", "TKX"), markets=[snapshot(price="3000")], proxy=Proxy("ETH", 1.26)).drift
    assert drift is not None
    assert (drift.open_quote, drift.mend_contracts) == (1260, d("0.42"))


# Cautions, one by one


def test_an_ordinary_hedge_has_no_caution() -> None:
    assert plan(volatility_per_year=0.6).cautions == ()


def aged(seconds: int) -> Snapshot:
    return snapshot(quote=quote(perpetual(), as_of=NOW - timedelta(seconds=seconds)))


def traded(millions: str) -> Snapshot:
    return snapshot(quote=quote(perpetual(), volume_day_quote=d(millions) * 1_000_000))


@pytest.mark.parametrize(
    ("caution", "market", "without"),
    [
        (Caution.OLD_PRICE, aged(61), aged(60)),
        # 17,250 is more than 1 % of 1.7m, not of 1.8m, but both are small markets
        (Caution.BIG_ORDER, traded("1.7"), traded("1.8")),
        (Caution.SMALL_MARKET, traded("19.9"), traded("20")),
        (Caution.BOOK_TOO_THIN, snapshot(book=book(perpetual(), amount_contracts="4.99")), snapshot(book=None)),
        (Caution.COARSE_CONTRACT, at("bybit", step="3"), at("bybit", step="5")),  # 3 of 5 are 60 %
        (Caution.TIERS_UNKNOWN, snapshot(tiers=None), snapshot()),
        (Caution.FUNDING_UNKNOWN, snapshot(funding=None, history=None), snapshot(funding=None)),
        (Caution.FUNDING_SUSPICIOUS, snapshot(funding=funding("-0.031")), snapshot(funding=funding("-0.03"))),
        (
            Caution.EXPIRES_WITHIN_HORIZON,
            snapshot(perpetual(kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=29))),
            snapshot(perpetual(kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=31))),
        ),
    ],
)
def test_a_caution_of_the_market(caution: Caution, market: Snapshot, without: Snapshot) -> None:
    assert caution in plan(markets=[market]).cautions
    assert caution not in plan(markets=[without]).cautions


def test_more_than_three_times_is_above_the_guide_of_a_hedge() -> None:
    assert Caution.LEVERAGE_ABOVE_GUIDE not in plan(on=terms(leverage="3")).cautions
    assert Caution.LEVERAGE_ABOVE_GUIDE in plan(on=terms(leverage="3.1")).cautions


def test_a_liquidation_price_within_two_deviations_is_said() -> None:
    # ln(1.4918) = 0.4000 at 30 of 365 days: two deviations at 0.2 / 0.28669 = 69.8 % a year
    assert Caution.LIQUIDATION_WITHIN_TWO_SIGMA not in plan(volatility_per_year=0.69).cautions
    assert Caution.LIQUIDATION_WITHIN_TWO_SIGMA in plan(volatility_per_year=0.70).cautions


def test_marks_more_than_five_percent_apart_are_said() -> None:
    # 3,450 x 1.05 = 3,622.50
    assert Caution.MARKS_APART not in plan(markets=[at("bybit"), at("okx", "3622.50")]).cautions
    assert Caution.MARKS_APART in plan(markets=[at("bybit"), at("okx", "3622.51")]).cautions


def test_a_bracket_that_forbids_the_leverage_is_refused_with_what_it_allows() -> None:
    tight = MarginTiers((MarginTier(d(0), d("0.05"), d(5), d(0)),), TierUnit.QUOTE, "Bybit", NOW)
    with pytest.raises(NotPossible, match="at most 5x at Bybit"):
        plan(on=terms(leverage="6"), markets=[snapshot(tiers=tight)])


@given(
    amount=st.decimals(min_value="0.01", max_value=1000, places=6),
    share=st.decimals(min_value="0.25", max_value=1, places=2),
    shorted=st.decimals(min_value=0, max_value=1000, places=3),
)
def test_without_futures_no_hedge_is_over_and_with_them_the_excess_is_what_is_short_above_what_is_held(
    amount: Decimal, share: Decimal, shorted: Decimal
) -> None:
    assume(amount * share >= d("0.01"))
    alone = plan(coins(str(amount)), terms(str(share)), portfolio=held(str(amount)))
    assert alone.existing.over_quote == 0
    beside = plan(coins(str(amount)), terms(str(share)), portfolio=held(str(amount), str(shorted)))
    excess = shorted + beside.chosen.sizing.amount_base - amount
    assert beside.existing.over_quote == pytest.approx(max(excess, Decimal(0)) * 3450)
