"""What is asked of one ccxt client, and how the answers become core values. Runs on the exchanges' thread.

Law: a question never loads markets and never keeps anything; deadlines, politeness and failures are its caller's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chatbot.core.markets import (
    Candles,
    FundingHistory,
    FundingRate,
    FuturesQuote,
    Instrument,
    MarginTiers,
    OrderBook,
    SpotPrice,
)
from chatbot.core.ports import MONTH
from chatbot.market import quirks, translation
from chatbot.market.failures import EmptyAnswer
from chatbot.market.quirks import HistoryPages, Paging, Raw, Source

Client = Any  # a ccxt.async_support exchange: its annotations are not checked by its authors

CANDLES = timedelta(days=400)
DAY = timedelta(days=1)
_MOST_CANDLE_PAGES = 20


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


# Quotes ----------------------------------------------------------------------------------------------------------


async def futures_quote(client: Client, contract: Instrument, now: Callable[[], datetime], source: str) -> FuturesQuote:
    """Mark, index, bid, ask and volume from as few calls as the exchange allows, side by side."""
    sources = quirks.quote_sources(contract.exchange)
    parts = await asyncio.gather(*(_PARTS[part](client, contract) for part in sources))
    return translation.futures_quote(contract, parts, now(), source)


async def _mark(client: Client, contract: Instrument) -> Raw:
    return _dict(await client.fetch_mark_price(contract.symbol))


async def _ticker(client: Client, contract: Instrument) -> Raw:
    return _dict(await client.fetch_ticker(contract.symbol))


async def _rate(client: Client, contract: Instrument) -> Raw:
    return _dict(await client.fetch_funding_rate(contract.symbol))


async def _bids_asks(client: Client, contract: Instrument) -> Raw:
    return _dict((await client.fetch_bids_asks([contract.symbol])).get(contract.symbol))


async def _among_tickers(client: Client, contract: Instrument) -> Raw:
    return _dict((await client.fetch_tickers([contract.symbol])).get(contract.symbol))


async def _among_marks(client: Client, contract: Instrument) -> Raw:
    return _dict((await client.fetch_mark_prices([contract.symbol])).get(contract.symbol))


async def _among_rates(client: Client, contract: Instrument) -> Raw:
    return _dict((await client.fetch_funding_rates([contract.symbol])).get(contract.symbol))


async def _best_levels(client: Client, contract: Instrument) -> Raw:
    book = await client.fetch_order_book(contract.symbol, quirks.book_levels(contract.exchange))
    best = {side: book[f"{side}s"][0][0] for side in ("bid", "ask") if book[f"{side}s"]}
    return {**best, "timestamp": book["timestamp"]}


async def _okx_index(client: Client, contract: Instrument) -> Raw:
    """The index has a name of its own: BTC-USDT for BTC-USDT-SWAP and BTC-USDT-250328."""
    index = "-".join(contract.market_id.split("-")[:2])
    rows = (await client.publicGetMarketIndexTickers({"instId": index})).get("data") or [{}]
    return {"indexPrice": rows[0].get("idxPx")}


async def _bybit_tickers(client: Client, contract: Instrument) -> Raw:
    """ccxt's fetch_ticker leaves out the time of the answer."""
    category = "inverse" if contract.is_inverse else "linear"
    answer = await client.publicGetV5MarketTickers({"category": category, "symbol": contract.market_id})
    rows = (answer.get("result") or {}).get("list") or [{}]
    ticker = client.parse_ticker(rows[0], client.market(contract.symbol))
    return {**ticker, "timestamp": answer.get("time")}


_PARTS: Mapping[Source, Callable[[Client, Instrument], Awaitable[Raw]]] = {
    Source.MARK: _mark,
    Source.TICKER: _ticker,
    Source.BIDS_ASKS: _bids_asks,
    Source.TICKERS: _among_tickers,
    Source.MARKS: _among_marks,
    Source.RATES: _among_rates,
    Source.RATE: _rate,
    Source.BOOK: _best_levels,
    Source.OKX_INDEX: _okx_index,
    Source.BYBIT_TICKERS: _bybit_tickers,
}


