"""One coin's funding on every exchange: what each charges, what it charged, who pays whom, what the difference earns.

Law: a rate whose interval is unknown, or that can hardly be, is shown and never ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from chatbot.core import funding
from chatbot.core.crowding import Crowded, crowded
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.funding import DAY, EIGHT_HOURS, YEAR, Realised
from chatbot.core.markets import FundingHistory, FundingRate, Instrument, Snapshot

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
MARKS_APART = Decimal("0.05")
LEG_QUOTE = Decimal(10_000)  # of each side of the spread
LEVERAGE = Decimal(2)
NEVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class FundingRow:
    """One perpetual. `per_eight_hours` and `per_year` None: the interval is unknown. `rate` None: it was not said.

    `week`, `month`: what was settled; None where the exchange gave no history.
    """

    instrument: Instrument
    rate: FundingRate | None
    per_eight_hours: Decimal | None
    per_year: Decimal | None
    week: Realised | None
    month: Realised | None
    mark_quote: Decimal
    volume_day_quote: Decimal | None
    is_suspicious: bool
    source: str
    as_of: datetime

    @property
    def is_ranked(self) -> bool:
        """Whether it is compared with the others."""
        return self.per_eight_hours is not None and not self.is_suspicious


@dataclass(frozen=True, slots=True)
class Spread:
    """Short where the rate is highest, long where it is lowest, LEG_QUOTE each, at today's rates.

    `break_even` None: never. `return_per_year` is of the margin of both sides at LEVERAGE, before fees.
    `month_per_day_quote`: the same at the settled 30-day averages, None where one is not known.
    """

    high: FundingRow
    low: FundingRow
    per_eight_hours: Decimal
    per_day_quote: Decimal
    fees_quote: Decimal
    break_even: timedelta | None
    return_per_year: Decimal
    month_per_day_quote: Decimal | None


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """Rows from the highest rate down, those that are not ranked last. `main` is the one that is traded most."""

    coin: str
    planned_at: datetime
    rows: tuple[FundingRow, ...]
    main: FundingRow
    spread: Spread | None
    crowded: Crowded | None
    outages: tuple[Outage, ...]


def plan_comparison(
    coin: str,
    snapshots: Sequence[Snapshot],
    *,
    now: datetime,
    quarter: FundingHistory | None = None,
    outages: Sequence[Outage] = (),
) -> ComparisonPlan:
    """`quarter`: 90 days of the market that is traded most. MarketUnavailable without any snapshot."""
    if not snapshots:
        raise MarketUnavailable(f"No exchange told its funding of {coin}.", outages)
    usual = median(snapshot.quote.mark_quote for snapshot in snapshots)
    rows = sorted((_row(snapshot, usual, now) for snapshot in snapshots), key=_rank)
    ranked = [row for row in rows if row.is_ranked]
    return ComparisonPlan(
        coin=coin,
        planned_at=now,
        rows=tuple(rows),
        main=max(rows, key=lambda row: (row.is_ranked, row.volume_day_quote or Decimal(0))),
        spread=_spread(ranked),
        crowded=crowded(quarter, now) if quarter is not None else None,
        outages=tuple(outages),
    )


def most_traded(snapshots: Sequence[Snapshot]) -> Instrument | None:
    """The market of the most volume, whose history tells whether one side is crowded."""
    best = max(snapshots, key=lambda snapshot: snapshot.quote.volume_day_quote or Decimal(0), default=None)
    return best.instrument if best else None


def _row(snapshot: Snapshot, usual_quote: Decimal, now: datetime) -> FundingRow:
    rate, history, quote = snapshot.funding, snapshot.history, snapshot.quote
    is_apart = abs(quote.mark_quote / usual_quote - 1) > MARKS_APART
    return FundingRow(
        instrument=snapshot.instrument,
        rate=rate,
        per_eight_hours=funding.per_eight_hours(rate) if rate else None,
        per_year=funding.apr(rate) if rate else None,
        week=funding.realised(history, now, WEEK) if history else None,
        month=funding.realised(history, now, MONTH) if history else None,
        mark_quote=quote.mark_quote,
        volume_day_quote=quote.volume_day_quote,
        is_suspicious=is_apart or (rate is not None and funding.is_suspicious(rate)),
        source=quote.source,
        as_of=rate.as_of if rate else quote.as_of,
    )


def _rank(row: FundingRow) -> tuple[bool, Decimal]:
    return not row.is_ranked, -(row.per_eight_hours or Decimal(0))


def _spread(ranked: Sequence[FundingRow]) -> Spread | None:
    """None below two exchanges."""
    if len({row.instrument.exchange for row in ranked}) < 2:
        return None
    high, low = ranked[0], ranked[-1]
    assert high.per_eight_hours is not None
    assert low.per_eight_hours is not None
    difference = high.per_eight_hours - low.per_eight_hours
    per_day = LEG_QUOTE * difference * Decimal(DAY / EIGHT_HOURS)
    fees = 2 * LEG_QUOTE * (high.instrument.taker_share + low.instrument.taker_share)
    days = fees / per_day if per_day > 0 else None
    return Spread(
        high=high,
        low=low,
        per_eight_hours=difference,
        per_day_quote=per_day,
        fees_quote=fees,
        break_even=None if days is None or days > NEVER / DAY else timedelta(days=float(days)),
        return_per_year=per_day * Decimal(YEAR / DAY) / (2 * LEG_QUOTE / LEVERAGE),
        month_per_day_quote=_at_averages(high.month, low.month),
    )


def _at_averages(high: Realised | None, low: Realised | None) -> Decimal | None:
    return LEG_QUOTE * (high.rate_per_day - low.rate_per_day) if high and low else None
