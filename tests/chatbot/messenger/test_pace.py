"""How fast a bot speaks, and who goes first. Times are seconds of a clock that a test sets."""

import asyncio
import time
from collections import deque
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import RetryAfter

from chatbot.messenger.pace import (
    ARRIVED_WITHIN_S,
    UNPACED,
    Gate,
    Limit,
    Limits,
    Pace,
    Priority,
    Window,
)

ALERT, DIGEST, PEOPLE = Priority.ALERT, Priority.DIGEST, Priority.PEOPLE
GROUP = -1001


def test_three_go_to_a_private_chat_at_once_and_then_one_a_second() -> None:
    pace = Pace(Limits())
    slots = [pace.go_at_once(7, 100.0) for _ in range(4)]
    assert [slot is not None for slot in slots] == [True] * 3 + [False]
    # unanswered, the first counts for 3 s from when it arrived, 0.25 s after it was sent at the latest
    assert pace.chat_wait_s(7, 101.0) == pytest.approx(2.25)
    assert pace.go_at_once(7, 103.26) is not None


def test_a_message_counts_from_its_answer() -> None:
    pace = Pace(Limits(private=Limit(1, 1.0)))
    slot = pace.go_at_once(7, 100.0)
    assert slot is not None
    pace.arrived(slot, 100.01)
    assert pace.chat_wait_s(7, 100.01) == pytest.approx(1.0)
    pace.arrived(slot, 100.5)  # a second word on it changes nothing
    assert pace.chat_wait_s(7, 100.5) == pytest.approx(0.51)


def test_an_answer_that_is_slow_is_not_waited_for() -> None:
    pace = Pace(Limits(overall=Limit(30, 1.0)))
    slots = [pace.go_at_once(chat, 100.0) for chat in range(1, 31)]
    assert all(slots)
    assert pace.overall_wait_s(100.0) == pytest.approx(1.25)
    assert slots[0] is not None
    pace.arrived(slots[0], 100.9)
    assert pace.overall_wait_s(100.9) == pytest.approx(0.35)


def test_a_group_hears_twenty_messages_a_minute() -> None:
    pace = Pace(Limits())
    gone = [pace.go_at_once(GROUP, 100.0 + number) for number in range(25)]
    assert sum(slot is not None for slot in gone) == 20
    assert pace.chat_wait_s(GROUP, 125.0) == pytest.approx(35.25)  # the first went at 100


def test_people_go_before_alerts_and_these_before_digests() -> None:
    pace = Pace(Limits(overall=Limit(1, 1.0)))
    assert pace.go_at_once(1, 0.0) is not None
    for chat_id, priority in ((2, DIGEST), (3, ALERT), (4, PEOPLE), (5, ALERT), (6, PEOPLE)):
        assert pace.go_at_once(chat_id, 0.0) is None
        pace.queue(chat_id, priority)
    order = [ticket.chat_id for second in range(1, 9) for ticket, _ in pace.called(second * 1.3)]
    assert order == [4, 6, 3, 5, 2]


def test_a_chat_that_may_not_be_written_to_keeps_nobody_waiting() -> None:
    pace = Pace(Limits(private=Limit(1, 10.0)))
    assert pace.go_at_once(1, 0.0) is not None
    pace.queue(1, PEOPLE)
    pace.queue(2, DIGEST)
    assert [ticket.chat_id for ticket, _ in pace.called(0.0)] == [2]
    assert pace.next_call_s(0.0) == pytest.approx(10.25)


def test_who_comes_while_others_wait_goes_behind_them() -> None:
    pace = Pace(Limits(overall=Limit(1, 1.0)))
    pace.go_at_once(1, 0.0)
    waiting = pace.queue(2, ALERT)
    assert pace.go_at_once(3, 5.0) is None
    pace.leave(waiting)
    pace.leave(waiting)  # gone already
    assert pace.next_call_s(5.0) is None
    assert pace.go_at_once(3, 5.0) is not None


def test_a_refused_chat_waits_as_told_and_others_do_not() -> None:
    pace = Pace(Limits())
    pace.refused(7, 12.0, 100.0)
    assert pace.chat_wait_s(7, 102.0) == pytest.approx(10.0)
    assert pace.overall_wait_s(100.0) == 0
    assert pace.go_at_once(8, 100.0) is not None
    pace.refused(7, 3.0, 100.0)  # a shorter word does not shorten the longer one
    assert pace.chat_wait_s(7, 102.0) == pytest.approx(10.0)