def _dict(answer: object) -> Raw:
    return answer if isinstance(answer, Mapping) else {}


async def spot_prices(
    client: Client, markets: Mapping[str, Instrument], now: Callable[[], datetime], source: str
) -> Mapping[str, SpotPrice]:
    """All spot prices of the exchange by coin, in one request. Binance's book ticker weighs 4, its day ticker 80."""
    ask = client.fetch_bids_asks if client.id == "binance" else client.fetch_tickers
    tickers = await ask(None, {"type": "spot"})
    return translation.spot_prices(markets, tickers, now(), source)


async def order_book(client: Client, contract: Instrument, now: Callable[[], datetime]) -> OrderBook:
    """The visible book."""
    book = await client.fetch_order_book(contract.symbol, quirks.book_levels(contract.exchange))
    return translation.order_book(contract, book, now())


# Funding ---------------------------------------------------------------------------------------------------------


async def funding_rate(client: Client, contract: Instrument, now: Callable[[], datetime], source: str) -> FundingRate:
    """The next charge. Its interval may be None: binance names it elsewhere (`binance_intervals`)."""
    if not client.has["fetchFundingRate"] or client.has["fetchFundingRate"] == "emulated":
        raw = await _among_rates(client, contract)
    else:
        raw = await _rate(client, contract)
    return translation.funding_rate(contract, raw, now(), source)


async def binance_intervals(client: Client, is_inverse: bool) -> Mapping[str, timedelta | None]:
    """Intervals by symbol, of those contracts that Binance lists because theirs is or was not 8 hours."""
    rates = await client.fetch_funding_intervals(None, {"subType": "inverse" if is_inverse else "linear"})
    return {symbol: quirks.parse_interval(rate.get("interval")) for symbol, rate in rates.items()}


async def funding_history(
    client: Client, contract: Instrument, now: Callable[[], datetime], source: str, span: timedelta = MONTH
) -> FundingHistory:
    """Settlements of `span` and what else came in the same pages; less where the exchange keeps less."""
    pages = {
        Paging.FORWARD: _history_forward,
        Paging.BACKWARD: _history_backward,
        Paging.NUMBERED: _history_numbered,
    }[quirks.history_pages(contract.exchange).paging]
    rows = await pages(client, contract, now() - span, span)
    return translation.funding_history(contract, rows, now(), source)


async def _history_forward(client: Client, contract: Instrument, since: datetime, span: timedelta) -> list[Raw]:
    """From `since` on: each page begins after the last row of the one before, or where its window ended."""
    rows: list[Raw] = []
    pages = quirks.history_pages(contract.exchange)
    start, end = _ms(since), _ms(since + span)
    for _ in range(pages.most(span)):
        page = await client.fetch_funding_rate_history(contract.symbol, start, pages.rows)
        rows += page
        following = _next_page(pages, page, start)
        if following is None or following > end:
            break
        start = following
    return rows


def _next_page(pages: HistoryPages, page: list[Raw], start: int) -> int | None:
    """Where the page after this one begins (ms); None where this was the last."""
    if pages.window is not None:
        return start + int(pages.window.total_seconds() * 1000)
    is_whole = len(page) >= pages.rows and page[-1]["timestamp"] >= start
    return page[-1]["timestamp"] + 1 if is_whole else None


async def _history_backward(client: Client, contract: Instrument, since: datetime, span: timedelta) -> list[Raw]:
    """From the newest back: each page ends before the first row of the one after."""
    rows: list[Raw] = []
    pages = quirks.history_pages(contract.exchange)
    params: dict[str, int] = {}
    for _ in range(pages.most(span)):
        page = await client.fetch_funding_rate_history(contract.symbol, None, pages.rows, params)
        rows += page
        if not page or page[0]["timestamp"] <= _ms(since) or page[0]["timestamp"] == params.get(pages.word, 0) + 1:
            break
        params = {pages.word: page[0]["timestamp"] - 1}
    return rows


