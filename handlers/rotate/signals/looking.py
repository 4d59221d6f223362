"""What signals are read from: daily prices, the bulk of all exchanges, settled funding where a coin is traded most."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest

from chatbot.command import Services
from chatbot.core.crowding import QUARTER
from chatbot.core.markets import FundingHistory, Instrument, InstrumentKind
from chatbot.core.rotation.exits import CoinExit, Evidence, exits_of
from chatbot.core.rotation.heat import most_traded
from handlers.looking import funding_histories
from handlers.rotate.seeing import SectorsSeen, see

MOST_COINS = 40  # each costs two requests
SPAN = QUARTER + timedelta(days=1)

Sectors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """One look at coins and the members of sectors. `unlooked`: those beyond MOST_COINS."""

    exits: Mapping[str, CoinExit]
    sectors: Mapping[str, tuple[str, ...]]
    seen: SectorsSeen
    perpetuals: Mapping[str, Instrument]
    fundings: Mapping[str, FundingHistory]
    unlooked: tuple[str, ...]


async def look(coins: Collection[str], sectors: Sectors, services: Services) -> Looked:
    """The coins first, then the members of the sectors in turn, up to MOST_COINS that are listed."""
    every = tuple(dict.fromkeys((*coins, *_in_turn(sectors))))
    unlooked = [coin for coin in every if coin in services.market.coins()][MOST_COINS:]
    wanted = tuple(coin for coin in every if coin not in unlooked)
    kept = _kept(sectors, wanted)
    seen = await see(kept, services, also=[coin for coin in coins if coin in wanted])
    perpetuals = perpetuals_of(wanted, seen, services)
    fundings = await _fundings(perpetuals, services)
    evidence = Evidence(seen.candles, fundings, perpetuals.keys(), services.market.coins())
    exits = await asyncio.to_thread(exits_of, wanted, evidence, services.now())
    return Looked(exits, kept, seen, perpetuals, fundings, tuple(unlooked))


def perpetuals_of(coins: Iterable[str], seen: SectorsSeen, services: Services) -> Mapping[str, Instrument]:
    """Of each coin the most traded linear one; the first that is listed where no exchange told its volumes."""
    traded = most_traded(seen.boards)
    found = {
        coin: traded[coin].instrument if coin in traded else _first_listed(coin, services)
        for coin in dict.fromkeys(coins)
    }
    return {coin: each for coin, each in found.items() if each is not None}


async def _fundings(perpetuals: Mapping[str, Instrument], services: Services) -> Mapping[str, FundingHistory]:
    """Where the exchange of a coin did not tell in time, another one that lists it is asked, once."""
    found = await funding_histories(tuple(perpetuals.values()), services, SPAN)
    silent = {each.exchange for each in perpetuals.values() if each not in found}
    others = {
        coin: other
        for coin, each in perpetuals.items()
        if each not in found and (other := _first_listed(coin, services, silent)) is not None
    }
    elsewhere = await funding_histories(tuple(others.values()), services, SPAN)
    first = {coin: found[each] for coin, each in perpetuals.items() if each in found}
    return first | {coin: elsewhere[each] for coin, each in others.items() if each in elsewhere}


def _first_listed(coin: str, services: Services, without: Collection[str] = ()) -> Instrument | None:
    listed = (each for each in services.market.futures(coin) if each.exchange not in without)
    linear = (each for each in listed if each.kind is InstrumentKind.PERPETUAL and not each.is_inverse)
    return next(linear, None)


def _kept(sectors: Sectors, wanted: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """A sector of which nothing is looked at is left out."""
    found = {name: tuple(coin for coin in members if coin in wanted) for name, members in sectors.items()}
    return {name: members for name, members in found.items() if members}


def _in_turn(sectors: Sectors) -> Iterator[str]:
    return (coin for row in zip_longest(*sectors.values()) for coin in row if coin is not None)
