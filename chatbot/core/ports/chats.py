"""Groups and channels: what Telegram says of them, and what is remembered."""

from datetime import datetime
from typing import Protocol

from chatbot.core.chats import KnownChat


class Chats(Protocol):
    """What Telegram says of chats, asked each time."""

    async def administers(self, chat_id: int, user_id: int) -> bool:
        """Whether this person owns or administers that group or channel now; False where Telegram does not say."""
        ...

    async def look_up(self, name: str) -> KnownChat | None:
        """A public channel or group by its @name, or one by its id as text; `reason` says why the bot may not post."""
        ...


class ChatBook(Protocol):
    """The groups and channels the bot is in, and the chats that closed."""

    async def of_person(self, user_id: int) -> tuple[KnownChat, ...]:
        """The groups and channels that this person added the bot to."""
        ...

    async def find(self, chat_id: int) -> KnownChat | None: ...

    async def opened(self, chat: KnownChat) -> None:
        """The bot was added, unblocked or may post again: it is no longer quiet."""
        ...

    async def went_quiet(self, chat_id: int, reason: str, at: datetime) -> None:
        """Nothing is sent there any more; what it chose is kept for KEPT_WHILE_QUIET."""
        ...

    async def moved(self, chat_id: int, new_chat_id: int) -> None:
        """A group became a supergroup: every row of the old id takes the new one, in one transaction. Twice is once."""
        ...
