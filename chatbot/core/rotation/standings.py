"""Where sectors and their coins stand against bitcoin on one day: strength, breadth, place, trail.

Law: nothing depends on the order in which the members of a sector are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf, isnan

import numpy as np

from chatbot.core.panel import DAY_S, Matrix, Panel, Series
from chatbot.core.rotation.strength import (
    BITCOIN,
    FEWEST_DAYS,
    MONTH,
    WEEK,
    Quadrant,
    above_mean,
    change_of,
    factors_of,
    index_of,
    quadrant_of,
    strength_of,
    strengths_of_coins,
)

FEWEST_MEMBERS = 2  # one coin is no sector
SILENT_AFTER = WEEK  # days without a return: its market is gone
DIGITS = 12
TRAIL = (28, 21, 14, 7, 0)  # days back


@dataclass(frozen=True, slots=True)
class Breadth:
    """How many of `of` coins closed above their own 20-day mean."""

    above: int
    of: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member that is not counted: it has only `days` daily returns, or none of the last week (`is_silent`)."""

    coin: str
    days: int
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Strength:
    """Against bitcoin over 7 and 30 days, and the change of the latter over the last 7. None: not known."""

    week: float | None
    month: float | None
    change: float | None

    @property
    def quadrant(self) -> Quadrant | None:
        """None without both figures; zero counts as strong, and as rising."""
        if self.month is None or self.change is None:
            return None
        return quadrant_of(self.month, self.change)


@dataclass(frozen=True, slots=True)
class Point:
    """Strength over 30 days and its change over 7, as they were at a close."""

    closed_at: datetime
    month: float
    change: float


@dataclass(frozen=True, slots=True)
class Member:
    """One coin of a sector by itself. `is_above`: its last close against its 20-day mean. `trail`: as of a sector."""

    coin: str
    strength: Strength
    is_above: bool | None
    trail: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A sector on the last day. `place` from 1; None where it is not ranked. `members`: those that count.

    `breadth_before`: a week earlier. `trail`: a point a week, the oldest first.
    """

    sector: str
    place: int | None
    members: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    strength: Strength
    breadth: Breadth
    breadth_before: Breadth
    trail: tuple[Point, ...]


def standings(panel: Panel, sectors: Mapping[str, Sequence[str]]) -> tuple[Standing, ...]:
    """Each sector on the panel's last day, the ranked ones first by their place, the others in the order given.

    Ranked by the mean of the places by 30 days, by 7 days and by the change. Coins that the panel does not have are
    passed over. The panel has bitcoin and at least one row.
    """
    found = [_standing(panel, name, [coin for coin in coins if coin in panel.coins]) for name, coins in sectors.items()]
    return _ranked(found)


def members_of(panel: Panel, coins: Sequence[str]) -> tuple[Member, ...]:
    """These coins one by one on the last day, the strongest over 30 days first."""
    if not coins:
        return ()
    closes, bitcoin = panel.of(coins), panel.of([BITCOIN])[:, 0]
    week, month = (strengths_of_coins(closes, bitcoin, days) for days in (WEEK, MONTH))
    above, known = above_mean(closes)
    change = change_of(month)
    found = [
        Member(
            coin,
            Strength(_told(week[-1, at]), _told(month[-1, at]), _told(change[-1, at])),
            bool(above[-1, at]) if known[-1, at] else None,
            _trail(panel, month[:, at], change[:, at]),
        )
        for at, coin in enumerate(coins)
    ]
    return tuple(sorted(found, key=lambda each: -_or_worst(each.strength.month)))


def _standing(panel: Panel, sector: str, coins: Sequence[str]) -> Standing:
    bitcoin = panel.of([BITCOIN])[:, 0]
    left_out = _left_out(panel, coins)
    skipped = {each.coin for each in left_out}
    members = tuple(coin for coin in coins if coin not in skipped)
    index = index_of(panel, coins)
    week, month = (strength_of(index.changes, bitcoin, days) for days in (WEEK, MONTH))
    change = change_of(month)
    return Standing(
        sector=sector,
        place=None,
        members=members,
        left_out=left_out,
        strength=Strength(_told(week[-1]), _told(month[-1]), _told(change[-1])),
        breadth=_breadth(panel.of(members), 0),
        breadth_before=_breadth(panel.of(members), WEEK),
        trail=_trail(panel, month, change),
    )


def _left_out(panel: Panel, coins: Sequence[str]) -> tuple[LeftOut, ...]:
    closes = panel.of(coins)
    is_there = np.isfinite(factors_of(closes, 1))
    days, lately = is_there.sum(axis=0), is_there[-SILENT_AFTER:].sum(axis=0)
    found = [LeftOut(coin, int(days[at]), bool(lately[at] == 0)) for at, coin in enumerate(coins)]
    return tuple(each for each in found if each.days < FEWEST_DAYS or each.is_silent)


def _breadth(closes: Matrix, back: int) -> Breadth:
    """`back` days ago."""
    above, known = above_mean(closes[: max(len(closes) - back, 0)])
    return Breadth(int(above[-1].sum()), int(known[-1].sum())) if len(above) else Breadth(0, 0)


def _trail(panel: Panel, month: Series, change: Series) -> tuple[Point, ...]:
    rows = [len(month) - 1 - back for back in TRAIL if back < len(month)]
    return tuple(
        Point(datetime.fromtimestamp(int(panel.opened[row]) + DAY_S, UTC), float(month[row]), float(change[row]))
        for row in rows
        if np.isfinite(month[row]) and np.isfinite(change[row])
    )


def _ranked(found: Sequence[Standing]) -> tuple[Standing, ...]:
    ranked: list[Standing] = []
    others: list[Standing] = []
    for each in found:
        (ranked if can_be_ranked(each) else others).append(each)
    figures = np.array([_figures(each) for each in ranked]).reshape(-1, 3)
    places = (figures[None, :, :] > figures[:, None, :]).sum(axis=1).sum(axis=1)
    order = sorted(range(len(ranked)), key=lambda at: (places[at], -figures[at, 1]))
    in_order = [replace(ranked[at], place=place) for place, at in enumerate(order, start=1)]
    return (*in_order, *others)


def can_be_ranked(standing: Standing) -> bool:
    """At least two members count, and all three figures are known."""
    return len(standing.members) >= FEWEST_MEMBERS and None not in _figures(standing)


def _figures(standing: Standing) -> tuple[float | None, float | None, float | None]:
    return standing.strength.week, standing.strength.month, standing.strength.change


def _told(value: float) -> float | None:
    """Rounded far below what is shown, so that the order of a sum decides no place."""
    return None if isnan(value) else round(float(value), DIGITS)


def _or_worst(value: float | None) -> float:
    return -inf if value is None else value
