"""What waits in the outbox reaches the phone, through the local Bot API server; the clock can be put forward."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram.ext import ExtBot

from chatbot.command import Button, ChatSettings, Digest, Parcel, Reply, Services, Telling
from chatbot.core.alerts.parcels import Standing
from chatbot.core.alerts.rules import Turn
from chatbot.core.chats import GroupWatch, QuietHours
from chatbot.core.errors import MarketUnavailable
from chatbot.messenger.delivery import Delivery
from chatbot.messenger.pace import Gate, Limits
from chatbot.messenger.sending import Sender
from chatbot.messenger.transport import build_request
from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.messenger import fakes
from tests.chatbot.messenger.outbox import FakeOutbox, parcel
from tests.fakes import FakeSettings

TOKEN = "123456:local-secret"
GROUP, OTHER, CHANNEL = -1001234567890, -1001234567891, -1001234567892
ANSWERED_WITHIN_S = 1.0  # or it is not known whether it arrived
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Clock:
    """The time as it passes, put forward by a test; both as a date and as seconds."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def now(self) -> datetime:
        """It begins at 12:00 UTC."""
        return fakes.NOW + timedelta(seconds=time.monotonic() - self.begun)

    def forward(self, **span: float) -> None:
        self.begun -= timedelta(**span).total_seconds()

    def seconds(self) -> float:
        return time.monotonic() - self.begun + 1_000


@dataclass
class Connection:
    """The way to the server, and what is wrong with it."""

    swallows: bool = False  # what is sent arrives, its answer does not
    arrived: list[str] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)

    def middleware(self) -> Any:
        """Notes each request, before it is answered or not."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.fields.append({name: str(value) for name, value in (await request.post()).items()})
            response = await handler(request)
            self.arrived.append(request.path.rpartition("/")[2].lower())
            if self.swallows:
                await asyncio.sleep(ANSWERED_WITHIN_S + 0.2)
            return response

        return note


async def say(chat_id: int, parcels: tuple[Parcel, ...], _: Services) -> Reply:
    """One line for each."""
    lines = [f"{each.id}{' perhaps seen' if each.standing is Standing.PERHAPS_SEEN else ''}" for each in parcels]
    return Reply(" ".join(lines), ((Button("Why?", f"/funding alert {parcels[0].id} why"),),))


def digest(told: Digest, _: ChatSettings, __: datetime) -> Reply:
    words = [f"{'<s>' if row.is_over else ''}{row.line.coin} {row.line.rate_per_interval}" for row in told.lines]
    return Reply(
        " | ".join(f"{word}</s>" if word.startswith("<s>") else word for word in words),
        ((Button("For my holdings", "/funding", is_private=True),),),
    )


@dataclass
class Stage:
    """The parts of one test."""

    api: BotApi
    connection: Connection
    clock: Clock
    outbox: FakeOutbox
    sender: Sender
    services: Services
    settings: FakeSettings
    chat_book: fakes.FakeChatBook
    lines: fakes.FakeButtonLines
    telling: Telling

    async def tell(self, *parcels: Parcel, until: Callable[[], Any] | None = None, seconds: float = 10.0) -> None:
        """Puts these into the outbox and runs the sender until nothing waits, or until that is so."""
        self.outbox.put(*parcels)
        async with self.running():
            await self.until(until or self._is_done, seconds)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        run = asyncio.create_task(self.sender.run(stop))
        try:
            yield
        finally:
            stop.set()
            await run

    async def until(self, condition: Callable[[], Any], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - the phone has no event for this
                await asyncio.sleep(0.005)

    def _is_done(self) -> bool:
        return not self.outbox.waiting and not self.outbox.begun

    def texts(self, chat_id: int = USER) -> list[str]:
        return [each["text"] for each in self.api.messages(chat_id) if each["from"]["is_bot"]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test looks more often, and waits less long for the end."""
    monkeypatch.setattr("chatbot.messenger.sending.POLL_S", 0.01)
    monkeypatch.setattr("chatbot.messenger.sending.FINISH_S", 3.0)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


