"""What /rotate UNI FET $5k answers: the key line first, figures at steps, the sign of the short, a way on."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.charts import draw
from chatbot.command import Audience, ChatKind, Outcomes, Reply
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, UserMistake
from chatbot.core.markets import MarginTier
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.rotation.transit.plan import RotationPlan
from chatbot.messenger import plain_text
from handlers.rotate import ROTATE
from handlers.rotate import answer as rotate
from handlers.rotate.explaining import depict, explain
from tests.fakes import ASKER, FakeMarket, call, services
from tests.handlers.rotate.plan.samples import HELD, ask, commands, holding, market
from tests.samples import NOW, book, d, perpetual, snapshot


async def problem_of(line: str, on: object = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(line, on)  # type: ignore[arg-type]
    return caught.value


def plan_of(reply: Reply) -> RotationPlan:
    assert isinstance(reply.plan, RotationPlan)
    return reply.plan


async def test_the_plan_of_the_method_reads_in_this_order() -> None:
    lines = plain_text(await ask("/rotate UNI FET $5k")).splitlines()
    assert lines[0] == "Sell $5,000 of UNI for FET in 4 stages; short $1,500 of UNI until sold"
    # a stage brings 250 * 4.9975 less 0.1 % = 1,248.1256; at 0.50025 * 1.001 a coin 2,492.51; four of them
    assert lines[1] == "Sell 1,000 UNI, buy 9,970.04 FET (≈ $4,985), Bybit spot"
    assert lines[2].startswith("Short 300 UNI on Bybit: margin $750.00 at 2x, liquidated at 7.4590 (+49.2 %, ")
    assert lines[2].endswith("receives $0.45 a day at first (predicted)")  # 1,500 * 0.03 %
    table = "\n".join(lines[3:9])
    assert re.search(r"now +0 +0 +1,500", table)
    assert re.search(r"day 1 +1,250 +1,246 +1,125", table)
    assert re.search(r"day 4 +1,250 +1,246 +0", table)
    # fees: 0.1 % of 4,997.50 and of 9,970.04 * 0.50025 = 4,987.51, the short 0.05 % of 1,500 twice: 11.485
    # slippage: 0.05 % of 5,000, of 4,985.02 and of 1,500 twice: 6.49; funding: 0.03 % a day of 3,750: 1.125
    # printed to the cent: 11.49 + 6.49 - 1.12 = 16.86, of 5,000: 0.337 %
    assert lines[9] == (
        "It pays when FET does better than UNI by more than 0.34 %, before what the short gains or loses "
        "($16.86: fees $11.49, slippage $6.49, funding earns $1.12 at its 30-day mean); tax is yours to add"
    )
    assert lines[10] == (
        "UNI +20 %: the first short loses $300.00, the coins gain $1,000. −20 %: it earns $300.00, they lose $1,000"
    )
    # a quarter of the way each: 10 % of (1,500 + 1,125 + 750 + 375) / 4
    assert lines[11] == (
        "It protects at most 30 % of the UNI still held, and ends with the last sale: each +10 % of UNI until then "
        "costs about $93.75, each −10 % earns as much"
    )


async def test_the_fold_has_four_outcomes_orders_the_pair_and_where_a_profit_goes() -> None:
    text = plain_text(await ask("/rotate UNI FET $5k"))
    assert "After stage 2 of 4, dollars before costs" in text
    assert re.search(r"−20 +\+20 +−\S+ +\+150 ", text)  # 500 coins held, 150 short at 5
    assert "now: short 300 UNI" in text
    assert re.search(r"day 1: sell 250 UNI, buy 2,492.51 FET, close 75 UNI of the short", text)
    assert "Long 10,000 FET ($5,000, Bybit), liquidated at 0.2514 (−49.7 %)" in text
    # FET moves about 3 and UNI about 2 times as bitcoin (exactly so but for log returns): +15,000 - 10,000
    assert re.search(r"Delta \$0.00 in dollars, \+\$[45],\d+ of bitcoin by beta; beta-neutral: short \$7,\d+", text)
    assert (
        "5 % relative stop: FET/UNI from 0.1 to 0.095, −$250.00 if the long falls alone, "
        "−$263.16 if the short rises alone" in text
    )
    assert "A profit: at +20 % FET has gained $99" in text


async def test_a_short_that_is_kept_is_called_a_bet() -> None:
    text = plain_text(await ask("/rotate UNI FET $5k keep"))
    assert text.splitlines()[0].endswith("short $1,500 of UNI, kept: a bet")
    assert "by more than 0.32 % plus 30 % of any rise of UNI: the short that is kept is a bet on a fall ($" in text
    assert "Kept after the last sale it protects nothing: a bet against UNI, which loses $150.00 for each +10 %" in text
    assert "When all is sold" in text


async def test_a_purchase_by_futures_starts_at_2x_whatever_the_short_has() -> None:
    reply = await ask("/rotate UNI FET $5k perp")
    assert "FET at 2x: liquidated at about −49.7 %, all $2,49" in reply.text
    # 0.05 % of 4,98x; 0.03 % a day of it
    assert re.search(r"; not in it: closing the FET futures \$2.50, their funding pays \$1.50 a day\)", reply.text)
    assert "Bybit perpetual" in reply.text
    problem = await problem_of("/rotate UNI GATE $5k perp")
    assert problem.suggestions[0].command == "/rotate UNI #GATE $5000"
    assert "guide is 2x to 5x" not in (await ask("/rotate UNI FET $5k perp 4x")).text
    high = await ask("/rotate UNI FET $5k perp 10x")
    assert "FET at 10x: liquidated at about −9.5 %" in high.text
    assert "the guide is 2x to 5x, 2x at first" in high.text


async def test_at_1x_no_price_liquidates_the_purchase() -> None:
    text = (await ask("/rotate UNI FET $5k perp 1x")).text
    assert "FET at 1x: no price liquidates it" in text
    assert "iquidation not known" not in text


async def test_the_short_that_is_held_to_the_sale_is_beside_the_bar() -> None:
    """UNI +20 % and FET +22 %: two points above the bar, and less than UNI by itself would have come to."""
    plan = plan_of(await ask("/rotate UNI FET $5k"))
    # 5,000 * 2 % = 100 less 16.86 of costs, less 20 % of 937.50
    assert plan.cost.break_even_share < d("0.02")
    assert plan.value_quote * d("0.02") - plan.cost.total_quote + plan.short_on_the_way_quote(d("0.2")) < 0


async def test_a_coin_without_a_perpetual_is_bridged_through_its_best_proxy() -> None:
    text = plain_text(await ask("/rotate MKR FET $5k"))
    assert "for MKR, which has no perpetual (beta " in text
    assert "Without a sale, as a pair: not possible here. No perpetual of MKR was found." in text


async def test_without_history_or_contract_there_is_a_plan_without_a_bridge_that_says_so() -> None:
    text = plain_text(await ask("/rotate GATE FET $5k"))
    assert text.splitlines()[0] == "Sell $5,000 of GATE for FET in 4 stages"
    assert "No bridge for GATE: no exchange here has a perpetual of GATE, nor its history for a proxy" in text
    assert "GATE −20 % before the first sale: the coins lose $1,000, nothing is short against it" in text


async def test_a_share_is_one_of_what_is_held() -> None:
    reply = await ask("/rotate UNI FET 50%", holding())
    assert plain_text(reply).startswith("Sell $2,500 of UNI for FET in 4 stages; short $750.00 of UNI")
    assert reply.audience is Audience.ASKER


async def test_of_a_sector_every_holding_gives_the_same_share_and_the_most_traded_are_bought() -> None:
    # 50 % of 5,000 + 1,000 + 2,000
    reply = await ask("/rotate defi ai 50%", holding())
    text = plain_text(reply)
    assert text.startswith("Sell $4,000 of defi (UNI, MKR and AAVE) for ai (TAO and FET) in 4 stages; short $")
    plan = plan_of(reply)
    assert [each.amount_base for each in plan.sold] == [500, 1, 5]
    tao, fet = (each.value_quote for each in plan.bought)
    assert abs(tao - fet) < 5
    assert "Of defi what is held is sold by the same share" in text


async def test_dust_of_a_sector_stays_and_is_named() -> None:
    # 0.2 AAVE at 100: four stages of 2.50, where an order is at least 5
    dust = Portfolio((Holding("UNI", d(1000)), Holding("AAVE", d("0.2")), Holding("CRV", d(5))))
    text = plain_text(await ask("/rotate defi ai 50%", holding(dust)))
    assert text.startswith("Sell $2,500 of defi (UNI) for ai (TAO and FET) in 4 stages")
    assert "Not sold: CRV, AAVE (no price, too small for 4 stages, or not among the 5 largest)" in text


async def test_all_at_once_needs_no_bridge() -> None:
    text = plain_text(await ask("/rotate UNI FET $5k stages=1"))
    assert text.startswith("Sell $5,000 of UNI for FET at once\n")


async def test_an_exchange_that_is_down_leaves_a_partial_answer() -> None:
    out = (Outage("bybit", "did not answer in time"),)
    text = plain_text(await ask("/rotate UNI FET $5k", services(market(outages=out))))
    assert text.splitlines()[0] == "Sell $5,000 of UNI for FET in 4 stages"
    assert "No bridge for UNI: no exchange told the price of the UNI perpetual" in text
    assert "1 of 2 exchanges missing: Bybit" in text


async def test_without_any_exchange_nothing_is_planned() -> None:
    problem = await problem_of("/rotate UNI FET $5k", services(FakeMarket(is_down=True)))
    assert isinstance(problem, MarketUnavailable)


async def test_a_book_that_ends_first_is_said_and_more_stages_are_a_tap_away() -> None:
    made = market()
    books = {each: book(each, "5", "300") if each.coin == "UNI" else given for each, given in made.spot_books.items()}
    reply = await ask("/rotate UNI FET $5k stages=2", services(replace(made, spot_books=books)))
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Not fillable as asked: a stage is more than the visible book of UNI"
    assert lines[1] == "As asked: Sell $5,000 of UNI for FET in 2 stages; short $1,500 of UNI until sold"
    assert re.search(r"by more than 0\.\d\d % plus the slippage, not known", plain_text(reply))
    assert {"/rotate UNI FET $5000 stages=8", "/rotate UNI FET $2500 stages=2"} <= set(commands(reply))
    assert "/rotate UNI FET $5000 stages=4" not in commands(reply)


async def test_what_is_sold_and_bought_is_told_as_a_share_of_the_day() -> None:
    volumes = {"UNI": d(50_000), "FET": d(10_000)}
    markets = [
        replace(each, quote=replace(each.quote, volume_day_quote=volumes.get(each.instrument.coin)))
        for each in market().markets
    ]
    text = plain_text(await ask("/rotate UNI FET $5k", services(market(markets=markets))))
    # 1,250 of 50,000; 2,492.51 at 0.5 of 10,000
    assert (
        "A stage sells 2.5 % of what UNI trades in a day ($50,000) and buys 12.5 % of what FET trades in a day "
        "($10,000), perpetuals counted" in text
    )


async def test_a_small_amount_is_sold_at_once_and_offers_nothing_that_it_is_too_small_for() -> None:
    reply = await ask("/rotate UNI FET $6")
    assert plain_text(reply).startswith("Sell $6.00 of UNI for FET at once\n")
    assert "1 stage, not 4: an order would be below its smallest, so all of it at once, without a short" in reply.text
    offered = " ".join(commands(reply))
    assert not re.search("stages=|hedge=|keep|perp", offered)


async def test_without_a_short_there_is_none_to_be_kept() -> None:
    assert "keep" not in " ".join(commands(await ask("/rotate UNI FET $5k hedge=0%")))
    assert "/rotate UNI FET $5000 hedge=0%" in commands(await ask("/rotate UNI FET $5k keep"))


async def test_old_prices_are_said_first_and_very_old_ones_size_nothing() -> None:
    late = replace(services(market()), now=lambda: NOW + timedelta(minutes=3))
    assert (await ask("/rotate UNI FET $5k", late)).text.startswith("<b>Prices are 3 minutes old. Sell $5,000")
    with pytest.raises(MarketUnavailable):
        await ask("/rotate UNI FET $5k", replace(services(market()), now=lambda: NOW + timedelta(minutes=11)))


async def test_a_short_that_is_there_already_is_counted() -> None:
    held = Portfolio(HELD.holdings, (FuturesPosition("UNI", Side.SHORT, d(900), "bybit"),))
    text = (await ask("/rotate UNI FET 100%", holding(held))).text
    assert "Short 900 UNI already: with this one $1,000 more than is held, a bet against it" in text


async def test_a_group_gets_public_figures_and_none_of_what_is_held() -> None:
    group = {"chat_kind": ChatKind.GROUP, "chat_id": -5}
    public = await ask("/rotate UNI FET $5k", holding(), **group)
    assert public.audience is Audience.ANYONE
    for line in ("/rotate UNI FET 50%", "/rotate defi ai $1k"):
        reply = await ask(line, holding(), **group)
        assert (reply.audience, reply.text) == (Audience.ASKER, "This is about what you hold.")
    assert "You hold" not in (await ask("/rotate UNI FET", holding(), **group)).text


async def test_without_an_amount_it_offers_some() -> None:
    held = await ask("/rotate UNI FET", holding())
    assert "You hold 1,000 UNI." in held.text
    assert commands(held) == ["/rotate UNI FET 25%", "/rotate UNI FET 50%", "/rotate UNI FET 100%"]
    assert "/rotate UNI FET $5000" in commands(await ask("/rotate UNI FET"))
    assert commands(await ask("/rotate defi ai", holding()))[1] == "/rotate defi ai 50%"


@pytest.mark.parametrize(
    ("line", "sentence", "offered"),
    [
        ("/rotate UNI FET $6k", "You hold 1,000 UNI ($5,000), less than that.", "/rotate UNI FET 100%"),
        ("/rotate UNI FET $6k", "You hold 1,000 UNI ($5,000), less than that.", "/rotate UNI FET $6000 anyway"),
        ("/rotate 1500 UNI FET", "You hold 1,000 UNI ($5,000), less than that.", "/rotate UNI FET 1500 UNI anyway"),
        ("/rotate defi ai $9k", "You hold $8,000 of defi ($8,000), less than that.", "/rotate defi ai 100%"),
        ("/rotate TAO FET 50%", "Your portfolio does not hold TAO.", "/rotate TAO FET $5000"),
        ("/rotate ai defi 50%", "Your portfolio does not hold any coin of ai.", "/rotate UNI defi 50%"),
        (
            "/rotate UNI FET $3",
            "This is below the smallest order of FET. It takes $5.36 or more.",
            "/rotate UNI FET $5.36",
        ),
    ],
)
async def test_what_is_held_bounds_what_is_sold(line: str, sentence: str, offered: str) -> None:
    problem = await problem_of(line, holding())
    assert problem.sentence.startswith(sentence)
    assert offered in [each.command for each in problem.suggestions]


async def test_a_leverage_that_nobody_allows_comes_with_one_that_is() -> None:
    problem = await problem_of("/rotate UNI FET $5k 200x")
    assert isinstance(problem, UserMistake)
    assert "/rotate UNI FET $5000 2x" in [each.command for each in problem.suggestions]


async def test_more_than_is_held_is_planned_where_it_is_wanted_anyway() -> None:
    reply = await ask("/rotate UNI FET $6k anyway", holding())
    assert plain_text(reply).startswith("Sell $6,000 of UNI for FET in 4 stages")
    assert plan_of(reply).sold[0].held_base is None
    assert "/rotate UNI FET $6000 stages=8 anyway" in commands(reply)
    much = (await ask("/rotate UNI FET $50k anyway", holding())).text  # 30 % of it is 15,000, and 5,000 are held
    assert "The short is $10,000 more than the UNI of your portfolio: a bet" in much


async def test_a_refusal_names_the_position_and_offers_what_all_of_it_is_taken_at() -> None:
    unlimited = [replace(each, instrument=replace(each.instrument, maximum_leverage=None)) for each in market().markets]
    problem = await problem_of("/rotate UNI FET $5k perp 200x", services(market(markets=unlimited)))
    assert problem.sentence.startswith("Short UNI: ")
    assert re.search(r" All of it is taken at \d+x\.$", problem.sentence)
    assert [each.label for each in problem.suggestions] == ["1x", "2x", "3x"]


async def test_an_amount_that_no_position_is_opened_for_is_called_too_large() -> None:
    # a maintenance margin of 60 % is more than the margin of 2x
    steep = [
        replace(each, tiers=replace(each.tiers, tiers=(MarginTier(d(0), d("0.6"), None, d(0)),)))
        for each in market().markets
        if each.tiers
    ]
    problem = await problem_of("/rotate UNI FET $5k", services(market(markets=steep)))
    assert problem.sentence.startswith("The amount is too large. Short UNI: ")
    offered = [each.command for each in problem.suggestions]
    assert offered[1] == "/rotate UNI FET $5000 hedge=0%"
    assert (await ask(offered[1], services(market(markets=steep)))).text.startswith("<b>Sell $5,000")


async def test_a_listed_coin_without_a_price_is_named_with_the_nearest() -> None:
    problem = await problem_of("/rotate ONE FET $5k")
    assert isinstance(problem, NotPossible)
    assert problem.sentence == "No exchange here has a price of ONE."


async def test_the_entry_is_checked_for_the_same_amount() -> None:
    assert "/rotate check FET $2500" in commands(await ask("/rotate UNI FET 50%", holding()))


async def test_how_and_chart_tell_of_the_answer_that_was_given() -> None:
    on = services(market())
    await ask("/rotate UNI FET $5k", on)
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    assert json.loads(kept.plan_json)["kind"] == "plan"
    told = explain(kept.plan_json).text
    assert "30 % × unsold = 30 % × $5,000 ≈ $1,500, rounded down; then $1,125, $750.00, $375.00, $0.00" in told
    # a quarter of the way each: 10 % of 937.50
    assert "÷ 4 × 10 % = −$93.75" in told
    assert "It pays above +0.34 %, before what the short gains or loses." in depict(kept.plan_json).text
    picture = depict(kept.plan_json).picture
    assert isinstance(picture, Outcomes)
    assert picture.rows[0] == ("At the start: UNI +20 %", (d(1000), d(-300), d(0)))
    assert draw(picture).startswith(b"\x89PNG")


async def test_lines_of_rotate_find_their_way() -> None:
    on = services(market())
    assert (await rotate(call("/rotate UNI FET $5k"), on)).text.startswith("<b>Sell $5,000 of UNI")
    assert (await rotate(call("/rotate uni to fet 5k usd"), on)).text.startswith("<b>Sell $5,000 of UNI")
    with pytest.raises(UserMistake, match="UNI into what"):
        await rotate(call("/rotate UNI"), on)
    with pytest.raises(UserMistake, match="memez"):
        await rotate(call("/rotate memez"), on)
    assert "/rotate UNI FET $5k" in ROTATE.examples


@pytest.mark.parametrize(
    "line",
    [
        "/rotate UNI FET $5k",
        "/rotate UNI FET $5k keep stages=24",
        "/rotate defi ai all stages=24",
        "/rotate UNI FET $1234567.89 perp 5x",
        "/rotate MKR TAO $99",
        "/rotate UNI FET $5k hedge=0%",
        "/rotate UNI FET $5k stages=1",
    ],
)
async def test_tables_and_lines_fit_a_phone_and_nothing_odd_is_printed(line: str) -> None:
    everything = Portfolio((Holding("UNI", d(500_000)), Holding("AAVE", d(10)), Holding("MKR", d(2))))
    reply = await ask(line, holding(everything))
    for table in re.findall(r"<pre>(.*?)</pre>", reply.text, re.DOTALL):
        assert max(len(row) for row in table.splitlines()) <= 30
    before = reply.text.split("<blockquote expandable>")[0]
    assert len(plain_text(replace(reply, text=before, buttons=())).splitlines()) <= 15
    assert len(plain_text(reply)) < 4096
    assert not re.search(r"\bnan\b|None|E[+-]\d|−\$?0\b(?!\.)", reply.text)


async def test_an_exchange_that_stopped_answering_is_not_traded_on() -> None:
    """Its markets are still known, and it is where all of it could be done."""
    whole = market()
    books = {each: found for each, found in whole.spot_books.items() if each.exchange != "bybit"}
    lines = plain_text(await ask("/rotate UNI FET $5k", services(market(spot_books=books)))).splitlines()
    assert lines[1] == "⚠ Bybit would have been used and tells nothing new now"
    assert lines[2] == "Sell 1,000 UNI, buy 9,970.04 FET (≈ $4,985), Binance spot"
    assert "slippage $6.49" in lines[10]


async def test_an_exchange_whose_book_is_old_is_not_traded_on_either() -> None:
    whole = market()
    books = {
        each: replace(found, as_of=NOW - timedelta(seconds=61)) if each.exchange == "bybit" else found
        for each, found in whole.spot_books.items()
    }
    on = services(market(spot_books=books))
    assert "buy 9,970.04 FET (≈ $4,985), Binance spot" in plain_text(await ask("/rotate UNI FET $5k", on))
    asked_for = await ask("/rotate UNI FET $5k bybit", on)
    assert asked_for.text.startswith("<b>Prices are 61 s old. Sell $5,000")


async def test_of_three_exchanges_the_one_that_answers_is_used() -> None:
    whole = market()
    third = {
        replace(each, exchange="okx"): found for each, found in whole.spot_books.items() if each.exchange == "bybit"
    }
    books = {each: replace(found, instrument=each) for each, found in third.items()}
    on = services(market(spot=(*whole.spot, *books), spot_books=books, exchanges=("binance", "bybit", "okx")))
    lines = plain_text(await ask("/rotate UNI FET $5k", on)).splitlines()
    assert lines[1] == "⚠ Binance, Bybit would have been used and tell nothing new now"
    assert lines[2].endswith(", OKX spot")


async def test_where_nobody_answers_what_is_known_is_said_with_what_is_not() -> None:
    text = plain_text(await ask("/rotate UNI FET $5k", services(market(spot_books={}))))
    assert "this rests on old prices, or none" in text
    assert "slippage not known" in text


async def test_the_other_exchange_where_all_of_it_could_be_done_is_a_tap_away() -> None:
    both = [snapshot(perpetual(coin, exchange=at), "5") for coin in ("UNI",) for at in ("binance", "bybit")]
    on = services(market(markets=[*market().markets, *both[:1]]))
    found = commands(await ask("/rotate UNI FET $5k", on))
    assert "/rotate UNI FET $5000 bybit" in found
    elsewhere = commands(await ask("/rotate UNI FET $5k bybit", on))
    assert {"/rotate UNI FET $5000", "/rotate UNI FET $5000 binance"} <= set(elsewhere)


async def test_an_exchange_that_was_asked_for_stays_the_one_and_what_is_not_known_of_it_is_said() -> None:
    whole = market()
    books = {each: found for each, found in whole.spot_books.items() if each.exchange != "bybit"}
    text = plain_text(await ask("/rotate UNI FET $5k bybit", services(market(spot_books=books))))
    assert ", Bybit spot" in text
    assert "slippage not known" in text
    assert text.splitlines()[1] == "⚠ Bybit tells nothing new now: this rests on old prices, or none"


@pytest.mark.parametrize(("line", "name"), [("/rotate UNI FET 50%", "UNI"), ("/rotate defi ai 50%", "defi")])
async def test_futures_are_no_coins_to_be_sold(line: str, name: str) -> None:
    portfolio = Portfolio((), (FuturesPosition("UNI", Side.LONG, d(10)),))
    problem = await problem_of(line, holding(portfolio))
    assert problem.sentence.startswith(f"Of {name} you have futures only, and a rotation sells coins.")
