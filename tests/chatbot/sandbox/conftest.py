"""The simulated exchanges on a free port of this machine, at a time that stands still."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatbot.sandbox.exchanges import Faults, exchanges_app, requests
from chatbot.sandbox.world import World

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
