"""The dated contract beside the perpetual: what is locked today against the funding that is only expected.

Law: the basis is what this size gets at the bids of the visible book; a part of it counts within the horizon, in
proportion to the days until expiry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core import basis
from chatbot.core.errors import NotPossible
from chatbot.core.hedging.sizing import Sizing, size_direct
from chatbot.core.markets import Instrument, Snapshot


@dataclass(frozen=True, slots=True)
class DatedAlternative:
    """A short of the same coins in a dated contract, in quote: gains (+), pays (-), before fees.

    `locked_quote`: the whole basis, by expiry. `within_quote`: the part of it that the horizon covers.
    """

    instrument: Instrument
    expires_at: datetime
    bid_quote: Decimal
    spot_quote: Decimal
    locked_quote: Decimal
    basis_per_year: Decimal
    within_quote: Decimal
    source: str
    as_of: datetime


def dated_alternative(
    snapshots: Sequence[Snapshot], size: Sizing, horizon: timedelta, now: datetime
) -> DatedAlternative | None:
    """The one with the highest basis a year for a short of `size`; None where no exchange gives a bid and an index."""
    found = [_alternative(snapshot, size, horizon, now) for snapshot in snapshots]
    return max((each for each in found if each is not None), key=lambda each: each.basis_per_year, default=None)


def _alternative(snapshot: Snapshot, size: Sizing, horizon: timedelta, now: datetime) -> DatedAlternative | None:
    contract, spot, bid = snapshot.instrument, snapshot.quote.index_quote, _bid(snapshot, size)
    expires_at = contract.expires_at
    if spot is None or bid is None or expires_at is None or expires_at <= now:
        return None
    locked = basis.converging_quote(size.amount_base, bid, spot)
    return DatedAlternative(
        instrument=contract,
        expires_at=expires_at,
        bid_quote=bid,
        spot_quote=spot,
        locked_quote=locked,
        basis_per_year=basis.annualised_basis(bid, spot, expires_at - now),
        within_quote=locked * min(Decimal(horizon / (expires_at - now)), Decimal(1)),
        source=snapshot.quote.source,
        as_of=snapshot.quote.as_of,
    )


def _bid(snapshot: Snapshot, size: Sizing) -> Decimal | None:
    """What the whole size is sold at; None where the visible book ends first."""
    book = snapshot.book
    if book is None or not book.bids:
        return snapshot.quote.bid_quote
    wanted = size_direct(snapshot.instrument, size.amount_base, book.bids[0].price_quote)
    try:
        return basis.walk(book.bids, wanted.wanted_contracts, snapshot.instrument).average_quote
    except NotPossible:
        return None
