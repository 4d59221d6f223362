"""What a line is made of: each part says one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many coins."""

    amount_base: Decimal
    coin: str


@dataclass(frozen=True, slots=True)
class Value:
    """So many dollars, of a coin or of what another word says."""

    amount_usd: Decimal
    coin: str | None


@dataclass(frozen=True, slots=True)
class CoinWord:
    """A coin without a quantity."""

    coin: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part, 0 to 1."""

    share: Decimal


@dataclass(frozen=True, slots=True)
class Leverage:
    """Times the margin."""

    leverage: Decimal


@dataclass(frozen=True, slots=True)
class Horizon:
    """A length of time, in whole hours."""

    horizon: timedelta


@dataclass(frozen=True, slots=True)
class Exchange:
    """A configured exchange, by its ccxt id."""

    exchange: str


@dataclass(frozen=True, slots=True)
class Via:
    """The coin to hedge through."""

    coin: str


@dataclass(frozen=True, slots=True)
class Named:
    """`name=value`; percentages as shares."""

    name: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of the command's own."""

    word: str


Part = Quantity | Value | CoinWord | Share | Leverage | Horizon | Exchange | Via | Named | Keyword
P = TypeVar("P")


def only(parts: Iterable[Part], kind: type[P]) -> P | None:
    """The one part of this kind, or None."""
    return next((part for part in parts if isinstance(part, kind)), None)
