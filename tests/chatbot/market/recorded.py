"""Recorded answers of real exchanges, run through ccxt's own code: a client whose transport is a dict."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chatbot.core.markets import Instrument, InstrumentKind
from chatbot.market import questions, translation
from chatbot.market.exchanges import open_client

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

_PAYLOADS = Path(__file__).resolve().parents[4] / "shared" / "data" / "exchange_json" / "nautilus_test_data"

CONTRACT = Instrument(
    exchange="bybit",
    symbol="BTC/USDT:USDT",
    market_id="BTCUSDT",
    coin="BTC",
    quote="USDT",
    settle="USDT",
    kind=InstrumentKind.PERPETUAL,
    is_inverse=False,
    contract_size=Decimal(1),
    step_contracts=Decimal("0.001"),
    tick_quote=Decimal("0.1"),
    taker_share=Decimal("0.0005"),
    maker_share=Decimal("0.0002"),
)


def contract(exchange: str, symbol: str = "BTC/USDT:USDT", market_id: str = "BTCUSDT", **fields: Any) -> Instrument:
    """A perpetual of `exchange`; by default of one bitcoin."""
    return replace(CONTRACT, exchange=exchange, symbol=symbol, market_id=market_id, **fields)


def at() -> datetime:
    """The time of every question here."""
    return NOW


def payload(name: str) -> Any:
    """A file of recorded answers; skips the test where they are absent."""
    path = _PAYLOADS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the recorded answers ({path.name}) are not here")
    return json.loads(path.read_text())


def client_of(exchange: str, answers: Mapping[str, object] | Callable[[str], object]) -> Any:
    """A ccxt client that gets `answers`: by a part of the address (and body), or by a function of it."""
    from ccxt import async_support

    client = open_client(async_support, exchange, None, None)
    client.enableRateLimit = False
    client.asked = []

    async def fetch(url: str, method: str = "GET", headers: object = None, body: object = None) -> Any:
        asked = f"{url} {body or ''}"
        client.asked.append(asked)
        answer = answers(asked) if callable(answers) else next(a for part, a in answers.items() if part in asked)
        return client.parse_json(json.dumps(answer))

    client.fetch = fetch
    return client


async def listed(client: Any, *kinds: object) -> dict[str, Instrument]:
    """The client's instruments by their own names, after its markets of these kinds were loaded."""
    found: list[Any] = []
    for kind in kinds or (None,):
        found += await questions.markets(client, kind)
    client.set_markets(found)
    instruments = (translation.instrument(client.id, market) for market in client.markets.values())
    return {i.market_id: i for i in instruments if i is not None}


def rows_of(history: Any) -> Sequence[tuple[str, str]]:
    """Settlements as (rate, time) text."""
    return [(str(s.rate_per_interval), s.charged_at.isoformat()) for s in history.settlements]
