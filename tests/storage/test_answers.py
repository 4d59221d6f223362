"""Answers come back to those who got them, for thirty days."""

import asyncio
import re
from datetime import timedelta

from chatbot.core.ports import KeptAnswer
from storage import Database
from tests.storage.conftest import NOON, Clock

ANSWER = KeptAnswer("hedge", "/hedge 10 ETH 50%", '{"price_quote": "3450.10"}', NOON)


async def test_an_answer_comes_back_as_it_was_given(database: Database) -> None:
    key = await database.answers.keep(7, ANSWER)
    assert await database.answers.recall(7, key) == ANSWER


async def test_its_key_fits_a_button_and_cannot_be_guessed(database: Database) -> None:
    keys = await asyncio.gather(*(database.answers.keep(7, ANSWER) for _ in range(100)))
    assert len(set(keys)) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{8}", key) for key in keys)


async def test_an_answer_is_nobody_elses(database: Database) -> None:
    key = await database.answers.keep(7, ANSWER)
    assert await database.answers.recall(8, key) is None


async def test_an_unknown_key_recalls_nothing(database: Database) -> None:
    assert await database.answers.recall(7, "nosuchky") is None


async def test_an_answer_is_kept_for_thirty_days(database: Database, clock: Clock) -> None:
    key = await database.answers.keep(7, ANSWER)
    clock.advance(timedelta(days=30))
    assert await database.answers.recall(7, key) == ANSWER
    clock.advance(timedelta(seconds=1))
    assert await database.answers.recall(7, key) is None


async def test_an_answer_that_cannot_be_stored_is_its_askers_trouble_alone(database: Database) -> None:
    broken = KeptAnswer("hedge", "/hedge \ud83d", "{}", NOON)
    first, failure, last = await asyncio.gather(
        *(database.answers.keep(user, answer) for user, answer in ((7, ANSWER), (8, broken), (9, ANSWER))),
        return_exceptions=True,
    )
    assert isinstance(failure, UnicodeEncodeError)
    assert isinstance(first, str)
    assert isinstance(last, str)
    assert await database.answers.recall(9, last) == ANSWER
