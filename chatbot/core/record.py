"""What one perpetual really charged over a time, settlement by settlement.

Law: the yearly figure is the sum of the payments over the time they paid for; a hole is neither, and is named.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby, pairwise

from chatbot.core.errors import NotPossible, Outage
from chatbot.core.funding import EIGHT_HOURS, HOLE_FACTOR, MINUTE, USUAL_INTERVALS, Payment, payments, realised
from chatbot.core.markets import FundingHistory, Instrument

MOST_POINTS = 400  # of a picture; more settlements than that are taken by the day
HIGH_PER_EIGHT_HOURS = Decimal("0.0005")


@dataclass(frozen=True, slots=True)
class Gap:
    """Settlements that are missing: after `since`, up to `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class NewInterval:
    """From this settlement on another interval was paid for."""

    at: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class Point:
    """A settlement, or those of a day: the rate per 8 hours, and what a short has received so far (share).

    It was charged for the time from `since` to `at`. `is_behind_gap`: settlements before it are missing.
    """

    since: datetime
    at: datetime
    per_eight_hours: Decimal
    received_share: Decimal
    is_behind_gap: bool


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One market over `span`. `total_share`: of the notional, received by a short (+) or paid (-).

    `negative_share`, `high_share`: of the time that was paid for, below zero, and above 0.05 % per 8 hours.
    `gaps`: the last one may reach to now. `is_shorter`: the exchange gave less than was asked for.
    """

    instrument: Instrument
    span: timedelta
    planned_at: datetime
    since: datetime
    settlements: int
    covered: timedelta
    total_share: Decimal
    rate_per_year: Decimal
    negative_share: Decimal
    high_share: Decimal
    highest_per_eight_hours: Decimal
    lowest_per_eight_hours: Decimal
    interval: timedelta
    gaps: tuple[Gap, ...]
    new_intervals: tuple[NewInterval, ...]
    is_shorter: bool
    points: tuple[Point, ...]
    outages: tuple[Outage, ...]
    source: str
    as_of: datetime


def plan_record(history: FundingHistory, span: timedelta, now: datetime, outages: Sequence[Outage] = ()) -> RecordPlan:
    """`outages`: exchanges that gave no history. NotPossible where there is no settlement within the span."""
    rows, sums = payments(history, now, span), realised(history, now, span)
    if not rows or sums is None:
        raise NotPossible(f"There are no settlements of {history.instrument.coin} to tell of.")
    per_eight_hours = [row.per_eight_hours for row in rows]
    since = rows[0].charged_at - rows[0].interval
    return RecordPlan(
        instrument=history.instrument,
        span=span,
        planned_at=now,
        since=since,
        settlements=len(rows),
        covered=sums.covered,
        total_share=sums.total_share,
        rate_per_year=sums.rate_per_year,
        negative_share=_share_of_time(rows, lambda row: row.rate_per_interval < 0),
        high_share=_share_of_time(rows, lambda row: row.per_eight_hours > HIGH_PER_EIGHT_HOURS),
        highest_per_eight_hours=max(per_eight_hours),
        lowest_per_eight_hours=min(per_eight_hours),
        interval=sums.interval,
        gaps=(*_gaps(rows), *_silence(rows[-1], now)),
        new_intervals=tuple(_new_intervals(rows)),
        is_shorter=since > now - span + EIGHT_HOURS,
        points=_points(rows),
        outages=tuple(outages),
        source=history.source,
        as_of=history.as_of,
    )


def _gaps(rows: Sequence[Payment]) -> list[Gap]:
    return [
        Gap(before.charged_at, row.charged_at - row.interval) for before, row in pairwise(rows) if row.is_behind_hole
    ]


def _silence(last: Payment, now: datetime) -> list[Gap]:
    """Where the next settlement is long overdue."""
    return [Gap(last.charged_at, now)] if now - last.charged_at > HOLE_FACTOR * last.interval else []


def _share_of_time(rows: Sequence[Payment], counts: Callable[[Payment], bool]) -> Decimal:
    """A charge of four hours counts half as much as one of eight."""
    paid_for = sum((row.interval for row in rows), timedelta())
    counted = sum((row.interval for row in rows if counts(row)), timedelta())
    return Decimal(counted // MINUTE) / Decimal(paid_for // MINUTE)


def _new_intervals(rows: Sequence[Payment]) -> list[NewInterval]:
    """Of lengths that hold: one late settlement, 10 h and then 6 h among 8 h, is no change; nor is one on the way."""
    held = [row for row, after in zip(rows, [*rows[1:], None], strict=True) if _holds(row, after)]
    return [
        NewInterval(row.charged_at, before.interval, row.interval)
        for before, row in pairwise(held)
        if row.interval != before.interval
    ]


def _holds(row: Payment, after: Payment | None) -> bool:
    return row.interval in USUAL_INTERVALS and (after is None or after.interval == row.interval)


def _points(rows: Sequence[Payment]) -> tuple[Point, ...]:
    """Of every settlement; where they are many, of every day, parted at holes."""
    received = accumulate(sum((row.rate_per_interval for row in group), Decimal(0)) for group in _groups(rows))
    return tuple(_point(group, total) for group, total in zip(_groups(rows), received, strict=True))


def _groups(rows: Sequence[Payment]) -> list[list[Payment]]:
    if len(rows) <= MOST_POINTS:
        return [[row] for row in rows]
    holes = accumulate(row.is_behind_hole for row in rows)
    placed = groupby(zip(rows, holes, strict=True), key=lambda pair: (pair[0].charged_at.date(), pair[1]))
    return [[row for row, _ in group] for _, group in placed]


def _point(group: Sequence[Payment], received_share: Decimal) -> Point:
    first, last = group[0], group[-1]
    paid = sum((row.rate_per_interval for row in group), Decimal(0))
    time = sum((row.interval for row in group), timedelta())
    mean = paid * (EIGHT_HOURS // MINUTE) / (time // MINUTE)
    return Point(first.charged_at - first.interval, last.charged_at, mean, received_share, first.is_behind_hole)
