"""What is remembered of people: what they hold, what they were answered, what they chose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatbot.core.chats import ChatSettings
from chatbot.core.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a portfolio that was stored, and the key under which it can be undone for a day."""

    before: Portfolio
    after: Portfolio
    undo_key: str


class Portfolios(Protocol):
    """Who holds what. A user's id comes from Telegram alone."""

    async def load(self, user_id: int) -> Portfolio: ...

    async def change(self, user_id: int, update_id: int, edit: Callable[[Portfolio], Portfolio]) -> Change | None:
        """Applies the pure `edit` to what is stored, and stores the result with the update's number in one transaction.

        None when this update was applied before: then nothing is done. What `edit` raises goes through, nothing stored.
        """
        ...

    async def undo(self, user_id: int, update_id: int, key: str) -> Change | None:
        """Puts back the coins that the change `key` touched, as they were before it. An undo can itself be undone.

        None when this update or this key was used before. UserMistake when the key is unknown, another user's or older
        than a day, and when those coins were changed again since.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given: the command's name and line, and its plan as JSON."""

    command: str
    line: str
    plan_json: str
    answered_at: datetime


class Answers(Protocol):
    """Answers that `How?` and `Chart` come back to, for 30 days."""

    async def keep(self, user_id: int, answer: KeptAnswer) -> str:
        """Stores it and returns its short key."""
        ...

    async def recall(self, user_id: int, key: str) -> KeptAnswer | None:
        """None when it is unknown, old, or another user's."""
        ...


class PersonalData(Protocol):
    """All that is stored about one person."""

    async def export(self, user_id: int) -> Mapping[str, object]:
        """Everything stored under this id, by table, as plain JSON values (decimals as text)."""
        ...

    async def forget(self, user_id: int) -> int:
        """Deletes all of it and returns how many rows that were."""
        ...

    async def confirm(self, user_id: int, purpose: str) -> str:
        """A one-time key for a button that asks 'really?'."""
        ...

    async def redeem(self, user_id: int, purpose: str, key: str) -> bool:
        """Whether this user got that key for this purpose within the last hour and has not used it; uses it up."""
        ...


class Settings(Protocol):
    """What each chat chose. A private chat's id is its person's."""

    async def load(self, chat_id: int) -> ChatSettings:
        """The defaults for a chat that chose nothing."""
        ...

    async def change(
        self, chat_id: int, update_id: int, edit: Callable[[ChatSettings], ChatSettings]
    ) -> ChatSettings | None:
        """Applies the pure `edit` and stores the result in one transaction with the update's number.

        A new zone is also the zone of the chat's DIGEST rules. None when this update was applied before.
        """
        ...
