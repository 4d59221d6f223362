"""Alerts delivered in a minute, against a server that enforces Telegram's limits to the message.

Two senders, processes of their own (`benchmarks.telling`): one has more to tell to people than it may, for the other a
group's alerts fire every second. This process plays their two Telegrams and counts.
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from chatbot.messenger.pace import Limit, Limits
from chatbot.sandbox.botapi import BotApi

TOKEN = "1:bench"
PEOPLE, FIRST_PERSON, GROUP = 2_000, 3_000_000, -1_009_000_000_001
MINUTE_S = 60.0
MOST_TO_PEOPLE, MOST_TO_GROUP = 1_800, 20  # what Telegram allows in a minute
COUNTED = ("sendmessage", "editmessagetext")


@dataclass(frozen=True, slots=True)
class Delivered:
    """In one minute: messages to people, messages to one group, and how many were refused with 429."""

    to_people: int
    to_group: int
    refused: int

    def __str__(self) -> str:
        return (
            f"alerts delivered in a minute: {self.to_people:,} to people, {self.to_people / MOST_TO_PEOPLE:.1%} of what"
            f" is allowed (goal 95 %); {self.to_group} to one group, {self.to_group / MOST_TO_GROUP:.1%} (goal 95 %);"
            f" refused with 429: {self.refused} (goal 0)"
        )


@dataclass(slots=True)
class _Bucket:
    """What arrived within one limit, exactly: any span of its length holds no more than it allows."""

    limit: Limit
    times: deque[float] = field(default_factory=deque)

    def wait_s(self, now: float) -> float:
        while self.times and self.times[0] <= now - self.limit.span_s:
            self.times.popleft()
        return self.times[0] + self.limit.span_s - now if len(self.times) >= self.limit.most else 0.0


class Enforcing:
    """Refuses what comes too fast and notes when everything else came."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall = _Bucket(limits.overall)
        self._chats: dict[int, _Bucket] = {}
        self.arrived: list[float] = []
        self.refused = 0
        self.begun = asyncio.Event()

    def check(self, chat_id: int) -> float:
        """Seconds to wait, 0 for a message that is taken."""
        now = time.monotonic()
        limit = self._limits.private if chat_id > 0 else self._limits.group
        buckets = (self._overall, self._chats.setdefault(chat_id, _Bucket(limit)))
        wait_s = max(bucket.wait_s(now) for bucket in buckets)
        if wait_s > 0:
            self.refused += 1
            return wait_s
        for bucket in buckets:
            bucket.times.append(now)
        self.arrived.append(now)
        self.begun.set()
        return 0.0

    def delivered(self) -> int:
        """How many in the minute that began with the first."""
        begun = min(self.arrived, default=0.0)
        return sum(when < begun + MINUTE_S for when in self.arrived)


def enforced(enforcing: Enforcing) -> Middleware:
    """Limits before a server that has none."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.rpartition("/")[2].lower() not in COUNTED:
            return await handler(request)
        wait_s = enforcing.check(int(str((await request.post())["chat_id"])))
        if not wait_s:
            return await handler(request)
        told = ceil(wait_s)
        body = {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {told}",
            "parameters": {"retry_after": told},
        }
        return web.json_response(body, status=429)

    return check


@asynccontextmanager
async def limited_telegram(enforcing: Enforcing) -> AsyncIterator[str]:
    """The address of a server where PEOPLE have written to the bot and one group has it."""
    telegram = BotApi(TOKEN, lambda: datetime.now(UTC))
    for user_id in range(FIRST_PERSON, FIRST_PERSON + PEOPLE):
        await telegram.say("/start", user_id=user_id)
    telegram.add_group(GROUP)
    app = telegram.app()
    app.middlewares.insert(0, enforced(enforcing))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def measure_delivery(folder: str) -> Delivered:
    """One minute and some seconds; the senders' databases lie in `folder`."""
    people, group = await asyncio.gather(_minute(folder, "people"), _minute(folder, "group"))
    return Delivered(people.delivered(), group.delivered(), people.refused + group.refused)


async def _minute(folder: str, told: str) -> Enforcing:
    enforcing = Enforcing(Limits())
    async with limited_telegram(enforcing) as address:
        database_url = f"sqlite:///{folder}/{told}.sqlite3"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.telling", told, address, database_url
        )
        await enforcing.begun.wait()
        await asyncio.sleep(MINUTE_S + 1)
        process.terminate()
        await process.wait()
    return enforcing
