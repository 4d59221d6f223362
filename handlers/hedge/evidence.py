"""Answers /hedge ETH 50% test 180d: what that hedge would have done, with the funding that was really settled.

Law: it is of the amount or the value that is named, else of what is held, else of $10,000, and says which; a share that
is not named is the one that /hedge would take.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from chatbot.command import Call, ChatKind, ChatSettings, KeptAnswer, Reply, Services
from chatbot.core.errors import MarketUnavailable, Outage, Suggestion, UserMistake
from chatbot.core.funding import DAY
from chatbot.core.hedging.evidence import FEWEST_DAYS, HedgeTest, Terms, TooLong, plan_test, proxy_before
from chatbot.core.hedging.terms import Origin
from chatbot.core.markets import Candles, FundingHistory, Instrument
from chatbot.core.portfolio import Portfolio
from chatbot.core.statistics import FEWEST_DAYS as FEWEST_FOR_BETA
from handlers.hedge.contracts import contracts_for
from handlers.hedge.evidence_render import VALUE_USD, render
from handlers.hedge.fitting import MAJORS
from handlers.hedge.request import DEFAULT_LEVERAGE, START_SMALL, HedgeRequest, line
from handlers.looking import histories

TEST: TypeAdapter[HedgeTest] = TypeAdapter(HedgeTest)
USUAL_DAYS = 180
EXAMPLE = HedgeRequest(coin="ETH", share=Decimal("0.5"), wants_test=True, horizon=DAY * USUAL_DAYS)
# What a test knows nothing of, and how it is left out of the line.
UNTRIED: Mapping[str, Any] = {
    "is_portfolio": False,
    "price_quote": None,
    "contract_quote": None,
    "staking_yield_per_year": None,
    "expiry": None,
    "is_inverse": False,
    "wants_venues": False,
}


async def answer(call: Call, request: HedgeRequest, services: Services) -> Reply:
    """The hedge of one coin with a linear perpetual, of itself or of another coin."""
    _refuse(request)
    chosen = await services.settings.load(call.chat_id)
    sized, origin = await _sized(call, request, services)
    plan = replace(await _plan(request, sized, chosen, services), origin=origin)
    asked = replace(request, horizon=DAY * plan.days, share=plan.share)
    kept = KeptAnswer("hedge", line(asked), TEST.dump_json(plan).decode(), plan.planned_at)
    key = await services.answers.keep(call.chat_id, kept)
    return render(plan, asked, request.leverage or chosen.leverage or DEFAULT_LEVERAGE, key)


def _refuse(request: HedgeRequest) -> None:
    if any(getattr(request, field) != none for field, none in UNTRIED.items()):
        tried = line(replace(request if request.coin else EXAMPLE, **UNTRIED))
        raise UserMistake(
            "A test is of one coin, hedged with a perpetual in dollars: of a portfolio, of dated, coin-margined or own "
            "contracts, and of staking it knows no past prices.",
            [Suggestion(tried, tried)],
        )
    if request.coin is None:
        lines = [line(replace(request, coin=coin, share=request.share or Decimal("0.5"))) for coin in ("BTC", "ETH")]
        raise UserMistake("A test of hedging which coin?", [Suggestion(each, each) for each in lines])
    if request.horizon is not None and request.horizon < DAY * FEWEST_DAYS:
        shortest = line(request, horizon=DAY * FEWEST_DAYS)
        raise UserMistake(f"A test takes at least {FEWEST_DAYS} days.", [Suggestion(shortest, shortest)])


async def _sized(call: Call, request: HedgeRequest, services: Services) -> tuple[HedgeRequest, Origin | None]:
    """With its share, and of what: as it is named; else, in the private chat, what is held; else an assumed value."""
    if not request.is_about_holdings:
        return replace(request, share=Decimal(1) if request.share is None else request.share), Origin.TYPED
    portfolio = await services.portfolios.load(call.user_id) if call.chat_kind is ChatKind.PRIVATE else Portfolio()
    held = portfolio.holding(request.coin or "")
    share = START_SMALL if request.share is None else request.share
    if held is None:
        return replace(request, share=share, value_usd=VALUE_USD), None
    return replace(request, share=share, amount_base=held.amount_base), Origin.HELD


async def _plan(request: HedgeRequest, sized: HedgeRequest, chosen: ChatSettings, services: Services) -> HedgeTest:
    assert sized.coin is not None  # refused before
    coin = await services.market.daily_candles(sized.coin)
    try:
        return await _tried(sized, coin, _days(sized, coin), chosen, services)
    except TooLong as problem:
        possible = line(request, horizon=DAY * problem.days)
        raise TooLong(problem.coins, problem.days, [Suggestion(possible, possible)]) from problem


def _days(request: HedgeRequest, coin: Candles) -> int:
    """Where none are named, as many of the usual ones as leave room for a first beta."""
    if request.horizon is not None:
        return request.horizon // DAY
    return min(USUAL_DAYS, max(FEWEST_DAYS, len(coin.bars) - 2 - FEWEST_FOR_BETA))


async def _tried(
    request: HedgeRequest, coin: Candles, days: int, chosen: ChatSettings, services: Services
) -> HedgeTest:
    assert request.share is not None  # sized before
    name, candles = await _contract_coin(request, coin, days, services)
    contracts = _in_order(contracts_for(request, name, services, chosen.quote), request, chosen)
    instrument, funding, outages = await _funding(contracts, days, services)
    terms = Terms(
        coin=coin,
        contract=candles,
        instrument=instrument,
        share=request.share,
        days=days,
        beta=None if request.beta is None else float(request.beta),
        funding=funding,
        amount_base=request.amount_base,
        value_usd=request.value_usd or VALUE_USD,
        outages=outages,
    )
    return await asyncio.to_thread(plan_test, terms, services.now())


async def _contract_coin(request: HedgeRequest, coin: Candles, days: int, services: Services) -> tuple[str, Candles]:
    """The coin itself where it has a future, else the one named, else the major that explained it best before."""
    name = request.via or (coin.coin if services.market.futures(coin.coin) else None)
    if name == coin.coin:
        return name, coin
    if name is not None:
        return name, await services.market.daily_candles(name)
    majors = await histories([major for major in MAJORS if services.market.futures(major)], services)
    name = await asyncio.to_thread(proxy_before, coin, majors, days)
    return name, majors[name]


def _in_order(contracts: Sequence[Instrument], request: HedgeRequest, chosen: ChatSettings) -> list[Instrument]:
    """The exchange asked for alone; else the chat's own first."""
    asked = [each for each in contracts if request.exchange in (None, each.exchange)]
    return sorted(asked, key=lambda each: each.exchange != chosen.exchange)  # stable


async def _funding(
    contracts: Sequence[Instrument], days: int, services: Services
) -> tuple[Instrument, FundingHistory | None, tuple[Outage, ...]]:
    """Of the first exchange that tells its settlements, and those that did not answer before it."""
    outages: dict[str, Outage] = {}
    for contract in contracts:
        try:
            history = await services.market.funding_history(contract, timedelta(days=days + 1))
        except MarketUnavailable as problem:
            outages |= {outage.exchange: outage for outage in problem.outages}
        else:
            if history.settlements:
                return contract, history, tuple(outages.values())
    return contracts[0], None, tuple(outages.values())
