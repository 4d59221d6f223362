"""All that is stored about one person: shown to them, and deleted when they say so.

Law: every table with a `user_id` is in both; they are found in the metadata, not listed here.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import partial

from sqlalchemy import Delete, RowMapping, Table
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.journal import Journal
from storage.keys import new_key
from storage.remembered import Remembered
from storage.retention import CONFIRMATIONS
from storage.sessions import Sessions
from storage.settings import StoredSettings
from storage.tables import ConfirmationRow, Row, instant_text

_ASK = "INSERT INTO confirmations (user_id, key, purpose, asked_at) VALUES (?, ?, ?, ?)"


def personal_tables() -> Iterator[Table]:
    """Every table whose rows are about somebody."""
    return (table for table in Row.metadata.sorted_tables if "user_id" in table.columns)


class StoredPersonalData:
    """The port `PersonalData` on the database."""

    def __init__(
        self,
        sessions: Sessions,
        journal: Journal,
        remembered: Remembered,
        settings: StoredSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._journal = journal
        self._remembered = remembered
        self._now = now

    async def export(self, user_id: int) -> Mapping[str, object]:
        """The rows of each table under this id, as plain JSON values (decimals and times as text)."""
        return await self._sessions.read(partial(_export, user_id))

    async def forget(self, user_id: int) -> int:
        """Deletes all of it and returns how many rows that were."""
        try:
            return await self._sessions.write(partial(_forget, user_id))
        finally:
            self._remembered.drop(user_id)
            self._settings.forget()

    async def confirm(self, user_id: int, purpose: str) -> str:
        """A one-time key for a button that asks 'really?'."""
        key = new_key()
        await self._journal.write(_ASK, (user_id, key, purpose, instant_text(self._now())))
        return key

    async def redeem(self, user_id: int, purpose: str, key: str) -> bool:
        """Whether this user got that key for this purpose within the last hour and has not used it; uses it up."""
        asked = delete(ConfirmationRow).where(
            col(ConfirmationRow.user_id) == user_id,
            col(ConfirmationRow.key) == key,
            col(ConfirmationRow.purpose) == purpose,
            col(ConfirmationRow.asked_at) >= self._now() - CONFIRMATIONS,
        )
        return await self._sessions.write(partial(_delete, asked)) == 1


async def _export(user_id: int, session: AsyncSession) -> dict[str, list[dict[str, object]]]:
    connection = await session.connection()
    return {
        table.name: [
            _plain(row)
            for row in (await connection.execute(table.select().where(table.c.user_id == user_id))).mappings()
        ]
        for table in personal_tables()
    }


async def _forget(user_id: int, session: AsyncSession) -> int:
    return sum([await _delete(delete(table).where(table.c.user_id == user_id), session) for table in personal_tables()])


async def _delete(statement: Delete, session: AsyncSession) -> int:
    return (await session.exec(statement)).rowcount


def _plain(row: RowMapping) -> dict[str, object]:
    return {str(name): _plain_value(value) for name, value in row.items()}


def _plain_value(value: object) -> object:
    match value:
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case _:
            return value
