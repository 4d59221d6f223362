"""What is to be hedged: coins typed or held, at their price, or everything that is held together."""

from collections.abc import Mapping
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from chatbot.core.hedging.terms import Exposure, Origin
from chatbot.core.markets import SpotPrice
from chatbot.core.portfolio import STABLECOINS, Portfolio
from handlers import grammar
from handlers.hedge.request import HedgeRequest, line


async def exposure_of(request: HedgeRequest, portfolio: Portfolio, services: Services) -> Exposure:
    coin = request.coin or ""
    if coin in STABLECOINS:
        raise NotPossible(f"{coin} counts as cash here: there is nothing to hedge.")
    if request.price_quote is not None:
        at = services.now()
        return exposure_at(request, portfolio, SpotPrice(coin, request.price_quote, "USD", None, None, "by hand", at))
    prices = await services.market.spot_prices((coin,))
    if coin not in prices:
        raise _unlisted(request, services)
    return exposure_at(request, portfolio, prices[coin])


def exposure_at(request: HedgeRequest, portfolio: Portfolio, price: SpotPrice) -> Exposure:
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


def worth_of(amounts: Mapping[str, Decimal], prices: Mapping[str, SpotPrice], portfolio: Portfolio) -> Exposure:
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
