"""The bot end to end: a person's phone, a Bot API server on this machine, long polling, and the answer."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from chatbot.command import Audience, Button, Call, Curve, File, Picture, Reply, Services
from chatbot.core.errors import UserMistake
from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.messenger.conftest import Start
from tests.chatbot.messenger.fakes import FakeButtonLines, FakeChatBook, FakeMarket, Recorder, command, echo, services

GROUP = -1001234567890
CURVE = Curve("hedged", ((Decimal(0), Decimal(0)), (Decimal(1), Decimal(5))))
PICTURE = Picture("Hedge", (), "price", "result", (CURVE,), (), "the <b>caption</b>")


async def until(condition: Any, within: float = 5.0) -> None:
    """Waits for what the phone is to show."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - the phone has no event for this
            await asyncio.sleep(0.01)


def bot_texts(api: BotApi, chat_id: int = USER) -> list[str]:
    return [message["text"] for message in api.messages(chat_id) if message["from"]["is_bot"] and "text" in message]


async def test_a_typed_command_is_answered(start: Start) -> None:
    api = await start(command("hedge", echo))
    answer = await api.ask("/Hedge 10 ETH")
    assert answer["text"] == "/hedge 10 ETH"


async def test_pressing_edits_the_message_and_stops_the_waiting_sign(start: Start) -> None:
    async def answer(call: Call, _: Services) -> Reply:
        return Reply(f"<b>{call.words}</b>", ((Button("75 %", "/hedge 75%"), Button("Copy", copy_text="5.00")),))

    api = await start(command("hedge", answer))
    first = await api.ask("/hedge 50%")
    query = await api.press(first["message_id"], "/hedge 75%")
    assert await api.answer(query["id"]) is not None
    await until(lambda: bot_texts(api) == ["75%"])


