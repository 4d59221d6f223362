"""What a hedge would have done on past days: to the swings of the coins, to their worst fall, and at what cost.

Law: a beta is made of the days before it is used. A short in the coin itself is sized in coins once and needs no
mending; one through another coin is sized anew every week. Floats: shares of what the coins were worth at the start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from chatbot.core.errors import NotPossible, Outage, Suggestion
from chatbot.core.funding import STAMPED_LATE
from chatbot.core.hedging.proxies import DAYS as BETA_DAYS
from chatbot.core.hedging.proxies import fit_proxy
from chatbot.core.hedging.terms import Origin
from chatbot.core.markets import Candles, FundingHistory, Instrument
from chatbot.core.panel import DAY_S, Matrix, Panel, Seconds, Series, panel_of
from chatbot.core.statistics import FEWEST_DAYS as FEWEST_FOR_BETA
from chatbot.core.statistics import NO_MOVE, min_variance_ratio
from chatbot.core.walk import Decide, Frictions, Outcome, Walk, carried, outcome_of, walk

FEWEST_DAYS = 30  # of a test
MENDED_EVERY = 7  # days, where the hedge is through another coin
SLIPPAGE_SHARE = Decimal("0.0005")  # of a trade, assumed
MOST_POINTS = 120  # of a curve
DIGITS = 5  # of a point of a curve
COIN, SHORT = 0, 1  # columns

Rows = NDArray[np.intp]


class TooLong(NotPossible):
    """More days were asked for than there are: `days`."""

    def __init__(self, coins: str, days: int, suggestions: Iterable[Suggestion] = ()) -> None:
        super().__init__(f"{days} days of {coins} can be tested: there are no prices of more.", suggestions)
        self.coins = coins
        self.days = days


@dataclass(frozen=True, slots=True)
class HedgeTest:
    """One hedge on trial. `mended`: how often the short was sized anew; `betas`: the first, lowest, highest and last.

    `deepest`: the most that the short was down, its funding and costs left out; `price_gain`: what its price brought in
    all. `unpaid_days`: of the test, without settlements; all where no exchange told any.
    `amount_base`: None of a value; `origin`: None of a value that is assumed, nothing being named or held.
    """

    coin: str
    instrument: Instrument
    share: Decimal
    value_usd: Decimal  # at the start
    start_price_quote: Decimal
    days: int
    since: datetime
    until: datetime
    unhedged: Outcome
    hedged: Outcome
    price_gain: float
    deepest: float
    mended: int
    betas: tuple[float, float, float, float] | None
    is_beta_given: bool
    taker_share: Decimal
    slippage_share: Decimal
    unpaid_days: int
    outages: tuple[Outage, ...]
    curve_at: tuple[datetime, ...]
    unhedged_curve: tuple[float, ...]
    hedged_curve: tuple[float, ...]
    source: str
    funding_source: str | None
    as_of: datetime
    planned_at: datetime
    amount_base: Decimal | None = None
    origin: Origin | None = None

    @property
    def is_direct(self) -> bool:
        """Short in the coin itself."""
        return self.instrument.coin == self.coin

    @property
    def volatility_cut(self) -> float:
        """The part of the volatility that was taken away; 0 where there was none."""
        before = self.unhedged.volatility_per_year
        return 1 - self.hedged.volatility_per_year / before if before else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What is tried: `share` of the coins, short in `instrument`, `beta` where it is given by hand."""

    coin: Candles
    contract: Candles
    instrument: Instrument
    share: Decimal
    days: int
    beta: float | None = None
    funding: FundingHistory | None = None
    amount_base: Decimal | None = None
    value_usd: Decimal = Decimal(10_000)
    outages: tuple[Outage, ...] = ()

    @property
    def is_direct(self) -> bool:
        """The contract is of the coin."""
        return self.instrument.coin == self.coin.coin


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """The decisions: `share` of the coins, times beta, from row `first` on; closed on row `last`."""

    share: float
    first: int
    last: int
    is_mended: bool
    beta: float | None

    def __call__(self, known: Panel, weights: Series) -> Series | None:
        """A `Decide`. The coins themselves are never traded."""
        row = len(known.closes)
        if row == self.last:
            return np.array([np.nan, 0.0])
        is_due = self.is_mended and (row - self.first) % MENDED_EVERY == 0
        if row != self.first and not is_due:
            return None
        return np.array([np.nan, -self.share * self.beta_at(known) * weights[COIN]])

    def beta_at(self, known: Panel) -> float:
        """Of the 90 days before, unless it is given."""
        return beta_of(known.closes) if self.beta is None else self.beta


