"""The way from an older schema, by Alembic."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect

from storage.migrations import NEWEST, UnknownSchema

LOCK_WAIT_S = 30.0  # another process may be at it


def upgrade(path: Path, now: datetime) -> None:
    """One transaction from whatever the file has to the newest revision."""
    engine = engine_of(path)
    try:
        with engine.begin() as connection:
            _upgrade(connection, path, now)
    finally:
        engine.dispose()


def engine_of(path: Path) -> Engine:
    """Transactions take the lock before they read: of two processes that start together one migrates."""
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": LOCK_WAIT_S})
    event.listen(engine, "begin", _begin_immediate)
    return engine


def configuration(connection: Connection) -> Config:
    """Alembic's, for the scripts beside this file, whatever the working directory."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(connection: Connection, path: Path, now: datetime) -> None:
    config = configuration(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == NEWEST:
        return
    _refuse_unknown(ScriptDirectory.from_config(config), current, path)
    if inspect(connection).get_table_names():
        _back_up(path, path.with_name(f"{path.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{current or 0}{path.suffix}"))
    command.upgrade(config, "head")


def _refuse_unknown(scripts: ScriptDirectory, current: str | None, path: Path) -> None:
    if current not in {None, *(script.revision for script in scripts.walk_revisions())}:
        raise UnknownSchema(
            f"{path.name} has schema {current}, which this version of the bot does not know:"
            " update the bot, or put an older copy of the file back."
        )


def _back_up(path: Path, copy: Path) -> None:
    """A whole copy or none: it gets its name when it is complete."""
    unfinished = copy.with_name(f"{copy.name}.part")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(copy)
