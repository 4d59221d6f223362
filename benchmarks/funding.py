"""The data of a cold `/funding BTC` from all exchanges together, beside each of them alone: who is waited for.

The exchanges are simulated in this process and answer after a pause of their own; each market that asks them is a
process of its own, `python -m benchmarks.funding URL EXCHANGE ...`, that has its markets loaded and nothing else.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from chatbot.core.markets import InstrumentKind
from chatbot.market import Market
from chatbot.sandbox.exchanges import Faults, exchanges_app
from chatbot.sandbox.world import World

COIN = "BTC"
# What one request takes, about as from a server in Europe. Seconds.
PAUSES_S = {"binance": 0.18, "bybit": 0.2, "okx": 0.15, "hyperliquid": 0.25}
LOOK_EVERY_S = 0.002


@dataclass(frozen=True, slots=True)
class Asked:
    """One cold look: how long it took, and how late the asker's own event loop was at worst."""

    seconds: float
    worst_lag_ms: float
    boards: int
    histories: int


@dataclass(frozen=True, slots=True)
class ColdFunding:
    """All exchanges together, and each alone."""

    together: Asked
    alone: Mapping[str, Asked]

    @property
    def slowest(self) -> str:
        """The exchange that takes longest by itself."""
        return max(self.alone, key=lambda exchange: self.alone[exchange].seconds)

    def lines(self) -> tuple[str, ...]:
        """For people."""
        together, own = self.together.seconds, self.alone[self.slowest].seconds
        times = f"{together / own:.2f} times the slowest alone ({self.slowest}, {own:.2f} s)"
        return (
            f"cold /funding {COIN}, data of {len(self.alone)} exchanges: {together:.2f} s, {times}",
            f"event-loop lag meanwhile, worst: {self.together.worst_lag_ms:.1f} ms (goal 20)",
        )


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def measure_funding() -> ColdFunding:
    """Each exchange alone, then all; one process each."""
    async with _exchanges() as url:
        alone = {exchange: await _in_a_process(url, exchange) for exchange in PAUSES_S}
        return ColdFunding(await _in_a_process(url, *PAUSES_S), alone)


@asynccontextmanager
async def _exchanges() -> AsyncIterator[str]:
    app = exchanges_app(World(), Faults(), now)
    app.middlewares.append(_paused)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@web.middleware
async def _paused(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    await asyncio.sleep(next((pause for name, pause in PAUSES_S.items() if name in request.path), 0.0))
    return await handler(request)


async def _in_a_process(url: str, *exchanges: str) -> Asked:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.funding", url, *exchanges), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return Asked(**json.loads(told))


async def _look(url: str, exchanges: list[str]) -> Asked:
    """What `/funding BTC` needs: every board, and a month of settlements of every perpetual of the coin."""
    market = Market(exchanges, now, url)
    market.start()
    await market.wait_until_ready()
    await asyncio.sleep(1.0)  # spot markets may still be on their way
    perpetuals = [c for c in market.futures(COIN) if c.kind is InstrumentKind.PERPETUAL]
    lags: list[float] = []
    watching = asyncio.create_task(_watch(lags))
    begun = time.perf_counter()
    (boards, _), histories = await asyncio.gather(
        market.boards(), asyncio.gather(*(market.funding_history(perpetual) for perpetual in perpetuals))
    )
    seconds = time.perf_counter() - begun
    watching.cancel()
    await market.close()
    return Asked(seconds, max(lags) * 1e3, len(boards), len(histories))


async def _watch(lags: list[float]) -> None:
    """Appends how many seconds each sleep took too long."""
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        await asyncio.sleep(LOOK_EVERY_S)
        lags.append(loop.time() - begun - LOOK_EVERY_S)


def main() -> None:
    """With an address and exchanges: looks once, and prints what it took. Without: measures and prints for people."""
    if sys.argv[1:]:
        looked = asyncio.run(_look(sys.argv[1], sys.argv[2:]))
        print(json.dumps({field: getattr(looked, field) for field in Asked.__slots__}))
    else:
        print("\n".join(asyncio.run(measure_funding()).lines()))


if __name__ == "__main__":
    main()