def proxy_before(coin: Candles, majors: Mapping[str, Candles], days: int) -> str:
    """The coin that explained most of its moves before the test began.

    TooLong or NotPossible where that was too short a time.
    """
    if not coin.bars:
        raise NotPossible(f"There are no daily prices of {coin.coin}.")
    available = len(coin.bars) - 2 - FEWEST_FOR_BETA
    if days > available >= FEWEST_DAYS:
        raise TooLong(f"{coin.coin} through another coin", available)
    start = coin.bars[-1].opened_at.timestamp() - days * DAY_S
    proxy, _ = fit_proxy(_before(coin, start), {name: _before(each, start) for name, each in majors.items()})
    return proxy.coin


def _before(candles: Candles, start_s: float) -> Candles:
    return replace(candles, bars=tuple(bar for bar in candles.bars if bar.opened_at.timestamp() < start_s))


def plan_test(terms: Terms, now: datetime) -> HedgeTest:
    """Over the last days that both coins have. TooLong where there are fewer; NotPossible where there are too few."""
    panel = _panel(terms)
    last = len(panel.closes) - 1
    first = last - _days(terms, last)
    short = Short(float(terms.share), first, last, not terms.is_direct, 1.0 if terms.is_direct else terms.beta)
    hedged, unhedged = (_walk(panel, first, decide, terms) for decide in (short, _nothing))
    prices = carried(panel.closes)[first:]
    gains = np.cumsum(_gains(prices[:, SHORT], hedged))
    points = np.unique(np.linspace(0, last - first, min(last - first + 1, MOST_POINTS)).round()).astype(int)
    start_price = Decimal(repr(float(prices[0, COIN])))
    return HedgeTest(
        coin=terms.coin.coin,
        instrument=terms.instrument,
        share=terms.share,
        value_usd=terms.value_usd if terms.amount_base is None else terms.amount_base * start_price,
        start_price_quote=start_price,
        days=last - first,
        since=_closed(panel, first),
        until=_closed(panel, last),
        unhedged=outcome_of(unhedged),
        hedged=outcome_of(hedged),
        price_gain=float(gains[-1]),
        deepest=max(0.0, -float(gains.min())),
        mended=max(0, int(np.count_nonzero(hedged.traded)) - 2),
        betas=None if terms.is_direct else _betas(panel, short),
        is_beta_given=terms.beta is not None,
        taker_share=terms.instrument.taker_share,
        slippage_share=SLIPPAGE_SHARE,
        unpaid_days=_unpaid_days(terms.funding, panel.opened[first + 1 :]),
        outages=terms.outages,
        curve_at=tuple(_closed(panel, first + int(at)) for at in points),
        unhedged_curve=tuple(round(float(unhedged.values[at]), DIGITS) for at in points),
        hedged_curve=tuple(round(float(hedged.values[at]), DIGITS) for at in points),
        source=", ".join(dict.fromkeys((terms.coin.source, terms.contract.source))),
        funding_source=None if terms.funding is None else terms.funding.source,
        as_of=min(terms.coin.as_of, terms.contract.as_of),
        planned_at=now,
        amount_base=terms.amount_base,
    )


