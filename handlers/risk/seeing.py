"""What /risk looks up: prices, histories of the largest exposures, and the perpetuals of the futures positions."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Suggestion
from chatbot.core.exposure import perpetual_of
from chatbot.core.markets import Candles, Instrument, InstrumentKind, SpotPrice, exchange_name
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Portfolio, Side
from chatbot.core.risk.measures import BITCOIN
from chatbot.core.risk.plan import Seen
from handlers import formatting as show
from handlers.looking import histories
from handlers.risk.moves import COMMAND
from handlers.risk.request import WhatIf, line
from handlers.risk.sizing import beta_sized_base

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
    unasked = tuple(coin for coin in coins_by_size[MOST_HISTORIES:] if coin != BITCOIN)
    return Seen(prices, candles, snapshots, unasked, tuple(outages.values()), len(states))


def _largest(portfolio: Portfolio, prices: Mapping[str, SpotPrice], also: str | None) -> tuple[str, ...]:
    """Coins that are not cash: `also`, then the largest exposure first; those without a price last."""

    def size(coin: str) -> tuple[bool, Decimal]:
        price = prices.get(coin)
        return coin == also, abs(portfolio.net_base(coin)) * price.price_quote if price else Decimal(-1)

    return tuple(sorted((coin for coin in portfolio.coins() if coin not in STABLECOINS), key=size, reverse=True))


async def _candles(coins: Collection[str], services: Services) -> Mapping[str, Candles]:
    """Without bitcoin's there is nothing to measure by; what else is missing is named in the answer."""
    bitcoin, others = await asyncio.gather(
        services.market.daily_candles(BITCOIN), histories([coin for coin in coins if coin != BITCOIN], services)
    )
    return {**others, BITCOIN: bitcoin}


async def short_of(what_if: WhatIf, portfolio: Portfolio, preferred: str | None, services: Services) -> FuturesPosition:
    """The short that a what-if adds, opened at the coin's price now, where the asker trades if that has it.

    NotPossible for cash, for a coin without a price or a perpetual, for more leverage than the exchange allows, and
    where the amount would be all of nothing.
    """
    if what_if.coin in STABLECOINS:
        raise NotPossible(f"{what_if.coin} counts as cash here: there is nothing to hedge.", [_AS_IT_IS])
    market, price = await _market_and_price(what_if, preferred, services)
    limit = market.maximum_leverage
    if what_if.leverage is not None and limit is not None and what_if.leverage > limit:
        raise unopenable(what_if, market.exchange)
    if what_if.is_portfolio:
        whole_base = await beta_sized_base(what_if.coin, price, portfolio, services)
    else:
        whole_base = _whole(what_if, portfolio, price)
    return FuturesPosition(
        what_if.coin,
        Side.SHORT,
        whole_base * what_if.share,
        market.exchange,
        price,
        what_if.leverage or DEFAULT_LEVERAGE,
    )


def unopenable(what_if: WhatIf, exchange: str) -> NotPossible:
    """What the exchange would not open is not tried; less leverage may do."""
    times = what_if.leverage or DEFAULT_LEVERAGE
    lower = [line(replace(what_if, leverage=each)) for each in (DEFAULT_LEVERAGE, Decimal(1)) if each < times]
    return NotPossible(
        f"{exchange_name(exchange)} opens no short of {what_if.coin} of this size at {show.leverage(times)}.",
        [*(Suggestion(each, each) for each in lower), _AS_IT_IS],
    )


_AS_IT_IS = Suggestion("Risk as it is", COMMAND)


def _whole(what_if: WhatIf, portfolio: Portfolio, price_quote: Decimal) -> Decimal:
    if what_if.amount_base is not None:
        return what_if.amount_base
    if what_if.value_usd is not None:
        return what_if.value_usd / price_quote
    held = portfolio.holding(what_if.coin)
    if held is None:
        values = [replace(what_if, value_usd=Decimal(value)) for value in (1_000, 10_000)]
        raise NotPossible(
            f"How many {what_if.coin}? The portfolio holds none.",
            [Suggestion(line(each), line(each)) for each in values],
        )
    return held.amount_base


async def _market_and_price(what_if: WhatIf, preferred: str | None, services: Services) -> tuple[Instrument, Decimal]:
    """The price is the mark where there is no spot price."""
    spot = (await services.market.spot_prices([what_if.coin])).get(what_if.coin)
    if spot is None and not services.market.futures(what_if.coin):
        raise NotPossible(f"No exchange here lists {what_if.coin}.", [_AS_IT_IS])
    market = _market(what_if, preferred, services)
    return market, spot.price_quote if spot else (await services.market.futures_quote(market)).mark_quote


def _market(what_if: WhatIf, preferred: str | None, services: Services) -> Instrument:
    listed = {
        market.exchange: market
        for market in reversed(services.market.futures(what_if.coin))
        if market.kind is InstrumentKind.PERPETUAL and not market.is_inverse
    }
    if not listed:
        through = replace(what_if, share=Decimal(1), exchange=None, leverage=None)
        raise NotPossible(
            f"No exchange here has a perpetual of {what_if.coin}; /hedge goes through another coin.",
            [Suggestion(f"Hedge {what_if.coin} through another", line(through, "/hedge")), _AS_IT_IS],
        )
    if what_if.exchange is not None and what_if.exchange not in listed:
        elsewhere = line(replace(what_if, exchange=None))
        raise NotPossible(
            f"{exchange_name(what_if.exchange)} has no perpetual of {what_if.coin} here.",
            [Suggestion(elsewhere, elsewhere), _AS_IT_IS],
        )
    wanted = what_if.exchange or preferred or ""
    return listed.get(wanted) or next(reversed(listed.values()))


def require_prices(services: Services) -> None:
    """MarketUnavailable where no exchange is loaded at all."""
    states = services.market.states()
    if any(state.markets for state in states):
        return
    outages = [state.outage for state in states if state.outage is not None]
    raise MarketUnavailable("No exchange can be reached, so there are no prices to measure with.", outages)
