"""Answers /hedge: understand, remember, look, work out, say."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter

from chatbot.command import Audience, Call, ChatKind, ChatSettings, KeptAnswer, Reply, Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Suggestion
from chatbot.core.hedging.by_hand import snapshot_by_hand
from chatbot.core.hedging.plan import HedgePlan, TooSmall, plan_hedge
from chatbot.core.hedging.terms import Terms
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import SpotPrice, exchange_name
from chatbot.core.portfolio import Portfolio
from handlers import formatting
from handlers.hedge import evidence
from handlers.hedge.buttons import LEVERAGES, menu_of_holdings
from handlers.hedge.contracts import contracts_for, dated_beside
from handlers.hedge.exposure import exposure_at, exposure_of
from handlers.hedge.fitting import fit_of, fit_portfolio, volatility_of
from handlers.hedge.render import render
from handlers.hedge.request import (
    DEFAULT_HORIZON,
    DEFAULT_LEVERAGE,
    START_SMALL,
    HedgeRequest,
    line,
    parse,
)
from handlers.hedge.venues import render_venues

PLAN: TypeAdapter[HedgePlan] = TypeAdapter(HedgePlan)


async def answer(call: Call, services: Services) -> Reply:
    """The hedge that the line asks for; without a line, buttons of what is held."""
    states = services.market.states()
    request = parse(call.words, services.market.coins(), tuple(state.exchange for state in states))
    if request.wants_test:
        return await evidence.answer(call, request, services)
    if call.chat_kind is not ChatKind.PRIVATE and request.is_about_holdings:
        return Reply("This is about what you hold.", audience=Audience.ASKER)
    portfolio, chosen = await _portfolio(call, services), await services.settings.load(call.chat_id)
    request = replace(request, leverage=request.leverage or chosen.leverage)
    if request.is_bare:
        return menu_of_holdings(portfolio, request)
    _require_a_market(request, services)
    try:
        plan = await _plan(request, portfolio, chosen, services)
    except MarketUnavailable as problem:
        raise _with_a_way_on(problem, request) from problem
    of_this_leg = PLAN.dump_json(replace(plan, legs=(plan.chosen,))).decode()
    kept = KeptAnswer("hedge", line(request), of_this_leg, plan.planned_at)
    key = await services.answers.keep(call.chat_id, kept)
    reply = render_venues(plan, request) if request.wants_venues else render(plan, request, key)
    return replace(reply, plan=plan)


async def _portfolio(call: Call, services: Services) -> Portfolio:
    """In a group a hedge is worked out without a look at what the asker holds."""
    return await services.portfolios.load(call.user_id) if call.chat_kind is ChatKind.PRIVATE else Portfolio()


def _require_a_market(request: HedgeRequest, services: Services) -> None:
    states = services.market.states()
    if request.is_by_hand or any(state.markets for state in states):
        return
    outages = [state.outage for state in states if state.outage is not None]
    raise MarketUnavailable(f"No exchange can be reached. {_by_hand(request)}", outages)


def _with_a_way_on(problem: MarketUnavailable, request: HedgeRequest) -> MarketUnavailable:
    if request.exchange is not None:
        others = [Suggestion("Any exchange", line(request, exchange=None))]
        return MarketUnavailable(problem.sentence, problem.outages, others)
    if request.is_portfolio:
        return problem
    return MarketUnavailable(f"{problem.sentence} {_by_hand(request)}", problem.outages)


def _by_hand(request: HedgeRequest) -> str:
    """How to do without an exchange."""
    wanted = replace(request, exchange=None, via=None, is_inverse=False, wants_venues=False)
    return (
        "With the price of one coin and the value of one contract typed by hand, no exchange is needed, for example: "
        + line(wanted, price_quote=Decimal(100), contract_quote=Decimal(10))
    )


async def _plan(request: HedgeRequest, portfolio: Portfolio, chosen: ChatSettings, services: Services) -> HedgePlan:
    terms = _terms(request, chosen)
    if request.is_by_hand:
        return _plan_by_hand(request, terms, portfolio, services.now())
    if request.is_portfolio:
        exposure, fit = await fit_portfolio(request, portfolio, services)
    else:
        exposure = await exposure_of(request, portfolio, services)
        fit = await fit_of(request, exposure, services)
    coin = fit.proxy.coin if fit.proxy else exposure.coin
    assert coin is not None
    instruments = contracts_for(request, coin, services, chosen.quote)
    beside = dated_beside(request, coin, terms.horizon, services)
    everything, failed = await services.market.snapshots((*instruments, *beside))
    snapshots = [snapshot for snapshot in everything if snapshot.instrument not in beside]
    dated = [snapshot for snapshot in everything if snapshot.instrument in beside]
    outages = _each_once((*failed, *_not_loaded(services)))
    deviation = await volatility_of(coin, services)
    try:
        return plan_hedge(
            exposure,
            terms,
            snapshots,
            now=services.now(),
            portfolio=portfolio,
            volatility_per_year=deviation,
            proxy=fit.proxy,
            rejected=fit.rejected,
            outages=outages,
            left_out=fit.left_out,
            dated=dated,
        )
    except TooSmall as problem:
        raise _explained(problem, request) from problem
    except LeverageRefused as problem:
        lower = [Suggestion(formatting.leverage(times), line(request, leverage=times)) for times in LEVERAGES]
        raise NotPossible(problem.sentence, lower) from problem


def _not_loaded(services: Services) -> tuple[Outage, ...]:
    """Exchanges of which not even the markets are known: they may have this contract, too."""
    states = services.market.states()
    return tuple(state.outage for state in states if state.outage is not None and not state.markets)


def _each_once(outages: tuple[Outage, ...]) -> tuple[Outage, ...]:
    return tuple({outage.exchange: outage for outage in outages}.values())


def _terms(request: HedgeRequest, chosen: ChatSettings) -> Terms:
    start = START_SMALL if request.is_about_holdings else Decimal(1)
    return Terms(
        share=start if request.share is None else request.share,
        leverage=request.leverage or DEFAULT_LEVERAGE,
        horizon=request.horizon or DEFAULT_HORIZON,
        exchange=request.exchange,
        preferred=chosen.exchange,
    )


def _plan_by_hand(request: HedgeRequest, terms: Terms, portfolio: Portfolio, now: datetime) -> HedgePlan:
    assert request.coin is not None
    assert request.price_quote is not None
    price = SpotPrice(request.coin, request.price_quote, "USD", None, None, "price given by hand", now)
    exposure = exposure_at(request, portfolio, price)
    snapshot = snapshot_by_hand(request.coin, request.price_quote, request.contract_quote, now)
    return plan_hedge(exposure, replace(terms, exchange=None, preferred=None), [snapshot], now=now, portfolio=portfolio)


def _explained(problem: TooSmall, request: HedgeRequest) -> NotPossible:
    leg, size = problem.smallest, problem.smallest.sizing
    coin, where = leg.instrument.coin, exchange_name(leg.instrument.exchange)
    least_base = leg.instrument.amount_base(size.smallest_contracts, size.price_quote)
    tips = []
    if problem.fitting is not None:
        fitting = problem.fitting.instrument.exchange
        tips.append(Suggestion(f"On {exchange_name(fitting)}", line(request, exchange=fitting)))
    if coin == request.coin and not leg.instrument.is_inverse:
        there = replace(request, amount_base=least_base, value_usd=None, share=Decimal(1))
        label = f"Hedge {formatting.quantity(least_base)} {coin}"
        tips.append(Suggestion(label, line(there, exchange=leg.instrument.exchange)))
    return NotPossible(
        f"This hedge is {formatting.money(size.wanted_contracts * size.contract_value_quote)}, below the smallest "
        f"order. The smallest is {formatting.quantity(least_base)} {coin} ({formatting.money(size.smallest_quote)}) "
        f"on {where}.",
        tips,
    )
