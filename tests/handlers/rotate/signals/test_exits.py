"""/rotate exits: both halves with their numbers, what is missing by name, and nothing of holdings in a group."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Audience, ChatKind
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, UserMistake
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.rotate import sectors
from handlers.rotate.signals import check
from handlers.rotate.signals.exits import answer
from tests.chatbot.core.rotation.samples import priced
from tests.fakes import call, spot_price
from tests.handlers.rotate.signals.samples import (
    CLOSES,
    commands,
    explained,
    given,
    market,
    on,
    problem_of,
    reads_well,
    told,
)
from tests.samples import NOW, d, history, snapshot

HELD = Portfolio(
    (Holding("FET", d(100)), Holding("USDT", d(500))),
    (FuturesPosition("TAO", Side.LONG, d(2)), FuturesPosition("RENDER", Side.SHORT, d(5))),
)


async def test_what_is_held_long_is_judged_and_each_half_is_shown() -> None:
    reply = await answer(call("/rotate exits"), given(HELD))
    lines = plain_text(reply).splitlines()
    # 0.04 % every 8 hours is above 0.03 %; the price is 10 % below its high; TAO is at a new high
    assert lines[:5] == [
        "1 of your 2 coins signals an exit: FET",
        "         %/8h  14d %  median",
        "FET  +0.0400!    +2!     +15",
        "TAO  +0.0100    +15      +15",
        "! that half holds: longs crowded, price stalled. Both: an exit signal",
    ]
    assert "ai: 1 of 3 signal (crowded 1 of 3, stalled 2 of 3)" in lines
    assert (
        "FET funding: longs crowded, +0.0400 % per 8h over 7 days on Binance. Price: stalled, −10.0 % from its 20-day "
        "high; 14 days +2.4 %, usually +14.9 % (median of 90)"
    ) in lines
    assert lines[-3].startswith("Binance spot, Binance, Bybit, OKX, Gate · closes of 19 Nov · just now")
    assert reply.audience is Audience.ASKER
    assert commands(reply)[:2] == ["/hedge FET 25%", "/rotate exits ai"]
    assert reads_well(reply.text)


async def test_funding_that_is_high_for_its_coin_alone_is_said_to_be_low() -> None:
    calm = told("FET", "0.00001")
    assert calm.history is not None
    *rest, last = [calm.history.settlements[:-20], calm.history.settlements[-20:]]
    risen = (*rest[0], *(replace(each, rate_per_interval=d("0.00007")) for each in last))
    asked = given(HELD, markets=[told("BTC"), replace(calm, history=replace(calm.history, settlements=risen))])
    text = plain_text(await answer(call("/rotate exits FET"), asked))
    # 20 of the last 21 settlements at 0.007 %, one at 0.001 %: 0.141 / 21 = 0.0067 %
    assert "longs crowded for FET, though the rate is low: +0.0067 % per 8h over 7 days on Binance, in the top" in text
    assert (
        "! that half holds: longs crowded (FET: high for that coin alone), price stalled. Both: an exit signal" in text
    )
    checked = plain_text(await check.answer(call("/rotate check FET"), asked))
    assert "✗ Funding: longs crowded for FET, though the rate is low: +0.0067 % per 8h" in checked


async def test_of_one_coin_that_is_named_its_check_is_a_tap_away_and_rows_fit_a_phone() -> None:
    reply = await answer(call("/rotate exits FET"), given(HELD))
    assert "/rotate check FET" in commands(reply)
    for line in ("/rotate exits FET", "/rotate exits", "/rotate exits ai"):
        rows = (await answer(call(line), given(HELD))).buttons
        assert all(len(row) < 3 or max(len(button.label) for button in row) <= 10 for row in rows)


async def test_how_shows_the_rule_and_the_figures() -> None:
    asked = given(HELD)
    await answer(call("/rotate exits"), asked)
    text = await explained(asked)
    assert "settled 7-day mean from 0.03 % per 8h on" in text
    assert "(median of 90) → signals" in text
    assert "at a new high, +1.0 % from its 20-day high" in text


async def test_named_coins_and_sectors_are_public() -> None:
    reply = await answer(call("/rotate exits fet and AI", chat_kind=ChatKind.GROUP, chat_id=-5), given(HELD))
    assert reply.audience is Audience.ANYONE
    # of the eight of the catalogue three are listed here
    assert plain_text(reply).splitlines()[0] == "1 of 8 coins signals an exit: FET, 5 not known"
    assert "Not known: WLD, VIRTUAL, AGIX, OCEAN, AI16Z (not listed here)" in plain_text(reply)
    assert not [line for line in commands(reply) if line.startswith("/hedge")]
    assert reads_well(reply.text)


async def test_one_half_alone_is_no_exit() -> None:
    reply = await answer(call("/rotate exits RENDER"), given())
    lines = plain_text(reply).splitlines()
    assert lines[0] == "No exit signal in RENDER"
    assert lines[2].split() == ["RENDER", "+0.0100", "+2!", "+15"]


async def test_a_sector_name_of_two_words_and_a_forced_coin_are_understood() -> None:
    asked = given(markets=[told("BTC"), replace(told("FET"), instrument=told("FET").instrument)])
    reply = await answer(call("/rotate exits store of value"), asked)
    assert plain_text(reply).splitlines()[0] == "No exit signal in 1 of 5 coins, 4 not known"
    assert "FET" in (await answer(call("/rotate exits #FET"), asked)).text


async def test_profits_of_three_hundred_percent_are_named_and_split_with_a_tap() -> None:
    # 1 -> 4 in 30 days; 100 coins at $4 = $400, of which 400 * (1 - 1/4) = $300 were gained
    asked = given(
        Portfolio((Holding("FET", d(60)),), (FuturesPosition("FET", Side.LONG, d(40)),)),
        history=dict(market().history) | {"FET": priced([1.0] * 90 + [4.0] * 30)},
        prices={"FET": spot_price("FET", "4")},
    )
    reply = await answer(call("/rotate exits"), asked)
    assert "Profit-taking: FET +300 % in 30 days; 100 FET gained ≈ $300.00 if held so long" in plain_text(reply)
    assert "/allocate profit $300" in commands(reply)
    assert "Gain of 100 FET = value now × (1 − 1 ÷ 4) = $300.00" in await explained(asked)


async def test_old_prices_make_no_amount() -> None:
    asked = given(
        Portfolio((Holding("FET", d(60)),)),
        history=dict(market().history) | {"FET": priced([1.0] * 90 + [4.0] * 30)},
        prices={"FET": spot_price("FET", "4", NOW - timedelta(minutes=11))},
    )
    reply = await answer(call("/rotate exits"), asked)
    assert "Profit-taking: FET +300 % in 30 days\n" in plain_text(reply)
    assert not [line for line in commands(reply) if line.startswith("/allocate")]


async def test_in_a_group_nobody_learns_what_is_held() -> None:
    reply = await answer(call("/rotate exits", chat_kind=ChatKind.GROUP, chat_id=-5), given(HELD))
    assert (reply.audience, reply.text) == (Audience.ASKER, "This is about what you hold.")
    rich = given(
        Portfolio((Holding("FET", d(60)),)), history=dict(market().history) | {"FET": priced([1.0] * 90 + [4.0] * 30)}
    )
    public = await answer(call("/rotate exits FET", chat_kind=ChatKind.GROUP, chat_id=-5), rich)
    assert "Profit-taking: FET +300 % in 30 days\n" in plain_text(public)
    assert public.audience is Audience.ANYONE


@pytest.mark.parametrize(
    ("portfolio", "sentence"),
    [
        (None, "Your portfolio is empty, so there is nothing to leave."),
        (Portfolio((Holding("USDT", d(5)),)), "You hold no coin and no long position, so there is nothing to leave."),
        (
            Portfolio((), (FuturesPosition("FET", Side.SHORT, d(5)),)),
            "You hold no coin and no long position, so there is nothing to leave.",
        ),
    ],
)
async def test_with_nothing_long_there_is_a_way_on(portfolio: Portfolio | None, sentence: str) -> None:
    problem = await problem_of(answer, "/rotate exits", given(portfolio))
    assert isinstance(problem, NotPossible)
    assert problem.sentence.startswith(sentence)
    assert problem.suggestions[0].command == "/rotate exits ai"


@pytest.mark.parametrize(
    ("line", "sentence", "suggested"),
    [
        ("/rotate exits FTE TAO", '"FTE" is no coin that is listed here, and no sector.', "/rotate exits FET TAO"),
        ("/rotate exits memez", '"memez" is no coin that is listed here, and no sector.', "/rotate exits memes"),
        ("/rotate exits qqq", '"qqq" is no coin that is listed here, and no sector.', "/help rotate"),
        ("/rotate exits USDT FET", "USDT is a stablecoin: no signal is read from it.", "/rotate exits FET"),
    ],
)
async def test_what_is_not_understood_comes_with_the_nearest(line: str, sentence: str, suggested: str) -> None:
    problem = await problem_of(answer, line, given())
    assert isinstance(problem, UserMistake)
    assert problem.sentence == sentence
    assert suggested in [each.command for each in problem.suggestions]


async def test_a_coin_without_a_contract_or_without_prices_is_told_in_part() -> None:
    seen = market().history
    asked = given(
        markets=[told("BTC"), told("FET", "0.0004")],
        history={coin: candles for coin, candles in seen.items() if coin != "FET"},
    )
    text = plain_text(await answer(call("/rotate exits FET RENDER"), asked))
    assert text.splitlines()[0] == "Not known whether there is an exit signal in 2 coins"
    assert "FET    +0.0400!    ?       ?" in text
    assert "Not known: FET (price: no daily prices came)" in text
    assert "Not known: RENDER (funding: no linear perpetual)" in text


async def test_an_exchange_that_is_down_in_the_middle_leaves_the_rest() -> None:
    asked = given(
        markets=[told("BTC"), replace(told("FET", "0.0004"), history=None)],
        outages=(Outage("okx", "timed out"),),
    )
    text = plain_text(await answer(call("/rotate exits FET"), asked))
    assert "Not known: FET (funding: its exchange did not answer in time)" in text
    assert "⚠ 1 of 4 exchanges missing: OKX" in text
    assert "stalled, −10.0 % from its 20-day high" in text


async def test_where_the_exchange_of_most_trades_is_silent_another_one_tells() -> None:
    other = on("FET", "bybit")
    silent = replace(told("FET", "0.0004"), history=None)
    second = replace(snapshot(other, "1"), history=history(other, "0.0004", 280))
    asked = given(markets=[told("BTC"), silent, second])
    assert "longs crowded, +0.0400 % per 8h over 7 days on Bybit" in plain_text(
        await answer(call("/rotate exits FET"), asked)
    )


async def test_with_every_exchange_down_it_is_said() -> None:
    problem = await problem_of(answer, "/rotate exits FET", given(is_down=True))
    assert isinstance(problem, MarketUnavailable)


async def test_more_coins_than_can_be_asked_for_at_once_are_named() -> None:
    many = [f"C{at}" for at in range(45)]
    asked = given(
        Portfolio(tuple(Holding(coin, d(1)) for coin in many)),
        prices={coin: spot_price(coin, "1") for coin in many},
        history={coin: priced(CLOSES["TAO"], coin) for coin in (*many, "BTC")},
    )
    reply = await answer(call("/rotate exits"), asked)
    assert "Not looked at, too many at once: C40, C41, C42, C43, C44" in plain_text(reply)


async def test_many_coins_fit_into_one_message() -> None:
    many = [f"COIN{at}" for at in range(40)]
    coins = {coin: replace(told("FET", "0.0004"), instrument=on(coin)) for coin in many}
    asked = given(
        Portfolio(tuple(Holding(coin, d(1)) for coin in many)),
        markets=list(coins.values()),
        prices={coin: spot_price(coin, "1") for coin in many},
        history={coin: priced(CLOSES["FET"], coin) for coin in (*many, "BTC")},
    )
    reply = await answer(call("/rotate exits"), asked)
    assert reply.text.startswith("<b>40 of your 40 coins signal an exit: COIN0, COIN1, COIN2 and 37 more")
    assert len(plain_text(reply)) < 4096
    assert reads_well(reply.text)
    assert len(await explained(asked)) < 4096


async def test_a_sector_of_ones_own_is_looked_at() -> None:
    asked = given()
    await sectors.answer(call("/rotate sectors picks add FET"), asked)
    text = plain_text(await answer(call("/rotate exits picks", update_id=2), asked))
    assert "picks: 1 of 1 signal" in text
