"""The local Bot API server under an unmodified python-telegram-bot that polls it: a small bot, all the way round."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from telegram import (
    Bot,
    BotCommand,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.sandbox.conftest import TOKEN
from tests.chatbot.sandbox.test_botapi import png

Context = ContextTypes.DEFAULT_TYPE
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


async def menu(update: Update, context: Context) -> None:
    assert update.effective_chat is not None
    await update.effective_chat.send_action(ChatAction.TYPING)
    buttons = [
        InlineKeyboardButton("More", callback_data="more"),
        InlineKeyboardButton("Copy", copy_text=CopyTextButton("5.00")),
    ]
    text = f"<b>Hello</b> {' '.join(context.args or ())}"
    markup = InlineKeyboardMarkup([buttons])
    await update.effective_chat.send_message(text, parse_mode=ParseMode.HTML, reply_markup=markup)


async def press(update: Update, _: Context) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Done")
    await update.callback_query.edit_message_text("changed")


async def chart(update: Update, _: Context) -> None:
    assert update.effective_chat is not None
    message = await update.effective_chat.send_photo(png(800, 600), caption="one")
    await message.edit_media(InputMediaPhoto(png(400, 300), caption="two"))


async def measure(update: Update, _: Context) -> None:
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()
    await update.message.reply_document(bytes(await file.download_as_bytearray()), filename="back.csv")


async def echo(update: Update, _: Context) -> None:
    assert update.message is not None
    await update.message.reply_text(f"{update.message.text}")


def application(server: TestServer, token: str = TOKEN) -> AnyApplication:
    base = str(server.make_url("/"))
    built = ApplicationBuilder().token(token).base_url(f"{base}bot").base_file_url(f"{base}file/bot").build()
    built.add_handler(CommandHandler("start", menu))
    built.add_handler(CommandHandler("chart", chart))
    built.add_handler(CallbackQueryHandler(press))
    built.add_handler(MessageHandler(filters.Document.ALL, measure))
    built.add_handler(MessageHandler(filters.TEXT, echo))
    return built


@pytest.fixture
def api() -> BotApi:
    return BotApi(TOKEN, lambda: datetime.now(UTC))


@pytest.fixture
async def server(api: BotApi) -> AsyncIterator[TestServer]:
    server = TestServer(api.app())
    async with server:
        yield server


@pytest.fixture
async def bot(server: TestServer) -> AsyncIterator[AnyApplication]:
    built = application(server)
    async with built:
        await built.start()
        assert built.updater is not None
        await built.updater.start_polling(timeout=5)
        yield built
        await built.updater.stop()
        await built.stop()


@pytest.mark.usefixtures("bot")
async def test_a_command_with_a_key_is_answered_with_buttons(api: BotApi) -> None:
    answer = await api.ask("/start key")
    assert answer["text"] == "Hello key"
    assert answer["reply_markup"]["inline_keyboard"][0][1] == {"text": "Copy", "copy_text": {"text": "5.00"}}


@pytest.mark.usefixtures("bot")
async def test_a_press_is_answered_and_edits_the_message(api: BotApi) -> None:
    answer = await api.ask("/start")
    with api.chat().watch() as events:
        query = await api.press(answer["message_id"], "more")
        assert await api.answer(query["id"]) == {"text": "Done", "show_alert": False, "url": ""}
        async with asyncio.timeout(5):
            event = await events.get()
    assert (event["event"], event["message"]["text"]) == ("edited", "changed")


@pytest.mark.usefixtures("bot")
async def test_a_picture_is_sent_and_replaced(api: BotApi) -> None:
    with api.chat().watch() as events:
        await api.say("/chart")
        async with asyncio.timeout(5):
            kinds = [(await events.get())["event"] for _ in range(3)]
    assert kinds == ["message", "message", "edited"]
    assert (api.messages()[-1]["photo"][0]["width"], api.messages()[-1]["caption"]) == (400, "two")


@pytest.mark.usefixtures("bot")
async def test_a_file_goes_there_and_back(api: BotApi) -> None:
    with api.chat().watch() as events:
        await api.upload("a.csv", b"ETH,10")
        async with asyncio.timeout(5):
            await events.get()
            back = (await events.get())["message"]["document"]
    assert back["file_name"] == "back.csv"
    file = api.state.file(back["file_id"])
    assert file is not None
    assert file.content == b"ETH,10"


async def test_refusals_arrive_as_the_errors_of_the_library(api: BotApi, bot: AnyApplication) -> None:
    await api.ask("hello", user_id=5)
    with pytest.raises(BadRequest, match="Can't parse entities: unsupported start tag"):
        await bot.bot.send_message(5, "1 < 2", parse_mode=ParseMode.HTML)
    api.flood(5, 30)
    with pytest.raises(RetryAfter):
        await bot.bot.send_message(5, "x")
    api.block(5)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.bot.send_message(5, "x")


async def test_a_wrong_token_is_an_invalid_token(server: TestServer) -> None:
    refused = application(server, token="43:wrong")
    with pytest.raises(InvalidToken):
        await refused.initialize()
    for request in refused.bot._request:  # the library leaves its connections open then
        await request.shutdown()


async def test_groups_and_their_members_can_be_read(api: BotApi, bot: AnyApplication) -> None:
    api.add_group(-1_002_000_000_000, "Desk", administrators=(5,), members=(6,))
    chat = await bot.bot.get_chat(-1_002_000_000_000)
    (administrator,) = await chat.get_administrators()
    member = await chat.get_member(6)
    assert (chat.title, administrator.user.id, member.status) == ("Desk", 5, "member")


async def test_commands_and_descriptions_can_be_set(api: BotApi, bot: AnyApplication) -> None:
    await bot.bot.set_my_commands([BotCommand("hedge", "Size a hedge")])
    await bot.bot.set_my_description("What it does")
    assert api.state.command_list(USER, "en") == [{"command": "hedge", "description": "Size a hedge"}]
    assert [command.command for command in await bot.bot.get_my_commands()] == ["hedge"]


async def test_a_stopped_bot_has_confirmed_what_it_had(api: BotApi, server: TestServer) -> None:
    for _ in range(2):
        built = application(server)
        async with built:
            assert built.updater is not None
            await built.start()
            await built.updater.start_polling(timeout=5)
            await api.ask("hello")
            await built.updater.stop()
            await built.stop()
    assert [message["text"] for message in api.messages()] == ["hello"] * 4


@pytest.mark.usefixtures("bot")
async def test_it_keeps_up_with_hundreds_of_chats(api: BotApi) -> None:
    began = time.perf_counter()
    answers = await asyncio.gather(*(api.ask(f"n {user}", user_id=user) for user in range(1, 201)))
    assert [answer["text"] for answer in answers] == [f"n {user}" for user in range(1, 201)]
    assert time.perf_counter() - began < 10  # 200 round trips through one library in one process; 1,200 a minute


# groups and channels: the library's own bot, whose classes refuse what is no Bot API

FORUM, CHANNEL = -1_002_000_000_000, -1_003_000_000_000


@pytest.fixture
async def plain(server: TestServer) -> AsyncIterator[Bot]:
    """The library without its own polling."""
    async with Bot(TOKEN, base_url=f"{server.make_url('/')}bot") as bot:
        yield bot


async def test_the_library_reads_everything_that_groups_and_channels_tell(api: BotApi, plain: Bot) -> None:
    api.add_group(-100, administrators=[USER], members=[5])
    api.upgrade_group(-100, FORUM, is_forum=True)
    topic = api.add_topic(FORUM, "Funding")
    api.restrict_bot(FORUM)
    api.promote_bot(FORUM, can_manage_topics=True)
    await api.say("/settings", chat_id=FORUM, thread_id=topic, anonymously=True)
    api.add_channel(CHANNEL, administrators=[USER])
    api.add_bot(CHANNEL)
    await api.say("post", chat_id=CHANNEL)
    updates = await plain.get_updates()
    kinds = [next(name for name in Update.ALL_TYPES if getattr(update, name)) for update in updates]
    assert kinds == [
        "my_chat_member",  # in the basic group
        "message",
        "my_chat_member",  # in the supergroup it became
        "message",
        "message",
        "message",  # the topic
        "my_chat_member",
        "my_chat_member",
        "message",
        "my_chat_member",  # in the channel
        "channel_post",
    ]
    moved_to, moved_from, opened = (updates[place].message for place in (3, 4, 5))
    assert moved_to is not None
    assert moved_to.migrate_to_chat_id == FORUM
    assert moved_from is not None
    assert moved_from.migrate_from_chat_id == -100
    assert opened is not None
    assert opened.forum_topic_created is not None
    asked = updates[8].message
    assert asked is not None
    assert asked.is_topic_message
    assert (asked.message_thread_id, asked.sender_chat, asked.from_user and asked.from_user.username) == (
        topic,
        asked.chat,
        "GroupAnonymousBot",
    )
    restricted, promoted, posting = (updates[place].my_chat_member for place in (6, 7, 9))
    assert restricted is not None
    assert isinstance(restricted.new_chat_member, ChatMemberRestricted)
    assert not restricted.new_chat_member.can_send_messages
    assert promoted is not None
    assert isinstance(promoted.new_chat_member, ChatMemberAdministrator)
    assert promoted.new_chat_member.can_manage_topics
    assert posting is not None
    assert isinstance(posting.new_chat_member, ChatMemberAdministrator)
    assert posting.new_chat_member.can_post_messages
    assert updates[10].channel_post is not None
    assert updates[10].channel_post.from_user is None


async def test_what_goes_wrong_in_a_group_arrives_as_the_errors_of_the_library(api: BotApi, plain: Bot) -> None:
    api.add_group(-100)
    api.upgrade_group(-100, FORUM, is_forum=True)
    with pytest.raises(ChatMigrated) as migrated:
        await plain.send_message(-100, "x")
    assert migrated.value.new_chat_id == FORUM
    with pytest.raises(BadRequest, match="Message thread not found"):
        await plain.send_message(FORUM, "x", message_thread_id=1)
    api.add_channel(CHANNEL)
    api.promote_bot(CHANNEL, can_post_messages=False)
    with pytest.raises(BadRequest, match="Need administrator rights in the channel chat"):
        await plain.send_message(CHANNEL, "x")


async def test_limits_and_lost_answers_arrive_as_the_errors_of_the_library(api: BotApi, plain: Bot) -> None:
    api.add_group(FORUM)
    api.slow_answers(FORUM, 5, times=1)
    with pytest.raises(TimedOut):
        await plain.send_message(FORUM, "late", read_timeout=0.1)
    api.lose_answers(FORUM, times=1)
    with pytest.raises(NetworkError):
        await plain.send_message(FORUM, "lost")
    api.enforce_limits(group_per_minute=1)
    await plain.send_message(FORUM, "in time")
    with pytest.raises(RetryAfter):
        await plain.send_message(FORUM, "too much")
    assert [sent.text for sent in api.sent] == ["late", "lost", "in time"]
    assert api.floods == 1


async def test_a_webhook_is_set_seen_and_taken_away(api: BotApi, plain: Bot) -> None:
    await api.say("x")
    await plain.set_webhook("http://127.0.0.1:9/", secret_token="s", allowed_updates=["message"])
    seen = await plain.get_webhook_info()
    assert (seen.url, seen.pending_update_count, seen.allowed_updates) == ("http://127.0.0.1:9/", 1, ("message",))
    await plain.delete_webhook(drop_pending_updates=True)
    assert await plain.get_updates() == ()
