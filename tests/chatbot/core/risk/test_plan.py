"""A whole book: what counts in it, what a hedge changes, and what is said of one that is too large."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.markets import Snapshot
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.risk.plan import RiskPlan, Seen, book_of, plan_risk
from tests.fakes import FakeMarket, candles, spot_price
from tests.samples import NOW, d, funding, perpetual, snapshot

MARKET = FakeMarket()  # BTC 60,000, ETH 3,000, SOL 150, each 101 days; ETH moves 1.5 and SOL 2 times as BTC
ETHER, SOLANA = perpetual("ETH"), perpetual("SOL")
PRICES = {**MARKET.prices, "USDT": spot_price("USDT", "1")}
SEEN = Seen(PRICES, MARKET.history, (snapshot(ETHER, "3000"), snapshot(SOLANA, "150")), exchanges_asked=4)
HELD = Portfolio((Holding("ETH", d(10)), Holding("SOL", d(100)), Holding("USDT", d(5_000))))


def short(amount: str, coin: str = "ETH", leverage: str = "2") -> FuturesPosition:
    prices = {"ETH": d(3000), "SOL": d(150), "BTC": d(60_000)}
    return FuturesPosition(coin, Side.SHORT, d(amount), "bybit", prices[coin], d(leverage))


def plan(portfolio: Portfolio = HELD, seen: Seen = SEEN, hedge: FuturesPosition | None = None) -> RiskPlan:
    return plan_risk(portfolio, seen, NOW, hedge)


def test_exposure_is_coins_and_futures_together_on_the_capital_that_is_held() -> None:
    # 10 * 3,000 + 100 * 150 + 5,000 = 50,000 and 4 * 3,000 / 2 = 6,000 of margin; ETH net of the short: 18,000
    book = book_of(replace(HELD, positions=(short("4"),)), SEEN)
    assert book.exposures == (("ETH", d(18_000)), ("SOL", d(15_000)))
    assert (book.capital_usd, book.futures_usd) == (d(56_000), d(6_000))
    assert (book.cash_usd, book.exposed_usd) == (d(5_000), d(33_000))


def test_without_coins_the_capital_is_the_margin_of_the_futures() -> None:
    # 5 * 3,000 / 2 = 7,500, and all of 15,000 where no leverage was said
    book = book_of(Portfolio((), (short("5"),)), SEEN)
    assert book.capital_usd == d(7_500)
    assert book.exposures == (("ETH", d(-15_000)),)
    assert book_of(Portfolio((), (replace(short("5"), leverage=None),)), SEEN).capital_usd == d(15_000)


def test_what_a_short_has_won_is_capital_too() -> None:
    # 5 * 3,450 / 2 = 8,625 and 5 * 450 = 2,250 won at 3,000
    book = book_of(Portfolio((), (replace(short("5"), entry_quote=d(3450)),)), SEEN)
    assert book.futures_usd == book.capital_usd == d(10_875)


def test_beta_and_bitcoin_equivalents_are_sums_of_weight_times_beta() -> None:
    # ETH 0.6 * 1.5 and SOL 0.3 * 2: about 1.5; 75,000 / 60,000 = 1.25 BTC (betas are of log returns: 1.500 and 2.001)
    found = plan().before
    assert found.report.beta == pytest.approx(1.5, abs=0.01)
    assert round(found.bitcoin_base or d(0), 2) == d("1.25")
    by_hand = 0.6 * found.report.betas["ETH"] + 0.3 * found.report.betas["SOL"]
    assert found.report.beta == pytest.approx(by_hand)


def test_a_short_takes_exposure_away_where_articles_add_it() -> None:
    # a core of 60,000, a short of 30,000 on it, and 10,000 at 2x: 60,000 - 30,000 + 20,000 = 50,000 at beta 1
    core = Portfolio((Holding("BTC", d(1)),), (short("0.5", "BTC"),))
    more = FuturesPosition("BTC", Side.LONG, Decimal(20_000) / 60_000, "okx", d(60_000), d(2))
    found = plan(replace(core, positions=(*core.positions, more))).before
    assert round((found.bitcoin_base or d(0)) * 60_000, 6) == 50_000


def test_without_a_price_of_bitcoin_there_are_no_equivalents() -> None:
    prices = {coin: price for coin, price in SEEN.prices.items() if coin != "BTC"}
    assert plan(seen=replace(SEEN, prices=prices)).before.bitcoin_base is None


def test_funding_of_the_whole_book_is_the_sum_of_what_is_known() -> None:
    # shorts at +0.01 % every 8 h: 4 * 3,000 * 0.0003 = 3.60 and 20 * 150 * 0.0003 = 0.90; a third one nowhere
    nowhere = replace(short("1"), exchange=None)
    book = book_of(replace(HELD, positions=(short("4"), short("20", "SOL"), nowhere)), SEEN)
    assert book.funding_usd_per_day == d("4.50")
    assert book_of(replace(HELD, positions=(nowhere,)), SEEN).funding_usd_per_day is None


def test_a_long_pays_what_a_short_receives() -> None:
    long = replace(short("4"), side=Side.LONG)
    assert book_of(Portfolio((), (long,)), SEEN).funding_usd_per_day == d("-3.60")
    negative = replace(SEEN, snapshots=(snapshot(ETHER, "3000", funding=funding("-0.0001")),))
    assert book_of(Portfolio((), (short("4"),)), negative).funding_usd_per_day == d("-3.60")


def test_the_way_down_counts_liquidations_of_futures() -> None:
    # 10 ETH long at 10x: 3,000 * 0.9 / 0.9945 = 2,714.9, -9.5 %; 1.5 * ln 0.9 = -14.6 %: met at -10 % of BTC already
    # its margin of 3,000 is gone, where the whole move of -14.6 % would have taken 4,386
    ten = FuturesPosition("ETH", Side.LONG, d(10), "bybit", d(3000), d(10))
    found = plan(Portfolio((Holding("BTC", d(1)),), (ten,))).before
    assert [outcome.liquidated for outcome in found.outcomes] == [(0,)] * 4
    assert round(found.outcomes[0].result_usd) == -6_000 - 3_000
    assert round(found.report.stresses[0].result_usd, -2) == -10_400


def test_a_position_past_its_liquidation_is_counted_nowhere() -> None:
    # a short of 4 from 1,500 at 2x is liquidated at 2,237.7; the price is 3,000
    gone = replace(short("4"), entry_quote=d(1500))
    with_it, alone = plan(replace(HELD, positions=(gone,))).before, plan().before
    assert with_it.report == alone.report
    assert (with_it.book.capital_usd, with_it.book.exposures) == (d(50_000), alone.book.exposures)
    assert [each.position for each in with_it.book.past] == [gone]
    assert (with_it.book.counted, with_it.book.funding_usd_per_day) == ((), None)


def test_what_a_position_that_is_gone_had_hedged_is_open_to_a_hedge() -> None:
    gone = replace(short("8"), entry_quote=d(1500))
    assert plan(replace(HELD, positions=(gone,)), hedge=short("12")).over_base == d(2)


def test_shorts_are_tried_on_the_way_up_with_their_liquidations() -> None:
    # 10 ETH and a short of 4 at 2x, liquidated at +49.2 %: 1.3^1.5 = +48.2 % does not meet it, 1.5^1.5 = +83.7 % does;
    # then 10 * 3,000 * 0.837 = 25,110 are won on the coins, and 6,000 of margin are gone
    found = plan(Portfolio((Holding("ETH", d(10)),), (short("4"),))).before
    assert [each.bitcoin_move for each in found.outcomes] == [-0.1, -0.2, -0.3, -0.5, 0.3, 0.5]
    assert [each.liquidated for each in found.outcomes] == [(), (), (), (), (), (0,)]
    assert float(found.outcomes[-1].result_usd) == pytest.approx(25_110 - 6_000, rel=0.01)
    assert [each.bitcoin_move for each in plan().before.outcomes] == [-0.1, -0.2, -0.3, -0.5]


def test_a_hedge_is_measured_on_the_same_days_and_halves_what_it_halves() -> None:
    # half of 10 ETH: exposure 15,000 of 30,000; beta 1.5 - 0.3 * 1.5 = 1.05
    found = plan(hedge=short("5"))
    assert found.after is not None
    assert found.after.report.days == found.before.report.days == 100
    assert found.after.report.beta == pytest.approx(1.05, abs=0.01)
    assert found.after.report.capital_usd == found.before.report.capital_usd
    assert found.after.book.exposures == (("ETH", d(15_000)), ("SOL", d(15_000)))
    assert found.after.report.losses[0].at_risk < found.before.report.losses[0].at_risk
    assert (found.over_base, found.raises_exposure, found.turns_exposure) == (0, False, False)
    assert found.neutral_base is None


def test_more_coins_than_are_held_is_over_hedged_though_the_whole_is_still_long() -> None:
    # 12 of 10 ETH: 2 too many; beta 1.5 - 0.72 * 1.5 = 0.42 is still long
    found = plan(hedge=short("12"))
    assert (found.over_base, found.turns_exposure, found.neutral_base) == (d(2), False, d(10))


def test_a_position_that_is_there_already_leaves_less_to_hedge() -> None:
    assert plan(replace(HELD, positions=(short("8"),)), hedge=short("5")).over_base == d(3)


def test_a_hedge_through_another_coin_is_too_large_beyond_the_beta() -> None:
    # the book is 1.25 BTC: 2 BTC short turn it to -0.75, 3 raise it to -1.75; 1.25 are neutral
    two, three = plan(hedge=short("2", "BTC")), plan(hedge=short("3", "BTC"))
    assert (two.over_base, two.turns_exposure, two.raises_exposure) == (0, True, False)
    assert (three.turns_exposure, three.raises_exposure) == (True, True)
    assert round(two.neutral_base or d(0), 2) == round(three.neutral_base or d(0), 2) == d("1.25")


def test_a_hedge_of_what_is_short_already_has_no_neutral_size() -> None:
    found = plan(Portfolio((), (short("1"),)), hedge=short("1"))
    assert (found.raises_exposure, found.neutral_base) == (True, None)
    assert found.after is not None
    assert found.after.report.capital_usd == d(1_500)  # the margin of before, 3,000 / 2, to compare by


@given(
    coins=st.tuples(*(st.integers(min_value=0, max_value=1000) for _ in range(3))).filter(any),
    which=st.sampled_from(["BTC", "ETH", "SOL"]),
    percent=st.integers(min_value=1, max_value=100),
)
def test_a_hedge_within_what_is_held_never_raises_the_exposure(
    coins: tuple[int, int, int], which: str, percent: int
) -> None:
    held = dict(zip(("BTC", "ETH", "SOL"), coins, strict=True))
    if not held[which]:
        return
    portfolio = Portfolio(tuple(Holding(coin, d(amount)) for coin, amount in held.items() if amount))
    found = plan(portfolio, hedge=short(str(Decimal(held[which] * percent) / 100), which))
    assert found.after is not None
    assert abs(found.after.report.beta) <= abs(found.before.report.beta) + 1e-12
    assert not found.over_base
    assert not found.turns_exposure


@given(
    btc=st.integers(min_value=-50, max_value=50),
    eth=st.integers(min_value=-500, max_value=500),
    sol=st.integers(min_value=-9_000, max_value=9_000),
)
def test_the_mean_loss_beyond_is_no_smaller_and_shares_of_the_risk_are_one(btc: int, eth: int, sol: int) -> None:
    if not btc and not eth and not sol:
        return
    sides = {True: Side.LONG, False: Side.SHORT}
    amounts = {"BTC": btc, "ETH": eth, "SOL": sol}
    positions = tuple(
        FuturesPosition(coin, sides[amount > 0], d(abs(amount))) for coin, amount in amounts.items() if amount
    )
    report = plan(Portfolio((Holding("USDT", d(100_000)),), positions)).before.report
    assert all(each.shortfall >= each.at_risk - 1e-9 for each in report.losses)
    assert 0 <= report.max_drawdown <= 1
    assert sum(each.risk for each in report.contributions) == pytest.approx(1) or report.volatility_per_year < 1e-6


def test_a_coin_that_is_hedged_in_full_carries_no_risk() -> None:
    report = plan(Portfolio((Holding("ETH", d(10)),), (short("10"),))).before.report
    assert [(each.weight, each.risk) for each in report.contributions] == [(0.0, 0.0)]
    assert (report.beta, report.max_drawdown, report.volatility_per_year) == (0.0, 0.0, 0.0)


def test_a_coin_without_a_spot_price_counts_at_the_mark_of_its_perpetual() -> None:
    prices = {coin: price for coin, price in SEEN.prices.items() if coin != "ETH"}
    snapshots: tuple[Snapshot, ...] = (snapshot(ETHER, "3100"),)
    book = book_of(Portfolio((), (short("1"),)), Seen(prices, SEEN.candles, snapshots))
    assert book.exposures == (("ETH", d(-3_100)),)


def test_what_has_no_price_or_too_little_history_is_named_and_counted_nowhere() -> None:
    new = candles("NEW", [0.01, -0.01] * 10)
    seen = replace(
        SEEN,
        prices={**SEEN.prices, "NEW": spot_price("NEW", "1")},
        candles={**SEEN.candles, "NEW": new},
        outages=(Outage("okx", "did not answer"),),
    )
    held = replace(HELD, holdings=(*HELD.holdings, Holding("NEW", d(500)), Holding("NIL", d(7))))
    found = plan(held, seen)
    assert found.before.report.left_out == (("NEW", 20),)
    assert found.before.book.unpriced == ("NIL",)
    assert set(found.before.report.short) == {("ETH", 100), ("SOL", 100)}  # fewer than 250 days each
    assert [outage.exchange for outage in found.outages] == ["okx"]


@pytest.mark.parametrize(
    ("portfolio", "sentence"),
    [
        (
            Portfolio((Holding("NEW", d(1)),)),
            "Too little history to measure a risk, which takes 60 days: NEW (20 days).",
        ),
        (Portfolio((Holding("NIL", d(1)),)), "No exchange here has a price of NIL: there is no risk to measure."),
        (Portfolio((Holding("USDT", d(1)),)), "Nothing here moves with the market: there is no risk to measure."),
    ],
)
def test_a_book_that_cannot_be_measured_says_why(portfolio: Portfolio, sentence: str) -> None:
    seen = replace(
        SEEN,
        prices={**SEEN.prices, "NEW": spot_price("NEW", "1")},
        candles={**SEEN.candles, "NEW": candles("NEW", [0.01, -0.01] * 10)},
    )
    with pytest.raises(NotPossible) as caught:
        plan(portfolio, seen)
    assert caught.value.sentence == sentence


def test_a_hedge_in_a_coin_without_history_is_refused() -> None:
    seen = replace(SEEN, candles={coin: each for coin, each in SEEN.candles.items() if coin != "SOL"})
    with pytest.raises(NotPossible, match="SOL has too short a history"):
        plan(seen=seen, hedge=short("1", "SOL"))
    down = replace(seen, outages=(Outage("okx", "is too slow"),))
    with pytest.raises(MarketUnavailable, match="No daily prices of SOL came") as caught:
        plan(seen=down, hedge=short("1", "SOL"))
    assert caught.value.outages == down.outages


def test_without_bitcoin_there_is_nothing_to_measure_by() -> None:
    with pytest.raises(NotPossible, match="no daily prices of BTC"):
        plan(seen=replace(SEEN, candles={}))


def test_the_age_is_that_of_the_oldest_price() -> None:
    old = NOW - timedelta(minutes=5)
    prices = {**SEEN.prices, "SOL": spot_price("SOL", "150", old), "W": spot_price("W", "1", old - timedelta(days=1))}
    found = plan(seen=replace(SEEN, prices=prices))
    assert found.as_of == old
    assert found.sources == ("Binance spot", "Bybit")


def test_a_plan_is_kept_as_it_was() -> None:
    adapter = TypeAdapter(RiskPlan)
    found = plan(replace(HELD, positions=(short("2"),)), hedge=short("12"))
    assert adapter.validate_json(adapter.dump_json(found)) == found
