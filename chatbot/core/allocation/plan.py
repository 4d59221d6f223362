"""Where the money is, where it is wanted, and the trades between: one plan from stakes, prices and a target.

Laws: the values of the rows sum to the capital; inside the band nothing is traded, and outside of it everything is
brought back, so that what is sold pays for what is bought.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.allocation.buckets import Stake, bucket_of, is_unknown, stakes_of, total_usd
from chatbot.core.allocation.caps import Breach, breaches_of
from chatbot.core.allocation.targets import (
    BUCKET_WORDS,
    MAJORS,
    Base,
    ShortLeg,
    Slice,
    Target,
    bought_share,
    kept_share,
    with_margin,
)
from chatbot.core.allocation.trades import CoinPlace, trades_to
from chatbot.core.catalogue import CATALOGUE, SECTORS, Size
from chatbot.core.chats import AllocationChoice, Bucket, Weighting
from chatbot.core.errors import NotPossible, Outage
from chatbot.core.markets import Instrument, OrderBook, SpotPrice
from chatbot.core.portfolio import STABLECOINS, Portfolio
from chatbot.core.spot_orders import Trade, cost_of

NOTHING = Decimal(0)
SHORT_LEVERAGE = Decimal(2)
SHORT_COIN = "BTC"
TOO_OLD = timedelta(minutes=10)  # sizes nothing
EXAMPLES_A_SLICE = 2
# The largest first, and of these what every exchange lists.
_EXAMPLE_SECTORS = ("defi", "layer 1", *SECTORS)
_EXAMPLES = tuple(
    entry.coin
    for entry in sorted(
        CATALOGUE.values(), key=lambda entry: (tuple(Size).index(entry.size), _EXAMPLE_SECTORS.index(entry.sector))
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """One slice of the target, or a bucket that the target has no place for (`wanted_share` zero)."""

    words: str
    coins: tuple[str, ...]
    buckets: tuple[Bucket, ...]
    value_usd: Decimal
    exposure_usd: Decimal
    value_share: Decimal
    wanted_share: Decimal
    wanted_usd: Decimal

    @property
    def drift_share(self) -> Decimal:
        """Above zero: more than wanted. 0.05 is five points."""
        return self.value_share - self.wanted_share

    @property
    def trade_usd(self) -> Decimal:
        """What brings it to its target: `weight * total - value`."""
        return self.wanted_usd - self.value_usd


@dataclass(frozen=True, slots=True)
class Hedge:
    """The short of a preset: between two values, with the margin of the one in the middle at `leverage`.

    `stables_usd`: what the target leaves in stables, which the margin is taken from; so that it does, the coins have
    `kept_share` of the parts that the preset gives them.
    """

    coin: str
    low_usd: Decimal
    middle_usd: Decimal
    high_usd: Decimal
    base: Base
    base_usd: Decimal
    low_share: Decimal
    middle_share: Decimal
    high_share: Decimal
    leverage: Decimal
    margin_usd: Decimal
    stables_usd: Decimal
    is_above_range: bool
    kept_share: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class AllocationPlan:
    """`is_stated`: for an amount that was said, in coins that were named, not for what is held.

    `target` None: none was chosen, so there is nothing to compare with. `coins_unknown` count as small caps;
    `coins_added` were not named, `coins_unplaced` were and have no part.
    """

    target: Target | None
    is_stated: bool
    choice: AllocationChoice
    capital_usd: Decimal
    rows: tuple[Row, ...]
    trades: tuple[Trade, ...]
    hedge: Hedge | None
    breaches: tuple[Breach, ...]
    stakes: tuple[Stake, ...]
    prices: tuple[SpotPrice, ...]
    coins_unknown: tuple[str, ...]
    coins_without_price: tuple[str, ...]
    coins_without_history: tuple[str, ...]
    outages: tuple[Outage, ...]
    planned_at: datetime
    coins_added: tuple[str, ...] = ()
    coins_unplaced: tuple[str, ...] = ()

    @property
    def is_within_band(self) -> bool:
        """Whether every slice is as near to its target as the band allows."""
        return all(abs(row.drift_share) <= self.choice.band_share for row in self.rows)

    @property
    def as_of(self) -> datetime | None:
        """Of the oldest price; stables have none."""
        return min((price.as_of for price in self.prices if price.coin not in STABLECOINS), default=None)

    @property
    def is_too_old(self) -> bool:
        """Whether the prices are too old to size a trade by."""
        return self.as_of is not None and self.planned_at - self.as_of > TOO_OLD

    @property
    def shorted_usd(self) -> Decimal:
        """What is short already in the coin that presets hedge with, above zero."""
        mine = [each.exposure_usd for each in self.stakes if each.position and each.coin == SHORT_COIN]
        return -sum((each for each in mine if each < 0), NOTHING)

    @property
    def rows_without_coins(self) -> tuple[Row, ...]:
        """Those with money to place and no coin to place it in; futures and stables need none.

        A coin in which there is a position alone is not held.
        """
        return tuple(self.rows[at] for at in self._slices_without_coins())

    def coins_suggested(self, listed: Collection[str]) -> tuple[str, ...]:
        """One or two of `listed` for each row without coins, none of which the plan has; () where no coin fits."""
        known = {*(price.coin for price in self.prices), *self.coins_without_price}
        coins = [coin for coin in _EXAMPLES if coin in listed and coin not in known]
        return tuple(
            coin
            for at in self._slices_without_coins()
            for coin in [coin for coin in coins if self._slice_of(coin) == at][:EXAMPLES_A_SLICE]
        )

    def _slice_of(self, coin: str) -> int | None:
        return self.target.slice_of(coin, bucket_of(coin, self.choice)) if self.target else None

    def _slices_without_coins(self) -> tuple[int, ...]:
        if self.target is None or (self.is_within_band and not self.is_stated):
            return ()
        held = {each.coin for each in self.stakes if each.position is None}
        coins = {price.coin for price in self.prices if self.is_stated or price.coin in held} - STABLECOINS
        taken = {self._slice_of(coin) for coin in coins}
        empty = [(at, row) for at, row in enumerate(self.rows[: len(self.target.slices)]) if at not in taken]
        needs_none = {(Bucket.FUTURES,), (Bucket.STABLES,)}
        return tuple(at for at, row in empty if row.trade_usd > 0 and row.buckets not in needs_none)

    @property
    def bought_share(self) -> Decimal:
        """How much of their parts of an amount the coins are bought for: the margin of the short comes off first.

        In rows of what is held it is off already.
        """
        return self.hedge.kept_share if self.is_stated and self.hedge else Decimal(1)

    @property
    def worst(self) -> Row | None:
        """The slice that is furthest from its target."""
        return max(self.rows, key=lambda row: abs(row.drift_share), default=None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan is made for. `hedge_share`: of the preset's base, where its own middle is not wanted.

    `is_forced`: trades are listed inside the band, too.
    """

    target: Target | None
    choice: AllocationChoice
    amount_usd: Decimal | None = None
    coins: tuple[str, ...] = ()
    hedge_share: Decimal | None = None
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class Market:
    """What was looked up: prices, spot markets and yearly volatilities by coin, and what failed."""

    prices: Mapping[str, SpotPrice]
    markets: Mapping[str, Instrument]
    volatilities: Mapping[str, float]
    outages: tuple[Outage, ...] = ()


