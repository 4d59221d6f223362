"""Answers /allocate check: a position that is typed, or each one that is recorded.

Law: where no exchange is named, one that answers now is taken before one that answered a while ago.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from chatbot.command import Audience, Button, Call, ChatKind, Reply, Services
from chatbot.core.allocation.buckets import bucket_of, stakes_of, total_usd
from chatbot.core.allocation.checklist import OLD, Checklist, Question, checklist
from chatbot.core.allocation.plan import TOO_OLD
from chatbot.core.chats import AllocationChoice, Bucket
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, Suggestion
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import Instrument, InstrumentKind, Snapshot, exchange_name
from chatbot.core.portfolio import FuturesPosition, Portfolio
from chatbot.core.statistics import volatility
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.check.render import (
    LEVERAGES,
    assumed_lines,
    buttons_of,
    leverage_buttons,
    lines_of,
    missing_lines,
)
from handlers.allocate.check.request import EXAMPLE, CheckRequest, elsewhere, parse
from handlers.allocate.request import COMMAND
from handlers.looking import or_none, require_a_market

MOST_CHECKED = 5
MOST_ELSEWHERE = 3


async def answer_check(call: Call, words: str, services: Services) -> Reply:
    """A line each with a tick or a cross; holdings are read in private alone."""
    require_a_market(services)
    is_private = call.chat_kind is ChatKind.PRIVATE
    portfolio = await services.portfolios.load(call.user_id) if is_private else Portfolio()
    choice = (await services.settings.load(call.user_id)).allocation if is_private else AllocationChoice()
    if words.strip():
        exchanges = tuple(state.exchange for state in services.market.states())
        request = parse(words, services.market.coins(), exchanges)
        return await _typed(request, await _capital(portfolio, choice, services), choice, services)
    return await _recorded(portfolio, await _capital(portfolio, choice, services), choice, services)


async def _capital(portfolio: Portfolio, choice: AllocationChoice, services: Services) -> Decimal | None:
    if portfolio.is_empty:
        return None
    prices = await or_none(services.market.spot_prices(portfolio.coins())) or {}
    return total_usd(stakes_of(portfolio, {coin: each.price_quote for coin, each in prices.items()}, choice)) or None


async def _typed(request: CheckRequest, capital: Decimal | None, choice: AllocationChoice, services: Services) -> Reply:
    is_own = capital is not None and request.capital_usd is None
    question = Question(
        request.side,
        request.value_usd,
        request.leverage,
        bucket_of(request.coin, choice) is Bucket.SMALL,
        request.capital_usd or capital,
        request.stop_share,
    )
    try:
        found = await _check(request.coin, request.exchange, question, services)
    except MarketUnavailable as problem:
        raise MarketUnavailable(problem.sentence, problem.outages, _others(request, services)) from problem
    except LeverageRefused as problem:
        raise _lower(problem, request) from problem
    audience = Audience.ASKER if is_own else Audience.ANYONE
    text = "\n".join(lines_of(found, _missing(services)))
    return Reply(text, buttons_of(request), audience=audience, plan=found)


def _others(request: CheckRequest, services: Services) -> list[Suggestion]:
    """Where an exchange was named: those that list the coin and answer."""
    if request.exchange is None:
        return []
    silent = {outage.exchange for outage in _outages(services)} | {request.exchange}
    listed = dict.fromkeys(market.exchange for market in _linear(request.coin, services))
    return elsewhere(request, [each for each in listed if each not in silent][:MOST_ELSEWHERE])


def _lower(problem: LeverageRefused, request: CheckRequest) -> NotPossible:
    lower = [each for each in LEVERAGES if each < request.leverage]
    tips = [Suggestion(each.label, each.command) for each in leverage_buttons(request, lower)]
    return NotPossible(problem.sentence, tips or problem.suggestions)


def _missing(services: Services) -> Sequence[str]:
    return tuple(missing_lines(_outages(services), len(services.market.states())))


def _outages(services: Services) -> tuple[Outage, ...]:
    return tuple(state.outage for state in services.market.states() if state.outage is not None)


async def _recorded(
    portfolio: Portfolio, capital: Decimal | None, choice: AllocationChoice, services: Services
) -> Reply:
    positions = portfolio.positions[:MOST_CHECKED]
    if not positions:
        raise NotPossible(
            "No futures position is recorded. Name one, or record it.",
            [Suggestion(EXAMPLE, EXAMPLE), Suggestion("Portfolio", "/portfolio")],
        )
    texts = await asyncio.gather(*(_of_position(each, capital, choice, services) for each in positions))
    more = len(portfolio.positions) - len(positions)
    tail = [f"{more} more positions are recorded; name one to check it: <code>{EXAMPLE}</code>"] if more else []
    text = "\n\n".join((*texts, *tail, *_missing(services)))
    return Reply(text, ((Button("Where I stand", COMMAND),),), audience=Audience.ASKER, plan=texts)


async def _of_position(
    position: FuturesPosition, capital: Decimal | None, choice: AllocationChoice, services: Services
) -> str:
    """What cannot be asked of one position is said in its place."""
    try:
        prices = await services.market.spot_prices([position.coin])
        if position.coin not in prices:
            raise NotPossible(f"No exchange here has a price of {position.coin}.")
        question = Question(
            position.side,
            position.amount_base * prices[position.coin].price_quote,
            position.leverage or Decimal(1),
            bucket_of(position.coin, choice) is Bucket.SMALL,
            capital,
            entry_quote=position.entry_quote,
        )
        found = await _check(position.coin, position.exchange, question, services)
    except Problem as problem:
        name = f"{position.side.value.capitalize()} {show.escape(position.coin)}"
        return f"<b>{name}: not checked</b>\n{show.escape(problem.sentence)}"
    return "\n".join(lines_of(found, tuple(assumed_lines(position, found))))


# Looking


async def _check(coin: str, exchange: str | None, question: Question, services: Services) -> Checklist:
    markets = _markets(coin, exchange, services)
    snapshot, deviation = await asyncio.gather(_snapshot(coin, markets, services), _volatility(coin, services))
    of = snapshot.instrument.exchange
    outage = next((each for each in _outages(services) if each.exchange == of), None)
    return checklist(question, snapshot, deviation, services.now(), outage)


def _linear(coin: str, services: Services) -> list[Instrument]:
    found = services.market.futures(coin)
    return [each for each in found if each.kind is InstrumentKind.PERPETUAL and not each.is_inverse]


def _markets(coin: str, exchange: str | None, services: Services) -> Sequence[Instrument]:
    """One of each exchange, those first of which nothing is wrong."""
    listed = [each for each in _linear(coin, services) if exchange in (None, each.exchange)]
    silent = {outage.exchange for outage in _outages(services)}
    if not listed:
        raise _not_listed(coin, exchange, services)
    exchanges = dict.fromkeys(each.exchange for each in listed)
    firsts = (next(each for each in listed if each.exchange == name) for name in exchanges)
    return sorted(firsts, key=lambda market: market.exchange in silent)


def _not_listed(coin: str, exchange: str | None, services: Services) -> Problem:
    """What an exchange lists is not known before it has answered once."""
    unknown = [state for state in services.market.states() if not state.markets and exchange in (None, state.exchange)]
    outages = [state.outage for state in unknown if state.outage is not None]
    tips = [Suggestion("Hedge it", f"/hedge {grammar.coin_word(coin)}")]
    if exchange and outages:
        return MarketUnavailable(f"{exchange_name(exchange)} cannot be reached.", outages)
    if outages:
        return MarketUnavailable(f"No exchange that answers has a linear perpetual of {coin}.", outages)
    where = f"{exchange_name(exchange)} has no" if exchange else "No exchange here has a"
    return NotPossible(f"{where} linear perpetual of {coin}.", tips)


async def _snapshot(coin: str, markets: Sequence[Instrument], services: Services) -> Snapshot:
    """Of the first exchange, else of the next of all others that answers now, else the youngest of what they said."""
    older: list[Snapshot] = []
    outages: list[Outage] = []
    for group in (markets[:1], markets[1:]):
        snapshots, failed = await services.market.snapshots(group)
        fresh = [each for each in snapshots if services.now() - each.quote.as_of <= OLD]
        if fresh:
            return fresh[0]
        outages.extend(failed)
        older.extend(snapshots)
    if not older:
        names = ", ".join(exchange_name(market.exchange) for market in markets)
        raise MarketUnavailable(f"No quote of {coin} came from {names}.", _each_once(outages))
    youngest = max(older, key=lambda each: each.quote.as_of)
    if services.now() - youngest.quote.as_of > TOO_OLD:
        sentence = f"The prices of {coin} are too old to check a position by. Try again in a minute."
        raise MarketUnavailable(sentence, _each_once(outages))
    return youngest


def _each_once(outages: Sequence[Outage]) -> tuple[Outage, ...]:
    return tuple({outage.exchange: outage for outage in outages}.values())


async def _volatility(coin: str, services: Services) -> float | None:
    try:
        return volatility(await services.market.daily_candles(coin)).per_year
    except Problem:
        return None  # the line then says that the room in deviations is not known
