"""On which side of a perpetual most stand. Law: judged from what was settled, never from a prediction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.funding import DAY, EIGHT_HOURS, realised
from chatbot.core.markets import FundingHistory

CROWDED_PER_EIGHT_HOURS = Decimal("0.0003")
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
    """The mean of the last 7 days per 8 hours; whether it is in the top tenth of the coin's own of 90 days."""

    crowding: Crowding
    week_per_eight_hours: Decimal
    is_top_tenth: bool
    weeks: int


def crowded(history: FundingHistory, now: datetime) -> Crowded | None:
    """Longs: the 7-day mean is positive and at least 0.03 % per 8 h, or in the top tenth of the 7-day means of 90 days.

    Shorts: the same below zero. None without a week of settlements.
    """
    week = _week_mean(history, now)
    if week is None:
        return None
    ends = (now - DAY * back for back in range(QUARTER // DAY))
    means = [mean for end in ends if (mean := _week_mean(history, end)) is not None]
    beyond = sum(mean > week if week > 0 else mean < week for mean in means)
    is_top = len(means) >= FEWEST_WEEKS and beyond < len(means) / TENTH
    is_crowded = week != 0 and (abs(week) >= CROWDED_PER_EIGHT_HOURS or is_top)
    side = Crowding.LONGS if week > 0 else Crowding.SHORTS
    return Crowded(side if is_crowded else Crowding.NONE, week, is_top, len(means))


def _week_mean(history: FundingHistory, end: datetime) -> Decimal | None:
    """Per 8 hours, over the seven days before `end`; None where the settlements cover too little of them."""
    week = realised(history, end, WEEK)
    if week is None or week.covered < WEEK * MOSTLY:
        return None
    return week.rate_per_day * Decimal(EIGHT_HOURS / DAY)
