"""The simulated exchanges and the local Bot API server on free ports of this machine, at times that stand still."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from chatbot.sandbox.botapi import BotApi
from chatbot.sandbox.exchanges import Faults, exchanges_app, requests
from chatbot.sandbox.world import World

NOW = datetime(2026, 4, 15, 10, 20, tzinfo=UTC)
TOKEN = "42:sandbox"

Json = dict[str, Any]
Client = TestClient[Any, Any]
Call = Callable[..., Awaitable[Json]]


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


class Clock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> BotApi:
    return BotApi(TOKEN, clock, notice="Simulated exchanges")


@pytest.fixture
async def client(api: BotApi) -> AsyncIterator[Client]:
    async with TestClient(TestServer(api.app())) as client:
        yield client


@pytest.fixture
def call(client: Client) -> Call:
    """A method called with a JSON body; gives the whole answer."""

    async def call_method(method: str, **parameters: Any) -> Json:
        response = await client.post(f"/bot{TOKEN}/{method}", json=parameters)
        answer: Json = await response.json()
        assert response.status == answer.get("error_code", 200)
        return answer

    return call_method
