"""The database as a whole: its settings, its check, what it throws away."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from chatbot.core.charges import LastCharge
from chatbot.core.ports import KeptAnswer
from storage import Database, open_database
from storage.retention import MOST_ANSWERS
from tests.storage.conftest import NOON, Clock, executed
from tests.storage.watched import ANN, BEN, fire, made


@pytest.fixture
def path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.mark.parametrize(("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2)])
async def test_changes_are_made_with_foreign_keys_and_survive_a_power_cut(
    database: Database, pragma: str, value: object
) -> None:
    assert await executed(database, text(f"PRAGMA {pragma}")) == [(value,)]


async def test_check_says_in_one_line_that_all_is_well(database: Database) -> None:
    await database.portfolios.change(ANN, 1, lambda held: held.with_added("ETH", Decimal(1)))
    line = await database.check()
    assert line == "bot.sqlite3, 0.3 MB, whole and writable, users with holdings: 1"


@pytest.fixture
def damaged_path(path: Path) -> Path:
    """A file with a page of nonsense in the middle."""
    content = bytearray(path.read_bytes())
    content[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    path.write_bytes(content)
    return path


async def test_check_raises_for_a_damaged_file(damaged_path: Path, clock: Clock) -> None:
    damaged = Database(damaged_path, clock)
    with pytest.raises((sqlite3.DatabaseError, DatabaseError)):
        await damaged.check()
    await damaged.close()


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return number


async def fill(database: Database) -> None:
    await database.portfolios.change(ANN, 1, lambda held: held.with_added("ETH", Decimal(1)))
    await database.answers.keep(ANN, KeptAnswer("hedge", "/hedge ETH", "{}", NOON))
    await database.button_lines.keep("/portfolio", ANN)
    await database.personal_data.confirm(ANN, "forget")
    await fire(database, await made(database))
    await database.outbox.hold(ANN, [1], NOON)
    await database.inbox.store([(1, "{}")])
    await database.charges.save({("bybit", "BTC/USDT:USDT"): LastCharge(NOON, Decimal("0.0001"), None)})


@pytest.mark.parametrize(
    ("table", "lifetime"),
    [
        ("confirmations", timedelta(hours=1)),
        ("changes", timedelta(days=3)),
        ("answers", timedelta(days=30)),
        ("button_lines", timedelta(days=90)),
        ("doings", timedelta(days=3)),
        ("known_updates", timedelta(days=3)),
        ("inbox", timedelta(days=3)),
        ("outbox", timedelta(days=3)),
        ("held_chats", timedelta(days=1)),
        ("last_charges", timedelta(days=7)),
    ],
)
async def test_opening_throws_away_what_is_past_its_time_and_nothing_else(
    url: str, path: Path, clock: Clock, table: str, lifetime: timedelta
) -> None:
    for wait, left in ((timedelta(), 1), (lifetime, 1), (timedelta(seconds=1), 0)):
        clock.advance(wait)
        database = await open_database(url, clock)
        if not wait:
            await fill(database)
        await database.close()
        assert count(path, table) == left
    assert (count(path, "holdings"), count(path, "alert_rules")) == (1, 1)


async def test_of_one_persons_answers_the_newest_stay(database: Database, path: Path) -> None:
    answer = KeptAnswer("hedge", "/hedge ETH", "{}", NOON)
    answers = [replace(answer, answered_at=NOON + timedelta(seconds=number)) for number in range(MOST_ANSWERS + 2)]
    keys = [await database.answers.keep(ANN, each) for each in answers]
    of_ben = await database.answers.keep(BEN, answer)
    await database.purge()
    assert count(path, "answers") == 501  # 500 of Ann's, one of Ben's
    assert [await database.answers.recall(ANN, key) for key in keys[:3]] == [None, None, answers[2]]
    assert await database.answers.recall(BEN, of_ben) == answer


async def test_it_is_also_done_hourly_in_passing(database: Database, path: Path, clock: Clock) -> None:
    await database.personal_data.confirm(ANN, "forget")
    clock.advance(timedelta(minutes=59))
    await database.button_lines.keep("/portfolio")
    assert count(path, "confirmations") == 1
    clock.advance(timedelta(minutes=2))
    await database.button_lines.keep("/portfolio")
    await database.button_lines.keep("/portfolio")  # the purge went with or before this one
    assert count(path, "confirmations") == 0


async def test_an_undone_change_goes_with_its_undo(url: str, path: Path, clock: Clock) -> None:
    database = await open_database(url, clock)
    change = await database.portfolios.change(ANN, 1, lambda held: held.with_added("ETH", Decimal(1)))
    assert change is not None
    clock.advance(timedelta(hours=1))
    await database.portfolios.undo(ANN, 2, change.undo_key)
    clock.advance(timedelta(days=3))
    await database.purge()
    assert count(path, "changes") == 1  # the undo is an hour younger
    clock.advance(timedelta(hours=1, seconds=1))
    await database.purge()
    assert count(path, "changes") == 0
    await database.close()


async def test_a_file_that_was_never_migrated_is_refused_and_let_go(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await open_database(f"sqlite:///{tmp_path / 'empty.sqlite3'}", clock)
