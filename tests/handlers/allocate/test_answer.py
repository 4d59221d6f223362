"""What /allocate answers: the drift first, trades at exchange steps, limits with numbers, mistakes with a way on."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.charts import draw
from chatbot.command import Audience, Bars, ChatKind, Reply, Services
from chatbot.core.chats import AllocationChoice, Bucket, ChatSettings, Weighting
from chatbot.core.errors import MarketUnavailable, NotPossible, Problem, UserMistake
from chatbot.core.markets import InstrumentKind
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.allocate import ALLOCATE, depict, explain
from handlers.allocate.answer import answer
from handlers.portfolio import PORTFOLIO
from tests.fakes import ASKER, FakeMarket, FakeSettings, call, services, spot_price
from tests.samples import NOW, book, d, perpetual

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
    for coin in ("BTC", "ETH", "SOL")
}
BOOKS = {SPOT["BTC"]: book(SPOT["BTC"], "60000"), SPOT["ETH"]: book(SPOT["ETH"], "3000")}
# 60,000 + 30,000 + 10,000
HELD = Portfolio((Holding("BTC", d(1)), Holding("ETH", d(10)), Holding("USDT", d(10_000))))


def given(portfolio: Portfolio | None = HELD, **chosen: object) -> Services:
    market = FakeMarket(spot=tuple(SPOT.values()), spot_books=BOOKS)
    made = services(market, portfolio)
    assert isinstance(made.settings, FakeSettings)
    made.settings.chosen[ASKER] = ChatSettings(allocation=AllocationChoice(**chosen))  # type: ignore[arg-type]
    return made


async def ask(line: str, on: Services | None = None, **terms: object) -> Reply:
    return await answer(call(line, **terms), on or given())


async def problem_of(line: str, on: Services | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(line, on)
    return caught.value


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


async def test_the_furthest_bucket_is_the_first_line_and_trades_follow_in_steps() -> None:
    # foundation 90,000 of 100,000 where 60,000 is wanted: two thirds of 30,000 from BTC = 0.333 in steps of 0.001,
    # whose rest of 20 goes to ETH: 10,020 / 3,000 = 3.34
    # fees: 0.333 * 59,970 + 3.34 * 2,998.5 at 0.1 % = 19.97 + 10.01; slippage 0.05 % of 19,980 and 10,020
    reply = await ask("/allocate balanced")
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Foundation: 30.0 points ($30,000) above target, 2 trades back"
    assert "• Sell 0.333 BTC ≈ $19,980, Binance spot" in lines
    assert "• Sell 3.34 ETH ≈ $10,020, Binance spot" in lines
    assert "Fees $29.98, slippage $15.00, on top of these amounts" in lines
    assert "Coins of your choice: growth $25,000, small caps $10,000 (none is held yet)" in lines
    assert "Binance spot · just now" in lines
    assert reply.audience is Audience.ASKER
    assert "/allocate balanced by equal" in commands(reply)
    assert "/allocate set balanced" in commands(reply)


async def test_without_an_order_book_the_fees_are_said_and_the_slippage_is_not() -> None:
    # 100,000 in cash to 60 BTC and ETH: 30,000 each at 0.1 %
    market = FakeMarket(spot=tuple(SPOT.values()))
    text = plain_text(await ask("/allocate balanced $100k", services(market)))
    assert "Fees about $60.00, on top of these amounts; slippage is not known: no order book came" in text


async def test_an_amount_is_split_and_may_be_answered_in_a_group() -> None:
    reply = await ask("/allocate bull $100k", chat_kind=ChatKind.GROUP, chat_id=-5)
    lines = plain_text(reply).splitlines()
    assert lines[0] == "Bull for $100,000: 40 / 35 / 15 / 10"
    # 40,000 in equal parts: 20,000 / 60,000 = 0.333, and 20,020 / 3,000 = 6.673
    assert "• Buy 0.333 BTC ≈ $19,980, Binance spot" in lines
    assert "• Buy 6.673 ETH ≈ $20,019, Binance spot" in lines
    assert any(
        line.startswith("Small-cap futures: $15,000 of margin at risk = $30,000 at 2x, $75,000") for line in lines
    )
    assert reply.audience is Audience.ANYONE


@pytest.mark.parametrize("line", ["/allocate", "/allocate bull", "/allocate set bull", "/allocate check"])
async def test_what_is_held_is_no_business_of_a_group(line: str) -> None:
    reply = await ask(line, chat_kind=ChatKind.GROUP, chat_id=-5)
    assert reply.audience is Audience.ASKER
    assert "$" not in reply.text


async def test_without_a_target_it_says_where_the_money_is() -> None:
    lines = plain_text(await ask("/allocate")).splitlines()
    assert lines[0] == "$100,000 in 2 buckets; no target chosen yet"


async def test_inside_the_band_nothing_is_traded_until_asked() -> None:
    reply = await ask("/allocate 88/0/0/0/12")
    assert "Inside the band of 5 points" in reply.text
    assert "/allocate 88/0/0/0/12 now" in commands(reply)
    assert "Sell" in (await ask("/allocate 88/0/0/0/12 now")).text


async def test_a_target_is_kept_and_the_drift_is_a_line_of_the_portfolio() -> None:
    on = given()
    await ask("/allocate set bull by equal", on)
    kept = (await on.settings.load(ASKER)).allocation
    assert (kept.target, kept.weighting) == ("bull", Weighting.EQUAL)
    shown = plain_text(await PORTFOLIO.answer(call("/portfolio", update_id=2), on))
    assert "Target bull: Foundation 50.0 points ($50,000) above, trades back: /allocate" in shown
    assert "Foundation: 50.0 points" in (await ask("/allocate", on)).text
    await answer(call("/allocate set off", update_id=3), on)
    assert (await on.settings.load(ASKER)).allocation.target == ""


async def test_a_coin_is_put_elsewhere_and_back() -> None:
    on = given()
    assert "ETH counts as: growth" in (await ask("/allocate bucket ETH growth", on)).text
    assert (await on.settings.load(ASKER)).allocation.buckets == (("ETH", Bucket.GROWTH),)
    back = await answer(call("/allocate bucket ETH auto", update_id=2), on)
    assert "ETH counts as: foundation" in back.text


async def test_the_band_is_kept() -> None:
    on = given()
    text = (await ask("/allocate band 3", on)).text
    assert text == "While every part is within 3 points of its target nothing is traded; beyond, all are brought back."
    assert (await on.settings.load(ASKER)).allocation.band_share == d("0.03")


async def test_the_legs_of_a_preset_are_lines_of_hedge() -> None:
    # 30 to 50 % of 100,000, 40 % in the middle
    reply = await ask("/allocate preservation $100k")
    assert [line for line in commands(reply) if line.startswith("/hedge")] == [
        "/hedge $30000 BTC 2x",
        "/hedge $40000 BTC 2x",
        "/hedge $50000 BTC 2x",
    ]
    # 40,000 / 2 of 100,000, and no stables: 80 % of 70,000 is 56,000, of 30,000 it is 24,000
    text = plain_text(reply)
    assert "Its margin of $20,000 at 2x comes off first: coins are bought for 80 % of their parts" in text
    assert "• Buy 0.466 BTC ≈ $27,960, Binance spot" in text
    assert "• Buy 9.346 ETH ≈ $28,038, Binance spot" in text  # 28,000 and the 40 that one step of BTC left
    assert "Coins of your choice: alts $24,000" in text


async def test_of_what_is_held_the_margin_of_a_short_is_a_part() -> None:
    # 57,000, 24,000 and 19,000 of 100,000, where 56 and 24 and 20 % are wanted
    held = Portfolio(
        (Holding("BTC", d("0.9")), Holding("ETH", d(1)), Holding("SOL", d(160)), Holding("USDT", d(19_000)))
    )
    text = plain_text(await ask("/allocate preservation", given(held)))
    assert "Short margin 19%  20%" in text
    assert "Nothing is traded inside the band" in text
    assert "Its margin of $20,000 at 2x is one of the parts: the others are 80 % of what the preset gives them" in text
    assert "Target preservation: " in await _portfolio_of(given(held, target="preservation"))
    assert "inside the band" in await _portfolio_of(given(held, target="preservation"))


async def _portfolio_of(on: Services) -> str:
    return plain_text(await PORTFOLIO.answer(call("/portfolio"), on))


async def test_stables_that_are_enough_for_the_margin_are_what_it_is_taken_from() -> None:
    # 15 % of 60,000 at 2x: 4,500 of 20,000
    text = plain_text(await ask("/allocate symbiosis $100k"))
    assert "Its margin of $4,500 at 2x is taken from stables" in text
    assert "comes off first" not in text


async def test_no_hedge_is_no_order_for_nothing() -> None:
    reply = await ask("/allocate longbeta $100k hedge=0%")
    assert "Nothing is short: 0 % of the total" in reply.text
    assert not any("$0" in line for line in commands(reply))
    assert "margin" not in reply.text


def listing(*coins: str) -> Services:
    """The usual market where these are listed, too."""
    usual = FakeMarket()
    prices = {**usual.prices, **{coin: spot_price(coin, "20") for coin in coins}}
    return services(FakeMarket(prices=prices, spot=tuple(SPOT.values()), spot_books=BOOKS))


async def test_coins_of_ones_choice_are_named_in_the_same_line() -> None:
    text = plain_text(await ask("/allocate longbeta $100k hedge=0%", listing("XRP", "COMP", "SNX")))
    assert "Coins of your choice: layer 1 and DeFi $50,000, speculative $20,000 (name some, as in " in text
    assert "/allocate longbeta $100000 BTC ETH SOL XRP COMP SNX hedge=0%)" in text


@pytest.mark.parametrize("word", ["equal", "current", "volatility"])
async def test_a_weighting_is_understood_without_by(word: str) -> None:
    short, full = await ask(f"/allocate balanced $50k {word}"), await ask(f"/allocate balanced $50k by {word}")
    assert short.text == full.text


async def test_what_is_left_beside_the_margin_is_rounded_to_a_tenth_of_a_percent() -> None:
    # 17.5 % of 15,000 at 2x: 1,312.50 of 50,000 leave 97.375 %
    text = plain_text(await ask("/allocate overhang ai $50k"))
    assert "Its margin of $1,312 at 2x comes off first: coins are bought for 97.3 % of their parts" in text
    assert "sector ai $14,595" in text


async def test_coins_for_what_is_empty_belong_to_it() -> None:
    on = listing("UNI", "AAVE", "COMP", "SNX", "TAO", "FET")
    text = plain_text(await ask("/allocate resilience $100k BTC ETH", on))
    assert "(name some, as in /allocate resilience $100000 BTC ETH UNI AAVE COMP SNX)" in text
    text = plain_text(await ask("/allocate overhang ai $50k", on))
    assert "(name some, as in /allocate overhang ai $50000 BTC ETH TAO FET)" in text


async def test_one_coin_that_is_named_stands_beside_the_usual_foundation() -> None:
    # 60,000 in three alike: LINK at 20
    prices = {"BTC": spot_price("BTC", "60000"), "ETH": spot_price("ETH", "3000"), "LINK": spot_price("LINK", "20")}
    link = replace(SPOT["SOL"], coin="LINK", symbol="LINK/USDT")
    on = services(FakeMarket(prices=prices, spot=(*SPOT.values(), link), spot_books=BOOKS))
    text = plain_text(await ask("/allocate balanced $100k LINK", on))
    assert "• Buy 0.333 BTC ≈ $19,980, Binance spot" in text
    assert "• Buy 6.673 ETH ≈ $20,019, Binance spot" in text
    assert "• Buy 1,000.05 LINK ≈ $20,001" in text  # and the 1 that was left
    assert "Added to what you named, as the preset's foundation: BTC and ETH; name one of them" in text


@pytest.mark.parametrize("words", ["bull $100k BTC ETH SOL", "bull $100k BTC", "balanced $100k", "60/40 $100k SOL BTC"])
async def test_nothing_is_added_where_the_foundation_is_named_or_none_is_wanted(words: str) -> None:
    text = (await ask(f"/allocate {words}")).text
    assert "Added to" not in text
    bought = re.findall(r"Buy [\d.,]+ (\w+)", text)
    assert bought == (re.findall(r"BTC|ETH|SOL", words) or ["BTC", "ETH"])


async def test_a_coin_that_the_target_has_no_part_for_is_named() -> None:
    # bull has no small caps but as futures; SOL is of the foundation, which gets nothing
    assert "Not bought, bull has no part for it: W" in (await ask("/allocate bull $100k BTC W")).text
    assert "Not bought, 0/100 has no part for it: SOL" in (await ask("/allocate 0/100 $100k SOL")).text


async def test_where_no_target_is_chosen_the_working_is_of_what_is_held() -> None:
    on = given()
    await ask("/allocate", on)
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    told = plain_text(explain(kept.plan_json))
    assert "Foundation: $90,000 ÷ $100,000 = 90 %" in told
    assert "0 % ×" not in told
    assert "Trade" not in told


async def test_many_positions_share_the_futures_bucket() -> None:
    text = (await ask("/allocate bull $100k")).text
    assert "(2 or 3 narratives of several positions each, at 3x to 5x)" in text
    assert "margin of each position below $1,000 (1 % of the whole), so at least 16 positions if all" in text


async def test_presets_stand_two_in_a_row_and_names_have_the_room_there_is() -> None:
    assert {len(row) for row in (await ask("/allocate presets")).buttons} == {2}
    assert [len(row) for row in (await ask("/allocate")).buttons[:2]] == [2, 2]
    assert "Mid + large alts " in (await ask("/allocate bull $10k")).text


async def test_more_than_the_range_of_a_preset_is_flagged() -> None:
    reply = await ask("/allocate symbiosis $100k hedge=50%")
    assert "Short BTC worth $30,000 (50 % of the core)" in plain_text(reply)
    assert "⚠ Above the preset's range: 30 % is $18,000" in reply.text


async def test_the_share_of_the_hedge_may_stand_behind_its_word() -> None:
    same = [(await ask(f"/allocate symbiosis {words}")).text for words in ("hedge 50%", "hedge=50%")]
    assert same[0] == same[1]
    assert "⚠ Above the preset's range" in same[0]


async def test_too_much_in_futures_comes_with_what_complies() -> None:
    reply = await ask("/allocate 50/20/10/20 $100k")
    assert "The target for small-cap futures is 20 %: at most 15 % = $15,000" in reply.text
    assert "/allocate 55/20/10/15 $100000" in commands(reply)


async def test_a_large_position_with_much_leverage_is_told_by_its_end() -> None:
    # 10,000 W at 0.1 and 10x: 100 of margin on 1,100 of capital; what complies: 11 * 99 % * 10 = 108.90 at 5x
    held = Portfolio((Holding("USDT", d(1000)),), (FuturesPosition("W", Side.LONG, d(10_000), None, None, d(10)),))
    reply = await ask("/allocate balanced", given(held))
    text = reply.text
    assert "/allocate check long #W $108.9 5x" in commands(reply) or "/allocate check long W $108.9 5x" in commands(
        reply
    )
    assert "What W ties up is 9.1 %: stay below 1 % = $11.00" in text
    assert "W at 10x: liquidated at about 9.5 % against it, all $100.00 gone" in text
    assert "Futures: $100.00 tied up (margin with its result), notional $1,000" in text


async def test_prices_older_than_ten_minutes_size_nothing() -> None:
    on = replace(given(), now=lambda: NOW + timedelta(minutes=11))
    reply = await ask("/allocate balanced", on)
    assert plain_text(reply).startswith("Prices are 11 minutes old. Too old to size trades by")
    assert "Sell" not in reply.text
    assert "Buy" not in (await ask("/allocate profit $5k", on)).text
    with pytest.raises(MarketUnavailable):
        await ask("/allocate check long ETH $500", on)


async def test_what_is_short_already_is_said_beside_the_leg_of_a_preset() -> None:
    held = Portfolio(HELD.holdings, (FuturesPosition("BTC", Side.SHORT, d("0.5"), "bybit", None, d(2)),))
    assert "$30,000 of BTC is short already" in (await ask("/allocate preservation", given(held))).text


async def test_what_the_catalogue_does_not_know_is_named_with_a_way_out() -> None:
    reply = await ask("/allocate balanced", given(Portfolio((Holding("ALL", d(100)), Holding("BTC", d(1))))))
    assert "Not in the catalogue, so small caps: ALL" in reply.text
    assert "/allocate bucket #ALL growth" in commands(reply)


async def test_coins_are_weighted_by_volatility_on_request() -> None:
    # ETH moves about 1.5 times as BTC: 60 % of the bucket in BTC is about 36,000, so it sells about 24,000
    reply = await ask("/allocate balanced by volatility")
    assert "• Sell 0.399 BTC ≈ $23,940" in plain_text(reply)


async def test_how_and_chart_tell_of_the_answer_that_was_given() -> None:
    on = given()
    await ask("/allocate balanced", on)
    kept = await on.answers.recall(ASKER, "k1")
    assert kept is not None
    assert "Foundation: 60 % × $100,000 − $90,000 = −$30,000" in explain(kept.plan_json).text
    picture = depict(kept.plan_json).picture
    assert isinstance(picture, Bars)
    assert picture.rows[0] == ("Foundation", d("0.9"), d("0.6"))
    assert draw(picture).startswith(b"\x89PNG")


async def test_presets_are_told_with_their_risk() -> None:
    text = plain_text(await ask("/allocate presets"))
    assert text.count("Risk: ") == 8
    assert "balanced: foundation 60, growth 25, small caps 10, small-cap futures 5" in text
    assert "bear: foundation 55, stables 25, small-cap futures 10, growth 10" in text
    assert "longbeta: BTC and ETH 30, layer 1 and DeFi 50, speculative 20" in text
    assert "60/25/10/5 is foundation, growth, small caps, small-cap futures; a fifth: stables" in text


async def test_a_profit_goes_half_and_half() -> None:
    # 2,500 in equal parts: 1,250 / 60,000 = 0.020; (1,250 + 50) / 3,000 = 0.433
    lines = plain_text(await ask("/allocate profit $5k")).splitlines()
    assert lines[0] == "$2,500 to stables, $2,500 to the foundation"
    assert lines[1:3] == ["• Buy 0.02 BTC ≈ $1,200", "• Buy 0.433 ETH ≈ $1,299"]


async def test_a_position_without_a_leverage_is_said_to_count_whole() -> None:
    # 4 * 3,000 = 12,000 of margin
    short = FuturesPosition("ETH", Side.SHORT, d(4))
    text = (await ask("/allocate", given(Portfolio(HELD.holdings, (short,))))).text
    assert (
        "Futures: $12,000 tied up (margin with its result), of it $12,000 counted with stables, notional $12,000"
        in text
    )
    preset = (await ask("/allocate preservation", given(Portfolio(HELD.holdings, (short,))))).text
    assert "of it $12,000 counted with short margin" in preset
    assert "⚠ No leverage recorded, so it counts as 1x: short ETH" in text


@pytest.mark.parametrize(
    ("line", "sentence", "offered"),
    [
        ("/allocate 60/25/10/10 $10k", "These sum to 105: 5 too many.", "/allocate 55/25/10/10 $10k"),
        ("/allocate 60/25/10", "These sum to 95: 5 too few.", "/allocate 60/25/10/0/5"),
        ("/allocate 110/-10", "A bucket holds nothing or more, so no percentage is negative.", "/allocate 60/25/10/5"),
        ("/allocate bulll $10k", 'I don\'t know "bulll". Did you mean bull?', "/allocate bull $10k"),
        ("/allocate bull bear", "/allocate bull or /allocate bear: one of them.", "/allocate bear"),
        (
            "/allocate bull by equal by volatility",
            "/allocate bull by equal or /allocate bull by volatility: one of them.",
            "/allocate bull by volatility",
        ),
        ("/allocate bull $0", "$0: it must be more than zero.", "/allocate bull $100k"),
        ("/allocate $10k", "By which preset or percentages?", "/allocate balanced $10000"),
        ("/allocate bull hedge=20%", "hedge= belongs to a preset with a short leg.", "/allocate symbiosis hedge=20%"),
        (
            "/allocate bull BTC",
            "Coins are named for an amount; what you hold is taken as it is.",
            "/allocate bull $10000 BTC",
        ),
        (
            "/allocate bucket SOL grwth",
            "A coin goes to foundation, growth, small or stables, or back with auto.",
            "/allocate bucket SOL growth",
        ),
        ("/allocate bucket 5% growth", '"5%" is no coin.', "/allocate bucket SOL growth"),
        ("/allocate bull check", "check comes first, right behind /allocate.", "/allocate check"),
        ("/allocate band", "A band is 0 to 50 points.", "/allocate band 5"),
        ("/allocate band 70", "A band is 0 to 50 points.", "/allocate band 5"),
        ("/allocate bear 50k by equal", "50k: dollars are written with $.", "/allocate bear $50k by equal"),
        ("/allocate bear -$50k by equal", "-$50k: it must be more than zero.", "/allocate bear $50k by equal"),
        ("/allocate profit 5000", "5000: dollars are written with $.", "/allocate profit $5000"),
        ("/allocate profit -$5k", "-$5k: it must be more than zero.", "/allocate profit $5k"),
        ("/allocate profit much", 'I don\'t know "much".', "/help allocate"),
        (
            "/allocate set $10k",
            "A target is a preset or percentages: its amount is what you hold.",
            "/allocate set bull",
        ),
    ],
)
async def test_a_mistake_comes_with_the_corrected_line(line: str, sentence: str, offered: str) -> None:
    problem = await problem_of(line)
    assert isinstance(problem, UserMistake)
    assert problem.sentence == sentence
    assert offered in [each.command for each in problem.suggestions]


async def test_an_empty_portfolio_leads_to_an_amount() -> None:
    problem = await problem_of("/allocate bull", given(None))
    assert isinstance(problem, NotPossible)
    assert problem.suggestions[0].command == "/allocate bull $10k"


async def test_stables_alone_and_one_coin_alone_are_answered() -> None:
    stables, bitcoin = Portfolio((Holding("USDT", d(1000)),)), Portfolio((Holding("BTC", d(1)),))
    assert "Stables: 100.0 points ($1,000) above target" in (await ask("/allocate balanced", given(stables))).text
    assert "Foundation: 40.0 points ($24,000) above target" in (await ask("/allocate balanced", given(bitcoin))).text


@pytest.mark.parametrize("words", ["", "bull", "overhang layer 1 $1234567", "longbeta"])
async def test_tables_fit_a_phone_and_nothing_odd_is_printed(words: str) -> None:
    text = (await ask(f"/allocate {words}")).text
    for table in re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL):
        assert max(len(row) for row in table.splitlines()) <= 30
    assert not re.search(r"\bnan\b|None|E[+-]\d|−\$?0\b(?!\.)", text)


async def test_every_example_is_answered() -> None:
    assert all([(await ask(line)).text for line in ALLOCATE.examples])
    assert replace(await ask(ALLOCATE.examples[0]), text="").failure is None
