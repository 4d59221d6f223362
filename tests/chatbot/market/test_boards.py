"""Boards and long histories of the market on simulated exchanges: asked once, kept for seconds, honest about gaps."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from chatbot.core.funding import is_suspicious
from chatbot.core.markets import Board, BoardRow, FundingHistory, InstrumentKind
from chatbot.market import Manners, Market
from chatbot.sandbox.exchanges import Fault
from tests.chatbot.market.conftest import HASTY, Playground, perpetual

pytestmark = pytest.mark.xdist_group("ccxt")

ALL = ("binance", "bybit", "okx", "hyperliquid")
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


def row(board: Board, coin: str, *, is_inverse: bool = False) -> BoardRow:
    """The perpetual of `coin`."""
    kinds = (InstrumentKind.PERPETUAL, coin, is_inverse)
    return next(r for r in board.rows if (r.instrument.kind, r.instrument.coin, r.instrument.is_inverse) == kinds)


def interval(board: Board, coin: str) -> timedelta | None:
    """That of its rate."""
    funding = row(board, coin).funding
    assert funding is not None
    return funding.interval


async def later(play: Playground, market: Market, seconds: float) -> tuple[Board, ...]:
    """The boards after this time."""
    play.clock.ahead += timedelta(seconds=seconds)
    return (await market.boards())[0]


# Boards ------------------------------------------------------------------------------------------------------------


async def test_there_is_a_board_of_every_exchange_with_rates_prices_and_volumes(play: Playground) -> None:
    market = await play.market(*ALL)
    boards, outages = await market.boards()
    assert ([board.exchange for board in boards], outages) == (list(ALL), ())
    for board in boards:
        assert len(board.rows) > 50
        assert board.source.endswith(" · simulated")
        for each in board.rows:
            is_perpetual = each.instrument.kind is InstrumentKind.PERPETUAL
            assert (each.funding is not None) == is_perpetual
            assert None not in (each.mark_quote, each.index_quote, each.volume_day_quote)
    assert {each.instrument.is_inverse for each in boards[0].rows} == {False, True}
    expiries = {each.instrument.expires_at for each in boards[0].rows if each.instrument.coin == "BTC"} - {None}
    assert len(expiries) == 2  # the near and the next one


async def test_a_board_agrees_with_what_is_asked_of_one_contract(play: Playground) -> None:
    market = await play.market(*ALL, manners=replace(HASTY, deadline=4.0))
    boards, _ = await market.boards()
    for board in boards:
        for coin in ("BTC", "HYPE", "PEPE"):
            told = row(board, coin)
            alone = await market.funding_rate(told.instrument)
            quote = await market.futures_quote(told.instrument)
            assert told.funding is not None
            assert (alone.interval, alone.charged_at) == (told.funding.interval, told.funding.charged_at)
            assert abs(alone.rate_per_interval - told.funding.rate_per_interval) < Decimal("0.00001")
            assert told.mark_quote is not None
            assert abs(quote.mark_quote / told.mark_quote - 1) < Decimal("0.001")
            assert told.volume_day_quote is not None
            assert quote.volume_day_quote is not None
            assert abs(quote.volume_day_quote / told.volume_day_quote - 1) < Decimal("0.02")


async def test_boards_are_asked_once_for_all_who_ask_within_some_seconds(play: Playground) -> None:
    market = await play.market("bybit", "hyperliquid")
    before = len(play.asked("bybit")), len(play.asked("hyperliquid"))
    found = await asyncio.gather(*(market.boards() for _ in range(10)))
    assert len({id(board) for boards, _ in found for board in boards}) == 2
    assert len(play.asked("bybit")) == before[0] + 2  # linear and inverse
    assert len(play.asked("hyperliquid")) == before[1] + 1
    only, _ = await market.boards(["hyperliquid"])
    assert [board.exchange for board in only] == ["hyperliquid"]


async def test_an_old_board_is_served_while_it_is_renewed_and_after_a_minute_a_new_one_comes_first(
    play: Playground,
) -> None:
    market = await play.market("bybit")
    ((first,), _) = await market.boards()
    assert await later(play, market, 10) == (first,)
    assert await later(play, market, 10) == (first,)  # 20 s old, with its age; the next one is on its way
    for _ in range(100):
        await asyncio.sleep(0.02)
        ((second,), _) = await market.boards()
        if second is not first:
            break
    assert second.as_of > first.as_of
    ((third),) = await later(play, market, 61)
    assert third not in (first, second)


async def test_a_hanging_exchange_is_an_outage_while_the_others_answer(play: Playground) -> None:
    market = await play.market(*ALL)
    play.faults.set("okx", Fault.SLOW)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    boards, outages = await market.boards()
    assert loop.time() - begun < HASTY.deadline + 1
    assert [board.exchange for board in boards] == ["binance", "bybit", "hyperliquid"]
    assert [(outage.exchange, outage.reason) for outage in outages] == [("okx", "is too slow to answer")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.RATE_LIMITED, "is limiting us, try again in a few minutes"),
        (Fault.HTML_PAGE, "sent an answer that can't be read"),
        (Fault.BROKEN_JSON, "sent an answer that can't be read"),
        (Fault.SERVER_ERROR, "can't be reached"),
    ],
)
async def test_an_exchange_that_refuses_is_named_once(play: Playground, fault: Fault, reason: str) -> None:
    market = await play.market("binance", "hyperliquid")
    play.faults.set("hyperliquid", fault)
    boards, outages = await market.boards()
    assert [board.exchange for board in boards] == ["binance"]
    assert [(outage.exchange, outage.reason) for outage in outages] == [("hyperliquid", reason)]


async def test_a_board_older_than_a_minute_is_not_served_for_one_that_does_not_come(play: Playground) -> None:
    market = await play.market("bybit")
    assert len((await market.boards())[0]) == 1
    play.faults.set("bybit", Fault.SERVER_ERROR)
    play.clock.ahead += timedelta(seconds=61)
    boards, outages = await market.boards()
    assert (boards, [outage.exchange for outage in outages]) == ((), ["bybit"])


async def test_of_what_hangs_in_part_the_rest_is_there(play: Playground) -> None:
    market = await play.market("binance", manners=replace(HASTY, part_deadline=0.3))
    play.faults.set("binance", Fault.SLOW, "/dapi/v1/premiumIndex")
    ((board,), outages) = await market.boards()
    assert outages == ()
    assert row(board, "BTC").funding is not None
    assert not any(each.instrument.is_inverse for each in board.rows if each.funding is not None)


async def test_an_exchange_that_is_not_loaded_is_an_outage(play: Playground) -> None:
    play.faults.set("bybit", Fault.SERVER_ERROR)
    market = await play.market("bybit")
    boards, outages = await market.boards()
    assert (boards, [outage.exchange for outage in outages]) == ((), ["bybit"])


# Intervals ---------------------------------------------------------------------------------------------------------


async def test_binances_intervals_are_listed_or_proven_or_unknown(play: Playground) -> None:
    market = await play.market("binance")
    ((board,), _) = await market.boards()
    assert interval(board, "HYPE") == 4 * HOUR  # on its list
    assert interval(board, "ETH") == 8 * HOUR  # not on it, and its settlements are 8 hours apart
    assert interval(board, "IMX") is None  # not on it, and its settlements are not
    coin_margined = row(board, "BTC", is_inverse=True).funding
    assert coin_margined is not None
    assert coin_margined.interval == 8 * HOUR
    assert (await market.funding_rate(row(board, "IMX").instrument)).interval is None


async def test_without_proof_eight_hours_are_not_assumed_and_what_one_contract_said_is_taken(play: Playground) -> None:
    market = await play.market("binance")
    play.faults.set("binance", Fault.SERVER_ERROR, "fundingRate")
    ((board,), _) = await market.boards()
    assert interval(board, "HYPE") == 4 * HOUR
    assert interval(board, "ETH") is None
    play.faults.set("binance", None)
    alone = await market.funding_rate(row(board, "ETH").instrument)
    assert alone.interval == 8 * HOUR
    filled = market._with_interval(row(board, "ETH"), {})
    assert filled.funding is not None
    assert filled.funding.interval == 8 * HOUR


# Histories ---------------------------------------------------------------------------------------------------------


def gaps(history: FundingHistory) -> set[int]:
    """Whole hours between settlements."""
    return {round((after.charged_at - before.charged_at) / HOUR) for before, after in pairwise(history.settlements)}


async def test_a_year_of_hourly_settlements_is_paged_whole_and_then_serves_shorter_questions(play: Playground) -> None:
    market = await play.market("hyperliquid")
    bitcoin = perpetual(market, "BTC")
    history = await market.funding_history(bitcoin, YEAR)
    assert len(history.settlements) >= 8760
    assert gaps(history) == {1}
    # 370 days are 8,880 hours: 18 pages of 500
    assert len(play.asked("hyperliquid", "fundingHistory")) == 18
    for span in (timedelta(days=30), timedelta(days=90), timedelta(days=370)):
        assert await market.funding_history(bitcoin, span) is history
    ((snapshot,), _) = await market.snapshots([bitcoin])
    assert snapshot.history is history
    assert len(play.asked("hyperliquid", "fundingHistory")) == 18


async def test_a_history_that_is_kept_is_asked_only_for_what_is_new(play: Playground) -> None:
    market = await play.market("hyperliquid")
    bitcoin = perpetual(market, "BTC")
    before = await market.funding_history(bitcoin, YEAR)
    play.clock.ahead += timedelta(hours=13)  # too old to be served untried
    after = await market.funding_history(bitcoin, YEAR)
    assert len(play.asked("hyperliquid", "fundingHistory")) == 18 + 1
    assert after.settlements[-1].charged_at - before.settlements[-1].charged_at == pytest.approx(
        timedelta(hours=13), abs=timedelta(seconds=1)
    )
    assert gaps(after) == {1}
    assert after.settlements[0].charged_at > before.settlements[0].charged_at  # the oldest hours fell out


@pytest.mark.parametrize(("exchange", "days", "pages"), [("binance", 370, 2), ("bybit", 370, 6), ("okx", 92, 4)])
async def test_a_year_reaches_as_far_back_as_the_exchange_gives(
    play: Playground, exchange: str, days: int, pages: int
) -> None:
    market = await play.market(exchange)
    history = await market.funding_history(perpetual(market, "BTC"), YEAR)
    # three settlements a day: 1,110 in pages of 1,000 and of 200; OKX keeps 276, in three pages and an empty one
    assert play.clock() - history.settlements[0].charged_at > timedelta(days=days - 1)
    assert gaps(history) == {8}
    assert len(play.asked(exchange, "funding")) == pages


async def test_a_month_that_is_kept_does_not_serve_a_year(play: Playground) -> None:
    market = await play.market("binance")
    bitcoin = perpetual(market, "BTC")
    month = await market.funding_history(bitcoin)
    assert len(month.settlements) == 93
    assert len((await market.funding_history(bitcoin, YEAR)).settlements) == 1110


async def test_a_change_of_the_interval_shows_in_the_history(play: Playground) -> None:
    market = await play.market("bybit", "binance", manners=Manners())
    for exchange, coin in (("bybit", "TIA"), ("binance", "ONDO")):
        history = await market.funding_history(perpetual(market, coin, exchange))
        assert gaps(history) == {4, 8}


# What there is to see in the simulated world -----------------------------------------------------------------------


async def test_exchanges_disagree_one_rate_has_flipped_and_one_can_hardly_be(play: Playground) -> None:
    market = await play.market(*ALL)
    boards = {board.exchange: board for board in (await market.boards())[0]}
    okx = row(boards["okx"], "ICX").funding
    assert okx is not None
    assert is_suspicious(okx)
    turned = row(boards["binance"], "CRV")
    assert turned.funding is not None
    history = await market.funding_history(turned.instrument)
    assert turned.funding.rate_per_interval * history.settlements[-1].rate_per_interval < 0
    negative = row(boards["binance"], "AXS").funding
    assert negative is not None
    assert negative.rate_per_interval < 0


# Spot --------------------------------------------------------------------------------------------------------------


async def test_spot_markets_are_one_of_each_exchange_in_order_and_have_a_book(play: Playground) -> None:
    market = await play.market("okx", "hyperliquid", "binance")
    markets = market.spot_markets("PEPE")
    assert [each.exchange for each in markets] == ["okx", "binance"]  # Hyperliquid's are not loaded
    assert market.spot_markets("NOSUCHCOIN") == ()
    for each in markets:
        assert (each.kind, each.contract_size) == (InstrumentKind.SPOT, Decimal(1))
        assert each.taker_share > 0
        book = await market.order_book(each)
        assert book.asks[0].price_quote > book.bids[0].price_quote
        price = (await market.spot_prices(["PEPE"]))["PEPE"].price_quote
        assert book.mid_quote is not None
        assert abs(book.mid_quote / price - 1) < Decimal("0.01")  # per one coin
