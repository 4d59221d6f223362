"""What the bot remembers. Law: everything about a person carries their id, and goes when they say so."""

from storage.database import Database, open_database
from storage.migrations import UnknownSchema, migrate

__all__ = ["Database", "UnknownSchema", "migrate", "open_database"]
