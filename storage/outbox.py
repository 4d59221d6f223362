"""Parcels on their way. Law: one that was begun is told, unknown, or back in the box; none is lost or told twice.

A parcel that was told is gone from here in the transaction that says so. What is stored is when it was made and when
it was perhaps seen; its standing follows from that and from the time it is.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from pydantic import TypeAdapter

from chatbot.core.alerts.parcels import Digest, Parcel, Standing
from chatbot.core.alerts.rules import AlertFact
from storage.doings import person_of
from storage.journal import Connection, Journal, Value
from storage.reader import Reader
from storage.tables import instant_text

MERGING = timedelta(seconds=2)  # alerts of one chat that come so close together are told as one
DEADLINE = timedelta(minutes=15)  # after it an alert is a line of the next message
PATIENCE = timedelta(hours=1)  # and so long that waits for a next message before it makes one by itself
MOST_CHATS = 1_000  # told of at a time: more than Telegram takes until the sender looks again

FACT = TypeAdapter(AlertFact)  # writes decimals as text, digit for digit
_DIGEST = TypeAdapter(Digest)

# A chat that was held back until now is told all that waited; people come before groups, who waited longest first.
_DUE = """
WITH due AS MATERIALIZED (
    SELECT o.chat_id, min(o.id) AS first FROM outbox o LEFT JOIN held_chats h USING (chat_id)
    WHERE o.is_under_way = 0 AND coalesce(h.until, '') <= :now
        AND o.chat_id NOT IN (SELECT chat_id FROM chats WHERE quiet_since IS NOT NULL)
    GROUP BY o.chat_id
    HAVING max(CASE
        WHEN o.perhaps_seen_at IS NOT NULL THEN o.perhaps_seen_at <= :patience
        WHEN o.created_at >= :deadline THEN o.created_at <= :merging
        ELSE h.until IS NOT NULL OR o.created_at <= :late_patience
    END)
    ORDER BY o.chat_id < 0, first LIMIT :most
)
SELECT o.id, o.chat_id, o.fact, o.created_at, o.perhaps_seen_at FROM due JOIN outbox o USING (chat_id)
WHERE o.is_under_way = 0 ORDER BY o.id
"""
_RECOVER = "UPDATE outbox SET is_under_way = 0, perhaps_seen_at = ? WHERE is_under_way = 1"
_BEGIN = "UPDATE outbox SET is_under_way = 1 WHERE id = ?"
_UNKNOWN = "UPDATE outbox SET is_under_way = 0, perhaps_seen_at = ? WHERE id = ? AND is_under_way = 1"
_BACK = "UPDATE outbox SET is_under_way = 0 WHERE id = ?"
_RELEASE = "DELETE FROM held_chats WHERE chat_id IN (SELECT chat_id FROM outbox WHERE id = ?)"
_REMOVE = "DELETE FROM outbox WHERE id = ?"
_HOLD = (
    "INSERT INTO held_chats (chat_id, user_id, until) VALUES (?, ?, ?)"
    " ON CONFLICT (chat_id) DO UPDATE SET until = excluded.until"
)
_STORE_DIGEST = (
    "INSERT INTO digests (chat_id, digest) VALUES (?, ?) ON CONFLICT (chat_id) DO UPDATE SET digest = excluded.digest"
)

_Row = tuple[int, int, str, str, str | None]


class StoredOutbox:
    """The port `Outbox` on the database."""

    def __init__(self, journal: Journal, reader: Reader, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._reader = reader
        self._now = now

    async def recover(self) -> int:
        """As the port says."""
        return await self._journal.run(partial(_recover, instant_text(self._now())))

    async def due(self, now: datetime) -> Mapping[int, tuple[Parcel, ...]]:
        """As the port says; where there are very many chats, the first of them."""
        rows = await self._reader.read(partial(_due, now))
        return await asyncio.to_thread(_by_chat, rows, now) if rows else {}

    async def begin(self, ids: Collection[int]) -> None:
        """Returns when it is stored that they are about to be sent."""
        await self._journal.run(partial(_execute_each, _BEGIN, [(number,) for number in ids]))

    async def told(self, ids: Collection[int], digest: Digest | None = None) -> None:
        """Telegram took them."""
        await self._journal.run(partial(_told, ids, digest))

    async def unknown(self, ids: Collection[int]) -> None:
        """No answer came. What was not begun stays as it is."""
        at = instant_text(self._now())
        await self._journal.run(partial(_execute_each, _UNKNOWN, [(at, number) for number in ids]))

    async def hold(self, chat_id: int, ids: Collection[int], until: datetime) -> None:
        """They surely did not arrive, and the chat is held back."""
        await self._journal.run(partial(_hold, chat_id, ids, until))

    async def digest(self, chat_id: int) -> Digest | None:
        """The latest one of this chat, without the lines of rules that are gone: nobody would correct them."""
        return await self._reader.read(partial(_digest, chat_id))


def _recover(at: str, connection: Connection) -> int:
    return connection.execute(_RECOVER, (at,)).rowcount


def _due(now: datetime, connection: Connection) -> list[_Row]:
    times = {
        "now": now,
        "merging": now - MERGING,
        "deadline": now - DEADLINE,
        "patience": now - PATIENCE,
        "late_patience": now - DEADLINE - PATIENCE,
    }
    texts = {name: instant_text(time) for name, time in times.items()}
    return connection.execute(_DUE, {**texts, "most": MOST_CHATS}).fetchall()


def _by_chat(rows: Iterable[_Row], now: datetime) -> dict[int, tuple[Parcel, ...]]:
    chats = defaultdict[int, list[Parcel]](list)
    for row in rows:
        chats[row[1]].append(_parcel(row, now))
    return {chat_id: tuple(parcels) for chat_id, parcels in chats.items()}


def _parcel(row: _Row, now: datetime) -> Parcel:
    """A group that moved has another number than when the fact was written."""
    number, chat_id, written, created_at, perhaps_seen_at = row
    fact = FACT.validate_json(written)
    fact = replace(fact, rule=replace(fact.rule, chat_id=chat_id))
    return Parcel(number, chat_id, fact, _standing(datetime.fromisoformat(created_at), perhaps_seen_at, now))


def _standing(created_at: datetime, perhaps_seen_at: str | None, now: datetime) -> Standing:
    if perhaps_seen_at is not None:
        return Standing.PERHAPS_SEEN
    return Standing.LATE if now - created_at > DEADLINE else Standing.FRESH


def _execute_each(statement: str, rows: list[tuple[Value, ...]], connection: Connection) -> None:
    connection.executemany(statement, rows)


def _told(ids: Collection[int], digest: Digest | None, connection: Connection) -> None:
    for statement in (_RELEASE, _REMOVE):
        connection.executemany(statement, [(number,) for number in ids])
    if digest is not None:
        connection.execute(_STORE_DIGEST, (digest.chat_id, _DIGEST.dump_json(digest).decode()))


def _hold(chat_id: int, ids: Collection[int], until: datetime, connection: Connection) -> None:
    connection.executemany(_BACK, [(number,) for number in ids])
    connection.execute(_HOLD, (chat_id, person_of(chat_id), instant_text(until)))


def _digest(chat_id: int, connection: Connection) -> Digest | None:
    row = connection.execute("SELECT digest FROM digests WHERE chat_id = ?", (chat_id,)).fetchone()
    if row is None:
        return None
    rules = {number for (number,) in connection.execute("SELECT id FROM alert_rules WHERE chat_id = ?", (chat_id,))}
    return _here(_of_rules(rules, _DIGEST.validate_json(row[0])), chat_id)


def _of_rules(rules: Collection[int], digest: Digest) -> Digest:
    return replace(digest, lines=tuple(line for line in digest.lines if line.rule_id in rules))


def _here(digest: Digest, chat_id: int) -> Digest:
    """When a group moves, its message stays in the old chat: the next one is a new one."""
    return digest if digest.chat_id == chat_id else replace(digest, chat_id=chat_id, message_id=None)
