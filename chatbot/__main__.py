"""The roof: settings, then parts, then run. The only module that sees everything, the clock and the environment."""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context

from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from chatbot import charts
from chatbot.command import Call, ChatKind, ExchangeState, Reply, Services
from chatbot.command import Drawing as AnyPicture
from chatbot.config import Settings, in_plain_words
from chatbot.core.chats import KnownChat
from chatbot.core.errors import MarketUnavailable, Problem
from chatbot.market import Market, unknown_exchanges
from chatbot.messenger import (
    Limits,
    Sender,
    Webhook,
    bot_name,
    build_application,
    plain_text,
    respond,
    serve,
    silence_token,
)
from chatbot.sandbox.local import Sandbox, open_sandbox
from chatbot.watch import Watcher
from handlers.funding.alerts import TELLING
from handlers.menu import MENU
from storage import Database, UnknownSchema, migrate, open_database

NO_TOKEN = """TELEGRAM_BOT_TOKEN is not set. Message @BotFather on Telegram, send /newbot, copy the token you get.
Then: TELEGRAM_BOT_TOKEN=<token> make run (or put the line in .env). No account? make sandbox needs none."""

SWITCHING = """To see an exchange fail: curl {url}/_faults -d '{{"exchange": "okx", "fault": "slow"}}'
(rate_limited, banned, forbidden, region_blocked, server_error, broken_json, html_page, reset, stale; null mends it)"""

STORAGE_FAILURES = (sqlite3.Error, SQLAlchemyError)  # the file is locked, or the disk is full: it may pass
OK, WRONG, MISTAKE, UNAVAILABLE = 0, 1, 2, 3
COLLECT_SELDOM = (20_000, 20, 50)  # objects, then generations


def now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running bot is made of."""

    database: Database
    market: Market
    services: Services


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Parts]:
    """The parts, opened, with markets loading; closed at the end."""
    migrate(settings.database_url, now())
    database = await open_database(settings.database_url, now)
    market = Market(
        settings.exchanges,
        now,
        gateway_url=settings.exchange_proxy_url,
        proxy_url=settings.proxy_to(settings.exchange_proxy_url),
        source_note=settings.exchange_source_note,
    )
    services = Services(
        market=market,
        portfolios=database.portfolios,
        answers=database.answers,
        personal_data=database.personal_data,
        settings=database.settings,
        alerts=database.alerts,
        charges=database.charges,
        chat_book=database.chat_book,
        chats=NoChats(),
        now=now,
    )
    market.start()
    try:
        yield Parts(database, market, services)
    finally:
        await market.close()
        await database.close()


class NoChats:
    """What a terminal knows of Telegram's chats: nothing. The bot itself asks Telegram."""

    async def administers(self, chat_id: int, user_id: int) -> bool:
        """Nobody does."""
        return False

    async def look_up(self, name: str) -> KnownChat | None:
        """There is none."""
        return None


