"""What waits to be told in a chat, and what the one message of a group says. Values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chatbot.core.alerts.rules import AlertFact, RateLine


class Standing(Enum):
    """How a parcel came to be told now."""

    FRESH = "fresh"
    LATE = "late"  # its deadline passed before it could go out: a line in the next message
    PERHAPS_SEEN = "perhaps seen"  # it was on its way when the bot stopped, or no answer came


@dataclass(frozen=True, slots=True)
class Parcel:
    """One fact for one chat."""

    id: int
    chat_id: int
    fact: AlertFact
    standing: Standing


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One line of a group's message. `is_over`: struck through.

    `rule_id`, `happened_at`: whose line it is and since when, so that a later fact of that rule replaces it.
    `perhaps_seen`: a message that said it was on its way when the bot stopped, or got no answer.
    """

    kind: str  # "extreme", "flip", "interval"
    line: RateLine
    is_over: bool = False
    rule_id: int = 0
    happened_at: datetime | None = None
    perhaps_seen: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """The one message of a group between two settlements. `message_id` None: not sent yet."""

    chat_id: int
    settled_at: datetime  # the settlement it is about (00, 08, 16 UTC)
    lines: tuple[DigestLine, ...]
    source: str
    as_of: datetime
    message_id: int | None = None
    told: str = ""  # what the message says now, so that an edit that changes nothing is not sent
    told_at: datetime | None = None
