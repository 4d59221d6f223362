"""Answers /allocate tilt and /allocate enhance: understand, remember, look, work out, say."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from chatbot.command import Audience, Call, ChatKind, ChatSettings, Reply, Services
from chatbot.core.allocation.tilt.change import Change, enhanced, held, stated
from chatbot.core.allocation.tilt.legs import Terms
from chatbot.core.allocation.tilt.plan import NoSuchContract, TiltPlan, TooSmall, plan_tilt
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Suggestion
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import SpotPrice
from chatbot.core.portfolio import STABLECOINS, Portfolio
from handlers import formatting as show
from handlers import kept
from handlers.allocate.tilt.beside import render_spot
from handlers.allocate.tilt.buttons import LEVERAGES
from handlers.allocate.tilt.looking import contracts, look_at_spot, measured
from handlers.allocate.tilt.mistakes import (
    larger,
    menu,
    require_neutral,
    require_orderable,
    require_prices,
    require_sound,
)
from handlers.allocate.tilt.render import render
from handlers.allocate.tilt.request import (
    DEFAULT_HORIZON,
    DEFAULT_LEVERAGE,
    DEFAULT_STOP_SHARE,
    ENHANCE,
    TiltRequest,
    line,
    parse,
)
from handlers.allocate.tilt.weights import HUNDRED
from handlers.looking import require_a_market


async def answer_tilt(call: Call, verb: str, words: str, services: Services) -> Reply:
    """The legs of the tilt beside the same by spot; without words, buttons of what is held."""
    require_a_market(services)
    states = services.market.states()
    request = parse(verb, words, services.market.coins(), tuple(state.exchange for state in states))
    is_private = call.chat_kind is ChatKind.PRIVATE
    if request.is_about_holdings and not is_private:
        return Reply("This is about what you hold.", audience=Audience.ASKER)
    portfolio = await services.portfolios.load(call.user_id) if is_private else Portfolio()
    if not request.weights:
        return menu(verb, portfolio)
    chosen = await services.settings.load(call.chat_id)
    request = replace(request, leverage=request.leverage or chosen.leverage or DEFAULT_LEVERAGE)
    prices = await services.market.spot_prices(_priced(request, portfolio))
    change = _change(request, portfolio, prices)
    require_sound(change, request)
    if request.is_neutral:
        change = require_neutral(change, await measured(change, services), request)
    if request.wants_spot:
        spot = await look_at_spot(change, prices, request.exchange or chosen.exchange, services)
        require_orderable(spot, request)
        return render_spot(change, spot, request, services.now(), tuple(prices.values()))
    plan = await _plan(request, change, prices, chosen, services)
    key = await kept.keep(services, call.chat_id, "allocate", "tilt", line(request), plan)
    return render(plan, request, key)


def _priced(request: TiltRequest, portfolio: Portfolio) -> tuple[str, ...]:
    """One coin is weighed against everything that is held, dollars are all the dollars there are."""
    everything = portfolio.coins() if request.is_about_holdings else ()
    return tuple(dict.fromkeys((*request.coins, *everything)))


def _change(request: TiltRequest, portfolio: Portfolio, prices: Mapping[str, SpotPrice]) -> Change:
    amount = request.amount_usd or Decimal(0)
    after = [percent / HUNDRED for _, percent in request.weights]
    if request.verb == ENHANCE:
        return enhanced(request.coins[0], amount, request.leverage or DEFAULT_LEVERAGE)
    if request.before:
        return stated(request.coins, [percent / HUNDRED for percent in request.before], after, amount)
    require_prices(request, portfolio, prices)
    quotes = {coin: price.price_quote for coin, price in prices.items()}
    return held(request.coins, after, portfolio, quotes)


async def _plan(
    request: TiltRequest,
    change: Change,
    prices: Mapping[str, SpotPrice],
    chosen: ChatSettings,
    services: Services,
) -> TiltPlan:
    instruments = contracts(request, change, chosen, services)
    (snapshots, failed), figures, spot = await asyncio.gather(
        services.market.snapshots(instruments),
        measured(change, services),
        look_at_spot(change, prices, request.exchange or chosen.exchange, services),
    )
    try:
        return plan_tilt(
            change,
            _terms(request, chosen),
            snapshots,
            spot,
            now=services.now(),
            betas=figures.betas,
            volatilities=figures.volatilities,
            outages=_outages(failed, services),
            weighed_at=None if change.is_stated else _oldest(prices),
        )
    except (TooSmall, LeverageRefused, NoSuchContract, MarketUnavailable) as problem:
        raise _with_a_way_on(problem, request) from problem


def _oldest(prices: Mapping[str, SpotPrice]) -> datetime | None:
    """Dollars have no age."""
    return min((price.as_of for coin, price in prices.items() if coin not in STABLECOINS), default=None)


def _terms(request: TiltRequest, chosen: ChatSettings) -> Terms:
    return Terms(
        leverage=request.leverage or DEFAULT_LEVERAGE,
        horizon=request.horizon or DEFAULT_HORIZON,
        stop_share=request.stop_share or DEFAULT_STOP_SHARE,
        exchange=request.exchange,
        preferred=chosen.exchange,
    )


def _outages(failed: tuple[Outage, ...], services: Services) -> tuple[Outage, ...]:
    """Each once; exchanges of which not even the markets are known may have these contracts, too."""
    unknown = (state.outage for state in services.market.states() if state.outage is not None and not state.markets)
    return tuple({outage.exchange: outage for outage in (*failed, *unknown)}.values())


def _with_a_way_on(
    problem: TooSmall | LeverageRefused | NoSuchContract | MarketUnavailable, request: TiltRequest
) -> NotPossible | MarketUnavailable:
    elsewhere = [Suggestion("Any exchange", line(request, exchange=None))] if request.exchange else []
    by_spot = Suggestion("By spot", line(request, wants_spot=True, exchange=None))
    if isinstance(problem, MarketUnavailable):
        return MarketUnavailable(problem.sentence, problem.outages, [*elsewhere, by_spot])
    if isinstance(problem, LeverageRefused):
        lower = [times for times in LEVERAGES if times < (request.leverage or DEFAULT_LEVERAGE)]
        tips = [Suggestion(show.leverage(times), line(request, leverage=times)) for times in reversed(lower)]
        return NotPossible(problem.sentence, [*tips, *elsewhere])
    if isinstance(problem, TooSmall):
        size = problem.leg.sizing
        least = f" The smallest is {show.money(size.smallest_quote)}, this leg {show.money(problem.leg.wanted_quote)}."
        return NotPossible(problem.sentence + least, [*larger(request, problem.factor), *elsewhere, by_spot])
    return NotPossible(problem.sentence, [*elsewhere, by_spot])
