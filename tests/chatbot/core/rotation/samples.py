"""Series of closes and settlements for signals, by day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.markets import Candle, Candles, FundingHistory, Settlement
from tests.samples import NOW, perpetual

DAY, EIGHT_HOURS = timedelta(days=1), timedelta(hours=8)
MIDNIGHT = NOW.replace(hour=0)  # the last bar closed then


def priced(closes: Sequence[float | None], coin: str = "FET", closed_at: datetime = MIDNIGHT) -> Candles:
    """Daily bars, the last one closed at `closed_at`; a None is a day without a bar. 1,000 coins are traded a day."""
    bars = tuple(
        Candle(closed_at - DAY * back, price, price, price, price, Decimal(1000))
        for back, close in zip(range(len(closes), 0, -1), closes, strict=True)
        if close is not None
        for price in [Decimal(repr(close))]
    )
    return Candles(coin, DAY, bars, "Binance spot", NOW)


def settled(rate: str, days: int, coin: str = "FET") -> FundingHistory:
    """The same rate every 8 hours, the last one at NOW."""
    rows = tuple(Settlement(Decimal(rate), NOW - EIGHT_HOURS * back) for back in reversed(range(3 * days)))
    return FundingHistory(perpetual(coin, exchange="binance"), rows, NOW, "Binance")


def growing(days: int, a_day: float = 0.01) -> list[float]:
    """From 100 on, by the same share each day."""
    return [100 * (1 + a_day) ** day for day in range(days)]
