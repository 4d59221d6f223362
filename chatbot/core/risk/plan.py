"""The risk of a portfolio, futures included, and what a hedge would change in it.

Laws: exposure is net coins times price; what has no price or too little history, and a position that is past its
liquidation as recorded, is named and counted nowhere; before and after a hedge are measured on the same days and the
same capital, which its margin is taken from.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem
from chatbot.core.exposure import perpetual_of
from chatbot.core.markets import Candles, Snapshot, SpotPrice
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Portfolio, Side
from chatbot.core.risk.measures import (
    BITCOIN,
    FALLS,
    FEWEST_DAYS,
    RISES,
    History,
    RiskReport,
    history_of,
    risk_report,
)
from chatbot.core.risk.positions import PositionRisk, StressOutcome, outcome_of, position_risk

WITHIN_ERROR = 0.02  # of a beta: no estimate is nearer than that


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked up: prices by coin, daily candles by coin (bitcoin's among them), snapshots of perpetuals.

    `unasked`: coins beyond the number of histories that are asked for.
    """

    prices: Mapping[str, SpotPrice]
    candles: Mapping[str, Candles]
    snapshots: tuple[Snapshot, ...] = ()
    unasked: tuple[str, ...] = ()
    outages: tuple[Outage, ...] = ()
    exchanges_asked: int = 0


@dataclass(frozen=True, slots=True)
class Book:
    """Exposures in USD by coin, futures included, the largest first. `positions` are all that are recorded.

    `capital_usd`: coins at their value, cash among them, and futures at what they tie up, as /allocate counts.
    """

    exposures: tuple[tuple[str, Decimal], ...]
    unpriced: tuple[str, ...]
    capital_usd: Decimal
    cash_usd: Decimal
    futures_usd: Decimal
    positions: tuple[PositionRisk, ...]

    @property
    def counted(self) -> tuple[PositionRisk, ...]:
        """The positions that are in the figures: those that are not past their liquidation."""
        return tuple(each for each in self.positions if not each.is_past)

    @property
    def past(self) -> tuple[PositionRisk, ...]:
        """Those that as recorded were liquidated already."""
        return tuple(each for each in self.positions if each.is_past)

    @property
    def held_usd(self) -> Decimal:
        """Coins and cash."""
        return self.capital_usd - self.futures_usd

    @property
    def exposed_usd(self) -> Decimal:
        """Net, of everything that has a price."""
        return sum((value for _, value in self.exposures), Decimal(0))

    @property
    def funding_usd_per_day(self) -> Decimal | None:
        """Of the whole book, + when received; None where no rate is known."""
        known = [each.funding_usd_per_day for each in self.counted if each.funding_usd_per_day is not None]
        return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True, slots=True)
class Measured:
    """A book and its risk; `bitcoin_base` is the sum of beta times exposure in bitcoin, None without its price."""

    book: Book
    report: RiskReport
    outcomes: tuple[StressOutcome, ...]
    bitcoin_base: Decimal | None


@dataclass(frozen=True, slots=True)
class RiskPlan:
    """The risk as it is, and with `hedge` where one is asked about. `as_of` is the oldest price or mark.

    `over_base`: coins of the hedge beyond the net coins held; 0 where none are held, as with a hedge through another.
    """

    before: Measured
    hedge: FuturesPosition | None
    asked_move: float | None
    after: Measured | None
    over_base: Decimal
    unasked: tuple[str, ...]
    outages: tuple[Outage, ...]
    exchanges_asked: int
    sources: tuple[str, ...]
    as_of: datetime | None
    planned_at: datetime

    @property
    def hedge_margin_usd(self) -> Decimal:
        """What the hedge takes to open; zero without one."""
        return self.hedge.margin_quote(self.hedge.entry_quote or Decimal(0)) if self.hedge else Decimal(0)

    @property
    def is_affordable(self) -> bool:
        """Whether all coins and all cash together would do for its margin."""
        return self.hedge_margin_usd <= self.before.book.held_usd

    @property
    def margined_base(self) -> Decimal | None:
        """Of a hedge that takes more margin than there is cash, the coins that the cash would do for; None without."""
        cash, margin = self.before.book.cash_usd, self.hedge_margin_usd
        return self.hedge.amount_base * cash / margin if self.hedge and 0 < cash < margin else None

    @property
    def raises_exposure(self) -> bool:
        """Whether the hedge is more than there was to hedge: the beta is larger than before, to whichever side."""
        return self.after is not None and abs(self.after.report.beta) > abs(self.before.report.beta)

    @property
    def turns_exposure(self) -> bool:
        """Whether the hedge leaves a beta to the other side that is more than the error of the estimate."""
        if self.after is None:
            return False
        before, after = self.before.report.beta, self.after.report.beta
        return before * after < 0 and abs(after) > WITHIN_ERROR * abs(before)

    @property
    def neutral_base(self) -> Decimal | None:
        """Of a hedge that is too large, the coins that would not be; None where it is not, or nothing is to hedge."""
        if self.hedge is None or self.after is None:
            return None
        fits = [self.hedge.amount_base - self.over_base] if self.over_base else []
        before, after = self.before.report.beta, self.after.report.beta
        if (self.turns_exposure or self.raises_exposure) and before > after and before > 0:
            fits.append(self.hedge.amount_base * Decimal(repr(before / (before - after))))
        return min(fits, default=None)


