"""Sectors are listed, changed in the private chat, and what is not understood is named."""

import pytest

from chatbot.command import Audience, ChatKind, Services
from chatbot.core.errors import UserMistake
from handlers.rotate.sectors import answer
from tests.fakes import call, services


@pytest.fixture
def asked() -> Services:
    return services()


async def test_all_sectors_are_listed_with_their_coins(asked: Services) -> None:
    reply = await answer(call("/rotate sectors"), asked)
    assert reply.text.startswith("<b>14 sectors</b>, as of June 2025")
    assert "<b>ai</b> TAO, FET, RENDER" in reply.text
    assert reply.buttons[0][0].command == "/rotate sectors store of value"


async def test_a_coin_is_added_kept_and_taken_out_again(asked: Services) -> None:
    added = await answer(call("/rotate sectors ai add SOL", update_id=1), asked)
    assert "added by you: SOL" in added.text
    assert "SOL" in (await answer(call("/rotate sectors AI"), asked)).text
    reset = await answer(call("/rotate sectors ai reset", update_id=2), asked)
    assert "SOL" not in reset.text


async def test_a_new_name_makes_a_sector_and_one_coin_is_said_to_be_none(asked: Services) -> None:
    reply = await answer(call("/rotate sectors my picks add SOL"), asked)
    assert reply.text.startswith("<b>my picks</b>: 1 coin\nSOL")
    assert "One coin is no sector" in reply.text


@pytest.mark.parametrize("line", ["/rotate sectors mine reset", "/rotate sectors mine remove SOL"])
async def test_a_sector_of_ones_own_that_is_gone_leaves_the_others(line: str, asked: Services) -> None:
    await answer(call("/rotate sectors mine add SOL", update_id=1), asked)
    reply = await answer(call(line, update_id=2), asked)
    assert reply.text.startswith("<b>14 sectors</b>")


async def test_in_a_group_nothing_of_ones_own_is_kept(asked: Services) -> None:
    reply = await answer(call("/rotate sectors ai add SOL", chat_id=-5, chat_kind=ChatKind.GROUP), asked)
    assert reply.audience is Audience.ASKER
    assert (await asked.settings.load(-5)).sectors == ()


@pytest.mark.parametrize(
    ("line", "sentence", "command"),
    [
        ("/rotate sectors memez", 'no sector "memez"', "/rotate sectors memes"),
        ("/rotate sectors ai add", "Which coin to add", "/rotate sectors ai add TAO"),
        ("/rotate sectors ai add SOLL", 'lists "SOLL"', "/rotate sectors ai add SOL"),
        ("/rotate sectors <b> add SOL", "letters and digits", "/rotate sectors ai add TAO"),
        ("/rotate sectors add SOL", "Which sector is to be changed", "/rotate sectors ai add SOL"),
        ("/rotate sectors reset", "Which sector is to be changed", "/rotate sectors ai reset"),
        ("/rotate sectors ai remove", "Which coin to remove", "/rotate sectors ai remove TAO"),
        ("/rotate sectors new add SOL", "would be read as a question: /rotate new", "/rotate sectors ai add TAO"),
    ],
)
async def test_what_is_not_understood_is_named(line: str, sentence: str, command: str, asked: Services) -> None:
    with pytest.raises(UserMistake, match=sentence) as caught:
        await answer(call(line), asked)
    assert caught.value.suggestions[0].command == command


async def test_a_short_name_is_that_of_the_sector_and_makes_no_other_one(asked: Services) -> None:
    reply = await answer(call("/rotate sectors L1 add GATE"), asked)
    assert reply.text.startswith("<b>layer 1</b>: 9 coins")


async def test_two_buttons_are_in_a_row_where_a_name_is_too_long_for_three(asked: Services) -> None:
    reply = await answer(call("/rotate sectors"), asked)
    rows = [[button.label for button in row] for row in reply.buttons]
    assert rows[:3] == [["store of value", "layer 1"], ["exchange", "layer 2", "defi"], ["infrastructure", "ai"]]
    assert all(len(row) == 2 for row in rows if max(map(len, row)) > 10 and len(row) > 1)
