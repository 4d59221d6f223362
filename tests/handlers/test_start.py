"""The first screen and the help."""

import pytest

from chatbot.command import Reply
from chatbot.core.errors import UserMistake
from chatbot.messenger import plain_text
from handlers.menu import MENU
from handlers.start import START
from tests.fakes import call, services


async def ask(line: str) -> Reply:
    name = line.split()[0].removeprefix("/")
    return await next(each for each in MENU if each.name == name).answer(call(line), services())


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


async def test_the_first_screen_is_five_lines_and_ends_with_no_advice() -> None:
    lines = (await ask("/start")).text.splitlines()
    assert len(lines) == 5
    assert lines[-1] == "<i>Estimates, not advice. It cannot trade and asks for no keys.</i>"


async def test_the_first_steps_are_whole_commands() -> None:
    assert commands(await ask("/start")) == [
        "/hedge 10 ETH 50%",
        "/funding BTC",
        "/funding",
        "/portfolio",
        "/help",
        "/privacy",
    ]


def test_hello_is_said_before_any_exchange_answered() -> None:
    assert not START.needs_market


async def test_help_lists_every_listed_command_in_the_order_of_the_menu() -> None:
    lines = plain_text(await ask("/help")).splitlines()
    assert lines[:9] == [
        "What can be asked",
        "/hedge Size a hedge: contracts, margin, liquidation, funding",
        "/funding Funding on every exchange, carry, and alerts",
        "/portfolio What you hold: worth, exposure, futures results",
        "/allocate Where your money is, where you want it, and the trades between",
        "/risk What you may lose: a bad day, falls of bitcoin, liquidations",
        "/rotate Which sector leads against bitcoin, and in which phase the money is",
        "/settings Time zone, quote, exchange, leverage, quiet hours, language",
        "/privacy What is stored about you",
    ]
    assert "Estimates, not advice. It cannot trade and asks for no keys." in lines


@pytest.mark.parametrize("line", ["/help hedge", "/help /hedge", "/help HEDGE"])
async def test_help_on_one_command_has_its_examples_as_buttons(line: str) -> None:
    reply = await ask(line)
    assert reply.text.startswith("<b>/hedge</b> sizes a short that offsets coins you hold.")
    assert commands(reply) == ["/hedge 10 ETH 50%", "/hedge $20k SOL 2x", "/hedge portfolio via BTC 20%"]


async def test_help_on_a_misspelt_command_offers_the_nearest() -> None:
    with pytest.raises(UserMistake) as caught:
        await ask("/help hegde")
    assert caught.value.sentence == 'There is no command "hegde". Did you mean hedge?'
    assert [tip.command for tip in caught.value.suggestions] == ["/help hedge"]


async def test_help_on_nonsense_leads_to_the_list() -> None:
    with pytest.raises(UserMistake) as caught:
        await ask("/help <b>\u202ezzz")
    assert caught.value.sentence == 'There is no command "<b>zzz".'
    assert [tip.command for tip in caught.value.suggestions] == ["/help"]
