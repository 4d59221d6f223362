"""Futures against spot, and what the visible book does to an order. Law: what the book does not show is not guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Instrument, Level

YEAR = timedelta(days=365)
FLAT_SHARE = Decimal("0.00005")  # half a basis point: neither contango nor backwardation is worth a word


class BasisState(Enum):
    """Futures above spot, below, or about the same."""

    CONTANGO = "contango"
    BACKWARDATION = "backwardation"
    FLAT = "flat"


def basis_share(futures_quote: Decimal, spot_quote: Decimal) -> Decimal:
    """`F/S - 1`."""
    return futures_quote / spot_quote - 1


def annualised_basis(futures_quote: Decimal, spot_quote: Decimal, remaining: timedelta) -> Decimal:
    """Simple rate of a year: `(F/S - 1) * 365/days`, days fractional. `remaining` is above zero."""
    return basis_share(futures_quote, spot_quote) * Decimal(YEAR / remaining)


def basis_state(futures_quote: Decimal, spot_quote: Decimal) -> BasisState:
    """Contango where F is above S, backwardation where it is below."""
    share = basis_share(futures_quote, spot_quote)
    if abs(share) < FLAT_SHARE:
        return BasisState.FLAT
    return BasisState.CONTANGO if share > 0 else BasisState.BACKWARDATION


@dataclass(frozen=True, slots=True)
class Fill:
    """An order walked through the visible book: the mean price paid by coins, and the last one."""

    average_quote: Decimal
    worst_quote: Decimal
    filled_contracts: Decimal


def walk(levels: Sequence[Level], amount_contracts: Decimal, instrument: Instrument) -> Fill:
    """Fills `amount_contracts` from the best level on. NotPossible where the visible book ends first."""
    left, coins, paid = amount_contracts, Decimal(0), Decimal(0)
    for level in levels:
        taken = min(left, level.amount_contracts)
        coins += instrument.amount_base(taken, level.price_quote)
        paid += instrument.notional_quote(taken, level.price_quote)
        left -= taken
        if left <= 0:
            return Fill(paid / coins, level.price_quote, amount_contracts)
    shown = amount_contracts - left
    raise NotPossible(f"Not fillable in the visible book: it shows {shown:f} of {amount_contracts:f} contracts.")
