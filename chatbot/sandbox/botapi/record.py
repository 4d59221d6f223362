"""Everything the bot sent, in the order the server carried it out, and what it was refused."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Sent:
    """One call that was carried out, whether or not its answer arrived. `message` as it was then; None for a press."""

    at: datetime
    method: str  # "sendMessage"
    chat_id: int  # 0 where a call names none
    message: dict[str, Any] | None

    @property
    def text(self) -> str:
        """What the message said."""
        return "" if self.message is None else self.message.get("text") or self.message.get("caption", "")


@dataclass(frozen=True, slots=True)
class Refused:
    """One call that was not carried out."""

    at: datetime
    method: str
    chat_id: int
    code: int
    description: str


class Record:
    """Both lists, bounded."""

    def __init__(self) -> None:
        self.sent: deque[Sent] = deque(maxlen=KEPT)
        self.refused: deque[Refused] = deque(maxlen=KEPT)

    @property
    def floods(self) -> int:
        """How often 429 was answered."""
        return sum(each.code == 429 for each in self.refused)
