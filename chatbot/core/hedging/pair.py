"""Longs against shorts: what they are in dollars and in bitcoin's dollars, the neutral size, and the relative stop.

Laws: the shorts times their neutral factor leave no beta; at the stop the ratio of a long's price to a short's has
fallen by the stop's share, whichever of the two moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.portfolio import Side
from chatbot.core.quantities import whole_sum

ONE, NOTHING = Decimal(1), Decimal(0)


@dataclass(frozen=True, slots=True)
class PairLeg:
    """`beta` is to bitcoin; no unit, None where it is not known."""

    side: Side
    notional_quote: Decimal
    price_quote: Decimal
    beta: float | None = None


def dollar_delta_usd(legs: Sequence[PairLeg]) -> Decimal:
    """Signed: shorts are below zero."""
    return sum((leg.side.sign * leg.notional_quote for leg in legs), NOTHING)


def beta_delta_usd(legs: Sequence[PairLeg]) -> Decimal | None:
    """Signed, in dollars of bitcoin: a dollar of a coin with beta 1.44 moves as 1.44 of it. None without every beta."""
    return whole_sum(
        None if leg.beta is None else leg.side.sign * leg.notional_quote * Decimal(repr(leg.beta)) for leg in legs
    )


def neutral_factor(legs: Sequence[PairLeg]) -> Decimal | None:
    """What all shorts are to be multiplied by for a beta delta of zero; None where none above zero does it."""
    longs, shorts = (beta_delta_usd(_on(side, legs)) for side in (Side.LONG, Side.SHORT))
    if not longs or not shorts:
        return None
    factor = longs / -shorts
    return factor if factor > 0 else None


def ratio_base(legs: Sequence[PairLeg]) -> Decimal | None:
    """The price of the long coin in coins of the short one; None but for one of each."""
    longs, shorts = (_on(side, legs) for side in (Side.LONG, Side.SHORT))
    return longs[0].price_quote / shorts[0].price_quote if len(longs) == len(shorts) == 1 else None


def losses_at_stop_quote(legs: Sequence[PairLeg], stop_share: Decimal) -> tuple[Decimal, Decimal]:
    """Of the longs where they alone fall by the share; of the shorts where they alone rise, by `1/(1-stop) - 1`."""
    longs, shorts = (sum((leg.notional_quote for leg in _on(side, legs)), NOTHING) for side in (Side.LONG, Side.SHORT))
    return longs * stop_share, shorts * (ONE / (ONE - stop_share) - ONE)


def _on(side: Side, legs: Sequence[PairLeg]) -> tuple[PairLeg, ...]:
    return tuple(leg for leg in legs if leg.side is side)
