"""The CPU of `/risk` for a whole book: 50 coins, two years of days, futures among them."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from statistics import median

from chatbot.core.markets import Candle, Candles, SpotPrice
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.risk.plan import Seen, plan_risk
from handlers.risk.answer import PLAN
from handlers.risk.render import render

COINS, DAYS, TIMES = 50, 730, 7
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RiskMeasured:
    """Medians in ms of CPU: with candles not seen before, seen before, with a hedge beside, and of what is said."""

    cold_ms: float
    warm_ms: float
    hedged_ms: float
    said_ms: float

    def lines(self) -> tuple[str, ...]:
        """For people."""
        return (
            f"/risk, {COINS} coins, {DAYS} days, CPU beside the loop: {self.cold_ms:.0f} ms (goal 150)",
            f"the same again: {self.warm_ms:.0f} ms; before and after a hedge: {self.hedged_ms:.0f} ms",
            f"its answer put into words and kept, on the loop: {self.said_ms:.1f} ms",
        )


def measure_risk() -> RiskMeasured:
    """Each on one thread, the median of TIMES."""
    portfolio = _portfolio()
    hedge = FuturesPosition("COIN1", Side.SHORT, Decimal(5), None, Decimal(100), Decimal(2))
    rounds = [_round(portfolio, hedge) for _ in range(TIMES)]
    return RiskMeasured(*(median(times) for times in zip(*rounds, strict=True)))


def _round(portfolio: Portfolio, hedge: FuturesPosition) -> tuple[float, ...]:
    seen = _seen()
    as_it_is = partial(plan_risk, portfolio, seen, NOW)
    cold, warm = _cpu_ms(as_it_is), _cpu_ms(as_it_is)
    hedged = _cpu_ms(partial(plan_risk, portfolio, seen, NOW, hedge))
    plan = as_it_is()
    return cold, warm, hedged, _cpu_ms(partial(render, plan, None, "k")) + _cpu_ms(partial(PLAN.dump_json, plan))


def _cpu_ms(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3


def _portfolio() -> Portfolio:
    """Every coin held, and a short of each fifth one at no exchange in particular."""
    coins = [f"COIN{number}" for number in range(COINS)]
    shorts = [FuturesPosition(coin, Side.SHORT, Decimal(2), None, Decimal(100), Decimal(2)) for coin in coins[::5]]
    return Portfolio(tuple(Holding(coin, Decimal(10)) for coin in coins), tuple(shorts))


def _seen() -> Seen:
    """New candles each time: nothing about them is remembered."""
    names = ["BTC", *(f"COIN{number}" for number in range(COINS))]
    prices = {name: SpotPrice(name, Decimal(100), "USDT", None, None, "simulated", NOW) for name in names}
    return Seen(prices, {name: _candles(name) for name in names})


def _candles(coin: str) -> Candles:
    chance, close, bars = random.Random(coin), 100.0, []
    for back in range(DAYS + 1, 0, -1):
        close *= 1 + chance.gauss(0, 0.03)
        price = Decimal(str(round(close, 6)))
        day = NOW.replace(hour=0) - timedelta(days=back)
        bars.append(Candle(day, price, price, price, price, Decimal(1000)))
    return Candles(coin, timedelta(days=1), tuple(bars), "simulated", NOW)


if __name__ == "__main__":
    print("\n".join(measure_risk().lines()))
