"""A million rules in the database: loading them for a pass, storing what a pass changed, and telling what it found."""

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.rules import DISTINCT, RULES, watched_rule
from chatbot.core.alerts.columns import RuleColumns, StateColumns
from chatbot.core.alerts.rules import AlertFact, RateLine, Rule, Turn, WatchedRule
from storage import Database, migrate, open_database, rule_rows

T = TypeVar("T")

CHANGED, TOLD = 10_000, 1_000  # states that a pass changed, and alerts that it came to
TICK_S = 0.002
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DUE_AT = NOW + timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class StoredRulesMeasured:
    """Seconds: of each step, and by how much the event loop came late meanwhile (the 99th percentile)."""

    load_s: float
    settle_s: float
    due_s: float
    tell_s: float
    lag_s: float

    def lines(self) -> tuple[str, ...]:
        """Lines of the table."""
        return (
            f"loading {RULES:,} rules and their states from the database: {self.load_s:.2f} s, beside the event loop",
            f"storing {CHANGED:,} changed states and {TOLD:,} alerts in one transaction: {self.settle_s:.2f} s",
            f"reading those alerts: {self.due_s * 1e3:.0f} ms",
            f"storing that an alert is on its way, and then that it was told: {self.tell_s / TOLD * 1e3:.2f} ms",
            f"event-loop lag meanwhile, p99: {self.lag_s * 1e3:.1f} ms (goal 20)",
        )


async def measure_stored_rules() -> StoredRulesMeasured:
    """On a fresh database of a million rules of all kinds, each of which has told something before."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.sqlite3")
        await asyncio.to_thread(fill, path)
        database = await open_database(f"sqlite:///{path}", lambda: NOW)
        gc.freeze()  # as the bot does: what is loaded once is not collected again and again
        async with _lags() as lags:
            (rules, states), load_s = await _timed(database.alert_book.load())
            _, settle_s = await _timed(_settle(database, rules, states))
            _, due_s = await _timed(database.outbox.due(DUE_AT))
            _, tell_s = await _timed(_tell(database))
        await database.close()
        gc.unfreeze()
    return StoredRulesMeasured(load_s, settle_s, due_s, tell_s, sorted(lags)[int(len(lags) * 0.99)])


def fill(path: Path) -> None:
    """A million rules in a new file, each in a chat of its own; that is not what is measured."""
    migrate(f"sqlite:///{path}", NOW)
    values = [rule_rows.values(_after_an_alert(watched_rule(number))) for number in range(DISTINCT)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(1, RULES, DISTINCT):
            rows = [(first + number, first + number, *row[2:]) for number, row in enumerate(values)]
            connection.executemany(rule_rows.INSERT, rows)


def _after_an_alert(watched: WatchedRule) -> WatchedRule:
    state = replace(watched.state, told=Decimal("0.00061"), fired_at=NOW, attended_at=NOW, unattended=1)
    return replace(watched, state=state)


async def _settle(database: Database, rules: RuleColumns, states: StateColumns) -> None:
    changed = np.arange(0, RULES, RULES // CHANGED)
    states.is_on[changed] = True
    states.told[changed] += 1e-5
    exact = await database.alert_book.rules(rules.id[changed[:TOLD]].tolist())
    facts = [_fact(rule) for rule in exact.values()]
    await database.alert_book.settle(rules, states, changed.tolist(), facts)


def _fact(rule: Rule) -> AlertFact:
    rate = Decimal("0.00062")
    line = RateLine("BTC", "bybit", rate, timedelta(hours=8), rate, NOW + timedelta(hours=4))
    return AlertFact(rule, Turn.FIRED, rate, (line,), "Bybit", NOW, NOW)


async def _tell(database: Database) -> None:
    """One message after the other, as if Telegram answered at once."""
    for parcels in (await database.outbox.due(DUE_AT)).values():
        ids = [parcel.id for parcel in parcels]
        await database.outbox.begin(ids)
        await database.outbox.told(ids)


@asynccontextmanager
async def _lags() -> AsyncIterator[list[float]]:
    """By how many seconds later than asked the loop came back, again and again."""
    lags: list[float] = []

    async def note() -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(TICK_S)
            lags.append(time.perf_counter() - asked - TICK_S)

    noting = asyncio.create_task(note())
    try:
        yield lags
    finally:
        noting.cancel()


async def _timed(work: Awaitable[T]) -> tuple[T, float]:
    begun = time.perf_counter()
    result = await work
    return result, time.perf_counter() - begun


if __name__ == "__main__":
    print("\n".join(asyncio.run(measure_stored_rules()).lines()))
