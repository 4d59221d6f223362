"""The MarketData port on simulated Binance, Bybit and OKX: the same core values as from recorded answers."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from chatbot.core.errors import NotPossible
from chatbot.core.markets import FundingKind, InstrumentKind, TierUnit
from chatbot.core.ports import MarketData
from chatbot.market import Manners, Market
from chatbot.sandbox.exchanges import Fault
from tests.chatbot.market.conftest import HASTY, Playground, perpetual

pytestmark = pytest.mark.xdist_group("ccxt")

ALL = ("binance", "bybit", "okx")


def _is_market_data(market: Market) -> MarketData:
    """A check for the type checker."""
    return market


async def test_contracts_come_in_configured_order_perpetuals_before_dated(play: Playground) -> None:
    market = await play.market("okx", "binance")
    listed = market.futures("ETH")
    assert list(dict.fromkeys(contract.exchange for contract in listed)) == ["okx", "binance"]
    assert [(c.kind, c.is_inverse) for c in listed if c.exchange == "okx"][:3] == [
        (InstrumentKind.PERPETUAL, False),
        (InstrumentKind.PERPETUAL, True),
        (InstrumentKind.DATED, False),
    ]
    play.clock.ahead += timedelta(days=400)  # every dated contract has expired by then
    assert all(contract.kind is InstrumentKind.PERPETUAL for contract in market.futures("ETH"))


async def test_a_snapshot_holds_all_and_a_second_one_asks_nobody(play: Playground) -> None:
    market = await play.market(*ALL)
    perpetuals = [perpetual(market, "ETH", exchange) for exchange in ALL]
    snapshots, outages = await market.snapshots(perpetuals)
    assert outages == ()
    assert [snapshot.instrument.exchange for snapshot in snapshots] == list(ALL)
    for snapshot in snapshots:
        assert snapshot.book is not None
        assert snapshot.book.bids[0].price_quote < snapshot.book.asks[0].price_quote
        assert snapshot.funding is not None
        assert (snapshot.funding.kind, snapshot.funding.interval) == (FundingKind.PREDICTED, timedelta(hours=8))
        assert snapshot.history is not None
        assert snapshot.history.settlements[0].charged_at <= play.clock() - timedelta(days=30)
        assert snapshot.tiers is not None
        assert snapshot.quote.source.endswith(" · simulated")
    marks = [snapshot.quote.mark_quote for snapshot in snapshots]
    assert max(marks) / min(marks) < Decimal("1.02")
    before = [len(play.asked(exchange)) for exchange in ALL]
    again, _ = await market.snapshots(perpetuals)
    assert [snapshot.quote for snapshot in again] == [snapshot.quote for snapshot in snapshots]
    assert [len(play.asked(exchange)) for exchange in ALL] == before


async def test_an_exchange_that_is_down_is_missing_and_named_once(play: Playground) -> None:
    market = await play.market("bybit", "okx")
    play.faults.set("okx", Fault.SERVER_ERROR)
    contracts = [contract for contract in market.futures("ETH") if contract.kind is InstrumentKind.PERPETUAL]
    snapshots, outages = await market.snapshots(contracts)
    assert {snapshot.instrument.exchange for snapshot in snapshots} == {"bybit"}
    assert [outage.exchange for outage in outages] == ["okx"]


async def test_a_part_that_fails_is_none_and_the_rest_is_there(play: Playground) -> None:
    market = await play.market("bybit")
    play.faults.set("bybit", Fault.HTML_PAGE, "risk-limit")
    ((snapshot,), outages) = await market.snapshots([perpetual(market)])
    assert (snapshot.tiers, outages) == (None, ())
    assert snapshot.book is not None


async def test_contract_sizes_are_those_of_each_exchange(play: Playground) -> None:
    market = await play.market(*ALL)
    sizes = {exchange: perpetual(market, "ETH", exchange).contract_size for exchange in ALL}
    assert sizes == {"binance": 1, "bybit": 1, "okx": Decimal("0.1")}
    pepe = perpetual(market, "PEPE", "binance")
    assert (pepe.market_id, pepe.contract_size) == ("1000PEPEUSDT", Decimal(1000))
    quote = await market.futures_quote(pepe)
    spot = (await market.spot_prices(["PEPE"]))["PEPE"]
    assert abs(quote.mark_quote / spot.price_quote - 1) < Decimal("0.02")  # per one PEPE, both


async def test_spot_prices_of_many_coins_are_one_request(play: Playground) -> None:
    market = await play.market("binance", "bybit")
    prices = await market.spot_prices(["BTC", "ETH", "SOL", "USDT", "DAI", "NOSUCHCOIN"])
    assert set(prices) == {"BTC", "ETH", "SOL", "USDT", "DAI"}
    assert (prices["USDT"].price_quote, prices["USDT"].source) == (Decimal(1), "taken as 1 USD")
    assert prices["ETH"].source == "Binance spot · simulated"
    assert prices["ETH"].quote == "USDT"
    assert len(play.asked("binance", "/api/v3/ticker")) == 1
    assert play.asked("bybit", "tickers") == []


async def test_a_spot_price_comes_from_the_next_exchange_when_the_first_is_down(play: Playground) -> None:
    market = await play.market("binance", "bybit")
    play.faults.set("binance", Fault.SERVER_ERROR, "/api/v3/ticker")
    prices = await market.spot_prices(["ETH"])
    assert prices["ETH"].source == "Bybit spot · simulated"


async def test_a_price_that_could_not_be_renewed_gives_way_to_a_newer_one_from_elsewhere(play: Playground) -> None:
    market = await play.market("binance", "bybit")
    first = (await market.spot_prices(["ETH"]))["ETH"]
    play.faults.set("binance", Fault.SERVER_ERROR, "/api/v3/ticker")
    play.clock.ahead += timedelta(minutes=2)
    await asyncio.sleep(2 * HASTY.shared_for)  # the same question is asked once for so long
    price = (await market.spot_prices(["ETH"]))["ETH"]
    assert price.source == "Bybit spot · simulated"
    assert price.as_of - first.as_of >= timedelta(minutes=2)


async def test_a_price_that_nobody_can_renew_stands_with_its_age(play: Playground) -> None:
    market = await play.market("binance")
    first = await market.spot_prices(["ETH"])
    play.faults.set("binance", Fault.SERVER_ERROR, "/api/v3/ticker")
    play.clock.ahead += timedelta(minutes=2)
    await asyncio.sleep(2 * HASTY.shared_for)  # the same question is asked once for so long
    assert await market.spot_prices(["ETH"]) == first


async def test_without_spot_markets_a_price_is_the_perpetuals_index(play: Playground) -> None:
    play.faults.set("binance", Fault.SERVER_ERROR, "/api/v3/exchangeInfo")
    market = await play.market("binance")
    prices = await market.spot_prices(["ETH"])
    assert prices["ETH"].source == "Binance index · simulated"


@pytest.mark.parametrize(("exchange", "pages"), [("binance", 1), ("okx", 2)])
async def test_candles_are_closed_days_without_a_hole(play: Playground, exchange: str, pages: int) -> None:
    market = await play.market(exchange)
    candles = await market.daily_candles("ETH")
    days = [bar.opened_at for bar in candles.bars]
    assert len(days) == 400
    assert days[-1] + timedelta(days=1) <= play.clock()
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    assert len(play.asked(exchange, "klines") + play.asked(exchange, "candles")) == pages
    assert await market.daily_candles("ETH") is candles
    with pytest.raises(NotPossible):
        await market.daily_candles("NOSUCHCOIN")


async def test_binances_tiers_are_an_estimate_with_its_date_or_another_exchanges(play: Playground) -> None:
    market = await play.market("binance", "bybit")
    tiers = await market.margin_tiers(perpetual(market, "ETH", "binance"))
    assert tiers.is_estimate
    assert tiers.source == "Binance brackets of October 2024 · simulated"
    inverse = next(c for c in market.futures("ETH") if c.is_inverse and c.exchange == "binance")
    borrowed = await market.margin_tiers(inverse)
    assert (borrowed.is_estimate, borrowed.unit, borrowed.source) == (True, TierUnit.BASE, "Bybit · simulated")
    own = await market.margin_tiers(perpetual(market, "ETH", "bybit"))
    assert (own.is_estimate, own.tiers[0].floor) == (False, Decimal(0))


async def test_tiers_that_nobody_publishes_are_not_possible(play: Playground) -> None:
    market = await play.market("binance")
    inverse = next(c for c in market.futures("ETH") if c.is_inverse)
    with pytest.raises(NotPossible):
        await market.margin_tiers(inverse)


async def test_a_dated_contract_pays_no_funding(play: Playground) -> None:
    market = await play.market("bybit")
    dated = next(c for c in market.futures("BTC") if c.kind is InstrumentKind.DATED)
    with pytest.raises(NotPossible):
        await market.funding_rate(dated)
    with pytest.raises(NotPossible):
        await market.funding_history(dated)
    ((snapshot,), _) = await market.snapshots([dated])
    assert (snapshot.funding, snapshot.history) == (None, None)


async def test_intervals_are_those_that_the_settlements_show(play: Playground) -> None:
    market = await play.market(*ALL, manners=Manners())  # OKX lets the pages of an hourly history take their time
    seen = set()
    for coin in ("ETH", "HYPE", "INJ", "ADA"):
        for contract in market.futures(coin):
            if contract.kind is InstrumentKind.PERPETUAL and not contract.is_inverse:
                rate, history = await market.funding_rate(contract), await market.funding_history(contract)
                times = [settlement.charged_at for settlement in history.settlements[-2:]]
                assert rate.interval == times[1] - times[0]
                seen.add(rate.interval)
    assert len(seen) > 1  # 1, 4 and 8 hours are played


async def test_without_binances_list_the_settlements_name_the_interval(play: Playground) -> None:
    market = await play.market("binance")
    play.faults.set("binance", Fault.SERVER_ERROR, "fundingInfo")
    rate = await market.funding_rate(perpetual(market, "ETH"))
    assert rate.interval == timedelta(hours=8)


async def test_without_list_and_settlements_the_interval_is_unknown(play: Playground) -> None:
    market = await play.market("binance")
    play.faults.set("binance", Fault.SERVER_ERROR, "fundingInfo")
    play.faults.set("binance", Fault.SERVER_ERROR, "fundingRate")
    rate = await market.funding_rate(perpetual(market, "ETH"))
    assert rate.interval is None
