"""/rotate check: ticks and crosses with their numbers, answers carried in the line and kept with the plan."""

from dataclasses import replace
from typing import Any

import pytest

from chatbot.command import Audience, ChatKind, Services
from chatbot.core.errors import MarketUnavailable, Outage, UserMistake
from chatbot.core.portfolio import Holding, Portfolio
from chatbot.messenger import plain_text
from handlers.rotate import sectors
from handlers.rotate.signals.check import answer
from tests.chatbot.core.rotation.samples import growing, priced
from tests.fakes import ASKER, call
from tests.handlers.rotate.signals.samples import commands, explained, given, market, on, problem_of, reads_well, told
from tests.samples import book, d, perpetual, quote

# Bitcoin stands still. FET fell by half and has been rising for eight days, TAO falls all the time.
BITCOIN = priced([100.0] * 120, "BTC")
FALLEN = [200.0] * 97 + [100.0 - at / 10 for at in range(15)] + [100.0 + 4 * at for at in range(8)]
FALLING = growing(120, -0.005)


def turning(**changes: Any) -> Services:
    fet = perpetual("FET", exchange="binance")
    deep = replace(told("FET"), book=book(fet, "2", "10000"), quote=quote(fet, "2", volume_day_quote=d(50_000_000)))
    made: dict[str, Any] = {
        "markets": [told("BTC"), deep, told("TAO")],
        "history": {"BTC": BITCOIN, "FET": priced(FALLEN), "TAO": priced(FALLING, "TAO")},
    }
    return given(**(made | changes))


async def test_a_coin_is_checked_by_its_sector_its_funding_and_its_market() -> None:
    reply = await answer(call("/rotate check FET"), turning())
    lines = plain_text(reply).splitlines()
    assert lines.pop(0) == "FET: an entry by the rule, all four signs hold"
    assert lines[0] == "4 of 4 entry signs hold, narrative 1 of 4 (3 for you to answer)"
    assert lines[1].startswith("✓ Quadrant: ai improving, 30 days −")
    # FET rose above its 20-day mean; TAO is below it as it was
    assert lines[2] == "✓ Breadth: 1 of 2 above their 20-day mean, 0 of 2 a week ago"
    assert lines[3] == "✓ Funding: not crowded, +0.0100 % per 8h over 7 days on Binance"
    # 5,000 coins at 2 * 1.0005; 10,000 of 50m are 0.02 %
    assert lines[4] == "✓ Liquidity: $10,000 costs 0.05 % in the visible book on Binance, 0.02 % of $50m a day"
    # half of 10,000; LP = 5,000 / (5,000 * 0.9945) = 1.0055
    assert lines[5] == "First leverage 2x: $5,000 margin, liquidated at 1.01 (−49.7 %)"
    # 1,000 coins a day: a week at 104, 108 ... 128 (116 on average) after 14 days at 200, 15 from 100 down to 98.6
    # (1,489.5 in all) and one at 100: 4,389.5 / 30 = 146.3; 116 / 146.3 - 1 = -20.7 %
    assert lines[7:11] == [
        "? Technology ready",
        "? Ecosystem growing",
        "? Real interest (traded value, 7 days against the 30 before: −21 %)",
        "✓ Liquidity, by the data above",
    ]
    assert "By itself: FET improving" in plain_text(reply)
    assert reads_well(reply.text)


async def test_questions_are_asked_by_buttons_that_carry_the_answers() -> None:
    reply = await answer(call("/rotate check FET $5k technology=yes eco=no"), turning())
    assert plain_text(reply).splitlines()[1].endswith("narrative 2 of 4 (1 for you to answer)")
    assert commands(reply)[:4] == [
        "/rotate check FET $5000 tech=no ecosystem=no",
        "/rotate check FET $5000 tech=yes ecosystem=yes",
        "/rotate check FET $5000 tech=yes ecosystem=no interest=yes",
        "/rotate check FET $5000 tech=yes ecosystem=no interest=no",
    ]
    assert "/allocate check long FET $5000 2x" in commands(reply)
    assert all(len(row) < 3 or max(len(button.label) for button in row) <= 10 for row in reply.buttons)
    for line in commands(reply)[:4]:
        assert (await answer(call(line), turning())).failure is None


