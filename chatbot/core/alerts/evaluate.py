"""One pass over all rules: what each sees now, which fire, clear or change, and the states after it.

Law: a rule that sees nothing keeps its state and tells nothing; a level never fires twice without clearing between. The
arrays are copied once, and only this pass writes into the copies.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache

import numpy as np

from chatbot.core.alerts.columns import MEASURES, TIE, Flags, Floats, Integers, RuleColumns, Small, StateColumns
from chatbot.core.alerts.extremes import Beyond, beyond
from chatbot.core.alerts.rules import BACK_OFF, Measure, Turn
from chatbot.core.alerts.schedule import next_lists, next_settlement
from chatbot.core.alerts.view import FIGURES, NOISE_PER_EIGHT_HOURS, Figure, MarketView

TURNS = tuple(Turn)
STILL, FIRED, CLEARED, CHANGED, LISTED = range(-1, len(TURNS))

DAY_S = timedelta(days=1).total_seconds()
UNATTENDED = 3  # alerts that nobody tapped, before the bot backs off
BACK_OFF_S = np.array([0] * UNATTENDED + [wait.total_seconds() for wait in BACK_OFF])
SETTLED_AFTER_S = 60.0  # exchanges need a moment to tell the next rate
SLACK_S = 7200.0  # of lists: a day may have 23 hours, and they are told some minutes late
LATEST_LIST_S = 4 * 3600.0  # later than that it waits for its next time
STEP_SHARE = 0.1  # of the level: a change worth telling to those who follow
LEAST_STEP, LEAST_STEP_OF_BASIS = 0.00001, 0.001

NUMBER = {measure: number for number, measure in enumerate(MEASURES)}
RATE, SPREAD, BASIS, FLIP, INTERVAL, EXTREMES, TOP, DIGEST = (NUMBER[measure] for measure in Measure)
# Which figure a rule looks at: by twice the number of its measure, plus one for above.
FIGURE_OF = np.array([FIGURES.get((measure, above), Figure.NONE) for measure in MEASURES for above in (False, True)])


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The states after a pass. `changed`: rows whose state is another; `turned`: rows with something to tell, and what.

    Both rise. `turns` are places in TURNS.
    """

    states: StateColumns
    changed: Integers
    turned: Integers
    turns: Small


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """The work in progress. `states`, `turns` and `touched` are its own and written into."""

    rules: RuleColumns
    states: StateColumns
    view: MarketView
    now: datetime
    at: float
    values: Floats
    is_alive: Flags
    turns: Small
    touched: Flags


def evaluate(rules: RuleColumns, states: StateColumns, view: MarketView, now: datetime) -> Evaluation:
    """What the rules see in this view, by their states."""
    run = _begun(rules, states, view, now)
    for judge in (_wake, _levels, _flips, _intervals, _extremes, _lists):
        judge(run)
    turned = np.flatnonzero(run.turns != STILL)
    return Evaluation(run.states, np.flatnonzero(run.touched), turned, run.turns[turned])


def back_off_of(unattended: int) -> timedelta | None:
    """How long the next alert waits at least after so many that nobody tapped; None: not at all."""
    return BACK_OFF[min(unattended - UNATTENDED, len(BACK_OFF) - 1)] if unattended >= UNATTENDED else None


def have_expired(rules: RuleColumns, since: datetime, now: datetime) -> bool:
    """Whether the time of any rule ended after `since`, up to `now`."""
    return bool(np.any((rules.expires_at > since.timestamp()) & (rules.expires_at <= now.timestamp())))


def _begun(rules: RuleColumns, states: StateColumns, view: MarketView, now: datetime) -> _Pass:
    at, count = now.timestamp(), len(rules.id)
    return _Pass(
        rules=rules,
        states=_copied(states),
        view=view,
        now=now,
        at=at,
        values=_values(rules, view),
        is_alive=rules.expires_at > at,
        turns=np.full(count, STILL, np.int16),
        touched=np.zeros(count, np.bool_),
    )


def _copied(states: StateColumns) -> StateColumns:
    return replace(states, **{field.name: getattr(states, field.name).copy() for field in fields(states)})


