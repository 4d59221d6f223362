"""What an exchange offers, in the core's own types: instruments, quotes, funding, books, candles, margin tiers.

Law: every amount is a `Decimal` with its unit in its name, every time is an aware UTC datetime, and what an exchange
did not say is None, never a guess. Prices are per ONE coin, also where the exchange lists `1000PEPE`:
`Instrument.price_unit` says by how much its own prices and contracts differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

# How users know the exchanges; the first is what is shown, all are understood.
EXCHANGE_NAMES: Mapping[str, tuple[str, ...]] = {
    "binance": ("Binance",),
    "bybit": ("Bybit",),
    "okx": ("OKX", "okex"),
    "hyperliquid": ("Hyperliquid", "hyper", "hl"),
    "gate": ("Gate", "gate.io", "gateio"),
    "bitget": ("Bitget",),
    "kucoinfutures": ("KuCoin", "kucoin"),
    "mexc": ("MEXC",),
    "bingx": ("BingX",),
    "deribit": ("Deribit",),
    "krakenfutures": ("Kraken", "kraken"),
    "weex": ("WEEX",),
}
DECENTRALISED = frozenset({"hyperliquid", "dydx", "paradex", "aster", "lighter"})


def exchange_name(exchange: str) -> str:
    """The name users know an exchange by; its id where it has none here."""
    return EXCHANGE_NAMES.get(exchange, (exchange,))[0]


class InstrumentKind(Enum):
    """Spot, a future without expiry, or one with."""

    SPOT = "spot"
    PERPETUAL = "perpetual"
    DATED = "dated"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One market of one exchange.

    `contract_size`: linear, coins per contract (`contract_size_base`); inverse, USD per contract. Spot has 1.
    `step_contracts`: the size step in contracts (it may be a fraction of one).
    `tick_quote`: the price step, per one coin.
    """

    exchange: str  # ccxt id
    symbol: str  # ccxt symbol, e.g. ETH/USDT:USDT
    market_id: str  # the exchange's own name, e.g. ETHUSDT
    coin: str  # canonical: PEPE for 1000PEPE and kPEPE
    quote: str
    settle: str
    kind: InstrumentKind
    is_inverse: bool
    contract_size: Decimal
    step_contracts: Decimal
    tick_quote: Decimal
    taker_share: Decimal
    maker_share: Decimal
    price_unit: Decimal = Decimal(1)  # coins that the exchange's own price is for: 1000 for 1000PEPE
    minimum_contracts: Decimal | None = None
    minimum_quote: Decimal | None = None
    maximum_leverage: Decimal | None = None
    expires_at: datetime | None = None
    listed_at: datetime | None = None
    funding_interval: timedelta | None = None
    is_active: bool = True

    def has_expired(self, now: datetime) -> bool:
        """Whether a dated contract is past its expiry."""
        return self.expires_at is not None and self.expires_at <= now

    def notional_quote(self, amount_contracts: Decimal, price_quote: Decimal) -> Decimal:
        """Value of `amount_contracts` at `price_quote`, in quote (USD for inverse, where the price does not matter)."""
        if self.is_inverse:
            return amount_contracts * self.contract_size
        return amount_contracts * self.contract_size * price_quote

    def amount_base(self, amount_contracts: Decimal, price_quote: Decimal) -> Decimal:
        """Coins that `amount_contracts` stand for at `price_quote` (linear: at any price)."""
        if self.is_inverse:
            return amount_contracts * self.contract_size / price_quote
        return amount_contracts * self.contract_size


@dataclass(frozen=True, slots=True)
class SpotPrice:
    """What one coin costs now, in USD terms (USDT, USDC and USD are taken as one and the quote is named)."""

    coin: str
    price_quote: Decimal
    quote: str
    bid_quote: Decimal | None
    ask_quote: Decimal | None
    source: str  # "Binance spot", "Bybit index"; says "simulated" where it is
    as_of: datetime


@dataclass(frozen=True, slots=True)
class FuturesQuote:
    """Prices of one contract market, per coin."""

    instrument: Instrument
    mark_quote: Decimal
    index_quote: Decimal | None
    bid_quote: Decimal | None
    ask_quote: Decimal | None
    volume_day_quote: Decimal | None
    source: str
    as_of: datetime


class FundingKind(Enum):
    """Will be charged, or was."""

    PREDICTED = "predicted"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class FundingRate:
    """The rate of ONE interval. Positive: longs pay shorts. `interval` None means unknown: no APR, no ranking."""

    rate_per_interval: Decimal
    interval: timedelta | None
    kind: FundingKind
    charged_at: datetime | None
    as_of: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """One funding payment that was charged."""

    rate_per_interval: Decimal
    charged_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class FundingHistory:
    """Settlements in order of time. Equality is identity, so that what is worked out from one can be remembered."""

    instrument: Instrument
    settlements: tuple[Settlement, ...]
    as_of: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Level:
    """One price of an order book and what stands there, in contracts."""

    price_quote: Decimal
    amount_contracts: Decimal


@dataclass(frozen=True, slots=True)
class OrderBook:
    """The visible book: bids from the highest, asks from the lowest."""

    instrument: Instrument
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    as_of: datetime

    @property
    def mid_quote(self) -> Decimal | None:
        """Halfway between the best bid and the best ask; None where a side is empty."""
        if not self.bids or not self.asks:
            return None
        return (self.bids[0].price_quote + self.asks[0].price_quote) / 2


@dataclass(frozen=True, slots=True)
class Candle:
    """One closed bar."""

    opened_at: datetime
    open_quote: Decimal
    high_quote: Decimal
    low_quote: Decimal
    close_quote: Decimal
    volume_base: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Closed bars of one coin in order of time. Equality is identity, as in FundingHistory."""

    coin: str
    interval: timedelta
    bars: tuple[Candle, ...]
    source: str
    as_of: datetime


class TierUnit(Enum):
    """What a position is measured in to find its tier."""

    QUOTE = "quote"  # notional (USD for inverse contracts)
    BASE = "base"  # coins


@dataclass(frozen=True, slots=True)
class MarginTier:
    """From `floor` up (in the unit of the tiers) this rate and leverage hold.

    `deduction`: the maintenance amount (`cum`), in quote for linear and in coin for inverse contracts.
    """

    floor: Decimal
    maintenance_share: Decimal
    maximum_leverage: Decimal | None
    deduction: Decimal


@dataclass(frozen=True, slots=True)
class MarginTiers:
    """The tiers of one instrument, lowest first (at least one)."""

    tiers: tuple[MarginTier, ...]
    unit: TierUnit
    source: str
    as_of: datetime
    is_estimate: bool = False  # from a dated table or from another exchange

    def at(self, size: Decimal) -> MarginTier:
        """The tier that a position of `size` (in `unit`) falls into."""
        return max((tier for tier in self.tiers if tier.floor <= size), key=lambda t: t.floor, default=self.tiers[0])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that one contract market says of itself at one time; None is what it did not say."""

    instrument: Instrument
    quote: FuturesQuote
    book: OrderBook | None = None
    funding: FundingRate | None = None
    history: FundingHistory | None = None
    tiers: MarginTiers | None = None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One contract as its exchange's bulk answers tell it; None is what they did not say. Dated ones have no rate."""

    instrument: Instrument
    funding: FundingRate | None
    mark_quote: Decimal | None
    index_quote: Decimal | None
    volume_day_quote: Decimal | None


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """All contracts of one exchange, from a few requests. Equality is identity, as in FundingHistory."""

    exchange: str
    rows: tuple[BoardRow, ...]
    as_of: datetime
    source: str
