"""That an update changes something once: its number is stored with the change."""

from datetime import datetime

from storage.journal import Connection
from storage.tables import instant_text

_NOTE = "INSERT OR IGNORE INTO doings (chat_id, subject, update_id, user_id, done_at) VALUES (?, ?, ?, ?, ?)"


def is_first(connection: Connection, chat_id: int, subject: str, update_id: int, now: datetime) -> bool:
    """Notes that this update does it; False where it did so before."""
    row = (chat_id, subject, update_id, person_of(chat_id), instant_text(now))
    return connection.execute(_NOTE, row).rowcount == 1


def person_of(chat_id: int) -> int | None:
    """Whose chat it is: a private one has its person's number, a group a negative one and no person."""
    return chat_id if chat_id > 0 else None
