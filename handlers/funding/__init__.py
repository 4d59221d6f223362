"""/funding: rates, basis and carry on every exchange, and alerts."""

from collections.abc import Awaitable, Callable, Mapping

from chatbot.command import Call, Command, Reply, Services
from handlers.funding import alerts, carry, heat_map, history, overview
from handlers.funding import exchanges as every_exchange
from handlers.funding.carry import roll
from handlers.funding.explaining import depict, explain
from handlers.funding.request import parse
from handlers.looking import require_a_market

HELP = """<b>/funding</b> tells who pays whom, how much and when, on every exchange.

<code>/funding</code> the extremes over all coins
<code>/funding BTC</code> every exchange, averages, the spread
<code>/funding BTC 90d</code> what was really paid, as a picture
<code>/funding map</code> coins by exchanges
<code>/funding carry BTC $10k</code> coins against the perpetual and each dated future
<code>/funding roll BTC</code> from the near future into the next
<code>/funding alert BTC &gt; 0.05%</code> per 8h; also 0.05%/1h, 40% apr, flip, spread, interval, basis
<code>/funding alert top</code> at each settlement
<code>/funding alerts</code> what you watch

+ longs pay shorts, − shorts pay longs. Rates compare per 8 hours; the real interval is printed."""

ALERTS = frozenset({"alert", "alerts"})  # can be looked at and changed though no exchange answers
SUBJECTS: Mapping[str, Callable[[Call, Services], Awaitable[Reply]]] = {
    "alert": alerts.answer,
    "alerts": alerts.answer,
    "carry": carry.answer,
    "roll": roll.answer,
}


async def answer(call: Call, services: Services) -> Reply:
    """What the first word names; else rates of all coins, of one, or its history."""
    first = "".join(call.words.split(maxsplit=1)[:1]).lower()
    if first not in ALERTS:
        require_a_market(services)
    if first in SUBJECTS:
        return await SUBJECTS[first](call, services)
    states = services.market.states()
    request = parse(call.words, services.market.coins(), tuple(state.exchange for state in states))
    if request.is_map:
        return await heat_map.answer(call, services)
    if request.coin is None:
        return await overview.answer(call, request, services)
    if request.span is not None:
        return await history.answer(call, request, request.coin, services)
    return await every_exchange.answer(call, request, request.coin, services)


FUNDING = Command(
    name="funding",
    summary="Funding on every exchange, carry, and alerts",
    help=HELP,
    answer=answer,
    examples=("/funding BTC", "/funding", "/funding carry BTC $10k", "/funding alert BTC > 0.05%"),
    explain=explain,
    depict=depict,
)
