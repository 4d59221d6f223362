"""The sandbox's servers: on loopback, on the usual port or another, and gone when the block is left."""

import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from chatbot.sandbox.local import open_sandbox


def now() -> datetime:
    return datetime.now(UTC)


def test_a_second_sandbox_takes_another_port() -> None:
    with open_sandbox(now) as one, open_sandbox(now) as other:
        assert one.page_url != other.page_url
        assert {urlsplit(local.page_url).hostname for local in (one, other)} == {"127.0.0.1"}
        assert "Hedge" in urlopen(f"{one.telegram_url}/bot{one.token}/getMe").read().decode()


def test_a_port_that_was_asked_for_and_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = open_sandbox(now, taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            refused.__enter__()


def test_live_there_are_no_simulated_exchanges() -> None:
    with open_sandbox(now, is_live=True) as local:
        assert local.exchanges_url is None


def test_after_the_block_nothing_listens() -> None:
    with open_sandbox(now) as local:
        address = urlsplit(local.page_url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname or "", address.port or 0), timeout=1)
