"""Markets with round figures, for tests to take and to vary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chatbot.core.markets import (
    FundingHistory,
    FundingKind,
    FundingRate,
    FuturesQuote,
    Instrument,
    InstrumentKind,
    Level,
    MarginTier,
    MarginTiers,
    OrderBook,
    Settlement,
    Snapshot,
    TierUnit,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EIGHT_HOURS = timedelta(hours=8)


def d(text: str | int) -> Decimal:
    """A Decimal, short."""
    return Decimal(text)


def perpetual(coin: str = "ETH", **changes: Any) -> Instrument:
    """A linear perpetual in coins: step 0.01, tick 0.01, taker 0.05 %, at least $5, up to 100x."""
    instrument = Instrument(
        exchange="bybit",
        symbol=f"{coin}/USDT:USDT",
        market_id=f"{coin}USDT",
        coin=coin,
        quote="USDT",
        settle="USDT",
        kind=InstrumentKind.PERPETUAL,
        is_inverse=False,
        contract_size=d(1),
        step_contracts=d("0.01"),
        tick_quote=d("0.01"),
        taker_share=d("0.0005"),
        maker_share=d("0.0002"),
        minimum_contracts=d("0.01"),
        minimum_quote=d(5),
        maximum_leverage=d(100),
        funding_interval=EIGHT_HOURS,
    )
    return replace(instrument, **changes)


def inverse(coin: str = "BTC", **changes: Any) -> Instrument:
    """A perpetual of 100 USD a contract, settled in the coin, in whole contracts."""
    terms = {
        "symbol": f"{coin}/USD:{coin}",
        "market_id": f"{coin}USD",
        "quote": "USD",
        "settle": coin,
        "is_inverse": True,
        "contract_size": d(100),
        "step_contracts": d(1),
        "minimum_contracts": d(1),
        "minimum_quote": None,
    }
    return perpetual(coin, **(terms | changes))


def tiers(rate: str = "0.005", unit: TierUnit = TierUnit.QUOTE) -> MarginTiers:
    """One tier for every size."""
    return MarginTiers((MarginTier(d(0), d(rate), d(100), d(0)),), unit, "test", NOW)


def quote(instrument: Instrument, price: str = "3450", **changes: Any) -> FuturesQuote:
    """Mark and index at `price`, half a tick around it, $5bn a day."""
    at = d(price)
    half = instrument.tick_quote / 2
    return replace(FuturesQuote(instrument, at, at, at - half, at + half, d(5_000_000_000), "Bybit", NOW), **changes)


def book(instrument: Instrument, price: str = "3450", amount_contracts: str = "1000") -> OrderBook:
    """One level on each side, 0.1 % apart in all: half of that from mid."""
    at, amount = d(price), d(amount_contracts)
    half = at * d("0.0005")
    return OrderBook(instrument, (Level(at - half, amount),), (Level(at + half, amount),), NOW)


def funding(rate: str = "0.0001", interval: timedelta | None = EIGHT_HOURS) -> FundingRate:
    """Predicted for four hours from now."""
    return FundingRate(d(rate), interval, FundingKind.PREDICTED, NOW + timedelta(hours=4), NOW, "Bybit")


def history(instrument: Instrument, rate: str = "0.0001", settlements: int = 120) -> FundingHistory:
    """The same rate every 8 hours, the last one 4 hours ago."""
    last = NOW - timedelta(hours=4)
    rows = tuple(Settlement(d(rate), last - EIGHT_HOURS * back) for back in reversed(range(settlements)))
    return FundingHistory(instrument, rows, NOW, "Bybit")


def snapshot(instrument: Instrument | None = None, price: str = "3450", **changes: Any) -> Snapshot:
    """Everything at once: mark and index at `price`, +0.01 % every 8 h, 0.1 % round-trip slippage, mmr 0.5 %."""
    market = instrument or perpetual()
    whole = Snapshot(market, quote(market, price), book(market, price), funding(), history(market), tiers())
    return replace(whole, **changes)
