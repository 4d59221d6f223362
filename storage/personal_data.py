"""All that is stored about one person: shown to them, and deleted when they say so.

Law: every table with a `user_id` is in both, and so is every column that names somebody elsewhere; they are found in
the metadata, not listed here.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import Column, Delete, RowMapping, Select, Table, Update, or_, update
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.journal import Journal
from storage.keys import new_key
from storage.remembered import Remembered
from storage.retention import CONFIRMATIONS
from storage.sessions import Sessions
from storage.tables import NAMES_SOMEBODY, ConfirmationRow, Row, instant_text

_ASK = "INSERT INTO confirmations (user_id, key, purpose, asked_at) VALUES (?, ?, ?, ?)"


def personal_tables() -> Iterator[Table]:
    """Every table whose rows are about somebody."""
    return (table for table in Row.metadata.sorted_tables if "user_id" in table.columns)


def naming_columns(table: Table) -> tuple[Column[Any], ...]:
    """Those that name somebody in a row that is not about them alone."""
    return tuple(column for column in table.columns if NAMES_SOMEBODY["info"].items() <= column.info.items())


class StoredPersonalData:
    """The port `PersonalData` on the database."""

    def __init__(
        self,
        sessions: Sessions,
        journal: Journal,
        remembered: Collection[Remembered[Any]],
        now: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._journal = journal
        self._remembered = remembered
        self._now = now

    async def export(self, user_id: int) -> Mapping[str, object]:
        """The rows of each table under this id or naming it, as plain JSON values (decimals and times as text)."""
        return await self._sessions.read(partial(_export, user_id))

    async def forget(self, user_id: int) -> int:
        """Deletes all of it, takes the name out of what is others', and returns how many rows that were."""
        try:
            return await self._sessions.write(partial(_forget, user_id))
        finally:
            for values in self._remembered:
                values.drop(user_id)

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
        return await self._sessions.write(partial(_change, asked)) == 1


async def _export(user_id: int, session: AsyncSession) -> dict[str, list[dict[str, object]]]:
    connection = await session.connection()
    return {
        table.name: [_plain(row) for row in (await connection.execute(_rows_about(user_id, table))).mappings()]
        for table in personal_tables()
    }


def _rows_about(user_id: int, table: Table) -> Select[Any]:
    return table.select().where(or_(*(column == user_id for column in (table.c.user_id, *naming_columns(table)))))


async def _forget(user_id: int, session: AsyncSession) -> int:
    return sum([await _change(statement, session) for statement in _forgetting(user_id)])


def _forgetting(user_id: int) -> Iterator[Delete | Update]:
    for table in personal_tables():
        yield delete(table).where(table.c.user_id == user_id)
        for column in naming_columns(table):
            yield update(table).where(column == user_id).values({column: None})


async def _change(statement: Delete | Update, session: AsyncSession) -> int:
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
