"""What one exchange does differently, each with its source. Law: a quirk is data or a pure function, and has its test.

Line numbers are those of ccxt 4.5.90 under ccxt/async_support.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from itertools import pairwise
from typing import Any

from chatbot.core.markets import Instrument, InstrumentKind, TierUnit
from chatbot.core.portfolio import STABLECOINS

Raw = Mapping[str, Any]  # a dict of ccxt, or of an exchange below it

HOUR = timedelta(hours=1)

# Names -----------------------------------------------------------------------------------------------------------

# "1000PEPE" at Binance, "kPEPE" at Hyperliquid (ccxt makes it KPEPE and keeps baseName), "1MBABYDOGE" at Binance.
# A power of ten from 1,000 up and then a letter: 1INCH does not match.
_THOUSANDS = re.compile(r"^(10{3,7})(?=[A-Z])(.+)$")
_MILLION = re.compile(r"^1M([A-Z]{4,})$")
_KILO = re.compile(r"^k([A-Z0-9]+)$")
_NAMED_UNITS = {"SHIB1000": ("SHIB", Decimal(1000))}  # Bybit


def coin_and_unit(market: Raw) -> tuple[str, Decimal]:
    """The canonical coin of a market and how many of it its price is for: 1000PEPE -> PEPE, 1000."""
    base = str(market["base"])
    if base in _NAMED_UNITS:
        return _NAMED_UNITS[base]
    if kilo := _KILO.match(str(market.get("baseName") or "")):
        return kilo[1], Decimal(1000)
    if thousands := _THOUSANDS.match(base):
        return thousands[2], Decimal(thousands[1])
    if million := _MILLION.match(base):
        return million[1], Decimal(1_000_000)
    return base, Decimal(1)


# Pace ------------------------------------------------------------------------------------------------------------

# A rolling window lets a burst through where there is room, as a person's question comes in bursts. ccxt has windows of
# its own; these are added. Binance's limit for futures is 2,400 a minute (exchangeInfo.rateLimits): 30 ms are 2,000.
# OKX counts 20 per 2 s (ccxt: no window, since one of a minute is refused; 18 of 110 ms fit into 2 s). Hyperliquid
# counts a weight of 1,200 a minute (hyperliquid.gitbook.io, "Rate limits"): 50 ms.
_PACES: Mapping[str, Raw] = {
    "binance": {"rateLimit": 30},
    "okx": {"rollingWindowSize": 2000.0},
    "hyperliquid": {"rollingWindowSize": 60_000.0},
}


def pace(exchange: str) -> Raw:
    """ccxt's settings of how fast it may ask."""
    return {"rateLimiterAlgorithm": "rollingWindow", **_PACES.get(exchange, {})}


# Markets ---------------------------------------------------------------------------------------------------------

# What `options.fetchMarkets.types` is set to, one load each, the indispensable first. Without an entry: all at once.
# By default bybit and deribit load thousands of options (bybit 1195, deribit 832), hyperliquid ten more exchanges (257)
MARKET_KINDS: Mapping[str, tuple[object, ...]] = {
    "binance": (["linear"], ["inverse"], ["spot"]),
    "bybit": (["linear"], ["inverse"], ["spot"]),
    "okx": (["swap"], ["future"], ["spot"]),
    "gate": (["swap"], ["future"], ["spot"]),
    "bitget": (["swap"], ["spot"]),
    "hyperliquid": (["swap"],),
    "mexc": (
        {"spot": False, "swap": {"linear": True, "inverse": True}},
        {"spot": True, "swap": {"linear": False, "inverse": False}},
    ),
}
# Orders, steps and books are in dollars (inverse) or coins (linear), although its contracts are of 10 dollars.
AMOUNTS_ARE_NO_CONTRACTS = frozenset({"deribit"})

MARKET_PARAMS: Mapping[str, Raw] = {"deribit": {"kind": "future"}}  # perpetuals and dated, no options

_QUOTES = ("USDT", "USDC", "USD", "FDUSD")


