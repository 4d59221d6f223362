"""SQLAlchemy sessions on the database file.

Laws: who will write takes the lock before reading, so no change is lost; what was begun is finished, though its caller
be cancelled: half an exchange with a connection is of no use to anybody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.journal import LOCK_WAIT_S

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers and a writer side by side
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a change that was confirmed survives a power cut; costs 0.1 ms here
    "PRAGMA secure_delete = ON",  # what is forgotten is overwritten, not only unlinked
)


class Sessions:
    """Sessions for reading, side by side, and for writing, one after another."""

    def __init__(self, path: Path) -> None:
        # Autocommit in the driver: transactions begin where SQLAlchemy says so, not where the driver guesses.
        self._reader = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            connect_args={"isolation_level": None, "timeout": LOCK_WAIT_S},
        )
        self._writer = self._reader.execution_options(begin="BEGIN IMMEDIATE")
        self._under_way: set[asyncio.Task[object]] = set()
        self._turn = asyncio.Lock()  # SQLite's own queue is a guess at when to try again
        event.listen(self._reader.sync_engine, "connect", _prepare)
        event.listen(self._reader.sync_engine, "begin", _begin)

    async def read(self, work: Work[T]) -> T:
        """`work` sees one state of the database throughout."""
        return await self._finish(self._in_transaction(self._reader, work))

    async def write(self, work: Work[T]) -> T:
        """`work` is committed when it returns; nothing is stored where it raises."""
        return await self._finish(self._in_turn(work))

    async def close(self) -> None:
        """Finishes what was begun, then closes every connection."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._reader.dispose()

    async def _in_turn(self, work: Work[T]) -> T:
        async with self._turn:
            return await self._in_transaction(self._writer, work)

    async def _in_transaction(self, engine: AsyncEngine, work: Work[T]) -> T:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            return await work(session)

    async def _finish(self, transaction: Coroutine[None, None, T]) -> T:
        task = asyncio.create_task(transaction)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
