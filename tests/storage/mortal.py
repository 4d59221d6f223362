"""A process that fires alerts, tells them and takes updates until it is killed; each word it says is stored before.

`python -m tests.storage.mortal <database url> <first update>`. It says, a line each: the value it `fired`; the parcel
that is `begun` (`again`, where it was perhaps seen) and `told`; the update that is `stored` and `done`.
"""

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count

import numpy as np

from chatbot.core.alerts.parcels import Parcel, Standing
from storage import Database, open_database
from tests.storage.conftest import NOON
from tests.storage.watched import fact


def say(word: str, *numbers: object) -> None:
    print(word, *numbers, flush=True)  # noqa: T201 - whoever kills it listens


async def watch(database: Database) -> None:
    """Each pass raises the value told of every rule by one, in one transaction with the parcels that tell of it."""
    rules, states = await database.alert_book.load()
    exact = await database.alert_book.rules(rules.id.tolist())
    for value in count(int(np.nan_to_num(states.told).max()) + 1):
        states.told[:] = value
        facts = [fact(rule, str(value)) for rule in exact.values()]
        await database.alert_book.settle(rules, states, range(len(rules.id)), facts)
        say("fired", value)


async def tell(database: Database) -> None:
    while True:
        due = await database.outbox.due(datetime.now(UTC))
        await asyncio.gather(*(tell_chat(database, parcels) for parcels in due.values()))


async def tell_chat(database: Database, parcels: tuple[Parcel, ...]) -> None:
    for parcel in parcels:
        await database.outbox.begin([parcel.id])
        word = "again" if parcel.standing is Standing.PERHAPS_SEEN else "begun"
        say(word, parcel.id, parcel.chat_id, parcel.fact.value)
        await database.outbox.told([parcel.id])
        say("told", parcel.id)


async def take(database: Database, first: int) -> None:
    for number in count(first):
        for new in await database.inbox.store([(number, f'{{"update_id": {number}}}')]):
            say("stored", new)
        if number % 3:
            await database.inbox.done([number])
            say("done", number)


async def live(url: str, first_update: int) -> None:
    """The parcels are stored under a clock that stands at noon, so all of them have waited their time."""
    database = await open_database(url, lambda: NOON)
    await asyncio.gather(watch(database), tell(database), take(database, first_update))


if __name__ == "__main__":
    asyncio.run(live(sys.argv[1], int(sys.argv[2])))
