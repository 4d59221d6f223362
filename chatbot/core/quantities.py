"""Rounding to an exchange's step, and sums of what may not be known.

Law: `floor_to_step(x, s) <= x`, and both results are whole multiples of s; no sum is guessed.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext

# Prices times quantities of the largest coins stay exact: 1e12 coins at 1e-18 need 30 digits and more.
EXACT = Context(prec=60)


def floor_to_step(amount: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` (> 0, same unit) that is not above `amount`."""
    return _to_step(amount, step, ROUND_FLOOR)


def ceil_to_step(amount: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` (> 0, same unit) that is not below `amount`."""
    return _to_step(amount, step, ROUND_CEILING)


def nearest_step(amount: Decimal, step: Decimal) -> Decimal:
    """The multiple of `step` (> 0, same unit) nearest to `amount`; halves go to the even one."""
    return _to_step(amount, step, ROUND_HALF_EVEN)


def whole_sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    """Of parts in the same unit; None where one of them is not known."""
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _to_step(amount: Decimal, step: Decimal, rounding: str) -> Decimal:
    if step <= 0:
        raise ValueError(f"a step is positive, not {step}")
    with localcontext(EXACT):
        return (amount / step).to_integral_value(rounding=rounding) * step
