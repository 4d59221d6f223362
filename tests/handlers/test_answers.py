"""/how and /chart: an earlier answer told again, with its own prices."""

from dataclasses import replace

import pytest

from chatbot.command import Call, ChatKind, Command, KeptAnswer, Picture, Reply, Services
from chatbot.core.errors import NotPossible, Problem, UserMistake
from chatbot.core.portfolio import Holding, Portfolio
from handlers.answers import chart_command, how_command
from handlers.hedge import HEDGE
from handlers.portfolio import PORTFOLIO
from tests.fakes import ASKER, FakeMarket, call, services, spot_price
from tests.samples import NOW, d

GROUP = -100
HOW, CHART = how_command((HEDGE, PORTFOLIO)), chart_command((HEDGE, PORTFOLIO))


def key_in(reply: Reply) -> str:
    lines = [button.command for row in reply.buttons for button in row]
    return next(line.removeprefix("/how ") for line in lines if line.startswith("/how "))


async def hedged(asked: Call, given: Services) -> str:
    """The key of an answer to /hedge."""
    return key_in(await HEDGE.answer(asked, given))


async def problem_of(command: Command, line: str, given: Services) -> Problem:
    with pytest.raises(Problem) as caught:
        await command.answer(call(line), given)
    return caught.value


async def test_how_explains_the_answer_in_a_new_message() -> None:
    given = services()
    reply = await HOW.answer(call(f"/how {await hedged(call('/hedge 10 ETH'), given)}"), given)
    assert reply.text.startswith("<b>How this hedge was worked out</b>")
    assert reply.is_new_message


async def test_how_has_the_prices_of_the_answer_and_not_those_of_now() -> None:
    before = services()
    key = await hedged(call("/hedge 10 ETH"), before)
    after = replace(before, market=FakeMarket(prices={"ETH": spot_price("ETH", "9999")}))
    text = (await HOW.answer(call(f"/how {key}"), after)).text
    assert "3,000" in text
    assert "9,999" not in text


async def test_chart_draws_it() -> None:
    given = services()
    reply = await CHART.answer(call(f"/chart {await hedged(call('/hedge 10 ETH'), given)}"), given)
    assert isinstance(reply.picture, Picture)
    assert reply.picture.marks[0].label == "now"


async def test_how_explains_a_portfolio_too_but_there_is_no_chart_of_it() -> None:
    given = services(portfolio=Portfolio((Holding("ETH", d(10)),)))
    key = key_in(await PORTFOLIO.answer(call("/portfolio"), given))
    assert "10 ETH × 3,000 = $30,000" in (await HOW.answer(call(f"/how {key}"), given)).text
    problem = await problem_of(CHART, f"/chart {key}", given)
    assert isinstance(problem, NotPossible)
    assert problem.sentence == "There is no more to tell about that answer."
    assert [tip.command for tip in problem.suggestions] == ["/portfolio"]


async def test_in_a_group_anybody_there_may_ask_on() -> None:
    given = services()
    there = {"chat_id": GROUP, "chat_kind": ChatKind.GROUP}
    key = await hedged(call("/hedge 10 ETH", **there), given)
    reply = await HOW.answer(call(f"/how {key}", user_id=ASKER + 1, **there), given)
    assert reply.text.startswith("<b>How this hedge was worked out</b>")


async def test_an_answer_of_another_chat_is_not_told() -> None:
    given = services()
    key = await hedged(call("/hedge 10 ETH", chat_id=GROUP, chat_kind=ChatKind.GROUP), given)
    assert isinstance(await problem_of(HOW, f"/how {key}", given), UserMistake)


@pytest.mark.parametrize("line", ["/how", "/how nokey", "/how <b>🚀</b>", f"/how {'k' * 10_000}"])
async def test_an_unknown_or_old_key_is_said_plainly_with_a_way_on(line: str) -> None:
    problem = await problem_of(HOW, line, services())
    assert problem.sentence == (
        "That answer is not here any more: answers are kept for 30 days. A new one has today's prices."
    )
    assert [tip.command for tip in problem.suggestions] == ["/hedge", "/help"]


async def test_a_plan_that_this_version_cannot_read_is_offered_anew() -> None:
    given = services()
    key = await given.answers.keep(ASKER, KeptAnswer("hedge", "/hedge 10 ETH", '{"of": "another version"}', NOW))
    problem = await problem_of(HOW, f"/how {key}", given)
    assert problem.sentence == "The bot was renewed since that answer and cannot read it any more."
    assert [tip.command for tip in problem.suggestions] == ["/hedge 10 ETH"]


def test_they_are_reached_by_buttons_and_not_listed() -> None:
    assert [command.is_listed for command in (HOW, CHART)] == [False, False]
