"""The command line as a newcomer uses it: each command a process of its own, against servers on this machine."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chatbot.sandbox.botapi import USER, BotApi
from chatbot.sandbox.exchanges import exchanges_app
from chatbot.sandbox.exchanges.faults import Fault, Faults
from chatbot.sandbox.world import World

ROOT = Path(__file__).parent.parent.parent
TOKEN = "123456:not-for-a-log"
NOWHERE = "http://127.0.0.1:9"  # the discard port: refused at once

pytestmark = pytest.mark.xdist_group("processes")


def environment(folder: Path, **variables: str) -> dict[str, str]:
    base = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONDONTWRITEBYTECODE") if name in os.environ}
    settings = {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{folder}/bot.sqlite3",
        "EXCHANGES": "binance,bybit,okx",
        "EXCHANGE_PROXY_URL": NOWHERE,
        "LOG_LEVEL": "DEBUG",
    }
    return base | settings | variables


async def started(folder: Path, *words: str, **variables: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chatbot",
        *words,
        cwd=folder,
        env=environment(folder, **variables),
        stdout=pipe,
        stderr=pipe,
    )


async def ran(folder: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    process = await started(folder, *words, **variables)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def now() -> datetime:
    return datetime.now(UTC)


async def test_run_without_a_token_says_in_two_lines_how_to_get_one(tmp_path: Path) -> None:
    code, out, err = await ran(tmp_path, "run")
    assert (code, out) == (2, "")
    assert "@BotFather" in err
    assert len(err.strip().splitlines()) == 2


async def test_a_wrong_setting_is_refused_by_name(tmp_path: Path) -> None:
    assert (await ran(tmp_path, "check", EXCHANGES="binance,mtgox"))[::2] == (
        2,
        "EXCHANGES: not known to ccxt: mtgox\n",
    )
    code, _, err = await ran(tmp_path, "check", LOG_LEVEL="LOUD")
    assert (code, err) == (2, "LOG_LEVEL: use DEBUG, INFO, WARNING or ERROR\n")


async def test_a_hedge_by_hand_is_answered_with_every_exchange_down(tmp_path: Path) -> None:
    code, out, _ = await ran(tmp_path, "ask", "/hedge 50000 X price=2 contract=500")
    assert code == 0
    assert "200 contracts of 250 X" in out


async def test_with_every_exchange_down_ask_says_which_and_exits_with_three(tmp_path: Path) -> None:
    code, out, _ = await ran(tmp_path, "ask", "/hedge 10 ETH")
    assert code == 3
    assert all(f"• {name} can't be reached" in out for name in ("Binance", "Bybit", "OKX"))


async def test_check_has_a_line_for_each_thing_and_exits_with_one_where_one_is_wrong(tmp_path: Path) -> None:
    async with served(exchanges_app(World(), (faults := Faults()), now)) as gateway:
        faults.set("okx", Fault.REGION_BLOCKED)
        code, out, _ = await ran(tmp_path, "check", EXCHANGE_PROXY_URL=gateway)
    lines = out.splitlines()
    assert code == 1
    assert [line.split(":")[0] for line in lines] == [
        "ok    configuration",
        "ok    database",
        "WRONG telegram",
        "ok    Binance",
        "ok    Bybit",
        "WRONG OKX",
    ]


async def test_ask_prints_plain_text_and_with_json_every_figure(tmp_path: Path) -> None:
    async with served(exchanges_app(World(), Faults(), now)) as gateway:
        code, text, _ = await ran(tmp_path, "ask", "/hedge 10 ETH 50% bybit", EXCHANGE_PROXY_URL=gateway)
        assert (code, text.splitlines()[0][:24]) == (0, "Short 5 ETH on Bybit (≈ ")
        code, text, _ = await ran(tmp_path, "ask", "--json", "/hedge 10 ETH 50%", EXCHANGE_PROXY_URL=gateway)
        plan = json.loads(text)
        assert (code, float(plan["chosen"]["sizing"]["amount_base"]), plan["terms"]["share"]) == (0, 5, "0.5")
        assert (await ran(tmp_path, "ask", "/hedge 10 ETH 0x", EXCHANGE_PROXY_URL=gateway))[0] == 2


async def test_ask_answers_on_simulated_exchanges_without_a_network_and_says_so(tmp_path: Path) -> None:
    code, text, _ = await ran(tmp_path, "ask", "--simulated", "/hedge 10 ETH 50%")
    assert (code, text[:11], "simulated" in text) == (0, "Short 5 ETH", True)


async def test_what_ask_stores_for_a_user_is_that_users(tmp_path: Path) -> None:
    async with served(exchanges_app(World(), Faults(), now)) as gateway:
        await ran(tmp_path, "ask", "--user", "5", "/portfolio add 10 ETH", EXCHANGE_PROXY_URL=gateway)
        _, mine, _ = await ran(tmp_path, "ask", "--user", "5", "/portfolio", EXCHANGE_PROXY_URL=gateway)
        _, others, _ = await ran(tmp_path, "ask", "--user", "6", "/portfolio", EXCHANGE_PROXY_URL=gateway)
    assert "ETH" in mine
    assert others.startswith("Your portfolio is empty.")


def button(message: dict[str, Any], label: str) -> str:
    rows = message["reply_markup"]["inline_keyboard"]
    data: str = next(key["callback_data"] for row in rows for key in row if label in key["text"])
    return data


async def test_the_bot_greets_while_markets_load_answers_by_itself_and_survives_a_kill(tmp_path: Path) -> None:
    telegram = BotApi(TOKEN, now)
    async with served(telegram.app()) as api, served(exchanges_app(World(), Faults(), now)) as gateway:
        settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": api, "EXCHANGE_PROXY_URL": gateway}
        bot = await started(tmp_path, "run", **settings)
        assert "/hedge" in (await telegram.ask("/start", within=30))["text"]
        answer = await until_answered(telegram)
        assert answer["text"].startswith("Short 10 ETH on ")

        bot.kill()
        _, first_log = await bot.communicate()
        bot = await started(tmp_path, "run", **settings)
        with telegram.chat(USER).watch() as events:
            await telegram.press(answer["message_id"], button(answer, "How?"))
            # The answer that was just given may come again: the bot was killed before it noted that it had arrived.
            await next_message(events, lambda message: "How this hedge was worked out" in message.get("text", ""))

        bot.send_signal(signal.SIGTERM)
        _, second_log = await asyncio.wait_for(bot.communicate(), 30)
        assert bot.returncode == 0
        assert TOKEN.encode() not in first_log + second_log
        assert b"not-for-a-log" not in first_log + second_log


async def until_answered(telegram: BotApi) -> dict[str, Any]:
    """The answer to a hedge: the notice that data is loading becomes it by an edit."""
    with telegram.chat(USER).watch() as events:
        await telegram.say("/hedge 10 ETH")
        return await next_message(events, lambda message: "reply_markup" in message)


async def next_message(
    events: "asyncio.Queue[dict[str, Any]]", is_it: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            event = await events.get()
            if "message" in event and is_it(event["message"]):
                message: dict[str, Any] = event["message"]
                return message
