"""What /allocate tilt and enhance answer: the legs first, spot beside them, the stop, mistakes with a way on."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.charts import draw
from chatbot.command import Audience, ChatKind, Picture, Reply, Services
from chatbot.core.allocation.tilt.plan import TiltPlan
from chatbot.core.chats import ChatSettings
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem
from chatbot.core.markets import InstrumentKind, Snapshot
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.allocate import depict, explain
from handlers.allocate.answer import answer
from handlers.allocate.tilt.request import parse
from tests.fakes import ASKER, FakeMarket, FakeSettings, call, services, spot_price
from tests.samples import NOW, book, d, funding, perpetual, quote, snapshot

FULL = "/allocate tilt BTC 65 ETH 35 from 50/50 $100k 5x"
SPOT = {
    coin: perpetual(
        coin,
        exchange="binance",
        symbol=f"{coin}/USDT",
        kind=InstrumentKind.SPOT,
        taker_share=d("0.001"),
        step_contracts=d("0.001"),
        minimum_contracts=d("0.001"),
    )
    for coin in ("BTC", "ETH")
}
BOOKS = {SPOT["BTC"]: book(SPOT["BTC"], "60000"), SPOT["ETH"]: book(SPOT["ETH"], "3000")}
# 60,000 + 30,000 + 10,000
HELD = Portfolio((Holding("BTC", d(1)), Holding("ETH", d(10)), Holding("USDT", d(10_000))))


def listed() -> list[Snapshot]:
    """BTC and ETH at Bybit and, with a lower fee, at OKX."""
    markets = [perpetual(coin) for coin in ("BTC", "ETH")]
    cheap = [replace(market, exchange="okx", taker_share=d("0.0002")) for market in markets]
    return [snapshot(market, "60000" if market.coin == "BTC" else "3000") for market in (*markets, *cheap)]


def dated(coin: str, days: int) -> Snapshot:
    """At Bybit."""
    expires_at = NOW + timedelta(days=days)
    market = perpetual(coin, kind=InstrumentKind.DATED, expires_at=expires_at, symbol=f"{coin}-{days}")
    return snapshot(market, "60000" if coin == "BTC" else "3000", funding=None, history=None)


def given(portfolio: Portfolio | None = HELD, markets: list[Snapshot] | None = None, **changes: object) -> Services:
    market = FakeMarket(spot=tuple(SPOT.values()), spot_books=BOOKS, markets=markets or listed())
    return services(replace(market, **changes), portfolio)  # type: ignore[arg-type]


async def ask(line: str, on: Services | None = None, **terms: object) -> Reply:
    return await answer(call(line, **terms), on or given())


async def problem_of(line: str, on: Services | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(line, on)
    return caught.value


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


async def test_the_published_tilt_says_its_legs_costs_and_stop() -> None:
    # 15,000 / 60,000 = 0.25 BTC, 15,000 / 3,000 = 5 ETH, 15,000 / 5 = 3,000 of margin
    # long liquidated at 48,000 / (1 - 0.005 - 0.0002) = 48,250.90, short at 3,600 / 1.0052 = 3,581.38
    # ETH moves 1.5 times as BTC: 15,000 - 22,500 = -7,500; neutral at 15,000 / 1.5 = 10,000
    # fees at 0.02 %: 4 * 3 = 12; slippage 0.1 % of 30,000; spot 0.1 % of 30,000 = 30 and 15, twice
    # 60,000 / 3,000 = 20, * 0.95 = 19; 750, and 15,000 * (1 / 0.95 - 1) = 789.47
    reply = await ask(FULL)
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Long BTC $15,000, short ETH $15,000 on OKX at 5x"
    assert lines[1] == "BTC 50 → 65 %, ETH 50 → 35 % of $100,000"
    assert lines[2].startswith("• Long 0.25 BTC: margin $3,000, liquidated at 48,250.90 (−19.6 %, ")
    assert lines[3].startswith("• Short 5 ETH: margin $3,000, liquidated at 3,581.38 (+19.4 %, ")
    assert re.match(
        r"Delta \$0.00; beta delta −\$7,\d{3} of BTC \(beta ETH 1.5\d?\d?\): neutral with short ETH", lines[4]
    )
    assert lines[5].startswith(
        "Funding a day: $0.00 today (predicted), $0.00 at the 30-day average (settled); in 30 days"
    )
    assert lines[6] == "Fees $12.00 (four fills), slippage $30.00, basis $0.00"
    assert lines[7] == (
        "By spot: buy 0.25 BTC, sell 5 ETH; fees $30.00, slippage $15.00 ($90.00 there and back); "
        "the sale is a tax event in many countries"
    )
    assert lines[8] == "Break-even: never, futures cost less at any length"
    assert lines[9] == (
        "Stop −5 % relative at BTC/ETH 19 (now 20): −$750.00 if only BTC falls, −$789.47 if only ETH rises"
    )
    assert "All costs over 30 days: OKX $42.00, Bybit $60.00" in lines
    assert "Bybit · mark BTC 60,000.00, ETH 3,000.00 · just now" in lines
    assert reply.audience is Audience.ANYONE


async def test_what_is_one_tap_away_from_a_tilt() -> None:
    offered = commands(await ask(FULL))
    base = "/allocate tilt BTC 65 ETH 35 from 50/50 $100000"
    assert [f"{base} {times}" for times in ("1x", "2x", "3x", "5x")] == offered[:4]
    assert {
        f"{base} 5x 7d",
        f"{base} 5x on bybit",
        f"{base} 5x dated",
        f"{base} 5x spot",
        "/how k1",
        "/chart k1",
    } <= set(offered)


async def test_a_basis_beside_fees_is_told_by_whether_it_costs_or_earns() -> None:
    # mark 30 above index: half a permille of 15,000 that a long pays, 7.50; ETH has none
    market = perpetual("BTC")
    above = snapshot(market, "60000", quote=quote(market, "60000", index_quote=d("59970")))
    text = plain_text(await ask(FULL, given(markets=[above, snapshot(perpetual("ETH"), "3000")])))
    assert "basis costs $7.50" in text
    assert "BTC basis +0.050 %: costs $7.50 within the horizon" in text
    assert "BTC long, funding a day: costs $4.50 today (predicted)" in text  # 0.01 % three times on 15,000
    assert "ETH short, funding a day: earns $4.50 today (predicted)" in text


async def test_the_days_of_a_break_even_say_by_which_funding_they_are_counted() -> None:
    # 30,000: fees 12 and slippage 30 against 90 by spot; 48 of difference at 9 a day, and at 45 today
    markets = [replace(each, funding=funding("0.0005")) for each in listed()]
    text = plain_text(await ask("/allocate enhance BTC $10k 3x", given(markets=markets)))
    assert "Break-even: 5.3 days at the 30-day average of funding (1.1 days at today's); until then futures" in text
    assert "at today's" not in plain_text(await ask("/allocate enhance BTC $10k 3x"))


async def test_a_stop_beyond_the_liquidation_is_said_to_come_too_late() -> None:
    # 50x: 600 of margin for 30,000; 250 for 12,500 of a stop at 5 %
    text = plain_text(await ask("/allocate enhance BTC $600 50x"))
    assert "Stop at 5 % against it: 57,000.00, too late: liquidated first, $600.00 of margin gone" in text
    pair = plain_text(await ask(FULL.replace("5x", "25x")))
    assert "too late: liquidated first, $600.00 of margin gone if only BTC falls, too late: " in pair


async def test_more_of_a_coin_by_spot_says_the_cash_it_needs() -> None:
    assert "it needs $30,000 in cash; no tax event" in plain_text(await ask("/allocate enhance BTC $10k 3x"))
    assert "in cash" not in plain_text(await ask(FULL))
    assert "it needs $30,000 in cash" in plain_text(await ask("/allocate enhance BTC $10k 3x spot"))


async def test_what_is_large_for_its_market_is_said_for_all_legs_at_once() -> None:
    # 15 % of $100bn on markets of $5bn a day
    text = plain_text(await ask(FULL.replace("100k", "100b")))
    assert "⚠ Of a day's volume: BTC long 300 %, ETH short 300 %" in text
    assert "⚠ Not fillable in the visible book, slippage unknown: BTC long, ETH short" in text


async def test_contracts_are_said_in_the_exchanges_size() -> None:
    # 0.01 BTC a contract: 15,000 / 600 = 25; 0.1 ETH: 15,000 / 300 = 50
    markets = [
        snapshot(perpetual("BTC", contract_size=d("0.01"), step_contracts=d(1)), "60000"),
        snapshot(perpetual("ETH", contract_size=d("0.1"), step_contracts=d(1)), "3000"),
    ]
    text = plain_text(await ask(FULL, given(markets=markets)))
    assert "• Long 0.25 BTC = 25 contracts: margin $3,000" in text
    assert "• Short 5 ETH = 50 contracts: margin $3,000" in text


async def test_without_from_the_weights_are_of_the_coins_named_that_are_held() -> None:
    # 60,000 and 30,000 held: 65 % of 90,000 is 58,500, so 1,500 go from BTC to ETH; dollars stay out of it
    reply = await ask("/allocate tilt BTC 65 ETH 35 5x")
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Long ETH $1,500, short BTC $1,200 on OKX at 5x"  # 0.025 BTC, in steps of 0.01
    assert lines[1] == "BTC 66.7 → 65 %, ETH 33.3 → 35 % of $90,000, what you hold of these coins"
    assert reply.audience is Audience.ASKER


async def test_one_coin_is_lowered_against_dollars() -> None:
    # 30 % of 100,000 down to 15 %: short 15,000 for two weeks; -10 %: +1,500 on a margin of 7,500
    reply = await ask("/allocate tilt ETH 15 2w")
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Short ETH $15,000 on OKX at 2x"
    assert lines[1] == "ETH 30 → 15 % of $100,000, all you hold"
    assert lines[2] == "The $15,000 that it frees counts as dollars; the coins stay"
    assert any(line.startswith("If ETH moves −10 %: +$1,500 (+20 % of the margin), +10 %: −$1,500") for line in lines)
    # 0.01 % three times a day on 15,000 is 4.50, for 14 days 63
    assert any(line.endswith("in 14 days earns $63.00 or earns $63.00") for line in lines)
    assert "Stop at 5 % against it: 3,150.00, −$750.00" in lines
    assert reply.audience is Audience.ASKER


@pytest.mark.parametrize("words", ["ETH 25 from 50 $100k", "ETH from 50 to 25 $100k", "$100k ETH from 50% to 25%"])
async def test_one_coin_of_an_amount(words: str) -> None:
    assert plain_text(await ask(f"/allocate tilt {words}")).startswith("Short ETH $24,990 on OKX at 2x")  # 8.33 ETH


@pytest.mark.parametrize(
    "words",
    [
        "BTC 65 ETH 35 from 50/50 $100k 5x",
        "btc 65% eth 35% from 50 / 50 $100,000 5x",
        "BTC ETH 65/35 from 50/50 5x 100000 usd",
        "5x $100k BTC 65, ETH 35 from 50 50",
        "BTC/ETH 65/35 from 50/50 100000 usd 5x",
        "BTC 65 ETH 35 from 50 50 100000 dollars 5x",
        "65 BTC 35 ETH from 50/50 $100k 5x",
        "bitcoin 65 and ether 35 from 50/50 on okx 5x 100k$",
    ],
)
async def test_the_same_tilt_is_written_in_many_ways(words: str) -> None:
    assert plain_text(await ask(f"/allocate tilt {words}")).startswith(
        "Long BTC $15,000, short ETH $15,000 on OKX at 5x"
    )


async def test_the_dollars_of_enhance_are_margin_and_the_answer_says_so() -> None:
    # 30,000 / 60,000 = 0.5; (60,000 - 20,000) / (1 - 0.0052) = 40,209.09, -33.0 %
    reply = await ask("/allocate enhance BTC $10k 3x")
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Long BTC $30,000 on OKX at 3x"
    assert lines[1] == "$10,000 is the margin you put in, not the notional: $30,000 moves"
    assert lines[2].startswith("• Long 0.5 BTC: margin $10,000, liquidated at 40,209.09 (−33.0 %")
    assert any(line.startswith("If BTC moves −10 %: −$3,000 (−30 % of the margin)") for line in lines)
    assert any("no tax event, nothing is sold" in line for line in lines)
    assert "/allocate enhance BTC $3333.33 3x" in commands(reply)  # 10,000 of notional


async def test_dated_legs_say_when_they_are_rolled() -> None:
    markets = [*listed(), dated("BTC", 20), dated("ETH", 20), dated("BTC", 60), dated("ETH", 60)]
    reply = await ask(f"{FULL} dated", given(markets=markets))
    text = plain_text(reply)
    assert "Dated: roll or close by 19 Jan 2027, in 60 days" in text  # the first that outlasts 30 days
    assert "Funding: none, the contracts are dated" in text
    assert "/allocate tilt BTC 65 ETH 35 from 50/50 $100000 5x" in commands(reply)  # Perpetual
    soon = plain_text(await ask(f"{FULL} expiry=261210", given(markets=markets)))
    assert "in 20 days, before 30 days are over" in soon


async def test_contracts_that_end_before_spot_is_as_cheap_say_so_in_the_working_too() -> None:
    # futures 60 once and nothing a day, spot 90: never, as long as the contracts are there
    on = given(markets=[*listed(), dated("BTC", 60), dated("ETH", 60)])
    reply = await ask(f"{FULL} dated", on)
    said = "Break-even: not before the contracts end, futures cost less until then"
    assert said in plain_text(reply)
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    assert said in plain_text(explain(kept.plan_json))


async def test_the_same_by_spot_works_without_any_contract() -> None:
    on = given(markets=[snapshot(perpetual("BTC"), "60000")])
    problem = await problem_of(FULL, on)
    assert problem.sentence == "No exchange here has a linear perpetual of ETH."
    by_spot = "/allocate tilt BTC 65 ETH 35 from 50/50 $100000 5x spot"
    assert [each.command for each in problem.suggestions] == [by_spot, "/hedge $15000 ETH via BTC"]
    there = await problem_of(f"{FULL} bybit", on)
    assert "On Bybit" not in [each.label for each in there.suggestions]
    assert by_spot in [each.command for each in there.suggestions]  # coins are bought anywhere
    lines = plain_text(await ask(by_spot, on)).splitlines()
    assert lines[0] == "Buy 0.25 BTC, sell 5 ETH"
    assert "• Sell 5 ETH ≈ $15,000, Binance spot: fee $14.99, slippage $7.50" in lines
    assert "A sale is a tax event in many countries" in lines


async def test_recorded_futures_count_in_what_is_held() -> None:
    positions = (FuturesPosition("BTC", Side.SHORT, d("0.025")), FuturesPosition("ETH", Side.LONG, d("0.5")))
    problem = await problem_of("/allocate tilt BTC 65 ETH 35", given(Portfolio(HELD.holdings, positions)))
    assert problem.sentence == "That is where it is already: there is nothing to tilt."


async def test_high_leverage_is_told_by_its_end() -> None:
    text = plain_text(await ask(FULL.replace("5x", "25x")))
    assert "⚠ Liquidated before the stop: BTC long −3.5 %, ETH short +3.5 %, whatever the other leg gains" in text
    assert "⚠ 25x: liquidated at about BTC long −3.5 %, ETH short +3.5 %, all $1,200 gone" in text


async def test_exchanges_that_are_missing_are_counted() -> None:
    text = plain_text(await ask(FULL, given(outages=(Outage("okx", "timed out"),))))
    assert text.startswith("Long BTC $15,000, short ETH $15,000 on Bybit at 5x")
    assert "⚠ 1 of 2 exchanges missing: OKX" in text


async def test_an_exchange_that_is_down_leads_to_the_others_and_to_spot() -> None:
    problem = await problem_of(f"{FULL} okx", given(outages=(Outage("okx", "timed out"),)))
    assert isinstance(problem, MarketUnavailable)
    assert [each.label for each in problem.suggestions] == ["Any exchange", "By spot"]
    assert problem.suggestions[1].command == f"{FULL.replace('100k', '100000')} spot"  # coins are bought anywhere
    with pytest.raises(MarketUnavailable):
        await ask(FULL, given(is_down=True))


async def test_prices_older_than_ten_minutes_size_nothing() -> None:
    with pytest.raises(MarketUnavailable):
        await ask(FULL, replace(given(), now=lambda: NOW + timedelta(minutes=11)))
    text = (await ask(FULL, replace(given(), now=lambda: NOW + timedelta(minutes=3)))).text
    assert "Prices are 3 minutes old." in text


async def test_the_default_leverage_and_exchange_of_the_chat_are_taken() -> None:
    on = given()
    assert isinstance(on.settings, FakeSettings)
    on.settings.chosen[ASKER] = ChatSettings(exchange="bybit", leverage=d(3))
    text = plain_text(await ask("/allocate tilt BTC 65 ETH 35 from 50/50 $100k", on))
    assert text.startswith("Long BTC $15,000, short ETH $15,000 on Bybit, your default at 3x")


async def test_in_a_group_amounts_are_answered_and_holdings_are_not() -> None:
    assert (await ask(FULL, chat_kind=ChatKind.GROUP, chat_id=-5)).audience is Audience.ANYONE
    reply = await ask("/allocate tilt BTC 65 ETH 35", chat_kind=ChatKind.GROUP, chat_id=-5)
    assert reply.audience is Audience.ASKER
    assert "$" not in reply.text


async def test_how_and_chart_tell_of_the_answer_that_was_given() -> None:
    on = given()
    reply = await ask(FULL, on)
    assert isinstance(reply.plan, TiltPlan)
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    told = plain_text(explain(kept.plan_json))
    assert "BTC: (65 % − 50 %) × $100,000 = +$15,000" in told
    assert "BTC: $15,000 ÷ 5x = $3,000" in told
    assert "liquidated at (5 × 3,000.00 + 3,000) ÷ (5 × (1 + 0.005 + 0.0002)) = 3,581.38" in told
    assert "shorts × (1 ÷ (1 − 0.05) − 1) = $789.47 with the longs flat" in told
    picture = depict(kept.plan_json).picture
    assert isinstance(picture, Picture)
    assert [mark.x for mark in picture.marks] == [d(20), d(19)]
    assert [curve.points[0] for curve in picture.curves] == [
        (d(16), d(-3_000)),  # BTC 20 % lower is liquidated at -19.6 %: the margin and no more
        (d(16), d(-3_000)),  # ETH 25 % higher at +19.4 %
    ]
    assert draw(picture).startswith(b"\x89PNG")


async def test_a_single_leg_is_drawn_over_its_price() -> None:
    on = given()
    await ask("/allocate enhance BTC $10k 3x", on)
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    assert "margin × leverage = $10,000 × 3x = $30,000" in explain(kept.plan_json).text
    picture = depict(kept.plan_json).picture
    assert isinstance(picture, Picture)
    assert [mark.label for mark in picture.marks] == ["now", "stop", "liquidation"]
    assert draw(picture).startswith(b"\x89PNG")


async def test_a_line_that_says_nothing_leads_to_what_is_held() -> None:
    assert commands(await ask("/allocate tilt")) == [
        "/allocate tilt BTC 65 ETH 35",
        "/allocate tilt BTC 25",
        "/allocate tilt ETH 25",
    ]
    assert commands(await ask("/allocate tilt", given(None))) == [FULL]
    assert commands(await ask("/allocate enhance", given(None))) == ["/allocate enhance BTC $10k 3x"]


@pytest.mark.parametrize(
    ("line", "sentence", "offered"),
    [
        ("BTC 65 ETH 30", "The weights sum to 95: 5 too few.", "BTC 65 ETH 35"),
        ("BTC 65 ETH 45", "The weights sum to 110: 10 too many.", "BTC 65 ETH 35"),
        (
            "BTC 65 ETH 35 from 50/45 $100k",
            "The weights behind from sum to 95: 5 too few.",
            "BTC 65 ETH 35 from 50/50 $100000",
        ),
        ("BTC 65 ETH -35", "-35: a weight is nothing or more.", "BTC 65 ETH 35"),
        ("BTC 650 ETH 35", "650: a weight is at most 100; dollars are written with $.", "BTC 65 ETH 35"),
        ("BTC 150 ETH -50", "150: a weight is at most 100; dollars are written with $.", "BTC 100 ETH 0"),
        ("BTC -5 ETH 105", "-5: a weight is nothing or more.", "BTC 0 ETH 100"),
        ("BTC 65 ETH 30 $100k", "The weights sum to 95: 5 too few.", "BTC 65 ETH 35 from 50/50 $100000"),
        ("BTC 65 ETH 35 from 50/50 100k", "100k: dollars are written with $.", "BTC 65 ETH 35 from 50/50 $100k"),
        (
            "BTC 65 ETH 35 from 50/50 100000",
            "100000: a weight is at most 100; dollars are written with $.",
            "BTC 65 ETH 35 from 50/50 $100000",
        ),
        (
            "BTC 65 ETH 35 from 50/50 -$100k",
            "-$100k: it must be more than zero.",
            "BTC 65 ETH 35 from 50/50 $100k",
        ),
        ("BTC=25", "BTC=25: a weight stands behind its coin, without =.", "BTC 25"),
        ("BTC 65 ETH", "Which weight for ETH? A coin is followed by it.", "BTC 65 ETH 35"),
        ("10 ETH", "Coins or a weight? A weight stands behind its coin.", "ETH 10"),
        ("BTC 65 BTC 35", "A coin is named twice.", "BTC 35"),
        ("USDT 65 USDC 35", "Dollars alone have nothing to tilt between.", "BTC 65 ETH 35 from 50/50 $100k 5x"),
        (
            "BTC 50 USDT 30 USDC 20",
            "Dollars are one, whatever their name: once is enough.",
            "BTC 50 USDT 50",
        ),
        ("BTC 65 ETHH 35", 'No exchange here lists "ETHH". Did you mean ETH?', "BTC 65 ETH 35"),
        ("BTC 65 ETH 35 from 50/50 $0", "$0: it must be more than zero.", "BTC 65 ETH 35 from 50/50 $10000"),
        ("BTC 65 ETH 35 $100k", "$100,000: from which weights?", "BTC 65 ETH 35 from 50/50 $100000"),
        ("BTC=65 ETH=35", "BTC=65: a weight stands behind its coin, without =.", "BTC 65 ETH 35"),
        ("from 5 hedg hedg", 'I don\'t know "hedg".', "BTC 65 ETH 35 from 50/50 $100k 5x"),
        ("BTC 65 ETH 35 via", "The coins of a tilt have weights: via is for /hedge.", "BTC 65 ETH 35"),
        ("BTC 65 ETH 35 foo=3", 'I don\'t know "foo=". Here I know expiry=, stop=.', "BTC 65 ETH 35"),
        ("BTC 65 ETH 35 from 50/50", "Of how many dollars?", "BTC 65 ETH 35 from 50/50 $10000"),
        ("BTC 65 ETH 35 from", "from which weights? In the order of the coins.", "BTC 65 ETH 35 from 50/50 $100k 5x"),
        (
            "BTC 65 ETH 35 from 50 $100k",
            "2 coins, but 1 weights behind from: one for each.",
            "BTC 65 ETH 35 from 50/50 $100000",
        ),
        ("BTC 65 ETH 35 from 50/50 $100k foo", '"FOO" has no weight: a coin is followed by it.', None),
        ("BTC 65 ETH 35 2000d", "A tilt is planned for at most 730 days.", "BTC 65 ETH 35 730d"),
        ("BTC 65 ETH 35 stop=60%", "A stop is above zero, up to 50%.", "BTC 65 ETH 35 stop=5%"),
        (
            "BTC 65 ETH 35 from 65/35 $100k 2x",
            "That is where it is already: there is nothing to tilt.",
            "BTC 75 ETH 25 from 65/35 $100000 2x",
        ),
        (
            "ETH 60 from 50 $100k 2x",
            "ETH is at 50 %: one coin alone is only lowered. More of it is another command.",
            "ETH 60 BTC 40 from 50/50 $100000 2x",
        ),
        ("SOL 20 2x", "You hold no SOL. Say what the weights are now, or add it.", "SOL 20 from 50 $10000 2x"),
    ],
)
async def test_a_mistake_comes_with_the_corrected_line(line: str, sentence: str, offered: str | None) -> None:
    problem = await problem_of(f"/allocate tilt {line}")
    assert problem.sentence == sentence
    assert problem.suggestions
    for each in problem.suggestions:
        assert _is_read(each.command)
    if offered is not None:
        assert f"/allocate tilt {offered}" in [each.command for each in problem.suggestions]


def _is_read(line: str) -> bool:
    """What is held, or listed, may still be in its way."""
    verb, _, words = line.removeprefix("/allocate ").partition(" ")
    if verb not in ("tilt", "enhance"):
        return True
    market = FakeMarket()
    return bool(parse(verb, words, market.coins(), tuple(market.exchanges)))


async def test_a_margin_in_coins_is_asked_for_in_dollars() -> None:
    problem = await problem_of("/allocate enhance 0.1 BTC 3x")
    assert problem.sentence == "The margin is in dollars, not in coins. One coin and dollars."
    assert [each.command for each in problem.suggestions] == ["/allocate enhance BTC $10000 3x"]


@pytest.mark.parametrize("line", ["/allocate enhance BTC", "/allocate enhance $10k", "/allocate enhance $0"])
async def test_what_is_missing_of_enhance_is_asked_for(line: str) -> None:
    problem = await problem_of(line)
    assert problem.suggestions[0].command == "/allocate enhance BTC $10000"


async def test_an_empty_portfolio_is_told_to_say_the_weights() -> None:
    problem = await problem_of("/allocate tilt BTC 65 ETH 35 2x", given(None))
    assert isinstance(problem, NotPossible)
    assert problem.suggestions[0].command == "/allocate tilt BTC 65 ETH 35 from 50/50 $10000 2x"


async def test_below_the_smallest_order_the_least_amount_is_offered() -> None:
    # 15 % of $20 is $3; the smallest is 0.01 BTC = $600: 20 * 600 / 3 * 1.01 = 4,040 and one more
    problem = await problem_of("/allocate tilt BTC 65 ETH 35 from 50/50 $20 2x")
    assert problem.sentence.endswith("The smallest is $600.00, this leg $3.00.")
    assert problem.suggestions[0].command == "/allocate tilt BTC 65 ETH 35 from 50/50 $4041 2x"
    assert "Long BTC $600.00, short ETH $600.00" in (await ask(problem.suggestions[0].command)).text


async def test_spot_orders_below_the_smallest_are_not_offered_as_orders() -> None:
    # 15 % of $20 is $3; the smallest is 0.001 BTC = $60: 20 * 60 / 3 * 1.01 = 404 and one more
    problem = await problem_of("/allocate tilt BTC 65 ETH 35 from 50/50 $20 2x spot")
    assert problem.sentence == "An order for $3.00 of BTC is below the smallest of $60.00."
    assert [each.command for each in problem.suggestions] == [
        "/allocate tilt BTC 65 ETH 35 from 50/50 $405 2x spot",
        "/allocate tilt BTC 65 ETH 35 from 50/50 $20 2x",
    ]
    assert "Buy 0.001 BTC, sell 0.02 ETH" in (await ask(problem.suggestions[0].command)).text


async def test_beside_futures_spot_below_the_smallest_order_is_said() -> None:
    fine = [replace(each, step_contracts=d("0.00001"), minimum_contracts=None) for each in SPOT.values()]
    futures = [
        snapshot(perpetual(each.coin, step_contracts=each.step_contracts, minimum_contracts=None), price)
        for each, price in zip(fine, ("60000", "3000"), strict=True)
    ]
    text = (await ask("/allocate tilt BTC 65 ETH 35 from 50/50 $100 2x", given(markets=futures))).text
    assert "By spot: not at this size, $15.00 of BTC is below the smallest order" in text


async def test_more_leverage_than_any_exchange_allows_is_refused_with_what_is_allowed() -> None:
    problem = await problem_of(FULL.replace("5x", "150x"))
    assert problem.sentence == "150x is above what every exchange here allows for BTC: at most 100x."
    assert [each.label for each in problem.suggestions] == ["2x", "100x"]


async def test_a_price_that_did_not_come_is_named() -> None:
    on = given(prices={"BTC": spot_price("BTC", "60000")})
    problem = await problem_of("/allocate tilt BTC 65 ETH 35 2x", on)
    assert isinstance(problem, MarketUnavailable)
    assert problem.sentence == "No price of ETH came, and what you hold is weighed by prices."


@pytest.mark.parametrize("line", [FULL, f"{FULL} spot", "/allocate enhance BTC $10k 3x", "/allocate tilt ETH 15 2w"])
async def test_nothing_odd_is_printed(line: str) -> None:
    text = (await ask(line)).text
    assert not re.search(r"\bnan\b|None|E[+-]\d|−\$?0\b(?!\.)|−\$0\.00", text)
    before = text.partition("<blockquote")[0]
    assert len(before.splitlines()) <= 15


async def test_a_tilt_may_be_neutral_in_beta_instead_of_dollars() -> None:
    # ETH moves about 1.5 times as BTC: about 10,000 short against 15,000 long, and no beta delta but for the step
    assert "/allocate tilt BTC 65 ETH 35 from 50/50 $100000 5x neutral" in commands(await ask(FULL))
    reply = await ask(f"{FULL} neutral")
    lines = plain_text(reply).splitlines()
    assert re.match(r"Long BTC \$15,000, short ETH \$(9,9|10,0)\d\d on OKX at 5x", lines[0])
    assert re.match(r"Delta \+\$[45],\d{3}; beta delta \+\$\d{1,2}\.\d\d of BTC \(beta ETH 1\.\d+\)$", lines[4])
    assert "/allocate tilt BTC 65 ETH 35 from 50/50 $100000 5x" in commands(reply)
    assert isinstance(await problem_of("/allocate tilt ETH 25 from 50 $100k neutral"), Problem)
    without = await problem_of(f"{FULL} neutral", given(history={}))
    assert without.suggestions[0].command == "/allocate tilt BTC 65 ETH 35 from 50/50 $100000 5x"


async def test_what_is_held_is_not_weighed_by_old_prices() -> None:
    prices = {
        coin: spot_price(coin, price, NOW - timedelta(minutes=11))
        for coin, price in (("BTC", "60000"), ("ETH", "3000"))
    }
    with pytest.raises(MarketUnavailable):
        await ask("/allocate tilt BTC 65 ETH 35", given(prices=prices))
    younger = {coin: replace(price, as_of=NOW - timedelta(minutes=2)) for coin, price in prices.items()}
    assert "Prices are 2 minutes old." in (await ask("/allocate tilt BTC 60 ETH 40", given(prices=younger))).text


async def test_what_has_no_price_is_named_where_one_coin_is_weighed_against_everything() -> None:
    held = Portfolio((*HELD.holdings, Holding("TKX", d(5))))
    assert "⚠ Without a price, counted nowhere: TKX" in (await ask("/allocate tilt ETH 15", given(held))).text


async def test_an_exchange_behind_the_dollars_is_no_coin() -> None:
    markets = [
        *listed(),
        *(snapshot(perpetual(coin, exchange="gate"), price) for coin, price in (("BTC", "60000"), ("ETH", "3000"))),
    ]
    for words in ("$100k gate", "gate $100k", "on gate $100k"):
        reply = await ask(f"/allocate tilt BTC 65 ETH 35 from 50/50 {words}", given(markets=markets))
        assert plain_text(reply).startswith("Long BTC $15,000, short ETH $15,000 on Gate at 2x")


async def test_legs_on_two_exchanges_say_where_each_is() -> None:
    markets = [snapshot(perpetual("BTC"), "60000"), snapshot(perpetual("ETH", exchange="okx"), "3000")]
    lines = plain_text(await ask(FULL, given(markets=markets))).splitlines()
    assert lines[0] == "Long BTC $15,000, short ETH $15,000 on several exchanges at 5x"
    assert lines[2].startswith("• Long 0.25 BTC on Bybit: margin $3,000")
    assert lines[3].startswith("• Short 5 ETH on OKX: margin $3,000")


async def test_three_coins_have_a_leg_each() -> None:
    # 10 points of 50,000 are 5,000; SOL gets half of what BTC gives up
    markets = [*listed(), snapshot(perpetual("SOL"), "150")]
    line = "/allocate tilt BTC 40 ETH 35 SOL 25 from 50/30/20 $50k on bybit"
    lines = plain_text(await ask(line, given(markets=markets))).splitlines()
    assert lines[0] == "Long ETH $2,490, long SOL $2,499, short BTC $4,800 on Bybit at 2x"
    assert any(line.startswith("Stop −5 % relative: −$249.45 if only ETH and SOL fall, ") for line in lines)
