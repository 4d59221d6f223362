"""Calling Telegram when it is busy, slow or away.

Law: a message that may have arrived is not sent again; an edit may be, because it says the same twice.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from chatbot.messenger.markup import unbroken, without_tags
from chatbot.messenger.refusals import refuses, wait_told
from chatbot.messenger.transport import was_never_sent

ATTEMPTS = 4
LONGEST_FLOOD_WAIT = timedelta(seconds=60)

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_Method = Callable[..., Awaitable[_T]]


def _can_be_edited_again(error: BaseException) -> bool:
    """Whenever waiting may help. BadRequest is a NetworkError by inheritance only."""
    if isinstance(error, RetryAfter):
        return wait_told(error) <= LONGEST_FLOOD_WAIT
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def _can_be_sent_again(error: BaseException) -> bool:
    """The same, except where no answer came to what may have arrived: after a time-out or a lost connection."""
    is_unanswered = isinstance(error.__cause__, httpx.HTTPError)
    return was_never_sent(error) if is_unanswered else _can_be_edited_again(error)


_backoff_s = wait_exponential_jitter(multiplier=0.3, max=5.0, jitter=0.2)


def _pause_s(state: RetryCallState) -> float:
    """As long as Telegram says, or a little longer each time."""
    error = state.outcome.exception() if state.outcome else None
    return wait_told(error).total_seconds() if isinstance(error, RetryAfter) else _backoff_s(state)


@retry(retry=retry_if_exception(_can_be_sent_again), wait=_pause_s, stop=stop_after_attempt(ATTEMPTS), reraise=True)
async def send(method: _Method[_T], **arguments: Any) -> _T:
    """Calls `method`, again where the message surely did not arrive. TelegramError in the end."""
    return await method(**arguments)


@retry(retry=retry_if_exception(_can_be_edited_again), wait=_pause_s, stop=stop_after_attempt(ATTEMPTS), reraise=True)
async def edit(method: _Method[_T], **arguments: Any) -> _T:
    """Calls `method`, again where it may help. TelegramError in the end."""
    return await method(**arguments)


async def once(method: _Method[_T], **arguments: Any) -> _T:
    """Calls `method`: for what waits in the outbox, and is tried again from there."""
    return await method(**arguments)


async def as_html(say: _Method[Any], method: _Method[Any], field: str, **arguments: Any) -> Any:
    """`say` (send, edit or once) with the markup in `arguments[field]`.

    Markup that Telegram refuses is our bug: it is logged, and said without its tags rather than not at all.
    """
    arguments[field] = unbroken(arguments[field])
    try:
        return await say(method, parse_mode=ParseMode.HTML, **arguments)
    except BadRequest as error:
        if not refuses(error, "can't parse entities"):
            raise
        _LOG.error("broken markup: %s", error)
        return await say(method, **{**arguments, field: without_tags(arguments[field])})
