"""Answers /hedge: understand, remember, look, work out, say."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter

from chatbot.command import Audience, Call, ChatKind, KeptAnswer, Reply, Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Problem, Suggestion, UserMistake
from chatbot.core.hedging.by_hand import snapshot_by_hand
from chatbot.core.hedging.plan import HedgePlan, TooSmall, plan_hedge
from chatbot.core.hedging.proxies import as_proxy, composite, fit_proxy
from chatbot.core.hedging.terms import Exposure, Origin, Proxy, RejectedProxy, Terms
from chatbot.core.markets import Instrument, InstrumentKind, SpotPrice, exchange_name
from chatbot.core.portfolio import STABLECOINS, Portfolio
from chatbot.core.statistics import FEWEST_DAYS, estimate_beta, volatility
from handlers import formatting, grammar
from handlers.hedge.buttons import menu_of_holdings
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

MAJORS = ("BTC", "ETH", "SOL", "BNB")
PORTFOLIO_PROXY = "BTC"
PLAN: TypeAdapter[HedgePlan] = TypeAdapter(HedgePlan)


async def answer(call: Call, services: Services) -> Reply:
    """The hedge that the line asks for; without a line, buttons of what is held."""
    states = services.market.states()
    request = parse(call.words, services.market.coins(), tuple(state.exchange for state in states))
    portfolio = await _portfolio(call, request, services)
    if request.is_bare:
        return menu_of_holdings(portfolio, request)
    _require_a_market(request, services)
    try:
        plan = await _plan(request, portfolio, services)
    except MarketUnavailable as problem:
        raise _with_a_way_on(problem, request) from problem
    of_this_leg = PLAN.dump_json(replace(plan, legs=(plan.chosen,))).decode()
    kept = KeptAnswer("hedge", line(request), of_this_leg, plan.planned_at)
    key = await services.answers.keep(call.chat_id, kept)
    reply = render_venues(plan, request) if request.wants_venues else render(plan, request, key)
    return replace(reply, plan=plan, audience=_audience(call, request))


async def _portfolio(call: Call, request: HedgeRequest, services: Services) -> Portfolio:
    """In a group, a question about a typed size is answered without a look at what the asker holds."""
    if call.chat_kind is not ChatKind.PRIVATE and not request.is_about_holdings:
        return Portfolio()
    return await services.portfolios.load(call.user_id)


def _audience(call: Call, request: HedgeRequest) -> Audience:
    is_private = call.chat_kind is ChatKind.PRIVATE
    return Audience.ASKER if is_private or request.is_about_holdings else Audience.ANYONE


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


@dataclass(frozen=True, slots=True)
class _Fit:
    """The proxy, if one is needed, the majors it won against, and the coins that could not be counted."""

    proxy: Proxy | None = None
    rejected: tuple[RejectedProxy, ...] = ()
    left_out: tuple[str, ...] = ()


async def _plan(request: HedgeRequest, portfolio: Portfolio, services: Services) -> HedgePlan:
    terms = _terms(request)
    if request.is_by_hand:
        return _plan_by_hand(request, terms, portfolio, services.now())
    if request.is_portfolio:
        exposure, fit = await _whole_portfolio(request, portfolio, services)
    else:
        exposure = await _exposure(request, portfolio, services)
        fit = await _fit(request, exposure, services)
    coin = fit.proxy.coin if fit.proxy else exposure.coin
    assert coin is not None
    instruments = _instruments(request, coin, services)
    snapshots, outages = await services.market.snapshots(instruments)
    deviation = await _volatility(coin, services)
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
        )
    except TooSmall as problem:
        raise _explained(problem, request) from problem


def _terms(request: HedgeRequest) -> Terms:
    start = START_SMALL if request.is_about_holdings else Decimal(1)
    return Terms(
        share=start if request.share is None else request.share,
        leverage=request.leverage or DEFAULT_LEVERAGE,
        horizon=request.horizon or DEFAULT_HORIZON,
        exchange=request.exchange,
    )


def _plan_by_hand(request: HedgeRequest, terms: Terms, portfolio: Portfolio, now: datetime) -> HedgePlan:
    assert request.coin is not None
    assert request.price_quote is not None
    price = SpotPrice(request.coin, request.price_quote, "USD", None, None, "price given by hand", now)
    exposure = _exposure_at(request, portfolio, price)
    snapshot = snapshot_by_hand(request.coin, request.price_quote, request.contract_quote, now)
    return plan_hedge(exposure, replace(terms, exchange=None), [snapshot], now=now, portfolio=portfolio)


async def _exposure(request: HedgeRequest, portfolio: Portfolio, services: Services) -> Exposure:
    coin = request.coin or ""
    if coin in STABLECOINS:
        raise NotPossible(f"{coin} counts as cash here: there is nothing to hedge.")
    if request.price_quote is not None:
        at = services.now()
        return _exposure_at(request, portfolio, SpotPrice(coin, request.price_quote, "USD", None, None, "by hand", at))
    prices = await services.market.spot_prices((coin,))
    if coin not in prices:
        raise _unlisted(request, services)
    return _exposure_at(request, portfolio, prices[coin])


def _exposure_at(request: HedgeRequest, portfolio: Portfolio, price: SpotPrice) -> Exposure:
    held = portfolio.holding(price.coin)
    amount, origin = request.amount_base, Origin.TYPED
    if amount is None and request.value_usd is not None:
        amount = request.value_usd / price.price_quote
    if amount is None:
        if held is None:
            raise _not_held(price.coin)
        amount, origin = held.amount_base, Origin.HELD
    given = request.staking_yield_per_year
    staking = held.staking_yield_per_year if given is None and held and origin is Origin.HELD else given
    return Exposure(
        coin=price.coin,
        amount_base=amount,
        value_quote=amount * price.price_quote,
        price_quote=price.price_quote,
        price_source=price.source,
        priced_at=price.as_of,
        origin=origin,
        staking_yield_per_year=staking,
    )


def _net_amounts(portfolio: Portfolio, via: str) -> dict[str, Decimal]:
    """Coins to be hedged, futures included, but for those in `via`: they are the hedge that is there already."""
    held = portfolio.holding(via)
    net = {coin: portfolio.net_base(coin) for coin in portfolio.coins() if coin not in STABLECOINS and coin != via}
    return {coin: amount for coin, amount in {**net, via: held.amount_base if held else Decimal(0)}.items() if amount}


async def _whole_portfolio(request: HedgeRequest, portfolio: Portfolio, services: Services) -> tuple[Exposure, _Fit]:
    """All coins that have a price and, unless beta is given, a history; the others are left out and named."""
    via = request.via or PORTFOLIO_PROXY
    amounts = _net_amounts(portfolio, via)
    if not amounts:
        raise UserMistake(
            "The portfolio holds no coins to hedge.",
            [Suggestion("Add coins", "/portfolio"), Suggestion("Hedge 10 ETH", "/hedge 10 ETH")],
        )
    prices = await services.market.spot_prices(tuple(amounts))
    if not prices:
        raise MarketUnavailable("No price came for any coin of the portfolio.")
    counted = {coin: amount for coin, amount in amounts.items() if coin in prices}
    if request.beta is not None:
        proxy = Proxy(via, float(request.beta))
    else:
        proxy, counted = await _fit_portfolio(via, counted, services)
    left_out = tuple(coin for coin in amounts if coin not in counted)
    return _worth(counted, prices, portfolio), _Fit(proxy, left_out=left_out)


def _worth(amounts: Mapping[str, Decimal], prices: Mapping[str, SpotPrice], portfolio: Portfolio) -> Exposure:
    total = sum((amount * prices[coin].price_quote for coin, amount in amounts.items()), Decimal(0))
    if total <= 0:
        raise NotPossible("The portfolio is net short already: there is nothing to hedge with a short.")
    staking = [
        held.amount_base * prices[held.coin].price_quote * held.staking_yield_per_year
        for held in portfolio.holdings
        if held.staking_yield_per_year is not None and held.coin in amounts
    ]
    return Exposure(
        coin=None,
        amount_base=None,
        value_quote=total,
        price_quote=None,
        price_source=next(iter(prices.values())).source,
        priced_at=min(price.as_of for price in prices.values()),
        origin=Origin.HELD,
        staking_yield_per_year=sum(staking, Decimal(0)) / total or None,
    )


async def _fit(request: HedgeRequest, exposure: Exposure, services: Services) -> _Fit:
    if request.via is not None and request.beta is not None:
        return _Fit(Proxy(request.via, float(request.beta)))
    assert exposure.coin is not None  # the whole portfolio went another way
    if request.via is None and services.market.futures(exposure.coin):
        return _Fit()
    majors = [request.via] if request.via else [coin for coin in MAJORS if services.market.futures(coin)]
    return await _fit_coin(exposure.coin, majors, services)


async def _fit_coin(coin: str, majors: Sequence[str], services: Services) -> _Fit:
    history, *others = await asyncio.gather(
        services.market.daily_candles(coin), *(services.market.daily_candles(major) for major in majors)
    )
    proxy, rejected = fit_proxy(history, dict(zip(majors, others, strict=True)))
    return _Fit(proxy, rejected)


async def _fit_portfolio(
    via: str, amounts: Mapping[str, Decimal], services: Services
) -> tuple[Proxy, dict[str, Decimal]]:
    """Beta of what the coins with a history were worth together on the days that all of them have; and those coins."""
    results = await asyncio.gather(
        services.market.daily_candles(via),
        *(services.market.daily_candles(coin) for coin in amounts),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Problem):
            raise result
    proxy_candles, *rest = results
    if isinstance(proxy_candles, BaseException):
        raise proxy_candles
    known = {coin: bars for coin, bars in zip(amounts, rest, strict=True) if not isinstance(bars, BaseException)}
    # one coin that was listed last week would leave a week of common days to all of them
    candles = {coin: history for coin, history in known.items() if len(history.bars) > FEWEST_DAYS}
    if not candles:
        raise NotPossible("No coin of the portfolio has a price history that is long enough for a beta.")
    counted = {coin: amounts[coin] for coin in candles}
    return as_proxy(via, estimate_beta(composite(counted, candles), proxy_candles)), counted


def _instruments(request: HedgeRequest, coin: str, services: Services) -> tuple[Instrument, ...]:
    """One market of each exchange: of the kind that was asked for, the first quote currency first."""
    listed = services.market.futures(coin)
    if not listed:
        raise NotPossible(
            f"No exchange here has a future on {coin}.", [Suggestion("Via BTC", line(request, via="BTC"))]
        )
    fitting = _dated(request, listed) if request.expiry is not None else _perpetual(request, coin, listed)
    one_each = {instrument.exchange: instrument for instrument in reversed(fitting)}
    chosen = tuple(one_each[exchange] for exchange in dict.fromkeys(i.exchange for i in fitting))
    if request.exchange is not None and request.exchange not in one_each:
        raise NotPossible(
            f"{exchange_name(request.exchange)} has no such contract on {coin}.",
            [Suggestion(exchange_name(other), line(request, exchange=other)) for other in one_each],
        )
    return _within_leverage(request, chosen)


def _perpetual(request: HedgeRequest, coin: str, listed: Sequence[Instrument]) -> list[Instrument]:
    perpetuals = [i for i in listed if i.kind is InstrumentKind.PERPETUAL and i.is_inverse == request.is_inverse]
    if not perpetuals:
        kind = "coin-margined perpetual" if request.is_inverse else "perpetual"
        raise NotPossible(
            f"No exchange here has a {kind} on {coin}.",
            [Suggestion("Linear instead", line(request, is_inverse=False))] if request.is_inverse else [],
        )
    return perpetuals


def _dated(request: HedgeRequest, listed: Sequence[Instrument]) -> list[Instrument]:
    dated = {
        f"{instrument.expires_at:%y%m%d}": instrument
        for instrument in listed
        if instrument.expires_at is not None and instrument.is_inverse == request.is_inverse
    }
    asked = f"{request.expiry:06.0f}"
    fitting = [i for i in listed if i.expires_at is not None and f"{i.expires_at:%y%m%d}" == asked]
    fitting = [instrument for instrument in fitting if instrument.is_inverse == request.is_inverse]
    if not fitting:
        raise NotPossible(
            f"No {request.coin or 'such'} contract expires on {asked} (yymmdd): it is past, or not listed.",
            [Suggestion(f"Expiry {day}", line(request, expiry=Decimal(day))) for day in sorted(dated)]
            + [Suggestion("Perpetual", line(request, expiry=None))],
        )
    return fitting


def _within_leverage(request: HedgeRequest, instruments: Sequence[Instrument]) -> tuple[Instrument, ...]:
    """Those that allow the leverage; UserMistake with the highest allowed where none does."""
    leverage = request.leverage or DEFAULT_LEVERAGE
    asked = [i for i in instruments if request.exchange in (None, i.exchange)]
    limits = [i.maximum_leverage for i in asked]
    if any(limit is None or leverage <= limit for limit in limits):
        return tuple(i for i in instruments if i.maximum_leverage is None or leverage <= i.maximum_leverage)
    highest = max(limit for limit in limits if limit is not None)
    where = exchange_name(request.exchange) if request.exchange else "every exchange here"
    raise UserMistake(
        f"{formatting.leverage(leverage)} is above what {where} allows for {asked[0].coin}: "
        f"at most {formatting.leverage(highest)}.",
        [
            Suggestion(formatting.leverage(choice), line(request, leverage=choice))
            for choice in (DEFAULT_LEVERAGE, highest)
        ],
    )


async def _volatility(coin: str, services: Services) -> float | None:
    """Of the contract's coin; None where no exchange has enough history, and the answer then says no deviations."""
    try:
        return volatility(await services.market.daily_candles(coin)).per_year
    except (MarketUnavailable, NotPossible):
        return None


