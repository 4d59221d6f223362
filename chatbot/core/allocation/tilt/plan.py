"""The plan of a tilt: its legs on the exchange where they cost least, beside the same change by selling coins.

Laws: the dollars of a full tilt sum to zero within a step of each leg; margin is notional over leverage.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from statistics import median

from chatbot.core.allocation.tilt.change import Change, CoinChange
from chatbot.core.allocation.tilt.figures import (
    NEVER,
    BreakEven,
    Delta,
    LegBeta,
    Stop,
    break_even,
    daily_quote,
    delta_of,
    once_quote,
    stop_of,
)
from chatbot.core.allocation.tilt.legs import Leg, Terms, leg_of, moved_quote
from chatbot.core.allocation.tilt.spot import SpotWay
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import Snapshot, exchange_name
from chatbot.core.portfolio import Side
from chatbot.core.quantities import whole_sum

OLD = timedelta(minutes=1)  # said in the first line
TOO_OLD = timedelta(minutes=10)  # sizes nothing
GUIDE_LEVERAGE = Decimal(5)  # tactical positions are 2x to 5x
FIT = Decimal("0.95")  # of what was wanted: less is coarse
MARKS_APART = Decimal("0.05")
BIG_ORDER_SHARE = Decimal("0.01")  # of what is traded in 24 hours
SMALL_MARKET_QUOTE = Decimal(20_000_000)
FEWEST_DEVIATIONS = 2.0
MOVES = tuple(Decimal(move) for move in ("-0.3", "-0.1", "0.1", "0.3"))
NOTHING = Decimal(0)


class Caution(Enum):
    """What the reader must know before acting; `render` finds the words and the number."""

    OLD_PRICE = "old price"
    LIQUIDATED_BEFORE_STOP = "liquidated before the stop"
    LIQUIDATION_WITHIN_TWO_SIGMA = "liquidation within two deviations"
    LEVERAGE_ABOVE_GUIDE = "leverage above the guide"
    EXPIRES_WITHIN_HORIZON = "expires within the horizon"
    BOOK_TOO_THIN = "not fillable in the visible book"
    BIG_ORDER = "above one percent of the day's volume"
    COARSE_CONTRACT = "coarse contract"
    SMALL_MARKET = "small market"
    TIERS_UNKNOWN = "tiers unknown"
    FUNDING_SUSPICIOUS = "funding suspicious"
    FUNDING_UNKNOWN = "funding unknown"


@dataclass(frozen=True, slots=True)
class Warned:
    """A caution about one leg."""

    caution: Caution
    leg: Leg


@dataclass(frozen=True, slots=True)
class Moved:
    """What one leg alone has gained or lost at a move of its price, before costs, and as a part of its margin."""

    move_share: Decimal
    result_quote: Decimal
    margin_share: Decimal
    is_liquidated: bool


@dataclass(frozen=True, slots=True)
class Venue:
    """All legs on one exchange; None: no exchange has them all, each is where it costs least."""

    exchange: str | None
    legs: tuple[Leg, ...]

    @property
    def cost_quote(self) -> Decimal | None:
        """Over the horizon; None where a part is not known."""
        return whole_sum(leg.cost.total_quote for leg in self.legs)


@dataclass(frozen=True, slots=True)
class TiltPlan:
    """What an answer says, with what it was worked out from. `others`: exchanges that could take it, by cost.

    `break_even` None: a cost is not known. `moved`: of a single leg. `weighed_at`: of the oldest price by which
    what is held was weighed, None for an amount that was stated.
    """

    change: Change
    terms: Terms
    planned_at: datetime
    venue: Venue
    others: tuple[Venue, ...]
    betas: tuple[LegBeta, ...]
    delta: Delta
    stop: Stop
    once_quote: Decimal | None
    daily_quote: Decimal | None
    spot: SpotWay
    break_even: BreakEven | None
    moved: tuple[Moved, ...]
    cautions: tuple[Warned, ...]
    outages: tuple[Outage, ...]
    weighed_at: datetime | None = None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Longs first."""
        return self.venue.legs

    @property
    def margin_quote(self) -> Decimal:
        """Of all legs."""
        return sum((leg.margin_quote for leg in self.legs), NOTHING)

    @property
    def as_of(self) -> datetime:
        """Of the oldest price."""
        times = [leg.as_of for leg in self.legs]
        return min(times if self.weighed_at is None else [*times, self.weighed_at])


