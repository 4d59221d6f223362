"""What each chat chose. Law: a change is one transaction with the number of the update that asked for it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from pydantic import TypeAdapter

from chatbot.core.alerts.schedule import next_hour
from chatbot.core.chats import ChatSettings
from storage.doings import is_first, person_of
from storage.journal import Connection, Journal
from storage.reader import Reader
from storage.remembered import Remembered
from storage.tables import instant_text

Edit = Callable[[ChatSettings], ChatSettings]

_SETTINGS = TypeAdapter(ChatSettings)  # writes decimals as text, digit for digit
_STORE = (
    "INSERT INTO chat_settings (chat_id, user_id, settings) VALUES (?, ?, ?)"
    " ON CONFLICT (chat_id) DO UPDATE SET settings = excluded.settings"
)
_DIGESTS = "SELECT id, hour FROM alert_rules WHERE chat_id = ? AND measure = 'digest' AND hour IS NOT NULL"
_MOVE_DIGEST = "UPDATE alert_rules SET zone = ?, due_at = ?, revision = revision + 1 WHERE id = ?"
_RELEASE = "UPDATE held_chats SET until = ? WHERE chat_id = ? AND until > ?"


class StoredSettings:
    """The port `Settings` on the database."""

    def __init__(
        self, journal: Journal, reader: Reader, remembered: Remembered[ChatSettings], now: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._remembered = remembered
        self._now = now

    async def load(self, chat_id: int) -> ChatSettings:
        """The defaults for a chat that chose nothing."""
        found = await self._remembered.recall(chat_id)
        if found is None:
            generation = self._remembered.generation
            found = await self._reader.read(partial(_read, chat_id))
            self._remembered.remember(chat_id, found, generation)
        return found

    async def change(self, chat_id: int, update_id: int, edit: Edit) -> ChatSettings | None:
        """As the port says. New quiet hours also end a waiting for the end of the old ones."""
        change = partial(self._change, chat_id, update_id, edit)
        return await self._journal.run(change, is_lasting=True, afterwards=partial(self._remembered.drop, chat_id))

    def _change(self, chat_id: int, update_id: int, edit: Edit, connection: Connection) -> ChatSettings | None:
        now = self._now()
        if not is_first(connection, chat_id, "settings", update_id, now):
            return None
        before = _read(chat_id, connection)
        after = edit(before)
        connection.execute(_STORE, (chat_id, person_of(chat_id), _SETTINGS.dump_json(after).decode()))
        if after.zone != before.zone:
            _move_digests(connection, chat_id, after.zone, now)
        if (after.zone, after.quiet) != (before.zone, before.quiet):
            connection.execute(_RELEASE, (instant_text(now), chat_id, instant_text(now)))
        return after


def _read(chat_id: int, connection: Connection) -> ChatSettings:
    row = connection.execute("SELECT settings FROM chat_settings WHERE chat_id = ?", (chat_id,)).fetchone()
    return _SETTINGS.validate_json(row[0]) if row else ChatSettings()


def _move_digests(connection: Connection, chat_id: int, zone: str, now: datetime) -> None:
    """The hour of a daily digest is one of the chat's zone."""
    for rule_id, hour in connection.execute(_DIGESTS, (chat_id,)).fetchall():
        connection.execute(_MOVE_DIGEST, (zone, next_hour(hour, zone, now).timestamp(), rule_id))
