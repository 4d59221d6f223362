"""The laws of the pass, and the same said naively, rule by rule, with exact figures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.alerts.columns import columns_of, state_at
from chatbot.core.alerts.evaluate import TURNS, evaluate
from chatbot.core.alerts.rules import BACK_OFF, Measure, RuleState, RuleTerms, Turn, WatchedRule
from chatbot.core.alerts.view import MarketView
from tests.chatbot.core.alerts.samples import HOUR, board, dated, row, view, watched
from tests.samples import NOW, d

EXCHANGES = ("bybit", "okx", "gate")
Rates = dict[str, Decimal | None]  # of BTC per 8 hours, by exchange; None: it did not answer

per_eight_hours = st.integers(-12, 12).map(lambda steps: Decimal(steps) / 10_000)
moments = st.fixed_dictionaries({exchange: st.none() | per_eight_hours for exchange in EXCHANGES})


@st.composite
def level_terms(draw: st.DrawFn) -> RuleTerms:
    measure = draw(st.sampled_from([Measure.RATE, Measure.SPREAD, Measure.FLIP]))
    level, is_above = draw(per_eight_hours), draw(st.booleans())
    gap = Decimal(draw(st.integers(0, 4))) / 10_000
    is_of_one = measure is not Measure.SPREAD and draw(st.booleans())
    return RuleTerms(
        measure,
        coin="BTC",
        exchange=draw(st.sampled_from(EXCHANGES)) if is_of_one else None,
        is_above=is_above,
        level=None if measure is Measure.FLIP else level,
        clear_level=None if measure is Measure.FLIP else level - gap if is_above else level + gap,
        cooldown=draw(st.sampled_from([timedelta(), 3 * HOUR, 40 * HOUR])),
        expires_at=draw(st.none() | st.just(NOW + 60 * HOUR)),
        follows=draw(st.booleans()),
    )


@st.composite
def first_states(draw: st.DrawFn) -> RuleState:
    return RuleState(
        snoozed_until=draw(st.none() | st.just(NOW + 10 * HOUR)),
        snooze_level=draw(st.none() | st.just(d("0.0003"))),
    )


def at(moment: int) -> datetime:
    return NOW + 5 * HOUR * moment


def seen_at(rates: Rates, now: datetime) -> MarketView:
    boards = [board(name, row(rate=str(rate)), as_of=now) for name, rate in rates.items() if rate is not None]
    return view(*boards, now=now)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(lambda t, s: (t, s), level_terms(), first_states()), min_size=1, max_size=12), st.data())
def test_a_pass_over_all_rules_says_what_one_rule_after_the_other_says(
    made: list[tuple[RuleTerms, RuleState]], data: st.DataObject
) -> None:
    rules = [watched(terms, state, number) for number, (terms, state) in enumerate(made)]
    columns, states = columns_of(rules)
    naive = [rule.state for rule in rules]
    for moment, rates in enumerate(data.draw(st.lists(moments, min_size=1, max_size=12))):
        now = at(moment)
        evaluation = evaluate(columns, states, seen_at(rates, now), now)
        expected = [one_pass(rule.rule.terms, state, rates, now) for rule, state in zip(rules, naive, strict=True)]
        turns = dict(zip(evaluation.turned.tolist(), evaluation.turns.tolist(), strict=True))
        assert [TURNS[turns[n]] if n in turns else None for n in range(len(rules))] == [turn for turn, _ in expected]
        before, naive, states = naive, [state for _, state in expected], evaluation.states
        for number, state in enumerate(naive):
            assert without_due(state_at(states, number)) == without_due(state)
            assert state == before[number] or number in evaluation.changed


def without_due(state: RuleState) -> RuleState:
    return replace(state, due_at=None)


def one_pass(terms: RuleTerms, state: RuleState, rates: Rates, now: datetime) -> tuple[Turn | None, RuleState]:
    """The same, naively."""
    value = value_of(terms, rates)
    if value is None or (terms.expires_at and now >= terms.expires_at):
        return None, state
    if state.snooze_level is not None and abs(value) <= state.snooze_level:
        state = replace(state, snooze_level=None)
    if terms.measure is Measure.FLIP:
        return flip_pass(terms, state, value, now)
    assert terms.level is not None
    assert terms.clear_level is not None
    is_past = value >= terms.level if terms.is_above else value <= terms.level
    is_cleared = not is_past and (value <= terms.clear_level if terms.is_above else value >= terms.clear_level)
    if not state.is_on:
        return (
            (Turn.FIRED, fired(terms, state, value, now, is_on=True))
            if is_past and may(terms, state, now)
            else (
                None,
                state,
            )
        )
    if is_cleared:
        return Turn.CLEARED if terms.follows else None, replace(state, is_on=False)
    assert state.told is not None
    step = max(abs(terms.level) / 10, d("0.00001"))
    is_due = state.due_at is not None and now >= state.due_at + timedelta(minutes=1)
    if terms.follows and is_awake(state, now) and (abs(value - state.told) >= step or is_due):
        return Turn.CHANGED, replace(state, told=value, due_at=settlement_after(now))
    return None, state


def flip_pass(terms: RuleTerms, state: RuleState, value: Decimal, now: datetime) -> tuple[Turn | None, RuleState]:
    sign = Decimal(1).copy_sign(value)
    if abs(value) < d("0.00001") or sign == state.reference:
        return None, state
    if state.reference is None:
        return None, replace(state, reference=sign)
    if may(terms, state, now):
        return Turn.FIRED, replace(fired(terms, state, value, now, is_on=False), reference=sign)
    return None, state


def value_of(terms: RuleTerms, rates: Rates) -> Decimal | None:
    if terms.exchange is not None:
        return rates[terms.exchange]
    known = sorted(rate for rate in rates.values() if rate is not None)
    if not known or (terms.measure is Measure.SPREAD and len(known) < 2):
        return None
    if terms.measure is Measure.SPREAD:
        return known[-1] - known[0]
    if terms.measure is Measure.FLIP:
        return known[(len(known) - 1) // 2]
    return known[-1] if terms.is_above else known[0]


def is_awake(state: RuleState, now: datetime) -> bool:
    return state.snooze_level is None and (state.snoozed_until is None or now >= state.snoozed_until)


def may(terms: RuleTerms, state: RuleState, now: datetime) -> bool:
    wait = terms.cooldown
    if state.unattended >= 3:
        wait = max(wait, BACK_OFF[min(state.unattended - 3, 2)])
    return is_awake(state, now) and (state.fired_at is None or now >= state.fired_at + wait)


def fired(terms: RuleTerms, state: RuleState, value: Decimal, now: datetime, *, is_on: bool) -> RuleState:
    state = replace(state, is_on=is_on, told=value, fired_at=now)
    if terms.follows:
        return replace(state, due_at=settlement_after(now))
    since = state.attended_at if state.unattended and state.attended_at else now
    most = 6 if now - since >= timedelta(days=1) else 2
    return replace(state, attended_at=since, unattended=max(state.unattended, min(state.unattended + 1, most)))


def settlement_after(now: datetime) -> datetime:
    hour = now.hour // 8 * 8
    return now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(hours=8)


def history_of(terms: RuleTerms, values: Sequence[Rates]) -> list[tuple[Turn | None, RuleState]]:
    rule, found = watched(terms), []
    columns, states = columns_of([rule])
    for moment, rates in enumerate(values):
        evaluation = evaluate(columns, states, seen_at(rates, at(moment)), at(moment))
        states = evaluation.states
        turn = TURNS[evaluation.turns[0]] if len(evaluation.turns) else None
        found.append((turn, state_at(states, 0)))
    return found


@settings(max_examples=60, deadline=None)
@given(level_terms().filter(lambda t: t.measure is not Measure.FLIP), st.lists(moments, max_size=20))
def test_it_never_fires_twice_without_clearing_nor_clears_without_having_fired(
    terms: RuleTerms, values: list[Rates]
) -> None:
    is_on = False
    for turn, state in history_of(replace(terms, follows=True), values):
        assert turn is not Turn.FIRED or not is_on
        assert turn not in (Turn.CLEARED, Turn.CHANGED) or is_on
        is_on = (is_on or turn is Turn.FIRED) and turn is not Turn.CLEARED
        assert state.is_on == is_on


@settings(max_examples=40, deadline=None)
@given(st.lists(moments, min_size=1, max_size=15), st.integers(1, 10), st.booleans())
def test_every_sign_turned_round_fires_the_rule_turned_round(values: list[Rates], level: int, follows: bool) -> None:
    terms = RuleTerms(Measure.RATE, "BTC", "bybit", level=Decimal(level) / 10_000, clear_level=d(0), follows=follows)
    assert terms.level is not None
    mirrored = replace(terms, is_above=False, level=-terms.level)
    turned = [{name: None if rate is None else -rate for name, rate in rates.items()} for rates in values]
    assert [turn for turn, _ in history_of(terms, values)] == [turn for turn, _ in history_of(mirrored, turned)]


@settings(max_examples=40, deadline=None)
@given(st.integers(-300, 300), st.sampled_from([1, 2, 4, 8]))
def test_a_rate_is_the_same_per_eight_hours_at_every_interval(steps: int, hours: int) -> None:
    of_eight = Decimal(steps) / 100_000
    seen = view(board("bybit", row(rate=str(of_eight * hours / 8), hours=hours)))
    highest = seen.stands["BTC", "bybit"].highest
    assert highest is not None
    assert highest.value_per_eight_hours == of_eight


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("ABCDE"), st.integers(-30, 30)), max_size=12), st.booleans())
def test_extremes_never_name_a_coin_as_new_twice_without_its_leaving(
    moments_of_coins: list[dict[str, int]], follows: bool
) -> None:
    terms = RuleTerms(
        Measure.EXTREMES, level=d("0.001"), clear_level=d("0.0005"), cooldown=timedelta(), follows=follows
    )
    columns, states = columns_of([watched(terms)])
    members: set[str] = set()
    for coins in moments_of_coins:
        seen = view(board("bybit", *(row(coin, str(Decimal(step) / 10_000)) for coin, step in coins.items())))
        evaluation = evaluate(columns, states, seen, NOW)
        states, before = evaluation.states, members
        members = {name.split()[1].split("/")[0] for name in states.members.get(0, ())}
        beyond = {coin for coin, step in coins.items() if abs(step) >= 10}
        between = {coin for coin, step in coins.items() if 5 < abs(step) < 10}
        assert members == beyond | (before & between)
        assert bool(states.is_on[0]) == bool(members)
        assert (Turn.FIRED in [TURNS[turn] for turn in evaluation.turns]) <= bool(members - before)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(900, 1100))
def test_a_basis_fires_at_its_level_to_the_last_digit(days: int, tenths: int) -> None:
    mark = Decimal(tenths) / 10
    seen = view(board("bybit", dated(str(mark), days)))
    largest = seen.stands["BTC", "bybit"].largest
    assert largest is not None
    for level, is_told in ((largest.basis_per_year, True), (largest.basis_per_year + d("1e-9"), False)):
        rule: WatchedRule = watched(RuleTerms(Measure.BASIS, "BTC", level=level, clear_level=level))
        columns, states = columns_of([rule])
        assert bool(len(evaluate(columns, states, seen, NOW).turned)) is is_told
