"""The pass, measure by measure, with literal figures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from chatbot.core.alerts.columns import columns_of
from chatbot.core.alerts.evaluate import evaluate, have_expired
from chatbot.core.alerts.rules import Measure, RuleState, Turn, WatchedRule
from chatbot.core.alerts.view import MarketView
from tests.chatbot.core.alerts.samples import (
    DAY,
    HOUR,
    board,
    dated,
    fact,
    passed,
    rates,
    row,
    terms,
    turns,
    view,
    watched,
)
from tests.samples import NOW, d

FIRED, CLEARED, CHANGED, LISTED = Turn.FIRED, Turn.CLEARED, Turn.CHANGED, Turn.LISTED


def hourly(*values: str | None) -> list[tuple[datetime, MarketView]]:
    """BTC at Bybit, an hour apart; None: it did not answer."""
    return [(NOW + HOUR * n, rates(NOW + HOUR * n, bybit=value)) for n, value in enumerate(values)]


def after(rule: WatchedRule, seen: Sequence[tuple[datetime, MarketView]]) -> WatchedRule:
    for now, each in seen:
        rule, _ = passed(rule, each, now)
    return rule


def test_a_level_fires_when_reached_and_not_again_until_it_has_cleared() -> None:
    rule = watched(terms(clear="0.0003"))
    seen = hourly("0.0004", "0.0005", "0.0008", "0.0004", "0.0006", "0.0003", "0.0005")
    # below, at the level, higher, between the levels, back up, at the clear level, at the level again
    assert turns(rule, seen) == [None, FIRED, None, None, None, None, FIRED]


def test_below_a_level_is_the_mirror_image() -> None:
    rule = watched(terms(level="-0.0005", clear="-0.0003", is_above=False))
    assert turns(rule, hourly("-0.0004", "-0.0005", "-0.0003", "-0.0009")) == [None, FIRED, None, FIRED]


def test_a_value_on_a_level_that_is_its_own_clear_level_does_not_flap() -> None:
    for follows in (False, True):
        assert turns(watched(terms(follows=follows)), hourly("0.0005", "0.0005", "0.0005")) == [FIRED, None, None]


def test_rates_are_compared_per_eight_hours_whatever_the_interval() -> None:
    hourly_rate = view(board("hyperliquid", row(rate="0.0000625", hours=1)))  # 0.00625 % x 8 = 0.05 %
    assert passed(watched(terms()), hourly_rate)[1] is FIRED


def test_an_unknown_value_neither_fires_nor_clears() -> None:
    rule = watched(terms(clear="0.0003"))
    assert turns(rule, hourly("0.0006", None, "0.0006")) == [FIRED, None, None]
    unknown = view(board("bybit", row(rate="0.0009", hours=None)))
    suspicious = view(board("bybit", row(rate="0.031")))  # 3.1 % per 8 hours
    assert [passed(rule, seen)[1] for seen in (unknown, suspicious)] == [None, None]


def test_after_clearing_the_cooldown_since_it_fired_has_to_pass() -> None:
    rule = watched(terms(clear="0.0003", cooldown=3 * HOUR))
    assert turns(rule, hourly("0.0006", "0.0001", "0.0006", "0.0006", "0.0006")) == [FIRED, None, None, FIRED, None]


def test_a_snooze_holds_it_back_until_its_end() -> None:
    rule = watched(terms(), RuleState(snoozed_until=NOW + 2 * HOUR))
    assert turns(rule, hourly("0.0006", "0.0006", "0.0006")) == [None, None, FIRED]


def test_until_it_halves_is_silent_until_the_value_has_come_down_once() -> None:
    rule = watched(terms(), RuleState(snooze_level=d("0.0004")))
    # 0.08 %, still up, halved to 0.04 %: from then on as usual
    assert turns(rule, hourly("0.0008", "0.0006", "0.0004", "0.0006")) == [None, None, None, FIRED]


@pytest.mark.parametrize("towards", [-1, 1])
def test_the_last_bit_of_a_stored_level_decides_nothing(towards: int) -> None:
    columns, states = columns_of([watched(terms(level="0.002877"))])
    level = np.nextafter(columns.level, towards)  # as SQLite reads this one
    assert len(evaluate(replace(columns, level=level), states, rates(bybit="0.002877"), NOW).turned) == 1


def test_an_expired_rule_does_nothing_and_is_named_once() -> None:
    rule = watched(terms(expires_at=NOW + HOUR))
    columns, _ = columns_of([rule])
    assert turns(rule, hourly("0.0001", "0.0006")) == [None, None]
    assert have_expired(columns, NOW, NOW + HOUR)
    assert not have_expired(columns, NOW + HOUR, NOW + 2 * HOUR)


def test_a_rule_that_is_made_on_waits_for_the_next_crossing() -> None:
    rule = watched(terms(), RuleState(is_on=True))
    assert turns(rule, hourly("0.0006", "0.0001", "0.0006")) == [None, None, FIRED]


def test_those_who_follow_hear_of_steps_of_a_tenth_and_of_the_end() -> None:
    rule = watched(terms(clear="0.0003", follows=True))
    seen = hourly("0.0006", "0.00064", "0.00065", "0.0003")  # a tenth of 0.05 % is 0.005 %
    assert turns(rule, seen) == [FIRED, None, CHANGED, CLEARED]


def test_those_who_follow_are_told_what_is_still_on_after_each_settlement() -> None:
    rule = watched(terms(follows=True))  # NOW is 12:00, the next settlement 16:00
    assert turns(rule, hourly(*["0.0006"] * 6)) == [FIRED, None, None, None, None, CHANGED]


def test_over_all_exchanges_the_highest_or_lowest_of_those_with_volume_counts() -> None:
    seen = view(
        board("bybit", row(rate="0.0002")),
        board("okx", row(rate="0.0006")),
        board("gate", row(rate="0.002", volume="999999")),
        board("mexc", row(rate="-0.002", volume=None)),
    )
    assert fact(watched(terms()), seen).value == d("0.0006")
    assert fact(watched(terms(level="0.0003", is_above=False)), seen).value == d("0.0002")
    assert fact(watched(terms(exchange="gate")), seen).value == d("0.002")


def test_a_spread_is_the_highest_less_the_lowest() -> None:
    rule = watched(terms(Measure.SPREAD, "0.0007"))
    assert passed(rule, rates(bybit="0.0005", okx="-0.0001"))[1] is None
    told = fact(rule, rates(bybit="0.0005", okx="0.0001", gate="-0.0002"))
    assert (told.value, [line.exchange for line in told.lines]) == (d("0.0007"), ["bybit", "gate"])
    assert passed(rule, rates(bybit="0.0009"))[1] is None  # one exchange has no spread


def test_a_basis_is_a_year_of_mark_against_index() -> None:
    seen = view(board("bybit", dated("102"), dated("101", days=146)))
    # 2 % in 73 days: x 365/73 = 10 % a year; 1 % in 146 days: 2.5 %
    told = fact(watched(terms(Measure.BASIS, "0.10")), seen)
    assert (told.value, told.expires_on) == (d("0.10"), NOW + timedelta(days=73))
    assert (told.lines[0].rate_per_interval, told.lines[0].interval) == (d("0.02"), timedelta(days=73))
    assert fact(watched(terms(Measure.BASIS, "0.03", is_above=False)), seen).value == d("0.025")


def test_a_flip_is_a_sign_that_changed_by_more_than_noise() -> None:
    rule = watched(terms(Measure.FLIP, None))
    seen = hourly("0.0001", "0.000009", "-0.000009", "0.00002", "-0.00001", "-0.0003", "0.0001")
    # the first sign is taken as it is; within 0.001 % of zero there is none
    assert turns(rule, seen) == [None, None, None, None, FIRED, None, FIRED]


def test_a_flip_during_the_cooldown_is_told_after_it_if_it_lasts() -> None:
    rule = watched(terms(Measure.FLIP, None, cooldown=2 * HOUR))
    assert turns(rule, hourly("0.0001", "-0.0001", "0.0001", "0.0001")) == [None, FIRED, None, FIRED]
    assert turns(rule, hourly("0.0001", "-0.0001", "0.0001", "-0.0001")) == [None, FIRED, None, None]


def test_over_all_exchanges_the_one_in_the_middle_flips() -> None:
    rule, _ = passed(watched(terms(Measure.FLIP, None)), rates(bybit="0.0001", okx="0.0002", gate="0.0003"))
    assert passed(rule, rates(bybit="-0.0001", okx="0.0002", gate="0.0003"))[1] is None
    told = fact(rule, rates(bybit="-0.0001", okx="-0.0002", gate="0.0003"))
    assert (told.value, told.lines[0].exchange) == (d("-0.0001"), "bybit")


def test_a_changed_interval_of_one_exchange_is_told_with_the_one_before() -> None:
    rule = watched(terms(Measure.INTERVAL, None, exchange="bybit"))
    rule, turn = passed(rule, view(board("bybit", row(hours=8))))
    assert turn is None
    rule, turn = passed(rule, view(board("bybit", row(hours=None))))
    assert turn is None
    told = fact(rule, view(board("bybit", row(hours=4))))
    assert (told.lines[0].before_interval, told.lines[0].interval) == (8 * HOUR, 4 * HOUR)


@pytest.mark.parametrize(
    ("measure", "changes", "due_at"),
    [
        (Measure.TOP, {}, datetime(2026, 11, 20, 16, 0, tzinfo=UTC)),
        # 08:00 in Berlin is 07:00 UTC in November, and 12:00 UTC is past that
        (Measure.DIGEST, {"hour": 8, "zone": "Europe/Berlin"}, datetime(2026, 11, 21, 7, 0, tzinfo=UTC)),
    ],
)
def test_lists_come_a_minute_after_they_are_due(measure: Measure, changes: dict[str, Any], due_at: datetime) -> None:
    rule, turn = passed(watched(terms(measure, None, coin=None, **changes)), rates(bybit="0.0001"))
    assert (rule.state.due_at, turn) == (due_at, None)
    seen = rates(due_at, bybit="0.0001")
    assert passed(rule, seen, due_at + timedelta(seconds=59)) == (rule, None)
    later, turn = passed(rule, seen, due_at + timedelta(seconds=60))
    assert turn is LISTED
    assert later.state.due_at == due_at + (8 * HOUR if measure is Measure.TOP else DAY)


def test_a_list_waits_for_an_exchange_that_answers_and_is_left_out_when_hours_late() -> None:
    due = RuleState(due_at=NOW)
    rule = watched(terms(Measure.TOP, None, coin=None), due)
    assert passed(rule, view(), NOW + HOUR) == (rule, None)
    assert passed(rule, rates(bybit="0.0001"), NOW + 4 * HOUR)[1] is LISTED
    assert passed(rule, rates(NOW + 5 * HOUR, bybit="0.0001"), NOW + 5 * HOUR)[1] is None


def alternating(days: Sequence[int]) -> list[tuple[datetime, MarketView]]:
    """Crossed at noon of these days, back an hour later."""
    times = [(NOW + DAY * day + HOUR * hour, rate) for day in days for hour, rate in ((0, "0.0006"), (1, "0.0001"))]
    return [(now, rates(now, bybit=rate)) for now, rate in times]


def test_alerts_that_nobody_taps_back_off_by_one_then_two_then_seven_days() -> None:
    rule = watched(terms())
    found = turns(rule, alternating(range(20)))[::2]
    fired = [day for day, turn in enumerate(found) if turn is FIRED]
    # three in a row, then the next after 1 day (a crossing a day meets that), after 2, and after 7 each
    assert fired == [0, 1, 2, 3, 5, 12, 19]


def test_a_back_off_is_said_and_ends_with_a_tap() -> None:
    rule = after(watched(terms()), alternating(range(3)))
    assert rule.state.unattended == 3
    tapped = replace(rule.state, unattended=0, attended_at=NOW + 3 * DAY)
    seen = rates(NOW + 3 * DAY, bybit="0.0006")
    assert fact(rule, seen, NOW + 3 * DAY).backed_off == 2 * DAY
    assert fact(replace(rule, state=tapped), seen, NOW + 3 * DAY).backed_off is None


def test_a_burst_within_a_day_is_no_reason_to_back_off() -> None:
    rule = after(watched(terms()), hourly(*["0.0006", "0.0001"] * 5))
    assert rule.state.unattended == 2
    assert passed(rule, rates(NOW + 10 * HOUR, bybit="0.0006"), NOW + 10 * HOUR)[1] is FIRED


def test_a_burst_long_after_a_tap_is_none_either() -> None:
    tapped = RuleState(attended_at=NOW - 10 * DAY)
    assert after(watched(terms(), tapped), hourly(*["0.0006", "0.0001"] * 5)).state.unattended == 2


def test_a_daily_list_that_is_told_some_minutes_earlier_the_next_day_is_not_left_out() -> None:
    state = RuleState(due_at=NOW, fired_at=NOW - DAY + HOUR / 20, unattended=3, attended_at=NOW - 3 * DAY)
    rule = watched(terms(Measure.DIGEST, None, coin=None, hour=12), state)  # it waits for a day: three minutes too long
    assert passed(rule, rates(NOW, bybit="0.0001"), NOW + HOUR / 60)[1] is LISTED


def test_a_daily_list_that_nobody_taps_backs_off_too() -> None:
    state = RuleState(due_at=NOW, fired_at=NOW - DAY, unattended=4, attended_at=NOW - 4 * DAY)
    rule, turn = passed(
        watched(terms(Measure.DIGEST, None, coin=None, hour=12), state), rates(bybit="0.0001"), NOW + HOUR
    )
    assert (turn, rule.state.due_at) == (None, NOW + DAY)


def test_a_group_that_follows_is_never_backed_off() -> None:
    rule = after(watched(terms(follows=True)), alternating(range(6)))
    assert rule.state.unattended == 0


def test_the_states_that_came_in_are_left_as_they_were() -> None:
    columns, states = columns_of([watched(terms())])
    evaluation = evaluate(columns, states, rates(bybit="0.0006"), NOW)
    assert (states.is_on[0], evaluation.states.is_on[0]) == (False, True)
    assert list(evaluation.changed) == [0]
