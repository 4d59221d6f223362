"""Plain stand-ins for what the messenger is given: commands that echo, a market that is or is not ready, kept lines."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from chatbot.command import Answer, Call, Command, Drawing, Reply, Services
from chatbot.core.chats import KnownChat
from chatbot.core.ports import ExchangeState

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PNG = bytes.fromhex(  # one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d4944415478da63fcffff3f030005fe02fea72d0f1b0000000049454e44ae426082"
)


class FakeMarket:
    """Loaded from the beginning, or when a test says so."""

    def __init__(self, *, ready: bool = True, states: tuple[ExchangeState, ...] = ()) -> None:
        self.loaded = asyncio.Event()
        self._states = states
        if ready:
            self.loaded.set()

    def is_ready(self) -> bool:
        return self.loaded.is_set()

    async def wait_until_ready(self) -> None:
        await self.loaded.wait()

    def states(self) -> tuple[ExchangeState, ...]:
        return self._states


@dataclass
class FakeButtonLines:
    """Lines in a dict, with their owners."""

    kept: dict[str, tuple[str, int | None]] = field(default_factory=dict)

    async def keep(self, line: str, user_id: int | None = None) -> str:
        key = f"k{len(self.kept)}"
        self.kept[key] = (line, user_id)
        return key

    async def recall(self, key: str, user_id: int | None) -> str | None:
        line, owner = self.kept.get(key, (None, None))
        return line if owner in (None, user_id) else None


@dataclass
class FakeInbox:
    """`Inbox` in memory; `stored` keeps what came, by number, and what was done keeps its number."""

    stored: dict[int, str] = field(default_factory=dict)
    finished: list[int] = field(default_factory=list)

    async def store(self, updates: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        new = {number: content for number, content in updates if number not in self.stored}
        self.stored |= new
        return tuple(new)

    async def open(self) -> tuple[tuple[int, str], ...]:
        return tuple((number, self.stored[number]) for number in sorted(self.stored.keys() - set(self.finished)))

    async def done(self, update_ids: Collection[int]) -> None:
        self.finished.extend(update_ids)


@dataclass
class FakeChatBook:
    """What it was told of chats."""

    known: dict[int, KnownChat] = field(default_factory=dict)
    quiet: dict[int, str] = field(default_factory=dict)
    new_ids: dict[int, int] = field(default_factory=dict)

    async def find(self, chat_id: int) -> KnownChat | None:
        return self.known.get(chat_id)

    async def opened(self, chat: KnownChat) -> None:
        self.known[chat.chat_id] = chat
        self.quiet.pop(chat.chat_id, None)

    async def went_quiet(self, chat_id: int, reason: str, at: datetime) -> None:
        self.quiet[chat_id] = reason

    async def moved(self, chat_id: int, new_chat_id: int) -> None:
        self.new_ids[chat_id] = new_chat_id


def services(market: FakeMarket | None = None, now: Callable[[], datetime] = lambda: NOW) -> Services:
    """What commands are given; only the market and the chats are there: the messenger uses nothing else."""
    parts: dict[str, Any] = dict.fromkeys(each.name for each in fields(Services))
    return Services(**(parts | {"market": market or FakeMarket(), "chat_book": FakeChatBook(), "now": now}))


def command(name: str, answer: Answer, **changes: Any) -> Command:
    """A command that needs no market, unless a test says so."""
    settings: dict[str, Any] = {"summary": f"what {name} does", "help": "help", "needs_market": False} | changes
    return Command(name, answer=answer, **settings)


async def echo(call: Call, _: Services) -> Reply:
    """Says what was asked."""
    return Reply(call.text)


class Recorder:
    """A command's answer that remembers its calls."""

    def __init__(self, reply: Reply | None = None) -> None:
        self.calls: list[Call] = []
        self._reply = reply

    async def __call__(self, call: Call, _: Services) -> Reply:
        self.calls.append(call)
        return self._reply or Reply(f"{call.text} for {call.user_id}")


async def draw(_: Drawing) -> bytes:
    """Not a real picture."""
    return PNG
