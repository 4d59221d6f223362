"""The plan of a hedge: everything that an answer to /hedge says, worked out once from what was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from statistics import median

from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.hedging.by_hand import BY_HAND
from chatbot.core.hedging.cost import (
    BasisOutlook,
    FundingOutlook,
    HorizonCost,
    basis_outlook,
    funding_outlook,
    horizon_cost,
)
from chatbot.core.hedging.dated import DatedAlternative, dated_alternative
from chatbot.core.hedging.room import Room, room_of_short
from chatbot.core.hedging.scenarios import Hedged, Scenario, scenarios
from chatbot.core.hedging.sizing import Sizing, size_direct, size_value
from chatbot.core.hedging.terms import Exposure, Proxy, RejectedProxy, Terms
from chatbot.core.markets import DECENTRALISED, Instrument, Snapshot, exchange_name
from chatbot.core.portfolio import Portfolio

OLD = timedelta(minutes=1)  # said in the first line
TOO_OLD = timedelta(minutes=10)  # sizes nothing
GUIDE_LEVERAGE = Decimal(3)  # hedges are 1x to 3x
SMALL_MARKET_QUOTE = Decimal(20_000_000)  # traded in 24 hours
BIG_ORDER_SHARE = Decimal("0.01")  # of what is traded in 24 hours
WEAK_R_SQUARED = 0.5
MARKS_APART = Decimal("0.05")
OVER_SHARE = Decimal("0.001")  # of what is held: a larger excess is no rounding of somebody's futures
FIT = Decimal("0.95")  # of the best hedged share: below it, a coarser contract is not chosen by itself
DRIFT_RISE = Decimal("0.10")


class Caution(Enum):
    """What the reader must know before acting; `render` finds the words and the number."""

    OLD_PRICE = "old price"
    OVER_HEDGED = "over-hedged"
    LIQUIDATION_WITHIN_TWO_SIGMA = "liquidation within two deviations"
    LEVERAGE_ABOVE_GUIDE = "leverage above the guide"
    BOOK_TOO_THIN = "not fillable in the visible book"
    BIG_ORDER = "above one percent of the day's volume"
    SMALL_MARKET = "small market"
    COARSE_CONTRACT = "coarse contract"
    TIERS_UNKNOWN = "tiers unknown"
    FUNDING_UNKNOWN = "funding unknown"
    FUNDING_SUSPICIOUS = "funding suspicious"
    MARKS_APART = "marks apart"
    WEAK_PROXY = "weak proxy"
    EXPIRES_WITHIN_HORIZON = "expires within the horizon"


@dataclass(frozen=True, slots=True)
class Leg:
    """The hedge on one market: size, funding, basis, cost over the horizon."""

    instrument: Instrument
    sizing: Sizing
    funding: FundingOutlook
    basis: BasisOutlook | None
    cost: HorizonCost
    is_decentralised: bool
    volume_day_quote: Decimal | None
    bid_quote: Decimal | None
    is_book_visible: bool
    source: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Existing:
    """Futures of the portfolio in the contract's coin, beside the hedge: values in quote, sizes in coin.

    Where one coin is hedged through another, only the short that this other coin's own holding leaves over counts.
    `held_quote`: all there is to hedge, times beta. `over_quote` > 0: with this hedge the short is larger than that.
    `mend_base` is the one trade that brings the hedge to the share asked for: positive sells, negative buys back.
    """

    short_base: Decimal
    short_quote: Decimal
    held_quote: Decimal
    over_quote: Decimal
    mend_base: Decimal


@dataclass(frozen=True, slots=True)
class Drift:
    """What a rise of `rise_share` of the exposure leaves open, and the contracts that mend it (rounded as the size)."""

    rise_share: Decimal
    open_quote: Decimal
    mend_contracts: Decimal


@dataclass(frozen=True, slots=True)
class Carry:
    """The hedged position over the horizon, in quote: earns (+), costs (-). `net_quote` None: a part is unknown."""

    staking_quote: Decimal
    funding_quote: Decimal | None
    basis_quote: Decimal | None
    fees_quote: Decimal
    slippage_quote: Decimal | None
    net_quote: Decimal | None
    net_per_year: Decimal | None


@dataclass(frozen=True, slots=True)
class HedgePlan:
    """A hedge of `exposure` on `terms`: the chosen leg, the others by cost, margin, carry, scenarios, cautions.

    `hedged` is what the scenarios are worked out from.
    """

    exposure: Exposure
    terms: Terms
    planned_at: datetime
    wanted_quote: Decimal
    chosen: Leg
    legs: tuple[Leg, ...]
    room: Room | None
    carry: Carry
    hedged: Hedged
    scenarios: tuple[Scenario, ...]
    existing: Existing
    drift: Drift | None
    volatility_per_year: float | None
    proxy: Proxy | None
    rejected: tuple[RejectedProxy, ...]
    correlation_rule_quote: Decimal | None
    cautions: tuple[Caution, ...]
    outages: tuple[Outage, ...]
    left_out: tuple[str, ...]
    dated: DatedAlternative | None = None


class TooSmall(NotPossible):
    """Below the smallest order of what was asked; `smallest` asks the least of it, `fitting` would take the hedge."""

    def __init__(self, sentence: str, smallest: Leg, fitting: Leg | None = None) -> None:
        super().__init__(sentence)
        self.smallest = smallest
        self.fitting = fitting


def plan_hedge(
    exposure: Exposure,
    terms: Terms,
    snapshots: Sequence[Snapshot],
    *,
    now: datetime,
    portfolio: Portfolio,
    volatility_per_year: float | None = None,
    proxy: Proxy | None = None,
    rejected: Sequence[RejectedProxy] = (),
    outages: Sequence[Outage] = (),
    left_out: Sequence[str] = (),
    dated: Sequence[Snapshot] = (),
) -> HedgePlan:
    """Sizes a short of `terms.share` of the exposure on every snapshot and chooses one.

    `volatility_per_year` is that of the contract's coin. `outages`: exchanges that did not answer; `left_out`: coins of
    a portfolio that have no history; `dated`: contracts that a perpetual is to be compared with.
    Raises MarketUnavailable without a fresh snapshot, TooSmall below every smallest order, NotPossible where the
    leverage cannot be opened or a proxy does not move with the exposure.
    """
    fresh, stale = _fresh(exposure, snapshots, now, outages)
    legs = _ranked([_leg(snapshot, exposure, terms, proxy, now) for snapshot in fresh], now)
    chosen = _choose(legs, terms, (*outages, *stale))
    snapshot = next(snapshot for snapshot in snapshots if snapshot.instrument == chosen.instrument)
    room = None
    if snapshot.tiers is not None:
        room = room_of_short(
            chosen.instrument, chosen.sizing, terms.leverage, snapshot.tiers, volatility_per_year, terms.horizon
        )
    carry = _carry(exposure, terms, chosen)
    hedged = _hedged(exposure, chosen, carry, proxy)
    full_quote = exposure.value_quote * _beta(proxy)
    existing = _existing(exposure, terms, chosen, full_quote, portfolio)
    return HedgePlan(
        exposure=exposure,
        terms=terms,
        planned_at=now,
        wanted_quote=full_quote * terms.share,
        chosen=chosen,
        legs=legs,
        room=room,
        carry=carry,
        hedged=hedged,
        scenarios=scenarios(hedged, room),
        existing=existing,
        drift=_drift(chosen, proxy),
        volatility_per_year=volatility_per_year,
        proxy=proxy,
        rejected=tuple(rejected),
        correlation_rule_quote=_correlation_rule(exposure, terms, proxy),
        cautions=_cautions(exposure, chosen, legs, terms, room, existing, proxy, now),
        outages=(*outages, *stale),
        left_out=tuple(left_out),
        dated=dated_alternative(_not_too_old(dated, now), chosen.sizing, terms.horizon, now),
    )


def _not_too_old(snapshots: Sequence[Snapshot], now: datetime) -> tuple[Snapshot, ...]:
    return tuple(snapshot for snapshot in snapshots if now - snapshot.quote.as_of <= TOO_OLD)


def _fresh(
    exposure: Exposure, snapshots: Sequence[Snapshot], now: datetime, outages: Sequence[Outage]
) -> tuple[tuple[Snapshot, ...], tuple[Outage, ...]]:
    """The snapshots that may size something, and the exchanges of the others."""
    fresh = _not_too_old(snapshots, now)
    if not fresh or now - exposure.priced_at > TOO_OLD:
        raise MarketUnavailable(
            "No exchange gave a price in the last ten minutes, and nothing is sized without.", outages
        )
    left = (snapshot.quote for snapshot in snapshots if snapshot not in fresh)
    return fresh, tuple(Outage(quote.instrument.exchange, "gave only an old price", quote.as_of) for quote in left)


def _beta(proxy: Proxy | None) -> Decimal:
    if proxy is None:
        return Decimal(1)
    if proxy.beta <= 0:
        raise NotPossible(f"It moves against {proxy.coin} (beta {proxy.beta:.2f}): a short would add to the risk.")
    return Decimal(repr(proxy.beta))


def _leg(snapshot: Snapshot, exposure: Exposure, terms: Terms, proxy: Proxy | None, now: datetime) -> Leg:
    instrument, price = snapshot.instrument, snapshot.quote.mark_quote
    if proxy is None and exposure.amount_base is not None:
        sizing = size_direct(instrument, exposure.amount_base * terms.share, price)
    else:
        sizing = size_value(instrument, exposure.value_quote * _beta(proxy) * terms.share, price)
    outlook = funding_outlook(snapshot, sizing.notional_quote, terms.horizon, now)
    gap = basis_outlook(snapshot, sizing, terms.horizon, now)
    return Leg(
        instrument=instrument,
        sizing=sizing,
        funding=outlook,
        basis=gap,
        cost=horizon_cost(snapshot, sizing, outlook, gap),
        is_decentralised=instrument.exchange in DECENTRALISED,
        volume_day_quote=snapshot.quote.volume_day_quote,
        bid_quote=snapshot.quote.bid_quote,
        is_book_visible=snapshot.book is not None,
        source=snapshot.quote.source,
        as_of=snapshot.quote.as_of,
    )


def _ranked(legs: Sequence[Leg], now: datetime) -> tuple[Leg, ...]:
    """Those that can be ordered and fit before those that do not, each by cost; doubtful and unknown costs last."""
    best = max(leg.sizing.hedged_share for leg in legs)
    usual = median(leg.sizing.price_quote for leg in legs)

    def rank(leg: Leg) -> tuple[bool, bool, bool, Decimal]:
        share = leg.cost.notional_share
        is_coarse = leg.sizing.hedged_share < FIT * best
        is_off = abs(leg.sizing.price_quote / usual - 1) > MARKS_APART or now - leg.as_of > OLD
        is_doubtful = is_off or leg.funding.is_suspicious or share is None
        return not leg.sizing.is_orderable, is_coarse, is_doubtful, share or Decimal(0)

    return tuple(sorted(legs, key=rank))


def _choose(legs: Sequence[Leg], terms: Terms, outages: Sequence[Outage]) -> Leg:
    asked = [leg for leg in legs if terms.exchange in (None, leg.instrument.exchange)]
    if not asked:
        raise MarketUnavailable(
            f"{exchange_name(terms.exchange or '')} gave no price for this contract.",
            [outage for outage in outages if outage.exchange == terms.exchange],
        )
    orderable = [leg for leg in asked if leg.sizing.is_orderable]
    chosen = next((leg for leg in orderable if leg.instrument.exchange == terms.preferred), None)
    chosen = chosen or next(iter(orderable), None)
    if chosen is None:
        smallest = min(asked, key=lambda leg: leg.sizing.smallest_quote)
        fitting = next((leg for leg in legs if leg.sizing.is_orderable), None)
        raise TooSmall("This hedge is below the smallest order.", smallest, fitting)
    return chosen


def _carry(exposure: Exposure, terms: Terms, leg: Leg) -> Carry:
    years = Decimal(terms.horizon / timedelta(days=365))
    staking = exposure.value_quote * (exposure.staking_yield_per_year or Decimal(0)) * years
    net = None if leg.cost.total_quote is None else staking - leg.cost.total_quote
    return Carry(
        staking_quote=staking,
        funding_quote=leg.funding.expected_quote,
        basis_quote=leg.basis.gain_quote if leg.basis else None,
        fees_quote=-leg.cost.fees_quote,
        slippage_quote=None if leg.cost.slippage_quote is None else -leg.cost.slippage_quote,
        net_quote=net,
        net_per_year=None if net is None else net / exposure.value_quote / years,
    )


def _hedged(exposure: Exposure, leg: Leg, carry: Carry, proxy: Proxy | None) -> Hedged:
    """What converges is part of the carry, so that the moves are those of the coins' spot price.

    Staking is not: the coins earn it hedged or not.
    """
    known = (carry.funding_quote, carry.basis_quote, carry.fees_quote, carry.slippage_quote)
    entering = carry.fees_quote + (carry.slippage_quote or Decimal(0))
    spot_quote = leg.basis.spot_quote if leg.basis else leg.sizing.price_quote
    return Hedged(
        value_quote=exposure.value_quote,
        short_quote=leg.sizing.amount_base * spot_quote,
        price_quote=leg.sizing.price_quote,
        carry_quote=sum((part for part in known if part is not None), Decimal(0)),
        entry_quote=entering / 2,
        beta=proxy.beta if proxy else 1.0,
    )


def _existing(exposure: Exposure, terms: Terms, leg: Leg, full_quote: Decimal, portfolio: Portfolio) -> Existing:
    price = leg.sizing.price_quote
    short_base = _short_base(exposure, leg, portfolio)
    short_quote = short_base * price
    held_quote = _held_quote(exposure, leg, full_quote, portfolio)
    return Existing(
        short_base=short_base,
        short_quote=short_quote,
        held_quote=held_quote,
        over_quote=max(short_quote + leg.sizing.notional_quote - held_quote, Decimal(0)),
        mend_base=_wanted_base(exposure, terms, leg, full_quote) - short_base,
    )


def _short_base(exposure: Exposure, leg: Leg, portfolio: Portfolio) -> Decimal:
    coin = leg.instrument.coin
    short = -portfolio.futures_delta_base(coin)
    if exposure.coin in (None, coin):
        return short
    held = portfolio.holding(coin)
    return max(short - (held.amount_base if held else Decimal(0)), Decimal(0))


def _wanted_base(exposure: Exposure, terms: Terms, leg: Leg, full_quote: Decimal) -> Decimal:
    if exposure.coin == leg.instrument.coin and exposure.amount_base is not None:
        return exposure.amount_base * terms.share
    return full_quote * terms.share / leg.sizing.price_quote


def _held_quote(exposure: Exposure, leg: Leg, full_quote: Decimal, portfolio: Portfolio) -> Decimal:
    """All there is to hedge, at the contract's price where it is the same coin (spot and mark differ by the basis)."""
    if exposure.coin is None or exposure.amount_base is None:
        return full_quote
    held = portfolio.holding(exposure.coin)
    amount_base = held.amount_base if held else exposure.amount_base
    if exposure.coin == leg.instrument.coin:
        return amount_base * leg.sizing.price_quote
    return full_quote * amount_base / exposure.amount_base


