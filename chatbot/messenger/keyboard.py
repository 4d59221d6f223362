"""The buttons under a reply, as Telegram's JSON."""

from dataclasses import dataclass
from typing import Any, Protocol

from chatbot.command import Button, ChatKind, Reply

LONGEST_DATA_BYTES = 64
LONGEST_COPY_TEXT = 256
KEY_MARK = "~"  # before the key of a line that is too long for a button
MOST_BUTTONS_A_ROW = 8

Json = dict[str, Any]


class ButtonLines(Protocol):
    """Command lines that are too long for a button, by a short key."""

    async def keep(self, line: str, user_id: int | None = None) -> str:
        """Stores it for this person (None: for everybody) and returns its key."""
        ...

    async def recall(self, key: str, user_id: int | None) -> str | None:
        """None when it is unknown, old, or another person's."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens an address."""

    label: str
    url: str


def private_link(bot_name: str, key: str) -> str:
    """Opens the private chat, which then asks the line of that key."""
    return f"https://t.me/{bot_name}?start={key}"


@dataclass(frozen=True, slots=True)
class Keyboards:
    """Makes keyboards; `user_id` owns the lines behind long buttons (None: anybody may press them)."""

    bot_name: str
    lines: ButtonLines

    async def under(self, reply: Reply, kind: ChatKind, user_id: int | None, link: Link | None = None) -> Json | None:
        """The rows of the reply, those too long for a phone broken, and `link` below them. None where there is none."""
        rows = [
            [await self._button(button, kind, user_id) for button in row[start : start + MOST_BUTTONS_A_ROW]]
            for row in reply.buttons
            for start in range(0, len(row), MOST_BUTTONS_A_ROW)
        ]
        if link is not None:
            rows.append([{"text": link.label, "url": link.url}])
        return {"inline_keyboard": rows} if rows else None

    async def _button(self, button: Button, kind: ChatKind, user_id: int | None) -> Json:
        if button.copy_text:
            return {"text": button.label, "copy_text": {"text": button.copy_text[:LONGEST_COPY_TEXT]}}
        if button.is_private and kind is not ChatKind.PRIVATE:
            key = await self.lines.keep(button.command)
            return {"text": button.label, "url": private_link(self.bot_name, key)}
        if len(button.command.encode()) <= LONGEST_DATA_BYTES:
            return {"text": button.label, "callback_data": button.command}
        key = await self.lines.keep(button.command, user_id)
        return {"text": button.label, "callback_data": f"{KEY_MARK}{key}"}
