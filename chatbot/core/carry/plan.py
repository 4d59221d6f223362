"""The plan of a cash-and-carry: the same coins against the perpetual and against each dated contract, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from chatbot.core.carry.legs import CarryLeg, Terms, carry_leg
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.funding import MARKS_APART
from chatbot.core.markets import FundingHistory, Instrument, OrderBook, Snapshot

TOO_OLD = timedelta(minutes=10)  # sizes nothing


@dataclass(frozen=True, slots=True)
class Refused:
    """A contract that cannot carry this size, and why."""

    instrument: Instrument
    reason: str


@dataclass(frozen=True, slots=True)
class CarryPlan:
    """The perpetual, then dated contracts by expiry: each where it earns most, or all of the exchange asked for.

    `best` is one of `legs`; `others`: the best leg of each exchange that is not among them.
    """

    coin: str
    terms: Terms
    planned_at: datetime
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
            _require_one_coin(snap, book)
            legs.append(carry_leg(terms, book, snap, years.get(snap.instrument), now))
        except NotPossible as problem:
            refused.append(Refused(snap.instrument, problem.sentence))
    if not legs:
        raise NotPossible(refused[0].reason)
    ranked = sorted(legs, key=_per_year, reverse=True)
    shown = _shown(ranked, exchange)
    listed = {leg.instrument.exchange for leg in shown}
    return CarryPlan(
        coin=shown[0].instrument.coin,
        terms=terms,
        planned_at=now,
        legs=tuple(sorted(shown, key=_in_time)),
        best=shown[0],
        others=_first_of_each(leg for leg in ranked if leg.instrument.exchange not in listed),
        refused=tuple(each for each in refused if exchange in (None, each.instrument.exchange)),
        outages=tuple(outages),
    )


def _require_one_coin(snapshot: Snapshot, spot: OrderBook) -> None:
    """NotPossible where the contract is on something else than the coins that are bought: names are used twice."""
    quote, mid_quote = snapshot.quote, spot.mid_quote
    followed_quote = quote.index_quote or quote.mark_quote
    if mid_quote is not None and not 1 / MARKS_APART <= followed_quote / mid_quote <= MARKS_APART:
        raise NotPossible("It follows a price more than 5 % from this spot price, so it may be of another coin.")


def _shown(ranked: Sequence[CarryLeg], exchange: str | None) -> list[CarryLeg]:
    """Of the exchange asked for all, else of each expiry (and of no expiry) the first."""
    own = [leg for leg in ranked if leg.instrument.exchange == exchange]
    by_expiry = {_day(leg): leg for leg in reversed(ranked)}
    return own or [leg for leg in ranked if by_expiry[_day(leg)] is leg]


def _day(leg: CarryLeg) -> date | None:
    """Exchanges settle at different hours of one day."""
    return leg.instrument.expires_at.date() if leg.instrument.expires_at else None


def _first_of_each(legs: Iterable[CarryLeg]) -> tuple[CarryLeg, ...]:
    found: dict[str, CarryLeg] = {}
    for leg in legs:
        found.setdefault(leg.instrument.exchange, leg)
    return tuple(found.values())


def _per_year(leg: CarryLeg) -> Decimal:
    return leg.main.capital_share_per_year if leg.main else Decimal("-Infinity")


def _in_time(leg: CarryLeg) -> tuple[bool, float]:
    expires_at = leg.instrument.expires_at
    return expires_at is not None, expires_at.timestamp() if expires_at else 0.0
