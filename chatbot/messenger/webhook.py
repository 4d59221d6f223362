"""Updates by webhook: Telegram calls us. Law: 200 is answered only when the update is stored.

What was not answered so comes again with growing pauses for a day; its number tells that it was here before.
"""

import asyncio
import hmac
from dataclasses import dataclass, field
from json import JSONDecodeError

from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest

from chatbot.core.errors import UserMistake
from chatbot.messenger.polling import ALLOWED_UPDATES, waited_out
from chatbot.messenger.receiving import Receiver

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_BODY_BYTES = 1_000_000
COME_AGAIN_S = 2
CLOSE_WITHIN_S = 5.0
EVERYWHERE = "0.0.0.0"  # a host's router comes from outside


@dataclass(frozen=True, slots=True)
class Webhook:
    """The address Telegram calls, the port we listen on, and the word that shows it is Telegram that calls."""

    url: str
    port: int
    secret: str = field(repr=False)


async def listen(bot: Bot, receiver: Receiver, webhook: Webhook) -> None:
    """Takes updates until it is cancelled. UserMistake where Telegram refuses the address; OSError for the port."""
    runner = web.AppRunner(webhook_app(receiver, webhook.secret), access_log=None, shutdown_timeout=CLOSE_WITHIN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, EVERYWHERE, webhook.port).start()
        await _register(bot, webhook)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def webhook_app(receiver: Receiver, secret: str) -> web.Application:
    """POST on any path is Telegram's; GET / answers 200 to whoever asks whether we live."""

    async def take(request: web.Request) -> web.Response:
        if not _is_secret(request, secret):
            raise web.HTTPForbidden
        if receiver.is_full:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(COME_AGAIN_S)})
        await receiver.take([await _update(request)])
        return web.Response()

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application(client_max_size=LARGEST_BODY_BYTES)
    app.add_routes([web.post("/{path:.*}", take), web.get("/", live)])
    return app


def _is_secret(request: web.Request, secret: str) -> bool:
    """In the same time for every wrong word, so that it cannot be guessed letter by letter."""
    given = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode())


async def _update(request: web.Request) -> dict[str, object]:
    try:
        update = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        update = None
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise web.HTTPBadRequest
    return update


async def _register(bot: Bot, webhook: Webhook) -> None:
    try:
        await _set(bot, webhook)
    except BadRequest as error:
        raise UserMistake(f"Telegram refuses WEBHOOK_URL: {error}") from error


@waited_out
async def _set(bot: Bot, webhook: Webhook) -> None:
    await bot.set_webhook(webhook.url, secret_token=webhook.secret, allowed_updates=ALLOWED_UPDATES)
