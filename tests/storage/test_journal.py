"""Rows from many people are stored together, and fail alone."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from storage.journal import Journal
from tests.storage.conftest import Clock

INSERT = "INSERT INTO confirmations (user_id, key, purpose, asked_at) VALUES (?, ?, 'test', '2026')"


@pytest.fixture
def path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
async def journal(path: Path, clock: Clock) -> AsyncIterator[Journal]:
    opened = Journal(path, clock)
    yield opened
    await opened.close()


def stored(path: Path) -> list[int]:
    """What a second connection sees: the committed rows."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT user_id FROM confirmations ORDER BY user_id")]


async def test_a_row_is_committed_when_its_caller_goes_on(journal: Journal, path: Path) -> None:
    await journal.write(INSERT, (1, "k"))
    assert stored(path) == [1]


async def test_rows_that_come_together_share_a_transaction(journal: Journal, path: Path) -> None:
    await asyncio.gather(*(journal.write(INSERT, (number, "k")) for number in range(200)))
    assert len(stored(path)) == 200
    # The first goes at once, the 199 that come meanwhile go together: few commits, each of a few pages of 4,096 bytes.
    assert path.with_name(f"{path.name}-wal").stat().st_size < 200 * 4096


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ((1, "taken"), sqlite3.IntegrityError),
        ((2, "half a pair: \ud83d"), UnicodeEncodeError),
        ((2**63, "too large an id"), OverflowError),
    ],
)
async def test_a_row_that_is_refused_takes_no_other_with_it(
    journal: Journal, path: Path, row: tuple[int, str], error: type[Exception]
) -> None:
    await journal.write(INSERT, (1, "taken"))
    outcomes = await asyncio.gather(
        *(journal.write(INSERT, wanted) for wanted in [(3, "k"), row, (4, "k")]), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), error, type(None)]
    assert stored(path) == [1, 3, 4]


async def test_what_a_work_returned_is_given_back_once_it_is_committed(journal: Journal, path: Path) -> None:
    def work(connection: sqlite3.Connection) -> str:
        for number in (1, 2):
            connection.execute(INSERT, (number, "k"))
        return "both"

    assert await journal.run(work) == "both"
    assert stored(path) == [1, 2]


async def test_a_work_that_raises_is_undone_whole_and_alone(journal: Journal, path: Path) -> None:
    def work(number: int, connection: sqlite3.Connection) -> None:
        connection.execute(INSERT, (number, "k"))
        connection.execute(INSERT, (number + 1, "k"))
        if number == 10:
            raise LookupError(number)

    outcomes = await asyncio.gather(
        *(journal.run(partial(work, number)) for number in (1, 10, 20)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, type(None)]
    assert stored(path) == [1, 2, 20, 21]


@pytest.mark.parametrize(("is_lasting", "level"), [(False, 1), (True, 2)])  # NORMAL, FULL
async def test_what_somebody_changed_survives_a_power_cut(journal: Journal, is_lasting: bool, level: int) -> None:
    def synchronous(connection: sqlite3.Connection) -> int:
        found: int = connection.execute("PRAGMA synchronous").fetchone()[0]
        return found

    assert await journal.run(synchronous, is_lasting=is_lasting) == level


async def test_what_was_forgotten_is_overwritten(journal: Journal) -> None:
    assert journal._connection.execute("PRAGMA secure_delete").fetchone() == (1,)


async def test_a_full_disk_is_told_to_all_who_wait_and_over_when_there_is_room(journal: Journal, path: Path) -> None:
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    wide = "x" * 100_000
    outcomes = await asyncio.gather(
        *(journal.write(INSERT, (number, f"{number}{wide}")) for number in (1, 2)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 2
    assert "full" in str(outcomes[0])
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    await journal.write(INSERT, (3, wide))
    assert stored(path) == [3]


async def test_a_locked_database_is_told_and_nothing_hangs(journal: Journal, path: Path) -> None:
    journal._connection.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await journal.write(INSERT, (1, "k"))
        other.execute("ROLLBACK")
    await journal.write(INSERT, (2, "k"))
    assert stored(path) == [2]


async def test_a_caller_who_gave_up_disturbs_nobody(journal: Journal, path: Path) -> None:
    tasks = [asyncio.create_task(journal.write(INSERT, (number, "k"))) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), asyncio.CancelledError, type(None)]
    assert set(stored(path)) >= {0, 2}


async def test_what_is_to_be_done_afterwards_waits_for_the_commit_and_not_for_the_caller(
    journal: Journal, path: Path
) -> None:
    seen: list[list[int]] = []

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(INSERT, (1, "k"))

    caller = asyncio.create_task(journal.run(work, afterwards=lambda: seen.append(stored(path))))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await journal.write(INSERT, (2, "k"))
    assert seen == [[1]]


async def test_closing_stores_what_waits(path: Path, clock: Clock) -> None:
    journal = Journal(path, clock)
    tasks = [asyncio.create_task(journal.write(INSERT, (number, "k"))) for number in range(5)]
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*tasks)
    assert stored(path) == [0, 1, 2, 3, 4]


async def test_the_data_version_tells_of_others_only(journal: Journal, path: Path) -> None:
    first = await journal.data_version()
    await journal.write(INSERT, (1, "k"))
    assert await journal.data_version() == first
    with closing(sqlite3.connect(path)) as other:
        other.execute(INSERT, (2, "k"))
        other.commit()
    assert await journal.data_version() != first
