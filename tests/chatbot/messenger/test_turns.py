"""Who is served when."""

import asyncio

import pytest

from chatbot.messenger.turns import Turns

ANA, BEN, GROUP = 1, 2, -100


class Diary:
    """Notes when each update begins and ends."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.notes: list[tuple[str, int]] = []

    async def serve(self, number: int, *keys: int, seconds: float = 0.01) -> None:
        async with self.turns.of(*keys):
            self.notes.append(("begin", number))
            await asyncio.sleep(seconds)
            self.notes.append(("end", number))

    @property
    def ended(self) -> list[int]:
        return [number for what, number in self.notes if what == "end"]


async def test_updates_of_one_person_run_one_after_the_other() -> None:
    diary = Diary()
    await asyncio.gather(diary.serve(1, ANA, seconds=0.02), diary.serve(2, ANA, GROUP, seconds=0.0))
    assert diary.notes == [("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]


async def test_updates_of_one_group_run_one_after_the_other() -> None:
    diary = Diary()
    await asyncio.gather(diary.serve(1, ANA, GROUP, seconds=0.02), diary.serve(2, BEN, GROUP, seconds=0.0))
    assert diary.notes == [("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]


async def test_a_slow_answer_to_one_keeps_nobody_else_waiting() -> None:
    diary = Diary()
    await asyncio.gather(diary.serve(1, ANA, seconds=0.05), diary.serve(2, BEN, seconds=0.0))
    assert diary.ended == [2, 1]


async def test_in_a_group_one_persons_flood_stands_behind_the_others() -> None:
    diary = Diary()
    flood = [diary.serve(number, ANA, GROUP, seconds=0.001) for number in range(10)]
    await asyncio.gather(*flood, diary.serve(99, BEN, GROUP, seconds=0.0))
    assert diary.ended.index(99) <= 2
    assert [number for number in diary.ended if number != 99] == list(range(10))


async def test_who_waits_in_the_persons_line_is_counted_in_the_groups_too() -> None:
    diary = Diary()
    flood = [asyncio.create_task(diary.serve(number, ANA, GROUP)) for number in range(3)]
    await asyncio.sleep(0)
    assert (diary.turns.length(ANA), diary.turns.length(GROUP)) == (3, 3)
    await asyncio.gather(*flood)
    assert (diary.turns.length(ANA), diary.turns.length(GROUP)) == (0, 0)


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


async def test_crossed_waits_do_not_lock() -> None:
    diary = Diary()
    places = [(ANA, ANA), (ANA, GROUP), (BEN, GROUP), (BEN, BEN)] * 4
    async with asyncio.timeout(2):
        await asyncio.gather(*(diary.serve(n, *keys, seconds=0.0) for n, keys in enumerate(places)))
