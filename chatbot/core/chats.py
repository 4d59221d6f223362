"""What a chat is and what it chose. Law: a chat that chose nothing has the defaults written here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo


class ChatKind(Enum):
    """A chat with one person, or one that others read."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


class Language(Enum):
    """What alerts and digests are written in; commands and their answers are English."""

    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"
    RUSSIAN = "ru"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in the chat's zone, 0 to 23: from the first up to (not including) the second, past midnight too.

    Equal hours mean the whole day.
    """

    from_hour: int
    to_hour: int


@dataclass(frozen=True, slots=True)
class GroupWatch:
    """What a group or channel is told of. No coins: the extremes of all."""

    coins: tuple[str, ...] = ()
    level_per_eight_hours: Decimal = Decimal("0.0005")
    thread_id: int | None = None  # the forum topic; None is the General one, or a chat without topics


class Bucket(Enum):
    """What money is for: its foundation, growth, small bets with coins or with futures, and what waits."""

    FOUNDATION = "foundation"
    GROWTH = "growth"
    SMALL = "small"
    FUTURES = "futures"
    STABLES = "stables"


class Weighting(Enum):
    """How the coins of one bucket share its money."""

    CURRENT = "current"
    EQUAL = "equal"
    INVERSE_VOLATILITY = "volatility"


@dataclass(frozen=True, slots=True)
class AllocationChoice:
    """What a person wants to hold. `target`: a preset's name or percentages, 60/25/10/5; empty where none was chosen.

    `buckets`: coins that the person put elsewhere than the catalogue does. Within `band_share` nothing is traded.
    """

    target: str = ""
    buckets: tuple[tuple[str, Bucket], ...] = ()
    band_share: Decimal = Decimal("0.05")
    weighting: Weighting = Weighting.CURRENT


@dataclass(frozen=True, slots=True)
class SectorEdit:
    """What a person changed in a sector of the catalogue; for one that it does not know, all its coins."""

    sector: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a person chose for the private chat, or its administrators for a group or channel."""

    zone: str = "UTC"  # IANA name
    quote: str | None = None  # USDT, USDC or USD: contracts in it come first
    exchange: str | None = None  # where hedges are sized unless the line says otherwise
    leverage: Decimal | None = None
    quiet: QuietHours | None = None
    language: Language = Language.ENGLISH
    watch: GroupWatch | None = None  # groups and channels
    allocation: AllocationChoice = AllocationChoice()
    sectors: tuple[SectorEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A group or channel the bot was added to, or a private chat that closed. `quiet_since`: nothing is sent since."""

    chat_id: int
    kind: ChatKind
    title: str
    added_by: int | None  # user id
    quiet_since: datetime | None = None
    reason: str = ""  # why it is quiet: "blocked", "removed", "may not post"


KEPT_WHILE_QUIET = timedelta(days=30)


def quiet_until(settings: ChatSettings, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in, in UTC, or None where it lies in none.

    Hours are those of the clock on the wall in the chat's zone, also on the days on which it is set.
    """
    quiet = settings.quiet
    if quiet is None:
        return None
    local = now.astimezone(ZoneInfo(settings.zone))
    if not _is_within(local.hour, quiet.from_hour, quiet.to_hour):
        return None
    end = local.replace(hour=quiet.to_hour, minute=0, second=0, microsecond=0, fold=0)
    while end.astimezone(UTC) <= now:
        end += timedelta(days=1)
    return end.astimezone(UTC)


def _is_within(hour: int, from_hour: int, to_hour: int) -> bool:
    if from_hour < to_hour:
        return from_hour <= hour < to_hour
    return hour >= from_hour or hour < to_hour
