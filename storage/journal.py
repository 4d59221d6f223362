"""The quick way in: small transactions of many people, stored together by one thread.

SQLAlchemy takes a millisecond of CPU for an insert on an async session; an answer may cost no more than that in total.
So what comes while a transaction is under way waits for it and shares the next. Laws: a write has happened when its
caller goes on; what the database or the work itself refuses is refused alone; what was begun is finished, though its
caller be cancelled.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from storage.retention import PURGE_EVERY, purges

LOCK_WAIT_S = 5.0

T = TypeVar("T")
Value = str | int | float | None
Connection = sqlite3.Connection


def _nothing() -> None:
    """What most have to do afterwards."""


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    is_lasting: bool = False
    afterwards: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a write came to: what its work returned, or why it was undone."""

    result: object = None
    error: BaseException | None = None


class Journal:
    """One connection, in a thread of its own."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._now = now
        self._purged_at = now()
        self._waiting: list[_Write] = []
        self._is_writing = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        # Autocommit: transactions are begun and ended by hand. One thread uses it, not the one that opens it.
        self._connection = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten, not only unlinked

    async def write(self, statement: str, row: tuple[Value, ...]) -> None:
        """Returns when it is committed. sqlite3.Error; ValueError or OverflowError for what is no SQL value."""
        await self.run(partial(_execute, statement, row))

    async def run(
        self, work: Callable[[Connection], T], *, is_lasting: bool = False, afterwards: Callable[[], None] = _nothing
    ) -> T:
        """What `work` returned, once it is committed; nothing of it is stored where it raises, and that goes through.

        What was committed survives the process. `is_lasting`: a power cut, too (without it that can take the last
        rows, never the file: an answer may be lost so, what somebody changed may not). `afterwards` is called when it
        was committed or undone, though the caller be gone by then.
        """
        self._purge_in_passing()
        result: T = await self._add(work, is_lasting, afterwards)
        return result

    async def purge(self) -> None:
        """Deletes what is past its time."""
        await asyncio.gather(*self._add_purges())

    async def data_version(self) -> int:
        """A number that changes when any other connection, of this process or another, has written."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read_data_version)

    async def close(self) -> None:
        """Stores what waits, then closes."""
        try:
            await self._add(partial(_execute, "SELECT 1", ()))  # in its turn: all that was asked before it is done
        finally:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._thread.shutdown()

    def _add(
        self, work: Callable[[Connection], Any], is_lasting: bool = False, afterwards: Callable[[], None] = _nothing
    ) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(work, done, is_lasting, afterwards))
        if not self._is_writing:
            self._flush()
        return done

    def _add_purges(self) -> list[asyncio.Future[Any]]:
        self._purged_at = self._now()
        return [self._add(partial(_execute, statement, row)) for statement, row in purges(self._purged_at)]

    def _purge_in_passing(self) -> None:
        if abs(self._now() - self._purged_at) >= PURGE_EVERY:
            self._add_purges()  # nobody waits for these: if one fails, asyncio logs it

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        storing = asyncio.get_running_loop().run_in_executor(self._thread, self._store, batch)
        self._is_writing = True
        storing.add_done_callback(partial(self._settle, batch))

    def _settle(self, batch: list[_Write], storing: asyncio.Future[list[_Outcome]]) -> None:
        failure = storing.exception()
        outcomes: Iterable[_Outcome] = storing.result() if failure is None else [_Outcome(error=failure)] * len(batch)
        for write, outcome in zip(batch, outcomes, strict=True):
            write.afterwards()
            _settle_one(write.done, outcome)
        self._is_writing = False
        if self._waiting:
            self._flush()

    def _store(self, batch: list[_Write]) -> list[_Outcome]:
        """What became of each. Raises where the transaction as a whole failed: then none is stored."""
        is_lasting = any(write.is_lasting for write in batch)
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if is_lasting else 'NORMAL'}")
        with self._connection:  # commits, or rolls back when something is raised
            self._connection.execute("BEGIN IMMEDIATE")
            return [self._store_one(write) for write in batch]

    def _store_one(self, write: _Write) -> _Outcome:
        with _Alone(self._connection) as alone:
            return _Outcome(write.work(self._connection))
        return _Outcome(error=alone.error)

    def _read_data_version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version


class _Alone:
    """A part of a transaction: when something is raised within, that part is undone, and `error` says what it was.

    It goes on upwards only where the database gave up what went before, too (the disk is full).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.error: BaseException | None = None

    def __enter__(self) -> "_Alone":
        self._connection.execute("SAVEPOINT alone")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if not self._connection.in_transaction:
            return False
        if error is not None:
            self._connection.execute("ROLLBACK TO alone")
        self._connection.execute("RELEASE alone")
        self.error = error
        return isinstance(error, Exception)


def _execute(statement: str, row: tuple[Value, ...], connection: Connection) -> None:
    connection.execute(statement, row)


def _settle_one(done: asyncio.Future[Any], outcome: _Outcome) -> None:
    if done.done():  # its caller was cancelled meanwhile
        return
    if outcome.error is None:
        done.set_result(outcome.result)
    else:
        done.set_exception(outcome.error)
