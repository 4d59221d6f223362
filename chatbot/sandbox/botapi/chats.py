"""One chat: what a phone shows of it, who is in it, and who is watching. Messages are values, an edit is a new one."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from typing import Any

from chatbot.sandbox.botapi.errors import ApiError, forbidden, too_many_requests, upgraded

Json = dict[str, Any]

KEPT = 500  # messages; the oldest are forgotten


class Chat:
    """A private chat or a group, with its newest messages by number."""

    def __init__(self, profile: Json, members: dict[int, str] | None = None) -> None:
        self.profile = profile
        self.members = members or {}  # status by user; groups only
        self.is_known = members is not None  # a bot does not know a person who has not written yet
        self.closed = ""  # why the bot may not write here
        self.new_chat_id: int | None = None
        self._quiet_until: datetime | None = None
        self._messages: OrderedDict[int, Json] = OrderedDict()
        self._watchers: set[asyncio.Queue[Json]] = set()

    @property
    def id(self) -> int:
        """Positive for a person, negative for a group."""
        return int(self.profile["id"])

    @property
    def is_private(self) -> bool:
        """Whether one person alone reads it."""
        return self.id > 0

    def messages(self) -> tuple[Json, ...]:
        """What is shown, oldest first."""
        return tuple(self._messages.values())

    def message(self, message_id: int) -> Json | None:
        """One message, if it is still shown."""
        return self._messages.get(message_id)

    def show(self, message: Json) -> None:
        """Append a message, or put it in the place of the one with its number."""
        event = "edited" if message["message_id"] in self._messages else "message"
        self._messages[message["message_id"]] = message
        if len(self._messages) > KEPT:
            self._messages.popitem(last=False)
        self.announce({"event": event, "message": message})

    def remove(self, message_id: int) -> bool:
        """Whether there was such a message to take away."""
        found = self._messages.pop(message_id, None) is not None
        if found:
            self.announce({"event": "deleted", "message_id": message_id})
        return found

    def quiet(self, until: datetime) -> None:
        """Flood control: nothing may be sent before this time."""
        self._quiet_until = until

    def check_open(self, now: datetime) -> None:
        """Raises ApiError where the bot may not write."""
        if self.new_chat_id is not None:
            raise upgraded(self.new_chat_id)
        if self.closed:
            raise forbidden(self.closed)
        if self._quiet_until is not None and now < self._quiet_until:
            raise self._flood(self._quiet_until, now)

    def _flood(self, until: datetime, now: datetime) -> ApiError:
        return too_many_requests(ceil((until - now).total_seconds()))

    def announce(self, event: Json) -> None:
        """Tell everybody who watches."""
        for watcher in self._watchers:
            watcher.put_nowait(event)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Json]]:
        """What happens in the chat from now on, in order."""
        events: asyncio.Queue[Json] = asyncio.Queue()
        self._watchers.add(events)
        try:
            yield events
        finally:
            self._watchers.discard(events)
