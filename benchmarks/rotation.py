"""The CPU of `/rotate`: the whole table over 60 coins and two years of days."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from statistics import median

from pydantic import TypeAdapter

from chatbot.core.markets import Candle, Candles
from chatbot.core.rotation.sectors import sectors_of
from chatbot.core.rotation.table import Looked, SectorTable, plan_table
from handlers.rotate.table import render

COINS, DAYS, TIMES = 60, 730, 7
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LOOKED = Looked(("binance",), (), (), (), ("simulated",), NOW, NOW)
PLAN = TypeAdapter(SectorTable)


@dataclass(frozen=True, slots=True)
class RotationMeasured:
    """Medians in ms of CPU: with candles not seen before, seen before, and of what is said."""

    cold_ms: float
    warm_ms: float
    said_ms: float

    def lines(self) -> tuple[str, ...]:
        """For people."""
        return (
            f"/rotate, {COINS} coins, {DAYS} days, CPU beside the loop: {self.cold_ms:.0f} ms (goal 200)",
            f"the same again: {self.warm_ms:.0f} ms; put into words and kept, on the loop: {self.said_ms:.1f} ms",
        )


def measure_rotation() -> RotationMeasured:
    """Each on one thread, the median of TIMES."""
    return RotationMeasured(*(median(times) for times in zip(*(_round() for _ in range(TIMES)), strict=True)))


def _round() -> tuple[float, float, float]:
    sectors = _sectors()
    work = partial(plan_table, _candles_of(sectors), sectors, {}, LOOKED)
    cold, warm = _cpu_ms(work), _cpu_ms(work)
    plan = work()
    return cold, warm, _cpu_ms(partial(render, plan, (), "k", is_private=True)) + _cpu_ms(partial(PLAN.dump_json, plan))


def _cpu_ms(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3


def _sectors() -> Mapping[str, tuple[str, ...]]:
    """The catalogue's, up to 60 coins in all, the largest of each first."""
    coins = set(islice((coin for row in _rows() for coin in row), COINS))
    return {name: tuple(coin for coin in members if coin in coins) for name, members in sectors_of(()).items()}


def _rows() -> list[list[str]]:
    members = list(sectors_of(()).values())
    return [[coins[place] for coins in members if place < len(coins)] for place in range(max(map(len, members)))]


def _candles_of(sectors: Mapping[str, tuple[str, ...]]) -> Mapping[str, Candles]:
    """New candles each time: nothing about them is remembered."""
    names = dict.fromkeys(("BTC", *(coin for coins in sectors.values() for coin in coins)))
    return {name: _candles(name) for name in names}


def _candles(coin: str) -> Candles:
    chance, close, bars = random.Random(coin), 100.0, []
    for back in range(DAYS, 0, -1):
        close *= 1 + chance.gauss(0, 0.03)
        price = Decimal(str(round(close, 6)))
        day = NOW.replace(hour=0) - timedelta(days=back)
        bars.append(Candle(day, price, price, price, price, Decimal(1000)))
    return Candles(coin, timedelta(days=1), tuple(bars), "simulated", NOW)


if __name__ == "__main__":
    print("\n".join(measure_rotation().lines()))
