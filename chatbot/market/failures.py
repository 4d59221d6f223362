"""What a ccxt exception means to a reader. Law: every class of `ccxt.base.errors` has its row in one table.

Rows go by class name, so that this module does not import ccxt (0.7 s and more). The nearest row up the class tree
counts. Nothing of a message reaches the reader: messages hold whole URLs and bodies.
"""

import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem
from chatbot.core.markets import exchange_name

T = TypeVar("T")


class EmptyAnswer(ValueError):  # noqa: N818 - it says what came
    """An answer without what was asked for: no price, no rows, no markets."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one class of failure says.

    `is_answer`: the exchange works and said no (NotPossible); else it is unavailable.
    `can_retry`: asking again later may help. `ask_again`: asking again at once may.
    `is_limit`: it wants fewer questions, so it is left alone for a while at once.
    """

    reason: str  # completes "Bybit ..."
    is_answer: bool = False
    can_retry: bool = True
    ask_again: bool = False
    is_limit: bool = False


_DOWN = Meaning("can't be reached")
_SLOW = Meaning("is too slow to answer", ask_again=True)
_LIMITS = Meaning("is limiting us, try again in a few minutes", is_limit=True)
_REFUSES = Meaning("refuses this server (a limit, or its region)", is_limit=True)
_BLOCKED = Meaning("blocks the region of this server", can_retry=False, is_limit=True)
_ERROR = Meaning("returned an error")
_NONSENSE = Meaning("sent an answer that can't be read")
_KEY = Meaning("asks for an API key", can_retry=False)
_PROXY = Meaning("can't be reached: the proxy settings contradict each other", can_retry=False)
_CLOSED = Meaning("is no longer asked: the bot is stopping", can_retry=False)
_UNKNOWN = Meaning("does not know this contract", is_answer=True, can_retry=False)
_UNPUBLISHED = Meaning("does not publish this", is_answer=True, can_retry=False)
_NOT_TRADING = Meaning("does not trade this contract now", is_answer=True, can_retry=False)

MEANINGS: Mapping[str, Meaning] = {
    "BaseError": _ERROR,
    "ExchangeError": _ERROR,
    "AuthenticationError": _KEY,
    "PermissionDenied": _REFUSES,
    "AccountNotEnabled": _KEY,
    "AccountSuspended": _KEY,
    "ArgumentsRequired": _UNPUBLISHED,
    "BadRequest": _ERROR,
    "BadSymbol": _UNKNOWN,
    "OperationRejected": _ERROR,
    "NoChange": _ERROR,
    "MarginModeAlreadySet": _ERROR,
    "MarketClosed": _NOT_TRADING,
    "ManualInteractionNeeded": _ERROR,
    "RestrictedLocation": _BLOCKED,
    "InsufficientFunds": _ERROR,
    "InvalidAddress": _ERROR,
    "AddressPending": _ERROR,
    "InvalidOrder": _ERROR,
    "OrderNotFound": _ERROR,
    "OrderNotCached": _ERROR,
    "OrderImmediatelyFillable": _ERROR,
    "OrderNotFillable": _ERROR,
    "DuplicateOrderId": _ERROR,
    "ContractUnavailable": _NOT_TRADING,
    "NotSupported": _UNPUBLISHED,
    "InvalidProxySettings": _PROXY,
    "ExchangeClosedByUser": _CLOSED,
    "OperationFailed": _ERROR,
    "NetworkError": _DOWN,
    "DDoSProtection": _LIMITS,
    "RateLimitExceeded": _LIMITS,
    "ExchangeNotAvailable": _DOWN,
    "OnMaintenance": Meaning("is under maintenance"),
    "InvalidNonce": _ERROR,
    "ChecksumError": _NONSENSE,
    "RequestTimeout": _SLOW,
    "BadResponse": _NONSENSE,
    "NullResponse": _NONSENSE,
    "CancelPending": _ERROR,
    "UnsubscribeError": _ERROR,
    # What leaks past ccxt: the deadline, aiohttp, and its parsers tripping over a body they did not expect.
    "TimeoutError": Meaning("is too slow to answer"),
    "ClientError": _DOWN,
    "OSError": _DOWN,
    "EmptyAnswer": Meaning("sent an empty answer"),
    "LookupError": _NONSENSE,
    "AttributeError": _NONSENSE,
    "TypeError": _NONSENSE,
    "ValueError": _NONSENSE,  # json.JSONDecodeError is one
    "ArithmeticError": _NONSENSE,  # decimal.InvalidOperation is one
}

# aiohttp's names for a connection that broke after it stood. ccxt wraps them in ExchangeNotAvailable.
_RESETS = frozenset({"ServerDisconnectedError", "ClientOSError", "ClientPayloadError"})
_CANNOT_CONNECT = "ClientConnectorError"

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"(?<=\S)\?\S+")
_LOG_LENGTH = 300


def foreign_errors() -> tuple[type[Exception], ...]:
    """The classes that this edge translates. Imports ccxt, so call it where ccxt is already at home."""
    import aiohttp
    from ccxt.base.errors import BaseError

    return (
        BaseError,
        aiohttp.ClientError,
        OSError,  # TimeoutError is one
        LookupError,
        AttributeError,
        TypeError,
        ValueError,
        ArithmeticError,
    )


def meaning(error: BaseException) -> Meaning:
    """The row of the nearest class up the tree."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((MEANINGS[name] for name in names if name in MEANINGS), _ERROR)


def explain(exchange: str, error: BaseException, since: datetime) -> Problem:
    """The error that a reader gets instead of `error`. `since`: when this exchange's trouble began."""
    found = meaning(error)
    sentence = f"{exchange_name(exchange)} {found.reason}."
    if found.is_answer:
        return NotPossible(sentence)
    return MarketUnavailable(sentence, [Outage(exchange, found.reason, since, found.can_retry)])


async def or_outages(answer: Awaitable[T], outages: list[Outage]) -> T | None:
    """The answer; None where there is none, and then `outages` grows by why."""
    try:
        return await answer
    except MarketUnavailable as error:
        outages.extend(error.outages)
    except NotPossible:
        pass  # this exchange has it not: another one may
    return None


def is_worth_asking_again(error: BaseException) -> bool:
    """Whether to ask once more at once: after a time-out or a broken connection, never after a refusal."""
    return meaning(error).ask_again or _is_reset(error.__cause__)


def _is_reset(cause: BaseException | None) -> bool:
    names = {kind.__name__ for kind in type(cause).__mro__}
    return bool(names & _RESETS) and _CANNOT_CONNECT not in names


def without_secrets(error: BaseException) -> str:
    """Class and message for the log: URLs without credentials and query, and not a whole page of HTML."""
    message = _QUERY.sub("?...", _CREDENTIALS.sub("***@", str(error)))
    return f"{type(error).__name__}: {' '.join(message.split())[:_LOG_LENGTH]}"
