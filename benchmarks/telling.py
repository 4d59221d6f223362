"""The bot's sender alone, with alerts for 2,000 people in its outbox, or with a group's that fire every second."""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from telegram import Bot

from benchmarks.delivery import FIRST_PERSON, GROUP, PEOPLE, TOKEN
from chatbot.command import Button, ChatSettings, Digest, Drawing, Parcel, Reply, Services, Telling
from chatbot.core.alerts.rules import AlertFact, Measure, RateLine, Rule, RuleTerms, Turn
from chatbot.messenger.delivery import Delivery
from chatbot.messenger.pace import Gate
from chatbot.messenger.sending import Sender
from chatbot.messenger.transport import build_request
from storage import Database, migrate, open_database

LEVEL = Decimal("0.0005")
BUTTONS = (
    tuple(Button(label, f"/funding alert 17 {word}") for label, word in (("Snooze 1 h", "snooze 1h"), ("Why?", "why"))),
    (Button("Edit", "/funding alert 17"), Button("Delete", "/funding alert 17 delete")),
)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def fact(rule: Rule, number: int) -> AlertFact:
    """The number-th coin is beyond the level."""
    rate = LEVEL + Decimal(number) / 1_000_000
    line = RateLine(f"C{number}", "bybit", rate, timedelta(hours=8), rate, now() + timedelta(hours=1))
    return AlertFact(rule, Turn.FIRED, rate, (line,), "bybit", now(), now())


async def fire(database: Database, rules: Sequence[Rule], number: int) -> None:
    """A parcel for each of these rules."""
    columns, states = await database.alert_book.load()
    wanted = {rule.id for rule in rules}
    rows = [row for row, rule_id in enumerate(columns.id.tolist()) if rule_id in wanted]
    await database.alert_book.settle(columns, states, rows, [fact(rule, number) for rule in rules])


async def rule_of(database: Database, chat_id: int) -> Rule:
    """A rule on every coin."""
    user_id = chat_id if chat_id > 0 else None
    rule = await database.alerts.add(chat_id, user_id, chat_id, RuleTerms(Measure.EXTREMES, level=LEVEL, follows=True))
    assert rule is not None
    return rule


async def say(_: int, parcels: tuple[Parcel, ...], __: Services) -> Reply:
    """About as long as a real one."""
    told = "\n".join(f"<b>{parcel.fact.lines[0].coin}</b> pays {parcel.fact.value} per 8 h. " * 4 for parcel in parcels)
    return Reply(told, BUTTONS)


def digest(told: Digest, _: ChatSettings, __: datetime) -> Reply:
    """A line for each."""
    return Reply("\n".join(f"{row.line.coin} {row.line.per_eight_hours}" for row in told.lines), BUTTONS)


async def draw(_: Drawing) -> bytes:
    """Alerts have no pictures."""
    raise AssertionError("no picture is asked for here")


async def for_people(database: Database, _: asyncio.Event) -> None:
    """More than may be told in a minute, at once."""
    await fire(database, [await rule_of(database, FIRST_PERSON + number) for number in range(PEOPLE)], 1)


async def for_group(database: Database, stop: asyncio.Event) -> None:
    """Something new every second."""
    group, stopping = await rule_of(database, GROUP), asyncio.create_task(stop.wait())
    for number in count(1):
        await fire(database, [group], number)
        if (await asyncio.wait({stopping}, timeout=1.0))[0]:
            return


async def main(told: str, api_url: str, database_url: str) -> None:
    """Until it is terminated."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    migrate(database_url, now())
    database = await open_database(database_url, now)
    nothing: dict[str, Any] = dict.fromkeys(each.name for each in fields(Services))
    parts = nothing | {"settings": database.settings, "chat_book": database.chat_book, "now": now}
    services, request = Services(**parts), build_request()
    async with Bot(TOKEN, base_url=f"{api_url}/bot", request=request) as bot:
        gate = Gate(time.monotonic)
        delivery = Delivery(bot, database.button_lines, draw, gate=gate, chat_book=services.chat_book, now=now)
        firing = for_people if told == "people" else for_group
        telling = Sender(database.outbox, delivery, services, Telling(say, digest)).run(stop)
        await asyncio.gather(firing(database, stop), telling)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
