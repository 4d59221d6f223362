"""The changes a portfolio can go through, as values: each makes a new portfolio of an old one.

Law: an edit depends on the portfolio it is given alone, so that it can be applied again to what is stored by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.quantities import EXACT
from handlers.formatting import exact

COMMAND = "/portfolio"


@dataclass(frozen=True, slots=True)
class Add:
    """More of a coin; a yield that is given replaces the old one."""

    coin: str
    amount_base: Decimal
    staking_yield_per_year: Decimal | None = None

    def __call__(self, portfolio: Portfolio) -> Portfolio:
        added = portfolio.with_added(self.coin, self.amount_base, self.staking_yield_per_year)
        return _without_zero_yield(added, self.coin)


@dataclass(frozen=True, slots=True)
class Set:
    """So much of a coin, or (amount None) another yield. What is not given stays; a yield of zero: not staked."""

    coin: str
    amount_base: Decimal | None
    staking_yield_per_year: Decimal | None = None

    def __call__(self, portfolio: Portfolio) -> Portfolio:
        held = portfolio.holding(self.coin)
        amount = self.amount_base or (held.amount_base if held else None)
        if amount is None:
            raise NotPossible(f"No {self.coin} is held, so it cannot be staked. Give an amount, too.")
        old = held.staking_yield_per_year if held else None
        given = self.staking_yield_per_year
        holding = Holding(self.coin, amount, old if given is None else given)
        return _without_zero_yield(portfolio.with_holding(holding), self.coin)


@dataclass(frozen=True, slots=True)
class Remove:
    """All of a coin, so much of it, or a share of it."""

    coin: str
    amount_base: Decimal | None = None
    share: Decimal | None = None

    def __call__(self, portfolio: Portfolio) -> Portfolio:
        held = portfolio.holding(self.coin)
        if held is None:
            raise _not_held(self.coin, portfolio)
        amount = EXACT.multiply(held.amount_base, Decimal(1) if self.share is None else self.share)
        if self.amount_base is not None:
            amount = self.amount_base
        if amount > held.amount_base:
            raise NotPossible(
                f"{exact(amount)} {self.coin} are more than the {exact(held.amount_base)} held.",
                [Suggestion(f"Remove all {self.coin}", f"{COMMAND} remove #{self.coin}")],
            )
        return portfolio.with_holding(replace(held, amount_base=EXACT.subtract(held.amount_base, amount)))


@dataclass(frozen=True, slots=True)
class Hold:
    """A futures position, in place of the one of the same coin, side and exchange."""

    position: FuturesPosition

    def __call__(self, portfolio: Portfolio) -> Portfolio:
        return portfolio.with_position(self.position)


@dataclass(frozen=True, slots=True)
class Close:
    """The position of a coin and side: at one exchange, or wherever it is."""

    coin: str
    side: Side
    exchange: str | None = None

    def __call__(self, portfolio: Portfolio) -> Portfolio:
        closed = [position for position in portfolio.positions if self._means(position)]
        if not closed:
            raise NotPossible(f"No {self.side.value} of {self.coin} is kept here.", [Suggestion("Portfolio", COMMAND)])
        return replace(portfolio, positions=tuple(p for p in portfolio.positions if p not in closed))

    def _means(self, position: FuturesPosition) -> bool:
        same = (position.coin, position.side) == (self.coin, self.side)
        return same and self.exchange in (None, position.exchange)


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing at all."""

    def __call__(self, portfolio: Portfolio) -> Portfolio:
        return Portfolio()


Edit = Add | Set | Remove | Hold | Close | Clear


def applied(edits: Sequence[Edit], portfolio: Portfolio) -> Portfolio:
    """One after the other. NotPossible where one cannot be."""
    return reduce(lambda before, edit: edit(before), edits, portfolio)


def _without_zero_yield(portfolio: Portfolio, coin: str) -> Portfolio:
    held = portfolio.holding(coin)
    if held is None or held.staking_yield_per_year != 0:
        return portfolio
    return portfolio.with_holding(replace(held, staking_yield_per_year=None))


def _not_held(coin: str, portfolio: Portfolio) -> NotPossible:
    sides = [position.side.value for position in portfolio.positions if position.coin == coin]
    return NotPossible(
        f"No {coin} is held here.",
        [Suggestion(f"Remove the {side}", f"{COMMAND} remove {side} #{coin}") for side in dict.fromkeys(sides)]
        or [Suggestion("Portfolio", COMMAND)],
    )
