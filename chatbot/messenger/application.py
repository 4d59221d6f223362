"""The bot's parts put together, its command lists, and its life."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError

from chatbot.command import Command, Services
from chatbot.core.errors import MarketUnavailable, UserMistake
from chatbot.messenger.asking import Json, understand
from chatbot.messenger.chats import TelegramChats
from chatbot.messenger.conversation import Conversation
from chatbot.messenger.delivery import ButtonLines, Delivery, Draw
from chatbot.messenger.membership import Memberships, changed
from chatbot.messenger.pace import Gate, Limits
from chatbot.messenger.phrases import DESCRIPTION
from chatbot.messenger.polling import Client, poll, waited_out
from chatbot.messenger.receiving import Heard, Inbox, Receiver
from chatbot.messenger.stopping import Waits
from chatbot.messenger.transport import build_request
from chatbot.messenger.turns import Turns
from chatbot.messenger.webhook import Webhook, listen

TOKEN_REFUSED = "Telegram does not know this token: copy it again from @BotFather into TELEGRAM_BOT_TOKEN."

Beside = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """The bot, ready for `serve`. `services` are those it was given, with what Telegram says of chats."""

    bot: Client
    services: Services
    delivery: Delivery
    receiver: Receiver


def build_application(
    *,
    token: str,
    api_url: str,
    commands: Sequence[Command],
    services: Services,
    button_lines: ButtonLines,
    inbox: Inbox,
    draw: Draw,
    limits: Limits | None = None,
    allowed_users: frozenset[int] = frozenset(),
    proxy_url: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Application:
    """`limits`: Telegram's unless given. `transport` replaces the way there, in tests."""
    bot = Client(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=build_request(proxy_url, transport=transport),
        get_updates_request=build_request(proxy_url, connections=2, transport=transport),
    )
    services = replace(services, chats=TelegramChats(bot))
    gate = Gate(time.monotonic, limits)
    delivery = Delivery(bot, button_lines, draw, gate=gate, chat_book=services.chat_book, now=services.now)
    turns, waits = Turns(), Waits()
    conversation = Conversation(
        bot=bot,
        commands=commands,
        services=services,
        button_lines=button_lines,
        delivery=delivery,
        turns=turns,
        waits=waits,
        allowed_users=allowed_users,
    )
    receiver = Receiver(
        inbox=inbox,
        read=_reader(bot, commands),
        conversation=conversation,
        memberships=Memberships(commands, services, delivery, allowed_users),
        turns=turns,
        waits=waits,
    )
    return Application(bot, services, delivery, receiver)


def _reader(bot: Bot, commands: Sequence[Command]) -> Callable[[Json], Heard | None]:
    names = frozenset(command.name for command in commands)
    return lambda update: changed(update) or understand(update, bot.username, names)


async def serve(
    application: Application,
    commands: Sequence[Command],
    stop: asyncio.Event,
    *,
    webhook: Webhook | None = None,
    beside: Sequence[Beside] = (),
) -> None:
    """Hears and answers until `stop` is set, then finishes what was begun. Without `webhook`, by long polling.

    `beside`: what else lives as long, begun when Telegram knows us and ending by itself when `stop` is set.
    A Telegram that cannot be reached is waited for. UserMistake where it refuses the token or the webhook's address.
    What `beside` raises goes through, and sets `stop`.
    """
    try:
        if await _is_ready(application, stop):
            await _live(application, commands, stop, webhook, beside)
    except InvalidToken:
        raise UserMistake(TOKEN_REFUSED) from None  # its own words repeat the token
    finally:
        await application.receiver.finish()
        await application.bot.shutdown()


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


async def _is_ready(application: Application, stop: asyncio.Event) -> bool:
    """Whether Telegram knew us before `stop` was set; what was open at the last stop is begun."""
    preparing, stopping = asyncio.create_task(_prepare(application)), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if preparing.done():
            await preparing
        return not stop.is_set()
    finally:
        preparing.cancel()
        stopping.cancel()
        await asyncio.wait({preparing, stopping})


async def _prepare(application: Application) -> None:
    await waited_out(application.bot.initialize)()
    await application.receiver.recover()


async def _live(
    application: Application,
    commands: Sequence[Command],
    stop: asyncio.Event,
    webhook: Webhook | None,
    beside: Sequence[Beside],
) -> None:
    """Until `stop` is set, or a part fails, which goes through."""
    bot, receiver = application.bot, application.receiver
    receiving = asyncio.create_task(poll(bot, receiver) if webhook is None else listen(bot, receiver, webhook))
    showing, stopping = asyncio.create_task(_show_menus(bot, commands)), asyncio.create_task(stop.wait())
    others = [asyncio.create_task(part(stop)) for part in beside]
    try:
        await asyncio.wait({receiving, stopping, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        receiving.cancel()
        showing.cancel()
        ended, _ = await asyncio.wait({receiving, showing, stopping, *others})
    for task in ended:
        if not task.cancelled():
            task.result()


async def _show_menus(bot: Bot, commands: Sequence[Command]) -> None:
    """The command lists, and what an empty chat says. The bot answers without them, so a failure is only noted."""
    listed = [command for command in commands if command.is_listed]
    try:
        await _show_menu(bot, listed, BotCommandScopeAllPrivateChats())
        await _show_menu(bot, [command for command in listed if command.in_groups], BotCommandScopeAllGroupChats())
        if (await bot.get_my_description()).description != DESCRIPTION:
            await bot.set_my_description(DESCRIPTION)
    except TelegramError as error:
        _LOG.warning("the command lists or the description were not set: %s", error)


async def _show_menu(bot: Bot, commands: Sequence[Command], scope: BotCommandScope) -> None:
    wanted = tuple(BotCommand(command.name, command.summary) for command in commands)
    if await bot.get_my_commands(scope) != wanted:
        await bot.set_my_commands(wanted, scope)
