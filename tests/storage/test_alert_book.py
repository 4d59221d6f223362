"""The watcher finds every rule as it was stored, and what a pass came to is stored whole or not at all."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.core.alerts.columns import RuleColumns, StateColumns, columns_of, state_at
from chatbot.core.alerts.parcels import Standing
from chatbot.core.alerts.rules import Measure, Rule, RuleState, RuleTerms, Turn, WatchedRule
from chatbot.core.chats import ChatKind, KnownChat
from storage import Database, alert_book
from tests.storage.conftest import NOON, Clock
from tests.storage.watched import (
    ABOVE,
    ANN,
    BEN,
    DESK,
    DIGEST,
    FLIP,
    fact,
    made,
    states,
    terms,
    waiting,
    with_state,
    with_terms,
)

NUMBERS = count(1)  # of updates
SOON = NOON + timedelta(seconds=2)  # past the merging window
ON = RuleState(is_on=True, told=Decimal("0.0006"), fired_at=NOON, unattended=1)


def same(one: RuleColumns | StateColumns, other: RuleColumns | StateColumns) -> bool:
    """Whether every column is equal, nan to nan, and of the same type."""
    return all(_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(one == other)


async def settle(database: Database, changed: dict[int, RuleState], *facts: Any, read: Any = None) -> None:
    """These states, by row, and facts, judged on what is stored now or on what was `read` before."""
    rules, _ = read or await database.alert_book.load()
    after = [changed.get(row, RuleState()) for row in range(len(rules.id))]
    columns = columns_of([WatchedRule(Rule(0, 0, 0, FLIP, NOON), state) for state in after])[1]
    await database.alert_book.settle(rules, columns, tuple(changed), facts)


async def state_of(database: Database, rule: Rule) -> RuleState:
    watched = await database.alerts.find(rule.chat_id, rule.id)
    assert watched is not None
    return watched.state


async def test_nothing_stored_gives_empty_columns(database: Database) -> None:
    rules, empty = await database.alert_book.load()
    assert same(rules, columns_of(())[0])
    assert same(empty, columns_of(())[1])


async def test_a_rule_and_its_state_as_columns(database: Database) -> None:
    rule = await made(database, replace(ABOVE, is_above=False))
    await made(database, DIGEST, chat_id=DESK)
    await database.alerts.change(ANN, rule.id, 2, with_state(ON))
    rules, after = await database.alert_book.load()
    assert (rules.id.tolist(), rules.revision.tolist()) == ([1, 2], [1, 0])
    assert rules.level[0] == 0.0005
    assert isnan(rules.level[1])
    assert [rules.subjects[place] for place in rules.subject] == [("BTC", "bybit"), ("", "")]
    assert (rules.hour.tolist(), rules.expires_at.tolist(), rules.is_above.tolist()) == (
        [-1, 8],
        [inf, inf],
        [False, True],
    )
    assert after.fired_at.tolist() == [NOON.timestamp(), -inf]
    assert state_at(after, 0) == ON
    assert state_at(after, 1) == RuleState()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(terms(), states()), max_size=8), st.integers(1, 5))
async def test_what_is_loaded_is_what_the_rules_themselves_come_to(
    database: Database, monkeypatch: pytest.MonkeyPatch, kept: list[tuple[RuleTerms, RuleState]], chunk: int
) -> None:
    monkeypatch.setattr(alert_book, "CHUNK", chunk)
    for each, state in kept:
        rule = await made(database, each, update_id=next(NUMBERS))
        await database.alerts.change(ANN, rule.id, next(NUMBERS), with_state(state))
    stored = await database.alerts.of(ANN)
    rules, after = await database.alert_book.load()
    assert same(rules, columns_of(stored)[0])
    assert same(after, columns_of(stored)[1])
    for watched in stored:
        await database.alerts.remove(ANN, watched.rule.id, next(NUMBERS))


async def test_a_level_is_the_float_that_python_makes_of_its_text(database: Database) -> None:
    """SQLite's own reading of these four misses the nearest float by one bit."""
    texts = ("0.767762", "0.060533", "0.143997", "0.1074346334")
    for number, text in enumerate(texts):
        await made(database, replace(ABOVE, level=Decimal(text)), update_id=number)
    rules, _ = await database.alert_book.load()
    assert rules.level.tolist() == [float(text) for text in texts]


