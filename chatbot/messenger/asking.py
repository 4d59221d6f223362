"""A Telegram update as a question: who asks what, where, and in which way. Pure.

Law: a person's id comes from Telegram's own field for it, and never from anything written.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from telegram import CallbackQuery, Document, Message, Update

from chatbot.command import ChatKind

CHAT_KINDS = {
    "private": ChatKind.PRIVATE,
    "group": ChatKind.GROUP,
    "supergroup": ChatKind.GROUP,
    "channel": ChatKind.CHANNEL,
}


class Way(Enum):
    """How a line reached us."""

    TYPED = "typed"
    EDITED = "edited"
    PRESSED = "pressed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: the chat, its topic, the message it replies to (groups) or is edited into (presses)."""

    chat_id: int
    kind: ChatKind
    thread_id: int | None = None
    reply_to: int | None = None
    pressed: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What one update asks. `user_id` is None where a chat writes as itself; `asked_at` is None for a press."""

    update_id: int
    user_id: int | None
    place: Place
    way: Way
    line: str
    asked_at: datetime | None = None
    document: Document | None = None
    callback_id: str = ""
    is_administrator: bool = False

    @property
    def is_private(self) -> bool:
        """Whether nobody else reads along."""
        return self.place.kind is ChatKind.PRIVATE


def understand(update: Update, bot_name: str, command_names: Container[str]) -> Question | None:
    """The question in an update, or None where nothing is asked of this bot."""
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.message is not None:
        return _written(update.update_id, update.message, Way.TYPED, bot_name, command_names)
    if update.edited_message is not None:
        return _written(update.update_id, update.edited_message, Way.EDITED, bot_name, command_names)
    return None


def _pressed(update_id: int, query: CallbackQuery) -> Question | None:
    message = query.message
    if message is None:  # from an inline result: this bot sends none
        return None
    kind = CHAT_KINDS.get(message.chat.type, ChatKind.CHANNEL)
    has_text = isinstance(message, Message) and message.text is not None  # a photo cannot become text, an old one is gone
    return Question(
        update_id=update_id,
        user_id=query.from_user.id,
        place=Place(
            message.chat.id,
            kind,
            _topic(message) if isinstance(message, Message) else None,
            message.message_id if kind is not ChatKind.PRIVATE else None,
            message.message_id if has_text else None,
        ),
        way=Way.PRESSED,
        line=query.data or "",
        callback_id=query.id,
        is_administrator=kind is ChatKind.PRIVATE,
    )


def _written(
    update_id: int, message: Message, way: Way, bot_name: str, command_names: Container[str]
) -> Question | None:
    kind = CHAT_KINDS.get(message.chat.type, ChatKind.CHANNEL)
    line = command_line(message.text or message.caption or "", bot_name)
    if line is None or not _is_asked(message, line, kind, bot_name, command_names):
        return None
    return Question(
        update_id=update_id,
        user_id=_person(message),
        place=Place(
            message.chat.id, kind, _topic(message), message.message_id if kind is not ChatKind.PRIVATE else None
        ),
        way=way,
        line=line,
        asked_at=message.date,
        document=message.document,
        is_administrator=kind is ChatKind.PRIVATE or _is_anonymous_administrator(message),
    )


def command_line(text: str, bot_name: str) -> str | None:
    """`/Hedge@our_bot 10 ETH` as `/hedge 10 ETH`; other text as it is; None where another bot is meant."""
    if not text.startswith("/"):
        return text
    word = text.split(maxsplit=1)[0]
    name, _, addressee = word.partition("@")
    if addressee and addressee.casefold() != bot_name.casefold():
        return None
    return name.lower() + text[len(word) :]


def _is_asked(message: Message, line: str, kind: ChatKind, bot_name: str, command_names: Container[str]) -> bool:
    """In private everything that somebody sends; in a group only commands that are ours by name or by address."""
    if message.from_user is not None and message.from_user.is_bot and message.sender_chat is None:
        return False  # two bots answering each other never stop
    if kind is ChatKind.PRIVATE:
        return bool(line) or message.effective_attachment is not None
    if not line.startswith("/"):
        return False
    is_addressed = f"@{bot_name}".casefold() in (message.text or message.caption or "").split(maxsplit=1)[0].casefold()
    return is_addressed or line.split(maxsplit=1)[0][1:] in command_names


def _person(message: Message) -> int | None:
    """None for an anonymous administrator and for a channel: Telegram gives them an id that many share."""
    if message.sender_chat is not None or message.from_user is None:
        return None
    return message.from_user.id


def _is_anonymous_administrator(message: Message) -> bool:
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id


def _topic(message: Message) -> int | None:
    """The topic's id. A plain reply carries a thread id too, which cannot be sent to."""
    return message.message_thread_id if message.is_topic_message else None
