"""Funding: who pays whom, per day and per year, and what was really paid.

Law: positive means longs pay shorts, and where the interval is unknown there is no rate per day.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, pairwise
from statistics import stdev

from chatbot.core.markets import FundingHistory, FundingRate, Settlement
from chatbot.core.portfolio import Side

MINUTE, DAY, YEAR, EIGHT_HOURS = timedelta(minutes=1), timedelta(days=1), timedelta(days=365), timedelta(hours=8)
HARDLY_POSSIBLE_SHARE = Decimal("0.03")  # per 8 hours
MARKS_APART = Decimal("1.05")
USUAL_INTERVALS = frozenset(timedelta(hours=hours) for hours in (1, 2, 4, 8))
HOLE_FACTOR = 1.5  # a delayed settlement is no hole: 10 h, then 6 h, among 8 h
STAMPED_LATE = MINUTE / 2  # at most; in truth some milliseconds
ROWS_OF_CONTEXT = 3  # rows before the window that tell its first interval
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


def is_apart(mark_quote: Decimal, marks_quote: Sequence[Decimal]) -> bool:
    """Whether fewer than half of the other marks of a coin (`marks_quote`, this one among them) are within 5 %.

    Of two that are apart both are: nobody knows which is right.
    """
    near = sum(mark_quote / MARKS_APART <= other <= mark_quote * MARKS_APART for other in marks_quote)
    return 2 * (near - 1) < len(marks_quote) - 1


def _scaled(rate: FundingRate, period: timedelta) -> Decimal | None:
    return None if rate.interval is None else rate.rate_per_interval * Decimal(period / rate.interval)


@dataclass(frozen=True, slots=True)
class Realised:
    """What was really charged within a window.

    `rate_per_day` and `rate_per_year` are the sum of the payments over `covered`, the time that the rows paid for,
    holes left out. `interval` is the latest one; `deviation_per_day` the standard deviation of the rate from day to
    day, None below a week.
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


def realised(history: FundingHistory, now: datetime, window: timedelta) -> Realised | None:
    """Payments charged after `now - window` and up to `now`; None where there is no row, or no interval, to go by.

    Remembered per history and rows: it is worked out again only when a settlement enters or leaves the window.
    """
    first = bisect_right(history.settlements, now - window + STAMPED_LATE, key=_charged_at)
    after = bisect_right(history.settlements, now, key=_charged_at)
    return _realised(history, first, after, window)


@lru_cache(maxsize=128)  # an entry holds on to its history: some 0.1 MB
def _realised(history: FundingHistory, first: int, after: int, window: timedelta) -> Realised | None:
    context = min(first, ROWS_OF_CONTEXT)
    rows = _paid(history.settlements[first - context : after])[context:]
    if not rows:
        return None
    total, covered = _sum(rows)
    return Realised(
        window=window,
        total_share=total,
        covered=covered,
        settlements=len(rows),
        rate_per_day=total / Decimal(covered / DAY),
        rate_per_year=total / Decimal(covered / YEAR),
        negative_share=Decimal(sum(row.rate_per_interval < 0 for row in rows)) / len(rows),
        deviation_per_day=_deviation_per_day(rows),
        interval=rows[-1].interval,
        gaps=sum(row.is_behind_hole for row in rows),
    )


def settlement_intervals(settlements: Sequence[Settlement]) -> tuple[timedelta, ...]:
    """The interval that each row paid for, one for each row (none for fewer than two rows).

    It is the time since the row before; behind a hole, and for the first row, it is that of the rows that follow.
    """
    return tuple(row.interval for row in _paid(settlements))


@dataclass(frozen=True, slots=True)
class Payment:
    """A settlement with the interval that it paid for, and whether rows before it are missing."""

    rate_per_interval: Decimal
    charged_at: datetime
    interval: timedelta
    is_behind_hole: bool

    @property
    def per_eight_hours(self) -> Decimal:
        """In the unit of comparison."""
        return self.rate_per_interval * Decimal(EIGHT_HOURS / self.interval)


def payments(history: FundingHistory, now: datetime, window: timedelta) -> tuple[Payment, ...]:
    """The settlements charged after `now - window` and up to `now`, each with the interval that it paid for."""
    first = bisect_right(history.settlements, now - window + STAMPED_LATE, key=_charged_at)
    after = bisect_right(history.settlements, now, key=_charged_at)
    context = min(first, ROWS_OF_CONTEXT)
    return _paid(history.settlements[first - context : after])[context:]


def _paid(settlements: Sequence[Settlement]) -> tuple[Payment, ...]:
    since = [_to_minutes(later.charged_at - row.charged_at) for row, later in pairwise(settlements)]
    if not since:
        return ()
    found = [_interval(*around) for around in zip(since, _in_use(since), _in_use(since[::-1])[::-1], strict=True)]
    of_first = (found[0][0], False)
    rows = zip(settlements, [of_first, *found], strict=True)
    return tuple(Payment(row.rate_per_interval, row.charged_at, *judged) for row, judged in rows)


def _interval(since: timedelta, before: timedelta | None, after: timedelta | None) -> tuple[timedelta, bool]:
    """What a row paid for, from the time since the row before and the intervals in use around it; whether it is a hole.

    It is one where it is much longer than both (between 1 h and 4 h there may be one row after 3 h, which is none); at
    an end of the data, where only one is known, a usual length is taken for a change of the interval.
    """
    around = [interval for interval in (before, after) if interval is not None]
    if not around or since < HOLE_FACTOR * max(around) or (len(around) == 1 and since in USUAL_INTERVALS):
        return since, False
    return around[-1], True


def _in_use(since: Sequence[timedelta]) -> list[timedelta | None]:
    """At each place the latest length that stood twice running, itself included; None where none did yet."""
    found: list[timedelta | None] = [None]
    for before, length in pairwise(since):
        found.append(length if length == before else found[-1])
    return found


def _to_minutes(length: timedelta) -> timedelta:
    """Exchanges stamp a settlement some milliseconds late."""
    return timedelta(minutes=round(length / MINUTE))


def _charged_at(row: Settlement) -> datetime:
    return row.charged_at


def _sum(rows: Sequence[Payment]) -> tuple[Decimal, timedelta]:
    """All payments, and the time that they paid for."""
    return sum((row.rate_per_interval for row in rows), Decimal(0)), sum((row.interval for row in rows), timedelta())


def _deviation_per_day(rows: Sequence[Payment]) -> Decimal | None:
    """Between days counted back from the last settlement, each at its own rate of 24 hours."""
    last = rows[-1].charged_at + STAMPED_LATE
    days = [_sum(list(day)) for _, day in groupby(rows, key=lambda row: (last - row.charged_at) // DAY)]
    rates = [total / Decimal(covered / DAY) for total, covered in days if covered >= DAY / 2]
    return stdev(rates) if len(rates) >= DAYS_FOR_DEVIATION else None