def quote_rank(quote: str) -> int:
    """Where several quotes are traded the first of USDT, USDC, USD, FDUSD is shown first."""
    return _QUOTES.index(quote) if quote in _QUOTES else len(_QUOTES)


def is_wanted(market: Raw) -> bool:
    """Active spot, perpetual or dated market against a dollar; no options, no quanto, no shares."""
    if market.get("active") is False or market.get("option") or market.get("stock"):
        return False
    if market.get("quote") not in STABLECOINS or not market.get("base"):
        return False
    return bool(market.get("spot")) or _is_wanted_contract(market)


def _is_wanted_contract(market: Raw) -> bool:
    # OKX "xperp": a perpetual dressed as a dated future of 2031 (okx 6631); its basis would mean nothing.
    is_dressed = (market.get("info") or {}).get("ruleType") == "xperp"
    kind = market.get("swap") or market.get("future")
    return bool(kind) and bool(market.get("linear")) != bool(market.get("inverse")) and not is_dressed


def minimum_quote(exchange: str, market: Raw) -> object:
    """The smallest order in quote. ccxt does not pass on Bybit's `minNotionalValue`."""
    if exchange == "bybit":
        return ((market.get("info") or {}).get("lotSizeFilter") or {}).get("minNotionalValue")
    return market["limits"]["cost"]["min"]


# Funding ---------------------------------------------------------------------------------------------------------

# Where the interval stands in the market's own entry, and in what unit.
_INTERVAL_FIELDS: Mapping[str, tuple[str, timedelta]] = {
    "bybit": ("fundingInterval", timedelta(minutes=1)),
    "gate": ("funding_interval", timedelta(seconds=1)),
    "bitget": ("fundInterval", HOUR),
    "kucoinfutures": ("fundingRateGranularity", timedelta(milliseconds=1)),
    "weex": ("collectCycle", timedelta(minutes=1)),
}
_HOURLY = frozenset({"hyperliquid", "krakenfutures"})


def funding_interval(exchange: str, info: Raw) -> timedelta | None:
    """The interval that a market's own entry names; None where it does not."""
    if exchange in _HOURLY:
        return HOUR
    field, unit = _INTERVAL_FIELDS.get(exchange, ("", HOUR))
    return _positive(info.get(field), unit)


def parse_interval(text: object) -> timedelta | None:
    """ccxt's interval: '8h', or the milliseconds as text where its map lacks the span (gate 2313, okx 6599)."""
    words = str(text or "")
    return _positive(words[:-1], HOUR) if words.endswith("h") else _positive(words, timedelta(milliseconds=1))


def _positive(amount: object, unit: timedelta) -> timedelta | None:
    try:
        span = float(str(amount)) * unit
    except (ValueError, OverflowError):
        return None
    return span if span > timedelta(0) else None


@dataclass(frozen=True, slots=True)
class UpcomingFunding:
    """The parts of a funding rate as they come: rate of one interval, ccxt's interval, charge time in ms."""

    rate: object
    interval: object
    charged_ms: object
    is_settled: bool = False


def upcoming_funding(instrument: Instrument, rate: Raw) -> UpcomingFunding:
    """Which fields of ccxt's funding rate are the next charge."""
    exchange, interval = instrument.exchange, rate.get("interval")
    if exchange == "bybit":  # ccxt takes it from the market, which is as old as the last load (bybit 2852)
        interval = _stated_hours(rate) or interval
    if exchange == "weex":  # fundingRate is the last one, fundingTimestamp is now (weex 1848)
        return UpcomingFunding(rate.get("nextFundingRate"), interval, rate.get("nextFundingTimestamp"))
    if exchange == "bingx":  # the time stands in the wrong field (bingx 1770)
        return UpcomingFunding(rate.get("fundingRate"), interval, rate.get("nextFundingTimestamp"))
    if exchange == "deribit":  # what was paid over the last 8 hours; it accrues all the time (deribit 3110)
        return UpcomingFunding(rate.get("fundingRate"), "8h", rate.get("timestamp"), is_settled=True)
    if exchange == "krakenfutures":
        return UpcomingFunding(_kraken_rate(instrument, rate), "1h", rate.get("fundingTimestamp"))
    return UpcomingFunding(rate.get("fundingRate"), interval, rate.get("fundingTimestamp"))


