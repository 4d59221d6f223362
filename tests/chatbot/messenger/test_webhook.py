"""Being called by Telegram: who is let in, what is answered when, and what comes again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer, unused_port

from chatbot.core.errors import UserMistake
from chatbot.messenger import Application, Webhook, build_application, serve
from chatbot.messenger.webhook import LARGEST_BODY_BYTES, SECRET_HEADER, webhook_app
from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.messenger.conftest import TOKEN
from tests.chatbot.messenger.fakes import FakeButtonLines, FakeInbox, Recorder, command, draw, services
from tests.chatbot.messenger.updates import Json, message

SECRET = "the-word"
HEADERS = {SECRET_HEADER: SECRET}
Client = TestClient[web.Request, web.Application]


class FakeReceiver:
    """Takes what it is given, when `may_store` is set."""

    def __init__(self) -> None:
        self.taken: list[Json] = []
        self.may_store = asyncio.Event()
        self.may_store.set()
        self.is_full = False
        self.failure: Exception | None = None

    async def take(self, updates: list[Json]) -> None:
        await self.may_store.wait()
        if self.failure is not None:
            raise self.failure
        self.taken.extend(updates)


@pytest.fixture
def receiver() -> FakeReceiver:
    return FakeReceiver()


@pytest.fixture
async def client(receiver: FakeReceiver) -> AsyncIterator[Client]:
    app = webhook_app(receiver, SECRET)  # type: ignore[arg-type] # what the webhook uses of it
    async with TestClient(TestServer(app)) as made:
        yield made


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "the-worD"}, {SECRET_HEADER: ""}, {SECRET_HEADER: "wörd"}])
async def test_who_does_not_know_the_word_is_turned_away(
    client: Client, receiver: FakeReceiver, headers: dict[str, str]
) -> None:
    answer = await client.post("/", json=message("/hedge"), headers=headers)
    assert (answer.status, receiver.taken) == (403, [])


async def test_the_word_is_compared_in_constant_time(
    client: Client, receiver: FakeReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, known: bytes) -> bool:
        compared.append((given, known))
        return True

    monkeypatch.setattr("chatbot.messenger.webhook.hmac.compare_digest", compare)
    assert (await client.post("/", json=message("/hedge"), headers={SECRET_HEADER: "x"})).status == 200
    assert compared == [(b"x", SECRET.encode())]


async def test_200_is_answered_only_when_it_is_stored(client: Client, receiver: FakeReceiver) -> None:
    receiver.may_store.clear()
    calling = asyncio.create_task(client.post("/any/path", json=message("/hedge"), headers=HEADERS))
    await asyncio.sleep(0.05)
    assert not calling.done()
    receiver.may_store.set()
    assert ((await calling).status, receiver.taken) == (200, [message("/hedge")])


@pytest.mark.filterwarnings("default")
async def test_what_could_not_be_stored_comes_again(client: Client, receiver: FakeReceiver) -> None:
    receiver.failure = OSError("disk full")
    assert (await client.post("/", json=message("/hedge"), headers=HEADERS)).status == 500


async def test_when_too_many_are_open_telegram_is_asked_to_come_again(client: Client, receiver: FakeReceiver) -> None:
    receiver.is_full = True
    answer = await client.post("/", json=message("/hedge"), headers=HEADERS)
    assert (answer.status, answer.headers["Retry-After"], receiver.taken) == (503, "2", [])


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"update_id": "1"}', b"\xff\xfe"])
async def test_what_is_no_update_is_refused(client: Client, receiver: FakeReceiver, body: bytes) -> None:
    assert (await client.post("/", data=body, headers=HEADERS)).status == 400
    assert receiver.taken == []


async def test_a_body_is_not_read_beyond_a_megabyte(client: Client, receiver: FakeReceiver) -> None:
    answer = await client.post("/", data=b" " * (LARGEST_BODY_BYTES + 1), headers=HEADERS)
    assert (answer.status, receiver.taken) == (413, [])


async def test_a_host_may_ask_whether_we_live(client: Client) -> None:
    assert (await client.get("/")).status == 200
    assert (await client.get("/else")).status == 405


def application(server: BaseTestServer, inbox: FakeInbox, hedge: Recorder) -> Application:
    return build_application(
        token=TOKEN,
        api_url=str(server.make_url("")).rstrip("/"),
        commands=[command("hedge", hedge)],
        services=services(),
        button_lines=FakeButtonLines(),
        inbox=inbox,
        draw=draw,
    )


async def test_telegram_is_told_where_to_call_and_what_comes_is_answered_once() -> None:
    api, inbox, hedge, port = BotApi(TOKEN, lambda: datetime.now(UTC)), FakeInbox(), Recorder(), unused_port()
    async with TestServer(api.app()) as server:
        stop, webhook = asyncio.Event(), Webhook(f"http://127.0.0.1:{port}/", port, SECRET)
        life = asyncio.create_task(serve(application(server, inbox, hedge), (), stop, webhook=webhook))
        assert (await api.ask("/hedge 1"))["text"] == f"/hedge 1 for {USER}"
        api.repeat_last_update()  # as after a slow 200
        assert (await api.ask("/hedge 2"))["text"] == f"/hedge 2 for {USER}"
        assert api.state.updates.allowed == ("callback_query", "edited_message", "message", "my_chat_member")
        stop.set()
        await asyncio.wait_for(life, 5)
    assert [call.text for call in hedge.calls] == ["/hedge 1", "/hedge 2"]
    assert inbox.finished == sorted(inbox.stored)


async def test_a_bot_that_polls_again_takes_its_webhook_away() -> None:
    api = BotApi(TOKEN, lambda: datetime.now(UTC))
    async with TestServer(api.app()) as server:
        nowhere = unused_port()
        for webhook in (Webhook(f"http://127.0.0.1:{nowhere}/", nowhere, SECRET), None):
            stop = asyncio.Event()
            bot = application(server, FakeInbox(), Recorder())
            life = asyncio.create_task(serve(bot, (), stop, webhook=webhook))
            assert (await api.ask("/hedge"))["text"] == f"/hedge for {USER}"
            stop.set()
            await asyncio.wait_for(life, 5)


async def test_an_address_that_telegram_refuses_is_said_in_plain_words() -> None:
    async with TestServer(BotApi(TOKEN, lambda: datetime.now(UTC)).app()) as server:
        bot = application(server, FakeInbox(), Recorder())
        with pytest.raises(UserMistake, match="refuses WEBHOOK_URL: Bad webhook: an https url must be provided"):
            await serve(bot, (), asyncio.Event(), webhook=Webhook("ftp://bot", unused_port(), SECRET))


def test_the_word_does_not_show() -> None:
    assert SECRET not in repr(Webhook("https://bot.example.org", 8080, SECRET))
