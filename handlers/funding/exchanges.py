"""/funding BTC: every exchange in one answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chatbot.command import Call, Reply, Services
from chatbot.core.comparison import plan_comparison
from chatbot.core.crowding import QUARTER
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.markets import FundingHistory, Instrument
from handlers.funding.kept import keep
from handlers.funding.perpetuals import perpetuals_of
from handlers.funding.request import FundingRequest, line
from handlers.funding.rows import render

QUARTER_WITHIN_S = 4.0  # as long as an exchange has for its rate: the answer waits for nothing longer
A_DAY_MORE = timedelta(days=1)


async def answer(call: Call, request: FundingRequest, coin: str, services: Services) -> Reply:
    """The comparison of the coin's perpetuals, with what came in time."""
    chosen = await services.settings.load(call.chat_id)
    perpetuals = perpetuals_of(request, coin, services.market.futures(coin), chosen.quote)
    (snapshots, failed), quarter = await asyncio.gather(
        services.market.snapshots(perpetuals), _quarter(perpetuals[0], services)
    )
    outages = _with_unloaded(failed, request, services)
    plan = plan_comparison(coin, snapshots, now=services.now(), quarter=quarter, outages=outages)
    key = await keep(services, call.chat_id, "exchanges", line(request), plan)
    return replace(render(plan, request, key), plan=plan)


async def _quarter(market: Instrument, services: Services) -> FundingHistory | None:
    """Ninety days of one market, which tell what is much for this coin. None: the month has to do."""
    try:
        async with asyncio.timeout(QUARTER_WITHIN_S):
            return await services.market.funding_history(market, QUARTER + A_DAY_MORE)
    except (TimeoutError, MarketUnavailable, NotPossible):
        return None


def _with_unloaded(failed: Sequence[Outage], request: FundingRequest, services: Services) -> tuple[Outage, ...]:
    """And those exchanges whose markets are not known: they may list it, too."""
    unloaded = [
        state.outage
        for state in services.market.states()
        if state.outage is not None and not state.markets and request.exchange in (None, state.exchange)
    ]
    return tuple({outage.exchange: outage for outage in (*failed, *unloaded)}.values())
