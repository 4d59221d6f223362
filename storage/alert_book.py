"""The watcher's side of the rules: all of them at once as columns, and what a pass came to.

Law: a state and the parcel that tells of it are stored together, and only where the rule is still the one looked at.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.core.alerts.columns import MEASURES, RuleColumns, StateColumns, state_at
from chatbot.core.alerts.rules import AlertFact, Rule, Turn
from storage import rule_rows
from storage.journal import Connection, Journal, Value
from storage.outbox import DEADLINE, FACT
from storage.reader import Reader
from storage.tables import instant_text

# The columns that are read a million times, each with what takes it; what is absent becomes nan. The text of a level
# is read by Python: SQLite would miss the nearest float now and then.
_NUMBERS = {
    "id": np.int64,
    "revision": np.int64,
    "is_above": np.bool_,
    "level": np.float64,
    "clear_level": np.float64,
    "cooldown_s": np.float64,
    "expires_at": np.float64,
    "hour": np.float64,
    "follows": np.bool_,
    "is_on": np.bool_,
    "told": np.float64,
    "reference": np.float64,
    "fired_at": np.float64,
    "snoozed_until": np.float64,
    "snooze_level": np.float64,
    "unattended": np.int16,
    "attended_at": np.float64,
    "due_at": np.float64,
}
_CODES = {"measure": np.int16, "subject": np.int64, "zone": np.int16}
_TABLE = np.dtype([*_NUMBERS.items(), *((name, object) for name in (*_CODES, "members"))])
_CODED = np.dtype([*_NUMBERS.items(), *_CODES.items()])
_ROWS = "FROM alert_rules WHERE chat_id NOT IN (SELECT chat_id FROM chats WHERE quiet_since IS NOT NULL)"
_LOAD = f"""
SELECT {", ".join(_NUMBERS)}, measure, coalesce(coin, '') || ' ' || coalesce(exchange, ''), zone, members
{_ROWS} ORDER BY id
"""
_SETTLE = f"UPDATE alert_rules SET {', '.join(f'{name} = ?' for name in rule_rows.STATE)} WHERE id = ? AND revision = ?"
_PARCEL = """
INSERT INTO outbox (chat_id, user_id, fact, is_under_way, created_at)
SELECT chat_id, user_id, ?, 0, ? FROM alert_rules WHERE id = ? AND revision = ?
"""
# Values that were not told in time are old news beside newer ones of the same rule: a chat that is quiet for long, or
# may not be written to, would otherwise gather one at every look at the markets.
_OUTDATE = """
DELETE FROM outbox WHERE chat_id = (SELECT chat_id FROM alert_rules WHERE id = ?1 AND revision = ?2)
    AND is_under_way = 0 AND created_at < ?3 AND perhaps_seen_at IS NULL
    AND json_extract(fact, '$.rule.id') = ?1 AND json_extract(fact, '$.turn') = ?4
