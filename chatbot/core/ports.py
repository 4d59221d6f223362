"""What the callers of the core are given: market data and memory, as Protocols in core types.

Every method of `MarketData` may raise MarketUnavailable (nobody answered) or NotPossible (no exchange has it). Ages
are in the values (`as_of`); a value may be stale while its source is down.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatbot.core.errors import Outage
from chatbot.core.markets import (
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
from chatbot.core.portfolio import Portfolio


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

    async def funding_history(self, instrument: Instrument) -> FundingHistory:
        """The settlements of at least the last 30 days, as far back as the exchange gives."""
        ...

    async def margin_tiers(self, instrument: Instrument) -> MarginTiers: ...

    async def daily_candles(self, coin: str) -> Candles:
        """The closed daily bars of up to the last 400 days, from the first exchange that has them."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a portfolio that was stored, and the key under which it can be undone for a day."""

    before: Portfolio
    after: Portfolio
    undo_key: str


class Portfolios(Protocol):
    """Who holds what. A user's id comes from Telegram alone."""

    async def load(self, user_id: int) -> Portfolio: ...

    async def change(self, user_id: int, update_id: int, edit: Callable[[Portfolio], Portfolio]) -> Change | None:
        """Applies the pure `edit` to what is stored, and stores the result with the update's number in one transaction.

        None when this update was applied before: then nothing is done. What `edit` raises goes through, nothing stored.
        """
        ...

    async def undo(self, user_id: int, update_id: int, key: str) -> Change | None:
        """Puts back the coins that the change `key` touched, as they were before it. An undo can itself be undone.

        None when this update or this key was used before. UserMistake when the key is unknown, another user's or older
        than a day, and when those coins were changed again since.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given: the command's name and line, and its plan as JSON."""

    command: str
    line: str
    plan_json: str
    answered_at: datetime


class Answers(Protocol):
    """Answers that `How?` and `Chart` come back to, for 30 days."""

    async def keep(self, user_id: int, answer: KeptAnswer) -> str:
        """Stores it and returns its short key."""
        ...

    async def recall(self, user_id: int, key: str) -> KeptAnswer | None:
        """None when it is unknown, old, or another user's."""
        ...


class PersonalData(Protocol):
    """All that is stored about one person."""

    async def export(self, user_id: int) -> Mapping[str, object]:
        """Everything stored under this id, by table, as plain JSON values (decimals as text)."""
        ...

    async def forget(self, user_id: int) -> int:
        """Deletes all of it and returns how many rows that were."""
        ...

    async def confirm(self, user_id: int, purpose: str) -> str:
        """A one-time key for a button that asks 'really?'."""
        ...

    async def redeem(self, user_id: int, purpose: str, key: str) -> bool:
        """Whether this user got that key for this purpose within the last hour and has not used it; uses it up."""
        ...
