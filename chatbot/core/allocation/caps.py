"""The caps of small-cap futures and the leverage guide. Law: a breach carries the number that would comply."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from chatbot.core.allocation.buckets import Stake
from chatbot.core.allocation.targets import Target
from chatbot.core.chats import Bucket
from chatbot.core.portfolio import Side

LOWEST_CAP_SHARE, HIGHEST_CAP_SHARE = Decimal("0.05"), Decimal("0.15")
ONE_POSITION_SHARE = Decimal("0.01")
HIGHEST_LEVERAGE = Decimal(5)  # of a tactical position; 5x to 10x is for confirmed momentum alone
USUAL_MAINTENANCE_SHARE = Decimal("0.005")


class Cap(Enum):
    """What is too large."""

    TARGET = "target"  # the share of small-cap futures that is aimed at
    BUCKET = "bucket"  # the margin of all positions in small caps
    POSITION = "position"  # that of one
    LEVERAGE = "leverage"


@dataclass(frozen=True, slots=True)
class Breach:
    """`found_share` is above `allowed_share` of the capital; `allowed_usd` of margin would comply.

    `coin`, `side` and `leverage` are of the position. `notional_usd`: its size.

    `loss_usd` and `wipe_out_share`: what is gone, and the move at which, about, at this leverage.
    """

    cap: Cap
    coin: str | None = None
    side: Side | None = None
    notional_usd: Decimal | None = None
    found_share: Decimal | None = None
    allowed_share: Decimal | None = None
    allowed_usd: Decimal | None = None
    leverage: Decimal | None = None
    loss_usd: Decimal | None = None
    wipe_out_share: Decimal | None = None


def breaches_of(target: Target | None, stakes: Sequence[Stake], capital_usd: Decimal) -> tuple[Breach, ...]:
    """Of the target first, then of what is held."""
    positions = [each for each in stakes if each.position is not None]
    return (
        *_of_target(target, capital_usd),
        *_of_bucket(target, positions, capital_usd),
        *(breach for each in positions for breach in of_position(each, capital_usd)),
    )


def wipe_out_share(leverage: Decimal) -> Decimal:
    """About how far the price may go against a position: `1/leverage` less maintenance margin of 0.5 %."""
    return max(1 / leverage - USUAL_MAINTENANCE_SHARE, Decimal(0))


def of_position(stake: Stake, capital_usd: Decimal) -> Iterator[Breach]:
    """One futures position: its margin where it is in a small cap, and its leverage."""
    position = stake.position
    assert position is not None
    share = stake.value_usd / capital_usd
    of = (stake.coin, position.side, abs(stake.exposure_usd))
    if stake.bucket is Bucket.FUTURES and share >= ONE_POSITION_SHARE:
        allowed = ONE_POSITION_SHARE * capital_usd
        yield Breach(Cap.POSITION, *of, share, ONE_POSITION_SHARE, allowed, position.leverage)
    leverage = position.leverage
    if leverage is not None and leverage > HIGHEST_LEVERAGE:
        yield Breach(
            Cap.LEVERAGE,
            *of,
            leverage=leverage,
            loss_usd=stake.value_usd,
            wipe_out_share=wipe_out_share(leverage),
        )


def _of_target(target: Target | None, capital_usd: Decimal) -> Iterator[Breach]:
    if target is not None and target.futures_share > HIGHEST_CAP_SHARE:
        allowed = HIGHEST_CAP_SHARE * capital_usd
        yield Breach(Cap.TARGET, found_share=target.futures_share, allowed_share=HIGHEST_CAP_SHARE, allowed_usd=allowed)


def _of_bucket(target: Target | None, positions: Sequence[Stake], capital_usd: Decimal) -> Iterator[Breach]:
    cap = min(target.futures_cap_share, HIGHEST_CAP_SHARE) if target else HIGHEST_CAP_SHARE
    margins = sum((each.value_usd for each in positions if each.bucket is Bucket.FUTURES), Decimal(0))
    share = margins / capital_usd
    if share > cap:
        yield Breach(Cap.BUCKET, found_share=share, allowed_share=cap, allowed_usd=cap * capital_usd)
