"""SQLAlchemy sessions on the database file. Law: who will write takes the lock before reading, so no change is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.journal import LOCK_WAIT_S

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
        self._turn = asyncio.Lock()  # SQLite's own queue is a guess at when to try again
        event.listen(self._reader.sync_engine, "connect", _prepare)
        event.listen(self._reader.sync_engine, "begin", _begin)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Sees one state of the database throughout."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction, committed at the end; nothing is stored where the body raises."""
        async with self._turn, AsyncSession(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    async def close(self) -> None:
        """Closes every connection."""
        await self._reader.dispose()


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
