"""What a tilt changes: the dollars in each coin now, and then.

Law: between coins the changes sum to zero; the dollars that one coin alone frees stay dollars.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from chatbot.core.portfolio import STABLECOINS, Portfolio, Side

NEGLIGIBLE_SHARE = Decimal("0.0005")  # of the capital, twentieths of a point: no leg is opened for less
NOTHING = Decimal(0)


class Kind(Enum):
    """Between coins, one coin against dollars, or more of a coin on margin."""

    TILT = "tilt"
    SINGLE = "single"
    ENHANCE = "enhance"


class Trouble(Enum):
    """Why there is nothing to plan."""

    NOTHING_HELD = "none of the coins is held"
    NET_SHORT = "more is short than held"
    NO_CHANGE = "the target is where it is already"
    RAISES_ALONE = "one coin alone is only lowered"


@dataclass(frozen=True, slots=True)
class CoinChange:
    """The dollars exposed to one coin. `held_base`: coins that could be sold, None where the amount was stated."""

    coin: str
    from_usd: Decimal
    to_usd: Decimal
    held_base: Decimal | None = None

    @property
    def change_usd(self) -> Decimal:
        """Above zero: more of it."""
        return self.to_usd - self.from_usd

    @property
    def side(self) -> Side:
        """Of the leg that makes the change."""
        return Side.LONG if self.change_usd > 0 else Side.SHORT


@dataclass(frozen=True, slots=True)
class Change:
    """`capital_usd` is what the weights are parts of; for ENHANCE the margin that is put in.

    `left_out`: coins that are held and have no price, so that the capital is without them.
    """

    kind: Kind
    capital_usd: Decimal
    coins: tuple[CoinChange, ...]
    is_stated: bool
    is_neutral: bool = False  # in beta, so not in dollars
    left_out: tuple[str, ...] = ()

    @property
    def moved(self) -> tuple[CoinChange, ...]:
        """The coins that need a leg, the bought ones first; dollars need none."""
        least = NEGLIGIBLE_SHARE * self.capital_usd
        found = [each for each in self.coins if abs(each.change_usd) >= least and each.coin not in STABLECOINS]
        return tuple(sorted(found, key=lambda each: -each.side.sign))

    @property
    def is_full(self) -> bool:
        """Whether what is bought equals what is sold: a tilt between coins, no dollars among them."""
        is_between_coins = all(each.coin not in STABLECOINS for each in self.coins if each.change_usd != 0)
        return self.kind is Kind.TILT and is_between_coins and not self.is_neutral

    @property
    def trouble(self) -> Trouble | None:
        """Why it cannot be planned; None where it can."""
        if self.capital_usd <= 0:
            is_short = any(each.from_usd < 0 for each in self.coins)
            return Trouble.NET_SHORT if is_short else Trouble.NOTHING_HELD
        if self.kind is Kind.SINGLE and self.coins[0].from_usd <= 0:
            return Trouble.NET_SHORT if self.coins[0].from_usd < 0 else Trouble.NOTHING_HELD
        if not self.moved:
            return Trouble.NO_CHANGE
        if self.kind is Kind.SINGLE and self.coins[0].side is Side.LONG:
            return Trouble.RAISES_ALONE
        return None


def stated(
    coins: Sequence[str], from_shares: Sequence[Decimal], to_shares: Sequence[Decimal], capital_usd: Decimal
) -> Change:
    """Weights of an amount that was said: one coin against dollars, or coins whose weights sum to one each."""
    changes = [
        CoinChange(coin, before * capital_usd, after * capital_usd)
        for coin, before, after in zip(coins, from_shares, to_shares, strict=True)
    ]
    return Change(_kind(coins), capital_usd, tuple(changes), is_stated=True)


def held(
    coins: Sequence[str], to_shares: Sequence[Decimal], portfolio: Portfolio, prices: Mapping[str, Decimal]
) -> Change:
    """From what is held, recorded futures in these coins counted in; a coin that is not held counts as zero.

    One coin: its weight in everything that is held and has a price. Several: of these coins together; a stablecoin
    among them stands for all that are held. `prices` must have each of `coins`.
    """
    exposed = [_exposed_usd(coin, portfolio, prices) for coin in coins]
    kind = _kind(coins)
    capital = _worth_usd(portfolio, prices) if kind is Kind.SINGLE else sum(exposed, NOTHING)
    changes = [
        CoinChange(coin, before, share * capital, _held_base(coin, portfolio))
        for coin, before, share in zip(coins, exposed, to_shares, strict=True)
    ]
    unpriced = [each.coin for each in portfolio.holdings if each.coin not in prices]
    left_out = tuple(unpriced) if kind is Kind.SINGLE else ()
    return Change(kind, capital, tuple(changes), is_stated=False, left_out=left_out)


def enhanced(coin: str, margin_usd: Decimal, leverage: Decimal) -> Change:
    """A long of `margin_usd * leverage`, on top of whatever is held."""
    return Change(Kind.ENHANCE, margin_usd, (CoinChange(coin, NOTHING, margin_usd * leverage),), is_stated=True)


def neutralised(change: Change, betas: Mapping[str, float]) -> Change | None:
    """The same with what is lowered scaled until its beta equals that of what is raised; None where that cannot be.

    It cannot without a beta above zero of every coin that moves, with one side alone, or where more of a coin would be
    sold than there is.
    """
    moved = {each.coin: each for each in change.moved}
    if any(betas.get(coin, 0) <= 0 for coin in moved):
        return None
    weighted = [each.change_usd * Decimal(repr(betas[coin])) for coin, each in moved.items()]
    raised = sum((each for each in weighted if each > 0), NOTHING)
    lowered = -sum((each for each in weighted if each < 0), NOTHING)
    if not raised or not lowered:
        return None
    scaled = [
        replace(each, to_usd=each.from_usd + each.change_usd * raised / lowered)
        if each.coin in moved and each.side is Side.SHORT
        else each
        for each in change.coins
    ]
    if any(each.to_usd < 0 for each in scaled):
        return None
    return replace(change, coins=tuple(scaled), is_neutral=True)


def _kind(coins: Sequence[str]) -> Kind:
    return Kind.SINGLE if len(coins) == 1 else Kind.TILT


def _exposed_usd(coin: str, portfolio: Portfolio, prices: Mapping[str, Decimal]) -> Decimal:
    if coin in STABLECOINS:
        dollars = (each for each in portfolio.holdings if each.coin in STABLECOINS and each.coin in prices)
        return sum((each.amount_base * prices[each.coin] for each in dollars), NOTHING)
    return portfolio.net_base(coin) * prices[coin]


def _held_base(coin: str, portfolio: Portfolio) -> Decimal:
    holding = portfolio.holding(coin)
    return holding.amount_base if holding else NOTHING


def _worth_usd(portfolio: Portfolio, prices: Mapping[str, Decimal]) -> Decimal:
    values = (each.amount_base * prices[each.coin] for each in portfolio.holdings if each.coin in prices)
    return sum(values, NOTHING)
