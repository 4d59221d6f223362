"""What each chat chose. Law: a change is one transaction with the number of the update that asked for it."""

from collections.abc import Callable
from datetime import datetime

from cachetools import TTLCache
from pydantic import TypeAdapter

from chatbot.core.alerts.schedule import next_hour
from chatbot.core.chats import ChatSettings
from storage.doings import is_first, person_of
from storage.ledger import Connection, Ledger

Edit = Callable[[ChatSettings], ChatSettings]

MOST_REMEMBERED = 4096
REMEMBERED_S = 5.0  # another process (`ask` in a terminal) may have changed them

_SETTINGS = TypeAdapter(ChatSettings)  # writes decimals as text, digit for digit
_STORE = (
    "INSERT INTO chat_settings (chat_id, user_id, settings) VALUES (?, ?, ?)"
    " ON CONFLICT (chat_id) DO UPDATE SET settings = excluded.settings"
)


class StoredSettings:
    """The port `Settings` on the database."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now
        self._remembered: TTLCache[int, ChatSettings] = TTLCache(
            MOST_REMEMBERED, REMEMBERED_S, timer=lambda: now().timestamp()
        )

    async def load(self, chat_id: int) -> ChatSettings:
        """The defaults for a chat that chose nothing."""
        found = self._remembered.get(chat_id)
        if found is None:
            found = await self._ledger.read(lambda connection: read_settings(connection, chat_id))
            self._remembered[chat_id] = found
        return found

    async def change(self, chat_id: int, update_id: int, edit: Edit) -> ChatSettings | None:
        """As the port says."""
        try:
            return await self._ledger.write(lambda connection: self._change(connection, chat_id, update_id, edit))
        finally:  # also when cancelled: the change may have happened, or will
            self.forget()

    def forget(self) -> None:
        """Reads everything anew from now on: rows have changed elsewhere."""
        self._remembered.clear()

    def _change(self, connection: Connection, chat_id: int, update_id: int, edit: Edit) -> ChatSettings | None:
        now = self._now()
        if not is_first(connection, chat_id, "settings", update_id, now):
            return None
        before = read_settings(connection, chat_id)
        after = edit(before)
        connection.execute(_STORE, (chat_id, person_of(chat_id), _SETTINGS.dump_json(after).decode()))
        if after.zone != before.zone:
            _move_digests(connection, chat_id, after.zone, now)
        return after


def read_settings(connection: Connection, chat_id: int) -> ChatSettings:
    """As stored, or the defaults."""
    row = connection.execute("SELECT settings FROM chat_settings WHERE chat_id = ?", (chat_id,)).fetchone()
    return _SETTINGS.validate_json(row[0]) if row else ChatSettings()


def _move_digests(connection: Connection, chat_id: int, zone: str, now: datetime) -> None:
    """The hour of a daily digest is one of the chat's zone."""
    found = connection.execute(
        "SELECT id, hour FROM alert_rules WHERE chat_id = ? AND measure = 'digest'", (chat_id,)
    ).fetchall()
    for rule_id, hour in found:
        connection.execute(
            "UPDATE alert_rules SET zone = ?, due_at = ?, revision = revision + 1 WHERE id = ?",
            (zone, next_hour(hour, zone, now).timestamp(), rule_id),
        )
