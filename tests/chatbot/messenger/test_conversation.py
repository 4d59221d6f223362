"""Who may ask what where, and what is said when it cannot be answered. respx plays Telegram."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from chatbot.command import Button, Call, ChatKind, Command, Reply, Services
from chatbot.core.errors import Outage
from chatbot.core.ports import ExchangeState
from chatbot.messenger import build_application, conversation
from chatbot.messenger.asking import NOBODY, Place, Question, Way
from chatbot.messenger.conversation import _doing
from tests.chatbot.messenger.fakes import NOW, FakeButtonLines, FakeInbox, FakeMarket, Recorder, command, draw, services
from tests.chatbot.messenger.updates import ANA, ANONYMOUS_ADMINISTRATOR, GROUP, Json, group, message, person, press

API = "http://telegram.test/bot1:secret"
SENT = {"message_id": 61, "date": 1_790_000_000, "chat": {"id": 7, "type": "private"}, "text": "x"}
OURS = {"id": 1, "is_bot": True, "first_name": "b", "username": "our_bot"}


@dataclass
class Telegram:
    """What was asked of it, and what it refuses."""

    said: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusals: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        if method == "getMe":
            return httpx.Response(200, json={"ok": True, "result": OURS})
        fields = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.said.append((method, fields))
        if self.refusals.get(method):
            refusal = self.refusals[method].pop(0)
            if isinstance(refusal, Exception):
                raise refusal
            return refusal
        is_message = method in ("SendMessage", "EditMessageText")
        return httpx.Response(200, json={"ok": True, "result": SENT if is_message else True})

    @property
    def texts(self) -> list[str]:
        return [fields["text"] for _, fields in self.said if "text" in fields]


class Bot:
    """The application without the polling."""

    def __init__(self, telegram: Telegram) -> None:
        self._router = respx.MockRouter(assert_all_called=False)
        self._router.route(url__startswith=API).mock(side_effect=telegram.answer)
        self._applications: list[Any] = []

    async def hears(self, *updates: Json, commands: tuple[Command, ...], **changes: Any) -> None:
        parts: dict[str, Any] = {
            "services": services(),
            "button_lines": FakeButtonLines(),
            "inbox": FakeInbox(),
            "draw": draw,
        }
        application = build_application(
            token="1:secret",
            api_url="http://telegram.test",
            commands=commands,
            transport=httpx.MockTransport(self._router.async_handler),
            **(parts | changes),
        )
        await application.bot.initialize()
        await application.receiver.take(updates)
        while application.receiver._open:
            await asyncio.wait(application.receiver._open)
        await application.bot.shutdown()


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
def bot(telegram: Telegram) -> Bot:
    return Bot(telegram)


def from_nobody(text: str) -> Json:
    return message(text, chat=group(), sender_chat=group(), sender=person(ANONYMOUS_ADMINISTRATOR, is_bot=True))


async def test_a_group_that_writes_as_itself_has_no_portfolio(telegram: Telegram, bot: Bot) -> None:
    portfolio, lines = Recorder(), FakeButtonLines()
    commands = (command("portfolio", portfolio, in_groups=False),)
    await bot.hears(from_nobody("/portfolio"), commands=commands, button_lines=lines)
    assert "private chat as yourself" in telegram.texts[0]
    assert (portfolio.calls, lines.kept) == ([], {})


async def test_a_group_that_writes_as_itself_gets_public_figures_as_nobody(telegram: Telegram, bot: Bot) -> None:
    hedge = Recorder()
    await bot.hears(from_nobody("/hedge 10 ETH"), commands=(command("hedge", hedge),))
    assert [call.user_id for call in hedge.calls] == [NOBODY]
    assert telegram.texts == ["/hedge 10 ETH for -1"]


async def test_the_way_to_the_private_chat_carries_a_key_of_the_asker_alone(telegram: Telegram, bot: Bot) -> None:
    lines = FakeButtonLines()
    commands = (command("portfolio", Recorder(), in_groups=False),)
    await bot.hears(message("/portfolio", chat=group()), commands=commands, button_lines=lines)
    assert lines.kept == {"k0": ("/portfolio", ANA)}
    [[button]] = json.loads(telegram.said[0][1]["reply_markup"])["inline_keyboard"]
    assert button["url"] == "https://t.me/our_bot?start=k0"
    assert telegram.texts == ["That is for your eyes only. Tap to get it in our private chat."]  # nothing is there yet


async def test_in_a_group_a_long_button_is_anyones(bot: Bot) -> None:
    lines = FakeButtonLines()
    reply = Reply("x", ((Button("long", "/hedge " + "x" * 80),),))
    await bot.hears(message("/hedge", chat=group()), commands=(command("hedge", Recorder(reply)),), button_lines=lines)
    assert [owner for _, owner in lines.kept.values()] == [None]


@pytest.mark.parametrize("data", ["~gone", "old-format", "~"])
async def test_a_button_nobody_remembers_says_so_below(telegram: Telegram, bot: Bot, data: str) -> None:
    hedge = Recorder()
    await bot.hears(press(data), commands=(command("hedge", hedge),))
    assert {method for method, _ in telegram.said} == {"answerCallbackQuery", "SendMessage"}
    assert telegram.texts == ["This button is too old. Please send the command again."]
    assert hedge.calls == []


async def test_the_key_of_somebody_elses_line_opens_nothing(telegram: Telegram, bot: Bot) -> None:
    portfolio, lines = Recorder(), FakeButtonLines({"k0": ("/portfolio clear", ANA + 1)})
    commands = (command("portfolio", portfolio), command("start", Recorder()))
    await bot.hears(press("~k0"), message("/start k0", update_id=2), commands=commands, button_lines=lines)
    assert portfolio.calls == []
    assert sorted(telegram.texts) == ["/start for 7", "This button is too old. Please send the command again."]


async def test_exchanges_that_stay_away_are_named_instead_of_waited_for_for_ever(
    telegram: Telegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "LOADING_PATIENCE_S", 0.01)
    outage = Outage("OKX", "does not answer", NOW - timedelta(minutes=2))
    market = FakeMarket(ready=False, states=(ExchangeState("okx", "OKX", 0, None, outage),))
    hedge = Recorder()
    commands = (command("hedge", hedge, needs_market=True),)
    await bot.hears(message("/hedge"), commands=commands, services=services(market))
    assert [method for method, _ in telegram.said] == ["SendMessage", "EditMessageText"]
    assert "OKX does not answer (2 min so far)" in telegram.texts[1]
    assert hedge.calls == []


async def test_an_answer_that_telegram_refuses_is_our_bug_and_said(
    telegram: Telegram, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"ok": False, "error_code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}
    telegram.refusals["SendMessage"] = [httpx.Response(400, json=body)]
    await bot.hears(message("/hedge", update_id=4711), commands=(command("hedge", Recorder()),))
    assert "<code>4711</code>" in telegram.texts[1]
    assert "update 4711 failed" in caplog.text


async def test_a_telegram_that_does_not_answer_costs_one_line_of_the_log(
    telegram: Telegram, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refusals["SendMessage"] = [httpx.ReadTimeout("slow")]
    await bot.hears(message("/hedge", update_id=4711), commands=(command("hedge", Recorder()),))
    assert caplog.messages == ["update 4711 could not be answered: Timed out"]
    assert len(telegram.said) == 1


async def test_a_flood_is_asked_to_slow_down_once(telegram: Telegram, bot: Bot) -> None:
    async def slow(call: Call, _: Services) -> Reply:
        await asyncio.sleep(0.001)
        return Reply(call.text)

    flood = [message(f"/hedge {number}", update_id=number) for number in range(1, 51)]
    await bot.hears(*flood, commands=(command("hedge", slow),))
    assert sum("faster than I can answer" in text for text in telegram.texts) == 1
    answers = [text for text in telegram.texts if text.startswith("/hedge")]
    assert answers == [f"/hedge {number}" for number in range(1, 21)]


async def test_a_file_that_cannot_be_fetched_is_asked_for_again(telegram: Telegram, bot: Bot) -> None:
    telegram.refusals["getFile"] = [httpx.ReadTimeout("slow")]
    portfolio = Recorder()
    document = {"file_id": "f", "file_unique_id": "u", "file_name": "coins.csv", "file_size": 9}
    await bot.hears(message(document=document), commands=(command("portfolio", portfolio),))
    assert telegram.texts == ["Telegram did not hand over that file. Please send it again."]
    assert portfolio.calls == []


async def test_a_call_carries_its_topic_and_a_plain_reply_has_none(bot: Bot) -> None:
    hedge = Recorder()
    topic = message("/hedge", chat=group(), is_topic_message=True, message_thread_id=4)
    reply = message("/hedge", chat=group(), message_thread_id=9, update_id=2)
    await bot.hears(topic, reply, commands=(command("hedge", hedge),))
    assert [call.thread_id for call in hedge.calls] == [4, None]


async def test_a_press_in_a_group_is_of_its_presser_whose_rights_are_not_taken_for_granted(bot: Bot) -> None:
    settings = Recorder()
    ours = {"message_id": 60, "date": 1_790_000_000, "chat": group(), "text": "card"}
    await bot.hears(press("/settings off", message=ours), commands=(command("settings", settings),))
    [call] = settings.calls
    assert (call.user_id, call.chat_id, call.is_administrator) == (ANA, GROUP, False)


async def test_an_anonymous_administrator_administers_the_group(bot: Bot) -> None:
    settings = Recorder()
    await bot.hears(from_nobody("/settings off"), commands=(command("settings", settings),))
    assert [(call.user_id, call.is_administrator) for call in settings.calls] == [(NOBODY, True)]


async def test_a_button_of_a_channel_opens_the_private_chat_and_leaves_the_post_as_it_is(
    telegram: Telegram, bot: Bot
) -> None:
    funding, lines = Recorder(), FakeButtonLines()
    pressed = press("/funding BTC", message=post_with("/funding BTC"))
    await bot.hears(pressed, commands=(command("funding", funding),), button_lines=lines)
    assert telegram.said == [
        ("answerCallbackQuery", {"callback_query_id": "q1", "url": "https://t.me/our_bot?start=k0"})
    ]
    assert (lines.kept, funding.calls) == ({"k0": ("/funding BTC", None)}, [])


async def test_no_link_that_anybody_may_open_carries_what_is_not_under_the_post(telegram: Telegram, bot: Bot) -> None:
    lines = FakeButtonLines()
    await bot.hears(press("/portfolio clear", message=post_with("/funding BTC")), commands=(), button_lines=lines)
    assert telegram.said == [("answerCallbackQuery", {"callback_query_id": "q1"})]
    assert lines.kept == {}


def post_with(line: str) -> Json:
    """A post of a channel with one button."""
    keyboard = {"inline_keyboard": [[{"text": "More", "callback_data": line}]]}
    channel = {"id": -1009, "type": "channel"}
    return {"message_id": 60, "date": 1_790_000_000, "chat": channel, "text": "digest", "reply_markup": keyboard}


async def test_a_press_is_timed_by_our_clock_and_a_message_by_telegrams(bot: Bot) -> None:
    hedge = Recorder()
    await bot.hears(press("/hedge"), message("/hedge", update_id=2), commands=(command("hedge", hedge),))
    pressed, typed = sorted(hedge.calls, key=lambda call: not call.is_press)
    assert pressed.asked_at == NOW
    assert typed.asked_at.timestamp() == 1_790_000_000


async def test_a_button_tapped_twice_is_one_doing_and_another_button_another() -> None:
    private = Place(7, ChatKind.PRIVATE, pressed=40)
    tap = Question(100, 7, private, Way.PRESSED, "/portfolio add 10 ETH")
    again, other = replace(tap, update_id=101), replace(tap, line="/portfolio add 5 ETH")
    typed = replace(tap, way=Way.TYPED, place=replace(private, pressed=None))
    assert _doing(tap) == _doing(again) < 0
    assert _doing(other) != _doing(tap)
    assert _doing(typed) == 100