class TooSmall(NotPossible):
    """A leg is below the smallest order everywhere; it would take `times` the capital."""

    def __init__(self, leg: Leg) -> None:
        super().__init__(f"A leg of this size in {leg.coin} is below every smallest order here.")
        self.leg = leg

    @property
    def factor(self) -> Decimal:
        """How many times the capital would do, a little rounded up."""
        return self.leg.sizing.smallest_quote / self.leg.wanted_quote * Decimal("1.01")


class NoSuchContract(NotPossible):
    """No exchange that was looked at has a contract of `coin`."""

    def __init__(self, coin: str, exchange: str | None) -> None:
        where = f"{exchange_name(exchange)} has no" if exchange else "No exchange here has a"
        super().__init__(f"{where} contract of {coin} that gave a price.")
        self.coin = coin


def plan_tilt(
    change: Change,
    terms: Terms,
    snapshots: Sequence[Snapshot],
    spot: SpotWay,
    *,
    now: datetime,
    betas: Mapping[str, LegBeta],
    volatilities: Mapping[str, float],
    outages: Sequence[Outage] = (),
    weighed_at: datetime | None = None,
) -> TiltPlan:
    """Every leg on one exchange where one has them all. `snapshots`: one of each exchange and coin; `betas`: of each.

    Raises MarketUnavailable without a fresh price, NoSuchContract, TooSmall, LeverageRefused; NotPossible for a change
    with a trouble.
    """
    if change.trouble is not None:
        raise NotPossible(f"There is nothing to plan: {change.trouble.value}.")
    fresh = [each for each in snapshots if now - each.quote.as_of <= TOO_OLD]
    if not fresh or (weighed_at is not None and now - weighed_at > TOO_OLD):
        raise MarketUnavailable(
            "No exchange gave a price in the last ten minutes, and nothing is sized without.", outages
        )
    offers = {each.coin: _offers(each, fresh, terms, volatilities.get(each.coin), now) for each in change.moved}
    venues = _ranked(_venues(change, offers, terms), offers, now)
    chosen = next((each for each in venues if each.exchange == terms.preferred), venues[0])
    once, daily = once_quote(chosen.legs), daily_quote(chosen.legs, terms.horizon, now)
    known = {leg.coin: betas[leg.coin] for leg in chosen.legs}
    stop = stop_of(chosen.legs, terms.stop_share)
    return TiltPlan(
        change=change,
        terms=terms,
        planned_at=now,
        venue=chosen,
        others=tuple(each for each in venues if each is not chosen),
        betas=tuple(known.values()),
        delta=delta_of(chosen.legs, known),
        stop=stop,
        once_quote=once,
        daily_quote=daily,
        spot=spot,
        break_even=_break_even(once, daily, spot, _life(chosen.legs, now)),
        moved=_moved(chosen.legs),
        cautions=tuple(_cautions(chosen.legs, terms, now)),
        outages=(*outages, *_old(snapshots, fresh)),
        weighed_at=weighed_at,
    )


def _old(snapshots: Sequence[Snapshot], fresh: Sequence[Snapshot]) -> tuple[Outage, ...]:
    left = (each.quote for each in snapshots if each not in fresh)
    found = (Outage(quote.instrument.exchange, "gave only an old price", quote.as_of) for quote in left)
    return tuple({outage.exchange: outage for outage in found}.values())


def _offers(
    change: CoinChange, snapshots: Sequence[Snapshot], terms: Terms, volatility_per_year: float | None, now: datetime
) -> tuple[Leg, ...]:
    """The leg on each market of the coin that takes it; LeverageRefused or TooSmall where none does, NoSuchContract
    where there is none."""
    legs: list[Leg] = []
    refused: list[LeverageRefused] = []
    for snapshot in snapshots:
        if snapshot.instrument.coin != change.coin or terms.exchange not in (None, snapshot.instrument.exchange):
            continue
        try:
            legs.append(leg_of(change, snapshot, terms, volatility_per_year, now))
        except LeverageRefused as problem:
            refused.append(problem)
    taken = tuple(leg for leg in legs if leg.sizing.is_orderable)
    if taken:
        return taken
    if legs:
        raise TooSmall(min(legs, key=lambda leg: leg.sizing.smallest_quote))
    if refused:
        raise refused[0]
    raise NoSuchContract(change.coin, terms.exchange)


