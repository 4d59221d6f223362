"""The rule on trial: on the first of a month, or on Mondays, into the two strongest sectors; and what it is held
against. Each is a decision from the days before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import numpy as np

from chatbot.core.panel import DAY_S, Panel, Series
from chatbot.core.rotation.evidence.signals import Flags, Signals, is_stalled

PICKED = 2  # sectors
MONDAY = 0


class Rhythm(Enum):
    """When capital is moved."""

    MONTHLY = "monthly"
    WEEKLY = "weekly"


def is_due(rhythm: Rhythm, opened_s: int) -> bool:
    """Whether the day that opened then is a first of the month, or a Monday (UTC)."""
    day = datetime.fromtimestamp(opened_s, UTC)
    return day.day == 1 if rhythm is Rhythm.MONTHLY else day.weekday() == MONDAY


def today_s(known: Panel) -> int:
    """The opening of the day that begins after these."""
    return int(known.opened[-1]) + DAY_S


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """Equal shares of the two strongest sectors, equal within each.

    `crowded`: by row and column, whether longs stood crowded when the day began. A coin that is crowded and whose price
    has stalled is sold, and not bought: its share stays in cash until the next date. None: no exit.
    """

    signals: Signals
    rhythm: Rhythm
    first: int
    crowded: Flags | None = None

    def __call__(self, known: Panel, weights: Series) -> Series | None:
        """A `Decide`."""
        row = len(known.closes)
        if row == self.first or is_due(self.rhythm, today_s(known)):
            target = target_of(self.signals, row)
            return np.where(self._worn_out(known, target > 0), 0.0, target)
        leaving = self._worn_out(known, weights > 0)
        return np.where(leaving, 0.0, np.nan) if leaving.any() else None

    def _worn_out(self, known: Panel, among: Flags) -> Flags:
        flags = np.zeros(len(known.coins), dtype=np.bool_)
        if self.crowded is not None:
            for column in np.flatnonzero(self.crowded[len(known.closes)] & among):
                flags[column] = is_stalled(known.closes[:, column])
        return flags


@dataclass(frozen=True, slots=True, eq=False)
class EqualWeight:
    """All coins that count in equal shares, set back on the first of each month."""

    signals: Signals
    first: int

    def __call__(self, known: Panel, weights: Series) -> Series | None:
        """A `Decide`."""
        row = len(known.closes)
        if row != self.first and not is_due(Rhythm.MONTHLY, today_s(known)):
            return None
        return _equal(self.signals.counts[row - 1])


@dataclass(frozen=True, slots=True)
class Holding:
    """All of it in the coin of one column, bought once."""

    column: int
    first: int

    def __call__(self, known: Panel, weights: Series) -> Series | None:
        """A `Decide`."""
        if len(known.closes) != self.first:
            return None
        target = np.zeros(len(known.coins))
        target[self.column] = 1.0
        return target


def target_of(signals: Signals, row: int) -> Series:
    """The weights decided for `row`, from the row before; nothing where no sector counted."""
    counts = signals.counts[row - 1]
    target, chosen = np.zeros(len(counts)), signals.strongest(row - 1, PICKED)
    for sector in chosen:
        of_sector = np.zeros(len(counts), dtype=np.bool_)
        of_sector[list(signals.members[sector])] = True
        target += _equal(of_sector & counts) / len(chosen)
    return target


def _equal(counts: Flags) -> Series:
    return counts / max(int(counts.sum()), 1)
