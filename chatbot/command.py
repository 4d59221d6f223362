"""The vocabulary of asking and answering: what a command is given and what it gives back. No Telegram here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum

from chatbot.core.alerts.parcels import Digest as Digest
from chatbot.core.alerts.parcels import Parcel as Parcel
from chatbot.core.chats import ChatKind as ChatKind
from chatbot.core.chats import ChatSettings as ChatSettings
from chatbot.core.chats import SectorEdit as SectorEdit
from chatbot.core.ports import MOST_RULES as MOST_RULES
from chatbot.core.ports import Alerts as Alerts
from chatbot.core.ports import Answers as Answers
from chatbot.core.ports import Change as Change
from chatbot.core.ports import Charges as Charges
from chatbot.core.ports import ChatBook as ChatBook
from chatbot.core.ports import Chats as Chats
from chatbot.core.ports import ExchangeState as ExchangeState
from chatbot.core.ports import KeptAnswer as KeptAnswer
from chatbot.core.ports import MarketData as MarketData
from chatbot.core.ports import Outbox as Outbox
from chatbot.core.ports import PersonalData as PersonalData
from chatbot.core.ports import Portfolios as Portfolios
from chatbot.core.ports import Settings as Settings


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One question: the command line as typed or as carried by a button, who asks, where, and when."""

    update_id: int
    user_id: int
    chat_id: int
    chat_kind: ChatKind
    text: str
    asked_at: datetime
    is_press: bool = False
    is_administrator: bool = False  # known to be one without asking: alone in the chat, or writing as the group
    thread_id: int | None = None  # the forum topic
    attachment: Attachment | None = None

    @property
    def words(self) -> str:
        """The line without its command word; line breaks are kept, they separate entries."""
        return "".join(self.text.split(maxsplit=1)[1:])

    @property
    def setting_id(self) -> int:
        """The number to store under what sets a value: each tap is one, since tapping to and fro repeats a line.

        A button counts once by `update_id`; set twice, a value is the same.
        """
        return self.update_id - int(self.asked_at.timestamp() * 1_000_000) if self.is_press else self.update_id


@dataclass(frozen=True, slots=True)
class Button:
    """A command with a label, or a text to copy (`copy_text`), never both.

    `is_private`: opens the private chat and asks there, for what nobody else may read.
    """

    label: str
    command: str = ""
    copy_text: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a picture: y over x, with the words of its legend."""

    label: str
    points: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at `x` with its words, e.g. the liquidation price."""

    label: str
    x: Decimal


@dataclass(frozen=True, slots=True)
class Picture:
    """A line chart to be drawn, as values: three figures in large type, curves, marks."""

    title: str
    figures: tuple[tuple[str, str], ...]  # (words, formatted value), three of them
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    caption: str  # HTML, up to 1,024 characters


@dataclass(frozen=True, slots=True)
class TimeCurve:
    """Values over time; `is_steps`: each holds until the next. A gap is a None."""

    label: str
    points: tuple[tuple[datetime, Decimal | None], ...]
    is_steps: bool = False


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Panels one above the other on one axis of time, as values; `figures` and `caption` as in Picture."""

    title: str
    figures: tuple[tuple[str, str], ...]
    panels: tuple[tuple[str, tuple[TimeCurve, ...]], ...]  # (words of the y axis, curves)
    caption: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table of signed shares as colours with their figures; None is a gap. `figures` and `caption` as in Picture.

    `is_percent`: figures in percent with a sign; else as they are with two digits, as correlations are written.
    """

    title: str
    figures: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Decimal | None, ...]], ...]
    caption: str
    is_percent: bool = True


@dataclass(frozen=True, slots=True)
class Bars:
    """Two shares side by side in each row, 0 to 1, with the words of both. `figures` and `caption` as in Picture."""

    title: str
    figures: tuple[tuple[str, str], ...]
    legend: tuple[str, str]
    rows: tuple[tuple[str, Decimal, Decimal], ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Trail:
    """Where something was and is, in a plane of two shares: the oldest point first, the last is now."""

    label: str
    points: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Trails in a plane cut in four at zero, as values. `names`: right above, right below, left below, left above.

    `figures` and `caption` as in Picture.
    """

    title: str
    figures: tuple[tuple[str, str], ...]
    x_label: str
    y_label: str
    names: tuple[str, str, str, str]
    trails: tuple[Trail, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What each of some cases comes to, in dollars, part by part: signed bars with their sum.

    `parts`: the words of the legend; each row has a value for each of them. `figures` and `caption` as in Picture.
    """

    title: str
    figures: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Decimal, ...]], ...]
    caption: str


Drawing = Picture | TimeChart | HeatMap | Bars | Quadrants | Outcomes


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent."""

    name: str
    content: bytes


class Audience(Enum):
    """Who may read a reply. What is about somebody's holdings never goes to a group."""

    ANYONE = "anyone"
    ASKER = "asker"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer: HTML text, rows of buttons, and what goes with them. `plan` is what `ask --json` prints.

    `is_new_message`: answer a press in a new message rather than by editing the one that was pressed.
    `failure`: set by `chatbot.apology`; the exit code of `ask` comes from it.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: Drawing | None = None
    file: File | None = None
    audience: Audience = Audience.ANYONE
    plan: object | None = None
    is_new_message: bool = False
    failure: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside a command that it may use."""

    market: MarketData
    portfolios: Portfolios
    answers: Answers
    personal_data: PersonalData
    settings: Settings
    alerts: Alerts
    charges: Charges
    chat_book: ChatBook
    chats: Chats
    now: Callable[[], datetime]


async def may_change(call: Call, services: Services) -> bool:
    """Whether the asker may change what this chat chose: alone in it, or its administrator at this moment."""
    if call.chat_kind is ChatKind.PRIVATE or call.is_administrator:
        return True
    return await services.chats.administers(call.chat_id, call.user_id)


async def end_silence(chat_id: int, services: Services) -> None:
    """A chat that could not be told is tried again: somebody there cares, and may have made room for us unheard."""
    known = await services.chat_book.find(chat_id)
    if known is not None and known.quiet_since is not None:
        await services.chat_book.opened(replace(known, quiet_since=None, reason=""))


Answer = Callable[[Call, Services], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked.

    `explain` and `depict` turn a kept plan (JSON) into the reply to `How?` and `Chart`.
    """

    name: str
    summary: str  # in the command list, up to 256 characters
    help: str  # HTML, with examples
    answer: Answer
    examples: tuple[str, ...] = ()
    needs_market: bool = True
    in_groups: bool = True
    is_listed: bool = True
    explain: Callable[[str], Reply] | None = None
    depict: Callable[[str], Reply] | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """How what happened without a question is said, as functions of handlers; the sender calls them.

    `alerts`: everything that waits for one private chat, as one message. `digest`: a group's message, whole.
    """

    alerts: Callable[[int, tuple[Parcel, ...], Services], Awaitable[Reply]]
    digest: Callable[[Digest, ChatSettings, datetime], Reply]
