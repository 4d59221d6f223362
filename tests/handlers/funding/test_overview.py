"""/funding and /funding map: extremes of all coins, what changed, and the picture of coins by exchanges."""

from datetime import timedelta

import pytest
from wcwidth import wcswidth

from chatbot.command import ChatKind, HeatMap
from chatbot.core.alerts.overview import OverviewPlan
from chatbot.core.charges import LastCharge
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.portfolio import Holding, Portfolio
from tests.fakes import ASKER, FakeCharges, FakePortfolios
from tests.handlers.funding.samples import ask, asked, at, commands, explained, lines
from tests.samples import NOW, d

HOUR = timedelta(hours=1)
ALL = (
    at("binance", "0.0001"),
    at("bybit", "0.0008", coin="PEPE", price="0.00001", symbol="1000PEPE/USDT:USDT", price_unit=d(1000)),
    at("binance", "0.0006", coin="PEPE", price="0.00001"),
    at("okx", "-0.0006", 4, coin="ALICE"),
    at("gate", "-0.0009", coin="TINY", volume="900000"),
    at("gate", "0.02", None, coin="NOBODY"),
    at("bybit", "0.04", coin="WILD"),
)


async def test_the_first_line_is_the_most_extreme_of_all() -> None:
    # -0.06 % every 4 h is -0.12 % per 8 h
    assert lines(await ask("/funding", asked(*ALL)))[0] == "Most extreme: ALICE, shorts pay 0.1200 % per 8h on OKX"


async def test_each_coin_has_one_line_whatever_its_exchanges_call_it() -> None:
    told = [line.split() for line in lines(await ask("/funding", asked(*ALL)))]
    assert ["PEPE", "Bybit", "+0.0800", "8h"] in told
    assert ["BTC", "Binance", "+0.0100", "8h"] in told
    assert ["ALICE", "OKX", "−0.1200", "4h"] in told
    assert sum("PEPE" in words for words in told) == 1


async def test_little_volume_unknown_intervals_and_what_can_hardly_be_are_counted_and_not_listed() -> None:
    reply = await ask("/funding", asked(*ALL))
    assert isinstance(reply.plan, OverviewPlan)
    assert (reply.plan.markets, reply.plan.left_out) == (4, 3)
    assert not any(coin in reply.text for coin in ("TINY", "NOBODY", "WILD"))


async def test_flips_and_new_intervals_since_the_last_settlement_have_a_line_each() -> None:
    given = asked(*ALL)
    assert isinstance(given.charges, FakeCharges)
    coming = NOW + 4 * HOUR
    given.charges.charges = {
        ("binance", "BTC/USDT:USDT"): LastCharge(
            coming, d("0.0001"), 8 * HOUR, coming - 8 * HOUR, d("-0.0002"), 8 * HOUR
        ),
        ("okx", "ALICE/USDT:USDT"): LastCharge(
            coming, d("-0.0006"), 4 * HOUR, coming - 8 * HOUR, d("-0.0006"), 8 * HOUR
        ),
    }
    told = lines(await ask("/funding", given))
    assert "Flipped, longs pay now: BTC on Binance −0.0200 % → +0.0100 % per 8h" in told
    assert "New interval: ALICE on OKX, 8h → 4h" in told


async def test_the_boards_themselves_tell_of_a_charge_that_was_made_since_the_watcher_looked() -> None:
    given = asked(*ALL)
    assert isinstance(given.charges, FakeCharges)
    made = NOW - 4 * HOUR  # it was to come, at -0.02 %, and is past
    given.charges.charges = {("binance", "BTC/USDT:USDT"): LastCharge(made, d("-0.0002"), 8 * HOUR)}
    assert "Flipped, longs pay now: BTC on Binance −0.0200 % → +0.0100 % per 8h" in lines(await ask("/funding", given))


async def test_missing_exchanges_are_counted() -> None:
    given = asked(*ALL, outages=[Outage("okx", "refused")])
    assert "⚠ 1 of 4 exchanges missing: OKX" in lines(await ask("/funding", given))


async def test_in_private_the_buttons_are_of_what_is_held_and_in_a_group_of_what_is_largest() -> None:
    given = asked(*ALL)
    assert isinstance(given.portfolios, FakePortfolios)
    given.portfolios.held[ASKER] = Portfolio((Holding("ALICE", d(5)), Holding("USDT", d(100))))
    assert commands(await ask("/funding", given))[0] == "/funding ALICE"
    in_group = commands(await ask("/funding", given, chat_kind=ChatKind.GROUP))
    assert in_group[:3] == ["/funding BTC", "/funding ETH", "/funding SOL"]


async def test_one_exchange_may_be_named() -> None:
    reply = await ask("/funding bybit", asked(*ALL))
    assert lines(reply)[0] == "Most extreme: PEPE, longs pay 0.0800 % per 8h on Bybit"
    assert "Binance" not in reply.text


async def test_tables_fit_a_phone() -> None:
    wide = at("hyperliquid", "-0.0299", 1, coin="FARTCOINCOIN"), at("hyperliquid", "0.00299", 1, coin="币安人生币安")
    reply = await ask("/funding", asked(*wide, exchanges=("hyperliquid",)))
    inside = [line for part in reply.text.split("<pre>")[1:] for line in part.split("</pre>")[0].splitlines()]
    assert inside
    assert max(map(wcswidth, inside)) <= 30
    assert len(reply.text.split("<blockquote")[0].splitlines()) <= 12


async def test_without_any_board_the_market_is_unavailable() -> None:
    given = asked(*ALL, outages=[Outage("binance", "refused")], exchanges=("binance",))
    for line in ("/funding", "/funding map"):
        with pytest.raises(MarketUnavailable):
            await ask(line, given)


async def test_how_has_the_figures_of_the_overview() -> None:
    given = asked(*ALL)
    await ask("/funding", given)
    assert "ALICE, OKX: −0.0600 % × 8 ÷ 4 = −0.1200 % per 8h" in lines(explained(given))


async def test_the_map_has_the_most_traded_coins_and_a_gap_for_what_is_not_ranked() -> None:
    reply = await ask("/funding map", asked(*ALL))
    picture = reply.picture
    assert isinstance(picture, HeatMap)
    assert picture.columns == ("Binance", "Bybit", "OKX", "Gate")
    # PEPE trades on two exchanges: $10m
    assert picture.rows[0] == ("PEPE", (d("0.0006"), d("0.0008"), None, None))
    assert dict(picture.rows)["NOBODY"] == (None, None, None, None)
    assert reply.is_new_message
    assert lines(reply)[0] == "Highest +0.0800 % (PEPE, Bybit), lowest −0.1200 % (ALICE, OKX), per 8h"


async def test_many_exchanges_become_rows() -> None:
    names = ("binance", "bybit", "okx", "gate", "bitget", "mexc", "bingx", "deribit")
    given = asked(*(at(each, "0.0001") for each in names), exchanges=names)
    picture = (await ask("/funding map", given)).picture
    assert isinstance(picture, HeatMap)
    assert picture.columns == ("BTC",)
    assert [name for name, _ in picture.rows][:2] == ["Binance", "Bybit"]
    assert picture.rows[0][1] == (d("0.0001"),)
