"""A database of one test's own, and a clock that stands still until it is moved."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Executable
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import Database, migrate, open_database

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """`now` of the test."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, time: timedelta) -> None:
        self.at += time


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "bot.sqlite3"
    migrate(f"sqlite:///{path}", NOON)
    return path


@pytest.fixture
def url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a fresh database."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'bot.sqlite3')}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(url: str, clock: Clock) -> AsyncIterator[Database]:
    opened = await open_database(url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def other_process(url: str, clock: Clock) -> AsyncIterator[Database]:
    """The same file opened a second time, as `ask` does while the bot runs: nothing in memory is shared."""
    opened = await open_database(url, clock)
    yield opened
    await opened.close()


async def executed(database: Database, statement: Executable) -> list[tuple[object, ...]]:
    """The rows that a statement gives on a connection of the database's own."""

    async def work(session: AsyncSession) -> list[tuple[object, ...]]:
        result = await (await session.connection()).execute(statement)
        return [tuple(row) for row in result] if result.returns_rows else []

    return await database._sessions.write(work)
