"""Every field of recorded answers of the real exchanges is in the simulated ones, but for those named here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.chatbot.sandbox.conftest import SimulatedExchanges

RECORDED = Path(__file__).parents[5] / "shared/data/exchange_json/nautilus_test_data"
BYBIT, OKX = "https://api.bybit.com/v5/market", "https://www.okx.com/api/v5"
SPOT = "https://api.binance.com/api/v3"
# Limits of orders that no public question depends on.
NOT_PLAYED = frozenset(
    [
        "auctionEndTime",
        "futureSettlement",
        "maxIcebergSz",
        "maxMktAmt",
        "maxPlatOILmt",
        "maxStopSz",
        "maxTriggerSz",
        "maxTwapSz",
        "openType",
        "posLmtAmt",
        "posLmtPct",
        "preMktSwTime",
        "tradeQuoteCcyList",
    ]
)

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason=f"no recorded payloads in {RECORDED}")


def fields(value: Any, path: str = "") -> Iterator[str]:
    """The names of all fields; of a list, those of its first row."""
    if isinstance(value, list) and value:
        yield from fields(value[0], f"{path}[]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_PLAYED:
                yield f"{path}.{name}"
            yield from fields(inner, f"{path}.{name}")


@pytest.mark.parametrize(
    ("recorded", "url"),
    [
        ("bybit__http_get_instruments_linear", f"{BYBIT}/instruments-info?category=linear"),
        ("bybit__http_get_instruments_inverse", f"{BYBIT}/instruments-info?category=inverse"),
        ("bybit__http_get_instruments_spot", f"{BYBIT}/instruments-info?category=spot"),
        ("bybit__http_get_klines_linear", f"{BYBIT}/kline?category=linear&symbol=BTCUSDT&interval=D"),
        ("bybit__http_get_funding_history", f"{BYBIT}/funding/history?category=linear&symbol=BTCUSDT"),
        ("bybit__http_get_orderbook", f"{BYBIT}/orderbook?category=linear&symbol=BTCUSDT"),
        ("okx__http_get_instruments_swap", f"{OKX}/public/instruments?instType=SWAP"),
        ("okx__http_get_instruments_futures", f"{OKX}/public/instruments?instType=FUTURES"),
        ("okx__http_get_instruments_spot", f"{OKX}/public/instruments?instType=SPOT"),
        ("okx__http_get_mark_price", f"{OKX}/public/mark-price?instType=SWAP"),
        ("okx__http_get_index_price", f"{OKX}/market/index-tickers?instId=BTC-USDT"),
        ("okx__http_get_funding_rate_history", f"{OKX}/public/funding-rate-history?instId=BTC-USDT-SWAP"),
        ("okx__http_get_candlesticks", f"{OKX}/market/candles?instId=BTC-USDT-SWAP&bar=1H"),
        (
            "okx__http_get_position_tiers",
            f"{OKX}/public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT",
        ),
        ("okx__http_get_order_book", f"{OKX}/market/books?instId=BTC-USDT-SWAP&sz=5"),
        ("binance__ticker_24hr_response", f"{SPOT}/ticker/24hr?symbol=BTCUSDT"),
        ("binance__depth_response", f"{SPOT}/depth?symbol=BTCUSDT"),
        ("binance__book_ticker_response", f"{SPOT}/ticker/bookTicker?symbol=BTCUSDT"),
        ("binance__ticker_price_response", f"{SPOT}/ticker/price?symbol=BTCUSDT"),
    ],
)
async def test_no_recorded_field_is_missing(recorded: str, url: str, gateway: SimulatedExchanges) -> None:
    real = json.loads((RECORDED / f"{recorded}.json").read_text())
    async with aiohttp.ClientSession() as web, web.get(f"{gateway.url}/{url}") as response:
        simulated = await response.json()
    assert set(fields(real)) - set(fields(simulated)) == set()


HYPERLIQUID = "https://api.hyperliquid.xyz/info"


@pytest.mark.parametrize(
    ("recorded", "question"),
    [
        ("hyperliquid__http_meta_perp_sample", {"type": "meta"}),
        ("hyperliquid__http_funding_history", {"type": "fundingHistory", "coin": "BTC", "startTime": 0}),
        ("hyperliquid__http_l2_book_btc", {"type": "l2Book", "coin": "BTC"}),
        ("hyperliquid__http_l2_book_snapshot", {"type": "l2Book", "coin": "BTC"}),
    ],
)
async def test_no_recorded_field_of_hyperliquid_is_missing(
    recorded: str, question: dict[str, object], gateway: SimulatedExchanges
) -> None:
    real = json.loads((RECORDED / f"{recorded}.json").read_text())
    async with aiohttp.ClientSession() as web, web.post(f"{gateway.url}/{HYPERLIQUID}", json=question) as response:
        simulated = await response.json()
    # only what no longer trades says so; here every other asset is silent
    assert set(fields(real)) - set(fields(simulated)) - {".universe[].isDelisted"} == set()
