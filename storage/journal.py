"""The quick way in: small rows from many people, stored together by one thread.

SQLAlchemy takes a millisecond of CPU for an insert on an async session; an answer may cost no more than that in total.
So rows that come while a transaction is under way wait for it and share the next. Laws: a write has happened when
its caller goes on; a row that the database refuses is refused alone.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from storage.retention import PURGE_EVERY, purges

LOCK_WAIT_S = 5.0

Value = str | int | None


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    statement: str
    row: tuple[Value, ...]
    done: asyncio.Future[None]


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
        self._connection.execute("PRAGMA secure_delete = ON")
        # In WAL mode a power cut can take the last rows, never the file: an answer may be lost so, a change may not.
        self._connection.execute("PRAGMA synchronous = NORMAL")

    async def write(self, statement: str, row: tuple[Value, ...]) -> None:
        """Returns when it is committed. sqlite3.Error; ValueError or OverflowError for what is no SQL value."""
        self._purge_in_passing()
        await self._add(statement, row)

    async def purge(self) -> None:
        """Deletes what is past its time."""
        await asyncio.gather(*self._add_purges())

    async def data_version(self) -> int:
        """A number that changes when any other connection, of this process or another, has written."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read_data_version)

    async def close(self) -> None:
        """Stores what waits, then closes."""
        try:
            await self._add("SELECT 1", ())  # in its turn: all that was asked before it is done
        finally:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._thread.shutdown()

    def _add(self, statement: str, row: tuple[Value, ...]) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(statement, row, done))
        if not self._is_writing:
            self._flush()
        return done

    def _add_purges(self) -> list[asyncio.Future[None]]:
        self._purged_at = self._now()
        return [self._add(statement, row) for statement, row in purges(self._purged_at)]

    def _purge_in_passing(self) -> None:
        if abs(self._now() - self._purged_at) >= PURGE_EVERY:
            self._add_purges()  # nobody waits for these: if one fails, asyncio logs it

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        storing = asyncio.get_running_loop().run_in_executor(self._thread, self._store, batch)
        self._is_writing = True
        storing.add_done_callback(partial(self._settle, batch))

    def _settle(self, batch: list[_Write], storing: asyncio.Future[list[Exception | None]]) -> None:
        failure = storing.exception()
        outcomes: Iterable[BaseException | None] = storing.result() if failure is None else [failure] * len(batch)
        for write, outcome in zip(batch, outcomes, strict=True):
            _settle_one(write.done, outcome)
        self._is_writing = False
        if self._waiting:
            self._flush()

    def _store(self, batch: list[_Write]) -> list[Exception | None]:
        """What became of each row. Raises where the transaction as a whole failed: then none is stored."""
        with self._connection:  # commits, or rolls back when something is raised
            self._connection.execute("BEGIN IMMEDIATE")
            return [self._store_one(write) for write in batch]

    def _store_one(self, write: _Write) -> Exception | None:
        try:
            self._connection.execute(write.statement, write.row)
        except (sqlite3.Error, ValueError, OverflowError) as error:  # the latter two: half a surrogate pair, 2**63
            if not self._connection.in_transaction:  # disk full: the database gave up what went before, too
                raise
            return error
        return None

    def _read_data_version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version


def _settle_one(done: asyncio.Future[None], outcome: BaseException | None) -> None:
    if done.done():  # its caller was cancelled meanwhile
        return
    if outcome is None:
        done.set_result(None)
    else:
        done.set_exception(outcome)