def _stated_hours(rate: Raw) -> str | None:
    hours = (rate.get("info") or {}).get("fundingIntervalHour")
    return f"{hours}h" if hours else None


def _kraken_rate(instrument: Instrument, rate: Raw) -> object:
    """ccxt divides the absolute rate by the price, right for PF_ alone (krakenfutures 2903, ccxt issue 27870).

    Inverse: the absolute rate is in coin per contract of 1 USD, so the relative one is absolute times price.
    """
    if not instrument.is_inverse:
        return rate.get("fundingRate")
    absolute, price = (rate.get("info") or {}).get("fundingRate"), rate.get("markPrice")
    if absolute is None or price is None:
        return None
    return Decimal(str(absolute)) * Decimal(str(price))


def settled_rate(exchange: str, row: Raw) -> object:
    """The rate of a settlement. deribit's rows are hourly, but ccxt gives the sum of 8 hours (deribit 3215)."""
    return row["info"].get("interest_1h") if exchange == "deribit" else row.get("fundingRate")


class Paging(Enum):
    """How older settlements are reached. ccxt's own paging takes 8-hour windows and loses rows (binance 10480)."""

    FORWARD = "since"
    BACKWARD = "until"
    NUMBERED = "page"


@dataclass(frozen=True, slots=True)
class HistoryPages:
    """Direction, rows in a page, and the exchange's own word for the end (BACKWARD) or the number (NUMBERED).

    `window`: a page reaches no further than so long after its start, however few rows that is (FORWARD).
    """

    paging: Paging
    rows: int
    word: str = "until"
    window: timedelta | None = None

    def most(self, span: timedelta) -> int:
        """How many pages `span` can need: rows are an hour apart at least."""
        return 2 + int(span / min(self.rows * HOUR, self.window or span))


# bybit: a window of 200 rows of the interval known at load; wrong once it changed, so from the newest back (2982).
# okx: `before` returns the newest rows again, so `after` (2780); 100 rows is what every version accepts.
# deribit: ends each page 30 days after its start (3144). krakenfutures: all at once, ccxt cuts it (2970).
# kucoinfutures gives the latest 100 rows and no older ones, whatever it is asked (ccxt issue 27461).
_PAGES: Mapping[str, HistoryPages] = {
    "binance": HistoryPages(Paging.FORWARD, 1000),
    "bybit": HistoryPages(Paging.BACKWARD, 200),
    "okx": HistoryPages(Paging.BACKWARD, 100, "after"),
    "gate": HistoryPages(Paging.BACKWARD, 1000),
    "bitget": HistoryPages(Paging.NUMBERED, 100, "pageNo"),
    "mexc": HistoryPages(Paging.NUMBERED, 100, "page_num"),
    "hyperliquid": HistoryPages(Paging.FORWARD, 500),
    "deribit": HistoryPages(Paging.FORWARD, 744, window=timedelta(days=30)),
    "krakenfutures": HistoryPages(Paging.FORWARD, 1_000_000),
    "bingx": HistoryPages(Paging.FORWARD, 1000),
}


def history_pages(exchange: str) -> HistoryPages:
    """How to page this exchange's funding history."""
    return _PAGES.get(exchange, HistoryPages(Paging.FORWARD, 100))


# Quotes, books, candles ------------------------------------------------------------------------------------------


class Source(Enum):
    """A question whose answer holds part of a quote."""

    MARK = "fetch_mark_price"
    TICKER = "fetch_ticker"
    BIDS_ASKS = "fetch_bids_asks"
    TICKERS = "fetch_tickers"
    MARKS = "fetch_mark_prices"
    RATES = "fetch_funding_rates"
    RATE = "fetch_funding_rate"
    BOOK = "fetch_order_book"
    OKX_INDEX = "market/index-tickers"
    BYBIT_TICKERS = "v5/market/tickers"