class Drawing:
    """Pictures are drawn in another process: the loop never waits for them.

    A process that died is replaced, and so is one whose picture nobody waits for any more: it may hang.
    """

    def __init__(self) -> None:
        self._pool = self._new_pool()

    async def draw(self, picture: AnyPicture) -> bytes:
        """The picture as a PNG."""
        loop, pool = asyncio.get_running_loop(), self._pool
        try:
            return await loop.run_in_executor(pool, charts.draw, picture)
        except asyncio.CancelledError:
            self._replace(pool)
            raise
        except BrokenProcessPool:
            self._replace(pool)
            return await loop.run_in_executor(self._pool, charts.draw, picture)

    def _replace(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is pool:
            self._pool = self._new_pool()
            workers = tuple((pool._processes or {}).values())  # noqa: SLF001 - kill_workers() comes with Python 3.14
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.kill()

    def close(self) -> None:
        """Waits for the picture being drawn."""
        self._pool.shutdown(cancel_futures=True)

    @staticmethod
    def _new_pool() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def stop_signal() -> asyncio.Event:
    """Set by Ctrl+C, and by SIGTERM as hosts send it."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def spare_the_collector(market: Market) -> None:
    """Takes the loaded markets, hundreds of thousands of objects that stay, out of every later garbage collection.

    Measured: with them in, collections took a third of the CPU of an answer.
    """
    gc.set_threshold(*COLLECT_SELDOM)
    await market.wait_until_ready()
    gc.freeze()


async def live(settings: Settings, token: str, limits: Limits | None = None) -> None:
    """The bot itself, until it is told to stop. `limits`: how fast it may send; Telegram's unless given."""
    async with assembled(settings) as parts:
        with closing(Drawing()) as drawing:
            application = build_application(
                token=token,
                api_url=settings.telegram_api_url,
                commands=MENU,
                services=parts.services,
                button_lines=parts.database.button_lines,
                inbox=parts.database.inbox,
                draw=drawing.draw,
                limits=limits,
                allowed_users=settings.allowed_users,
                proxy_url=settings.proxy_to(settings.telegram_api_url),
            )
            sender = Sender(
                parts.database.outbox, application.delivery, application.services, TELLING, passing=STORAGE_FAILURES
            )
            watcher = Watcher(
                parts.market, parts.database.alert_book, parts.database.charges, now, failures=STORAGE_FAILURES
            )
            sparing = asyncio.create_task(spare_the_collector(parts.market))
            await serve(
                application,
                MENU,
                stop_signal(),
                webhook=webhook_of(settings, token),
                beside=(watcher.run, sender.run),
            )
            sparing.cancel()


def webhook_of(settings: Settings, token: str) -> Webhook | None:
    """Where Telegram calls us; None: we ask it (long polling)."""
    if settings.webhook_url is None:
        return None
    return Webhook(settings.webhook_url, settings.port, settings.secret_of_webhook(token))


def run(settings: Settings) -> int:
    """The bot on Telegram, by long polling or by webhook."""
    if settings.telegram_bot_token is None:
        print(NO_TOKEN, file=sys.stderr)
        return MISTAKE
    return run_to_the_end(settings, settings.telegram_bot_token.get_secret_value())


def run_to_the_end(settings: Settings, token: str) -> int:
    """Serves; 2 with a plain sentence where Telegram refuses the token."""
    try:
        asyncio.run(live(settings, token))
    except Problem as problem:
        print(problem.sentence, file=sys.stderr)
        return MISTAKE
    return OK


def run_sandbox(settings: Settings, port: int | None, is_live: bool) -> int:
    """The bot between a local Telegram and, unless live, simulated exchanges; all on loopback."""
    with open_sandbox(now, port=port, is_live=is_live) as local:
        changes: dict[str, object] = {
            "telegram_api_url": local.telegram_url,
            "telegram_bot_token": SecretStr(local.token),
            "database_url": "sqlite:///data/sandbox.sqlite3",
            "allowed_users": frozenset(),
            "webhook_url": None,
        }
        if not is_live:
            changes |= of_simulated_exchanges(local)
        print(f"Open {local.page_url} and type /start. Ctrl+C stops it.", flush=True)
        if local.exchanges_url is not None:
            print(SWITCHING.format(url=local.exchanges_url), flush=True)
        silence_token(local.token)
        return run_to_the_end(settings.model_copy(update=changes), local.token)


def of_simulated_exchanges(local: Sandbox) -> dict[str, object]:
    """The settings under which the simulated exchanges are asked, and say that they are."""
    return {
        "exchanges": local.exchanges,
        "exchange_proxy_url": local.exchanges_url,
        "exchange_source_note": "simulated",
    }


def ask_simulated(settings: Settings, line: str, user_id: int, as_json: bool) -> int:
    """The same as `ask`, on simulated exchanges: no network is needed."""
    with open_sandbox(now, port=0) as local:
        changes = of_simulated_exchanges(local) | {"database_url": "sqlite:///data/sandbox.sqlite3"}
        return asyncio.run(ask(settings.model_copy(update=changes), line, user_id, as_json))


async def ask(settings: Settings, line: str, user_id: int, as_json: bool) -> int:
    """One command in the terminal, by the same code."""
    async with assembled(settings) as parts:
        await parts.market.wait_until_ready()
        at = now()
        call = Call(_terminal_update(at), user_id, user_id, ChatKind.PRIVATE, line, at)
        reply = await respond(call, MENU, parts.services)
    _print_reply(reply, as_json)
    return exit_code(reply)


def _terminal_update(at: datetime) -> int:
    """A number no Telegram update has (they are positive), so that nothing typed here is taken for a repetition."""
    return -int(at.timestamp() * 1_000_000)


def _print_reply(reply: Reply, as_json: bool) -> None:
    if as_json and reply.plan is not None:
        print(TypeAdapter(type(reply.plan)).dump_json(reply.plan, indent=2).decode())
    else:
        print(plain_text(reply))


def exit_code(reply: Reply) -> int:
    """0 answered, 2 the asker's mistake or not possible, 3 the market is unavailable, 1 a bug."""
    match reply.failure:
        case None:
            return OK
        case MarketUnavailable():
            return UNAVAILABLE
        case Problem():
            return MISTAKE
        case _:
            return WRONG


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`."""

    subject: str
    is_right: bool
    words: str


async def check(settings: Settings) -> int:
    """Looks at every outside thing once and prints a line for each; 1 where something is wrong."""
    async with assembled(settings) as parts:
        findings = [
            Finding("configuration", True, f"{len(settings.exchanges)} exchanges, log level {settings.log_level}"),
            await _check_database(parts.database),
            await _check_telegram(settings),
        ]
        await parts.market.wait_until_ready()
        findings += [_check_exchange(state) for state in parts.market.states()]
    for finding in findings:
        print(f"{'ok   ' if finding.is_right else 'WRONG'} {finding.subject}: {finding.words}")
    return OK if all(finding.is_right for finding in findings) else WRONG


async def _check_database(database: Database) -> Finding:
    try:
        return Finding("database", True, await database.check())
    except (sqlite3.Error, SQLAlchemyError) as error:
        return Finding("database", False, f"damaged or not writable ({type(error).__name__})")


async def _check_telegram(settings: Settings) -> Finding:
    if settings.telegram_bot_token is None:
        return Finding("telegram", False, "TELEGRAM_BOT_TOKEN is not set; @BotFather gives one")
    try:
        token = settings.telegram_bot_token.get_secret_value()
        name = await bot_name(token, settings.telegram_api_url, settings.proxy_to(settings.telegram_api_url))
    except MarketUnavailable as error:
        return Finding("telegram", False, error.sentence)
    return Finding("telegram", True, f"the token belongs to @{name}")


def _check_exchange(state: ExchangeState) -> Finding:
    if state.outage is not None or state.loaded_at is None:
        return Finding(state.name, False, state.outage.reason if state.outage else "no markets")
    age = (now() - state.loaded_at).total_seconds()
    return Finding(state.name, True, f"{state.markets} markets, loaded {age:.1f} s ago")


def parser() -> argparse.ArgumentParser:
    """The words of the command line."""
    words = argparse.ArgumentParser(prog="python -m chatbot", description="Sizes crypto hedges. It never trades.")
    commands = words.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="the bot on Telegram (needs TELEGRAM_BOT_TOKEN)")
    local = commands.add_parser("sandbox", help="the bot in a chat page on this machine: no account, no network")
    local.add_argument("--live", action="store_true", help="the real exchanges instead of simulated ones")
    local.add_argument("--port", type=int, help="of the chat page (default 8080, or any where that is taken)")
    one = commands.add_parser("ask", help='one command in the terminal: ask "/hedge 10 ETH 50%%"')
    one.add_argument("line")
    one.add_argument("--simulated", action="store_true", help="on simulated exchanges: no network")
    one.add_argument("--json", action="store_true", help="print the plan with every figure")
    one.add_argument("--user", type=int, default=0, help="whose portfolio (a Telegram user id)")
    commands.add_parser("check", help="configuration, database, Telegram and each exchange, one line each")
    commands.add_parser("migrate", help="bring the database to the newest schema, with a backup")
    return words


def load_settings() -> Settings:
    """The settings, or exit 2 with one plain line for each wrong variable."""
    try:
        settings = Settings()
    except ValidationError as error:
        print(in_plain_words(error), file=sys.stderr)
        raise SystemExit(MISTAKE) from None
    unknown = unknown_exchanges(settings.exchanges)
    if unknown:
        print(f"EXCHANGES: not known to ccxt: {', '.join(unknown)}", file=sys.stderr)
        raise SystemExit(MISTAKE)
    return settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # python-telegram-bot then gives waits as timedelta
    words = parser().parse_args(arguments)
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every plugin
    if settings.telegram_bot_token is not None:
        silence_token(settings.telegram_bot_token.get_secret_value())
    try:
        return carry_out(words, settings)
    except UnknownSchema as error:
        print(f"DATABASE_URL: {error}", file=sys.stderr)
    except OSError as error:
        print(f"This machine refuses: {error.strerror or error}", file=sys.stderr)
    return WRONG


def carry_out(words: argparse.Namespace, settings: Settings) -> int:
    """The command that was written."""
    match words.command:
        case "run":
            return run(settings)
        case "sandbox":
            return run_sandbox(settings, words.port, words.live)
        case "ask":
            if words.simulated:
                return ask_simulated(settings, words.line, words.user, words.json)
            return asyncio.run(ask(settings, words.line, words.user, words.json))
        case "check":
            return asyncio.run(check(settings))
        case _:
            migrate(settings.database_url, now())
            print(f"The database is at the newest schema: {settings.database_url}")
            return OK


if __name__ == "__main__":
    sys.exit(main())
