"""From a line of text to a command's answer, or an apology."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chatbot.command import Button, Call, ChatKind, Reply, Services
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage
from chatbot.messenger import door
from tests.chatbot.messenger.fakes import NOW, command, echo, services

COMMANDS = [command("hedge", echo), command("portfolio", echo, in_groups=False), command("how", echo, is_listed=False)]


def call(text: str, **changes: Any) -> Call:
    settings: dict[str, Any] = {
        "update_id": 9,
        "user_id": 7,
        "chat_id": 7,
        "chat_kind": ChatKind.PRIVATE,
        "asked_at": NOW,
    }
    return Call(text=text, **(settings | changes))


def failing(error: BaseException) -> Any:
    async def answer(_: Call, __: Services) -> Reply:
        raise error

    return answer


@pytest.mark.parametrize("line", ["/hedge 10 ETH", "/HEDGE", "hedge", "/hedge\n10 ETH"])
async def test_the_first_word_names_the_command(line: str) -> None:
    assert (await door.respond(call(line), COMMANDS, services())).text == line


async def test_a_misspelt_command_gets_the_nearest_one_with_the_same_words() -> None:
    reply = await door.respond(call("/hegde 10 ETH 50%"), COMMANDS, services())
    assert reply.text == 'I don\'t know the command "/hegde". Did you mean /hedge?'
    assert reply.buttons == ((Button("/hedge 10 ETH 50%", "/hedge 10 ETH 50%"),),)


@pytest.mark.parametrize("line", ["/xyz", "/", "", "/" + "x" * 10_000, "/🚀", "/<b>"])
async def test_a_command_like_no_other_is_answered_with_what_can_be_asked(line: str) -> None:
    reply = await door.respond(call(line), COMMANDS, services())
    assert reply.text.startswith("I don't know the command")
    assert len(reply.text) < 120
    assert reply.buttons == ((Button("What I know", "/help"),),)


async def test_an_exchange_that_is_down_is_an_apology_with_a_way_to_try_again() -> None:
    outage = Outage("OKX", "does not answer", NOW - timedelta(minutes=3))
    commands = [command("hedge", failing(MarketUnavailable("No exchange answered.", [outage])))]
    reply = await door.respond(call("/hedge 10 ETH"), commands, services())
    assert reply.text == "No exchange answered.\n• OKX does not answer (3 min so far)"
    assert reply.buttons == ((Button("Try again", "/hedge 10 ETH"),),)
    assert isinstance(reply.failure, MarketUnavailable)


async def test_what_may_have_changed_something_is_not_offered_again() -> None:
    commands = [command("portfolio", failing(MarketUnavailable("No.")), in_groups=False)]
    assert (await door.respond(call("/portfolio add 10 ETH"), commands, services())).buttons == ()


async def test_what_is_not_possible_is_said_in_its_own_sentence() -> None:
    commands = [command("hedge", failing(NotPossible("No exchange lists a future on X.")))]
    assert (await door.respond(call("/hedge X"), commands, services())).text == "No exchange lists a future on X."


async def test_a_bug_is_logged_with_its_number_and_kept_from_the_reader(caplog: pytest.LogCaptureFixture) -> None:
    reply = await door.respond(call("/hedge"), [command("hedge", failing(KeyError("secret detail")))], services())
    assert "<code>9</code>" in reply.text
    assert "secret detail" not in reply.text
    assert "update 9 failed" in caplog.text


async def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(_: Call, __: Services) -> Reply:
        await asyncio.sleep(5)
        return Reply("late")

    monkeypatch.setattr(door, "DEADLINE_S", 0.01)
    reply = await door.respond(call("/hedge"), [command("hedge", slow)], services())
    assert "took longer than" in reply.text
    assert isinstance(reply.failure, TimeoutError)


async def test_a_time_out_inside_a_command_is_a_bug_and_not_our_deadline() -> None:
    reply = await door.respond(call("/hedge"), [command("hedge", failing(TimeoutError()))], services())
    assert "the bot's fault" in reply.text


async def test_stopping_the_bot_is_no_failure_of_a_command() -> None:
    with pytest.raises(asyncio.CancelledError):
        await door.respond(call("/hedge"), [command("hedge", failing(asyncio.CancelledError()))], services())
