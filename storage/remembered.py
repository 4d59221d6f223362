"""What was last read, by the id of a person or chat, so that a question costs no query.

Law: never more than a second behind the database. This process drops what it changes. That another one wrote (`ask` in
a terminal) is seen by SQLite's `data_version`, asked at most once a second for everybody together.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from cachetools import LRUCache

from storage.journal import Journal

MOST_REMEMBERED = 4096
OLDEST = timedelta(seconds=1)

V = TypeVar("V")


class Remembered(Generic[V]):
    """Values of one kind."""

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._now = now
        self._values: LRUCache[int, V] = LRUCache(MOST_REMEMBERED)
        self._checked_at: datetime | None = None
        self._data_version: int | None = None
        self.generation = 0  # how often something was dropped: a reading begun before that is not remembered

    async def recall(self, number: int) -> V | None:
        """None when it has to be read."""
        now = self._now()
        if self._checked_at is None or abs(now - self._checked_at) >= OLDEST:
            self._checked_at = now  # before waiting: one question is enough for all who ask meanwhile
            await self._check()
        return self._values.get(number)

    def remember(self, number: int, value: V, generation: int) -> None:
        """`generation` is that of before the reading."""
        if generation == self.generation:
            self._values[number] = value

    def drop(self, number: int) -> None:
        """To be called after each change."""
        self.generation += 1
        self._values.pop(number, None)

    async def _check(self) -> None:
        version = await self._journal.data_version()
        if version != self._data_version:
            self._data_version = version
            self.generation += 1
            self._values.clear()
