"""Everything the server knows: the bot, people, chats, files, updates. Bounded, so that it can run for long."""

import asyncio
import json
import secrets
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count

from chatbot.sandbox.botapi.chats import Chat, Json, Watchers
from chatbot.sandbox.botapi.limits import FloodControl
from chatbot.sandbox.botapi.membership import ADMINISTRATORS, chat_member
from chatbot.sandbox.botapi.record import Record
from chatbot.sandbox.botapi.troubles import Troubles
from chatbot.sandbox.botapi.updates import Updates
from chatbot.sandbox.botapi.webhooks import Webhooks

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
    """The one changing thing of the server. `now` is the clock for message dates and flood control.

    Updates and messages are numbered from the second of the start: a bot that remembers the numbers of an earlier
    run meets none of them again, since people do less than one thing a second.
    """

    def __init__(self, token: str, now: Callable[[], datetime]) -> None:
        self.token = token
        self.now = now
        self.bot: Json = {"id": _bot_id(token), "is_bot": True, "first_name": "Hedge bot", "username": "sandbox_bot"}
        self.updates = Updates(self.timestamp())
        self.webhooks = Webhooks(self.updates, now)
        self.flood = FloodControl()
        self.troubles = Troubles()
        self.record = Record()
        self.everywhere = Watchers()  # what happens in any chat
        self.people: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}  # (what, language) -> name, description ...
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._queries: OrderedDict[str, asyncio.Future[Json]] = OrderedDict()
        self._message_ids: defaultdict[int, count[int]] = defaultdict(partial(count, self.timestamp()))
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
            profile = {"id": user_id, "type": "private", "first_name": first_name}
            self.chats[user_id] = Chat(profile, self.everywhere, self.bot["id"])
        return self.chats[user_id]

    def group(
        self, chat_id: int, title: str, members: Mapping[int, str], *, is_forum: bool = False, is_channel: bool = False
    ) -> Chat:
        """A new group or channel with its members and their status; a supergroup where the number says so."""
        kind = "channel" if is_channel else "supergroup" if chat_id < FIRST_SUPERGROUP else "group"
        profile = {"id": chat_id, "type": kind, "title": title} | ({"is_forum": True} if is_forum else {})
        self.chats[chat_id] = Chat(profile, self.everywhere, self.bot["id"], dict(members))
        return self.chats[chat_id]

    def member(self, chat: Chat, user_id: int) -> Json:
        """Somebody as a ChatMember of this chat."""
        user = self.bot if user_id == self.bot["id"] else self.person(user_id)
        status = chat.members.get(user_id, "left")
        if chat.is_private:
            status = chat.bot_status if user_id == self.bot["id"] else "member" if user_id == chat.id else "left"
        return chat_member(user, status, chat.details.get(user_id))

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups and channels number their messages by themselves, all other chats together."""
        series = chat.id if chat.kind in ("supergroup", "channel") else 0
        return next(self._message_ids[series])

    def post(self, chat: Chat, sender: Json, content: Json, author: int | None = None) -> Json:
        """A new message in the chat; a channel's are its own, whoever wrote them. `author`: if not the sender."""
        message = {
            "message_id": self.next_message_id(chat),
            **({"sender_chat": chat.profile} if chat.kind == "channel" else {"from": sender}),
            "chat": chat.profile,
            "date": self.timestamp(),
            **content,
        }
        chat.show(message, sender["id"] if author is None else author)
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

    def command_list(self, user_id: int, language: str, chat: Chat | None = None) -> list[Json]:
        """The commands a phone offers this person in a chat (None: the private one), as the documentation orders it."""
        is_group = chat is not None and not chat.is_private
        for scope in _group_scopes(chat, user_id) if chat is not None and is_group else _private_scopes(user_id):
            for code in (language, ""):
                if (scope_key(scope), code) in self.commands:
                    return self.commands[scope_key(scope), code]
        return []


def _private_scopes(user_id: int) -> tuple[Json, ...]:
    return {"type": "chat", "chat_id": user_id}, {"type": "all_private_chats"}, {"type": "default"}


def _group_scopes(chat: Chat, user_id: int) -> tuple[Json, ...]:
    here, rules = {"chat_id": chat.id}, chat.members.get(user_id) in ADMINISTRATORS
    return (
        {"type": "chat_member", **here, "user_id": user_id},
        *([{"type": "chat_administrators", **here}] if rules else []),
        {"type": "chat", **here},
        *([{"type": "all_chat_administrators"}] if rules else []),
        {"type": "all_group_chats"},
        {"type": "default"},
    )


def scope_key(scope: Json | None) -> str:
    """A command scope as a key."""
    return json.dumps(scope or {"type": "default"}, sort_keys=True)


def _bot_id(token: str) -> int:
    number = token.partition(":")[0]
    return int(number) if number.isdigit() else 1
