"""Answers /allocate: understand, remember, look, work out, say."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from chatbot.command import Audience, Call, ChatKind, Reply, Services
from chatbot.core.allocation.plan import AllocationPlan, Market, Wanted, coins_of, plan_allocation, with_costs
from chatbot.core.allocation.targets import target_of
from chatbot.core.chats import AllocationChoice, Weighting
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from chatbot.core.markets import Instrument, OrderBook, SpotPrice
from chatbot.core.portfolio import STABLECOINS, Portfolio
from chatbot.core.statistics import volatility
from handlers import kept
from handlers.allocate.check.answer import answer_check
from handlers.allocate.choosing import answer_band, answer_bucket, answer_set
from handlers.allocate.profit import answer_profit
from handlers.allocate.render import render
from handlers.allocate.request import COMMAND, AllocateRequest, known_target, line, parse
from handlers.allocate.showing import presets
from handlers.allocate.tilt.answer import answer_tilt
from handlers.looking import histories, or_none

PRIVATE_ONLY = Reply("This is about what you hold.", audience=Audience.ASKER)
MOST_BOOKS = 20
MOST_HISTORIES = 40


async def answer(call: Call, services: Services) -> Reply:
    """What the first word says: a setting, a checklist, profits; else the plan."""
    verb, _, rest = call.words.strip().partition(" ")
    is_private = call.chat_kind is ChatKind.PRIVATE
    match verb.lower():
        case "tilt" | "enhance" as which:
            return await answer_tilt(call, which, rest, services)
        case "presets":
            return presets()
        case "profit":
            return await answer_profit(rest, services)
        case "check" if rest.strip() or is_private:
            return await answer_check(call, rest, services)
        case "set" | "bucket" | "band" | "check" if not is_private:
            return PRIVATE_ONLY
        case "set":
            return await answer_set(call, rest, services)
        case "bucket":
            return await answer_bucket(call, rest, services)
        case "band":
            return await answer_band(call, rest, services)
    return await _allocate(call, services, is_private=is_private)


async def _allocate(call: Call, services: Services, *, is_private: bool) -> Reply:
    states = services.market.states()
    request = parse(call.words, services.market.coins(), tuple(state.exchange for state in states))
    if not is_private and request.amount_usd is None:
        return PRIVATE_ONLY
    choice = await _choice(call, services) if is_private else AllocationChoice()
    wanted = _wanted(request, choice)
    portfolio = await _portfolio(call, wanted, services)
    plan = await _plan(wanted, portfolio, await _preferred(call, services), services)
    key = await kept.keep(services, call.chat_id, "allocate", "plan", line(request), plan)
    return render(plan, request, key, choice.target, services.market.coins())


async def _choice(call: Call, services: Services) -> AllocationChoice:
    """A target that is none any more counts as not chosen."""
    choice = (await services.settings.load(call.user_id)).allocation
    return choice if not choice.target or known_target(choice.target) else replace(choice, target="")


async def _preferred(call: Call, services: Services) -> str | None:
    return (await services.settings.load(call.chat_id)).exchange


def _wanted(request: AllocateRequest, choice: AllocationChoice) -> Wanted:
    words = request.target or choice.target
    if request.amount_usd is not None and not words:
        lines = [line(request, target=name) for name in ("balanced", "bull", "60/25/10/5")]
        raise UserMistake("By which preset or percentages?", [Suggestion(each, each) for each in lines])
    target = target_of(words) if words else None
    if request.hedge_share is not None and (target is None or target.short is None):
        lines = [line(request, target="symbiosis"), line(request, hedge_share=None)]
        raise UserMistake("hedge= belongs to a preset with a short leg.", [Suggestion(each, each) for each in lines])
    return Wanted(
        target,
        replace(choice, weighting=request.weighting or choice.weighting),
        request.amount_usd,
        request.coins,
        request.hedge_share,
        request.is_forced,
    )


async def _portfolio(call: Call, wanted: Wanted, services: Services) -> Portfolio:
    if wanted.amount_usd is not None:
        return Portfolio()
    portfolio = await services.portfolios.load(call.user_id)
    if portfolio.is_empty:
        name = wanted.target.name if wanted.target else "balanced"
        asked = f"{COMMAND} {name} $10k"
        raise NotPossible(
            "Your portfolio is empty. Add what you hold, or name an amount.",
            [Suggestion(asked, asked), Suggestion("Portfolio", "/portfolio")],
        )
    return portfolio


async def _plan(wanted: Wanted, portfolio: Portfolio, preferred: str | None, services: Services) -> AllocationPlan:
    coins = portfolio.coins() if wanted.amount_usd is None else coins_of(wanted)
    market = await look(coins, wanted.choice.weighting, preferred, services)
    plan = plan_allocation(wanted, portfolio, market, services.now())
    return with_costs(plan, await _books(plan, services))


async def look(coins: Sequence[str], weighting: Weighting, preferred: str | None, services: Services) -> Market:
    """Prices and spot markets of these coins, and their volatilities where they are what weights are made of."""
    needs_history = weighting is Weighting.INVERSE_VOLATILITY
    moving = [coin for coin in coins if coin not in STABLECOINS][:MOST_HISTORIES] if needs_history else []
    prices, volatilities = await asyncio.gather(services.market.spot_prices(coins), _volatilities(moving, services))
    outages = tuple(state.outage for state in services.market.states() if state.outage is not None)
    return Market(prices, _markets(prices, preferred, services), volatilities, outages)


def _markets(prices: Mapping[str, SpotPrice], preferred: str | None, services: Services) -> Mapping[str, Instrument]:
    found = {coin: services.market.spot_markets(coin) for coin in prices if coin not in STABLECOINS}
    return {
        coin: next((each for each in markets if each.exchange == preferred), markets[0])
        for coin, markets in found.items()
        if markets
    }


async def _volatilities(coins: Collection[str], services: Services) -> Mapping[str, float]:
    found = {}
    for coin, history in (await histories(coins, services)).items():
        try:
            found[coin] = volatility(history).per_year
        except NotPossible:
            continue  # named in the answer
    return {coin: per_year for coin, per_year in found.items() if per_year}


async def _books(plan: AllocationPlan, services: Services) -> Mapping[Instrument, OrderBook]:
    """Of the largest trades; the others say that their cost is not known."""
    largest = sorted(plan.trades, key=lambda trade: -abs(trade.value_usd))[:MOST_BOOKS]
    markets = [trade.market for trade in largest if trade.market is not None]
    books = await asyncio.gather(*(or_none(services.market.order_book(market)) for market in markets))
    return {market: book for market, book in zip(markets, books, strict=True) if book is not None}
