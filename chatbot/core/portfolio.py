"""What somebody holds: coins, and futures positions held elsewhere.

Law: a portfolio is a value; a change makes a new one.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from chatbot.core.errors import NotPossible
from chatbot.core.quantities import EXACT

STABLECOINS = frozenset(
    {"USD", "USDT", "USDC", "DAI", "FDUSD", "TUSD", "USDE", "USDS", "PYUSD", "USD1", "BUSD", "GUSD", "USDP"}
)


class Side(Enum):
    """Long or short; `sign` is +1 or -1."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        return 1 if self is Side.LONG else -1


@dataclass(frozen=True, slots=True)
class Holding:
    """Coins held. `staking_yield_per_year`: 0.07 for 7 % a year; None where the coins are not staked."""

    coin: str
    amount_base: Decimal
    staking_yield_per_year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FuturesPosition:
    """A position held at an exchange, as its owner told it. One per coin, side and exchange."""

    coin: str
    side: Side
    amount_base: Decimal
    exchange: str | None = None
    entry_quote: Decimal | None = None
    leverage: Decimal | None = None

    @property
    def delta_base(self) -> Decimal:
        """Signed coins: a short of 5 is -5."""
        return self.side.sign * self.amount_base

    def tied_up_quote(self, price_quote: Decimal) -> Decimal:
        """The capital in it: its margin at entry with what was won or lost since, never below zero.

        Where no entry was said, the margin that it would take at this price; 1x where no leverage was said.
        """
        return max(self.margin_quote(price_quote) + self.result_quote(price_quote), Decimal(0))

    def margin_quote(self, price_quote: Decimal) -> Decimal:
        """Notional at entry over leverage; at this price where no entry was said, at 1x where no leverage was."""
        return self.amount_base * (self.entry_quote or price_quote) / (self.leverage or Decimal(1))

    def result_quote(self, price_quote: Decimal) -> Decimal:
        """Won (+) or lost since entry; zero where no entry was said."""
        return self.delta_base * (price_quote - (self.entry_quote or price_quote))

    @property
    def place(self) -> tuple[str, Side, str | None]:
        """What makes it this position and not another."""
        return self.coin, self.side, self.exchange


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Holdings by coin in order of entry, and futures positions."""

    holdings: tuple[Holding, ...] = ()
    positions: tuple[FuturesPosition, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.holdings and not self.positions

    def holding(self, coin: str) -> Holding | None:
        """What is held of `coin`."""
        return next((held for held in self.holdings if held.coin == coin), None)

    def futures_delta_base(self, coin: str) -> Decimal:
        """Signed coins of all futures positions in `coin`."""
        return sum((position.delta_base for position in self.positions if position.coin == coin), Decimal(0))

    def net_base(self, coin: str) -> Decimal:
        """Coins held plus futures, signed."""
        held = self.holding(coin)
        return (held.amount_base if held else Decimal(0)) + self.futures_delta_base(coin)

    def hedgeable_base(self, via: str) -> dict[str, Decimal]:
        """Coins to be hedged, futures included, but for those in `via`: they are the hedge that is there already."""
        net = {coin: self.net_base(coin) for coin in self.coins() if coin not in STABLECOINS and coin != via}
        held = self.holding(via)
        amounts = {**net, via: held.amount_base if held else Decimal(0)}
        return {coin: amount for coin, amount in amounts.items() if amount}

    def coins(self) -> tuple[str, ...]:
        """Every coin held or traded, once, holdings first."""
        return tuple(dict.fromkeys([held.coin for held in self.holdings] + [p.coin for p in self.positions]))

    def with_holding(self, holding: Holding) -> "Portfolio":
        """The coin's holding set to this one; an amount of zero removes it."""
        if self.holding(holding.coin) is None:
            kept = (*self.holdings, holding)
        else:
            kept = tuple(holding if held.coin == holding.coin else held for held in self.holdings)
        return replace(self, holdings=tuple(held for held in kept if held.amount_base != 0))

    def with_added(self, coin: str, amount_base: Decimal, staking_yield_per_year: Decimal | None = None) -> "Portfolio":
        """`amount_base` more of `coin`; a yield that is given replaces the old one. NotPossible below zero."""
        held = self.holding(coin) or Holding(coin, Decimal(0))
        amount = EXACT.add(held.amount_base, amount_base)
        if amount < 0:
            taken = amount_base.copy_abs()
            raise NotPossible(f"{held.amount_base:f} {coin} are held, so {taken:f} cannot be taken away.")
        yield_per_year = held.staking_yield_per_year if staking_yield_per_year is None else staking_yield_per_year
        return self.with_holding(Holding(coin, amount, yield_per_year))

    def with_position(self, position: FuturesPosition) -> "Portfolio":
        """The position of that coin, side and exchange set to this one; an amount of zero removes it."""
        others = tuple(p for p in self.positions if p.place != position.place)
        return replace(self, positions=(*others, position) if position.amount_base != 0 else others)

    def without(self, coin: str) -> "Portfolio":
        """Neither holding nor positions in `coin`."""
        return Portfolio(
            tuple(held for held in self.holdings if held.coin != coin),
            tuple(position for position in self.positions if position.coin != coin),
        )
