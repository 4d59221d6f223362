"""Looking at the market for what may be missing: an answer without it names it."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping
from typing import TypeVar

from chatbot.command import Services
from chatbot.core.errors import Problem
from chatbot.core.markets import Candles

AT_ONCE = 10
PATIENCE_S = 10.0  # for histories: an answer names what is still missing then

T = TypeVar("T")


async def or_none(asked: Awaitable[T]) -> T | None:
    """What was asked for; None where it does not exist or did not come."""
    try:
        return await asked
    except Problem:
        return None


async def histories(coins: Collection[str], services: Services) -> Mapping[str, Candles]:
    """Daily candles of those coins that have some and came in time; asked a few at a time, so that no exchange chokes.

    What comes later is there for the next who asks.
    """
    found: dict[str, Candles] = {}
    waiting = iter(dict.fromkeys(coins))

    async def ask() -> None:
        for coin in waiting:
            candles = await or_none(services.market.daily_candles(coin))
            if candles is not None:
                found[coin] = candles

    asking = [asyncio.create_task(ask()) for _ in range(min(AT_ONCE, len(coins)))]
    if asking:
        done, late = await asyncio.wait(asking, timeout=PATIENCE_S)
        for task in late:
            task.cancel()
        for task in done:
            task.result()  # a bug in there is one here
    return {coin: found[coin] for coin in coins if coin in found}
