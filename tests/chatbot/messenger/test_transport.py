"""The way to Telegram when something is wrong with it, and a log that keeps the token to itself."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from telegram.error import NetworkError, TimedOut
from telegram.request import HTTPXRequest

from chatbot.messenger.transport import build_request, silence_token, was_never_sent

TOKEN = "123456:AAsecret"

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(behave: Behaviour) -> AsyncIterator[str]:
    """A server on this machine that behaves like that; its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def client(proxy_url: str | None = None) -> AsyncIterator[HTTPXRequest]:
    request = build_request(proxy_url, read_timeout=0.2)
    async with request:
        yield request


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{"ok": true, "result": true}')
    await writer.drain()


async def test_an_answer_comes_back() -> None:
    async with server(greet) as url, client() as request:
        assert await request.post(f"{url}/bot{TOKEN}/getMe") is True


async def test_a_server_that_is_not_there_has_received_nothing() -> None:
    async with client() as request:
        with pytest.raises(NetworkError) as failure:
            await request.post(f"http://127.0.0.1:1/bot{TOKEN}/getMe")
    assert was_never_sent(failure.value)


async def test_a_server_that_hangs_up_may_have_received_it_but_did_not_time_out() -> None:
    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with server(hang_up) as url, client() as request:
        with pytest.raises(NetworkError) as failure:
            await request.post(f"{url}/bot{TOKEN}/getMe")
    assert not isinstance(failure.value, TimedOut)
    assert not was_never_sent(failure.value)


async def test_a_server_that_says_nothing_may_have_received_it() -> None:
    async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(say_nothing) as url, client() as request:
        with pytest.raises(TimedOut) as failure:
            await request.post(f"{url}/bot{TOKEN}/getMe")
    assert not was_never_sent(failure.value)


async def test_requests_go_through_the_proxy() -> None:
    asked: list[bytes] = []

    async def stand_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        await greet(reader, writer)

    async with server(stand_in) as proxy, client(proxy) as request:
        assert await request.post("http://telegram.test/bot1:a/getMe") is True
    assert asked == [b"POST http://telegram.test/bot1:a/getMe HTTP/1.1\r\n"]


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
async def test_a_socks_proxy_that_is_not_there_has_passed_nothing_on(scheme: str) -> None:
    async with client(f"{scheme}://127.0.0.1:1") as request:
        with pytest.raises(NetworkError) as failure:
            await request.post("http://telegram.test/bot1:a/getMe")
    assert was_never_sent(failure.value)


@pytest.fixture
def silenced() -> Iterator[None]:
    """The token silenced for one test."""
    factory = logging.getLogRecordFactory()
    silence_token(TOKEN)
    yield
    logging.setLogRecordFactory(factory)


@pytest.mark.usefixtures("silenced")
def test_no_record_of_any_logger_shows_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("a.new.one").warning("POST %s", f"https://api.telegram.org/bot{TOKEN}/getMe")
    logging.getLogger("httpx").info("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    failure = ValueError(f"token {TOKEN} was rejected")
    logging.getLogger("a.new.one").error("failed", exc_info=failure)
    assert "AAsecret" not in caplog.text
    assert "[token]" in caplog.text
    assert "ValueError" in caplog.text


@pytest.mark.usefixtures("silenced")
def test_httpx_does_not_log_addresses_at_all() -> None:
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpcore").isEnabledFor(logging.DEBUG)


@pytest.mark.usefixtures("silenced")
def test_other_records_are_left_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("a.new.one").warning("%s of %d", "one", 2)
    assert caplog.messages == ["one of 2"]
    assert caplog.records[0].args == ("one", 2)
