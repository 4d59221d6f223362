"""The queue of updates and its one reader. The law: an update leaves only when a later offset confirms it."""

import asyncio
from collections import deque
from collections.abc import Iterable
from itertools import count, islice
from typing import Any

from chatbot.sandbox.botapi.errors import CONFLICT, ApiError

LONGEST_POLL = 50  # seconds
BATCH = 100
KEPT = 100_000  # the oldest go first where nobody reads

_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Updates:
    """What the bot has not confirmed yet. Numbers rise by one."""

    def __init__(self, first_id: int = 1) -> None:
        self._ids = count(first_id)
        self._pending: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._allowed: frozenset[str] = frozenset()
        self._poll: asyncio.Future[None] | None = None
        self._again: list[dict[str, Any]] = []
        self._has_changed = asyncio.Event()
        self._last: dict[str, Any] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, kind: str, content: dict[str, Any]) -> int | None:
        """The number of the new update; None where the bot did not ask for this kind."""
        if kind not in self._allowed if self._allowed else kind in _NOT_BY_DEFAULT:
            return None
        update_id = next(self._ids)
        self._last = {"update_id": update_id, kind: content}
        self._pending.append(self._last)
        self._wake()
        return update_id

    def repeat_last(self) -> None:
        """Deliver the newest update once more under its own number, as after a lost confirmation."""
        self._again = [self._last] if self._last else []
        self._wake()

    def allow(self, kinds: Iterable[str]) -> None:
        """The kinds wanted from now on; none means the default. Stays until changed."""
        self._allowed = frozenset(kinds)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The kinds asked for; none means the default."""
        return tuple(sorted(self._allowed))

    def pending(self, at_most: int) -> tuple[dict[str, Any], ...]:
        """The oldest that are not confirmed."""
        return (*self._again, *islice(self._pending, at_most))

    def remove(self, update: dict[str, Any]) -> None:
        """This one has been taken."""
        self._has_changed.set()
        for line in (self._again, self._pending):
            for place, waiting in enumerate(line):
                if waiting is update:
                    del line[place]
                    return

    async def wait_for_change(self) -> None:
        """Until one is added or taken."""
        await self._has_changed.wait()
        self._has_changed.clear()

    def drop(self) -> None:
        """Forget what is pending."""
        self._pending.clear()

    async def poll(self, offset: int, limit: int, within: float) -> list[dict[str, Any]]:
        """Up to `limit` updates, as soon as there is one, or none after `within` seconds.

        A newer poll ends an older one that still waits with 409, as the real server does.
        """
        self._confirm(offset)
        self._end_other_poll()
        if not self._pending and not self._again and within > 0:
            await self._wait(min(within, LONGEST_POLL))
        again, self._again = self._again, []
        return again or list(islice(self._pending, max(1, min(limit, BATCH))))

    async def _wait(self, seconds: float) -> None:
        waiting = self._poll = asyncio.get_running_loop().create_future()
        await asyncio.wait([waiting], timeout=seconds)
        if self._poll is waiting:
            self._poll = None
        if waiting.done():
            waiting.result()

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            offset = self._pending[max(offset, -len(self._pending))]["update_id"] if self._pending else 0
        while self._pending and self._pending[0]["update_id"] < offset:
            self._pending.popleft()

    def _wake(self) -> None:
        self._has_changed.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def _end_other_poll(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, CONFLICT))
