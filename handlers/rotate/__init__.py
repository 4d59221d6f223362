"""/rotate: which sector leads, when a narrative is over, and how to move money from one into another."""

from collections.abc import Awaitable, Callable, Mapping

from chatbot.command import Call, Command, Reply, Services
from chatbot.core.rotation.sectors import sectors_of
from handlers.grammar.written import split
from handlers.rotate import sector, sectors, table
from handlers.rotate.evidence import answer as evidence
from handlers.rotate.explaining import depict, explain
from handlers.rotate.plan import answer as plan
from handlers.rotate.request import named_sector, unknown
from handlers.rotate.signals import check, exits, new

ANSWERS: Mapping[str, Callable[[Call, Services], Awaitable[Reply]]] = {
    "sectors": sectors.answer,
    "exits": exits.answer,
    "check": check.answer,
    "new": new.answer,
    "test": evidence.answer,
}

HELP = """<b>/rotate</b> compares sectors with bitcoin and says which one leads.

<code>/rotate</code> every sector: strength over 7 and 30 days, breadth, funding, and the phase of the cycle
<code>/rotate ai</code> one sector, coin by coin
<code>/rotate UNI FET $5k</code> from one coin or sector into another, in stages, bridged by a short
<code>/rotate UNI FET 50% stages=4 hedge=30%</code> of what you hold; also <code>keep</code>, <code>perp</code>
<code>/rotate exits</code> crowded longs and stalled prices in what you hold; <code>exits FET ai</code> of others
<code>/rotate check SOL</code> the signs of an entry; data answer four, you the rest: <code>tech=yes ecosystem=no</code>
<code>/rotate new</code> coins that got their first perpetual within 90 days, with a caution each
<code>/rotate test</code> what following the strongest would have come to; <code>test weekly 180d</code>
<code>/rotate sectors</code> their coins; <code>/rotate sectors ai add TAO</code> changes them for you

Strength is the return of a sector's coins, each alike, beside bitcoin's: +10 % means a tenth better. What it means \
for what you hold is said in the private chat alone."""


async def answer(call: Call, services: Services) -> Reply:
    """What the first word names; else every sector, or the one that is named."""
    first = "".join(call.words.split(maxsplit=1)[:1]).lower()
    if first in ANSWERS:
        return await ANSWERS[first](call, services)
    if not split(call.words):
        return await table.answer(call, services)
    known = sectors_of((await services.settings.load(call.chat_id)).sectors)
    name = named_sector(call.words, known)
    if name is None and await plan.concerns(call, services):
        return await plan.answer(call, services)
    if name is None:
        raise unknown(call.words, known, services.market.coins())
    return await sector.answer(call, name, services)


ROTATE = Command(
    name="rotate",
    summary="Which sector leads against bitcoin, and in which phase the money is",
    help=HELP,
    answer=answer,
    examples=("/rotate", "/rotate ai", "/rotate UNI FET $5k", "/rotate sectors"),
    explain=explain,
    depict=depict,
)