async def _history_numbered(client: Client, contract: Instrument, since: datetime, span: timedelta) -> list[Raw]:
    """Numbered pages, the newest first."""
    rows: list[Raw] = []
    pages = quirks.history_pages(contract.exchange)
    for number in range(1, pages.most(span) + 1):
        page = await client.fetch_funding_rate_history(contract.symbol, None, pages.rows, {pages.word: number})
        rows += page
        if not page or page[0]["timestamp"] <= _ms(since):
            break
    return rows


# Candles ---------------------------------------------------------------------------------------------------------


async def daily_candles(client: Client, market: Instrument, now: Callable[[], datetime], source: str) -> Candles:
    """Closed daily bars of up to 400 days, oldest page first."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    start = max(today - CANDLES, market.listed_at or today - CANDLES).replace(hour=0, minute=0, second=0, microsecond=0)
    rows: list[Any] = []
    for _ in range(_MOST_CANDLE_PAGES):
        limit = min(quirks.candle_rows(market.exchange), (today - start).days + 1)
        page = await client.fetch_ohlcv(market.symbol, "1d", _ms(start), limit)
        rows += page
        start = _next_start(page, start, limit)
        if start > today:
            break
    return translation.daily_candles(market, rows, now(), source)


def _next_start(page: list[Any], start: datetime, limit: int) -> datetime:
    """The day after the page's last bar; after an empty page (before the listing) the whole window is passed."""
    last = translation.time(page[-1][0]) if page else None
    return start + DAY * limit if last is None or last < start else last + DAY


# Margin tiers ----------------------------------------------------------------------------------------------------


async def margin_tiers(client: Client, contract: Instrument, now: Callable[[], datetime], source: str) -> MarginTiers:
    """The tiers of an isolated position where the exchange publishes them, else ccxt's NotSupported."""
    rows = await _tier_rows(client, contract)
    return translation.margin_tiers(contract, rows, now(), source)


async def _tier_rows(client: Client, contract: Instrument) -> list[Raw]:
    market = client.market(contract.symbol)
    if contract.exchange == "hyperliquid":
        return _hyperliquid_rows(market["info"])
    if contract.exchange == "krakenfutures":  # they came with the market; the call would fetch all of them again
        return list(client.parse_market_leverage_tiers(market["info"], market))
    params = {"marginMode": "isolated"} if contract.exchange == "okx" else {}
    return list(await client.fetch_market_leverage_tiers(contract.symbol, params))


def _hyperliquid_rows(info: Raw) -> list[Raw]:
    tier = quirks.single_tier(info)
    if tier is None:
        raise EmptyAnswer("no maximum leverage")
    share, leverage = tier
    return [{"minNotional": 0, "maintenanceMarginRate": share, "maxLeverage": leverage}]


# Markets ---------------------------------------------------------------------------------------------------------


async def markets(client: Client, kind: object | None) -> list[Raw]:
    """The wanted markets of one kind (`quirks.MARKET_KINDS`). EmptyAnswer where the exchange lists none at all."""
    if kind is not None:
        client.options["fetchMarkets"] = {**client.options.get("fetchMarkets", {}), "types": kind}
    every = await client.fetch_markets(quirks.MARKET_PARAMS.get(client.id, {}))
    if not every:
        raise EmptyAnswer("no markets")
    return _one_spot_per_coin([market for market in every if market and quirks.is_wanted(market)])


def _one_spot_per_coin(found: list[Raw]) -> list[Raw]:
    """Every contract, and of each coin's spot markets the one in the first of USDT, USDC, USD."""
    spot: dict[str, Raw] = {}
    for market in sorted((m for m in found if m.get("spot")), key=lambda m: quirks.quote_rank(m["quote"])):
        spot.setdefault(quirks.coin_and_unit(market)[0], market)
    contracts = [_slim(market) for market in found if not market.get("spot")]
    return contracts + [{**market, "info": {}} for market in spot.values()]


def _slim(market: Raw) -> Raw:
    """The market without what nobody reads again: raw entries are most of ccxt's memory."""
    info = market.get("info") or {}
    return {**market, "info": {field: value for field, value in info.items() if _is_small(field, value)}}


_READ_LATER = frozenset({"marginLevels", "lotSizeFilter"})


def _is_small(field: str, value: object) -> bool:
    return field in _READ_LATER or not isinstance(value, list | dict)
