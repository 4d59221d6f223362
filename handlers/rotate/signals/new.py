"""/rotate new: perpetuals listed in the last 90 days."""

import asyncio
from collections.abc import Collection, Mapping

from chatbot.command import Call, Reply, Services
from chatbot.core.errors import MarketUnavailable, UserMistake
from chatbot.core.markets import Instrument, OrderBook
from chatbot.core.rotation.listings import asked_for, plan_listings, with_books
from handlers.grammar.written import Written, split
from handlers.kept import keep
from handlers.looking import or_none
from handlers.rotate.signals.new_render import COMMAND, render


async def answer(call: Call, services: Services) -> Reply:
    """From the bulk of all exchanges, and the books of the most traded."""
    words = split(call.words)[1:]
    if words:
        written = Written(COMMAND, words)
        raise UserMistake("New perpetuals are listed all at once.", [written.without(range(len(words)))])
    boards, outages = await services.market.boards()
    if not boards:
        raise MarketUnavailable("No exchange told what it lists.", outages)
    plan = await asyncio.to_thread(plan_listings, boards, outages, services.now())
    plan = with_books(plan, await _books(asked_for(plan), services))
    return render(plan, await keep(services, call.chat_id, "rotate", "new", COMMAND, plan))


async def _books(markets: Collection[Instrument], services: Services) -> Mapping[Instrument, OrderBook]:
    books = await asyncio.gather(*(or_none(services.market.order_book(market)) for market in markets))
    return {market: book for market, book in zip(markets, books, strict=True) if book is not None}
