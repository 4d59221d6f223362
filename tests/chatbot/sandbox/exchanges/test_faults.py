"""Each fault reaches ccxt as the trouble that it stands for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import pytest

from chatbot.sandbox.exchanges import Fault, Faults
from tests.chatbot.sandbox.conftest import NOW, SimulatedExchanges

Connect = Callable[[str], Awaitable[Any]]
EVERY = pytest.mark.parametrize("exchange", ["binance", "bybit", "okx"])
TROUBLES = [
    ("binance", Fault.SLOW, ccxt.RequestTimeout),
    ("bybit", Fault.SLOW, ccxt.RequestTimeout),
    ("okx", Fault.SLOW, ccxt.RequestTimeout),
    ("binance", Fault.RATE_LIMITED, ccxt.DDoSProtection),
    ("bybit", Fault.RATE_LIMITED, ccxt.RateLimitExceeded),
    ("okx", Fault.RATE_LIMITED, ccxt.ExchangeNotAvailable),
    ("binance", Fault.BANNED, ccxt.DDoSProtection),
    ("bybit", Fault.BANNED, ccxt.DDoSProtection),
    ("okx", Fault.BANNED, ccxt.DDoSProtection),
    ("binance", Fault.FORBIDDEN, ccxt.ExchangeNotAvailable),
    ("bybit", Fault.FORBIDDEN, ccxt.RateLimitExceeded),
    ("okx", Fault.FORBIDDEN, ccxt.ExchangeNotAvailable),
    *((exchange, Fault.REGION_BLOCKED, ccxt.ExchangeNotAvailable) for exchange in ("binance", "bybit", "okx")),
    *((exchange, Fault.SERVER_ERROR, ccxt.ExchangeNotAvailable) for exchange in ("binance", "bybit", "okx")),
    *((exchange, Fault.RESET, ccxt.ExchangeNotAvailable) for exchange in ("binance", "bybit", "okx")),
]


@pytest.mark.parametrize(("exchange", "fault", "error"), TROUBLES)
async def test_a_fault_raises_what_the_real_one_would(
    exchange: str, fault: Fault, error: type[Exception], gateway: SimulatedExchanges, connect: Connect
) -> None:
    client = await connect(exchange)
    client.timeout = 200 if fault is Fault.SLOW else 5000
    gateway.faults.set(exchange, fault)
    with pytest.raises(error) as caught:
        await client.fetch_ticker("ETH/USDT:USDT")
    assert caught.type is error


@EVERY
@pytest.mark.parametrize("fault", [Fault.BROKEN_JSON, Fault.HTML_PAGE])
async def test_a_body_that_is_not_json_raises_nothing_and_says_nothing(
    exchange: str, fault: Fault, gateway: SimulatedExchanges, connect: Connect
) -> None:
    client = await connect(exchange)
    gateway.faults.set(exchange, fault)
    assert (await client.fetch_ticker("ETH/USDT:USDT"))["last"] is None
    assert await client.load_markets(True) == {}


@EVERY
async def test_stale_answers_are_ten_minutes_old(exchange: str, gateway: SimulatedExchanges, connect: Connect) -> None:
    client = await connect(exchange)
    fresh = (await client.fetch_ticker("ETH/USDT:USDT"))["last"]
    gateway.faults.set(exchange, Fault.STALE)
    assert await client.fetch_time() == int(NOW.timestamp() * 1000) - 600_000
    assert (await client.fetch_ticker("ETH/USDT:USDT"))["last"] != fresh


async def test_a_fault_can_be_for_one_exchange_and_one_path(gateway: SimulatedExchanges, connect: Connect) -> None:
    bybit, okx = await asyncio.gather(connect("bybit"), connect("okx"))
    gateway.faults.set("bybit", Fault.SERVER_ERROR, "orderbook")
    assert (await bybit.fetch_ticker("ETH/USDT:USDT"))["last"] > 0
    assert (await okx.fetch_order_book("ETH/USDT:USDT"))["bids"]
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await bybit.fetch_order_book("ETH/USDT:USDT")


async def test_a_failed_request_is_counted_too(gateway: SimulatedExchanges, connect: Connect) -> None:
    client = await connect("okx")
    gateway.faults.set("okx", Fault.SERVER_ERROR)
    before = len(gateway.requests("okx"))
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await client.fetch_time()
    assert gateway.requests("okx")[before:] == ("/api/v5/public/time",)


async def test_a_person_switches_an_exchange_off_and_on_by_hand(gateway: SimulatedExchanges) -> None:
    async with aiohttp.ClientSession() as web:
        time = f"{gateway.url}/https://www.okx.com/api/v5/public/time"
        for fault, status in (("server_error", 503), (None, 200)):
            async with web.post(f"{gateway.url}/_faults", json={"exchange": "okx", "fault": fault}) as switched:
                assert await switched.json() == {"ok": True}
            async with web.get(time) as answer:
                assert answer.status == status


@pytest.mark.parametrize("body", [{}, {"exchange": "okx", "fault": "tired"}, {"exchange": "kraken", "fault": None}, 7])
async def test_a_switch_that_does_not_exist_is_refused(body: object, gateway: SimulatedExchanges) -> None:
    async with aiohttp.ClientSession() as web, web.post(f"{gateway.url}/_faults", json=body) as refused:
        assert refused.status == 400
        assert "error" in await refused.json()


def test_the_longest_path_wins_and_switching_off_the_whole_exchange_switches_all_off() -> None:
    faults = Faults()
    faults.set("okx", Fault.SLOW)
    faults.set("okx", Fault.BANNED, "ticker")
    assert faults.of("okx", "/api/v5/market/ticker") is Fault.BANNED
    assert faults.of("okx", "/api/v5/public/time") is Fault.SLOW
    assert faults.of("bybit", "/v5/market/tickers") is None
    faults.set("okx", None)
    assert faults.of("okx", "/api/v5/market/ticker") is None
