"""One chat: what a phone shows of it, who is in it, and who is watching. Messages are values, an edit is a new one."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from typing import Any

from chatbot.sandbox.botapi.errors import forbidden, too_many_requests, upgraded
from chatbot.sandbox.botapi.membership import OUTSIDE, absence, silence
from chatbot.sandbox.botapi.topics import Topics

Json = dict[str, Any]

KEPT = 500  # messages; the oldest are forgotten


class Watchers:
    """Who wants to be told what happens."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Json]] = set()

    def announce(self, event: Json) -> None:
        """Tell everybody who watches."""
        for queue in self._queues:
            queue.put_nowait(event)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Json]]:
        """What happens from now on, in order."""
        events: asyncio.Queue[Json] = asyncio.Queue()
        self._queues.add(events)
        try:
            yield events
        finally:
            self._queues.discard(events)


class Chat:
    """A private chat, group or channel, with its newest messages by number. `everywhere` is told what happens too."""

    def __init__(self, profile: Json, everywhere: Watchers, bot_id: int, members: dict[int, str] | None = None) -> None:
        self.profile = profile
        self.members = members or {}  # status by user; not in private chats
        self.details: dict[int, Json] = {}  # rights that differ from what a status brings, by user
        self.topics = Topics() if profile.get("is_forum") else None
        self.is_known = members is not None  # a bot does not know a person who has not written yet
        self.closed = ""  # why the bot may not write to a person
        self.new_chat_id: int | None = None
        self._bot_id = bot_id
        self._quiet_until: datetime | None = None
        self._messages: OrderedDict[int, Json] = OrderedDict()
        self._authors: dict[int, int] = {}
        self._watchers = Watchers()
        self._everywhere = everywhere

    @property
    def id(self) -> int:
        """Positive for a person, negative for a group or channel."""
        return int(self.profile["id"])

    @property
    def kind(self) -> str:
        """`private`, `group`, `supergroup` or `channel`."""
        return str(self.profile["type"])

    @property
    def is_private(self) -> bool:
        """Whether one person alone reads it."""
        return self.id > 0

    @property
    def bot_status(self) -> str:
        """What the bot is here."""
        if self.is_private:
            return "kicked" if self.closed else "member"
        return self.members.get(self._bot_id, "left")

    @property
    def has_bot(self) -> bool:
        """Whether the bot hears anything here."""
        return self.bot_status not in OUTSIDE and self.new_chat_id is None

    def messages(self) -> tuple[Json, ...]:
        """What is shown, oldest first."""
        return tuple(self._messages.values())

    def message(self, message_id: int) -> Json | None:
        """One message, if it is still shown."""
        return self._messages.get(message_id)

    def author(self, message_id: int) -> int | None:
        """Who wrote it, also where others see only the chat."""
        return self._authors.get(message_id)

    def show(self, message: Json, author: int | None = None) -> None:
        """Append a message of this author, or put it in the place of the one with its number."""
        event = "edited" if message["message_id"] in self._messages else "message"
        self._messages[message["message_id"]] = message
        if author is not None:
            self._authors[message["message_id"]] = author
        if len(self._messages) > KEPT:
            oldest, _ = self._messages.popitem(last=False)
            self._authors.pop(oldest, None)
        self.announce({"event": event, "message": message})

    def remove(self, message_id: int) -> bool:
        """Whether there was such a message to take away."""
        found = self._messages.pop(message_id, None) is not None
        if found:
            self._authors.pop(message_id, None)
            self.announce({"event": "deleted", "message_id": message_id})
        return found

    def quiet(self, until: datetime) -> None:
        """Flood control: nothing may be sent before this time."""
        self._quiet_until = until

    def check_readable(self) -> None:
        """Raises ApiError where the bot may not even look."""
        reason = None if self.is_private else absence(self.kind, self.bot_status)
        if reason is not None:
            raise reason

    def check_open(self, now: datetime) -> None:
        """Raises ApiError where the bot may not write."""
        if self.new_chat_id is not None:
            raise upgraded(self.new_chat_id)
        self._check_rights()
        if self._quiet_until is not None and now < self._quiet_until:
            raise too_many_requests(ceil((self._quiet_until - now).total_seconds()))

    def _check_rights(self) -> None:
        if self.closed:
            raise forbidden(self.closed)
        if self.is_private:
            return
        reason = silence(self.kind, self.bot_status, self.details.get(self._bot_id, {}))
        if reason is not None:
            raise reason

    def check_thread(self, thread_id: int) -> None:
        """Raises ApiError where the bot may not write in this topic; 0 is none or General.

        Where there are no topics, the number is passed over in silence.
        """
        if self.topics is not None:
            manages = bool(self.details.get(self._bot_id, {}).get("can_manage_topics"))
            self.topics.check_open(thread_id, manages_topics=manages)

    def place(self, thread_id: int, answered: Json | None = None) -> Json:
        """The fields of a message that say where it stands: the topic, what it answers, the thread of a plain answer.

        In a topic, what answers nothing answers the service message that opened it. A plain answer in a supergroup
        carries the number of its thread too, which is no topic and cannot be sent to.
        """
        topic = self._topic(thread_id, answered)
        if topic:
            opening = answered or self.message(topic)
            return {"message_thread_id": topic, "is_topic_message": True, **_answering(opening)}
        if answered is None or self.kind != "supergroup":
            return _answering(answered)
        return {"message_thread_id": answered.get("message_thread_id", answered["message_id"]), **_answering(answered)}

    def _topic(self, thread_id: int, answered: Json | None) -> int:
        if self.topics is None:
            return 0
        if not thread_id and answered is not None and answered.get("is_topic_message"):
            return int(answered["message_thread_id"])
        return thread_id

    def announce(self, event: Json) -> None:
        """Tell everybody who watches."""
        told = {"chat_id": self.id, **event}
        self._watchers.announce(told)
        self._everywhere.announce(told)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Json]]:
        """What happens in the chat from now on, in order."""
        with self._watchers.watch() as events:
            yield events


def _answering(message: Json | None) -> Json:
    """The message answered to, without the one that it answers in turn."""
    if message is None:
        return {}
    return {"reply_to_message": {name: value for name, value in message.items() if name != "reply_to_message"}}