def beta_of(closes: Matrix) -> float:
    """Slope of the coin's daily log returns on the contract's, over the last 90 days; 0 where that did not move."""
    changes = np.diff(np.log(closes[-BETA_DAYS - 1 :]), axis=0)
    changes = changes[np.isfinite(changes).all(axis=1)]
    if len(changes) < FEWEST_FOR_BETA or changes[:, SHORT].std() < NO_MOVE:
        return 0.0
    return min_variance_ratio(changes[:, COIN], changes[:, SHORT])


def _panel(terms: Terms) -> Panel:
    """The coin and its contract, on the days that both have been there; the perpetual is taken at the coin's price."""
    name = f"{terms.instrument.coin} short"
    whole = panel_of({terms.coin.coin: terms.coin, name: terms.contract})
    rows = np.flatnonzero(np.isfinite(whole.closes).all(axis=1))
    if not len(rows):
        raise NotPossible(f"{terms.coin.coin} and {terms.instrument.coin} have no day in common.")
    return Panel(whole.coins, whole.opened[rows[0] : rows[-1] + 1], whole.closes[rows[0] : rows[-1] + 1])


def _days(terms: Terms, last: int) -> int:
    needed = 0 if terms.is_direct or terms.beta is not None else FEWEST_FOR_BETA + 1
    available, coins = last - needed, terms.coin.coin
    if not terms.is_direct:
        coins = f"{coins} through {terms.instrument.coin}"
    if available < FEWEST_DAYS:
        beside = f", {needed} of them for the first beta" if needed else ""
        least = FEWEST_DAYS + needed + 1
        raise NotPossible(f"There are {last + 1} days of prices of {coins}; a test takes {least}{beside}.")
    if terms.days > available:
        raise TooLong(coins, available)
    return terms.days


def _walk(panel: Panel, first: int, decide: Decide, terms: Terms) -> Walk:
    cost = float(terms.instrument.taker_share + SLIPPAGE_SHARE)
    funding = np.zeros_like(panel.closes)
    if terms.funding is not None:
        funding[:, SHORT] = settled_by_day(terms.funding, panel.opened)
    return walk(panel, first, np.array([1.0, 0.0]), decide, Frictions(np.array([0.0, cost]), funding))


def _nothing(known: Panel, weights: Series) -> None:
    return None


def settled_by_day(history: FundingHistory, opened: Seconds) -> Series:
    """The rates that were charged on each day, summed."""
    rates = np.array([float(row.rate_per_interval) for row in history.settlements], dtype=np.float64)
    total = np.concatenate(([0.0], np.cumsum(rates)))
    begun, ended = _rows_by_day(history, opened)
    found: Series = total[ended] - total[begun]
    return found


def _unpaid_days(history: FundingHistory | None, opened: Seconds) -> int:
    """Days without any settlement."""
    if history is None:
        return len(opened)
    begun, ended = _rows_by_day(history, opened)
    return int((ended == begun).sum())


def _rows_by_day(history: FundingHistory, opened: Seconds) -> tuple[Rows, Rows]:
    """The first settlement of each day and the one behind its last: what is charged at midnight is of the day before,
    since a trade at its close is made just then."""
    charged = np.array([row.charged_at.timestamp() for row in history.settlements], dtype=np.float64)
    begins = opened + STAMPED_LATE.total_seconds()
    return np.searchsorted(charged, begins, side="right"), np.searchsorted(charged, begins + DAY_S, side="right")


def _gains(prices: Series, hedged: Walk) -> Series:
    """What the short gained by its price on each day."""
    gains = np.zeros(len(prices))
    gains[1:] = hedged.held[:-1, SHORT] * (prices[1:] / prices[:-1] - 1)
    return gains


def _betas(panel: Panel, short: Short) -> tuple[float, float, float, float]:
    rows = range(short.first, short.last, MENDED_EVERY)
    found = [short.beta_at(panel.until(row)) for row in rows]
    return found[0], min(found), max(found), found[-1]


def _closed(panel: Panel, row: int) -> datetime:
    return datetime.fromtimestamp(int(panel.opened[row]) + DAY_S, UTC)
