"""A group's one message: lines that stay, change, are struck through; and its bounds."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.alerts.digest import MOST_LINES, folded
from chatbot.core.alerts.parcels import Digest, Parcel, Standing
from chatbot.core.alerts.rules import AlertFact, Measure, RateLine, Turn
from tests.chatbot.core.alerts.samples import CHAT, HOUR, terms, watched
from tests.samples import NOW, d


def line(coin: str, rate: str = "0.0006", charged_at: datetime = NOW + 4 * HOUR) -> RateLine:
    return RateLine(coin, "bybit", d(rate), 8 * HOUR, d(rate), charged_at)


def parcel(
    *lines: RateLine,
    turn: Turn = Turn.FIRED,
    at: datetime = NOW,
    measure: Measure = Measure.RATE,
    rule_id: int = 1,
    number: int = 1,
    **changes: Any,
) -> Parcel:
    rule = watched(terms(measure, coin=None), rule_id=rule_id).rule
    told = AlertFact(rule, turn, None, lines, "Bybit", at, at, **changes)
    return Parcel(number, CHAT, told, Standing.FRESH)


def shown(digest: Digest) -> list[tuple[str, str, bool]]:
    return [(row.kind, row.line.coin, row.is_over) for row in digest.lines]


def test_the_first_fact_begins_the_message_of_the_settlement_before_it() -> None:
    digest = folded(None, [parcel(line("A"))], NOW)
    assert (digest.chat_id, digest.settled_at, digest.message_id) == (CHAT, NOW.replace(hour=8), None)
    assert (shown(digest), digest.source, digest.as_of) == ([("extreme", "A", False)], "Bybit", NOW)


def test_values_change_in_place_and_the_message_stays_the_same() -> None:
    sent = replace(folded(None, [parcel(line("A"))], NOW), message_id=5, told="A 0.06", told_at=NOW)
    digest = folded(sent, [parcel(line("A", "0.0007"), turn=Turn.CHANGED)], NOW + HOUR)
    assert [row.line.per_eight_hours for row in digest.lines] == [d("0.0007")]
    assert (digest.message_id, digest.told, digest.told_at) == (5, "A 0.06", NOW)


def test_what_cleared_is_struck_through_and_comes_back_when_it_fires_again() -> None:
    first = folded(None, [parcel(line("A"))], NOW)
    over = folded(first, [parcel(line("A", "0.0001"), turn=Turn.CLEARED, at=NOW + HOUR)], NOW + HOUR)
    assert shown(over) == [("extreme", "A", True)]
    again = folded(over, [parcel(line("A"), at=NOW + 2 * HOUR)], NOW + 2 * HOUR)
    assert shown(again) == [("extreme", "A", False)]


def test_a_list_of_extremes_is_whole_what_it_does_not_name_is_over() -> None:
    events: dict[str, Any] = {"flips": (line("F"),), "interval_changes": (line("I"),)}
    first = folded(None, [parcel(line("A"), line("B", "-0.002"), measure=Measure.EXTREMES, **events)], NOW)
    assert [kind for kind, *_ in shown(first)] == ["extreme", "extreme", "flip", "interval"]
    later = parcel(line("B", "-0.002"), measure=Measure.EXTREMES, turn=Turn.CHANGED, at=NOW + HOUR)
    assert {coin: is_over for _, coin, is_over in shown(folded(first, [later], NOW + HOUR))} == {
        "A": True,
        "B": False,
        "F": True,
        "I": True,
    }


def test_what_was_on_its_way_at_a_kill_is_perhaps_seen_until_something_newer_is_said_of_it() -> None:
    lost = replace(parcel(line("A")), standing=Standing.PERHAPS_SEEN)
    first = folded(None, [lost, parcel(line("B"), rule_id=2)], NOW)
    assert {row.line.coin: row.perhaps_seen for row in first.lines} == {"A": True, "B": False}
    changed = parcel(line("A", "0.0007"), turn=Turn.CHANGED, at=NOW + HOUR)
    assert not any(row.perhaps_seen for row in folded(first, [changed], NOW + HOUR).lines)


def test_a_rule_touches_only_its_own_lines() -> None:
    first = folded(None, [parcel(line("A")), parcel(line("B"), rule_id=2)], NOW)
    digest = folded(first, [parcel(line("B"), rule_id=2, turn=Turn.CLEARED, at=NOW + HOUR)], NOW + HOUR)
    assert shown(digest) == [("extreme", "A", False), ("extreme", "B", True)]


def test_a_flip_stays_when_another_coin_flips_under_the_same_rule() -> None:
    first = folded(None, [parcel(line("A"), measure=Measure.FLIP)], NOW)
    digest = folded(first, [parcel(line("B"), measure=Measure.FLIP, at=NOW + HOUR)], NOW + HOUR)
    assert shown(digest) == [("flip", "A", False), ("flip", "B", False)]


def test_a_late_fact_does_not_undo_what_came_after_it() -> None:
    over = folded(None, [parcel(line("A"), turn=Turn.CLEARED, at=NOW)], NOW)
    late = replace(parcel(line("A"), at=NOW - HOUR), standing=Standing.LATE)
    assert folded(over, [late], NOW) == over


def test_facts_that_come_together_count_in_the_order_in_which_they_happened() -> None:
    cleared = parcel(line("A"), turn=Turn.CLEARED, at=NOW + HOUR)
    assert shown(folded(None, [cleared, parcel(line("A"), number=2)], NOW + HOUR)) == [("extreme", "A", True)]


def test_a_settlement_begins_a_new_message_with_what_is_still_on() -> None:
    facts = [parcel(line("A")), parcel(line("F"), measure=Measure.FLIP, rule_id=2)]
    over = parcel(line("B"), turn=Turn.CLEARED, rule_id=3)
    first = replace(folded(None, [*facts, over], NOW), message_id=5, told="...", told_at=NOW)
    digest = folded(first, [], NOW + 4 * HOUR)  # 16:00
    assert (digest.settled_at, digest.message_id, digest.told) == (NOW + 4 * HOUR, None, "")
    assert shown(digest) == [("extreme", "A", False)]


def test_a_line_of_a_rule_that_is_gone_does_not_outlive_the_next_settlement() -> None:
    first = folded(None, [parcel(line("A"))], NOW)  # for the charge at 16:00
    second = folded(first, [], NOW + 4 * HOUR)
    assert shown(folded(second, [], NOW + 12 * HOUR)) == []


facts = st.lists(
    st.builds(
        parcel,
        st.builds(line, st.text("ABCDEFGH", min_size=1, max_size=2), st.decimals(-1, 1, places=4).map(str)),
        st.builds(line, st.text("ABCDEFGH", min_size=1, max_size=2)),
        turn=st.sampled_from(Turn),
        at=st.integers(0, 600).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        measure=st.sampled_from(Measure),
        rule_id=st.integers(1, 20),
        flips=st.lists(st.builds(line, st.sampled_from("ABC")), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@given(facts, facts)
def test_it_never_exceeds_its_bounds_and_the_same_told_twice_changes_nothing(
    first: list[Parcel], second: list[Parcel]
) -> None:
    now = NOW + 3 * HOUR
    digest = folded(folded(None, first, now), second, now)
    assert len(digest.lines) <= MOST_LINES
    once = folded(digest, second[:1], now)
    assert folded(once, second[:1], now) == once
