"""One look at sectors: the closes of their coins, what every exchange says in bulk, and what did not come."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

from chatbot.command import Services
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.markets import Board, Candles
from chatbot.core.portfolio import STABLECOINS
from handlers.looking import histories, require_a_market

BITCOIN = "BTC"

Sectors = Mapping[str, Sequence[str]]  # coins by the sector's name


@dataclass(frozen=True, slots=True, eq=False)
class SectorsSeen:
    """One look.

    `candles`: of bitcoin, of the members and of what else was asked for. `coins_unlisted`: on no exchange here;
    `coins_missing`: listed, and their prices did not come in time. `exchanges`: those that were asked (ccxt ids).
    `as_of`: of the oldest part.
    """

    sectors: Mapping[str, tuple[str, ...]]
    candles: Mapping[str, Candles]
    boards: tuple[Board, ...]
    coins_unlisted: tuple[str, ...]
    coins_missing: tuple[str, ...]
    outages: tuple[Outage, ...]
    exchanges: tuple[str, ...]
    sources: tuple[str, ...]
    as_of: datetime


async def see(sectors: Sectors, services: Services, also: Collection[str] = ()) -> SectorsSeen:
    """Prices first of bitcoin and of `also`, then of each sector's largest, so that what comes in time is of all.

    MarketUnavailable where nobody told even what is listed, or gave a single price.
    """
    require_a_market(services)
    wanted = tuple(dict.fromkeys(coin for coin in _in_order(sectors, also) if coin not in STABLECOINS))
    listed = services.market.coins()
    asked = [coin for coin in wanted if coin in listed]
    candles, (boards, outages) = await asyncio.gather(histories(asked, services), services.market.boards())
    if not candles:
        raise MarketUnavailable("No exchange gave daily prices.", outages)
    parts: tuple[Candles | Board, ...] = (*candles.values(), *boards)
    return SectorsSeen(
        sectors={name: tuple(coins) for name, coins in sectors.items()},
        candles=candles,
        boards=boards,
        coins_unlisted=tuple(coin for coin in wanted if coin not in listed),
        coins_missing=tuple(coin for coin in asked if coin not in candles),
        outages=outages,
        exchanges=tuple(state.exchange for state in services.market.states()),
        sources=tuple(dict.fromkeys(each.source for each in parts)),
        as_of=min(each.as_of for each in parts),
    )


def _in_order(sectors: Sectors, also: Collection[str]) -> Iterator[str]:
    in_turn = zip_longest(*sectors.values())
    return chain((BITCOIN,), also, (coin for row in in_turn for coin in row if coin is not None))
