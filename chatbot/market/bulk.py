"""What an exchange is asked about all its contracts at once, and how that becomes a board.

Law: the first request is needed; another one that fails takes only its own fields off the board. A refusal for asking
too much counts as the whole board's, whichever request it met. Line numbers are those of ccxt 4.5.90.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise

from chatbot.core.markets import Board, Instrument, InstrumentKind
from chatbot.market import failures, translation
from chatbot.market.questions import Client
from chatbot.market.quirks import Raw

_log = logging.getLogger(__name__)

Rows = Mapping[str, Raw]  # by ccxt symbol: rate, prices and volume under ccxt's names, as far as they came

EIGHT_HOURS, MINUTE = timedelta(hours=8), timedelta(minutes=1)


class Bulk(Enum):
    """A question about many contracts."""

    RATES = "fetch_funding_rates"
    NAMED_RATES = "fetch_funding_rates of the contracts by name"
    TICKERS = "fetch_tickers"
    MARKS = "fetch_mark_prices"
    OKX_INDICES = "market/index-tickers"
    DERIBIT_SUMMARIES = "public/get_book_summary_by_currency"


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """One question, its parameters, and the contracts that it is for: it is not asked where there are none."""

    bulk: Bulk
    params: Raw
    covers: Callable[[Instrument], bool]


def _linear(contract: Instrument) -> bool:
    return not contract.is_inverse


def _inverse(contract: Instrument) -> bool:
    return contract.is_inverse


def _perpetual(contract: Instrument) -> bool:
    return contract.kind is InstrumentKind.PERPETUAL


def _inverse_perpetual(contract: Instrument) -> bool:
    return contract.is_inverse and _perpetual(contract)


def _dated(contract: Instrument) -> bool:
    return contract.kind is InstrumentKind.DATED


def _tether(contract: Instrument) -> bool:
    return contract.settle == "USDT"


def _circle(contract: Instrument) -> bool:
    return contract.settle == "USDC"


def _every(_: Instrument) -> bool:
    return True


def _by_sub_type() -> tuple[BulkRequest, ...]:
    """Rates and tickers, linear and inverse apart."""
    return (
        BulkRequest(Bulk.RATES, {"subType": "linear"}, _linear),
        BulkRequest(Bulk.TICKERS, {"type": "swap", "subType": "linear"}, _linear),
        BulkRequest(Bulk.RATES, {"subType": "inverse"}, _inverse),
        BulkRequest(Bulk.TICKERS, {"type": "swap", "subType": "inverse"}, _inverse),
    )


def _by_product_type(name: str, covers: Callable[[Instrument], bool]) -> tuple[BulkRequest, ...]:
    """Bitget's default method names neither interval nor time (bitget 9077); the prices are in the tickers."""
    method = "publicMixGetV2MixMarketCurrentFundRate"
    return (
        BulkRequest(Bulk.RATES, {"productType": name, "method": method}, covers),
        BulkRequest(Bulk.TICKERS, {"type": "swap", "productType": name}, covers),
    )


_USUAL = (BulkRequest(Bulk.RATES, {}, _perpetual), BulkRequest(Bulk.TICKERS, {"type": "swap"}, _every))

