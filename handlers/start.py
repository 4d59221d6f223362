"""/start and /help: what can be asked, with examples to press."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from chatbot.command import Button, Call, Command, Reply, Services
from chatbot.core.errors import Suggestion, UserMistake
from handlers.formatting import escape
from handlers.grammar import shown

ALIKE = 60  # of 100, by rapidfuzz
NO_ADVICE = "<i>Estimates, not advice. It cannot trade and asks for no keys.</i>"

WELCOME = f"""<b>How big a hedge, where, at what cost, from live prices</b>
/hedge sizes the short that offsets coins: contracts, margin, liquidation price, funding.
/funding compares what longs and shorts pay on every exchange, and tells when it changes; /rotate sectors with bitcoin.
/portfolio keeps what you hold; /risk says what it may lose; /allocate what brings it to other weights.
{NO_ADVICE}"""

FIRST_STEPS = (
    (Button("Hedge half of 10 ETH", "/hedge 10 ETH 50%"),),
    (Button("Funding of BTC", "/funding BTC"), Button("Extremes", "/funding")),
    (Button("My portfolio", "/portfolio"), Button("All commands", "/help")),
    (Button("What is stored about me", "/privacy"),),
)


async def welcome(call: Call, services: Services) -> Reply:
    """Five lines and the first steps; answered before any exchange is."""
    return Reply(WELCOME, FIRST_STEPS)


START = Command(
    name="start",
    summary="What this bot does",
    help="<b>/start</b> says in five lines what can be asked.",
    answer=welcome,
    needs_market=False,
    is_listed=False,  # Telegram itself offers it to newcomers
)


def help_command(commands: Sequence[Command]) -> Command:
    """/help on these commands: all of them, or one by its name."""

    async def answer(call: Call, services: Services) -> Reply:
        name = call.words.strip().removeprefix("/").lower()
        return _one(name, commands) if name else _all(commands)

    return Command(
        name="help",
        summary="All commands, or one with examples",
        help="<b>/help</b> lists the commands; <code>/help hedge</code> shows one with examples.",
        answer=answer,
        examples=tuple(f"/help {command.name}" for command in commands if command.examples),
        needs_market=False,
    )


def _all(commands: Sequence[Command]) -> Reply:
    listed = [command for command in commands if command.is_listed]
    lines = [f"/{command.name} {escape(command.summary)}" for command in listed]
    buttons = [Button(f"/{command.name}: examples", f"/help {command.name}") for command in listed if command.examples]
    return Reply(
        "\n".join(("<b>What can be asked</b>", *lines, NO_ADVICE)),
        tuple((button,) for button in buttons),
    )


def _one(name: str, commands: Sequence[Command]) -> Reply:
    command = next((known for known in commands if known.name == name), None)
    if command is None:
        raise _unknown(name, [known.name for known in commands if known.is_listed])
    return Reply(command.help, tuple((Button(example, example),) for example in command.examples))


def _unknown(name: str, names: Sequence[str]) -> UserMistake:
    match = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=ALIKE)
    line = f"/help {match[0]}" if match else "/help"
    meant = f" Did you mean {match[0]}?" if match else ""
    return UserMistake(f'There is no command "{shown(name)}".{meant}', [Suggestion(line, line)])
