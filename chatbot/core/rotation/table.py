"""The table of sectors, and one sector coin by coin, with all that went into them.

Law: what is missing is named in the same value, so that no answer can be given without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isnan

from chatbot.core.crowding import Crowded
from chatbot.core.errors import NotPossible, Outage
from chatbot.core.markets import BoardRow, Candles, Instrument
from chatbot.core.panel import DAY_S, Panel, panel_of
from chatbot.core.rotation.heat import Heat, heat_of, rate_of
from chatbot.core.rotation.phase import Cycle, cycle_of
from chatbot.core.rotation.standings import Member, Standing, members_of, standings
from chatbot.core.rotation.strength import BITCOIN, MONTH, WEEK, factors_of, last_common

Sectors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at. `exchanges`: asked (ccxt ids). `rates_as_of`: of the oldest rates; None where none came.

    `coins_unlisted`: on no exchange asked; `coins_missing`: their prices did not come in time.
    """

    exchanges: tuple[str, ...]
    outages: tuple[Outage, ...]
    coins_unlisted: tuple[str, ...]
    coins_missing: tuple[str, ...]
    sources: tuple[str, ...]
    rates_as_of: datetime | None
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class Bitcoin:
    """What it returned over 7 and 30 days: what strength is measured against. None without so many days."""

    week: float | None
    month: float | None
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class SectorRow:
    """Where a sector of these `coins` stands, and what longs pay for them."""

    coins: tuple[str, ...]
    standing: Standing
    heat: Heat | None


@dataclass(frozen=True, slots=True)
class SectorTable:
    """Every sector, the ranked ones first. Bitcoin's last close is that of all."""

    rows: tuple[SectorRow, ...]
    cycle: Cycle
    bitcoin: Bitcoin
    looked: Looked

    @property
    def ranked(self) -> tuple[SectorRow, ...]:
        """By place."""
        return tuple(row for row in self.rows if row.standing.place is not None)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A coin with the rate of the perpetual that is traded most, None where none is known, and who crowds there."""

    member: Member
    per_eight_hours: Decimal | None
    exchange: str | None
    crowded: Crowded | None


@dataclass(frozen=True, slots=True)
class SectorDetail:
    """One sector of `ranked` that have a place, coin by coin."""

    row: SectorRow
    ranked: int
    members: tuple[MemberRow, ...]
    bitcoin: Bitcoin
    looked: Looked


def plan_table(
    candles: Mapping[str, Candles], sectors: Sectors, perpetuals: Mapping[str, BoardRow], looked: Looked
) -> SectorTable:
    """From closed daily bars and each coin's most traded perpetual. NotPossible without closes of bitcoin."""
    panel = _panel(candles)
    rows = _rows(panel, sectors, perpetuals)
    coins = sorted({coin for coins in sectors.values() for coin in coins} - {BITCOIN})
    return SectorTable(rows, cycle_of(panel, sectors, heat_of(coins, perpetuals)), _bitcoin(panel), looked)


def plan_sector(
    candles: Mapping[str, Candles],
    sectors: Sectors,
    sector: str,
    perpetuals: Mapping[str, BoardRow],
    crowds: Mapping[Instrument, Crowded],
    looked: Looked,
) -> SectorDetail:
    """The one of `sectors` that is called `sector`. NotPossible without closes of bitcoin."""
    panel = _panel(candles)
    rows = _rows(panel, sectors, perpetuals)
    there = [coin for coin in sectors[sector] if coin in panel.coins]
    return SectorDetail(
        row=next(row for row in rows if row.standing.sector == sector),
        ranked=sum(row.standing.place is not None for row in rows),
        members=tuple(_member(each, perpetuals.get(each.coin), crowds) for each in members_of(panel, there)),
        bitcoin=_bitcoin(panel),
        looked=looked,
    )


def _panel(candles: Mapping[str, Candles]) -> Panel:
    if BITCOIN not in candles:
        raise NotPossible("Strength is measured against bitcoin, and no daily prices of it are here.")
    panel = last_common(panel_of(candles))
    if not len(panel.opened):
        raise NotPossible("Strength is measured against bitcoin, and no daily prices of it are here.")
    return panel


def _rows(panel: Panel, sectors: Sectors, perpetuals: Mapping[str, BoardRow]) -> tuple[SectorRow, ...]:
    found = ((tuple(sectors[standing.sector]), standing) for standing in standings(panel, sectors))
    return tuple(SectorRow(coins, standing, heat_of(coins, perpetuals)) for coins, standing in found)


def _member(member: Member, row: BoardRow | None, crowds: Mapping[Instrument, Crowded]) -> MemberRow:
    if row is None:
        return MemberRow(member, None, None, None)
    return MemberRow(member, rate_of(row), row.instrument.exchange, crowds.get(row.instrument))


def _bitcoin(panel: Panel) -> Bitcoin:
    week, month = (_return(panel, days) for days in (WEEK, MONTH))
    return Bitcoin(week, month, datetime.fromtimestamp(int(panel.opened[-1]), UTC) + timedelta(seconds=DAY_S))


def _return(panel: Panel, days: int) -> float | None:
    factor = float(factors_of(panel.of([BITCOIN]), days)[-1, 0])
    return None if isnan(factor) else factor - 1
