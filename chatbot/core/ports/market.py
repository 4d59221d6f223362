"""Public market data. Every method may raise MarketUnavailable (nobody answered) or NotPossible (no exchange has it).

Ages are in the values (`as_of`); a value may be stale while its source is down.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chatbot.core.errors import Outage
from chatbot.core.markets import (
    Board,
    Candles,
    FundingHistory,
    FundingRate,
    FuturesQuote,
    Instrument,
    MarginTiers,
    OrderBook,
    Snapshot,
    SpotPrice,
)

MONTH = timedelta(days=31)  # the 30 that are promised, and one more so that none is cut


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """One configured exchange: its markets are loaded (`markets` > 0) or why not."""

    exchange: str
    name: str  # as users know it: Bybit
    markets: int
    loaded_at: datetime | None
    outage: Outage | None


class MarketData(Protocol):
    """Public exchange data. `exchange` is a ccxt id."""

    def is_ready(self) -> bool:
        """Whether every exchange was asked for its markets once (answered or failed)."""
        ...

    async def wait_until_ready(self) -> None:
        """Returns when `is_ready`; never raises for an exchange that is down."""
        ...

    def states(self) -> tuple[ExchangeState, ...]:
        """The configured exchanges in the configured order."""
        ...

    def coins(self) -> frozenset[str]:
        """Every coin that any loaded exchange lists, spot or futures."""
        ...

    def futures(self, coin: str) -> tuple[Instrument, ...]:
        """Active perpetual and dated markets of `coin` on all loaded exchanges, in configured order."""
        ...

    async def spot_prices(self, coins: Collection[str]) -> Mapping[str, SpotPrice]:
        """Prices of those coins that have one; coins without are absent. Stablecoins count as 1."""
        ...

    async def snapshots(self, instruments: Collection[Instrument]) -> tuple[tuple[Snapshot, ...], tuple[Outage, ...]]:
        """All that each of these markets says of itself, asked side by side; what is known already starts no task.

        A market whose quote did not come is left out and its exchange is among the outages (once). Any other part that
        did not come is None. Never raises for an exchange.
        """
        ...

    async def futures_quote(self, instrument: Instrument) -> FuturesQuote: ...

    async def order_book(self, instrument: Instrument) -> OrderBook: ...

    async def funding_rate(self, instrument: Instrument) -> FundingRate:
        """NotPossible for a dated contract."""
        ...

    async def funding_history(self, instrument: Instrument, span: timedelta = MONTH) -> FundingHistory:
        """The settlements of at least `span` (up to 370 days), as far back as the exchange gives."""
        ...

    async def boards(self, exchanges: Collection[str] | None = None) -> tuple[tuple[Board, ...], tuple[Outage, ...]]:
        """The contracts of these exchanges (None: of every loaded one) in bulk, asked side by side.

        Asked once for all who ask within some seconds; an old board is served with its age while a new one is fetched.
        An exchange that did not answer in time is among the outages; never raises for one.
        """
        ...

    def spot_markets(self, coin: str) -> tuple[Instrument, ...]:
        """Spot markets of `coin` on all loaded exchanges, in configured order, one each; `order_book` takes them."""
        ...

    async def margin_tiers(self, instrument: Instrument) -> MarginTiers: ...

    async def daily_candles(self, coin: str) -> Candles:
        """The closed daily bars of up to the last 400 days, from the first exchange that has them."""
        ...
