"""ccxt clients, unchanged, that find only the simulated exchanges."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.chatbot.sandbox.conftest import SimulatedExchanges

MARKET_TYPES = {
    "binance": ["spot", "linear", "inverse"],
    "bybit": ["spot", "linear", "inverse"],
    "okx": ["spot", "swap", "future"],
    "hyperliquid": ["swap"],
}


@pytest.fixture
async def connect(gateway: SimulatedExchanges) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Makes clients by ccxt id, with their markets loaded; closes them at the end."""
    clients: list[Any] = []

    async def client_of(exchange: str) -> Any:
        client = getattr(ccxt, exchange)({"enableRateLimit": False, "timeout": 5000, "timeout_on_exit": 1})
        clients.append(client)
        client.urls["api"] = through(gateway.url, client.urls["api"])
        client.options["fetchMarkets"] = {"types": MARKET_TYPES[exchange]}
        await client.load_markets()
        return client

    yield client_of
    for client in clients:
        await client.close()


def through(gateway_url: str, urls: Any) -> Any:
    """Every address in ccxt's nested dict, behind the gateway."""
    if isinstance(urls, Mapping):
        return {name: through(gateway_url, inner) for name, inner in urls.items()}
    return f"{gateway_url}/{urls}"
