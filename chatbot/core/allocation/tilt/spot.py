"""The same change by selling and buying coins. Law: costs are counted there and back, as the futures' are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from chatbot.core.allocation.tilt.change import Change, CoinChange
from chatbot.core.markets import Instrument, OrderBook, SpotPrice
from chatbot.core.quantities import floor_to_step
from chatbot.core.spot_orders import Cost, Trade, cost_of, smallest_base_of, step_base_of


@dataclass(frozen=True, slots=True)
class SpotTrade:
    """One order and the one that undoes it (its cost at today's book). `is_beyond_held`: it sells more than is held.

    `wanted_usd`: before it was rounded down to the step. `smallest_usd`: the smallest order that is taken there.
    """

    trade: Trade
    back: Cost | None
    is_beyond_held: bool
    wanted_usd: Decimal
    smallest_usd: Decimal

    @property
    def is_too_small(self) -> bool:
        """Whether no exchange takes it: then it costs nothing known."""
        return abs(self.trade.value_usd) < self.smallest_usd


@dataclass(frozen=True, slots=True)
class SpotWay:
    """What selling and buying costs. `cost_quote`: fees and slippage there and back; None where a part is unknown."""

    trades: tuple[SpotTrade, ...]
    once: Cost | None
    cost_quote: Decimal | None

    @property
    def is_taxed(self) -> bool:
        """A sale is a tax event in many countries; a purchase alone is none."""
        return any(each.trade.amount_base < 0 for each in self.trades)


def spot_way(
    change: Change,
    prices: Mapping[str, SpotPrice],
    markets: Mapping[str, Instrument],
    books: Mapping[Instrument, OrderBook],
) -> SpotWay:
    """Orders in the spot market's steps; a coin without a price has none."""
    trades = tuple(
        _trade(each, prices[each.coin], markets.get(each.coin), books) for each in change.moved if each.coin in prices
    )
    is_whole = len(trades) == len(change.moved)
    once, back = _sum([each.trade.cost for each in trades]), _sum([each.back for each in trades])
    total = None
    if once is not None and back is not None and is_whole:
        total = _total(once) + _total(back)
    return SpotWay(trades, once, total)


def _trade(
    change: CoinChange, price: SpotPrice, market: Instrument | None, books: Mapping[Instrument, OrderBook]
) -> SpotTrade:
    wanted = abs(change.change_usd)
    size = floor_to_step(wanted / price.price_quote, step_base_of(market))
    smallest = smallest_base_of(market, price.price_quote)
    amount = change.side.sign * size
    is_beyond = change.held_base is not None and -amount > change.held_base
    order = Trade(change.coin, amount, amount * price.price_quote, market)
    smallest_usd = smallest * price.price_quote
    if size < smallest:
        return SpotTrade(order, None, is_beyond, wanted, smallest_usd)
    book = books.get(market) if market else None
    cost, is_thin = cost_of(order, book)
    back, _ = cost_of(replace(order, amount_base=-amount, value_usd=-order.value_usd), book)
    return SpotTrade(replace(order, cost=cost, is_thin=is_thin), back, is_beyond, wanted, smallest_usd)


def _sum(costs: list[Cost | None]) -> Cost | None:
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs) or not known:
        return None
    fees = sum((cost.fee_quote for cost in known), Decimal(0))
    return Cost(fees, sum((cost.slippage_quote for cost in known), Decimal(0)))


def _total(cost: Cost) -> Decimal:
    return cost.fee_quote + cost.slippage_quote
