"""How long what is stored: portfolios until their owner clears them, the rest as written here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chatbot.core.chats import KEPT_WHILE_QUIET
from storage.tables import (
    AlertRuleRow,
    AnswerRow,
    ButtonLineRow,
    ChangeRow,
    ChargeRow,
    ChatRow,
    ChatSettingsRow,
    ConfirmationRow,
    DigestRow,
    DoingRow,
    HeldChatRow,
    ParcelRow,
    UpdateRow,
    instant_text,
)

ANSWERS = timedelta(days=30)
BUTTON_LINES = timedelta(days=90)  # since last used
CONFIRMATIONS = timedelta(hours=1)
UNDO = timedelta(days=1)
CHANGES = timedelta(days=3)  # Telegram repeats an unconfirmed update for one day; a margin for late clocks

CHARGES = timedelta(days=7)  # since the charge was due
MOST_ANSWERS = 500  # of one chat, the newest

PURGE_EVERY = timedelta(hours=1)

_LIFETIMES = (
    (AnswerRow, "answered_at", ANSWERS),
    (ButtonLineRow, "used_at", BUTTON_LINES),
    (ChangeRow, "created_at", CHANGES),
    (ConfirmationRow, "asked_at", CONFIRMATIONS),
    (UpdateRow, "stored_at", CHANGES),
    (DoingRow, "done_at", CHANGES),
    (ChargeRow, "due_at", CHARGES),
)
# What goes with a chat that was quiet for too long; the chat itself last.
_OF_A_QUIET_CHAT = (ChatSettingsRow, AlertRuleRow, ParcelRow, HeldChatRow, DigestRow, ChatRow)
_TOO_MANY_ANSWERS = """
DELETE FROM answers WHERE (user_id, key) IN (SELECT user_id, key FROM (
    SELECT user_id, key, row_number() OVER (PARTITION BY user_id ORDER BY answered_at DESC) AS place FROM answers
) WHERE place > ?)
"""


def purges(now: datetime) -> Iterator[tuple[str, tuple[str | int]]]:
    """Each statement that deletes what is past its time, and its values."""
    for table, column, lifetime in _LIFETIMES:
        yield f"DELETE FROM {table.__tablename__} WHERE {column} < ?", (instant_text(now - lifetime),)
    for of_chat in _OF_A_QUIET_CHAT:
        quiet = "SELECT chat_id FROM chats WHERE quiet_since < ?"
        statement = f"DELETE FROM {of_chat.__tablename__} WHERE chat_id IN ({quiet})"
        yield statement, (instant_text(now - KEPT_WHILE_QUIET),)
    yield _TOO_MANY_ANSWERS, (MOST_ANSWERS,)
