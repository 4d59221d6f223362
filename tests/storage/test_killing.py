"""Killed at any moment: what was said to be stored is, states and parcels agree, nothing told is told again."""

import asyncio
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from chatbot.core.alerts.parcels import Standing
from storage import open_database
from tests.storage.conftest import NOON, Clock
from tests.storage.watched import FLIP, made

KILLS, RULES = 5, 4
LONGEST_LIFE_S = 0.4  # after its first word


@dataclass
class Heard:
    """What the killed ones said, all lives together."""

    fired: set[int] = field(default_factory=set)
    begun: Counter[int] = field(default_factory=Counter)
    told: Counter[int] = field(default_factory=Counter)
    values: dict[int, tuple[int, int]] = field(default_factory=dict)  # of a parcel: its chat and its value
    stored: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)

    def hear(self, line: str) -> None:
        match line.split():
            case ["fired", value]:
                self.fired.add(int(value))
            case ["begun", number, chat_id, value]:
                self.begun[int(number)] += 1
                self.values[int(number)] = int(chat_id), int(value)
            case ["again", number, chat_id, value]:
                assert self.told[int(number)] == 0  # what was told is told no more
                self.values[int(number)] = int(chat_id), int(value)
            case ["told", number]:
                self.told[int(number)] += 1
            case ["stored", number]:
                self.stored.add(int(number))
            case ["done", number]:
                self.done.add(int(number))


async def lived(url: str, first_update: int, heard: Heard) -> None:
    """One life of the mortal process, ended by SIGKILL."""
    command = (sys.executable, "-m", "tests.storage.mortal", url, str(first_update))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    heard.hear((await process.stdout.readline()).decode())
    asyncio.get_running_loop().call_later(random.uniform(0, LONGEST_LIFE_S), process.send_signal, signal.SIGKILL)
    async for line in process.stdout:
        if line.endswith(b"\n"):  # a word that was cut off was not said
            heard.hear(line.decode())
    assert await process.wait() == -signal.SIGKILL


async def test_whatever_moment_it_is_killed_at(url: str, clock: Clock) -> None:
    database, heard = await open_database(url, clock), Heard()
    for chat_id in range(1, RULES + 1):
        await made(database, FLIP, chat_id)
    perhaps = 0
    for life in range(KILLS):
        await lived(url, (life + 1) * 1_000_000, heard)
        perhaps += await database.outbox.recover()
    await check_alerts(url, heard, perhaps)
    await check_updates(url, heard)
    await database.close()


async def check_alerts(url: str, heard: Heard, perhaps: int) -> None:
    clock = Clock(NOON + timedelta(hours=2))
    database = await open_database(url, clock)
    _, states = await database.alert_book.load()
    [value] = set(states.told.tolist())  # a pass is stored whole
    assert max(heard.fired) <= value <= max(heard.fired) + KILLS  # one a life may have been stored and not said
    left = [parcel for parcels in (await database.outbox.due(clock.at)).values() for parcel in parcels]
    facts = {(parcel.chat_id, int(parcel.fact.value or 0)) for parcel in left}
    told = {heard.values[number] for number in heard.told}
    everything = {(chat_id, number) for chat_id in range(1, RULES + 1) for number in range(1, int(value) + 1)}
    assert everything - facts == set(heard.values.values()) - facts  # what is not there any more was on its way
    assert told & facts == set()  # none that was told is still to be told
    assert max(heard.told.values()) == 1
    assert max(heard.begun.values()) == 1  # what was under way at a kill is begun again as perhaps seen
    seen = sum(parcel.standing is Standing.PERHAPS_SEEN for parcel in left)
    assert seen <= perhaps
    await database.close()


async def check_updates(url: str, heard: Heard) -> None:
    database = await open_database(url, Clock())
    still_open = {number for number, _ in await database.inbox.open()}
    undone = {number for number in heard.stored if number % 3 == 0}
    assert undone <= still_open
    assert heard.done & still_open == set()
    assert await database.inbox.store([(number, "{}") for number in sorted(heard.stored)]) == ()
    await database.close()
