"""How long what is stored: portfolios until their owner clears them, the rest as written here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from storage.tables import AnswerRow, ButtonLineRow, ChangeRow, ConfirmationRow, instant_text

ANSWERS = timedelta(days=30)
BUTTON_LINES = timedelta(days=90)  # since last used
CONFIRMATIONS = timedelta(hours=1)
UNDO = timedelta(days=1)
CHANGES = timedelta(days=3)  # Telegram repeats an unconfirmed update for one day; a margin for late clocks

PURGE_EVERY = timedelta(hours=1)

_LIFETIMES = (
    (AnswerRow, "answered_at", ANSWERS),
    (ButtonLineRow, "used_at", BUTTON_LINES),
    (ChangeRow, "created_at", CHANGES),
    (ConfirmationRow, "asked_at", CONFIRMATIONS),
)


def purges(now: datetime) -> Iterator[tuple[str, tuple[str]]]:
    """Each statement that deletes what is past its time, and its values."""
    for table, column, lifetime in _LIFETIMES:
        yield f"DELETE FROM {table.__tablename__} WHERE {column} < ?", (instant_text(now - lifetime),)
