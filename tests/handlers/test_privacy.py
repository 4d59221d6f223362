"""What is stored is said, sent and deleted; deleting asks first."""

import json

import pytest

from chatbot.command import Audience, Reply, Services
from chatbot.core.errors import UserMistake
from chatbot.core.portfolio import Holding, Portfolio
from chatbot.messenger import plain_text
from handlers.privacy import EXPORT, FORGET, PRIVACY
from tests.fakes import ASKER, call, services
from tests.samples import d

HELD = Portfolio((Holding("ETH", d("10.000000000000000001")), Holding("SOL", d(100))))


def with_holdings() -> Services:
    return services(portfolio=HELD)


def first_command(reply: Reply) -> str:
    return reply.buttons[0][0].command


async def test_privacy_says_what_is_stored_and_for_how_long() -> None:
    reply = await PRIVACY.answer(call("/privacy"), services())
    text = plain_text(reply)
    for words in (
        "until you clear it",
        "for undo: 3 days",
        "30 days",
        "90 days after the last use",
        "your alerts and settings",
    ):
        assert words in text
    assert [button.command for button in reply.buttons[0]] == ["/export", "/forget"]


async def test_export_is_a_json_file_with_every_digit() -> None:
    reply = await EXPORT.answer(call("/export"), with_holdings())
    assert reply.file is not None
    assert reply.file.name == "hedge-bot-export.json"
    assert json.loads(reply.file.content)["holdings"][0] == {"coin": "ETH", "amount_base": "10.000000000000000001"}
    assert reply.audience is Audience.ASKER


async def test_forget_asks_before_it_deletes() -> None:
    given = with_holdings()
    reply = await FORGET.answer(call("/forget"), given)
    assert reply.text.startswith("<b>Delete everything stored about you?</b>")
    assert first_command(reply) == "/forget c1"
    assert await given.portfolios.load(ASKER) == HELD


async def test_confirmed_it_deletes_and_says_how_much() -> None:
    given = with_holdings()
    line = first_command(await FORGET.answer(call("/forget"), given))
    reply = await FORGET.answer(call(line), given)
    assert plain_text(reply).splitlines()[0] == "Deleted. 2 entries are gone; nothing about you is stored now."
    assert (await given.portfolios.load(ASKER)).is_empty


async def test_one_entry_is_one() -> None:
    given = services(portfolio=Portfolio((Holding("ETH", d(1)),)))
    line = first_command(await FORGET.answer(call("/forget"), given))
    assert "1 entry is gone" in (await FORGET.answer(call(line), given)).text


@pytest.mark.parametrize("line", ["/forget c1", "/forget yes", "/forget 🚀"])
async def test_a_key_that_was_not_given_deletes_nothing(line: str) -> None:
    given = with_holdings()
    with pytest.raises(UserMistake) as caught:
        await FORGET.answer(call(line), given)
    assert caught.value.sentence == "That button was used already, or is older than an hour."
    assert [tip.command for tip in caught.value.suggestions] == ["/forget"]
    assert await given.portfolios.load(ASKER) == HELD


async def test_a_double_tap_deletes_once() -> None:
    given = with_holdings()
    line = first_command(await FORGET.answer(call("/forget"), given))
    await FORGET.answer(call(line), given)
    with pytest.raises(UserMistake):
        await FORGET.answer(call(line), given)


async def test_the_key_of_somebody_else_deletes_nothing() -> None:
    given = with_holdings()
    line = first_command(await FORGET.answer(call("/forget"), given))
    with pytest.raises(UserMistake):
        await FORGET.answer(call(line, user_id=ASKER + 1), given)
    assert await given.portfolios.load(ASKER) == HELD


def test_what_is_personal_is_not_answered_in_groups_and_needs_no_market() -> None:
    assert [command.in_groups for command in (PRIVACY, EXPORT, FORGET)] == [True, False, False]
    assert not any(command.needs_market for command in (PRIVACY, EXPORT, FORGET))
