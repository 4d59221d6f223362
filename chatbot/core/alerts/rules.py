"""What is watched for, in which state it is, and what is told. Values only.

Law: a level has its unit (per 8 hours; per year for a basis), and `unit` only says how its owner wrote it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

EIGHT_HOURS, YEAR = timedelta(hours=8), timedelta(days=365)
# Alerts that nobody taps for days: after this many the next waits at least so long.
BACK_OFF = (timedelta(days=1), timedelta(days=2), timedelta(days=7))


class Measure(Enum):
    """What a rule looks at."""

    RATE = "rate"  # of one exchange, or the highest (above) or lowest (below) of all that are ranked
    SPREAD = "spread"  # the highest less the lowest rate of the ranked exchanges
    BASIS = "basis"  # of the dated contract where it is largest (above) or smallest (below), a year
    FLIP = "flip"  # the sign changed: of one exchange, or of the one in the middle of all that are ranked
    INTERVAL = "interval"  # this exchange, or any, changed its funding interval
    EXTREMES = "extremes"  # every coin with enough volume beyond the level, in either direction
    TOP = "top"  # the highest and lowest at each settlement (00, 08, 16 UTC)
    DIGEST = "digest"  # the same once a day, at an hour of the chat's zone


LEVELLED = frozenset({Measure.RATE, Measure.SPREAD, Measure.BASIS, Measure.EXTREMES})
SCHEDULED = frozenset({Measure.TOP, Measure.DIGEST})


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What its owner asked for. `level` fires, `clear_level` clears; both None unless the measure is LEVELLED.

    `coin` None: all coins (EXTREMES, TOP, DIGEST). `exchange` None: all exchanges.
    `follows`: clearing and changed values are told too, for the one message of a group that is edited.
    """

    measure: Measure
    coin: str | None = None
    exchange: str | None = None
    is_above: bool = True
    level: Decimal | None = None
    clear_level: Decimal | None = None
    unit: timedelta = EIGHT_HOURS
    cooldown: timedelta = timedelta(hours=1)
    expires_at: datetime | None = None
    hour: int | None = None  # DIGEST
    zone: str = "UTC"  # DIGEST
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a chat. `revision` grows with every change. `user_id` None: it belongs to a group's administrators."""

    id: int
    chat_id: int
    user_id: int | None
    terms: RuleTerms
    made_at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True)
class RuleState:
    """What the watcher remembers of a rule.

    `is_on`: fired and not cleared since. `told`: the value last told. `reference`: FLIP the last sign (-1, 1), INTERVAL
    the last one in seconds (of all exchanges: which of them changed), EXTREMES the mean size last told. `members`:
    EXTREMES, the markets beyond the level, as `exchange symbol`. `unattended`: alerts since the owner last tapped one,
    the first two of them however many came within a day. `attended_at`: since when none was tapped: the last tap, then
    the first alert after it. `snooze_level`: silent until the value has come back to it. `due_at`: the next list
    (SCHEDULED), or when what is still on is told again to those that follow it.
    """

    is_on: bool = False
    told: Decimal | None = None
    reference: Decimal | None = None
    members: tuple[str, ...] = ()
    fired_at: datetime | None = None
    snoozed_until: datetime | None = None
    snooze_level: Decimal | None = None
    unattended: int = 0
    attended_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WatchedRule:
    """A rule and its state."""

    rule: Rule
    state: RuleState


class Turn(Enum):
    """What happened to a rule."""

    FIRED = "fired"
    CLEARED = "cleared"
    CHANGED = "changed"  # still on, at another value
    LISTED = "listed"  # a scheduled list


@dataclass(frozen=True, slots=True)
class RateLine:
    """One market in an alert. `per_eight_hours` None: the interval is unknown. `before_...`: what it was."""

    coin: str
    exchange: str
    rate_per_interval: Decimal
    interval: timedelta | None
    per_eight_hours: Decimal | None
    charged_at: datetime | None
    before_per_eight_hours: Decimal | None = None
    before_interval: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AlertFact:
    """What there is to tell, as facts: rendered when it goes out, in the reader's zone and language.

    `value`: in the unit of the rule's level (FLIP: the rate per 8 hours now; INTERVAL: None). `lines`: the markets it
    comes from: one; two for a spread (high, low); of EXTREMES, TOP and DIGEST all that are beyond or listed.
    `flips`, `interval_changes`: since the last settlement (EXTREMES, TOP, DIGEST). `expires_on`: the basis' contract.
    `backed_off`: nobody taps, so the next one waits at least so long.
    """

    rule: Rule
    turn: Turn
    value: Decimal | None
    lines: tuple[RateLine, ...]
    source: str
    as_of: datetime
    happened_at: datetime
    flips: tuple[RateLine, ...] = ()
    interval_changes: tuple[RateLine, ...] = ()
    expires_on: datetime | None = None
    backed_off: timedelta | None = None
