"""Brings a database file to the newest schema. Law: all of it or nothing, and the old file is kept."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

NEWEST = "0003"  # the revision that the tables stand for; known here so that a start need not load Alembic


class UnknownSchema(Exception):  # noqa: N818 - it names what was found
    """The file was written by a newer version of the bot."""


def migrate(database_url: str, now: datetime) -> None:
    """Makes folder and file where there are none; keeps a copy of a file with an older schema beside it.

    `database_url` as in sqlite:///data/bot.sqlite3. UnknownSchema; errors of sqlite3 and sqlalchemy where the file
    cannot be opened or written.
    """
    path = database_path(database_url)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _revision(path) != NEWEST:
        from storage.migrations.upgrade import upgrade  # Alembic takes 0.3 s to import, and most starts need none

        upgrade(path, now)


def database_path(database_url: str) -> Path:
    """The file that the address names, relative to the working directory. ValueError where it names none."""
    name = make_url(database_url).database
    if not name or name == ":memory:":
        raise ValueError(f"{database_url} names no file")
    return Path(name).absolute()


def _revision(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None