def plan_risk(
    portfolio: Portfolio,
    seen: Seen,
    now: datetime,
    hedge: FuturesPosition | None = None,
    asked_move: float | None = None,
) -> RiskPlan:
    """With `asked_move` of bitcoin (-0.3 is a fall of 30 %) among the stresses.

    Takes some 30 ms of CPU for 50 coins and two years: not for the event loop.

    NotPossible where nothing moves with the market, where nothing has a price or enough history, and where the hedge
    is in a coin without; MarketUnavailable where that coin's prices may be at an exchange that is out.
    """
    book, after = _books(portfolio, seen, hedge)
    coins = [coin for coin, _ in after.exposures if coin not in seen.unasked]
    history, moves, stamps = _history(coins, seen, hedge), _moves(after, asked_move), _stamps(coins, seen)
    return RiskPlan(
        before=_measured(book, seen, history, moves),
        hedge=hedge,
        asked_move=asked_move,
        after=_measured(after, seen, history, moves) if hedge else None,
        over_base=_over_base(portfolio, book, hedge),
        unasked=seen.unasked,
        outages=seen.outages,
        exchanges_asked=seen.exchanges_asked,
        sources=tuple(dict.fromkeys(source for source, _ in stamps)),
        as_of=min((at for _, at in stamps), default=None),
        planned_at=now,
    )


def _books(portfolio: Portfolio, seen: Seen, hedge: FuturesPosition | None) -> tuple[Book, Book]:
    """Without the hedge and with it, on the same capital."""
    book = book_of(portfolio, seen)
    if hedge is None:
        return book, book
    after = book_of(replace(portfolio, positions=(*portfolio.positions, hedge)), seen)
    return book, replace(after, capital_usd=book.capital_usd, futures_usd=book.futures_usd)


def _moves(book: Book, asked_move: float | None) -> tuple[float, ...]:
    """Falls, then rises, the smallest first; shorts are tried on the way up, too."""
    has_shorts = any(each.position.side is Side.SHORT for each in book.counted)
    moves = {*FALLS, *(RISES if has_shorts else ()), *(() if asked_move is None else (asked_move,))}
    return tuple(sorted(moves, key=lambda move: (move > 0, abs(move))))


def _stamps(coins: Collection[str], seen: Seen) -> list[tuple[str, datetime]]:
    """Where each price and mark is from, and when."""
    prices = [price for coin, price in seen.prices.items() if coin in coins or coin == BITCOIN]
    quotes = [snapshot.quote for snapshot in seen.snapshots]
    return [*((each.source, each.as_of) for each in prices), *((each.source, each.as_of) for each in quotes)]


def _over_base(portfolio: Portfolio, book: Book, hedge: FuturesPosition | None) -> Decimal:
    counted = replace(portfolio, positions=tuple(each.position for each in book.counted))
    held = counted.net_base(hedge.coin) if hedge else Decimal(0)
    return max(hedge.amount_base - held, Decimal(0)) if hedge and held > 0 else Decimal(0)


