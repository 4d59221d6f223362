"""What the legs of a tilt come to together: deltas, the stop, and the days until the other way is cheaper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.allocation.tilt.legs import Leg
from chatbot.core.portfolio import Side
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
    recent = {leg.coin: betas[leg.coin].beta for leg in legs}
    year = {leg.coin: _year(betas[leg.coin]) for leg in legs}
    has_year = any(betas[leg.coin].year_days for leg in legs)
    return Delta(
        dollars_usd=sum((leg.delta_usd for leg in legs), NOTHING),
        beta_usd=_beta_usd(legs, recent),
        year_beta_usd=_beta_usd(legs, year) if has_year else None,
        neutral=_neutral(legs, recent),
    )


def _year(beta: LegBeta) -> float | None:
    return beta.beta if beta.year_beta is None else beta.year_beta


def _beta_usd(legs: Sequence[Leg], betas: Mapping[str, float | None]) -> Decimal | None:
    parts = [None if (beta := betas[leg.coin]) is None else leg.delta_usd * Decimal(repr(beta)) for leg in legs]
    known = [part for part in parts if part is not None]
    return sum(known, NOTHING) if len(known) == len(parts) else None


def _neutral(legs: Sequence[Leg], betas: Mapping[str, float | None]) -> tuple[tuple[str, Decimal], ...]:
    """The shorts scaled until their beta equals that of the longs."""
    shorts = [leg for leg in legs if leg.side is Side.SHORT]
    long_usd = _beta_usd([leg for leg in legs if leg.side is Side.LONG], betas)
    short_usd = _beta_usd(shorts, betas)
    if not long_usd or not short_usd or long_usd <= 0 or short_usd >= 0:
        return ()
    return tuple((leg.coin, leg.sizing.notional_quote * long_usd / -short_usd) for leg in shorts)


def stop_of(legs: Sequence[Leg], stop_share: Decimal) -> Stop:
    """Law: the ratio ends `stop_share` lower, by the longs falling that much or the shorts rising `1/(1-stop) - 1`."""
    longs, shorts = (_sum_quote(legs, side) for side in (Side.LONG, Side.SHORT))
    if len(legs) == 1:
        leg = legs[0]
        price = leg.sizing.price_quote * (ONE - leg.side.sign * stop_share)
        return Stop(stop_share, None, None, price, longs * stop_share, shorts * stop_share)
    ratio = _ratio(legs)
    rise_share = ONE / (ONE - stop_share) - ONE
    below = None if ratio is None else ratio * (ONE - stop_share)
    return Stop(stop_share, ratio, below, None, longs * stop_share, shorts * rise_share)


def _sum_quote(legs: Sequence[Leg], side: Side) -> Decimal:
    return sum((leg.sizing.notional_quote for leg in legs if leg.side is side), NOTHING)


def _ratio(legs: Sequence[Leg]) -> Decimal | None:
    if [leg.side for leg in legs] != [Side.LONG, Side.SHORT]:
        return None
    return legs[0].sizing.price_quote / legs[1].sizing.price_quote


def once_quote(legs: Sequence[Leg]) -> Decimal | None:
    """What the futures cost however long they are held: fees, slippage, and the premium of perpetuals.

    None where one of them is not known.
    """
    parts = [leg.cost.slippage_quote for leg in legs]
    parts.extend(leg.cost.basis_quote for leg in legs if not leg.is_dated)
    known = [part for part in parts if part is not None]
    fees = sum((leg.cost.fees_quote for leg in legs), NOTHING)
    return fees + sum(known, NOTHING) if len(known) == len(parts) else None


def daily_quote(legs: Sequence[Leg], horizon: timedelta, now: datetime) -> Decimal | None:
    """What they cost a day (below zero: earn): expected funding, and of dated contracts the basis."""
    parts = [_leg_daily_quote(leg, horizon, now) for leg in legs]
    known = [part for part in parts if part is not None]
    return sum(known, NOTHING) if len(known) == len(parts) else None


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