@asynccontextmanager
async def staged(limits: Limits | None = None) -> AsyncIterator[Stage]:
    """One person who wrote to the bot, and one forum group."""
    clock, connection = Clock(), Connection()
    api = BotApi(TOKEN, clock.now)
    app = api.app()
    app.middlewares.insert(0, connection.middleware())
    async with TestServer(app) as server:
        base, request = str(server.make_url("/bot")), build_request(read_timeout=ANSWERED_WITHIN_S)
        async with ExtBot(TOKEN, base_url=base, request=request, get_updates_request=build_request()) as bot:
            await api.say("/start")
            api.add_group(GROUP, members=[USER])
            book, settings, lines, outbox = (
                fakes.FakeChatBook(),
                FakeSettings(),
                fakes.FakeButtonLines(),
                FakeOutbox(),
            )
            services = replace(fakes.services(now=clock.now), settings=settings, chat_book=book)  # type: ignore[arg-type]
            delivery = Delivery(
                bot,
                lines,
                fakes.draw,
                gate=Gate(clock.seconds, limits),
                chat_book=services.chat_book,
                now=clock.now,
            )
            telling = Telling(say, digest)
            sender = Sender(outbox, delivery, services, telling)
            yield Stage(api, connection, clock, outbox, sender, services, settings, book, lines, telling)


async def test_all_that_waits_for_a_person_is_one_message_with_its_buttons(stage: Stage) -> None:
    await stage.tell(parcel(1, USER), parcel(2, USER), parcel(3, USER))
    assert stage.texts() == ["1 2 3"]
    assert stage.outbox.told_ids == [1, 2, 3]
    [[button]] = stage.api.messages()[-1]["reply_markup"]["inline_keyboard"]
    assert button == {"text": "Why?", "callback_data": "/funding alert 1 why"}


