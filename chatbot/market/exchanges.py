"""The ccxt clients: one of each exchange, made once, all on one thread of their own with its own event loop.

Law: nothing here runs on the caller's loop but handing over a question and taking back its answer, so that importing
ccxt (0.7 s and more) and parsing 8 MB of markets never stall the bot. Only the owner task of an exchange loads markets.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random

from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.markets import Instrument, InstrumentKind, exchange_name
from chatbot.market import failures, questions, quirks, translation
from chatbot.market.questions import Client
from chatbot.market.quirks import Raw

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manners:
    """How long to wait, how often to ask. Seconds."""

    deadline: float = 4.0  # of one question
    part_deadline: float = 3.0  # of a part of a board that can be spared
    history_deadline: float = 15.0  # of a long funding history, page after page
    shared_for: float = 1.0  # an answer, with whoever asks the same
    load_deadline: float = 20.0  # of the markets of one kind
    patience: float = 5.0  # until an exchange that is still loading holds up nobody
    refresh: float = 3600.0  # of the markets
    refresh_partial: float = 300.0  # where one kind of market is missing
    first_retry: float = 5.0  # of a failed load; doubled up to `refresh_partial`
    failures_allowed: int = 5  # in a row, before the exchange is left alone
    left_alone: float = 30.0
    left_alone_when_limited: float = 120.0


@dataclass(frozen=True, slots=True)
class Listing:
    """What one exchange offers: contracts in the order they are shown, spot markets by symbol."""

    contracts: tuple[Instrument, ...]
    spot: Mapping[str, Instrument]
    loaded_at: datetime

    @property
    def count(self) -> int:
        """How many markets that is."""
        return len(self.contracts) + len(self.spot)


@dataclass(slots=True)
class _Desk:
    """One exchange. Written by the exchanges' thread alone; others read whole values."""

    exchange: str
    client: Client = None
    by_kind: dict[int, list[Raw]] = field(default_factory=dict)
    listing: Listing | None = None
    outage: Outage | None = None
    was_asked: bool = False


def unknown_exchanges(names: Sequence[str]) -> tuple[str, ...]:
    """Those ids that ccxt does not know. Looks at its files, since importing it takes a second."""
    package = find_spec("ccxt")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("ccxt is not installed")
    known = {path.stem for path in (Path(package.origin).parent / "async_support").glob("[a-z0-9]*.py")}
    return tuple(name for name in names if name not in known)


