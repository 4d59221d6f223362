"""The simulated exchanges behind a gateway on this machine, a market that asks them, and a clock that can be moved."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from chatbot.core.markets import Instrument
from chatbot.market import Manners, Market
from chatbot.sandbox.exchanges import Faults, exchanges_app, requests
from chatbot.sandbox.world import World

HASTY = Manners(
    deadline=2.0,
    shared_for=0.05,
    load_deadline=5.0,
    patience=5.0,
    refresh_partial=0.5,
    first_retry=0.2,
    failures_allowed=3,
    left_alone=0.3,
    left_alone_when_limited=0.3,
)


class Clock:
    """The real time, moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Playground:
    """Simulated exchanges with their faults, and markets that ask them."""

    app: web.Application
    address: str
    faults: Faults
    clock: Clock
    open_markets: AsyncExitStack

    async def market(self, *exchanges: str, manners: Manners = HASTY, is_ready: bool = True) -> Market:
        """A market on these exchanges, loaded unless `is_ready` is False."""
        market = Market(exchanges, self.clock, self.address, source_note="simulated", manners=manners)
        market.start()
        self.open_markets.push_async_callback(_close, market)
        if is_ready:
            await market.wait_until_ready()
        return market

    def asked(self, exchange: str, part: str = "") -> list[str]:
        """What this exchange was asked for, of the paths that hold `part`."""
        return [path for path in requests(self.app, exchange) if part in path]


@pytest.fixture
async def play() -> AsyncIterator[Playground]:
    clock, faults = Clock(), Faults()
    app = exchanges_app(World(), faults, clock)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with AsyncExitStack() as open_markets:
        yield Playground(app, f"http://{host}:{port}", faults, clock, open_markets)
        await runner.cleanup()  # first, so that slow answers end while somebody still waits for them


async def _close(market: Market) -> None:
    for desk in market._exchanges._desks.values():
        if desk.client is not None:
            desk.client.timeout_on_exit = 0  # ccxt's pause for TLS, which is not spoken here
    await market.close()


def perpetual(market: Market, coin: str = "ETH", exchange: str | None = None) -> Instrument:
    """The first perpetual of `coin`."""
    return next(c for c in market.futures(coin) if exchange in {None, c.exchange})