async def test_a_state_and_its_parcel_are_stored_together(database: Database) -> None:
    rule = await made(database)
    await settle(database, {0: ON}, fact(rule))
    assert await state_of(database, rule) == ON
    [parcel] = (await database.outbox.due(SOON))[ANN]
    assert (parcel.fact, parcel.standing) == (fact(rule), Standing.FRESH)
    assert str(parcel.fact.value) == "0.00060"


async def test_values_that_were_not_told_in_time_make_room_for_newer_ones_of_their_rule(
    database: Database, clock: Clock
) -> None:
    rule, other = await made(database, chat_id=DESK), await made(database, chat_id=DESK, update_id=2)
    changed = replace(fact(rule), turn=Turn.CHANGED)
    await settle(database, {}, fact(rule), changed, replace(changed, rule=other))  # parcels 1, 2, 3
    await database.outbox.begin([2])
    await database.outbox.hold(DESK, [2], NOON)
    clock.advance(timedelta(minutes=10))
    await settle(database, {}, changed)
    clock.advance(timedelta(minutes=6))
    assert await waiting(database, clock()) == {DESK: [1, 2, 3, 4]}
    await settle(database, {}, changed)
    assert await waiting(database, clock()) == {DESK: [1, 3, 4, 5]}


async def test_what_may_have_been_seen_is_kept_beside_newer_values(database: Database, clock: Clock) -> None:
    rule = await made(database, chat_id=DESK)
    changed = replace(fact(rule), turn=Turn.CHANGED)
    await settle(database, {}, changed, changed)
    await database.outbox.begin([1, 2])
    await database.outbox.unknown([1])
    clock.advance(timedelta(minutes=16))
    await settle(database, {}, changed)
    assert await database.outbox.recover() == 1  # 2 was under way
    assert await waiting(database, clock() + timedelta(hours=1)) == {DESK: [1, 2, 3]}


async def test_a_rule_that_was_changed_meanwhile_is_left_out_with_its_fact(database: Database) -> None:
    changed, same_rule = [await made(database, update_id=number) for number in (1, 2)]
    read = await database.alert_book.load()
    await database.alerts.change(ANN, changed.id, 3, with_terms(level=Decimal("0.0009")))
    await settle(database, {0: ON, 1: ON}, fact(changed), fact(same_rule), read=read)
    assert await state_of(database, changed) == RuleState()
    assert await state_of(database, same_rule) == ON
    [parcel] = (await database.outbox.due(SOON))[ANN]
    assert parcel.fact.rule == same_rule


async def test_a_rule_that_was_removed_meanwhile_tells_nothing(database: Database) -> None:
    rule = await made(database)
    read = await database.alert_book.load()
    await database.alerts.remove(ANN, rule.id, 2)
    await settle(database, {0: ON}, fact(rule), read=read)
    assert await waiting(database, SOON) == {}


async def test_changes_and_passes_that_come_together_lose_neither(database: Database, other_process: Database) -> None:
    """Each change raises the revision; a pass that read an older one stores nothing, so no change is undone."""
    rule = await made(database)

    async def watch() -> None:
        for _ in range(20):
            rules, after = await database.alert_book.load()
            after.is_on[:] = True
            await database.alert_book.settle(rules, after, [0], ())

    async def edit() -> None:
        for number in range(20):
            await other_process.alerts.change(ANN, rule.id, 10 + number, one_tap)

    def one_tap(watched: WatchedRule) -> WatchedRule:
        return replace(watched, state=replace(watched.state, unattended=watched.state.unattended + 1))

    await asyncio.gather(watch(), edit())
    assert (await state_of(database, rule)).unattended == 20


async def test_what_fails_in_the_middle_leaves_nothing(database: Database, url: str) -> None:
    rule = await made(database)
    with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as connection:
        connection.execute("CREATE TRIGGER refusal BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'full'); END")
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        await settle(database, {0: ON}, fact(rule))
    assert await state_of(database, rule) == RuleState()


