"""The watcher's side of the rules: all of them at once as columns, and what a pass came to.

Law: a state and the parcel that tells of it are stored together, and only where the rule is still the one looked at.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from math import inf, isfinite, nan
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from chatbot.core.alerts.columns import MEASURES, RuleColumns, StateColumns
from chatbot.core.alerts.parcels import Standing
from chatbot.core.alerts.rules import AlertFact, Rule
from storage import rule_rows
from storage.doings import person_of
from storage.ledger import Connection, Ledger

CHUNK = 20_000  # rows that are Python objects at a time
MOST_ASKED = 500  # numbers in one statement

FACT = TypeAdapter(AlertFact)  # writes decimals as text, digit for digit

_PLACES = {measure.value: place for place, measure in enumerate(MEASURES)}
_LOAD = """
SELECT r.id, r.revision, r.measure, coalesce(r.coin, ''), coalesce(r.exchange, ''), r.is_above,
       CAST(r.level AS REAL), CAST(r.clear_level AS REAL), r.cooldown_s, r.expires_at, r.hour, r.zone, r.follows,
       r.is_on, r.told, r.reference, r.fired_at, r.snoozed_until, r.snooze_level, r.unattended, r.attended_at,
       r.due_at, r.members
FROM alert_rules r LEFT JOIN chats c ON c.chat_id = r.chat_id
WHERE c.quiet_since IS NULL ORDER BY r.id
"""
_LOADED = (
    "id", "revision", "measure", "coin", "exchange", "is_above", "level", "clear_level", "cooldown_s", "expires_at",
    "hour", "zone", "follows", "is_on", "told", "reference", "fired_at", "snoozed_until", "snooze_level", "unattended",
    "attended_at", "due_at", "members",
)  # fmt: skip
_ABSENT = {
    **dict.fromkeys(("level", "clear_level", "cooldown_s", "told", "reference", "snooze_level", "due_at"), nan),
    "expires_at": inf,
    **dict.fromkeys(("fired_at", "snoozed_until", "attended_at"), -inf),
}
_SETTLE = """
UPDATE alert_rules SET is_on = ?, told = ?, reference = ?, members = ?, fired_at = ?, snoozed_until = ?,
       snooze_level = ?, unattended = ?, attended_at = ?, due_at = ?
WHERE id = ? AND revision = ?
"""
_PARCEL = """
INSERT INTO outbox (chat_id, user_id, fact, standing, is_under_way, created_at)
SELECT chat_id, ?, ?, ?, 0, ? FROM alert_rules WHERE id = ? AND revision = ?
"""


class StoredAlertBook:
    """The port `AlertBook` on the database."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now

    async def revision(self) -> int:
        """As the port says: triggers raise it."""
        return await self._ledger.read(_revision)

    async def load(self) -> tuple[RuleColumns, StateColumns]:
        """Every rule of every chat that is not quiet."""
        return await self._ledger.read(_load)

    async def rules(self, ids: Collection[int]) -> Mapping[int, Rule]:
        """These rules, exactly; those that are gone are absent."""
        return await self._ledger.read(lambda connection: _rules(connection, tuple(ids)))

    async def settle(
        self, rules: RuleColumns, states: StateColumns, changed: Sequence[int], facts: Sequence[AlertFact]
    ) -> None:
        """As the port says."""
        await self._ledger.write(lambda connection: _settle(connection, rules, states, changed, facts, self._now()))


def _revision(connection: Connection) -> int:
    number: int = connection.execute("SELECT number FROM alert_revision").fetchone()[0]
    return number


def _rules(connection: Connection, ids: Sequence[int]) -> Mapping[int, Rule]:
    found: dict[int, Rule] = {}
    for start in range(0, len(ids), MOST_ASKED):
        some = ids[start : start + MOST_ASKED]
        marks = ", ".join("?" * len(some))
        for row in connection.execute(f"{rule_rows.SELECT} WHERE id IN ({marks})", some):
            rule = rule_rows.watched_of(row).rule
            found[rule.id] = rule
    return found


