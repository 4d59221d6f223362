"""What the messenger itself says."""

import pytest

from chatbot.command import Button, Reply
from chatbot.messenger.phrases import edited, hint
from tests.chatbot.messenger.fakes import command, echo

COMMANDS = [
    command("start", echo),
    command("hedge", echo, examples=("/hedge 10 ETH", "/hedge ETH 50%")),
    command("portfolio", echo, examples=("/portfolio add 10 ETH",)),
    command("how", echo, is_listed=False, examples=("/how k3f9",)),
]


def lines(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


@pytest.mark.parametrize("text", ["hegde 10 eth", "Hedg 10 eth", "hedges 10 eth"])
def test_a_word_like_a_command_is_offered_as_that_command(text: str) -> None:
    assert lines(hint(text, COMMANDS)) == ["/hedge 10 eth"]


@pytest.mark.parametrize("text", ["10 ETH", "$20k SOL", "0.5btc"])
def test_a_quantity_is_offered_to_be_hedged_or_added(text: str) -> None:
    assert lines(hint(text, COMMANDS)) == [f"/hedge {text}", f"/portfolio add {text}"]


@pytest.mark.parametrize("text", ["hello", "🚀", "شكرا", "<b>", "", "1" * 5000])
def test_anything_else_gets_examples_of_listed_commands(text: str) -> None:
    assert lines(hint(text, COMMANDS)) == ["/hedge 10 ETH", "/portfolio add 10 ETH"]


def test_without_examples_there_is_still_help() -> None:
    assert lines(hint("hello", [command("start", echo)])) == ["/help"]


def test_a_long_edited_line_keeps_its_words_behind_a_short_label() -> None:
    line = "/portfolio add " + "1 ETH " * 20
    [[button]] = edited(line).buttons
    assert button == Button("/portfolio add 1 ETH 1 ETH 1 ETH 1 ETH …", line)
