"""What a portfolio is worth and exposed to, with figures worked out by hand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.exposure import PortfolioSummary, summarise
from chatbot.core.markets import SpotPrice
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.statistics import Beta
from tests.samples import NOW, d, perpetual, quote

PRICES = {"BTC": "60000", "ETH": "3000", "SOL": "150", "USDT": "1"}
SHORT = FuturesPosition("ETH", Side.SHORT, d(5), "bybit", d(3450), d(2))
HELD = Portfolio((Holding("SOL", d(100), d("0.07")), Holding("ETH", d(10)), Holding("USDT", d(5000))), (SHORT,))


def price(coin: str) -> SpotPrice:
    return SpotPrice(coin, d(PRICES[coin]), "USDT", None, None, "Binance spot", NOW)


def beta(slope: float) -> Beta:
    return Beta(slope, 0.1, 0.8, 0.64, 90, 0.8, 0.5, 0.4)


def summary_of(portfolio: Portfolio, *coins: str, **changes: Beta) -> PortfolioSummary:
    prices = {coin: price(coin) for coin in coins or PRICES}
    return summarise(portfolio, prices=prices, marks={}, betas=changes, now=NOW)


def test_worth_adds_up_holdings_and_leaves_futures_out() -> None:
    summary = summary_of(HELD)
    assert summary.worth_usd == d(50_000)  # 10 * 3,000 + 100 * 150 + 5,000
    assert [row.holding.coin for row in summary.holdings] == ["ETH", "SOL", "USDT"]  # the largest first
    assert [row.value_share for row in summary.holdings] == [d("0.6"), d("0.3"), d("0.1")]
    assert summary.cash_usd == d(5000)


def test_exposure_is_net_of_futures_and_without_cash() -> None:
    summary = summary_of(HELD)
    assert {row.coin: row.net_base for row in summary.exposures} == {"ETH": d(5), "SOL": d(100)}
    assert summary.exposed_usd == d(30_000)  # (10 - 5) * 3,000 + 100 * 150


def test_in_bitcoin_each_coin_counts_with_its_beta() -> None:
    summary = summary_of(HELD, ETH=beta(1.5), SOL=beta(2.0))
    # ETH 15,000 * 1.5 / 60,000 = 0.375; SOL 15,000 * 2 / 60,000 = 0.5
    assert {row.coin: row.bitcoin_base for row in summary.exposures} == {"ETH": d("0.375"), "SOL": d("0.5")}
    assert summary.bitcoin_base == d("0.875")


def test_bitcoin_itself_is_its_own_equivalent() -> None:
    summary = summary_of(Portfolio((Holding("BTC", d("0.25")),)))
    assert summary.bitcoin_base == d("0.25")
    assert summary.coins_without_beta == ()


def test_a_coin_without_a_beta_counts_at_one_and_is_named() -> None:
    summary = summary_of(HELD, ETH=beta(1.5))
    assert summary.coins_without_beta == ("SOL",)
    assert summary.bitcoin_base == d("0.625")  # 0.375 + 15,000 / 60,000


def test_without_a_price_of_bitcoin_there_are_no_equivalents() -> None:
    assert summary_of(HELD, "ETH", "SOL", "USDT").bitcoin_base is None


def test_a_coin_without_a_price_is_named_and_in_no_sum() -> None:
    summary = summary_of(replace(HELD, holdings=(*HELD.holdings, Holding("TKX", d(9)))))
    assert summary.coins_without_price == ("TKX",)
    assert summary.worth_usd == d(50_000)
    assert summary.holdings[-1].value_usd is None


def test_a_short_gains_what_the_price_fell_below_its_entry() -> None:
    (row,) = summary_of(HELD).positions
    assert row.result_usd == d(2250)  # -5 * (3,000 - 3,450)
    assert not row.is_at_mark


def test_the_mark_of_its_exchange_comes_before_the_price_of_the_coin() -> None:
    mark = quote(perpetual("ETH"), "3010")
    prices = {coin: price(coin) for coin in PRICES}
    summary = summarise(HELD, prices=prices, marks={SHORT: mark}, betas={}, now=NOW)
    assert summary.positions[0].result_usd == d(2200)  # -5 * (3,010 - 3,450)
    assert summary.positions[0].is_at_mark


def test_without_an_entry_there_is_no_result() -> None:
    portfolio = Portfolio((), (replace(SHORT, entry_quote=None),))
    assert summary_of(portfolio).positions[0].result_usd is None


def test_staking_pays_its_yield_of_the_value() -> None:
    assert summary_of(HELD).staking_usd_per_year == d(1050)  # 7 % of 15,000


def test_the_age_is_that_of_the_oldest_price_and_cash_has_none() -> None:
    old = NOW - timedelta(minutes=3)
    prices = {"ETH": replace(price("ETH"), as_of=old), "SOL": price("SOL"), "USDT": replace(price("USDT"), as_of=old)}
    only_cash = Portfolio((Holding("USDT", d(1)),))
    assert summarise(HELD, prices=prices, marks={}, betas={}, now=NOW).as_of == old
    assert summarise(only_cash, prices=prices, marks={}, betas={}, now=NOW).as_of is None


amounts = st.decimals(min_value="0.0001", max_value="1000000", places=4)


@given(st.lists(st.tuples(st.sampled_from(["BTC", "ETH", "SOL"]), amounts), min_size=1, unique_by=lambda row: row[0]))
def test_parts_of_the_whole_add_up_to_one(rows: list[tuple[str, Decimal]]) -> None:
    portfolio = Portfolio(tuple(Holding(coin, amount) for coin, amount in rows))
    shares = [row.value_share for row in summary_of(portfolio).holdings if row.value_share is not None]
    assert abs(sum(shares, Decimal(0)) - 1) < d("1e-20")