def plan_allocation(wanted: Wanted, portfolio: Portfolio, market: Market, now: datetime) -> AllocationPlan:
    """From holdings, or from an amount in cash. NotPossible where nothing that has a price is held."""
    choice = wanted.choice
    is_stated = wanted.amount_usd is not None
    quotes = {coin: price.price_quote for coin, price in market.prices.items()}
    stakes = () if is_stated else stakes_of(portfolio, quotes, choice)
    capital = wanted.amount_usd if wanted.amount_usd is not None else total_usd(stakes)
    if capital <= 0:
        raise NotPossible("Nothing that has a price is held, so there is nothing to allocate.")
    target = wanted.target if is_stated else _with_margin(wanted)
    rows = rows_of(target, stakes, capital, is_stated=is_stated)
    coins = coins_of(wanted) if is_stated else portfolio.coins()
    plan = AllocationPlan(
        target=target,
        is_stated=is_stated,
        choice=choice,
        capital_usd=capital,
        rows=rows,
        trades=(),
        hedge=_hedge(wanted, rows, capital),
        breaches=breaches_of(target, stakes, capital),
        stakes=stakes,
        prices=tuple(market.prices[coin] for coin in coins if coin in market.prices),
        coins_unknown=tuple(coin for coin in coins if is_unknown(coin, choice)),
        coins_without_price=tuple(coin for coin in coins if coin not in market.prices),
        coins_without_history=_without_history(coins, choice, market),
        outages=market.outages,
        planned_at=now,
        coins_added=_added(wanted) if is_stated and wanted.coins else (),
        coins_unplaced=_unplaced(wanted) if is_stated else (),
    )
    if wanted.target is None or plan.is_too_old or (plan.is_within_band and not is_stated and not wanted.is_forced):
        return plan
    return replace(plan, trades=_trades(plan, coins, portfolio, market))


