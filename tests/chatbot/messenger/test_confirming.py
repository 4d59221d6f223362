"""When an update is confirmed to Telegram by long polling, and what keeps it from being."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from tenacity import wait_none

from chatbot.messenger import build_application, polling, serve
from chatbot.messenger.polling import Client
from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.messenger.conftest import TOKEN, Start
from tests.chatbot.messenger.fakes import FakeButtonLines, FakeInbox, command, draw, echo, services
from tests.chatbot.messenger.test_polling import bot_texts, until


class SlowInbox(FakeInbox):
    """Stores when it may; until then it fails or waits."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__()
        self.may_store = asyncio.Event()
        self.tries = 0
        self._failure = failure

    async def store(self, updates: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        self.tries += 1
        if self._failure is not None and not self.may_store.is_set():
            raise self._failure
        await self.may_store.wait()
        return await super().store(updates)


async def test_what_is_not_stored_yet_is_not_confirmed(start: Start) -> None:
    inbox = SlowInbox()
    api = await start(command("hedge", echo), inbox=inbox)
    await api.say("/hedge 1")
    await until(lambda: inbox.tries == 1)
    assert (len(api.state.updates), bot_texts(api)) == (1, [])
    inbox.may_store.set()
    await until(lambda: len(api.state.updates) == 0)
    await until(lambda: bot_texts(api) == ["/hedge 1"])


async def test_what_cannot_be_stored_is_asked_for_again(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(polling, "STORE_AGAIN_S", 0.6)  # the server gives one update where asked again within 0.5 s
    inbox = SlowInbox(OSError("disk full"))
    api = await start(command("hedge", echo), inbox=inbox)
    await api.say("/hedge 1")
    await until(lambda: inbox.tries == 1)
    assert len(api.state.updates) == 1
    inbox.may_store.set()
    await until(lambda: bot_texts(api) == ["/hedge 1"])
    assert "updates could not be stored" in caplog.text


async def test_an_update_that_makes_no_sense_does_not_come_back_for_ever(start: Start) -> None:
    api = await start(command("hedge", echo))
    api.state.updates.add("message", {"date": "never", "chat": []})
    assert (await api.ask("/hedge 1"))["text"] == "/hedge 1"
    await until(lambda: len(api.state.updates) == 0)


async def test_another_bot_that_polls_with_the_same_token_is_waited_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Client.updates.retry, "wait", wait_none())
    api, stop = BotApi(TOKEN, lambda: datetime.now(UTC)), asyncio.Event()
    async with TestServer(api.app()) as server, ClientSession() as other:
        url = str(server.make_url("")).rstrip("/")
        application = build_application(
            token=TOKEN,
            api_url=url,
            commands=[command("hedge", echo)],
            services=services(),
            button_lines=FakeButtonLines(),
            inbox=FakeInbox(),
            draw=draw,
        )
        life = asyncio.create_task(serve(application, (), stop))
        assert (await api.ask("/hedge 1"))["text"] == "/hedge 1"
        async with other.get(f"{url}/bot{TOKEN}/getUpdates", params={"timeout": "0"}) as taken:
            assert taken.status == 200
        assert (await api.ask("/hedge 2"))["text"] == "/hedge 2"
        stop.set()
        await life
    assert "Conflict" in caplog.text


async def test_a_stop_leaves_nothing_half_done(start: Start) -> None:
    inbox = FakeInbox()
    api = await start(command("hedge", echo), inbox=inbox)
    for number in range(10):
        await api.say(f"/hedge {number}", user_id=USER + number)
    await until(lambda: all(bot_texts(api, USER + number) for number in range(10)))
    await until(lambda: len(inbox.finished) == 10 and set(inbox.finished) == set(inbox.stored))


async def test_what_lives_beside_begins_when_telegram_knows_us_and_its_failure_ends_the_bot() -> None:
    begun = asyncio.Event()
    api, stop = BotApi(TOKEN, lambda: datetime.now(UTC)), asyncio.Event()
    async with TestServer(api.app()) as server:
        application = build_application(
            token=TOKEN,
            api_url=str(server.make_url("")).rstrip("/"),
            commands=[],
            services=services(),
            button_lines=FakeButtonLines(),
            inbox=FakeInbox(),
            draw=draw,
        )

        async def lives(stopping: asyncio.Event) -> None:
            assert application.bot.username == "sandbox_bot"
            begun.set()
            await stopping.wait()

        async def dies(_: asyncio.Event) -> None:
            await begun.wait()
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            await serve(application, (), stop, beside=(lives, dies))
    assert stop.is_set()
