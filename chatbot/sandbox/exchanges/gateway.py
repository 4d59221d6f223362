"""One web application in front of all simulated exchanges: `/https://api.bybit.com/v5/...` is answered as Bybit would.

Law: every request to an exchange is counted, whatever becomes of it.
"""

import asyncio
import json
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aiohttp import web

from chatbot.sandbox.exchanges.binance import Binance
from chatbot.sandbox.exchanges.bybit import Bybit
from chatbot.sandbox.exchanges.faults import Fault, Faults
from chatbot.sandbox.exchanges.hyperliquid import Hyperliquid
from chatbot.sandbox.exchanges.okx import Okx
from chatbot.sandbox.exchanges.wire import Answer, Exchange, Question
from chatbot.sandbox.world import World

TARGET = re.compile(r"/https?:/{1,2}(?P<host>[^/]+)(?P<path>/.*)")  # some clients merge the two slashes
REMEMBERED_REQUESTS = 10_000
SLOWNESS = timedelta(seconds=60)
STALENESS = timedelta(minutes=10)
PAGE = "<html><head><title>Maintenance</title></head><body>We will be back soon.</body></html>"
NO_SUCH_HOST = "no such host in the sandbox: it plays Binance, Bybit, OKX and Hyperliquid"
STATUSES = {
    Fault.RATE_LIMITED: 429,
    Fault.BANNED: 418,
    Fault.FORBIDDEN: 403,
    Fault.REGION_BLOCKED: 451,
    Fault.SERVER_ERROR: 503,
}


class Gateway:
    """Finds the exchange that a request is for, and lets its fault come before its answer."""

    def __init__(self, exchanges: tuple[Exchange, ...], faults: Faults, now: Callable[[], datetime]) -> None:
        self._by_host = {host: exchange for exchange in exchanges for host in exchange.hosts}
        self._requests = {exchange.name: deque[str](maxlen=REMEMBERED_REQUESTS) for exchange in exchanges}
        self._faults = faults
        self._now = now
        self._closing = asyncio.Event()

    def requests(self, exchange: str) -> tuple[str, ...]:
        """The last paths (with their queries) that this exchange was asked for, in order."""
        return tuple(self._requests[exchange])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request to one exchange, as it or its fault would answer."""
        target = TARGET.fullmatch(request.path)
        exchange = self._by_host.get(target["host"]) if target else None
        if target is None or exchange is None:
            return web.Response(status=502, text=NO_SUCH_HOST)
        body = await _body(request)
        question = Question(target["host"], target["path"], dict(request.query), self._now(), body)
        query = request.rel_url.query_string
        self._requests[exchange.name].append(f"{question.path}?{query}" if query else question.topic)
        fault = self._faults.of(exchange.name, question.topic)
        if fault is Fault.RESET:
            return _reset(request)
        if fault is Fault.SLOW:
            await self._dawdle()
        return _send(exchange, question) if fault is None else _fail(fault, exchange, question)

    async def set_fault(self, request: web.Request) -> web.Response:
        """`{"exchange": "okx", "fault": "slow" or null, "path_contains": ""}`: a person's switch."""
        try:
            wanted = await request.json()
            exchange, fault = wanted["exchange"], wanted["fault"] and Fault(wanted["fault"])
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        if exchange not in self._requests:
            return web.json_response({"error": f"no such exchange; there are {', '.join(self._requests)}"}, status=400)
        self._faults.set(exchange, fault, wanted.get("path_contains", ""))
        return web.json_response({"ok": True})

    async def close(self, _: web.Application) -> None:
        """Lets slow answers end with the application."""
        self._closing.set()

    async def _dawdle(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), SLOWNESS.total_seconds())
        except TimeoutError:
            return


GATEWAY = web.AppKey("gateway", Gateway)


def exchanges_app(world: World, faults: Faults, now: Callable[[], datetime]) -> web.Application:
    """The application; ccxt reaches it when every base URL gets its address and a slash in front."""
    gateway = Gateway((Binance(world), Bybit(world), Okx(world), Hyperliquid(world)), faults, now)
    app = web.Application()
    app[GATEWAY] = gateway
    app.router.add_post("/_faults", gateway.set_fault)
    app.router.add_get("/{target:.*}", gateway.answer)
    app.router.add_post("/{target:.*}", gateway.answer)
    app.on_shutdown.append(gateway.close)
    return app


def requests(app: web.Application, exchange: str) -> tuple[str, ...]:
    """What this exchange was asked for, in order: paths with their queries."""
    return app[GATEWAY].requests(exchange)


async def _body(request: web.Request) -> dict[str, object]:
    """The JSON object that was posted; an empty one where there is none."""
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _send(exchange: Exchange, question: Question) -> web.Response:
    answer = exchange.answer(question)
    if isinstance(answer.body, str):
        return web.Response(text=answer.body, status=answer.status)
    return web.Response(text=_written(answer), status=answer.status, content_type="application/json")


def _written(answer: Answer) -> str:
    return json.dumps(answer.body, separators=(",", ":"))


def _fail(fault: Fault, exchange: Exchange, question: Question) -> web.Response:
    match fault:
        case Fault.STALE:
            return _send(exchange, replace(question, now=question.now - STALENESS))
        case Fault.HTML_PAGE:
            return web.Response(text=PAGE, content_type="text/html")
        case Fault.BROKEN_JSON:
            text = _written(exchange.answer(question))
            return web.Response(text=text[: len(text) // 2], content_type="application/json")
        case Fault.SLOW:
            return _send(exchange, question)
        case _:
            return web.Response(text=fault.value.replace("_", " "), status=STATUSES[fault])


def _reset(request: web.Request) -> web.Response:
    """Drops the connection with a TCP reset: to linger for 0 seconds means not to say goodbye."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
