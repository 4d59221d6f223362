"""Long polling. Law: the next batch is asked for, which confirms the last one, only when the last one is stored."""

import asyncio
import logging
from typing import Any

from telegram import Bot
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from tenacity import RetryCallState, before_sleep_log, retry, retry_if_exception, wait_exponential_jitter

from chatbot.messenger.asking import Json
from chatbot.messenger.receiving import Receiver
from chatbot.messenger.refusals import wait_told

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
POLL_S = 30
ANSWER_WITHIN_S = POLL_S + 10.0
STORE_AGAIN_S = 5.0

_LOG = logging.getLogger(__name__)


def may_come_back(error: BaseException) -> bool:
    """Whether waiting may help: with anything but a token that Telegram does not know and a request it refuses."""
    return isinstance(error, TelegramError) and not isinstance(error, (InvalidToken, BadRequest))


def pause_s(state: RetryCallState) -> float:
    """As long as Telegram says, or a little longer each time."""
    error = state.outcome.exception() if state.outcome else None
    return wait_told(error).total_seconds() if isinstance(error, RetryAfter) else _backoff_s(state)


_backoff_s = wait_exponential_jitter(multiplier=1.0, max=30.0)
waited_out = retry(
    retry=retry_if_exception(may_come_back), wait=pause_s, before_sleep=before_sleep_log(_LOG, logging.WARNING)
)


class Client(Bot):
    """python-telegram-bot's Bot, which also gives updates as the JSON they came in."""

    @waited_out
    async def updates(self, offset: int) -> list[Json]:
        """Those from number `offset` on, as soon as there are some; none after POLL_S. It confirms those before.

        A Telegram that is away, and another bot that polls with this token (409), are waited out. InvalidToken.
        """
        fields: dict[str, Any] = {"offset": offset, "timeout": POLL_S, "allowed_updates": ALLOWED_UPDATES}
        given: list[Json] = await self._post("getUpdates", fields, read_timeout=ANSWER_WITHIN_S)
        return given


async def poll(bot: Client, receiver: Receiver) -> None:
    """Takes updates until it is cancelled. InvalidToken."""
    await waited_out(bot.delete_webhook)()
    offset = 0
    while True:
        await receiver.room()
        updates = await bot.updates(offset)
        if updates and await _is_stored(receiver, updates):
            offset = updates[-1]["update_id"] + 1


async def _is_stored(receiver: Receiver, updates: list[Json]) -> bool:
    """Where they cannot be stored (a full disk, say), Telegram keeps them and is asked for them again."""
    [failure] = await asyncio.gather(receiver.take(updates), return_exceptions=True)
    if failure is None:
        return True
    _LOG.error("updates could not be stored, tried again in %s s", STORE_AGAIN_S, exc_info=failure)
    await asyncio.sleep(STORE_AGAIN_S)
    return False
