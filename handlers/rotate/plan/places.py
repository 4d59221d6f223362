"""What the market says of each coin of a rotation: its book, its perpetuals or those of its proxy, its history."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from chatbot.command import ChatSettings, Services
from chatbot.core.errors import NotPossible, Outage, Problem, Suggestion, UserMistake
from chatbot.core.hedging.proxies import fit_proxy
from chatbot.core.hedging.terms import Proxy, RejectedProxy
from chatbot.core.markets import Candles, Instrument, InstrumentKind, OrderBook, Snapshot, SpotPrice
from chatbot.core.rotation.transit.plan import OLD
from chatbot.core.rotation.transit.terms import Place
from chatbot.core.statistics import Beta, estimate_beta, volatility
from handlers import formatting as show
from handlers.looking import histories, or_none
from handlers.rotate.plan.ends import Ends
from handlers.rotate.plan.request import PlanRequest, line

BITCOIN = "BTC"
MAJORS = ("BTC", "ETH", "SOL", "BNB")
TWO = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """Places by coin, the exchange that has most of them, and who did not answer.

    Exchanges that told nothing or old prices: `passed` would have been used, `late` are used all the same, as they were
    asked for or nobody else has it. `elsewhere`: could do all of it as well.
    """

    places: Mapping[str, Place]
    exchange: str | None
    outages: tuple[Outage, ...]
    passed: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Contracts:
    """What stands for one coin: its own perpetuals or, through a proxy, those of another."""

    instruments: tuple[Instrument, ...]
    proxy: Proxy | None = None
    rejected: tuple[RejectedProxy, ...] = ()
    trouble: str = ""


async def see(ends: Ends, request: PlanRequest, chosen: ChatSettings, leverage: Decimal, services: Services) -> Seen:
    """Everything side by side; again elsewhere for as long as an exchange that nobody asked for tells nothing new.

    UserMistake where no exchange allows the leverage.
    """
    seen = await _look(ends, request, chosen, leverage, services)
    silent = found = _silent(seen, services.now())
    while found and request.exchange is None:
        again = await _look(ends, request, chosen, leverage, services, without=silent)
        outages = {outage.exchange: outage for outage in (*seen.outages, *again.outages)}
        seen = replace(again, outages=tuple(outages.values()))
        found = _silent(seen, services.now()) - silent
        silent |= found
    used = _used(seen)
    out = {*silent, *(outage.exchange for outage in seen.outages), seen.exchange}
    return replace(
        seen,
        passed=tuple(sorted(silent - used)),
        late=tuple(sorted(silent & used)),
        elsewhere=tuple(each for each in _whole(ends, request, services) if each not in out),
    )


def _silent(seen: Seen, now: datetime) -> frozenset[str]:
    """Exchanges where something would be traded, and that told no prices of it or old ones."""
    spot = [each.market.exchange for each in seen.places.values() if each.market and _is_old(each.book, now)]
    failed = [outage.exchange for outage in seen.outages if outage.exchange == seen.exchange]
    quotes = [each.quote for place in seen.places.values() for each in place.futures]
    late = [each.instrument.exchange for each in quotes if now - each.as_of > OLD]
    return frozenset((*spot, *failed, *(each for each in late if each == seen.exchange)))


def _is_old(book: OrderBook | None, now: datetime) -> bool:
    """Or none at all."""
    return book is None or now - book.as_of > OLD


def _used(seen: Seen) -> frozenset[str]:
    """Where something is traded after all, as nobody else has it."""
    return frozenset(place.market.exchange for place in seen.places.values() if place.market)


def _whole(ends: Ends, request: PlanRequest, services: Services) -> tuple[str, ...]:
    """Exchanges where all of it can be done: what is sold has a spot market, and so has what is bought, or futures."""
    coins = ends.sold_base if request.is_by_futures else ends.coins
    futures = ends.coins if request.is_by_futures else ends.sold_base
    spot = [{market.exchange for market in services.market.spot_markets(coin)} for coin in coins]
    perpetuals = [{i.exchange for i in _perpetuals(coin, None, services)} for coin in futures]
    loaded = [state.exchange for state in services.market.states() if state.markets]
    return tuple(exchange for exchange in loaded if all(exchange in each for each in (*spot, *perpetuals)))


async def _look(
    ends: Ends,
    request: PlanRequest,
    chosen: ChatSettings,
    leverage: Decimal,
    services: Services,
    without: Collection[str] = (),
) -> Seen:
    exchange = _exchange_of(ends, request, chosen, without, services)
    candles = await histories((*ends.coins, *_majors(ends, services)), services)
    contracts = {coin: _contracts(coin, ends, request, chosen, candles, services) for coin in ends.coins}
    contracts = {coin: replace(each, instruments=_on(each.instruments, without)) for coin, each in contracts.items()}
    offered = _offered(contracts, exchange, request, leverage)
    markets = {coin: _spot(coin, exchange, without, services) for coin in ends.coins}
    books, (snapshots, failed) = await asyncio.gather(
        _books([market for market in markets.values() if market], services),
        services.market.snapshots(tuple(dict.fromkeys(each for one in offered.values() for each in one))),
    )
    places = {
        coin: _place(ends.prices[coin], markets[coin], books, contracts[coin], offered[coin], snapshots, candles)
        for coin in ends.coins
    }
    return Seen(places, exchange, (*failed, *_not_loaded(services)))


def _on(markets: Sequence[Instrument], without: Collection[str]) -> tuple[Instrument, ...]:
    """Those elsewhere; all where there are none."""
    return tuple(market for market in markets if market.exchange not in without) or tuple(markets)


def _majors(ends: Ends, services: Services) -> tuple[str, ...]:
    """Bitcoin for betas; the others where a coin that is sold needs a proxy."""
    needs = any(not _perpetuals(coin, None, services) for coin in ends.sold_base)
    return MAJORS if needs else (BITCOIN,)


def _perpetuals(coin: str, quote: str | None, services: Services) -> tuple[Instrument, ...]:
    """Linear ones, one of each exchange, in `quote` where it has one."""
    linear = [i for i in services.market.futures(coin) if i.kind is InstrumentKind.PERPETUAL and not i.is_inverse]
    preferred = sorted(linear, key=lambda instrument: instrument.quote != quote)  # stable: the order stays otherwise
    one_each = {instrument.exchange: instrument for instrument in reversed(preferred)}
    return tuple(one_each[exchange] for exchange in dict.fromkeys(i.exchange for i in linear))


def _contracts(
    coin: str,
    ends: Ends,
    request: PlanRequest,
    chosen: ChatSettings,
    candles: Mapping[str, Candles],
    services: Services,
) -> _Contracts:
    own = _perpetuals(coin, chosen.quote, services)
    if own or coin not in ends.sold_base:
        return _Contracts(own)
    if coin not in candles:
        return _Contracts((), trouble=f"no exchange here has a perpetual of {coin}, nor its history for a proxy")
    majors = {major: candles[major] for major in MAJORS if major in candles and major != coin}
    tradable = {major: each for major, each in majors.items() if _perpetuals(major, chosen.quote, services)}
    try:
        proxy, rejected = fit_proxy(candles[coin], tradable)
    except NotPossible as problem:
        return _Contracts((), trouble=problem.sentence)
    return _Contracts(_perpetuals(proxy.coin, chosen.quote, services), proxy, rejected)


def _exchange_of(
    ends: Ends, request: PlanRequest, chosen: ChatSettings, without: Collection[str], services: Services
) -> str | None:
    """The one that is asked for; else where most of it can be done: coins first, then shorts of what is sold.

    Of those alike the person's own, then the first.
    """
    if request.exchange is not None:
        return request.exchange
    spot = [{market.exchange for market in services.market.spot_markets(coin)} for coin in ends.coins]
    futures = [{i.exchange for i in _perpetuals(coin, None, services)} for coin in ends.sold_base]
    loaded = [state.exchange for state in services.market.states() if state.markets]
    known = dict.fromkeys(each for each in (chosen.exchange, *loaded) if each)
    order = [each for each in known if each not in without] or list(known)

    def rank(exchange: str) -> tuple[int, int]:
        return sum(exchange in each for each in spot), sum(exchange in each for each in futures)

    return max(order, key=rank, default=None)


def _spot(coin: str, exchange: str | None, without: Collection[str], services: Services) -> Instrument | None:
    markets = _on(services.market.spot_markets(coin), without)
    return next((market for market in markets if market.exchange == exchange), next(iter(markets), None))


def _offered(
    contracts: Mapping[str, _Contracts], exchange: str | None, request: PlanRequest, leverage: Decimal
) -> Mapping[str, tuple[Instrument, ...]]:
    """Every exchange for one coin into another; for more of them one exchange each, or it would take too long."""
    allowed = {
        coin: tuple(i for i in each.instruments if i.maximum_leverage is None or leverage <= i.maximum_leverage)
        for coin, each in contracts.items()
    }
    refused = [each.instruments for coin, each in contracts.items() if each.instruments and not allowed[coin]]
    if refused:
        raise _too_high(min(refused, key=_highest), request, leverage)
    return {coin: each if len(contracts) <= TWO else _one_of(each, exchange) for coin, each in allowed.items()}


def _one_of(instruments: Sequence[Instrument], exchange: str | None) -> tuple[Instrument, ...]:
    there = next((each for each in instruments if each.exchange == exchange), next(iter(instruments), None))
    return () if there is None else (there,)


def _too_high(instruments: Sequence[Instrument], request: PlanRequest, leverage: Decimal) -> UserMistake:
    """Of the coin that is allowed least."""
    highest = _highest(instruments)
    ways = sorted({Decimal(2), highest})
    return UserMistake(
        f"{show.leverage(leverage)} is above what every exchange here allows for {instruments[0].coin}: at most "
        f"{show.leverage(highest)}.",
        [Suggestion(show.leverage(times), line(request, leverage=times)) for times in ways],
    )


def _highest(instruments: Sequence[Instrument]) -> Decimal:
    """That any of these allows, all of which say."""
    return max(each.maximum_leverage for each in instruments if each.maximum_leverage is not None)


async def _books(markets: Sequence[Instrument], services: Services) -> Mapping[Instrument, OrderBook]:
    """Those that came: the cost of the others is said to be unknown."""
    books = await asyncio.gather(*(or_none(services.market.order_book(market)) for market in markets))
    return {market: book for market, book in zip(markets, books, strict=True) if book is not None}


def _place(
    price: SpotPrice,
    market: Instrument | None,
    books: Mapping[Instrument, OrderBook],
    contracts: _Contracts,
    offered: Collection[Instrument],
    snapshots: Sequence[Snapshot],
    candles: Mapping[str, Candles],
) -> Place:
    stands_for = contracts.proxy.coin if contracts.proxy else price.coin
    place = Place(
        coin=price.coin,
        price_quote=price.price_quote,
        source=price.source,
        priced_at=price.as_of,
        market=market,
        book=books.get(market) if market else None,
        futures=tuple(each for each in snapshots if each.instrument in offered),
        proxy=contracts.proxy,
        rejected=contracts.rejected,
        volatility_per_year=_volatility(candles.get(stands_for)),
        beta=_beta(candles.get(price.coin), candles.get(BITCOIN)),
        trouble=contracts.trouble,
    )
    is_silent = bool(offered) and not place.futures
    return replace(place, trouble=f"no exchange told the price of the {stands_for} perpetual") if is_silent else place


def _volatility(candles: Candles | None) -> float | None:
    try:
        return volatility(candles).per_year if candles else None
    except Problem:
        return None


def _beta(candles: Candles | None, bitcoin: Candles | None) -> Beta | None:
    if candles is None or bitcoin is None or candles is bitcoin:
        return None
    try:
        return estimate_beta(candles, bitcoin)
    except Problem:
        return None


def _not_loaded(services: Services) -> tuple[Outage, ...]:
    """Exchanges of which not even the markets are known."""
    states = services.market.states()
    return tuple(state.outage for state in states if state.outage is not None and not state.markets)