# One answer for all contracts where the exchange counts requests strictly (okx) or gives nothing else (hyperliquid,
# krakenfutures), else the contract's own. Bybit's ticker loses its time on the way through ccxt's fetch_ticker.
_QUOTE_SOURCES: Mapping[str, tuple[Source, ...]] = {
    "binance": (Source.MARK, Source.BIDS_ASKS, Source.TICKER),
    "bybit": (Source.BYBIT_TICKERS,),
    "okx": (Source.MARKS, Source.OKX_INDEX, Source.TICKERS),
    "gate": (Source.TICKER,),
    "bitget": (Source.TICKER,),
    "hyperliquid": (Source.RATES, Source.BOOK),
    "krakenfutures": (Source.TICKERS,),
    "mexc": (Source.TICKER,),
    "deribit": (Source.TICKER,),
    "weex": (Source.RATE, Source.TICKER),
}


def quote_sources(exchange: str) -> tuple[Source, ...]:
    """The questions of one quote; the first that has a field or a time gives it."""
    return _QUOTE_SOURCES.get(exchange, (Source.MARK, Source.TICKER))


# Fields that ccxt leaves in `info`.
_EXTRA_FIELDS: Mapping[str, Mapping[str, str]] = {
    "mexc": {"markPrice": "fairPrice", "indexPrice": "indexPrice"},
    "hyperliquid": {"quoteVolume": "dayNtlVlm"},
}


def with_extra_fields(exchange: str, part: Raw) -> Raw:
    """The part with what ccxt left in its `info`."""
    info = part.get("info") or {}
    fields = _EXTRA_FIELDS.get(exchange, {})
    found = {name: info[word] for name, word in fields.items() if isinstance(info, Mapping) and info.get(word)}
    return {**part, **found}


def answered_ms(exchange: str, row: Raw) -> object:
    """When the exchange answered, in ms; None where it does not say. krakenfutures states the last trade (760)."""
    return None if exchange == "krakenfutures" else row.get("timestamp")


def volume_day_quote(instrument: Instrument, ticker: Raw, mark_quote: Decimal) -> Decimal | None:
    """Traded in 24 hours, in quote (USD for inverse). Exchanges count coins, contracts or money.

    `mark_quote`: as the exchange states it, so per 1000 for 1000PEPE.
    """
    base, quote = _decimal(ticker.get("baseVolume")), _decimal(ticker.get("quoteVolume"))
    if instrument.exchange == "okx":  # vol24h contracts, volCcy24h coins (okx 2219)
        coins = _decimal((ticker.get("info") or {}).get("volCcy24h"))
        return coins * mark_quote if coins is not None else None
    if instrument.exchange == "bybit" and instrument.is_inverse:  # volume24h USD, turnover24h coins (bybit 2443)
        return base
    if instrument.exchange == "krakenfutures" and not instrument.is_inverse:  # coins alone (krakenfutures 760)
        return base * mark_quote if base is not None else None
    return quote


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


# Levels asked for: what gives depth at the lowest weight. None: the exchange's own number.
_BOOK_LEVELS: Mapping[str, int | None] = {
    "bybit": 200,
    "okx": 400,
    "bitget": None,  # its levels go by words (bitget 3466)
    "hyperliquid": None,
    "krakenfutures": None,
}


def book_levels(exchange: str) -> int | None:
    """How many levels of the book to ask for."""
    return _BOOK_LEVELS.get(exchange, 100)


# okx gives 300 bars a request (okx 2668), bitget's history 200 (bitget 4637).
_CANDLE_ROWS: Mapping[str, int] = {"okx": 300, "bitget": 200}


def candle_rows(exchange: str) -> int:
    """Bars in one request."""
    return _CANDLE_ROWS.get(exchange, 500)


_VOLUME_IN_CONTRACTS = frozenset({"gate", "kucoinfutures", "mexc"})


