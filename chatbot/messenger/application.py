"""The bot as python-telegram-bot's Application: its parts put together, its command lists, and its life.

Law: one handler hears every update; nothing is decided by python-telegram-bot's own filters.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import httpx
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    Update,
)
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import Application as TelegramApplication
from telegram.ext import ExtBot, TypeHandler
from tenacity import before_sleep_log, retry, retry_if_exception, wait_exponential_jitter

from chatbot.command import Command, Services
from chatbot.core.errors import MarketUnavailable, UserMistake
from chatbot.messenger.conversation import Conversation
from chatbot.messenger.delivery import ButtonLines, Delivery, Draw
from chatbot.messenger.pace import Gate, Limits
from chatbot.messenger.transport import build_request
from chatbot.messenger.turns import InTurn, Turns

ALLOWED_UPDATES = (Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
POLL_S = 30
CONVERSATION, DELIVERY = "conversation", "delivery"  # their keys in the application's bot_data
TOKEN_REFUSED = "Telegram does not know this token: copy it again from @BotFather into TELEGRAM_BOT_TOKEN."

Application: TypeAlias = TelegramApplication[Any, Any, Any, Any, Any, Any]

_LOG = logging.getLogger(__name__)


def build_application(
    *,
    token: str,
    api_url: str,
    commands: Sequence[Command],
    services: Services,
    button_lines: ButtonLines,
    draw: Draw,
    limits: Limits | None = None,
    allowed_users: frozenset[int] = frozenset(),
    proxy_url: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Application:
    """The bot, ready for `poll`. `limits`: Telegram's unless given. `transport` replaces the way there, in tests."""
    bot = ExtBot[None](
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=build_request(proxy_url, transport=transport),
        get_updates_request=build_request(proxy_url, connections=2, transport=transport),
    )
    gate = Gate(time.monotonic, limits)
    delivery = Delivery(bot, button_lines, draw, gate=gate, chat_book=services.chat_book, now=services.now)
    turns = Turns()
    conversation = Conversation(
        bot=bot,
        commands=commands,
        services=services,
        button_lines=button_lines,
        delivery=delivery,
        turns=turns,
        allowed_users=allowed_users,
    )
    builder = TelegramApplication.builder().bot(bot).job_queue(None)
    application: Application = builder.concurrent_updates(InTurn(turns, conversation.refuse)).build()
    application.add_handler(TypeHandler(Update, conversation.hear))
    application.add_error_handler(conversation.fail)
    application.bot_data[CONVERSATION] = conversation
    application.bot_data[DELIVERY] = delivery
    return application


def delivery_of(application: Application) -> Delivery:
    """The way out that its answers take: what nobody asked for takes the same, through one gate."""
    delivery: Delivery = application.bot_data[DELIVERY]
    return delivery


async def poll(application: Application, commands: Sequence[Command], stop: asyncio.Event) -> None:
    """Hears and answers until `stop` is set, then finishes what was begun.

    A Telegram that cannot be reached is waited for. UserMistake where it refuses the token.
    """
    opening, stopping = asyncio.create_task(_open(application, commands)), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            await opening
            await stopping
    except InvalidToken:
        raise UserMistake(TOKEN_REFUSED) from None  # its own words repeat the token
    finally:
        opening.cancel()
        stopping.cancel()
        await asyncio.wait({opening, stopping})
        await _close(application)


async def bot_name(token: str, api_url: str, proxy_url: str | None = None) -> str:
    """The name under which Telegram knows this token. MarketUnavailable, in plain words, where it gives none."""
    bot = Bot(token, base_url=f"{api_url}/bot", request=build_request(proxy_url, connections=2))
    try:
        async with bot:
            return bot.username
    except InvalidToken:
        raise MarketUnavailable(TOKEN_REFUSED) from None  # its own words repeat the token
    except TelegramError as error:
        raise MarketUnavailable(f"Telegram does not answer: {error}") from error


async def _open(application: Application, commands: Sequence[Command]) -> None:
    await _initialize(application)
    await application.start()
    await application.updater.start_polling(  # type: ignore[union-attr] # built with an updater
        timeout=POLL_S, bootstrap_retries=-1, allowed_updates=ALLOWED_UPDATES, error_callback=_note
    )
    await _show_menus(application.bot, commands)


async def _close(application: Application) -> None:
    """Takes no more updates; answers those it has, except those that wait for the exchanges."""
    if application.updater is not None and application.updater.running:
        await application.updater.stop()
    if application.running:
        await application.update_queue.join()
        application.bot_data[CONVERSATION].give_up_waiting()
        await application.stop()
    await application.shutdown()
    await application.bot.shutdown()  # where it was never initialized as a whole


def _may_come_back(error: BaseException) -> bool:
    return isinstance(error, NetworkError)


@retry(
    retry=retry_if_exception(_may_come_back),
    wait=wait_exponential_jitter(multiplier=1.0, max=30.0),
    before_sleep=before_sleep_log(_LOG, logging.WARNING),
)
async def _initialize(application: Application) -> None:
    await application.initialize()


def _note(error: TelegramError) -> None:
    """Polling goes on by itself; one line says why it paused."""
    _LOG.warning("Telegram gave no updates: %s", error)


async def _show_menus(bot: Bot, commands: Sequence[Command]) -> None:
    """The command lists of private chats and groups. Without them the bot still answers, so a failure is only noted."""
    listed = [command for command in commands if command.is_listed]
    try:
        await _show_menu(bot, listed, BotCommandScopeAllPrivateChats())
        await _show_menu(bot, [command for command in listed if command.in_groups], BotCommandScopeAllGroupChats())
    except TelegramError as error:
        _LOG.warning("the command lists were not set: %s", error)


async def _show_menu(bot: Bot, commands: Sequence[Command], scope: BotCommandScope) -> None:
    wanted = tuple(BotCommand(command.name, command.summary) for command in commands)
    if await bot.get_my_commands(scope) != wanted:
        await bot.set_my_commands(wanted, scope)
