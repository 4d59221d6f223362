"""Asking Telegram who administers a chat and whether the bot may post there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatbot.command import ChatKind
from chatbot.core.chats import KnownChat
from chatbot.messenger.chats import TelegramChats
from chatbot.messenger.polling import Client
from chatbot.messenger.transport import build_request
from tests.chatbot.messenger.updates import ANA

OURS, GROUP, CHANNEL = 1, -1001, -1009
CHATS = {
    "-1001": {"id": GROUP, "type": "supergroup", "title": "g"},
    "@our_channel": {"id": CHANNEL, "type": "channel", "title": "c"},
    "@closed": {"id": -1010, "type": "channel", "title": "x"},
    "7": {"id": ANA, "type": "private", "first_name": "f"},
}
MEMBERS: dict[tuple[str, str], dict[str, Any]] = {
    ("-1001", "7"): {"status": "administrator"},
    ("-1001", "8"): {"status": "creator"},
    ("-1001", "9"): {"status": "member"},
    ("-1001", "1"): {"status": "member"},
    ("-1009", "1"): {"status": "administrator", "can_post_messages": False},
}


async def answer(request: web.Request) -> web.Response:
    fields = await request.post()
    found: dict[str, Any] | None = None
    match request.path.rpartition("/")[2].lower():
        case "getme":
            found = {"id": OURS, "is_bot": True, "first_name": "b", "username": "our_bot"}
        case "getchat":
            found = CHATS.get(str(fields["chat_id"]))
        case "getchatmember":
            found = MEMBERS.get((str(fields["chat_id"]), str(fields["user_id"])))
    if found is None:
        body = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
        return web.json_response(body, status=400)
    return web.json_response({"ok": True, "result": found})


@pytest.fixture
async def chats() -> AsyncIterator[TelegramChats]:
    app = web.Application()
    app.add_routes([web.post("/{path:.*}", answer)])
    async with TestServer(app) as server:
        bot = Client("1:x", base_url=str(server.make_url("/bot")), request=build_request())
        async with bot:
            yield TelegramChats(bot)


@pytest.mark.parametrize(("user_id", "administers"), [(7, True), (8, True), (9, False), (10, False)])
async def test_who_owns_or_administers_a_group_may_change_it(
    chats: TelegramChats, user_id: int, administers: bool
) -> None:
    assert await chats.administers(GROUP, user_id) is administers


async def test_where_telegram_does_not_say_nobody_administers(chats: TelegramChats) -> None:
    assert not await chats.administers(-5, 7)


async def test_a_group_is_found_by_its_number(chats: TelegramChats) -> None:
    assert await chats.look_up("-1001") == KnownChat(GROUP, ChatKind.GROUP, "g", None)


async def test_a_channel_where_the_bot_may_not_post_is_found_with_the_reason(chats: TelegramChats) -> None:
    found = await chats.look_up("@our_channel")
    assert found == KnownChat(CHANNEL, ChatKind.CHANNEL, "c", None, reason="may not post")


async def test_a_channel_that_does_not_know_the_bot_takes_no_posts(chats: TelegramChats) -> None:
    found = await chats.look_up("@closed")
    assert found is not None
    assert found.reason == "may not post"


@pytest.mark.parametrize("name", ["@nowhere", "7"])
async def test_what_is_not_there_and_who_is_a_person_is_no_chat_to_set_up(chats: TelegramChats, name: str) -> None:
    assert await chats.look_up(name) is None
