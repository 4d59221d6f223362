"""`make bench`: one run, one machine. The bot and the echo bot are processes of their own; this one plays Telegram,
the exchanges and the people."""

import asyncio
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from aiohttp import web

from benchmarks.delivery import measure_delivery
from benchmarks.evidence import measure_evidence
from benchmarks.funding import measure_funding
from benchmarks.risk import measure_risk
from benchmarks.rotation import measure_rotation
from benchmarks.rules import measure_rules, rows
from benchmarks.stored_rules import measure_stored_rules
from chatbot.sandbox.botapi import BotApi
from chatbot.sandbox.exchanges import exchanges_app
from chatbot.sandbox.exchanges.faults import Faults
from chatbot.sandbox.world import World

TOKEN = "1:bench"
UPDATES, AT_ONCE, WARM_UP, ALONE = 2000, 8, 200, 400
CHARTS = 20
QUESTION = "/hedge 10 ETH"
CLOCK_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one bot: updates a second, latencies in ms, CPU in ms an update."""

    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Loads:
    """Of one bot: asked by many chats at once, and by one alone."""

    together: Measured
    alone: Measured


@dataclass(frozen=True, slots=True)
class Stage:
    """The servers that a bot runs against."""

    telegram: BotApi
    environment: dict[str, str]


@asynccontextmanager
async def stage(folder: str) -> AsyncIterator[Stage]:
    """Telegram and the exchanges on free ports of the loopback; the database is new, as Telegram's numbers are."""
    telegram = BotApi(TOKEN, now)
    runners = [web.AppRunner(app, access_log=None) for app in (telegram.app(), exchanges_app(World(), Faults(), now))]
    addresses = []
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
    settings = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": addresses[0],
        "EXCHANGE_PROXY_URL": addresses[1],
        "EXCHANGES": "binance,bybit,okx,hyperliquid",
        "DATABASE_URL": f"sqlite:///{tempfile.mkdtemp(dir=folder)}/bench.sqlite3",
        "LOG_LEVEL": "WARNING",
    }
    try:
        yield Stage(telegram, {**os.environ, **settings})
    finally:
        for runner in runners:
            await runner.cleanup()


@asynccontextmanager
async def running(environment: dict[str, str], *module: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot as a process of its own, stopped at the end."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *module, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


def cpu_s(pid: int) -> float:
    """Seconds of CPU that the process used so far, its children not counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * CLOCK_TICK_S


def resident_mb(pid: int) -> float:
    """Resident memory of the process in MB."""
    line = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def answered_in(telegram: BotApi, user_id: int, text: str) -> float:
    """Seconds from the question to the bot's message."""
    begun = time.perf_counter()
    await telegram.ask(text, user_id=user_id, within=60)
    return time.perf_counter() - begun


async def warmed_up(telegram: BotApi) -> dict[str, Any]:
    """The first whole answer after the markets are loaded; before that the bot says that it is loading."""
    while True:
        message = await telegram.ask(QUESTION, user_id=1, within=60)
        if "reply_markup" in message:
            return message
        await asyncio.sleep(1)


async def load(telegram: BotApi, pid: int, updates: int, at_once: int = AT_ONCE) -> Measured:
    """`updates` questions, `at_once` chats side by side, each asking again as soon as it is answered."""
    latencies: list[float] = []

    async def person(user_id: int) -> None:
        latencies.extend([await answered_in(telegram, user_id, QUESTION) for _ in range(updates // at_once)])

    begun, used = time.perf_counter(), cpu_s(pid)
    await asyncio.gather(*(person(2_000_000 + number) for number in range(at_once)))
    elapsed = time.perf_counter() - begun
    cuts = quantiles(latencies, n=100)
    cpu = (cpu_s(pid) - used) / len(latencies)
    return Measured(len(latencies) / elapsed, cuts[49] * 1e3, cuts[94] * 1e3, cuts[98] * 1e3, cpu * 1e3)


async def loads(telegram: BotApi, pid: int) -> Loads:
    """The same bot asked by many at once, and by one alone, whose latency holds no waiting for others."""
    await load(telegram, pid, WARM_UP)
    return Loads(await load(telegram, pid, UPDATES), await load(telegram, pid, ALONE, at_once=1))


async def measure_echo(at: Stage) -> Loads:
    """The yardstick."""
    async with running(at.environment, "benchmarks.echo") as bot:
        await answered_in(at.telegram, 1, "hello")
        return await loads(at.telegram, bot.pid)


async def measure_bot(at: Stage) -> tuple[Loads, float, float]:
    """The bot with warm data, seconds from its start to the first answer, and its memory in MB."""
    begun = time.perf_counter()
    async with running(at.environment, "benchmarks.lag") as bot:
        await answered_in(at.telegram, 1, "/start")
        first = time.perf_counter() - begun
        await warmed_up(at.telegram)
        return await loads(at.telegram, bot.pid), first, resident_mb(bot.pid)


async def measure_lag(at: Stage, folder: str) -> float:
    """The 99th percentile of the loop's lag in ms while charts are drawn one after the other."""
    async with running({**at.environment, "LAG_FILE": f"{folder}/lags"}, "benchmarks.lag"):
        await answered_in(at.telegram, 1, "/start")
        message = await warmed_up(at.telegram)
        buttons = [button for row in message["reply_markup"]["inline_keyboard"] for button in row]
        chart = next(button["callback_data"] for button in buttons if button["text"] == "Chart")
        for _ in range(CHARTS):
            await answered_in(at.telegram, 1, chart)
    return percentile_ms(Path(folder, "lags"), 0.99)


def percentile_ms(file: Path, share: float) -> float:
    """Of the seconds in a file, one a line."""
    lags = sorted(float(line) for line in file.read_text().splitlines())
    return lags[int(len(lags) * share)] * 1e3


def row(name: str, measured: Measured) -> str:
    """One line of the table."""
    figures = (measured.per_second, measured.p50, measured.p95, measured.p99, measured.cpu)
    return f"{name:<16}" + "".join(f"{figure:>9.2f}" for figure in figures)


async def main() -> None:
    """Measures everything once and prints it."""
    with tempfile.TemporaryDirectory() as folder:
        async with stage(folder) as at:
            echo = await measure_echo(at)
        async with stage(folder) as at:
            hedge, first, memory = await measure_bot(at)
        async with stage(folder) as at:
            lag = await measure_lag(at, folder)
        funding, stored = await measure_funding(), await measure_stored_rules()
        delivered = await measure_delivery(folder)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {AT_ONCE} chats at once")
    print(f"{'':<16}" + "".join(f"{name:>9}" for name in ("upd/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms")))
    print(row("echo bot", echo.together))
    print(row(QUESTION, hedge.together))
    print(row("echo, alone", echo.alone))
    print(row("hedge, alone", hedge.alone))
    print(f"CPU: {hedge.together.cpu / echo.together.cpu:.2f} times the echo bot's (goal 2)")
    print(
        f"latency, alone: p50 {hedge.alone.p50 / echo.alone.p50:.2f} times, p95 {hedge.alone.p95 / echo.alone.p95:.2f}"
    )
    print(f"start to first answer: {first:.2f} s (goal 2)")
    print(f"memory with four simulated exchanges: {memory:.0f} MB (goal 300 with six)")
    print(f"event-loop lag while {CHARTS} charts are drawn, p99: {lag:.1f} ms (goal 20)")
    print("\n".join((*funding.lines(), *rows(measure_rules()), *stored.lines(), str(delivered))))
    print("\n".join((*measure_risk().lines(), *measure_rotation().lines(), *measure_evidence().lines())))


if __name__ == "__main__":
    asyncio.run(main())
