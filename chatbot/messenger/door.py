"""The door between a line of text and the commands: which one is meant, and what is said when it fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from rapidfuzz import fuzz, process

from chatbot.apology import apologise, bug, too_slow
from chatbot.command import Call, ChatKind, Command, Reply, Services
from chatbot.core.errors import Problem, Suggestion, UserMistake

DEADLINE_S = 30
ALIKE = 70  # of 100, by rapidfuzz: `/hegde` is 80 like `/hedge`, `/rotate` 55 like `/forget`
LONGEST_ECHO = 40

_LOG = logging.getLogger(__name__)


async def respond(call: Call, commands: Sequence[Command], services: Services) -> Reply:
    """The command's answer, or an apology. Raises nothing: a bug is logged with the update's number and said so."""
    deadline = asyncio.timeout(DEADLINE_S)
    command: Command | None = None
    try:
        command = named(call.text, commands)
        async with deadline:
            return await command.answer(call, services)
    except Problem as problem:
        return apologise(problem, services.now(), _line_to_repeat(call, command))
    except Exception as error:  # noqa: BLE001 - the one door: a bug in one answer must not silence the bot
        if deadline.expired():
            _LOG.warning("update %s took longer than %s s", call.update_id, DEADLINE_S)
            return too_slow(DEADLINE_S, error)
        _LOG.exception("update %s failed", call.update_id)
        return bug(call.update_id, error)


def named(line: str, commands: Sequence[Command]) -> Command:
    """The command that `line` begins with. UserMistake, with the nearest one, where there is none of that name."""
    command = find(line, commands)
    if command is None:
        raise unknown(line, [known.name for known in commands if known.is_listed])
    return command


def find(line: str, commands: Sequence[Command]) -> Command | None:
    """The command of this name, with or without its slash."""
    name = first_word(line)
    return next((command for command in commands if command.name == name), None)


def first_word(line: str) -> str:
    """In small letters and without a slash; empty for an empty line."""
    return "".join(line.split(maxsplit=1)[:1]).removeprefix("/").lower()


def nearest(word: str, names: Sequence[str]) -> str | None:
    """The name that was probably meant."""
    match = process.extractOne(word, names, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return match[0] if match else None


def unknown(line: str, names: Sequence[str]) -> UserMistake:
    """For a line whose first word names no command."""
    word = first_word(line)
    meant = nearest(word, names)
    echo = word if len(word) <= LONGEST_ECHO else f"{word[:LONGEST_ECHO]}…"
    if meant is None:
        return UserMistake(f'I don\'t know the command "/{echo}".', (Suggestion("What I know", "/help"),))
    corrected = f"/{meant} {''.join(line.split(maxsplit=1)[1:])}".rstrip()
    return UserMistake(
        f'I don\'t know the command "/{echo}". Did you mean /{meant}?', (Suggestion(corrected, corrected),)
    )


def _line_to_repeat(call: Call, command: Command | None) -> str:
    """Only what answers with public numbers can be asked again without harm; a file would not come along."""
    is_harmless = command is not None and command.in_groups and call.attachment is None
    return call.text if is_harmless else ""


async def tell(say: Callable[[Services], Awaitable[Reply]], number: int, services: Services) -> Reply:
    """What happened without a question, through the same door: where `say` fails, the reply has its `failure` set.

    `number` finds the log entry; it is negative there, as no update's is.
    """

    async def answer(_: Call, given: Services) -> Reply:
        return await say(given)

    call = Call(-number, 0, 0, ChatKind.PRIVATE, "tell", services.now())
    return await respond(call, (Command("tell", "", "", answer),), services)