def _values(rules: RuleColumns, view: MarketView) -> Floats:
    """What each rule sees: a figure of its subject's; nan where that is unknown."""
    figures = FIGURE_OF[rules.measure * 2 + rules.is_above]
    values: Floats = view.table[figures, _places(rules, view)[rules.subject]]
    return values


def _answered(rules: RuleColumns, rows: Integers, view: MarketView) -> Floats:
    bits: Floats = view.table[Figure.ANSWERED, _places(rules, view)[rules.subject[rows]]]
    return bits


def _places(rules: RuleColumns, view: MarketView) -> Integers:
    """Of each subject in the view's table; its last column is that of the unknown ones."""
    return np.array([view.places.get(subject, -1) for subject in rules.subjects], np.int64)


def _wake(run: _Pass) -> None:
    """Those that were to be silent until the value has come down, where it has."""
    with_value = (run.rules.measure <= FLIP) & run.is_alive
    _end_silence(run, np.flatnonzero(with_value & (np.abs(run.values) <= run.states.snooze_level)))


def _end_silence(run: _Pass, rows: Integers) -> None:
    run.states.snooze_level[rows] = np.nan
    run.touched[rows] = True


def _levels(run: _Pass) -> None:
    """RATE, SPREAD, BASIS: first the few rows where something can have happened, then these one array at a time."""
    rules, values = run.rules, run.values
    is_past = np.where(
        rules.is_above, values >= rules.level - TIE, values <= rules.level + TIE
    )  # False where one is unknown
    is_known = (rules.measure <= BASIS) & run.is_alive & ~np.isnan(values)
    is_on = run.states.is_on
    rows = np.flatnonzero(is_known & ((is_past != is_on) | (is_on & rules.follows)))
    on, off = rows[is_on[rows]], rows[~is_on[rows] & is_past[rows]]
    _clear(run, on[_is_cleared(run, on) & ~is_past[on]])
    _change(run, on[run.states.is_on[on] & rules.follows[on]])
    firing = off[_may_fire(run, off)]
    _fire(run, firing, values[firing], FIRED)
    run.states.is_on[firing] = True


def _is_cleared(run: _Pass, rows: Integers) -> Flags:
    rules, values = run.rules, run.values[rows]
    clear = rules.clear_level[rows]
    clear = np.where(np.isnan(clear), rules.level[rows], clear)
    return np.where(rules.is_above[rows], values <= clear + TIE, values >= clear - TIE)


def _clear(run: _Pass, rows: Integers) -> None:
    run.states.is_on[rows] = False
    run.touched[rows] = True
    run.turns[rows[run.rules.follows[rows]]] = CLEARED


def _change(run: _Pass, rows: Integers) -> None:
    """Of those that are on and followed: the values that moved by a step, and all of them after a settlement."""
    moved = ~(np.abs(run.values[rows] - run.states.told[rows]) < _steps(run.rules, rows))  # untold ones too
    changed = rows[_is_awake(run, rows) & (moved | _is_due(run, rows))]
    _tell_on(run, changed, run.values[changed])
    run.turns[changed] = CHANGED


def _steps(rules: RuleColumns, rows: Integers) -> Floats:
    least = np.where(rules.measure[rows] == BASIS, LEAST_STEP_OF_BASIS, LEAST_STEP)
    return np.maximum(np.abs(rules.level[rows]) * STEP_SHARE, least)


def _is_due(run: _Pass, rows: Integers) -> Flags:
    return run.at >= run.states.due_at[rows] + SETTLED_AFTER_S  # False where there is no time


def _tell_on(run: _Pass, rows: Integers, values: Floats) -> None:
    """These values are told; to those who follow again after the next settlement."""
    run.states.told[rows] = values
    run.touched[rows] = True
    run.states.due_at[rows[run.rules.follows[rows]]] = next_settlement(run.now).timestamp()


def _is_awake(run: _Pass, rows: Integers) -> Flags:
    return ~(run.at < run.states.snoozed_until[rows]) & np.isnan(run.states.snooze_level[rows])


