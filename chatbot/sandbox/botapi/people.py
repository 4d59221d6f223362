"""The other side of the chat: what people do on their phones, as method calls. Each doing becomes an update."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from chatbot.sandbox.botapi.chats import Chat, Json
from chatbot.sandbox.botapi.formatting import CAPTION_LIMIT, TEXT_LIMIT, plain_text
from chatbot.sandbox.botapi.groups import USER as USER
from chatbot.sandbox.botapi.groups import Groups
from chatbot.sandbox.botapi.limits import Limits
from chatbot.sandbox.botapi.markup import utf16_length
from chatbot.sandbox.botapi.membership import ADMINISTRATORS, ANONYMOUS
from chatbot.sandbox.botapi.record import Refused, Sent
from chatbot.sandbox.botapi.topics import GENERAL
from chatbot.sandbox.botapi.troubles import Trouble

ANSWER_TIMEOUT = 15.0  # seconds a phone waits for the answer to a press
_MIME_TYPES = {"csv": "text/csv", "txt": "text/plain", "json": "application/json", "png": "image/png"}


class People(Groups):
    """People and their chats with the bot.

    A chat is a person's private one where only `user_id` is given, or nothing (then it is USER's).
    What a phone does not let one do (an empty text, pressing what is not there) raises ValueError.
    """

    at_phone: tuple[int, ...] = (USER,)  # whose chats the page shows

    # what is seen

    def chat(self, chat_id: int = USER) -> Chat:
        """The chat itself; `watch()` on it tells what happens there."""
        return self.state.private_chat(chat_id) if chat_id > 0 else self.state.chats[chat_id]

    def messages(self, chat_id: int = USER) -> tuple[Json, ...]:
        """What the phone shows, oldest first, as Bot API messages."""
        return self.chat(chat_id).messages()

    @property
    def sent(self) -> tuple[Sent, ...]:
        """Everything the bot sent, edited, deleted and answered presses with, in the order it was carried out."""
        return tuple(self.state.record.sent)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What of that it was refused."""
        return tuple(self.state.record.refused)

    @property
    def floods(self) -> int:
        """How often it was answered 429."""
        return self.state.record.floods

    # what is done

    async def say(
        self,
        text: str,
        *,
        chat_id: int | None = None,
        user_id: int | None = None,
        reply_to: int | None = None,
        thread_id: int = 0,
        anonymously: bool = False,
    ) -> Json:
        """Send a text of up to 4,096 UTF-16 units; gives the message. `anonymously`: as the group, by who rules it."""
        written = plain_text(text)
        if not written.text or utf16_length(written.text) > TEXT_LIMIT:
            raise ValueError("a phone sends texts of 1 to 4,096 characters")
        if anonymously:
            return self._send_as_group(written.json(), chat_id or 0, user_id or USER, thread_id, reply_to)
        return self._send(written.json(), chat_id, user_id, reply_to, thread_id)

    async def open_link(self, url: str, user_id: int = USER, *, chat_id: int | None = None) -> Json:
        """Tap `t.me/<bot>?start=key`, which says `/start key` in the private chat; gives that message.

        `?startgroup=key` brings the bot into the group `chat_id` and says it there.
        """
        start, startgroup = self._keys(url)
        if startgroup is not None:
            if chat_id is None:
                raise ValueError("that link asks for a group")
            if not self.chat(chat_id).has_bot:
                self.add_bot(chat_id, user_id=user_id)
            text = f"/start@{self.state.bot['username']} {startgroup}".strip()
            return await self.say(text, chat_id=chat_id, user_id=user_id)
        if self.chat(user_id).closed:
            self.unblock(user_id)
        return await self.say(f"/start {start or ''}".strip(), user_id=user_id)

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
        return self._send({"document": document, **written.json("caption_")}, chat_id, user_id)

    async def edit(self, message_id: int, text: str, *, chat_id: int | None = None, user_id: int | None = None) -> Json:
        """Change an own text; gives the changed message."""
        chat, sender = self._where(chat_id, user_id)
        old = chat.message(message_id)
        if old is None or chat.author(message_id) != sender["id"] or "text" not in old:
            raise ValueError("no own text of that number to edit")
        frame = {name: value for name, value in old.items() if name not in ("text", "entities")}
        new = {**frame, **plain_text(text).json(), "edit_date": self.state.timestamp()}
        chat.show(new)
        self._tell_bot(chat, "edited_channel_post" if chat.kind == "channel" else "edited_message", new)
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
        if chat.has_bot:
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

    # what goes wrong

    def block(self, user_id: int = USER) -> None:
        """A person blocks the bot."""
        self._close(user_id, "bot was blocked by the user")

    def unblock(self, user_id: int = USER) -> None:
        """The same person lets it speak again."""
        self._close(user_id, "")

    def deactivate(self, user_id: int) -> None:
        """A person deletes the account; nobody is told."""
        self.chat(user_id).closed = "user is deactivated"

    def flood(self, chat_id: int, seconds: float) -> None:
        """Answer 429 to everything sent to this chat for so long."""
        self.chat(chat_id).quiet(self.state.now() + timedelta(seconds=seconds))

    def enforce_limits(
        self, *, overall_per_second: int = 30, person_at_once: int = 3, group_per_minute: int = 20
    ) -> None:
        """Answer 429 from now on to what is too much; see `limits`. `floods` counts it."""
        self.state.flood.limits = Limits(overall_per_second, person_at_once, group_per_minute)

    def slow_answers(self, chat_id: int | None, seconds: float, times: int | None = None) -> None:
        """Carry out what is sent to this chat (None: to any), and answer so much later."""
        self.state.troubles.plan(Trouble.SLOW, chat_id, seconds=seconds, times=times)

    def lose_answers(self, chat_id: int | None, times: int | None = None) -> None:
        """Carry it out, and break the connection instead of answering."""
        self.state.troubles.plan(Trouble.LOST, chat_id, times=times)

    def swallow(self, chat_id: int | None, times: int | None = None) -> None:
        """Neither carry it out nor ever answer."""
        self.state.troubles.plan(Trouble.SWALLOWED, chat_id, times=times)

    def fail(self, chat_id: int | None, code: int = 502, times: int | None = None) -> None:
        """Do not carry it out, and answer with this error of the server."""
        self.state.troubles.plan(Trouble.REFUSED, chat_id, code=code, times=times)

    def calm(self, chat_id: int | None = None) -> None:
        """End the four above for this chat, or all of them."""
        self.state.troubles.calm(chat_id)

    def repeat_last_update(self) -> None:
        """Deliver the newest update a second time under its own number."""
        self.state.updates.repeat_last()

    # inner

    def _where(self, chat_id: int | None, user_id: int | None) -> tuple[Chat, Json]:
        here = chat_id or user_id or USER
        if here > 0 and user_id not in (None, here):
            raise ValueError("nobody writes in somebody else's private chat")
        return self.chat(here), self.state.person(here if here > 0 else user_id or USER)

    def _send(
        self, content: Json, chat_id: int | None, user_id: int | None, reply_to: int | None = None, thread_id: int = 0
    ) -> Json:
        chat, sender = self._where(chat_id, user_id)
        if chat.kind == "channel" and chat.members.get(sender["id"]) not in ADMINISTRATORS:
            raise ValueError("only administrators post in a channel")
        chat.is_known = True
        message = self.state.post(chat, sender, {**self._place(chat, thread_id, reply_to), **content})
        self._tell_bot(chat, "channel_post" if chat.kind == "channel" else "message", message)
        return message

    def _send_as_group(self, content: Json, chat_id: int, user_id: int, thread_id: int, reply_to: int | None) -> Json:
        chat = self.chat(chat_id)
        if chat.members.get(user_id) not in ADMINISTRATORS:
            raise ValueError("only administrators write as the group")
        hidden = {"sender_chat": chat.profile, **self._place(chat, thread_id, reply_to), **content}
        message = self.state.post(chat, ANONYMOUS, hidden, user_id)
        self._tell_bot(chat, "message", message)
        return message

    def _place(self, chat: Chat, thread_id: int, reply_to: int | None) -> Json:
        if thread_id and (chat.topics is None or thread_id not in chat.topics):
            raise ValueError(f"no topic {thread_id}")
        return chat.place(0 if thread_id == GENERAL else thread_id, chat.message(reply_to) if reply_to else None)

    def _keys(self, url: str) -> tuple[str | None, str | None]:
        """What follows `start=` and `startgroup=`. Raises ValueError where it is no link to the bot."""
        parts = urlsplit(url if "://" in url else f"https://{url}")
        if parts.hostname not in ("t.me", "telegram.me") or parts.path != f"/{self.state.bot['username']}":
            raise ValueError(f"no link to the bot: {url}")
        query = parse_qs(parts.query, keep_blank_values=True)
        keys = [query[name][0] if name in query else None for name in ("start", "startgroup")]
        if not all(re.fullmatch(r"[A-Za-z0-9_-]{0,64}", key or "") for key in keys):
            raise ValueError(f"no key of up to 64 letters, digits, - and _: {url}")
        return keys[0], keys[1]

    def _close(self, user_id: int, reason: str) -> None:
        chat = self.chat(user_id)
        old = self.state.member(chat, self.state.bot["id"])
        chat.closed = reason
        self._tell_change(chat, self.state.bot["id"], old, user_id)


def _callback_data(message: Json) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


async def _next_of_bot(events: asyncio.Queue[Json]) -> Json:
    while True:
        event = await events.get()
        if event["event"] == "message" and event["message"]["from"]["is_bot"]:
            message: Json = event["message"]
            return message
