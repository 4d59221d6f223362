"""Parcels on their way. Law: one that was begun is told, unknown, or back in the box; none is lost or told twice.

A parcel that was told is gone from here in the transaction that says so.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from chatbot.core.alerts.parcels import Digest, Parcel, Standing
from storage.alert_book import FACT
from storage.doings import person_of
from storage.ledger import Connection, Ledger

MERGING = timedelta(seconds=2)  # alerts of one chat that come so close together are told as one
DEADLINE = timedelta(minutes=15)  # after it an alert is a line of the next message
LATE_AT_MOST = timedelta(hours=1)  # and the next message comes by itself after so long
MOST_READ = 5_000

_DIGEST = TypeAdapter(Digest)
_WAITING = """
SELECT o.id, o.chat_id, o.fact, o.standing, o.created_at, h.until IS NOT NULL
FROM outbox o
LEFT JOIN chats c ON c.chat_id = o.chat_id
LEFT JOIN held_chats h ON h.chat_id = o.chat_id
WHERE o.is_under_way = 0 AND c.quiet_since IS NULL AND (h.until IS NULL OR h.until <= ?)
ORDER BY o.id LIMIT ?
"""
_HOLD = (
    "INSERT INTO held_chats (chat_id, user_id, until) VALUES (?, ?, ?)"
    " ON CONFLICT (chat_id) DO UPDATE SET until = excluded.until"
)
_STORE_DIGEST = (
    "INSERT INTO digests (chat_id, digest) VALUES (?, ?) ON CONFLICT (chat_id) DO UPDATE SET digest = excluded.digest"
)


class StoredOutbox:
    """The port `Outbox` on the database."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now

    async def recover(self) -> int:
        """As the port says."""
        return await self._ledger.write(_recover)

    async def due(self, now: datetime) -> Mapping[int, tuple[Parcel, ...]]:
        """As the port says."""
        return await self._ledger.write(lambda connection: _due(connection, now))

    async def begin(self, ids: Collection[int]) -> None:
        """Returns when it is stored that they are about to be sent."""
        await self._ledger.write(lambda connection: _mark(connection, ids, "is_under_way = 1"))

    async def told(self, ids: Collection[int], digest: Digest | None = None) -> None:
        """Telegram took them."""
        await self._ledger.write(lambda connection: _told(connection, ids, digest))

    async def unknown(self, ids: Collection[int]) -> None:
        """No answer came."""
        await self._ledger.write(
            lambda connection: _mark(connection, ids, f"is_under_way = 0, standing = '{Standing.PERHAPS_SEEN.value}'")
        )

    async def hold(self, chat_id: int, ids: Collection[int], until: datetime) -> None:
        """They surely did not arrive, and the chat is held back."""
        await self._ledger.write(lambda connection: _hold(connection, chat_id, ids, until))

    async def digest(self, chat_id: int) -> Digest | None:
        """The latest one of this chat."""
        return await self._ledger.read(lambda connection: _digest(connection, chat_id))


def _recover(connection: Connection) -> int:
    return connection.execute(
        "UPDATE outbox SET is_under_way = 0, standing = ? WHERE is_under_way = 1", (Standing.PERHAPS_SEEN.value,)
    ).rowcount


def _due(connection: Connection, now: datetime) -> Mapping[int, tuple[Parcel, ...]]:
    connection.execute(
        "UPDATE outbox SET standing = ? WHERE standing = ? AND is_under_way = 0 AND created_at < ?",
        (Standing.LATE.value, Standing.FRESH.value, (now - DEADLINE).timestamp()),
    )
    waiting: dict[int, list[Parcel]] = defaultdict(list)
    ready: set[int] = set()
    for number, chat_id, fact, standing, created_at, was_held in connection.execute(
        _WAITING, (now.timestamp(), MOST_READ)
    ):
        waiting[chat_id].append(Parcel(number, chat_id, FACT.validate_json(fact), Standing(standing)))
        patience = MERGING if standing == Standing.FRESH.value else LATE_AT_MOST
        if was_held or now.timestamp() - created_at >= patience.total_seconds():
            ready.add(chat_id)
    return {chat_id: tuple(parcels) for chat_id, parcels in waiting.items() if chat_id in ready}


def _mark(connection: Connection, ids: Collection[int], change: str) -> None:
    connection.executemany(f"UPDATE outbox SET {change} WHERE id = ?", [(number,) for number in ids])


def _told(connection: Connection, ids: Collection[int], digest: Digest | None) -> None:
    connection.executemany(
        "DELETE FROM held_chats WHERE chat_id = (SELECT chat_id FROM outbox WHERE id = ?)", [(n,) for n in ids]
    )
    connection.executemany("DELETE FROM outbox WHERE id = ?", [(number,) for number in ids])
    if digest is not None:
        connection.execute(_STORE_DIGEST, (digest.chat_id, _DIGEST.dump_json(digest).decode()))


def _hold(connection: Connection, chat_id: int, ids: Collection[int], until: datetime) -> None:
    _mark(connection, ids, "is_under_way = 0")
    connection.execute(_HOLD, (chat_id, person_of(chat_id), until.timestamp()))


def _digest(connection: Connection, chat_id: int) -> Digest | None:
    row = connection.execute("SELECT digest FROM digests WHERE chat_id = ?", (chat_id,)).fetchone()
    return _DIGEST.validate_json(row[0]) if row else None
