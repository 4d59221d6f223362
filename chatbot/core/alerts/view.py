"""What the markets say now, as rules look at it: one contract of each exchange for a coin, and which can be ranked.

Law: a market that is not ranked has no value, never a doubtful one; the floats of `table` stand for the Decimals beside
them. A subject is (coin, exchange), with "" for all exchanges.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from math import nan

import numpy as np

from chatbot.core.alerts.columns import Floats
from chatbot.core.alerts.rules import EIGHT_HOURS, Measure, RateLine
from chatbot.core.basis import annualised_basis, basis_share
from chatbot.core.charges import LastCharge, LastCharges
from chatbot.core.funding import is_suspicious, per_eight_hours
from chatbot.core.markets import EXCHANGE_NAMES, Board, BoardRow, FundingRate, InstrumentKind

TOO_OLD = timedelta(minutes=10)  # an exchange that said nothing for so long is taken as silent
ENOUGH_VOLUME_QUOTE = Decimal(1_000_000)  # a day, where the measure is over all exchanges
MARKS_APART = 1.05
SHORTEST_TO_EXPIRY = timedelta(days=1)  # a tick of the mark is worth whole percents a year on the last day
NOISE_PER_EIGHT_HOURS = Decimal("0.00001")  # nearer to zero a rate has no sign

# The bit of each exchange in INTERVAL's reference, which is stored: new exchanges come last, none is taken away.
BITS: Mapping[str, int] = {exchange: 1 << place for place, exchange in enumerate(EXCHANGE_NAMES)}
BIT_OF_OTHERS = 1 << 51  # a float holds 53

Subject = tuple[str, str]


class Doubt(Enum):
    """Why a subject has no value now."""

    NOT_LISTED = "not listed"
    NO_ANSWER = "no answer"  # the exchange is down or slow
    INTERVAL_UNKNOWN = "interval unknown"
    SUSPICIOUS = "suspicious"  # hardly possible, or its mark is far from that of the others
    LITTLE_VOLUME = "little volume"
    ONE_EXCHANGE = "one exchange"  # a spread needs two
    NO_DATED = "no dated contract"


class Figure(IntEnum):
    """The rows of a view's table."""

    HIGHEST = 0
    LOWEST = 1
    SPREAD = 2
    LARGEST_BASIS = 3
    SMALLEST_BASIS = 4
    MIDDLE = 5
    INTERVAL = 6  # in seconds; of all exchanges: those that changed it, a bit each
    ANSWERED = 7  # of all exchanges: those that told theirs, a bit each
    NONE = 8


FIGURES: Mapping[tuple[Measure, bool], Figure] = {
    (Measure.RATE, True): Figure.HIGHEST,
    (Measure.RATE, False): Figure.LOWEST,
    (Measure.SPREAD, True): Figure.SPREAD,
    (Measure.SPREAD, False): Figure.SPREAD,
    (Measure.BASIS, True): Figure.LARGEST_BASIS,
    (Measure.BASIS, False): Figure.SMALLEST_BASIS,
    (Measure.FLIP, True): Figure.MIDDLE,
    (Measure.FLIP, False): Figure.MIDDLE,
    (Measure.INTERVAL, True): Figure.INTERVAL,
    (Measure.INTERVAL, False): Figure.INTERVAL,
}


@dataclass(frozen=True, slots=True)
class Market:
    """The perpetual of one coin that is traded most on one exchange. `doubt` None: it is ranked."""

    line: RateLine
    symbol: str
    doubt: Doubt | None
    has_volume: bool
    has_flipped: bool
    has_new_interval: bool
    source: str
    as_of: datetime

    @property
    def name(self) -> str:
        """Exchange and symbol, as in the members of a rule's state."""
        return f"{self.line.exchange} {self.symbol}"

    @property
    def value_per_eight_hours(self) -> Decimal:
        """Of a ranked one."""
        assert self.line.per_eight_hours is not None
        return self.line.per_eight_hours


@dataclass(frozen=True, slots=True)
class Dated:
    """A dated contract, mark against index. Its line tells the basis as a rate of the time that is left."""

    line: RateLine
    basis_per_year: Decimal
    expires_at: datetime
    has_volume: bool
    source: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """What a subject shows. `markets`: all that it looks at; the others are ranked, with volume where over all."""

    markets: tuple[Market, ...] = ()
    highest: Market | None = None
    lowest: Market | None = None
    middle: Market | None = None
    largest: Dated | None = None
    smallest: Dated | None = None

    @property
    def spread_per_eight_hours(self) -> Decimal | None:
        """The highest less the lowest; None below two exchanges."""
        if self.highest is None or self.lowest is None or self.highest.line.exchange == self.lowest.line.exchange:
            return None
        return self.highest.value_per_eight_hours - self.lowest.value_per_eight_hours


