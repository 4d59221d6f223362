"""Updates from Telegram until they are answered. Law: a number that was stored once is never taken again."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from storage.ledger import Connection, Ledger
from storage.tables import instant_text

# Whose it is, so that /export shows it and /forget takes it.
_STORE = """
INSERT OR IGNORE INTO inbox (update_id, content, stored_at, user_id) VALUES (?1, ?2, ?3, coalesce(
    json_extract(?2, '$.message.from.id'), json_extract(?2, '$.callback_query.from.id'),
    json_extract(?2, '$.edited_message.from.id'), json_extract(?2, '$.my_chat_member.from.id')))
"""


class StoredInbox:
    """What the messenger calls `Inbox`, on the database."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now

    async def store(self, updates: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        """Returns when they are stored: the numbers that were never stored before, in the order given."""
        stored_at = instant_text(self._now())
        return await self._ledger.write(lambda connection: _store(connection, updates, stored_at))

    async def open(self) -> tuple[tuple[int, str], ...]:
        """What is stored and not done, by number."""
        return await self._ledger.read(_open)

    async def done(self, update_ids: Collection[int]) -> None:
        """Forgets their content, not their numbers."""
        await self._ledger.write(lambda connection: _done(connection, update_ids))


def _store(connection: Connection, updates: Sequence[tuple[int, str]], stored_at: str) -> tuple[int, ...]:
    return tuple(
        number for number, content in updates if connection.execute(_STORE, (number, content, stored_at)).rowcount
    )


def _open(connection: Connection) -> tuple[tuple[int, str], ...]:
    found = connection.execute("SELECT update_id, content FROM inbox WHERE content IS NOT NULL ORDER BY update_id")
    return tuple((number, content) for number, content in found)


def _done(connection: Connection, update_ids: Collection[int]) -> None:
    rows = [(update_id,) for update_id in update_ids]
    connection.executemany("UPDATE inbox SET content = NULL, user_id = NULL WHERE update_id = ?", rows)
