"""What it means when Telegram does not take a message: one function, from an error to what is to be done about it.

Law: only what surely did not arrive is called so.
"""

from dataclasses import dataclass
from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.error import NetworkError as TelegramNetworkError

from chatbot.messenger.transport import was_never_sent

BLOCKED, REMOVED, MAY_NOT_POST = "blocked", "removed", "may not post"
TOPIC_CLOSED = "topic_closed"
# Words of the real server (tdlib/telegram-bot-api), lower case; the first that fits.
_DEAD = (
    ("bot was blocked by the user", BLOCKED),
    ("user is deactivated", BLOCKED),
    ("user_is_blocked", BLOCKED),
    ("can't initiate conversation", BLOCKED),
    ("can't send messages to bots", BLOCKED),
    ("bot was kicked", REMOVED),
    ("is not a member", REMOVED),
    ("chat was deleted", REMOVED),
    ("chat was deactivated", REMOVED),
    ("chat not found", REMOVED),
    ("peer_id_invalid", REMOVED),
    ("not enough rights to send text", MAY_NOT_POST),  # not those to send pictures: words may still be said
    ("have no rights", MAY_NOT_POST),
    ("need administrator rights", MAY_NOT_POST),
    ("chat_write_forbidden", MAY_NOT_POST),
    ("chat_send_plain_forbidden", MAY_NOT_POST),
    ("chat_restricted", MAY_NOT_POST),
    (TOPIC_CLOSED, MAY_NOT_POST),
)
_TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")


@dataclass(frozen=True, slots=True)
class Dead:
    """Nobody hears us there; `reason` as `KnownChat` keeps it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The group is a supergroup now."""

    new_chat_id: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Flood control."""

    time: timedelta


@dataclass(frozen=True, slots=True)
class NotSent:
    """It surely did not arrive: nobody was reached, or our token is refused."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have arrived."""


@dataclass(frozen=True, slots=True)
class OurMistake:
    """Telegram will not take it as it is."""


Refusal = Dead | Migrated | Wait | NotSent | Unknown | OurMistake


def meaning_of(error: TelegramError) -> Refusal:
    """What is to be done about a message that was not acknowledged."""
    match error:
        case RetryAfter():
            return Wait(wait_told(error))
        case ChatMigrated():
            return Migrated(error.new_chat_id)
        case Forbidden():
            return Dead(_reason(error) or REMOVED)
        case BadRequest():
            reason = _reason(error)
            return Dead(reason) if reason else OurMistake()
        case InvalidToken() | Conflict():
            return NotSent()
        case TelegramNetworkError() if was_never_sent(error):
            return NotSent()
        case _:
            return Unknown()


def refuses(error: TelegramError, *reasons: str) -> bool:
    """Whether Telegram gave one of these reasons; python-telegram-bot changes their case and beginning."""
    said = str(error).lower()
    return any(reason in said for reason in reasons)


def misses_topic(error: TelegramError) -> bool:
    """Whether the forum topic that was written to is gone."""
    return refuses(error, *_TOPIC_GONE)


def wait_told(error: RetryAfter) -> timedelta:
    """How long Telegram told us to wait; python-telegram-bot gives seconds or a timedelta, as PTB_TIMEDELTA says."""
    told = error.retry_after
    return told if isinstance(told, timedelta) else timedelta(seconds=told)


def _reason(error: TelegramError) -> str:
    return next((reason for words, reason in _DEAD if refuses(error, words)), "")