def _drift(leg: Leg, proxy: Proxy | None) -> Drift | None:
    """Contracts sized in coin do not drift. Dollar contracts and proxies do: the exposure moves without them."""
    is_valued_by_hand = leg.instrument.exchange == BY_HAND and leg.instrument.contract_size != 1
    if proxy is None and not leg.instrument.is_inverse and not is_valued_by_hand:
        return None
    open_quote = leg.sizing.notional_quote * DRIFT_RISE
    return Drift(DRIFT_RISE, open_quote, size_value(leg.instrument, open_quote, leg.sizing.price_quote).contracts)


def _correlation_rule(exposure: Exposure, terms: Terms, proxy: Proxy | None) -> Decimal | None:
    if proxy is None or proxy.correlation is None:
        return None
    return exposure.value_quote * terms.share * Decimal(repr(proxy.correlation))


def _cautions(
    exposure: Exposure,
    leg: Leg,
    legs: Sequence[Leg],
    terms: Terms,
    room: Room | None,
    existing: Existing,
    proxy: Proxy | None,
    now: datetime,
) -> tuple[Caution, ...]:
    """In the order of weight; the answer says the first ones first."""
    volume = leg.volume_day_quote
    marks = [other.sizing.price_quote for other in legs]
    deviations = room.room_deviations if room else None
    fit = proxy.r_squared if proxy else None
    found = {
        Caution.OLD_PRICE: now - min(leg.as_of, exposure.priced_at) > OLD,
        Caution.OVER_HEDGED: existing.over_quote > OVER_SHARE * existing.held_quote,
        Caution.LIQUIDATION_WITHIN_TWO_SIGMA: deviations is not None and deviations < 2,
        Caution.EXPIRES_WITHIN_HORIZON: leg.instrument.has_expired(now + terms.horizon),
        Caution.LEVERAGE_ABOVE_GUIDE: terms.leverage > GUIDE_LEVERAGE,
        Caution.BOOK_TOO_THIN: leg.is_book_visible and leg.cost.slippage_quote is None,
        Caution.BIG_ORDER: volume is not None and leg.sizing.notional_quote > BIG_ORDER_SHARE * volume,
        Caution.COARSE_CONTRACT: leg.sizing.hedged_share < FIT,
        Caution.SMALL_MARKET: volume is not None and volume < SMALL_MARKET_QUOTE,
        Caution.TIERS_UNKNOWN: room is None,
        Caution.FUNDING_SUSPICIOUS: leg.funding.is_suspicious,
        Caution.FUNDING_UNKNOWN: leg.funding.expected_quote is None,
        Caution.MARKS_APART: max(marks) > min(marks) * (1 + MARKS_APART),
        Caution.WEAK_PROXY: fit is not None and fit < WEAK_R_SQUARED,
    }
    return tuple(caution for caution, holds in found.items() if holds)
