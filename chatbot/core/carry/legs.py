"""Cash-and-carry against one contract: what is bought and sold, what it earns, what it costs, what it takes.

Laws: the coins bought are the coins sold forward (equal coins, not equal dollars); prices are executable ones, buying
from the asks and selling to the bids of the visible books; the four fees, the slippage and the gross sum to the net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from chatbot.core import basis, funding
from chatbot.core.errors import NotPossible
from chatbot.core.hedging.room import Room, room_of_short
from chatbot.core.hedging.sizing import Sizing, size_direct
from chatbot.core.markets import FundingHistory, Instrument, InstrumentKind, OrderBook, Snapshot
from chatbot.core.portfolio import Side

DAY, WEEK, MONTH, YEAR = timedelta(days=1), timedelta(days=7), timedelta(days=30), timedelta(days=365)
MONTHS = 12
FEWEST_MONTHS = 3  # to call one of them the worst
MOSTLY = 0.8  # of a month must be covered by settlements for it to count
NEVER = timedelta(days=36_500)
MOVES = (Decimal("-0.5"), Decimal("0.5"))
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for: coins, the leverage of the short, and how long a perpetual is held."""

    amount_base: Decimal
    leverage: Decimal
    horizon: timedelta


class Case(Enum):
    """What the gross rests on."""

    EXPIRY = "locked until expiry"
    NOW = "at today's rate"
    MONTH = "at the 30-day average"
    WORST = "in the worst month"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one case in quote. `gross_quote`: basis or funding before fees and slippage of going out.

    `deviation_quote`: one standard deviation of the funding; None where it is locked or not known.
    """

    case: Case
    gross_quote: Decimal
    deviation_quote: Decimal | None
    net_quote: Decimal
    capital_share: Decimal  # of the capital used
    capital_share_per_year: Decimal
    break_even: timedelta | None  # None: never


@dataclass(frozen=True, slots=True)
class Scenario:
    """The result after spot has moved. `topping_quote`: the margin the short needs on top, or it is liquidated."""

    move_share: Decimal
    net_quote: Decimal
    topping_quote: Decimal


@dataclass(frozen=True, slots=True)
class Fees:
    """The four fills in quote, at taker fees."""

    spot_in_quote: Decimal
    futures_in_quote: Decimal
    spot_out_quote: Decimal
    futures_out_quote: Decimal

    @property
    def total_quote(self) -> Decimal:
        """All four."""
        return self.spot_in_quote + self.futures_in_quote + self.spot_out_quote + self.futures_out_quote


@dataclass(frozen=True, slots=True)
class Slippage:
    """Executable prices against mid, in quote, of going in and of coming out (dated contracts settle at the index)."""

    in_quote: Decimal
    out_quote: Decimal


@dataclass(frozen=True, slots=True)
class Reverse:
    """Coins sold and bought forward. It needs coins that are borrowed or held; it pays while borrowing costs less."""

    gross_quote: Decimal
    net_quote: Decimal
    break_even_borrow_per_year: Decimal


@dataclass(frozen=True, slots=True)
class CarryLeg:
    """One contract beside the coins. Prices are averages over the visible book for this size.

    `basis_share_per_year` None for a perpetual. `capital_quote`: coins and margin (inverse: the coins are the margin).
    """

    instrument: Instrument
    spot: Instrument
    sizing: Sizing
    spot_ask_quote: Decimal
    futures_bid_quote: Decimal
    cost_quote: Decimal  # of the coins
    basis_quote: Decimal
    basis_share: Decimal
    basis_share_per_year: Decimal | None
    length: timedelta  # to expiry, or the horizon
    fees: Fees
    slippage: Slippage
    room: Room | None
    margin_quote: Decimal
    capital_quote: Decimal
    outcomes: tuple[Outcome, ...]
    months: int  # that the worst one was chosen from
    scenarios: tuple[Scenario, ...]
    reverse: Reverse | None
    source: str
    as_of: datetime

    @property
    def main(self) -> Outcome | None:
        """The case that ranks it."""
        return main_of(self.outcomes)


def main_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Locked, else at the settled average, else at today's rate."""
    order = (Case.EXPIRY, Case.MONTH, Case.NOW)
    return next((outcome for case in order for outcome in outcomes if outcome.case is case), None)


@dataclass(frozen=True, slots=True)
class _Prices:
    """Executable averages of both sides of both books for one size, and their mids."""

    spot_ask_quote: Decimal
    spot_bid_quote: Decimal
    spot_mid_quote: Decimal
    futures_ask_quote: Decimal
    futures_bid_quote: Decimal
    futures_mid_quote: Decimal


