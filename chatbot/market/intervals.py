"""Funding intervals that an exchange's rates leave out. Law: 8 hours are said or proven, never assumed.

Binance alone names intervals in another place: a list of those contracts whose rates were ever changed, and not of all
of them. A contract that the list leaves out has 8 hours only if its settlements say so.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chatbot.core.markets import Instrument
from chatbot.market import bulk, questions
from chatbot.market.exchanges import Exchanges
from chatbot.market.failures import or_outages
from chatbot.market.freshness import Freshness, Keeping

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_EIGHT_HOURS = 8 * _HOUR

_LISTS = Keeping(10 * _MINUTE, 2 * _HOUR, _DAY, most=2)
_PROOFS = Keeping(_HOUR, 12 * _HOUR, _DAY, most=2)

Spans = Mapping[str, timedelta | None]  # by symbol


class Intervals:
    """What Binance lists, and what its settlements prove. Lives on one event loop."""

    def __init__(self, exchanges: Exchanges, now: Callable[[], datetime]) -> None:
        self._exchanges = exchanges
        self._now = now
        self._lists = Freshness(self._ask_list, _LISTS, now, key_of=bool)
        self._proofs = Freshness(self._ask_proof, _PROOFS, now, key_of=bool)

    async def stated(self, exchange: str) -> Spans:
        """Of all contracts for which it is known; of an exchange other than Binance none."""
        if exchange != "binance":
            return {}
        *lists, linear, inverse = await asyncio.gather(
            or_outages(self._lists.get(False), []),
            or_outages(self._lists.get(True), []),
            or_outages(self._proofs.get(False), []),
            or_outages(self._proofs.get(True), []),
        )
        proven = dict.fromkeys((linear or frozenset()) | (inverse or frozenset()), _EIGHT_HOURS)
        return proven | {symbol: span for listed in lists for symbol, span in (listed or {}).items()}

    async def of(self, contract: Instrument, agreed: timedelta | None) -> timedelta | None:
        """Of one contract whose last settlements agree on an interval, or on none."""
        if contract.exchange != "binance":
            return agreed
        listed = await or_outages(self._lists.get(contract.is_inverse), [])
        if listed is None:
            return agreed
        return listed.get(contract.symbol, _EIGHT_HOURS if agreed == _EIGHT_HOURS else None)

    async def _ask_list(self, is_inverse: bool) -> Spans:
        return await self._exchanges.ask(
            "binance", lambda client: questions.binance_intervals(client, is_inverse=is_inverse)
        )

    async def _ask_proof(self, is_inverse: bool) -> frozenset[str]:
        listing = self._exchanges.listing("binance")
        contracts = listing.contracts if listing else ()
        return await self._exchanges.ask(
            "binance", lambda client: bulk.eight_hourly(client, contracts, self._now, is_inverse=is_inverse)
        )

    async def close(self) -> None:
        """Cancels what is being asked."""
        await asyncio.gather(self._lists.close(), self._proofs.close())
