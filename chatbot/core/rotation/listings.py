"""Perpetuals listed in the last 90 days, each with one plain reason for caution.

Law: an exchange that gives no listing dates hides what is new there and is named; nothing is taken as new by guess.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.errors import Outage
from chatbot.core.funding import DAY, is_suspicious, per_eight_hours
from chatbot.core.markets import Board, BoardRow, FundingRate, Instrument, InstrumentKind, OrderBook
from chatbot.core.statistics import FEWEST_DAYS, FEWEST_FOR_VOLATILITY

YOUNG = timedelta(days=90)
THIN_DAY_QUOTE = Decimal(5_000_000)
WIDE_SHARE = Decimal("0.002")  # from the best bid to the best ask
EXTREME_PER_EIGHT_HOURS = Decimal("0.0005")  # 54.75 % a year
MOST_BOOKS = 8  # are asked for


class Caution(Enum):
    """One reason each: the first of these that holds. The last one holds for all that is young."""

    VOLUME_UNKNOWN = "volume unknown"
    THIN = "thin volume"
    WIDE = "wide spread"
    IMPOSSIBLE_FUNDING = "funding that can hardly be"
    EXTREME_FUNDING = "extreme funding"
    INTERVAL_UNKNOWN = "interval unknown"
    ONE_EXCHANGE = "one exchange"
    NO_VOLATILITY = "too young for a volatility"
    NO_BETA = "too young for a beta"
    NO_QUARTER = "no 90 days"


@dataclass(frozen=True, slots=True)
class Listing:
    """A coin's most traded young perpetual, in USD terms. None is what was not said, or not asked for.

    `exchanges`: those where the coin has a perpetual. `undated`: those among them that give no listing date.
    """

    instrument: Instrument
    age: timedelta
    volume_day_quote: Decimal | None
    spread_share: Decimal | None
    funding: FundingRate | None
    per_eight_hours: Decimal | None
    exchanges: tuple[str, ...]
    undated: tuple[str, ...]
    caution: Caution


@dataclass(frozen=True, slots=True)
class ListingsPlan:
    """New coins by volume, the most traded first.

    `on_older_coins`: young contracts of coins that have had a perpetual for longer, which are no new coins.
    `undated`: exchanges that gave no date of any perpetual.
    """

    listings: tuple[Listing, ...]
    on_older_coins: tuple[Instrument, ...]
    undated: tuple[str, ...]
    exchanges: tuple[str, ...]
    outages: tuple[Outage, ...]
    source: str
    as_of: datetime
    planned_at: datetime


def plan_listings(boards: Sequence[Board], outages: Iterable[Outage], now: datetime) -> ListingsPlan:
    """From at least one board, without spreads: `with_books` adds them."""
    rows = [row for board in boards for row in board.rows if row.instrument.kind is InstrumentKind.PERPETUAL]
    by_coin: dict[str, list[BoardRow]] = {}
    for row in rows:
        by_coin.setdefault(row.instrument.coin, []).append(row)
    young = {coin: own for coin, own in by_coin.items() if any(_is_young(row, now) for row in own)}
    dated = {row.instrument.exchange for row in rows if row.instrument.listed_at is not None}
    found = [_listing(own, now) for own in young.values() if not _has_older(own, now)]
    older = [row.instrument for own in young.values() if _has_older(own, now) for row in own if _is_young(row, now)]
    return ListingsPlan(
        listings=tuple(sorted(found, key=lambda each: -(each.volume_day_quote or Decimal(0)))),
        on_older_coins=tuple(older),
        undated=tuple(board.exchange for board in boards if board.rows and board.exchange not in dated),
        exchanges=tuple(board.exchange for board in boards),
        outages=tuple(outages),
        source=", ".join(board.source for board in boards),
        as_of=min(board.as_of for board in boards),
        planned_at=now,
    )


def asked_for(plan: ListingsPlan) -> Collection[Instrument]:
    """The markets whose books are worth a request each."""
    return tuple(each.instrument for each in plan.listings[:MOST_BOOKS])


def with_books(plan: ListingsPlan, books: Mapping[Instrument, OrderBook]) -> ListingsPlan:
    """With the spread of those books, which may be the caution."""
    return replace(plan, listings=tuple(_with_book(each, books.get(each.instrument)) for each in plan.listings))


def spread_of(book: OrderBook | None) -> Decimal | None:
    """From the best bid to the best ask, as a share of the middle; None where a side is empty."""
    mid = book.mid_quote if book else None
    return (book.asks[0].price_quote - book.bids[0].price_quote) / mid if book and mid else None


def _with_book(listing: Listing, book: OrderBook | None) -> Listing:
    wide = replace(listing, spread_share=spread_of(book))
    return replace(wide, caution=_caution(wide))


def _is_young(row: BoardRow, now: datetime) -> bool:
    """Announced ones, whose date is to come, are not traded yet."""
    listed_at = row.instrument.listed_at
    return listed_at is not None and timedelta() <= now - listed_at <= YOUNG


def _has_older(rows: Iterable[BoardRow], now: datetime) -> bool:
    return any(row.instrument.listed_at is not None and now - row.instrument.listed_at > YOUNG for row in rows)


def _listing(rows: Sequence[BoardRow], now: datetime) -> Listing:
    main = max((row for row in rows if _is_young(row, now)), key=lambda row: row.volume_day_quote or Decimal(0))
    listed_at = min(row.instrument.listed_at for row in rows if row.instrument.listed_at and _is_young(row, now))
    found = Listing(
        instrument=main.instrument,
        age=now - listed_at,
        volume_day_quote=main.volume_day_quote,
        spread_share=None,
        funding=main.funding,
        per_eight_hours=per_eight_hours(main.funding) if main.funding else None,
        exchanges=_once(row.instrument.exchange for row in rows),
        undated=_once(row.instrument.exchange for row in rows if row.instrument.listed_at is None),
        caution=Caution.NO_QUARTER,
    )
    return replace(found, caution=_caution(found))


def _once(exchanges: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(exchanges))


def _caution(listing: Listing) -> Caution:
    return next(caution for caution, holds in _cautions(listing) if holds)


def _cautions(listing: Listing) -> Iterable[tuple[Caution, bool]]:
    volume, rate, funding = listing.volume_day_quote, listing.per_eight_hours, listing.funding
    yield Caution.VOLUME_UNKNOWN, volume is None
    yield Caution.THIN, volume is not None and volume < THIN_DAY_QUOTE
    yield Caution.WIDE, listing.spread_share is not None and listing.spread_share > WIDE_SHARE
    yield Caution.IMPOSSIBLE_FUNDING, funding is not None and is_suspicious(funding)
    yield Caution.EXTREME_FUNDING, rate is not None and abs(rate) >= EXTREME_PER_EIGHT_HOURS
    yield Caution.INTERVAL_UNKNOWN, funding is not None and funding.interval is None
    yield Caution.ONE_EXCHANGE, len(listing.exchanges) == 1
    yield Caution.NO_VOLATILITY, listing.age < DAY * (FEWEST_FOR_VOLATILITY + 1)
    yield Caution.NO_BETA, listing.age < DAY * (FEWEST_DAYS + 1)
    yield Caution.NO_QUARTER, True
