"""Answers /funding carry: understand, look, work out, say."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Button, Call, Reply, Services
from chatbot.core.carry.legs import Terms
from chatbot.core.carry.plan import CarryPlan, plan_carry
from chatbot.core.errors import MarketUnavailable, NotPossible, Suggestion
from chatbot.core.markets import FundingHistory, Instrument, InstrumentKind, OrderBook, exchange_name
from handlers.funding.carry.render import render
from handlers.funding.carry.request import (
    CARRY,
    DEFAULT_HORIZON,
    DEFAULT_LEVERAGE,
    DEFAULT_VALUE,
    CarryRequest,
    line,
    parse,
)
from handlers.funding.kept import keep

YEAR = timedelta(days=366)
MOST_DATED = 4  # of one exchange, the nearest ones
EXAMPLES = ("BTC", "ETH", "SOL")


async def answer(call: Call, services: Services) -> Reply:
    """The same coins against the perpetual and each dated contract; without a coin, buttons."""
    states = services.market.states()
    words = call.words.split(maxsplit=1)[1:]
    request = parse(CARRY, "".join(words), services.market.coins(), tuple(state.exchange for state in states))
    if request.coin is None:
        return _menu(request)
    plan = await _plan(request, request.coin, services)
    key = await keep(services, call.chat_id, "carry", line(request), plan)
    return replace(render(plan, request, key), plan=plan)


def _menu(request: CarryRequest) -> Reply:
    lines = [line(request, coin=coin, value_usd=request.value_usd or DEFAULT_VALUE) for coin in EXAMPLES]
    return Reply(
        "<b>Carry of which coin?</b>\nCoins are bought and as many sold forward, against the perpetual and each dated "
        "contract: <code>/funding carry BTC $10k</code>.",
        (tuple(Button(each.removeprefix("/funding "), each) for each in lines),),
    )


async def _plan(request: CarryRequest, coin: str, services: Services) -> CarryPlan:
    contracts = contracts_of(request, coin, services)
    books, (snapshots, outages), years = await asyncio.gather(
        _spot_books(coin, services), services.market.snapshots(contracts), _years(contracts, services)
    )
    terms = _terms(request, coin, books)
    try:
        return plan_carry(
            terms, books, snapshots, years, now=services.now(), exchange=request.exchange, outages=outages
        )
    except NotPossible as problem:
        raise NotPossible(problem.sentence, _smaller(request)) from problem


def contracts_of(request: CarryRequest, coin: str, services: Services) -> tuple[Instrument, ...]:
    """Of each exchange the perpetual and the nearest dated contracts in the first quote currency it has."""
    listed = [each for each in services.market.futures(coin) if each.is_inverse == request.is_inverse]
    if not listed:
        kind = "coin-margined future" if request.is_inverse else "future"
        others = [Suggestion("Linear instead", line(request, is_inverse=False))] if request.is_inverse else []
        raise NotPossible(f"No exchange here has a {kind} on {coin}.", others)
    found = [each for exchange in _in_order(listed) for each in _of_exchange(exchange, listed)]
    if request.exchange is not None and request.exchange not in {each.exchange for each in found}:
        raise NotPossible(
            f"{exchange_name(request.exchange)} has no such contract on {coin}.",
            [Suggestion("Any exchange", line(request, exchange=None))],
        )
    return tuple(found)


def _in_order(listed: Sequence[Instrument]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.exchange for each in listed))


def _of_exchange(exchange: str, listed: Sequence[Instrument]) -> list[Instrument]:
    own = [each for each in listed if each.exchange == exchange]
    perpetual = [each for each in own if each.kind is InstrumentKind.PERPETUAL][:1]
    settle = (perpetual or own)[0].settle
    dated = [each for each in own if each.expires_at is not None]
    dated = [each for each in dated if each.settle == settle] or dated
    return perpetual + sorted(dated, key=lambda each: (each.expires_at is None, each.expires_at))[:MOST_DATED]


async def _spot_books(coin: str, services: Services) -> Mapping[str, OrderBook]:
    """The spot books of the exchanges that gave one, in configured order. MarketUnavailable where none did."""
    markets = services.market.spot_markets(coin)
    if not markets:
        raise NotPossible(f"No exchange here has a spot market of {coin}, so there is nothing to buy beside the short.")
    answers = await asyncio.gather(*(services.market.order_book(market) for market in markets), return_exceptions=True)
    books = {book.instrument.exchange: book for book in answers if isinstance(book, OrderBook) and book.asks}
    failures = [failure for failure in answers if isinstance(failure, BaseException)]
    unexpected = [each for each in failures if not isinstance(each, MarketUnavailable | NotPossible)]
    if unexpected:
        raise unexpected[0]
    if not books:
        outages = [outage for each in failures if isinstance(each, MarketUnavailable) for outage in each.outages]
        raise MarketUnavailable(f"No exchange gave a spot book of {coin}.", outages)
    return books


async def _years(contracts: Sequence[Instrument], services: Services) -> Mapping[Instrument, FundingHistory]:
    """A year of settlements of each perpetual that has them; the plan says how many months there were."""
    perpetuals = [each for each in contracts if each.kind is InstrumentKind.PERPETUAL]
    histories = await asyncio.gather(*(_year(each, services) for each in perpetuals))
    return {each: history for each, history in zip(perpetuals, histories, strict=True) if history is not None}


async def _year(contract: Instrument, services: Services) -> FundingHistory | None:
    try:
        return await services.market.funding_history(contract, YEAR)
    except (MarketUnavailable, NotPossible):
        return None  # the answer then has no worst month, and says so


def _terms(request: CarryRequest, coin: str, books: Mapping[str, OrderBook]) -> Terms:
    book = books.get(request.exchange or "") or next(iter(books.values()))
    value = request.value_usd or DEFAULT_VALUE
    return Terms(
        amount_base=request.amount_base or value / book.asks[0].price_quote,
        leverage=request.leverage or DEFAULT_LEVERAGE,
        horizon=request.horizon or DEFAULT_HORIZON,
    )


def _smaller(request: CarryRequest) -> list[Suggestion]:
    """What may fit where this size does not: more for a coarse contract, less for a thin book, less leverage."""
    found = [
        Suggestion("Ten times as much", line(request, **_times(request, Decimal(10)))),
        Suggestion("A tenth", line(request, **_times(request, Decimal("0.1")))),
    ]
    if (request.leverage or DEFAULT_LEVERAGE) > Decimal(1):
        found.append(Suggestion("1x", line(request, leverage=Decimal(1))))
    return found


def _times(request: CarryRequest, factor: Decimal) -> dict[str, Decimal]:
    """Of what was written, coins or dollars."""
    if request.amount_base is not None:
        return {"amount_base": request.amount_base * factor}
    return {"value_usd": (request.value_usd or DEFAULT_VALUE) * factor}
