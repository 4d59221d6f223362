"""Quick looks at the database from a thread of its own. Law: it never writes, and sees only what was committed."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from storage.journal import LOCK_WAIT_S, Connection

T = TypeVar("T")


class Reader:
    """One connection for what is short; a new one, in a thread of its own, for what takes long."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._connection = self._connect()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`work` sees one state of the database throughout. It is short: others wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _within, self._connection, work)

    async def read_apart(self, work: Callable[[Connection], T]) -> T:
        """The same for what takes its time."""
        return await asyncio.to_thread(self._apart, work)

    async def close(self) -> None:
        """Finishes what was begun, then closes."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    def _apart(self, work: Callable[[Connection], T]) -> T:
        with closing(self._connect()) as connection:
            return _within(connection, work)

    def _connect(self) -> Connection:
        # Autocommit: transactions are begun and ended by hand. One thread uses it, not the one that opens it.
        connection = sqlite3.connect(self._path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        return connection


def _within(connection: Connection, work: Callable[[Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        connection.execute("ROLLBACK")  # nothing was written
