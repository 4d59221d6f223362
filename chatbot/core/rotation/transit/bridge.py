"""The short that bridges what is not yet sold: at the start, and after each stage.

Laws: it is never more than its share of what is still unsold (times beta, through a proxy), and nothing once all is
sold, unless it is to be kept; then it is as it was opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from chatbot.core.basis import walk
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.hedging.plan import HedgePlan, plan_hedge
from chatbot.core.hedging.scenarios import exposure_move
from chatbot.core.hedging.sizing import Sizing, size_direct, size_value
from chatbot.core.hedging.terms import Exposure, Origin
from chatbot.core.hedging.terms import Terms as HedgeTerms
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import Instrument, Level, Snapshot
from chatbot.core.portfolio import Portfolio, Side
from chatbot.core.rotation.transit.stages import Stage
from chatbot.core.rotation.transit.terms import Place, Sale, Terms

NOTHING = Decimal(0)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Short:
    """The short after one stage."""

    contracts: Decimal
    amount_base: Decimal
    notional_quote: Decimal


@dataclass(frozen=True, slots=True)
class Bridge:
    """Of one coin. `hedge` has the short of the start on its market; `shorts` one for each stage, the start first.

    `fees_quote`: opening and buying back, at taker fees. `slippage_quote`: both in the visible book, None where it is
    missing or too thin. `funding_quote`: received (+) or paid (-) until the last stage, None where it is not known.
    """

    coin: str
    hedge: HedgePlan
    shorts: tuple[Short, ...]
    fees_quote: Decimal
    slippage_quote: Decimal | None
    funding_quote: Decimal | None

    def result_quote(self, stage: int, move_share: Decimal) -> Decimal:
        """What the short of this stage gains (+) or loses (-) when the coin that is sold moves by so much.

        A proxy follows on average by its own slope on the coin, `R² / beta`: `(1+x)^(R²/beta) - 1`.
        """
        proxy = self.hedge.proxy
        slope = (1.0 if proxy.r_squared is None else proxy.r_squared) / proxy.beta if proxy else 1.0
        return -self.shorts[stage].notional_quote * exposure_move(move_share, slope)

    def on_the_way_quote(self, move_share: Decimal) -> Decimal:
        """The same for a move that comes evenly from the start to the last stage: each short has its part of it."""
        stages = range(len(self.shorts) - 1)
        return sum((self.result_quote(stage, move_share) for stage in stages), NOTHING) / len(stages)


@dataclass(frozen=True, slots=True)
class Unbridged:
    """Why a coin that is sold has no short."""

    coin: str
    reason: str


def bridge_of(
    sale: Sale,
    at: int,
    stages: Sequence[Stage],
    terms: Terms,
    *,
    now: datetime,
    portfolio: Portfolio,
    outages: Sequence[Outage] = (),
) -> Bridge | Unbridged:
    """`at`: the sale's place in `unsold_base` of each stage. LeverageRefused where the short cannot be opened."""
    place = sale.place
    if place.trouble:
        return Unbridged(place.coin, place.trouble)
    try:
        plan = plan_hedge(
            _exposure(sale),
            HedgeTerms(terms.hedge_share, terms.leverage, terms.length, None, terms.preferred),
            place.futures,
            now=now,
            portfolio=portfolio,
            volatility_per_year=place.volatility_per_year,
            proxy=place.proxy,
            rejected=place.rejected,
            outages=outages,
        )
    except LeverageRefused as problem:
        raise refused(Side.SHORT, place.coin, problem) from problem
    except (NotPossible, MarketUnavailable) as problem:
        return Unbridged(place.coin, problem.sentence)
    return _bridge(sale, at, stages, terms, replace(plan, legs=(plan.chosen,)))


def refused(side: Side, coin: str, problem: LeverageRefused) -> LeverageRefused:
    """The same, with the position that it is about."""
    words = problem.sentence
    return LeverageRefused(f"{side.value.capitalize()} {coin}: {words[:1].lower()}{words[1:]}")


def _exposure(sale: Sale) -> Exposure:
    place = sale.place
    return Exposure(
        coin=place.coin,
        amount_base=sale.amount_base,
        value_quote=sale.value_quote,
        price_quote=place.price_quote,
        price_source=place.source,
        priced_at=place.priced_at,
        origin=Origin.TYPED if sale.held_base is None else Origin.HELD,
    )


def _bridge(sale: Sale, at: int, stages: Sequence[Stage], terms: Terms, hedge: HedgePlan) -> Bridge:
    market, price = hedge.chosen.instrument, hedge.chosen.sizing.price_quote
    first = _short_of(hedge.chosen.sizing)
    unsold = [stage.unsold_base[at] for stage in stages]
    later = [first if terms.keeps_short else _short(sale.place, market, price, terms, each) for each in unsold[1:]]
    shorts = (first, *later)
    book = next((each.book for each in sale.place.futures if each.instrument == market), None)
    return Bridge(
        coin=sale.place.coin,
        hedge=hedge,
        shorts=shorts,
        fees_quote=2 * market.taker_share * first.notional_quote,
        slippage_quote=_slippage_quote(shorts, book.bids, book.asks, market) if book else None,
        funding_quote=_funding_quote(shorts, hedge, terms),
    )


def _short(place: Place, market: Instrument, price_quote: Decimal, terms: Terms, unsold_base: Decimal) -> Short:
    if not unsold_base:
        return Short(NOTHING, NOTHING, NOTHING)
    if place.proxy is None:
        return _short_of(size_direct(market, unsold_base * terms.hedge_share, price_quote))
    value = unsold_base * place.price_quote * terms.hedge_share * Decimal(repr(place.proxy.beta))
    return _short_of(size_value(market, value, price_quote))


def _short_of(size: Sizing) -> Short:
    return Short(size.contracts, size.amount_base, size.notional_quote)


def _slippage_quote(
    shorts: Sequence[Short], bids: Sequence[Level], asks: Sequence[Level], market: Instrument
) -> Decimal | None:
    """Sold at once; bought back as the stages do, what is kept at once; each order against mid."""
    if not bids or not asks:
        return None
    mid = (bids[0].price_quote + asks[0].price_quote) / 2
    steps = [earlier.contracts - later.contracts for earlier, later in pairwise(shorts)]
    orders = [(bids, shorts[0].contracts), *((asks, step) for step in (*steps, shorts[-1].contracts) if step)]
    try:
        fills = [(walk(levels, amount, market).average_quote, amount) for levels, amount in orders]
    except NotPossible:
        return None
    return sum((abs(price - mid) * market.amount_base(amount, mid) for price, amount in fills), NOTHING)


def _funding_quote(shorts: Sequence[Short], hedge: HedgePlan, terms: Terms) -> Decimal | None:
    """Each short for the time until the next stage, at the rate that the outlook expects."""
    expected = hedge.chosen.funding.expected_quote
    if expected is None:
        return None
    held = sum((short.notional_quote for short in shorts[:-1]), NOTHING) / (len(shorts) - 1)
    return expected * held / shorts[0].notional_quote


def snapshot_of(place: Place, exchange: str | None) -> Snapshot | None:
    """The perpetual of that exchange, else the one that is traded most; None where there is none."""

    def rank(each: Snapshot) -> tuple[bool, Decimal]:
        return each.instrument.exchange == exchange, each.quote.volume_day_quote or NOTHING

    return max(place.futures, key=rank, default=None)
