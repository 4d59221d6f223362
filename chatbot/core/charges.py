"""What each market was last seen to charge, remembered from look to look: flips and changes of the interval show in it.

Law: a rate counts as charged where it was the last one seen before the time of the charge passed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.markets import Board, BoardRow

LONGEST_USUAL = timedelta(hours=8)  # between two charges, where an interval is unknown


@dataclass(frozen=True, slots=True)
class LastCharge:
    """One market. The first three are of the coming charge, as last seen; the others of the one before it."""

    due_at: datetime
    rate_per_interval: Decimal
    interval: timedelta | None
    charged_at: datetime | None = None
    charged_per_interval: Decimal | None = None
    charged_interval: timedelta | None = None

    @property
    def knows_last(self) -> bool:
        """Whether the charge that is remembered is the one right before the coming one: nobody looked away for long."""
        longest = max(self.interval or LONGEST_USUAL, self.charged_interval or LONGEST_USUAL)
        return self.charged_at is not None and self.due_at - self.charged_at <= longest

    @property
    def has_flipped(self) -> bool:
        """Whether the coming charge goes the other way than the last."""
        if self.charged_per_interval is None or not self.knows_last:
            return False
        return self.charged_per_interval * self.rate_per_interval < 0

    @property
    def has_new_interval(self) -> bool:
        """Whether the interval is another than at the last charge; unknown ones tell nothing."""
        return None not in (self.interval, self.charged_interval) and self.interval != self.charged_interval


LastCharges = Mapping[tuple[str, str], LastCharge]  # by exchange and symbol


def remembered(before: LastCharges, boards: Iterable[Board]) -> dict[tuple[str, str], LastCharge]:
    """`before` with what the boards say now. Markets that are on no board stay as they were, and so does an interval
    that a board leaves out."""
    seen = {
        (board.exchange, row.instrument.symbol): _next(before.get((board.exchange, row.instrument.symbol)), row)
        for board in boards
        for row in board.rows
        if row.funding is not None and row.funding.charged_at is not None
    }
    return {**before, **seen}


def _next(before: LastCharge | None, row: BoardRow) -> LastCharge:
    rate = row.funding
    assert rate is not None
    assert rate.charged_at is not None
    if before is None:
        return LastCharge(rate.charged_at, rate.rate_per_interval, rate.interval)
    coming = (rate.charged_at, rate.rate_per_interval, rate.interval or before.interval)
    if rate.charged_at > before.due_at <= rate.as_of:  # it was made; without the second it was only put off
        return LastCharge(*coming, before.due_at, before.rate_per_interval, before.interval)
    return LastCharge(*coming, before.charged_at, before.charged_per_interval, before.charged_interval)
