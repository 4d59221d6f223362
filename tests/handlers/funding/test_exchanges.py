"""/funding BTC: who pays whom in the first line, every exchange below it, what is missing counted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from wcwidth import wcswidth

from chatbot.command import ChatKind, HeatMap
from chatbot.core.comparison import ComparisonPlan
from chatbot.core.errors import MarketUnavailable, Outage
from tests.fakes import FakeSettings
from tests.handlers.funding.samples import BITCOIN, ask, asked, at, commands, depicted, explained, lines, problem_of
from tests.samples import NOW, d, funding


async def test_the_first_line_says_who_pays_whom_and_how_much() -> None:
    # Binance has most volume among those that are ranked: 0.01 % per 8 h, times 1,095
    first, charge = lines(await ask("/funding BTC"))[:2]
    assert first == "BTC: longs pay shorts, +0.0100 % per 8h on Binance, +10.95 % a year"
    assert charge == "A $10,000 short receives $1.00 a charge, a long the opposite; predicted, charged in 4 hours"


async def test_below_zero_shorts_pay_longs() -> None:
    first, charge = lines(await ask("/funding BTC", asked(at("okx", "-0.0001", 4))))[:2]
    assert first == "BTC: shorts pay longs, −0.0200 % per 8h on OKX, −21.90 % a year"
    assert charge.startswith("A $10,000 short pays $1.00 a charge")


async def test_the_table_has_a_row_for_each_and_those_without_an_interval_last() -> None:
    rows = [line.split() for line in lines(await ask("/funding BTC"))[3:7]]
    assert rows == [
        ["Bybit", "+0.0300", "+32.8%", "8h"],  # 32.85, rounded to the even digit
        ["Binance", "+0.0100", "+11.0%", "8h"],
        ["OKX", "−0.0200", "−21.9%", "4h"],
        ["Gate", "?", "?", "?"],
    ]


async def test_tables_fit_a_phone_also_with_the_longest_names_and_the_largest_rates() -> None:
    largest = [
        at("hyperliquid", "-0.00375", 1),
        at("binance", "-0.03", is_inverse=True),
        at("deribit", "0.03", is_inverse=True),
        at("krakenfutures", "0.5", 1),
    ]
    names = ("hyperliquid", "binance", "deribit", "krakenfutures")
    reply = await ask("/funding BTC", asked(*largest, exchanges=names))
    inside = reply.text.split("<pre>")[1].split("</pre>")[0].splitlines()
    assert len(inside) == 5
    assert max(wcswidth(line) for line in inside) <= 30


async def test_the_spread_is_told_with_its_fees_and_when_they_are_back() -> None:
    told = "\n".join(lines(await ask("/funding BTC")))
    # 0.03 % - (-0.02 %) = 0.05 % per 8 h: 15 a day on 10,000; fees 4 * 5 = 20; 1.3 days
    assert "Short Bybit, long OKX, $10,000 each: +$15.00 a day at today's rates" in told
    assert "the four fees of $20.00 back in 1.3 days if they stay" in told


async def test_fees_that_are_back_within_hours_are_never_back_in_no_days() -> None:
    told = "\n".join(lines(await ask("/funding BTC", asked(at("binance", "0.002", 1), at("bybit", "-0.002", 1)))))
    # 0.4 % an hour is 960 a day; 20 / 960 of a day is half an hour
    assert "the four fees of $20.00 back in 30 minutes if they stay" in told


async def test_fees_that_never_come_back_are_called_so() -> None:
    told = "\n".join(lines(await ask("/funding BTC", asked(at("binance", "0.0001"), at("bybit", "0.0001")))))
    assert "never earns the four fees of $20.00 back" in told


async def test_crowded_longs_are_told_from_both_sides() -> None:
    told = "\n".join(lines(await ask("/funding BTC", asked(at("binance", "0.0004")))))
    # every mean of a quarter is as high, so it is no top tenth
    assert (
        "Crowded longs (+0.0400 % per 8h over 7 days on Binance): a long was expensive to hold, a short hedge was paid"
        in told
    )


async def test_a_low_rate_that_is_high_for_its_coin_is_called_dear_to_nobody() -> None:
    seen = at("binance", "0.00001")
    assert seen.history is not None
    old, last = seen.history.settlements[:-20], seen.history.settlements[-20:]
    risen = (*old, *(replace(each, rate_per_interval=d("0.00007")) for each in last))
    told = "\n".join(
        lines(await ask("/funding BTC", asked(replace(seen, history=replace(seen.history, settlements=risen)))))
    )
    assert "Crowded longs for BTC, though the rate is low (+0.0067 % per 8h over 7 days on Binance, in the top" in told
    assert "a long cost more than usual, a short hedge was paid" in told


async def test_what_is_missing_and_what_is_not_ranked_is_counted_and_named() -> None:
    outage = Outage("bybit", "did not answer in time")
    silent = at("krakenfutures", None)
    snapshots = (*BITCOIN, replace(silent, history=None), at("bitget", "0.04"))
    names = ("binance", "bybit", "okx", "gate", "krakenfutures", "bitget")
    told = lines(await ask("/funding BTC", asked(*snapshots, outages=[outage], exchanges=names)))
    assert "⚠ Suspicious (!), not ranked: Bitget" in told
    assert "⚠ Interval unknown, not ranked: Gate" in told
    assert "⚠ No rate came in time: Kraken" in told
    assert "⚠ 1 of 6 exchanges missing: Bybit" in told


async def test_an_exchange_that_is_not_loaded_counts_as_missing_though_nobody_knows_what_it_lists() -> None:
    given = asked(at("binance", "0.0001"), outages=[Outage("okx", "refused"), Outage("gate", "refused")])
    assert "⚠ 2 of 3 exchanges missing: OKX, Gate" in lines(await ask("/funding BTC", given))


async def test_old_rates_are_called_old_in_the_first_line() -> None:
    old = at("binance", "0.0001")
    rate = replace(funding("0.0001"), as_of=NOW - timedelta(minutes=3))
    first = lines(await ask("/funding BTC", asked(replace(old, funding=rate))))[0]
    assert first.startswith("3 minutes old. BTC: longs pay shorts")


async def test_the_last_line_has_the_sources_and_the_age_of_the_oldest() -> None:
    assert lines(await ask("/funding BTC"))[-1] == "Bybit, Binance, Okx, Gate · just now"


async def test_linear_and_coin_margined_perpetuals_stand_side_by_side_one_of_each_exchange() -> None:
    twins = at("binance", "0.0002", symbol="BTC/USDC:USDC", quote="USDC", settle="USDC")
    given = asked(at("binance", "0.0001"), twins, at("binance", "0.0003", is_inverse=True))
    rows = [line.split() for line in lines(await ask("/funding BTC", given))[3:5]]
    assert rows == [["Binance", "inv", "+0.0300", "+32.8%", "8h"], ["Binance", "+0.0100", "+11.0%", "8h"]]


async def test_the_quote_currency_of_the_settings_comes_first() -> None:
    twins = at("binance", "0.0002", symbol="BTC/USDC:USDC", quote="USDC", settle="USDC")
    given = asked(at("binance", "0.0001"), twins)
    chosen = await given.settings.load(7)
    assert isinstance(given.settings, FakeSettings)
    given.settings.chosen[7] = replace(chosen, quote="USDC")
    assert "+0.0200 % per 8h on Binance" in lines(await ask("/funding BTC", given))[0]


async def test_more_than_six_rows_open_with_a_tap() -> None:
    names = ("binance", "bybit", "okx", "gate", "bitget", "mexc", "bingx", "deribit")
    reply = await ask(
        "/funding BTC", asked(*(at(each, f"0.000{place}") for place, each in enumerate(names)), exchanges=names)
    )
    above = reply.text.split("<blockquote expandable>")[0]
    assert [name in above for name in ("Deribit", "Gate", "Binance")] == [True, False, True]
    assert len(above.splitlines()) <= 12
    assert reply.text.count("<pre>") == 2


async def test_buttons_lead_to_histories_an_alert_beyond_the_most_extreme_carry_and_hedge() -> None:
    reply = await ask("/funding BTC")
    # the most extreme is 0.03 %; the next usual level from twice that on is 0.1 %
    assert commands(reply) == [
        "/funding BTC 30d",
        "/funding BTC 90d",
        "/funding BTC 365d",
        "/funding alert BTC > 0.1%",
        "/funding carry BTC $10k",
        "/hedge BTC",
        "/how k1",
        "/chart k1",
        "/funding",
    ]


async def test_where_shorts_pay_most_the_alert_is_below() -> None:
    assert "/funding alert BTC < -0.05%" in commands(await ask("/funding BTC", asked(at("okx", "-0.0002"))))


async def test_a_coin_whose_ticker_is_a_word_is_written_so_that_it_is_understood() -> None:
    given = asked(at("binance", "0.0001", coin="ALL"))
    assert "/funding alert #ALL > 0.02%" in commands(await ask("/funding #ALL", given))


async def test_in_a_group_holdings_are_asked_for_in_private() -> None:
    reply = await ask("/funding BTC", chat_kind=ChatKind.GROUP)
    (hedge,) = [button for row in reply.buttons for button in row if button.command == "/hedge BTC"]
    assert hedge.is_private


async def test_one_exchange_alone_is_compared_with_nobody() -> None:
    reply = await ask("/funding BTC bybit")
    assert isinstance(reply.plan, ComparisonPlan)
    assert [row.instrument.exchange for row in reply.plan.rows] == ["bybit"]
    assert reply.plan.spread is None
    assert "/funding alert BTC > 0.1% bybit" in commands(reply)
    assert commands(reply)[-1] == "/funding BTC"


async def test_how_has_the_figures_of_the_answer() -> None:
    given = asked()
    await ask("/funding BTC", given)
    told = lines(explained(given))
    assert "per 8h: +0.0100 % × 8 ÷ 8 = +0.0100 %" in told
    assert "a year: +0.0100 % × 8,760 ÷ 8 = +10.95 %, simple" in told
    assert "a day: $10,000 × (+0.0300 % − (−0.0200 %)) × 3 = $15.00" in told
    assert "even: $20.00 ÷ $15.00 = 1.333 days" in told


async def test_chart_shows_each_exchange_now_and_settled() -> None:
    given = asked()
    await ask("/funding BTC", given)
    picture = depicted(given).picture
    assert isinstance(picture, HeatMap)
    assert picture.columns == ("now", "7 days", "30 days")
    rows = dict(picture.rows)
    assert rows["Gate"][0] is None  # not ranked
    assert [round(each, 6) if each else each for each in rows["Bybit"]] == [d("0.0003")] * 3


async def test_mistakes_have_a_way_on() -> None:
    nowhere = await problem_of("/funding GATE")
    assert nowhere.sentence == "No exchange here has a perpetual on GATE, so nobody pays funding on it."
    assert [tip.command for tip in nowhere.suggestions] == ["/funding", "/hedge #GATE via BTC"]
    elsewhere = await problem_of("/funding ETH okx", asked(at("binance", "0.0001", coin="ETH")))
    assert elsewhere.sentence == "OKX has no perpetual on ETH."
    assert [tip.command for tip in elsewhere.suggestions] == ["/funding ETH"]


async def test_without_any_answer_the_market_is_unavailable() -> None:
    outage = Outage("binance", "did not answer in time")
    given = asked(at("binance", "0.0001"), outages=[outage], exchanges=("binance",))
    with pytest.raises(MarketUnavailable) as raised:
        await ask("/funding BTC", given)
    assert raised.value.outages == (outage,)
