"""UNI at 5, AAVE at 100, FET at 0.5, TAO at 250 and MKR at 1,000 on two exchanges; MKR has no perpetual."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chatbot.command import Reply, Services
from chatbot.core.markets import Instrument, InstrumentKind
from chatbot.core.portfolio import Holding, Portfolio
from handlers.rotate.plan.answer import answer
from tests.fakes import FakeMarket, call, candles, services, spot_price
from tests.samples import book, d, perpetual, snapshot

PRICES = {
    "BTC": "60000",
    "ETH": "3000",
    "UNI": "5",
    "AAVE": "100",
    "FET": "0.5",
    "TAO": "250",
    "MKR": "1000",
    "GATE": "10",
}
WAVE = (0.01, -0.02, 0.015, -0.005, 0.02, -0.01, 0.005, -0.015, 0.01, -0.01)
TIMES = {"BTC": 1.0, "ETH": 1.5, "UNI": 2.0, "AAVE": 1.8, "FET": 3.0, "TAO": 2.5, "MKR": 1.2}
HELD = Portfolio((Holding("UNI", d(1000)), Holding("AAVE", d(10)), Holding("MKR", d(2)), Holding("USDT", d(100))))


def _spot(coin: str, exchange: str) -> Instrument:
    return perpetual(coin, exchange=exchange, symbol=f"{coin}/USDT", kind=InstrumentKind.SPOT, taker_share=d("0.001"))


def market(*, without_perpetual: Sequence[str] = ("MKR", "GATE"), **changes: Any) -> FakeMarket:
    """Spot at Binance and Bybit, perpetuals at Bybit; half a thousandth from mid on each side."""
    spot = tuple(_spot(coin, exchange) for coin in PRICES for exchange in ("binance", "bybit"))
    made = FakeMarket(
        prices={coin: spot_price(coin, price) for coin, price in PRICES.items()},
        markets=[
            snapshot(perpetual(coin, tick_quote=d("0.0001")), price)
            for coin, price in PRICES.items()
            if coin not in without_perpetual
        ],
        history={
            coin: candles(coin, [times * move for move in WAVE] * 10, PRICES[coin]) for coin, times in TIMES.items()
        },
        exchanges=("binance", "bybit"),
        spot=spot,
        spot_books={each: book(each, PRICES[each.coin], "1000000") for each in spot},
    )
    return replace(made, **changes)


async def ask(line: str, on: Services | None = None, **terms: Any) -> Reply:
    """The answer to a line, by somebody who holds nothing unless `on` says otherwise."""
    return await answer(call(line, **terms), on or services(market()))


def holding(portfolio: Portfolio = HELD, **changes: Any) -> Services:
    """Somebody who holds $5,000 of UNI, $1,000 of AAVE and $2,000 of MKR."""
    return services(market(**changes), portfolio)


def commands(reply: Reply) -> list[str]:
    """Behind the buttons."""
    return [button.command for row in reply.buttons for button in row]