class Exchanges:
    """Asks exchanges politely, each on its own terms. Questions are coroutine functions of a ccxt client."""

    def __init__(
        self,
        names: Sequence[str],
        now: Callable[[], datetime],
        gateway_url: str | None,
        proxy_url: str | None,
        manners: Manners,
        on_listed: Callable[[], None],
    ) -> None:
        """`on_listed` is called on the exchanges' thread whenever a listing is new. ValueError for an unknown id."""
        if unknown := unknown_exchanges(names):
            raise ValueError(f"ccxt does not know {', '.join(unknown)}")
        self._desks = {name: _Desk(name) for name in names}
        self._now = now
        self._gateway_url = gateway_url
        self._proxy_url = proxy_url
        self._manners = manners
        self._on_listed = on_listed
        self._ready: Future[None] = Future()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._foreign: tuple[type[Exception], ...] = ()
        self._breakers = AsyncCircuitBreakerFactory()

    # The caller's side

    def start(self) -> None:
        """Starts the thread and returns at once."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="exchanges", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Closes all clients and ends the thread."""
        loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(self._stopping.set)
        await asyncio.to_thread(thread.join)

    def is_ready(self) -> bool:
        """Whether every exchange answered, failed, or used up our patience."""
        return self._ready.done()

    async def wait_until_ready(self) -> None:
        """Returns when `is_ready`."""
        if not self._ready.done():
            await asyncio.shield(asyncio.wrap_future(self._ready))

    def listings(self) -> Mapping[str, Listing]:
        """What is loaded, in the configured order."""
        return {name: desk.listing for name, desk in self._desks.items() if desk.listing is not None}

    def listing(self, exchange: str) -> Listing | None:
        """What this exchange offers; None until it is loaded."""
        return self._desks[exchange].listing

    def outage(self, exchange: str) -> Outage | None:
        """What is wrong with it since its last success."""
        return self._desks[exchange].outage

    def unavailable(self, exchange: str) -> MarketUnavailable:
        """Why there is no answer from it now."""
        return self._unavailable(self._desks[exchange])

    async def ask(self, exchange: str, question: Callable[[Client], Awaitable[T]], deadline: float | None = None) -> T:
        """The answer within the deadline (seconds; None: the usual one).

        MarketUnavailable, NotPossible; CancelledError only for who is cancelled.
        """
        desk = self._desks[exchange]
        if self._loop is None:
            raise self._unavailable(desk)
        answer = asyncio.run_coroutine_threadsafe(self._ask(desk, question, deadline), self._loop)
        return await asyncio.wrap_future(answer)

    # The thread

    def _run(self) -> None:
        loop = self._loop
        with asyncio.Runner(loop_factory=lambda: loop or asyncio.new_event_loop()) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            self._open_clients()
            owners = [asyncio.create_task(self._own(desk)) for desk in self._desks.values()]
            for owner in owners:
                owner.add_done_callback(_report)
            asyncio.get_running_loop().call_later(self._manners.patience, self._lose_patience)
            await self._stopping.wait()
            for owner in owners:
                owner.cancel()
            await asyncio.gather(*owners, return_exceptions=True)
        finally:
            self._set_ready()
            await asyncio.gather(*(desk.client.close() for desk in self._desks.values() if desk.client))

    def _open_clients(self) -> None:
        from ccxt import async_support

        self._foreign = failures.foreign_errors()
        logging.getLogger("ccxt").setLevel(logging.INFO)  # its DEBUG prints whole URLs
        for desk in self._desks.values():
            desk.client = open_client(async_support, desk.exchange, self._gateway_url, self._proxy_url)
            desk.client.timeout = int(self._manners.load_deadline * 1000)
            desk.client.shared_for = self._manners.shared_for

    async def _ask(self, desk: _Desk, question: Callable[[Client], Awaitable[T]], deadline: float | None) -> T:
        try:
            answer = await self._behind_breakers(desk, question, deadline or self._manners.deadline)
        except OpenedState:
            raise self._unavailable(desk) from None
        except self._foreign as error:
            self._note(desk, error)
            raise failures.explain(desk.exchange, error, self._since(desk)) from error
        desk.outage = None
        return answer

    async def _behind_breakers(self, desk: _Desk, question: Callable[[Client], Awaitable[T]], deadline: float) -> T:
        """One breaker for refusals, which opens at the first; one for failures, which lets some pass."""
        manners = self._manners
        limits = await self._breakers.get_breaker(
            f"{desk.exchange} limits", 1, manners.left_alone_when_limited, [(BaseException, _is_no_limit)]
        )
        breaks = await self._breakers.get_breaker(
            desk.exchange, manners.failures_allowed, manners.left_alone, [asyncio.CancelledError, (Exception, _is_no)]
        )
        async with limits, breaks, asyncio.timeout(deadline):
            return await _persistently(question, desk.client)

    def _note(self, desk: _Desk, error: Exception) -> None:
        meaning = failures.meaning(error)
        _log.warning("%s %s (%s)", desk.exchange, meaning.reason, failures.without_secrets(error))
        if not meaning.is_answer:
            desk.outage = Outage(desk.exchange, meaning.reason, self._since(desk), meaning.can_retry)

    def _since(self, desk: _Desk) -> datetime:
        return desk.outage.since if desk.outage and desk.outage.since else self._now()

    def _unavailable(self, desk: _Desk) -> MarketUnavailable:
        outage = desk.outage or Outage(desk.exchange, "is not loaded yet")
        return MarketUnavailable(f"{exchange_name(desk.exchange)} {outage.reason}.", [outage])

    # Markets

    async def _own(self, desk: _Desk) -> None:
        """Loads this exchange's markets again and again, for as long as the bot runs."""
        failed = 0
        while not self._stopping.is_set():
            try:
                is_whole = await self._load(desk)
            except self._foreign as error:
                self._note(desk, error)
                failed += 1
                pause = self._pause_after(error, failed)
            else:
                failed = 0
                pause = self._manners.refresh if is_whole else self._manners.refresh_partial
            self._mark_asked(desk)
            await asyncio.sleep(pause)

    def _pause_after(self, error: Exception, failed: int) -> float:
        if failures.meaning(error).is_limit:
            return self._manners.left_alone_when_limited
        pause: float = min(self._manners.first_retry * 2 ** min(failed - 1, 10), self._manners.refresh_partial)
        return pause * random.uniform(0.8, 1.2)  # so that exchanges are not asked in step

    async def _load(self, desk: _Desk) -> bool:
        """Loads every kind of market; False where one that can be spared is missing. Raises for the first kind."""
        is_whole, is_first = True, desk.listing is None
        for number, kind in enumerate(quirks.MARKET_KINDS.get(desk.exchange, (None,))):
            try:
                async with asyncio.timeout(self._manners.load_deadline):
                    found = await questions.markets(desk.client, kind)
            except self._foreign as error:
                if number == 0:
                    raise
                is_whole = False
                _log.warning("%s: no %s markets (%s)", desk.exchange, kind, failures.without_secrets(error))
            else:
                desk.by_kind[number] = found
                if is_first:
                    self._publish(desk)  # the contracts serve while the spot markets are on their way
        self._publish(desk)
        desk.outage = None
        return is_whole

    def _publish(self, desk: _Desk) -> None:
        desk.client.set_markets([market for found in desk.by_kind.values() for market in found])
        every = [translation.instrument(desk.exchange, market) for market in desk.client.markets.values()]
        instruments = [instrument for instrument in every if instrument is not None]
        contracts = [i for i in instruments if i.kind is not InstrumentKind.SPOT]
        desk.listing = Listing(
            contracts=tuple(sorted(contracts, key=translation.order_of)),
            spot={i.symbol: i for i in instruments if i.kind is InstrumentKind.SPOT},
            loaded_at=self._now(),
        )
        self._on_listed()

    def _mark_asked(self, desk: _Desk) -> None:
        desk.was_asked = True
        if all(every.was_asked for every in self._desks.values()):
            self._set_ready()

    def _lose_patience(self) -> None:
        for desk in self._desks.values():
            if not desk.was_asked and desk.outage is None and desk.listing is None:
                desk.outage = Outage(desk.exchange, "is slow, its markets are still loading", self._now())
        self._set_ready()

    def _set_ready(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)


