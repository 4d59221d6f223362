"""/hedge ETH 50% test 180d: what it did to the swings in the first line, its parts to the cent, what is not known."""

from dataclasses import replace
from typing import Any

import pytest

from chatbot.command import Audience, ChatKind, Services, TimeChart
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, UserMistake
from chatbot.core.hedging.evidence import HedgeTest
from chatbot.core.markets import FundingHistory, Instrument
from chatbot.core.portfolio import Holding, Portfolio
from chatbot.core.ports import MONTH
from chatbot.messenger import plain_text
from handlers.formatting import money
from handlers.hedge import HEDGE
from tests.fakes import ASKER, FakeMarket, call, candles, services
from tests.handlers.rotate.signals.samples import commands, reads_well
from tests.samples import d, history, perpetual, snapshot

WAVES = [0.02, -0.02, 0.01, -0.03] * 25
RISE_AT_LAST = [0.0] * 98 + [0.01, 0.6]


def market(moves: list[float] = WAVES, **changes: Any) -> FakeMarket:
    """ETH at two exchanges and BTC at one, 0.01 % of funding every 8 hours; UNI has no contract."""
    own = [perpetual("ETH"), perpetual("ETH", exchange="okx"), perpetual("BTC")]
    made: dict[str, Any] = {
        "markets": [snapshot(each, "100", history=history(each, "0.0001", 400)) for each in own],
        "history": {
            "ETH": candles("ETH", moves),
            "BTC": candles("BTC", WAVES),
            "UNI": candles("UNI", [2 * move for move in WAVES]),
            "NEW": candles("NEW", [0.0] * 12),
        },
    }
    return FakeMarket(**(made | changes))


