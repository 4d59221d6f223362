"""Alerts made, listed, changed and explained; what bad input gets, with nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from chatbot.command import ChatKind, ChatSettings, Reply, Services
from chatbot.core.alerts.rules import Measure, RuleState
from chatbot.core.chats import KnownChat, QuietHours
from chatbot.core.errors import MarketUnavailable, NotPossible, Problem, UserMistake
from chatbot.core.markets import Snapshot
from chatbot.messenger import plain_text
from handlers.funding.alerts import answer
from tests.fakes import ASKER, FakeAlerts, FakeChats, FakeMarket, FakeSettings, call, services
from tests.samples import NOW, d, funding, perpetual, snapshot

HOUR = timedelta(hours=1)
GROUP = {"chat_id": -5, "chat_kind": ChatKind.GROUP}


def market_of(coin: str, exchange: str, rate: str, hours: int = 8) -> Snapshot:
    return snapshot(perpetual(coin, exchange=exchange), "60000", funding=funding(rate, hours * HOUR))


MARKETS = (
    market_of("BTC", "binance", "0.0001"),
    market_of("BTC", "bybit", "0.0003"),
    market_of("BTC", "okx", "-0.0001"),
    market_of("ETH", "bybit", "0.0002", 4),
    market_of("ETH", "binance", "0.0011"),
)


@dataclass
class Chat:
    """One chat with the bot: every line is an update of its own."""

    market: FakeMarket = field(default_factory=lambda: FakeMarket(markets=MARKETS))
    given: Services = field(init=False)
    numbers: Any = field(default_factory=lambda: count(1).__next__)

    def __post_init__(self) -> None:
        self.given = services(self.market)

    async def ask(self, words: str, **changes: Any) -> Reply:
        return await answer(call(f"/funding {words}", **({"update_id": self.numbers()} | changes)), self.given)

    async def lines(self, words: str, **changes: Any) -> list[str]:
        return plain_text(await self.ask(words, **changes)).split("\n\nNext")[0].splitlines()

    async def problem(self, words: str, **changes: Any) -> Problem:
        with pytest.raises(Problem) as caught:
            await self.ask(words, **changes)
        return caught.value

    @property
    def alerts(self) -> FakeAlerts:
        assert isinstance(self.given.alerts, FakeAlerts)
        return self.given.alerts

    def state(self, number: int) -> RuleState:
        return self.alerts.kept[number].state

    def set_state(self, number: int, **changes: Any) -> None:
        watched = self.alerts.kept[number]
        self.alerts.kept[number] = replace(watched, state=replace(watched.state, **changes))


def commands(reply: Reply) -> list[list[str]]:
    return [[button.command for button in row] for row in reply.buttons]


def tips(problem: Problem) -> list[str]:
    return [tip.command for tip in problem.suggestions]


# Making


async def test_a_rule_is_made_and_says_the_value_now_and_when_it_fires_again() -> None:
    chat = Chat()
    assert await chat.lines("alert BTC > 0.05%") == [
        "Alert 1 is set",
        "BTC funding at or above 0.05 % per 8 h on any exchange",
        "Now: +0.0300 % per 8 h on Bybit",
        "Fires again only after it was at or below 0.025 %",
        "At most one alert in 1 hour",
        "Bybit · just now",
    ]
    rule = chat.alerts.kept[1].rule
    assert (rule.chat_id, rule.user_id, rule.terms.level) == (ASKER, ASKER, d("0.0005"))
    assert not chat.state(1).is_on


async def test_its_neighbouring_levels_are_buttons_and_so_is_what_comes_next() -> None:
    assert commands(await Chat().ask("alert BTC > 0.05%")) == [
        [f"/funding alert 1 > {level}" for level in ("0.02%", "0.03%", "0.05%")],
        [f"/funding alert 1 > {level}" for level in ("0.075%", "0.1%")],
        ["/funding alert 1 snooze 1h", "/funding alert 1 snooze settlement", "/funding alert 1 snooze half"],
        ["/funding alert 1 delete", "/funding alert 1 why", "/funding alerts"],
    ]


async def test_a_level_that_is_crossed_already_is_said_and_nothing_is_made() -> None:
    chat = Chat()
    reply = await chat.ask("alert BTC > 0.02%")
    assert plain_text(reply).splitlines()[:3] == [
        "Crossed already: +0.0300 % per 8 h on Bybit",
        "You asked for BTC funding at or above 0.02 % per 8 h on any exchange. Nothing was changed.",
        "Made anyway, it fires when it has cleared and is crossed again.",
    ]
    assert commands(reply) == [
        ["/funding alert BTC > 0.05%", "/funding alert BTC > 0.075%"],
        ["/funding alert BTC > 0.02% anyway", "/funding alerts"],
    ]
    assert not chat.alerts.kept


async def test_made_anyway_it_is_on_so_that_it_fires_when_crossed_again() -> None:
    chat = Chat()
    await chat.ask("alert BTC > 0.02% anyway")
    assert chat.state(1).is_on


async def test_a_level_below_that_is_crossed_offers_lower_ones() -> None:
    assert commands(await Chat().ask("alert BTC < 0%"))[0] == [
        "/funding alert BTC < -0.015%",
        "/funding alert BTC < -0.02%",
    ]


async def test_extremes_begin_with_those_that_are_beyond_already() -> None:
    chat = Chat()
    assert (await chat.lines("alert extremes > 0.1%"))[:4] == [
        "Alert 1 is set",
        "Funding of any coin beyond ±0.1 % per 8 h",
        "Now: ETH +0.1100 % per 8 h on Binance",
        "• ETH +0.1100 % · Binance",
    ]
    assert chat.state(1).is_on


async def test_the_same_rule_twice_is_one() -> None:
    chat = Chat()
    await chat.ask("alert BTC > 0.05%")
    assert (await chat.lines("alert btc above 0.05%/8h"))[0] == "You have that already: alert 1"
    assert len(chat.alerts.kept) == 1


async def test_a_second_delivery_makes_it_once_and_shows_the_list() -> None:
    chat = Chat()
    await chat.ask("alert BTC > 0.05%", update_id=9)
    await chat.ask("alert 1 delete", update_id=10)
    reply = await chat.lines("alert BTC > 0.05%", update_id=9)
    assert reply[0] == "No alerts yet"
    assert not chat.alerts.kept


async def test_without_words_there_is_a_menu_and_a_coin_alone_has_its_own() -> None:
    chat = Chat()
    assert commands(await chat.ask("alert"))[0] == ["/funding alert BTC > 0.05%", "/funding alert BTC < 0%"]
    assert commands(await chat.ask("alert ETH"))[1] == ["/funding alert ETH < 0%", "/funding alert ETH flip"]
    assert not chat.alerts.kept


# What bad input gets


async def test_a_coin_without_a_perpetual_is_named() -> None:
    chat = Chat()
    problem = await chat.problem("alert PEPE > 0.1%")
    assert isinstance(problem, NotPossible)
    assert problem.sentence == "No exchange here has a perpetual of PEPE, so nothing was changed."
    assert tips(problem) == ["/funding alert BTC > 0.1%", "/funding alert ETH > 0.1%"]
    assert not chat.alerts.kept


async def test_an_exchange_without_it_offers_those_with_it() -> None:
    problem = await Chat().problem("alert ETH > 0.2% okx")
    assert problem.sentence == "OKX has no perpetual of ETH, so nothing was changed."
    assert tips(problem) == [
        "/funding alert ETH > 0.2%",
        "/funding alert ETH > 0.2% bybit",
        "/funding alert ETH > 0.2% binance",
    ]


async def test_a_basis_needs_a_dated_contract() -> None:
    problem = await Chat().problem("alert BTC basis > 10%")
    assert problem.sentence == "No exchange here has a dated contract of BTC, so nothing was changed."


async def test_with_every_exchange_out_nothing_is_made() -> None:
    chat = Chat(FakeMarket(is_down=True))
    assert isinstance(await chat.problem("alert BTC > 0.05%"), MarketUnavailable)
    assert not chat.alerts.kept


@pytest.mark.parametrize("words", ["alert BTC > 5", "alert BTC > 5%", "alert BTC > 0.05", "alert > 0.05%"])
async def test_a_level_that_is_not_clear_or_not_possible_changes_nothing(words: str) -> None:
    chat = Chat()
    problem = await chat.problem(words)
    assert isinstance(problem, UserMistake)
    assert len(problem.suggestions) >= 2
    assert not chat.alerts.kept


async def test_every_corrected_line_is_understood() -> None:
    chat = Chat()
    for words in ("alert BTC > 5", "alert BTC > 5%", "alert BTC > 0.05", "alert BTC 0.05%", "alert PEPE > 0.1%"):
        for tip in tips(await chat.problem(words)):
            assert "alert" in (await chat.ask(tip.removeprefix("/funding "))).buttons[-1][-1].command


async def test_the_hundred_and_first_is_refused() -> None:
    chat = Chat()
    for cooldown in range(1, 101):
        await chat.ask(f"alert BTC > 0.05% cooldown={cooldown + 60}m")
    problem = await chat.problem("alert BTC flip")
    assert problem.sentence == "A chat has up to 100 alerts, and this one has them all. Delete one first."
    assert tips(problem) == ["/funding alerts"]
    assert len(chat.alerts.kept) == 100


async def test_a_number_that_is_no_alert_of_this_chat_is_not_found() -> None:
    chat = Chat()
    await chat.ask("alert BTC flip")
    problem = await chat.problem("alert 1 delete", chat_id=8, user_id=8)
    assert problem.sentence == "There is no alert 1 here; it may be deleted."
    assert len(chat.alerts.kept) == 1


# The list


async def listed(chat: Chat, rules: Sequence[str]) -> list[str]:
    for words in rules:
        await chat.ask(f"alert {words}")
    return await chat.lines("alerts")


async def test_the_list_begins_with_the_closest_to_firing_each_with_its_value() -> None:
    # 0.05 - 0.03 of 0.05 is 40 % away, 0.04 - 0.03 of 0.04 is 25 %; 0.22 % per 8 h is half of what ETH pays
    assert await listed(Chat(), ("BTC > 0.05%", "BTC > 0.04%", "ETH > 0.22%", "digest 8")) == [
        "4 alerts, closest to firing first",
        "2. BTC > 0.04% · 25 % away",
        "    now +0.0300 % per 8 h on Bybit",
        "1. BTC > 0.05% · 40 % away",
        "    now +0.0300 % per 8 h on Bybit",
        "3. ETH > 0.22% · 50 % away",
        "    now +0.1100 % per 8 h on Binance",
        "4. digest 8",
        "    next 21 Nov 08:00 UTC",
        "Bybit, Binance · just now",
    ]


async def test_each_in_the_list_can_be_edited_and_deleted() -> None:
    chat = Chat()
    await listed(chat, ("BTC > 0.05%", "BTC flip"))
    assert commands(await chat.ask("alerts")) == [
        ["/funding alert 1", "/funding alert 1 delete"],
        ["/funding alert 2", "/funding alert 2 delete"],
    ]


async def test_a_long_list_has_pages() -> None:
    chat = Chat()
    await listed(chat, [f"BTC > 0.{hundredths:02}%" for hundredths in range(10, 27)])  # 17 of them, 8 a page
    reply = await chat.ask("alerts 2")
    assert "17 alerts, closest to firing first, page 2 of 3" in reply.text
    assert commands(reply)[-1] == ["/funding alerts 1", "/funding alerts 3"]


async def test_an_empty_list_says_how_to_begin() -> None:
    assert (await Chat().lines("alerts"))[0] == "No alerts yet"


# One rule


async def made(words: str = "BTC > 0.05%") -> Chat:
    chat = Chat()
    await chat.ask(f"alert {words}")
    return chat


async def test_another_level_is_one_tap_and_clears_as_usual() -> None:
    chat = await made()
    assert (await chat.lines("alert 1 > 0.08%"))[:2] == [
        "Alert 1 is changed",
        "BTC funding at or above 0.08 % per 8 h on any exchange",
    ]
    terms = chat.alerts.kept[1].rule.terms
    assert (terms.level, terms.clear_level) == (d("0.0008"), d("0.0004"))


async def test_tapping_to_and_fro_on_one_message_counts_each_time() -> None:
    chat = await made()
    for seconds, level in enumerate(("0.075%", "0.1%", "0.075%")):
        tapped = {"is_press": True, "update_id": -hash(level), "asked_at": NOW + timedelta(seconds=seconds)}
        await chat.ask(f"alert 1 > {level}", **tapped)
    assert chat.alerts.kept[1].rule.terms.level == d("0.00075")


async def test_a_level_that_is_crossed_already_is_not_edited_in_silently() -> None:
    chat = await made()
    reply = await chat.ask("alert 1 > 0.02%")
    assert commands(reply) == [
        ["/funding alert 1 > 0.05%", "/funding alert 1 > 0.075%"],
        ["/funding alert 1 BTC > 0.02% anyway", "/funding alerts"],
    ]
    assert chat.alerts.kept[1].rule.terms.level == d("0.0005")
    await chat.ask("alert 1 BTC > 0.02% anyway")
    assert chat.alerts.kept[1].rule.terms.level == d("0.0002")
    assert chat.state(1).is_on


async def test_a_longer_cooldown_keeps_the_state() -> None:
    chat = await made()
    chat.set_state(1, is_on=True, told=d("0.0006"), fired_at=NOW - HOUR)
    await chat.ask("alert 1 cooldown=4h")
    assert chat.alerts.kept[1].rule.terms.cooldown == 4 * HOUR
    assert (chat.state(1).is_on, chat.state(1).told) == (True, d("0.0006"))


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("1h", NOW + HOUR),
        ("2d", NOW + 48 * HOUR),
        ("settlement", NOW + 4 * HOUR),  # when Bybit charges BTC next
        ("until settlement", NOW + 4 * HOUR),
        ("", NOW + HOUR),
    ],
)
async def test_it_is_snoozed_for_a_time(words: str, until: object) -> None:
    chat = await made()
    assert (await chat.lines(f"alert 1 snooze {words}"))[0] == "Alert 1 is snoozed"
    assert chat.state(1).snoozed_until == until


async def test_a_list_is_snoozed_to_the_settlement_that_most_have() -> None:
    chat = await made("extremes > 0.15%")
    await chat.ask("alert 1 snooze settlement")
    assert chat.state(1).snoozed_until == NOW + 4 * HOUR  # 16:00 UTC


async def test_it_is_snoozed_until_what_was_told_has_halved() -> None:
    chat = await made()
    chat.set_state(1, is_on=True, told=d("0.0008"))
    assert "Snoozed until it is back at 0.04 %" in await chat.lines("alert 1 snooze half")
    assert chat.state(1).snooze_level == d("0.0004")


async def test_with_nothing_told_yet_it_is_half_of_the_value_now() -> None:
    chat = await made()
    await chat.ask("alert 1 snooze half")
    assert chat.state(1).snooze_level == d("0.00015")


async def test_what_has_no_level_cannot_halve_and_a_strange_time_is_no_time() -> None:
    chat = await made("BTC flip")
    assert (await chat.problem("alert 1 snooze half")).sentence == "There is no value now that could halve."
    assert tips(await chat.problem("alert 1 snooze soon"))[0] == "/funding alert 1 snooze 1h"


async def test_half_of_a_value_that_would_be_the_worse_news_is_no_silence() -> None:
    chat = await made("BTC < 0.05% anyway")  # -0.01 % at OKX: half of it is farther from nothing
    await chat.ask("alert 1 snooze half")
    assert chat.state(1).snooze_level == d("0.00005")
    chat = await made("BTC spread < 0.01%")
    assert (await chat.problem("alert 1 snooze half")).sentence == "There is no value now that could halve."
    assert chat.state(1).snooze_level is None


async def test_a_level_is_said_as_it_was_written() -> None:
    chat = await made("BTC > 10.25% apr anyway")
    assert "BTC funding at or above 10.25 % a year on any exchange" in await chat.lines("alert 1")


async def test_a_rate_of_an_hour_is_said_with_a_digit_more() -> None:
    chat = Chat(FakeMarket(markets=(market_of("BTC", "bybit", "0.0000125", 1),)))
    await chat.ask("alert BTC > 0.00125%/1h anyway")
    assert "Value now: +0.00125 % per 1 h on Bybit" in await chat.lines("alert 1 why")
    assert "+0.00125 % every 1 h × 8 = +0.0100 % per 8 h" in await chat.lines("alert 1 why")


async def test_it_is_woken() -> None:
    chat = await made()
    chat.set_state(1, snoozed_until=NOW + HOUR, snooze_level=d("0.0001"))
    assert (await chat.lines("alert 1 wake"))[0] == "Alert 1 is awake"
    assert (chat.state(1).snoozed_until, chat.state(1).snooze_level) == (None, None)


@pytest.mark.parametrize("words", ["", "why", "snooze 1h", "wake", "> 0.08%"])
async def test_every_tap_on_an_alert_counts_as_attention(words: str) -> None:
    chat = await made()
    chat.set_state(1, unattended=4, attended_at=NOW - 100 * HOUR)
    await chat.ask(f"alert 1 {words}", is_press=True)
    assert (chat.state(1).unattended, chat.state(1).attended_at) == (0, NOW)


async def test_the_verb_may_come_before_the_number() -> None:
    chat = Chat()
    await chat.ask("alert BTC flip")
    assert (await chat.ask("alert why 1")).text == (await chat.ask("alert 1 why")).text
    assert plain_text(await chat.ask("alert delete 1")).startswith("Deleted")


async def test_deleted_it_can_be_made_again() -> None:
    chat = await made("BTC > 0.05% bybit cooldown=4h")
    reply = await chat.ask("alert 1 delete")
    assert plain_text(reply).splitlines()[:2] == ["Deleted", "BTC funding at or above 0.05 % per 8 h on Bybit"]
    assert commands(reply) == [["/funding alert BTC > 0.05% bybit cooldown=4h", "/funding alerts"]]
    assert not chat.alerts.kept


async def test_who_asks_about_alerts_is_told_of_them_again_though_nobody_said_that_the_bot_was_unblocked() -> None:
    chat = await made()
    await chat.given.chat_book.opened(KnownChat(ASKER, ChatKind.PRIVATE, "", None, NOW, "blocked"))
    await chat.ask("alerts")
    known = await chat.given.chat_book.find(ASKER)
    assert known is not None
    assert (known.quiet_since, known.reason) == (None, "")


async def test_the_same_button_makes_it_again_each_time_it_was_deleted() -> None:
    chat, button = await made(), {"update_id": -9, "is_press": True}
    for minutes in (1, 2):
        await chat.ask(f"alert {minutes} delete")
        await chat.ask("alert BTC > 0.05%", **button, asked_at=NOW + timedelta(minutes=minutes))
    assert list(chat.alerts.kept) == [3]


async def test_words_that_change_nothing_are_named() -> None:
    chat = await made()
    assert (await chat.problem("alert 1 frobnicate")).sentence == 'I don\'t know "frobnicate".'
    assert (await chat.problem("alert 1 at")).sentence == 'I don\'t know "at" for an alert.'


# Why?


async def test_why_explains_a_rule_that_has_not_fired() -> None:
    assert await (await made()).lines("alert 1 why") == [
        "Alert 1 is awake, and nothing has happened that it tells",
        "BTC funding at or above 0.05 % per 8 h on any exchange",
        "Value now: +0.0300 % per 8 h on Bybit",
        "Level: 0.05 % per 8 h; clears at 0.025 %",
        "Last alert: none yet",
        "Cooldown left: none (of 1 hour)",
        "Back-off: none. After alerts that nobody taps for days the next waits 1 day, 2 days, 7 days",
        "Quiet hours: none",
        "Bybit · just now",
    ]


async def test_why_explains_silence() -> None:
    # fired half an hour ago of an hour; four untapped alerts wait 2 days, of which 47.5 hours are left
    chat = await made()
    quiet = ChatSettings(quiet=QuietHours(11, 13))
    assert isinstance(chat.given.settings, FakeSettings)
    chat.given.settings.chosen[ASKER] = quiet
    chat.set_state(
        1,
        is_on=True,
        told=d("0.0006"),
        fired_at=NOW - HOUR / 2,
        snoozed_until=NOW + 2 * HOUR,
        unattended=4,
        attended_at=NOW - 72 * HOUR,
    )
    assert await chat.lines("alert 1 why") == [
        "Alert 1 is silent now",
        "BTC funding at or above 0.05 % per 8 h on any exchange",
        "Value now: +0.0300 % per 8 h on Bybit",
        "Level: 0.05 % per 8 h; clears at 0.025 %",
        "Last told: +0.0600 % per 8 h",
        "Last alert: 11:30 UTC",
        "Snoozed until 14:00 UTC",
        "It is on: it fired, or was crossed when it was made, and has not cleared since",
        "Cooldown left: 30 minutes (of 1 hour)",
        "Back-off: 4 alerts untapped, 47 hours were left; your tap ended that",
        "Quiet hours: 11:00–13:00 UTC, now, until 13:00 UTC",
        "Bybit · just now",
    ]


async def test_why_shows_how_four_hours_become_eight() -> None:
    # +0.02 % every 4 h, twice in 8 h
    chat = await made("ETH > 0.1% bybit")
    assert "+0.0200 % every 4 h × 2 = +0.0400 % per 8 h" in await chat.lines("alert 1 why")


async def test_why_says_why_a_value_is_unknown() -> None:
    chat = await made("BTC > 0.05% bybit")
    chat.market.markets = [market for market in MARKETS if market.instrument.exchange != "bybit"]
    assert "Value now: unknown: it is not listed there" in await chat.lines("alert 1 why")


# Groups


async def test_in_a_group_a_member_changes_nothing_and_gets_one_line() -> None:
    chat = Chat()
    reply = await chat.ask("alert BTC > 0.05%", **GROUP)
    assert reply.text == "Only administrators of this group change its alerts. Anyone may list them: /funding alerts"
    assert reply.is_new_message  # a tap of somebody without rights leaves the message alone
    assert not chat.alerts.kept


async def test_rights_are_asked_at_every_tap() -> None:
    chat = Chat()
    assert isinstance(chat.given.chats, FakeChats)
    chat.given.chats.administrators.add((-5, ASKER))
    await chat.ask("alert BTC > 0.05%", **GROUP)
    rule = chat.alerts.kept[1].rule
    assert (rule.chat_id, rule.user_id, rule.terms.follows) == (-5, None, True)
    chat.given.chats.administrators.clear()
    for words in ("delete", "snooze 1h", "> 0.08%"):
        assert (await chat.ask(f"alert 1 {words}", **GROUP)).is_new_message
    assert chat.alerts.kept[1].rule.terms.level == d("0.0005")


async def test_an_anonymous_administrator_may_and_anyone_may_list() -> None:
    chat = Chat()
    await chat.ask("alert BTC > 0.05%", **GROUP, user_id=-1, is_administrator=True)
    assert "1. BTC > 0.05%" in "\n".join(await chat.lines("alerts", **GROUP, user_id=99))


async def test_a_group_is_told_single_rates_and_its_extremes_are_set_on_its_card() -> None:
    chat = Chat()
    problem = await chat.problem("alert extremes > 0.15%", **GROUP, is_administrator=True)
    assert tips(problem) == ["/settings"]
    problem = await chat.problem("alert BTC spread > 0.05%", **GROUP, is_administrator=True)
    assert isinstance(problem, NotPossible)
    await chat.ask("alert top", **GROUP, is_administrator=True)
    assert [watched.rule.terms.measure for watched in chat.alerts.kept.values()] == [Measure.TOP]
