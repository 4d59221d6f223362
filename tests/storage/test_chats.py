"""The groups and channels the bot is in: known, quiet for a while, moved whole."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from chatbot.core.chats import KEPT_WHILE_QUIET, ChatKind, ChatSettings, GroupWatch, KnownChat
from storage import Database
from storage.tables import chat_tables
from tests.storage.conftest import NOON, Clock, executed
from tests.storage.test_outbox import SAID
from tests.storage.watched import ABOVE, ANN, BEN, DESK, FLIP, fire, made, waiting

GROUP = KnownChat(DESK, ChatKind.GROUP, "Desk", ANN)
CHANNEL = KnownChat(DESK - 1, ChatKind.CHANNEL, "News", ANN)
NEW = DESK - 2  # the number of the supergroup
SOON = NOON + timedelta(seconds=2)


async def test_a_person_sees_the_groups_and_channels_that_they_added_the_bot_to(database: Database) -> None:
    for chat in (CHANNEL, GROUP, replace(GROUP, chat_id=-5, added_by=BEN), replace(GROUP, chat_id=-6, added_by=None)):
        await database.chat_book.opened(chat)
    assert await database.chat_book.of_person(ANN) == (GROUP, CHANNEL)  # by title
    assert await database.chat_book.find(CHANNEL.chat_id) == CHANNEL
    assert await database.chat_book.find(-99) is None


async def test_a_chat_is_quiet_since_the_first_time_and_for_the_last_reason(database: Database) -> None:
    await database.chat_book.opened(GROUP)
    await database.chat_book.went_quiet(DESK, "may not post", NOON)
    await database.chat_book.went_quiet(DESK, "removed", NOON + timedelta(days=1))
    assert await database.chat_book.find(DESK) == replace(GROUP, quiet_since=NOON, reason="removed")
    await database.chat_book.opened(replace(GROUP, title="Big desk", added_by=None))
    assert await database.chat_book.find(DESK) == replace(GROUP, title="Big desk")


async def test_a_private_chat_is_in_the_book_only_while_it_is_closed(database: Database) -> None:
    ann = KnownChat(ANN, ChatKind.PRIVATE, "", None)
    await database.chat_book.went_quiet(ANN, "blocked", NOON)
    assert await database.chat_book.find(ANN) == replace(ann, quiet_since=NOON, reason="blocked")
    assert await database.chat_book.of_person(ANN) == ()
    await database.chat_book.opened(replace(ann, title="Ann", added_by=ANN))
    assert await database.chat_book.find(ANN) is None


async def test_of_a_group_a_person_takes_along_only_the_name(database: Database) -> None:
    await database.chat_book.opened(GROUP)
    await made(database, chat_id=DESK)
    export = json.loads(json.dumps(await database.personal_data.export(ANN)))
    assert [row["chat_id"] for row in export["chats"]] == [DESK]
    assert (await database.personal_data.export(BEN))["chats"] == []
    assert await database.personal_data.forget(ANN) == 1
    assert await database.chat_book.find(DESK) == replace(GROUP, added_by=None)
    assert len(await database.alerts.of(DESK)) == 1


async def set_up(database: Database, chat_id: int) -> None:
    """Something in every table that belongs to a chat."""
    await database.chat_book.opened(replace(GROUP, chat_id=chat_id))
    watch = GroupWatch(("BTC",), thread_id=4)
    await database.settings.change(chat_id, 1, lambda _: ChatSettings("Asia/Tokyo", watch=watch))
    rule = await made(database, ABOVE, chat_id, 2)
    await fire(database, rule, rule)
    await database.outbox.told([1], replace(SAID, chat_id=chat_id))
    await database.outbox.hold(chat_id, [2], NOON)


async def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """How many rows each chat has, by table."""
    counted = "SELECT chat_id, count(*) FROM {} GROUP BY chat_id ORDER BY chat_id"
    return {table: await executed(database, text(counted.format(table))) for table in chat_tables()}


async def test_a_group_that_becomes_a_supergroup_keeps_everything(database: Database) -> None:
    await set_up(database, DESK)
    before = await rows(database)
    assert {table for table, found in before.items() if found} == set(chat_tables())
    await database.chat_book.moved(DESK, NEW)
    assert await rows(database) == {table: [(NEW, number) for _, number in found] for table, found in before.items()}
    assert await database.chat_book.find(NEW) == replace(GROUP, chat_id=NEW)
    assert (await database.settings.load(NEW)).zone == "Asia/Tokyo"
    assert await database.settings.load(DESK) == ChatSettings()
    [watched] = await database.alerts.of(NEW)
    assert (watched.rule.id, watched.rule.chat_id) == (1, NEW)
    assert await waiting(database, SOON) == {NEW: [2]}


async def test_its_message_stays_in_the_old_chat_so_the_next_one_is_new(database: Database) -> None:
    await set_up(database, DESK)
    await database.chat_book.moved(DESK, NEW)
    assert await database.outbox.digest(NEW) == replace(SAID, chat_id=NEW, message_id=None)
    await database.outbox.told([], replace(SAID, chat_id=NEW, message_id=77))
    await database.chat_book.moved(DESK, NEW)  # both chats tell of the move
    assert await database.outbox.digest(NEW) == replace(SAID, chat_id=NEW, message_id=77)


async def test_to_move_twice_is_to_move_once(database: Database) -> None:
    await set_up(database, DESK)
    await database.chat_book.moved(DESK, NEW)
    before = await rows(database)
    await database.chat_book.moved(DESK, NEW)
    assert await rows(database) == before


async def test_an_update_that_was_applied_in_the_old_chat_is_not_applied_in_the_new_one(database: Database) -> None:
    await set_up(database, DESK)
    await database.chat_book.moved(DESK, NEW)
    assert await database.settings.change(NEW, 1, lambda _: ChatSettings()) is None


async def test_where_both_have_something_what_was_chosen_for_the_old_one_wins(database: Database) -> None:
    await set_up(database, DESK)
    await database.chat_book.went_quiet(DESK, "removed", NOON)
    await database.chat_book.opened(KnownChat(NEW, ChatKind.GROUP, "Desk, super", BEN))
    await database.settings.change(NEW, 5, lambda _: ChatSettings("Europe/Berlin"))
    await made(database, FLIP, NEW, 6)
    await database.chat_book.moved(DESK, NEW)
    assert (await database.settings.load(NEW)).zone == "Asia/Tokyo"
    assert [watched.rule.terms for watched in await database.alerts.of(NEW)] == [ABOVE]
    # Where a group moved to, the bot is: it is not quiet, whatever the old chat's last word was.
    assert await database.chat_book.find(NEW) == KnownChat(NEW, ChatKind.GROUP, "Desk, super", ANN)
    assert await database.chat_book.find(DESK) is None


async def test_to_move_to_where_it_is_changes_nothing(database: Database) -> None:
    await set_up(database, DESK)
    before = await rows(database)
    await database.chat_book.moved(DESK, DESK)
    assert await rows(database) == before


async def test_a_group_of_which_nothing_is_known_moves_too(database: Database) -> None:
    await database.chat_book.moved(DESK, NEW)
    assert await database.chat_book.find(NEW) is None


async def test_a_move_that_fails_half_way_leaves_all_where_it_was(database: Database, url: str) -> None:
    await set_up(database, DESK)
    before = await rows(database)
    with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as connection:
        connection.execute("CREATE TRIGGER refusal BEFORE UPDATE ON outbox BEGIN SELECT raise(ABORT, 'full'); END")
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        await database.chat_book.moved(DESK, NEW)
    assert await rows(database) == before


@pytest.mark.parametrize("chat_id", [ANN, DESK])
async def test_what_a_quiet_chat_chose_is_kept_for_thirty_days(database: Database, clock: Clock, chat_id: int) -> None:
    await database.settings.change(chat_id, 1, lambda _: ChatSettings("Asia/Tokyo"))
    await made(database, chat_id=chat_id, update_id=2)
    await made(database, chat_id=BEN)
    await database.chat_book.went_quiet(chat_id, "blocked", NOON)
    for wait, left in ((KEPT_WHILE_QUIET, 1), (timedelta(seconds=1), 0)):
        clock.advance(wait)
        await database.purge()
        assert len(await database.alerts.of(chat_id)) == left
    assert all((chat_id, 1) not in found for found in (await rows(database)).values())
    assert len(await database.alerts.of(BEN)) == 1


async def test_one_that_is_opened_in_time_loses_nothing(database: Database, clock: Clock) -> None:
    await made(database, chat_id=DESK)
    await database.chat_book.went_quiet(DESK, "removed", NOON)
    clock.advance(KEPT_WHILE_QUIET)
    await database.chat_book.opened(GROUP)
    clock.advance(timedelta(days=1))
    await database.purge()
    assert len(await database.alerts.of(DESK)) == 1
