"""From nothing and from the previous schema to the newest, with what was there kept twice: in place and in a copy."""

import logging
import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from chatbot.core.alerts.rules import Measure, RuleTerms
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from storage import UnknownSchema, migrate, open_database
from storage.migrations import NEWEST, database_path
from storage.migrations.upgrade import configuration, engine_of
from storage.tables import Row
from tests.storage.conftest import NOON, Clock

OF_THE_FIRST_SCHEMA = """
INSERT INTO holdings VALUES (7, 0, 'ETH', '0.100000000000000000001', '0.03');
INSERT INTO futures_positions VALUES (7, 0, 'ETH', 'short', '5', 'bybit', '3450', '2');
INSERT INTO changes VALUES
    (1, 7, 99, 'undo-key', '{"holdings": [], "positions": []}', '{"holdings": [], "positions": []}',
     '2026-04-01T11:00:00.000000+00:00', NULL);
INSERT INTO answers VALUES (7, 'answer-1', 'hedge', '/hedge 10 ETH', '{}', '2026-04-01T11:00:00.000000+00:00');
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.sqlite3"


@pytest.fixture
def old_path(path: Path) -> Path:
    """A file with the first schema and something in each of its tables."""
    path.parent.mkdir()
    for connection in begun(path):
        command.upgrade(configuration(connection), "0001")
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(OF_THE_FIRST_SCHEMA)
    return path


def begun(path: Path) -> Iterator[Connection]:
    engine = engine_of(path)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_a_first_start_makes_folder_and_file(path: Path) -> None:
    migrate(f"sqlite:///{path}", NOON)
    assert rows(path, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert [found.name for found in path.parent.iterdir()] == ["bot.sqlite3"]
    assert path.parent.stat().st_mode & 0o077 == 0  # other users of the machine have no business there


def test_tables_and_migrations_agree(migrated_file: Path) -> None:
    for connection in begun(migrated_file):
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Row.metadata) == []


def test_the_newest_revision_is_the_one_that_a_start_looks_for(migrated_file: Path) -> None:
    for connection in begun(migrated_file):
        assert ScriptDirectory.from_config(configuration(connection)).get_heads() == [NEWEST]


async def test_what_the_previous_schema_held_is_there_afterwards(old_path: Path) -> None:
    url = f"sqlite:///{old_path}"
    migrate(url, NOON)
    database = await open_database(url, Clock())
    held, answer = await database.portfolios.load(7), await database.answers.recall(7, "answer-1")
    assert await database.portfolios.change(7, 99, lambda _: Portfolio()) is None  # that update was applied before
    assert await database.button_lines.keep("/hedge ETH")
    await database.close()
    assert held == Portfolio(
        (Holding("ETH", Decimal("0.100000000000000000001"), Decimal("0.03")),),
        (FuturesPosition("ETH", Side.SHORT, Decimal(5), "bybit", Decimal(3450), Decimal(2)),),
    )
    assert answer is not None
    assert answer.line == "/hedge 10 ETH"


async def test_what_the_schema_before_the_newest_held_is_there_afterwards(path: Path) -> None:
    path.parent.mkdir()
    for connection in begun(path):
        command.upgrade(configuration(connection), "0002")
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(OF_THE_FIRST_SCHEMA)
        raw.execute(
            "INSERT INTO button_lines VALUES ('line-1', 7, '/hedge 10 ETH', '2026-04-01T11:00:00.000000+00:00')"
        )
        raw.commit()
    migrate(f"sqlite:///{path}", NOON)
    assert [found.name for found in path.parent.glob("*-0002.sqlite3")] == ["bot-20260401T120000Z-0002.sqlite3"]
    database = await open_database(f"sqlite:///{path}", Clock())
    assert (await database.portfolios.load(7)).coins() == ("ETH",)
    assert await database.button_lines.recall("line-1", 7) == "/hedge 10 ETH"
    assert await database.alerts.add(7, 7, 1, RuleTerms(Measure.FLIP, "BTC")) is not None
    assert await database.alert_book.revision() == 1  # the triggers are there
    await database.close()


def test_the_older_file_is_kept_beside_under_date_and_revision(old_path: Path) -> None:
    migrate(f"sqlite:///{old_path}", datetime(2026, 4, 1, 9, 30, 15, tzinfo=UTC))
    copy = old_path.with_name("bot-20260401T093015Z-0001.sqlite3")
    assert sorted(found.name for found in old_path.parent.iterdir()) == [copy.name, "bot.sqlite3"]
    assert rows(copy, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(copy, "SELECT amount_base FROM holdings") == [("0.100000000000000000001",)]


def test_a_file_at_the_newest_schema_is_left_as_it_is(path: Path) -> None:
    migrate(f"sqlite:///{path}", NOON)
    before = path.read_bytes()
    migrate(f"sqlite:///{path}", NOON)
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["bot.sqlite3"]


def test_a_migration_that_fails_leaves_everything_as_it_was(old_path: Path) -> None:
    with closing(sqlite3.connect(old_path)) as connection:
        connection.execute("CREATE TABLE confirmations (in_the_way)")  # the second table of revision 0002
        connection.commit()
    with pytest.raises(OperationalError, match="already exists"):
        migrate(f"sqlite:///{old_path}", NOON)
    assert rows(old_path, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(old_path, "SELECT name FROM sqlite_master WHERE name = 'button_lines'") == []


def test_the_file_of_a_newer_bot_is_refused_untouched(path: Path) -> None:
    migrate(f"sqlite:///{path}", NOON)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(UnknownSchema, match=r"bot\.sqlite3 has schema 9999"):
        migrate(f"sqlite:///{path}", NOON)
    assert [found.name for found in path.parent.iterdir()] == ["bot.sqlite3"]


def test_every_revision_can_be_taken_back(old_path: Path) -> None:
    migrate(f"sqlite:///{old_path}", NOON)
    for connection in begun(old_path):
        command.downgrade(configuration(connection), "base")
    tables = rows(old_path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    assert tables == [("alembic_version",)]


def test_two_processes_that_start_together_migrate_once(old_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    starts = [spawn.Process(target=migrate, args=(f"sqlite:///{old_path}", NOON)) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert [start.exitcode for start in starts] == [0, 0]
    assert rows(old_path, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


def test_a_relative_address_is_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    migrate("sqlite:///here/100%/bot.sqlite3", NOON)
    assert (tmp_path / "here" / "100%" / "bot.sqlite3").exists()
    assert capsys.readouterr().out == ""


def test_migrating_leaves_logging_as_it_was(path: Path) -> None:
    root, level = list(logging.getLogger().handlers), logging.getLogger().level
    migrate(f"sqlite:///{path}", NOON)
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == (root, level)
    assert not logging.getLogger("telegram").disabled


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_an_address_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="names no file"):
        database_path(url)
