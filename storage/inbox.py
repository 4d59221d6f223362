"""Updates from Telegram until they are answered. Law: a number that was stored once is never taken again.

(That is, for three days; Telegram repeats what was not confirmed for one.)
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

from storage.journal import Connection, Journal
from storage.reader import Reader
from storage.tables import instant_text

_KNOW = "INSERT OR IGNORE INTO known_updates (update_id, stored_at) VALUES (?, ?)"
# Whatever kind of update it is, it has one part that is an object, and that says who sent it.
_STORE = """
INSERT INTO inbox (update_id, content, user_id)
VALUES (?1, ?2, (SELECT json_extract(value, '$.from.id') FROM json_each(?2) WHERE type = 'object'))
"""


class StoredInbox:
    """What the messenger calls `Inbox`, on the database."""

    def __init__(self, journal: Journal, reader: Reader, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._reader = reader
        self._now = now

    async def store(self, updates: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        """Returns when they are stored: the numbers that were never stored before, in the order given."""
        return await self._journal.run(partial(_store, updates, instant_text(self._now())))

    async def open(self) -> tuple[tuple[int, str], ...]:
        """What is stored and not done, by number."""
        return await self._reader.read(_open)

    async def done(self, update_ids: Collection[int]) -> None:
        """Forgets their content, not their numbers."""
        await self._journal.run(partial(_done, tuple(update_ids)))


def _store(updates: Sequence[tuple[int, str]], stored_at: str, connection: Connection) -> tuple[int, ...]:
    new = [each for each in updates if connection.execute(_KNOW, (each[0], stored_at)).rowcount]
    connection.executemany(_STORE, new)
    return tuple(number for number, _ in new)


def _open(connection: Connection) -> tuple[tuple[int, str], ...]:
    return tuple(connection.execute("SELECT update_id, content FROM inbox ORDER BY update_id").fetchall())


def _done(update_ids: tuple[int, ...], connection: Connection) -> None:
    connection.executemany("DELETE FROM inbox WHERE update_id = ?", [(number,) for number in update_ids])
