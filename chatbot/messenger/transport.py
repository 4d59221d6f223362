"""The way to Telegram: HTTP through aiohttp, which costs half the CPU of httpx's own pool, and a log without the token.

Law: an error that is called a connect error was raised before anything was sent.
"""

import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import aiohttp_socks
import httpx
from httpx_aiohttp import AiohttpTransport
from telegram.request import HTTPXRequest

NOISY_LOGGERS = ("httpx", "httpcore", "telegram", "apscheduler", "aiohttp")  # httpx writes the token at INFO
LONGEST_KEEPALIVE_S = 50  # Telegram closes an idle connection after about a minute


class Transport(AiohttpTransport):
    """httpx-aiohttp with the errors told apart: whether a message may have arrived decides whether it is sent again."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except (httpx.TimeoutException, httpx.ConnectError) as error:
            raise _told_apart(error) from error.__cause__
        except (aiohttp_socks.ProxyError, aiohttp_socks.ProxyConnectionError, aiohttp_socks.ProxyTimeoutError) as error:
            raise httpx.ProxyError(str(error)) from error


def _told_apart(error: httpx.TransportError) -> httpx.TransportError:
    """httpx-aiohttp 0.2 calls every lost connection a connect timeout."""
    cause = error.__cause__
    if isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return httpx.ConnectError(str(cause))
    if isinstance(cause, aiohttp.ServerTimeoutError):
        return httpx.ReadTimeout(str(cause))
    if isinstance(cause, aiohttp.ClientConnectionError):
        return httpx.RemoteProtocolError(str(cause))
    return error


def build_request(
    proxy_url: str | None = None,
    *,
    connections: int = 256,
    read_timeout: float = 20.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> HTTPXRequest:
    """A request object for python-telegram-bot; `transport` replaces the way out, in tests."""
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=10.0,
        read_timeout=read_timeout,
        write_timeout=20.0,
        pool_timeout=10.0,
        httpx_kwargs={"transport": transport or Transport(client=_session_maker(proxy_url, connections))},
    )


def _session_maker(proxy_url: str | None, connections: int) -> Callable[[], aiohttp.ClientSession]:
    """Called with the first request, because an aiohttp session belongs to the loop that runs."""

    def make() -> aiohttp.ClientSession:
        options: dict[str, Any] = {"limit": connections, "keepalive_timeout": LONGEST_KEEPALIVE_S}
        jar = aiohttp.DummyCookieJar()
        if proxy_url is None or proxy_url.startswith("http"):
            return aiohttp.ClientSession(connector=aiohttp.TCPConnector(**options), cookie_jar=jar, proxy=proxy_url)
        # socks5h is aiohttp-socks's socks5: names are always resolved by the proxy.
        address = proxy_url.replace("socks5h://", "socks5://", 1)
        return aiohttp.ClientSession(
            connector=aiohttp_socks.ProxyConnector.from_url(address, rdns=True, **options), cookie_jar=jar
        )

    return make


def was_never_sent(error: BaseException) -> bool:
    """Whether the request certainly did not reach Telegram, so that sending it again cannot say anything twice."""
    return isinstance(error.__cause__, (httpx.ConnectError, httpx.PoolTimeout, httpx.ProxyError))


class TokenFilter(logging.Filter):
    """Blots out a token's secret half in a record's message and traceback. Lets every record pass."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._secret = token.partition(":")[2] or token

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a log call whose words do not fit its values: logging itself will say so
            message = f"{record.msg} {record.args}"
        if self._secret in message:
            record.msg, record.args = self._blotted(message), ()
        if record.exc_info and record.exc_text is None:
            record.exc_text = self._blotted(_FORMATTER.formatException(record.exc_info))
        return True

    def _blotted(self, text: str) -> str:
        return text.replace(self._secret, "[token]")


_FORMATTER = logging.Formatter()


def silence_token(token: str) -> None:
    """From here on no log record shows `token`, whichever logger and handler it goes through."""
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    make_record, blot = logging.getLogRecordFactory(), TokenFilter(token)

    # A logger's filters are not asked about its children's records, and handlers may come later: a factory sees all.
    def make_silent_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        blot.filter(record)
        return record

    logging.setLogRecordFactory(make_silent_record)
