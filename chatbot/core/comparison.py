"""One coin's funding on every exchange: what each charges, what it charged, who pays whom, what the difference earns.

Law: a rate whose interval is unknown, or that can hardly be, is shown and never ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core import funding
from chatbot.core.crowding import Crowded, crowded
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.funding import DAY, EIGHT_HOURS, YEAR, Realised
from chatbot.core.markets import FundingHistory, FundingRate, Instrument, Snapshot

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
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
    """Short where the rate is highest, long on another exchange where it is lowest, LEG_QUOTE each, at today's rates.

    `fees_quote`: four taker fills. `break_even` None: never. `month_net_quote`: of 30 days at today's rates, fees paid.
    `return_per_year` is of the margin of both sides at LEVERAGE, before fees. `month_per_day_quote`: what a day earned
    at the settled 30-day averages; None where one is not known.
    """

    high: FundingRow
    low: FundingRow
    per_eight_hours: Decimal
    per_day_quote: Decimal
    fees_quote: Decimal
    break_even: timedelta | None
    month_net_quote: Decimal
    return_per_year: Decimal
    month_per_day_quote: Decimal | None


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """Rows from the highest rate down, those that are not ranked last. `main` is the ranked one that is traded most."""

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
    """`quarter`: 90 days of one of these markets, to tell what is much; without it the month of `main` has to do.

    MarketUnavailable without any snapshot.
    """
    if not snapshots:
        raise MarketUnavailable(f"No exchange told its funding of {coin}.", outages)
    marks = [snapshot.quote.mark_quote for snapshot in snapshots]
    rows = sorted((_row(snapshot, marks, now) for snapshot in snapshots), key=_rank)
    main = max(rows, key=lambda row: (row.is_ranked, row.rate is not None, row.volume_day_quote or Decimal(0)))
    history = quarter or next((each.history for each in snapshots if each.instrument == main.instrument), None)
    return ComparisonPlan(
        coin=coin,
        planned_at=now,
        rows=tuple(rows),
        main=main,
        spread=_spread([row for row in rows if row.is_ranked]),
        crowded=crowded(history, now) if history is not None else None,
        outages=tuple(outages),
    )


def _row(snapshot: Snapshot, marks_quote: Sequence[Decimal], now: datetime) -> FundingRow:
    rate, history, quote = snapshot.funding, snapshot.history, snapshot.quote
    is_apart = funding.is_apart(quote.mark_quote, marks_quote)
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
    """The widest one between two exchanges; None below two."""
    pairs = [(high, low) for high in ranked for low in ranked if high.instrument.exchange != low.instrument.exchange]
    if not pairs:
        return None
    high, low = max(pairs, key=lambda pair: _difference(*pair))
    difference = _difference(high, low)
    per_day = LEG_QUOTE * difference * Decimal(DAY / EIGHT_HOURS)
    fees = 2 * LEG_QUOTE * (high.instrument.taker_share + low.instrument.taker_share)
    return Spread(
        high=high,
        low=low,
        per_eight_hours=difference,
        per_day_quote=per_day,
        fees_quote=fees,
        break_even=_break_even(fees, per_day),
        month_net_quote=per_day * Decimal(MONTH / DAY) - fees,
        return_per_year=per_day * Decimal(YEAR / DAY) / (2 * LEG_QUOTE / LEVERAGE),
        month_per_day_quote=_at_averages(high.month, low.month),
    )


def _difference(high: FundingRow, low: FundingRow) -> Decimal:
    assert high.per_eight_hours is not None  # both are ranked
    assert low.per_eight_hours is not None
    return high.per_eight_hours - low.per_eight_hours


def _break_even(fees_quote: Decimal, per_day_quote: Decimal) -> timedelta | None:
    """When the fees are earned back; None for never, and for what takes a hundred years."""
    days = fees_quote / per_day_quote if per_day_quote > 0 else None
    return None if days is None or days > NEVER / DAY else timedelta(days=float(days))


def _at_averages(high: Realised | None, low: Realised | None) -> Decimal | None:
    return LEG_QUOTE * (high.rate_per_day - low.rate_per_day) if high and low else None
