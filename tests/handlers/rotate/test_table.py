"""/rotate and /rotate ai: who leads, the phase, what is missing, what the asker holds, what is not understood."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from wcwidth import wcswidth

from chatbot.command import Audience, ChatKind, Quadrants, Reply, SectorEdit, Services
from chatbot.core.chats import ChatSettings
from chatbot.core.errors import MarketUnavailable, Outage, UserMistake
from chatbot.core.markets import Candles
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.rotation.table import SectorDetail, SectorTable
from chatbot.messenger import plain_text
from handlers import looking
from handlers.rotate import ROTATE, answer
from handlers.rotate.seeing import see
from tests.chatbot.core.rotation.samples import growing, priced
from tests.fakes import ASKER, FakeMarket, call, services
from tests.samples import NOW, d, funding, history, perpetual, snapshot

DAYS = 130
FLAT = [100.0] * DAYS
STOPPED = [*growing(DAYS - 7), *[growing(DAYS - 7)[-1]] * 7]
SLIDING = [*growing(DAYS - 7, -0.01), *(growing(DAYS - 7, -0.01)[-1] * 0.98**day for day in range(1, 8))]
# ai gains 1 % a day, layer 1 did up to a week ago, memes lose 1 % a day and 2 % in the last week; of WLD there are 13
# closes; bitcoin stands
CLOSES: Mapping[str, Sequence[float | None]] = {
    "BTC": FLAT,
    "TAO": growing(DAYS),
    "FET": growing(DAYS),
    "ETH": STOPPED,
    "SOL": STOPPED,
    "DOGE": SLIDING,
    "PEPE": SLIDING,
    "WLD": [*[None] * (DAYS - 13), *growing(13)],
    "LINK": FLAT,
}
GROUP: dict[str, Any] = {"chat_id": -5, "chat_kind": ChatKind.GROUP}
HOLDER = Portfolio(
    (Holding("ETH", d(10)), Holding("TAO", d(1)), Holding("DOGE", d(1)), Holding("SOL", d(2)), Holding("USDT", d(9))),
    (FuturesPosition("SOL", Side.SHORT, d(2)),),
)


def market(**changes: Any) -> FakeMarket:
    """Each coin with a perpetual on Binance at 0.01 % every 8 hours, of TAO at 0.05 %."""
    hot = history(perpetual("TAO", exchange="binance"), "0.0005", 280)
    markets = [snapshot(perpetual(coin, exchange="binance"), "100") for coin in CLOSES if coin != "TAO"]
    hottest = snapshot(perpetual("TAO", exchange="binance"), "100", funding=funding("0.0005"), history=hot)
    made: dict[str, Any] = {
        "prices": {},
        "markets": [*markets, hottest],
        "history": {coin: priced(closes, coin) for coin, closes in CLOSES.items()},
    }
    return FakeMarket(**(made | changes))


def given(portfolio: Portfolio | None = None, **changes: Any) -> Services:
    return services(market(**changes), portfolio)


async def ask(line: str, services: Services, **terms: Any) -> Reply:
    return await answer(call(line, **terms), services)


def lines(reply: Reply) -> list[str]:
    return plain_text(reply).splitlines()


# The table


async def test_a_line_of_nothing_that_can_be_seen_is_no_line() -> None:
    assert (await answer(call("/rotate \x00"), given())).text == (await answer(call("/rotate"), given())).text


async def test_who_leads_is_said_first_with_both_figures() -> None:
    # 1.01^30 - 1 = 34.8 %, 1.01^7 - 1 = 7.2 %
    reply = await ask("/rotate", given())
    assert lines(reply)[0] == "AI leads by 2 of its 8 coins: +34.8 % against bitcoin in 30 days, +7.2 % in 7"


async def test_the_table_has_a_row_for_each_ranked_sector_within_a_phones_width() -> None:
    # layer 1: 1.01^23 - 1 = 25.7 %, a week ago 34.8 %: -9.1 points; a close that stands a week is still above its mean
    # of 20 days. memes: 0.98^7 - 1 = -13.2 %, 0.99^23 * 0.98^7 - 1 = -31.1 %, a week ago 0.99^30 - 1 = -26.0 %.
    # 0.01 % per 8h is 10.95 % a year; of ai one coin has 0.05 % and two 0.01 %: mean 0.0233 %, 25.55 % a year
    text = (await ask("/rotate", given())).text
    table = text.split("<pre>")[1].split("</pre>")[0].splitlines()
    assert table == [
        "sector    7d 30d  chg  up APR",
        "ai      +7.2 +35  0.0 2/2 +26",
        "layer 1  0.0 +26 −9.1 2/2 +11",
        "memes    −13 −31 −5.1 0/2 +11",
    ]
    assert all(wcswidth(line) <= 30 for line in table)


async def test_before_the_details_there_are_at_most_twelve_lines() -> None:
    reply = await ask("/rotate", given(HOLDER, outages=[Outage("okx", "timeout")]))
    assert len(reply.text.split("<blockquote")[0].splitlines()) <= 14  # of which a row of the table may be two


async def test_the_phase_comes_with_its_signs() -> None:
    # Eight coins are too few for a share. Layer 1 and infrastructure: two of three gained 1 % a day for 23 days, a mean
    # of 0.6667 %: 1.006667^23 - 1 = 16.5 %, and nothing in a week; narratives lose, so in 7 days nobody beats bitcoin.
    # Funding: (7 x 0.01 + 0.05) / 8 coins = 0.015 % per 8h, which is warm
    text = plain_text(await ask("/rotate", given()))
    assert text.splitlines()[1] == "Phase of the cycle: unclear; nearest 2, layer 1 and infrastructure: 2 of 3 signs"
    assert "In 30 days against bitcoin: layer 1, 2 and infrastructure +16.5 %, narratives" in text
    assert "coins: mean +0.0150 % per 8h, +16 % a year: warm → 2 or 3" in text


async def test_left_out_members_and_unranked_sectors_are_named() -> None:
    text = plain_text(await ask("/rotate", given()))
    assert "Left out for short history: WLD (12 days)" in text
    assert "Not ranked, one coin is no sector: store of value (BTC), infrastructure (LINK)" in text
    assert "On no exchange here: BNB, POL, UNI, " in text


async def test_the_last_line_says_from_where_and_up_to_which_close() -> None:
    reply = await ask("/rotate", given())
    assert reply.text.endswith("<i>Binance spot, Binance, Bybit · closes to 20 Nov 00:00 UTC · rates · just now</i>")


async def test_old_closes_are_said_first() -> None:
    asked = replace(given(), now=lambda: NOW + timedelta(days=3))
    assert lines(await ask("/rotate", asked))[0].startswith("Closes 3 days old. AI leads")


# What is held


async def test_in_private_the_coins_in_losing_sectors_are_named() -> None:
    # SOL is held and short alike: nothing of it is left; dollars are in no sector
    reply = await ask("/rotate", given(HOLDER))
    # each with its own: 1.01^23 - 1 = 25.7 %, 0.99^23 * 0.98^7 - 1 = -31.1 %, 1.01^30 - 1 = 34.8 %
    assert "<b>Yours in weakening sectors:</b> ETH +25.7 % (layer 1)" in reply.text
    assert "<b>Yours in lagging sectors:</b> DOGE −31.1 % (memes)" in reply.text
    assert "Yours in ai (leading): TAO +34.8 %" in reply.text
    assert "Behind bitcoin" not in reply.text
    assert reply.audience is Audience.ASKER


async def test_in_a_group_nothing_is_said_of_anybodys_coins() -> None:
    reply = await ask("/rotate", given(HOLDER), **GROUP)
    assert "Yours" not in reply.text
    assert "None of your coins" not in reply.text
    assert reply.audience is Audience.ANYONE
    private = [button for row in reply.buttons for button in row if button.is_private]
    assert [(button.label, button.command) for button in private] == [("What I hold", "/rotate")]
    assert "Yours" not in (await ask("/rotate ai", given(HOLDER), **GROUP)).text


async def test_a_holder_of_what_leads_is_told_so() -> None:
    reply = await ask("/rotate", given(Portfolio((Holding("TAO", d(1)),))))
    assert "None of your coins is in a weakening or lagging sector." in reply.text


async def test_a_coin_that_falls_behind_within_a_sector_that_leads_is_named() -> None:
    slow = {**CLOSES, "FET": growing(DAYS, -0.01), "TAO": growing(DAYS, 0.03)}
    prices = {coin: priced(closes, coin) for coin, closes in slow.items()}
    reply = await ask("/rotate", given(Portfolio((Holding("FET", d(1)),)), history=prices))
    assert "None of your coins is in a weakening or lagging sector." in reply.text
    # 0.99^30 - 1 = -26.0 %, while ai gains 1 % a day
    assert "<b>Behind bitcoin all the same:</b> FET −26.0 % in 30 days" in reply.text


async def test_a_leader_of_few_coins_says_of_how_many() -> None:
    # of the eight of ai three are listed here, and WLD is too young
    found = lines(await ask("/rotate", given()))
    assert found[0] == "AI leads by 2 of its 8 coins: +34.8 % against bitcoin in 30 days, +7.2 % in 7"
    assert "In order of the mean of the places by 30d, 7d and chg" in found


async def test_a_holder_of_what_is_not_ranked_is_not_told_that_all_is_well() -> None:
    reply = await ask("/rotate", given(Portfolio((Holding("LINK", d(1)),))))
    assert "None of your coins is in a ranked sector." in reply.text
    assert "Yours in infrastructure (not ranked): LINK" in reply.text


async def test_a_smaller_coin_belongs_to_its_sector_of_the_catalogue_unless_it_was_taken_out() -> None:
    asked = given(Portfolio((Holding("KAITO", d(1)), Holding("QQQ", d(1)))))
    text = (await ask("/rotate", asked)).text
    assert "Yours in ai (leading): KAITO" in text
    assert "Yours in no sector: QQQ" in text
    await asked.settings.change(ASKER, 9, lambda chosen: replace(chosen, sectors=(SectorEdit("ai", (), ("KAITO",)),)))
    assert "Yours in no sector: KAITO, QQQ" in (await ask("/rotate", asked)).text


# One sector


async def test_one_sector_is_told_coin_by_coin() -> None:
    reply = await ask("/rotate ai", given(HOLDER))
    assert lines(reply)[:2] == [
        "AI: +34.8 % against bitcoin in 30 days, +7.2 % in 7",
        "Leading (strong and rising, 0.0 points in a week), place 1 of 3",
    ]
    rows = [line.split() for line in reply.text.split("<pre>")[1].split("</pre>")[0].splitlines()]
    assert ["TAO", "+7.2", "+35", "0.0", "yes", "+55"] in rows
    assert ["WLD", "+7.2", "–", "–", "–", "+11"] in rows
    assert "<b>Yours:</b> TAO" in reply.text
    assert "Crowded longs: TAO +0.0500 % per 8h on Binance" in reply.text
    assert "Left out of the sector: WLD (12 days)" in reply.text


@pytest.mark.parametrize(
    "line", ["/rotate AI", "/rotate  the ai", "/rotate Layer 1", "/rotate l1", "/rotate meme", "/rotate store"]
)
async def test_sectors_are_named_in_many_ways(line: str) -> None:
    assert isinstance((await ask(line, given())).plan, SectorDetail)


async def test_one_coin_is_said_to_be_no_sector() -> None:
    reply = await ask("/rotate infrastructure", given())
    assert lines(reply)[1] == "One coin is no sector: this is the strength of LINK, not ranked"


async def test_a_sector_that_is_listed_nowhere_is_said_to_be_so() -> None:
    reply = await ask("/rotate social", given())
    assert lines(reply)[0] == "Social: no exchange here lists its coins"
    assert "On no exchange here: CHZ, MASK, BAT, CYBER, ID" in reply.text


# How and Chart


async def test_how_shows_the_arithmetic_with_the_answers_own_figures() -> None:
    asked = given()
    await ask("/rotate", asked)
    assert ROTATE.explain is not None
    text = plain_text(ROTATE.explain((await kept(asked)).plan_json))
    assert "ai, 30 days: (1 + 34.8 %) ÷ (1 + 0.0 %) − 1 = +34.8 %" in text
    assert "Phases: 1 bitcoin leads, 2 layer 1 and infrastructure, 3 narratives, 4 back to majors." in text


@pytest.mark.parametrize(("line", "names"), [("/rotate", ["ai", "layer 1", "memes"]), ("/rotate ai", ["TAO", "FET"])])
async def test_chart_draws_each_with_its_trail(line: str, names: list[str]) -> None:
    asked = given()
    await ask(line, asked)
    assert ROTATE.depict is not None
    picture = ROTATE.depict((await kept(asked)).plan_json).picture
    assert isinstance(picture, Quadrants)
    assert [trail.label for trail in picture.trails] == names
    assert [len(trail.points) for trail in picture.trails] == [5] * len(names)
    assert len(picture.caption) <= 1024


async def kept(asked: Services) -> Any:
    return await asked.answers.recall(ASKER, "k1")


# What is missing


class Slow(FakeMarket):
    """Never tells the candles of TAO."""

    async def daily_candles(self, coin: str) -> Candles:
        if coin == "TAO":
            await asyncio.sleep(60)
        return await super().daily_candles(coin)


async def test_what_did_not_come_in_time_is_said_and_the_rest_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PATIENCE_S", 0.05)
    whole = market()
    reply = await ask("/rotate", services(Slow(whole.prices, whole.markets, whole.history)))
    assert "⚠ Prices of 1 coin did not come yet; ask again" in reply.text
    assert "Prices did not come yet: TAO" in reply.text
    assert lines(reply)[0].startswith("So far: Layer 1 leads")


async def test_an_exchange_that_is_down_is_counted() -> None:
    reply = await ask("/rotate", given(outages=[Outage("okx", "timeout")]))
    assert "⚠ 1 of 4 exchanges missing: OKX" in reply.text


async def test_without_rates_strength_is_still_told() -> None:
    silent = [replace(each, funding=None) for each in market().markets]
    reply = await ask("/rotate", given(markets=silent))
    assert "ai      +7.2 +35  0.0 2/2   –" in reply.text


async def test_without_any_exchange_there_is_no_answer() -> None:
    with pytest.raises(MarketUnavailable, match="No exchange can be reached"):
        await ask("/rotate", given(is_down=True))


async def test_without_bitcoin_there_is_no_answer_but_a_reason() -> None:
    without = {coin: candles for coin, candles in market().history.items() if coin != "BTC"}
    with pytest.raises(MarketUnavailable, match="Bitcoin's daily prices did not come"):
        await ask("/rotate", given(history=without))


async def test_prices_of_bitcoin_and_what_is_asked_for_are_asked_first() -> None:
    asked: list[str] = []

    class Watched(FakeMarket):
        async def daily_candles(self, coin: str) -> Candles:
            asked.append(coin)
            return await super().daily_candles(coin)

    whole = market()
    seen = await see(
        {"ai": ("TAO", "FET"), "memes": ("DOGE",)},
        services(Watched(whole.prices, whole.markets, whole.history)),
        also=("SOL", "USDT", "NOWHERE"),
    )
    assert asked == ["BTC", "SOL", "TAO", "DOGE", "FET"]
    assert seen.coins_unlisted == ("NOWHERE",)
    assert seen.coins_missing == ()


# What is not understood


@pytest.mark.parametrize(
    ("line", "sentence", "command"),
    [
        ("/rotate memez", "Did you mean memes", "/rotate memes"),
        ("/rotate exit", "Did you mean exits", "/rotate exits"),
        ("/rotate gamming", "Did you mean gaming", "/rotate gaming"),
        ("/rotate ia", "Did you mean ai", "/rotate ai"),
        ("/rotate chekc FET", "Did you mean check", "/rotate check FET"),
        ("/rotate tset weekly", "Did you mean test", "/rotate test weekly"),
        ("/rotate sectors ia", 'no sector "ia"', "/rotate sectors ai"),
    ],
)
async def test_an_unknown_word_is_named_with_the_nearest(line: str, sentence: str, command: str) -> None:
    with pytest.raises(UserMistake, match=sentence) as caught:
        await ask(line, given())
    assert caught.value.suggestions[0].command == command
    commands = [each.command for each in caught.value.suggestions]
    assert len(set(commands)) == len(commands)


async def test_a_sector_of_ones_own_is_ranked_too() -> None:
    asked = given()
    await asked.settings.change(ASKER, 9, lambda _: ChatSettings(sectors=(SectorEdit("my picks", ("TAO", "ETH")),)))
    plan = (await ask("/rotate", asked)).plan
    assert isinstance(plan, SectorTable)
    assert "my picks" in [row.standing.sector for row in plan.ranked]


async def test_a_sector_of_young_coins_says_why_it_has_no_strength() -> None:
    asked = given()
    await asked.settings.change(ASKER, 1, lambda _: ChatSettings(sectors=(SectorEdit("young", ("WLD",)),)))
    found = lines(await ask("/rotate young", asked))
    assert found[0] == "Young: strength not known, none of its coins has 30 days of prices up to now"
    assert "Left out of the sector: WLD (12 days)" in found
