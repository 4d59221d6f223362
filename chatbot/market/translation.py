"""ccxt's dicts -> core types. Pure: time comes in as `now`.

Law: what is missing is None, an answer without its substance is EmptyAnswer, and every price is per one coin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from chatbot.core.markets import (
    Board,
    BoardRow,
    Candle,
    Candles,
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
    SpotPrice,
)
from chatbot.market import quirks
from chatbot.market.failures import EmptyAnswer
from chatbot.market.quirks import Raw

DAY = timedelta(days=1)

# Settlements of one interval are seconds apart from each other's full hour.
_JITTER = timedelta(minutes=2)
_AGREEING = 3


def decimal(value: object) -> Decimal | None:
    """Exactly the number as written (a float's shortest form); None for nothing, NaN and infinity."""
    try:
        number = Decimal(str(value).removesuffix(".0"))  # 100.0 is how a float writes a contract of 100 USD
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def time(milliseconds: object) -> datetime | None:
    """Aware UTC time of a Unix time in milliseconds; None for nothing and zero."""
    number = decimal(milliseconds)
    return datetime.fromtimestamp(float(number) / 1000, UTC) if number else None


def _positive(value: object) -> Decimal | None:
    number = decimal(value)
    return number if number is not None and number > 0 else None


def _as_of(milliseconds: object, now: datetime) -> datetime:
    """The exchange's own time where it gives one; its clock may run ahead of ours."""
    stated = time(milliseconds)
    return now if stated is None else min(stated, now)


# Instruments -----------------------------------------------------------------------------------------------------


def instrument(exchange: str, market: Raw) -> Instrument | None:
    """The market as an Instrument; None for what is not wanted and for what lacks its size or its steps."""
    if not quirks.is_wanted(market):
        return None
    coin, unit = quirks.coin_and_unit(market)
    is_spot, info = bool(market.get("spot")), market.get("info") or {}
    counts_units = is_spot or exchange in quirks.AMOUNTS_ARE_NO_CONTRACTS
    size = Decimal(1) if counts_units else _positive(market.get("contractSize"))
    step, tick = _positive(market["precision"]["amount"]), _positive(market["precision"]["price"])
    if size is None or step is None or tick is None:
        return None
    is_inverse = bool(market.get("inverse"))
    return Instrument(
        exchange=exchange,
        symbol=str(market["symbol"]),
        market_id=str(market["id"]),
        coin=coin,
        quote=str(market["quote"]),
        settle=str(market.get("settle") or market["quote"]),
        kind=_kind(market),
        is_inverse=is_inverse,
        contract_size=size if is_inverse else size * unit,
        step_contracts=step,
        tick_quote=tick / unit,
        taker_share=decimal(market.get("taker")) or Decimal(0),
        maker_share=decimal(market.get("maker")) or Decimal(0),
        price_unit=unit,
        minimum_contracts=_positive(market["limits"]["amount"]["min"]),
        minimum_quote=_positive(quirks.minimum_quote(exchange, market)),
        maximum_leverage=None if is_spot else _positive((market["limits"].get("leverage") or {}).get("max")),
        expires_at=time(market.get("expiry")) if market.get("future") else None,  # deribit's perpetuals: year 3000
        listed_at=time(market.get("created")),
        funding_interval=quirks.funding_interval(exchange, info) if market.get("swap") else None,
    )


def _kind(market: Raw) -> InstrumentKind:
    if market.get("spot"):
        return InstrumentKind.SPOT
    return InstrumentKind.PERPETUAL if market.get("swap") else InstrumentKind.DATED


def order_of(contract: Instrument) -> tuple[bool, bool, int, datetime]:
    """Perpetuals before dated, linear before inverse, USDT before USDC, the near before the far."""
    return (
        contract.kind is InstrumentKind.DATED,
        contract.is_inverse,
        quirks.quote_rank(contract.quote),
        contract.expires_at or datetime.min.replace(tzinfo=UTC),
    )


# Prices ----------------------------------------------------------------------------------------------------------


def futures_quote(contract: Instrument, parts: Sequence[Raw], now: datetime, source: str) -> FuturesQuote:
    """One quote from several answers: the first part that has a field gives it. EmptyAnswer without a mark price."""
    full = [quirks.with_extra_fields(contract.exchange, part) for part in parts]
    mark = _first(full, "markPrice")
    if mark is None:
        raise EmptyAnswer(f"no mark price of {contract.symbol}")
    return FuturesQuote(
        instrument=contract,
        mark_quote=mark / contract.price_unit,
        index_quote=_per_coin(contract, _first(full, "indexPrice")),
        bid_quote=_per_coin(contract, _first(full, "bid")),
        ask_quote=_per_coin(contract, _first(full, "ask")),
        volume_day_quote=_volume_among(contract, full, mark),
        source=source,
        as_of=_as_of(next((part["timestamp"] for part in full if part.get("timestamp")), None), now),
    )


def _first(parts: Iterable[Raw], field: str) -> Decimal | None:
    return next((price for part in parts if (price := _positive(part.get(field))) is not None), None)


def _per_coin(contract: Instrument, price: Decimal | None) -> Decimal | None:
    return None if price is None else price / contract.price_unit


def spot_prices(
    markets: Mapping[str, Instrument], tickers: Mapping[str, Raw], now: datetime, source: str
) -> dict[str, SpotPrice]:
    """Prices by coin of those `markets` (by symbol) that have one. EmptyAnswer where none has."""
    found = {
        market.coin: price
        for symbol, market in markets.items()
        if (price := _spot_price(market, tickers.get(symbol) or {}, now, source)) is not None
    }
    if not found:
        raise EmptyAnswer("no spot prices")
    return found


def _spot_price(market: Instrument, ticker: Raw, now: datetime, source: str) -> SpotPrice | None:
    bid, ask = _positive(ticker.get("bid")), _positive(ticker.get("ask"))
    price = (bid + ask) / 2 if bid and ask else _positive(ticker.get("last"))
    if price is None:
        return None
    return SpotPrice(
        coin=market.coin,
        price_quote=price / market.price_unit,
        quote=market.quote,
        bid_quote=_per_coin(market, bid),
        ask_quote=_per_coin(market, ask),
        source=source,
        as_of=_as_of(ticker.get("timestamp"), now),
    )


def order_book(contract: Instrument, book: Raw, now: datetime) -> OrderBook:
    """The book with amounts in contracts. EmptyAnswer where neither side has a level."""
    bids, asks = _levels(contract, book.get("bids") or ()), _levels(contract, book.get("asks") or ())
    if not bids and not asks:
        raise EmptyAnswer(f"an empty book of {contract.symbol}")
    return OrderBook(contract, bids, asks, _as_of(book.get("timestamp"), now))


def _levels(contract: Instrument, rows: Iterable[Sequence[Any]]) -> tuple[Level, ...]:
    pairs = ((_positive(row[0]), _positive(row[1])) for row in rows)
    return tuple(Level(price / contract.price_unit, amount) for price, amount in pairs if price and amount)


# Funding ---------------------------------------------------------------------------------------------------------


def funding_rate(contract: Instrument, raw: Raw, now: datetime, source: str) -> FundingRate:
    """The next charge (deribit: the last one). Its interval is None where neither rate nor market names it."""
    rate = _funding_rate(contract, raw, now, source)
    if rate is None:
        raise EmptyAnswer(f"no funding rate of {contract.symbol}")
    return rate


def _funding_rate(contract: Instrument, raw: Raw, now: datetime, source: str) -> FundingRate | None:
    upcoming = quirks.upcoming_funding(contract, raw)
    rate = decimal(upcoming.rate)
    if rate is None:
        return None
    return FundingRate(
        rate_per_interval=rate,
        interval=quirks.parse_interval(upcoming.interval) or contract.funding_interval,
        kind=FundingKind.SETTLED if upcoming.is_settled else FundingKind.PREDICTED,
        charged_at=time(upcoming.charged_ms),
        as_of=_as_of(raw.get("timestamp"), now),
        source=source,
    )


def funding_history(contract: Instrument, rows: Iterable[Raw], now: datetime, source: str) -> FundingHistory:
    """Settlements in order of time, each once. EmptyAnswer where there are none, unless it was listed within a day."""
    settled = {
        charged_at: Settlement(rate, charged_at)
        for row in rows
        if (rate := decimal(quirks.settled_rate(contract.exchange, row))) is not None
        and (charged_at := time(row.get("timestamp"))) is not None
        and charged_at <= now
    }
    is_new = contract.listed_at is not None and now - contract.listed_at < DAY
    if not settled and not is_new:
        raise EmptyAnswer(f"no settlements of {contract.symbol}")
    return FundingHistory(contract, tuple(settled[at] for at in sorted(settled)), now, source)


def continued(known: FundingHistory, news: FundingHistory, since: datetime) -> FundingHistory:
    """Both as one from `since` on; where both have a settlement the newer answer counts."""
    rows = {row.charged_at: row for history in (known, news) for row in history.settlements if row.charged_at >= since}
    return replace(news, settlements=tuple(rows[at] for at in sorted(rows)))


def agreed_interval(history: FundingHistory) -> timedelta | None:
    """The interval that the last three gaps between settlements agree on, in whole minutes; None where they do not."""
    times = [settlement.charged_at for settlement in history.settlements[-_AGREEING - 1 :]]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if len(gaps) < _AGREEING or max(gaps) - min(gaps) > _JITTER:
        return None
    return timedelta(minutes=5 * round(gaps[-1] / timedelta(minutes=5))) or None


# Boards ----------------------------------------------------------------------------------------------------------


def board(
    exchange: str, contracts: Iterable[Instrument], parts: Sequence[Mapping[str, Raw]], now: datetime, source: str
) -> Board:
    """The contracts that any part (rows by symbol) tells of. It is as old as the newest time that a row states.

    EmptyAnswer where there is none.
    """
    stated = [at for part in parts for row in part.values() if (at := time(quirks.answered_ms(exchange, row)))]
    as_of = min(now, max(stated, default=now))
    told = (_board_row(contract, parts, as_of, source) for contract in contracts)
    rows = tuple(row for row in told if row is not None)
    if not rows:
        raise EmptyAnswer(f"nothing in bulk of {exchange}")
    return Board(exchange, rows, as_of, source)


def _board_row(
    contract: Instrument, parts: Iterable[Mapping[str, Raw]], as_of: datetime, source: str
) -> BoardRow | None:
    raws = [
        quirks.with_extra_fields(contract.exchange, part[contract.symbol]) for part in parts if contract.symbol in part
    ]
    mark = _first(raws, "markPrice")
    index = _per_coin(contract, _first(raws, "indexPrice"))
    rate = _rate_among(contract, raws, as_of, source)
    if mark is None and rate is None:
        return None
    return BoardRow(contract, rate, _per_coin(contract, mark), index, _volume_among(contract, raws, mark))


def _rate_among(contract: Instrument, raws: Iterable[Raw], as_of: datetime, source: str) -> FundingRate | None:
    if contract.kind is not InstrumentKind.PERPETUAL:
        return None
    rates = (_funding_rate(contract, raw, as_of, source) for raw in raws if "fundingRate" in raw)
    found = next((rate for rate in rates if rate is not None), None)
    return None if found is None else replace(found, as_of=as_of)


def _volume_among(contract: Instrument, raws: Iterable[Raw], mark: Decimal | None) -> Decimal | None:
    if mark is None:
        return None
    volumes = (quirks.volume_day_quote(contract, raw, mark) for raw in raws)
    return next((volume for volume in volumes if volume is not None), None)


# Candles ---------------------------------------------------------------------------------------------------------


def daily_candles(market: Instrument, rows: Iterable[Sequence[Any]], now: datetime, source: str) -> Candles:
    """Closed bars in order of time, each once; a bar with a hole is left out. EmptyAnswer where none is left."""
    bars = {bar.opened_at: bar for row in rows if (bar := _candle(market, row)) and bar.opened_at + DAY <= now}
    if not bars:
        raise EmptyAnswer(f"no candles of {market.symbol}")
    return Candles(market.coin, DAY, tuple(bars[at] for at in sorted(bars)), source, now)


def _candle(market: Instrument, row: Sequence[Any]) -> Candle | None:
    opened_at, prices = time(row[0]), [_positive(value) for value in row[1:5]]
    if opened_at is None or None in prices:
        return None
    first, high, low, close = (price / market.price_unit for price in prices if price is not None)
    volume = quirks.candle_volume_base(market, decimal(row[5]) or Decimal(0), close)
    return Candle(opened_at, first, high, low, close, volume)


# Margin tiers ----------------------------------------------------------------------------------------------------


def margin_tiers(contract: Instrument, rows: Iterable[Raw], now: datetime, source: str) -> MarginTiers:
    """The tiers, lowest first, in one of the two units of the core. EmptyAnswer where there is none."""
    scale = quirks.tier_scale(contract)
    pairs = ((row, _margin_tier(contract, row, scale.factor)) for row in rows)
    found = sorted(((tier, row) for row, tier in pairs if tier is not None), key=lambda pair: pair[0].floor)
    if not found:
        raise EmptyAnswer(f"no margin tiers of {contract.symbol}")
    tiers = [tier for tier, _ in found]
    amounts = _deductions(contract.exchange, tiers, [row for _, row in found])
    whole = (replace(tier, deduction=amount) for tier, amount in zip(tiers, amounts, strict=True))
    return MarginTiers(tuple(whole), scale.unit, source, now)


def _margin_tier(contract: Instrument, row: Raw, factor: Decimal) -> MarginTier | None:
    share = quirks.maintenance_share(contract.exchange, row)
    if share is None:
        return None
    floor, leverage = (decimal(row.get("minNotional")) or Decimal(0)) * factor, _positive(row.get("maxLeverage"))
    return MarginTier(floor, share, leverage, deduction=Decimal(0))


def _deductions(exchange: str, tiers: Sequence[MarginTier], rows: Sequence[Raw]) -> list[Decimal]:
    """What the exchange states, what follows from its tiers where it states nothing, zero where it deducts nothing."""
    if not quirks.deducts(exchange):
        return [Decimal(0)] * len(tiers)
    stated = [quirks.stated_deduction(exchange, row) for row in rows]
    if any(amount is None for amount in stated[1:]):
        return quirks.deductions([(tier.floor, tier.maintenance_share) for tier in tiers])
    return [amount or Decimal(0) for amount in stated]
