"""Two contracts worth $100 each, and what a plan needs beside them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from chatbot.core.allocation.tilt.change import Change, stated
from chatbot.core.allocation.tilt.figures import LegBeta
from chatbot.core.allocation.tilt.legs import Terms
from chatbot.core.allocation.tilt.plan import TiltPlan, plan_tilt
from chatbot.core.allocation.tilt.spot import SpotWay, spot_way
from chatbot.core.markets import Instrument, InstrumentKind, Snapshot, SpotPrice
from tests.samples import NOW, book, d, perpetual, snapshot

# 0.002 BTC at 50,000 and 0.05 ETH at 2,000 are $100 each; whole contracts
BTC = perpetual("BTC", contract_size=d("0.002"), step_contracts=d(1), minimum_contracts=d(1))
ETH = perpetual("ETH", contract_size=d("0.05"), step_contracts=d(1), minimum_contracts=d(1))
PRICES = {"BTC": "50000", "ETH": "2000"}
BETAS = {"BTC": LegBeta("BTC", 1.0, year_beta=1.0), "ETH": LegBeta("ETH", 1.44, 90, 0.05, 1.3, 365)}
SPOT = {
    coin: perpetual(
        coin,
        exchange="binance",
        symbol=f"{coin}/USDT",
        kind=InstrumentKind.SPOT,
        taker_share=d("0.001"),
        step_contracts=d("0.0001"),
        minimum_contracts=d("0.0001"),
    )
    for coin in PRICES
}
SPOT_PRICES = {
    coin: SpotPrice(coin, d(price), "USDT", None, None, "Binance spot", NOW) for coin, price in PRICES.items()
}


def priced(market: Instrument, **changes: object) -> Snapshot:
    """At the round price of its coin."""
    return snapshot(market, PRICES[market.coin], **changes)


def terms(leverage: str = "5", **changes: object) -> Terms:
    """30 days, a stop of 5 %."""
    usual = Terms(d(leverage), timedelta(days=30), d("0.05"))
    return replace(usual, **changes)  # type: ignore[arg-type]


def by_spot(change: Change) -> SpotWay:
    """In books that are 0.1 % wide."""
    books = {market: book(market, PRICES[coin], "100000") for coin, market in SPOT.items()}
    return spot_way(change, SPOT_PRICES, SPOT, books)


def fifty_fifty(to: str = "0.65", capital: str = "100000") -> Change:
    """BTC and ETH, half each, to `to` of BTC."""
    shares = [d(to), 1 - d(to)]
    return stated(("BTC", "ETH"), [d("0.5"), d("0.5")], shares, d(capital))


def planned(
    change: Change | None = None, on: Sequence[Snapshot] = (), asked: Terms | None = None, **changes: object
) -> TiltPlan:
    """On the two $100 contracts unless others are given."""
    whole = change or fifty_fifty()
    given = {"betas": BETAS, "volatilities": {"BTC": 0.5, "ETH": 0.7}, "now": NOW, **changes}
    return plan_tilt(whole, asked or terms(), on or (priced(BTC), priced(ETH)), by_spot(whole), **given)  # type: ignore[arg-type]


def near(value: Decimal, expected: str, within: str = "0.01") -> bool:
    """Whether they differ by a cent at most."""
    return abs(value - Decimal(expected)) <= Decimal(within)