def _with_margin(wanted: Wanted) -> Target | None:
    """What is held is measured with the margin of the short in place."""
    return None if wanted.target is None else with_margin(wanted.target, SHORT_LEVERAGE, wanted.hedge_share)


def with_costs(plan: AllocationPlan, books: Mapping[Instrument, OrderBook]) -> AllocationPlan:
    """The same plan, each trade with its fee and slippage in the visible book."""
    costed = [
        replace(trade, cost=cost, is_thin=is_thin)
        for trade in plan.trades
        for cost, is_thin in (cost_of(trade, books.get(trade.market) if trade.market else None),)
    ]
    return replace(plan, trades=tuple(costed))


def rows_of(
    target: Target | None, stakes: Sequence[Stake], capital_usd: Decimal, *, is_stated: bool = False
) -> tuple[Row, ...]:
    """The target's slices in its order, then the buckets with money in them that it has no place for."""
    if target is None:
        return tuple(_row(_loose(bucket), of, capital_usd) for bucket, of in _by_bucket(stakes))
    placed = [
        (target.slice_of(each.coin, each.bucket) if each.position is None else _at(target, each), each)
        for each in stakes
    ]
    rows = [
        _row(part, [each for place, each in placed if place == at], capital_usd)
        for at, part in enumerate(target.slices)
    ]
    outside = [each for place, each in placed if place is None]
    return (*rows, *(_row(_loose(bucket), of, capital_usd) for bucket, of in _by_bucket(outside)))


def _at(target: Target, stake: Stake) -> int | None:
    """A position is where its bucket is, whatever slice names its coin."""
    return next((at for at, each in enumerate(target.slices) if not each.coins and stake.bucket in each.buckets), None)


def _loose(bucket: Bucket) -> Slice:
    return Slice(BUCKET_WORDS[bucket], NOTHING, (bucket,))


def _by_bucket(stakes: Iterable[Stake]) -> list[tuple[Bucket, list[Stake]]]:
    listed = list(stakes)
    return [(bucket, of) for bucket in Bucket if (of := [each for each in listed if each.bucket is bucket])]


def _row(part: Slice, stakes: Sequence[Stake], capital_usd: Decimal) -> Row:
    value = total_usd(stakes)
    exposure = sum((each.exposure_usd for each in stakes), NOTHING)
    coins = tuple(dict.fromkeys(each.coin for each in stakes if each.position is None))
    return Row(
        words=part.words,
        coins=coins,
        buckets=part.buckets,
        value_usd=value,
        exposure_usd=exposure,
        value_share=value / capital_usd,
        wanted_share=part.wanted_share,
        wanted_usd=part.wanted_share * capital_usd,
    )


# Trades


def coins_of(wanted: Wanted) -> tuple[str, ...]:
    """Those an amount is put in: the named ones, and bitcoin and ether where a slice is for them and has neither."""
    return tuple(dict.fromkeys((*_added(wanted), *wanted.coins))) if wanted.coins else MAJORS


def _added(wanted: Wanted) -> tuple[str, ...]:
    target = wanted.target
    if target is None:
        return ()
    places = {coin: target.slice_of(coin, bucket_of(coin, wanted.choice)) for coin in MAJORS}
    filled = {places[coin] for coin in wanted.coins if coin in places}
    empty = {at for at, each in enumerate(target.slices) if each.wanted_share > 0} - filled
    return tuple(coin for coin, at in places.items() if at in empty)


def _unplaced(wanted: Wanted) -> tuple[str, ...]:
    target = wanted.target
    if target is None:
        return ()
    places = {coin: target.slice_of(coin, bucket_of(coin, wanted.choice)) for coin in wanted.coins}
    return tuple(coin for coin, at in places.items() if at is None or not target.slices[at].wanted_share)