@dataclass(frozen=True, slots=True, eq=False)
class MarketView:
    """All exchanges at one time.

    `table`: a row for each Figure, a column for each of `places` and a last one of nan. `ranked`: the ranked markets
    with enough volume, the largest rate (in either direction) first, and `sizes` their rates without sign. `flipped`:
    those whose coming charge goes the other way than the last by more than noise, the largest swing first, one for each
    coin. `changed`: those with another interval than at the last charge.
    """

    exchanges: frozenset[str]  # that answered
    markets: Mapping[str, Market]  # by name
    stands: Mapping[Subject, Stand]
    places: Mapping[Subject, int]
    table: Floats
    ranked: tuple[Market, ...]
    sizes: Floats
    flipped: tuple[Market, ...]
    changed: tuple[Market, ...]


def view_of(
    boards: Iterable[Board], charges: LastCharges, now: datetime, coins: Collection[str] | None = None
) -> MarketView:
    """The view of these boards; those older than TOO_OLD are left out.

    `coins`: only these are looked at, where rules for a few are asked about: 5,000 markets take a tenth of a second.
    """
    fresh = tuple(_about(board, coins) for board in boards if now - board.as_of <= TOO_OLD)
    markets = _markets(fresh, charges)
    stands = _stands(markets, _dated(fresh, now))
    ranked = sorted(_rankable(markets), key=lambda market: (-abs(market.value_per_eight_hours), market.name))
    return MarketView(
        exchanges=frozenset(board.exchange for board in fresh),
        markets={market.name: market for market in markets},
        stands=stands,
        places={subject: place for place, subject in enumerate(stands)},
        table=_table(stands),
        ranked=tuple(ranked),
        sizes=np.array([abs(float(market.value_per_eight_hours)) for market in ranked], np.float64),
        flipped=_flipped(ranked),
        changed=tuple(market for market in ranked if market.has_new_interval),
    )


def _about(board: Board, coins: Collection[str] | None) -> Board:
    if coins is None:
        return board
    return replace(board, rows=tuple(row for row in board.rows if row.instrument.coin in coins))


def _markets(boards: Sequence[Board], charges: LastCharges) -> tuple[Market, ...]:
    most_traded = [found for board in boards for found in _most_traded(board)]
    marks = defaultdict(list)
    for _, row in most_traded:
        if row.mark_quote is not None:
            marks[row.instrument.coin].append(float(row.mark_quote))
    by_coin = {coin: sorted(found) for coin, found in marks.items()}
    return tuple(
        _market(board, row, charges.get((board.exchange, row.instrument.symbol)), by_coin.get(row.instrument.coin, ()))
        for board, row in most_traded
    )


def _most_traded(board: Board) -> Iterable[tuple[Board, BoardRow]]:
    """For each coin the perpetual that tells a rate and has most volume; the first of those that tell none."""
    found: dict[str, BoardRow] = {}
    for row in board.rows:
        if row.instrument.kind is InstrumentKind.PERPETUAL and row.funding is not None:
            before = found.setdefault(row.instrument.coin, row)
            if (row.volume_day_quote or 0) > (before.volume_day_quote or 0):
                found[row.instrument.coin] = row
    return ((board, row) for row in found.values())


def _market(board: Board, row: BoardRow, charge: LastCharge | None, marks: Sequence[float]) -> Market:
    rate = row.funding
    assert rate is not None
    return Market(
        line=_line(row, rate, charge),
        symbol=row.instrument.symbol,
        doubt=_doubt(rate, row.mark_quote, marks),
        has_volume=_has_volume(row),
        has_flipped=charge is not None and charge.has_flipped,
        has_new_interval=charge is not None and charge.has_new_interval,
        source=board.source,
        as_of=board.as_of,
    )


def _line(row: BoardRow, rate: FundingRate, charge: LastCharge | None) -> RateLine:
    before = charge if charge is not None and charge.charged_per_interval is not None else None
    return RateLine(
        coin=row.instrument.coin,
        exchange=row.instrument.exchange,
        rate_per_interval=rate.rate_per_interval,
        interval=rate.interval,
        per_eight_hours=per_eight_hours(rate),
        charged_at=rate.charged_at,
        before_per_eight_hours=_charged_per_eight_hours(before),
        before_interval=before.charged_interval if before else None,
    )


def _charged_per_eight_hours(charge: LastCharge | None) -> Decimal | None:
    if charge is None or charge.charged_per_interval is None or charge.charged_interval is None:
        return None
    return charge.charged_per_interval * Decimal(EIGHT_HOURS / charge.charged_interval)


def _doubt(rate: FundingRate, mark_quote: Decimal | None, marks: Sequence[float]) -> Doubt | None:
    if rate.interval is None:
        return Doubt.INTERVAL_UNKNOWN
    is_doubtful = is_suspicious(rate) or (mark_quote is not None and _is_apart(float(mark_quote), marks))
    return Doubt.SUSPICIOUS if is_doubtful else None


def _is_apart(mark: float, marks: Sequence[float]) -> bool:
    """Whether fewer than half of the other marks (sorted, this one among them) are near: of two apart, both are."""
    near = bisect_right(marks, mark * MARKS_APART) - bisect_left(marks, mark / MARKS_APART)
    return 2 * (near - 1) < len(marks) - 1


def _has_volume(row: BoardRow) -> bool:
    return row.volume_day_quote is not None and row.volume_day_quote >= ENOUGH_VOLUME_QUOTE