"""
_EXPIRE = "DELETE FROM alert_rules WHERE expires_at <= ?"

CHUNK = 20_000

Values = tuple[Value, ...]


class StoredAlertBook:
    """The port `AlertBook` on the database."""

    def __init__(self, journal: Journal, reader: Reader, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._reader = reader
        self._now = now

    async def revision(self) -> int:
        """As the port says: triggers raise it."""
        return await self._reader.read(_revision)

    async def load(self) -> tuple[RuleColumns, StateColumns]:
        """Every rule of every chat that is not quiet."""
        return await self._reader.read_apart(_load)

    async def rules(self, ids: Collection[int]) -> Mapping[int, Rule]:
        """These rules, exactly; those that are gone are absent."""
        return await self._reader.read_apart(partial(_rules, tuple(ids)))

    async def settle(
        self, rules: RuleColumns, states: StateColumns, changed: Sequence[int], facts: Sequence[AlertFact]
    ) -> None:
        """As the port says."""
        now = self._now()
        rows = await asyncio.to_thread(_state_rows, rules, states, changed)
        parcels = await asyncio.to_thread(_parcel_rows, facts, now)
        outdated = _outdated_rows(facts, now)
        await self._journal.run(partial(_settle, rows, outdated, parcels, now))


def _revision(connection: Connection) -> int:
    number: int = connection.execute("SELECT number FROM alert_revision").fetchone()[0]
    return number


def _rules(ids: tuple[int, ...], connection: Connection) -> Mapping[int, Rule]:
    asked = f"{rule_rows.SELECT} WHERE id IN (SELECT value FROM json_each(?))"
    found = (rule_rows.watched_of(row).rule for row in connection.execute(asked, (json.dumps(ids),)))
    return {rule.id: rule for rule in found}


def _state_rows(rules: RuleColumns, states: StateColumns, changed: Sequence[int]) -> list[Values]:
    return [
        (*rule_rows.state_values(state_at(states, row)), int(rules.id[row]), int(rules.revision[row]))
        for row in changed
    ]


def _parcel_rows(facts: Sequence[AlertFact], now: datetime) -> list[Values]:
    at = instant_text(now)
    return [(FACT.dump_json(fact).decode(), at, fact.rule.id, fact.rule.revision) for fact in facts]


def _outdated_rows(facts: Sequence[AlertFact], now: datetime) -> list[Values]:
    before, changed = instant_text(now - DEADLINE), Turn.CHANGED
    return [(fact.rule.id, fact.rule.revision, before, changed.value) for fact in facts if fact.turn is changed]


def _settle(
    states: list[Values], outdated: list[Values], parcels: list[Values], now: datetime, connection: Connection
) -> None:
    """The watcher knows itself which rules are over: that they are gone is nothing to load them anew for."""
    connection.executemany(_SETTLE, states)
    connection.executemany(_OUTDATE, outdated)
    connection.executemany(_PARCEL, parcels)
    number = _revision(connection)
    connection.execute(_EXPIRE, (now.timestamp(),))
    connection.execute("UPDATE alert_revision SET number = ?", (number,))


def _load(connection: Connection) -> tuple[RuleColumns, StateColumns]:
    """Chunk by chunk: what numpy does at once with objects, it does without letting the event loop in."""
    cursor, coding = connection.execute(_LOAD), _Coding()
    members: dict[int, tuple[str, ...]] = {}
    chunks: list[NDArray[Any]] = []
    while len(chunk := np.fromiter(islice(cursor, CHUNK), _TABLE)) or not chunks:
        members |= _members(chunk["members"], len(chunks) * CHUNK)
        chunks.append(coding.coded(chunk))
    table = np.concatenate(chunks)
    return _rule_columns(table, coding), _state_columns(table, members)


class _Coding:
    """Numbers for texts, as they come."""

    def __init__(self) -> None:
        self.measures = {measure.value: place for place, measure in enumerate(MEASURES)}
        self.subjects: dict[str, int] = {}
        self.zones: dict[str, int] = {}

    def coded(self, chunk: NDArray[Any]) -> NDArray[Any]:
        """The same rows without texts."""
        coded = np.empty(len(chunk), _CODED)
        for name in _NUMBERS:
            coded[name] = chunk[name]
        for name, places in (("measure", self.measures), ("subject", self.subjects), ("zone", self.zones)):
            coded[name] = [places.setdefault(text, len(places)) for text in chunk[name].tolist()]
        return coded


def _members(texts: NDArray[Any], first: int) -> dict[int, tuple[str, ...]]:
    return {row: tuple(json.loads(text)) for row, text in enumerate(texts.tolist(), first) if text is not None}


def _rule_columns(table: NDArray[Any], coding: _Coding) -> RuleColumns:
    return RuleColumns(
        **_columns(table, "id", "revision", "measure", "subject", "is_above", "level", "clear_level", "cooldown_s"),
        **_columns(table, "zone", "follows"),
        expires_at=_filled(table["expires_at"], inf),
        hour=_filled(table["hour"], -1).astype(np.int16),
        subjects=tuple(_subject(text) for text in coding.subjects),
        zones=tuple(coding.zones),
    )


def _state_columns(table: NDArray[Any], members: dict[int, tuple[str, ...]]) -> StateColumns:
    return StateColumns(
        **_columns(table, "is_on", "told", "reference", "snooze_level", "unattended", "due_at"),
        fired_at=_filled(table["fired_at"], -inf),
        snoozed_until=_filled(table["snoozed_until"], -inf),
        attended_at=_filled(table["attended_at"], -inf),
        members=members,
    )


def _columns(table: NDArray[Any], *names: str) -> dict[str, NDArray[Any]]:
    return {name: np.ascontiguousarray(table[name]) for name in names}


def _filled(values: NDArray[Any], absent: float) -> NDArray[Any]:
    return np.where(np.isnan(values), absent, values)


def _subject(text: str) -> tuple[str, str]:
    coin, _, exchange = text.partition(" ")
    return coin, exchange
