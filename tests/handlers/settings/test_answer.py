"""What people, groups and channels choose, and who may."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from chatbot.command import Audience, ChatKind, ChatSettings, Reply, Services
from chatbot.core.alerts.rules import Measure, RuleTerms
from chatbot.core.chats import GroupWatch, KnownChat, Language, QuietHours
from chatbot.core.errors import NotPossible, Problem, UserMistake
from chatbot.messenger import plain_text
from handlers.settings import SETTINGS
from tests.fakes import ASKER, FakeAlerts, FakeChatBook, FakeChats, FakeSettings, call, services
from tests.samples import NOW, d

GROUP, CHANNEL, SILENT, OTHERS = -5, -100, -101, -102
TOPIC = 9
IN_GROUP: dict[str, Any] = {"chat_id": GROUP, "chat_kind": ChatKind.GROUP}
IN_TOPIC = IN_GROUP | {"thread_id": TOPIC}


@dataclass
class Chats:
    """The asker administers a group and two channels, in one of which the bot may not post."""

    given: Services = field(default_factory=services)
    numbers: Any = field(default_factory=lambda: count(1).__next__)

    def __post_init__(self) -> None:
        channel = KnownChat(CHANNEL, ChatKind.CHANNEL, "Rates <daily>", ASKER)
        silent = KnownChat(SILENT, ChatKind.CHANNEL, "Silent", ASKER, reason="may not post")
        others = KnownChat(OTHERS, ChatKind.CHANNEL, "Others", 99)
        there = {"@rates": channel, str(CHANNEL): channel, "@silent": silent, "@others": others}
        self.chats.there = there
        self.chats.administrators = {(GROUP, ASKER), (CHANNEL, ASKER), (SILENT, ASKER)}

    @property
    def chats(self) -> FakeChats:
        assert isinstance(self.given.chats, FakeChats)
        return self.given.chats

    def chosen(self, chat_id: int = ASKER) -> ChatSettings:
        assert isinstance(self.given.settings, FakeSettings)
        return self.given.settings.chosen.get(chat_id, ChatSettings())

    def rules(self, chat_id: int = GROUP) -> list[RuleTerms]:
        assert isinstance(self.given.alerts, FakeAlerts)
        return [each.rule.terms for each in self.given.alerts.kept.values() if each.rule.chat_id == chat_id]

    async def ask(self, words: str = "", **changes: Any) -> Reply:
        return await SETTINGS.answer(
            call(f"/settings {words}", **({"update_id": self.numbers()} | changes)), self.given
        )

    async def problem(self, words: str, **changes: Any) -> Problem:
        with pytest.raises(Problem) as caught:
            await self.ask(words, **changes)
        return caught.value


def lines(reply: Reply) -> list[str]:
    return plain_text(reply).split("\n\nNext")[0].splitlines()


def labels(reply: Reply) -> list[list[str]]:
    return [[button.label for button in row] for row in reply.buttons]


def tips(problem: Problem) -> list[str]:
    return [tip.command for tip in problem.suggestions]


# People


async def test_the_card_shows_what_is_chosen_and_each_choice_is_a_tap() -> None:
    reply = await Chats().ask()
    assert lines(reply) == [
        "Settings",
        "Time zone: UTC, 12:00 now",
        "Contracts: any quote",
        "Exchange: the best for each hedge",
        "Leverage: 2x, the usual",
        "No quiet hours",
        "Alerts in English",
        "A channel: /settings chat=@name. /privacy says what is stored.",
    ]
    assert labels(reply) == [
        ["USDT", "USDC", "USD", "• Any quote"],
        ["1x", "2x", "3x", "5x", "• Usual"],
        ["• Never quiet", "22–7", "23–8", "0–8"],
        ["• EN", "DE", "ES", "RU"],
        ["Time zone", "Exchange"],
    ]
    assert reply.audience is Audience.ASKER


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("zone Europe/Berlin", ChatSettings(zone="Europe/Berlin")),
        ("zone new york", ChatSettings(zone="America/New_York")),
        ("timezone UTC+2", ChatSettings(zone="Etc/GMT-2")),
        ("quote usdc", ChatSettings(quote="USDC")),
        ("exchange OKX", ChatSettings(exchange="okx")),
        ("leverage 3x", ChatSettings(leverage=d(3))),
        ("leverage 2.5", ChatSettings(leverage=d("2.5"))),
        ("quiet 22-7", ChatSettings(quiet=QuietHours(22, 7))),
        ("quiet 22:00 – 07:00", ChatSettings(quiet=QuietHours(22, 7))),
        ("quiet 0-24", ChatSettings(quiet=QuietHours(0, 0))),
        ("language Deutsch", ChatSettings(language=Language.GERMAN)),
        ("lang=ru", ChatSettings(language=Language.RUSSIAN)),
        ("quote USDC leverage 3x quiet off", ChatSettings(quote="USDC", leverage=d(3))),
    ],
)
async def test_each_setting_is_one_line(words: str, chosen: ChatSettings) -> None:
    chats = Chats()
    await chats.ask(words)
    assert chats.chosen() == chosen


@pytest.mark.parametrize("words", ["quote off", "exchange any", "leverage none", "quiet off"])
async def test_each_can_be_taken_back(words: str) -> None:
    chats = Chats()
    await chats.ask("quote USDC exchange okx leverage 3x quiet 22-7")
    before = chats.chosen()
    await chats.ask(words)
    assert getattr(chats.chosen(), words.split()[0]) is None
    assert before != chats.chosen()


@pytest.mark.parametrize(
    ("words", "sentence", "corrected"),
    [
        (
            "zone Berln",
            'I don\'t know the time zone "Berln". Did you mean Europe/Berlin?',
            ["/settings zone Europe/Berlin"],
        ),
        (
            "leverage 300x",
            'Leverage is 1x to 100x, not "300x".',
            ["/settings leverage 2x", "/settings leverage 3x"],
        ),
        (
            "quiet night",
            'Quiet hours are two full hours of the day, like 22-7, not "night".',
            ["/settings quiet 22-7", "/settings quiet off"],
        ),
        (
            "exchange bybt",
            '"bybt" is not asked here. Here: Binance, Bybit, OKX, Gate.',
            ["/settings exchange bybit"],
        ),
        (
            "qoute USDC",
            'I don\'t know the setting "qoute". There are zone, quiet, language, quote, exchange, leverage.',
            ["/settings quote USDC"],
        ),
    ],
)
async def test_a_mistake_offers_the_corrected_line_and_changes_nothing(
    words: str, sentence: str, corrected: list[str]
) -> None:
    chats = Chats()
    problem = await chats.problem(words)
    assert isinstance(problem, UserMistake)
    assert (problem.sentence, tips(problem)) == (sentence, corrected)
    assert chats.chosen() == ChatSettings()


async def test_zones_are_chosen_by_what_the_clock_shows() -> None:
    reply = await Chats().ask("zone")
    assert labels(reply)[0] == ["• UTC 12:00", "London 12:00", "Berlin 13:00"]
    assert reply.buttons[0][2].command == "/settings zone Europe/Berlin"


async def test_exchanges_are_chosen_from_those_that_are_asked() -> None:
    assert labels(await Chats().ask("exchange"))[:2] == [["• Any", "Binance", "Bybit"], ["OKX", "Gate"]]


async def test_groups_and_channels_that_this_person_added_the_bot_to_are_listed() -> None:
    chats = Chats()
    assert isinstance(chats.given.chat_book, FakeChatBook)
    chats.given.chat_book.known = {
        GROUP: KnownChat(GROUP, ChatKind.GROUP, "Traders", ASKER),
        SILENT: KnownChat(SILENT, ChatKind.CHANNEL, "Silent", ASKER, NOW, "may not post"),
        OTHERS: KnownChat(OTHERS, ChatKind.CHANNEL, "Others", 99),
    }
    reply = await chats.ask()
    assert labels(reply)[-2:] == [["Group Traders"], ["Channel Silent (I may not post)"]]
    assert reply.buttons[-2][0].command == "/settings chat=-5"


# Groups


async def test_a_group_is_set_up_in_five_taps() -> None:
    """Coins, level, topic, quiet hours, language: each tap is a button of the card before."""
    chats = Chats()
    reply = await chats.ask(**IN_TOPIC)
    for label in ("BTC", "0.1 %", "General", "22–7", "DE"):
        line = next(button.command for row in reply.buttons for button in row if button.label == label)
        reply = await chats.ask(line.removeprefix("/settings "), is_press=True, **IN_TOPIC)
    assert chats.chosen(GROUP) == ChatSettings(
        quiet=QuietHours(22, 7), language=Language.GERMAN, watch=GroupWatch(("BTC",), d("0.001"), None)
    )
    assert lines(reply) == [
        "What this group is told",
        "BTC beyond ±0.1 % per 8 h",
        "with changed sides and intervals: one message between settlements, edited as values change",
        "Topic: General",
        "Quiet 22:00–7:00 · UTC · Deutsch",
        "Administrators change this. Other coins: /settings coins BTC PEPE",
    ]


async def test_tapping_a_coin_to_and_fro_counts_each_time() -> None:
    chats = Chats()
    for seconds, words in enumerate(("coins BTC ETH", "coins BTC", "coins BTC ETH")):
        at = NOW + timedelta(seconds=seconds)
        await chats.ask(words, is_press=True, update_id=-hash(words), asked_at=at, **IN_GROUP)
    assert chats.chosen(GROUP).watch == GroupWatch(("BTC", "ETH"))


async def test_where_it_is_set_up_it_is_told() -> None:
    chats = Chats()
    await chats.ask("extremes", **IN_TOPIC)
    assert chats.chosen(GROUP).watch == GroupWatch(thread_id=TOPIC)
    await chats.ask("topic general", **IN_TOPIC)
    assert chats.chosen(GROUP).watch == GroupWatch()
    await chats.ask("topic here", **IN_TOPIC)
    assert chats.chosen(GROUP).watch == GroupWatch(thread_id=TOPIC)


async def test_a_chosen_coin_is_marked_and_taken_out_by_a_tap_but_for_the_last() -> None:
    chats = Chats()
    reply = await chats.ask("coins BTC ETH", **IN_GROUP)
    assert [(button.label, button.command) for button in reply.buttons[0]] == [
        ("• BTC", "/settings coins -BTC"),
        ("• ETH", "/settings coins -ETH"),
        ("SOL", "/settings coins +SOL"),
    ]
    assert [button.label for button in reply.buttons[1]] == ["Extremes: any coin"]
    await chats.ask("coins -BTC", **IN_GROUP)
    reply = await chats.ask("coins -ETH", **IN_GROUP)
    assert "• ETH" in [button.label for button in reply.buttons[0]]


async def test_two_coins_tapped_before_the_card_has_changed_are_both_watched() -> None:
    chats = Chats()
    card = await chats.ask(**IN_GROUP)
    taps = [button.command.removeprefix("/settings ") for button in card.buttons[0][:2]]
    for tap in taps:
        await chats.ask(tap, **IN_GROUP)
    assert [terms.coin for terms in chats.rules()] == ["BTC", "ETH"]


async def test_its_rules_follow_from_what_was_chosen() -> None:
    chats = Chats()
    await chats.ask("coins BTC ETH level 0.1%", **IN_GROUP)
    assert [(terms.coin, terms.level, terms.clear_level, terms.follows) for terms in chats.rules()] == [
        ("BTC", d("0.001"), d("0.0005"), True),
        ("ETH", d("0.001"), d("0.0005"), True),
    ]
    await chats.ask("extremes", **IN_GROUP)
    assert [(terms.measure, terms.coin) for terms in chats.rules()] == [(Measure.EXTREMES, None)]


async def test_rules_made_by_lines_stay_until_it_is_turned_off() -> None:
    chats = Chats()
    await chats.given.alerts.add(GROUP, None, 77, RuleTerms(Measure.FLIP, "BTC", follows=True))
    reply = await chats.ask("extremes", **IN_GROUP)
    assert {terms.measure for terms in chats.rules()} == {Measure.FLIP, Measure.EXTREMES}
    assert "Alerts made by lines: 1 (/funding alerts); Off deletes them" in lines(reply)
    await chats.ask("off", **IN_GROUP)
    assert chats.rules() == []
    assert chats.chosen(GROUP).watch is None


async def test_a_change_that_was_stored_but_not_its_rules_is_finished_when_it_comes_again() -> None:
    chats = Chats()
    await chats.given.settings.change(GROUP, 50, lambda _: ChatSettings(watch=GroupWatch(("BTC",))))
    await chats.ask("coins BTC", update_id=50, **IN_GROUP)
    assert [terms.coin for terms in chats.rules()] == ["BTC"]


@pytest.mark.parametrize("words", ["coins BTC", "off", "zone", "quiet 22-7"])
async def test_a_member_gets_one_line_in_a_new_message_and_nothing_changes(words: str) -> None:
    chats = Chats()
    await chats.ask("extremes", **IN_GROUP)
    reply = await chats.ask(words, **IN_GROUP, user_id=8)
    assert reply == Reply("Only administrators of this group change its settings.", is_new_message=True)
    assert chats.chosen(GROUP).watch == GroupWatch()


async def test_a_tap_of_a_member_leaves_the_card_alone_but_anyone_may_ask_for_it() -> None:
    chats = Chats()
    assert (await chats.ask(**IN_GROUP, user_id=8, is_press=True)).is_new_message
    assert lines(await chats.ask(**IN_GROUP, user_id=8))[0] == "What this group is told"


async def test_rights_that_were_taken_are_gone_at_the_next_tap() -> None:
    chats = Chats()
    await chats.ask("coins BTC", **IN_GROUP)
    chats.chats.administrators.clear()
    assert (await chats.ask("off", **IN_GROUP)).is_new_message
    assert chats.chosen(GROUP).watch == GroupWatch(("BTC",))


async def test_an_anonymous_administrator_may() -> None:
    chats = Chats()
    await chats.ask("coins BTC", **IN_GROUP, user_id=-1, is_administrator=True)
    assert chats.chosen(GROUP).watch == GroupWatch(("BTC",))


async def test_a_coin_without_a_perpetual_changes_nothing() -> None:
    chats = Chats()
    problem = await chats.problem("coins BTC PEPE", **IN_GROUP)
    assert isinstance(problem, NotPossible)
    assert problem.sentence == "No exchange here has a perpetual of PEPE, so nothing was changed."
    assert tips(problem) == ["/settings coins BTC"]
    assert chats.chosen(GROUP) == ChatSettings()


@pytest.mark.parametrize(
    ("words", "corrected"),
    [
        ("level 0.05", ["/settings level 0.05%"]),  # as a fraction it would be 5 %, which is never reached
        ("level 0.0005", ["/settings level 0.0005%", "/settings level 0.05%"]),
        ("level 5", ["/settings level 0.05%"]),
        ("level 5%", ["/settings level 0.05%", "/settings level 0.1%"]),
        ("level 0%", ["/settings level 0.05%", "/settings level 0.1%"]),
        ("topic there", ["/settings topic here", "/settings topic general"]),
        ("coins BTTC", ["/settings coins BTC"]),
    ],
)
async def test_what_a_group_cannot_mean_is_corrected(words: str, corrected: list[str]) -> None:
    chats = Chats()
    assert tips(await chats.problem(words, **IN_GROUP)) == corrected
    assert chats.chosen(GROUP) == ChatSettings()


async def test_a_group_that_could_not_be_told_is_tried_again_once_an_administrator_changes_its_card() -> None:
    chats = Chats()
    book = chats.given.chat_book
    quiet = KnownChat(GROUP, ChatKind.GROUP, "Desk", ASKER, NOW, "may not post")  # its topic was closed
    await book.opened(quiet)
    await chats.ask(**IN_GROUP)
    assert await book.find(GROUP) == quiet
    await chats.ask("topic general", **IN_TOPIC)
    assert await book.find(GROUP) == KnownChat(GROUP, ChatKind.GROUP, "Desk", ASKER)


# Channels, from the private chat


@pytest.mark.parametrize("name", ["@rates", "rates", str(CHANNEL)])
async def test_a_channel_is_set_up_from_the_private_chat(name: str) -> None:
    chats = Chats()
    reply = await chats.ask(f"chat={name}")
    assert reply.text.startswith("<b>What Rates &lt;daily&gt; is told</b>")
    assert reply.audience is Audience.ASKER
    tap = reply.buttons[0][0].command
    assert tap == "/settings chat=-100 coins +BTC"
    await chats.ask(tap.removeprefix("/settings "), is_press=True)
    assert chats.chosen(CHANNEL).watch == GroupWatch(("BTC",))
    assert [terms.coin for terms in chats.rules(CHANNEL)] == ["BTC"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "@silent",
            (
                "I may not post in Silent. Make me an administrator there who may post messages, then try again. "
                "Nothing was changed."
            ),
        ),
        ("@others", "Only administrators of Others change what it is told."),
        (
            "@nowhere",
            'I see no group or channel "@nowhere". Add me there first, in a channel as an administrator who may post.',
        ),
    ],
)
async def test_a_channel_that_cannot_be_told_or_is_anothers_is_not_set_up(name: str, sentence: str) -> None:
    chats = Chats()
    problem = await chats.problem(f"chat={name} coins BTC")
    assert problem.sentence == sentence
    assert tips(problem) == [f"/settings chat={name}", "/settings"]
    assert not {SILENT, OTHERS} & set(chats.given.settings.chosen)  # type: ignore[attr-defined] # the fake's


async def test_another_chat_is_not_set_up_from_a_group() -> None:
    problem = await Chats().problem("chat=@rates coins BTC", **IN_GROUP)
    assert problem.sentence == "Another chat is set up in the private chat with me."


async def test_the_zone_of_a_channel_is_chosen_for_it() -> None:
    chats = Chats()
    reply = await chats.ask(f"chat={CHANNEL} zone")
    assert reply.buttons[0][2].command == "/settings chat=-100 zone Europe/Berlin"
    await chats.ask(reply.buttons[0][2].command.removeprefix("/settings "))
    assert (chats.chosen(CHANNEL).zone, chats.chosen().zone) == ("Europe/Berlin", "UTC")
