"""What a chat chose stays as chosen, each update chooses once, and the digest goes with the zone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.core.alerts.rules import RuleTerms
from chatbot.core.chats import (
    AllocationChoice,
    Bucket,
    ChatSettings,
    GroupWatch,
    Language,
    QuietHours,
    SectorEdit,
    Weighting,
)
from storage import Database
from storage.settings import _SETTINGS
from tests.storage.conftest import NOON, Clock
from tests.storage.watched import ANN, BEN, DESK, DIGEST, FLIP, fire, made, waiting, with_state

NUMBERS = count(1)  # of updates

coins = st.lists(st.sampled_from(["TAO", "FET"]), unique=True).map(tuple)
hours = st.integers(0, 23)
watches = st.builds(
    GroupWatch,
    st.lists(st.sampled_from(["BTC", "ETH", "SOL"]), unique=True).map(tuple),
    st.decimals("0.00001", "0.1", places=8),
    st.none() | st.integers(1, 2**40),
)
chosen = st.builds(
    ChatSettings,
    zone=st.sampled_from(["UTC", "Europe/Berlin"]),
    quote=st.none() | st.sampled_from(["USDT", "USDC"]),
    exchange=st.none() | st.just("bybit"),
    leverage=st.none() | st.decimals("1", "100", places=2),
    quiet=st.none() | st.builds(QuietHours, hours, hours),
    language=st.sampled_from(Language),
    watch=st.none() | watches,
    allocation=st.builds(
        AllocationChoice,
        st.sampled_from(["", "bull", "60/25/10/5"]),
        st.lists(st.tuples(st.sampled_from(["SOL", "TAO"]), st.sampled_from(Bucket))).map(tuple),
        st.decimals("0", "0.5", places=4),
        st.sampled_from(Weighting),
    ),
    sectors=st.lists(st.builds(SectorEdit, st.just("ai"), coins, coins)).map(tuple),
)


def test_what_was_stored_before_there_were_targets_still_loads() -> None:
    assert _SETTINGS.validate_json('{"zone":"Europe/Berlin"}') == ChatSettings(zone="Europe/Berlin")


async def test_a_chat_that_chose_nothing_has_the_defaults(database: Database) -> None:
    assert await database.settings.load(ANN) == ChatSettings()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(chosen)
async def test_every_choice_comes_back_to_the_digit(database: Database, wanted: ChatSettings) -> None:
    await database.settings.change(DESK, next(NUMBERS), lambda _: wanted)
    assert repr(await database.settings.load(DESK)) == repr(wanted)


async def test_leverage_and_level_keep_their_digits(database: Database, other_process: Database) -> None:
    watch = GroupWatch(("BTC",), Decimal("0.000500"), 12)
    await database.settings.change(DESK, 1, lambda _: ChatSettings(leverage=Decimal("3.0"), watch=watch))
    back = await other_process.settings.load(DESK)
    assert str(back.leverage) == "3.0"
    assert back.watch is not None
    assert str(back.watch.level_per_eight_hours) == "0.000500"
    assert back == ChatSettings(leverage=Decimal(3), watch=watch)


async def test_an_update_changes_the_settings_once(database: Database) -> None:
    def next_leverage(before: ChatSettings) -> ChatSettings:
        return replace(before, leverage=(before.leverage or 0) + Decimal(1))

    assert await database.settings.change(ANN, 1, next_leverage) == ChatSettings(leverage=Decimal(1))
    assert await database.settings.change(ANN, 1, next_leverage) is None
    assert (await database.settings.load(ANN)).leverage == 1
    assert await database.settings.change(BEN, 1, next_leverage) is not None  # another chat's is another change


async def test_what_an_edit_raises_goes_through_and_leaves_the_update_free(database: Database) -> None:
    def refuse(_: ChatSettings) -> ChatSettings:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.settings.change(ANN, 1, refuse)
    assert await database.settings.change(ANN, 1, lambda s: replace(s, quote="USDC")) == ChatSettings(quote="USDC")


async def test_of_two_writers_none_is_lost(database: Database, other_process: Database) -> None:
    def one_more(before: ChatSettings) -> ChatSettings:
        return replace(before, leverage=(before.leverage or 0) + Decimal(1))

    both = (database, other_process)
    await asyncio.gather(*(both[number % 2].settings.change(ANN, number, one_more) for number in range(40)))
    assert (await database.settings.load(ANN)).leverage == 40


async def test_a_change_whose_caller_gave_up_is_not_hidden_by_what_was_read_before(database: Database) -> None:
    change = asyncio.create_task(database.settings.change(ANN, 1, lambda s: replace(s, quote="USD")))
    await asyncio.sleep(0)  # it is on its way
    change.cancel()
    await database.settings.load(ANN)  # perhaps before it was committed
    await database.settings.change(BEN, 2, lambda s: s)  # after it
    assert change.cancelled()
    assert (await database.settings.load(ANN)).quote == "USD"


async def test_what_another_process_chose_is_seen_within_a_second(
    database: Database, other_process: Database, clock: Clock
) -> None:
    assert await database.settings.load(ANN) == ChatSettings()
    await other_process.settings.change(ANN, 1, lambda s: replace(s, quote="USD"))
    clock.advance(timedelta(seconds=1))
    assert (await database.settings.load(ANN)).quote == "USD"


async def test_a_new_zone_moves_the_hour_of_the_digest_and_nothing_else(database: Database) -> None:
    digest = await made(database, DIGEST, update_id=1)
    flip = await made(database, FLIP, update_id=2)
    of_ben = await made(database, DIGEST, chat_id=BEN)
    await database.settings.change(ANN, 3, lambda s: replace(s, zone="Asia/Tokyo"))
    moved, same = await database.alerts.of(ANN)
    # At noon UTC of 1 April it is 21:00 in Tokyo; 8 o'clock there is at 23:00 UTC.
    assert moved.state.due_at == datetime(2026, 4, 1, 23, tzinfo=UTC)
    assert (moved.rule.terms, moved.rule.revision) == (replace(DIGEST, zone="Asia/Tokyo"), digest.revision + 1)
    assert same.rule == flip
    [other] = await database.alerts.of(BEN)
    assert other.rule == of_ben


async def test_another_choice_leaves_the_digest_alone(database: Database) -> None:
    rule = await made(database, RuleTerms(DIGEST.measure, hour=8, zone="Asia/Tokyo"))
    await database.settings.change(ANN, 2, lambda s: replace(s, language=Language.GERMAN))
    [watched] = await database.alerts.of(ANN)
    assert watched.rule == rule


async def test_other_quiet_hours_end_the_waiting_for_the_old_ones(database: Database) -> None:
    rule = await made(database)
    await fire(database, rule)
    later = NOON + timedelta(seconds=2)
    await database.outbox.hold(ANN, [1], NOON + timedelta(hours=9))
    assert await waiting(database, later) == {}
    await database.settings.change(ANN, 2, lambda s: replace(s, language=Language.GERMAN))
    assert await waiting(database, later) == {}
    await database.settings.change(ANN, 3, lambda s: replace(s, quiet=QuietHours(22, 7)))
    assert await waiting(database, later) == {ANN: [1]}


async def test_a_change_of_state_is_seen_in_the_same_transaction_as_its_rule(database: Database) -> None:
    rule = await made(database, DIGEST)
    [watched] = await database.alerts.of(ANN)
    await database.alerts.change(ANN, rule.id, 2, with_state(replace(watched.state, unattended=3)))
    await database.settings.change(ANN, 3, lambda s: replace(s, zone="Europe/Berlin"))
    [moved] = await database.alerts.of(ANN)
    assert (moved.state.unattended, moved.rule.terms.zone) == (3, "Europe/Berlin")
