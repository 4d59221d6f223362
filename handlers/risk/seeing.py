"""What /risk looks up: prices, histories of the largest exposures, and the perpetuals of the futures positions."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Suggestion
from chatbot.core.exposure import perpetual_of
from chatbot.core.markets import Candles, Instrument, InstrumentKind, SpotPrice
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Portfolio, Side
from chatbot.core.risk.measures import BITCOIN
from chatbot.core.risk.plan import Seen
from handlers.looking import or_none
from handlers.risk.request import COMMAND, WhatIf

MOST_HISTORIES = 60  # of the largest exposures; the others are named
DEFAULT_LEVERAGE = Decimal(2)


async def see(portfolio: Portfolio, services: Services, also: str | None = None) -> Seen:
    """Of all that is held or traded. MarketUnavailable where no price came, or no history of bitcoin.

    `also`: a coin whose history is asked for, however small it is.
    """
    coins = {*portfolio.coins(), BITCOIN}
    markets = [perpetual_of(each, services.market.futures(each.coin)) for each in portfolio.positions]
    prices, (snapshots, failed) = await asyncio.gather(
        services.market.spot_prices(coins),
        services.market.snapshots({market for market in markets if market is not None}),
    )
    coins_by_size = _largest(portfolio, prices, also)
    candles = await _candles(coins_by_size[:MOST_HISTORIES], services)
    states = services.market.states()
    outages = {outage.exchange: outage for outage in (*failed, *(state.outage for state in states if state.outage))}
    return Seen(prices, candles, snapshots, coins_by_size[MOST_HISTORIES:], tuple(outages.values()), len(states))


def _largest(portfolio: Portfolio, prices: Mapping[str, SpotPrice], also: str | None) -> tuple[str, ...]:
    """Coins that are not cash: `also`, then the largest exposure first; those without a price last."""

    def size(coin: str) -> tuple[bool, Decimal]:
        price = prices.get(coin)
        return coin == also, abs(portfolio.net_base(coin)) * price.price_quote if price else Decimal(-1)

    return tuple(sorted((coin for coin in portfolio.coins() if coin not in STABLECOINS), key=size, reverse=True))


async def _candles(coins: tuple[str, ...], services: Services) -> Mapping[str, Candles]:
    """Without bitcoin's there is nothing to measure by; what else is missing is named in the answer."""
    bitcoin, *others = await asyncio.gather(
        services.market.daily_candles(BITCOIN),
        *(or_none(services.market.daily_candles(coin)) for coin in coins if coin != BITCOIN),
    )
    return {candles.coin: candles for candles in (bitcoin, *others) if candles is not None}


async def short_of(what_if: WhatIf, portfolio: Portfolio, preferred: str | None, services: Services) -> FuturesPosition:
    """The short that a what-if adds, opened at the coin's price now, where the asker trades if that has it."""
    prices = await services.market.spot_prices([what_if.coin])
    if what_if.coin in STABLECOINS:
        raise NotPossible(f"{what_if.coin} counts as cash here: there is nothing to hedge.", _AS_IT_IS)
    if what_if.coin not in prices:
        raise NotPossible(f"No exchange here has a price of {what_if.coin}.", _AS_IT_IS)
    price = prices[what_if.coin].price_quote
    market = _market(what_if, preferred, services)
    return FuturesPosition(
        what_if.coin,
        Side.SHORT,
        _whole(what_if, portfolio, price) * what_if.share,
        market.exchange if market else what_if.exchange,
        price,
        what_if.leverage or DEFAULT_LEVERAGE,
    )


_AS_IT_IS = (Suggestion("Risk as it is", COMMAND),)


def _whole(what_if: WhatIf, portfolio: Portfolio, price_quote: Decimal) -> Decimal:
    if what_if.amount_base is not None:
        return what_if.amount_base
    if what_if.value_usd is not None:
        return what_if.value_usd / price_quote
    held = portfolio.holding(what_if.coin)
    if held is None:
        examples = [f"{COMMAND} with hedge {amount} #{what_if.coin}" for amount in ("1", "10")]
        raise NotPossible(
            f"How many {what_if.coin}? The portfolio holds none.", [Suggestion(each, each) for each in examples]
        )
    return held.amount_base


def _market(what_if: WhatIf, preferred: str | None, services: Services) -> Instrument | None:
    listed = [
        market
        for market in services.market.futures(what_if.coin)
        if market.kind is InstrumentKind.PERPETUAL and not market.is_inverse
    ]
    if what_if.exchange is not None:
        return next((market for market in listed if market.exchange == what_if.exchange), None)
    chosen = next((market for market in listed if market.exchange == preferred), None)
    return chosen or next(iter(listed), None)


def require_prices(services: Services) -> None:
    """MarketUnavailable where no exchange is loaded at all."""
    states = services.market.states()
    if any(state.markets for state in states):
        return
    outages = [state.outage for state in states if state.outage is not None]
    raise MarketUnavailable("No exchange can be reached, so there are no prices to measure with.", outages)
