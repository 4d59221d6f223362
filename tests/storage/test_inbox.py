"""An update is taken once by its number, and is there until it is done."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from storage import Database
from tests.storage.conftest import Clock
from tests.storage.watched import ANN, BEN


def update(number: int, part: dict[str, Any] | None = None, kind: str = "message") -> tuple[int, str]:
    """As Telegram sends it; Ann's question unless another `part` is given."""
    asked = {"from": {"id": ANN, "is_bot": False}, "text": "/hedge ETH"}
    return number, json.dumps({"update_id": number, kind: asked if part is None else part})


async def test_an_update_is_open_from_when_it_is_stored_until_it_is_done(database: Database) -> None:
    assert await database.inbox.store([update(3), update(2)]) == (3, 2)
    assert await database.inbox.open() == (update(2), update(3))
    await database.inbox.done([2])
    assert await database.inbox.open() == (update(3),)
    await database.inbox.done([3, 4])
    assert await database.inbox.open() == ()


async def test_only_those_are_new_that_were_never_stored(database: Database, other_process: Database) -> None:
    await database.inbox.store([update(1), update(2)])
    await database.inbox.done([1])
    assert await other_process.inbox.store([update(1), update(2), update(3), update(3)]) == (3,)
    assert [number for number, _ in await database.inbox.open()] == [2, 3]


async def test_what_is_stored_is_there_for_the_process_that_comes_next(
    database: Database, other_process: Database
) -> None:
    await database.inbox.store([update(1)])
    assert await other_process.inbox.open() == (update(1),)


async def test_of_many_who_bring_the_same_update_one_is_told_that_it_is_new(
    database: Database, other_process: Database
) -> None:
    both = (database, other_process)
    answers = await asyncio.gather(*(both[turn % 2].inbox.store([update(7)]) for turn in range(20)))
    assert sorted(answers) == [()] * 19 + [(7,)]


@pytest.mark.parametrize("kind", ["message", "edited_message", "callback_query", "my_chat_member"])
async def test_an_update_belongs_to_who_sent_it(database: Database, kind: str) -> None:
    await database.inbox.store([update(number, {"from": {"id": who}}, kind) for number, who in ((1, ANN), (2, BEN))])
    export = json.loads(json.dumps(await database.personal_data.export(ANN)))
    assert [row["update_id"] for row in export["inbox"]] == [1]
    await database.personal_data.forget(ANN)
    assert [number for number, _ in await database.inbox.open()] == [2]


async def test_what_a_channel_says_belongs_to_nobody(database: Database) -> None:
    post = {"chat": {"id": -100}, "text": "/funding"}
    assert await database.inbox.store([update(1, post, "channel_post"), (2, "{}")]) == (1, 2)


async def test_what_somebody_had_forgotten_is_not_done_again(database: Database) -> None:
    """The update that asked to forget is open while it is carried out."""
    await database.inbox.store([update(1)])
    await database.personal_data.forget(ANN)
    assert await database.inbox.store([update(1)]) == ()


async def test_numbers_are_kept_for_three_days_and_what_is_open_as_long(database: Database, clock: Clock) -> None:
    await database.inbox.store([update(1), update(2)])
    await database.inbox.done([1])
    clock.advance(timedelta(days=3))
    await database.purge()
    assert await database.inbox.store([update(1)]) == ()
    assert await database.inbox.open() == (update(2),)
    clock.advance(timedelta(seconds=1))
    await database.purge()
    assert await database.inbox.open() == ()
    assert await database.inbox.store([update(1)]) == (1,)
