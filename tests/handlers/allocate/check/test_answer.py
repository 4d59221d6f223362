"""What /allocate check answers: a line each with a tick or a cross, by an exchange that answers now."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Audience, ChatKind, Reply, Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, UserMistake
from chatbot.core.markets import Instrument, Snapshot
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.allocate.answer import answer
from tests.fakes import FakeMarket, call, services
from tests.samples import NOW, d, perpetual, quote, snapshot

# 60,000 + 30,000 + 10,000
HELD = Portfolio((Holding("BTC", d(1)), Holding("ETH", d(10)), Holding("USDT", d(10_000))))
YEAR = timedelta(days=365)


class Cached(FakeMarket):
    """An exchange that is out serves what it said before."""

    async def snapshots(self, instruments: Collection[Instrument]) -> tuple[tuple[Snapshot, ...], tuple[Outage, ...]]:
        return tuple(snap for snap in self.markets if snap.instrument in instruments), tuple(self.outages)


def given(portfolio: Portfolio | None = HELD, **changes: object) -> Services:
    return services(FakeMarket(**changes), portfolio)  # type: ignore[arg-type]


def listed(*exchanges: str, minutes: int = 0) -> list[Snapshot]:
    """ETH at 3,000 on each, for a year; the first said so `minutes` ago."""
    markets = [perpetual(exchange=name, listed_at=NOW - YEAR) for name in exchanges]
    seen = [snapshot(market, "3000") for market in markets]
    older = replace(seen[0], quote=quote(markets[0], "3000", as_of=NOW - timedelta(minutes=minutes)))
    return [older, *seen[1:]]


async def ask(line: str, on: Services | None = None, **terms: object) -> Reply:
    return await answer(call(line, **terms), on or given())


async def problem_of(line: str, on: Services | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(line, on)
    return caught.value


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


def offered(problem: Problem) -> list[str]:
    return [each.command for each in problem.suggestions]


async def test_five_questions_to_a_position() -> None:
    # long 3,000 at 2x: margin 1,500 of 100,000 = 1.5 %; 0.01 % every 8 h is 0.9 % = 27 a month
    lines = plain_text(await ask("/allocate check long ETH $3000 2x stop=5%")).splitlines()
    assert lines[0] == "4 of 5 hold: long $3,000 ETH at 2x, Bybit"
    assert lines[1] == "$3,000 is the notional, not the margin: $1,500 is put in at 2x"
    assert lines[2] == "✓ Liquidity: 0.05 % slippage, 0.00006 % of the day's volume; a limit order pays less"
    assert lines[3].startswith("✓ Liquidation: at 1,508.30, −49.7 %")  # 1,500 / (1 - 0.005 - 0.0005) = 1,508.296
    assert lines[4] == "✓ Funding: pays $27.00 a month at the average settled over 30 days, 0.9 % of the position"
    assert lines[5] == "✓ Narrative: $1,500 at risk, 1.5 % of the capital; at most 15 % where it is no small cap"
    assert lines[6] == "✗ Venue: Bybit, centralised, listed when is not known"


async def test_recorded_positions_are_asked_one_by_one_and_what_has_no_market_is_said() -> None:
    held = Portfolio(
        HELD.holdings,
        (FuturesPosition("ETH", Side.SHORT, d(1), "bybit", None, d(2)), FuturesPosition("W", Side.LONG, d(10))),
    )
    reply = await ask("/allocate check", given(held))
    assert "short $3,000 ETH at 2x, Bybit" in reply.text
    assert "receives $27.00 a month" in reply.text
    assert "⚠ Not recorded, so assumed: entry at today's price" in reply.text
    assert "Long W: not checked" in reply.text
    assert reply.audience is Audience.ASKER


async def test_a_recorded_position_is_liquidated_by_its_own_entry_and_not_by_todays_price() -> None:
    # short at 4,000, 2x: 4,000 * 1.5 / (1 + 0.005 + 0.0005) = 5,967.18; at 3,000 that is +98.9 %
    short = FuturesPosition("ETH", Side.SHORT, d(1), "bybit", d(4000), d(2))
    lines = plain_text(await ask("/allocate check", given(Portfolio((), (short,))))).splitlines()
    assert lines[3].startswith("✓ Liquidation: at 5,967.18, +98.9 %")
    assert not any("assumed" in line for line in lines)


async def test_a_recorded_position_that_must_be_gone_is_doubted_and_what_is_not_recorded_is_said() -> None:
    # long at 6,000, 5x: 6,000 * 0.8 / (1 - 0.005 - 0.0005) = 4,826.55, and the price is 3,000
    gone = FuturesPosition("ETH", Side.LONG, d(1), "bybit", d(6000), d(5))
    lines = plain_text(await ask("/allocate check", given(Portfolio((), (gone,))))).splitlines()
    assert lines[3] == "✗ Liquidation: as recorded it was liquidated at 4,826.55 already"
    bare = FuturesPosition("ETH", Side.LONG, d(1))
    reply = await ask("/allocate check", given(Portfolio((), (bare,))))
    assert "⚠ Not recorded, so assumed: leverage 1x, entry at today's price, on Bybit" in reply.text


async def test_old_prices_are_said_first_and_a_venue_that_is_silent_has_no_tick() -> None:
    market = Cached(markets=listed("bybit", minutes=7), outages=(Outage("bybit", "timed out"), Outage("okx", "down")))
    lines = plain_text(await ask("/allocate check long ETH $3000 2x", services(market, HELD))).splitlines()
    assert lines[0].startswith("Prices are 7 minutes old. ")
    assert lines[6] == "✗ Venue: Bybit, centralised, listed for 365 days, does not answer now"
    assert lines[7] == "⚠ 2 of 4 exchanges missing: Bybit, OKX"


async def test_where_nothing_is_wrong_all_five_hold() -> None:
    lines = plain_text(
        await ask("/allocate check long ETH $3000 2x stop=5%", given(markets=listed("okx")))
    ).splitlines()
    assert lines[0] == "5 of 5 hold: long $3,000 ETH at 2x, OKX"
    assert not any("missing" in line for line in lines)


async def test_without_any_exchange_that_ever_answered_it_is_the_market_and_not_the_coin() -> None:
    problem = await problem_of("/allocate check long SOL $500 2x", given(is_down=True))
    assert isinstance(problem, MarketUnavailable)
    assert problem.sentence == "No exchange can be reached."
    assert len(problem.outages) == 4


async def test_what_one_exchange_alone_may_list_is_not_said_to_be_listed_nowhere() -> None:
    problem = await problem_of("/allocate check long PEPE $500 2x", given(outages=(Outage("okx", "timed out"),)))
    assert isinstance(problem, MarketUnavailable)
    assert problem.sentence == "No exchange that answers has a linear perpetual of PEPE."
    assert isinstance(await problem_of("/allocate check long PEPE $500 2x"), NotPossible)


@pytest.mark.parametrize("market", [FakeMarket, Cached])
async def test_the_next_exchange_is_taken_where_the_first_is_down(market: type[FakeMarket]) -> None:
    on = services(market(markets=listed("binance", "okx", minutes=5), outages=(Outage("binance", "down"),)), HELD)
    text = plain_text(await ask("/allocate check long ETH $3000 2x", on))
    assert text.splitlines()[0].endswith("long $3,000 ETH at 2x, OKX")
    assert "⚠ 1 of 4 exchanges missing: Binance" in text


async def test_an_exchange_that_is_named_and_down_leads_to_the_others() -> None:
    on = given(markets=listed("binance", "okx", "gate"), outages=(Outage("binance", "down"),))
    problem = await problem_of("/allocate check short ETH $3000 2x binance stop=5%", on)
    assert isinstance(problem, MarketUnavailable)
    assert problem.sentence == "No quote of ETH came from Binance."
    assert offered(problem) == [f"/allocate check short ETH $3000 2x on {name} stop=5%" for name in ("okx", "gate")]
    assert (await ask(offered(problem)[0], on)).text


async def test_a_large_part_of_the_capital_has_no_tick_in_a_large_cap_either() -> None:
    # 182,000 / 2 = 91,000 of 100,000; 30,000 / 2 = 15,000 is the most that small-cap futures may be
    text = plain_text(await ask("/allocate check long ETH $182000 2x"))
    assert "✗ Narrative: $91,000 at risk, 91 % of the capital; at most 15 % where it is no small cap" in text
    assert "✓ Narrative: $15,000 at risk, 15 % of the capital" in plain_text(await ask("/allocate check ETH $30k 2x"))


async def test_more_leverage_than_is_allowed_leads_to_less() -> None:
    problem = await problem_of("/allocate check long ETH $3000 250x stop=5%")
    assert isinstance(problem, NotPossible)
    assert offered(problem) == [f"/allocate check long ETH $3000 {times}x stop=5%" for times in (1, 2, 3, 5)]
    assert (await ask(offered(problem)[-1])).text


async def test_in_a_group_the_capital_is_the_one_that_is_typed() -> None:
    reply = await ask("/allocate check long ETH $3000 2x capital=50k", chat_kind=ChatKind.GROUP, chat_id=-5)
    assert "3 % of the capital" in reply.text  # 1,500 of 50,000
    assert reply.audience is Audience.ANYONE
    assert "/allocate check long ETH $3000 5x capital=50000" in commands(reply)


@pytest.mark.parametrize(
    ("words", "sentence", "better"),
    [
        ("long ETH $500 2x 30d", "30 days is no part of a check: ", "long ETH $500 2x"),
        ("short ETH $500 50% stop=5%", "50% is no part of a check: ", "short ETH $500 2x stop=5%"),
        ("long ETH $500 3x via BTC 7d", "via BTC and 7 days are no part of a check: ", "long ETH $500 3x"),
        ("long 2 ETH 3x", "Which position? A side, a coin and its value in dollars.", "long ETH $500 3x"),
        ("long $900", "Which position? A side, a coin and its value in dollars.", "long SOL $900 2x"),
        ("long FOOBAR $500 2x", "", "long SOL $500 2x"),
    ],
)
async def test_what_is_not_taken_is_named_and_the_way_on_is_answered(words: str, sentence: str, better: str) -> None:
    problem = await problem_of(f"/allocate check {words}")
    assert isinstance(problem, UserMistake)
    assert problem.sentence.startswith(sentence)
    assert f"/allocate check {better}" in offered(problem)
    for line in offered(problem):
        assert (await ask(line)).text