def _may_fire(run: _Pass, rows: Integers) -> Flags:
    wait = np.maximum(run.rules.cooldown_s[rows], _back_off(run, rows))
    return _is_awake(run, rows) & ~(run.at < run.states.fired_at[rows] + wait)


def _back_off(run: _Pass, rows: Integers) -> Floats:
    return BACK_OFF_S[np.minimum(run.states.unattended[rows], len(BACK_OFF_S) - 1)]


def _fire(run: _Pass, rows: Integers, values: Floats, turn: int) -> None:
    """An alert goes out: counted as unattended until somebody taps it, but for those that are followed in one message.

    Below a day only the first two count: a burst is no sign that nobody reads.
    """
    _tell_on(run, rows, values)
    run.states.fired_at[rows] = run.at
    run.turns[rows] = turn
    counted = rows[~run.rules.follows[rows]]
    count, since = run.states.unattended, run.states.attended_at
    since[counted] = np.where((count[counted] == 0) | np.isinf(since[counted]), run.at, since[counted])
    most = np.where(run.at - since[counted] >= DAY_S, len(BACK_OFF_S), UNATTENDED - 1)
    count[counted] = np.maximum(count[counted], np.minimum(count[counted] + 1, most))


def _flips(run: _Pass) -> None:
    """FLIP: `reference` is the last sign that was told; values near zero have none."""
    reference = run.states.reference
    is_flip = (run.rules.measure == FLIP) & run.is_alive & (np.abs(run.values) >= float(NOISE_PER_EIGHT_HOURS))
    rows = np.flatnonzero(is_flip & (np.sign(run.values) != reference))
    first, rest = rows[np.isnan(reference[rows])], rows[~np.isnan(reference[rows])]
    firing = rest[_may_fire(run, rest)]
    _fire(run, firing, run.values[firing], FIRED)
    _refer(run, np.concatenate((first, firing)), np.sign(run.values))


def _refer(run: _Pass, rows: Integers, values: Floats) -> None:
    run.states.reference[rows] = values[rows]
    run.touched[rows] = True


def _intervals(run: _Pass) -> None:
    """INTERVAL of one exchange: `reference` is the last one told; of all: the bits of those whose change was told."""
    is_interval = (run.rules.measure == INTERVAL) & run.is_alive & ~np.isnan(run.values)
    rows = np.flatnonzero(is_interval & (run.values != run.states.reference))
    new = np.isnan(run.states.reference[rows])
    _refer(run, rows[new], run.values)
    rows = rows[~new]
    answered = _answered(run.rules, rows, run.view)
    _interval_of_one(run, rows[np.isnan(answered)])
    _interval_of_any(run, rows[~np.isnan(answered)], answered[~np.isnan(answered)].astype(np.int64))


def _interval_of_one(run: _Pass, rows: Integers) -> None:
    firing = rows[_may_fire(run, rows)]
    _fire(run, firing, run.states.reference[firing], FIRED)  # told: what it was before
    _refer(run, firing, run.values)


def _interval_of_any(run: _Pass, rows: Integers, answered: Integers) -> None:
    told = run.states.reference[rows].astype(np.int64)
    changed = run.values[rows].astype(np.int64)
    is_news = (changed & ~told) != 0
    fires = is_news & _may_fire(run, rows)
    _fire(run, rows[fires], np.full(int(fires.sum()), np.nan), FIRED)
    known = np.where(fires, changed, changed & told) | (told & ~answered)  # who is silent stays as it was
    moved = known != told
    run.states.reference[rows[moved]] = known[moved]
    run.touched[rows[moved]] = True


def _extremes(run: _Pass) -> None:
    """EXTREMES: the few of them one by one; those that ask the same and know the same are looked up once."""
    rules = run.rules
    rows = np.flatnonzero((rules.measure == EXTREMES) & run.is_alive)
    if not len(rows):
        return
    see = _remembered_sight(run)
    may_fire = _may_fire(run, rows)
    for row, may in zip(rows.tolist(), may_fire.tolist(), strict=True):
        members = run.states.members.get(row, ())
        seen = see(int(rules.subject[row]), rules.level[row], rules.clear_level[row], members, bool(rules.follows[row]))
        _judge_extremes(run, row, seen, may=may)


