"""Answers kept for a while. Law: one key is fetched once at a time, and an old answer never looks new.

Fresh: served at once. Expired: served with its age while a new one is fetched. Older than `renew_first_after`: a new
one is tried first, and only when that fails the old one is served, unless it is older than `unusable_after`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from cachetools import LRUCache

from chatbot.core.errors import MarketUnavailable, Problem

_log = logging.getLogger(__name__)

S = TypeVar("S")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long answers of one kind are good for, and how many are kept.

    A failure is an answer for `failed_for`; that there is no such thing (NotPossible) stands as long as an answer.
    """

    fresh_for: timedelta
    renew_first_after: timedelta
    unusable_after: timedelta
    most: int
    failed_for: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    answer: V
    fetched_at: datetime
    fresh_until: datetime


class Freshness(Generic[S, V]):
    """A cache in front of `fetch`. Lives on one event loop; ages count from when the answer came."""

    def __init__(
        self,
        fetch: Callable[[S], Awaitable[V]],
        keeping: Keeping,
        now: Callable[[], datetime],
        key_of: Callable[[S], Hashable],
        fresh_until: Callable[[V, datetime], datetime] | None = None,
    ) -> None:
        """`key_of` tells subjects apart. `fresh_until(answer, now)` is for answers that say when they end."""
        self._fetch = fetch
        self._keeping = keeping
        self._now = now
        self._key_of = key_of
        self._fresh_until = fresh_until or (lambda _, at: at + keeping.fresh_for)
        self._kept: LRUCache[Hashable, _Kept[V]] = LRUCache(keeping.most)
        self._failed: LRUCache[Hashable, _Kept[Problem]] = LRUCache(keeping.most)
        self._fetching: dict[Hashable, asyncio.Task[V]] = {}

    def peek(self, subject: S, now: datetime) -> V | None:
        """The answer that may be served without waiting; an expired one is renewed meanwhile. None: use `get`."""
        kept = self._kept.get(self._key_of(subject))
        if kept is None:
            return None
        if now < kept.fresh_until:
            return kept.answer
        if now - kept.fetched_at > self._keeping.renew_first_after:
            return None
        self._renewal(subject)
        return kept.answer

    def fresh(self, subject: S, now: datetime) -> V | None:
        """The answer while it is fresh. Starts nothing."""
        kept = self._kept.get(self._key_of(subject))
        return kept.answer if kept is not None and now < kept.fresh_until else None

    def last(self, subject: S) -> V | None:
        """The last answer, however old. Starts nothing."""
        kept = self._kept.get(self._key_of(subject))
        return None if kept is None else kept.answer

    async def get(self, subject: S) -> V:
        """The answer; what `fetch` raises where there is none, old or new. Does not wait where `peek` would serve."""
        served = self.peek(subject, self._now())
        if served is not None:
            return served
        try:
            return await self._fetched(subject)
        except MarketUnavailable:
            kept = self._kept.get(self._key_of(subject))
            if kept is None or self._now() - kept.fetched_at > self._keeping.unusable_after:
                raise
            return kept.answer  # its age is in the answer

    async def _fetched(self, subject: S) -> V:
        failed = self._failed.get(self._key_of(subject))
        if failed is not None and self._now() < failed.fresh_until:
            raise failed.answer.with_traceback(None)
        return await asyncio.shield(self._renewal(subject))

    def _renewal(self, subject: S) -> asyncio.Task[V]:
        """The one fetch that is under way. Askers shield it: one who gives up leaves it to the others."""
        key = self._key_of(subject)
        task = self._fetching.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._fetch_one(key, subject))
            self._fetching[key] = task
            task.add_done_callback(lambda done: self._settle(key, done))
        return task

    async def _fetch_one(self, key: Hashable, subject: S) -> V:
        try:
            answer = await self._fetch(subject)
        except Problem as problem:
            self._failed[key] = self._kept_failure(problem)
            raise
        now = self._now()
        self._kept[key] = _Kept(answer, now, self._fresh_until(answer, now))
        return answer

    def _kept_failure(self, problem: Problem) -> _Kept[Problem]:
        keeping, now = self._keeping, self._now()
        span = keeping.failed_for if isinstance(problem, MarketUnavailable) else keeping.fresh_for
        return _Kept(problem, now, now + span)

    def _settle(self, key: Hashable, task: asyncio.Task[V]) -> None:
        """Takes the outcome where nobody waits for it; a failure of the exchange was logged where it happened."""
        self._fetching.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Problem):
            _log.error("A renewal failed", exc_info=error)

    async def close(self) -> None:
        """Cancels what is being fetched."""
        tasks = tuple(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
