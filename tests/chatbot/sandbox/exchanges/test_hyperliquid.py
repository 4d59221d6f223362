"""An unchanged ccxt client reads the simulated Hyperliquid as it reads the real one: one address, hourly funding."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import pytest

from chatbot.sandbox.exchanges import Fault
from tests.chatbot.sandbox.conftest import NOW, SimulatedExchanges

Connect = Callable[[str], Awaitable[Any]]
NOW_MS = int(NOW.timestamp() * 1000)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
INFO = "https://api.hyperliquid.xyz/info"


async def test_perpetuals_against_usdc_are_listed_by_number(connect: Connect) -> None:
    client = await connect("hyperliquid")
    bitcoin, pepe = client.market("BTC/USDC:USDC"), client.market("KPEPE/USDC:USDC")
    assert (bitcoin["id"], bitcoin["baseName"], bitcoin["linear"], bitcoin["contractSize"]) == ("0", "BTC", True, 1)
    # 71,202.9 has five digits before the point: five significant ones leave no decimals
    assert (bitcoin["precision"]["amount"], bitcoin["precision"]["price"]) == (0.00001, 1)
    assert (bitcoin["limits"]["leverage"]["max"], bitcoin["taker"]) == (40, 0.00045)
    assert pepe["baseName"] == "kPEPE"
    assert client.market("MATIC/USDC:USDC")["active"] is False
    assert "ICX/USDC:USDC" not in client.markets
    assert "MKR/USDC:USDC" not in client.markets


async def test_rates_of_all_are_hourly_with_mark_oracle_and_volume(
    connect: Connect, gateway: SimulatedExchanges
) -> None:
    client = await connect("hyperliquid")
    rates = await client.fetch_funding_rates()
    assert len(rates) > 50
    assert {rate["interval"] for rate in rates.values()} == {"1h"}
    bitcoin = rates["BTC/USDC:USDC"]
    assert bitcoin["markPrice"] == pytest.approx(bitcoin["indexPrice"], rel=0.002)
    assert float(bitcoin["info"]["dayNtlVlm"]) > 1e9
    alone = await client.fetch_funding_rate("BTC/USDC:USDC")
    assert alone["fundingRate"] == bitcoin["fundingRate"]
    assert set(gateway.requests("hyperliquid")[1:]) == {'/info {"type": "metaAndAssetCtxs"}'}


async def test_thousands_of_pepe_are_priced_as_thousands(connect: Connect) -> None:
    client = await connect("hyperliquid")
    rates = await client.fetch_funding_rates()
    # a PEPE costs about 0.0000035
    assert 0.001 < rates["KPEPE/USDC:USDC"]["markPrice"] < 0.01


async def test_a_history_is_hourly_in_pages_of_five_hundred_from_the_oldest(connect: Connect) -> None:
    client = await connect("hyperliquid")
    rows = await client.fetch_funding_rate_history("BTC/USDC:USDC", NOW_MS - 30 * DAY_MS)
    assert len(rows) == 500
    stamps = [row["timestamp"] for row in rows]
    assert NOW_MS - 30 * DAY_MS <= stamps[0] < NOW_MS - 30 * DAY_MS + HOUR_MS
    # each is stamped up to 97 ms after its full hour
    assert all(stamp % HOUR_MS <= 97 for stamp in stamps)
    assert all(round((after - before) / HOUR_MS) == 1 for before, after in pairwise(stamps))
    following = await client.fetch_funding_rate_history("BTC/USDC:USDC", stamps[-1] + 1)
    # 30 days are 720 hours
    assert len(rows) + len(following) == 720
    assert following[-1]["timestamp"] // HOUR_MS == NOW_MS // HOUR_MS


async def test_a_history_ends_where_it_is_told_to(connect: Connect) -> None:
    client = await connect("hyperliquid")
    start = NOW_MS // DAY_MS * DAY_MS - DAY_MS
    rows = await client.fetch_funding_rate_history("ETH/USDC:USDC", start, None, {"until": start + 5 * HOUR_MS + 500})
    assert [row["timestamp"] // HOUR_MS - start // HOUR_MS for row in rows] == [0, 1, 2, 3, 4, 5]


async def test_the_book_has_twenty_levels_around_the_last_candle(connect: Connect) -> None:
    client = await connect("hyperliquid")
    book = await client.fetch_order_book("ETH/USDC:USDC")
    assert len(book["bids"]) == len(book["asks"]) == 20
    (today,) = await client.fetch_ohlcv("ETH/USDC:USDC", "1d", NOW_MS // DAY_MS * DAY_MS, 1, {"until": NOW_MS})
    assert today[0] == NOW_MS // DAY_MS * DAY_MS
    assert book["bids"][0][0] <= today[4] <= book["asks"][0][0]
    assert book["timestamp"] == NOW_MS


async def test_daily_candles_come_oldest_first_without_a_gap(connect: Connect) -> None:
    client = await connect("hyperliquid")
    since = (NOW_MS // DAY_MS - 400) * DAY_MS
    rows = await client.fetch_ohlcv("SOL/USDC:USDC", "1d", since, 500, {"until": NOW_MS})
    assert [row[0] for row in rows] == [since + day * DAY_MS for day in range(401)]


async def test_the_clock_is_told(connect: Connect) -> None:
    assert await (await connect("hyperliquid")).fetch_time() == NOW_MS


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"type": "teapot"}, 422),
        ({}, 422),
        ({"type": "l2Book", "coin": "NOPE"}, 500),
        ({"type": "l2Book", "coin": "MATIC"}, 500),  # delisted
        ({"type": "fundingHistory", "coin": "BTC"}, 422),  # without a beginning
        ({"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "7m", "startTime": 0}}, 422),
    ],
)
async def test_a_wrong_question_is_refused(
    question: dict[str, object], status: int, gateway: SimulatedExchanges
) -> None:
    async with aiohttp.ClientSession() as web, web.post(f"{gateway.url}/{INFO}", json=question) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.SLOW, ccxt.RequestTimeout),
        (Fault.RATE_LIMITED, ccxt.RateLimitExceeded),
        (Fault.BANNED, ccxt.DDoSProtection),
        (Fault.SERVER_ERROR, ccxt.ExchangeNotAvailable),
        (Fault.RESET, ccxt.ExchangeNotAvailable),
    ],
)
async def test_a_fault_of_one_kind_of_question_raises_what_the_real_one_would(
    fault: Fault, error: type[Exception], gateway: SimulatedExchanges, connect: Connect
) -> None:
    client = await connect("hyperliquid")
    client.timeout = 200 if fault is Fault.SLOW else 5000
    gateway.faults.set("hyperliquid", fault, "l2Book")
    with pytest.raises(error):
        await client.fetch_order_book("ETH/USDC:USDC")
    assert (await client.fetch_funding_rates())["ETH/USDC:USDC"]["fundingRate"] is not None
