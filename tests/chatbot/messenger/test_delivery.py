"""Replies sent through a Telegram that is busy, slow, away or of another opinion. respx plays it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut
from telegram.ext import ExtBot

from chatbot.command import Button, ChatKind, Drawing, Picture, Reply
from chatbot.messenger import patience
from chatbot.messenger.asking import Place
from chatbot.messenger.delivery import NOT_DRAWN, Delivery, Link, PartlySentError
from chatbot.messenger.pace import Gate, Priority
from chatbot.messenger.refusals import Unknown, meaning_of
from chatbot.messenger.transport import build_request
from tests.chatbot.messenger.fakes import NOW, FakeButtonLines, FakeChatBook, draw

API = "http://telegram.test/bot1:secret"
HERE = Place(7, ChatKind.PRIVATE)
PRESSED = Place(7, ChatKind.PRIVATE, pressed=60)
SENT = {"message_id": 61, "date": 1_790_000_000, "chat": {"id": 7, "type": "private"}, "text": "x"}
OK = httpx.Response(200, json={"ok": True, "result": SENT})


def refusal(code: int, description: str, **parameters: Any) -> httpx.Response:
    return httpx.Response(
        code, json={"ok": False, "error_code": code, "description": description, "parameters": parameters}
    )


@pytest.fixture
def telegram() -> respx.MockRouter:
    return respx.MockRouter(assert_all_called=False)


@pytest.fixture
def clock() -> list[float]:
    """Seconds by which the gate's clock is ahead; a pause puts it forward."""
    return [0.0]


@pytest.fixture
def chat_book() -> FakeChatBook:
    return FakeChatBook()


