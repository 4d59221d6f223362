"""One table says what every failure means; nothing that a message holds reaches a reader or tells the log a secret."""

import asyncio
import inspect
import json
from datetime import UTC, datetime
from decimal import InvalidOperation

import aiohttp
import pytest

from chatbot.core.errors import MarketUnavailable, NotPossible
from chatbot.market import failures
from chatbot.market.failures import MEANINGS, EmptyAnswer, explain, is_worth_asking_again, meaning, without_secrets

pytestmark = pytest.mark.xdist_group("ccxt")

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def _ccxt_errors() -> list[type[Exception]]:
    from ccxt.base import errors

    classes = (kind for _, kind in inspect.getmembers(errors, inspect.isclass))
    return [kind for kind in classes if issubclass(kind, Exception)]


def test_every_ccxt_exception_has_its_row() -> None:
    names = {kind.__name__ for kind in _ccxt_errors()}
    assert len(names) > 40
    assert names - set(MEANINGS) == set()


def test_every_ccxt_exception_becomes_one_of_our_errors() -> None:
    for kind in _ccxt_errors():
        assert isinstance(explain("bybit", kind("text"), SINCE), MarketUnavailable | NotPossible)


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        KeyError("symbols"),
        IndexError(),
        AttributeError(),
        TypeError(),
        ValueError(),
        json.JSONDecodeError("broken", "{", 1),
        InvalidOperation(),
        ZeroDivisionError(),
        ConnectionResetError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(),
        EmptyAnswer("nothing"),
    ],
)
def test_what_leaks_past_ccxt_is_caught_and_is_the_exchanges_fault(error: Exception) -> None:
    assert isinstance(error, failures.foreign_errors())
    assert isinstance(explain("okx", error, SINCE), MarketUnavailable)


def test_a_cancellation_is_never_caught() -> None:
    assert not isinstance(asyncio.CancelledError(), failures.foreign_errors())


def test_an_outage_says_which_exchange_why_and_since_when() -> None:
    from ccxt.base.errors import OnMaintenance

    problem = explain("okx", OnMaintenance("okx GET https://www.okx.com/... 503"), SINCE)
    assert isinstance(problem, MarketUnavailable)
    assert problem.sentence == "OKX is under maintenance."
    (outage,) = problem.outages
    assert (outage.exchange, outage.reason, outage.since, outage.can_retry) == (
        "okx",
        "is under maintenance",
        SINCE,
        True,
    )


def test_an_unknown_contract_is_nobodys_fault() -> None:
    from ccxt.base.errors import BadSymbol, NotSupported

    assert isinstance(explain("gate", BadSymbol("gate does not have market symbol X"), SINCE), NotPossible)
    assert explain("gate", NotSupported("x"), SINCE).sentence == "Gate does not publish this."


def test_a_blocked_region_is_not_worth_a_second_try() -> None:
    from ccxt.base.errors import RestrictedLocation

    assert not meaning(RestrictedLocation("451")).can_retry


def test_limits_are_left_alone_and_never_asked_again_at_once() -> None:
    from ccxt.base.errors import DDoSProtection, PermissionDenied, RateLimitExceeded

    for kind in (DDoSProtection, PermissionDenied, RateLimitExceeded):
        assert meaning(kind("429")).is_limit
        assert not is_worth_asking_again(kind("429"))


def test_a_broken_connection_is_asked_again_but_a_refused_one_and_a_refusal_are_not() -> None:
    from ccxt.base.errors import ExchangeNotAvailable, RequestTimeout

    def unavailable(cause: BaseException | None) -> ExchangeNotAvailable:
        error = ExchangeNotAvailable("bybit GET https://api.bybit.com")
        error.__cause__ = cause
        return error

    key = aiohttp.client_reqrep.ConnectionKey("localhost", 1, False, True, None, None, None)
    assert is_worth_asking_again(unavailable(aiohttp.ServerDisconnectedError()))
    assert is_worth_asking_again(unavailable(aiohttp.ClientOSError(104, "reset")))
    assert is_worth_asking_again(RequestTimeout("slow"))
    assert not is_worth_asking_again(unavailable(aiohttp.ClientConnectorError(key, OSError(111, "refused"))))
    assert not is_worth_asking_again(unavailable(None))  # HTTP 5xx
    assert not is_worth_asking_again(TimeoutError())  # the deadline itself


def test_the_log_gets_no_credentials_no_query_and_no_page() -> None:
    error = ValueError("GET http://user:pass@10.0.0.1/https://api.x.com/v5?apiKey=abc&x=1 502 <html>" + "x" * 900)
    text = without_secrets(error)
    assert "pass" not in text
    assert "abc" not in text
    assert text.startswith("ValueError: GET http://***@10.0.0.1/https://api.x.com/v5?...")
    assert len(text) < 330
