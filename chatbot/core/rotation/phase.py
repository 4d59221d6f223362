"""In which phase the money is: bitcoin, large platforms, narratives, or on the way back. "Unclear" is an answer.

Law: each sign fits the phases that its table says; a phase is named where at least three signs fit it and no other
phase as many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from chatbot.core.crowding import COOL_PER_EIGHT_HOURS, CROWDED_PER_EIGHT_HOURS
from chatbot.core.panel import Panel
from chatbot.core.rotation.heat import Heat
from chatbot.core.rotation.strength import BITCOIN, MONTH, WEEK, index_of, strength_of, strengths_of_coins

QUARTER = 90
ALT_SEASON, BITCOIN_SEASON = 0.75, 0.25  # shares of the coins that beat bitcoin
FEWEST_COINS = 10  # for such a share
FEWEST_SIGNS = 3
PLATFORMS = frozenset({"layer 1", "layer 2", "infrastructure"})
MAJORS = frozenset({"store of value", "exchange"})  # of neither group


class Phase(Enum):
    """Who leads, in the order in which money is said to move."""

    BITCOIN = 1
    PLATFORMS = 2
    NARRATIVES = 3
    MAJORS = 4  # back to them


class Season(Enum):
    """How many coins beat bitcoin over 90 days; between the marks, whether more or fewer than a month before."""

    BITCOIN = "bitcoin's"
    MORE = "in between, more than a month before"
    FEWER = "in between, fewer than a month before"
    BETWEEN = "in between"
    ALT = "alt season"


class Leader(Enum):
    """The group that did best."""

    BITCOIN = "bitcoin"
    PLATFORMS = "layer 1, layer 2 and infrastructure"
    NARRATIVES = "narratives"


class Warmth(Enum):
    """What longs pay for the coins: at most the usual rate, more, or what counts as crowded."""

    COOL = "cool"
    WARM = "warm"
    HOT = "hot"


Evidence = Season | Leader | Warmth
FITS: Mapping[Evidence, frozenset[Phase]] = {
    Season.BITCOIN: frozenset({Phase.BITCOIN}),
    Season.MORE: frozenset({Phase.PLATFORMS}),
    Season.FEWER: frozenset({Phase.MAJORS}),
    Season.BETWEEN: frozenset({Phase.PLATFORMS, Phase.MAJORS}),
    Season.ALT: frozenset({Phase.NARRATIVES}),
    Leader.BITCOIN: frozenset({Phase.BITCOIN, Phase.MAJORS}),
    Leader.PLATFORMS: frozenset({Phase.PLATFORMS}),
    Leader.NARRATIVES: frozenset({Phase.NARRATIVES}),
    Warmth.COOL: frozenset({Phase.BITCOIN, Phase.PLATFORMS}),
    Warmth.WARM: frozenset({Phase.PLATFORMS, Phase.NARRATIVES}),
    Warmth.HOT: frozenset({Phase.NARRATIVES, Phase.MAJORS}),
}


@dataclass(frozen=True, slots=True)
class Beating:
    """How many of `of` coins beat bitcoin over 90 days."""

    coins: int
    of: int

    @property
    def share(self) -> float | None:
        """None of too few coins."""
        return self.coins / self.of if self.of >= FEWEST_COINS else None


@dataclass(frozen=True, slots=True)
class Lead:
    """The strength against bitcoin of both groups over so many days; None where it is not known."""

    days: int
    platforms: float | None
    narratives: float | None

    @property
    def leader(self) -> Leader | None:
        """The stronger group; bitcoin where neither beats it; None where one is not known."""
        if self.platforms is None or self.narratives is None:
            return None
        if max(self.platforms, self.narratives) <= 0:
            return Leader.BITCOIN
        return Leader.PLATFORMS if self.platforms >= self.narratives else Leader.NARRATIVES


@dataclass(frozen=True, slots=True)
class Cycle:
    """The evidence. `beating_before`: 30 days earlier. `month` and `week`: which group led."""

    beating: Beating
    beating_before: Beating
    month: Lead
    week: Lead
    heat: Heat | None

    @property
    def season(self) -> Season | None:
        """75 % and more: alt season; 25 % and less: bitcoin's; None of too few coins."""
        now, before = self.beating.share, self.beating_before.share
        if now is None:
            return None
        if now >= ALT_SEASON:
            return Season.ALT
        if now <= BITCOIN_SEASON:
            return Season.BITCOIN
        if before is None or now == before:
            return Season.BETWEEN
        return Season.MORE if now > before else Season.FEWER

    @property
    def warmth(self) -> Warmth | None:
        """Cool up to 0.01 % per 8 hours, hot from 0.03 %."""
        if self.heat is None:
            return None
        if self.heat.per_eight_hours >= CROWDED_PER_EIGHT_HOURS:
            return Warmth.HOT
        return Warmth.COOL if self.heat.per_eight_hours <= COOL_PER_EIGHT_HOURS else Warmth.WARM

    @property
    def signs(self) -> tuple[Evidence, ...]:
        """Those that are known, of four."""
        found: tuple[Evidence | None, ...] = (self.season, self.month.leader, self.week.leader, self.warmth)
        return tuple(sign for sign in found if sign is not None)

    def fitting(self, phase: Phase) -> int:
        """How many of the signs fit it."""
        return sum(phase in FITS[sign] for sign in self.signs)

    @property
    def phase(self) -> Phase | None:
        """None: unclear."""
        counts = {phase: self.fitting(phase) for phase in Phase}
        most = max(counts.values())
        best = [phase for phase, count in counts.items() if count == most]
        return best[0] if most >= FEWEST_SIGNS and len(best) == 1 else None


def cycle_of(panel: Panel, sectors: Mapping[str, Sequence[str]], heat: Heat | None) -> Cycle:
    """On the panel's last day, of every coin of these sectors that the panel has; it has bitcoin and a row."""
    groups = {name: [coin for coin in coins if coin in panel.coins] for name, coins in sectors.items()}
    coins = sorted({coin for coins in groups.values() for coin in coins} - {BITCOIN})
    platforms = sorted({coin for name, coins in groups.items() if name in PLATFORMS for coin in coins})
    majors = {coin for name, coins in groups.items() if name in MAJORS for coin in coins}
    narratives = sorted({*coins} - {*platforms} - majors)  # a list of one's own makes no narrative of ether
    beating, before = (_beating(panel, coins, back) for back in (0, MONTH))
    month, week = (
        Lead(days, _strength(panel, platforms, days), _strength(panel, narratives, days)) for days in (MONTH, WEEK)
    )
    return Cycle(beating, before, month, week, heat)


def _beating(panel: Panel, coins: Sequence[str], back: int) -> Beating:
    """As it was `back` days ago."""
    known = panel.until(max(len(panel.opened) - back, 0))
    if not len(known.opened):
        return Beating(0, 0)
    strengths = strengths_of_coins(known.of(coins), known.of([BITCOIN])[:, 0], QUARTER)[-1]
    return Beating(int((strengths > 0).sum()), int(np.isfinite(strengths).sum()))


def _strength(panel: Panel, coins: Sequence[str], days: int) -> float | None:
    strength = strength_of(index_of(panel, coins).changes, panel.of([BITCOIN])[:, 0], days)[-1]
    return float(strength) if np.isfinite(strength) else None