@pytest.fixture
async def delivery(telegram: respx.MockRouter, chat_book: FakeChatBook, clock: list[float]) -> AsyncIterator[Delivery]:
    def request() -> Any:
        return build_request(transport=httpx.MockTransport(telegram.async_handler))

    telegram.post(f"{API}/getMe").respond(
        json={"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "b", "username": "our_bot"}}
    )
    base = API.removesuffix("1:secret")
    async with ExtBot("1:secret", base_url=base, request=request(), get_updates_request=request()) as bot:
        gate = Gate(lambda: time.monotonic() + clock[0])
        yield Delivery(bot, FakeButtonLines(), draw, gate=gate, chat_book=cast(Any, chat_book), now=lambda: NOW)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> list[float]:
    """How long was waited before each further attempt; nobody really waits."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    for attempt in (patience.send, patience.edit):
        monkeypatch.setattr(attempt.retry, "sleep", wait)
    return waited


def sending(telegram: respx.MockRouter, *answers: Any) -> respx.Route:
    return telegram.post(f"{API}/SendMessage").mock(side_effect=list(answers))


def editing(telegram: respx.MockRouter, *answers: Any) -> respx.Route:
    return telegram.post(f"{API}/EditMessageText").mock(side_effect=list(answers))


def form(call: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(call.request.content.decode()).items()}


async def test_a_message_is_html_without_preview_and_its_number_comes_back(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    route = sending(telegram, OK)
    assert await delivery.deliver(Reply("<b>5</b>"), HERE) == 61
    sent = form(route.calls[0])
    assert (sent["chat_id"], sent["text"], sent["parse_mode"]) == ("7", "<b>5</b>", "HTML")
    assert json.loads(sent["link_preview_options"]) == {"is_disabled": True}
    assert "reply_parameters" not in sent


async def test_in_a_group_the_question_is_replied_to_even_if_it_is_deleted_meanwhile(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    route = sending(telegram, OK)
    await delivery.deliver(Reply("x"), Place(-1001, ChatKind.GROUP, thread_id=4, reply_to=50))
    sent = form(route.calls[0])
    assert json.loads(sent["reply_parameters"]) == {"message_id": 50, "allow_sending_without_reply": True}
    assert sent["message_thread_id"] == "4"


async def test_buttons_carry_commands_keys_texts_to_copy_and_addresses(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    route = sending(telegram, OK)
    exactly_64_bytes, one_more = "/hedge " + "x" * 57, "/hedge " + "x" * 58
    row = (Button("a", exactly_64_bytes), Button("b", one_more), Button("c", copy_text="5.00"))
    await delivery.deliver(Reply("x", (row,)), HERE, 7, Link("go", "https://t.me/our_bot?start=k"))
    assert json.loads(form(route.calls[0])["reply_markup"])["inline_keyboard"] == [
        [
            {"text": "a", "callback_data": exactly_64_bytes},
            {"text": "b", "callback_data": "~k0"},
            {"text": "c", "copy_text": {"text": "5.00"}},
        ],
        [{"text": "go", "url": "https://t.me/our_bot?start=k"}],
    ]


async def test_a_row_holds_eight_buttons(telegram: respx.MockRouter, delivery: Delivery) -> None:
    route = sending(telegram, OK)
    await delivery.deliver(Reply("x", (tuple(Button(str(n), f"/{n}") for n in range(10)),)), HERE)
    keyboard = json.loads(form(route.calls[0])["reply_markup"])["inline_keyboard"]
    assert [len(row) for row in keyboard] == [8, 2]


async def test_a_message_that_never_left_is_sent_again(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    route = sending(telegram, httpx.ConnectError("refused"), httpx.PoolTimeout("full"), OK)
    await delivery.deliver(Reply("x"), HERE)
    assert route.call_count == 3
    assert 0 < pauses[0] < pauses[1] < 2


async def test_a_message_that_may_have_arrived_is_not_sent_again(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    route = sending(telegram, httpx.ReadTimeout("slow"), OK)
    with pytest.raises(TimedOut):
        await delivery.deliver(Reply("x"), HERE)
    assert (route.call_count, pauses) == (1, [])


async def test_a_connection_that_was_lost_while_the_answer_came_is_as_uncertain(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    route = sending(telegram, httpx.RemoteProtocolError("lost"), OK)
    with pytest.raises(NetworkError):
        await delivery.deliver(Reply("x"), HERE)
    assert (route.call_count, pauses) == (1, [])


async def test_an_edit_is_repeated_after_a_time_out_because_it_says_the_same_twice(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    route = editing(telegram, httpx.ReadTimeout("slow"), refusal(400, "Bad Request: message is not modified: same"))
    assert await delivery.deliver(Reply("x"), PRESSED) == 60
    assert (route.call_count, len(pauses)) == (2, 1)


async def test_a_telegram_in_trouble_is_tried_four_times(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    route = sending(telegram, *[refusal(502, "Bad Gateway")] * 5)
    with pytest.raises(NetworkError):
        await delivery.deliver(Reply("x"), HERE)
    assert (route.call_count, len(pauses)) == (4, 3)


async def test_a_flood_wait_is_as_long_as_telegram_says(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    sending(telegram, refusal(429, "Too Many Requests: retry after 7", retry_after=7), OK)
    assert await delivery.deliver(Reply("x"), HERE) == 61
    assert pauses == [7.0]


async def test_a_flood_wait_of_minutes_is_not_waited_for(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    sending(telegram, refusal(429, "Too Many Requests: retry after 300", retry_after=300), OK)
    with pytest.raises(RetryAfter):
        await delivery.deliver(Reply("x"), HERE)
    assert pauses == []


async def test_a_group_that_became_a_supergroup_is_followed_to_its_new_number(
    telegram: respx.MockRouter, delivery: Delivery, chat_book: FakeChatBook
) -> None:
    route = sending(telegram, refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009), OK)
    await delivery.deliver(Reply("x"), Place(-5, ChatKind.GROUP, reply_to=50))
    assert form(route.calls[1])["chat_id"] == "-1009"
    assert chat_book.new_ids == {-5: -1009}
    assert "reply_parameters" not in form(route.calls[1])


async def test_somebody_who_blocked_the_bot_is_not_tried_again(
    telegram: respx.MockRouter, delivery: Delivery, chat_book: FakeChatBook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    route = sending(telegram, refusal(403, "Forbidden: bot was blocked by the user"))
    assert await delivery.deliver(Reply("x"), HERE) == 0
    assert route.call_count == 1
    assert chat_book.quiet == {7: "blocked"}
    assert [record.levelname for record in caplog.records if record.name.startswith("chatbot")] == ["INFO"]


async def test_a_chat_is_not_silenced_for_one_closed_topic(
    telegram: respx.MockRouter, delivery: Delivery, chat_book: FakeChatBook
) -> None:
    sending(telegram, refusal(400, "Bad Request: TOPIC_CLOSED"))
    assert await delivery.deliver(Reply("x"), Place(-1001, ChatKind.GROUP, thread_id=4)) == 0
    assert chat_book.quiet == {}


async def test_the_general_topic_is_left_out(telegram: respx.MockRouter, delivery: Delivery) -> None:
    route = sending(telegram, OK)
    await delivery.deliver(Reply("x"), Place(-1001, ChatKind.GROUP, thread_id=1))
    assert "message_thread_id" not in form(route.calls[0])


async def test_what_was_for_a_deleted_topic_goes_to_the_general_one(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    route = sending(telegram, refusal(400, "Bad Request: message thread not found"), OK)
    assert await delivery.deliver(Reply("x"), Place(-1001, ChatKind.GROUP, thread_id=4)) == 61
    assert [form(call).get("message_thread_id") for call in route.calls] == ["4", None]


async def test_a_private_button_opens_the_private_chat_in_a_group_and_asks_at_once_in_it(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    route = sending(telegram, OK, OK)
    reply = Reply("x", ((Button("For my holdings", "/funding", is_private=True),),))
    await delivery.deliver(reply, Place(-1001, ChatKind.GROUP))
    await delivery.deliver(reply, HERE, 7)
    keyboards = [json.loads(form(call)["reply_markup"])["inline_keyboard"] for call in route.calls]
    assert keyboards == [
        [[{"text": "For my holdings", "url": "https://t.me/our_bot?start=k0"}]],
        [[{"text": "For my holdings", "callback_data": "/funding"}]],
    ]


async def test_a_picture_that_hangs_is_an_apology_with_the_words_of_its_caption(
    telegram: respx.MockRouter, delivery: Delivery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def hang(_: Drawing) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr("chatbot.messenger.delivery.DRAWN_WITHIN_S", 0.01)
    monkeypatch.setattr(delivery, "_draw", hang)
    telegram.post(f"{API}/sendChatAction").respond(json={"ok": True, "result": True})
    route = sending(telegram, OK)
    picture = Picture("Hedge", (), "price", "result", (), (), "the <b>caption</b>")
    assert await delivery.deliver(Reply("", picture=picture), HERE) == 61
    assert form(route.calls[0])["text"] == f"the <b>caption</b>\n\n{NOT_DRAWN}"
    assert "not drawn" in caplog.text


async def nothing() -> None:
    """What is stored before a message leaves."""


async def test_what_nobody_asked_for_is_tried_once(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    route = sending(telegram, refusal(502, "Bad Gateway"), OK)
    with pytest.raises(NetworkError):
        await delivery.tell(Reply("x"), HERE, Priority.ALERT, nothing)
    assert (route.call_count, pauses) == (1, [])


async def test_a_long_message_of_which_a_part_arrived_is_not_said_to_have_been_refused(
    telegram: respx.MockRouter, delivery: Delivery, pauses: list[float]
) -> None:
    sending(telegram, OK, *[refusal(429, "Too Many Requests", retry_after=90)] * 4)
    with pytest.raises(PartlySentError) as refused:
        await delivery.tell(Reply("x\n" * 3000), HERE, Priority.ALERT, nothing)
    assert meaning_of(refused.value) == Unknown()


async def test_a_refusal_for_flooding_is_known_at_the_gate(telegram: respx.MockRouter, delivery: Delivery) -> None:
    route = sending(telegram, refusal(429, "Too Many Requests", retry_after=90), OK)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await delivery.tell(Reply("x"), HERE, Priority.ALERT, nothing)
    assert route.call_count == 1
    await delivery.tell(Reply("x"), Place(8, ChatKind.PRIVATE), Priority.ALERT, nothing)
    assert route.call_count == 2


async def test_a_message_that_is_gone_is_answered_below(telegram: respx.MockRouter, delivery: Delivery) -> None:
    editing(telegram, refusal(400, "Bad Request: message to edit not found"))
    route = sending(telegram, OK)
    assert await delivery.deliver(Reply("x"), PRESSED) == 61
    assert route.call_count == 1


async def test_any_other_refusal_comes_to_light(telegram: respx.MockRouter, delivery: Delivery) -> None:
    sending(telegram, refusal(400, "Bad Request: BUTTON_DATA_INVALID"))
    with pytest.raises(BadRequest):
        await delivery.deliver(Reply("x"), HERE)


async def test_an_answer_of_its_own_leaves_the_pressed_message_alone(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    route = sending(telegram, OK)
    await delivery.deliver(Reply("x", is_new_message=True), PRESSED)
    assert route.call_count == 1


async def test_an_old_press_that_cannot_be_acknowledged_is_no_failure(
    telegram: respx.MockRouter, delivery: Delivery
) -> None:
    telegram.post(f"{API}/answerCallbackQuery").mock(return_value=refusal(400, "Bad Request: query is too old"))
    await delivery.acknowledge("q1")


async def test_typing_is_shown_only_while_it_takes_long(
    telegram: respx.MockRouter, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.messenger.delivery.BUSY_AFTER_S", 0.02)
    route = telegram.post(f"{API}/sendChatAction").respond(json={"ok": True, "result": True})
    with delivery.shown_busy(HERE):
        pass
    await asyncio.sleep(0.05)
    assert route.call_count == 0
    with delivery.shown_busy(HERE):
        await asyncio.sleep(0.1)
    assert route.call_count == 1
    assert form(route.calls[0])["action"] == "typing"
