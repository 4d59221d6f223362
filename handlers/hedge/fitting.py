"""The coin to hedge through, where one is needed, and how much the contract's coin moves."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Problem, Suggestion, UserMistake
from chatbot.core.hedging.proxies import as_proxy, composite, fit_proxy
from chatbot.core.hedging.terms import Exposure, Proxy, RejectedProxy
from chatbot.core.portfolio import Portfolio
from chatbot.core.statistics import FEWEST_DAYS, estimate_beta, volatility
from handlers.hedge.exposure import worth_of
from handlers.hedge.request import HedgeRequest
from handlers.looking import or_none

MAJORS = ("BTC", "ETH", "SOL", "BNB")
PORTFOLIO_PROXY = "BTC"


@dataclass(frozen=True, slots=True)
class Fit:
    """The proxy, if one is needed, the majors it won against, and the coins that could not be counted."""

    proxy: Proxy | None = None
    rejected: tuple[RejectedProxy, ...] = ()
    left_out: tuple[str, ...] = ()


async def fit_of(request: HedgeRequest, exposure: Exposure, services: Services) -> Fit:
    if request.via is not None and request.beta is not None:
        return Fit(Proxy(request.via, float(request.beta)))
    assert exposure.coin is not None  # the whole portfolio went another way
    if request.via is None and services.market.futures(exposure.coin):
        return Fit()
    majors = [request.via] if request.via else [coin for coin in MAJORS if services.market.futures(coin)]
    return await _fit_coin(exposure.coin, majors, services)


async def _fit_coin(coin: str, majors: Sequence[str], services: Services) -> Fit:
    history = await services.market.daily_candles(coin)
    others = await asyncio.gather(*(or_none(services.market.daily_candles(major)) for major in majors))
    known = {major: candles for major, candles in zip(majors, others, strict=True) if candles is not None}
    proxy, rejected = fit_proxy(history, known)
    return Fit(proxy, (*rejected, *(RejectedProxy(major, None) for major in majors if major not in known)))


async def fit_portfolio(request: HedgeRequest, portfolio: Portfolio, services: Services) -> tuple[Exposure, Fit]:
    """All coins that have a price and, unless beta is given, a history; the others are left out and named."""
    via = request.via or PORTFOLIO_PROXY
    amounts = portfolio.hedgeable_base(via)
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
    return worth_of(counted, prices, portfolio), Fit(proxy, left_out=left_out)


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


async def volatility_of(coin: str, services: Services) -> float | None:
    """Of the contract's coin; None where no exchange has enough history, and the answer then says no deviations."""
    try:
        return volatility(await services.market.daily_candles(coin)).per_year
    except (MarketUnavailable, NotPossible):
        return None