# Bybit's two questions of one category are one request (exchanges.py sends what is asked twice once), Kraken's too.
# mexc has no bulk rates, but its tickers hold them, without interval and time (mexc 1939).
REQUESTS: Mapping[str, tuple[BulkRequest, ...]] = {
    "binance": _by_sub_type(),
    "bybit": _by_sub_type(),
    "bingx": _by_sub_type(),
    "okx": (
        BulkRequest(Bulk.RATES, {}, _perpetual),
        BulkRequest(Bulk.MARKS, {"type": "swap"}, _perpetual),
        BulkRequest(Bulk.TICKERS, {"type": "swap"}, _perpetual),
        BulkRequest(Bulk.MARKS, {"type": "future"}, _dated),
        BulkRequest(Bulk.TICKERS, {"type": "future"}, _dated),
        BulkRequest(Bulk.OKX_INDICES, {}, _every),
    ),
    "gate": (
        BulkRequest(Bulk.RATES, {"settle": "usdt"}, _linear),
        BulkRequest(Bulk.TICKERS, {"type": "swap", "settle": "usdt"}, _linear),
        BulkRequest(Bulk.RATES, {"settle": "btc"}, _inverse_perpetual),
        BulkRequest(Bulk.TICKERS, {"type": "swap", "settle": "btc"}, _inverse_perpetual),
        BulkRequest(Bulk.TICKERS, {"type": "future", "settle": "usdt"}, _dated),
    ),
    "bitget": (
        *_by_product_type("USDT-FUTURES", _tether),
        *_by_product_type("USDC-FUTURES", _circle),
        *_by_product_type("COIN-FUTURES", _inverse),
    ),
    "mexc": (BulkRequest(Bulk.TICKERS, {"type": "swap"}, _every),),
    "hyperliquid": (BulkRequest(Bulk.RATES, {}, _every),),
    "deribit": (BulkRequest(Bulk.DERIBIT_SUMMARIES, {}, _every),),
    "krakenfutures": (BulkRequest(Bulk.NAMED_RATES, {}, _perpetual), BulkRequest(Bulk.TICKERS, {}, _every)),
}


async def board(
    client: Client, contracts: Sequence[Instrument], now: Callable[[], datetime], source: str, patience: float
) -> Board:
    """All that the exchange says in bulk of these contracts. What can be spared is waited for `patience` seconds."""
    wanted = [
        (request, covered)
        for request in REQUESTS.get(client.id, _USUAL)
        if (covered := [contract for contract in contracts if request.covers(contract)])
    ]
    first, *others = [_QUESTIONS[request.bulk](client, request.params, covered) for request, covered in wanted]
    needed, *spared = await asyncio.gather(first, *(_spare(client.id, other, patience) for other in others))
    return translation.board(client.id, contracts, (needed, *spared), now(), source)


async def _spare(exchange: str, question: Awaitable[Rows], patience: float) -> Rows:
    """The answer; nothing where it fails, unless the exchange wants fewer questions."""
    try:
        async with asyncio.timeout(patience):
            return await question
    except failures.foreign_errors() as error:
        if failures.meaning(error).is_limit:
            raise
        _log.warning("%s: a part of the board is missing (%s)", exchange, failures.without_secrets(error))
        return {}


# The questions -----------------------------------------------------------------------------------------------------


async def _rates(client: Client, params: Raw, _: Sequence[Instrument]) -> Rows:
    return _rows(await client.fetch_funding_rates(None, params))


async def _named_rates(client: Client, params: Raw, contracts: Sequence[Instrument]) -> Rows:
    """krakenfutures trips over indices among its tickers unless it is told what to look for (2876)."""
    return _rows(await client.fetch_funding_rates([contract.symbol for contract in contracts], params))


async def _tickers(client: Client, params: Raw, _: Sequence[Instrument]) -> Rows:
    found = _rows(await client.fetch_tickers(None, params))
    if client.id != "mexc":
        return found
    return {symbol: {**row, "fundingRate": (row.get("info") or {}).get("fundingRate")} for symbol, row in found.items()}


async def _marks(client: Client, params: Raw, _: Sequence[Instrument]) -> Rows:
    return _rows(await client.fetch_mark_prices(None, params))


async def _okx_indices(client: Client, _: Raw, contracts: Sequence[Instrument]) -> Rows:
    """One request for each currency of quotation. The index of BTC-USDT-SWAP and of BTC-USDT-250328 is BTC-USDT."""
    names = {contract.symbol: "-".join(contract.market_id.split("-")[:2]) for contract in contracts}
    quotes = sorted({name.partition("-")[2] for name in names.values()})
    answers = await asyncio.gather(*(client.publicGetMarketIndexTickers({"quoteCcy": quote}) for quote in quotes))
    prices = {row.get("instId"): row.get("idxPx") for answer in answers for row in answer.get("data") or ()}
    return {symbol: {"indexPrice": prices[name]} for symbol, name in names.items() if name in prices}


