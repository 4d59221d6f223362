"""What /risk answers: what matters most first, losses, days behind them, a hedge before and after, ways out."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Audience, ChatKind, Reply, Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.risk.plan import RiskPlan
from chatbot.messenger import plain_text
from handlers.hedge import HEDGE
from handlers.portfolio import PORTFOLIO
from handlers.risk import RISK
from handlers.risk.answer import PLAN, answer
from tests.fakes import ASKER, FakeMarket, call, candles, services, spot_price
from tests.samples import NOW, d, perpetual, snapshot

# 100 days, each move ten times: the worst tenth of the days is -2 %
WAVE = [0.01, -0.02, 0.015, -0.005, 0.02, -0.01, 0.005, -0.015, 0.01, -0.01] * 10
BITCOIN = Portfolio((Holding("BTC", d(1)),))
SHORT = FuturesPosition("ETH", Side.SHORT, d(4), "bybit", d(3000), d(2))
HELD = Portfolio((Holding("ETH", d(10)), Holding("SOL", d(100)), Holding("USDT", d(5_000))), (SHORT,))


async def ask(words: str = "", on: Services | None = None, **terms: object) -> Reply:
    return await answer(call(f"/risk {words}".strip(), **terms), on or services(portfolio=HELD))


async def lines_of(words: str = "", on: Services | None = None) -> list[str]:
    """Without the buttons, which a console writes behind them."""
    return plain_text(replace(await ask(words, on), buttons=())).splitlines()


async def problem_of(words: str, on: Services | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(words, on)
    return caught.value


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


# The portfolio as it is


async def test_bitcoin_alone_is_all_of_the_risk_and_falls_as_bitcoin_does() -> None:
    # the worst day in twenty of 60,000: 2 % = 1,200, and the mean of those beyond it the same
    # at -30 %: 18,000; no futures, so no word of funding
    lines = await lines_of(on=services(portfolio=BITCOIN))
    assert lines[0] == "All of the risk is BTC"
    assert lines[1] == "If BTC falls 30 %: about −$18,000 (−30 % of the capital)"
    assert lines[2] == "One day in 20 lost $1,200 or more (2 %)"
    assert lines[5].split() == ["1", "day", "VaR", "$1,200", "$1,200"]
    assert lines[6].split() == ["1", "day", "ES", "$1,200", "$1,200"]
    assert "beta 1.00 · moves like 1 BTC" in lines[9]
    assert lines[10] == "⚠ Only 100 days, for BTC has no more; beta 90 days, volatility 30"
    assert not any("Funding" in line for line in lines)
    assert lines[-1] == "Binance spot · just now"


async def test_the_stress_of_each_fall_is_a_row() -> None:
    # at 60,000: -6,000, -12,000, -18,000, -30,000
    lines = await lines_of(on=services(portfolio=BITCOIN))
    at = next(number for number, line in enumerate(lines) if line.startswith("BTC") and "result" in line)
    rows = [line.split() for line in lines[at + 1 : at + 5]]
    assert rows == [
        ["−10%", "−6,000", "−10%"],
        ["−20%", "−12.0k", "−20%"],
        ["−30%", "−18.0k", "−30%"],
        ["−50%", "−30.0k", "−50%"],
    ]


async def test_the_coin_that_carries_the_risk_comes_first_and_shares_stand_beside_parts() -> None:
    # net ETH 6 * 3,000 = 18,000 at 1.5 times bitcoin, SOL 15,000 at twice: 27,000 against 30,000 of 57,000
    # all move together, so shares of the risk are 47 and 53 %
    # of a capital of 50,000 and 4 * 3,000 / 2 = 6,000 of margin they are parts of 32 and 27 %
    lines = await lines_of()
    assert lines[0] == "53 % of the risk is SOL, which is 27 % of the capital"
    rows = [line.split() for line in lines]
    assert ["SOL", "27%", "53%"] in [row[:3] for row in rows]
    assert ["ETH", "32%", "47%"] in [row[:3] for row in rows]


async def test_futures_are_told_by_their_liquidation_and_the_book_by_its_funding() -> None:
    # 3,000 * 1.5 / 1.0055 = 4,475.4 (+49.2 %); 4 * 3,000 * 0.0003 = 3.60 a day, received by the short
    lines = await lines_of()
    assert "Short 4 ETH, Bybit, 2x: liquidated if ETH rises 49 %" in lines
    assert "Funding of the whole book: +$3.60 a day (received, at today's rates)" in lines
    assert "• Short 4 ETH, Bybit, 2x: liquidated at 4,475 (+49.2 %); funding +$3.60 a day" in lines


async def test_a_liquidation_on_the_way_is_the_first_line() -> None:
    # 10x long: 3,000 * 0.9 / 0.9945 = 2,715, -9.5 %; bitcoin at -10 % takes ETH down by 15 or 16 %; margin 3,000
    ten = FuturesPosition("ETH", Side.LONG, d(10), "bybit", d(3000), d(10))
    lines = await lines_of(on=services(portfolio=Portfolio((Holding("BTC", d(1)),), (ten,))))
    assert lines[0] == "⚠ Long 10 ETH, Bybit, 10x: liquidated before BTC has fallen 10 %; $3,000 gone with it"
    assert "By −10%: Long 10 ETH, Bybit, 10x is liquidated, $3,000 gone" in lines
    assert "Funding of the whole book: −$9.00 a day (paid, at today's rates)" in lines


GONE = FuturesPosition("ETH", Side.SHORT, d(4), "bybit", d(1500), d(2))


async def test_a_position_beyond_its_liquidation_is_left_out_of_every_figure_and_said_first() -> None:
    # 1,500 * 1.5 / 1.0055 = 2,237.7, and the price is 3,000; the other figures are those of the coins alone
    lines = await lines_of(on=services(portfolio=Portfolio(HELD.holdings, (GONE,))))
    alone = await lines_of(on=services(portfolio=Portfolio(HELD.holdings)))
    said = "⚠ Left out of all figures: Short 4 ETH, Bybit, 2x, as recorded it was liquidated at 2,238 already"
    assert lines[0] == said
    assert lines[1:3] == alone[:2]
    assert lines[3:10] == alone[3:10]  # the table of losses and the beta
    assert not any(line.startswith("Funding") for line in lines)
    assert "• Short 4 ETH, Bybit, 2x: as recorded it was liquidated at 2,238 already" in lines


async def test_a_hedge_beside_a_position_that_is_gone_says_so_above_the_table() -> None:
    lines = await lines_of("with hedge 2 ETH", services(portfolio=Portfolio(HELD.holdings, (GONE,))))
    said = next(at for at, line in enumerate(lines) if line.startswith("⚠ Left out of all figures: Short 4 ETH"))
    assert said < next(at for at, line in enumerate(lines) if line.startswith("volatility"))


async def test_where_all_is_liquidated_as_recorded_nothing_is_measured() -> None:
    problem = await problem_of("", services(portfolio=Portfolio((), (GONE,))))
    assert problem.sentence == "As recorded, these were liquidated already, and nothing else here moves: short ETH."
    assert "/portfolio" in [each.command for each in problem.suggestions]


async def test_more_lost_than_the_margin_recorded_is_past_without_an_exchange_too() -> None:
    # 1,500 / 2 of margin a coin, and 1,500 lost at 3,000
    nowhere = replace(GONE, exchange=None)
    lines = await lines_of(on=services(portfolio=Portfolio(HELD.holdings, (nowhere,))))
    assert lines[0] == "⚠ Left out of all figures: Short 4 ETH, 2x, as recorded all of its margin is lost already"


async def test_what_is_not_known_of_a_position_is_said() -> None:
    nowhere = FuturesPosition("ETH", Side.SHORT, d(4))
    lines = await lines_of(on=services(portfolio=Portfolio(HELD.holdings, (SHORT, nowhere))))
    assert "• Short 4 ETH: liquidation not known, no exchange is recorded; funding not known" in lines
    assert "⚠ No leverage recorded, so it counts as 1x: short ETH" in lines
    assert "Funding of the whole book: +$3.60 a day (received, at today's rates, 1 of 2 positions not known)" in lines


async def test_a_book_that_is_short_is_hurt_by_a_rise() -> None:
    lines = await lines_of(on=services(portfolio=Portfolio((Holding("USDT", d(10_000)),), (SHORT,))))
    # beta 12,000 * 1.5 / (10,000 + 6,000); at +30 % ETH is at 1.3^1.5: +48 %, 5,786 of 16,000; the betas of logs are a
    # little larger. At +50 % it would be +84 %, and it is liquidated at +49.2 %: all of its 6,000
    assert lines[0] == "⚠ Short 4 ETH, Bybit, 2x: liquidated before BTC has risen 50 %; $6,000 gone with it"
    assert lines[1] == "All of the risk is the short of ETH"
    assert lines[2] == "Net short, beta −1.13. If BTC rises 50 %: about −$6,000 (−38 % of the capital)"
    rows = [line.split() for line in lines]
    assert ["+50%", "−6,000", "−38%", "1"] in rows
    assert any(row[:1] == ["+30%"] and row[1].startswith("−5,") for row in rows)
    assert "By +50%: Short 4 ETH, Bybit, 2x is liquidated, $6,000 gone" in lines


async def test_shorts_beside_coins_are_tried_on_the_way_up_and_coins_alone_are_not() -> None:
    # net long: 6 ETH and 100 SOL win, and the fall is what is said
    with_short, without = await lines_of(), await lines_of(on=services(portfolio=Portfolio(HELD.holdings)))
    assert any(line.startswith("+50%") for line in with_short)
    assert not any(line.startswith("+50%") for line in without)
    assert any(line.startswith("If BTC falls 30 %: about −") for line in with_short)


async def test_a_hedge_is_compared_on_the_way_up_too() -> None:
    # 60,000 of BTC at +50 %: +30,000; half hedged at 2x, liquidated at +49.2 %: 15,000 of margin gone, +15,000
    lines = await lines_of("with hedge 1 BTC 50%", services(portfolio=BITCOIN))
    assert next(line.split()[2:] for line in lines if line.startswith("BTC +50%")) == ["+30.0k", "+15.0k"]


async def test_hedged_in_full_there_is_nothing_open() -> None:
    whole = Portfolio((Holding("ETH", d(4)),), (SHORT,))
    reply = await ask(on=services(portfolio=whole))
    assert plain_text(reply).startswith("Nothing is open: what is held and what is short cancel out")
    assert not [line for line in commands(reply) if "hedge" in line]


async def test_what_is_left_out_is_named_with_its_days_and_worth() -> None:
    market = FakeMarket()
    market.prices = {**market.prices, "NEW": spot_price("NEW", "1")}
    market.history = {**market.history, "NEW": candles("NEW", WAVE[:20])}
    market.outages = (Outage("okx", "did not answer"),)
    holdings = (Holding("ETH", d(10)), Holding("NEW", d(10_000)), Holding("W", d(1_000)), Holding("NIL", d(1)))
    lines = await lines_of(on=services(market, Portfolio(holdings)))
    # 10,000 of NEW and 100 of W: 10,100 of 40,100 = 25.2 %
    assert "Too little history, counted nowhere: NEW 20 days, W no prices; $10,100, 25.2 % of the capital" in lines
    assert "Without a price, counted nowhere: NIL" in lines
    assert "1 of 4 exchanges missing: OKX" in lines


async def test_short_histories_are_named_with_their_days() -> None:
    assert "Short histories: SOL 100 days, ETH 100 days" in await lines_of()


async def test_a_year_and_more_is_told_with_its_first_day() -> None:
    # 300 days up to yesterday, 19 November 2026: the first return is of 24 January
    market = FakeMarket(history={"BTC": candles("BTC", WAVE * 3, "60000")})
    lines = await lines_of(on=services(market, BITCOIN))
    assert "Past: 300 days since 24 Jan 2026, with today's amounts; beta 90 days, volatility 30" in lines


async def test_old_prices_are_said_in_the_first_line() -> None:
    on = replace(services(portfolio=BITCOIN), now=lambda: NOW + timedelta(minutes=3))
    assert (await lines_of(on=on))[0] == "Prices are 3 minutes old. All of the risk is BTC"


async def test_it_offers_hedges_to_try() -> None:
    offered = commands(await ask())
    assert {"/risk with hedge SOL 50%", "/risk with hedge portfolio via BTC 50%"} <= set(offered)


async def test_beside_a_hedge_through_bitcoin_half_of_what_is_open_is_offered() -> None:
    # 18,000 * 1.5 + 15,000 * 2 = 57,000 less 0.2 * 60,000, and betas of logs are a little larger
    hedged = replace(HELD, positions=(SHORT, FuturesPosition("BTC", Side.SHORT, d("0.2"), "bybit", d(60_000), d(2))))
    offered = commands(await ask(on=services(portfolio=hedged)))
    assert any(re.fullmatch(r"/risk with hedge \$45\d00 BTC 50%", line) for line in offered)


async def test_half_of_a_coin_with_futures_in_it_is_half_of_what_is_open() -> None:
    # 10 less 4 ETH: 18,000 are open
    held = Portfolio((Holding("ETH", d(10)),), (SHORT,))
    assert "/risk with hedge $18000 ETH 50%" in commands(await ask(on=services(portfolio=held)))


async def test_the_half_that_is_offered_is_marked_as_half() -> None:
    on = services(portfolio=BITCOIN)
    [offered] = [line for line in commands(await ask(on=on)) if "hedge" in line]
    reply = await ask(offered.removeprefix("/risk "), on)
    assert plain_text(reply).startswith("Short 0.5 BTC, ")
    assert [button.label for button in reply.buttons[0]] == ["25 %", "• 50 %", "75 %", "100 %"]
    assert reply.buttons[0][3].command == "/risk with hedge BTC 100%"


async def test_a_hedge_says_its_margin_and_what_of_it_is_not_held() -> None:
    # 6 * 3,000 / 2 = 9,000 against 5,000 of USDT: 4,000 more; 5,000 do for 3.33. 2 * 3,000 / 2 = 3,000 are there
    more = await ask("with hedge 6 ETH")
    assert "⚠ Margin $9,000 at 2x: $4,000 more than the $5,000 held in stables" in more.text
    assert "/risk with hedge 3.33 ETH 100%" in commands(more)
    assert "Margin $3,000 at 2x, of $5,000 in stables" in await lines_of("with hedge 2 ETH")
    bare = await lines_of("with hedge BTC", services(portfolio=BITCOIN))
    assert "⚠ Margin $30,000 at 2x, and no stables are held for it" in bare


async def test_a_hedge_that_nothing_held_could_margin_says_both_of_its_faults_first() -> None:
    # 1,000 * 3,000 / 2; 50,000 are held, and 6 ETH are open
    lines = await lines_of("with hedge 1000 ETH")
    assert lines[0] == "⚠ Short 1,000 ETH, Bybit, 2x needs $1,500,000 of margin, and all you hold is worth $50,000"
    assert lines[1] == "⚠ Over-hedged: 994 ETH more than you hold net of futures, a bet against ETH"
    assert lines[3].startswith("Short 1,000 ETH, Bybit, 2x: beta ")


# With a hedge


async def test_a_hedge_is_set_beside_what_is() -> None:
    # bitcoin half hedged: all halves. 1,200 and 600 on the worst day in twenty; -18,000 and -9,000 at -30 %
    reply = await ask("with hedge 1 BTC 50%", services(portfolio=BITCOIN))
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Short 0.5 BTC, Bybit, 2x: beta 1.00 → 0.50, a bad day $1,200 → $600"
    rows = {line[:12].strip(): line[12:].split() for line in lines[1:9]}
    assert rows["VaR 95% 1 d"] == ["$1,200", "$600"]
    assert rows["≈ BTC"] == ["1", "0.5"]
    assert rows["BTC −30%"] == ["−18.0k", "−9,000"]
    # 60,000 * 1.5 / 1.0055 = 89,508; 30,000 * 0.0003 = 9 a day
    assert "• Short 0.5 BTC, Bybit, 2x: liquidated at 89,508 (+49.2 %); funding +$9.00 a day" in lines
    assert "/hedge 1 BTC 50%" in commands(reply)
    assert "/risk with hedge 1 BTC 75%" in commands(reply)
    assert "⚠ Over" not in reply.text
    assert isinstance(reply.plan, RiskPlan)


async def test_all_that_is_held_is_meant_without_an_amount() -> None:
    assert (await lines_of("with hedge BTC", services(portfolio=BITCOIN)))[0].startswith("Short 1 BTC, Bybit, 2x: ")


async def test_a_value_and_a_leverage_and_an_exchange_may_be_named() -> None:
    lines = await lines_of("with hedge $6000 BTC 3x bybit", services(portfolio=BITCOIN))
    assert lines[0].startswith("Short 0.1 BTC, Bybit, 3x: beta 1.00 → 0.90")


async def test_too_large_a_hedge_is_said_and_the_one_that_fits_offered() -> None:
    reply = await ask("with hedge 3 BTC", services(portfolio=BITCOIN))
    assert "⚠ Over-hedged: 2 BTC more than you hold net of futures, a bet against BTC" in reply.text
    assert "⚠ Exposed more than before: larger than what there is to hedge, you lose when BTC rises" in reply.text
    assert "/risk with hedge 1 BTC 100%" in commands(reply)


async def test_a_hedge_through_bitcoin_that_turns_the_book_is_said() -> None:
    # the book is 57,000 / 60,000 = 0.95 BTC and a little more
    reply = await ask("with hedge 1.5 BTC")
    assert "⚠ Over-hedged: from now on you lose when BTC rises" in reply.text
    assert any(re.fullmatch(r"/risk with hedge 0\.95\d? BTC 100%", line) for line in commands(reply))


async def test_everything_is_hedged_through_bitcoin_at_the_size_of_hedge() -> None:
    # 6 ETH net and 100 SOL, 33,000, move together as 57,000 of BTC and a little more: half of it is 0.475 to 0.49
    reply = await ask("with hedge portfolio via BTC 50%")
    size = re.match(r"Short (0\.4[789]\d*) BTC, Bybit, 2x: beta ", plain_text(reply))
    assert size is not None
    assert "Over-hedged" not in (await ask("with hedge portfolio via BTC")).text
    hedged = plain_text(await HEDGE.answer(call("/hedge portfolio via BTC 50%"), services(portfolio=HELD)))
    typed = re.match(r"Short (0\.\d+) BTC", hedged)
    assert typed is not None
    assert 0 <= float(size[1]) - float(typed[1]) < 0.01  # /hedge rounds down to the step of 0.01
    assert "/hedge portfolio via BTC 50%" in commands(reply)
    assert "/risk with hedge portfolio via BTC 75%" in commands(reply)


async def test_a_portfolio_that_is_short_has_nothing_to_hedge_through_bitcoin() -> None:
    problem = await problem_of("with hedge portfolio via BTC", services(portfolio=Portfolio((), (SHORT,))))
    assert problem.sentence.endswith("there is nothing to hedge.")


@pytest.mark.parametrize(("words", "result"), [("BTC -30%", "$18,000 (−30 %"), ("if btc falls 40%", "$24,000 (−40 %")])
async def test_a_fall_that_is_asked_about_is_the_first_line_and_stands_once(words: str, result: str) -> None:
    # of 60,000
    lines = await lines_of(words, services(portfolio=BITCOIN))
    percent = words.rpartition(" ")[2].lstrip("-").removesuffix("%")
    assert lines[0] == f"If BTC falls {percent} %: about −{result} of the capital)"
    assert lines[1] == "All of the risk is BTC"
    assert lines.count(lines[0]) == 1
    assert sum(line.startswith(f"−{percent}%") for line in lines) == 1


async def test_a_rise_that_is_asked_about_is_tried_without_shorts_too() -> None:
    lines = await lines_of("BTC +80%", services(portfolio=BITCOIN))
    assert lines[0] == "If BTC rises 80 %: about +$48,000 (+80 % of the capital)"
    assert "If BTC moves, each coin by its beta; positions liquidated on the way lose what they tie up:" in lines


@pytest.mark.parametrize(
    ("words", "sentence", "offered"),
    [
        ("with hedge 10 USDT", "USDT counts as cash here: there is nothing to hedge.", "/risk"),
        ("with hedge 10 NOSUCH", "No exchange here lists NOSUCH.", "/risk"),
        ("with hedge BTC", "How many BTC? The portfolio holds none.", "/risk with hedge $1000 BTC 100%"),
        (
            "with hedge 10 W",
            "No exchange here has a perpetual of W; /hedge goes through another coin.",
            "/hedge 10 #W 100%",
        ),
        # up to 100x there
        (
            "with hedge 1 ETH 101x",
            "Bybit opens no short of ETH of this size at 101x.",
            "/risk with hedge 1 ETH 100% 2x",
        ),
        ("with hedge 1 ETH okx", "OKX has no perpetual of ETH here.", "/risk with hedge 1 ETH 100%"),
    ],
)
async def test_a_hedge_that_cannot_be_tried_leads_on(words: str, sentence: str, offered: str) -> None:
    problem = await problem_of(words)
    assert isinstance(problem, NotPossible)
    assert problem.sentence == sentence
    assert offered.replace("#W", "W") in [each.command.replace("#W", "W") for each in problem.suggestions]


async def test_leverage_that_the_margin_tiers_refuse_is_not_tried() -> None:
    # 1 / 200 = 0.5 % of margin is less than 0.5 % of maintenance and 0.05 % of fee
    market = FakeMarket()
    market.markets = [snapshot(perpetual("ETH", maximum_leverage=None), "3000")]
    problem = await problem_of("with hedge 1 ETH 200x", services(market, HELD))
    assert problem.sentence == "Bybit opens no short of ETH of this size at 200x."
    assert [each.command for each in problem.suggestions] == [
        "/risk with hedge 1 ETH 100% 2x",
        "/risk with hedge 1 ETH 100% 1x",
        "/risk",
    ]


async def test_a_coin_without_a_spot_price_is_tried_at_the_mark_of_its_perpetual() -> None:
    market = FakeMarket()
    market.prices = {coin: price for coin, price in market.prices.items() if coin != "ETH"}
    assert (await lines_of("with hedge 2 ETH", services(market, BITCOIN)))[0].startswith("Short 2 ETH, Bybit, 2x: ")


async def test_a_hedge_in_a_coin_without_history_says_so() -> None:
    market = FakeMarket()
    market.markets = [*market.markets, snapshot(perpetual("W"), "0.1")]
    problem = await problem_of("with hedge 10 W", services(market, HELD))
    assert problem.sentence == "W has too short a history here to say what a hedge in it changes."
    assert "/risk" in [each.command for each in problem.suggestions]


# What cannot be measured


async def test_an_empty_portfolio_says_how_to_fill_it_and_where_to_size_a_hedge() -> None:
    assert "Your portfolio is empty" in (await ask(on=services())).text
    assert "/hedge 10 ETH 50%" in commands(await ask("with hedge 10 ETH 50%", services()))


async def test_stables_alone_do_not_move() -> None:
    on = services(portfolio=Portfolio((Holding("USDT", d(5_000)), Holding("USDC", d(10)))))
    reply = await ask(on=on)
    assert plain_text(reply).startswith("Only cash in stablecoins: nothing here moves with the market.")
    assert "/hedge 2 ETH 100%" in commands(await ask("with hedge 2 ETH", on))


async def test_coins_without_history_or_price_say_why_there_is_no_answer() -> None:
    no_history = await problem_of("", services(portfolio=Portfolio((Holding("W", d(10)),))))
    assert no_history.sentence == "Too little history to measure a risk, which takes 60 days: W (0 days)."
    no_price = await problem_of("", services(portfolio=Portfolio((Holding("NIL", d(10)),))))
    assert no_price.sentence == "No exchange here has a price of NIL: there is no risk to measure."
    assert "/portfolio" in [each.command for each in no_price.suggestions]


async def test_without_an_exchange_it_says_which_did_not_answer() -> None:
    problem = await problem_of("", services(FakeMarket(is_down=True), HELD))
    assert isinstance(problem, MarketUnavailable)
    assert len(problem.outages) == 4


@pytest.mark.parametrize("words", ["", "with hedge 10 ETH 50%", "nonsense"])
async def test_a_group_learns_nothing(words: str) -> None:
    reply = await ask(words, chat_kind=ChatKind.GROUP, chat_id=-5)
    assert reply.audience is Audience.ASKER
    assert "$" not in reply.text
    assert "ETH" not in reply.text
    assert not RISK.in_groups


async def test_all_of_it_is_for_the_asker_alone() -> None:
    replies = [
        await ask(),
        await ask("with hedge ETH"),
        await ask(on=services()),
        await ask(on=services(portfolio=BITCOIN)),
    ]
    assert {reply.audience for reply in replies} == {Audience.ASKER}


# How it looks


@pytest.mark.parametrize("words", ["", "with hedge ETH 50%", "with hedge 40 BTC"])
@pytest.mark.parametrize("times", ["0.00001", "1", "123456"])
async def test_tables_fit_a_phone_and_nothing_odd_is_printed(words: str, times: str) -> None:
    held = tuple(replace(each, amount_base=each.amount_base * d(times)) for each in HELD.holdings)
    text = (await ask(words, services(portfolio=Portfolio(held, HELD.positions)))).text
    for table in re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL):
        assert max(len(row) for row in table.splitlines()) <= 30
    assert not re.search(r"\bnan\b|\binf\b|None|E[+-]\d|e-\d|[\s(]-\d|−\$?0(\.0+)?\b(?!\.\d)", text)


async def test_what_is_a_thousand_times_the_capital_is_said_with_its_sign() -> None:
    # $600m of BTC short on a capital of $60,000
    text = (await ask("with hedge 10000 BTC", services(portfolio=BITCOIN))).text
    assert "<−999x" in html.unescape(text)


async def test_many_coins_stay_within_one_message_and_the_rest_is_counted() -> None:
    coins = [f"COIN{number}" for number in range(70)]
    market = FakeMarket(
        prices={coin: spot_price(coin, "100") for coin in ("BTC", *coins)},
        history={coin: candles(coin, WAVE) for coin in ("BTC", *coins)},
    )
    positions = tuple(FuturesPosition(coin, Side.LONG, d(1), "bybit", d(100), d(2)) for coin in coins[:12])
    holdings = tuple(Holding(coin, d(100 - at)) for at, coin in enumerate(coins))
    reply = await ask(on=services(market, Portfolio(holdings, positions)))
    assert len(reply.text) < 4096
    assert "Beyond the largest coins, counted nowhere: COIN60, COIN61" in reply.text
    assert "and 50 more: " in reply.text
    assert "and 4 more positions" in reply.text
    folded = reply.text.index("<blockquote")
    assert reply.text[:folded].count("\n") <= 14


async def test_the_plan_is_kept_for_its_buttons() -> None:
    on = services(portfolio=HELD)
    reply = await ask("with hedge ETH 50%", on)
    assert {"/how k1", "/chart k1"} <= set(commands(reply))
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    assert (kept.command, kept.line) == ("risk", "/risk with hedge ETH 50%")
    assert PLAN.validate_json(kept.plan_json) == reply.plan


async def test_the_portfolio_leads_to_its_risk() -> None:
    assert "/risk" in commands(await PORTFOLIO.answer(call("/portfolio"), services(portfolio=HELD)))


async def test_every_example_is_answered() -> None:
    assert all([(await answer(call(line), services(portfolio=HELD))).text for line in RISK.examples])
