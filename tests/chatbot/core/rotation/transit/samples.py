"""UNI at 5 and FET at 0.5 on markets without a spread, with round figures."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chatbot.core.markets import Instrument, InstrumentKind, Level, OrderBook, Snapshot
from chatbot.core.portfolio import Portfolio
from chatbot.core.rotation.transit.plan import RotationPlan, plan_rotation
from chatbot.core.rotation.transit.terms import Place, Sale, Terms
from tests.samples import NOW, d, funding, history, perpetual, snapshot

TERMS = Terms(stages=4, hedge_share=d("0.3"), leverage=d(2), length=timedelta(days=4))


def spot(coin: str, **changes: Any) -> Instrument:
    """In steps of 0.01 coins, at least $5, taker 0.1 %."""
    terms = {"symbol": f"{coin}/USDT", "kind": InstrumentKind.SPOT, "taker_share": d("0.001")}
    return perpetual(coin, **(terms | changes))


def flat_book(market: Instrument, price: Decimal, amount_base: str = "1000000") -> OrderBook:
    """Both sides at the price: no slippage, as far as it goes."""
    level = Level(price, d(amount_base))
    return OrderBook(market, (level,), (level,), NOW)


def flat(coin: str, price: str, rate: str = "0.0001") -> Snapshot:
    """A perpetual without a spread."""
    market = perpetual(coin)
    whole = snapshot(market, price, funding=funding(rate), history=history(market, rate))
    return replace(whole, book=flat_book(market, d(price)))


def place(coin: str = "UNI", price: str = "5", **changes: Any) -> Place:
    """Spot and one perpetual, no history."""
    market = spot(coin)
    made = Place(
        coin=coin,
        price_quote=d(price),
        source="Bybit spot",
        priced_at=NOW,
        market=market,
        book=flat_book(market, d(price)),
        futures=(flat(coin, price),),
    )
    return replace(made, **changes)


def planned(
    *,
    amount_base: str = "1000",
    source: Place | None = None,
    target: Place | None = None,
    portfolio: Portfolio | None = None,
    **terms: Any,
) -> RotationPlan:
    """1,000 UNI at 5 = $5,000 into FET."""
    return plan_rotation(
        [Sale(source or place(), d(amount_base))],
        [target or place("FET", "0.5")],
        replace(TERMS, **terms),
        now=NOW,
        portfolio=portfolio or Portfolio(),
    )