def _unmeasured(coin: str, seen: Seen) -> Problem:
    """Where an exchange is out, prices that are missing are no short history."""
    if coin not in seen.candles and seen.outages:
        return MarketUnavailable(
            f"No daily prices of {coin} came, so what a hedge in it changes is not known.", seen.outages
        )
    return NotPossible(f"{coin} has too short a history here to say what a hedge in it changes.")


def _history(coins: Collection[str], seen: Seen, hedge: FuturesPosition | None) -> History:
    if BITCOIN not in seen.candles:
        raise NotPossible(f"There are no daily prices of {BITCOIN} here, so there is no risk to measure.")
    history = history_of(tuple(coins), seen.candles, seen.candles[BITCOIN])
    if hedge is not None and hedge.coin not in history.returns.coins:
        raise _unmeasured(hedge.coin, seen)
    return history


def book_of(portfolio: Portfolio, seen: Seen) -> Book:
    """The portfolio at its prices; a coin without a spot price counts at the mark of its perpetual."""
    prices = _prices(portfolio, seen)
    positions = tuple(_position(each, prices.get(each.coin), seen.snapshots) for each in portfolio.positions)
    counted = replace(portfolio, positions=tuple(each.position for each in positions if not each.is_past))
    coins = [coin for coin in counted.coins() if coin not in STABLECOINS]
    values = {coin: counted.net_base(coin) * prices[coin] for coin in coins if coin in prices}
    held = {each.coin: each.amount_base * prices[each.coin] for each in portfolio.holdings if each.coin in prices}
    tied_up = [each.tied_up_quote(prices[each.coin]) for each in counted.positions if each.coin in prices]
    futures = sum(tied_up, Decimal(0))
    return Book(
        exposures=tuple(sorted(values.items(), key=lambda each: -abs(each[1]))),
        unpriced=tuple(coin for coin in portfolio.coins() if coin not in prices),
        capital_usd=sum(held.values(), futures),
        cash_usd=sum((value for coin, value in held.items() if coin in STABLECOINS), Decimal(0)),
        futures_usd=futures,
        positions=positions,
    )


def _prices(portfolio: Portfolio, seen: Seen) -> dict[str, Decimal]:
    marks = {snapshot.instrument.coin: snapshot.quote.mark_quote for snapshot in seen.snapshots}
    spot = {coin: price.price_quote for coin, price in seen.prices.items()}
    return {coin: price for coin, price in (marks | spot).items() if coin in portfolio.coins()}


def _position(each: FuturesPosition, price_quote: Decimal | None, snapshots: Iterable[Snapshot]) -> PositionRisk:
    of = {snapshot.instrument: snapshot for snapshot in snapshots}
    market = perpetual_of(each, tuple(of))
    return position_risk(each, of[market] if market else None, price_quote)


def _measured(book: Book, seen: Seen, history: History, moves: Sequence[float]) -> Measured:
    report = _report(book, history, moves)
    bitcoin = seen.prices.get(BITCOIN)
    exposed = sum(
        (Decimal(repr(report.betas[c])) * value for c, value in book.exposures if c in report.betas), Decimal(0)
    )
    return Measured(
        book,
        report,
        tuple(outcome_of(stress, book.positions) for stress in report.stresses),
        exposed / bitcoin.price_quote if bitcoin else None,
    )


def _report(book: Book, history: History, moves: Sequence[float]) -> RiskReport:
    """NotPossible says which coins are too new, where all of them are, and which positions must be gone."""
    exposures = dict(book.exposures)
    days = dict(history.left_out)
    if exposures and all(coin in days for coin in exposures):
        named = ", ".join(f"{coin} ({days[coin]} days)" for coin in exposures)
        raise NotPossible(f"Too little history to measure a risk, which takes {FEWEST_DAYS} days: {named}.")
    if not exposures and book.unpriced:
        raise NotPossible(f"No exchange here has a price of {', '.join(book.unpriced)}: there is no risk to measure.")
    if not exposures and book.past:
        gone = ", ".join(f"{each.position.side.value} {each.position.coin}" for each in book.past)
        raise NotPossible(f"As recorded, these were liquidated already, and nothing else here moves: {gone}.")
    return risk_report(exposures, book.capital_usd, history, moves)
