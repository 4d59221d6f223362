"""On which side of a perpetual most stand. Law: judged from what was settled, never from a prediction."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.funding import DAY, EIGHT_HOURS, MINUTE, STAMPED_LATE, Payment, payments
from chatbot.core.markets import FundingHistory

CROWDED_PER_EIGHT_HOURS = Decimal("0.0003")
COOL_PER_EIGHT_HOURS = Decimal("0.0001")  # where rates rest when nobody pushes
TENTH = 10
WEEK, QUARTER = timedelta(days=7), timedelta(days=90)
FEWEST_WEEKS = 30  # of the moving ones, one a day, before a tenth of them says anything
MOSTLY = 0.8  # of a week must be covered by settlements


class Crowding(Enum):
    """Who stands there, and pays for it."""

    LONGS = "crowded longs"
    SHORTS = "crowded shorts"
    NONE = "not crowded"


@dataclass(frozen=True, slots=True)
class Crowded:
    """The mean of the last 7 days per 8 hours; whether it is in the top tenth of the coin's own of 90 days.

    `weeks`: how many 7-day means there were, one a day. `exchange`: where they were settled.
    """

    crowding: Crowding
    week_per_eight_hours: Decimal
    is_top_tenth: bool
    weeks: int
    exchange: str

    @property
    def is_by_its_own_weeks(self) -> bool:
        """Crowded as this coin goes: in its top tenth, at a rate that is crowded nowhere else."""
        return self.crowding is not Crowding.NONE and abs(self.week_per_eight_hours) < CROWDED_PER_EIGHT_HOURS

    @property
    def is_cool(self) -> bool:
        """At most where rates rest."""
        return abs(self.week_per_eight_hours) <= COOL_PER_EIGHT_HOURS


def crowded(history: FundingHistory, now: datetime) -> Crowded | None:
    """Longs: the 7-day mean is positive and at least 0.03 % per 8 h, or in the top tenth of the 7-day means of 90 days.

    Shorts: the same below zero. None without a week of settlements. What it was most of the time is no top tenth, even
    where nothing was higher: equal means count as higher ones.
    """
    rows = payments(history, now, QUARTER)
    whole_weeks = (QUARTER - WEEK) // DAY + 1
    found = [_week_mean(rows, now - DAY * back) for back in range(whole_weeks)]
    week, means = found[0], [mean for mean in found if mean is not None]
    if week is None:
        return None
    as_far = sum(mean >= week if week > 0 else mean <= week for mean in means)  # itself among them
    is_top = week != 0 and len(means) >= FEWEST_WEEKS and as_far * TENTH <= len(means)
    is_crowded = is_top or abs(week) >= CROWDED_PER_EIGHT_HOURS
    side = Crowding.LONGS if week > 0 else Crowding.SHORTS
    where = history.instrument.exchange
    return Crowded(side if is_crowded else Crowding.NONE, week, is_top, len(means), where)


def _week_mean(rows: Sequence[Payment], end: datetime) -> Decimal | None:
    """Per 8 hours, over the seven days before `end`; None where the settlements cover too little of them."""
    first = bisect_right(rows, end - WEEK + STAMPED_LATE, key=_charged_at)
    after = bisect_right(rows, end, key=_charged_at)
    covered = sum((row.interval for row in rows[first:after]), timedelta())
    if covered < WEEK * MOSTLY:
        return None
    total = sum((row.rate_per_interval for row in rows[first:after]), Decimal(0))
    return total * (EIGHT_HOURS // MINUTE) / (covered // MINUTE)  # exact: 0.03 % is a threshold


def _charged_at(row: Payment) -> datetime:
    return row.charged_at
