"""Bitcoin on four exchanges with round figures, and a way to ask for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chatbot.command import Reply, Services
from chatbot.core.errors import Outage, Problem
from chatbot.core.markets import Instrument, Snapshot
from chatbot.messenger import plain_text
from handlers.funding import answer
from handlers.funding.explaining import depict, explain
from tests.fakes import FakeAnswers, FakeMarket, call, services
from tests.samples import d, funding, history, inverse, perpetual, quote, snapshot

HOUR = timedelta(hours=1)


def at(
    exchange: str,
    rate: str | None,
    hours: int | None = 8,
    *,
    coin: str = "BTC",
    price: str = "60000",
    volume: str = "5000000",
    settled: str | None = None,
    settlements: int = 400,
    is_inverse: bool = False,
    **changes: Any,
) -> Snapshot:
    """A perpetual with $5m a day, charged in four hours, whose past rates were as the coming one or `settled`."""
    market: Instrument = (inverse if is_inverse else perpetual)(coin, exchange=exchange, **changes)
    interval = None if hours is None else hours * HOUR
    return replace(
        snapshot(market, price),
        quote=quote(market, price, volume_day_quote=d(volume), source=exchange.title()),
        funding=None if rate is None else funding(rate, interval),
        history=history(market, settled or rate or "0.0001", settlements),
    )


BITCOIN = (
    at("binance", "0.0001", volume="9000000"),
    at("bybit", "0.0003"),
    at("okx", "-0.0001", 4),
    at("gate", "0.0005", None),
)


def asked(
    *snapshots: Snapshot, outages: Sequence[Outage] = (), exchanges: Sequence[str] = ("binance", "bybit", "okx", "gate")
) -> Services:
    """Services whose market has these perpetuals."""
    return services(FakeMarket(markets=snapshots or BITCOIN, outages=outages, exchanges=exchanges))


async def ask(line: str, given: Services | None = None, **changes: Any) -> Reply:
    """The answer to a line after /funding."""
    return await answer(call(line, **changes), given or asked())


async def problem_of(line: str, given: Services | None = None) -> Problem:
    """What a line is refused with."""
    try:
        reply = await ask(line, given)
    except Problem as problem:
        return problem
    raise AssertionError(plain_text(reply))


def lines(reply: Reply) -> list[str]:
    """As read on the phone, without what stands behind the buttons."""
    return plain_text(replace(reply, buttons=())).splitlines()


def commands(reply: Reply) -> list[str]:
    """What the buttons carry."""
    return [button.command for row in reply.buttons for button in row]


def explained(given: Services) -> Reply:
    """`How?` on the last answer."""
    return explain(_last(given))


def depicted(given: Services) -> Reply:
    """`Chart` on the last answer."""
    return depict(_last(given))


def _last(given: Services) -> str:
    assert isinstance(given.answers, FakeAnswers)
    return list(given.answers.kept.values())[-1].plan_json
