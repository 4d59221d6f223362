"""A million rules of all kinds against 5,000 markets, on one core: the pass itself, and what is done beside it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar

import numpy as np

from chatbot.core.alerts.columns import RuleColumns, StateColumns, columns_of
from chatbot.core.alerts.evaluate import evaluate
from chatbot.core.alerts.facts import facts_of
from chatbot.core.alerts.rules import Measure, Rule, RuleState, RuleTerms, WatchedRule
from chatbot.core.alerts.view import MarketView, view_of
from chatbot.core.charges import LastCharges, remembered
from chatbot.core.markets import (
    EXCHANGE_NAMES,
    Board,
    BoardRow,
    FundingKind,
    FundingRate,
    Instrument,
    InstrumentKind,
)

T = TypeVar("T")

RULES, MARKETS, DISTINCT = 1_000_000, 5_000, 20_000
PASSES = 5
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# Of a hundred rules so many look at each measure.
MIX = {
    Measure.RATE: 60,
    Measure.SPREAD: 8,
    Measure.BASIS: 5,
    Measure.FLIP: 10,
    Measure.INTERVAL: 7,
    Measure.EXTREMES: 2,
    Measure.TOP: 4,
    Measure.DIGEST: 4,
}
COMMON_LEVELS = tuple(Decimal(level) for level in ("0.0003", "0.0005", "0.001"))


@dataclass(frozen=True, slots=True)
class RulesMeasured:
    """Seconds: of the pass (the best and the median of PASSES), of its view, of its facts; and how many turned."""

    best_s: float
    median_s: float
    view_s: float
    facts_s: float
    turned: int
    told: int


def measure_rules() -> RulesMeasured:
    """Measures a first pass, in which much fires, and further ones with other rates."""
    boards = boards_at(NOW, seed=0)
    charges = remembered(remembered({}, boards_at(NOW - timedelta(hours=8), seed=9)), boards)
    view, view_s = _timed(partial(view_of, boards, charges, NOW))
    distinct = tuple(watched_rule(number) for number in range(DISTINCT))
    rules, states = many(*columns_of(distinct))
    seconds, turned = [], 0
    for number in range(PASSES):
        now = NOW + timedelta(minutes=number)
        evaluation, taken = _timed(partial(evaluate, rules, states, view, now))
        seconds.append(taken)
        turned = max(turned, len(evaluation.turned))
        states, view = evaluation.states, _view(charges, number + 1)
    exact = {watched.rule.id: watched.rule for watched in distinct}
    few = evaluate(*columns_of(distinct), view, NOW)
    facts, facts_s = _timed(partial(facts_of, few, columns_of(distinct)[0], exact, view, NOW))
    return RulesMeasured(min(seconds), sorted(seconds)[PASSES // 2], view_s, facts_s, turned, len(facts))


def rows(measured: RulesMeasured) -> tuple[str, ...]:
    """Lines of the table."""
    per_second, kinds = RULES / measured.median_s / 1e6, len(MIX)
    return (
        f"{RULES:,} rules of {kinds} kinds, {MARKETS:,} markets: {measured.median_s:.2f} s a pass (goal 1)",
        f"rules a second: {per_second:.1f} million; the best pass took {measured.best_s:.2f} s",
        f"the view of the markets: {measured.view_s * 1e3:.0f} ms; {measured.turned:,} rules turned in a pass at most",
        f"the facts of {measured.told:,} that turned: {measured.facts_s:.2f} s",
    )


def many(rules: RuleColumns, states: StateColumns) -> tuple[RuleColumns, StateColumns]:
    """The same rules over and over, up to RULES, mixed as many people would have made them."""
    of = np.random.default_rng(1).integers(0, len(rules.id), RULES)
    names = ("revision", "measure", "subject", "is_above", "level", "clear_level", "cooldown_s", "expires_at")
    taken = {name: getattr(rules, name)[of] for name in (*names, "hour", "zone", "follows")}
    kept = {name: getattr(states, name)[of] for name in StateColumns.__slots__ if name != "members"}
    return replace(rules, id=np.arange(RULES), **taken), replace(states, members={}, **kept)


def boards_at(now: datetime, seed: int) -> tuple[Board, ...]:
    """MARKETS perpetuals and a few dated contracts on twelve exchanges; rates as they are: most of them small."""
    chance = random.Random(seed)
    coins = MARKETS // len(EXCHANGE_NAMES) + 1
    return tuple(
        Board(
            exchange,
            tuple(_row(exchange, number, now, chance) for number in range(coins))
            + tuple(_dated(exchange, number, now) for number in range(10)),
            now,
            exchange,
        )
        for exchange in EXCHANGE_NAMES
    )


def _view(charges: LastCharges, seed: int) -> MarketView:
    now = NOW + timedelta(minutes=seed)
    return view_of(boards_at(now, seed), charges, now)


def _row(exchange: str, number: int, now: datetime, chance: random.Random) -> BoardRow:
    interval = timedelta(hours=chance.choice((1, 4, 4, 4, 8, 8)))
    rate = Decimal(round(chance.gauss(0.0001, 0.0003), 8)).quantize(Decimal("0.00000001"))
    funding = FundingRate(rate, interval, FundingKind.PREDICTED, now + interval, now, exchange)
    return BoardRow(_instrument(exchange, number), funding, Decimal(100), Decimal(100), Decimal(50_000_000))


def _dated(exchange: str, number: int, now: datetime) -> BoardRow:
    expires_at = now + timedelta(days=30)
    instrument = replace(_instrument(exchange, number), kind=InstrumentKind.DATED, expires_at=expires_at)
    return BoardRow(instrument, None, Decimal(100 + number) / 100, Decimal(1), Decimal(50_000_000))


def _instrument(exchange: str, number: int) -> Instrument:
    coin, one = f"COIN{number}", Decimal(1)
    symbol = f"{coin}/USDT:USDT"
    kind = InstrumentKind.PERPETUAL
    return Instrument(exchange, symbol, symbol, coin, "USDT", "USDT", kind, False, one, one, one, one, one)


def watched_rule(number: int) -> WatchedRule:
    """The same rule for the same number, of any kind."""
    chance = random.Random(number)
    terms = _terms(chance.choices(list(MIX), weights=list(MIX.values()))[0], chance)
    return WatchedRule(Rule(number, number, number, terms, NOW), RuleState())


def _terms(measure: Measure, chance: random.Random) -> RuleTerms:
    level = chance.choice(COMMON_LEVELS) if measure is Measure.EXTREMES else Decimal(chance.randint(10, 200)) / 100_000
    is_above = chance.random() < 0.7 or measure is Measure.SPREAD
    signed = level if is_above else -level
    return RuleTerms(
        measure,
        coin=None if measure in (Measure.EXTREMES, Measure.TOP, Measure.DIGEST) else f"COIN{chance.randint(0, 416)}",
        exchange=chance.choice((None, None, *EXCHANGE_NAMES)) if measure is Measure.RATE else None,
        is_above=is_above,
        level=signed,
        clear_level=signed / 2,
        hour=chance.randint(0, 23) if measure is Measure.DIGEST else None,
        zone=chance.choice(("UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York")),
        follows=chance.random() < 0.02,
    )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


if __name__ == "__main__":
    print("\n".join(rows(measure_rules())))
