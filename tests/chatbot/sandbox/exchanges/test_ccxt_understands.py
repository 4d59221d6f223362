"""Unchanged ccxt clients read the simulated exchanges as they read the real ones."""

from collections.abc import Awaitable, Callable
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.chatbot.sandbox.conftest import NOW, SimulatedExchanges

Connect = Callable[[str], Awaitable[Any]]
EVERY = pytest.mark.parametrize("exchange", ["binance", "bybit", "okx"])
NOW_MS = int(NOW.timestamp() * 1000)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
# NOW is 15 April 2026, 10:20 UTC; the day began at this millisecond
TODAY_MS = NOW_MS // DAY_MS * DAY_MS


@EVERY
async def test_spot_linear_inverse_and_dated_markets_are_listed(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    assert {
        "ETH/USDT",
        "ETH/USDT:USDT",
        "ETH/USD:ETH",
        "BTC/USD:BTC",
        "BTC/USDT:USDT-260626",
        "BTC/USDT:USDT-260925",
        "ETH/USDT:USDT-260626",
        "ETH/USDT:USDT-260925",
    } <= set(client.markets)
    assert client.market("ETH/USDT:USDT")["linear"] is True
    assert client.market("ETH/USD:ETH")["inverse"] is True
    # 26 June 2026, 08:00 UTC
    assert client.market("BTC/USDT:USDT-260626")["expiry"] == 1_782_460_800_000


@EVERY
async def test_one_coin_has_spot_only_one_market_stands_still_and_one_is_a_week_old(
    exchange: str, connect: Connect
) -> None:
    client = await connect(exchange)
    assert [symbol for symbol in client.markets if symbol.startswith("MKR/")] == ["MKR/USDT"]
    assert client.market("MATIC/USDT:USDT")["active"] is False
    assert client.market("ETH/USDT:USDT")["active"] is True
    candles = await client.fetch_ohlcv("AZTEC/USDT:USDT", "1d", limit=100)
    assert [row[0] for row in candles] == [TODAY_MS - 7 * DAY_MS + day * DAY_MS for day in range(8)]
    assert client.market("AZTEC/USDT:USDT")["created"] == TODAY_MS - 7 * DAY_MS


@pytest.mark.parametrize(
    ("exchange", "symbol", "contract_size", "step", "tick"),
    [
        ("binance", "BTC/USDT:USDT", 1.0, 0.001, 0.1),
        ("binance", "1000PEPE/USDT:USDT", 1.0, 1.0, 0.0000001),
        ("binance", "BTC/USD:BTC", 100.0, 1.0, 0.1),
        ("bybit", "ETH/USDT:USDT", 1.0, 0.01, 0.01),
        ("bybit", "1000PEPE/USDT:USDT", 1.0, 100.0, 0.0000001),
        ("bybit", "SHIB1000/USDT:USDT", 1.0, 10.0, 0.000001),
        ("bybit", "BTC/USD:BTC", 1.0, 1.0, 0.1),
        ("okx", "BTC/USDT:USDT", 0.01, 0.01, 0.1),
        ("okx", "ETH/USDT:USDT", 0.1, 0.01, 0.01),
        ("okx", "PEPE/USDT:USDT", 10_000_000.0, 0.1, 0.000000001),
        ("okx", "BTC/USD:BTC", 100.0, 1.0, 0.1),
    ],
)
async def test_contracts_have_the_sizes_of_the_real_exchange(
    exchange: str, symbol: str, contract_size: float, step: float, tick: float, connect: Connect
) -> None:
    market = (await connect(exchange)).market(symbol)
    assert market["contractSize"] == contract_size
    assert (market["precision"]["amount"], market["precision"]["price"]) == (step, tick)


@EVERY
async def test_ticker_book_and_candle_agree_on_the_price(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    for symbol in ("ETH/USDT", "ETH/USDT:USDT", "ETH/USD:ETH", "ETH/USDT:USDT-260626"):
        last = (await client.fetch_ticker(symbol))["last"]
        book = await client.fetch_order_book(symbol, 50)
        hours = await client.fetch_ohlcv(symbol, "1h", limit=11)
        (day,) = await client.fetch_ohlcv(symbol, "1d", limit=1)
        assert book["bids"][0][0] <= last <= book["asks"][0][0]
        assert len(book["bids"]) == len(book["asks"]) == 50
        assert hours[-1][4] == day[4] == last
        # 00:00 to 10:00 are eleven bars: they are today
        assert (day[0], day[1]) == (TODAY_MS, hours[0][1])
        assert (day[2], day[3]) == (max(row[2] for row in hours), min(row[3] for row in hours))
        assert day[5] == pytest.approx(sum(row[5] for row in hours), rel=1e-6)


@EVERY
async def test_all_tickers_come_at_once(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    swaps = await client.fetch_tickers(params={"type": "swap", "subType": "linear"})
    spots = await client.fetch_tickers(params={"type": "spot"})
    assert len(swaps) > 50
    assert len(spots) > 50
    assert "MATIC/USDT:USDT" not in swaps
    assert all(ticker["last"] > 0 for ticker in (*swaps.values(), *spots.values()))
    assert swaps["ETH/USDT:USDT"]["last"] == (await client.fetch_ticker("ETH/USDT:USDT"))["last"]


@EVERY
async def test_two_years_of_daily_candles_can_be_paged_without_a_gap(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    opened: list[int] = []
    since = TODAY_MS - 730 * DAY_MS
    while since <= TODAY_MS:
        page = await client.fetch_ohlcv("SOL/USDT:USDT", "1d", since, 300)
        opened += [row[0] for row in page]
        since = opened[-1] + DAY_MS
    assert opened == [TODAY_MS - (730 - day) * DAY_MS for day in range(731)]


@EVERY
async def test_funding_is_predicted_for_the_next_settlement(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    rates = await client.fetch_funding_rates()
    rate = rates["ETH/USDT:USDT"]
    # 8 hours: the settlement after 10:20 is at 16:00
    assert rate["fundingTimestamp"] == TODAY_MS + 16 * HOUR_MS
    assert abs(rate["fundingRate"]) < 0.01
    assert (await client.fetch_funding_rate("ETH/USDT:USDT"))["fundingRate"] == rate["fundingRate"]
    assert (await client.fetch_funding_rate("BTC/USD:BTC"))["fundingTimestamp"] == TODAY_MS + 16 * HOUR_MS


@pytest.mark.parametrize(
    ("exchange", "hours"),
    [
        ("binance", {"HYPE": 4, "AZTEC": 1}),  # Binance names only the intervals that are not 8 hours
        ("bybit", {"ETH": 8, "HYPE": 1, "ANKR": 1, "ENA": 4}),
        ("okx", {"ETH": 8, "HYPE": 8, "AZTEC": 1, "ENA": 4}),
    ],
)
async def test_intervals_of_one_four_and_eight_hours_are_told(
    exchange: str, hours: dict[str, int], connect: Connect
) -> None:
    client = await connect(exchange)
    told = await (client.fetch_funding_intervals() if exchange == "binance" else client.fetch_funding_rates())
    assert {name: told[f"{name}/USDT:USDT"]["interval"] for name in hours} == {n: f"{h}h" for n, h in hours.items()}


@EVERY
async def test_thirty_days_of_settlements_lie_on_the_interval(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    since = NOW_MS - 30 * DAY_MS
    rows = await client.fetch_funding_rate_history("ETH/USDT:USDT", since, 100)
    # 30 days x 3 settlements; the first is at 16:00 on 16 March, the last at 08:00 today
    assert [row["timestamp"] for row in rows] == [TODAY_MS + (8 - 8 * (89 - i)) * HOUR_MS for i in range(90)]


@pytest.mark.parametrize(("exchange", "most"), [("binance", 1000), ("bybit", 200), ("okx", 100)])
async def test_the_history_of_funding_has_the_page_size_of_the_exchange(
    exchange: str, most: int, connect: Connect
) -> None:
    client = await connect(exchange)
    rows = await client.fetch_funding_rate_history("ETH/USDT:USDT", limit=5000)
    assert len(rows) == most
    assert rows[-1]["timestamp"] == TODAY_MS + 8 * HOUR_MS


async def test_okx_keeps_funding_for_three_months(connect: Connect) -> None:
    client = await connect("okx")
    old = NOW_MS - 200 * DAY_MS
    rows = await client.fetch_funding_rate_history("ETH/USDT:USDT", params={"after": NOW_MS - 91 * DAY_MS})
    assert len(rows) == 3
    assert await client.fetch_funding_rate_history("ETH/USDT:USDT", params={"after": old}) == []


async def test_bybit_tells_margin_tiers_in_the_settled_currency(connect: Connect) -> None:
    client = await connect("bybit")
    linear = await client.fetch_market_leverage_tiers("ETH/USDT:USDT")
    inverse = await client.fetch_market_leverage_tiers("BTC/USD:BTC")
    # 11,223 million / 5,000 = 2,244,600, at two digits 2,200,000 USDT
    assert (linear[0]["maxNotional"], linear[0]["maxLeverage"], linear[0]["maintenanceMarginRate"]) == (
        2.2e6,
        100,
        0.005,
    )
    assert linear[1]["minNotional"] == linear[0]["maxNotional"]
    # 2,900,000 / 71,203 = 41 BTC
    assert inverse[0]["maxNotional"] == 41


async def test_okx_tells_margin_tiers_in_contracts(connect: Connect) -> None:
    client = await connect("okx")
    linear = await client.fetch_market_leverage_tiers("ETH/USDT:USDT")
    # 2,200,000 / 2,201.95 / 0.1 = 9,991 contracts; the next tier begins one lot above
    assert (linear[0]["minNotional"], linear[0]["maxNotional"]) == (0, 9991)
    assert linear[1]["minNotional"] == 9991.01
    inverse = await client.fetch_market_leverage_tiers("BTC/USD:BTC")
    # 2,900,000 / $100
    assert inverse[0]["maxNotional"] == 29_000


async def test_binance_tells_margin_tiers_to_account_holders_alone(
    gateway: SimulatedExchanges, connect: Connect
) -> None:
    client = await connect("binance")
    with pytest.raises(ccxt.AuthenticationError):
        await client.fetch_market_leverage_tiers("ETH/USDT:USDT")
    url = f"{gateway.url}/https://fapi.binance.com/fapi/v1/leverageBracket"
    with pytest.raises(ccxt.AuthenticationError):
        await client.fetch(url)


@EVERY
async def test_the_clock_and_the_open_interest_are_told(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    assert await client.fetch_time() == NOW_MS
    assert (await client.fetch_open_interest("ETH/USDT:USDT"))["openInterestAmount"] > 0


@EVERY
async def test_okx_mark_prices_and_all_others_lie_near_the_last(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    last = (await client.fetch_ticker("ETH/USDT:USDT"))["last"]
    if exchange == "okx":
        mark = (await client.fetch_mark_price("ETH/USDT:USDT"))["markPrice"]
    else:
        mark = (await client.fetch_funding_rate("ETH/USDT:USDT"))["markPrice"]
    assert mark == pytest.approx(last, rel=0.001)


@EVERY
async def test_spot_bid_and_ask_are_told(exchange: str, connect: Connect) -> None:
    client = await connect(exchange)
    ticker = await client.fetch_ticker("MKR/USDT")
    assert ticker["bid"] < ticker["ask"]


async def test_binance_tells_bid_and_ask_of_contracts_apart(connect: Connect) -> None:
    client = await connect("binance")
    assert (await client.fetch_ticker("ETH/USDT:USDT"))["bid"] is None
    best = await client.fetch_bids_asks(["ETH/USDT:USDT"])
    assert best["ETH/USDT:USDT"]["bid"] < best["ETH/USDT:USDT"]["ask"]
    some = await client.fetch_tickers(["BTC/USDT", "ETH/USDT"])
    assert set(some) == {"BTC/USDT", "ETH/USDT"}