def _settle(
    connection: Connection,
    rules: RuleColumns,
    states: StateColumns,
    changed: Sequence[int],
    facts: Sequence[AlertFact],
    now: datetime,
) -> None:
    connection.executemany(_SETTLE, _state_rows(rules, states, changed))
    connection.executemany(_PARCEL, _parcel_rows(facts, now))
    connection.execute("DELETE FROM alert_rules WHERE expires_at <= ?", (now.timestamp(),))


def _parcel_rows(facts: Sequence[AlertFact], now: datetime) -> Iterator[tuple[object, ...]]:
    for fact in facts:
        rule = fact.rule
        written = FACT.dump_json(fact).decode()
        yield person_of(rule.chat_id), written, Standing.FRESH.value, now.timestamp(), rule.id, rule.revision


def _state_rows(rules: RuleColumns, states: StateColumns, changed: Sequence[int]) -> Iterator[tuple[object, ...]]:
    rows = np.asarray(changed, np.int64)
    ids, revisions = rules.id[rows].tolist(), rules.revision[rows].tolist()
    members = [json.dumps(found) if (found := states.members.get(row)) else None for row in rows.tolist()]
    columns = (
        states.is_on[rows].tolist(),
        _nullable(states.told[rows]),
        _nullable(states.reference[rows]),
        members,
        _nullable(states.fired_at[rows]),
        _nullable(states.snoozed_until[rows]),
        _nullable(states.snooze_level[rows]),
        states.unattended[rows].tolist(),
        _nullable(states.attended_at[rows]),
        _nullable(states.due_at[rows]),
        ids,
        revisions,
    )
    return zip(*columns, strict=True)


def _nullable(values: Any) -> list[float | None]:
    """nan and the infinities stand for what is absent."""
    return [value if isfinite(value) else None for value in values.tolist()]


class _Columns:
    """Rows gathered chunk by chunk: of a million rules only some are Python objects at a time."""

    def __init__(self) -> None:
        self.chunks: list[dict[str, Any]] = []
        self.subjects: dict[tuple[str, str], int] = {}
        self.zones: dict[str, int] = {}
        self.members: dict[int, tuple[str, ...]] = {}
        self._count = 0

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        """One chunk, in the order of `_LOAD`; none at all gives empty columns."""
        found = dict(zip(_LOADED, zip(*rows, strict=True) if rows else [()] * len(_LOADED), strict=True))
        places = zip(found["coin"], found["exchange"], strict=True)
        numbered = {
            "measure": [_PLACES[measure] for measure in found["measure"]],
            "subject": [self.subjects.setdefault(key, len(self.subjects)) for key in places],
            "zone": [self.zones.setdefault(zone, len(self.zones)) for zone in found["zone"]],
            "hour": [-1 if hour is None else hour for hour in found["hour"]],
        }
        self.chunks.append(
            {
                **{name: np.array(found[name], np.int64) for name in ("id", "revision")},
                **{name: np.array(found[name], np.bool_) for name in ("is_above", "follows", "is_on")},
                **{name: _floats(found[name], absent) for name, absent in _ABSENT.items()},
                "unattended": np.array(found["unattended"], np.int16),
                "subject": np.array(numbered["subject"], np.int64),
                **{name: np.array(numbered[name], np.int16) for name in ("measure", "zone", "hour")},
            }
        )
        for at, members in enumerate(found["members"], start=self._count):
            if members is not None:
                self.members[at] = tuple(json.loads(members))
        self._count += len(rows)

    def whole(self, kind: type) -> dict[str, Any]:
        """The columns of `kind`, all chunks in one."""
        names = [field.name for field in fields(kind) if field.name in self.chunks[0]]
        return {name: np.concatenate([chunk[name] for chunk in self.chunks]) for name in names}


def _floats(values: Sequence[float | None], absent: float) -> Any:
    return np.array([absent if value is None else value for value in values], np.float64)


def _load(connection: Connection) -> tuple[RuleColumns, StateColumns]:
    gathered = _Columns()
    cursor = connection.execute(_LOAD)
    gathered.add(cursor.fetchmany(CHUNK))
    while rows := cursor.fetchmany(CHUNK):
        gathered.add(rows)
    rules = RuleColumns(**gathered.whole(RuleColumns), subjects=tuple(gathered.subjects), zones=tuple(gathered.zones))
    return rules, StateColumns(**gathered.whole(StateColumns), members=gathered.members)
