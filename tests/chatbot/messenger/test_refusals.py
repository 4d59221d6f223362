"""What Telegram's refusals mean."""

from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from chatbot.messenger.refusals import (
    BLOCKED,
    MAY_NOT_POST,
    REMOVED,
    Dead,
    Migrated,
    NotSent,
    OurMistake,
    Refusal,
    Unknown,
    Wait,
    meaning_of,
)


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Dead(BLOCKED)),
        (Forbidden("Forbidden: user is deactivated"), Dead(BLOCKED)),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), Dead(BLOCKED)),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Dead(REMOVED)),
        (Forbidden("Forbidden: bot is not a member of the channel chat"), Dead(REMOVED)),
        (Forbidden("Forbidden: the group chat was deleted"), Dead(REMOVED)),
        (Forbidden("Forbidden: something new"), Dead(REMOVED)),
        (BadRequest("Chat not found"), Dead(REMOVED)),
        (BadRequest("PEER_ID_INVALID"), Dead(REMOVED)),
        (BadRequest("Not enough rights to send text messages to the chat"), Dead(MAY_NOT_POST)),
        (BadRequest("Need administrator rights in the channel chat"), Dead(MAY_NOT_POST)),
        (BadRequest("Have no rights to send a message"), Dead(MAY_NOT_POST)),
        (BadRequest("CHAT_WRITE_FORBIDDEN"), Dead(MAY_NOT_POST)),
        (BadRequest("TOPIC_CLOSED"), Dead(MAY_NOT_POST)),
        (BadRequest("Not enough rights to send photos to the chat"), OurMistake()),
        (BadRequest("BUTTON_DATA_INVALID"), OurMistake()),
        (BadRequest("Message text is empty"), OurMistake()),
        (ChatMigrated(-1009), Migrated(-1009)),
        (RetryAfter(timedelta(seconds=7)), Wait(timedelta(seconds=7))),
        (caused(NetworkError("x"), httpx.ConnectError("refused")), NotSent()),
        (caused(TimedOut(), httpx.PoolTimeout("full")), NotSent()),
        (caused(NetworkError("x"), httpx.ProxyError("no")), NotSent()),
        (InvalidToken("Unauthorized"), NotSent()),
        (Conflict("Conflict"), NotSent()),
        (caused(TimedOut(), httpx.ReadTimeout("slow")), Unknown()),
        (caused(NetworkError("x"), httpx.RemoteProtocolError("lost")), Unknown()),
        (NetworkError("Bad Gateway"), Unknown()),
        (TelegramError("Invalid server response"), Unknown()),
    ],
    ids=lambda value: str(value) if isinstance(value, TelegramError) else "",
)
def test_each_refusal_says_what_is_to_be_done(error: TelegramError, meaning: Refusal) -> None:
    assert meaning_of(error) == meaning
