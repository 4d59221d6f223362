"""From a line typed on a phone to the alert that comes back, with everything real but the market and the clock."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from chatbot.command import Drawing, Services
from chatbot.core.errors import Outage
from chatbot.core.markets import Board
from chatbot.messenger import UNPACED, Sender, build_application, serve
from chatbot.sandbox.botapi import USER, BotApi
from chatbot.watch import Watcher
from handlers.funding.alerts import TELLING
from handlers.menu import MENU
from storage import Database, migrate, open_database
from tests.chatbot.watch.test_watcher import Clock
from tests.chatbot.watch.test_watcher import Market as WatchedMarket
from tests.fakes import FakeChats

TOKEN = "1:alerts"
GROUP = -1_001_234_567_890


class Market(WatchedMarket):
    """Asked for no exchange in particular it tells of all."""

    async def boards(self, exchanges: Collection[str] | None = None) -> tuple[tuple[Board, ...], tuple[Outage, ...]]:
        return await super().boards(tuple(self.rates) if exchanges is None else exchanges)


async def draw(_: Drawing) -> bytes:
    raise AssertionError("no picture is asked for here")


@dataclass
class Stage:
    """A running bot, its market and its clock."""

    telegram: BotApi
    database: Database
    watcher: Watcher
    clock: Clock
    market: Market
    seen: list[int] = field(default_factory=list)

    async def say(self, text: str) -> Any:
        return await self.telegram.ask(text)

    async def press(self, message: Any, label: str) -> Any:
        """What the message says once this button is pressed."""
        rows = message["reply_markup"]["inline_keyboard"]
        button = next(button for row in rows for button in row if button["text"] == label)
        with self.telegram.chat().watch() as events:
            await self.telegram.press(message["message_id"], button["callback_data"])
            async with asyncio.timeout(10):
                return (await events.get())["message"]

    async def passes(self, **span: float) -> None:
        """Time goes by, then the watcher looks; what it found is due two seconds later."""
        self.clock.time += timedelta(**span)
        await self.watcher.pass_once()
        self.clock.time += timedelta(seconds=3)

    async def rate(self, rate: str, **span: float) -> None:
        self.market.rates["bybit"] = rate
        await self.passes(**(span or {"minutes": 2}))

    async def told(self, chat_id: int = USER) -> Any:
        """The next message that nobody asked for."""
        with self.telegram.chat(chat_id).watch() as events:
            async with asyncio.timeout(10):
                while True:
                    event = await events.get()
                    if event["event"] in ("message", "edited") and event["message"]["from"]["is_bot"]:
                        return event["message"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as stage:
        yield stage


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Stage]:
    clock, url = Clock(), f"sqlite:///{folder}/bot.sqlite3"
    migrate(url, clock())
    database, market = await open_database(url, clock), Market(clock=clock)
    telegram = BotApi(TOKEN, clock)
    server = TestServer(telegram.app())
    await server.start_server()
    services = Services(
        market=market,
        portfolios=database.portfolios,
        answers=database.answers,
        personal_data=database.personal_data,
        settings=database.settings,
        alerts=database.alerts,
        charges=database.charges,
        chat_book=database.chat_book,
        chats=FakeChats(),
        now=clock,
    )
    application = build_application(
        token=TOKEN,
        api_url=str(server.make_url("")).rstrip("/"),
        commands=MENU,
        services=services,
        button_lines=database.button_lines,
        inbox=database.inbox,
        draw=draw,
        limits=UNPACED,
    )
    sender = Sender(database.outbox, application.delivery, application.services, TELLING)
    stop = asyncio.Event()
    bot = asyncio.create_task(serve(application, MENU, stop, beside=(sender.run,)))
    try:
        yield Stage(telegram, database, Watcher(market, database.alert_book, database.charges, clock), clock, market)
    finally:
        stop.set()
        await bot
        await server.close()
        await database.close()


async def test_an_alert_is_made_fires_once_is_snoozed_explains_its_silence_and_fires_again(stage: Stage) -> None:
    made = await stage.say("/funding alert BTC > 0.05% bybit")
    assert "0.05\u00a0%" in made["text"]

    fired = asyncio.create_task(stage.told())
    await stage.rate("0.0006")
    alert = await fired
    assert "+0.0600\u00a0%" in alert["text"]
    assert "longs pay" in alert["text"].lower()

    await stage.rate("0.0007")  # still beyond: nothing more is told
    assert await stage.database.outbox.due(stage.clock()) == {}

    why = await stage.press(alert, "Why?")
    assert "0.05\u00a0%" in why["text"]

    snoozed = await stage.press(alert, "Snooze 1 h")
    assert "snooze" in snoozed["text"].lower() or "silent" in snoozed["text"].lower()

    await stage.rate("0.0001")  # cleared
    again = asyncio.create_task(stage.told())
    await stage.rate("0.0006", hours=3)  # past the snooze and the cooldown
    assert "+0.0600\u00a0%" in (await again)["text"]


async def test_the_list_names_the_value_now_and_a_rule_can_be_deleted_from_it(stage: Stage) -> None:
    await stage.say("/funding alert BTC > 0.05% bybit")
    listed = await stage.say("/funding alerts")
    assert "+0.0100\u00a0%" in listed["text"]
    assert len(await stage.database.alerts.of(USER)) == 1
    delete = next(
        button
        for row in listed["reply_markup"]["inline_keyboard"]
        for button in row
        if button.get("callback_data", "").endswith(" delete")
    )
    with stage.telegram.chat().watch() as events:
        await stage.telegram.press(listed["message_id"], delete["callback_data"])
        async with asyncio.timeout(10):
            await events.get()
    assert await stage.database.alerts.of(USER) == ()


async def test_what_fires_while_the_bot_is_down_is_told_when_it_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        await stage.say("/funding alert BTC > 0.05% bybit")
        await stage.rate("0.0001")
    clock = stage.clock
    database = await open_database(f"sqlite:///{tmp_path}/bot.sqlite3", clock)
    market = Market(clock=clock, rates={"bybit": "0.0006"})
    clock.time += timedelta(minutes=5)
    await Watcher(market, database.alert_book, database.charges, clock).pass_once()
    await database.close()
    async with running(tmp_path) as stage:
        stage.telegram.chat().is_known = True  # the person has spoken to the bot before
        stage.clock.time = clock.time + timedelta(seconds=10)
        assert "+0.0600\u00a0%" in (await stage.told())["text"]


async def test_a_group_is_set_up_by_taps_and_has_one_message_that_follows_the_values(stage: Stage) -> None:
    async with asyncio.timeout(20):
        card = await _card_in(stage, GROUP)
        await _press_in_group(stage, card, "BTC")
        watched = await stage.database.alerts.of(GROUP)
        assert {each.rule.terms.coin for each in watched} == {"BTC"}

        told = asyncio.create_task(stage.told(GROUP))
        await stage.rate("0.0006")
        digest = await told
        assert "BTC" in digest["text"]
        assert "+0.0600\u00a0%" in digest["text"]

        changed = asyncio.create_task(stage.told(GROUP))
        await stage.rate("0.0009")
        edited = await changed
        assert edited["message_id"] == digest["message_id"]
        assert "+0.0900\u00a0%" in edited["text"]

        cleared = asyncio.create_task(stage.told(GROUP))
        await stage.rate("0.0001")
        over = await cleared
        assert over["message_id"] == digest["message_id"]
        assert "strikethrough" in {entity["type"] for entity in over["entities"]}


async def _card_in(stage: Stage, chat_id: int) -> Any:
    """The bot is added, and posts its card."""
    group = stage.telegram.add_group(chat_id, "Desk", administrators=[USER], members=[USER + 1])
    while True:
        for message in group.messages():
            if message["from"]["is_bot"] and "reply_markup" in message:
                return message
        await asyncio.sleep(0.01)


async def _press_in_group(stage: Stage, message: Any, label: str) -> None:
    rows = message["reply_markup"]["inline_keyboard"]
    button = next(button for row in rows for button in row if button["text"].removeprefix("• ") == label)
    with stage.telegram.chat(GROUP).watch() as events:
        await stage.telegram.press(message["message_id"], button["callback_data"], chat_id=GROUP, user_id=USER)
        await events.get()
