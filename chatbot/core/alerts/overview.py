"""All coins at once: the extremes, what flipped, what changed its interval; and a table of coins by exchanges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chatbot.core.alerts.extremes import most_extreme_by_coin
from chatbot.core.alerts.rules import RateLine
from chatbot.core.alerts.view import Market, MarketView
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.markets import Board, InstrumentKind

LISTED = 5
MAP_COINS = 12


@dataclass(frozen=True, slots=True)
class OverviewPlan:
    """The highest and the lowest rate of each coin with enough volume, the most extreme first; changes since the last
    settlement. `markets`: how many were compared, `left_out` how many were not (unknown interval, suspicious, little
    volume).
    """

    planned_at: datetime
    highest: tuple[RateLine, ...]
    lowest: tuple[RateLine, ...]
    flips: tuple[RateLine, ...]
    interval_changes: tuple[RateLine, ...]
    markets: int
    left_out: int
    exchanges: tuple[str, ...]
    outages: tuple[Outage, ...]
    source: str
    as_of: datetime


def plan_overview(
    view: MarketView, boards: Sequence[Board], *, now: datetime, outages: Sequence[Outage] = ()
) -> OverviewPlan:
    """MarketUnavailable where no exchange answered."""
    _require(boards, outages)
    ends = most_extreme_by_coin(view.ranked)
    falling = sorted(ends, key=lambda market: -market.value_per_eight_hours)
    return OverviewPlan(
        planned_at=now,
        highest=_lines(market for market in falling[:LISTED] if market.value_per_eight_hours > 0),
        lowest=_lines(market for market in falling[::-1][:LISTED] if market.value_per_eight_hours < 0),
        flips=_lines(view.flipped[:LISTED]),
        interval_changes=_lines(view.changed[:LISTED]),
        markets=len(view.ranked),
        left_out=len(view.markets) - len(view.ranked),
        exchanges=tuple(board.exchange for board in boards),
        outages=tuple(outages),
        source=", ".join(board.source for board in boards),
        as_of=min(board.as_of for board in boards),
    )


def _lines(markets: Iterable[Market]) -> tuple[RateLine, ...]:
    return tuple(market.line for market in markets)


@dataclass(frozen=True, slots=True)
class MapPlan:
    """Rates per 8 hours of the most traded coins (rows) on each exchange (columns); None: not listed, or not ranked."""

    planned_at: datetime
    exchanges: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Decimal | None, ...]], ...]
    outages: tuple[Outage, ...]
    source: str
    as_of: datetime


def plan_map(
    view: MarketView, boards: Sequence[Board], *, now: datetime, outages: Sequence[Outage] = (), coins: int = MAP_COINS
) -> MapPlan:
    """The coins by what is traded of them on all exchanges together. MarketUnavailable where no exchange answered."""
    _require(boards, outages)
    exchanges = tuple(board.exchange for board in boards)
    return MapPlan(
        planned_at=now,
        exchanges=exchanges,
        rows=tuple((coin, tuple(_cell(view, coin, each) for each in exchanges)) for coin in _traded(boards)[:coins]),
        outages=tuple(outages),
        source=", ".join(board.source for board in boards),
        as_of=min(board.as_of for board in boards),
    )


def _require(boards: Sequence[Board], outages: Sequence[Outage]) -> None:
    if not boards:
        raise MarketUnavailable("No exchange told its funding rates.", outages)


def _traded(boards: Sequence[Board]) -> list[str]:
    volumes: dict[str, Decimal] = {}
    for board in boards:
        for row in board.rows:
            if row.instrument.kind is InstrumentKind.PERPETUAL and row.funding is not None:
                coin = row.instrument.coin
                volumes[coin] = volumes.get(coin, Decimal(0)) + (row.volume_day_quote or Decimal(0))
    return sorted(volumes, key=lambda coin: -volumes[coin])


def _cell(view: MarketView, coin: str, exchange: str) -> Decimal | None:
    stand = view.stands.get((coin, exchange))
    return stand.highest.value_per_eight_hours if stand is not None and stand.highest is not None else None
