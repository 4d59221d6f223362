"""Updates that the local Bot API server brings by itself: when, in which order, how often."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatbot.sandbox.botapi import USER, BotApi
from chatbot.sandbox.botapi.webhooks import SECRET_HEADER, queue_of
from tests.chatbot.sandbox.conftest import Call, Json

GROUP = -100
SECRET = "s3cret_-"


@dataclass
class Bot:
    """A bot that is called: it answers 200, or first what stands in `answers`; `open_gate` lets it answer."""

    url: str = ""
    answers: list[web.Response] = field(default_factory=list)
    taken: list[Json] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append(await request.json())
        self.secrets.add(request.headers.get(SECRET_HEADER))
        await self.gate.wait()
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.taken]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(3):
            while len(self.taken) < count:  # noqa: ASYNC110 - the bot has no event for each update
                await asyncio.sleep(0.005)


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot, app = Bot(), web.Application()
    bot.gate.set()
    app.router.add_post("/hook", bot.take)
    async with TestServer(app) as server:
        bot.url = str(server.make_url("/hook"))
        yield bot


@pytest.fixture(autouse=True)
def _quick(api: BotApi) -> None:
    api.state.webhooks.first_pause_s = 0.01


async def until_all_taken(api: BotApi) -> None:
    async with asyncio.timeout(3):
        while len(api.state.updates):  # noqa: ASYNC110 - the server tells nobody that all are taken
            await asyncio.sleep(0.005)


async def test_updates_are_brought_with_the_secret_what_waited_first(api: BotApi, call: Call, bot: Bot) -> None:
    await api.say("before")
    assert (await call("setWebhook", url=bot.url, secret_token=SECRET))["result"] is True
    await bot.until(1)
    await api.say("after")
    await until_all_taken(api)
    assert (bot.texts, bot.secrets) == (["before", "after"], {SECRET})
    info = (await call("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"], info["max_connections"]) == (bot.url, 0, 40)


async def test_what_is_not_taken_comes_again_under_its_number(api: BotApi, call: Call, bot: Bot) -> None:
    bot.answers = [web.Response(status=503), web.Response(status=500), web.Response(status=404)]
    await call("setWebhook", url=bot.url)
    await api.say("x")
    await until_all_taken(api)
    assert bot.texts == ["x"] * 4
    assert len({update["update_id"] for update in bot.taken}) == 1
    info = (await call("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"


async def test_it_waits_as_it_is_told(api: BotApi, call: Call, bot: Bot) -> None:
    bot.answers = [web.Response(status=503, headers={"Retry-After": "1"})]
    await call("setWebhook", url=bot.url)
    await api.say("x")
    await bot.until(1)
    await asyncio.sleep(0.3)
    assert len(bot.taken) == 1  # without the header the second would have come at once
    await until_all_taken(api)
    assert len(bot.taken) == 2


async def test_a_bot_that_is_away_is_called_until_it_is_back(api: BotApi, call: Call, bot: Bot) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/")  # nobody listens there
    await api.say("x")
    await asyncio.sleep(0.05)
    assert (await call("getWebhookInfo"))["result"]["last_error_message"] == "Webhook connection closed"
    await call("setWebhook", url=bot.url)
    await until_all_taken(api)
    assert bot.texts == ["x"]


async def test_one_of_a_chat_is_on_its_way_at_a_time_and_chats_go_side_by_side(
    api: BotApi, call: Call, bot: Bot
) -> None:
    bot.gate.clear()
    await call("setWebhook", url=bot.url)
    for text in ("1", "2", "3"):
        await api.say(f"a{text}")
        await api.say(f"b{text}", user_id=USER + 1)
    await bot.until(2)
    await asyncio.sleep(0.05)
    assert sorted(bot.texts) == ["a1", "b1"]
    bot.gate.set()
    await until_all_taken(api)
    assert [text for text in bot.texts if text[0] == "a"] == ["a1", "a2", "a3"]
    assert [text for text in bot.texts if text[0] == "b"] == ["b1", "b2", "b3"]


def test_messages_stand_in_line_by_chat_presses_by_person_memberships_by_themselves() -> None:
    chat, person = {"id": GROUP}, {"id": USER}
    queues = [
        queue_of({"update_id": 1, "message": {"chat": chat, "from": person}}),
        queue_of({"update_id": 2, "edited_message": {"chat": chat, "from": person}}),
        queue_of({"update_id": 3, "callback_query": {"from": person, "message": {"chat": chat}}}),
        queue_of({"update_id": 4, "my_chat_member": {"chat": chat, "from": person}}),
    ]
    assert queues == [f"chat {GROUP}", f"chat {GROUP}", f"press {USER}", f"member {GROUP}"]


async def test_one_update_can_be_brought_twice(api: BotApi, call: Call, bot: Bot) -> None:
    await call("setWebhook", url=bot.url)
    await api.say("x")
    await until_all_taken(api)
    api.repeat_last_update()
    await bot.until(2)
    assert bot.taken[0] == bot.taken[1]


async def test_with_a_webhook_nobody_may_poll(api: BotApi, call: Call, bot: Bot) -> None:
    await call("setWebhook", url=bot.url)
    refused = await call("getUpdates")
    assert (refused["error_code"], refused["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    await call("deleteWebhook")
    await api.say("x")
    assert len((await call("getUpdates"))["result"]) == 1
    assert bot.taken == []
    assert (await call("getWebhookInfo"))["result"]["url"] == ""


async def test_the_wanted_kinds_stay_when_the_way_changes(api: BotApi, call: Call, bot: Bot) -> None:
    await call("setWebhook", url=bot.url, allowed_updates=["callback_query"])
    assert (await call("getWebhookInfo"))["result"]["allowed_updates"] == ["callback_query"]
    await call("deleteWebhook")
    await api.say("not wanted")
    assert (await call("getUpdates"))["result"] == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"url": "ftp://example.com"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.com", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_an_address_or_secret_that_telegram_would_not_take_is_refused(
    call: Call, fields: dict[str, str], reason: str
) -> None:
    answer = await call("setWebhook", **fields)
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {reason}")
