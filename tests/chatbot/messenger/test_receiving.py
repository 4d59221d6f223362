"""From Telegram to the inbox, to the answer, to done: each once, each chat in order, nothing lost at a stop."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

from chatbot.messenger import receiving
from chatbot.messenger.asking import Json, Question, understand
from chatbot.messenger.conversation import Later
from chatbot.messenger.membership import changed
from chatbot.messenger.receiving import MOST_WAITING, MOST_WAITING_IN_GROUP, Receiver
from chatbot.messenger.stopping import Waits
from chatbot.messenger.turns import Turns
from tests.chatbot.messenger.fakes import FakeInbox
from tests.chatbot.messenger.updates import ANA, GROUP, NAME, NAMES, group, message, person, private, update

BEN = 8


@dataclass
class FakeConversation:
    """Notes what it heard; says it after `seconds`, or what is planned for that line."""

    seconds: float = 0.0
    plans: dict[str, Callable[[], Later | None]] = field(default_factory=dict)
    began: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    failed: list[tuple[int, BaseException]] = field(default_factory=list)

    async def hear(self, question: Question) -> Later | None:
        self.began.append(question.line)
        await asyncio.sleep(self.seconds)
        later = self.plans[question.line]() if question.line in self.plans else None
        if later is None:
            self.said.append(question.line)
        return later

    async def refuse(self, question: Question) -> None:
        self.said.append("slow down")

    async def fail(self, question: Question, error: BaseException) -> None:
        self.failed.append((question.update_id, error))


@dataclass
class FakeMemberships:
    """Notes what it was told, or fails."""

    noted: list[object] = field(default_factory=list)
    failure: Exception | None = None

    async def note(self, change: object) -> None:
        if self.failure is not None:
            raise self.failure
        self.noted.append(change)


class Bench:
    """A receiver between fakes."""

    def __init__(self, inbox: FakeInbox | None = None) -> None:
        self.inbox, self.conversation, self.memberships = inbox or FakeInbox(), FakeConversation(), FakeMemberships()
        self.waits = Waits()
        self.receiver = Receiver(
            inbox=self.inbox,
            read=lambda given: changed(given) or understand(given, NAME, NAMES),
            conversation=self.conversation,  # type: ignore[arg-type] # what the receiver uses of it
            memberships=self.memberships,  # type: ignore[arg-type] # the same
            turns=Turns(),
            waits=self.waits,
        )

    async def takes(self, *updates: Json) -> None:
        await self.receiver.take(updates)

    async def settles(self) -> None:
        async with asyncio.timeout(2):
            while tasks := self.receiver._open | self.receiver._storing:
                await asyncio.wait(tasks)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.receiver.finish()


def asks(number: int, user: int = ANA, **changes: Any) -> Json:
    where: dict[str, Any] = {"chat": private(user)} | changes
    return message(f"/hedge {number}", sender=person(user), update_id=number, **where)


def lines(numbers: Sequence[int]) -> list[str]:
    return [f"/hedge {number}" for number in numbers]


async def test_what_is_taken_is_stored_as_it_came_before_it_is_answered_and_done_after(bench: Bench) -> None:
    await bench.takes(asks(1), asks(2, BEN))
    assert {number: json.loads(content) for number, content in bench.inbox.stored.items()} == {
        1: asks(1),
        2: asks(2, BEN),
    }
    assert (bench.conversation.said, bench.inbox.finished) == ([], [])
    await bench.settles()
    assert sorted(bench.conversation.said) == lines([1, 2])
    assert sorted(bench.inbox.finished) == [1, 2]


async def test_half_a_character_can_be_stored(bench: Bench) -> None:
    await bench.takes(message("/hedge \ud83d"))
    assert bench.inbox.stored[1].isascii()


async def test_a_number_that_was_stored_is_not_answered_again_over_a_restart_too(bench: Bench) -> None:
    await bench.takes(asks(1))
    await bench.takes(asks(1))
    await bench.settles()
    restarted = Bench(bench.inbox)
    await restarted.receiver.recover()
    await restarted.takes(asks(1))
    await restarted.settles()
    assert (bench.conversation.said, restarted.conversation.said) == (lines([1]), [])


async def test_what_was_open_is_answered_after_a_restart_before_what_comes_new() -> None:
    inbox = FakeInbox({number: json.dumps(asks(number)) for number in (1, 2, 3)}, finished=[2])
    bench = Bench(inbox)
    bench.conversation.seconds = 0.001
    await bench.receiver.recover()
    await bench.takes(asks(3), asks(4))
    await bench.settles()
    assert bench.conversation.said == lines([1, 3, 4])
    assert await inbox.open() == ()


async def test_updates_of_one_chat_are_answered_in_the_order_of_storing_and_chats_side_by_side(bench: Bench) -> None:
    bench.conversation.seconds = 0.01
    await bench.takes(*(asks(number) for number in range(1, 6)), asks(6, BEN))
    await bench.settles()
    assert [line for line in bench.conversation.said if line != "/hedge 6"] == lines(range(1, 6))
    assert bench.conversation.began.index("/hedge 6") == 1


async def test_a_flood_is_refused_once_and_does_not_hold_up_others(bench: Bench) -> None:
    bench.conversation.seconds = 0.001
    await bench.takes(*(asks(number) for number in range(50)), asks(99, BEN))
    await bench.settles()
    assert bench.conversation.began.index("/hedge 99") <= 1
    told = [line for line in bench.conversation.said if line not in ("/hedge 99", "slow down")]
    assert told == lines(range(MOST_WAITING))
    assert bench.conversation.said.count("slow down") == 1
    assert await bench.inbox.open() == ()


async def test_a_group_whose_members_all_write_is_told_once_and_leaves_room_for_others(bench: Bench) -> None:
    bench.conversation.seconds = 0.001
    flood = [asks(number, number, chat=group()) for number in range(100, 100 + MOST_WAITING_IN_GROUP + 40)]
    await bench.takes(*flood)
    await asyncio.sleep(0.01)
    assert len(bench.receiver._open) <= MOST_WAITING_IN_GROUP
    await bench.settles()
    assert bench.conversation.said.count("slow down") == 1
    assert len(bench.conversation.began) == MOST_WAITING_IN_GROUP
    await bench.takes(asks(300, 300, chat=group()))
    await bench.settles()
    assert bench.conversation.said[-1] == "/hedge 300"


async def test_after_the_flood_the_person_is_served_again(bench: Bench) -> None:
    await bench.takes(*(asks(number) for number in range(50)))
    await bench.settles()
    await bench.takes(asks(60))
    await bench.settles()
    assert bench.conversation.said[-1] == "/hedge 60"
    await bench.takes(*(asks(number) for number in range(100, 150)))
    await bench.settles()
    assert bench.conversation.said.count("slow down") == 2


async def test_what_asks_nothing_is_not_kept(bench: Bench) -> None:
    await bench.takes(message("hello", chat=group()), {"update_id": 2, "poll": {"id": "1"}})
    assert bench.inbox.stored == {}


@pytest.mark.parametrize(
    "broken",
    [
        {"update_id": 1, "message": {"text": "/hedge"}},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": {"chat": {"id": 1}, "text": 5}},
        {"update_id": 1, "callback_query": {"message": {"chat": []}}},
        {"update_id": 1, "my_chat_member": {"chat": private()}},
        message("/hedge", date=10**20),
    ],
    ids=["no chat", "none", "number", "list", "half", "far future"],
)
async def test_one_that_cannot_be_read_costs_a_line_of_the_log_and_not_the_others(
    bench: Bench, broken: Json, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.takes(broken, asks(2))
    await bench.settles()
    assert bench.conversation.said == lines([2])
    assert "update 1 cannot be read" in caplog.text


async def test_one_in_the_inbox_that_can_no_longer_be_read_is_done() -> None:
    bench = Bench(FakeInbox({1: json.dumps({"update_id": 1, "message": {}})}))
    await bench.receiver.recover()
    await bench.settles()
    assert await bench.inbox.open() == ()


async def test_a_failure_is_said_and_the_update_is_done(bench: Bench) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    bench.conversation.plans["/hedge 1"] = fails
    await bench.takes(asks(1), asks(2))
    await bench.settles()
    [(number, error)] = bench.conversation.failed
    assert (number, type(error)) == (1, ZeroDivisionError)
    assert bench.conversation.said == lines([2])
    assert bench.inbox.finished == [1, 2]


async def test_an_answer_that_surely_did_not_arrive_or_has_to_wait_is_given_again_before_the_next_of_its_chat(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PAUSES_S", (0.001,))
    tries = iter([_never_sent(), RetryAfter(timedelta(seconds=0.001)), None])

    def is_away() -> None:
        if (error := next(tries)) is not None:
            raise error

    bench.conversation.plans["/hedge 1"] = is_away
    await bench.takes(asks(1), asks(2))
    await bench.settles()
    assert bench.conversation.said == lines([1, 2])
    assert bench.conversation.failed == []


async def test_one_that_may_have_arrived_is_not_given_again(bench: Bench) -> None:
    def is_slow() -> None:
        raise TimedOut

    bench.conversation.plans["/hedge 1"] = is_slow
    await bench.takes(asks(1))
    await bench.settles()
    assert bench.conversation.began == lines([1])
    assert bench.inbox.finished == [1]


async def test_while_telegram_is_away_a_stop_leaves_the_answer_for_the_next_start(bench: Bench) -> None:
    def is_away() -> None:
        raise _never_sent()

    bench.conversation.plans["/hedge 1"] = is_away
    await bench.takes(asks(1))
    async with asyncio.timeout(2):
        await bench.receiver.finish()
    assert [number for number, _ in await bench.inbox.open()] == [1]


async def test_what_waits_for_the_exchanges_gives_up_its_turn_and_is_done_when_answered(bench: Bench) -> None:
    there = asyncio.Event()

    async def later() -> None:
        await bench.waits.until(_set(there), 60)
        bench.conversation.said.append("later")

    bench.conversation.plans["/hedge 1"] = lambda: later
    await bench.takes(asks(1), asks(2))
    await asyncio.sleep(0.01)
    assert (bench.conversation.said, bench.inbox.finished) == (lines([2]), [2])
    there.set()
    await bench.settles()
    assert (bench.conversation.said[-1], bench.inbox.finished) == ("later", [2, 1])


async def test_a_stop_leaves_what_waits_for_the_exchanges_and_finishes_what_was_begun(bench: Bench) -> None:
    bench.conversation.seconds = 0.05
    bench.conversation.plans["/hedge 1"] = lambda: lambda: _wait(bench.waits)
    await bench.takes(asks(1), asks(2, BEN))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(2):
        await bench.receiver.finish()
    assert bench.conversation.said == lines([2])
    assert [number for number, _ in await bench.inbox.open()] == [1]


async def test_no_more_are_taken_in_than_can_be_kept_in_mind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_OPEN", 3)
    bench.conversation.seconds = 0.02
    await bench.takes(asks(1, 11), asks(2, 12))
    fullness = [bench.receiver.is_full]
    await bench.takes(asks(3, 13))
    fullness.append(bench.receiver.is_full)
    async with asyncio.timeout(1):
        await bench.receiver.room()
    assert [*fullness, bench.receiver.is_full] == [False, True, False]


async def test_a_caller_that_goes_away_while_storing_changes_nothing(bench: Bench) -> None:
    calling = asyncio.create_task(bench.takes(asks(1)))
    await asyncio.sleep(0)
    calling.cancel()
    await asyncio.wait({calling})
    await bench.receiver.finish()
    assert (bench.conversation.said, bench.inbox.finished) == (lines([1]), [1])


async def test_what_is_done_is_noted_at_once_and_under_load_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[int, ...]] = []
    monkeypatch.setattr(bench.inbox, "done", lambda numbers: _note(noted, numbers))
    await bench.takes(asks(1))
    await asyncio.sleep(0.01)
    await bench.takes(asks(2), asks(3, BEN))
    await bench.settles()
    assert noted == [(1,), (2, 3)]


async def test_what_could_not_be_noted_is_noted_with_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full_disk(_: Collection[int]) -> None:
        raise OSError("full")

    with monkeypatch.context() as broken:
        broken.setattr(bench.inbox, "done", full_disk)
        await bench.takes(asks(1))
        await bench.settles()
    await bench.takes(asks(2))
    await bench.settles()
    assert bench.inbox.finished == [1, 2]
    assert "could not be noted" in caplog.text


@pytest.mark.parametrize(("failure", "is_open"), [(OSError("disk full"), True), (BadRequest("no"), False)])
async def test_a_membership_that_could_not_be_stored_stays_open_and_one_whose_card_was_refused_does_not(
    bench: Bench, failure: Exception, is_open: bool
) -> None:
    bench.memberships.failure = failure
    await bench.takes(message(update_id=5, chat=group(), migrate_from_chat_id=-5))
    await bench.settles()
    assert [number for number, _ in await bench.inbox.open()] == [5] * is_open


async def test_a_flood_does_not_drown_what_telegram_tells_of_the_chat(bench: Bench) -> None:
    bench.conversation.seconds = 0.001
    flood = [asks(number, number, chat=group()) for number in range(10, 10 + 2 * MOST_WAITING)]
    await bench.takes(*flood, message(update_id=5, chat=group(), migrate_to_chat_id=-5))
    await bench.settles()
    assert len(bench.memberships.noted) == 1


async def test_memberships_stand_in_the_line_of_their_chat(bench: Bench) -> None:
    moved = message(update_id=5, chat=group(), migrate_from_chat_id=-5)
    blocked = update(
        "my_chat_member",
        {
            "chat": private(),
            "from": person(),
            "date": 1_790_000_000,
            "old_chat_member": {"status": "member"},
            "new_chat_member": {"status": "kicked"},
        },
        update_id=6,
    )
    await bench.takes(moved, blocked)
    await bench.settles()
    assert [getattr(change, "keys", None) for change in bench.memberships.noted] == [(-5, GROUP), (ANA,)]
    assert bench.inbox.finished == [5, 6]


def _never_sent() -> NetworkError:
    """As raised where nobody was reached."""
    error = NetworkError("away")
    error.__cause__ = httpx.ConnectError("refused")
    return error


async def _note(noted: list[tuple[int, ...]], numbers: Collection[int]) -> None:
    noted.append(tuple(numbers))


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def _wait(waits: Waits) -> None:
    await waits.until(asyncio.Event().wait(), 60)  # type: ignore[arg-type] # it never comes