async def test_rules_whose_time_is_over_go_and_what_they_told_stays(database: Database, clock: Clock) -> None:
    until = NOON + timedelta(minutes=1)
    rule = await made(database, replace(ABOVE, expires_at=until))
    other = await made(database, update_id=2)
    read = await database.alert_book.load()
    await settle(database, {0: ON}, fact(rule), read=read)
    assert len(await database.alerts.of(ANN)) == 2
    clock.advance(timedelta(minutes=1))
    await settle(database, {}, read=read)
    assert [watched.rule for watched in await database.alerts.of(ANN)] == [other]
    assert len((await database.outbox.due(clock.at))[ANN]) == 1


async def test_the_exact_rules_are_had_by_number(database: Database) -> None:
    first, second = await made(database), await made(database, FLIP, DESK)
    assert await database.alert_book.rules([second.id, first.id, 99]) == {1: first, 2: second}
    assert await database.alert_book.rules([]) == {}


async def test_rules_of_a_quiet_chat_are_not_loaded_until_it_is_open_again(database: Database) -> None:
    await made(database)
    await made(database, chat_id=DESK)
    await database.chat_book.went_quiet(DESK, "removed", NOON)
    assert (await database.alert_book.load())[0].id.tolist() == [1]
    await database.chat_book.opened(KnownChat(DESK, ChatKind.GROUP, "Desk", ANN))
    assert (await database.alert_book.load())[0].id.tolist() == [1, 2]


async def test_whatever_changes_a_rule_raises_the_number_and_a_pass_does_not(database: Database, clock: Clock) -> None:
    book = database.alert_book
    digest = await made(database, DIGEST)
    seen = [await book.revision()]

    async def has_risen() -> bool:
        seen.append(await book.revision())
        return seen[-1] > seen[-2]

    await made(database, replace(ABOVE, expires_at=NOON), update_id=2)
    assert await has_risen()
    await settle(database, {0: ON}, fact(digest))  # and the other one's time is over
    assert len(await database.alerts.of(ANN)) == 1
    assert not await has_risen()
    await database.alerts.change(ANN, digest.id, 3, with_state(RuleState()))
    assert await has_risen()
    await database.settings.change(ANN, 4, lambda chosen: replace(chosen, zone="Asia/Tokyo"))
    assert await has_risen()
    await database.settings.change(ANN, 5, lambda chosen: replace(chosen, quote="USDC"))
    assert not await has_risen()
    await database.chat_book.went_quiet(ANN, "blocked", NOON)
    assert await has_risen()
    await database.chat_book.opened(KnownChat(ANN, ChatKind.PRIVATE, "Ann", None))
    assert await has_risen()
    await database.alerts.replace_group(DESK, 6, (FLIP,))
    assert await has_risen()
    await database.chat_book.moved(DESK, DESK - 1)
    assert await has_risen()
    await database.personal_data.forget(ANN)
    assert await has_risen()
    await database.alerts.remove(DESK - 1, 3, 7)
    assert await has_risen()


async def test_a_parcel_goes_where_its_rule_is_by_then(database: Database) -> None:
    rule = await made(database, chat_id=DESK)
    read = await database.alert_book.load()
    await database.chat_book.moved(DESK, DESK - 1)
    await settle(database, {0: ON}, fact(rule), read=read)
    [parcel] = (await database.outbox.due(SOON))[DESK - 1]
    assert (parcel.chat_id, parcel.fact.rule.chat_id) == (DESK - 1, DESK - 1)


async def test_a_thousand_changed_states_come_back(database: Database) -> None:
    for chat_id in range(1, 11):
        for number in range(100):
            await made(database, FLIP, chat_id, number)
    told = np.linspace(-0.01, 0.01, 1000)
    rules, after = await database.alert_book.load()
    await database.alert_book.settle(rules, replace(after, told=told), range(1000), ())
    assert (await database.alert_book.load())[1].told.tolist() == told.tolist()


async def test_absent_values_stay_absent(database: Database) -> None:
    rule = await made(database, RuleTerms(Measure.TOP), chat_id=BEN)
    rules, after = await database.alert_book.load()
    after = replace(after, told=np.array([nan]), snoozed_until=np.array([-inf]), members={})
    await database.alert_book.settle(rules, after, [0], ())
    assert await state_of(database, rule) == RuleState()
