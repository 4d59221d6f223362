"""The line as it was written, and the corrected versions of it that a mistake offers."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from chatbot.core.errors import Suggestion

LONGEST_ECHO = 40

_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
# Of several words one, and of punctuation nothing: price = 2, 50 %, 10 ETH, 2x
_ONE_WORD = re.compile(r"\s*(=)\s*|(?<=\d)\s+(?=%)|[,;]+(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Written:
    """A command and the words behind it."""

    command: str
    words: tuple[str, ...]

    def replaced(self, at: int, *words: str, until: int | None = None) -> Suggestion:
        """The line with other words from `at` up to `until` (one word, unless said)."""
        behind = at + 1 if until is None else until
        return self._line((*self.words[:at], *words, *self.words[behind:]))

    def without(self, places: Collection[int], label: str = "") -> Suggestion:
        """The line without the words at these places."""
        return self._line(tuple(word for at, word in enumerate(self.words) if at not in places), label)

    def moved(self, places: Collection[int], at: int, word: str) -> Suggestion:
        """The line with `word` behind the one at `at`, and without the words at these places."""
        before = (each for place, each in enumerate(self.words[: at + 1]) if place not in places)
        after = (each for place, each in enumerate(self.words[at + 1 :], start=at + 1) if place not in places)
        return self._line((*before, word, *after))

    def help(self) -> Suggestion:
        """Where nothing can be guessed."""
        return Suggestion("How it is written", f"/help {self.command.removeprefix('/').split()[0]}")

    def _line(self, words: tuple[str, ...], label: str = "") -> Suggestion:
        line = " ".join((self.command, *words))
        return Suggestion(label or line, line)


def split(text: str) -> tuple[str, ...]:
    """The words of a line; `price = 2` and `50 %` are one each, and a comma behind a word parts it from the next."""
    return tuple(_ONE_WORD.sub(r"\1", visible(text)).split())


def visible(text: str) -> str:
    """Without control and direction characters, which would let a reply be read otherwise than it is written."""
    if text.isprintable():  # it has none of them
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in _INVISIBLE)


def shown(word: str) -> str:
    """A word as it is repeated to the reader: short, without invisible characters."""
    seen = visible(word)
    return seen if len(seen) <= LONGEST_ECHO else f"{seen[:LONGEST_ECHO]}…"
