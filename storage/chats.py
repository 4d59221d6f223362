"""The groups and channels the bot is in, and the chats that closed.

Law: what belongs to a chat is found in the metadata, by its `chat_id`, not listed here.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from chatbot.core.chats import ChatKind, KnownChat
from storage.doings import person_of
from storage.journal import Connection, Journal
from storage.reader import Reader
from storage.tables import chat_tables, instant_text

_SELECT = "SELECT chat_id, kind, title, added_by, quiet_since, reason FROM chats"
_OPEN = """
INSERT INTO chats (chat_id, kind, title, added_by, reason) VALUES (?, ?, ?, ?, '')
ON CONFLICT (chat_id) DO UPDATE SET kind = excluded.kind, title = excluded.title, quiet_since = NULL, reason = '',
    added_by = coalesce(excluded.added_by, added_by)
"""
# One that is quiet already is so since then.
_QUIET = """
INSERT INTO chats (chat_id, user_id, kind, title, quiet_since, reason) VALUES (?, ?, ?, '', ?, ?)
ON CONFLICT (chat_id) DO UPDATE SET quiet_since = coalesce(quiet_since, excluded.quiet_since), reason = excluded.reason
"""


class StoredChatBook:
    """The port `ChatBook` on the database. `on_moved` is told each chat whose rows are other ones now."""

    def __init__(self, journal: Journal, reader: Reader, on_moved: Callable[[int], None]) -> None:
        self._journal = journal
        self._reader = reader
        self._on_moved = on_moved

    async def of_person(self, user_id: int) -> tuple[KnownChat, ...]:
        """The groups and channels that this person added the bot to."""
        return await self._reader.read(partial(_of_person, user_id))

    async def find(self, chat_id: int) -> KnownChat | None:
        """None where nothing is known of it."""
        return await self._reader.read(partial(_find, chat_id))

    async def opened(self, chat: KnownChat) -> None:
        """It is no longer quiet; a private one is none to be remembered then.

        Who added the bot stays known where `chat` does not say.
        """
        await self._journal.run(partial(_open, chat), is_lasting=True)

    async def went_quiet(self, chat_id: int, reason: str, at: datetime) -> None:
        """Nothing is sent there any more."""
        await self._journal.run(partial(_silence, chat_id, reason, instant_text(at)), is_lasting=True)

    async def moved(self, chat_id: int, new_chat_id: int) -> None:
        """As the port says. What the old id had wins over what the new one has."""
        if new_chat_id != chat_id:
            move, note = partial(_move, chat_id, new_chat_id), partial(self._note, chat_id, new_chat_id)
            await self._journal.run(move, is_lasting=True, afterwards=note)

    def _note(self, *chat_ids: int) -> None:
        for each in chat_ids:
            self._on_moved(each)


def _open(chat: KnownChat, connection: Connection) -> None:
    if chat.kind is ChatKind.PRIVATE:
        connection.execute("DELETE FROM chats WHERE chat_id = ?", (chat.chat_id,))
    else:
        connection.execute(_OPEN, (chat.chat_id, chat.kind.value, chat.title, chat.added_by))


def _silence(chat_id: int, reason: str, at: str, connection: Connection) -> None:
    person = person_of(chat_id)
    kind = ChatKind.GROUP if person is None else ChatKind.PRIVATE
    connection.execute(_QUIET, (chat_id, person, kind.value, at, reason))


def _of_person(user_id: int, connection: Connection) -> tuple[KnownChat, ...]:
    rows = connection.execute(f"{_SELECT} WHERE added_by = ? ORDER BY title, chat_id", (user_id,))
    return tuple(_known(*row) for row in rows)


def _find(chat_id: int, connection: Connection) -> KnownChat | None:
    row = connection.execute(f"{_SELECT} WHERE chat_id = ?", (chat_id,)).fetchone()
    return _known(*row) if row else None


def _known(
    chat_id: int, kind: str, title: str, added_by: int | None, quiet_since: str | None, reason: str
) -> KnownChat:
    since = None if quiet_since is None else datetime.fromisoformat(quiet_since)
    return KnownChat(chat_id, ChatKind(kind), title, added_by, since, reason)


def _move(chat_id: int, new_chat_id: int, connection: Connection) -> None:
    _move_chat(chat_id, new_chat_id, connection)
    for table in ("chat_settings", "alert_rules"):  # what the old one chose wins
        has_some = f"EXISTS (SELECT 1 FROM {table} WHERE chat_id = ?)"
        connection.execute(f"DELETE FROM {table} WHERE chat_id = ? AND {has_some}", (new_chat_id, chat_id))
    for table in chat_tables():
        connection.execute(f"UPDATE OR IGNORE {table} SET chat_id = ? WHERE chat_id = ?", (new_chat_id, chat_id))
        connection.execute(f"DELETE FROM {table} WHERE chat_id = ?", (chat_id,))


def _move_chat(chat_id: int, new_chat_id: int, connection: Connection) -> None:
    """Where a chat moved to, the bot is; how it is called there the new one knows best, and who added it the old."""
    old = _find(chat_id, connection)
    if old is not None:
        new = _find(new_chat_id, connection) or old
        connection.execute("DELETE FROM chats WHERE chat_id = ?", (chat_id,))
        connection.execute(_OPEN, (new_chat_id, new.kind.value, new.title, old.added_by))
