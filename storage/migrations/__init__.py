"""Brings a database file to the newest schema. Law: all of it or nothing, and the old file is kept."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, inspect, make_url

LOCK_WAIT_S = 30.0  # another process may be migrating


class UnknownSchema(Exception):  # noqa: N818 - it names what was found
    """The file was written by a newer version of the bot."""


def migrate(database_url: str, now: datetime) -> None:
    """Makes folder and file where there are none; keeps a copy of a file with an older schema beside it.

    `database_url` as in sqlite:///data/bot.sqlite3. UnknownSchema; sqlalchemy.exc.OperationalError where the file
    cannot be opened or written.
    """
    path = database_path(database_url)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(database_url, connect_args={"isolation_level": None, "timeout": LOCK_WAIT_S})
    event.listen(engine, "begin", _begin)
    with engine.begin() as connection:
        _upgrade(connection, path, now)
    engine.dispose()


def database_path(database_url: str) -> Path:
    """The file that the address names, relative to the working directory. ValueError where it names none."""
    name = make_url(database_url).database
    if not name or name == ":memory:":
        raise ValueError(f"{database_url} names no file")
    return Path(name).absolute()


def configuration(connection: Connection) -> Config:
    """Alembic's, for scripts beside this file, whatever the working directory."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _begin(connection: Connection) -> None:
    """Takes the lock before reading the revision: two processes that start together migrate once."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(connection: Connection, path: Path, now: datetime) -> None:
    config = configuration(connection)
    newest = ScriptDirectory.from_config(config).get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    _refuse_unknown(config, current, path)
    if inspect(connection).get_table_names():
        _back_up(path, path.with_name(f"{path.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{current}{path.suffix}"))
    command.upgrade(config, "head")


def _refuse_unknown(config: Config, current: str | None, path: Path) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
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
