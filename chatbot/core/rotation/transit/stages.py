"""What is sold and bought at each stage.

Laws: sales are whole steps and sum to the amount within one; what is bought never costs more than what was sold
brought; each order is walked through today's visible book by itself, as though the book had filled again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Instrument, OrderBook
from chatbot.core.quantities import floor_to_step
from chatbot.core.rotation.transit.terms import Place, Sale
from chatbot.core.spot_orders import Trade, cost_of, smallest_base_of, step_base_of

NOTHING, ONE = Decimal(0), Decimal(1)
LADDER = (8, 12, 24)  # stages to try where fewer are not fillable
PARTS = (2, 5, 10, 20, 50, 100, 1000, 10_000)  # of the amount, likewise
MOST_STAGES = 24
ROUNDING = Decimal("1.02")  # of the smallest orders: what fees, slippage and steps may take from one


@dataclass(frozen=True, slots=True)
class Stage:
    """`number` 0 is the start: nothing is sold, the short is opened. Values in quote, at today's prices.

    `unsold_base` is of each coin that is sold, in order; `unsold_quote` and `bought_quote` are of all after the stage.
    """

    number: int
    after: timedelta
    sales: tuple[Trade, ...]
    purchases: tuple[Trade, ...]
    unsold_base: tuple[Decimal, ...]
    unsold_quote: Decimal
    bought_quote: Decimal

    @property
    def sold_quote(self) -> Decimal:
        """At this stage."""
        return sum((-each.value_usd for each in self.sales), NOTHING)

    @property
    def spent_quote(self) -> Decimal:
        """At this stage."""
        return sum((each.value_usd for each in self.purchases), NOTHING)


@dataclass(frozen=True, slots=True)
class Purchase:
    """Where one coin is bought: its spot market, or a perpetual."""

    coin: str
    price_quote: Decimal
    market: Instrument | None
    book: OrderBook | None


class TooFew(NotPossible):
    """Below the smallest order even in one stage; `least_quote` would do."""

    def __init__(self, coin: str, least_quote: Decimal) -> None:
        super().__init__(f"This is below the smallest order of {coin}.")
        self.coin = coin
        self.least_quote = least_quote


def large_enough(sales: Sequence[Sale], asked: int) -> tuple[Sale, ...]:
    """Of several those whose stages are above the smallest order: dust does not hold up the others. All if none is."""
    found = tuple(sale for sale in sales if sale.value_quote >= asked * _smallest_of_sale(sale))
    return found or tuple(sales)


def possible_stages(sales: Sequence[Sale], purchases: Sequence[Purchase], asked: int) -> int:
    """As many as asked, or as many as leave every order above its smallest. TooFew where not even one does."""
    total = sum((sale.value_quote for sale in sales), NOTHING)
    parts = [(sale.place.coin, sale.value_quote / total, _smallest_of_sale(sale)) for sale in sales]
    parts += [(each.coin, ONE / len(purchases), _smallest_quote(each)) for each in purchases]
    coin, least = max(((coin, smallest / share) for coin, share, smallest in parts), key=lambda each: each[1])
    if total < least:
        raise TooFew(coin, least)
    return min(asked, int(total / least)) if least else asked


def _smallest_of_sale(sale: Sale) -> Decimal:
    place = sale.place
    return smallest_base_of(place.market, place.price_quote) * place.price_quote


def _smallest_quote(purchase: Purchase) -> Decimal:
    return smallest_base_of(purchase.market, purchase.price_quote) * purchase.price_quote * ROUNDING


def stages_of(sales: Sequence[Sale], purchases: Sequence[Purchase], count: int, length: timedelta) -> tuple[Stage, ...]:
    """The start, then `count` stages, evenly over `length`; what is left of a purchase goes into the next."""
    found = [_start(sales)]
    left = [NOTHING for _ in purchases]
    for number in range(1, count + 1):
        sold = tuple(trade for sale in sales if (trade := _sold(sale, number, count)) is not None)
        budget = sum((_brought_quote(trade) for trade in sold), NOTHING) / len(purchases)
        bought = [_bought(each, budget + rest) for each, rest in zip(purchases, left, strict=True)]
        left = [
            budget + rest - (_paid_quote(trade) if trade else NOTHING) for rest, trade in zip(left, bought, strict=True)
        ]
        unsold = tuple(sale.amount_base - _sold_until(sale, number, count) for sale in sales)
        made = tuple(trade for trade in bought if trade is not None)
        found.append(
            Stage(
                number=number,
                after=length * number / count,
                sales=sold,
                purchases=made,
                unsold_base=unsold if number < count else tuple(NOTHING for _ in sales),
                unsold_quote=_worth(sales, unsold) if number < count else NOTHING,
                bought_quote=found[-1].bought_quote + sum((trade.value_usd for trade in made), NOTHING),
            )
        )
    return tuple(found)


def is_fillable(stages: Sequence[Stage]) -> bool:
    """Whether every order is within the visible book, as far as there is one."""
    return not any(trade.is_thin for stage in stages for trade in (*stage.sales, *stage.purchases))


def filling_stages(sales: Sequence[Sale], purchases: Sequence[Purchase], count: int) -> int | None:
    """How many more than `count` make every order fillable; None where no number that is tried does."""
    most = possible_stages(sales, purchases, MOST_STAGES)
    tried = (each for each in LADDER if count < each <= most)
    return next((each for each in tried if is_fillable(stages_of(sales, purchases, each, timedelta(0)))), None)


def filling_quote(sales: Sequence[Sale], purchases: Sequence[Purchase], count: int) -> Decimal | None:
    """How much of the amount is fillable in `count` stages; None where no part that is tried is."""
    for part in PARTS:
        smaller = [replace(sale, amount_base=sale.amount_base / part) for sale in sales]
        if is_fillable(stages_of(smaller, purchases, count, timedelta(0))):
            return sum((sale.value_quote for sale in smaller), NOTHING)
    return None


def _start(sales: Sequence[Sale]) -> Stage:
    unsold = tuple(sale.amount_base for sale in sales)
    return Stage(0, timedelta(0), (), (), unsold, _worth(sales, unsold), NOTHING)


def _worth(sales: Sequence[Sale], amounts_base: Sequence[Decimal]) -> Decimal:
    return sum((sale.place.price_quote * amount for sale, amount in zip(sales, amounts_base, strict=True)), NOTHING)


def _sold_until(sale: Sale, number: int, count: int) -> Decimal:
    return floor_to_step(sale.amount_base * number / count, step_base_of(sale.place.market))


def _sold(sale: Sale, number: int, count: int) -> Trade | None:
    place, amount = sale.place, _sold_until(sale, number, count) - _sold_until(sale, number - 1, count)
    if not amount:
        return None
    return _costed(Trade(place.coin, -amount, -amount * place.price_quote, place.market), place.book)


def _costed(trade: Trade, book: OrderBook | None) -> Trade:
    cost, is_thin = cost_of(trade, book)
    return Trade(trade.coin, trade.amount_base, trade.value_usd, trade.market, cost, is_thin)


def _brought_quote(sale: Trade) -> Decimal:
    return -sale.value_usd - charged_quote(sale)


def _paid_quote(purchase: Trade) -> Decimal:
    return purchase.value_usd + charged_quote(purchase)


def charged_quote(trade: Trade) -> Decimal:
    """Fee and slippage; where the book is not known, the fee alone."""
    if trade.cost is not None:
        return trade.cost.fee_quote + trade.cost.slippage_quote
    return fee_quote(trade)


def fee_quote(trade: Trade) -> Decimal:
    """The taker's fee; nothing is known of it without a market."""
    if trade.cost is not None:
        return trade.cost.fee_quote
    return abs(trade.value_usd) * trade.market.taker_share if trade.market else NOTHING


def _bought(purchase: Purchase, budget_quote: Decimal) -> Trade | None:
    """As many whole steps as the budget pays for, charges included; None below one step."""
    made = _order(purchase, budget_quote / purchase.price_quote)
    while made.amount_base and (paid := _paid_quote(made)) > budget_quote:
        one_less = made.amount_base - step_base_of(purchase.market)
        made = _order(purchase, min(made.amount_base * budget_quote / paid, one_less))
    return made if made.amount_base else None


def _order(purchase: Purchase, amount_base: Decimal) -> Trade:
    amount = floor_to_step(amount_base, step_base_of(purchase.market))
    trade = Trade(purchase.coin, amount, amount * purchase.price_quote, purchase.market)
    return _costed(trade, purchase.book) if amount else trade


def purchase_of(place: Place) -> Purchase:
    """Of coins."""
    return Purchase(place.coin, place.price_quote, place.market, place.book)
