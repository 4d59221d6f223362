"""What a position costs on one exchange over the horizon. Law: the parts (fees, slippage, funding, basis) sum to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core import basis, funding
from chatbot.core.errors import NotPossible
from chatbot.core.hedging.sizing import Sizing
from chatbot.core.markets import InstrumentKind, Snapshot
from chatbot.core.portfolio import Side

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)


class FundingBasis(Enum):
    """Which rate the expected funding rests on."""

    MONTH = "settled, mean of 30 days"
    WEEK = "settled, mean of 7 days"
    NOW = "predicted, next charge"
    NONE = "a dated contract pays none"


@dataclass(frozen=True, slots=True)
class FundingOutlook:
    """Funding of a position of this size: quote received (+) or paid (-). None: not known."""

    rate_per_interval: Decimal | None
    interval: timedelta | None
    charged_at: datetime | None
    is_suspicious: bool
    now_per_day_quote: Decimal | None
    now_per_year: Decimal | None
    week_per_day_quote: Decimal | None
    week_per_year: Decimal | None
    month_per_day_quote: Decimal | None
    month_per_year: Decimal | None
    month_covered: timedelta | None
    expected_quote: Decimal | None  # over the horizon
    expected_deviation_quote: Decimal | None
    rests_on: FundingBasis


@dataclass(frozen=True, slots=True)
class BasisOutlook:
    """Futures against the spot index. `gain_quote`: what the position gains (+) or pays (-) by convergence."""

    spot_quote: Decimal
    basis_quote: Decimal
    basis_share: Decimal
    basis_per_year: Decimal | None  # dated contracts
    state: basis.BasisState
    gain_quote: Decimal
    converged_share: Decimal  # of the basis, within the horizon


@dataclass(frozen=True, slots=True)
class HorizonCost:
    """Each part in quote: positive costs, negative earns. `total_quote` is their sum, None where one is not known."""

    fees_quote: Decimal
    slippage_quote: Decimal | None
    funding_quote: Decimal | None
    basis_quote: Decimal | None
    total_quote: Decimal | None
    notional_share: Decimal | None


def funding_outlook(
    snapshot: Snapshot, notional_quote: Decimal, horizon: timedelta, now: datetime, side: Side = Side.SHORT
) -> FundingOutlook:
    """What a position of `notional_quote` gets from funding, now and at its settled averages."""
    rate, history = snapshot.funding, snapshot.history
    is_suspicious = rate is not None and funding.is_suspicious(rate)
    now_per_day = funding.per_day(rate) if rate else None
    week = funding.realised(history, now, WEEK) if history else None
    month = funding.realised(history, now, MONTH) if history else None
    rests_on, expected = _expected_per_day(month, week, None if is_suspicious else now_per_day)
    is_dated = snapshot.instrument.kind is InstrumentKind.DATED
    days = Decimal(horizon / timedelta(days=1))
    deviation = month.deviation_per_day if month else None
    return FundingOutlook(
        rate_per_interval=rate.rate_per_interval if rate else None,
        interval=rate.interval if rate else None,
        charged_at=rate.charged_at if rate else None,
        is_suspicious=is_suspicious,
        now_per_day_quote=_received(side, notional_quote, now_per_day),
        now_per_year=funding.apr(rate) if rate else None,
        week_per_day_quote=_received(side, notional_quote, week.rate_per_day if week else None),
        week_per_year=week.rate_per_year if week else None,
        month_per_day_quote=_received(side, notional_quote, month.rate_per_day if month else None),
        month_per_year=month.rate_per_year if month else None,
        month_covered=month.covered if month else None,
        expected_quote=Decimal(0) if is_dated else _received(side, notional_quote, expected, days),
        expected_deviation_quote=None if deviation is None else notional_quote * deviation * days.sqrt(),
        rests_on=FundingBasis.NONE if is_dated else rests_on,
    )


def _expected_per_day(
    month: funding.Realised | None, week: funding.Realised | None, now_per_day: Decimal | None
) -> tuple[FundingBasis, Decimal | None]:
    """The longest settled mean there is, else the predicted rate."""
    if month is not None and month.covered > WEEK:
        return FundingBasis.MONTH, month.rate_per_day
    if week is not None:
        return FundingBasis.WEEK, week.rate_per_day
    return FundingBasis.NOW, now_per_day


def basis_outlook(
    snapshot: Snapshot, sizing: Sizing, horizon: timedelta, now: datetime, side: Side = Side.SHORT
) -> BasisOutlook | None:
    """Where the contract stands against its index; None where the exchange gives no index.

    A perpetual's premium is taken as gone by the end of the horizon; a dated contract's in proportion to the days, all
    of it at expiry.
    """
    spot = snapshot.quote.index_quote
    if spot is None:
        return None
    difference = snapshot.quote.mark_quote - spot
    expires_at = snapshot.instrument.expires_at
    converged = Decimal(1) if expires_at is None else min(Decimal(horizon / (expires_at - now)), Decimal(1))
    return BasisOutlook(
        spot_quote=spot,
        basis_quote=difference,
        basis_share=basis.basis_share(snapshot.quote.mark_quote, spot),
        basis_per_year=None
        if expires_at is None
        else basis.annualised_basis(snapshot.quote.mark_quote, spot, expires_at - now),
        state=basis.basis_state(snapshot.quote.mark_quote, spot),
        gain_quote=-side.sign * difference * sizing.amount_base * converged,
        converged_share=converged,
    )


def horizon_cost(snapshot: Snapshot, sizing: Sizing, outlook: FundingOutlook, gap: BasisOutlook | None) -> HorizonCost:
    """Two taker fills, the visible book both ways, expected funding, convergence of the basis."""
    fees = 2 * snapshot.instrument.taker_share * sizing.notional_quote
    slippage = _slippage_quote(snapshot, sizing)
    paid = None if outlook.expected_quote is None else -outlook.expected_quote
    converging = None if gap is None else -gap.gain_quote
    parts = (fees, slippage, paid, converging)
    total = None if None in parts else sum((part for part in parts if part is not None), Decimal(0))
    share = None if total is None or not sizing.contracts else total / sizing.notional_quote
    return HorizonCost(fees, slippage, paid, converging, total, share)


def _slippage_quote(snapshot: Snapshot, sizing: Sizing) -> Decimal | None:
    """Selling now and buying back against mid, in quote; None where the visible book is missing or too thin."""
    mid = snapshot.book.mid_quote if snapshot.book else None
    if snapshot.book is None or mid is None:
        return None
    try:
        sold = basis.walk(snapshot.book.bids, sizing.contracts, snapshot.instrument)
        bought = basis.walk(snapshot.book.asks, sizing.contracts, snapshot.instrument)
    except NotPossible:
        return None
    return sizing.notional_quote * (bought.average_quote - sold.average_quote) / mid


def _received(
    side: Side, notional: Decimal, rate_per_day: Decimal | None, days: Decimal = Decimal(1)
) -> Decimal | None:
    return None if rate_per_day is None else funding.received_quote(side, notional, rate_per_day) * days
