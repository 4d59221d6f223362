"""Futures against spot, and what the visible book does to an order. Law: what the book does not show is not guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Instrument, InstrumentKind, Level

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


def converging_quote(amount_base: Decimal, futures_quote: Decimal, spot_quote: Decimal) -> Decimal:
    """What a short beside as many coins gains (+) or pays (-) until the two prices meet: `q*(F - S)`."""
    return amount_base * (futures_quote - spot_quote)


def cash_and_carry_quote(
    *,
    amount_base: Decimal,
    spot_quote: Decimal,
    futures_quote: Decimal,
    settled_quote: Decimal,
    spot_fee_share: Decimal = Decimal(0),
    futures_fee_share: Decimal = Decimal(0),
    financing_quote: Decimal = Decimal(0),
) -> Decimal:
    """Profit at expiry of coins bought and as many sold forward: `q*(F - S)` less fees and financing.

    The coins are sold at `settled_quote`, where the future settles: only the fee of that sale depends on it.
    """
    spot_fees = spot_fee_share * amount_base * (spot_quote + settled_quote)
    futures_fee = futures_fee_share * amount_base * futures_quote
    return converging_quote(amount_base, futures_quote, spot_quote) - spot_fees - futures_fee - financing_quote


@dataclass(frozen=True, slots=True)
class Fill:
    """An order walked through the visible book: the mean price paid by coins, and the last one."""

    average_quote: Decimal
    worst_quote: Decimal
    filled_contracts: Decimal


def walk(levels: Sequence[Level], amount_contracts: Decimal, instrument: Instrument) -> Fill:
    """Fills `amount_contracts` from the best level on; nothing at all would start at the best.

    NotPossible where the visible book ends first.
    """
    if levels and amount_contracts == 0:
        return Fill(levels[0].price_quote, levels[0].price_quote, amount_contracts)
    left, coins, paid = amount_contracts, Decimal(0), Decimal(0)
    for level in levels:
        taken = min(left, level.amount_contracts)
        coins += instrument.amount_base(taken, level.price_quote)
        paid += instrument.notional_quote(taken, level.price_quote)
        left -= taken
        if left <= 0:
            return Fill(paid / coins, level.price_quote, amount_contracts)
    shown = amount_contracts - left
    unit = instrument.coin if instrument.kind is InstrumentKind.SPOT else "contracts"
    raise NotPossible(
        f"Not fillable in the visible book: it shows {shown.normalize():f} of {amount_contracts.normalize():f} {unit}."
    )
