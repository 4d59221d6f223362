"""What the messenger itself says, when it is not a command that answers. Pure."""

from collections.abc import Sequence

from chatbot.command import Button, Command, Reply
from chatbot.messenger.door import find, first_word, nearest

LONGEST_LABEL = 40
LONGEST_QUANTITY = 60
MOST_EXAMPLES = 4
HELP = ("/help",)

DESCRIPTION = (
    "Sizes hedges for crypto traders: contracts, margin, liquidation price, cost. Compares funding on every exchange, "
    "and watches it for you or your group. Public data only: it never trades and asks for no keys."
)
LOADING = Reply(
    "Market data is still loading. The answer comes here by itself, usually within a minute.", is_new_message=True
)
STILL_LOADING = "Market data is still not there: the exchanges have not answered for a minute."
EXPIRED = Reply("This button is too old. Please send the command again.", is_new_message=True)
NOT_ALLOWED = Reply(
    "This bot is private: its owner decides who may use it. Thank you for your interest.", is_new_message=True
)
SLOW_DOWN = Reply(
    "That is faster than I can answer. I finish what is waiting and leave out what comes until then, "
    "so please send it again after that.",
    is_new_message=True,
)
NOBODY = Reply(
    "This needs a person, and you write as a group or channel. Please ask me in a private chat as yourself.",
    is_new_message=True,
)
FILE_TOO_LARGE = Reply("That file is larger than 1 MB, which is more than I read. A list of coins is far smaller.")
FILE_NOT_FETCHED = Reply("Telegram did not hand over that file. Please send it again.")
GO_PRIVATE = Reply("That is for your eyes only. Tap to get it in our private chat.", is_new_message=True)
GO_PRIVATE_LABEL = "Open the private chat"


def edited(line: str) -> Reply:
    """An edit changes nothing by itself, or it would change twice."""
    return Reply("An edited message is not acted on. To ask what it says now:", ((_offer(line),),))


def hint(text: str, commands: Sequence[Command]) -> Reply:
    """For private words that are no command: what they may have meant, or what can be asked."""
    names = [command.name for command in commands if command.is_listed]
    meant = nearest(first_word(text), names)
    if meant:
        line = f"/{meant} {''.join(text.split(maxsplit=1)[1:])}".rstrip()
        return Reply(f"Did you mean /{meant}?", ((_offer(line),),))
    if _is_quantity(text):
        lines = [f"/hedge {text}", f"/portfolio add {text}"]
        return Reply("What about it?", tuple((_offer(line),) for line in lines if find(line, commands)))
    examples = [command.examples[0] for command in commands if command.is_listed and command.examples]
    return Reply("I answer commands. For example:", tuple((_offer(line),) for line in examples[:MOST_EXAMPLES] or HELP))


def _is_quantity(text: str) -> bool:
    """`10 ETH`, `$20k SOL`: short, and begins with a number."""
    return len(text) <= LONGEST_QUANTITY and text.lstrip("$")[:1].isdecimal()


def _offer(line: str) -> Button:
    return Button(line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…", line)