def _rankable(markets: Iterable[Market]) -> list[Market]:
    return [market for market in markets if market.doubt is None and market.has_volume]


def _flipped(ranked: Sequence[Market]) -> tuple[Market, ...]:
    swings = sorted(((swing, market) for market in ranked if (swing := _swing(market))), key=lambda pair: -pair[0])
    found: dict[str, Market] = {}
    for _, market in swings:
        found.setdefault(market.line.coin, market)
    return tuple(found.values())


def _swing(market: Market) -> Decimal:
    """From the last charge to the coming one, where the sign changed by more than noise; else nothing."""
    before, coming = market.line.before_per_eight_hours, market.value_per_eight_hours
    if not market.has_flipped or before is None or min(abs(before), abs(coming)) < NOISE_PER_EIGHT_HOURS:
        return Decimal(0)
    return abs(coming - before)


def _dated(boards: Sequence[Board], now: datetime) -> list[Dated]:
    found = (_dated_row(board, row, now) for board in boards for row in board.rows)
    return [dated for dated in found if dated is not None]


def _dated_row(board: Board, row: BoardRow, now: datetime) -> Dated | None:
    expires_at = row.instrument.expires_at
    if expires_at is None or expires_at - now < SHORTEST_TO_EXPIRY or not row.mark_quote or not row.index_quote:
        return None
    left = expires_at - now
    share = basis_share(row.mark_quote, row.index_quote)
    instrument = row.instrument
    eight_hours = share * Decimal(EIGHT_HOURS / left)
    return Dated(
        line=RateLine(instrument.coin, instrument.exchange, share, left, eight_hours, expires_at),
        basis_per_year=annualised_basis(row.mark_quote, row.index_quote, left),
        expires_at=expires_at,
        has_volume=_has_volume(row),
        source=board.source,
        as_of=board.as_of,
    )


def _stands(markets: Iterable[Market], dated: Iterable[Dated]) -> dict[Subject, Stand]:
    shown: dict[Subject, tuple[list[Market], list[Dated]]] = defaultdict(lambda: ([], []))
    for market in markets:
        shown[market.line.coin, market.line.exchange][0].append(market)
        shown[market.line.coin, ""][0].append(market)
    for each in dated:
        shown[each.line.coin, each.line.exchange][1].append(each)
        if each.has_volume:
            shown[each.line.coin, ""][1].append(each)
    return {subject: _stand(*found, is_of_all=not subject[1]) for subject, found in shown.items()}


def _stand(markets: Sequence[Market], dated: Sequence[Dated], *, is_of_all: bool) -> Stand:
    ranked = [market for market in markets if market.doubt is None and (market.has_volume or not is_of_all)]
    ranked.sort(key=lambda market: (market.value_per_eight_hours, market.line.exchange))
    dated = sorted(dated, key=lambda each: each.basis_per_year)
    return Stand(
        markets=tuple(markets),
        highest=ranked[-1] if ranked else None,
        lowest=ranked[0] if ranked else None,
        middle=ranked[(len(ranked) - 1) // 2] if ranked else None,
        largest=dated[-1] if dated else None,
        smallest=dated[0] if dated else None,
    )


def value_of(stand: Stand, figure: Figure) -> Decimal | None:
    """What a subject shows of a figure, exactly; None where it is unknown, and for intervals, which are no Decimals."""
    return EXACT[figure](stand) if figure in EXACT else None


def _rate(market: Market | None) -> Decimal | None:
    return market.value_per_eight_hours if market else None


def _basis(dated: Dated | None) -> Decimal | None:
    return dated.basis_per_year if dated else None


EXACT: Mapping[Figure, Callable[[Stand], Decimal | None]] = {
    Figure.HIGHEST: lambda stand: _rate(stand.highest),
    Figure.LOWEST: lambda stand: _rate(stand.lowest),
    Figure.SPREAD: lambda stand: stand.spread_per_eight_hours,
    Figure.LARGEST_BASIS: lambda stand: _basis(stand.largest),
    Figure.SMALLEST_BASIS: lambda stand: _basis(stand.smallest),
    Figure.MIDDLE: lambda stand: _rate(stand.middle),
}


def _table(stands: Mapping[Subject, Stand]) -> Floats:
    columns = [_column(subject, stand) for subject, stand in stands.items()]
    return np.array([*columns, [nan] * len(Figure)], np.float64).T.copy()


def _column(subject: Subject, stand: Stand) -> list[float]:
    exact = [value(stand) for value in EXACT.values()]
    values = [nan if value is None else float(value) for value in exact]
    return [*values, *_intervals(subject, stand.markets), nan]


def _intervals(subject: Subject, markets: Collection[Market]) -> tuple[float, float]:
    """The figures INTERVAL and ANSWERED."""
    known = [market for market in markets if market.line.interval is not None]
    if subject[1] or not known:
        return next((market.line.interval.total_seconds() for market in known if market.line.interval), nan), nan
    changed = [market for market in known if market.has_new_interval]
    return float(_bits(changed)), float(_bits(known))


def _bits(markets: Iterable[Market]) -> int:
    return sum({BITS.get(market.line.exchange, BIT_OF_OTHERS) for market in markets})
