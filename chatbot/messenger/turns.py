"""Who is served when: chats side by side, each chat and each person in order, nobody at the cost of the others.

Law: two updates of one chat or of one person never run at the same time, and an update's number runs once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cachetools import FIFOCache
from telegram import Update
from telegram.ext import BaseUpdateProcessor

AT_ONCE = 256
MOST_WAITING = 20  # of one person; what comes on top is refused, so that memory stays bounded
REMEMBERED_UPDATES = 10_000
NO_LIMIT = (
    1_000_000  # the bound is held by Turns: python-telegram-bot's would be filled by one person's waiting updates
)


@dataclass(slots=True)
class _Line:
    """Those who wait for one chat or person, and the one being served."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Turns:
    """Lines by key (a chat's or a person's id), forgotten when empty; `at_once` are served over all lines."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._lines: dict[int, _Line] = {}
        self._places = asyncio.Semaphore(at_once)

    def length(self, key: int) -> int:
        """How many wait or are served under this key."""
        line = self._lines.get(key)
        return line.length if line else 0

    @asynccontextmanager
    async def of(self, *keys: int) -> AsyncIterator[None]:
        """Waits until it is this update's turn under every key.

        Keys are always given in the order person, chat: so nobody waits in a circle, and in a group one person's
        flood stands in that person's own line and not before the others.
        """
        async with AsyncExitStack() as stack:
            for key in dict.fromkeys(keys):
                await stack.enter_async_context(self._first_in(key))
            await stack.enter_async_context(self._places)
            yield

    @asynccontextmanager
    async def _first_in(self, key: int) -> AsyncIterator[None]:
        line = self._lines.setdefault(key, _Line())
        line.length += 1
        try:
            async with line.lock:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[key]


class InTurn(BaseUpdateProcessor):
    """Gives each update to the application once and in its turn; `refuse` tells a person once that it is too much."""

    __slots__ = ("_refuse", "_seen", "_told", "_turns")

    def __init__(self, turns: Turns, refuse: Callable[[Update], Awaitable[None]]) -> None:
        super().__init__(NO_LIMIT)
        self._turns = turns
        self._refuse = refuse
        self._seen: FIFOCache[int, None] = FIFOCache(REMEMBERED_UPDATES)
        self._told: set[int] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update) or self._was_seen(update.update_id):
            _drop(coroutine)
            return
        keys = line_keys(update)
        if keys and self._turns.length(keys[0]) >= MOST_WAITING:
            _drop(coroutine)
            await self._refuse_once(update, keys[0])
            return
        async with self._turns.of(*keys):
            await coroutine
        if keys and not self._turns.length(keys[0]):
            self._told.discard(keys[0])

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    def _was_seen(self, update_id: int) -> bool:
        if update_id in self._seen:
            return True
        self._seen[update_id] = None
        return False

    async def _refuse_once(self, update: Update, key: int) -> None:
        if key not in self._told:
            self._told.add(key)
            await self._refuse(update)


def line_keys(update: Update) -> tuple[int, ...]:
    """The person's id and the chat's: the same number in a private chat. A chat that writes as itself has no person."""
    chat, message = update.effective_chat, update.effective_message
    writes_as_chat = update.callback_query is None and getattr(message, "sender_chat", None) is not None
    user = None if writes_as_chat else update.effective_user
    return tuple(party.id for party in (user, chat) if party is not None)


def _drop(coroutine: Awaitable[Any]) -> None:
    """Closes what will not be awaited, or Python warns that it never was."""
    coroutine.close()  # type: ignore[attr-defined] # python-telegram-bot always hands over a coroutine
