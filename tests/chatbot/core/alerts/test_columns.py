"""Rules and states as columns and back."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.alerts.columns import columns_of, state_at, state_columns
from chatbot.core.alerts.rules import Measure, RuleState
from tests.chatbot.core.alerts.samples import terms, watched
from tests.samples import NOW

figures = st.none() | st.decimals(-10, 10, places=8).map(lambda value: value + 0)
times = st.none() | st.integers(0, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds))
states = st.builds(
    RuleState,
    is_on=st.booleans(),
    told=figures,
    reference=figures,
    members=st.lists(st.sampled_from(["bybit A/USDT:USDT", "okx B/USDT:USDT"]), unique=True).map(tuple),
    fired_at=times,
    snoozed_until=times,
    snooze_level=figures,
    unattended=st.integers(0, 100),
    attended_at=times,
    due_at=times,
)


@given(st.lists(states))
def test_a_state_comes_back_as_it_went_in(found: list[RuleState]) -> None:
    columns = state_columns(found)
    assert [state_at(columns, number) for number in range(len(found))] == found


def test_what_a_rule_does_not_have_stands_for_never() -> None:
    columns, kept = columns_of([watched(terms(Measure.FLIP, None))])
    assert np.isnan([columns.level[0], columns.clear_level[0], kept.told[0], kept.reference[0], kept.due_at[0]]).all()
    assert (columns.expires_at[0], columns.hour[0]) == (np.inf, -1)
    assert [kept.fired_at[0], kept.snoozed_until[0], kept.attended_at[0]] == [-np.inf] * 3


def test_subjects_and_zones_are_held_once() -> None:
    columns, _ = columns_of([watched(terms()), watched(terms(exchange="okx")), watched(terms(zone="Asia/Tokyo"))])
    assert (columns.subjects, list(columns.subject)) == ((("BTC", ""), ("BTC", "okx")), [0, 1, 0])
    assert (columns.zones, list(columns.zone)) == (("UTC", "Asia/Tokyo"), [0, 0, 1])
    assert columns.level[0] == float(Decimal("0.0005"))
