"""The bot's life: a Telegram that is away, a token that is wrong, and being told to stop."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from chatbot.core.errors import MarketUnavailable, UserMistake
from chatbot.messenger import Application, bot_name, build_application, serve
from chatbot.sandbox.botapi import BotApi
from tests.chatbot.messenger.conftest import TOKEN
from tests.chatbot.messenger.fakes import FakeButtonLines, FakeInbox, command, draw, echo, services

NOBODY_THERE = "http://127.0.0.1:1"


def application(api_url: str, token: str = TOKEN) -> Application:
    return build_application(
        token=token,
        api_url=api_url,
        commands=[command("hedge", echo)],
        services=services(),
        button_lines=FakeButtonLines(),
        inbox=FakeInbox(),
        draw=draw,
    )


def address(server: BaseTestServer) -> str:
    return str(server.make_url("")).rstrip("/")


def telegram() -> TestServer:
    return TestServer(BotApi(TOKEN, lambda: datetime.now(UTC)).app())


async def test_a_telegram_that_is_away_is_waited_for_until_told_to_stop() -> None:
    stop = asyncio.Event()
    life = asyncio.create_task(serve(application(NOBODY_THERE), (), stop))
    await asyncio.sleep(0.1)
    assert not life.done()
    stop.set()
    async with asyncio.timeout(2):
        await life


async def test_a_bot_that_starts_can_be_stopped_at_any_moment() -> None:
    async with telegram() as server:
        for moment in (0.0, 0.01, 0.05):
            stop = asyncio.Event()
            life = asyncio.create_task(serve(application(address(server)), (), stop))
            await asyncio.sleep(moment)
            stop.set()
            async with asyncio.timeout(2):
                await life


async def test_a_wrong_token_is_said_in_plain_words_that_do_not_repeat_it() -> None:
    async with telegram() as server:
        with pytest.raises(UserMistake, match="TELEGRAM_BOT_TOKEN") as failure:
            await serve(application(address(server), "1:wrong"), (), asyncio.Event())
        assert "1:wrong" not in str(failure.value)
        with pytest.raises(MarketUnavailable, match="TELEGRAM_BOT_TOKEN"):
            await bot_name("1:wrong", address(server))


async def test_the_name_behind_a_token_can_be_asked() -> None:
    async with telegram() as server:
        assert (await bot_name(TOKEN, address(server))).endswith("bot")


async def test_a_telegram_that_does_not_answer_is_told_from_a_wrong_token() -> None:
    with pytest.raises(MarketUnavailable, match="does not answer"):
        await bot_name(TOKEN, NOBODY_THERE)


async def test_nothing_but_what_is_handled_is_asked_for() -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()

    @web.middleware
    async def note(request: web.Request, handler: object) -> web.StreamResponse:
        if request.path.endswith("/getUpdates"):
            asked.put_nowait((await request.post()).get("allowed_updates", ""))  # type: ignore[arg-type]
        return await handler(request)  # type: ignore[operator, no-any-return]

    app = BotApi(TOKEN, lambda: datetime.now(UTC)).app()
    app.middlewares.append(note)
    async with TestServer(app) as server:
        stop = asyncio.Event()
        life = asyncio.create_task(serve(application(address(server)), (), stop))
        assert await asked.get() == '["message", "edited_message", "callback_query", "my_chat_member"]'
        stop.set()
        await life


async def test_an_empty_chat_says_what_the_bot_is_for() -> None:
    api = BotApi(TOKEN, lambda: datetime.now(UTC))
    async with TestServer(api.app()) as server:
        stop = asyncio.Event()
        life = asyncio.create_task(serve(application(address(server)), (), stop))
        async with asyncio.timeout(10):
            while not api.state.texts.get(("description", "")):  # noqa: ASYNC110 - the server tells nobody of it
                await asyncio.sleep(0.01)
        stop.set()
        await life
    assert "never trades" in api.state.texts["description", ""]
