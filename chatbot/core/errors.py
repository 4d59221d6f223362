"""Whose fault it is: the three errors a user may read. Anything else is a bug.

    Problem
    ├── UserMistake          the asker: something written is wrong, unknown or ambiguous
    ├── NotPossible          nobody: below the smallest order, no such contract, too little history
    └── MarketUnavailable    an exchange: it is down, slow, limiting us, or sent nonsense

They carry facts in plain words without markup; `chatbot.apology` turns them into a reply.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A command line that may be what was meant, and the words on its button."""

    label: str
    command: str


class Problem(Exception):  # noqa: N818 - most of what it names is nobody's error
    """A sentence for the reader, and the commands that would get round it."""

    def __init__(self, sentence: str, suggestions: Iterable[Suggestion] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.suggestions = tuple(suggestions)


class UserMistake(Problem):
    """Something the asker wrote is wrong, unknown or can be read in two ways."""


class NotPossible(Problem):
    """Nobody's fault: what was asked does not exist or cannot be computed."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One exchange that did not answer, and since when (None: just now). `reason` completes "Bybit ..."."""

    exchange: str
    reason: str
    since: datetime | None = None
    can_retry: bool = True


class MarketUnavailable(Problem):
    """No exchange that could answer did; `outages` says which and why."""

    def __init__(self, sentence: str, outages: Iterable[Outage] = (), suggestions: Iterable[Suggestion] = ()) -> None:
        super().__init__(sentence, suggestions)
        self.outages = tuple(outages)
