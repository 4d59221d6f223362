"""What goes wrong when the bot sends: limits, answers that are late, lost or never come; and what it had sent."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sandbox.botapi import USER, BotApi
from chatbot.sandbox.botapi.errors import ApiError
from chatbot.sandbox.botapi.limits import FloodControl, Limits
from tests.chatbot.sandbox.conftest import TOKEN, Call, Client, Clock

GROUP = -100


@pytest.fixture(autouse=True)
async def _known(api: BotApi) -> None:
    for user_id in range(USER, USER + 40):
        await api.say("/start", user_id=user_id)
    api.add_group(GROUP, members=[USER])


async def codes(call: Call, chat_id: int, times: int) -> list[int]:
    return [(await call("sendMessage", chat_id=chat_id, text=str(n))).get("error_code", 200) for n in range(times)]


# limits


async def test_nothing_is_limited_until_asked_for(api: BotApi, call: Call) -> None:
    assert await codes(call, USER, 40) == [200] * 40
    assert api.floods == 0


async def test_a_person_is_sent_a_few_at_once_and_then_one_a_second(api: BotApi, call: Call, clock: Clock) -> None:
    api.enforce_limits()
    assert await codes(call, USER, 4) == [200, 200, 200, 429]
    refused = await call("sendMessage", chat_id=USER, text="x")
    assert refused["parameters"] == {"retry_after": 1}
    clock.time += timedelta(seconds=1)
    assert await codes(call, USER, 2) == [200, 429]
    clock.time += timedelta(seconds=3)
    assert await codes(call, USER, 4) == [200, 200, 200, 429]
    assert api.floods == 4
    assert {each.method for each in api.refused} == {"sendMessage"}


async def test_a_group_is_sent_twenty_a_minute_edits_included(api: BotApi, call: Call, clock: Clock) -> None:
    api.enforce_limits()
    sent = (await call("sendMessage", chat_id=GROUP, text="digest"))["result"]["message_id"]
    for second in range(1, 20):
        clock.time += timedelta(seconds=1)
        assert (await call("editMessageText", chat_id=GROUP, message_id=sent, text=f"digest {second}"))["ok"]
    refused = await call("editMessageText", chat_id=GROUP, message_id=sent, text="one too many")
    assert refused["parameters"] == {"retry_after": 41}  # the first of 20 was 19 s ago: 60 - 19
    clock.time += timedelta(seconds=41)
    assert await codes(call, GROUP, 2) == [200, 429]  # the second was at 1 s


async def test_all_chats_together_are_sent_thirty_a_second(api: BotApi, call: Call, clock: Clock) -> None:
    api.enforce_limits()
    answers = [(await codes(call, USER + n, 1))[0] for n in range(32)]
    assert answers == [200] * 30 + [429] * 2
    clock.time += timedelta(seconds=1)
    assert await codes(call, USER + 31, 1) == [200]


@given(
    waits_ms=st.lists(st.integers(0, 700), min_size=30, max_size=80),
    chats=st.lists(st.sampled_from([-1, 1, 2, 3]), min_size=80, max_size=80),
)
def test_what_passes_keeps_every_limit(waits_ms: list[int], chats: list[int]) -> None:
    flood, now, passed = FloodControl(), Clock()(), []
    flood.limits = Limits(overall_per_second=5, person_at_once=2, group_per_minute=4)
    for wait_ms, chat_id in zip(waits_ms, chats, strict=False):
        now += timedelta(milliseconds=wait_ms)
        with suppress(ApiError):
            flood.take(chat_id, now)
            passed.append((chat_id, now))
    for chat_id, at in passed:
        second = [each for each, when in passed if at <= when < at + timedelta(seconds=1)]
        minute = [each for each, when in passed if at <= when < at + timedelta(minutes=1)]
        assert len(second) <= 5
        assert minute.count(-1) <= 4
        assert chat_id < 0 or second.count(chat_id) <= 2  # 2 at once; the next a second after the first


# what was sent


async def test_everything_sent_is_recorded_in_order(api: BotApi, call: Call, clock: Clock) -> None:
    sent = (await call("sendMessage", chat_id=USER, text="one"))["result"]
    clock.time += timedelta(seconds=2)
    await call("editMessageText", chat_id=USER, message_id=sent["message_id"], text="two")
    await call("sendChatAction", chat_id=USER, action="typing")
    await call("sendMessage", chat_id=7, text="nobody")
    await call("deleteMessage", chat_id=USER, message_id=sent["message_id"])
    assert [(each.method, each.chat_id, each.text) for each in api.sent] == [
        ("sendMessage", USER, "one"),
        ("editMessageText", USER, "two"),
        ("deleteMessage", USER, ""),
    ]
    assert api.sent[1].at - api.sent[0].at == timedelta(seconds=2)
    (refused,) = api.refused
    assert (refused.chat_id, refused.code, refused.description) == (7, 400, "Bad Request: chat not found")


# answers


async def test_a_slow_answer_comes_after_the_message_has_arrived(api: BotApi, call: Call) -> None:
    api.slow_answers(USER, 30, times=1)
    sending = asyncio.ensure_future(call("sendMessage", chat_id=USER, text="late"))
    async with asyncio.timeout(2):
        while not api.sent:  # noqa: ASYNC110 - the record has no event
            await asyncio.sleep(0.01)
    assert api.messages()[-1]["text"] == "late"
    assert not sending.done()
    assert await codes(call, USER + 1, 1) == [200]
    assert await codes(call, USER, 1) == [200]  # the trouble was planned for one
    sending.cancel()


async def test_a_slow_answer_does_come(api: BotApi, call: Call) -> None:
    api.slow_answers(None, 0.05)
    assert await codes(call, USER, 2) == [200, 200]
    api.calm()
    assert api.state.troubles.meet(USER).trouble is None


async def test_a_lost_answer_breaks_the_connection_after_the_message_has_arrived(api: BotApi, call: Call) -> None:
    api.lose_answers(USER, times=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await call("sendMessage", chat_id=USER, text="lost")
    assert [each.text for each in api.sent] == ["lost"]
    assert await codes(call, USER, 1) == [200]


async def test_what_is_swallowed_never_arrives(api: BotApi, client: Client) -> None:
    api.swallow(USER, times=1)
    with pytest.raises(TimeoutError):
        await client.post(
            f"/bot{TOKEN}/sendMessage",
            json={"chat_id": USER, "text": "x"},
            timeout=aiohttp.ClientTimeout(total=0.2),
        )
    assert api.sent == ()


async def test_the_server_can_fail(api: BotApi, call: Call) -> None:
    api.fail(USER, 502)
    answer = await call("sendMessage", chat_id=USER, text="x")
    assert (answer["error_code"], answer["description"]) == (502, "Bad Gateway")
    assert api.sent == ()
    api.calm(USER)
    assert await codes(call, USER, 1) == [200]
