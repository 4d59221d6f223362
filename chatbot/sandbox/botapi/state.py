"""Everything the server knows: the bot, people, chats, files, updates. Bounded, so that it can run for long."""

import asyncio
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from chatbot.sandbox.botapi.chats import Chat, Json
from chatbot.sandbox.botapi.updates import Updates

FILES_KEPT = 500
QUERIES_KEPT = 1_000
FIRST_SUPERGROUP = -1_000_000_000_000  # supergroups lie below

_BOT_RIGHTS = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file by its number, as sent by either side."""

    file_id: str
    name: str
    content: bytes
    mime_type: str

    @property
    def path(self) -> str:
        """Where it is downloaded from."""
        return f"documents/{self.file_id}/{self.name}"

    def json(self) -> Json:
        """The fields common to all kinds of files."""
        return {"file_id": self.file_id, "file_unique_id": self.file_id[-16:], "file_size": len(self.content)}


class State:
    """The one changing thing of the server. `now` is the clock for message dates and flood control."""

    def __init__(self, token: str, now: Callable[[], datetime]) -> None:
        self.token = token
        self.now = now
        self.bot: Json = {"id": _bot_id(token), "is_bot": True, "first_name": "Hedge bot", "username": "sandbox_bot"}
        self.updates = Updates()
        self.people: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}  # (what, language) -> name, description ...
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._queries: OrderedDict[str, asyncio.Future[Json]] = OrderedDict()
        self._message_ids: dict[int, count[int]] = {}
        self._own_ids = count(1)

    def me(self) -> Json:
        """The bot as `getMe` tells it."""
        return {**self.bot, **_BOT_RIGHTS}

    def person(self, user_id: int) -> Json:
        """Somebody with an account; anybody is, once asked for."""
        if user_id not in self.people:
            self.people[user_id] = {"id": user_id, "is_bot": False, "first_name": "Trader", "language_code": "en"}
        return self.people[user_id]

    def private_chat(self, user_id: int) -> Chat:
        """The chat of one person with the bot, opened by asking for it."""
        if user_id not in self.chats:
            first_name = self.person(user_id)["first_name"]
            self.chats[user_id] = Chat({"id": user_id, "type": "private", "first_name": first_name})
        return self.chats[user_id]

    def group(self, chat_id: int, title: str, members: Mapping[int, str]) -> Chat:
        """A new group with its members and their status; a supergroup where the number says so."""
        kind = "supergroup" if chat_id < FIRST_SUPERGROUP else "group"
        self.chats[chat_id] = Chat({"id": chat_id, "type": kind, "title": title}, dict(members))
        return self.chats[chat_id]

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups number their messages by themselves, all other chats together."""
        series = chat.id if chat.profile["type"] == "supergroup" else 0
        return next(self._message_ids.setdefault(series, count(1)))

    def post(self, chat: Chat, sender: Json, content: Json) -> Json:
        """A new message in the chat."""
        message = {
            "message_id": self.next_message_id(chat),
            "from": sender,
            "chat": chat.profile,
            "date": self.timestamp(),
            **content,
        }
        chat.show(message)
        return message

    def timestamp(self) -> int:
        """Now, in whole Unix seconds."""
        return int(self.now().timestamp())

    def store(self, name: str, content: bytes, mime_type: str) -> StoredFile:
        """Keep a file; the oldest is forgotten."""
        file_id = f"FILE{next(self._own_ids):08d}{secrets.token_hex(8)}"
        self._files[file_id] = StoredFile(file_id, name, content, mime_type)
        if len(self._files) > FILES_KEPT:
            self._files.popitem(last=False)
        return self._files[file_id]

    def file(self, file_id: str) -> StoredFile | None:
        """A file that is still kept."""
        return self._files.get(file_id)

    def new_query(self) -> str:
        """The number of a press, to be answered by `answerCallbackQuery`."""
        query_id = str(next(self._own_ids))
        self._queries[query_id] = asyncio.get_running_loop().create_future()
        if len(self._queries) > QUERIES_KEPT:
            self._queries.popitem(last=False)
        return query_id

    def query(self, query_id: str) -> asyncio.Future[Json] | None:
        """The answer to a press, there or to come; None for a press long past."""
        return self._queries.get(query_id)

    def command_list(self, user_id: int, language: str) -> list[Json]:
        """The commands a phone offers in this person's private chat, by the order the documentation gives."""
        scopes = ({"type": "chat", "chat_id": user_id}, {"type": "all_private_chats"}, {"type": "default"})
        for scope in scopes:
            for code in (language, ""):
                if (scope_key(scope), code) in self.commands:
                    return self.commands[scope_key(scope), code]
        return []


def scope_key(scope: Json | None) -> str:
    """A command scope as a key."""
    return json.dumps(scope or {"type": "default"}, sort_keys=True)


def _bot_id(token: str) -> int:
    number = token.partition(":")[0]
    return int(number) if number.isdigit() else 1
