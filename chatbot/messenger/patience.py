"""Calling Telegram when it is busy, slow or away, and what its refusals mean.

Law: a message that may have arrived is not sent again; an edit may be, because it says the same twice.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from chatbot.messenger.markup import unbroken, without_tags
from chatbot.messenger.transport import was_never_sent

ATTEMPTS = 4
LONGEST_FLOOD_WAIT = timedelta(seconds=60)

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_Method = Callable[..., Awaitable[_T]]


def refuses(error: TelegramError, *reasons: str) -> bool:
    """Whether Telegram gave one of these reasons; python-telegram-bot changes their case and beginning."""
    said = str(error).lower()
    return any(reason in said for reason in reasons)


def _flood_wait(error: BaseException | None) -> timedelta | None:
    """How long Telegram told us to wait; python-telegram-bot gives seconds or a timedelta, as PTB_TIMEDELTA says."""
    if not isinstance(error, RetryAfter):
        return None
    told = error.retry_after
    return told if isinstance(told, timedelta) else timedelta(seconds=told)


def _can_be_edited_again(error: BaseException) -> bool:
    """Whenever waiting may help. BadRequest is a NetworkError by inheritance only."""
    wait = _flood_wait(error)
    if wait is not None:
        return wait <= LONGEST_FLOOD_WAIT
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def _can_be_sent_again(error: BaseException) -> bool:
    """The same, except after a time-out: the message may have arrived."""
    return was_never_sent(error) if isinstance(error, TimedOut) else _can_be_edited_again(error)


_backoff_s = wait_exponential_jitter(multiplier=0.3, max=5.0, jitter=0.2)


def _pause_s(state: RetryCallState) -> float:
    """As long as Telegram says, or a little longer each time."""
    told = _flood_wait(state.outcome.exception() if state.outcome else None)
    return told.total_seconds() if told is not None else _backoff_s(state)


@retry(retry=retry_if_exception(_can_be_sent_again), wait=_pause_s, stop=stop_after_attempt(ATTEMPTS), reraise=True)
async def send(method: _Method[_T], **arguments: Any) -> _T:
    """Calls `method`, again where the message surely did not arrive. TelegramError in the end."""
    return await method(**arguments)


@retry(retry=retry_if_exception(_can_be_edited_again), wait=_pause_s, stop=stop_after_attempt(ATTEMPTS), reraise=True)
async def edit(method: _Method[_T], **arguments: Any) -> _T:
    """Calls `method`, again where it may help. TelegramError in the end."""
    return await method(**arguments)


async def as_html(say: _Method[Any], method: _Method[Any], field: str, **arguments: Any) -> Any:
    """`say` (send or edit) with the markup in `arguments[field]`.

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
