"""A bot to be killed, as a process of its own: real memory, real receiving, no exchanges.

`/add` puts one BTC more into the asker's portfolio, so that the portfolio counts how often it was carried out.
Arguments: the Bot API server, the database, and, for a webhook, the port to listen on.
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from chatbot.command import Call, Command, Drawing, Reply, Services
from chatbot.messenger import Webhook, build_application, serve
from chatbot.messenger.pace import UNPACED
from storage import migrate, open_database
from tests.chatbot.messenger.fakes import FakeChatBook, FakeMarket

TOKEN = "123456:mortal"
SECRET = "the-word"
LONGEST_WORK_S = 0.02


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def add(call: Call, services: Services) -> Reply:
    """Changes, with pauses around it in which the bot may be killed."""
    await asyncio.sleep(random.uniform(0, LONGEST_WORK_S))
    await services.portfolios.change(call.user_id, call.update_id, lambda held: held.with_added("BTC", Decimal(1)))
    await asyncio.sleep(random.uniform(0, LONGEST_WORK_S))
    return Reply(f"done {call.words}")


async def draw(_: Drawing) -> bytes:
    """No command of this bot has a picture."""
    raise AssertionError("no picture is asked for here")


def services(database: Any) -> Services:
    """What `/add` and the messenger use."""
    nothing = cast(Any, None)
    return Services(
        market=cast(Any, FakeMarket()),
        portfolios=database.portfolios,
        answers=nothing,
        personal_data=nothing,
        settings=nothing,
        alerts=nothing,
        charges=nothing,
        chat_book=cast(Any, FakeChatBook()),
        chats=nothing,
        now=now,
    )


async def main(api_url: str, database_url: str, port: int | None) -> None:
    """Until SIGTERM."""
    migrate(database_url, now())
    database = await open_database(database_url, now)
    commands = [Command("add", "adds", "help", add, needs_market=False)]
    application = build_application(
        token=TOKEN,
        api_url=api_url,
        commands=commands,
        services=services(database),
        button_lines=database.button_lines,
        inbox=database.inbox,
        draw=draw,
        limits=UNPACED,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    webhook = None if port is None else Webhook(f"http://127.0.0.1:{port}/", port, SECRET)
    await serve(application, commands, stop, webhook=webhook)
    await database.close()


if __name__ == "__main__":
    os.environ["PTB_TIMEDELTA"] = "true"
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None))
