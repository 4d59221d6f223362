"""Kills a sender again and again while alerts fire, and counts at the Bot API server what came of them."""

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler, Middleware

from chatbot.sandbox.botapi import BotApi
from storage import migrate
from tests.chatbot.messenger.mortal_sender import CHATS, FIRST_CHAT, TOKEN, prepare

MERGED_S, LONG_S = 3.0, 7200.0  # how far the outbox's clock is ahead: past the merging window; past every deadline
LONGEST_LIFE_S = 0.5  # from the first alert told to the kill
FARTHEST_S = 0.02  # a message's way to the server, and its answer's way back

Runs = defaultdict[str, list[int]]


@dataclass
class Counted:
    """What became of each alert: the lives of the bot in which it arrived, or in which its telling was stored."""

    kills: int = 0
    fired: set[str] = field(default_factory=set)
    told: dict[str, int] = field(default_factory=dict)
    arrived: Runs = field(default_factory=lambda: defaultdict(list))
    arrived_marked: Runs = field(default_factory=lambda: defaultdict(list))  # as perhaps seen

    def arrive(self, text: str) -> None:
        for word in text.split():
            runs = self.arrived_marked if word.endswith("?") else self.arrived
            runs[word.removesuffix("?")].append(self.kills)

    def hear(self, line: str) -> None:
        verb, *values = line.split()
        if verb == "fired":
            self.fired.update(values)
        else:
            self.told |= dict.fromkeys(values, self.kills)

    @property
    def lost(self) -> set[str]:
        return self.fired - set(self.arrived) - set(self.arrived_marked)

    @property
    def repeated(self) -> set[str]:
        """Arrived twice without a mark."""
        return {value for value, runs in self.arrived.items() if len(runs) > 1}

    @property
    def told_again(self) -> set[str]:
        """Arrived, marked or not, in a life after the one in which their telling was stored."""
        return {
            value for value, life in self.told.items() if max(self.arrived[value] + self.arrived_marked[value]) > life
        }


def check(counted: Counted) -> None:
    """What must hold however often it was killed."""
    assert counted.lost == set()
    assert counted.repeated == set()
    assert counted.told_again == set()
    assert len(counted.told) > 5 * counted.kills  # it was under load


async def kill(folder: Path, kills: int) -> Counted:
    """So many kills, each at a random moment, and a last life in which all is told that waits."""
    counted, url = Counted(), f"sqlite:///{folder}/killed.sqlite3"
    migrate(url, datetime.now(UTC))
    await prepare(url)
    async with _telegram(counted) as address:
        while counted.kills < kills:
            async with _living(counted, url, address, (counted.kills + 1) * 100_000, MERGED_S) as process:
                await _until(lambda: counted.kills in counted.told.values(), process)
                await asyncio.sleep(random.uniform(0, LONGEST_LIFE_S))
            counted.kills += 1
        async with _living(counted, url, address, 0, LONG_S) as process:
            await _until(lambda: not counted.lost, process)
            await asyncio.sleep(1.0)  # for what would arrive though it should not
    return counted


@asynccontextmanager
async def _telegram(counted: Counted) -> AsyncIterator[str]:
    """The address of a server to which everybody has written."""
    api = BotApi(TOKEN, lambda: datetime.now(UTC))
    for chat_id in range(FIRST_CHAT, FIRST_CHAT + CHATS):
        await api.say("/start", user_id=chat_id)
    app = api.app()
    app.middlewares.insert(0, _noting(counted))
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


def _noting(counted: Counted) -> Middleware:
    """What arrives counts, though its answer may find nobody."""

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await request.post()
        await asyncio.sleep(random.uniform(0, FARTHEST_S))
        if "text" in body:
            counted.arrive(str(body["text"]))
        response = await handler(request)
        await asyncio.sleep(random.uniform(0, FARTHEST_S))
        return response

    return note


@asynccontextmanager
async def _living(
    counted: Counted, url: str, address: str, first: int, ahead_s: float
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A sender, killed at the end; then all that it said is heard."""
    arguments = ("-m", "tests.chatbot.messenger.mortal_sender", url, address, str(first), str(ahead_s))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    hearing = asyncio.create_task(_hear(counted, process))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await hearing


async def _hear(counted: Counted, process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if line.endswith(b"\n"):  # the last may be cut off
            counted.hear(line.decode())


async def _until(condition: Callable[[], bool], process: asyncio.subprocess.Process) -> None:
    """Waits for it while the process lives. TimeoutError."""
    async with asyncio.timeout(30):
        while not condition():
            assert process.returncode is None, "the sender died by itself"
            await asyncio.sleep(0.005)
