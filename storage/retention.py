"""How long what is stored: portfolios until their owner clears them, the rest as written here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chatbot.core.chats import KEPT_WHILE_QUIET
from storage.tables import (
    AnswerRow,
    ButtonLineRow,
    ChangeRow,
    ChargeRow,
    ConfirmationRow,
    DoingRow,
    HeldChatRow,
    KnownUpdateRow,
    ParcelRow,
    chat_tables,
    instant_text,
)

ANSWERS = timedelta(days=30)
MOST_ANSWERS = 500  # of one person, the newest
BUTTON_LINES = timedelta(days=90)  # since last used
CONFIRMATIONS = timedelta(hours=1)
UNDO = timedelta(days=1)
CHANGES = timedelta(days=3)  # Telegram repeats an unconfirmed update for one day; a margin for late clocks
CHARGES = timedelta(days=7)  # since the charge was due
HOLDS = timedelta(days=1)  # since they ended
PARCELS = timedelta(days=3)  # what nobody could be told for so long is no news

PURGE_EVERY = timedelta(hours=1)

_LIFETIMES = (
    (AnswerRow, "answered_at", ANSWERS),
    (ButtonLineRow, "used_at", BUTTON_LINES),
    (ChangeRow, "created_at", CHANGES),
    (ChargeRow, "due_at", CHARGES),
    (ConfirmationRow, "asked_at", CONFIRMATIONS),
    (DoingRow, "done_at", CHANGES),
    (HeldChatRow, "until", HOLDS),
    (KnownUpdateRow, "stored_at", CHANGES),
    (ParcelRow, "created_at", PARCELS),
)
_NUMBERLESS = "DELETE FROM inbox WHERE update_id NOT IN (SELECT update_id FROM known_updates)"
_TOO_MANY_ANSWERS = """
DELETE FROM answers WHERE rowid IN (SELECT rowid FROM (
    SELECT rowid, row_number() OVER (PARTITION BY user_id ORDER BY answered_at DESC) AS place FROM answers
) WHERE place > ?)
"""


def purges(now: datetime) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Each statement that deletes what is past its time, and its values."""
    for table, column, lifetime in _LIFETIMES:
        yield f"DELETE FROM {table.__tablename__} WHERE {column} < ?", (instant_text(now - lifetime),)
    yield _NUMBERLESS, ()  # an update that is still open goes with its number
    yield _TOO_MANY_ANSWERS, (MOST_ANSWERS,)
    for name in chat_tables():
        quiet = "SELECT chat_id FROM chats WHERE quiet_since < ?"
        yield f"DELETE FROM {name} WHERE chat_id IN ({quiet})", (instant_text(now - KEPT_WHILE_QUIET),)
