"""Orders for coins: the smallest an exchange takes, and what one costs in the visible book.

Law: what the book does not show is not guessed.
"""

from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.basis import walk
from chatbot.core.errors import NotPossible
from chatbot.core.markets import Instrument, OrderBook

MILLION_OF_A_COIN = Decimal("0.000001")  # the step where no spot market says another


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one order walked through the visible book: the taker's fee, and what the mean price is worse than mid."""

    fee_quote: Decimal
    slippage_quote: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """`amount_base` above zero buys. `cost` None: no spot market here, no book, or `is_thin`: the book ends first."""

    coin: str
    amount_base: Decimal
    value_usd: Decimal
    market: Instrument | None
    cost: Cost | None = None
    is_thin: bool = False

    @property
    def taker_fee_usd(self) -> Decimal:
        """At the price it was sized by, which needs no book; zero without a market."""
        return abs(self.value_usd) * self.market.taker_share if self.market else Decimal(0)


def step_base_of(market: Instrument | None) -> Decimal:
    """The smallest difference between two orders, in coins."""
    return market.step_contracts * market.contract_size if market else MILLION_OF_A_COIN


def smallest_base_of(market: Instrument | None, price_usd: Decimal) -> Decimal:
    """The smallest order, in coins."""
    if market is None:
        return step_base_of(market)
    by_amount = (market.minimum_contracts or Decimal(0)) * market.contract_size
    by_value = (market.minimum_quote or Decimal(0)) / price_usd
    return max(step_base_of(market), by_amount, by_value)


def cost_of(trade: Trade, book: OrderBook | None) -> tuple[Cost | None, bool]:
    """The cost in the visible book, and whether the book ends before the order does."""
    mid = book.mid_quote if book else None
    if trade.market is None or book is None or not mid:
        return None, False
    contracts = abs(trade.amount_base) / trade.market.contract_size
    try:
        fill = walk(book.asks if trade.amount_base > 0 else book.bids, contracts, trade.market)
    except NotPossible:
        return None, True
    paid = abs(trade.amount_base) * fill.average_quote
    return Cost(paid * trade.market.taker_share, abs(paid - abs(trade.amount_base) * mid)), False