def _explained(problem: TooSmall, request: HedgeRequest) -> NotPossible:
    leg, size = problem.smallest, problem.smallest.sizing
    coin = leg.instrument.coin
    least = formatting.quantity(leg.instrument.amount_base(size.smallest_contracts, size.price_quote))
    return NotPossible(
        f"This hedge is {formatting.money(size.wanted_contracts * size.contract_value_quote)}, below the smallest "
        f"order. The smallest here is {least} {coin} ({formatting.money(size.smallest_quote)}) "
        f"on {exchange_name(leg.instrument.exchange)}.",
        [
            Suggestion(
                f"Hedge {least} {coin} there",
                f"/hedge {formatting.exact(leg.instrument.amount_base(size.smallest_contracts, size.price_quote))} "
                f"{coin} 100% {leg.instrument.exchange}",
            )
        ],
    )


def _not_held(coin: str) -> UserMistake:
    return UserMistake(
        f"How many {coin}? The portfolio holds none.",
        [Suggestion(f"{amount} {coin}", f"/hedge {amount} {coin}") for amount in ("1", "10", "100")]
        + [Suggestion(f"$1,000 of {coin}", f"/hedge $1000 {coin}")],
    )


def _unlisted(request: HedgeRequest, services: Services) -> NotPossible:
    amount = f"{request.amount_base.normalize():f} " if request.amount_base else ""
    near = grammar.nearest(request.coin or "", services.market.coins())
    return NotPossible(
        f"No exchange here lists {request.coin}. With its price and a beta it can be hedged through another coin, "
        f"for example: /hedge {amount}{request.coin} price=2 via ETH beta=1.4",
        [Suggestion(f"{coin} instead", line(request, coin=coin)) for coin in near],
    )
