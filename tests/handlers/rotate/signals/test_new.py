"""/rotate new: young perpetuals in a narrow table, a caution each, and what cannot be seen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chatbot.command import Audience, ChatKind, Services
from chatbot.core.errors import MarketUnavailable, Outage, UserMistake
from chatbot.core.markets import Snapshot
from chatbot.messenger import plain_text
from handlers.rotate.signals.new import answer
from tests.fakes import FakeMarket, call, services
from tests.handlers.rotate.signals.samples import commands, explained, problem_of, reads_well
from tests.samples import NOW, d, funding, perpetual, quote, snapshot

OLD = NOW - timedelta(days=900)


def listed(
    coin: str, days: int | None, volume: str = "20000000", rate: str = "0.0001", exchange: str = "binance", **parts: Any
) -> Snapshot:
    market = perpetual(coin, exchange=exchange, listed_at=None if days is None else NOW - timedelta(days=days))
    whole = snapshot(market, "2", funding=funding(rate), quote=quote(market, "2", volume_day_quote=d(volume)))
    return replace(whole, **parts)


def given(*snapshots: Snapshot, **changes: Any) -> Services:
    return services(FakeMarket(markets=[listed("BTC", 900), *snapshots], **changes))


async def test_the_most_traded_are_a_table_with_a_caution_each() -> None:
    asked = given(
        listed("AZT", 7, "18000000", "0.0006"),
        listed("MON", 60, "123000000"),
        listed("MON", 50, "1", exchange="bybit"),
        listed("TINY", 80, "400000"),
    )
    reply = await answer(call("/rotate new"), asked)
    # books are 0.1 % wide
    assert plain_text(reply).splitlines()[:8] == [
        "3 new coins with a perpetual in 90 days; most traded: MON, 60 days old",
        "     days $/day spr%   %/8h",
        "MON    60  123m 0.10 +0.010",
        "AZT     7   18m 0.10 +0.060",
        "TINY   80  400k 0.10 +0.010",
        "• MON, Binance, funding every 8h: no 90 days yet: what funding is usual is not known",
        "• AZT, Binance, funding every 8h: longs pay 65.7 % a year in funding",
        "• TINY, Binance, funding every 8h: thin, below $5,000,000 a day",
    ]
    assert commands(reply)[:3] == ["/rotate check MON", "/rotate check AZT", "/rotate check TINY"]
    assert reads_well(reply.text)


async def test_how_says_when_each_was_listed_and_where() -> None:
    asked = given(listed("AZT", 7), listed("AZT", 3, exchange="bybit"))
    await answer(call("/rotate new"), asked)
    # seven days before 20 November
    assert "AZT: AZT/USDT:USDT on Binance, listed 13 Nov 2026; on Binance, Bybit" in await explained(asked)


async def test_exchanges_without_dates_hide_what_is_new_there() -> None:
    asked = given(listed("AZT", 7), listed("AZT", None, exchange="okx"), listed("HID", None, exchange="okx"))
    text = plain_text(await answer(call("/rotate new"), asked))
    assert "No listing dates from OKX: what is new there alone is not seen" in text
    assert "no volatility yet (OKX lists it, too, since when is not told)" in text


async def test_new_contracts_of_older_coins_are_told_apart() -> None:
    asked = given(listed("BTC", 5, exchange="okx"))
    text = plain_text(await answer(call("/rotate new"), asked))
    assert text.splitlines()[0].startswith("No coin got its first perpetual in the last 90 days")
    assert "New contracts of coins with older ones: BTC in USDT on OKX." in text


async def test_a_book_that_did_not_come_leaves_the_spread_unknown() -> None:
    text = plain_text(await answer(call("/rotate new"), given(listed("AZT", 20, book=None))))
    assert "AZT    20    20m     ?  +0.010" in text


async def test_missing_exchanges_are_counted() -> None:
    asked = given(listed("AZT", 7), outages=(Outage("bybit", "timed out"),))
    reply = await answer(call("/rotate new", chat_kind=ChatKind.GROUP, chat_id=-5), asked)
    assert "⚠ 1 of 4 exchanges missing: Bybit" in plain_text(reply)
    assert reply.audience is Audience.ANYONE


async def test_many_are_told_in_part_and_fit_a_phone() -> None:
    many = [listed(f"COIN{at}XYZ", 9, str(10**11 + at)) for at in range(30)]
    reply = await answer(call("/rotate new"), given(*many))
    assert "10 more are traded less." in plain_text(reply)
    assert len(plain_text(reply)) < 4096
    assert reads_well(reply.text)


async def test_with_every_exchange_down_and_with_more_words_it_is_said() -> None:
    down = await problem_of(answer, "/rotate new", services(FakeMarket(is_down=True)))
    assert isinstance(down, MarketUnavailable)
    more = await problem_of(answer, "/rotate new FET", given())
    assert isinstance(more, UserMistake)
    assert [each.command for each in more.suggestions] == ["/rotate new"]


@pytest.mark.parametrize("rate", ["-0.0006", "0.04"])
async def test_funding_beyond_measure_is_said_from_the_side_that_pays(rate: str) -> None:
    text = plain_text(await answer(call("/rotate new"), given(listed("AZT", 20, rate=rate))))
    expected = {"-0.0006": "shorts pay 65.7 % a year in funding", "0.04": "funding that can hardly be right"}
    assert expected[rate] in text
