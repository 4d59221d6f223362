"""What a private chat is told: rule, value, level, what it means, source and age, and what can be done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Audience, ChatSettings, Parcel, Reply
from chatbot.core.alerts.parcels import Standing
from chatbot.core.alerts.rules import AlertFact, Measure, Rule, RuleTerms, Turn
from chatbot.core.chats import Language
from chatbot.core.portfolio import FuturesPosition, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.funding.alerts import TELLING
from tests.chatbot.core.alerts.samples import board, dated, fact, rates, row, terms, view, watched
from tests.fakes import ASKER, FakeMarket, FakeSettings, services
from tests.samples import NOW, d, funding, perpetual, snapshot

HOUR = timedelta(hours=1)
HIGH = rates(bybit="0.0008", binance="0.0002")
FIRED = fact(watched(terms(clear="0.00025", cooldown=HOUR), rule_id=17), HIGH)


def parcel(told: AlertFact, standing: Standing = Standing.FRESH, number: int = 1) -> Parcel:
    return Parcel(number, ASKER, told, standing)


async def tell(
    *parcels: Parcel, portfolio: Portfolio | None = None, settings: ChatSettings | None = None, rate: str = "0.0008"
) -> Reply:
    market = FakeMarket(markets=[snapshot(perpetual("BTC"), "60000", funding=funding(rate))])
    given = services(market, portfolio, now=NOW + timedelta(seconds=8))
    if settings:
        assert isinstance(given.settings, FakeSettings)
        given.settings.chosen[ASKER] = settings
    return await TELLING.alerts(ASKER, parcels, given)


async def lines(*parcels: Parcel, **given: object) -> list[str]:
    return plain_text(await tell(*parcels, **given)).split("\n\nNext")[0].splitlines()  # type: ignore[arg-type] # as in tell


async def test_an_alert_says_what_against_which_level_and_what_it_means() -> None:
    # 0.08 % * 3 * $10,000 = $24.00 a day
    assert await lines(parcel(FIRED)) == [
        "BTC funding +0.0800 % per 8 h on Bybit, at or above 0.05 %",
        "Longs pay shorts, $24.00 a day on $10,000: a cost for longs, income for shorts.",
        "Next charge: 13:00 UTC, every 8 h",
        "Alert 17: BTC > 0.05%",
        "Bybit · 12:00 UTC · 8 seconds ago",
    ]


async def test_its_buttons_snooze_edit_delete_and_explain() -> None:
    reply = await tell(parcel(FIRED))
    assert [[(button.label, button.command) for button in row] for row in reply.buttons] == [
        [
            ("Snooze 1 h", "/funding alert 17 snooze 1h"),
            ("To next settlement", "/funding alert 17 snooze settlement"),
            ("Until it halves", "/funding alert 17 snooze half"),
        ],
        [
            ("Edit", "/funding alert 17"),
            ("Delete", "/funding alert 17 delete"),
            ("Why?", "/funding alert 17 why"),
        ],
    ]
    assert reply.audience is Audience.ASKER


async def test_it_is_in_the_readers_language_zone_and_unit() -> None:
    # 0.0008 * 1095 = 87.6 % a year; the level 43.8 % a year is 0.04 % per 8 h
    yearly = fact(
        watched(terms(level="0.0004", clear="0.0002", unit=timedelta(days=365), cooldown=HOUR), rule_id=3), HIGH
    )
    told = await lines(parcel(yearly), settings=ChatSettings(zone="Europe/Berlin", language=Language.GERMAN))
    assert told == [
        "BTC-Funding +87.6 % im Jahr auf Bybit, mindestens 43.8 %",
        "Longs zahlen an Shorts, $24.00 am Tag auf $10,000: Kosten für Longs, Ertrag für Shorts.",
        "Nächste Abrechnung: 14:00 CET, alle 8 h",
        "Alarm 3: BTC > 43.8% apr",
        "Bybit · 13:00 CET · vor 8 Sekunden",
    ]


async def test_below_zero_shorts_pay() -> None:
    low = fact(watched(terms(level="-0.0001", is_above=False, cooldown=HOUR)), rates(okx="-0.0002"))
    assert (await lines(parcel(low)))[:2] == [
        "BTC funding −0.0200 % per 8 h on OKX, at or below −0.01 %",
        "Shorts pay longs, $6.00 a day on $10,000: a cost for shorts, income for longs.",
    ]


SHORT = FuturesPosition("BTC", Side.SHORT, d("0.5"), "bybit")


async def test_a_short_in_that_coin_is_told_what_it_receives() -> None:
    # 0.5 * 60,000 * 0.0008 * 3 = $72.00 a day
    told = await lines(parcel(FIRED), portfolio=Portfolio(positions=(SHORT,)))
    assert told[3] == "Your short of 0.5 BTC on Bybit receives about $72.00 a day at +0.0800 % per 8 h."


async def test_a_short_pays_where_the_rate_is_negative_and_a_long_receives() -> None:
    held = Portfolio(positions=(SHORT, replace(SHORT, side=Side.LONG)))
    # 0.5 * 60,000 * 0.0001 * 3 = $9.00 a day
    told = await lines(parcel(FIRED), portfolio=held, rate="-0.0001")
    assert told[3:5] == [
        "Your short of 0.5 BTC on Bybit pays about $9.00 a day at −0.0100 % per 8 h.",
        "Your long of 0.5 BTC on Bybit receives about $9.00 a day at −0.0100 % per 8 h.",
    ]


async def test_a_position_in_another_coin_or_at_a_silent_exchange_is_not_guessed_at() -> None:
    others = Portfolio(positions=(replace(SHORT, coin="ETH"), replace(SHORT, exchange="okx")))
    assert not any("Your" in line for line in await lines(parcel(FIRED), portfolio=others))


async def test_backing_off_is_said() -> None:
    assert (await lines(parcel(replace(FIRED, backed_off=timedelta(days=2)))))[-2] == (
        "Nobody tapped this alert for a while, so the next one waits at least 2 days. A tap ends that."
    )


async def test_several_are_one_message_fresh_ones_first_with_a_button_for_each_rule() -> None:
    other = fact(watched(terms(level="0.0007", cooldown=HOUR), rule_id=18), HIGH)
    old = replace(FIRED, happened_at=NOW - HOUR)
    reply = await tell(
        parcel(old, Standing.LATE, 1), parcel(old, Standing.PERHAPS_SEEN, 2), parcel(other, Standing.FRESH, 3)
    )
    headline = "BTC funding +0.0800 % per 8 h on Bybit, at or above"
    assert plain_text(reply).splitlines()[:7] == [
        "Alerts: 3",
        f"{headline} 0.07 %",
        "Longs pay shorts, $24.00 a day on $10,000: a cost for longs, income for shorts.",
        "Next charge: 13:00 UTC, every 8 h",
        "Bybit · 12:00 UTC · 8 seconds ago",
        f"Late, from 11:00 UTC: {headline} 0.05 %",
        f"Perhaps seen already, from 11:00 UTC: {headline} 0.05 %",
    ]
    assert [[button.command for button in row] for row in reply.buttons] == [
        ["/funding alert 17"],
        ["/funding alert 18"],
        ["/funding alerts"],
    ]


async def test_a_late_one_alone_says_so() -> None:
    assert (await lines(parcel(FIRED, Standing.LATE)))[0].startswith("Late, from 12:00 UTC: BTC funding +0.0800 %")


async def test_a_charge_that_has_passed_is_not_called_the_next() -> None:
    made = tuple(replace(line, charged_at=NOW) for line in FIRED.lines)
    assert not any("Next charge" in line for line in await lines(parcel(replace(FIRED, lines=made), Standing.LATE)))


async def test_hundreds_are_still_one_message() -> None:
    reply = await tell(*(parcel(FIRED, Standing.LATE, number) for number in range(300)))
    assert len(reply.text) <= 4096
    assert reply.text.splitlines()[-1].startswith("+")


def rule(measure: Measure, **changes: object) -> Rule:
    return Rule(5, ASKER, ASKER, RuleTerms(measure, "BTC", **changes), NOW)  # type: ignore[arg-type] # fields of terms


async def test_a_spread_says_what_it_earns() -> None:
    # 0.0008 - 0.0002 = 0.06 % per 8 h; * 3 * $10,000 = $18.00 a day
    wide = fact(watched(terms(Measure.SPREAD, level="0.0005", cooldown=HOUR)), HIGH)
    assert (await lines(parcel(wide)))[:2] == [
        "BTC spread +0.0600 % per 8 h between Bybit and Binance, at or above 0.05 %",
        "Short on Bybit and long on Binance earns $18.00 a day on $10,000 each, before the fees of four trades.",
    ]


async def test_a_basis_says_who_earns_it() -> None:
    # 102/100 over 73 days, a fifth of a year: 10 % a year; NOW + 73 days is 1 February 2027
    yearly = timedelta(days=365)
    steep = fact(
        watched(terms(Measure.BASIS, level="0.09", cooldown=HOUR, unit=yearly)),
        view(board("deribit", row(), dated("102"))),
    )
    assert (await lines(parcel(steep)))[:2] == [
        "BTC basis +10.0 % a year on Deribit to 1 Feb 2027, at or above 9 %",
        "The future is above spot: held to expiry, a short opened now earns that, a long pays it.",
    ]


async def test_a_flip_says_what_it_was() -> None:
    now = rates(bybit="0.0002").stands["BTC", "bybit"].highest
    assert now is not None
    line = replace(now.line, before_per_eight_hours=d("-0.0001"))
    flipped = AlertFact(rule(Measure.FLIP), Turn.FIRED, d("0.0002"), (line,), "Bybit", NOW, NOW)
    assert (await lines(parcel(flipped)))[0] == ("BTC funding changed sides: +0.0200 % per 8 h on Bybit, was −0.0100 %")
    again = replace(flipped, lines=(now.line,))
    assert (await lines(parcel(again)))[0] == "BTC funding changed sides: +0.0200 % per 8 h on Bybit"


async def test_a_new_interval_says_the_old_one() -> None:
    market = view(board("gate", row(hours=4))).stands["BTC", "gate"].highest
    assert market is not None
    line = replace(market.line, before_interval=8 * HOUR)
    changed = AlertFact(rule(Measure.INTERVAL), Turn.FIRED, None, (line,), "Gate", NOW, NOW)
    assert (await lines(parcel(changed)))[0] == "BTC on Gate is charged every 4 h now, was 8 h"


async def test_extremes_name_the_coins_and_list_them() -> None:
    seen = view(board("bybit", *(row(coin, "0.002") for coin in ("A", "B", "C", "D"))))
    beyond = fact(watched(terms(Measure.EXTREMES, level="0.001", coin=None, cooldown=HOUR)), seen)
    told = await lines(parcel(beyond))
    assert told[:3] == [
        "Funding beyond ±0.1 %: A, B, C and 1 more",
        "Per 8 h. +: longs pay shorts, −: shorts pay longs.",
        "A +0.2000 % · Bybit",
    ]


@pytest.mark.parametrize("measure", [Measure.TOP, Measure.DIGEST])
async def test_a_list_has_its_lines_flips_and_new_intervals(measure: Measure) -> None:
    market = rates(bybit="0.0002").stands["BTC", "bybit"].highest
    assert market is not None
    flip = replace(market.line, before_per_eight_hours=d("-0.0001"))
    shorter = replace(market.line, interval=4 * HOUR, before_interval=8 * HOUR)
    listed = AlertFact(
        rule(measure), Turn.LISTED, None, (market.line,), "Bybit", NOW, NOW, flips=(flip,), interval_changes=(shorter,)
    )
    assert (await lines(parcel(listed)))[:7] == [
        "The highest and lowest funding",
        "Per 8 h. +: longs pay shorts, −: shorts pay longs.",
        "BTC +0.0200 % · Bybit",
        "Changed sides",
        "BTC −0.0100 % → +0.0200 % · Bybit",
        "New intervals",
        "BTC 8 h → 4 h · Bybit",
    ]


@pytest.mark.parametrize("language", Language)
async def test_every_kind_is_told_in_every_language(language: Language) -> None:
    told = await tell(parcel(FIRED), parcel(FIRED, Standing.LATE, 2), settings=ChatSettings(language=language))
    assert "BTC" in told.text
