"""What a change touched, and how to put it back. Pure.

Law: `put_back(after, coins, part_of(before, coins)) == before` for the coins that differ, the order of entry included.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """The entries of some coins, each with its index in the portfolio they were taken from."""

    holdings: tuple[tuple[int, Holding], ...] = ()
    positions: tuple[tuple[int, FuturesPosition], ...] = ()

    @property
    def portfolio(self) -> Portfolio:
        """The same entries without their places."""
        return Portfolio(tuple(held for _, held in self.holdings), tuple(position for _, position in self.positions))


def touched_coins(before: Portfolio, after: Portfolio) -> tuple[str, ...]:
    """Coins of which the holding or a position differs."""
    coins = dict.fromkeys((*before.coins(), *after.coins()))
    return tuple(coin for coin in coins if not is_same(before, after, coin))


def is_same(one: Portfolio, other: Portfolio, coin: str) -> bool:
    """Whether both hold the same of `coin`; the order of positions does not matter."""
    return one.holding(coin) == other.holding(coin) and _positions(one, coin) == _positions(other, coin)


def part_of(portfolio: Portfolio, coins: Collection[str]) -> Part:
    """The entries of `coins`."""
    return Part(
        tuple((index, held) for index, held in enumerate(portfolio.holdings) if held.coin in coins),
        tuple((index, position) for index, position in enumerate(portfolio.positions) if position.coin in coins),
    )


def put_back(portfolio: Portfolio, coins: Collection[str], part: Part) -> Portfolio:
    """The portfolio with `part` in place of whatever it has of `coins`, each entry where it was."""
    return Portfolio(
        _inserted((held for held in portfolio.holdings if held.coin not in coins), part.holdings),
        _inserted((position for position in portfolio.positions if position.coin not in coins), part.positions),
    )


def _inserted(entries: Iterable[T], placed: Iterable[tuple[int, T]]) -> tuple[T, ...]:
    result = list(entries)
    for index, entry in placed:  # lowest index first, so that each finds the ones before it in place
        result.insert(index, entry)
    return tuple(result)


def _positions(portfolio: Portfolio, coin: str) -> frozenset[FuturesPosition]:
    return frozenset(position for position in portfolio.positions if position.coin == coin)
