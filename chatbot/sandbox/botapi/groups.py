"""What happens to groups and channels: who comes and goes, what the bot may do there, topics. Each is an update."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from chatbot.sandbox.botapi.chats import Chat, Json
from chatbot.sandbox.botapi.membership import ADMINISTRATORS, OUTSIDE
from chatbot.sandbox.botapi.state import State
from chatbot.sandbox.botapi.topics import GENERAL

USER = 1_000_001  # who holds the phone where nobody is named
_TOPIC_COLOR = 7322096
_POSTING = {"can_post_messages": True, "can_edit_messages": True, "can_delete_messages": True}


class Groups:
    """Groups and channels. `user_id` is who does it."""

    def __init__(self, token: str, now: Callable[[], datetime]) -> None:
        self.state = State(token, now)

    def add_group(
        self,
        chat_id: int,
        title: str = "Group",
        *,
        administrators: Iterable[int] = (),
        members: Iterable[int] = (),
        is_forum: bool = False,
        has_bot: bool = True,
    ) -> Chat:
        """A group, with the bot in it: a basic one, or below -10^12 a supergroup, which may have topics."""
        chat = self.state.group(chat_id, title, self._statuses(administrators, members), is_forum=is_forum)
        if has_bot:
            self.add_bot(chat_id)
        return chat

    def add_channel(
        self, chat_id: int, title: str = "Channel", *, administrators: Iterable[int] = (), members: Iterable[int] = ()
    ) -> Chat:
        """A channel, still without the bot."""
        return self.state.group(chat_id, title, self._statuses(administrators, members), is_channel=True)

    def add_bot(self, chat_id: int, *, user_id: int = USER) -> None:
        """Bring the bot into a group as a member, or into a channel as an administrator who may post."""
        chat = self.state.chats[chat_id]
        if chat.kind == "channel":
            self.promote_bot(chat_id, user_id=user_id)
            return
        self._change(chat, self.state.bot["id"], "member", {}, user_id)
        self._serve(chat, user_id, {"new_chat_members": [self.state.bot]})

    def promote_bot(self, chat_id: int, *, user_id: int = USER, **rights: bool) -> None:
        """Make the bot an administrator, who sees every message; of a channel, one who may post unless told not to."""
        chat = self.state.chats[chat_id]
        usual = _POSTING if chat.kind == "channel" else {}
        self._change(chat, self.state.bot["id"], "administrator", usual | rights, user_id)

    def demote_bot(self, chat_id: int, *, user_id: int = USER) -> None:
        """A member like others again."""
        self._change(self.state.chats[chat_id], self.state.bot["id"], "member", {}, user_id)

    def restrict_bot(self, chat_id: int, *, user_id: int = USER, **permissions: bool) -> None:
        """The bot may stay and not write, unless a permission says so."""
        self._change(self.state.chats[chat_id], self.state.bot["id"], "restricted", permissions, user_id)

    def remove_bot(self, chat_id: int, *, user_id: int = USER, status: str = "kicked") -> None:
        """Throw the bot out; with `left` it may be brought in again by anybody."""
        chat = self.state.chats[chat_id]
        if chat.kind != "channel" and chat.has_bot:
            self._serve(chat, user_id, {"left_chat_member": self.state.bot})
        self._change(chat, self.state.bot["id"], status, {}, user_id)

    def set_member(self, chat_id: int, member_id: int, status: str, *, user_id: int = USER, **details: Any) -> None:
        """Give somebody a status, with what differs (`is_anonymous=True`); `chat_member` tells it."""
        self._change(self.state.chats[chat_id], member_id, status, details, user_id)

    # topics

    def add_topic(self, chat_id: int, name: str, *, user_id: int = USER) -> int:
        """Open a topic in a forum; gives its number."""
        chat, topics = self._forum(chat_id)
        thread_id = self.state.next_message_id(chat)
        created = {"forum_topic_created": {"name": name, "icon_color": _TOPIC_COLOR}}
        place = {"message_id": thread_id, "message_thread_id": thread_id, "is_topic_message": True}
        topics.add(thread_id, name)
        chat.announce({"event": "topics"})
        self._tell_bot(chat, "message", self.state.post(chat, self.state.person(user_id), {**place, **created}))
        return thread_id

    def close_topic(self, chat_id: int, thread_id: int = GENERAL, *, user_id: int = USER) -> None:
        """Only who manages topics writes there from now on."""
        chat, topics = self._forum(chat_id)
        topics.close(thread_id)
        self._serve(chat, user_id, {"forum_topic_closed": {}}, thread_id)
        chat.announce({"event": "topics"})

    def reopen_topic(self, chat_id: int, thread_id: int = GENERAL, *, user_id: int = USER) -> None:
        """Everybody may write there again."""
        chat, topics = self._forum(chat_id)
        topics.close(thread_id, is_closed=False)
        self._serve(chat, user_id, {"forum_topic_reopened": {}}, thread_id)
        chat.announce({"event": "topics"})

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """The topic and its messages go; nobody is told."""
        chat, topics = self._forum(chat_id)
        topics.remove(thread_id)
        for message in chat.messages():
            if message.get("is_topic_message") and message["message_thread_id"] == thread_id:
                chat.remove(message["message_id"])
        chat.announce({"event": "topics"})

    # another number

    def upgrade_group(self, chat_id: int, new_chat_id: int, *, is_forum: bool = False) -> Chat:
        """Turn a basic group into a supergroup: its number changes.

        The bot is told in three updates: it is a member of a new chat, the old one has moved, the new one was another.
        Of its leaving the old one it is not told (tdlib/telegram-bot-api#266).
        """
        old, bot_id = self.state.chats[chat_id], self.state.bot["id"]
        new = self.state.group(new_chat_id, old.profile["title"], old.members | {bot_id: "left"}, is_forum=is_forum)
        new.details = {user_id: rights for user_id, rights in old.details.items() if user_id != bot_id}
        status, rights = old.bot_status, old.details.get(bot_id, {})
        if status not in OUTSIDE:
            self._change(new, bot_id, status, rights, USER)
        self._serve(old, USER, {"migrate_to_chat_id": new_chat_id})
        old.new_chat_id = new_chat_id
        old.announce({"event": "members"})
        new.announce({"event": "members"})
        self._serve(new, USER, {"migrate_from_chat_id": chat_id})
        return new

    # inner

    def _statuses(self, administrators: Iterable[int], members: Iterable[int]) -> dict[int, str]:
        statuses = dict.fromkeys(members, "member") | dict.fromkeys(administrators, "administrator")
        for user_id in statuses:
            self.state.person(user_id)
        return statuses | {self.state.bot["id"]: "left"}

    def _forum(self, chat_id: int) -> tuple[Chat, Any]:
        chat = self.state.chats[chat_id]
        if chat.topics is None:
            raise ValueError(f"{chat_id} has no topics")
        return chat, chat.topics

    def _serve(self, chat: Chat, user_id: int, content: Json, thread_id: int = 0) -> None:
        """A service message."""
        place = chat.place(thread_id if thread_id != GENERAL else 0)
        message = self.state.post(chat, self.state.person(user_id), {**place, **content})
        self._tell_bot(chat, "message", message)

    def _change(self, chat: Chat, member_id: int, status: str, details: Json, user_id: int) -> None:
        old = self.state.member(chat, member_id)
        chat.members[member_id] = status
        chat.details[member_id] = details
        self._tell_change(chat, member_id, old, user_id)

    def _tell_change(self, chat: Chat, member_id: int, old: Json, user_id: int) -> None:
        is_bot = member_id == self.state.bot["id"]
        change = {
            "chat": chat.profile,
            "from": self.state.person(user_id),
            "date": self.state.timestamp(),
            "old_chat_member": old,
            "new_chat_member": self.state.member(chat, member_id),
        }
        if is_bot or chat.bot_status in ADMINISTRATORS:
            self.state.updates.add("my_chat_member" if is_bot else "chat_member", change)
        chat.announce({"event": "members"})

    def _tell_bot(self, chat: Chat, kind: str, message: Json) -> None:
        if chat.has_bot and self._bot_sees(chat, message):
            self.state.updates.add(kind, message)

    def _bot_sees(self, chat: Chat, message: Json) -> bool:
        """In a group: commands, mentions, replies to it and what is no message of a person; all as administrator."""
        if (
            chat.is_private
            or chat.bot_status == "administrator"
            or not {"text", "caption", "document"} & message.keys()
        ):
            return True
        bot, answered = self.state.bot, message.get("reply_to_message", {})
        if answered and chat.author(answered["message_id"]) == bot["id"]:
            return True
        text = message.get("text") or message.get("caption", "")
        first_word = text.split(maxsplit=1)[0] if text else ""
        is_command = first_word.startswith("/") and first_word.partition("@")[2] in ("", bot["username"])
        return is_command or f"@{bot['username']}" in text