def _venues(change: Change, offers: Mapping[str, Sequence[Leg]], terms: Terms) -> list[Venue]:
    found: list[Venue] = []
    for exchange in dict.fromkeys(leg.instrument.exchange for legs in offers.values() for leg in legs):
        legs = [leg for each in change.moved for leg in offers[each.coin] if leg.instrument.exchange == exchange]
        if len(legs) == len(change.moved):
            found.append(Venue(exchange, tuple(legs)))
    return found or [Venue(None, tuple(min(offers[each.coin], key=_leg_rank) for each in change.moved))]


def _leg_rank(leg: Leg) -> tuple[bool, Decimal]:
    return leg.cost.total_quote is None, leg.cost.total_quote or NOTHING


def _ranked(venues: Sequence[Venue], offers: Mapping[str, Sequence[Leg]], now: datetime) -> list[Venue]:
    """By cost; coarse contracts, then doubtful prices and unknown costs last."""
    usual = {coin: median(leg.sizing.price_quote for leg in legs) for coin, legs in offers.items()}

    def rank(venue: Venue) -> tuple[bool, bool, Decimal]:
        is_coarse = any(leg.sizing.hedged_share < FIT for leg in venue.legs)
        is_doubtful = venue.cost_quote is None or any(
            leg.funding.is_suspicious
            or now - leg.as_of > OLD
            or abs(leg.sizing.price_quote / usual[leg.coin] - 1) > MARKS_APART
            for leg in venue.legs
        )
        return is_coarse, is_doubtful, venue.cost_quote or NOTHING

    return sorted(venues, key=rank)


def _life(legs: Sequence[Leg], now: datetime) -> timedelta:
    """Until the first of them expires."""
    return min(
        (leg.instrument.expires_at - now for leg in legs if leg.instrument.expires_at is not None), default=NEVER
    )


def _break_even(once: Decimal | None, daily: Decimal | None, spot: SpotWay, longest: timedelta) -> BreakEven | None:
    if once is None or daily is None or spot.cost_quote is None:
        return None
    return break_even(once, daily, spot.cost_quote, longest)


def _moved(legs: Sequence[Leg]) -> tuple[Moved, ...]:
    if len(legs) != 1:
        return ()
    results = ((move, *moved_quote(legs[0], move)) for move in MOVES)
    return tuple(Moved(move, result, result / legs[0].margin_quote, is_gone) for move, result, is_gone in results)


def _cautions(legs: Sequence[Leg], terms: Terms, now: datetime) -> Iterable[Warned]:
    """In the order of weight."""
    warned = [Warned(caution, leg) for leg in legs for caution in _of_leg(leg, terms, is_alone=len(legs) == 1, now=now)]
    order = tuple(Caution)
    return sorted(warned, key=lambda each: order.index(each.caution))


def _of_leg(leg: Leg, terms: Terms, *, is_alone: bool, now: datetime) -> tuple[Caution, ...]:
    size, volume, room = leg.sizing, leg.volume_day_quote, leg.room
    deviations = room.room_deviations if room else None
    room_share = room.room_share if room else None
    found = {
        Caution.OLD_PRICE: now - leg.as_of > OLD,
        Caution.LIQUIDATED_BEFORE_STOP: room_share is not None
        and abs(room_share) <= _stop_move(leg, terms, is_alone=is_alone),
        Caution.LIQUIDATION_WITHIN_TWO_SIGMA: deviations is not None and deviations < FEWEST_DEVIATIONS,
        Caution.LEVERAGE_ABOVE_GUIDE: terms.leverage > GUIDE_LEVERAGE,
        Caution.EXPIRES_WITHIN_HORIZON: leg.instrument.has_expired(now + terms.horizon),
        Caution.BOOK_TOO_THIN: leg.is_book_visible and leg.cost.slippage_quote is None,
        Caution.BIG_ORDER: volume is not None and size.notional_quote > BIG_ORDER_SHARE * volume,
        Caution.COARSE_CONTRACT: size.hedged_share < FIT,
        Caution.SMALL_MARKET: volume is not None and volume < SMALL_MARKET_QUOTE,
        Caution.TIERS_UNKNOWN: room is None,
        Caution.FUNDING_SUSPICIOUS: leg.funding.is_suspicious,
        Caution.FUNDING_UNKNOWN: leg.funding.expected_quote is None,
    }
    return tuple(caution for caution, holds in found.items() if holds)


def _stop_move(leg: Leg, terms: Terms, *, is_alone: bool) -> Decimal:
    """How far this leg's price goes until the stop, if it alone moves."""
    if is_alone or leg.side is Side.LONG:
        return terms.stop_share
    return 1 / (1 - terms.stop_share) - 1
