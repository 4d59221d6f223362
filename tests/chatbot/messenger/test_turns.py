"""Who is served when."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import Update

from chatbot.messenger.turns import MOST_WAITING, InTurn, Turns, line_keys

ANA, BEN, GROUP = 1, 2, -100


def message(update_id: int, user: int, chat: int | None = None, **more: Any) -> Update:
    kind = "private" if chat is None else "supergroup"
    content = {
        "message_id": update_id,
        "date": 1_790_000_000,
        "chat": {"id": chat or user, "type": kind, "title": "t"},
        "from": {"id": user, "is_bot": False, "first_name": "f"},
        "text": "/hedge",
    }
    update = Update.de_json({"update_id": update_id, "message": content | more}, None)
    assert update is not None
    return update


class Diary:
    """Notes when each update begins and ends."""

    def __init__(self, processor: InTurn) -> None:
        self.notes: list[tuple[str, int]] = []
        self._processor = processor

    async def serve(self, update: Update, seconds: float = 0.01) -> None:
        await self._processor.process_update(update, self._work(update.update_id, seconds))

    async def _work(self, update_id: int, seconds: float) -> None:
        self.notes.append(("begin", update_id))
        await asyncio.sleep(seconds)
        self.notes.append(("end", update_id))

    @property
    def ended(self) -> list[int]:
        return [update_id for what, update_id in self.notes if what == "end"]


@pytest.fixture
def refused() -> list[int]:
    return []


@pytest.fixture
def processor(refused: list[int]) -> InTurn:
    async def refuse(update: Update) -> None:
        refused.append(update.update_id)

    return InTurn(Turns(), refuse)


async def test_updates_of_one_person_run_one_after_the_other(processor: InTurn) -> None:
    diary = Diary(processor)
    await asyncio.gather(diary.serve(message(1, ANA), 0.02), diary.serve(message(2, ANA, GROUP), 0.0))
    assert diary.notes == [("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]


async def test_updates_of_one_group_run_one_after_the_other(processor: InTurn) -> None:
    diary = Diary(processor)
    await asyncio.gather(diary.serve(message(1, ANA, GROUP), 0.02), diary.serve(message(2, BEN, GROUP), 0.0))
    assert diary.notes == [("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]


async def test_a_slow_answer_to_one_keeps_nobody_else_waiting(processor: InTurn) -> None:
    diary = Diary(processor)
    await asyncio.gather(diary.serve(message(1, ANA), 0.05), diary.serve(message(2, BEN), 0.0))
    assert diary.ended == [2, 1]


async def test_an_update_of_a_known_number_is_not_run_again(processor: InTurn) -> None:
    diary = Diary(processor)
    await diary.serve(message(1, ANA))
    await diary.serve(message(1, ANA))
    assert diary.ended == [1]


async def test_a_flood_is_refused_once_and_does_not_hold_up_others(processor: InTurn, refused: list[int]) -> None:
    diary = Diary(processor)
    flood = [diary.serve(message(number, ANA), 0.001) for number in range(50)]
    await asyncio.gather(*flood, diary.serve(message(99, BEN), 0.0))
    assert diary.ended.index(99) <= 1
    assert [number for number in diary.ended if number != 99] == list(range(MOST_WAITING))
    assert refused == [MOST_WAITING]


async def test_after_the_flood_the_person_is_served_again(processor: InTurn, refused: list[int]) -> None:
    diary = Diary(processor)
    await asyncio.gather(*(diary.serve(message(number, ANA), 0.0) for number in range(50)))
    await diary.serve(message(60, ANA))
    assert diary.ended[-1] == 60
    await asyncio.gather(*(diary.serve(message(number, ANA), 0.0) for number in range(100, 150)))
    assert len(refused) == 2


async def test_in_a_group_one_persons_flood_stands_behind_the_others(processor: InTurn) -> None:
    diary = Diary(processor)
    flood = [diary.serve(message(number, ANA, GROUP), 0.001) for number in range(10)]
    await asyncio.gather(*flood, diary.serve(message(99, BEN, GROUP), 0.0))
    assert diary.ended.index(99) <= 2


async def test_no_more_than_so_many_are_served_at_once() -> None:
    turns, running, most = Turns(at_once=3), 0, 0

    async def work(key: int) -> None:
        nonlocal running, most
        async with turns.of(key):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.001)
            running -= 1

    await asyncio.gather(*(work(key) for key in range(20)))
    assert most == 3


async def test_an_empty_line_is_forgotten_even_after_a_failure() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="bug"):
        async with turns.of(ANA, GROUP):
            raise ValueError("bug")
    assert (turns.length(ANA), turns.length(GROUP)) == (0, 0)


async def test_crossed_waits_do_not_lock(processor: InTurn) -> None:
    serve: Callable[[Update, float], Awaitable[None]] = Diary(processor).serve
    places = [(ANA, None), (ANA, GROUP), (BEN, GROUP), (BEN, None)] * 4
    async with asyncio.timeout(2):
        await asyncio.gather(*(serve(message(n, user, chat), 0.0) for n, (user, chat) in enumerate(places)))


def test_a_chat_that_writes_as_itself_stands_in_its_own_line_alone() -> None:
    anonymous = message(1, 1087968824, GROUP, sender_chat={"id": GROUP, "type": "supergroup", "title": "t"})
    assert line_keys(anonymous) == (GROUP,)
    assert line_keys(message(1, ANA, GROUP)) == (ANA, GROUP)
