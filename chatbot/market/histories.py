"""Settlements kept by how far back they reach.

Law: a longer history that is fresh serves a shorter question, and one that is kept is asked only for what is new.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from chatbot.core.markets import FundingHistory, Instrument
from chatbot.core.ports import MONTH
from chatbot.market import translation
from chatbot.market.freshness import Freshness, Keeping

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# How long histories are, the shortest first, and how many of each are kept: a row is 0.2 KB, a year may have 8,784.
_MOST = {MONTH: 200, timedelta(days=92): 64, timedelta(days=370): 48}
_FRESH_FOR = 10 * _MINUTE
_OVERLAP = _DAY  # asked again with what is new

_Asked = tuple[Instrument, timedelta]


class Histories:
    """Funding histories in front of `ask(instrument, span)`. Lives on one event loop."""

    def __init__(
        self, ask: Callable[[Instrument, timedelta], Awaitable[FundingHistory]], now: Callable[[], datetime]
    ) -> None:
        """`ask` is told how far back the history has to reach."""
        self._ask = ask
        self._now = now
        self._kept = {
            span: Freshness(self._fetch, Keeping(_FRESH_FOR, 12 * _HOUR, 2 * _DAY, most), now, _key, _next_settlement)
            for span, most in _MOST.items()
        }

    def peek(self, instrument: Instrument, now: datetime) -> FundingHistory | None:
        """The month that may be served without waiting; an expired one is renewed meanwhile."""
        return self._longer(instrument, MONTH, now) or self._kept[MONTH].peek((instrument, MONTH), now)

    async def get(self, instrument: Instrument, span: timedelta = MONTH) -> FundingHistory:
        """The settlements of at least `span`; of the longest span that is kept where it is longer still."""
        reaching = next((kept for kept in self._kept if kept >= span), max(self._kept))
        longer = self._longer(instrument, reaching, self._now())
        return longer or await self._kept[reaching].get((instrument, reaching))

    def _longer(self, instrument: Instrument, span: timedelta, now: datetime) -> FundingHistory | None:
        fresh = (kept.fresh((instrument, reach), now) for reach, kept in self._kept.items() if reach >= span)
        return next((history for history in fresh if history is not None), None)

    async def _fetch(self, asked: _Asked) -> FundingHistory:
        instrument, span = asked
        known, now = self._kept[span].last(asked), self._now()
        if known is None or not known.settlements:
            return await self._ask(instrument, span)
        news = await self._ask(instrument, min(span, now - known.settlements[-1].charged_at + _OVERLAP))
        return translation.continued(known, news, now - span)

    async def close(self) -> None:
        """Cancels what is being fetched."""
        await asyncio.gather(*(kept.close() for kept in self._kept.values()))


def _key(asked: _Asked) -> tuple[str, str]:
    """Cheaper to hash than the instrument, and the same after a reload."""
    return asked[0].exchange, asked[0].symbol


def _next_settlement(history: FundingHistory, now: datetime) -> datetime:
    """A minute after the next settlement is due; ten minutes from now where it is overdue or not known."""
    interval = translation.agreed_interval(history)
    due = history.settlements[-1].charged_at + interval + _MINUTE if interval else now
    return due if due > now else now + _FRESH_FOR
