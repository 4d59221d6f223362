"""A market of known signals: FET's longs are crowded and its price stalls, of TAO neither, of RENDER only the price."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from chatbot.command import Call, Reply, Services
from chatbot.core.errors import Problem
from chatbot.core.markets import Instrument, Snapshot
from chatbot.core.portfolio import Portfolio
from chatbot.messenger import plain_text
from handlers.rotate.explaining import explain
from tests.chatbot.core.rotation.samples import growing, priced
from tests.fakes import ASKER, FakeMarket, call, services, spot_price
from tests.samples import history, perpetual, snapshot

CLOSES = {
    "BTC": growing(120, 0.001),
    # 1.01^13 * 0.9 - 1 = +2.4 % in 14 days, usually +14.9 %
    "FET": [*growing(119), growing(119)[-1] * 0.9],
    "TAO": growing(120),
    "RENDER": [*growing(119), growing(119)[-1] * 0.9],
}
PRICES = {"BTC": "60000", "FET": "2", "TAO": "300", "RENDER": "4"}

Answer = Callable[[Call, Services], Awaitable[Reply]]


def on(coin: str, exchange: str = "binance") -> Instrument:
    return perpetual(coin, exchange=exchange)


def told(coin: str, rate: str = "0.0001", **parts: Any) -> Snapshot:
    """With 90 days of settlements at the same rate."""
    market = on(coin)
    whole = snapshot(market, PRICES[coin])
    return replace(whole, history=history(market, rate, 280), **parts)


def market(**changes: Any) -> FakeMarket:
    made: dict[str, Any] = {
        "prices": {coin: spot_price(coin, price) for coin, price in PRICES.items()},
        "markets": [told("BTC"), told("FET", "0.0004"), told("TAO"), told("RENDER")],
        "history": {coin: priced(closes, coin) for coin, closes in CLOSES.items()},
    }
    return FakeMarket(**(made | changes))


def given(portfolio: Portfolio | None = None, **changes: Any) -> Services:
    return services(market(**changes), portfolio)


async def problem_of(answer: Answer, line: str, services: Services, **terms: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await answer(call(line, **terms), services)
    return caught.value


async def explained(services: Services, key: str = "k1") -> str:
    """What `How?` says to the kept answer."""
    kept = await services.answers.recall(ASKER, key)
    assert kept is not None
    return plain_text(explain(kept.plan_json))


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


def reads_well(text: str) -> bool:
    """Tables as wide as a phone, up to twelve lines before what opens with a tap, and no odd figure."""
    tables = re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL)
    is_narrow = all(len(row) <= 30 for table in tables for row in table.splitlines())
    is_short = text.partition("<blockquote")[0].count("\n") <= 14
    return is_narrow and is_short and not re.search(r"\bnan\b|\bNone\b|E[+-]\d|−0\.0+\b", text)