async def test_answers_are_kept_with_the_plan() -> None:
    asked = turning()
    await answer(call("/rotate check FET tech=yes interest=no"), asked)
    kept = await asked.answers.recall(ASKER, "k1")
    assert kept is not None
    assert kept.line == "/rotate check FET tech=yes interest=no"
    assert "Your answers: Technology ready: yes, Real interest: no" in await explained(asked)


async def test_a_sector_is_checked_by_most_of_its_members() -> None:
    reply = await answer(call("/rotate check AI", chat_kind=ChatKind.GROUP, chat_id=-5), turning())
    text = plain_text(reply)
    assert text.splitlines()[:2] == [
        "ai: an entry by the rule, all four signs hold",
        "4 of 4 entry signs hold, narrative 1 of 4 (3 for you to answer)",
    ]
    assert "✓ Funding: longs not crowded in 2 of 2 coins, 6 not known" in text
    # RENDER has a price of its own and no perpetual here; the others of the catalogue are not listed
    assert "WLD funding: not known, not listed here. Liquidity: not known, not listed here" in text
    assert reply.audience is Audience.ANYONE
    assert "/rotate exits ai" in commands(reply)


async def test_a_large_sector_fits_into_one_message() -> None:
    many = [f"COIN{at}" for at in range(20)]
    asked = turning(
        markets=[told("BTC"), *(replace(told("FET", "0.0004"), instrument=on(coin)) for coin in many)],
        history={"BTC": BITCOIN, **{coin: priced(FALLEN, coin) for coin in many}},
    )
    await sectors.answer(call(f"/rotate sectors mine add {' '.join(many)}"), asked)
    reply = await answer(call("/rotate check mine", update_id=2), asked)
    assert "✗ Funding: longs not crowded in 0 of 20 coins" in plain_text(reply)
    assert "12 more members are counted above." in plain_text(reply)
    assert len(plain_text(reply)) < 4096


async def test_crowded_longs_and_a_thin_market_are_crosses() -> None:
    fet = perpetual("FET", exchange="binance")
    thin = replace(told("FET", "0.0004"), book=book(fet, "2", "10"), quote=quote(fet, "2", volume_day_quote=d(100_000)))
    text = plain_text(await answer(call("/rotate check FET"), turning(markets=[told("BTC"), thin])))
    assert "✗ Funding: longs crowded, +0.0400 % per 8h over 7 days on Binance" in text
    # 10,000 of 100,000
    assert "✗ Liquidity: $10,000 is more than the visible book shows on Binance, 10 % of $100k a day" in text
    assert "✗ Liquidity, by the data above" in text
    assert text.splitlines()[0] == "FET: no entry: longs crowded; too little liquidity"


async def test_a_quadrant_that_is_none_of_an_entry_says_from_which_one_it_is() -> None:
    # 1 % a day all along: strong, and as strong as a week ago
    rising = {"BTC": BITCOIN, "FET": priced(growing(120)), "TAO": priced(growing(120), "TAO")}
    text = plain_text(await answer(call("/rotate check FET"), turning(history=rising)))
    assert text.splitlines()[0] == "FET: no entry: ai is leading, not improving; breadth not rising"
    assert (
        "✗ Quadrant: ai leading, 30 days +34.8 % against BTC, 0.0 points in a week; an entry is from improving" in text
    )


async def test_a_coin_of_no_sector_is_judged_by_itself() -> None:
    asked = turning(
        markets=[told("BTC"), replace(told("FET"), instrument=perpetual("ODD"), quote=quote(perpetual("ODD"), "2"))],
        history={"BTC": BITCOIN, "ODD": priced(FALLEN, "ODD")},
    )
    text = plain_text(await answer(call("/rotate check ODD"), asked))
    assert "✓ Quadrant: ODD improving" in text
    assert "? Breadth: not known, it belongs to no sector" in text
    assert "ODD belongs to no sector: its own strength is judged." in text


