"""Rules and states as columns, for a pass over a million of them. Floats have no unit; times are Unix seconds.

Law: row i of every array is the same rule; what a rule does not have is nan (level), inf (expires) or -inf (fired).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.core.alerts.rules import Measure

MEASURES = tuple(Measure)  # a measure's number is its place here

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
