"""The CPU of `/rotate test`: 60 coins, 400 days, four rules against two others, with the funding of 40 coins."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from statistics import median

from pydantic import TypeAdapter

from chatbot.core.markets import Candle, Candles, FundingHistory, Instrument, InstrumentKind, Settlement
from chatbot.core.rotation.evidence.plan import EvidencePlan, Fees, Ground, Seen, ground_of, plan_evidence
from handlers.rotate.evidence.render import render

SECTORS, MEMBERS, DAYS, FUNDINGS, TIMES = 10, 6, 400, 40, 7
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLAN: TypeAdapter[EvidencePlan] = TypeAdapter(EvidencePlan)


@dataclass(frozen=True, slots=True)
class EvidenceMeasured:
    """Medians in ms of CPU: with candles and funding not seen before, seen before, and of what is said."""

    cold_ms: float
    warm_ms: float
    said_ms: float

    def lines(self) -> tuple[str, ...]:
        """For people."""
        coins = SECTORS * MEMBERS
        return (
            f"/rotate test, {coins} coins, {DAYS} days, CPU beside the loop: {self.cold_ms:.0f} ms (goal 200)",
            f"the same again: {self.warm_ms:.0f} ms; its answer in words and kept, on the loop: {self.said_ms:.1f} ms",
        )


def measure_evidence() -> EvidenceMeasured:
    """Each on one thread, the median of TIMES."""
    return EvidenceMeasured(*(median(times) for times in zip(*(_round() for _ in range(TIMES)), strict=True)))


def _round() -> tuple[float, ...]:
    """New candles and settlements each time: nothing about them is remembered."""
    sectors = _sectors()
    coins = ["BTC", *(coin for members in sectors.values() for coin in members)]
    candles = {coin: _candles(coin) for coin in coins}
    fees = Fees(Decimal("0.001"), "simulated")
    seen = Seen({coin: _funding(coin) for coin in coins[:FUNDINGS]}, fees, (), (), (), 6, "simulated", NOW)

    def whole() -> tuple[Ground, EvidencePlan]:
        ground = ground_of(candles, sectors)
        ground.coins_picked()
        return ground, plan_evidence(ground, seen, NOW)

    cold, warm, (_, plan) = _cpu_ms(whole), _cpu_ms(whole), whole()
    return cold, warm, _cpu_ms(partial(render, plan, None, "k")) + _cpu_ms(partial(PLAN.dump_json, plan))


def _cpu_ms(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3


def _sectors() -> dict[str, tuple[str, ...]]:
    return {f"sector {at}": tuple(f"COIN{at}{member}" for member in range(MEMBERS)) for at in range(SECTORS)}


def _candles(coin: str) -> Candles:
    chance, close, bars = random.Random(coin), 100.0, []
    for back in range(DAYS, 0, -1):
        close *= 1 + chance.gauss(0, 0.03)
        price = Decimal(str(round(close, 6)))
        bars.append(Candle(_midnight(back), price, price, price, price, Decimal(1000)))
    return Candles(coin, timedelta(days=1), tuple(bars), "simulated", NOW)


def _funding(coin: str) -> FundingHistory:
    """Every 4 hours, as most are paid."""
    chance, one = random.Random(coin), Decimal(1)
    symbol = f"{coin}/USDT:USDT"
    kind = InstrumentKind.PERPETUAL
    market = Instrument("sim", symbol, symbol, coin, "USDT", "USDT", kind, False, one, one, one, one, one)
    rows = tuple(
        Settlement(Decimal(str(round(chance.gauss(0.0001, 0.0002), 8))), _midnight(0) - timedelta(hours=4) * back)
        for back in reversed(range(6 * 370))
    )
    return FundingHistory(market, rows, NOW, "simulated")


def _midnight(back: int) -> datetime:
    return NOW.replace(hour=0) - timedelta(days=back)


if __name__ == "__main__":
    print("\n".join(measure_evidence().lines()))