def _remembered_sight(run: _Pass) -> Callable[[int, float, float, tuple[str, ...], bool], Beyond]:
    @cache
    def see(subject: int, level: float, clear_level: float, members: tuple[str, ...], follows: bool) -> Beyond:
        return beyond(run.view, run.rules.subjects[subject], level, clear_level, members, follows=follows)

    return see


def _judge_extremes(run: _Pass, row: int, seen: Beyond, *, may: bool) -> None:
    this = np.array([row])
    if (abs(seen.most) if seen.all else 0.0) <= run.states.snooze_level[row]:
        _end_silence(run, this)
    was_on, follows = bool(run.states.is_on[row]), bool(run.rules.follows[row])
    if was_on and not run.states.members.get(row):  # its owner knows what is beyond already
        _remember(run, row, seen.all)
    elif seen.is_joined and was_on and follows and _is_awake(run, this)[0]:
        _list_extremes(run, this, seen, CHANGED)
    elif seen.is_joined and may:
        _fire(run, this, np.array([seen.most]), FIRED)
        _list_extremes(run, this, seen, FIRED)
    else:
        _stay(run, this, seen)


def _list_extremes(run: _Pass, this: Integers, seen: Beyond, turn: int) -> None:
    """All that are beyond are told, and known from now on."""
    _remember(run, int(this[0]), seen.all)
    _tell_on(run, this, np.array([seen.most]))
    run.states.reference[this] = seen.mean
    run.turns[this] = turn


def _stay(run: _Pass, this: Integers, seen: Beyond) -> None:
    """Nobody joined, or nobody may be told: those that joined now are told later."""
    row = int(this[0])
    was_on, follows = bool(run.states.is_on[row]), bool(run.rules.follows[row])
    _remember(run, row, seen.stayed)
    if was_on and not seen.stayed:
        _clear(run, this)
    elif was_on and follows and _is_awake(run, this)[0] and _is_worth_telling(run, this, seen):
        _list_extremes(run, this, seen, CHANGED)


def _is_worth_telling(run: _Pass, this: Integers, seen: Beyond) -> bool:
    return seen.is_left or _has_moved(run, this, seen) or bool(_is_due(run, this)[0])


def _has_moved(run: _Pass, this: Integers, seen: Beyond) -> bool:
    told = np.array([run.states.told[this[0]], run.states.reference[this[0]]])
    return bool(np.any(np.abs(np.array([seen.most, seen.mean]) - told) >= _steps(run.rules, this)))


def _remember(run: _Pass, row: int, members: tuple[str, ...]) -> None:
    if members == run.states.members.get(row, ()):
        return
    run.touched[row] = True
    run.states.is_on[row] = bool(members) or bool(run.states.is_on[row])
    if members:
        run.states.members[row] = members
    else:
        del run.states.members[row]


def _lists(run: _Pass) -> None:
    """SCHEDULED: told a moment after they are due, planned anew; those that may not be told are left out once."""
    due_at, scheduled = run.states.due_at, run.rules.measure >= TOP
    rows = np.flatnonzero(scheduled & run.is_alive & ~(run.at < due_at + SETTLED_AFTER_S))
    is_planned = ~np.isnan(due_at[rows])
    if not run.view.ranked:  # nothing to list: wait for an answer
        rows, is_planned = rows[~is_planned], is_planned[~is_planned]
    is_late = run.at - due_at[rows] > LATEST_LIST_S
    waits = run.at < run.states.fired_at[rows] + _back_off(run, rows) - SLACK_S
    is_snoozed = run.at < run.states.snoozed_until[rows]
    telling = rows[is_planned & ~is_late & ~waits & ~is_snoozed]
    _fire(run, telling, np.full(len(telling), np.nan), LISTED)
    due_at[rows] = next_lists(run.rules, rows, run.now)
    run.touched[rows] = True
