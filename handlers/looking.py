"""Looking at the market for what may be missing: an answer without it names it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from typing import TypeVar

from chatbot.command import Services
from chatbot.core.errors import MarketUnavailable, Problem
from chatbot.core.markets import Candles, FundingHistory, Instrument

AT_ONCE = 10
PATIENCE_S = 10.0  # for histories: an answer names what is still missing then

K = TypeVar("K")
T = TypeVar("T")


def require_a_market(services: Services) -> None:
    """MarketUnavailable where no exchange ever said what it lists: then nothing can be said of any coin."""
    states = services.market.states()
    if not any(state.markets for state in states):
        outages = [state.outage for state in states if state.outage is not None]
        raise MarketUnavailable("No exchange can be reached.", outages)


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
    return await _in_time(coins, services.market.daily_candles)


async def funding_histories(
    perpetuals: Collection[Instrument], services: Services, span: timedelta
) -> Mapping[Instrument, FundingHistory]:
    """The settlements of `span` of those perpetuals whose exchange told them in time; asked a few at a time."""
    return await _in_time(perpetuals, lambda perpetual: services.market.funding_history(perpetual, span))


async def _in_time(wanted: Collection[K], ask: Callable[[K], Awaitable[T]]) -> Mapping[K, T]:
    found: dict[K, T] = {}
    waiting = iter(dict.fromkeys(wanted))

    async def work() -> None:
        for each in waiting:
            answer = await or_none(ask(each))
            if answer is not None:
                found[each] = answer

    asking = [asyncio.create_task(work()) for _ in range(min(AT_ONCE, len(wanted)))]
    if asking:
        done, late = await asyncio.wait(asking, timeout=PATIENCE_S)
        for task in late:
            task.cancel()
        for task in done:
            task.result()  # a bug in there is one here
    return {each: found[each] for each in wanted if each in found}
