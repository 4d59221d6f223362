"""The plan of a rotation: stages, the bridge, what it costs, when it pays, what moves do, and the pair beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import Instrument
from chatbot.core.portfolio import Portfolio, Side
from chatbot.core.quantities import whole_sum
from chatbot.core.rotation.transit.bridge import Bridge, Unbridged, bridge_of, refused, snapshot_of
from chatbot.core.rotation.transit.legs import Leg, Pair, leg_of, pair_of
from chatbot.core.rotation.transit.outcomes import MOVE_SHARE, Outcome, outcomes_of
from chatbot.core.rotation.transit.stages import (
    MOST_STAGES,
    Purchase,
    Stage,
    fee_quote,
    filling_quote,
    filling_stages,
    is_fillable,
    large_enough,
    possible_stages,
    purchase_of,
    stages_of,
)
from chatbot.core.rotation.transit.terms import Place, Sale, Terms
from chatbot.core.spot_orders import Trade

NOTHING = Decimal(0)
OLD = timedelta(minutes=1)  # said in the first line
TOO_OLD = timedelta(minutes=10)  # sizes nothing
GUIDE_LEVERAGE = Decimal(5)  # of what is bought: tactical positions are 2x to 5x


class Caution(Enum):
    """What the reader must know before acting; cautions about a short are in its own plan."""

    OLD_PRICE = "old price"
    THIN_BOOK = "not fillable in the visible book"
    FEWER_STAGES = "fewer stages than asked"
    SEVERAL_EXCHANGES = "a transfer between exchanges"
    NO_SPOT_MARKET = "no spot market"
    LEVERAGE_ABOVE_GUIDE = "leverage of the purchase above the guide"
    BET = "the short is kept"


@dataclass(frozen=True, slots=True)
class Moved:
    """One coin of the rotation: `amount_base` sold, or bought over all stages, and where.

    `largest_quote`: of its orders. `volume_day_quote`: of its busiest perpetual, None where it is not known.
    """

    coin: str
    amount_base: Decimal
    value_quote: Decimal
    price_quote: Decimal
    market: Instrument | None
    held_base: Decimal | None
    source: str
    priced_at: datetime
    largest_quote: Decimal = NOTHING
    volume_day_quote: Decimal | None = None

    @property
    def day_share(self) -> Decimal | None:
        """Its largest order as a share of what the coin trades in a day."""
        return self.largest_quote / self.volume_day_quote if self.volume_day_quote else None


@dataclass(frozen=True, slots=True)
class Cost:
    """In quote, positive costs; funding is received (+) or paid (-). None is not known.

    `total_quote` sums what is known; `is_whole`: nothing is missing in it. `break_even_share`: the rotation pays when
    what is bought does better than what is sold by more than this, before what the shorts gain or lose by the price and
    what futures that were bought cost later.
    """

    trade_fees_quote: Decimal
    trade_slippage_quote: Decimal | None
    bridge_fees_quote: Decimal
    bridge_slippage_quote: Decimal | None
    funding_quote: Decimal | None
    total_quote: Decimal
    is_whole: bool
    break_even_share: Decimal


@dataclass(frozen=True, slots=True)
class RotationPlan:
    """What an answer says, with what it was worked out from. `stages_asked` may be more than there are.

    `stages_possible`: so many leave every order above its smallest. Where a book ends first, `filling_stages` or a
    smaller amount, `filling_quote`, would be fillable; None where neither was found or none is needed.
    `longs`: what is bought by futures. `left_out`: held, and not sold.
    `pair` None: `pair_trouble` says why. `profit_quote`: of the purchase at +20 %.
    """

    sold: tuple[Moved, ...]
    bought: tuple[Moved, ...]
    terms: Terms
    planned_at: datetime
    value_quote: Decimal
    stages: tuple[Stage, ...]
    stages_asked: int
    bridges: tuple[Bridge, ...]
    unbridged: tuple[Unbridged, ...]
    longs: tuple[Leg, ...]
    cost: Cost
    outcomes: tuple[Outcome, ...]
    pair: Pair | None
    pair_trouble: str
    profit_quote: Decimal
    left_out: tuple[str, ...]
    cautions: tuple[Caution, ...]
    outages: tuple[Outage, ...]
    exchanges_asked: int
    stages_possible: int = MOST_STAGES
    filling_stages: int | None = None
    filling_quote: Decimal | None = None

    @property
    def is_cut_to_one(self) -> bool:
        """Whether it is done at once because an order of more stages would be below its smallest."""
        return len(self.stages) == 2 and self.stages_asked > 1

    @property
    def short_quote(self) -> Decimal:
        """Of all bridges at the start."""
        return self.short_after_quote(0)

    def short_after_quote(self, stage: int) -> Decimal:
        """Of all bridges after that stage."""
        return sum((bridge.shorts[stage].notional_quote for bridge in self.bridges), NOTHING)

    def short_on_the_way_quote(self, move_share: Decimal) -> Decimal:
        """What all bridges gain (+) or lose (-) when what is sold moves by so much, evenly until the last sale."""
        return sum((bridge.on_the_way_quote(move_share) for bridge in self.bridges), NOTHING)

    @property
    def as_of(self) -> datetime:
        """Of the oldest price."""
        legs = [leg.as_of for leg in self.longs]
        marks = [bridge.hedge.chosen.as_of for bridge in self.bridges]
        return min(*(each.priced_at for each in (*self.sold, *self.bought)), *marks, *legs)

    @property
    def sources(self) -> tuple[str, ...]:
        """Of prices and marks, each once."""
        names = [each.source for each in (*self.sold, *self.bought)]
        names += [bridge.hedge.chosen.source for bridge in self.bridges] + [leg.source for leg in self.longs]
        return tuple(dict.fromkeys(names))


def plan_rotation(
    sales: Sequence[Sale],
    places: Sequence[Place],
    terms: Terms,
    *,
    now: datetime,
    portfolio: Portfolio,
    outages: Sequence[Outage] = (),
    left_out: Sequence[str] = (),
    exchanges_asked: int = 0,
) -> RotationPlan:
    """From `sales` into equal parts of `places` (at least one each, no coin in both).

    `portfolio`: shorts that it records count against over-hedging. `left_out`: coins that are not sold; of several
    those whose stages would be below the smallest order are added. Raises MarketUnavailable where a price is older than
    ten minutes, TooFew below the smallest order, LeverageRefused where a leg cannot be opened.
    """
    _require_fresh([sale.place for sale in sales], places, now, outages)
    kept = large_enough(sales, terms.stages)
    too_small = [sale.place.coin for sale in sales if sale not in kept]
    sales = [replace(sale, place=_with_fresh_futures(sale.place, now)) for sale in kept]
    places = [_with_fresh_futures(place, now) for place in places]
    purchases = tuple(_purchase(place, terms) for place in places)
    count, asked = possible_stages(sales, purchases, terms.stages), terms.stages
    terms = _at_once(terms) if count == 1 < asked else terms
    stages = stages_of(sales, purchases, count, terms.length)
    is_filled = is_fillable(stages)
    value = sum((sale.value_quote for sale in sales), NOTHING)
    tried = [
        bridge_of(sale, at, stages, terms, now=now, portfolio=portfolio, outages=outages)
        for at, sale in enumerate(sales)
        if terms.hedge_share
    ]
    bridges = tuple(each for each in tried if isinstance(each, Bridge))
    longs = _longs(places, stages[-1].bought_quote, terms, now) if terms.purchase else ()
    pair, trouble = _pair(sales, places, terms, now)
    return RotationPlan(
        sold=tuple(_sold(sale, stages) for sale in sales),
        bought=tuple(_bought(place, purchase, stages) for place, purchase in zip(places, purchases, strict=True)),
        terms=terms,
        planned_at=now,
        value_quote=value,
        stages=stages,
        stages_asked=asked,
        bridges=bridges,
        unbridged=tuple(each for each in tried if isinstance(each, Unbridged)),
        longs=longs,
        cost=_cost(stages, bridges, value),
        outcomes=outcomes_of(stages, bridges),
        pair=pair,
        pair_trouble=trouble,
        profit_quote=stages[-1].bought_quote * MOVE_SHARE,
        left_out=(*left_out, *too_small),
        cautions=tuple(_cautions(sales, places, purchases, stages, bridges, longs, terms, now)),
        outages=tuple({outage.exchange: outage for outage in outages}.values()),
        exchanges_asked=exchanges_asked,
        stages_possible=possible_stages(sales, purchases, MOST_STAGES),
        filling_stages=None if is_filled else filling_stages(sales, purchases, count),
        filling_quote=None if is_filled else filling_quote(sales, purchases, count),
    )


def _require_fresh(sold: Sequence[Place], bought: Sequence[Place], now: datetime, outages: Sequence[Outage]) -> None:
    if any(now - place.priced_at > TOO_OLD for place in (*sold, *bought)):
        raise MarketUnavailable("A price is older than ten minutes, and nothing is sized by such a price.", outages)


def _with_fresh_futures(place: Place, now: datetime) -> Place:
    return replace(place, futures=tuple(each for each in place.futures if now - each.quote.as_of <= TOO_OLD))


def _purchase(place: Place, terms: Terms) -> Purchase:
    """Of coins, or of the perpetual where futures are asked for and there is one."""
    snapshot = snapshot_of(place, terms.preferred) if terms.purchase and place.proxy is None else None
    if snapshot is None:
        return purchase_of(place)
    return Purchase(place.coin, snapshot.quote.mark_quote, snapshot.instrument, snapshot.book)


def _longs(places: Sequence[Place], bought_quote: Decimal, terms: Terms, now: datetime) -> tuple[Leg, ...]:
    assert terms.purchase is not None
    found = [
        _leg(Side.LONG, place, bought_quote / len(places), terms.purchase.leverage, terms, now)
        for place in places
        if place.proxy is None and place.futures
    ]
    return tuple(found)


def _leg(side: Side, place: Place, wanted_quote: Decimal, leverage: Decimal, terms: Terms, now: datetime) -> Leg:
    snapshot = snapshot_of(place, terms.preferred)
    assert snapshot is not None  # there are futures
    deviation, beta = place.volatility_per_year, place.beta
    try:
        return leg_of(side, snapshot, wanted_quote, leverage, volatility_per_year=deviation, beta=beta, now=now)
    except LeverageRefused as problem:
        raise refused(side, place.coin, problem) from problem


def _pair(sales: Sequence[Sale], places: Sequence[Place], terms: Terms, now: datetime) -> tuple[Pair | None, str]:
    """The same change of exposure without a sale; each side has the value of the whole rotation."""
    lacking = [place for place in (*(sale.place for sale in sales), *places) if place.proxy or not place.futures]
    if lacking:
        return None, f"no perpetual of {', '.join(place.coin for place in lacking)} was found"
    total = sum((sale.value_quote for sale in sales), NOTHING)
    shorts = [(Side.SHORT, sale.place, sale.value_quote) for sale in sales]
    longs = [(Side.LONG, place, total / len(places)) for place in places]
    try:
        legs = [_leg(side, place, wanted, terms.leverage, terms, now) for side, place, wanted in (*longs, *shorts)]
    except LeverageRefused as problem:
        return None, problem.sentence
    if not all(leg.sizing.is_orderable for leg in legs):
        return None, "a leg is below its smallest order"
    return pair_of(legs), ""


def _at_once(terms: Terms) -> Terms:
    """Where there is one stage after all: nothing stays to be bridged, unless the short is to be kept."""
    if terms.keeps_short:
        return replace(terms, length=terms.length / terms.stages)
    return replace(terms, length=timedelta(0), hedge_share=NOTHING)


def _sold(sale: Sale, stages: Sequence[Stage]) -> Moved:
    place = sale.place
    trades = [trade for stage in stages for trade in stage.sales if trade.coin == place.coin]
    return _moved(place, trades, place.market, place.price_quote, sale.held_base)


def _bought(place: Place, purchase: Purchase, stages: Sequence[Stage]) -> Moved:
    trades = [trade for stage in stages for trade in stage.purchases if trade.coin == place.coin]
    return _moved(place, trades, purchase.market, purchase.price_quote, None)


def _moved(
    place: Place, trades: Sequence[Trade], market: Instrument | None, price_quote: Decimal, held_base: Decimal | None
) -> Moved:
    amount = sum((abs(trade.amount_base) for trade in trades), NOTHING)
    return Moved(
        coin=place.coin,
        amount_base=amount,
        value_quote=amount * price_quote,
        price_quote=price_quote,
        market=market,
        held_base=held_base,
        source=place.source,
        priced_at=place.oldest_at,
        largest_quote=max((abs(trade.value_usd) for trade in trades), default=NOTHING),
        volume_day_quote=place.volume_day_quote,
    )


def _cost(stages: Sequence[Stage], bridges: Sequence[Bridge], value_quote: Decimal) -> Cost:
    trades = [trade for stage in stages for trade in (*stage.sales, *stage.purchases)]
    fees = sum((fee_quote(trade) for trade in trades), NOTHING)
    slippage = whole_sum(trade.cost.slippage_quote if trade.cost else None for trade in trades)
    bridge_fees = sum((bridge.fees_quote for bridge in bridges), NOTHING)
    bridge_slippage = whole_sum(bridge.slippage_quote for bridge in bridges)
    funding = whole_sum(bridge.funding_quote for bridge in bridges)
    paid = None if funding is None else -funding
    parts = (fees, slippage, bridge_fees, bridge_slippage, paid)
    total = sum((part for part in parts if part is not None), NOTHING)
    return Cost(
        trade_fees_quote=fees,
        trade_slippage_quote=slippage,
        bridge_fees_quote=bridge_fees,
        bridge_slippage_quote=bridge_slippage,
        funding_quote=funding,
        total_quote=total,
        is_whole=None not in parts and all(trade.market for trade in trades),
        break_even_share=total / value_quote,
    )


def _cautions(
    sales: Sequence[Sale],
    places: Sequence[Place],
    purchases: Sequence[Purchase],
    stages: Sequence[Stage],
    bridges: Sequence[Bridge],
    longs: Sequence[Leg],
    terms: Terms,
    now: datetime,
) -> tuple[Caution, ...]:
    """In the order of weight."""
    trades = [trade for stage in stages for trade in (*stage.sales, *stage.purchases)]
    priced = [place.oldest_at for place in (*(sale.place for sale in sales), *places)]
    priced += [bridge.hedge.chosen.as_of for bridge in bridges] + [leg.as_of for leg in longs]
    markets = [sale.place.market for sale in sales] + [purchase.market for purchase in purchases]
    long_leverage = terms.purchase.leverage if terms.purchase else NOTHING
    found = {
        Caution.OLD_PRICE: now - min(priced) > OLD,
        Caution.BET: terms.keeps_short and bool(bridges),
        Caution.THIN_BOOK: any(trade.is_thin for trade in trades),
        Caution.NO_SPOT_MARKET: None in markets,
        Caution.LEVERAGE_ABOVE_GUIDE: long_leverage > GUIDE_LEVERAGE,
        Caution.SEVERAL_EXCHANGES: len({market.exchange for market in markets if market}) > 1,
        Caution.FEWER_STAGES: len(stages) - 1 < terms.stages,
    }
    return tuple(caution for caution, holds in found.items() if holds)
