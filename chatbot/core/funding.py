"""Funding: who pays whom, per day and per year, and what was really paid.

Law: positive means longs pay shorts, and where the interval is unknown there is no rate per day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from statistics import stdev

from chatbot.core.markets import FundingHistory, FundingRate, Settlement
from chatbot.core.portfolio import Side

DAY, YEAR, EIGHT_HOURS, HOUR = timedelta(days=1), timedelta(days=365), timedelta(hours=8), timedelta(hours=1)
HARDLY_POSSIBLE_SHARE = Decimal("0.03")  # per 8 hours
GAP_FACTOR = 1.9  # an interval so many times both its neighbours is a hole in the data
LONGEST_INTERVAL = timedelta(hours=24)
DAYS_FOR_DEVIATION = 7


def received_quote(side: Side, notional_quote: Decimal, rate: Decimal) -> Decimal:
    """What a position of `notional_quote` receives (+) or pays (-) at this rate: `-s * notional * r`."""
    return -side.sign * notional_quote * rate


def per_day(rate: FundingRate) -> Decimal | None:
    """The rate of 24 hours at this rate; None where the interval is unknown."""
    return _scaled(rate, DAY)


def per_eight_hours(rate: FundingRate) -> Decimal | None:
    """The unit in which exchanges are compared; None where the interval is unknown."""
    return _scaled(rate, EIGHT_HOURS)


def apr(rate: FundingRate) -> Decimal | None:
    """Simple rate of a year, `r * 8760/h`; None where the interval is unknown."""
    return _scaled(rate, YEAR)


def apy(rate: FundingRate) -> Decimal | None:
    """Compounded rate of a year, `(1+r)^(8760/h) - 1`; None where the interval is unknown."""
    if rate.interval is None:
        return None
    return (1 + rate.rate_per_interval) ** Decimal(YEAR / rate.interval) - 1


def is_suspicious(rate: FundingRate) -> bool:
    """Whether the rate can hardly be: above 3 % per 8 hours (per interval where that is unknown)."""
    comparable = per_eight_hours(rate)
    return abs(rate.rate_per_interval if comparable is None else comparable) > HARDLY_POSSIBLE_SHARE


def _scaled(rate: FundingRate, period: timedelta) -> Decimal | None:
    return None if rate.interval is None else rate.rate_per_interval * Decimal(period / rate.interval)


@dataclass(frozen=True, slots=True)
class Realised:
    """What was really charged within a window.

    `rate_per_day` and `rate_per_year` are the sum of the payments over the time that the rows cover, holes left out.
    `interval` is the latest one; `deviation_per_day` the standard deviation of whole days, None below a week.
    """

    window: timedelta
    total_share: Decimal
    covered: timedelta
    settlements: int
    rate_per_day: Decimal
    rate_per_year: Decimal
    negative_share: Decimal
    deviation_per_day: Decimal | None
    interval: timedelta
    gaps: int


def settlement_intervals(settlements: Sequence[Settlement]) -> tuple[timedelta, ...]:
    """The interval that each row paid for, one for each row (none for fewer than two rows).

    It is the time since the row before; behind a hole, and for the first row, it is that of the next row.
    """
    charged = [row.charged_at for row in settlements]
    since = [_to_minutes(later - earlier) for earlier, later in pairwise(charged)]
    if not since:
        return ()
    return (_without_hole(since, 0), *(_without_hole(since, at) for at in range(len(since))))


def _without_hole(since: Sequence[timedelta], at: int) -> timedelta:
    return min(_neighbours(since, at)) if _is_hole(since, at) else since[at]


def _is_hole(since: Sequence[timedelta], at: int) -> bool:
    neighbours = _neighbours(since, at)
    return since[at] > LONGEST_INTERVAL or all(since[at] >= GAP_FACTOR * other for other in neighbours)


def _neighbours(since: Sequence[timedelta], at: int) -> tuple[timedelta, ...]:
    around = (*since[max(at - 1, 0) : at], *since[at + 1 : at + 2])
    return around or (since[at],)


def _to_minutes(interval: timedelta) -> timedelta:
    """Exchanges stamp a settlement some milliseconds late."""
    return timedelta(minutes=round(interval / timedelta(minutes=1)))


def realised(history: FundingHistory, now: datetime, window: timedelta) -> Realised | None:
    """Payments of the last `window`; None where there are fewer than two rows to tell an interval from.

    Remembered per history and hour, since settlements fall on hours.
    """
    return _realised(history, now.replace(minute=0, second=0, microsecond=0), window)


@lru_cache(maxsize=512)
def _realised(history: FundingHistory, hour: datetime, window: timedelta) -> Realised | None:
    intervals = settlement_intervals(history.settlements)
    begin = hour - window
    paired = zip(history.settlements, intervals, strict=False)
    rows = [(row, interval) for row, interval in paired if begin < row.charged_at <= hour + HOUR]
    if not rows:
        return None
    total = sum((row.rate_per_interval for row, _ in rows), Decimal(0))
    covered = sum((interval for _, interval in rows), timedelta())
    negative = sum(row.rate_per_interval < 0 for row, _ in rows)
    return Realised(
        window=window,
        total_share=total,
        covered=covered,
        settlements=len(rows),
        rate_per_day=total / Decimal(covered / DAY),
        rate_per_year=total / Decimal(covered / YEAR),
        negative_share=Decimal(negative) / len(rows),
        deviation_per_day=_deviation_per_day([row for row, _ in rows]),
        interval=rows[-1][1],
        gaps=_gaps(rows),
    )


def _gaps(rows: Sequence[tuple[Settlement, timedelta]]) -> int:
    """Rows that come later after the one before than the interval they paid for."""
    pairs = pairwise(rows)
    return sum(
        _to_minutes(later.charged_at - earlier.charged_at) > interval for (earlier, _), (later, interval) in pairs
    )


def _deviation_per_day(rows: Sequence[Settlement]) -> Decimal | None:
    days: dict[datetime, Decimal] = {}
    for row in rows:
        day = row.charged_at.replace(hour=0, minute=0, second=0, microsecond=0)
        days[day] = days.get(day, Decimal(0)) + row.rate_per_interval
    whole = list(days.values())[1:-1]  # the first and the last day are partial
    return stdev(whole) if len(whole) >= DAYS_FOR_DEVIATION else None