def candle_volume_base(instrument: Instrument, volume: Decimal, close_quote: Decimal) -> Decimal:
    """A bar's volume in coins; gate, kucoinfutures and mexc count contracts. Both per one coin."""
    if instrument.exchange in _VOLUME_IN_CONTRACTS and instrument.kind is not InstrumentKind.SPOT:
        return instrument.amount_base(volume, close_quote)
    return volume * instrument.price_unit


# Margin tiers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TierScale:
    """What a tier's limits are measured in once they are multiplied by `factor`."""

    unit: TierUnit
    factor: Decimal


# okx 7431 (minSz, maxSz) and mexc 4552 (riskIncrVol) count contracts; krakenfutures 3312 contracts where inverse,
# quote where linear (PF_PEPEUSD starts its second level at 2,000,000).
_TIERS_IN_CONTRACTS = frozenset({"okx", "mexc"})


def tier_scale(instrument: Instrument) -> TierScale:
    """How to read this exchange's tier limits."""
    if instrument.exchange in _TIERS_IN_CONTRACTS:
        unit = TierUnit.QUOTE if instrument.is_inverse else TierUnit.BASE
        return TierScale(unit, instrument.contract_size)
    if instrument.exchange == "krakenfutures" and instrument.is_inverse:
        return TierScale(TierUnit.QUOTE, instrument.contract_size)
    if instrument.is_inverse and instrument.exchange in {"bybit", "binance"}:  # riskLimitValue, qtyFloor: coins
        return TierScale(TierUnit.BASE, Decimal(1))
    return TierScale(TierUnit.QUOTE, Decimal(1))


# Exchanges that rate each slice of a position by itself, and the field with the amount this takes off the whole.
# Elsewhere the whole position has its tier's rate: OKX "position value x tier's rate"
# (okx.com/help/v-tiered-maintenance-margin-ratio-rules), Bitget "position value x MMR"
# (bitget.com/support/articles/12560603777225). Where nothing is known this is the cautious reading.
_DEDUCTION_FIELDS: Mapping[str, str] = {"bybit": "mmDeduction", "gate": "deduction"}


def deducts(exchange: str) -> bool:
    """Whether this exchange rates each slice of a position by itself."""
    return exchange in _DEDUCTION_FIELDS


def stated_deduction(exchange: str, tier: Raw) -> Decimal | None:
    """The maintenance amount that a tier names: in quote for linear, in coin for inverse contracts."""
    return _decimal((tier.get("info") or {}).get(_DEDUCTION_FIELDS.get(exchange, "")))


def deductions(rows: Sequence[tuple[Decimal, Decimal]]) -> list[Decimal]:
    """The maintenance amounts of (floor, share) rows: cum_n = cum_(n-1) + floor_n * (share_n - share_(n-1))."""
    found = [Decimal(0)] if rows else []
    for (_, lower_share), (floor, share) in pairwise(rows):
        found.append(found[-1] + floor * (share - lower_share))
    return found


def maintenance_share(exchange: str, tier: Raw) -> Decimal | None:
    """The rate as a share. Bybit's documentation states percents, its answers shares: its leverage tells them apart."""
    share = _decimal(tier.get("maintenanceMarginRate"))
    info = tier.get("info") or {}
    margin, leverage = _decimal(info.get("initialMargin")), _decimal(tier.get("maxLeverage"))
    if exchange == "bybit" and share is not None and margin is not None and leverage is not None:
        return share / 100 if margin * leverage > 2 else share  # a share times its leverage is about 1
    return share


def single_tier(info: Raw) -> tuple[Decimal, Decimal] | None:
    """(maintenance share, leverage) at Hyperliquid: half the initial margin at the asset's maximum leverage.

    Source: hyperliquid.gitbook.io, "Margining": "maintenance margin is half of the initial margin at max leverage".
    """
    leverage = _decimal(info.get("maxLeverage"))
    return (1 / (2 * leverage), leverage) if leverage else None
