"""Worked examples that others published, each with its source: the same inputs must give their outputs.

Not here: how exchanges make a funding rate of a premium (Kraken's cap, Hyperliquid's clamp, Deribit's damper), since
the bot reads rates and makes none; and what a row of an exchange's history means, which the market edge tests.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from chatbot.core.basis import cash_and_carry_quote
from chatbot.core.funding import apr, apy, received_quote
from chatbot.core.hedging.sizing import size_value
from chatbot.core.margin import inverse_liquidation_price, liquidation_price
from chatbot.core.markets import MarginTier, MarginTiers, TierUnit
from chatbot.core.portfolio import Side
from chatbot.core.statistics import min_variance_ratio
from tests.samples import NOW, d, funding, inverse, perpetual
from tests.samples import tiers as one_rate

LONG, SHORT = Side.LONG, Side.SHORT


def one_tier(rate: str, deduction: Decimal) -> MarginTiers:
    return MarginTiers((MarginTier(d(0), d(rate), None, deduction),), TierUnit.QUOTE, "published", NOW)


@dataclass(frozen=True)
class Position:
    """A published isolated position and its liquidation price."""

    side: Side
    entry: str
    leverage: int
    published: str


def liquidated(position: Position, tiers: MarginTiers, taker: str = "0") -> Decimal | None:
    """One coin at the entry price."""
    return liquidation_price(
        side=position.side,
        entry_quote=d(position.entry),
        amount_base=d(1),
        margin_quote=d(position.entry) / position.leverage,
        tiers=tiers,
        taker_share=d(taker),
    )


# Binance FAQ b3c689c1f50a44cabb3a84e663b81d93 (how to calculate the liquidation price of USDⓈ-M contracts), as quoted
# by freqtrade, tests/exchange/test_binance.py at c9ae5e1e: ETH long, wallet 1,535,443.01, mmr 10 %, cum 135,365.
def binance_eth(margin: Decimal) -> Decimal | None:
    return liquidation_price(
        side=LONG,
        entry_quote=d("1456.84"),
        amount_base=d("3683.979"),
        margin_quote=margin,
        tiers=one_tier("0.1", d(135_365)),
        taker_share=d(0),
    )


def test_binance_isolated_eth() -> None:
    assert binance_eth(d("1535443.01")) == pytest.approx(d("1114.78"), abs=d("0.005"))


def test_binance_cross_eth_whose_margin_is_the_wallet_less_what_the_other_position_takes() -> None:
    # the other: BTC long 109.488 at 32,481.98, mark 31,967.27, mmr 2.5 %, cum 16,300
    maintenance = d("109.488") * d("31967.27") * d("0.025") - 16_300
    profit = d("109.488") * (d("31967.27") - d("32481.98"))
    assert binance_eth(d("1535443.01") - maintenance + profit) == pytest.approx(d("1153.26"), abs=d("0.005"))


# freqtrade, tests/exchange/test_exchange.py test_get_liquidation_price at c9ae5e1e: mmr 1 %, cum 0.01, taker 0.06 %.
@pytest.mark.parametrize(
    "position",
    [
        Position(SHORT, "10", 5, "11.89108910891089"),
        Position(SHORT, "8", 5, "9.514851485148514"),
        Position(LONG, "10", 5, "8.070707070707071"),
        Position(LONG, "10", 3, "6.723905723905723"),
    ],
)
def test_freqtrade_on_binance_with_a_maintenance_amount(position: Position) -> None:
    assert liquidated(position, one_tier("0.01", d("0.01"))) == pytest.approx(d(position.published), abs=d("1e-6"))


@pytest.mark.parametrize(
    "position",
    [
        Position(SHORT, "10", 5, "11.87413417771621"),
        Position(SHORT, "8", 5, "9.499307342172967"),
        Position(LONG, "10", 3, "6.738090425173506"),
    ],
)
def test_freqtrade_on_gate_and_okx_with_the_closing_fee(position: Position) -> None:
    assert liquidated(position, one_rate("0.01"), "0.0006") == pytest.approx(d(position.published), abs=d("1e-6"))


@pytest.mark.parametrize(
    "position",
    [
        Position(LONG, "10", 1, "0.1"),
        Position(LONG, "10", 5, "8.1"),
        Position(SHORT, "10", 1, "19.9"),
        Position(SHORT, "10", 5, "11.9"),
    ],
)
def test_freqtrade_on_bybit_as_it_was_with_maintenance_on_the_value_at_entry(position: Position) -> None:
    # a fixed 1 % of the entry value is a rate of zero and an amount of -0.1
    assert liquidated(position, one_tier("0", d("-0.1"))) == pytest.approx(d(position.published), abs=d("1e-5"))


# https://help.mcs.io/hc/en-us/articles/360041008371-Isolated-Margin
def test_mcs_inverse_long_with_maintenance_on_the_value_at_entry() -> None:
    # 2,000 USD at 2,000 is one coin; 0.5 % of it fixed
    price = inverse_liquidation_price(
        side=LONG,
        entry_quote=d(2000),
        value_usd=d(2000),
        margin_base=d("0.1"),
        tiers=one_tier("0", d("-0.005")),
        taker_share=d(0),
    )
    assert price == pytest.approx(d("1826.48"), abs=d("0.005"))


# https://help.bybit.com/hc/en-us/articles/360039261334-How-to-calculate-Liquidation-Price-Inverse-Contract-
def bybit_inverse(tiers: MarginTiers, taker: str) -> Decimal | None:
    return inverse_liquidation_price(
        side=LONG,
        entry_quote=d(8000),
        value_usd=d(10_000),
        margin_base=d("0.5"),
        tiers=tiers,
        taker_share=d(taker),
    )


def test_bybit_inverse_bankruptcy_is_liquidation_without_maintenance() -> None:
    assert bybit_inverse(one_rate("0"), "0.00075") == pytest.approx(d("5718.57"), abs=d("0.01"))


def test_bybit_inverse_cross_with_maintenance_at_entry_and_the_fee_at_bankruptcy() -> None:
    # 1.25 BTC * 0.5 % + 10,000 * 0.075 % / 5,718.57; published rounded up to the tick of 0.5
    taken = d("1.25") * d("0.005") + 10_000 * d("0.00075") / d("5718.57")
    assert bybit_inverse(one_tier("0", -taken), "0") == pytest.approx(d("5739.5"), abs=d("0.5"))


# https://www.binance.com/es-MX/support/faq/how-to-calculate-liquidation-price-of-coin-m-futures-contracts-ceccfcfb4e3a45e3b48b0b1bb1a8ae46
def test_binance_coin_margined_maintenance() -> None:
    assert inverse().amount_base(d(100), d(25_000)) * d("0.004") == d("0.0016")


@pytest.mark.parametrize(("rate", "cum"), [("0.025", "0.56"), ("0.05", "1.81")])
def test_binance_coin_margined_brackets_meet_at_fifty_coins(rate: str, cum: str) -> None:
    # from 50 BTC the rate is 5 %, not 2.5 %, and the amount 0.56 + 50 * 0.025 = 1.81: a position of just 50 BTC needs
    # 50 * 0.025 - 0.56 = 50 * 0.05 - 1.81 = 0.69 in both. A million long at 25,000 (40 BTC) has lost 10 BTC at 20,000
    price = inverse_liquidation_price(
        side=LONG,
        entry_quote=d(25_000),
        value_usd=d(1_000_000),
        margin_base=d("10.69"),
        tiers=one_tier(rate, d(cum)),
        taker_share=d(0),
    )
    assert price == 20_000


# https://bitmex.com/app/perpetualContractsGuideExamples: 15,000 contracts of one dollar
def test_bitmex_value_profit_and_funding_in_coin() -> None:
    contract = inverse(contract_size=d(1))
    at_entry, at_exit = (contract.amount_base(d(15_000), d(price)) for price in (750, 800))
    assert at_entry == 20
    assert at_entry - at_exit == d("1.25")
    # (1 % - 0.25 %) / 3 = 0.25 %: the long pays 0.05
    assert received_quote(LONG, at_entry, (d("0.01") - d("0.0025")) / 3) == d("-0.05")


# https://support.bityix.com/en/articles/10679187-usdt-perpetual-contract-funding-fees
def test_bityix_linear_funding() -> None:
    notional = perpetual(contract_size=d("0.001")).notional_quote(d(100), d(8000))
    assert received_quote(SHORT, notional, d("0.0001")) == d("0.08")


# https://hyperliquid-co.gitbook.io/community-docs/technology-breakdown/hyperliquid-l1/dex/clearinghouse/funding
def test_hyperliquids_published_rate_of_a_year_is_the_compounded_one() -> None:
    hourly = funding("0.0000125", timedelta(hours=1))
    assert apy(hourly) == pytest.approx(d("0.1157"), abs=d("0.0005"))
    assert apr(hourly) == d("0.1095")


# Hull, table 3.2: coursehero.com/file/6623153/Ex3-3 (data), h = 0.78 and 37 contracts are his own answers
def test_hull_minimum_variance_hedge() -> None:
    futures = [21, 35, -46, 1, 44, -29, -26, -29, 48, -6, -36, -11, 19, -27, 29]
    spot = [29, 20, -44, 8, 26, -19, -10, -7, 43, 11, -36, -18, 9, -32, 23]
    assert np.std(futures, ddof=1) / 1000 == pytest.approx(0.0313, abs=0.00005)
    assert np.std(spot, ddof=1) / 1000 == pytest.approx(0.0263, abs=0.00006)
    ratio = min_variance_ratio(spot, futures)
    assert round(ratio, 2) == 0.78
    assert round(ratio * 2_000_000 / 42_000) == 37


# https://brainmass.com/business/business-law/portfolio-return-stock-market-declines-432064
def test_beta_hedge_in_contracts() -> None:
    size = size_value(perpetual(contract_size=d(500), step_contracts=d(1)), d("1.2") * 2_000_000, d(1200))
    assert size.contracts == 4


# https://justaaa.com/finance/203673-consider-an-investor-in-april-holds-20000-shares
def test_beta_hedge_between_two_sizes_and_what_the_larger_earned() -> None:
    # 20,000 * 100 * 1.1 / (900 * 250) = 9.78; the source rounds up to 10, this project down to 9 and names 10
    size = size_value(perpetual(contract_size=d(250), step_contracts=d(1)), d("1.1") * 2_000_000, d(900))
    assert round(size.wanted_contracts, 2) == d("9.78")
    assert (size.contracts, size.next_contracts) == (9, 10)
    # 10 * 250 * (900 - 750) = 375,000 against 20,000 * 10
    assert size.next_contracts * 250 * (900 - 750) - 200_000 == 175_000


# https://indianexamhub.com/2025/10/16/cash-and-carry-arbitrage
def test_cash_and_carry_less_its_financing() -> None:
    assert carried(d(1), d(100), d(104), d(100), d(3)) == 1


# https://tradingqna.com/t/what-is-an-example-of-cash-and-carry-arbitrage/8693
@pytest.mark.parametrize("settled", [d(1550), d(1480)])
def test_cash_and_carry_is_the_same_at_two_exits(settled: Decimal) -> None:
    assert carried(d(100), d(1500), d(1520), settled, d(469)) == 1531


def carried(amount: Decimal, spot: Decimal, futures: Decimal, settled: Decimal, financing: Decimal) -> Decimal:
    return cash_and_carry_quote(
        amount_base=amount,
        spot_quote=spot,
        futures_quote=futures,
        settled_quote=settled,
        financing_quote=financing,
    )
