"""The simulated exchanges on a free port of this machine, and ccxt clients that find only them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ccxt.async_support as ccxt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatbot.sandbox.exchanges import Faults, exchanges_app, requests
from chatbot.sandbox.world import World

MARKET_TYPES = {
    "binance": ["spot", "linear", "inverse"],
    "bybit": ["spot", "linear", "inverse"],
    "okx": ["spot", "swap", "future"],
}
NOW = datetime(2026, 4, 15, 10, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SimulatedExchanges:
    """Where they are, what is wrong with them, and what they were asked."""

    url: str
    faults: Faults
    app: web.Application

    def requests(self, exchange: str) -> tuple[str, ...]:
        return requests(self.app, exchange)


@pytest.fixture(scope="session")
def world() -> World:
    return World(seed=1)


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[SimulatedExchanges]:
    """The exchanges at NOW."""
    faults = Faults()
    app = exchanges_app(world, faults, lambda: NOW)
    async with TestServer(app) as server:
        yield SimulatedExchanges(str(server.make_url("")).rstrip("/"), faults, app)


@pytest.fixture
async def connect(gateway: SimulatedExchanges) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Makes ccxt clients by id, with their markets loaded; closes them at the end."""
    clients: list[Any] = []

    async def make(exchange: str) -> Any:
        client = getattr(ccxt, exchange)({"enableRateLimit": False, "timeout": 5000})
        client.urls["api"] = through(gateway.url, client.urls["api"])
        client.options["fetchMarkets"] = {"types": MARKET_TYPES[exchange]}
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


def through(gateway_url: str, urls: Any) -> Any:
    """Every address in ccxt's nested dict, behind the gateway."""
    if isinstance(urls, Mapping):
        return {name: through(gateway_url, inner) for name, inner in urls.items()}
    return f"{gateway_url}/{urls}"