def _report(owner: "asyncio.Task[None]") -> None:
    """An owner task ends only when it is cancelled; anything else is a bug."""
    if not owner.cancelled() and owner.exception() is not None:
        _log.error("Markets are no longer loaded", exc_info=owner.exception())


def _is_no_limit(error: BaseException) -> bool:
    return not failures.meaning(error).is_limit


def _is_no(error: BaseException) -> bool:
    return failures.meaning(error).is_answer


async def _persistently(question: Callable[[Client], Awaitable[T]], client: Client) -> T:
    """Asked once more where the connection broke or the exchange timed out; the deadline counts for both."""
    retrying = AsyncRetrying(
        stop=stop_after_attempt(2),
        wait=wait_random(0.05, 0.2),
        retry=retry_if_exception(failures.is_worth_asking_again),
        reraise=True,
    )

    async def asked() -> T:
        return await question(client)

    return await retrying(asked)


# Clients -----------------------------------------------------------------------------------------------------------

# Where a raw ticker keeps the name of its market.
_NAMES = ("symbol", "instId", "currency_pair", "contract", "instrument_name")


def open_client(library: Any, exchange: str, gateway_url: str | None, proxy_url: str | None) -> Client:
    """A client of `ccxt.async_support` that goes through the gateway and the proxy, if there are any."""
    client = _strict(getattr(library, exchange), library)({"enableLastHttpResponse": False, **quirks.pace(exchange)})
    client.enableLastJsonResponse = client.enableLastResponseHeaders = False  # they would hold the last big answer
    if gateway_url:
        client.urls["api"] = _behind(gateway_url, client.urls["api"])
    if proxy_url:
        setattr(client, "socksProxy" if proxy_url.startswith("socks") else "httpsProxy", proxy_url)
    return client


