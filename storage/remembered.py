"""Portfolios as last read, so that a question costs no query. Law: never more than a second behind the database.

This process drops what it changes. That another one wrote (`ask` in a terminal) is seen by SQLite's `data_version`,
asked at most once a second for everybody together.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from cachetools import LRUCache

from chatbot.core.portfolio import Portfolio
from storage.journal import Journal

MOST_PORTFOLIOS = 4096
OLDEST = timedelta(seconds=1)


class Remembered:
    """Portfolios by user."""

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._now = now
        self._portfolios: LRUCache[int, Portfolio] = LRUCache(MOST_PORTFOLIOS)
        self._checked_at: datetime | None = None
        self._data_version: int | None = None
        self.generation = 0  # how often something was dropped: a reading begun before that is not remembered

    async def recall(self, user_id: int) -> Portfolio | None:
        """None when it has to be read."""
        now = self._now()
        if self._checked_at is None or abs(now - self._checked_at) >= OLDEST:
            self._checked_at = now  # before waiting: one question is enough for all who ask meanwhile
            await self._check()
        return self._portfolios.get(user_id)

    def remember(self, user_id: int, portfolio: Portfolio, generation: int) -> None:
        """`generation` is that of before the reading."""
        if generation == self.generation:
            self._portfolios[user_id] = portfolio

    def drop(self, user_id: int) -> None:
        """To be called after each change."""
        self.generation += 1
        self._portfolios.pop(user_id, None)

    async def _check(self) -> None:
        version = await self._journal.data_version()
        if version != self._data_version:
            self._data_version = version
            self.generation += 1
            self._portfolios.clear()