def test_many_chats_refused_at_once_mean_everybody() -> None:
    pace = Pace(Limits())
    for chat_id, seconds in ((1, 9.0), (2, 8.0), (3, 30.0), (4, 8.0)):
        pace.refused(chat_id, seconds, 100.0)
    assert pace.overall_wait_s(100.0) == 0
    pace.refused(5, 8.0, 101.0)
    assert pace.overall_wait_s(101.0) == pytest.approx(7.0)  # until the first of them may be written to again
    assert pace.chat_wait_s(3, 101.0) == pytest.approx(29.0)


def test_refusals_far_apart_are_each_chats_own() -> None:
    pace = Pace(Limits())
    for number in range(10):
        pace.refused(number + 1, 60.0, 100.0 + 2 * number)
    assert pace.overall_wait_s(120.0) == 0


def test_chats_are_forgotten_when_their_limits_are() -> None:
    pace = Pace(Limits(overall=Limit(1_000_000, 0.0)))
    for number in range(10_000):
        assert pace.go_at_once(number + 1, number / 100) is not None
    assert len(pace) < 1_100  # at a hundred a second, those of the last 5.25 s and a few

    pace.refused(77, 1_000.0, 100.0)
    for number in range(10_000):
        pace.go_at_once(20_000 + number, 100 + number / 100)
    assert pace.chat_wait_s(77, 200.0) == pytest.approx(900.0)


@given(
    st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.2), st.booleans()), max_size=120),
    st.integers(1, 5),
    st.floats(0.5, 2.0),
)
def test_no_span_holds_more_than_its_limit(steps: list[tuple[float, float, bool]], most: int, span_s: float) -> None:
    """However long answers take, up to what is allowed for: counted where the messages arrive, as Telegram does."""
    window, now, arrivals = Window(Limit(most, span_s)), 0.0, deque[float]()
    for pause, delay, is_answered in steps:
        now += pause
        if window.wait_s(now):
            continue
        taken = window.take(now)
        arrived = now + min(delay, ARRIVED_WITHIN_S)
        if is_answered:
            window.arrived(taken, arrived)
        arrivals.append(arrived)
    ordered = sorted(arrivals)
    assert all(late - early > span_s - 1e-6 for early, late in zip(ordered, ordered[most:], strict=False))


async def test_the_gate_opens_by_itself_when_time_has_come() -> None:
    gate = Gate(time.monotonic, Limits(overall=Limit(2, 0.05)))
    begun, gone = time.monotonic(), list[int]()

    async def send(chat_id: int) -> None:
        async with gate.turn(chat_id, ALERT):
            gone.append(chat_id)

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, 6)))
    assert gone == [1, 2, 3, 4, 5]
    assert 0.1 <= time.monotonic() - begun < 0.6  # 2, 2 and 1, with 0.05 s between them


async def test_an_answer_overtakes_the_alerts_that_wait() -> None:
    gate = Gate(time.monotonic, Limits(overall=Limit(1, 0.02)))
    gone = list[str]()

    async def send(chat_id: int, priority: Priority) -> None:
        async with gate.turn(chat_id, priority):
            gone.append(priority.name)

    await asyncio.gather(*(send(number, priority) for number, priority in enumerate((ALERT, DIGEST, ALERT, PEOPLE), 1)))
    assert gone == ["ALERT", "PEOPLE", "ALERT", "DIGEST"]


async def test_who_gives_up_leaves_no_hole_in_the_queue() -> None:
    gate = Gate(time.monotonic, Limits(overall=Limit(1, 0.05)))
    gone = list[int]()

    async def send(chat_id: int) -> None:
        async with gate.turn(chat_id, ALERT):
            gone.append(chat_id)

    first, second, third = (asyncio.create_task(send(chat_id)) for chat_id in (1, 2, 3))
    await asyncio.sleep(0.01)
    second.cancel()
    await asyncio.gather(first, third)
    assert gone == [1, 3]


@pytest.mark.parametrize(("priority", "wait_s"), [(PEOPLE, 61), (ALERT, 6), (DIGEST, 6)])
async def test_a_chat_that_would_wait_too_long_is_refused_as_telegram_does(priority: Priority, wait_s: int) -> None:
    clock = [100.0]
    gate = Gate(lambda: clock[0], Limits())
    gate.refused(7, timedelta(seconds=wait_s))
    with pytest.raises(RetryAfter) as refusal:
        async with gate.turn(7, priority):
            pass
    assert refusal.value.retry_after == timedelta(seconds=wait_s)


async def test_an_idle_gate_costs_microseconds_and_no_task() -> None:
    gate = Gate(time.monotonic, UNPACED)
    begun = time.perf_counter()
    for number in range(2_000):
        async with gate.turn(number + 1, PEOPLE):
            pass
    assert (time.perf_counter() - begun) / 2_000 < 100e-6