async def _deribit_summaries(client: Client, _: Raw, contracts: Sequence[Instrument]) -> Rows:
    """One request for each currency of settlement.

    `funding_8h` is what was paid over the last eight hours. The estimated delivery price is the index, until half an
    hour before an expiry, when it becomes the average since (docs.deribit.com, get_book_summary_by_currency).
    """
    asked = [{"currency": coin, "kind": "future"} for coin in sorted({contract.settle for contract in contracts})]
    answers = await asyncio.gather(*(client.publicGetGetBookSummaryByCurrency(params) for params in asked))
    rows = [row for answer in answers for row in answer.get("result") or ()]
    return {
        ticker["symbol"]: {
            **ticker,
            "indexPrice": row.get("estimated_delivery_price"),
            "fundingRate": row.get("funding_8h"),
        }
        for row in rows
        if (ticker := client.parse_ticker(row))["symbol"]
    }


def _rows(answer: object) -> Rows:
    return answer if isinstance(answer, Mapping) else {}


_QUESTIONS: Mapping[Bulk, Callable[[Client, Raw, Sequence[Instrument]], Awaitable[Rows]]] = {
    Bulk.RATES: _rates,
    Bulk.NAMED_RATES: _named_rates,
    Bulk.TICKERS: _tickers,
    Bulk.MARKS: _marks,
    Bulk.OKX_INDICES: _okx_indices,
    Bulk.DERIBIT_SUMMARIES: _deribit_summaries,
}


# Binance's intervals -----------------------------------------------------------------------------------------------

_PAGE = 1000
_MOST_PAGES = 6  # 540 contracts settle at both ends, 415 of them between
_LATE = 5 * MINUTE  # a settlement is on record by then


async def eight_hourly(
    client: Client, contracts: Sequence[Instrument], now: Callable[[], datetime], *, is_inverse: bool
) -> frozenset[str]:
    """Those perpetuals of Binance, by symbol, whose last settlements are 8 hours apart, with none between.

    Binance's list of intervals leaves out whatever was never changed, and other contracts too, so its silence proves
    nothing. The linear history is given for all contracts at once; of the few inverse ones each is asked.
    """
    perpetuals = [c for c in contracts if c.is_inverse == is_inverse and _perpetual(c)]
    found = await (_last_of_each(client, perpetuals) if is_inverse else _last_of_all(client, now()))
    return frozenset(symbol for symbol, times in found.items() if _is_eight_hourly(sorted(set(times))))


def _is_eight_hourly(times_ms: Sequence[int]) -> bool:
    gaps = [later - earlier for earlier, later in pairwise(times_ms)]
    return bool(gaps) and all(abs(timedelta(milliseconds=gap) - EIGHT_HOURS) < MINUTE for gap in gaps)


async def _last_of_each(client: Client, contracts: Sequence[Instrument]) -> Mapping[str, list[int]]:
    answers = await asyncio.gather(*(client.fetch_funding_rate_history(c.symbol, None, 4) for c in contracts))
    return {c.symbol: [row["timestamp"] for row in rows] for c, rows in zip(contracts, answers, strict=True)}


async def _last_of_all(client: Client, at: datetime) -> Mapping[str, list[int]]:
    """The times of settlement from one full eighth hour to the next, both included, the latest that are past."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    last = midnight + (at - _LATE - midnight) // EIGHT_HOURS * EIGHT_HOURS
    start, end = (int(edge.timestamp() * 1000) for edge in (last - EIGHT_HOURS - MINUTE, last + _LATE))
    times: defaultdict[str, list[int]] = defaultdict(list)
    for _ in range(_MOST_PAGES):
        page = await client.fetch_funding_rate_history(None, start, _PAGE, {"subType": "linear", "until": end})
        for row in page:
            times[row["symbol"]].append(row["timestamp"])
        if len(page) < _PAGE or page[-1]["timestamp"] <= start:
            break
        start = page[-1]["timestamp"]  # hundreds settle in the same millisecond: the page may end among them
    return times