def carry_leg(
    terms: Terms, spot: OrderBook, snapshot: Snapshot, year: FundingHistory | None, now: datetime
) -> CarryLeg:
    """Raises NotPossible where a book ends before the size, or where the size is below the smallest order."""
    contract = snapshot.instrument
    if snapshot.book is None or not snapshot.book.bids:
        raise NotPossible("The exchange gave no order book.")
    sizing = size_direct(contract, terms.amount_base, snapshot.book.bids[0].price_quote)
    if not sizing.is_orderable:
        raise NotPossible(f"Below its smallest order of {sizing.smallest_contracts.normalize():f} contracts.")
    prices = _prices(sizing, spot, snapshot.book)
    length = _length(contract, terms, now)
    leverage = ONE if contract.is_inverse else terms.leverage
    room = None
    if snapshot.tiers is not None:
        room = room_of_short(contract, sizing, leverage, snapshot.tiers, None, length)
    margin_quote = sizing.notional_quote / leverage
    cost_quote = sizing.amount_base * prices.spot_ask_quote
    capital_quote = cost_quote + (Decimal(0) if contract.is_inverse else margin_quote)
    fees, slippage = _fees(spot.instrument, contract, sizing, prices), _slippage(contract, sizing, prices)
    gross = tuple(_gross(sizing, prices, snapshot, year, length, now))
    outcomes = tuple(_outcome(*each, fees, slippage, capital_quote, length) for each in gross)
    gap_quote = basis.converging_quote(sizing.amount_base, prices.futures_bid_quote, prices.spot_ask_quote)
    return CarryLeg(
        instrument=contract,
        spot=spot.instrument,
        sizing=sizing,
        spot_ask_quote=prices.spot_ask_quote,
        futures_bid_quote=prices.futures_bid_quote,
        cost_quote=cost_quote,
        basis_quote=gap_quote,
        basis_share=basis.basis_share(prices.futures_bid_quote, prices.spot_ask_quote),
        basis_share_per_year=_basis_per_year(contract, prices, length),
        length=length,
        fees=fees,
        slippage=slippage,
        room=room,
        margin_quote=margin_quote,
        capital_quote=capital_quote,
        outcomes=outcomes,
        months=0 if year is None else len(_months(year, now)),
        scenarios=_scenarios(outcomes, spot.instrument, contract, sizing, prices, room),
        reverse=_reverse(outcomes, contract, sizing, prices, fees, slippage, length),
        source=snapshot.quote.source,
        as_of=min(snapshot.quote.as_of, snapshot.book.as_of, spot.as_of),
    )


def _prices(sizing: Sizing, spot: OrderBook, book: OrderBook) -> _Prices:
    spot_mid_quote, futures_mid_quote = spot.mid_quote, book.mid_quote
    if spot_mid_quote is None or futures_mid_quote is None:
        raise NotPossible("A side of the visible book is empty.")
    coins = sizing.amount_base / spot.instrument.contract_size
    return _Prices(
        spot_ask_quote=basis.walk(spot.asks, coins, spot.instrument).average_quote,
        spot_bid_quote=basis.walk(spot.bids, coins, spot.instrument).average_quote,
        spot_mid_quote=spot_mid_quote,
        futures_ask_quote=basis.walk(book.asks, sizing.contracts, book.instrument).average_quote,
        futures_bid_quote=basis.walk(book.bids, sizing.contracts, book.instrument).average_quote,
        futures_mid_quote=futures_mid_quote,
    )


def _length(contract: Instrument, terms: Terms, now: datetime) -> timedelta:
    return terms.horizon if contract.expires_at is None else contract.expires_at - now


def _basis_per_year(contract: Instrument, prices: _Prices, length: timedelta) -> Decimal | None:
    if contract.kind is not InstrumentKind.DATED:
        return None
    return basis.annualised_basis(prices.futures_bid_quote, prices.spot_ask_quote, length)


def _fees(spot: Instrument, contract: Instrument, sizing: Sizing, prices: _Prices) -> Fees:
    """Going out is counted at today's prices, the settlement of a dated contract as a taker fill."""
    coins = sizing.amount_base
    return Fees(
        spot_in_quote=spot.taker_share * coins * prices.spot_ask_quote,
        futures_in_quote=contract.taker_share * coins * prices.futures_bid_quote,
        spot_out_quote=spot.taker_share * coins * prices.spot_bid_quote,
        futures_out_quote=contract.taker_share * coins * prices.futures_ask_quote,
    )


def _slippage(contract: Instrument, sizing: Sizing, prices: _Prices) -> Slippage:
    coins = sizing.amount_base
    spot_in, spot_out = prices.spot_ask_quote - prices.spot_mid_quote, prices.spot_mid_quote - prices.spot_bid_quote
    futures_in, futures_out = (
        prices.futures_mid_quote - prices.futures_bid_quote,
        prices.futures_ask_quote - prices.futures_mid_quote,
    )
    settles = contract.kind is InstrumentKind.DATED
    return Slippage(coins * (spot_in + futures_in), coins * (spot_out + (Decimal(0) if settles else futures_out)))


