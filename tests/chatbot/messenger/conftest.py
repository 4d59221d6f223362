"""The bot against a local Bot API server, over real long polling."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from chatbot.command import Command
from chatbot.messenger import Application, build_application, serve
from chatbot.sandbox.botapi import BotApi
from tests.chatbot.messenger import fakes

TOKEN = "123456:local-secret"

Start = Callable[..., Awaitable[BotApi]]


@pytest.fixture(autouse=True)
def _flood_waits_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the roof sets it: python-telegram-bot warns otherwise."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts the server and the bot with these commands; stops both at the end."""
    async with AsyncExitStack() as stack:

        async def make(*commands: Command, **changes: Any) -> BotApi:
            api = BotApi(TOKEN, lambda: datetime.now(UTC))
            server = await stack.enter_async_context(TestServer(api.app()))
            parts: dict[str, Any] = {"services": fakes.services(), "button_lines": fakes.FakeButtonLines()}
            parts |= {"draw": fakes.draw, "inbox": fakes.FakeInbox()}
            application = build_application(
                token=TOKEN, api_url=str(server.make_url("")).rstrip("/"), commands=commands, **(parts | changes)
            )
            await stack.enter_async_context(_Running(application, commands))
            return api

        yield make


class _Running:
    """The bot's life around a test."""

    def __init__(self, application: Application, commands: tuple[Command, ...]) -> None:
        self._stop = asyncio.Event()
        self._life = serve(application, commands, self._stop)

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._life)

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task
