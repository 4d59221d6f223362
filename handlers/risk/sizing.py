"""How large a short against the whole portfolio is: beta times value, as /hedge sizes it."""

from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import MarketUnavailable, NotPossible
from chatbot.core.hedging.proxies import composite
from chatbot.core.portfolio import Portfolio
from chatbot.core.statistics import FEWEST_DAYS, estimate_beta
from handlers.looking import histories


async def beta_sized_base(via: str, price_quote: Decimal, portfolio: Portfolio, services: Services) -> Decimal:
    """Coins of `via` at `price_quote` against all that has a price and a history; what is short of it is no exposure.

    NotPossible where nothing is to hedge with a short; MarketUnavailable without daily prices of `via`.
    """
    amounts = portfolio.hedgeable_base(via)
    prices = await services.market.spot_prices(tuple(amounts))
    candles = await histories({*amounts, via}, services)
    if via not in candles:
        raise MarketUnavailable(f"No daily prices of {via} came, so how large a hedge through it is, is not known.")
    known = {coin: candles[coin] for coin in amounts if coin in prices and coin in candles}
    long_enough = {coin: history for coin, history in known.items() if len(history.bars) > FEWEST_DAYS}
    counted = {coin: amounts[coin] for coin in long_enough}
    value_quote = sum((amount * prices[coin].price_quote for coin, amount in counted.items()), Decimal(0))
    if value_quote <= 0:
        raise NotPossible("Nothing is held net of futures that has a price and a history: there is nothing to hedge.")
    beta = estimate_beta(composite(counted, long_enough), candles[via]).beta
    if beta <= 0:
        raise NotPossible(f"It moves against {via} (beta {beta:.2f}): a short would add to the risk.")
    return value_quote * Decimal(repr(beta)) / price_quote
