"""Rules and states as columns, for a pass over a million of them. Floats have no unit; times are Unix seconds.

Law: row i of every array is the same rule. What a rule does not have is nan (levels, told, reference, due_at), inf
(expires_at) or -inf (fired_at, snoozed_until, attended_at).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import inf, isfinite, nan
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chatbot.core.alerts.rules import Measure, RuleState, RuleTerms, WatchedRule

T = TypeVar("T")

MEASURES = tuple(Measure)  # a measure's number is its place here

TIE = 1e-12  # nearer to each other figures are equal: the last bit of a float depends on who converted it

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Small = NDArray[np.int16]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class RuleColumns:
    """`subject` is a place in `subjects`, (coin, exchange) with "" for all; `zone` one in `zones`."""

    id: Integers
    revision: Integers
    measure: Small
    subject: Integers
    is_above: Flags
    level: Floats
    clear_level: Floats
    cooldown_s: Floats
    expires_at: Floats
    hour: Small  # -1 where it has none
    zone: Small
    follows: Flags
    subjects: tuple[tuple[str, str], ...]
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StateColumns:
    """The state of each rule. `members`: of the few EXTREMES rules only, by row."""

    is_on: Flags
    told: Floats
    reference: Floats
    fired_at: Floats
    snoozed_until: Floats
    snooze_level: Floats
    unattended: Small
    attended_at: Floats
    due_at: Floats
    members: dict[int, tuple[str, ...]]


def columns_of(watched: Iterable[WatchedRule]) -> tuple[RuleColumns, StateColumns]:
    """These rules, in their order."""
    rows = tuple(watched)
    return _rule_columns(rows), state_columns([row.state for row in rows])


def state_columns(states: Sequence[RuleState]) -> StateColumns:
    """These states, in their order."""
    return StateColumns(
        is_on=np.array([state.is_on for state in states], np.bool_),
        told=_floats([state.told for state in states], nan),
        reference=_floats([state.reference for state in states], nan),
        fired_at=_times([state.fired_at for state in states], -inf),
        snoozed_until=_times([state.snoozed_until for state in states], -inf),
        snooze_level=_floats([state.snooze_level for state in states], nan),
        unattended=np.array([state.unattended for state in states], np.int16),
        attended_at=_times([state.attended_at for state in states], -inf),
        due_at=_times([state.due_at for state in states], nan),
        members={row: state.members for row, state in enumerate(states) if state.members},
    )


def state_at(states: StateColumns, row: int) -> RuleState:
    """One state of them; a figure is the shortest decimal that the float stands for."""
    return RuleState(
        is_on=bool(states.is_on[row]),
        told=_decimal(states.told[row]),
        reference=_decimal(states.reference[row]),
        members=states.members.get(row, ()),
        fired_at=_time(states.fired_at[row]),
        snoozed_until=_time(states.snoozed_until[row]),
        snooze_level=_decimal(states.snooze_level[row]),
        unattended=int(states.unattended[row]),
        attended_at=_time(states.attended_at[row]),
        due_at=_time(states.due_at[row]),
    )


def _rule_columns(rows: tuple[WatchedRule, ...]) -> RuleColumns:
    terms = [row.rule.terms for row in rows]
    subjects = _numbered([subject_of(each) for each in terms])
    zones = _numbered([each.zone for each in terms])
    places = {measure: place for place, measure in enumerate(MEASURES)}
    return RuleColumns(
        id=np.array([row.rule.id for row in rows], np.int64),
        revision=np.array([row.rule.revision for row in rows], np.int64),
        measure=np.array([places[each.measure] for each in terms], np.int16),
        subject=np.array([subjects[subject_of(each)] for each in terms], np.int64),
        is_above=np.array([each.is_above for each in terms], np.bool_),
        level=_floats([each.level for each in terms], nan),
        clear_level=_floats([each.clear_level for each in terms], nan),
        cooldown_s=np.array([each.cooldown.total_seconds() for each in terms], np.float64),
        expires_at=_times([each.expires_at for each in terms], inf),
        hour=np.array([-1 if each.hour is None else each.hour for each in terms], np.int16),
        zone=np.array([zones[each.zone] for each in terms], np.int16),
        follows=np.array([each.follows for each in terms], np.bool_),
        subjects=tuple(subjects),
        zones=tuple(zones),
    )


def subject_of(terms: RuleTerms) -> tuple[str, str]:
    """Coin and exchange, "" for all."""
    return terms.coin or "", terms.exchange or ""


def _numbered(keys: Iterable[T]) -> dict[T, int]:
    return {key: number for number, key in enumerate(dict.fromkeys(keys))}


def _floats(values: Sequence[Decimal | None], absent: float) -> Floats:
    return np.array([absent if value is None else float(value) for value in values], np.float64)


def _times(times: Sequence[datetime | None], absent: float) -> Floats:
    return np.array([absent if time is None else time.timestamp() for time in times], np.float64)


def _decimal(value: float) -> Decimal | None:
    return Decimal(str(float(value))) if isfinite(value) else None


def _time(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), UTC) if isfinite(seconds) else None
