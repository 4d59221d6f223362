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
    has_text = (
        isinstance(message, Message) and message.text is not None
    )  # a photo cannot become text, an old one is gone
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
    text = message.text or message.caption or ""
    kind = CHAT_KINDS.get(message.chat.type, ChatKind.CHANNEL)
    if _is_from_bot(message) or not _is_asked(message, text, kind, way, _Listener(bot_name, command_names)):
        return None
    is_private = kind is ChatKind.PRIVATE
    return Question(
        update_id=update_id,
        user_id=_person(message),
        place=Place(message.chat.id, kind, _topic(message), None if is_private else message.message_id),
        way=way,
        line=command_line(text),
        asked_at=message.date,
        document=message.document,
        is_administrator=is_private or _is_anonymous_administrator(message),
    )


def command_line(text: str) -> str:
    """`/Hedge@our_bot 10 ETH` as `/hedge 10 ETH`; other text as it is."""
    if not text.startswith("/"):
        return text
    word = text.split(maxsplit=1)[0]
    return word.partition("@")[0].lower() + text[len(word) :]


@dataclass(frozen=True, slots=True)
class _Listener:
    """The names this bot listens to: its own, and those of its commands."""

    name: str
    command_names: Container[str]

    def is_named(self, text: str) -> bool:
        """By its own name, or by a command's name without another bot's."""
        word = "".join(text.split(maxsplit=1)[:1])
        command, at, addressee = word.partition("@")
        return addressee.casefold() == self.name.casefold() if at else _bare(command) in self.command_names

    def is_passed_over(self, text: str) -> bool:
        """Whether the command names another bot."""
        return text.startswith("/") and "@" in text.split(maxsplit=1)[0] and not self.is_named(text)


def _bare(command: str) -> str:
    return command.removeprefix("/").lower()


def _is_asked(message: Message, text: str, kind: ChatKind, way: Way, listener: _Listener) -> bool:
    """In private everything, in a group only commands that are ours by name or by address."""
    if kind is not ChatKind.PRIVATE:
        return way is Way.TYPED and text.startswith("/") and listener.is_named(text)
    if listener.is_passed_over(text):
        return False
    if way is Way.EDITED:  # worth a word only where it would have run
        return text.startswith("/") or listener.is_named(text)
    return bool(text) or message.effective_attachment is not None


def _is_from_bot(message: Message) -> bool:
    """Two bots that answer each other never stop. Anonymous people are shown as a bot, with a `sender_chat`."""
    return message.from_user is not None and message.from_user.is_bot and message.sender_chat is None


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
