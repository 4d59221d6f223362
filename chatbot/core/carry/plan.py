"""The plan of a cash-and-carry: the same coins against the perpetual and against each dated contract, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.carry.legs import CarryLeg, Terms, carry_leg
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.markets import FundingHistory, Instrument, InstrumentKind, OrderBook, Snapshot

TOO_OLD = timedelta(minutes=10)  # sizes nothing


@dataclass(frozen=True, slots=True)
class Refused:
    """A contract that cannot carry this size, and why."""

    instrument: Instrument
    reason: str


@dataclass(frozen=True, slots=True)
class CarryPlan:
    """Legs of the best exchange (or the one asked for): the perpetual, then dated ones by expiry.

    `others`: the best leg of each other exchange. `spot`: where the coins are bought, and at what age.
    """

    coin: str
    terms: Terms
    planned_at: datetime
    spot: Instrument
    spot_source: str
    legs: tuple[CarryLeg, ...]
    best: CarryLeg
    others: tuple[CarryLeg, ...]
    refused: tuple[Refused, ...]
    outages: tuple[Outage, ...]


def plan_carry(
    terms: Terms,
    spot: Mapping[str, OrderBook],
    snapshots: Sequence[Snapshot],
    years: Mapping[Instrument, FundingHistory],
    *,
    now: datetime,
    exchange: str | None = None,
    outages: Sequence[Outage] = (),
) -> CarryPlan:
    """`spot`: books by exchange; a contract's own exchange is taken where it has one, else the first.

    Raises MarketUnavailable without any fresh book, NotPossible where no contract takes the size.
    """
    fresh = [snap for snap in snapshots if now - snap.quote.as_of <= TOO_OLD]
    books = {name: book for name, book in spot.items() if now - book.as_of <= TOO_OLD}
    if not fresh or not books:
        raise MarketUnavailable("No exchange gave both a spot and a futures price in the last ten minutes.", outages)
    legs: list[CarryLeg] = []
    refused: list[Refused] = []
    for snap in fresh:
        book = books.get(snap.instrument.exchange) or next(iter(books.values()))
        try:
            legs.append(carry_leg(terms, book, snap, years.get(snap.instrument), now))
        except NotPossible as problem:
            refused.append(Refused(snap.instrument, problem.sentence))
    return _chosen(terms, books, legs, refused, exchange, outages, now)


def _chosen(
    terms: Terms,
    books: Mapping[str, OrderBook],
    legs: Sequence[CarryLeg],
    refused: Sequence[Refused],
    exchange: str | None,
    outages: Sequence[Outage],
    now: datetime,
) -> CarryPlan:
    if not legs:
        raise NotPossible(refused[0].reason)
    ranked = sorted(legs, key=_per_year, reverse=True)
    best_of: dict[str, CarryLeg] = {}
    for leg in ranked:
        best_of.setdefault(leg.instrument.exchange, leg)
    where = exchange if exchange in best_of else ranked[0].instrument.exchange
    spot = books.get(where) or next(iter(books.values()))
    return CarryPlan(
        coin=spot.instrument.coin,
        terms=terms,
        planned_at=now,
        spot=spot.instrument,
        spot_source=spot.instrument.exchange,
        legs=tuple(sorted((leg for leg in legs if leg.instrument.exchange == where), key=_in_time)),
        best=best_of[where],
        others=tuple(leg for name, leg in best_of.items() if name != where),
        refused=tuple(each for each in refused if each.instrument.exchange == where),
        outages=tuple(outages),
    )


def _per_year(leg: CarryLeg) -> Decimal:
    return leg.main.capital_share_per_year if leg.main else Decimal("-Infinity")


def _in_time(leg: CarryLeg) -> tuple[bool, float]:
    expires_at = leg.instrument.expires_at
    return leg.instrument.kind is InstrumentKind.DATED, expires_at.timestamp() if expires_at else 0.0
