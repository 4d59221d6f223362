"""The watcher with a fake market, a fake book and a clock that is set by hand."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from chatbot.core.alerts.columns import RuleColumns, StateColumns, columns_of, state_at
from chatbot.core.alerts.rules import AlertFact, Measure, Rule, RuleTerms, WatchedRule
from chatbot.core.charges import LastCharges
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.markets import Board
from chatbot.core.ports import ExchangeState
from chatbot.watch.watcher import Watcher
from tests.chatbot.core.alerts.samples import HOUR, board, row, terms, watched
from tests.fakes import FakeCharges, FakeMarket
from tests.samples import NOW, d

MINUTE = timedelta(minutes=1)


class BusyError(Exception):
    """What the storage of these tests raises."""


@dataclass
class Clock:
    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Market(FakeMarket):
    """Boards by exchange at the rate that is set; counts who was asked."""

    clock: Clock = field(default_factory=Clock)
    rates: dict[str, str] = field(default_factory=lambda: {"bybit": "0.0001"})
    down: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)
    hours: int = 8
    due_at: datetime = NOW + 4 * HOUR
    failure: Exception | None = None

    def states(self) -> tuple[ExchangeState, ...]:
        return tuple(ExchangeState(name, name, 1, NOW, None) for name in self.rates)

    async def boards(self, exchanges: Collection[str] | None = None) -> tuple[tuple[Board, ...], tuple[Outage, ...]]:
        if self.failure is not None:
            raise self.failure
        self.asked.append(sorted(exchanges or ()))
        await asyncio.sleep(0)
        now = self.clock()
        found = [
            board(name, row("BTC", self.rates[name], self.hours, due_at=self.due_at, as_of=now), as_of=now)
            for name in exchanges or ()
            if name not in self.down
        ]
        return tuple(found), tuple(Outage(name, "does not answer") for name in self.down)


@dataclass
class Book:
    """`AlertBook` in memory. `settled`: what each call stored."""

    kept: dict[int, WatchedRule] = field(default_factory=dict)
    number: int = 0
    loads: int = 0
    settled: list[tuple[list[int], list[AlertFact]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0

    def put(self, rule: WatchedRule) -> None:
        self.kept[rule.rule.id] = rule
        self.number += 1

    async def revision(self) -> int:
        return self.number

    async def load(self) -> tuple[RuleColumns, StateColumns]:
        self.loads += 1
        return columns_of(self.kept.values())

    async def rules(self, ids: Collection[int]) -> Mapping[int, Rule]:
        return {number: self.kept[number].rule for number in ids if number in self.kept}

    async def settle(
        self, rules: RuleColumns, states: StateColumns, changed: Sequence[int], facts: Sequence[AlertFact]
    ) -> None:
        self.under_way += 1
        await asyncio.sleep(0)
        assert self.under_way == 1
        self.under_way -= 1
        if self.failures:
            raise self.failures.pop()
        ids = [int(rules.id[row]) for row in changed]
        for number, at in zip(ids, changed, strict=True):
            self.kept[number] = replace(self.kept[number], state=state_at(states, at))
        self.settled.append((ids, list(facts)))
        self.stored.set()


@dataclass
class Stage:
    clock: Clock
    market: Market
    book: Book
    charges: FakeCharges
    watcher: Watcher

    async def passes(self, rate: str, after: timedelta = 2 * MINUTE) -> list[AlertFact]:
        """Time goes on, the rate is another, one pass: what it told."""
        before = len(self.book.settled)
        self.clock.time += after
        self.market.rates["bybit"] = rate
        await self.watcher.pass_once()
        return [fact for _, facts in self.book.settled[before:] for fact in facts]


def stage(*rules: RuleTerms, tick: timedelta = timedelta(milliseconds=1)) -> Stage:
    clock, book, charges = Clock(), Book(), FakeCharges()
    market = Market(clock=clock)
    for number, each in enumerate(rules, 1):
        book.put(watched(each, rule_id=number))
    return Stage(clock, market, book, charges, Watcher(market, book, charges, clock, (BusyError,), tick))


async def test_a_crossing_is_stored_with_its_fact_and_told_once() -> None:
    at = stage(terms(clear="0.0003"))
    assert await at.passes("0.0001") == []
    (told,) = await at.passes("0.0006")
    assert (told.rule.id, told.value) == (1, d("0.0006"))
    assert at.book.kept[1].state.is_on
    assert await at.passes("0.0006") == []


async def test_nothing_is_stored_where_nothing_changed() -> None:
    at = stage(terms())
    await at.passes("0.0001")
    settled = len(at.book.settled)
    await at.passes("0.0002")
    assert len(at.book.settled) == settled


async def test_a_state_that_changed_is_stored_though_there_is_nothing_to_tell() -> None:
    at = stage(terms(Measure.FLIP, None))
    assert await at.passes("0.0001") == []
    assert at.book.kept[1].state.reference == 1


async def test_exchanges_are_asked_in_bulk_and_at_their_pace() -> None:
    at = stage(terms())
    at.market.rates["okx"] = "0.0001"
    await at.passes("0.0001")
    await at.passes("0.0001", MINUTE)
    await at.passes("0.0001", MINUTE)
    assert at.market.asked == [["bybit", "okx"], ["bybit", "okx"]]


async def test_an_exchange_that_is_down_keeps_its_rules_as_they_are_and_is_asked_again_after_a_minute() -> None:
    at = stage(terms(exchange="okx"))
    at.market.rates["okx"] = "0.0006"
    assert len(await at.passes("0.0001")) == 1
    at.market.down.add("okx")
    await at.passes("0.0001")
    await at.passes("0.0001", MINUTE)
    assert at.market.asked[-1] == ["okx"]
    assert at.book.kept[1].state.is_on


async def test_rules_are_loaded_again_only_where_somebody_changed_one() -> None:
    at = stage(terms(level="0.001"))
    await at.passes("0.0001")
    await at.passes("0.0001")
    assert at.book.loads == 1
    at.book.put(watched(terms(), rule_id=2))
    await at.passes("0.0001")
    assert at.book.loads == 2


async def test_a_new_rule_is_judged_by_the_last_look_without_asking_again() -> None:
    at = stage()
    await at.passes("0.0006")
    at.book.put(watched(terms(), rule_id=9))
    (told,) = await at.passes("0.0001", timedelta(seconds=10))
    assert (told.rule.id, told.value, len(at.market.asked)) == (9, d("0.0006"), 1)


async def test_what_could_not_be_stored_is_found_again() -> None:
    at = stage(terms())
    at.book.failures.append(BusyError("locked"))
    with pytest.raises(BusyError):
        await at.passes("0.0006")
    assert len(await at.passes("0.0006", timedelta(seconds=10))) == 1


async def test_two_passes_never_run_at_once() -> None:
    at = stage(terms())
    at.market.rates["bybit"] = "0.0006"
    await asyncio.gather(*(at.watcher.pass_once() for _ in range(5)))
    assert sum(len(facts) for _, facts in at.book.settled) == 1


async def test_expired_rules_are_handed_to_the_book_once() -> None:
    at = stage(terms(expires_at=NOW + 3 * MINUTE))
    await at.passes("0.0001")
    settled = len(at.book.settled)
    for _ in range(3):
        await at.passes("0.0001")
    assert len(at.book.settled) == settled + 1


async def test_a_flip_is_known_by_the_charge_that_was_saved_before_a_restart() -> None:
    at = stage(RuleTerms(Measure.EXTREMES, level=d("0.01"), clear_level=d("0.005"), follows=True))
    await at.passes("0.0003")
    saved: LastCharges = dict(at.charges.charges)
    assert saved["bybit", "BTC/USDT:USDT"].rate_per_interval == d("0.0003")
    at.clock.time = NOW + 4 * HOUR
    at.market.due_at = NOW + 12 * HOUR
    at.watcher = Watcher(at.market, at.book, at.charges, at.clock)
    (told,) = await at.passes("-0.0003")
    assert [line.before_per_eight_hours for line in told.flips] == [d("0.0003")]
    assert at.charges.charges["bybit", "BTC/USDT:USDT"].charged_at == NOW + 4 * HOUR


async def test_charges_are_saved_every_two_minutes_and_when_one_was_made() -> None:
    at = stage()
    at.market.hours = 1  # looked at every minute
    key = ("bybit", "BTC/USDT:USDT")
    await at.passes("0.0001")
    await at.passes("0.0002", MINUTE)
    assert at.charges.charges[key].rate_per_interval == d("0.0001")
    at.clock.time = at.market.due_at
    at.market.due_at += HOUR
    await at.passes("0.0003", timedelta())
    assert at.charges.charges[key].charged_per_interval == d("0.0002")


async def test_run_survives_failures_that_pass_and_stops_when_told(caplog: pytest.LogCaptureFixture) -> None:
    at = stage(terms())
    at.market.rates["bybit"] = "0.0006"
    at.book.failures.append(BusyError("locked"))
    stop = asyncio.Event()
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(at.watcher.run(stop))
        await asyncio.wait_for(at.book.stored.wait(), 1)
        stop.set()
        await asyncio.wait_for(running, 1)
    assert [len(facts) for _, facts in at.book.settled] == [1]
    assert "locked" in caplog.text


async def test_run_survives_the_core_s_problems_and_ends_with_a_bug() -> None:
    at = stage(terms())
    at.market.failure = MarketUnavailable("nobody answers")
    running = asyncio.create_task(at.watcher.run(asyncio.Event()))
    await asyncio.sleep(0.02)
    assert not running.done()
    at.market.failure = KeyError("a bug")
    with pytest.raises(KeyError):
        await asyncio.wait_for(running, 1)


async def test_run_can_be_stopped_before_the_markets_are_loaded() -> None:
    at = stage(terms())

    async def never() -> None:
        await asyncio.Event().wait()

    at.market.wait_until_ready = never  # type: ignore[method-assign] # a market that never loads
    stop = asyncio.Event()
    stop.set()
    await asyncio.wait_for(at.watcher.run(stop), 1)
    assert at.market.asked == []


async def test_the_latest_view_is_at_hand() -> None:
    at = stage()
    before = at.watcher.latest
    await at.passes("0.0006")
    after = at.watcher.latest
    assert before is None
    assert after is not None
    assert after.exchanges == {"bybit"}
