"""The groups and channels the bot is in, and chats that closed. Law: what a quiet chat chose is kept thirty days."""

from collections.abc import Callable
from datetime import datetime

from chatbot.core.chats import ChatKind, KnownChat
from storage.ledger import Connection, Ledger
from storage.tables import Row, instant_text

_SELECT = "SELECT chat_id, kind, title, user_id, quiet_since, reason FROM chats"
_STORE = """
INSERT INTO chats (chat_id, kind, title, user_id, quiet_since, reason) VALUES (?, ?, ?, ?, NULL, '')
ON CONFLICT (chat_id) DO UPDATE SET kind = excluded.kind, title = excluded.title, quiet_since = NULL, reason = '',
    user_id = coalesce(excluded.user_id, user_id)
"""
_QUIET = """
INSERT INTO chats (chat_id, kind, title, user_id, quiet_since, reason) VALUES (?1, ?2, '', ?3, ?4, ?5)
ON CONFLICT (chat_id) DO UPDATE SET quiet_since = coalesce(quiet_since, excluded.quiet_since), reason = excluded.reason
"""
# Of two rows that would become one the new chat's own stays.
_MOVE = "UPDATE OR IGNORE {table} SET chat_id = ? WHERE chat_id = ?"
_LEFT_BEHIND = "DELETE FROM {table} WHERE chat_id = ?"


class StoredChatBook:
    """The port `ChatBook` on the database. `on_moved` is called when rows have another chat."""

    def __init__(self, ledger: Ledger, on_moved: Callable[[], None]) -> None:
        self._ledger = ledger
        self._on_moved = on_moved

    async def of_person(self, user_id: int) -> tuple[KnownChat, ...]:
        """The groups and channels that this person added the bot to."""
        return await self._ledger.read(lambda connection: _of_person(connection, user_id))

    async def find(self, chat_id: int) -> KnownChat | None:
        """None where nothing is known of it."""
        return await self._ledger.read(lambda connection: _find(connection, chat_id))

    async def opened(self, chat: KnownChat) -> None:
        """It is no longer quiet."""
        row = (chat.chat_id, chat.kind.value, chat.title, chat.added_by)
        await self._ledger.write(lambda connection: connection.execute(_STORE, row))

    async def went_quiet(self, chat_id: int, reason: str, at: datetime) -> None:
        """Nothing is sent there any more."""
        is_private = chat_id > 0
        kind = ChatKind.PRIVATE if is_private else ChatKind.GROUP
        row = (chat_id, kind.value, chat_id if is_private else None, instant_text(at), reason)
        await self._ledger.write(lambda connection: connection.execute(_QUIET, row))

    async def moved(self, chat_id: int, new_chat_id: int) -> None:
        """As the port says."""
        try:
            await self._ledger.write(lambda connection: _move(connection, chat_id, new_chat_id))
        finally:
            self._on_moved()


def _of_person(connection: Connection, user_id: int) -> tuple[KnownChat, ...]:
    rows = connection.execute(f"{_SELECT} WHERE user_id = ? AND chat_id < 0 ORDER BY title, chat_id", (user_id,))
    return tuple(_known(*row) for row in rows)


def _find(connection: Connection, chat_id: int) -> KnownChat | None:
    row = connection.execute(f"{_SELECT} WHERE chat_id = ?", (chat_id,)).fetchone()
    return _known(*row) if row else None


def _known(chat_id: int, kind: str, title: str, user_id: int | None, quiet_since: str | None, reason: str) -> KnownChat:
    since = None if quiet_since is None else datetime.fromisoformat(quiet_since)
    return KnownChat(chat_id, ChatKind(kind), title, user_id, since, reason)


def _move(connection: Connection, chat_id: int, new_chat_id: int) -> None:
    for table in Row.metadata.sorted_tables:
        if "chat_id" in table.columns:
            connection.execute(_MOVE.format(table=table.name), (new_chat_id, chat_id))
            connection.execute(_LEFT_BEHIND.format(table=table.name), (chat_id,))
    _rename_digest(connection, new_chat_id)


def _rename_digest(connection: Connection, chat_id: int) -> None:
    """Its message stayed in the old chat: the next one is a new one. Parcels carry the rule's old chat, which is no
    matter: they are told where their row says."""
    connection.execute("DELETE FROM digests WHERE chat_id = ?", (chat_id,))
