"""/rotate test: whether the rule paid in the first line, each contestant in a table, what is missing by name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chatbot.command import Audience, ChatKind, ChatSettings, SectorEdit, Services, TimeChart
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, UserMistake
from chatbot.core.rotation.evidence.plan import EvidencePlan, Lead
from chatbot.messenger import plain_text
from handlers.rotate.evidence.answer import answer
from handlers.rotate.evidence.render import explanation_of, render
from handlers.rotate.explaining import depict, explain
from tests.fakes import ASKER, FakeMarket, FakeSettings, call, candles, services, spot_price
from tests.handlers.rotate.signals.samples import commands, reads_well
from tests.samples import history, perpetual, snapshot

RISING = {"TAO": 0.01, "FET": 0.01, "UNI": 0.005, "AAVE": 0.005, "DOGE": -0.01, "SHIB": -0.01, "BTC": 0.001}


def market(moves: Mapping[str, float] = RISING, days: int = 120, **changes: Any) -> FakeMarket:
    """Each coin moves by the same share every day; 0.01 % of funding every 8 hours at Bybit."""
    made: dict[str, Any] = {
        "prices": {coin: spot_price(coin, "1") for coin in moves},
        "markets": [snapshot(perpetual(coin), "1", history=history(perpetual(coin), "0.0001", 300)) for coin in moves],
        "history": {coin: candles(coin, [move] * days) for coin, move in moves.items()},
    }
    return FakeMarket(**(made | changes))


async def problem_of(line: str, given: Services) -> Problem:
    with pytest.raises(Problem) as caught:
        await answer(call(line), given)
    return caught.value


async def kept(given: Services) -> str:
    found = await given.answers.recall(ASKER, "k1")
    assert found is not None
    return found.plan_json


async def test_a_rule_that_paid_is_said_to_have_paid_with_its_costs() -> None:
    reply = await answer(call("/rotate test 60d"), services(market()))
    lines = plain_text(reply).splitlines()
    assert lines[0].startswith("The rule paid: monthly +5")
    assert "60 days to 20 Nov 2026, 7 coins, after fees and slippage" in lines
    assert [line.split()[0] for line in lines[3:9]] == ["monthly", "+", "weekly", "+", "BTC", "all"]
    # bitcoin: 1.001^60 = +6.2 %, less 0.15 % of one purchase; it never falls
    assert lines[7].split() == ["BTC", "held", "+6", "0", "0", "0.1"]
    assert "⚠ Only coins listed today: those that died are missing" in plain_text(reply)
    assert reply.audience is Audience.ANYONE
    assert reads_well(reply.text)
    assert commands(reply)[:3] == ["/rotate test 60d", "/rotate test monthly 60d", "/rotate test weekly 60d"]


async def test_a_rule_that_did_not_pay_is_said_so_plainly() -> None:
    falling = {coin: -abs(move) for coin, move in RISING.items()} | {"BTC": 0.001}
    reply = await answer(call("/rotate test"), services(market(falling)))
    assert plain_text(reply).startswith("The rule did not pay: monthly −")
    # a gain that bitcoin alone would have brought did not pay either
    slow = dict.fromkeys(RISING, 0.0005) | {"BTC": 0.001}
    assert plain_text(await answer(call("/rotate test"), services(market(slow)))).startswith("The rule did not pay")


async def test_where_only_some_paid_their_own_gains_are_told_first() -> None:
    plan = (await answer(call("/rotate test 60d"), services(market()))).plan
    assert isinstance(plan, EvidencePlan)
    totals = iter((0.16, 0.18, 0.12, 0.1, 0.1, 0.17))  # monthly, its exit, weekly, its exit, bitcoin, all alike
    results = [replace(each, outcome=replace(each.outcome, total=next(totals))) for each in plan.results]
    lines = plain_text(render(replace(plan, results=tuple(results)), 60, "k")).splitlines()
    assert lines[0] == (
        "The rule paid only monthly with its exit +18.0 %: monthly +16.0 %, weekly +12.0 %, BTC held +10.0 %, "
        "all alike +17.0 %"
    )


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        # e^-0.58 - 1 = -44.0 %; two errors of 0.43: e^-1.44 - 1 = -76.3 %, e^0.28 - 1 = +32.3 %
        (Lead(-0.58, 0.43), "a year −44 % against BTC, 95 % range −76 % to +32 %. That is within chance: 0 is inside"),
        # e^0.5 - 1 = +64.9 %; e^0.1 - 1 = +10.5 %, e^0.9 - 1 = +146.0 %
        (Lead(0.5, 0.2), "a year +65 % against BTC, 95 % range +11 % to +146 %. That is beyond chance: 0 is outside"),
    ],
)
async def test_a_lead_is_a_simple_yearly_figure_with_the_range_that_makes_it_chance(lead: Lead, words: str) -> None:
    plan = (await answer(call("/rotate test weekly 60d"), services(market()))).plan
    assert isinstance(plan, EvidencePlan)
    results = tuple(each if each.rhythm is None else replace(each, lead=lead) for each in plan.results)
    changed = replace(plan, days=180, results=results)
    assert f"Weekly, the best of 2: {words}" in plain_text(render(changed, 60, "k")).splitlines()
    short = plain_text(render(replace(changed, days=60), 60, "k"))
    assert "Weekly, the best of 2: 60 days are too few to speak of a year. That is" in short
    how = plain_text(explanation_of(changed))
    mean, error = f"{lead.per_year}".replace("-", "−"), lead.standard_error
    assert f"daily log returns × 365 = {mean}, its standard error {error}." in how


async def test_one_rhythm_is_tried_alone_and_over_the_days_asked_for() -> None:
    given = services(market())
    reply = await answer(call("/rotate test weekly 40d"), given)
    assert isinstance(reply.plan, EvidencePlan)
    assert reply.plan.days == 40
    assert [each.rhythm.value for each in reply.plan.rules if each.rhythm] == ["weekly", "weekly"]
    assert "Picked weekly, of" in plain_text(reply)
    found = await given.answers.recall(ASKER, "k1")
    assert found is not None
    assert found.line == "/rotate test weekly 40d"


async def test_how_explains_and_chart_draws_the_answer_that_is_seen() -> None:
    given = services(market())
    await answer(call("/rotate test monthly"), given)
    how = plain_text(explain(await kept(given)))
    assert "On the first of a month (UTC), and on the first day, into the 2 strongest sectors" in how
    assert "traded at that day's close: a whole day after the last price seen" in how
    assert "0.1 % taker fee (assumed) + 0.05 % slippage, assumed = 0.15 %" in how
    assert "Spot throughout: no funding is paid" in how
    picture = depict(await kept(given)).picture
    assert isinstance(picture, TimeChart)
    assert [[curve.label for curve in curves] for _, curves in picture.panels] == [
        ["monthly", "BTC held", "all alike"],
        ["monthly + exit", "BTC held"],
    ]
    assert len(picture.figures) == 3


async def test_own_sectors_are_used_and_one_of_a_single_coin_is_left_out_by_name() -> None:
    given = services(market(RISING | {"QQQ": 0.03, "PPP": 0.03, "ZZZ": 0.03}))
    assert isinstance(given.settings, FakeSettings)
    own = (SectorEdit("mine", ("QQQ", "PPP"), ()), SectorEdit("alone", ("ZZZ",), ()))
    given.settings.chosen[ASKER] = ChatSettings(sectors=own)
    text = plain_text(await answer(call("/rotate test monthly"), given))
    assert "mine and ai" in text
    assert "Not ranked, fewer than two coins with prices:" in text
    assert "alone" in text.partition("Not ranked")[2]


async def test_the_fee_is_that_of_the_spot_market_of_the_chats_own_exchange() -> None:
    spot = [perpetual("BTC", exchange="binance"), perpetual("BTC", exchange="okx")]
    given = services(market(spot=spot))
    assert isinstance(given.settings, FakeSettings)
    given.settings.chosen[ASKER] = ChatSettings(exchange="okx")
    await answer(call("/rotate test"), given)
    assert "0.05 % taker fee (OKX spot) + 0.05 % slippage, assumed = 0.1 %" in plain_text(explain(await kept(given)))


async def test_what_did_not_come_is_named_and_the_rest_is_answered() -> None:
    whole = market()
    without = [each for each in whole.markets if each.instrument.coin != "TAO"]
    down = market(markets=without, outages=[Outage("okx", "timed out")])
    reply = await answer(call("/rotate test"), services(down))
    text = plain_text(reply)
    assert "⚠ 1 of 4 exchanges missing: OKX" in text
    assert "⚠ No funding of TAO: no exit there" in text
    assert reads_well(reply.text)


async def test_without_any_settlement_the_exit_is_not_tried_and_that_is_said() -> None:
    reply = await answer(call("/rotate test"), services(market(markets=[])))
    assert isinstance(reply.plan, EvidencePlan)
    assert len(reply.plan.rules) == 2
    assert "No settlements came: the exit could not be tried" in plain_text(reply)


async def test_prices_that_did_not_come_are_named() -> None:
    bigger = market(RISING | {"CRV": 0.0, "MKR": 0.0})
    prices = {coin: bars for coin, bars in bigger.history.items() if coin != "CRV"}
    given = services(market(RISING | {"CRV": 0.0, "MKR": 0.0}, history=prices))
    assert "⚠ No prices came of CRV" in plain_text(await answer(call("/rotate test"), given))
    few = {coin: bars for coin, bars in prices.items() if coin not in ("TAO", "UNI", "MKR")}
    problem = await problem_of("/rotate test", services(market(history=few)))
    assert problem.sentence == "Sectors with at least 2 coins that have prices: 1. A choice of 2 takes 3."


async def test_a_group_is_answered_since_nothing_is_about_holdings() -> None:
    reply = await answer(call("/rotate test", chat_kind=ChatKind.GROUP), services(market()))
    assert reply.audience is Audience.ANYONE


async def test_more_days_than_there_are_fewer_than_a_month_and_other_words_are_refused_with_a_way_on() -> None:
    given = services(market())
    too_long = await problem_of("/rotate test weekly 365d", given)
    assert isinstance(too_long, NotPossible)
    assert too_long.sentence.startswith("60 days can be tested: prices reach back 121 days")
    assert [each.command for each in too_long.suggestions] == ["/rotate test weekly 60d"]
    too_short = await problem_of("/rotate test 10d", given)
    assert [each.command for each in too_short.suggestions] == ["/rotate test 30d"]
    assert isinstance(await problem_of("/rotate test 0d", given), UserMistake)
    assert isinstance(await problem_of("/rotate test 5000d", given), UserMistake)
    coin = await problem_of("/rotate test TAO 40d", given)
    assert [each.command for each in coin.suggestions] == ["/rotate test 40d"]
    unknown = await problem_of("/rotate test montly", given)
    assert "Did you mean monthly?" in unknown.sentence
    daily = await problem_of("/rotate test daily", given)
    assert daily.sentence == 'I don\'t know "daily". A test is monthly or weekly, over a number of days.'
    assert [each.command for each in daily.suggestions] == ["/rotate test monthly", "/rotate test weekly"]


async def test_too_short_a_history_is_said_with_its_days() -> None:
    problem = await problem_of("/rotate test", services(market(days=80)))
    assert isinstance(problem, NotPossible)
    assert (
        "There are 81 days of prices, and on 22 of them at least 3 sectors can be ranked: too few" in problem.sentence
    )


async def test_no_exchange_at_all_and_no_bitcoin_are_said() -> None:
    assert isinstance(await problem_of("/rotate test", services(market(is_down=True))), MarketUnavailable)
    no_bitcoin = {coin: bars for coin, bars in market().history.items() if coin != "BTC"}
    problem = await problem_of("/rotate test", services(market(history=no_bitcoin)))
    assert isinstance(problem, MarketUnavailable)
