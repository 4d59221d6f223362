"""Kills a bot again and again while people write to it, and counts at the Bot API server what came of it."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp.test_utils import TestServer, unused_port

from chatbot.sandbox.botapi import BotApi
from storage import open_database
from tests.chatbot.messenger.mortal_receiver import TOKEN

PEOPLE = tuple(range(2_000_001, 2_000_013))
MOST_UNANSWERED = 8  # of one person: more would be refused as a flood
EVERY_S = 0.02
LONGEST_LIFE_S = 0.6  # from a start's first answer to the kill


@dataclass
class Counted:
    """What one run came to."""

    asked: Counter[int] = field(default_factory=Counter)  # by person
    answers: dict[int, list[int]] = field(default_factory=dict)  # by person: the numbers answered, in order
    held: dict[int, int] = field(default_factory=dict)  # by person: how often a change was carried out
    kills: int = 0

    @property
    def twice(self) -> int:
        """How many answers were said more than once."""
        return sum(len(numbers) - len(set(numbers)) for numbers in self.answers.values())

    @property
    def first_answers(self) -> dict[int, list[int]]:
        """The numbers as they were first answered."""
        return {person: list(dict.fromkeys(numbers)) for person, numbers in self.answers.items()}


class Person:
    """Asks `/add 1`, `/add 2` ... and notes what is answered."""

    def __init__(self, api: BotApi, user_id: int, counted: Counted) -> None:
        self._api, self._id, self._counted = api, user_id, counted
        counted.answers[user_id] = []

    @property
    def unanswered(self) -> int:
        """How many questions nobody has answered yet."""
        return self._counted.asked[self._id] - len(set(self._counted.answers[self._id]))

    async def live(self) -> None:
        """Reads until cancelled."""
        with self._api.chat(self._id).watch() as events:
            while True:
                message = (await events.get()).get("message", {})
                if message.get("from", {}).get("is_bot"):
                    self._counted.answers[self._id].append(int(message["text"].removeprefix("done ")))

    async def ask(self, over: asyncio.Event) -> None:
        """Asks until it is over, never too much at once."""
        while not over.is_set():
            if self.unanswered < MOST_UNANSWERED:
                self._counted.asked[self._id] += 1
                await self._api.say(f"/add {self._counted.asked[self._id]}", user_id=self._id)
            await asyncio.sleep(random.uniform(0, 2 * EVERY_S))


@dataclass
class Stage:
    """Where the server is, and the database, and where a webhook would listen (None: long polling)."""

    api_url: str
    database_url: str
    port: int | None

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """One life of the bot; it is killed at the end."""
        words = [self.api_url, self.database_url, *([] if self.port is None else [str(self.port)])]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chatbot.messenger.mortal_receiver", *words, cwd=Path(__file__).parents[3]
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def until_answered(counted: Counted, more_than: int, bot: asyncio.subprocess.Process) -> None:
    """Waits until a new answer is there."""
    async with asyncio.timeout(60):
        while sum(map(len, counted.answers.values())) <= more_than:
            assert bot.returncode is None, "the bot ended by itself"
            await asyncio.sleep(0.01)


async def live_and_die(stage: Stage, counted: Counted) -> None:
    """One life: it is killed some time after its first answer, or (one in four) perhaps before."""
    async with stage.bot() as bot:
        if random.random() < 0.75:
            await until_answered(counted, sum(map(len, counted.answers.values())), bot)
            await asyncio.sleep(random.uniform(0, LONGEST_LIFE_S))
        else:
            await asyncio.sleep(random.uniform(0, 1.5))
    counted.kills += 1


async def kill(folder: Path, kills: int, *, by_webhook: bool = False) -> Counted:
    """So many lives under load, then one that answers what is left."""
    api, counted = BotApi(TOKEN, lambda: datetime.now(UTC)), Counted()
    api.state.webhooks.first_pause_s = 0.05
    people = [Person(api, user_id, counted) for user_id in PEOPLE]
    over = asyncio.Event()
    async with TestServer(api.app()) as server:
        url = str(server.make_url("")).rstrip("/")
        stage = Stage(url, f"sqlite:///{folder}/bot.sqlite3", unused_port() if by_webhook else None)
        tasks = [asyncio.create_task(person.live()) for person in people]
        asking = [asyncio.create_task(person.ask(over)) for person in people]
        for _ in range(kills):
            await live_and_die(stage, counted)
        over.set()
        await asyncio.wait(asking)
        async with stage.bot() as bot, asyncio.timeout(60):
            while any(person.unanswered for person in people):
                assert bot.returncode is None, "the bot ended by itself"
                await asyncio.sleep(0.05)
            bot.terminate()
            assert await bot.wait() == 0
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    counted.held = await held(stage.database_url)
    return counted


async def held(database_url: str) -> dict[int, int]:
    """How many BTC each person has."""
    database = await open_database(database_url, lambda: datetime.now(UTC))
    portfolios = {user_id: await database.portfolios.load(user_id) for user_id in PEOPLE}
    assert await database.inbox.open() == ()
    await database.close()
    return {user_id: int(held.holdings[0].amount_base) for user_id, held in portfolios.items() if held.holdings}


def check(counted: Counted) -> None:
    """Every question was answered at least once, in the order asked, and changed what it changes exactly once."""
    assert sum(counted.asked.values()) > 0
    for person, asked in counted.asked.items():
        assert counted.first_answers[person] == list(range(1, asked + 1))
    assert counted.held == dict(counted.asked)