def _behind(gateway_url: str, urls: Any) -> Any:
    """Every address, at whatever depth, as `<gateway>/<address>`; `{hostname}` stays for ccxt to fill."""
    if isinstance(urls, dict):
        return {name: _behind(gateway_url, url) for name, url in urls.items()}
    return f"{gateway_url.rstrip('/')}/{urls}" if isinstance(urls, str) else urls


def _strict(base: Any, library: Any) -> Any:
    """The class with ccxt's forgiving corners closed."""
    # 429 and 403 come as different classes from different exchanges, and 451 as a plain outage.
    refusals = {
        403: library.PermissionDenied,
        418: library.DDoSProtection,
        429: library.RateLimitExceeded,
        451: library.RestrictedLocation,
    }

    class Strict(base):  # type: ignore[misc] # the base is only known when ccxt is imported
        """Refuses what is not JSON, never loads markets by itself, and asks the same only once a second."""

        def __init__(self, config: Mapping[str, Any]) -> None:
            super().__init__(config)
            self.asked_lately: dict[str, asyncio.Task[Any]] = {}
            self.shared_for = 0.0

        async def load_markets(self, *_: Any, **__: Any) -> Any:
            """The markets that the owner task set: ccxt's own shared task dies with the first waiter's time-out."""
            return self.markets

        async def fetch(self, *args: Any, **kwargs: Any) -> Any:
            """As ccxt's, but a body that is no JSON (an HTML page, half an answer) is an error, not an empty answer."""
            answer = await super().fetch(*args, **kwargs)
            if not isinstance(answer, dict | list):
                raise library.BadResponse(f"{self.id} sent no JSON")
            return answer

        async def fetch2(self, path: Any, *args: Any, **kwargs: Any) -> Any:
            """As ccxt's, but what is asked twice at about one time is sent once: a quote and a rate share an answer."""
            key = repr((path, args, kwargs))
            task = self.asked_lately.get(key)
            if task is None or _has_failed(task):
                task = asyncio.create_task(super().fetch2(path, *args, **kwargs))
                task.add_done_callback(_has_failed)  # takes the outcome where all who asked gave up
                self.asked_lately[key] = task
                asyncio.get_running_loop().call_later(self.shared_for, self.asked_lately.pop, key, None)
            return await asyncio.shield(task)

        def handle_errors(self, code: int, *rest: Any) -> Any:
            """As ccxt's, but one class for one refusal on every exchange."""
            if code in refusals:
                raise refusals[code](f"{self.id} HTTP {code}")
            return super().handle_errors(code, *rest)

        def parse_tickers(self, tickers: Any, symbols: Any = None, *rest: Any) -> Any:
            """As ccxt's, but only of the markets that are wanted: a fifth of what Binance sends."""
            names = {self.market(symbol)["id"] for symbol in symbols} if symbols else (self.markets_by_id or {})
            return super().parse_tickers(_of_markets(tickers, names), symbols, *rest)

    return Strict


def _has_failed(task: "asyncio.Task[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _of_markets(tickers: Any, names: Container[object]) -> Any:
    if not isinstance(tickers, list):
        return tickers
    return [row for row in tickers if any(row.get(field) in names for field in _NAMES)]
