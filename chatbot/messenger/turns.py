"""Who is served when: chats side by side, each chat and each person in order, nobody at the cost of the others.

Law: two updates of one chat or of one person never run at the same time; one person's run in the order they came in.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

AT_ONCE = 256


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
        """How many wait or are served under this key, also those that still wait under another."""
        line = self._lines.get(key)
        return line.length if line else 0

    @asynccontextmanager
    async def of(self, *keys: int) -> AsyncIterator[None]:
        """Waits until it is this update's turn under every key.

        Keys are always given in the order person, chat: so nobody waits in a circle, and in a group one person's
        flood stands in that person's own line and not before the others.
        """
        async with AsyncExitStack() as stack:
            for line in [stack.enter_context(self._line(key)) for key in dict.fromkeys(keys)]:
                await stack.enter_async_context(line.lock)
            await stack.enter_async_context(self._places)
            yield

    @contextmanager
    def _line(self, key: int) -> Iterator[_Line]:
        line = self._lines.setdefault(key, _Line())
        line.length += 1
        try:
            yield line
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[key]
