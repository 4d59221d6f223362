"""The other side of the chat: what people do on their phones, as method calls. Each doing becomes an update."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from chatbot.sandbox.botapi.chats import Chat, Json
from chatbot.sandbox.botapi.formatting import CAPTION_LIMIT, TEXT_LIMIT, plain_text
from chatbot.sandbox.botapi.markup import utf16_length
from chatbot.sandbox.botapi.methods import member
from chatbot.sandbox.botapi.state import State

USER = 1_000_001  # who holds the phone where nobody is named
ANSWER_TIMEOUT = 15.0  # seconds a phone waits for the answer to a press
_MIME_TYPES = {"csv": "text/csv", "txt": "text/plain", "json": "application/json", "png": "image/png"}


class People:
    """People and their chats with the bot.

    A chat is a person's private one where only `user_id` is given, or nothing (then it is USER's).
    What a phone does not let one do (an empty text, pressing what is not there) raises ValueError.
    """

    def __init__(self, token: str, now: Callable[[], datetime]) -> None:
        self.state = State(token, now)

    # what is seen

    def chat(self, chat_id: int = USER) -> Chat:
        """The chat itself; `watch()` on it tells what happens there."""
        return self.state.private_chat(chat_id) if chat_id > 0 else self.state.chats[chat_id]

    def messages(self, chat_id: int = USER) -> tuple[Json, ...]:
        """What the phone shows, oldest first, as Bot API messages."""
        return self.chat(chat_id).messages()

    # what is done

    async def say(
        self, text: str, *, chat_id: int | None = None, user_id: int | None = None, reply_to: int | None = None
    ) -> Json:
        """Send a text of up to 4,096 UTF-16 units; gives the message."""
        written = plain_text(text)
        if not written.text or utf16_length(written.text) > TEXT_LIMIT:
            raise ValueError("a phone sends texts of 1 to 4,096 characters")
        return self._send(written.json(), chat_id, user_id, reply_to)

    async def upload(
        self, name: str, content: bytes, caption: str = "", *, chat_id: int | None = None, user_id: int | None = None
    ) -> Json:
        """Send a file; gives the message."""
        written = plain_text(caption)
        if utf16_length(written.text) > CAPTION_LIMIT:
            raise ValueError("a caption has up to 1,024 characters")
        mime_type = _MIME_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        file = self.state.store(name, content, mime_type)
        document = {**file.json(), "file_name": file.name, "mime_type": file.mime_type}
        return self._send({"document": document, **written.json("caption_")}, chat_id, user_id, None)

    async def edit(self, message_id: int, text: str, *, chat_id: int | None = None, user_id: int | None = None) -> Json:
        """Change an own text; gives the changed message."""
        chat, sender = self._where(chat_id, user_id)
        old = chat.message(message_id)
        if old is None or old["from"]["id"] != sender["id"] or "text" not in old:
            raise ValueError("no own text of that number to edit")
        frame = {name: value for name, value in old.items() if name not in ("text", "entities")}
        new = {**frame, **plain_text(text).json(), "edit_date": self.state.timestamp()}
        chat.show(new)
        self._tell_bot(chat, "edited_message", new)
        return new

    async def press(
        self, message_id: int, data: str, *, chat_id: int | None = None, user_id: int | None = None
    ) -> Json:
        """Press the button that carries `data`; gives the callback query, to be answered through `answer`."""
        chat, sender = self._where(chat_id, user_id)
        message = chat.message(message_id)
        if message is None or data not in _callback_data(message):
            raise ValueError(f"message {message_id} has no button with {data!r}")
        query = {
            "id": self.state.new_query(),
            "from": sender,
            "message": message,
            "chat_instance": str(chat.id),
            "data": data,
        }
        self.state.updates.add("callback_query", query)
        return query

    async def answer(self, query_id: str, within: float = ANSWER_TIMEOUT) -> Json | None:
        """What the bot answered to a press (`text`, `show_alert`, `url`); None after `within` seconds without one."""
        future = self.state.query(query_id)
        if future is None:
            return None
        await asyncio.wait([future], timeout=within)
        return future.result() if future.done() else None

    async def ask(self, text: str, *, user_id: int | None = None, within: float = 10.0) -> Json:
        """Say something in a private chat and wait for the bot's next message there. Raises TimeoutError."""
        with self.chat(user_id or USER).watch() as events:
            await self.say(text, user_id=user_id)
            async with asyncio.timeout(within):
                return await _next_of_bot(events)

    # groups

    def add_group(
        self, chat_id: int, title: str = "Group", *, administrators: Iterable[int] = (), members: Iterable[int] = ()
    ) -> Chat:
        """A group with the bot in it: a basic one, or below -10^12 a supergroup."""
        status = dict.fromkeys(members, "member") | dict.fromkeys(administrators, "administrator")
        chat = self.state.group(chat_id, title, status | {self.state.bot["id"]: "left"})
        self._change_bot_status(chat, USER, "member")
        return chat

    def promote_bot(self, chat_id: int) -> None:
        """Make the bot an administrator, who sees every message."""
        self._change_bot_status(self.chat(chat_id), USER, "administrator")

    def remove_bot(self, chat_id: int) -> None:
        """Throw the bot out of a group."""
        chat = self.chat(chat_id)
        self._change_bot_status(chat, USER, "kicked")
        chat.closed = f"bot was kicked from the {chat.profile['type']} chat"

    def upgrade_group(self, chat_id: int, new_chat_id: int) -> Chat:
        """Turn a basic group into a supergroup: its number changes, two service messages say so."""
        old = self.chat(chat_id)
        new = self.state.group(new_chat_id, old.profile["title"], old.members)
        old.new_chat_id = new_chat_id
        sender = self.state.person(USER)
        for chat, content in (
            (old, {"migrate_to_chat_id": new_chat_id}),
            (new, {"migrate_from_chat_id": chat_id}),
        ):
            self.state.updates.add("message", self.state.post(chat, sender, content))
        return new

    # what goes wrong

    def block(self, user_id: int = USER) -> None:
        """A person blocks the bot."""
        chat = self.chat(user_id)
        self._change_bot_status(chat, user_id, "kicked")
        chat.closed = "bot was blocked by the user"

    def unblock(self, user_id: int = USER) -> None:
        """The same person lets it speak again."""
        chat = self.chat(user_id)
        chat.closed = ""
        self._change_bot_status(chat, user_id, "member")

    def flood(self, chat_id: int, seconds: float) -> None:
        """Answer 429 to everything sent to this chat for so long."""
        self.chat(chat_id).quiet(self.state.now() + timedelta(seconds=seconds))

    def repeat_last_update(self) -> None:
        """Deliver the newest update a second time under its own number."""
        self.state.updates.repeat_last()

    # inner

    def _where(self, chat_id: int | None, user_id: int | None) -> tuple[Chat, Json]:
        here = chat_id or user_id or USER
        if here > 0 and user_id not in (None, here):
            raise ValueError("nobody writes in somebody else's private chat")
        return self.chat(here), self.state.person(here if here > 0 else user_id or USER)

    def _send(self, content: Json, chat_id: int | None, user_id: int | None, reply_to: int | None) -> Json:
        chat, sender = self._where(chat_id, user_id)
        answered = chat.message(reply_to) if reply_to else None
        chat.is_known = True
        message = self.state.post(chat, sender, content | ({"reply_to_message": answered} if answered else {}))
        self._tell_bot(chat, "message", message)
        return message

    def _tell_bot(self, chat: Chat, kind: str, message: Json) -> None:
        if not chat.closed and self._bot_sees(chat, message):
            self.state.updates.add(kind, message)

    def _bot_sees(self, chat: Chat, message: Json) -> bool:
        """In a group: commands, mentions and replies that are meant for it; all of them as administrator."""
        bot = self.state.bot
        if chat.is_private or chat.members.get(bot["id"]) == "administrator":
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == bot["id"]:
            return True
        text = message.get("text") or message.get("caption", "")
        first_word = text.split(maxsplit=1)[0] if text else ""
        is_command = first_word.startswith("/") and first_word.partition("@")[2] in ("", bot["username"])
        return is_command or f"@{bot['username']}" in text

    def _change_bot_status(self, chat: Chat, user_id: int, status: str) -> None:
        bot_id = self.state.bot["id"]
        old = chat.members.get(bot_id, "member")
        chat.members[bot_id] = status
        change = {
            "chat": chat.profile,
            "from": self.state.person(user_id),
            "date": self.state.timestamp(),
            "old_chat_member": member(self.state, bot_id, old),
            "new_chat_member": member(self.state, bot_id, status),
        }
        self.state.updates.add("my_chat_member", change)


def _callback_data(message: Json) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


async def _next_of_bot(events: asyncio.Queue[Json]) -> Json:
    while True:
        event = await events.get()
        if event["event"] == "message" and event["message"]["from"]["is_bot"]:
            message: Json = event["message"]
            return message