async def test_what_did_not_come_is_a_question_mark_and_named() -> None:
    seen = market()
    asked = turning(
        markets=[told("BTC"), replace(told("FET"), history=None, book=None, tiers=None)],
        history={"FET": seen.history["FET"]},  # not even of bitcoin
        outages=(Outage("okx", "timed out"),),
    )
    text = plain_text(await answer(call("/rotate check FET"), asked))
    assert text.splitlines()[0] == (
        "FET: entry not known, nothing against it: quadrant, breadth, funding, liquidity not known"
    )
    assert text.splitlines()[1].startswith("0 of 4 entry signs hold (4 not known)")
    assert "? Quadrant: not known, daily prices are missing" in text
    assert "? Funding: not known, its exchange did not answer in time" in text
    assert "? Liquidity: $10,000 (the book did not come) on Binance" in text
    assert "First leverage 2x: $5,000 margin\n" in text
    assert "⚠ 1 of 4 exchanges missing: OKX" in text


async def test_a_coin_without_a_contract_is_told_in_part() -> None:
    text = plain_text(await answer(call("/rotate check RENDER"), turning()))
    assert "? Funding: not known, no linear perpetual" in text
    assert "? Liquidity: not known, no linear perpetual" in text


async def test_with_every_exchange_down_it_is_said() -> None:
    assert isinstance(await problem_of(answer, "/rotate check FET", given(is_down=True)), MarketUnavailable)


async def test_what_is_held_plays_no_part() -> None:
    reply = await answer(call("/rotate check FET"), turning(portfolio=Portfolio((Holding("FET", d(5)),))))
    assert reply.text == (await answer(call("/rotate check FET"), turning())).text


@pytest.mark.parametrize(
    ("line", "sentence", "suggested"),
    [
        ("/rotate check", "Which coin or sector?", "/rotate check FET"),
        ("/rotate check FET TAO", "One coin or sector at a time, for one amount.", "/rotate check TAO"),
        ("/rotate check FET $5k $6k", "One coin or sector at a time, for one amount.", "/rotate check FET"),
        ("/rotate check FTE tech=yes", '"FTE" is no coin that is listed here', "/rotate check FET tech=yes"),
        ("/rotate check FET tech=maybe", "tech= is answered by yes or no.", "/rotate check FET tech=no"),
        ("/rotate check FET tehc=yes", 'I don\'t know "tehc=".', "/rotate check FET tech=yes"),
        ("/rotate check FET liquidity=yes", "Liquidity is answered by data.", "/rotate check FET"),
        ("/rotate check FET $0", "$0: it must be more than zero.", None),
    ],
)
async def test_what_is_not_understood_comes_with_the_nearest(line: str, sentence: str, suggested: str | None) -> None:
    problem = await problem_of(answer, line, turning())
    assert isinstance(problem, UserMistake)
    assert problem.sentence.startswith(sentence)
    assert suggested is None or suggested in [each.command for each in problem.suggestions]


async def test_bitcoin_is_not_measured_against_itself() -> None:
    text = plain_text(await answer(call("/rotate check BTC"), turning()))
    lines = text.splitlines()
    assert lines.pop(0).startswith("BTC: ")
    assert "of 4 entry signs hold (2 not known)" in lines[0]
    assert lines[1] == "? Quadrant: not known, BTC is what strength is measured against"
    assert lines[2] == "? Breadth: not known, one coin has none"
    assert "By itself" not in text


async def test_a_sector_is_known_by_its_short_name() -> None:
    full, short = [await answer(call(f"/rotate check {name}"), turning()) for name in ("memes", "meme")]
    assert plain_text(short).splitlines()[0] == plain_text(full).splitlines()[0]
