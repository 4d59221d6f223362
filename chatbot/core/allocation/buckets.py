"""Which bucket a coin is in, and what each bucket holds: money in it, and what it is exposed to.

Laws: a person's word comes before the catalogue; what the catalogue does not know is a small cap; futures count as
money at what they tie up (margin at entry with what was won or lost since) and at their notional as exposure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.catalogue import CATALOGUE, Size, size_of
from chatbot.core.chats import AllocationChoice, Bucket
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Portfolio

_OF_SIZE: Mapping[Size, Bucket] = {Size.LARGE: Bucket.FOUNDATION, Size.MID: Bucket.GROWTH, Size.SMALL: Bucket.SMALL}


@dataclass(frozen=True, slots=True)
class Stake:
    """Money in one coin or one futures position. `value_usd` is what it ties up, `exposure_usd` what it moves with."""

    coin: str
    bucket: Bucket
    value_usd: Decimal
    exposure_usd: Decimal
    position: FuturesPosition | None = None


def bucket_of(coin: str, choice: AllocationChoice) -> Bucket:
    """Of coins held: a person's own word, stables, then the catalogue."""
    own = dict(choice.buckets).get(coin)
    if own is not None:
        return own
    return Bucket.STABLES if coin in STABLECOINS else _OF_SIZE[size_of(coin)]


def bucket_of_position(position: FuturesPosition, choice: AllocationChoice) -> Bucket:
    """Positions in small caps are the futures bucket; the margin of others, hedges above all, is taken from stables."""
    return Bucket.FUTURES if bucket_of(position.coin, choice) is Bucket.SMALL else Bucket.STABLES


def is_unknown(coin: str, choice: AllocationChoice) -> bool:
    """Whether it is a small cap only because nobody said what it is."""
    return coin not in CATALOGUE and coin not in STABLECOINS and coin not in dict(choice.buckets)


def stakes_of(portfolio: Portfolio, prices: Mapping[str, Decimal], choice: AllocationChoice) -> tuple[Stake, ...]:
    """Everything that has a price, holdings first."""
    held = [
        Stake(each.coin, bucket_of(each.coin, choice), value, _exposed(each.coin, value))
        for each in portfolio.holdings
        if each.coin in prices
        for value in (each.amount_base * prices[each.coin],)
    ]
    positions = [
        Stake(
            each.coin,
            bucket_of_position(each, choice),
            each.tied_up_quote(prices[each.coin]),
            each.delta_base * prices[each.coin],
            each,
        )
        for each in portfolio.positions
        if each.coin in prices
    ]
    return (*held, *positions)


def total_usd(stakes: Iterable[Stake]) -> Decimal:
    """The capital: coins at their value, futures at what they tie up."""
    return sum((each.value_usd for each in stakes), Decimal(0))


def _exposed(coin: str, value_usd: Decimal) -> Decimal:
    return Decimal(0) if coin in STABLECOINS else value_usd
