"""A sender with a real database, in a process of its own, made to be killed: alerts fire all the time.

It says on its output, line by line and when it is stored: `fired 1 2 3` for alerts that fired, `told 1 2 3` for alerts
whose acknowledgement was stored. Alerts are known by their value.
"""

import asyncio
import random
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from telegram import Bot

from chatbot.command import ChatSettings, Digest, Outbox, Parcel, Reply, Services, Telling
from chatbot.core.alerts.parcels import Standing
from chatbot.core.alerts.rules import AlertFact, Measure, RateLine, Rule, RuleTerms, Turn
from chatbot.messenger.delivery import Delivery
from chatbot.messenger.pace import UNPACED, Gate
from chatbot.messenger.sending import Sender
from chatbot.messenger.transport import build_request
from storage import Database, open_database
from tests.chatbot.messenger.fakes import FakeButtonLines, draw

TOKEN = "123456:local-secret"
FIRST_CHAT, CHATS = 500, 20
LEVEL = Decimal("0.0005")


def now() -> datetime:
    return datetime.now(UTC)


class Spoken:
    """The outbox, which says what it stored."""

    def __init__(self, outbox: Outbox, ahead: timedelta) -> None:
        self._outbox = outbox
        self._ahead = ahead
        self._values: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    async def due(self, at: datetime) -> Mapping[int, tuple[Parcel, ...]]:
        due = await self._outbox.due(at + self._ahead)
        self._values |= {each.id: str(each.fact.value) for parcels in due.values() for each in parcels}
        return due

    async def told(self, ids: Collection[int], digest: Digest | None = None) -> None:
        await self._outbox.told(ids, digest)
        print("told", *(self._values[each] for each in ids), flush=True)  # noqa: T201 - a test hears it


async def say(_: int, parcels: tuple[Parcel, ...], __: Services) -> Reply:
    """Values, those perhaps seen with a question mark."""
    return Reply(
        " ".join(f"{each.fact.value}{'?' if each.standing is Standing.PERHAPS_SEEN else ''}" for each in parcels)
    )


def digest(_: Digest, __: ChatSettings, ___: datetime) -> Reply:
    raise AssertionError("no group is told here")


def fact(rule: Rule, value: int) -> AlertFact:
    line = RateLine("BTC", "bybit", LEVEL, timedelta(hours=8), LEVEL, None)
    return AlertFact(rule, Turn.FIRED, Decimal(value), (line,), "bybit", now(), now())


async def prepare(database_url: str) -> None:
    """A rule for each chat."""
    database = await open_database(database_url, now)
    for chat_id in range(FIRST_CHAT, FIRST_CHAT + CHATS):
        await database.alerts.add(chat_id, chat_id, chat_id, RuleTerms(Measure.RATE, "BTC", level=LEVEL))
    await database.close()


async def rules_of(database: Database) -> list[Rule]:
    return [
        watched.rule
        for chat_id in range(FIRST_CHAT, FIRST_CHAT + CHATS)
        for watched in await database.alerts.of(chat_id)
    ]


async def fire(database: Database, rules: Sequence[Rule], first: int) -> None:
    """A few alerts at a time, with the values from `first` on, for ever."""
    columns, states = await database.alert_book.load()
    row_of = {rule_id: row for row, rule_id in enumerate(columns.id.tolist())}
    while True:
        some = random.sample(rules, random.randint(1, 6))
        facts = [fact(rule, first + number) for number, rule in enumerate(some)]
        await database.alert_book.settle(columns, states, [row_of[rule.id] for rule in some], facts)
        print("fired", *(each.value for each in facts), flush=True)  # noqa: T201 - a test hears it
        first += len(some)
        await asyncio.sleep(0.02)


async def main(database_url: str, api_url: str, first: int, ahead_s: float) -> None:
    """Until it is killed. Nothing fires where `first` is 0. The outbox is shown a clock that is ahead."""
    database = await open_database(database_url, now)
    nothing: dict[str, Any] = dict.fromkeys(each.name for each in fields(Services))
    parts = nothing | {"settings": database.settings, "chat_book": database.chat_book, "now": now}
    services, request = Services(**parts), build_request()
    async with Bot(TOKEN, base_url=f"{api_url}/bot", request=request) as bot:
        gate = Gate(time.monotonic, UNPACED)
        book = cast(Any, database.chat_book)
        delivery = Delivery(bot, FakeButtonLines(), draw, gate=gate, chat_book=book, now=now)
        outbox = cast(Outbox, Spoken(database.outbox, timedelta(seconds=ahead_s)))
        sending = Sender(outbox, delivery, services, Telling(say, digest)).run(asyncio.Event())
        await asyncio.gather(sending, *([fire(database, await rules_of(database), first)] if first else []))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
