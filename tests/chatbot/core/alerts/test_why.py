"""Why a rule fires or is silent."""

from dataclasses import replace

import pytest

from chatbot.core.alerts.rules import Measure, RuleState
from chatbot.core.alerts.view import Doubt
from chatbot.core.alerts.why import closest_first, standing_of
from tests.chatbot.core.alerts.samples import DAY, HOUR, board, passed, rates, row, terms, view, watched
from tests.samples import NOW, d


def test_a_rule_below_its_level_says_how_far_it_has_to_go() -> None:
    standing = standing_of(watched(terms()), rates(bybit="0.0004"), NOW)
    assert (standing.value, standing.is_crossed, standing.is_silent) == (d("0.0004"), False, False)
    assert standing.distance_share == d("0.2")  # 0.01 % of 0.05 %
    assert (standing.source, standing.as_of, standing.lines[0].exchange) == ("Bybit", NOW, "bybit")


def test_a_level_already_crossed_is_seen_as_such() -> None:
    for level, is_above in (("0.0003", True), ("0.0005", False)):
        standing = standing_of(watched(terms(level=level, is_above=is_above)), rates(bybit="0.0004"), NOW)
        assert (standing.is_crossed, standing.distance_share) == (True, 0)


def test_cooldown_and_back_off_are_what_is_left_since_it_fired() -> None:
    state = RuleState(fired_at=NOW - HOUR, unattended=4)
    standing = standing_of(watched(terms(cooldown=4 * HOUR), state), rates(bybit="0.0006"), NOW)
    # 4 h cooldown, and 2 days after the fourth that nobody tapped; an hour of each is over
    assert (standing.cooldown_left, standing.back_off_left) == (3 * HOUR, 2 * DAY - HOUR)
    assert standing.is_silent


@pytest.mark.parametrize(
    "state", [RuleState(snoozed_until=NOW + HOUR), RuleState(snooze_level=d("0.0001")), RuleState(is_on=True)]
)
def test_a_crossed_rule_that_is_snoozed_or_told_already_is_silent_as_the_pass_is(state: RuleState) -> None:
    rule = watched(terms(), state)
    assert standing_of(rule, rates(bybit="0.0006"), NOW).is_silent
    assert passed(rule, rates(bybit="0.0006"))[1] is None


def test_the_end_of_a_snooze_and_of_the_rule_are_told_apart() -> None:
    over = standing_of(watched(terms(expires_at=NOW), RuleState(snoozed_until=NOW)), rates(bybit="0.0006"), NOW)
    assert (over.snoozed_until, over.has_expired) == (None, True)


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"exchange": "okx"}, Doubt.NO_ANSWER),
        ({"coin": "XYZ"}, Doubt.NOT_LISTED),
        ({"coin": "A"}, Doubt.INTERVAL_UNKNOWN),
        ({"coin": "B"}, Doubt.SUSPICIOUS),
        ({"coin": "C"}, Doubt.LITTLE_VOLUME),
        ({"coin": "C", "exchange": "bybit"}, None),
        ({"coin": "D", "measure": Measure.SPREAD}, Doubt.ONE_EXCHANGE),
        ({"coin": "D", "measure": Measure.BASIS}, Doubt.NO_DATED),
        ({"coin": "D", "measure": Measure.INTERVAL, "level": None}, None),
        ({"coin": None, "measure": Measure.EXTREMES}, None),
    ],
)
def test_silence_for_want_of_a_value_has_its_reason(changes: dict[str, object], doubt: Doubt | None) -> None:
    seen = view(board("bybit", row("A", hours=None), row("B", "0.04"), row("C", volume="1"), row("D")))
    standing = standing_of(watched(replace(terms(), **changes)), seen, NOW)  # type: ignore[arg-type] # by parameter
    assert standing.doubt is doubt
    assert (standing.value is None) >= (doubt is not None)


def test_with_no_exchange_at_all_nobody_answered() -> None:
    assert standing_of(watched(terms()), view(), NOW).doubt is Doubt.NO_ANSWER


def test_extremes_show_all_that_are_beyond_or_the_closest() -> None:
    rule = watched(terms(Measure.EXTREMES, "0.001", coin=None))
    seen = view(board("bybit", row("A", "0.0008"), row("B", "-0.0002")))
    standing = standing_of(rule, seen, NOW)
    assert ([line.coin for line in standing.lines], standing.distance_share) == (["A"], d("0.2"))
    assert standing_of(watched(terms(Measure.EXTREMES, "0.0002", coin=None)), seen, NOW).is_crossed


def test_a_flip_is_as_far_as_its_value_from_the_other_side_of_zero() -> None:
    rule = watched(terms(Measure.FLIP, None), RuleState(reference=d(-1)))
    # 0.01 % of the usual rate and the 0.001 % that are noise
    assert standing_of(rule, rates(bybit="-0.0001"), NOW).distance_share == d("1.1")
    assert standing_of(rule, rates(bybit="0.0001"), NOW).is_crossed


def test_a_list_says_when_it_is_due() -> None:
    standing = standing_of(watched(terms(Measure.TOP, None, coin=None)), rates(bybit="0.0001"), NOW)
    assert standing.due_at == NOW + 4 * HOUR
    digest = watched(terms(Measure.DIGEST, None, coin=None, hour=8, zone="Europe/Berlin"))
    assert standing_of(digest, view(), NOW).due_at == NOW + 19 * HOUR  # 08:00 in Berlin is 07:00 UTC


def test_the_closest_to_firing_come_first_and_the_unmeasured_last() -> None:
    rules = [
        watched(terms(Measure.TOP, None, coin=None), rule_id=1),
        watched(terms(level="0.001"), rule_id=2),
        watched(terms(level="0.0002"), rule_id=3),
        watched(terms(level="-0.001", is_above=False), rule_id=4),
        watched(terms(coin="XYZ"), rule_id=5),
    ]
    found = closest_first(rules, rates(bybit="0.0004"), NOW)
    assert [standing.watched.rule.id for standing in found] == [3, 2, 4, 1, 5]