async def problem_of(line: str, given: Services | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await HEDGE.answer(call(line), given or services(market()))
    return caught.value


async def test_half_a_hedge_takes_half_of_the_swings_and_its_parts_sum_to_what_it_brought() -> None:
    reply = await HEDGE.answer(call("/hedge ETH 50% test 90d"), services(market()))
    lines = plain_text(reply).splitlines()
    # less than half is left: the short gained as ETH fell, so the same swings are a smaller part of more money
    assert lines[0].startswith("Hedging 50 % of ETH would have cut volatility from 40 % to 18 % a year and brought $")
    assert lines[1] == "$10,000 of ETH, as no amount is named, 90 days to 20 Nov 2026, short of ETH on Bybit"
    assert [line.split()[0] for line in lines[3:6]] == ["result,", "volatility", "deepest"]
    assert isinstance(reply.plan, HedgeTest)
    # parts to the cent: price + funding - costs
    parts = [part.rpartition(" ")[2] for part in lines[6].replace(" = ", " · ").split(" · ")]
    values = [float(part.replace("$", "").replace(",", "").replace("−", "-")) for part in parts]
    assert sum(values[:3]) == pytest.approx(values[3])
    # ETH fell by 38.15 %: 0.1 % of $5,000 to open and of some $3,092 to close
    assert values[2] == pytest.approx(-8.09, abs=0.01)
    assert reads_well(reply.text)
    assert "/hedge ETH 25% 90d test" in commands(reply)
    assert "/hedge ETH 50% 30d test" in commands(reply)
    assert commands(reply)[-1] == "/hedge $10000 ETH 50% bybit"


async def test_an_amount_is_told_at_what_it_was_worth_and_any_order_of_words_is_read() -> None:
    one = await HEDGE.answer(call("/hedge test 10 ETH 60d half okx"), services(market()))
    other = await HEDGE.answer(call("/hedge 10 ETH 50% okx test 60d"), services(market()))
    assert one.text == other.text
    assert "short of ETH on OKX" in plain_text(one)
    valued = plain_text(await HEDGE.answer(call("/hedge $20k ETH test 60d"), services(market())))
    assert valued.splitlines()[1].startswith("$20,000 of ETH, 60 days to")


async def test_what_is_held_is_tried_where_a_bare_coin_is_named_as_it_is_hedged() -> None:
    three = Portfolio((Holding("ETH", d(3)),))
    reply = await HEDGE.answer(call("/hedge ETH test 90d okx"), services(market(), three))
    lines = plain_text(reply).splitlines()
    assert lines[0].startswith("Hedging 25 % of ETH would")  # a quarter, as /hedge ETH begins with
    assert isinstance(reply.plan, HedgeTest)
    worth = 3 * reply.plan.start_price_quote
    assert reply.plan.value_usd == worth
    assert lines[1] == f"Your 3 ETH, at first {money(worth)}, 90 days to 20 Nov 2026, short of ETH on OKX"
    assert reply.audience is Audience.ASKER
    assert "/hedge ETH 50% okx 90d test" in commands(reply)
    assert commands(reply)[-1] == "/hedge ETH 25% okx"


async def test_in_a_group_nothing_of_what_is_held_is_seen() -> None:
    three = Portfolio((Holding("ETH", d(3)),))
    asked = call("/hedge ETH test 90d", chat_kind=ChatKind.GROUP, chat_id=-5)
    reply = await HEDGE.answer(asked, services(market(), three))
    assert "$10,000 of ETH, as no amount is named" in plain_text(reply)
    assert commands(reply)[-1] == "/hedge $10000 ETH 25% bybit"


async def test_an_amount_that_is_named_is_hedged_whole_and_stays_in_the_line_of_today() -> None:
    reply = await HEDGE.answer(call("/hedge 10 ETH test 90d"), services(market()))
    lines = plain_text(reply).splitlines()
    assert lines[0].startswith("Hedging 100 % of ETH would")
    assert lines[1].startswith("10 ETH, at first $")
    assert commands(reply)[-1] == "/hedge 10 ETH 100% bybit"


async def test_a_short_that_was_deep_in_the_red_says_by_how_much_and_whether_the_margin_was_enough() -> None:
    # flat for 98 days, then +1 % and +60 %: 61.6 % of the short's size against a margin of 50 % at 2x
    reply = await HEDGE.answer(call("/hedge ETH 50% test 60d"), services(market(RISE_AT_LAST)))
    text = plain_text(reply)
    assert (
        "⚠ At worst, by daily closes, the short was down $3,080, 61.6 % of its size; the margin of 2x is 50 %: more "
        "was needed"
    ) in text
    assert "a year and cost $" in text.splitlines()[0]
    at_one = plain_text(await HEDGE.answer(call("/hedge ETH 50% 1x test 60d"), services(market(RISE_AT_LAST))))
    assert "the margin of 1x is 100 %\n" in at_one
    # 61.6 % of the size is 92.4 % of a margin of two thirds: the exchange takes it before the last cent
    at_most = plain_text(await HEDGE.answer(call("/hedge ETH 50% 1.5x test 60d"), services(market(RISE_AT_LAST))))
    assert "the margin of 1.5x is 66.7 %: too little, with maintenance and the highs within a day" in at_most


async def test_a_coin_without_a_contract_is_tried_through_the_major_that_explained_it_before() -> None:
    reply = await HEDGE.answer(call("/hedge #UNI test 60d"), services(market()))
    text = plain_text(reply)
    assert "short of BTC on Bybit" in text
    # UNI moves twice as much as BTC every day; the 60 days begin 40 days after the first price
    assert "Beta 2.0" in text
    assert "sized anew every 7 days, 8 times" in text
    named = plain_text(await HEDGE.answer(call("/hedge #UNI via ETH beta=1.4 test 60d"), services(market())))
    assert "Beta given; sized anew every 7 days" in named


async def test_how_explains_and_chart_draws_the_test_that_is_seen_and_a_hedge_as_before() -> None:
    given = services(market())
    await HEDGE.answer(call("/hedge ETH 50% test 90d"), given)
    await HEDGE.answer(call("/hedge 10 ETH 50%"), given)
    assert HEDGE.explain is not None
    assert HEDGE.depict is not None
    test, hedge = [await given.answers.recall(ASKER, key) for key in ("k1", "k2")]
    assert test is not None
    assert hedge is not None
    assert test.line == "/hedge ETH 50% 90d test"
    how = plain_text(HEDGE.explain(test.plan_json))
    assert "short = value × share = $10,000 × 50 % = $5,000" in how
    assert "A short sized in coins does not drift" in how
    assert "0.05 % taker fee + 0.05 % slippage, assumed" in how
    picture = HEDGE.depict(test.plan_json).picture
    assert isinstance(picture, TimeChart)
    assert [curve.label for _, curves in picture.panels for curve in curves] == ["unhedged", "hedged"]
    assert "How this hedge was worked out" in plain_text(HEDGE.explain(hedge.plan_json))


class Silent(FakeMarket):
    """Bybit tells no settlements."""

    async def funding_history(self, instrument: Instrument, span: Any = MONTH) -> FundingHistory:
        if instrument.exchange == "bybit":
            raise MarketUnavailable("Bybit did not answer.", [Outage("bybit", "timed out")])
        return await super().funding_history(instrument, span)


async def test_an_exchange_that_is_silent_is_named_and_the_next_one_is_taken() -> None:
    whole = market()
    silent = Silent(markets=whole.markets, history=whole.history)
    text = plain_text(await HEDGE.answer(call("/hedge ETH 50% test 60d"), services(silent)))
    assert "short of ETH on OKX" in text
    assert "⚠ Did not answer: Bybit" in text
    alone = plain_text(await HEDGE.answer(call("/hedge ETH 50% bybit test 60d"), services(silent)))
    assert "funding unknown" in alone
    assert "⚠ No settlements on 60 of 60 days: no funding is counted there" in alone


async def test_settlements_that_begin_later_are_said() -> None:
    short = [
        replace(each, history=history(each.instrument, "0.0001", 90)) for each in market().markets
    ]  # 30 days of them, the last one at 8 o'clock today
    text = plain_text(await HEDGE.answer(call("/hedge ETH test 60d"), services(market(markets=short))))
    assert "⚠ No settlements on 30 of 60 days" in text


async def test_a_group_is_answered_since_nothing_is_about_holdings() -> None:
    reply = await HEDGE.answer(call("/hedge ETH 50% test 60d", chat_kind=ChatKind.GROUP), services(market()))
    assert reply.audience is Audience.ANYONE
    assert "$10,000 of ETH" in plain_text(reply)


async def test_without_a_number_of_days_there_are_as_many_as_leave_room_for_a_beta() -> None:
    # 101 closes: 31 for the first beta, the one it is traded at, and 69 days
    for line in ("/hedge ETH test", "/hedge #UNI test"):
        assert ", 69 days to 20 Nov 2026, short of" in plain_text(await HEDGE.answer(call(line), services(market())))


async def test_what_cannot_be_tried_is_refused_with_a_way_on() -> None:
    too_long = await problem_of("/hedge ETH 50% test 365d")
    assert isinstance(too_long, NotPossible)
    assert too_long.sentence == "100 days of ETH can be tested: there are no prices of more."
    assert [each.command for each in too_long.suggestions] == ["/hedge ETH 50% 100d test"]
    proxied = await problem_of("/hedge #UNI test 90d")
    assert proxied.sentence == "69 days of UNI through another coin can be tested: there are no prices of more."
    short = await problem_of("/hedge ETH test 10d")
    assert [each.command for each in short.suggestions] == ["/hedge ETH 30d test"]
    for line in ("/hedge ETH test 0d", "/hedge ETH test 5000d"):
        assert isinstance(await problem_of(line), UserMistake)
    nothing = await problem_of("/hedge test")
    assert [each.command for each in nothing.suggestions] == ["/hedge BTC 50% test", "/hedge ETH 50% test"]
    for words in ("inverse", "expiry=261225", "stake=7%", "venues", "price=2"):
        problem = await problem_of(f"/hedge ETH 50% test 60d {words}")
        assert isinstance(problem, UserMistake)
        assert [each.command for each in problem.suggestions] == ["/hedge ETH 50% 60d test"]
    portfolio = await problem_of("/hedge portfolio test")
    assert [each.command for each in portfolio.suggestions] == ["/hedge ETH 50% 180d test"]


async def test_a_coin_without_history_or_with_too_little_is_said() -> None:
    assert (await problem_of("/hedge #SOL test 60d")).sentence == "No exchange has daily prices of SOL."
    new = await problem_of("/hedge #NEW via BTC test 30d")
    assert new.sentence.startswith("There are 13 days of prices of NEW through BTC; a test takes 62")
    assert isinstance(await problem_of("/hedge ETH test", services(market(is_down=True))), MarketUnavailable)
