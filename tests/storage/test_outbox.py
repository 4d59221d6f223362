"""A parcel waits its time, goes once, and what became of it is known whatever happens."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from chatbot.core.alerts.parcels import Digest, DigestLine, Parcel, Standing
from chatbot.core.alerts.rules import RateLine
from chatbot.core.chats import ChatKind, KnownChat
from storage import Database, outbox
from tests.storage.conftest import NOON, Clock
from tests.storage.watched import ANN, BEN, DESK, FLIP, fact, fire, made, waiting

LATE, SEEN, FRESH = Standing.LATE, Standing.PERHAPS_SEEN, Standing.FRESH
LINE = RateLine("BTC", "bybit", Decimal("0.000600"), timedelta(hours=8), Decimal("0.000600"), NOON)
SAID = Digest(DESK, NOON, (DigestLine("extreme", LINE, rule_id=1, happened_at=NOON),), "Bybit", NOON, 55, "BTC", NOON)


def after(**span: float) -> datetime:
    """So long after the parcel was made, at noon."""
    return NOON + timedelta(**span)


def standings(due: Mapping[int, tuple[Parcel, ...]]) -> dict[int, list[Standing]]:
    return {chat_id: [parcel.standing for parcel in parcels] for chat_id, parcels in due.items()}


@pytest.fixture
async def box(database: Database) -> Database:
    """Parcel 1 for Ann, made at noon."""
    await fire(database, await made(database))
    return database


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (after(seconds=1.999), {}),  # within the merging window
        (after(seconds=2), {ANN: [FRESH]}),
        (after(minutes=15), {ANN: [FRESH]}),
        (after(minutes=15, microseconds=1), {}),  # late: it waits for the next message
        (after(minutes=74, seconds=59), {}),
        (after(minutes=75), {ANN: [LATE]}),  # but no longer than an hour
    ],
)
async def test_a_parcel_goes_after_the_merging_window_and_waits_when_it_is_late(
    box: Database, moment: datetime, expected: dict[int, list[Standing]]
) -> None:
    assert standings(await box.outbox.due(moment)) == expected


async def test_a_late_one_goes_with_a_fresh_one(box: Database, clock: Clock) -> None:
    clock.advance(timedelta(minutes=20))
    await fire(box, await made(box, update_id=2))
    assert await waiting(box, after(minutes=20, seconds=1)) == {}
    due = await box.outbox.due(after(minutes=20, seconds=2))
    assert standings(due) == {ANN: [LATE, FRESH]}


async def test_what_came_within_the_window_goes_along(box: Database, clock: Clock) -> None:
    clock.advance(timedelta(seconds=1.5))
    await fire(box, await made(box, update_id=2))
    assert await waiting(box, after(seconds=2)) == {ANN: [1, 2]}


async def test_what_is_under_way_is_not_due(box: Database) -> None:
    await box.outbox.begin([1])
    assert await waiting(box, after(seconds=2)) == {}
    assert await waiting(box, after(days=1)) == {}


async def test_what_was_told_is_gone_and_so_is_its_fact(box: Database) -> None:
    await box.outbox.begin([1])
    await box.outbox.told([1])
    assert await box.outbox.recover() == 0
    assert await waiting(box, after(days=1)) == {}
    assert (await box.personal_data.export(ANN))["outbox"] == []


async def test_what_was_begun_is_seen_by_a_process_that_starts_then(box: Database, other_process: Database) -> None:
    """As after a kill: nothing of the first process is needed."""
    await box.outbox.begin([1])
    assert await other_process.outbox.recover() == 1
    assert await other_process.outbox.recover() == 0
    assert await waiting(other_process, after(minutes=59)) == {}
    assert standings(await other_process.outbox.due(after(hours=1))) == {ANN: [SEEN]}


async def test_what_got_no_answer_goes_with_the_next_message_or_after_an_hour(box: Database, clock: Clock) -> None:
    clock.advance(timedelta(minutes=10))
    await box.outbox.begin([1])
    await box.outbox.unknown([1])
    assert await waiting(box, after(minutes=69)) == {}
    assert standings(await box.outbox.due(after(minutes=70))) == {ANN: [SEEN]}
    await fire(box, await made(box, update_id=2))
    assert standings(await box.outbox.due(after(minutes=10, seconds=2))) == {ANN: [SEEN, FRESH]}


async def test_what_was_not_begun_cannot_have_been_seen(box: Database) -> None:
    await box.outbox.unknown([1])
    assert standings(await box.outbox.due(after(seconds=2))) == {ANN: [FRESH]}


async def test_what_is_begun_again_and_held_stays_perhaps_seen(box: Database) -> None:
    for _ in range(2):
        await box.outbox.begin([1])
        await box.outbox.unknown([1])
    await box.outbox.begin([1])
    await box.outbox.hold(ANN, [1], after(minutes=1))
    assert standings(await box.outbox.due(after(hours=1))) == {ANN: [SEEN]}


async def test_a_chat_that_is_held_back_waits_with_all_it_has(box: Database, clock: Clock) -> None:
    await box.outbox.begin([1])
    await box.outbox.hold(ANN, [1], after(minutes=5))
    await fire(box, await made(box, update_id=2))
    await fire(box, await made(box, chat_id=BEN))
    assert await waiting(box, after(minutes=4, seconds=59)) == {BEN: [3]}
    assert standings(await box.outbox.due(after(minutes=5))) == {ANN: [FRESH, FRESH], BEN: [FRESH]}


async def test_after_the_quiet_hours_all_is_told_at_once_as_late(box: Database) -> None:
    await box.outbox.hold(ANN, [1], after(minutes=20))
    assert standings(await box.outbox.due(after(minutes=20))) == {ANN: [LATE]}


async def test_a_hold_outlives_the_process_and_ends_with_what_was_told(
    box: Database, other_process: Database, clock: Clock
) -> None:
    await box.outbox.hold(ANN, [1], after(minutes=5))
    assert await waiting(other_process, after(minutes=4)) == {}
    await other_process.outbox.told([1])
    clock.advance(timedelta(minutes=1))
    await fire(box, await made(box, update_id=2))
    assert await waiting(box, after(minutes=1, seconds=2)) == {ANN: [2]}


async def test_a_quiet_chat_gets_nothing_until_it_is_open_again(box: Database) -> None:
    await fire(box, await made(box, chat_id=DESK))
    await box.chat_book.went_quiet(ANN, "blocked", NOON)
    await box.chat_book.went_quiet(DESK, "removed", NOON)
    assert await waiting(box, after(seconds=2)) == {}
    await box.chat_book.opened(KnownChat(ANN, ChatKind.PRIVATE, "Ann", None))
    assert await waiting(box, after(seconds=2)) == {ANN: [1]}


async def test_people_come_before_groups_and_who_waits_longest_first(
    box: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chat_id in (DESK, BEN):
        await fire(box, await made(box, chat_id=chat_id))
    monkeypatch.setattr(outbox, "MOST_CHATS", 2)
    assert await waiting(box, after(seconds=2)) == {ANN: [1], BEN: [3]}
    await box.outbox.told([1, 3])
    assert await waiting(box, after(seconds=2)) == {DESK: [2]}


async def test_what_is_told_together_is_stored_together_with_the_digest(box: Database) -> None:
    said = replace(SAID, lines=(replace(SAID.lines[0], rule_id=2),))
    await fire(box, await made(box, chat_id=DESK))
    assert await box.outbox.digest(DESK) is None
    await box.outbox.begin([2])
    await box.outbox.told([2], said)
    stored = await box.outbox.digest(DESK)
    assert stored == said
    assert str(stored.lines[0].line.rate_per_interval) == "0.000600"
    edited = replace(said, told="BTC ETH")
    await box.outbox.told([], edited)
    assert await box.outbox.digest(DESK) == edited


async def test_a_digest_comes_back_without_the_lines_of_rules_that_are_gone(box: Database) -> None:
    """A level that an administrator changed is another rule: the rates of the old one would stand there for hours."""
    await made(box, chat_id=DESK)
    await made(box, FLIP, chat_id=DESK, update_id=2)
    both = tuple(replace(SAID.lines[0], rule_id=number) for number in (2, 3))
    await box.outbox.told([], replace(SAID, lines=both))
    await box.alerts.replace_group(DESK, 3, (FLIP,))
    assert await box.outbox.digest(DESK) == replace(SAID, lines=both[1:])


async def test_a_fact_that_cannot_be_stored_loses_no_parcel(box: Database) -> None:
    """Half of a surrogate pair is no text: the whole of `told` is undone."""
    with pytest.raises(ValueError, match="surrogate"):
        await box.outbox.told([1], replace(SAID, source="\ud83d"))
    assert await waiting(box, after(seconds=2)) == {ANN: [1]}


async def test_parcels_that_are_gone_are_no_matter(box: Database) -> None:
    await box.personal_data.forget(ANN)
    await box.outbox.begin([1])
    await box.outbox.unknown([1])
    await box.outbox.told([1])
    assert await box.outbox.recover() == 0


async def test_the_number_of_a_parcel_is_not_given_again(box: Database) -> None:
    """Who comes late with it must not find another."""
    await box.outbox.told([1])
    await fire(box, await made(box, update_id=2))
    assert await waiting(box, after(seconds=2)) == {ANN: [2]}


async def test_many_messages_at_once_end_well(database: Database) -> None:
    rules = [await made(database, chat_id=chat_id) for chat_id in range(1, 101)]
    await fire(database, *rules)

    async def tell(parcel: Parcel) -> None:
        await database.outbox.begin([parcel.id])
        ending = (database.outbox.told, database.outbox.unknown)[parcel.id % 2]
        await ending([parcel.id])

    due = await database.outbox.due(after(seconds=2))
    await asyncio.gather(*(tell(parcel) for parcels in due.values() for parcel in parcels))
    perhaps = await database.outbox.due(after(hours=1))
    assert standings(perhaps) == {chat_id: [SEEN] for chat_id in range(1, 101, 2)}


async def test_each_fact_is_a_parcel_of_its_own(database: Database) -> None:
    rule = await made(database)
    columns, states = await database.alert_book.load()
    await database.alert_book.settle(columns, states, (), [fact(rule, "0.0006"), fact(rule, "0.0007")])
    [parcels] = (await database.outbox.due(after(seconds=2))).values()
    assert [parcel.fact.value for parcel in parcels] == [Decimal("0.0006"), Decimal("0.0007")]
