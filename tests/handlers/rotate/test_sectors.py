"""Sectors are listed, changed in the private chat, and what is not understood is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.command import Audience, ChatKind, Services
from chatbot.core.catalogue import members
from chatbot.core.errors import UserMistake
from chatbot.core.rotation.sectors import MOST_OF_CATALOGUE, sectors_of
from chatbot.messenger import plain_text
from handlers.rotate.sectors import answer
from tests.fakes import ASKER, call, services
from tests.handlers.rotate.signals.samples import commands


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
    assert reply.text.startswith("<b>Added SOL to my picks</b>\n<b>my picks</b>: 1 coin\nSOL\nOne coin")
    assert "One coin is no sector" in reply.text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/rotate sectors mine reset", "<b>Deleted mine</b>\n"),
        (
            "/rotate sectors mine remove SOL",
            "<b>Removed SOL from mine</b>\n<b>That was its last coin: mine is deleted</b>\n",
        ),
    ],
)
async def test_a_sector_of_ones_own_that_is_gone_leaves_the_others_and_a_way_back(
    line: str, told: str, asked: Services
) -> None:
    first = await answer(call("/rotate sectors mine add SOL", update_id=1), asked)
    assert [button.label for row in first.buttons for button in row][:2] == ["Undo", "Delete mine"]
    reply = await answer(call(line, update_id=2), asked)
    assert reply.text.startswith(f"{told}<b>14 sectors</b>")
    assert commands(reply)[0] == "/rotate sectors mine make SOL"
    back = await answer(call(commands(reply)[0], update_id=3), asked)
    assert "<b>mine</b>: 1 coin\nSOL" in back.text


async def test_every_change_says_what_was_done_and_its_undo_makes_what_was(asked: Services) -> None:
    await answer(call("/rotate sectors ai add SOL remove FET", update_id=1), asked)
    before = (await asked.settings.load(ASKER)).sectors
    reply = await answer(call("/rotate sectors ai reset", update_id=2), asked)
    assert reply.text.startswith("<b>ai is as shipped again</b>\n<b>ai</b>: 8 coins")
    assert commands(reply)[0] == "/rotate sectors ai add SOL remove FET"
    await answer(call(commands(reply)[0], update_id=3), asked)
    assert (await asked.settings.load(ASKER)).sectors == before


coins = st.sampled_from([*members("ai")[:MOST_OF_CATALOGUE], "SOL", "ETH", "GATE"])


@given(st.lists(st.tuples(st.sampled_from(["add", "remove"]), coins), min_size=1, max_size=6), st.data())
async def test_what_a_line_did_is_undone_by_its_undo(steps: list[tuple[str, str]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(steps) - 1))
    asked = services()
    for number, (verb, coin) in enumerate(steps[:at]):
        await answer(call(f"/rotate sectors ai {verb} {coin}", update_id=number), asked)
    before = sectors_of((await asked.settings.load(ASKER)).sectors)["ai"]
    written = " ".join(f"{verb} {coin}" for verb, coin in steps[at:])
    reply = await answer(call(f"/rotate sectors ai {written}", update_id=100), asked)
    if reply.buttons[0][0].label == "Undo":
        await answer(call(reply.buttons[0][0].command, update_id=101), asked)
    assert set(sectors_of((await asked.settings.load(ASKER)).sectors)["ai"]) == set(before)


async def test_a_smaller_coin_of_the_catalogue_can_be_removed_too(asked: Services) -> None:
    reply = await answer(call("/rotate sectors ai remove KAITO"), asked)
    assert plain_text(reply).splitlines()[0] == "Removed KAITO from ai"
    assert commands(reply)[0] == "/rotate sectors ai reset"  # added, it would be looked at, which it was not


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/rotate sectors ai add TAO", "TAO is already in ai"),
        ("/rotate sectors ai remove NOPE ODD", "NOPE, ODD are not in ai"),
        ("/rotate sectors ai reset", "ai is as shipped already: nothing to reset"),
        ("/rotate sectors reset", "Nothing to reset: every sector is as shipped."),
    ],
)
async def test_what_was_so_before_is_said_and_has_no_undo(line: str, told: str, asked: Services) -> None:
    reply = await answer(call(line), asked)
    assert plain_text(reply).splitlines()[0] == told
    assert "Undo" not in [button.label for row in reply.buttons for button in row]
    assert (await asked.settings.load(ASKER)).sectors == ()


async def test_a_name_that_is_nearly_one_of_a_sector_is_asked_about(asked: Services) -> None:
    with pytest.raises(UserMistake, match="Did you mean ai") as caught:
        await answer(call("/rotate sectors aii add SOL"), asked)
    assert [each.command for each in caught.value.suggestions] == [
        "/rotate sectors ai add SOL",
        "/rotate sectors aii make SOL",
    ]
    with pytest.raises(UserMistake, match="Did you mean ai"):
        await answer(call("/rotate sectors ia add SOL"), asked)
    made = await answer(call("/rotate sectors aii make SOL"), asked)
    assert made.text.startswith("<b>Added SOL to aii</b>")


async def test_one_coin_that_is_unknown_keeps_the_good_ones_from_being_stored_half(asked: Services) -> None:
    with pytest.raises(UserMistake, match='lists "QQQQQ"') as caught:
        await answer(call("/rotate sectors mine add SOL QQQQQ ETH"), asked)
    assert caught.value.sentence.endswith("Nothing is stored yet.")
    assert caught.value.suggestions[0].command == "/rotate sectors mine add SOL ETH"
    assert (await asked.settings.load(ASKER)).sectors == ()


async def test_a_coin_of_the_sector_that_nobody_lists_can_come_back(asked: Services) -> None:
    removed = await answer(call("/rotate sectors ai remove AGIX", update_id=1), asked)
    assert commands(removed)[0] == "/rotate sectors ai add AGIX"
    await answer(call(commands(removed)[0], update_id=2), asked)
    assert (await asked.settings.load(ASKER)).sectors == ()


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
        ("/rotate sectors mynew reset", 'no sector "mynew"', "/rotate sectors"),
        ("/rotate sectors memez remove DOGE", 'no sector "memez"', "/rotate sectors memes remove DOGE"),
        ("/rotate sectors eth add SOL", "would be read as the coin ETH", "/rotate sectors my eth add SOL"),
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
    assert reply.text.startswith("<b>Added GATE to layer 1</b>\n<b>layer 1</b>: 9 coins")


async def test_two_buttons_are_in_a_row_where_a_name_is_too_long_for_three(asked: Services) -> None:
    reply = await answer(call("/rotate sectors"), asked)
    rows = [[button.label for button in row] for row in reply.buttons]
    assert rows[:3] == [["store of value", "layer 1"], ["exchange", "layer 2", "defi"], ["infrastructure", "ai"]]
    assert all(len(row) == 2 for row in rows if max(map(len, row)) > 10 and len(row) > 1)
