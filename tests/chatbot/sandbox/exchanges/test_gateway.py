"""What the gateway answers to a request that no exchange would be pleased with, byte for byte."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.chatbot.sandbox.conftest import NOW, SimulatedExchanges

NOW_MS = int(NOW.timestamp() * 1000)
BYBIT, OKX = "https://api.bybit.com/v5/market", "https://www.okx.com/api/v5"
FAPI, SPOT = "https://fapi.binance.com/fapi/v1", "https://api.binance.com/api/v3"


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def ask(web: aiohttp.ClientSession, gateway: SimulatedExchanges, url: str) -> tuple[int, Any]:
    async with web.get(f"{gateway.url}/{url}") as response:
        text = await response.text()
    return response.status, json.loads(text) if text.startswith(("{", "[")) else text


@pytest.mark.parametrize(
    ("url", "status", "code", "message"),
    [
        (f"{BYBIT}/tickers?category=linear&symbol=NOPEUSDT", 200, 10001, "params error: symbol invalid"),
        (f"{BYBIT}/orderbook?category=linear&symbol=MATICUSDT", 200, 10001, "params error: symbol invalid"),
        (f"{BYBIT}/tickers", 200, 10001, "Illegal category"),
        (f"{BYBIT}/instruments-info?category=bonds", 200, 10001, "Illegal category"),
        (f"{BYBIT}/kline?category=linear&symbol=ETHUSDT&interval=7", 200, 10001, "Invalid period!"),
        (
            f"{BYBIT}/funding/history?category=linear&symbol=ETHUSDT&startTime=1",
            200,
            10001,
            "params error: end time is required",
        ),
        (f"{FAPI}/ticker/24hr?symbol=NOPEUSDT", 400, -1121, "Invalid symbol."),
        (f"{FAPI}/klines?symbol=ETHUSDT&interval=7d", 400, -1120, "Invalid interval."),
        (f"{FAPI}/depth?symbol=ETHUSDT&limit=7", 400, -4021, "Invalid depth limit."),
        (f"{FAPI}/fundingRate?symbol=ETHUSDT_260626", 400, -1121, "Invalid symbol."),
        (f"{FAPI}/leverageBracket", 401, -2014, "API-key format invalid."),
        (f"{FAPI}/teapot", 404, -5000, "Path /fapi/v1/teapot, Method GET is invalid"),
        (f"{SPOT}/premiumIndex", 404, -5000, "Path /api/v3/premiumIndex, Method GET is invalid"),
        (f"{SPOT}/ticker/24hr?symbols=nonsense", 400, -1121, "Invalid symbol."),
        (f"{SPOT}/ticker/24hr?symbols=5", 400, -1121, "Invalid symbol."),
        (
            f"{OKX}/market/ticker?instId=NOPE-USDT-SWAP",
            200,
            "51001",
            "Instrument ID, Instrument ID code, or Spread ID doesn't exist.",
        ),
        (f"{OKX}/public/instruments", 400, "50014", "Parameter instType can not be empty."),
        (f"{OKX}/market/candles?instId=ETH-USDT-SWAP&bar=7m", 400, "51000", "Parameter bar error"),
        (f"{OKX}/teapot", 404, "404", "Not Found"),
    ],
)
async def test_a_wrong_question_gets_the_exchange_s_own_refusal(
    url: str, status: int, code: object, message: str, web: aiohttp.ClientSession, gateway: SimulatedExchanges
) -> None:
    seen_status, body = await ask(web, gateway, url)
    assert seen_status == status
    assert body.get("retCode", body.get("code")) == code
    assert body.get("retMsg", body.get("msg")) == message


async def test_a_path_unknown_to_bybit_is_a_plain_404(web: aiohttp.ClientSession, gateway: SimulatedExchanges) -> None:
    assert await ask(web, gateway, f"{BYBIT}/teapot") == (404, "404 page not found")


async def test_a_host_that_is_not_played_is_a_bad_gateway(
    web: aiohttp.ClientSession, gateway: SimulatedExchanges
) -> None:
    status, text = await ask(web, gateway, "https://api.kraken.com/0/public/Time")
    assert (status, text) == (502, "no such host in the sandbox: it plays Binance, Bybit, OKX and Hyperliquid")


async def test_a_client_that_merges_slashes_is_understood(
    web: aiohttp.ClientSession, gateway: SimulatedExchanges
) -> None:
    assert await ask(web, gateway, "https:/fapi.binance.com/fapi/v1/time") == (200, {"serverTime": NOW_MS})


async def test_each_exchange_s_requests_are_counted_with_their_queries(
    web: aiohttp.ClientSession, gateway: SimulatedExchanges
) -> None:
    await ask(web, gateway, f"{OKX}/market/ticker?instId=ETH-USDT-SWAP")
    await ask(web, gateway, f"{OKX}/public/time")
    await ask(web, gateway, f"{FAPI}/time")
    assert gateway.requests("okx") == ("/api/v5/market/ticker?instId=ETH-USDT-SWAP", "/api/v5/public/time")
    assert gateway.requests("binance") == ("/fapi/v1/time",)
    assert gateway.requests("bybit") == ()


async def test_rows_have_the_shape_of_the_real_ones(web: aiohttp.ClientSession, gateway: SimulatedExchanges) -> None:
    _, kline = await ask(web, gateway, f"{BYBIT}/kline?category=linear&symbol=ETHUSDT&interval=D&limit=3")
    opened = [row[0] for row in kline["result"]["list"]]
    assert opened == sorted(opened, reverse=True)  # newest first
    assert all(isinstance(cell, str) for row in kline["result"]["list"] for cell in row)
    assert [len(row) for row in kline["result"]["list"]] == [7, 7, 7]
    _, candles = await ask(web, gateway, f"{OKX}/market/candles?instId=ETH-USDT-SWAP&bar=1Dutc&limit=2")
    # contracts of 0.1 ETH, coins, USD; the newest is not confirmed
    assert [row[8] for row in candles["data"]] == ["0", "1"]
    assert float(candles["data"][1][6]) == pytest.approx(float(candles["data"][1][5]) * 0.1)
    _, klines = await ask(web, gateway, f"{FAPI}/klines?symbol=ETHUSDT&interval=1d&limit=2")
    assert [len(row) for row in klines] == [12, 12]
    assert klines[0][6] + 1 == klines[1][0]  # a bar closes a millisecond before the next opens
    _, dated = await ask(web, gateway, f"{FAPI}/premiumIndex?symbol=ETHUSDT_260626")
    assert (dated["lastFundingRate"], dated["nextFundingTime"]) == ("", 0)


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        # a start alone counts forward, an end alone back, both give the latest within
        ("start=1767225600000&limit=3", "1767225600000", "1767398400000"),  # from 1 January 2026
        ("end=1767225600000&limit=3", "1767052800000", "1767225600000"),
        ("start=1764547200000&end=1767225600000&limit=3", "1767052800000", "1767225600000"),
    ],
)
async def test_bybit_pages_candles_as_it_documents(
    query: str, first: str, last: str, web: aiohttp.ClientSession, gateway: SimulatedExchanges
) -> None:
    _, body = await ask(web, gateway, f"{BYBIT}/kline?category=linear&symbol=ETHUSDT&interval=D&{query}")
    rows = body["result"]["list"]
    assert (len(rows), rows[-1][0], rows[0][0]) == (3, first, last)


async def test_a_history_from_the_beginning_begins_with_the_listing(
    web: aiohttp.ClientSession, gateway: SimulatedExchanges
) -> None:
    _, klines = await ask(web, gateway, f"{FAPI}/klines?symbol=ETHUSDT&interval=1d&startTime=0&limit=2")
    # 1 January 2022 and the day after
    assert [row[0] for row in klines] == [1640995200000, 1641081600000]
    _, rates = await ask(web, gateway, f"{FAPI}/fundingRate?symbol=ETHUSDT&startTime=0&limit=2")
    assert [row["fundingTime"] for row in rates] == [1641024000000, 1641052800000]
    _, body = await ask(web, gateway, f"{BYBIT}/kline?category=linear&symbol=ETHUSDT&interval=D&start=0&limit=2")
    assert [row[0] for row in body["result"]["list"]] == ["1641081600000", "1640995200000"]
