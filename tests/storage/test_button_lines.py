"""A long line comes back by its key, to those it was meant for."""

import re
from datetime import timedelta

from storage import Database
from tests.storage.conftest import Clock

LONG = "/portfolio add " + "; ".join(f"{number} ETH" for number in range(40))
ANN, BEN = 7, 8


async def test_a_line_comes_back_by_its_key(database: Database) -> None:
    key = await database.button_lines.keep(LONG)
    assert await database.button_lines.recall(key) == LONG
    assert re.fullmatch(r"[A-Za-z0-9_-]{12}", key)


async def test_the_same_line_of_the_same_person_is_stored_once(database: Database) -> None:
    keys = [await database.button_lines.keep(LONG, ANN) for _ in range(3)]
    assert len(set(keys)) == 1
    assert len(await stored(database, ANN)) == 1


async def test_the_same_line_of_two_people_has_two_keys(database: Database) -> None:
    assert len({await database.button_lines.keep(LONG, user_id) for user_id in (ANN, BEN, None)}) == 3


async def test_a_line_for_everybody_is_anyones(database: Database) -> None:
    key = await database.button_lines.keep(LONG)
    assert await database.button_lines.recall(key, BEN) == LONG


async def test_a_persons_line_is_theirs_alone(database: Database) -> None:
    key = await database.button_lines.keep(LONG, ANN)
    assert await database.button_lines.recall(key, ANN) == LONG
    assert await database.button_lines.recall(key, BEN) is None
    assert await database.button_lines.recall(key) is None


async def test_an_unknown_key_recalls_nothing(database: Database) -> None:
    assert await database.button_lines.recall("nosuchkey", ANN) is None


async def test_a_line_lives_for_ninety_days_after_its_last_use(database: Database, clock: Clock) -> None:
    key = await database.button_lines.keep(LONG, ANN)
    for _ in range(3):
        clock.advance(timedelta(days=60))
        assert await database.button_lines.recall(key, ANN) == LONG
    clock.advance(timedelta(days=90, seconds=1))
    assert await database.button_lines.recall(key, ANN) is None


async def stored(database: Database, user_id: int) -> list[object]:
    rows = (await database.personal_data.export(user_id))["button_lines"]
    assert isinstance(rows, list)
    return rows
