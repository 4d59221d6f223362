"""Politeness and faults, ccxt unchanged on simulated exchanges: who is asked, how often, what a reader is told."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.core.errors import MarketUnavailable
from chatbot.market import Market, unknown_exchanges
from chatbot.market.exchanges import open_client
from chatbot.sandbox.exchanges import Fault
from tests.chatbot.market.conftest import HASTY, Playground, perpetual

pytestmark = pytest.mark.xdist_group("ccxt")

TICKERS = "market/tickers"


# Start and end -----------------------------------------------------------------------------------------------------


def test_importing_the_market_does_not_import_ccxt() -> None:
    code = "import chatbot.market, sys; sys.exit('ccxt' in sys.modules or 'aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ids_that_ccxt_does_not_know_are_named_without_importing_it() -> None:
    assert unknown_exchanges(("binance", "bitmex", "okx", "base", "nope")) == ("bitmex", "base", "nope")
    with pytest.raises(ValueError, match="nope"):
        Market(["nope"], lambda: None)  # type: ignore[arg-type, return-value] # it comes no further


async def test_starting_returns_at_once_and_nothing_is_listed_yet(play: Playground) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    market = await play.market("bybit", is_ready=False)
    assert loop.time() - before < 0.5  # importing ccxt alone takes longer
    assert not market.is_ready()
    assert (market.coins(), market.futures("ETH")) == (frozenset(), ())
    assert market.states()[0].markets == 0
    await market.wait_until_ready()
    assert market.is_ready()
    assert market.states()[0].markets > 50


async def test_after_closing_there_is_no_answer_and_closing_twice_does_no_harm(play: Playground) -> None:
    market = await play.market("bybit")
    ether = perpetual(market)
    await market.close()
    with pytest.raises(MarketUnavailable):
        await market.futures_quote(ether)
    await market.close()


async def test_closing_ends_what_is_still_asked(play: Playground) -> None:
    market = await play.market("bybit")
    play.faults.set("bybit", Fault.SLOW)
    asking = asyncio.create_task(market.futures_quote(perpetual(market)))
    await asyncio.sleep(0.1)
    await market.close()
    with pytest.raises((asyncio.CancelledError, MarketUnavailable)):
        await asking


# Loading -----------------------------------------------------------------------------------------------------------


async def test_a_hung_exchange_holds_up_nobody(play: Playground) -> None:
    play.faults.set("okx", Fault.SLOW)
    market = await play.market("okx", "bybit", manners=replace(HASTY, patience=2.0))
    okx, bybit = market.states()
    assert (okx.markets, bybit.outage) == (0, None)
    assert okx.outage is not None
    assert okx.outage.reason == "is slow, its markets are still loading"
    assert {contract.exchange for contract in market.futures("ETH")} == {"bybit"}


@pytest.mark.parametrize("fault", [Fault.HTML_PAGE, Fault.BROKEN_JSON, Fault.SERVER_ERROR])
async def test_no_markets_are_a_failure_that_is_tried_again(play: Playground, fault: Fault) -> None:
    play.faults.set("bybit", fault)
    market = await play.market("bybit")
    (state,) = market.states()
    assert (state.markets, state.loaded_at) == (0, None)
    assert state.outage is not None
    play.faults.set("bybit", None)
    await _until(lambda: market.states()[0].outage is None)
    assert market.states()[0].markets > 50


async def test_an_exchange_without_one_kind_of_market_serves_the_others(play: Playground) -> None:
    play.faults.set("binance", Fault.SERVER_ERROR, "/api/v3/exchangeInfo")
    market = await play.market("binance")
    (state,) = market.states()
    assert state.outage is None
    assert market.futures("ETH")
    play.faults.set("binance", None)
    count = state.markets
    await _until(lambda: market.states()[0].markets > count)  # the rest comes with the next try


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that within 5 s")


# Asking ------------------------------------------------------------------------------------------------------------


async def test_identical_questions_reach_the_exchange_once(play: Playground) -> None:
    market = await play.market("bybit")
    ether = perpetual(market)
    quotes = await asyncio.gather(*(market.futures_quote(ether) for _ in range(10)))
    assert len(set(map(id, quotes))) == 1
    await market.futures_quote(ether)  # fresh for five seconds
    assert len(play.asked("bybit", TICKERS)) == 1


async def test_an_asker_who_gives_up_does_not_take_the_answer_from_the_others(play: Playground) -> None:
    market = await play.market("bybit")
    ether = perpetual(market)
    first = asyncio.create_task(market.futures_quote(ether))
    second = asyncio.create_task(market.futures_quote(ether))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).mark_quote > 0


@pytest.mark.parametrize(
    ("exchange", "fault", "reason", "can_retry"),
    [
        ("bybit", Fault.SLOW, "is too slow to answer", True),
        ("bybit", Fault.RATE_LIMITED, "is limiting us, try again in a few minutes", True),
        ("bybit", Fault.BANNED, "is limiting us, try again in a few minutes", True),
        ("bybit", Fault.FORBIDDEN, "refuses this server (a limit, or its region)", True),
        ("bybit", Fault.REGION_BLOCKED, "blocks the region of this server", False),
        ("bybit", Fault.SERVER_ERROR, "can't be reached", True),
        ("bybit", Fault.BROKEN_JSON, "sent an answer that can't be read", True),
        ("bybit", Fault.HTML_PAGE, "sent an answer that can't be read", True),
        ("bybit", Fault.RESET, "can't be reached", True),
        ("okx", Fault.RATE_LIMITED, "is limiting us, try again in a few minutes", True),  # ccxt: not available
        ("okx", Fault.HTML_PAGE, "sent an answer that can't be read", True),
    ],
)
async def test_every_fault_is_said_in_plain_words_and_is_not_kept(
    play: Playground, exchange: str, fault: Fault, reason: str, can_retry: bool
) -> None:
    market = await play.market(exchange)
    ether = perpetual(market)
    play.faults.set(exchange, fault, TICKERS)
    with pytest.raises(MarketUnavailable) as caught:
        await market.futures_quote(ether)
    (outage,) = caught.value.outages
    assert (outage.exchange, outage.reason, outage.can_retry) == (exchange, reason, can_retry)
    assert "http" not in caught.value.sentence
    assert market.states()[0].outage == outage
    play.faults.set(exchange, None)
    play.clock.ahead += timedelta(seconds=2)  # a failure is remembered for so long
    await asyncio.sleep(HASTY.left_alone_when_limited)
    assert (await market.futures_quote(ether)).mark_quote > 0
    assert market.states()[0].outage is None


async def test_a_broken_connection_is_tried_once_more_and_a_limit_never(play: Playground) -> None:
    market = await play.market("bybit")
    for fault, tries in ((Fault.RESET, {2, 3, 4}), (Fault.SERVER_ERROR, {1}), (Fault.RATE_LIMITED, {1})):
        play.faults.set("bybit", fault, TICKERS)  # aiohttp has a second try of its own after a reset
        before = len(play.asked("bybit", TICKERS))
        with pytest.raises(MarketUnavailable):
            await market.futures_quote(perpetual(market))
        assert len(play.asked("bybit", TICKERS)) - before in tries
        play.faults.set("bybit", None)
        play.clock.ahead += timedelta(seconds=2)


async def test_an_exchange_that_limits_us_is_left_alone_at_once(play: Playground) -> None:
    market = await play.market("bybit")
    ether = perpetual(market)
    play.faults.set("bybit", Fault.RATE_LIMITED, TICKERS)
    with pytest.raises(MarketUnavailable):
        await market.futures_quote(ether)
    before = len(play.asked("bybit"))
    with pytest.raises(MarketUnavailable, match="limiting us"):
        await market.order_book(ether)  # nothing is wrong with books, but they count too
    assert len(play.asked("bybit")) == before


async def test_an_exchange_that_keeps_failing_is_left_alone_and_tried_again(play: Playground) -> None:
    market = await play.market("bybit")
    ether = perpetual(market)
    play.faults.set("bybit", Fault.SERVER_ERROR)
    for _ in range(5):
        play.clock.ahead += timedelta(seconds=2)
        with pytest.raises(MarketUnavailable):
            await market.futures_quote(ether)
    assert len(play.asked("bybit", TICKERS)) == 3  # the breaker opened
    (state,) = market.states()
    assert state.outage is not None
    assert state.outage.since is not None
    assert state.markets > 50  # what was loaded stays
    play.faults.set("bybit", None)
    play.clock.ahead += timedelta(seconds=2)
    await asyncio.sleep(HASTY.left_alone)
    assert (await market.futures_quote(ether)).mark_quote > 0
    assert market.states()[0].outage is None


async def test_an_old_quote_serves_while_the_exchange_is_down_but_not_for_ever(play: Playground) -> None:
    market = await play.market("bybit")
    ether = perpetual(market)
    quote = await market.futures_quote(ether)
    play.faults.set("bybit", Fault.SERVER_ERROR)
    await asyncio.sleep(2 * HASTY.shared_for)
    play.clock.ahead += timedelta(minutes=9)
    assert await market.futures_quote(ether) is quote  # tried, failed, and its age is in it
    assert len(play.asked("bybit", TICKERS)) == 2
    play.clock.ahead += timedelta(minutes=2)
    with pytest.raises(MarketUnavailable):
        await market.futures_quote(ether)


async def test_a_stale_answer_is_served_with_its_own_age(play: Playground) -> None:
    market = await play.market("bybit")
    play.faults.set("bybit", Fault.STALE)
    quote = await market.futures_quote(perpetual(market))
    assert timedelta(minutes=9) < play.clock() - quote.as_of < timedelta(minutes=11)


async def test_an_exchange_that_is_not_there_cannot_be_reached(play: Playground) -> None:
    play.address = "http://127.0.0.1:9"  # nobody listens on the discard port
    market = await play.market("bybit")
    (state,) = market.states()
    assert state.outage is not None
    assert state.outage.reason == "can't be reached"


# Clients -----------------------------------------------------------------------------------------------------------


def test_every_base_address_goes_through_the_gateway_and_keeps_its_template() -> None:
    from ccxt import async_support

    for exchange in ("binance", "bybit", "okx", "gate", "bitget", "hyperliquid", "kucoinfutures", "deribit"):
        urls = open_client(async_support, exchange, "http://127.0.0.1:9100/", None).urls["api"]
        assert all(url.startswith("http://127.0.0.1:9100/http") for url in _leaves(urls))
    assert "{hostname}" in str(open_client(async_support, "bybit", "http://127.0.0.1:9100", None).urls["api"])


def _leaves(urls: object) -> list[str]:
    if isinstance(urls, dict):
        return [leaf for value in urls.values() for leaf in _leaves(value)]
    return [urls] if isinstance(urls, str) else []


def test_one_proxy_is_set_in_the_way_ccxt_wants_it() -> None:
    from ccxt import async_support

    plain = open_client(async_support, "bybit", None, "http://proxy:3128")
    assert plain.check_proxy_settings() == [None, "http://proxy:3128", None]
    socks = open_client(async_support, "bybit", None, "socks5://proxy:1080")
    assert socks.check_proxy_settings() == [None, None, "socks5://proxy:1080"]
