"""How many contracts. Law: the size is rounded down to the exchange's step, so a hedge never exceeds what was asked."""

from dataclasses import dataclass
from decimal import Context, Decimal

from chatbot.core.markets import Instrument
from chatbot.core.quantities import ceil_to_step, floor_to_step

TWENTY_DIGITS = Context(prec=20)


@dataclass(frozen=True, slots=True)
class Sizing:
    """A hedge in the contracts of one market, at `price_quote`.

    `hedged_share` and `next_share` are parts of the hedge that was wanted: 1 is all of it. One lot more is
    `next_contracts`. The smallest order of the market is `smallest_contracts`, worth `smallest_quote`.
    """

    price_quote: Decimal
    wanted_contracts: Decimal
    contracts: Decimal
    amount_base: Decimal
    notional_quote: Decimal
    open_quote: Decimal
    hedged_share: Decimal
    next_contracts: Decimal
    next_share: Decimal
    contract_value_quote: Decimal
    lot_value_quote: Decimal
    smallest_contracts: Decimal
    smallest_quote: Decimal

    @property
    def is_orderable(self) -> bool:
        """Whether the rounded size reaches the smallest order."""
        return self.contracts >= self.smallest_contracts


def size_direct(instrument: Instrument, wanted_base: Decimal, price_quote: Decimal) -> Sizing:
    """Contracts that offset `wanted_base` coins: linear `q/c` (no price in it), inverse `q*F/c`."""
    if instrument.is_inverse:
        wanted = wanted_base * price_quote / instrument.contract_size
    else:
        wanted = wanted_base / instrument.contract_size
    return _sizing(instrument, wanted, price_quote)


def size_value(instrument: Instrument, wanted_quote: Decimal, price_quote: Decimal) -> Sizing:
    """Contracts worth `wanted_quote` (a proxy's beta times value): linear `V/(c*F)`, inverse `V/c`."""
    return _sizing(instrument, wanted_quote / instrument.notional_quote(Decimal(1), price_quote), price_quote)


def smallest_order_contracts(instrument: Instrument, price_quote: Decimal) -> Decimal:
    """The smallest order in contracts: by number and by value, rounded up to the step."""
    value = instrument.notional_quote(Decimal(1), price_quote)
    by_value = (instrument.minimum_quote or Decimal(0)) / value
    smallest = max(instrument.step_contracts, instrument.minimum_contracts or Decimal(0), by_value)
    return ceil_to_step(smallest, instrument.step_contracts)


def _sizing(instrument: Instrument, wanted: Decimal, price: Decimal) -> Sizing:
    wanted = TWENTY_DIGITS.plus(wanted)  # 300 may come out of a division as 299.999...
    contracts = floor_to_step(wanted, instrument.step_contracts)
    one = instrument.notional_quote(Decimal(1), price)
    smallest = smallest_order_contracts(instrument, price)
    following = max(contracts + instrument.step_contracts, smallest)
    return Sizing(
        price_quote=price,
        wanted_contracts=wanted,
        contracts=contracts,
        amount_base=instrument.amount_base(contracts, price),
        notional_quote=contracts * one,
        open_quote=(wanted - contracts) * one,
        hedged_share=contracts / wanted,
        next_contracts=following,
        next_share=following / wanted,
        contract_value_quote=one,
        lot_value_quote=instrument.step_contracts * one,
        smallest_contracts=smallest,
        smallest_quote=smallest * one,
    )
