"""Whole transactions on one raw connection, one after another, on a thread of its own.

Alerts, parcels and updates are written many times a second; SQLAlchemy takes a millisecond of CPU for each. Laws: who
will write takes the lock before reading; nothing is stored where the work raises; what was begun is finished, though
its caller be cancelled.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from storage.journal import LOCK_WAIT_S

T = TypeVar("T")
Connection = sqlite3.Connection


class Ledger:
    """The connection and its thread."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        # Autocommit: transactions are begun and ended by hand. One thread uses it, not the one that opens it.
        self._connection = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode what is committed outlives the process; a power cut can take the last rows, never the file.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA secure_delete = ON")

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`work` is committed when it returns. What it raises, and sqlite3.Error."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._write, work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`work` sees one state of the database throughout."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._read, work))

    async def close(self) -> None:
        """Finishes what was begun, then closes."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._within("BEGIN IMMEDIATE", work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        return self._within("BEGIN", work)

    def _within(self, begin: str, work: Callable[[Connection], T]) -> T:
        with self._connection:  # commits, or rolls back when something is raised
            self._connection.execute(begin)
            return work(self._connection)
