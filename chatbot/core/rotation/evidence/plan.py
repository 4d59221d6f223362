"""The trial of the rule: what it came to with and without its exit, against holding bitcoin and all coins alike.

Floats have no unit: shares of the capital at the start, after fees and slippage. All spot: no funding is paid.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from math import sqrt

import numpy as np

from chatbot.core.errors import NotPossible, Outage, Suggestion
from chatbot.core.markets import Candles, FundingHistory
from chatbot.core.panel import DAY_S, Panel, Series, panel_of
from chatbot.core.rotation.evidence.rule import (
    PICKED,
    EqualWeight,
    Holding,
    Rhythm,
    Rotation,
    is_due,
    target_of,
)
from chatbot.core.rotation.evidence.signals import Flags, Signals, crowded_longs, signals_of
from chatbot.core.rotation.standings import FEWEST_MEMBERS
from chatbot.core.rotation.strength import BITCOIN, last_common
from chatbot.core.statistics import DAYS_PER_YEAR
from chatbot.core.walk import Decide, Frictions, Outcome, Walk, outcome_of, walk

FEWEST_DAYS = 30  # of a trial
SLIPPAGE_SHARE = Decimal("0.0005")  # of a trade, assumed
MOST_POINTS = 120  # of a curve
MOST_CHOICES = 6  # the latest ones
DIGITS = 5  # of a point of a curve


class TooLong(NotPossible):
    """More days were asked for than there are: `days`, behind those that are `needed` for the first decision."""

    def __init__(self, days: int, needed: int, suggestions: Iterable[Suggestion] = ()) -> None:
        super().__init__(
            f"{days} days can be tested: prices reach back {days + needed} days, and the first {needed} of them are "
            "needed for the first decision and its trade.",
            suggestions,
        )
        self.days = days
        self.needed = needed


class Contestant(Enum):
    """Who walked."""

    RULE = "the rule"
    RULE_WITH_EXIT = "the rule with its exit"
    BITCOIN = "bitcoin, held"
    EQUAL_WEIGHT = "all coins alike"


@dataclass(frozen=True, slots=True)
class Lead:
    """How much more than bitcoin it gained: the mean difference of daily log returns in a year, and its error."""

    per_year: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Result:
    """One contestant. `curve`: its value at the plan's `curve_at`. `lead`: None for bitcoin itself, and where all was
    lost."""

    contestant: Contestant
    rhythm: Rhythm | None
    outcome: Outcome
    lead: Lead | None
    curve: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Into which sectors, at the close of which day (UTC, as it opened)."""

    day: datetime
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fees:
    """Of a trade: the taker fee of that spot market, and slippage that is assumed."""

    taker_share: Decimal
    source: str
    slippage_share: Decimal = SLIPPAGE_SHARE

    @property
    def trade_share(self) -> Decimal:
        """Both."""
        return self.taker_share + self.slippage_share


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not in it. `sectors`: with fewer than two coins that have prices.

    `coins`: whose prices did not come; `unlisted`: on no exchange here; `short`: with too few days to be bought even
    once; `funding`: picked, but their settlements are not known, so that their exit never came. `exchanges`: how many
    were asked.
    """

    sectors: tuple[str, ...]
    coins: tuple[str, ...]
    unlisted: tuple[str, ...]
    short: tuple[str, ...]
    funding: tuple[str, ...]
    outages: tuple[Outage, ...]
    exchanges: int


@dataclass(frozen=True, slots=True)
class EvidencePlan:
    """From `since` on, a close, `days` long.

    `needed`: the first days of prices, before which there is no decision. `funding_since`: from when on most of the
    coins picked had settlements; None without any. `choices`: the latest of the slowest rhythm; `picks`: how often it
    picked each sector, out of `rebalances`.
    """

    rhythms: tuple[Rhythm, ...]
    days: int
    needed: int
    since: datetime
    until: datetime
    results: tuple[Result, ...]
    coins: int
    fees: Fees
    choices: tuple[Choice, ...]
    picks: tuple[tuple[str, int], ...]
    rebalances: int
    funding_since: datetime | None
    missing: Missing
    curve_at: tuple[datetime, ...]
    source: str
    as_of: datetime
    planned_at: datetime

    @property
    def rules(self) -> tuple[Result, ...]:
        """Those of the rule."""
        return tuple(each for each in self.results if each.rhythm is not None)

    def of(self, contestant: Contestant) -> Result:
        """The first of that kind."""
        return next(each for each in self.results if each.contestant is contestant)

    @property
    def paid(self) -> tuple[Result, ...]:
        """The rules that gained, and more than both bitcoin and all coins alike."""
        others = [self.of(each).outcome.total for each in (Contestant.BITCOIN, Contestant.EQUAL_WEIGHT)]
        return tuple(each for each in self.rules if each.outcome.total > max(0.0, *others))


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The days and signals on which contestants walk, from row `first` on; `earliest`: the first that could be."""

    panel: Panel
    signals: Signals
    rhythms: tuple[Rhythm, ...]
    earliest: int
    first: int
    sectors_left_out: tuple[str, ...]

    def walk(self, decide: Decide, cost: float) -> Walk:
        """Beginning with cash."""
        columns = len(self.panel.coins)
        frictions = Frictions(np.full(columns, cost), np.zeros_like(self.panel.closes))
        return walk(self.panel, self.first, np.zeros(columns), decide, frictions)

    def choices(self, rhythm: Rhythm) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Each row on which capital is moved, and the sectors it moves into."""
        rows = [row for row in range(self.first, len(self.panel.closes)) if self._is_due(rhythm, row)]
        return tuple((row, self.signals.strongest(row - 1, PICKED)) for row in rows)

    def _is_due(self, rhythm: Rhythm, row: int) -> bool:
        return row == self.first or is_due(rhythm, int(self.panel.opened[row]))

    def coins_picked(self) -> tuple[str, ...]:
        """By any of the rhythms, those picked most often first: whose funding the exit needs."""
        rows = [row for rhythm in self.rhythms for row, _ in self.choices(rhythm)]
        times = np.sum([target_of(self.signals, row) > 0 for row in rows], axis=0)
        order = np.argsort(-times, kind="stable")
        return tuple(self.panel.coins[at] for at in order if times[at])


def ground_of(
    candles: Mapping[str, Candles],
    sectors: Mapping[str, Sequence[str]],
    rhythms: tuple[Rhythm, ...] = tuple(Rhythm),
    days: int | None = None,
) -> Ground:
    """The last `days`, or all there are. TooLong where there are fewer; NotPossible without enough for any trial."""
    if BITCOIN not in candles:
        raise NotPossible("There are no daily prices of BTC now, and strength is measured against it.")
    panel = last_common(panel_of(candles))
    known = {name: tuple(coin for coin in coins if coin in panel.coins) for name, coins in sectors.items()}
    ranked = {name: coins for name, coins in known.items() if len(coins) >= FEWEST_MEMBERS}
    signals = signals_of(panel, ranked)
    earliest = _earliest(signals)
    available = len(panel.closes) - 1 - earliest
    if available < FEWEST_DAYS:
        raise _too_little(panel, ranked, int(_can_choose(signals).sum()))
    if days is not None and days > available:
        raise TooLong(available, len(panel.closes) - available)
    first = len(panel.closes) - 1 - (days or available)
    return Ground(panel, signals, rhythms, earliest, first, tuple(name for name in sectors if name not in ranked))


def _too_little(panel: Panel, ranked: Collection[str], choices: int) -> NotPossible:
    """`choices`: days on which there was one."""
    if len(ranked) <= PICKED:
        return NotPossible(
            f"Sectors with at least {FEWEST_MEMBERS} coins that have prices: {len(ranked)}. A choice of {PICKED} takes "
            f"{PICKED + 1}."
        )
    return NotPossible(
        f"There are {len(panel.closes)} days of prices, and on {choices} of them at least {PICKED + 1} sectors can be "
        f"ranked: too few. A test takes {FEWEST_DAYS} days behind the first such day, before which two months of "
        "prices are needed."
    )


def _earliest(signals: Signals) -> int:
    """The first row before which enough sectors are ranked for there to be a choice; behind the last where there is
    none."""
    enough = _can_choose(signals)
    return int(np.argmax(enough)) + 1 if enough.any() else len(enough)


def _can_choose(signals: Signals) -> Flags:
    """On which rows more sectors are ranked than are picked."""
    found: Flags = np.isfinite(signals.strengths).sum(axis=1) > PICKED
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a trial was made from, besides prices."""

    fundings: Mapping[str, FundingHistory]
    fees: Fees
    coins_missing: tuple[str, ...]
    coins_unlisted: tuple[str, ...]
    outages: tuple[Outage, ...]
    exchanges: int
    source: str
    as_of: datetime