async def test_that_a_message_is_on_its_way_is_stored_before_it_leaves(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, seen = stage.outbox.begin, list[int]()

    async def slow_begin(ids: Any) -> None:
        await asyncio.sleep(0.05)
        seen.append(len(stage.texts()))
        await begin(ids)

    monkeypatch.setattr(stage.outbox, "begin", slow_begin)
    await stage.tell(parcel(1, USER))
    assert seen == [0]


async def test_a_group_has_one_message_that_is_edited_when_there_is_something_new(stage: Stage) -> None:
    await stage.tell(parcel(1, GROUP))
    assert stage.texts(GROUP) == ["BTC 0.0006"]
    await stage.tell(parcel(2, GROUP, coin="ETH", rate="0.0007", at=fakes.NOW + timedelta(seconds=1)))
    [message] = [each for each in stage.api.messages(GROUP) if each["from"]["is_bot"]]
    assert message["text"] == "ETH 0.0007 | BTC 0.0006"
    assert stage.outbox.digests[GROUP].message_id == message["message_id"]
    assert stage.connection.arrived.count("sendmessage") == 1
    assert stage.outbox.told_ids == [1, 2]


async def test_an_edit_that_would_change_nothing_is_not_sent(stage: Stage) -> None:
    await stage.tell(parcel(1, GROUP))
    await stage.tell(parcel(2, GROUP, Turn.CHANGED))
    assert stage.connection.arrived.count("editmessagetext") == 0
    assert stage.outbox.told_ids == [1, 2]


async def test_other_values_alone_are_edited_in_once_a_minute(stage: Stage) -> None:
    later = fakes.NOW + timedelta(seconds=1)
    await stage.tell(parcel(1, GROUP))
    changed = parcel(2, GROUP, Turn.CHANGED, rate="0.0008", at=later)
    stage.outbox.put(changed)
    async with stage.running():
        await asyncio.sleep(0.1)
        assert stage.texts(GROUP) == ["BTC 0.0006"]
        stage.clock.forward(seconds=60)
        await stage.until(lambda: stage.texts(GROUP) == ["BTC 0.0008"])
    assert stage.connection.arrived.count("editmessagetext") == 1


async def test_something_new_takes_the_other_values_along_at_once(stage: Stage) -> None:
    later = fakes.NOW + timedelta(seconds=1)
    await stage.tell(parcel(1, GROUP))
    stage.outbox.put(parcel(2, GROUP, Turn.CHANGED, rate="0.0008", at=later))
    async with stage.running():
        await asyncio.sleep(0.05)
        stage.outbox.put(parcel(3, GROUP, Turn.CLEARED, rate="0.0001", at=later + timedelta(seconds=1)))
        await stage.until(lambda: stage.outbox.told_ids == [1, 2, 3])
    assert stage.texts(GROUP) == ["BTC 0.0001"]  # struck through
    assert stage.api.messages(GROUP)[-1]["entities"][0]["type"] == "strikethrough"


async def test_a_message_that_was_deleted_in_the_group_is_sent_anew(stage: Stage) -> None:
    await stage.tell(parcel(1, GROUP))
    stage.api.chat(GROUP).remove(stage.api.messages(GROUP)[-1]["message_id"])
    await stage.tell(parcel(2, GROUP, coin="ETH"))
    assert len(stage.texts(GROUP)) == 1
    assert stage.outbox.digests[GROUP].message_id == stage.api.messages(GROUP)[-1]["message_id"]


async def test_what_is_for_one_person_in_a_group_opens_the_private_chat(stage: Stage) -> None:
    await stage.tell(parcel(1, GROUP))
    [[button]] = stage.api.messages(GROUP)[-1]["reply_markup"]["inline_keyboard"]
    assert button == {"text": "For my holdings", "url": "https://t.me/sandbox_bot?start=k0"}
    assert stage.lines.kept == {"k0": ("/funding", None)}


async def test_a_flooded_chat_waits_as_told_and_the_others_do_not(stage: Stage) -> None:
    await stage.api.say("/start", user_id=USER + 1)
    stage.api.flood(USER, 40)
    stage.outbox.put(parcel(1, USER), parcel(2, USER + 1))
    async with stage.running():
        await stage.until(lambda: stage.texts(USER + 1) == ["2"])
        await stage.until(lambda: USER in stage.outbox.held)
        assert 38 < (stage.outbox.held[USER] - stage.clock.now()).total_seconds() <= 40
        assert stage.texts() == []
        stage.clock.forward(seconds=41)
        await stage.until(lambda: stage.texts() == ["1"])
    assert sorted(stage.outbox.told_ids) == [1, 2]
    assert stage.connection.arrived.count("sendmessage") == 3


async def test_where_many_chats_are_refused_everybody_waits(stage: Stage) -> None:
    people = [USER + number for number in range(8)]
    for user_id in people:
        await stage.api.say("/start", user_id=user_id)
        stage.api.flood(user_id, 30)
    await stage.tell(
        *(parcel(number, user_id) for number, user_id in enumerate(people)), until=lambda: len(stage.outbox.held) == 8
    )
    await stage.api.say("/start", user_id=USER + 100)
    stage.outbox.put(parcel(100, USER + 100))
    async with stage.running():
        await asyncio.sleep(0.1)
        assert stage.texts(USER + 100) == []
        assert 100 in stage.outbox.waiting  # not even begun: a kill now would leave nothing unknown


@pytest.mark.parametrize("kind", ["blocked", "removed"])
async def test_a_dead_chat_goes_quiet_and_keeps_its_parcels(stage: Stage, kind: str) -> None:
    chat_id = USER if kind == "blocked" else GROUP
    stage.api.block() if kind == "blocked" else stage.api.remove_bot(GROUP)
    await stage.tell(parcel(1, chat_id), until=lambda: stage.chat_book.quiet)
    assert stage.chat_book.quiet == {chat_id: kind}
    assert set(stage.outbox.waiting) == {1}
    assert stage.outbox.told_ids == []


async def test_a_group_that_became_a_supergroup_is_told_there(stage: Stage) -> None:
    stage.api.add_group(-5, members=[USER])
    stage.api.upgrade_group(-5, OTHER)
    await stage.tell(parcel(1, -5))
    assert stage.chat_book.new_ids == {-5: OTHER}
    assert stage.texts(OTHER) == ["BTC 0.0006"]
    assert stage.outbox.told_ids == [1]


async def test_what_may_have_arrived_is_not_sent_again(stage: Stage) -> None:
    stage.connection.swallows = True
    await stage.tell(parcel(1, USER), until=lambda: stage.outbox.unknown_ids == [1])
    stage.connection.swallows = False
    await stage.tell(parcel(2, USER))
    assert stage.texts() == ["1", "2"]  # it had arrived
    assert stage.outbox.told_ids == [2]


async def test_an_edit_without_an_answer_is_repeated_because_it_says_the_same_twice(stage: Stage) -> None:
    await stage.tell(parcel(1, GROUP))
    stage.connection.swallows = True
    later = fakes.NOW + timedelta(seconds=1)
    await stage.tell(parcel(2, GROUP, coin="ETH", at=later), until=lambda: GROUP in stage.outbox.held)
    stage.connection.swallows = False
    stage.clock.forward(seconds=20)
    await stage.tell()
    assert stage.outbox.told_ids == [1, 2]
    assert stage.outbox.unknown_ids == []
    assert stage.texts(GROUP) == ["ETH 0.0006 | BTC 0.0006"]


async def test_what_surely_did_not_arrive_is_sent_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    address = stage.sender._delivery._bot._base_url
    monkeypatch.setattr(stage.sender._delivery._bot, "_base_url", "http://127.0.0.1:1/bot")
    await stage.tell(parcel(1, USER), until=lambda: USER in stage.outbox.held)
    assert set(stage.outbox.waiting) == {1}
    monkeypatch.setattr(stage.sender._delivery._bot, "_base_url", address)
    stage.clock.forward(seconds=20)
    await stage.tell()
    assert stage.texts() == ["1"]


async def test_quiet_hours_are_kept_in_the_zone_of_the_chat(stage: Stage) -> None:
    # 12:00 UTC is 13:00 in Berlin, whose quiet hours end at 15:00, 14:00 UTC
    stage.settings.chosen[USER] = ChatSettings(zone="Europe/Berlin", quiet=QuietHours(13, 15))
    await stage.tell(parcel(1, USER), until=lambda: stage.outbox.held)
    assert stage.outbox.held == {USER: datetime(2026, 11, 20, 14, 0, tzinfo=UTC)}
    assert stage.texts() == []
    stage.clock.forward(hours=2)
    await stage.tell()
    assert stage.texts() == ["1"]


async def test_a_quiet_chat_is_never_written_to(stage: Stage) -> None:
    stage.outbox.quiet = {USER}
    stage.outbox.put(parcel(1, USER))
    async with stage.running():
        await asyncio.sleep(0.1)
    assert stage.connection.arrived == ["getme"]


@contextmanager
def failing(stage: Stage, monkeypatch: pytest.MonkeyPatch, number: int, error: Exception) -> Iterator[None]:
    """This parcel cannot be written down."""

    async def fail(chat_id: int, parcels: tuple[Parcel, ...], services: Services) -> Reply:
        if number in {each.id for each in parcels}:
            raise error
        return await say(chat_id, parcels, services)

    def fail_digest(told: Digest, settings: ChatSettings, now: datetime) -> Reply:
        if f"C{number}" in {row.line.coin for row in told.lines}:
            raise error
        return digest(told, settings, now)

    with monkeypatch.context() as patch:
        patch.setattr(stage.sender, "_telling", Telling(fail, fail_digest))
        yield


async def test_a_bug_with_one_alert_silences_no_other_and_is_confessed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.api.say("/start", user_id=USER + 1)
    with failing(stage, monkeypatch, 2, ZeroDivisionError()):
        await stage.tell(*(parcel(number, USER) for number in (1, 2, 3)), parcel(4, USER + 1))
    assert stage.texts(USER + 1) == ["4"]
    first, second, third = stage.texts()
    assert (first, third) == ("1", "3")
    assert "under number 2." in second
    assert "ZeroDivisionError" in caplog.text


async def test_a_bug_with_one_line_of_a_digest_leaves_that_line_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    parcels = [parcel(number, GROUP, coin=f"C{number}", rate=f"0.000{number}") for number in (7, 8)]
    others = [replace(each, fact=replace(each.fact, rule=replace(each.fact.rule, id=each.id))) for each in parcels]
    with failing(stage, monkeypatch, 8, ZeroDivisionError()):
        await stage.tell(*others)
    assert stage.texts(GROUP) == ["C7 0.0007"]
    assert "parcel 8 could not be told" in caplog.text


async def test_what_telegram_does_not_take_is_confessed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def nothing(*_: object) -> Reply:
        return Reply(" ")

    monkeypatch.setattr(stage.sender, "_telling", Telling(nothing, digest))
    await stage.tell(parcel(1, USER))
    [text] = stage.texts()
    assert "under number 1." in text
    assert "Telegram refused what we said" in caplog.text


async def test_an_alert_whose_exchanges_are_away_waits_for_them(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(stage, monkeypatch, 1, MarketUnavailable("No exchange answered.", ())):
        await stage.tell(parcel(1, USER), until=lambda: USER in stage.outbox.held)
    assert stage.texts() == []
    stage.clock.forward(seconds=20)
    await stage.tell()
    assert stage.texts() == ["1"]


async def test_what_became_of_an_alert_and_could_not_be_stored_is_unknown_without_a_restart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, failures = stage.outbox.told, [OSError("locked")]

    async def fail_first(ids: Any, digest: Any = None) -> None:
        if failures:
            raise failures.pop()
        await told(ids, digest)

    monkeypatch.setattr(stage.outbox, "told", fail_first)
    await stage.tell(parcel(1, USER), until=lambda: stage.outbox.unknown_ids)
    assert (stage.outbox.unknown_ids, stage.outbox.begun, stage.texts()) == ([1], {}, ["1"])


async def test_a_database_that_fails_for_one_chat_stops_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    load = stage.settings.load

    async def fail(chat_id: int) -> ChatSettings:
        if chat_id == GROUP:
            raise OSError("disk")
        return await load(chat_id)

    monkeypatch.setattr(stage.settings, "load", fail)
    stage.outbox.put(parcel(1, GROUP))
    async with stage.running():
        await asyncio.sleep(0.05)
        stage.outbox.put(parcel(2, USER))
        await stage.until(lambda: stage.texts() == ["2"])
    assert caplog.text.count(f"telling chat {GROUP} failed") == 1  # it rests for a minute
    assert set(stage.outbox.waiting) == {1}


async def test_alerts_go_before_digests() -> None:
    async with staged() as stage:
        for number in range(10):
            stage.api.add_group(GROUP - 10 - number)
            await stage.api.say("/start", user_id=USER + number)
        stage.outbox.put(*(parcel(number, GROUP - 10 - number) for number in range(10)))
        stage.outbox.put(*(parcel(100 + number, USER + number) for number in range(10)))
        await stage.tell()
    assert all(number >= 100 for number in stage.outbox.told_ids[:10])


async def test_what_was_under_way_at_the_last_stop_is_told_as_perhaps_seen(stage: Stage) -> None:
    stage.outbox.begun[1] = parcel(1, USER)
    async with stage.running():
        await stage.until(lambda: stage.texts() == ["1 perhaps seen"])


async def test_stopping_finishes_what_is_on_its_way(stage: Stage) -> None:
    stage.connection.swallows = True
    stage.outbox.put(parcel(1, USER))
    async with stage.running():
        await stage.until(lambda: stage.outbox.begun)
    assert stage.outbox.unknown_ids == [1]


async def test_a_digest_goes_into_its_topic_and_to_the_general_one_when_that_is_deleted(stage: Stage) -> None:
    stage.api.add_group(OTHER, members=[USER], is_forum=True)
    topic = stage.api.add_topic(OTHER, "Funding")
    stage.settings.chosen[OTHER] = ChatSettings(watch=GroupWatch(thread_id=topic))
    await stage.tell(parcel(1, OTHER))
    [message] = [each for each in stage.api.messages(OTHER) if each["from"]["is_bot"] and "text" in each]
    assert message["message_thread_id"] == topic
    stage.api.delete_topic(OTHER, topic)
    await stage.tell(parcel(2, OTHER, coin="ETH", at=fakes.NOW + timedelta(seconds=1)))
    [message] = [each for each in stage.api.messages(OTHER) if each["from"]["is_bot"] and "text" in each]
    assert "message_thread_id" not in message
    assert stage.outbox.told_ids == [1, 2]


async def test_the_general_topic_is_written_to_without_its_number(stage: Stage) -> None:
    stage.api.add_group(OTHER, members=[USER], is_forum=True)
    stage.settings.chosen[OTHER] = ChatSettings(watch=GroupWatch(thread_id=1))
    await stage.tell(parcel(1, OTHER))
    assert stage.outbox.told_ids == [1]


async def test_a_closed_topic_and_a_channel_without_rights_are_quiet(stage: Stage) -> None:
    stage.api.add_group(OTHER, members=[USER], is_forum=True)
    topic = stage.api.add_topic(OTHER, "Funding")
    stage.api.close_topic(OTHER, topic)
    stage.settings.chosen[OTHER] = ChatSettings(watch=GroupWatch(thread_id=topic))
    stage.api.add_channel(CHANNEL, administrators=[USER])
    stage.api.promote_bot(CHANNEL, can_post_messages=False)
    stage.outbox.put(parcel(1, OTHER), parcel(2, CHANNEL))
    await stage.tell(until=lambda: len(stage.chat_book.quiet) == 2)
    assert stage.chat_book.quiet == {OTHER: "may not post", CHANNEL: "may not post"}
    assert set(stage.outbox.waiting) == {1, 2}


async def test_a_burst_for_one_person_meets_no_flood_control(stage: Stage) -> None:
    stage.api.enforce_limits()
    for number in range(1, 4):
        await stage.tell(parcel(number, USER))
    stage.clock.forward(seconds=4)
    for number in range(4, 7):
        await stage.tell(parcel(number, USER))
    assert len(stage.texts()) == 6
    assert stage.api.floods == 0


async def test_an_outbox_that_is_locked_for_a_moment_is_asked_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    due, failures = stage.outbox.due, [OSError("locked"), OSError("locked")]

    async def fail_first(now: datetime) -> Any:
        if failures:
            raise failures.pop()
        return await due(now)

    monkeypatch.setattr(stage.outbox, "due", fail_first)
    monkeypatch.setattr(stage.sender, "_passing", (OSError,))
    await stage.tell(parcel(1, USER))
    assert stage.texts() == ["1"]
    assert caplog.text.count("asked again") == 2


async def test_what_was_told_while_the_outbox_was_read_is_not_told_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = stage.outbox.due

    async def read_slowly(now: datetime) -> Any:
        read = await due(now)
        await asyncio.sleep(0.03)  # long enough for a message and its acknowledgement
        return read

    monkeypatch.setattr(stage.outbox, "due", read_slowly)
    for number in range(1, 6):
        await stage.tell(parcel(number, USER))
    assert stage.texts() == ["1", "2", "3", "4", "5"]