def _without_history(coins: Sequence[str], choice: AllocationChoice, market: Market) -> tuple[str, ...]:
    if choice.weighting is not Weighting.INVERSE_VOLATILITY:
        return ()
    return tuple(coin for coin in coins if coin not in market.volatilities and coin not in STABLECOINS)


def _trades(plan: AllocationPlan, coins: Sequence[str], portfolio: Portfolio, market: Market) -> tuple[Trade, ...]:
    """Row by row, of coins alone: stables are what is paid with, and futures are opened and closed, not traded."""
    target = plan.target
    assert target is not None
    places: dict[str, list[CoinPlace]] = {row.words: [] for row in plan.rows}
    for coin in coins:
        words = _words_of(target, plan, coin)
        held = NOTHING if plan.is_stated else _held(portfolio, coin)
        is_traded = coin not in STABLECOINS and coin in market.prices and (plan.is_stated or held > 0)
        if words is not None and is_traded:
            places[words].append(_place(coin, held, market))
    found = [
        trades_to(places[row.words], _coins_wanted(row, plan.stakes) * plan.bought_share, plan.choice.weighting)
        for row in plan.rows
    ]
    return tuple(trade for trades in found for trade in trades)


def _words_of(target: Target, plan: AllocationPlan, coin: str) -> str | None:
    bucket = bucket_of(coin, plan.choice)
    at = target.slice_of(coin, bucket)
    if at is not None:
        return target.slices[at].words
    return next((row.words for row in plan.rows if row.buckets == (bucket,) and row.wanted_share == 0), None)


def _coins_wanted(row: Row, stakes: Sequence[Stake]) -> Decimal:
    """What the coins of a row are to be worth: its target, less the margin of positions that share it."""
    margins = sum((each.value_usd for each in stakes if each.position and each.bucket in row.buckets), NOTHING)
    is_mixed = Bucket.FUTURES in row.buckets and len(row.buckets) > 1
    return max(row.wanted_usd - margins, NOTHING) if is_mixed else row.wanted_usd


def _held(portfolio: Portfolio, coin: str) -> Decimal:
    held = portfolio.holding(coin)
    return held.amount_base if held else NOTHING


def _place(coin: str, held_base: Decimal, market: Market) -> CoinPlace:
    return CoinPlace(
        coin, held_base, market.prices[coin].price_quote, market.markets.get(coin), market.volatilities.get(coin)
    )


# The hedge


def _hedge(wanted: Wanted, rows: Sequence[Row], capital_usd: Decimal) -> Hedge | None:
    target = wanted.target
    if target is None or target.short is None:
        return None
    leg = target.short
    base = _base(leg, rows[: len(target.slices)], capital_usd)
    middle = leg.middle_share if wanted.hedge_share is None else wanted.hedge_share
    margin = middle * base / SHORT_LEVERAGE
    stables = sum((row.wanted_usd for row in rows if row.buckets == (Bucket.STABLES,)), NOTHING)
    return Hedge(
        coin=SHORT_COIN,
        low_usd=leg.low_share * base,
        middle_usd=middle * base,
        high_usd=leg.high_share * base,
        base=leg.base,
        base_usd=base,
        low_share=leg.low_share,
        middle_share=middle,
        high_share=leg.high_share,
        leverage=SHORT_LEVERAGE,
        margin_usd=margin,
        stables_usd=stables,
        is_above_range=middle > leg.high_share,
        kept_share=_kept_share(wanted, target, margin / capital_usd),
    )


def _kept_share(wanted: Wanted, target: Target, margin_share: Decimal) -> Decimal:
    """The short of an amount is sized by its whole base; of what is held, by a base that shrinks with the others."""
    if wanted.amount_usd is not None:
        return bought_share(target, margin_share)
    return kept_share(target, SHORT_LEVERAGE, wanted.hedge_share)


def _base(leg: ShortLeg, rows: Sequence[Row], capital_usd: Decimal) -> Decimal:
    match leg.base:
        case Base.TOTAL:
            return capital_usd
        case Base.FIRST:
            return rows[0].wanted_usd
        case Base.LAST:
            return rows[-1].wanted_usd