_Gross = tuple[Case, Decimal, Decimal | None]


def _gross(
    sizing: Sizing,
    prices: _Prices,
    snapshot: Snapshot,
    year: FundingHistory | None,
    length: timedelta,
    now: datetime,
) -> Sequence[_Gross]:
    """What each case earns at mid prices. A perpetual's premium has no date to converge by: it is not counted."""
    if snapshot.instrument.kind is InstrumentKind.DATED:
        return [
            (
                Case.EXPIRY,
                basis.converging_quote(sizing.amount_base, prices.futures_mid_quote, prices.spot_mid_quote),
                None,
            )
        ]
    days, notional = Decimal(length / DAY), sizing.notional_quote

    def earned(rate_per_day: Decimal) -> Decimal:
        return funding.received_quote(Side.SHORT, notional, rate_per_day) * days

    found: list[_Gross] = []
    rate = snapshot.funding
    today = funding.per_day(rate) if rate is not None and not funding.is_suspicious(rate) else None
    if today is not None:
        found.append((Case.NOW, earned(today), None))
    history = year or snapshot.history
    month = funding.realised(history, now, MONTH) if history else None
    if month is not None and month.covered > WEEK:
        spread = month.deviation_per_day
        deviation = None if spread is None else notional * spread * days.sqrt()
        found.append((Case.MONTH, earned(month.rate_per_day), deviation))
    months = _months(year, now) if year is not None else ()
    if len(months) >= FEWEST_MONTHS:
        found.append((Case.WORST, earned(min(months)), None))
    return found


def _months(year: FundingHistory, now: datetime) -> tuple[Decimal, ...]:
    """The rate per day of each of the last twelve spans of 30 days that the settlements cover for the most part."""
    spans = (funding.realised(year, now - MONTH * back, MONTH) for back in range(MONTHS))
    return tuple(span.rate_per_day for span in spans if span is not None and span.covered >= MONTH * MOSTLY)


def _outcome(
    case: Case,
    gross_quote: Decimal,
    deviation_quote: Decimal | None,
    fees: Fees,
    slippage: Slippage,
    capital_quote: Decimal,
    length: timedelta,
) -> Outcome:
    costs = fees.total_quote + slippage.in_quote + slippage.out_quote
    net = gross_quote - costs
    share = net / capital_quote
    days = None if gross_quote <= 0 else costs / (gross_quote / Decimal(length / DAY))
    return Outcome(
        case=case,
        gross_quote=gross_quote,
        deviation_quote=deviation_quote,
        net_quote=net,
        capital_share=share,
        capital_share_per_year=share * Decimal(YEAR / length),
        break_even=None if days is None or days > NEVER / DAY else timedelta(days=float(days)),
    )


def _scenarios(
    outcomes: Sequence[Outcome],
    spot: Instrument,
    contract: Instrument,
    sizing: Sizing,
    prices: _Prices,
    room: Room | None,
) -> tuple[Scenario, ...]:
    """What moves the result is the fee of the sale alone: it is a share of a price that moved."""
    main = main_of(outcomes)
    if main is None:
        return ()
    per_move = sizing.amount_base * (
        spot.taker_share * prices.spot_bid_quote + contract.taker_share * prices.futures_ask_quote
    )
    return tuple(Scenario(move, main.net_quote - per_move * move, _topping(room, move)) for move in MOVES)


def _topping(room: Room | None, move: Decimal) -> Decimal:
    if room is None or room.liquidation_quote is None:
        return Decimal(0)
    needed = next((each.margin_quote for each in room.survivals if each.rise_share == move), Decimal(0))
    return max(needed - room.margin_quote, Decimal(0))


def _reverse(
    outcomes: Sequence[Outcome],
    contract: Instrument,
    sizing: Sizing,
    prices: _Prices,
    fees: Fees,
    slippage: Slippage,
    length: timedelta,
) -> Reverse | None:
    """Where the future is below spot at executable sides, or shorts have paid on average; None where neither is."""
    if contract.kind is InstrumentKind.DATED:
        gross = sizing.amount_base * (prices.spot_bid_quote - prices.futures_ask_quote)
        costs = fees.total_quote + sizing.amount_base * (prices.spot_ask_quote - prices.spot_mid_quote)
    else:
        average = next((each for each in outcomes if each.case is Case.MONTH), None)
        gross = Decimal(0) if average is None else -average.gross_quote
        costs = fees.total_quote + slippage.in_quote + slippage.out_quote
    if gross <= 0:
        return None
    net = gross - costs
    return Reverse(gross, net, net / (sizing.amount_base * prices.spot_bid_quote) * Decimal(YEAR / length))
