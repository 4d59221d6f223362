"""Rolling a short from the near dated contract into the next: what it costs, from executable sides.

Law: a positive cost is paid, a negative one is earned (the next contract stands above the near one).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core import basis
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.core.hedging.sizing import size_direct
from chatbot.core.markets import Instrument, OrderBook, Snapshot, exchange_name

DAY, YEAR = timedelta(days=1), timedelta(days=365)
TOO_OLD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Roll:
    """From `near` to `far` on one exchange for `amount_base` coins. `cost_quote` without, `total_quote` with fees.

    `total_share_per_year` is of spot, over the days that the roll adds: `(near ask - far bid)/S * 365/extra + fees`.
    """

    near: Instrument
    far: Instrument
    amount_base: Decimal
    near_ask_quote: Decimal
    far_bid_quote: Decimal
    spot_quote: Decimal
    extra: timedelta
    cost_quote: Decimal
    fees_quote: Decimal
    total_quote: Decimal
    total_quote_per_day: Decimal
    cost_share_per_year: Decimal
    total_share_per_year: Decimal
    source: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class RollPlan:
    """The roll of each exchange and settlement currency, cheapest first; `refused`: why others are not possible."""

    coin: str
    amount_base: Decimal
    planned_at: datetime
    rolls: tuple[Roll, ...]
    refused: tuple[str, ...]
    outages: tuple[Outage, ...]


def plan_roll(
    coin: str,
    amount_base: Decimal,
    snapshots: Sequence[Snapshot],
    *,
    now: datetime,
    outages: Sequence[Outage] = (),
) -> RollPlan:
    """`snapshots`: dated contracts. MarketUnavailable without a fresh one, NotPossible where no exchange has two."""
    fresh = [snap for snap in snapshots if now - snap.quote.as_of <= TOO_OLD]
    if not fresh:
        raise MarketUnavailable(f"No exchange gave prices of dated {coin} contracts in the last ten minutes.", outages)
    pairs = _pairs(fresh)
    if not pairs:
        raise NotPossible(f"No exchange here lists two dated {coin} contracts, so there is nothing to roll into.")
    rolls: list[Roll] = []
    refused: list[str] = []
    for near, far in pairs:
        try:
            rolls.append(roll(near, far, amount_base))
        except NotPossible as problem:
            refused.append(f"{exchange_name(near.instrument.exchange)}: {problem.sentence}")
    if not rolls:
        raise NotPossible(refused[0])
    rolls.sort(key=lambda each: each.total_share_per_year)
    return RollPlan(coin, amount_base, now, tuple(rolls), tuple(refused), tuple(outages))


def _pairs(snapshots: Sequence[Snapshot]) -> list[tuple[Snapshot, Snapshot]]:
    """The two nearest expiries of each exchange and settlement currency."""
    families: dict[tuple[str, str], list[Snapshot]] = {}
    for snap in sorted(snapshots, key=_expiry):
        families.setdefault((snap.instrument.exchange, snap.instrument.settle), []).append(snap)
    return [(family[0], family[1]) for family in families.values() if len(family) > 1]


def roll(near: Snapshot, far: Snapshot, amount_base: Decimal) -> Roll:
    """Buys back the near at its ask, sells the far at its bid, both through the visible book, with two taker fees."""
    near_ask = _executable(near, amount_base, is_buy=True)
    far_bid = _executable(far, amount_base, is_buy=False)
    spot = near.quote.index_quote or near.quote.mark_quote
    extra = _expiry(far) - _expiry(near)
    cost = amount_base * (near_ask - far_bid)
    fees = amount_base * (near.instrument.taker_share * near_ask + far.instrument.taker_share * far_bid)
    yearly = Decimal(YEAR / extra) / (amount_base * spot)
    return Roll(
        near=near.instrument,
        far=far.instrument,
        amount_base=amount_base,
        near_ask_quote=near_ask,
        far_bid_quote=far_bid,
        spot_quote=spot,
        extra=extra,
        cost_quote=cost,
        fees_quote=fees,
        total_quote=cost + fees,
        total_quote_per_day=(cost + fees) / Decimal(extra / DAY),
        cost_share_per_year=cost * yearly,
        total_share_per_year=(cost + fees) * yearly,
        source=near.quote.source,
        as_of=min(near.quote.as_of, far.quote.as_of),
    )


def _executable(snapshot: Snapshot, amount_base: Decimal, *, is_buy: bool) -> Decimal:
    """The average price of this size; the best price of the ticker where no book came. NotPossible without either."""
    quote, book = snapshot.quote, snapshot.book
    if book is not None and (book.asks if is_buy else book.bids):
        return _walked(book, amount_base, is_buy=is_buy)
    best = quote.ask_quote if is_buy else quote.bid_quote
    if best is None:
        raise NotPossible(f"{snapshot.instrument.market_id} has no {'ask' if is_buy else 'bid'}.")
    return best


def _walked(book: OrderBook, amount_base: Decimal, *, is_buy: bool) -> Decimal:
    levels = book.asks if is_buy else book.bids
    contracts = size_direct(book.instrument, amount_base, levels[0].price_quote).wanted_contracts
    return basis.walk(levels, contracts, book.instrument).average_quote


def _expiry(snapshot: Snapshot) -> datetime:
    expires_at = snapshot.instrument.expires_at
    assert expires_at is not None  # dated contracts alone are rolled
    return expires_at
