"""The database as one part: opened, checked, closed."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlmodel import col, distinct, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from chatbot.core.chats import ChatSettings
from chatbot.core.portfolio import Portfolio
from storage.alert_book import StoredAlertBook
from storage.alerts import StoredAlerts
from storage.answers import StoredAnswers
from storage.button_lines import StoredButtonLines
from storage.charges import StoredCharges
from storage.chats import StoredChatBook
from storage.inbox import StoredInbox
from storage.journal import Journal
from storage.migrations import database_path
from storage.outbox import StoredOutbox
from storage.personal_data import StoredPersonalData
from storage.portfolios import StoredPortfolios
from storage.reader import Reader
from storage.remembered import Remembered
from storage.sessions import Sessions
from storage.settings import StoredSettings
from storage.tables import HoldingRow


class Database:
    """What the bot remembers, by the ports it fills. Made by `open_database`."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._sessions = Sessions(path)
        self._journal = journal = Journal(path, now)
        self._reader = reader = Reader(path)
        portfolios, settings = Remembered[Portfolio](journal, now), Remembered[ChatSettings](journal, now)
        self.portfolios = StoredPortfolios(self._sessions, portfolios, now)
        self.answers = StoredAnswers(self._sessions, journal, now)
        self.personal_data = StoredPersonalData(self._sessions, journal, (portfolios, settings), now)
        self.button_lines = StoredButtonLines(self._sessions, journal, now)
        self.settings = StoredSettings(journal, reader, settings, now)
        self.alerts = StoredAlerts(journal, reader, now)
        self.alert_book = StoredAlertBook(journal, reader, now)
        self.outbox = StoredOutbox(journal, reader, now)
        self.inbox = StoredInbox(journal, reader, now)
        self.charges = StoredCharges(journal, reader)
        self.chat_book = StoredChatBook(journal, reader, settings.drop)

    async def purge(self) -> None:
        """Deletes what is past its time; later it happens by itself, hourly."""
        await self._journal.purge()

    async def check(self) -> str:
        """One line on the file, which was found whole and writable. sqlite3 and sqlalchemy errors where it is not."""
        await self._sessions.write(_count_owners)  # only to see that the lock is to be had
        verdict, owners = await self._sessions.read(_verdict), await self._sessions.read(_count_owners)
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"{self._path.name} is damaged: {verdict}")
        size_mb = self._path.stat().st_size / 1e6
        return f"{self._path.name}, {size_mb:.1f} MB, whole and writable, users with holdings: {owners}"

    async def close(self) -> None:
        """Stores what waits and lets the file go."""
        await self._journal.close()
        await self._reader.close()
        await self._sessions.close()


async def open_database(database_url: str, now: Callable[[], datetime]) -> Database:
    """The database at the newest schema (see `migrate`), rid of what is past its time."""
    database = Database(database_path(database_url), now)
    try:
        await database.purge()
    except sqlite3.Error:
        await database.close()
        raise
    return database


async def _verdict(session: AsyncSession) -> str:
    verdict: str = (await (await session.connection()).exec_driver_sql("PRAGMA quick_check")).scalar_one()
    return verdict


async def _count_owners(session: AsyncSession) -> int:
    return (await session.exec(select(func.count(distinct(col(HoldingRow.user_id)))))).one()
