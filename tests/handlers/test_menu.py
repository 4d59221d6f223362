"""The commands together: their order, their names, their words, and every example understood."""

import re
from html import unescape

import pytest

from chatbot.command import Command
from chatbot.core.portfolio import Holding, Portfolio
from chatbot.messenger import plain_text, respond
from handlers.menu import MENU
from tests.fakes import call, services
from tests.samples import d

HELD = Portfolio((Holding("ETH", d(10)), Holding("SOL", d(100)), Holding("BTC", d(1))))
EXAMPLES = [example for command in MENU for example in command.examples]
WRITTEN_IN_HELP = [line for command in MENU for line in re.findall(r"<code>(/[^<]+)</code>", command.help)]


def named(name: str) -> Command:
    return next(command for command in MENU if command.name == name)


def test_users_see_the_commands_in_this_order() -> None:
    assert [command.name for command in MENU if command.is_listed] == [
        "hedge",
        "funding",
        "portfolio",
        "allocate",
        "risk",
        "rotate",
        "settings",
        "privacy",
        "export",
        "forget",
        "help",
    ]


def test_what_is_said_of_a_command_fits_into_telegrams_list() -> None:
    assert all(re.fullmatch(r"[a-z]{1,32}", command.name) for command in MENU)
    assert all(1 <= len(command.summary) <= 256 for command in MENU)


def test_only_what_is_about_holdings_stays_out_of_groups() -> None:
    assert [command.name for command in MENU if not command.in_groups] == ["portfolio", "risk", "export", "forget"]


@pytest.mark.parametrize("line", [*EXAMPLES, *WRITTEN_IN_HELP])
async def test_every_example_is_understood(line: str) -> None:
    reply = await respond(call(unescape(line)), MENU, services(portfolio=HELD))
    known_not_to_be_there = (
        "No exchange here lists",
        "No exchange here has a",
        "expires on",
        "coin-margined",
        "No short of",
        "days of prices: too few",
        "can be tested",
        "A choice of 2 takes 3",
        "A choice of 2 takes 3",
        "there are no prices of more",
    )
    assert reply.failure is None or any(words in plain_text(reply) for words in known_not_to_be_there)


@pytest.mark.parametrize("command", MENU, ids=lambda command: command.name)
async def test_no_line_is_a_bug(command: Command) -> None:
    odd = ("", "10 000", "🚀", "\u202e<b>&amp;", "9" * 10_000, "add\n\n;;\n", "undo", "clear x", "1,5 ETH", "\x00")
    for words in odd:
        reply = await respond(call(f"/{command.name} {words}"), MENU, services(portfolio=HELD))
        assert "Something broke" not in reply.text
