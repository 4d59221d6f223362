"""What the legs of a tilt come to together: deltas, the stop, and the days until the other way is cheaper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.allocation.tilt.legs import Leg
from chatbot.core.hedging.pair import (
    PairLeg,
    beta_delta_usd,
    dollar_delta_usd,
    losses_at_stop_quote,
    neutral_factor,
    ratio_base,
)
from chatbot.core.portfolio import Side
from chatbot.core.quantities import whole_sum
from chatbot.core.statistics import Beta

ONE, NOTHING = Decimal(1), Decimal(0)
BITCOIN = "BTC"
NEVER = timedelta(days=36_500)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LegBeta:
    """Beta to bitcoin over 90 days, and over a year where there is more; floats have no unit. None: not measured."""

    coin: str
    beta: float | None
    days: int = 0
    standard_error: float | None = None
    year_beta: float | None = None
    year_days: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """Of all legs, signed. `beta_usd`: in dollars of bitcoin, None without every beta; `year_beta_usd` over a year.

    `neutral`: the dollars that each short (of several legs) would need for a beta delta of zero; empty where unknown.
    """

    dollars_usd: Decimal
    beta_usd: Decimal | None
    year_beta_usd: Decimal | None
    neutral: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a tilt has gone `stop_share` against its maker.

    Of one long and one short `ratio_base` is the price of the long coin in coins of the short one, and `stop_base` that
    at which it stops. Of one leg alone `stop_quote` is a price. `long_loss_quote`: only the longs fall;
    `short_loss_quote`: only the shorts rise until the ratio is there.
    """

    stop_share: Decimal
    ratio_base: Decimal | None
    stop_base: Decimal | None
    stop_quote: Decimal | None
    long_loss_quote: Decimal
    short_loss_quote: Decimal


class Way(Enum):
    """How a change of weights is made."""

    FUTURES = "futures"
    SPOT = "spot"


@dataclass(frozen=True, slots=True)
class BreakEven:
    """`first` is cheaper at the start, and until `after` if ever (None: never dearer)."""

    first: Way
    after: timedelta | None


def beta_of(coin: str, recent: Beta | None, year: Beta | None) -> LegBeta:
    """Bitcoin against itself is one; a year counts where it holds more days."""
    if coin == BITCOIN:
        return LegBeta(coin, 1.0, year_beta=1.0)
    if recent is None:
        return LegBeta(coin, None)
    has_more = year is not None and year.days > recent.days
    return LegBeta(
        coin,
        recent.beta,
        recent.days,
        recent.standard_error,
        year.beta if has_more and year else None,
        year.days if has_more and year else 0,
    )


def delta_of(legs: Sequence[Leg], betas: Mapping[str, LegBeta]) -> Delta:
    """Dollars are not beta: a dollar of a coin with beta 1.44 moves as 1.44 dollars of bitcoin."""
    recent = _pair(legs, {coin: each.beta for coin, each in betas.items()})
    year = _pair(legs, {coin: _year(each) for coin, each in betas.items()})
    has_year = any(betas[leg.coin].year_days for leg in legs)
    return Delta(
        dollars_usd=dollar_delta_usd(recent),
        beta_usd=beta_delta_usd(recent),
        year_beta_usd=beta_delta_usd(year) if has_year else None,
        neutral=_neutral(legs, neutral_factor(recent)),
    )


def _pair(legs: Sequence[Leg], betas: Mapping[str, float | None]) -> tuple[PairLeg, ...]:
    return tuple(
        PairLeg(leg.side, leg.sizing.notional_quote, leg.sizing.price_quote, betas.get(leg.coin)) for leg in legs
    )


def _year(beta: LegBeta) -> float | None:
    return beta.beta if beta.year_beta is None else beta.year_beta


def _neutral(legs: Sequence[Leg], factor: Decimal | None) -> tuple[tuple[str, Decimal], ...]:
    """The shorts scaled until their beta equals that of the longs."""
    if factor is None:
        return ()
    return tuple((leg.coin, leg.sizing.notional_quote * factor) for leg in legs if leg.side is Side.SHORT)


def stop_of(legs: Sequence[Leg], stop_share: Decimal) -> Stop:
    """Of both sides by the ratio of prices, of one leg alone by its own price."""
    if len(legs) == 1:
        (leg,) = legs
        loss = leg.sizing.notional_quote * stop_share
        longs, shorts = (loss, NOTHING) if leg.side is Side.LONG else (NOTHING, loss)
        price = leg.sizing.price_quote * (ONE - leg.side.sign * stop_share)
        return Stop(stop_share, None, None, price, longs, shorts)
    sides = _pair(legs, {})
    ratio = ratio_base(sides)
    below = None if ratio is None else ratio * (ONE - stop_share)
    return Stop(stop_share, ratio, below, None, *losses_at_stop_quote(sides, stop_share))


def once_quote(legs: Sequence[Leg]) -> Decimal | None:
    """What the futures cost however long they are held: fees, slippage, and the premium of perpetuals.

    None where one of them is not known.
    """
    fees = [leg.cost.fees_quote for leg in legs]
    slippage = [leg.cost.slippage_quote for leg in legs]
    return whole_sum([*fees, *slippage, *(leg.cost.basis_quote for leg in legs if not leg.is_dated)])


def daily_quote(legs: Sequence[Leg], horizon: timedelta, now: datetime) -> Decimal | None:
    """What they cost a day (below zero: earn): expected funding, and of dated contracts the basis."""
    return whole_sum(_leg_daily_quote(leg, horizon, now) for leg in legs)


def _leg_daily_quote(leg: Leg, horizon: timedelta, now: datetime) -> Decimal | None:
    ends_at = leg.instrument.expires_at
    length = horizon if ends_at is None else min(horizon, ends_at - now)
    whole = leg.cost.funding_quote if ends_at is None else leg.cost.basis_quote
    return None if whole is None else whole / Decimal(length / DAY)


def break_even(futures_quote: Decimal, daily: Decimal, spot_quote: Decimal, longest: timedelta = NEVER) -> BreakEven:
    """From what the futures cost once, what they cost a day (`daily`, in quote), and what spot costs once.

    `longest`: how long the contracts live; what comes later never comes.
    """
    first = Way.FUTURES if futures_quote <= spot_quote else Way.SPOT
    nears = daily > 0 if first is Way.FUTURES else daily < 0
    if not nears:
        return BreakEven(first, None)
    days = float((spot_quote - futures_quote) / daily)
    return BreakEven(first, timedelta(days=days) if days <= longest / DAY else None)
