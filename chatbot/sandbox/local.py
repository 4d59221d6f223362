"""The sandbox's servers on a thread of their own: Telegram and the exchanges, on loopback only."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from chatbot.sandbox.botapi import BotApi
from chatbot.sandbox.botapi.scene import set_scene
from chatbot.sandbox.exchanges import exchanges_app
from chatbot.sandbox.exchanges.faults import Faults
from chatbot.sandbox.world import World

HOST = "127.0.0.1"
USUAL_PORT = 8080
TOKEN = "1:sandbox"
EXCHANGES = ("binance", "bybit", "okx", "hyperliquid")
SIMULATED = "Simulated exchanges: no figure here is real"
LIVE = "Real exchanges, local chat"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where the servers are. `exchanges_url` is None when the real exchanges are asked."""

    token: str
    telegram_url: str
    page_url: str
    exchanges_url: str | None
    exchanges: tuple[str, ...]


@contextmanager
def open_sandbox(now: Callable[[], datetime], port: int | None = None, *, is_live: bool = False) -> Iterator[Sandbox]:
    """Serves until the block is left. Without `port` the usual one, or any where that is taken; else OSError."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    runners: list[web.AppRunner] = []

    def serve(app: web.Application, at: int) -> str:
        return asyncio.run_coroutine_threadsafe(_serve(app, at, runners), loop).result()

    try:
        chat = BotApi(TOKEN, now, notice=LIVE if is_live else SIMULATED)
        set_scene(chat)
        try:
            telegram = serve(chat.app(), USUAL_PORT if port is None else port)
        except OSError:
            if port is not None:
                raise
            telegram = serve(chat.app(), 0)
        exchanges = None if is_live else serve(exchanges_app(World(), Faults(), now), 0)
        yield Sandbox(TOKEN, telegram, f"{telegram}/", exchanges, EXCHANGES)
    finally:
        for runner in runners:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(app: web.Application, port: int, runners: list[web.AppRunner]) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    runners.append(runner)
    await web.TCPSite(runner, HOST, port).start()
    return f"http://{HOST}:{runner.addresses[0][1]}"
