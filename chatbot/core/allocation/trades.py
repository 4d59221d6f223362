"""The coins of one bucket, weighted, and the trades that bring them to what is wanted, in the exchange's steps.

Laws: weights sum to one; no trade sells more than is held; a bucket ends within one step of its target as long as no
order is below the smallest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.chats import Weighting
from chatbot.core.markets import Instrument
from chatbot.core.quantities import floor_to_step
from chatbot.core.spot_orders import Trade, smallest_base_of, step_base_of

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class CoinPlace:
    """One coin: what is held, its price, where it would be traded. `volatility_per_year` None: no history."""

    coin: str
    held_base: Decimal
    price_usd: Decimal
    market: Instrument | None = None
    volatility_per_year: float | None = None

    @property
    def value_usd(self) -> Decimal:
        """Of what is held."""
        return self.held_base * self.price_usd

    @property
    def step_base(self) -> Decimal:
        """The smallest difference between two orders, in coins."""
        return step_base_of(self.market)

    @property
    def smallest_base(self) -> Decimal:
        """The smallest order, in coins."""
        return smallest_base_of(self.market, self.price_usd)


def weights_of(places: Sequence[CoinPlace], weighting: Weighting) -> tuple[Decimal, ...]:
    """A share of the bucket for each coin, in order; they sum to one.

    By current weight, equal where nothing is held. By inverse volatility, a coin without a history counting as the
    most volatile, equal where none has one.
    """
    raw = _raw_weights(places, weighting)
    total = sum(raw)
    if total <= 0:
        raw, total = [ONE] * len(places), Decimal(len(places))
    weights = [each / total for each in raw[:-1]]
    return (*weights, ONE - sum(weights))


def _raw_weights(places: Sequence[CoinPlace], weighting: Weighting) -> list[Decimal]:
    if weighting is Weighting.CURRENT:
        return [place.value_usd for place in places]
    known = [place.volatility_per_year for place in places if place.volatility_per_year]
    if weighting is Weighting.EQUAL or not known:
        return [ONE for _ in places]
    return [ONE / Decimal(repr(place.volatility_per_year or max(known))) for place in places]


def trades_to(places: Sequence[CoinPlace], wanted_usd: Decimal, weighting: Weighting) -> tuple[Trade, ...]:
    """Orders after which these coins are worth `wanted_usd`; what one cannot do, the next one does."""
    if not places:
        return ()
    shares = weights_of(places, weighting)
    wanted = {place.coin: share * wanted_usd for place, share in zip(places, shares, strict=True)}
    left, found = Decimal(0), []
    for place in sorted(places, key=lambda each: each.step_base * each.price_usd, reverse=True):
        due = wanted[place.coin] - place.value_usd + left
        amount = _order(place, due)
        left = due - amount * place.price_usd
        if amount:
            found.append(Trade(place.coin, amount, amount * place.price_usd, place.market))
    order = {place.coin: at for at, place in enumerate(places)}
    return tuple(sorted(found, key=lambda trade: order[trade.coin]))


def _order(place: CoinPlace, due_usd: Decimal) -> Decimal:
    """Signed coins, rounded down to the step; nothing below the smallest order, and no more sold than is held."""
    amount = abs(due_usd) / place.price_usd
    if due_usd < 0:
        amount = min(amount, place.held_base)
    rounded = floor_to_step(amount, place.step_base)
    if rounded < place.smallest_base:
        return Decimal(0)
    return rounded if due_usd > 0 else -rounded