def plan_evidence(ground: Ground, seen: Seen, now: datetime) -> EvidencePlan:
    """Every contestant over the same days, at the same cost of a trade."""
    crowded = crowded_by_coin(ground.panel, seen.fundings)
    walks = _walks(ground, crowded if seen.fundings else None, float(seen.fees.trade_share))
    bitcoin = next(walked for who, _, walked in walks if who is Contestant.BITCOIN)
    points = _points(len(bitcoin.values))
    choices = ground.choices(ground.rhythms[0])
    opened = ground.panel.opened[ground.first :]
    return EvidencePlan(
        rhythms=ground.rhythms,
        days=len(opened) - 1,
        needed=ground.earliest + 1,
        since=_closed(int(opened[0])),
        until=_closed(int(opened[-1])),
        results=tuple(_result(who, rhythm, walked, bitcoin, points) for who, rhythm, walked in walks),
        coins=int(ground.signals.counts[ground.first - 1 :].any(axis=0).sum()),
        fees=seen.fees,
        choices=tuple(_choice(ground, row, sectors) for row, sectors in choices[-MOST_CHOICES:]),
        picks=_picks(ground, [sectors for _, sectors in choices]),
        rebalances=len(choices),
        funding_since=_funding_since(seen.fundings),
        missing=_missing(ground, seen),
        curve_at=tuple(_closed(int(opened[at])) for at in points),
        source=seen.source,
        as_of=seen.as_of,
        planned_at=now,
    )