async def test_a_press_that_changes_nothing_is_no_failure(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    async def answer(_: Call, __: Services) -> Reply:
        return Reply("the same", ((Button("again", "/same"),),))

    api = await start(command("same", answer))
    first = await api.ask("/same")
    query = await api.press(first["message_id"], "/same")
    await api.answer(query["id"])
    await api.ask("/same")
    assert bot_texts(api) == ["the same", "the same"]
    assert not caplog.records


async def test_a_line_too_long_for_a_button_is_kept_for_its_owner_and_comes_back_when_pressed(start: Start) -> None:
    long_line = "/hedge " + "1 ETH " * 20
    lines = FakeButtonLines()

    async def answer(call: Call, _: Services) -> Reply:
        return Reply("pressed" if call.text == long_line else "first", ((Button("long", long_line),),))

    api = await start(command("hedge", answer), button_lines=lines)
    first = await api.ask("/hedge")
    data = first["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert data == "~k0"
    assert lines.kept == {"k0": (long_line, USER)}
    await api.press(first["message_id"], data)
    await until(lambda: bot_texts(api) == ["pressed"])


async def test_a_picture_is_sent_as_a_photo_below_the_message_that_was_pressed(start: Start) -> None:
    async def answer(call: Call, _: Services) -> Reply:
        return Reply("text", ((Button("Chart", "/chart k3f9"),),), picture=PICTURE if call.is_press else None)

    api = await start(command("chart", answer))
    first = await api.ask("/chart")
    await api.press(first["message_id"], "/chart k3f9")
    await until(lambda: len(api.messages()) == 3)
    assert "photo" in api.messages()[-1]
    assert api.messages()[-1]["caption"] == "the caption"


async def test_pressing_a_button_under_a_picture_answers_in_a_new_message(start: Start) -> None:
    async def answer(call: Call, _: Services) -> Reply:
        reply = Reply("text", ((Button("How?", "/how k3f9"),),))
        return reply if call.is_press else replace(reply, picture=PICTURE)

    api = await start(command("how", answer))
    photo = await api.ask("/how")
    await api.press(photo["message_id"], "/how k3f9")
    await until(lambda: bot_texts(api) == ["text"])
    assert "photo" in api.messages()[1]


async def test_a_file_is_sent_as_a_document(start: Start) -> None:
    api = await start(command("export", Recorder(Reply("all of it", file=File("data.json", b"{}")))))
    answer = await api.ask("/export")
    assert answer["document"]["file_name"] == "data.json"
    assert answer["caption"] == "all of it"


async def test_a_csv_without_words_goes_to_the_portfolio_with_its_content(start: Start) -> None:
    portfolio = Recorder()
    api = await start(command("portfolio", portfolio))
    await api.upload("coins.csv", b"ETH,10\n")
    await until(lambda: bot_texts(api))
    [call] = portfolio.calls
    assert (call.text, call.attachment and call.attachment.content) == ("/portfolio", b"ETH,10\n")


async def test_a_file_of_more_than_a_megabyte_is_refused_unread(start: Start) -> None:
    api = await start(command("portfolio", echo))
    await api.upload("coins.csv", b"x" * 1_000_001)
    await until(lambda: bot_texts(api))
    assert "larger than 1 MB" in bot_texts(api)[0]


async def test_words_without_a_slash_are_taken_as_the_command_they_begin_with(start: Start) -> None:
    api = await start(command("hedge", echo))
    assert (await api.ask("Hedge 10 eth"))["text"] == "/Hedge 10 eth"


async def test_other_words_get_a_hint_whose_buttons_work(start: Start) -> None:
    api = await start(command("hedge", echo), command("portfolio", echo))
    hint = await api.ask("10 ETH")
    rows = hint["reply_markup"]["inline_keyboard"]
    assert [row[0]["callback_data"] for row in rows] == ["/hedge 10 ETH", "/portfolio add 10 ETH"]


async def test_an_edited_command_is_not_run_again_but_offered(start: Start) -> None:
    portfolio = Recorder()
    api = await start(command("portfolio", portfolio))
    await api.ask("/portfolio add 10 ETH")
    await api.edit(api.messages()[0]["message_id"], "/portfolio add 20 ETH")
    await until(lambda: len(bot_texts(api)) == 2)
    assert len(portfolio.calls) == 1
    button = api.messages()[-1]["reply_markup"]["inline_keyboard"][0][0]
    assert button["callback_data"] == "/portfolio add 20 ETH"


async def test_an_update_delivered_twice_is_answered_once(start: Start) -> None:
    portfolio = Recorder()
    api = await start(command("portfolio", portfolio))
    await api.ask("/portfolio add 10 ETH")
    api.repeat_last_update()
    await api.ask("/portfolio")
    assert [call.text for call in portfolio.calls] == ["/portfolio add 10 ETH", "/portfolio"]


async def test_a_group_hears_public_figures_as_a_reply_to_the_question(start: Start) -> None:
    api = await start(command("hedge", echo))
    api.add_group(GROUP, members=[USER])
    asked = await api.say("/hedge 10 ETH", chat_id=GROUP)
    await until(lambda: bot_texts(api, GROUP) == ["/hedge 10 ETH"])
    assert api.messages(GROUP)[-1]["reply_to_message"]["message_id"] == asked["message_id"]


@pytest.mark.parametrize("in_groups", [True, False])
async def test_holdings_asked_for_in_a_group_are_shown_in_private_only(start: Start, in_groups: bool) -> None:
    portfolio = Recorder(Reply("10 ETH", audience=Audience.ASKER))
    api = await start(command("portfolio", portfolio, in_groups=in_groups), command("start", echo))
    api.add_group(GROUP, members=[USER])
    await api.say("/portfolio", chat_id=GROUP)
    await until(lambda: bot_texts(api, GROUP))
    assert "10 ETH" not in bot_texts(api, GROUP)[0]
    url = api.messages(GROUP)[-1]["reply_markup"]["inline_keyboard"][0][0]["url"]
    payload = url.partition("?start=")[2]
    assert (await api.ask(f"/start {payload}"))["text"] == "10 ETH"
    assert (await api.ask(f"/start {payload}", user_id=USER + 1))["text"] == "/start"


async def test_start_is_answered_while_the_exchanges_load_and_the_rest_by_itself_when_they_are_there(
    start: Start,
) -> None:
    market = FakeMarket(ready=False)
    hedge = command("hedge", echo, needs_market=True)
    api = await start(command("start", echo), hedge, services=services(market))
    notice = await api.ask("/hedge 10 ETH")
    assert "loading" in notice["text"]
    assert (await api.ask("/start"))["text"] == "/start"
    market.loaded.set()
    await until(lambda: bot_texts(api) == ["/hedge 10 ETH", "/start"])


async def test_stopping_does_not_wait_for_the_exchanges(start: Start) -> None:
    api = await start(command("hedge", echo, needs_market=True), services=services(FakeMarket(ready=False)))
    assert "loading" in (await api.ask("/hedge"))["text"]


async def test_somebody_who_blocked_the_bot_costs_one_line_of_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    api = await start(command("hedge", echo))
    await api.say("/hedge")
    api.block()
    await asyncio.sleep(0.1)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_flood_wait_of_one_chat_is_kept_and_then_the_answer_comes(start: Start) -> None:
    api = await start(command("hedge", echo))
    await api.ask("/hedge 1")
    api.flood(USER, 1.0)
    await api.say("/hedge 2")
    other = await api.ask("/hedge 3", user_id=USER + 1, within=0.8)
    assert other["text"] == "/hedge 3"
    await until(lambda: bot_texts(api) == ["/hedge 1", "/hedge 2"])


async def test_markup_that_telegram_refuses_is_said_without_it(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    api = await start(command("hedge", Recorder(Reply("<b>5 &lt; 6"))))
    assert (await api.ask("/hedge"))["text"] == "5 < 6"
    assert "broken markup" in caplog.text


async def test_an_answer_over_the_limit_comes_in_parts_with_the_buttons_under_the_last(start: Start) -> None:
    text = "<pre>" + "123456789\n" * 900 + "</pre>"
    api = await start(command("list", Recorder(Reply(text, ((Button("more", "/list"),),)))))
    await api.say("/list")
    await until(lambda: len(api.messages()) == 4)
    parts = api.messages()[1:]
    assert "".join(part["text"] + "\n" for part in parts) == "123456789\n" * 900
    assert ["reply_markup" in part for part in parts] == [False, False, True]


async def test_a_mistake_of_the_asker_is_answered_with_a_button(start: Start) -> None:
    async def answer(_: Call, __: Services) -> Reply:
        raise UserMistake('I don\'t know "<etthereum>".')

    api = await start(command("hedge", answer))
    assert (await api.ask("/hedge etthereum"))["text"] == 'I don\'t know "<etthereum>".'
    wrong = await api.ask("/hegde 10 ETH")
    assert wrong["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "/hedge 10 ETH"


async def test_a_bug_is_said_with_its_number_and_logged_with_it(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    async def answer(_: Call, __: Services) -> Reply:
        raise ZeroDivisionError

    api = await start(command("hedge", answer))
    text = (await api.ask("/hedge"))["text"]
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    number = record.getMessage().split()[1]
    assert f"number {number}." in text


async def test_a_picture_that_cannot_be_drawn_is_a_bug_that_is_said(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def no_ink(_: Picture) -> bytes:
        raise ValueError("no ink")

    api = await start(command("chart", Recorder(Reply("", picture=PICTURE))), draw=no_ink)
    assert "the bot's fault" in (await api.ask("/chart"))["text"]
    assert "no ink" in caplog.text


async def test_strangers_get_one_polite_sentence(start: Start) -> None:
    hedge = Recorder()
    api = await start(command("hedge", hedge), allowed_users=frozenset({USER}))
    assert "private" in (await api.ask("/hedge", user_id=USER + 1))["text"]
    assert (await api.ask("/hedge"))["text"] == f"/hedge for {USER}"
    assert len(hedge.calls) == 1


async def test_a_group_that_adds_the_bot_gets_one_card_and_keeps_its_number_when_it_moves(start: Start) -> None:
    parts = services()
    api = await start(command("settings", echo), services=parts)
    api.add_group(-5, members=[USER])
    await until(lambda: bot_texts(api, -5) == ["/settings"])
    api.upgrade_group(-5, GROUP)
    book = cast(FakeChatBook, parts.chat_book)
    await until(lambda: book.new_ids == {-5: GROUP})
    api.remove_bot(GROUP)
    await until(lambda: book.quiet == {GROUP: "removed"})


async def test_who_blocks_the_bot_and_unblocks_it_is_noted(start: Start) -> None:
    parts = services()
    api = await start(command("hedge", echo), services=parts)
    await api.ask("/hedge")
    book = cast(FakeChatBook, parts.chat_book)
    api.block()
    await until(lambda: book.quiet == {USER: "blocked"})
    api.unblock()
    await until(lambda: book.quiet == {})


async def test_what_a_link_writes_when_the_bot_is_added_is_not_answered_beside_the_card(start: Start) -> None:
    api = await start(command("start", echo), command("settings", echo))
    api.add_group(GROUP, members=[USER])
    await api.say("/start@sandbox_bot setup", chat_id=GROUP)
    await api.say("/start@sandbox_bot", chat_id=GROUP)
    await until(lambda: bot_texts(api, GROUP) == ["/settings", "/start"])


async def test_the_command_lists_of_private_chats_and_groups_differ(start: Start) -> None:
    api = await start(
        command("hedge", echo), command("portfolio", echo, in_groups=False), command("how", echo, is_listed=False)
    )
    await until(lambda: len(api.state.commands) == 2)
    names = sorted([entry["command"] for entry in entries] for entries in api.state.commands.values())
    assert names == [["hedge"], ["hedge", "portfolio"]]
