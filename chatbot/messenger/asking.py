"""A Telegram update as a question: who asks what, where, and in which way. Pure.

Updates are read as the JSON they come in: python-telegram-bot's objects take a tenth of an answer's CPU (measured), and
refuse a whole batch for one field they do not know. Law: a person's id comes from Telegram's own field for it, and
never from anything written.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from chatbot.command import ChatKind

CHAT_KINDS = {
    "private": ChatKind.PRIVATE,
    "group": ChatKind.GROUP,
    "supergroup": ChatKind.GROUP,
    "channel": ChatKind.CHANNEL,
}
ATTACHMENTS = frozenset(
    {
        "animation",
        "audio",
        "checklist",
        "contact",
        "dice",
        "document",
        "game",
        "invoice",
        "location",
        "paid_media",
        "passport_data",
        "photo",
        "poll",
        "sticker",
        "story",
        "successful_payment",
        "venue",
        "video",
        "video_note",
        "voice",
    }
)
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError)  # a field is not as it should

NOBODY = -1  # the person of a call from a chat that writes as itself: an id that nobody has

Json = dict[str, Any]


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
class Document:
    """A file as Telegram names it; its content is fetched by `file_id`."""

    file_id: str
    name: str = ""
    mime_type: str = ""
    size_bytes: int = 0


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

    @property
    def keys(self) -> tuple[int, ...]:
        """The lines it stands in: the person's and the chat's, which are the same in a private chat."""
        return (self.place.chat_id,) if self.user_id is None else (self.user_id, self.place.chat_id)


def understand(update: Json, bot_name: str, command_names: Container[str]) -> Question | None:
    """The question in an update, or None where nothing is asked of this bot. One of UNREADABLE for a broken one."""
    listener = _Listener(bot_name, command_names)
    match update:
        case {"message": message}:
            return _written(update["update_id"], message, Way.TYPED, listener)
        case {"edited_message": message}:
            return _written(update["update_id"], message, Way.EDITED, listener)
        case {"callback_query": query}:
            return _pressed(update["update_id"], query)
    return None


def kind_of(chat: Json) -> ChatKind:
    """What a chat is; what is unknown is treated as read by everybody."""
    return CHAT_KINDS.get(chat["type"], ChatKind.CHANNEL)


def time_of(seconds: int) -> datetime:
    """Telegram's whole seconds as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def _pressed(update_id: int, query: Json) -> Question | None:
    message = query.get("message")
    if message is None:  # from an inline result: this bot sends none
        return None
    kind = kind_of(message["chat"])
    number = message["message_id"]
    return Question(
        update_id=update_id,
        user_id=query["from"]["id"],
        place=Place(
            message["chat"]["id"],
            kind,
            _topic(message),
            number if kind is not ChatKind.PRIVATE else None,
            number if "text" in message else None,  # a photo cannot become text, an old message is gone
        ),
        way=Way.PRESSED,
        line=_pressed_line(query, message, kind),
        callback_id=query["id"],
        is_administrator=kind is ChatKind.PRIVATE,
    )


def _pressed_line(query: Json, message: Json, kind: ChatKind) -> str:
    """A changed app presses whatever it likes. That is its person's own affair, but for a channel's buttons.

    Those lead on by a link that anybody may be given, so only what is under the post is taken.
    """
    line: str = query.get("data", "")
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    is_there = any(button.get("callback_data") == line for row in rows for button in row)
    return line if is_there or kind is not ChatKind.CHANNEL else ""


def _written(update_id: int, message: Json, way: Way, listener: "_Listener") -> Question | None:
    text = message.get("text") or message.get("caption") or ""
    kind = kind_of(message["chat"])
    if _is_from_bot(message) or not _is_asked(message, text, kind, way, listener):
        return None
    is_private = kind is ChatKind.PRIVATE
    return Question(
        update_id=update_id,
        user_id=_person(message),
        place=Place(message["chat"]["id"], kind, _topic(message), None if is_private else message["message_id"]),
        way=way,
        line=command_line(text),
        asked_at=time_of(message["date"]),
        document=_document(message),
        is_administrator=is_private or _is_anonymous_administrator(message),
    )


def _document(message: Json) -> Document | None:
    given = message.get("document")
    if given is None:
        return None
    return Document(
        given["file_id"], given.get("file_name", ""), given.get("mime_type", ""), given.get("file_size") or 0
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


def _is_asked(message: Json, text: str, kind: ChatKind, way: Way, listener: _Listener) -> bool:
    """In private everything, in a group only commands that are ours by name or by address, in a channel nothing."""
    if kind is not ChatKind.PRIVATE:
        return kind is ChatKind.GROUP and way is Way.TYPED and _is_command_for(text, listener)
    if listener.is_passed_over(text):
        return False
    if way is Way.EDITED:  # worth a word only where it would have run
        return text.startswith("/") or listener.is_named(text)
    return bool(text) or not ATTACHMENTS.isdisjoint(message)


def _is_command_for(text: str, listener: _Listener) -> bool:
    """`/start` with a payload is what Telegram writes when the bot is added by a link: its card has been posted."""
    return text.startswith("/") and listener.is_named(text) and not command_line(text).startswith("/start ")


def _is_from_bot(message: Json) -> bool:
    """Two bots that answer each other never stop. Anonymous people are shown as a bot, with a `sender_chat`."""
    return "sender_chat" not in message and bool(message.get("from", {}).get("is_bot"))


def _person(message: Json) -> int | None:
    """None for an anonymous administrator and for a channel: Telegram gives them an id that many share."""
    if "sender_chat" in message or "from" not in message:
        return None
    number: int = message["from"]["id"]
    return number


def _is_anonymous_administrator(message: Json) -> bool:
    return bool(message.get("sender_chat", {}).get("id") == message["chat"]["id"])


def _topic(message: Json) -> int | None:
    """The topic's id. A plain reply carries a thread id too, which cannot be sent to, and General has none."""
    return message.get("message_thread_id") if message.get("is_topic_message") else None
