"""/how KEY and /chart KEY: an answer that was given, explained or drawn with the prices it had."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from chatbot.command import Call, Command, Reply, Services
from chatbot.core.errors import NotPossible, Suggestion, UserMistake

Telling = Callable[[str], Reply]  # from the kept plan, as JSON


def how_command(commands: Sequence[Command]) -> Command:
    """The button `How?` of these commands."""
    return _command("how", "The arithmetic of an answer", commands, lambda command: command.explain)


def chart_command(commands: Sequence[Command]) -> Command:
    """The button `Chart` of these commands."""
    return _command("chart", "The picture of an answer", commands, lambda command: command.depict)


def _command(
    name: str, summary: str, commands: Sequence[Command], telling_of: Callable[[Command], Telling | None]
) -> Command:
    tellings = {command.name: telling for command in commands if (telling := telling_of(command)) is not None}

    async def answer(call: Call, services: Services) -> Reply:
        return await _tell(call, services, tellings)

    return Command(
        name=name,
        summary=summary,
        help=f"<b>/{name}</b>: {summary[0].lower()}{summary[1:]}, by the button under it.",
        answer=answer,
        needs_market=False,
        is_listed=False,
    )


async def _tell(call: Call, services: Services, tellings: dict[str, Telling]) -> Reply:
    """Answers belong to the chat in which they were given, so in a group anybody there may ask on."""
    kept = await services.answers.recall(call.chat_id, call.words.strip())
    if kept is None:
        raise UserMistake(
            "That answer is not here any more: answers are kept for 30 days. A new one has today's prices.",
            [Suggestion("A new hedge", "/hedge"), Suggestion("Help", "/help")],
        )
    afresh = [Suggestion("The same at today's prices", kept.line)]
    if kept.command not in tellings:
        raise NotPossible("There is no more to tell about that answer.", afresh)
    try:
        return tellings[kept.command](kept.plan_json)
    except ValidationError as changed:
        raise NotPossible("The bot was renewed since that answer and cannot read it any more.", afresh) from changed
