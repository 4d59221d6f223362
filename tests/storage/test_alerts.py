"""Rules are kept as written, under their own chat, changed once by each update, under numbers never used before."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings

from chatbot.core.alerts.rules import AlertFact, Measure, Rule, RuleState, RuleTerms, Turn, WatchedRule
from chatbot.core.errors import NotPossible
from chatbot.core.ports import MOST_RULES
from storage import Database
from tests.storage.conftest import NOON, Clock
from tests.storage.watched import ABOVE, ANN, BEN, DESK, FLIP, made, states, terms, with_state, with_terms

NUMBERS = count(1)  # of updates


async def test_a_rule_has_a_number_its_chat_its_owner_and_the_time(database: Database) -> None:
    rule = await database.alerts.add(ANN, ANN, 1, ABOVE)
    assert rule == Rule(1, ANN, ANN, ABOVE, NOON, revision=0)
    assert await database.alerts.find(ANN, 1) == WatchedRule(rule, RuleState())


async def test_a_rule_that_its_owner_knows_to_be_crossed_begins_as_fired(database: Database) -> None:
    rule = await database.alerts.add(ANN, ANN, 1, ABOVE, is_on=True)
    assert rule is not None
    assert await database.alerts.find(ANN, rule.id) == WatchedRule(rule, RuleState(is_on=True))


async def test_a_groups_rule_belongs_to_nobody(database: Database) -> None:
    assert (await made(database, chat_id=DESK)).user_id is None


async def test_the_levels_keep_their_digits(database: Database) -> None:
    await made(database, ABOVE)
    [watched] = await database.alerts.of(ANN)
    assert (str(watched.rule.terms.level), str(watched.rule.terms.clear_level)) == ("0.00050", "0.00040")


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(terms(), states())
async def test_terms_and_state_come_back_as_they_were(database: Database, wanted: RuleTerms, state: RuleState) -> None:
    rule = await made(database, wanted, update_id=next(NUMBERS))
    changed = await database.alerts.change(ANN, rule.id, next(NUMBERS), with_state(state))
    back = await database.alerts.find(ANN, rule.id)
    assert back == changed == WatchedRule(replace(rule, revision=1), state)
    assert back is not None
    assert str(back.rule.terms.level) == str(wanted.level)
    await database.alerts.remove(ANN, rule.id, next(NUMBERS))


async def test_they_are_listed_in_the_order_in_which_they_were_made(database: Database) -> None:
    first, of_ben, second = [
        await made(database, each, chat, number)
        for number, (each, chat) in enumerate([(FLIP, ANN), (FLIP, BEN), (ABOVE, ANN)])
    ]
    assert [watched.rule for watched in await database.alerts.of(ANN)] == [first, second]
    assert [watched.rule for watched in await database.alerts.of(BEN)] == [of_ben]


async def test_a_rule_is_only_seen_and_touched_under_its_own_chat(database: Database) -> None:
    rule = await made(database)
    assert await database.alerts.find(BEN, rule.id) is None
    assert await database.alerts.change(BEN, rule.id, 2, with_terms(level=Decimal(1))) is None
    assert await database.alerts.remove(BEN, rule.id, 3) is None
    assert await database.alerts.find(ANN, rule.id) == WatchedRule(rule, RuleState())


async def test_an_update_adds_one_rule(database: Database) -> None:
    await made(database, update_id=5)
    assert await database.alerts.add(ANN, ANN, 5, ABOVE) is None
    assert len(await database.alerts.of(ANN)) == 1


async def test_an_update_that_comes_again_adds_nothing_though_its_rule_is_gone(database: Database) -> None:
    rule = await made(database, update_id=5)
    assert await database.alerts.remove(ANN, rule.id, 6) == rule
    assert await database.alerts.add(ANN, ANN, 5, ABOVE) is None


async def test_the_number_of_a_rule_that_is_gone_is_not_given_again(database: Database) -> None:
    """A button under an old message must not reach another rule."""
    first = await made(database, update_id=1)
    await database.alerts.remove(ANN, first.id, 2)
    second = await made(database, update_id=3)
    assert second.id == first.id + 1
    assert await database.alerts.remove(ANN, first.id, 2) is None
    assert [watched.rule for watched in await database.alerts.of(ANN)] == [second]


async def test_a_chat_has_so_many_rules_and_no_more(database: Database) -> None:
    for number in range(MOST_RULES):
        await made(database, FLIP, update_id=number)
    with pytest.raises(NotPossible, match="100 alerts"):
        await database.alerts.add(ANN, ANN, MOST_RULES, FLIP)
    assert await database.alerts.add(ANN, ANN, MOST_RULES - 1, FLIP) is None  # that one was made
    await database.alerts.remove(ANN, 1, 1000)
    assert await database.alerts.add(ANN, ANN, MOST_RULES, FLIP) is not None  # refused, so it may come again


async def test_a_change_raises_the_revision_and_keeps_who_and_when(database: Database) -> None:
    rule = await made(database)
    changed = await database.alerts.change(ANN, rule.id, 2, with_terms(level=Decimal("0.00080")))
    assert changed is not None
    assert changed.rule == replace(rule, terms=replace(ABOVE, level=Decimal("0.00080")), revision=1)


async def test_an_update_changes_a_rule_once_and_may_change_another(database: Database) -> None:
    first, second = [await made(database, update_id=number) for number in (1, 2)]
    assert await database.alerts.change(ANN, first.id, 3, with_terms(coin="ETH")) is not None
    assert await database.alerts.change(ANN, first.id, 3, with_terms(coin="SOL")) is None
    assert await database.alerts.change(ANN, second.id, 3, with_terms(coin="SOL")) is not None
    assert [watched.rule.terms.coin for watched in await database.alerts.of(ANN)] == ["ETH", "SOL"]


async def test_what_an_edit_raises_goes_through_and_nothing_is_changed(database: Database) -> None:
    rule = await made(database)

    def refuse(_: WatchedRule) -> WatchedRule:
        raise NotPossible("no")

    with pytest.raises(NotPossible):
        await database.alerts.change(ANN, rule.id, 2, refuse)
    assert await database.alerts.find(ANN, rule.id) == WatchedRule(rule, RuleState())
    assert await database.alerts.change(ANN, rule.id, 2, with_terms(coin="ETH")) is not None


async def test_of_two_writers_none_is_lost(database: Database, other_process: Database) -> None:
    rule = await made(database, update_id=1000)

    def one_more(watched: WatchedRule) -> WatchedRule:
        return replace(watched, state=replace(watched.state, unattended=watched.state.unattended + 1))

    both = (database, other_process)
    await asyncio.gather(*(both[number % 2].alerts.change(ANN, rule.id, number, one_more) for number in range(40)))
    [watched] = await database.alerts.of(ANN)
    assert (watched.state.unattended, watched.rule.revision) == (40, 40)


async def test_a_group_keeps_the_state_of_those_that_it_still_wants(database: Database) -> None:
    btc, eth, sol = (
        RuleTerms(Measure.RATE, coin, level=Decimal("0.0005"), follows=True) for coin in ("BTC", "ETH", "SOL")
    )
    await database.alerts.replace_group(DESK, 1, (btc, eth))
    first, _ = await database.alerts.of(DESK)
    await database.alerts.change(DESK, first.rule.id, 2, with_state(RuleState(is_on=True, told=Decimal("0.0006"))))
    await database.alerts.replace_group(DESK, 3, (btc, sol, sol))
    kept, new = await database.alerts.of(DESK)
    assert (kept.rule.id, kept.state.told) == (first.rule.id, Decimal("0.0006"))
    assert (new.rule.terms, new.rule.user_id, new.state) == (sol, None, RuleState())
    await database.alerts.replace_group(DESK, 3, ())  # that update was applied
    assert len(await database.alerts.of(DESK)) == 2
    await database.alerts.replace_group(DESK, 4, ())
    assert await database.alerts.of(DESK) == ()


async def test_the_time_of_an_expiry_is_kept_to_the_microsecond(database: Database) -> None:
    until = NOON + timedelta(days=30, microseconds=1)
    await made(database, replace(ABOVE, expires_at=until))
    [watched] = await database.alerts.of(ANN)
    assert watched.rule.terms.expires_at == until


async def test_what_waits_to_be_told_of_a_rule_goes_with_it(database: Database, clock: Clock) -> None:
    kept, gone = [await database.alerts.add(7, 7, number, RuleTerms(Measure.FLIP, "BTC")) for number in (1, 2)]
    assert kept is not None
    assert gone is not None
    rules, states = await database.alert_book.load()
    facts = [AlertFact(rule, Turn.FIRED, Decimal("0.0005"), (), "Bybit", NOON, NOON) for rule in (kept, gone)]
    await database.alert_book.settle(rules, states, (), facts)
    await database.alerts.remove(7, gone.id, 3)
    clock.advance(timedelta(seconds=3))
    (parcel,) = (await database.outbox.due(clock()))[7]
    assert parcel.fact.rule.id == kept.id