def crowded_by_coin(panel: Panel, fundings: Mapping[str, FundingHistory]) -> Flags:
    """A row a day, a column a coin; False where the funding is not known."""
    flags = np.zeros(panel.closes.shape, dtype=np.bool_)
    for coin, history in fundings.items():
        if coin in panel.coins:
            flags[:, panel.coins.index(coin)] = crowded_longs(history, panel.opened)
    return flags


def _walks(ground: Ground, crowded: Flags | None, cost: float) -> list[tuple[Contestant, Rhythm | None, Walk]]:
    signals, first = ground.signals, ground.first
    bitcoin = Holding(ground.panel.coins.index(BITCOIN), first)
    found: list[tuple[Contestant, Rhythm | None, Decide]] = []
    for rhythm in ground.rhythms:
        found.append((Contestant.RULE, rhythm, Rotation(signals, rhythm, first)))
        if crowded is not None:
            found.append((Contestant.RULE_WITH_EXIT, rhythm, Rotation(signals, rhythm, first, crowded)))
    found.append((Contestant.BITCOIN, None, bitcoin))
    found.append((Contestant.EQUAL_WEIGHT, None, EqualWeight(signals, first)))
    return [(who, rhythm, ground.walk(decide, cost)) for who, rhythm, decide in found]


def _result(who: Contestant, rhythm: Rhythm | None, walked: Walk, bitcoin: Walk, points: Sequence[int]) -> Result:
    curve = tuple(round(float(walked.values[at]), DIGITS) for at in points)
    lead = None if who is Contestant.BITCOIN else _lead(walked.values, bitcoin.values)
    return Result(who, rhythm, outcome_of(walked), lead, curve)


def _lead(values: Series, others: Series) -> Lead | None:
    if values[-1] <= 0 or others[-1] <= 0:
        return None
    ahead = np.diff(np.log(values)) - np.diff(np.log(others))
    error = float(ahead.std(ddof=1)) / sqrt(len(ahead))
    return Lead(float(ahead.mean()) * DAYS_PER_YEAR, error * DAYS_PER_YEAR)


def _points(count: int) -> tuple[int, ...]:
    """Evenly spread, the first and the last among them."""
    return tuple(int(at) for at in np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round()))


def _choice(ground: Ground, row: int, sectors: Sequence[int]) -> Choice:
    names = tuple(ground.signals.sectors[at] for at in sectors)
    return Choice(_closed(int(ground.panel.opened[row - 1])), names)


def _picks(ground: Ground, chosen: Sequence[Sequence[int]]) -> tuple[tuple[str, int], ...]:
    times = [(name, sum(at in sectors for sectors in chosen)) for at, name in enumerate(ground.signals.sectors)]
    return tuple(sorted((each for each in times if each[1]), key=lambda each: -each[1]))


def _funding_since(fundings: Mapping[str, FundingHistory]) -> datetime | None:
    """The median of the first settlements."""
    starts = sorted(each.settlements[0].charged_at for each in fundings.values() if each.settlements)
    return starts[len(starts) // 2] if starts else None


def _missing(ground: Ground, seen: Seen) -> Missing:
    days = ground.signals.counts[ground.first - 1 :].sum(axis=0)
    short = tuple(coin for coin, counted in zip(ground.panel.coins, days, strict=True) if not counted)
    funding = tuple(coin for coin in ground.coins_picked() if coin not in seen.fundings)
    return Missing(
        sectors=ground.sectors_left_out,
        coins=seen.coins_missing,
        unlisted=seen.coins_unlisted,
        short=short,
        funding=funding,
        outages=seen.outages,
        exchanges=seen.exchanges,
    )


def _closed(opened_s: int) -> datetime:
    return datetime.fromtimestamp(opened_s + DAY_S, UTC)
