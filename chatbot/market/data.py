"""The MarketData port on real exchanges: what is known is served from memory, the rest is asked for.

Law: nothing here waits for an exchange that answered lately, and nothing older than a minute prices a hedge untried.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.markets import (
    Board,
    BoardRow,
    Candles,
    FundingHistory,
    FundingRate,
    FuturesQuote,
    Instrument,
    InstrumentKind,
    MarginTiers,
    OrderBook,
    Snapshot,
    SpotPrice,
    TierUnit,
    exchange_name,
)
from chatbot.core.portfolio import STABLECOINS
from chatbot.core.ports import MONTH, ExchangeState
from chatbot.market import bulk, questions, translation
from chatbot.market.binance_tiers import MEASURED_AT, binance_tiers
from chatbot.market.exchanges import Exchanges, Listing, Manners
from chatbot.market.failures import or_outages
from chatbot.market.freshness import Freshness, Keeping
from chatbot.market.histories import Histories
from chatbot.market.intervals import Intervals

_SECOND, _MINUTE, _HOUR, _DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_QUOTES = Keeping(5 * _SECOND, _MINUTE, 10 * _MINUTE, most=2000)
_BOOKS = Keeping(5 * _SECOND, _MINUTE, 10 * _MINUTE, most=100)  # up to 250 KB each
_SPOT = Keeping(5 * _SECOND, _MINUTE, 10 * _MINUTE, most=32)
_FUNDING = Keeping(30 * _SECOND, _MINUTE, _HOUR, most=2000)
_BOARDS = Keeping(15 * _SECOND, _MINUTE, _MINUTE, most=16)
_CANDLES = Keeping(_MINUTE, 36 * _HOUR, 4 * _DAY, most=256)
_TIERS = Keeping(12 * _HOUR, 2 * _DAY, 30 * _DAY, most=1000)

# Tiers are for key holders at Binance and BingX; Deribit and WEEX publish none.
_WITHOUT_TIERS = frozenset({"binance", "bingx", "deribit", "weex"})


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """All that is listed, by coin."""

    contracts: Mapping[str, tuple[Instrument, ...]] = field(default_factory=dict)
    spot: Mapping[str, tuple[Instrument, ...]] = field(default_factory=dict)
    coins: frozenset[str] = frozenset()


def _catalogue(listings: Iterable[Listing]) -> _Catalogue:
    known = tuple(listings)
    contracts = _by_coin(contract for listing in known for contract in listing.contracts)
    spot = _by_coin(market for listing in known for market in listing.spot.values())
    return _Catalogue(contracts, spot, frozenset(contracts) | frozenset(spot))


def _is_newer(price: SpotPrice | None, than: SpotPrice | None) -> bool:
    return price is not None and (than is None or price.as_of > than.as_of)


def _by_coin(instruments: Iterable[Instrument]) -> Mapping[str, tuple[Instrument, ...]]:
    found: dict[str, list[Instrument]] = {}
    for instrument in instruments:
        found.setdefault(instrument.coin, []).append(instrument)
    return {coin: tuple(listed) for coin, listed in found.items()}


def _key(instrument: Instrument) -> tuple[str, str]:
    """Cheaper to hash than the instrument, and the same after a reload."""
    return instrument.exchange, instrument.symbol


class Market:
    """MarketData (chatbot.core.ports) through ccxt. Used from one event loop, the one it is closed on."""

    def __init__(
        self,
        exchanges: Sequence[str],
        now: Callable[[], datetime],
        gateway_url: str | None = None,
        proxy_url: str | None = None,
        source_note: str = "",
        manners: Manners | None = None,
    ) -> None:
        """`exchanges`: ccxt ids in the order they are preferred and shown; ValueError for one that is unknown.

        `gateway_url`: requests go to `<gateway>/<full URL>`. `proxy_url`: http(s) or socks. `source_note`: what every
        source adds to its name, "simulated".
        """
        self._names = tuple(exchanges)
        self._now = now
        self._manners = manners or Manners()
        self._source_note = source_note
        self._catalogue = _Catalogue()
        self._exchanges = Exchanges(exchanges, now, gateway_url, proxy_url, self._manners, self._relist)
        self._spot = Freshness(self._ask_spot, _SPOT, now, key_of=str)
        self._quotes = Freshness(self._ask_quote, _QUOTES, now, _key)
        self._books = Freshness(self._ask_book, _BOOKS, now, _key)
        self._rates = Freshness(self._ask_rate, _FUNDING, now, _key)
        self._intervals = Intervals(self._exchanges, now)
        self._boards = Freshness(self._ask_board, _BOARDS, now, key_of=str)
        self._histories = Histories(self._ask_history, now)
        self._candles = Freshness(self._ask_candles, _CANDLES, now, str, _next_bar)
        self._tiers = Freshness(self._ask_tiers, _TIERS, now, _key)

    def start(self) -> None:
        """Begins to load markets in the background; returns at once."""
        self._exchanges.start()

    async def close(self) -> None:
        """Gives up what is being asked, and closes every client."""
        await asyncio.gather(
            *(kept.close() for kept in (self._spot, self._boards, self._candles, self._tiers)),
            *(kept.close() for kept in (self._quotes, self._books, self._rates)),
            *(kept.close() for kept in (self._histories, self._intervals)),
        )
        await self._exchanges.close()

    # What is listed

    def is_ready(self) -> bool:
        """Whether every exchange was asked for its markets once."""
        return self._exchanges.is_ready()

    async def wait_until_ready(self) -> None:
        """Returns when `is_ready`."""
        await self._exchanges.wait_until_ready()

    def states(self) -> tuple[ExchangeState, ...]:
        """The configured exchanges in the configured order."""
        return tuple(self._state(name) for name in self._names)

    def _state(self, exchange: str) -> ExchangeState:
        listing, outage = self._exchanges.listing(exchange), self._exchanges.outage(exchange)
        if listing is None:
            return ExchangeState(exchange, exchange_name(exchange), 0, None, outage)
        return ExchangeState(exchange, exchange_name(exchange), listing.count, listing.loaded_at, outage)

    def coins(self) -> frozenset[str]:
        """Every coin that any loaded exchange lists."""
        return self._catalogue.coins

    def futures(self, coin: str) -> tuple[Instrument, ...]:
        """Perpetual and dated markets of `coin`, in configured order; none that has expired."""
        listed = self._catalogue.contracts.get(coin, ())
        if all(contract.expires_at is None for contract in listed):
            return listed
        now = self._now()
        return tuple(contract for contract in listed if not contract.has_expired(now))

    def spot_markets(self, coin: str) -> tuple[Instrument, ...]:
        """Spot markets of `coin`, in configured order, one of each exchange."""
        return tuple({market.exchange: market for market in self._catalogue.spot.get(coin, ())}.values())

    def _relist(self) -> None:
        """Called on the exchanges' thread: the new catalogue replaces the old one whole."""
        self._catalogue = _catalogue(self._exchanges.listings().values())

    # Spot

    async def spot_prices(self, coins: Collection[str]) -> Mapping[str, SpotPrice]:
        """From the first exchange that has the coin; without a spot market from its perpetual's index or mark.

        A price that is older than a minute stands only where no exchange has a newer one.
        MarketUnavailable where no price came and an exchange failed.
        """
        found = {coin: self._one_dollar(coin) for coin in coins if coin in STABLECOINS}
        outages: list[Outage] = []
        for exchange in self._names:
            wanted = self._traded_at(exchange, [coin for coin in coins if self._is_old(found.get(coin))])
            if wanted:
                prices = await or_outages(self._spot.get(exchange), outages) or {}
                found |= {coin: prices[coin] for coin in wanted if _is_newer(prices.get(coin), found.get(coin))}
        missing = [coin for coin in coins if coin not in found]
        found |= await self._from_futures(missing, outages)
        if outages and not found:
            raise MarketUnavailable("No exchange gave a price.", _each_once(outages))
        return found

    def _is_old(self, price: SpotPrice | None) -> bool:
        """Or none at all: what is older was renewed in vain."""
        return price is None or self._now() - price.as_of > _MINUTE

    def _one_dollar(self, coin: str) -> SpotPrice:
        return SpotPrice(coin, Decimal(1), "USD", None, None, "taken as 1 USD", self._now())

    def _traded_at(self, exchange: str, coins: Iterable[str]) -> list[str]:
        spot = self._catalogue.spot
        return [coin for coin in coins if any(market.exchange == exchange for market in spot.get(coin, ()))]

    async def _from_futures(self, coins: Sequence[str], outages: list[Outage]) -> dict[str, SpotPrice]:
        if not coins:
            return {}
        prices = await asyncio.gather(*(self._price_from_futures(coin, outages) for coin in coins))
        return {price.coin: price for price in prices if price is not None}

    async def _price_from_futures(self, coin: str, outages: list[Outage]) -> SpotPrice | None:
        for contract in self.futures(coin):
            quote = await or_outages(self._quotes.get(contract), outages)
            if quote is not None:
                return self._spot_of(quote)
        return None

    def _spot_of(self, quote: FuturesQuote) -> SpotPrice:
        contract = quote.instrument
        what = "mark" if quote.index_quote is None else "index"
        price = quote.mark_quote if quote.index_quote is None else quote.index_quote
        source = self._source(contract.exchange, what)
        return SpotPrice(contract.coin, price, contract.quote, None, None, source, quote.as_of)

    # One contract

    async def futures_quote(self, instrument: Instrument) -> FuturesQuote:
        """Mark, index, bid, ask, volume."""
        return await self._quotes.get(instrument)

    async def order_book(self, instrument: Instrument) -> OrderBook:
        """The visible book."""
        return await self._books.get(instrument)

    async def funding_rate(self, instrument: Instrument) -> FundingRate:
        """The next charge. NotPossible for a dated contract."""
        return await self._rates.get(_perpetual(instrument))

    async def funding_history(self, instrument: Instrument, span: timedelta = MONTH) -> FundingHistory:
        """The settlements of at least `span` (up to 370 days). NotPossible for a dated contract."""
        return await self._histories.get(_perpetual(instrument), span)

    async def margin_tiers(self, instrument: Instrument) -> MarginTiers:
        """The exchange's own tiers, else an estimate that says so. NotPossible where nobody publishes any."""
        return await self._tiers.get(instrument)

    async def daily_candles(self, coin: str) -> Candles:
        """Closed daily bars of up to 400 days, from the first exchange that has them; spot before futures."""
        return await self._candles.get(coin)

    async def snapshots(self, instruments: Collection[Instrument]) -> tuple[tuple[Snapshot, ...], tuple[Outage, ...]]:
        """All of each, side by side; a market without a quote is left out, its exchange among the outages."""
        now = self._now()
        known = {_key(instrument): self._known(instrument, now) for instrument in instruments}
        wanted = [instrument for instrument in instruments if not _is_whole(known[_key(instrument)])]
        if not wanted:
            return tuple(filter(None, known.values())), ()
        outages: list[Outage] = []
        asked = await asyncio.gather(*(self._snapshot(instrument, outages) for instrument in wanted))
        known |= {_key(instrument): snapshot for instrument, snapshot in zip(wanted, asked, strict=True)}
        return tuple(filter(None, known.values())), _each_once(outages)

    def _known(self, instrument: Instrument, now: datetime) -> Snapshot | None:
        """What may be served at once; None without a quote."""
        quote = self._quotes.peek(instrument, now)
        if quote is None:
            return None
        book, tiers = self._books.peek(instrument, now), self._tiers.peek(instrument, now)
        if instrument.kind is not InstrumentKind.PERPETUAL:
            return Snapshot(instrument, quote, book, None, None, tiers)
        rate, history = self._rates.peek(instrument, now), self._histories.peek(instrument, now)
        return Snapshot(instrument, quote, book, rate, history, tiers)

    async def _snapshot(self, instrument: Instrument, outages: list[Outage]) -> Snapshot | None:
        spared: list[Outage] = []
        is_perpetual = instrument.kind is InstrumentKind.PERPETUAL
        quote, book, rate, history, tiers = await asyncio.gather(
            or_outages(self._quotes.get(instrument), outages),
            or_outages(self._books.get(instrument), spared),
            or_outages(self._rates.get(instrument), spared) if is_perpetual else _nothing(),
            or_outages(self._histories.get(instrument), spared) if is_perpetual else _nothing(),
            or_outages(self._tiers.get(instrument), spared),
        )
        return None if quote is None else Snapshot(instrument, quote, book, rate, history, tiers)

    # All contracts of an exchange

    async def boards(self, exchanges: Collection[str] | None = None) -> tuple[tuple[Board, ...], tuple[Outage, ...]]:
        """What these exchanges say in bulk, in configured order; one that did not answer in time is an outage."""
        outages: list[Outage] = []
        asked = [name for name in self._names if exchanges is None or name in exchanges]
        found = await asyncio.gather(*(or_outages(self._boards.get(name), outages) for name in asked))
        return tuple(board for board in found if board is not None), _each_once(outages)

    async def _ask_board(self, exchange: str) -> Board:
        listing, now = self._exchanges.listing(exchange), self._now()
        if listing is None or not listing.contracts:
            raise self._exchanges.unavailable(exchange)
        contracts = [contract for contract in listing.contracts if not contract.has_expired(now)]
        source, patience = self._source(exchange), self._manners.part_deadline
        board, intervals = await asyncio.gather(
            self._exchanges.ask(exchange, lambda client: bulk.board(client, contracts, self._now, source, patience)),
            self._intervals.stated(exchange),
        )
        return replace(board, rows=tuple(self._with_interval(row, intervals) for row in board.rows))

    def _with_interval(self, row: BoardRow, intervals: Mapping[str, timedelta | None]) -> BoardRow:
        """Where the bulk answer does not name it: what the exchange says elsewhere, else what it said of this one."""
        if row.funding is None or row.funding.interval is not None:
            return row
        alone = self._rates.last(row.instrument)
        interval = intervals.get(row.instrument.symbol, alone.interval if alone else None)
        return replace(row, funding=replace(row.funding, interval=interval)) if interval else row

    # Asking

    def _source(self, exchange: str, what: str = "") -> str:
        words = f"{exchange_name(exchange)} {what}".rstrip()
        return f"{words} · {self._source_note}" if self._source_note else words

    async def _ask_spot(self, exchange: str) -> Mapping[str, SpotPrice]:
        listing = self._exchanges.listing(exchange)
        markets = listing.spot if listing else {}
        source = self._source(exchange, "spot")
        return await self._exchanges.ask(
            exchange, lambda client: questions.spot_prices(client, markets, self._now, source)
        )

    async def _ask_quote(self, contract: Instrument) -> FuturesQuote:
        source = self._source(contract.exchange)
        return await self._exchanges.ask(
            contract.exchange, lambda client: questions.futures_quote(client, contract, self._now, source)
        )

    async def _ask_book(self, contract: Instrument) -> OrderBook:
        return await self._exchanges.ask(
            contract.exchange, lambda client: questions.order_book(client, contract, self._now)
        )

    async def _ask_rate(self, contract: Instrument) -> FundingRate:
        source = self._source(contract.exchange)
        rate = await self._exchanges.ask(
            contract.exchange, lambda client: questions.funding_rate(client, contract, self._now, source)
        )
        return rate if rate.interval else replace(rate, interval=await self._interval(contract))

    async def _interval(self, contract: Instrument) -> timedelta | None:
        """Where the rate does not name it: Binance's list, else what the last settlements agree on, else unknown."""
        history = await or_outages(self._histories.get(contract), [])
        return await self._intervals.of(contract, translation.agreed_interval(history) if history else None)

    async def _ask_history(self, contract: Instrument, span: timedelta) -> FundingHistory:
        source = self._source(contract.exchange)
        return await self._exchanges.ask(
            contract.exchange,
            lambda client: questions.funding_history(client, contract, self._now, source, span),
            deadline=None if span <= MONTH else self._manners.history_deadline,
        )

    async def _ask_candles(self, coin: str) -> Candles:
        outages: list[Outage] = []
        for market in self._candle_markets(coin):
            candles = await or_outages(self._ask_market_candles(market), outages)
            if candles is not None:
                return candles
        if outages:
            raise MarketUnavailable(f"No exchange gave the daily prices of {coin}.", _each_once(outages))
        raise NotPossible(f"No exchange here lists {coin}.")

    def _candle_markets(self, coin: str) -> list[Instrument]:
        """One market of each exchange that has the coin: its spot market, else its first perpetual."""
        perpetuals = (c for c in self._catalogue.contracts.get(coin, ()) if c.kind is InstrumentKind.PERPETUAL)
        first: dict[str, Instrument] = {}
        for market in (*self._catalogue.spot.get(coin, ()), *perpetuals):
            first.setdefault(market.exchange, market)
        return [first[exchange] for exchange in self._names if exchange in first]

    async def _ask_market_candles(self, market: Instrument) -> Candles:
        source = self._source(market.exchange, "spot" if market.kind is InstrumentKind.SPOT else "perpetual")
        return await self._exchanges.ask(
            market.exchange, lambda client: questions.daily_candles(client, market, self._now, source)
        )

    # Tiers

    async def _ask_tiers(self, contract: Instrument) -> MarginTiers:
        is_in_table = contract.exchange == "binance" and contract.settle == "USDT"
        if is_in_table and (tiers := binance_tiers(contract.coin)):
            source = self._source("binance", f"brackets of {MEASURED_AT:%B %Y}")
            return MarginTiers(tiers, TierUnit.QUOTE, source, MEASURED_AT, is_estimate=True)
        if contract.exchange in _WITHOUT_TIERS:
            return await self._tiers_elsewhere(contract)
        source = self._source(contract.exchange)
        return await self._exchanges.ask(
            contract.exchange, lambda client: questions.margin_tiers(client, contract, self._now, source)
        )

    async def _tiers_elsewhere(self, contract: Instrument) -> MarginTiers:
        """The tiers of the same coin and kind of contract at the next exchange that publishes them."""
        outages: list[Outage] = []
        for other in self.futures(contract.coin):
            if other.exchange not in _WITHOUT_TIERS and other.is_inverse == contract.is_inverse:
                tiers = await or_outages(self._tiers.get(other), outages)
                if tiers is not None:
                    return replace(tiers, is_estimate=True)
        if outages:
            raise MarketUnavailable(f"No exchange gave margin tiers of {contract.coin}.", _each_once(outages))
        raise NotPossible(f"No exchange here publishes margin tiers of {contract.coin}.")


async def _nothing() -> None:
    """In the place of a question that this contract does not have."""


def _is_whole(snapshot: Snapshot | None) -> bool:
    if snapshot is None or snapshot.book is None or snapshot.tiers is None:
        return False
    if snapshot.instrument.kind is not InstrumentKind.PERPETUAL:
        return True
    return snapshot.funding is not None and snapshot.history is not None


def _perpetual(instrument: Instrument) -> Instrument:
    if instrument.kind is not InstrumentKind.PERPETUAL:
        raise NotPossible(f"{instrument.market_id} is a dated contract: it pays no funding.")
    return instrument


def _each_once(outages: Iterable[Outage]) -> tuple[Outage, ...]:
    return tuple({outage.exchange: outage for outage in outages}.values())


def _next_bar(candles: Candles, now: datetime) -> datetime:
    """A minute after the bar that is open now closes; a minute from now where the exchange is late with the last."""
    due = candles.bars[-1].opened_at + 2 * _DAY + _MINUTE
    return due if due > now else now + _CANDLES.fresh_for
