"""What is often written after /funding and means something else, and the line that says it.

Law: a corrected line is understood, or it is not offered.
"""

import re
from collections.abc import Iterator

from chatbot.core.errors import Suggestion, UserMistake
from handlers import grammar
from handlers.grammar.written import Written, split

SUBJECTS = ("alert", "alerts", "carry", "roll")  # each begins a line of its own; a coin of that name has a #
SHORTEST_DAYS, LONGEST_DAYS = 1, 365
_DAYS_OF = {"": 1, "d": 1, "w": 7, "m": 30, "mo": 30, "month": 30, "months": 30}
_DAYS_OF |= dict.fromkeys(("y", "yr", "year", "years"), 365)
_PLAIN = frozenset({"d", "w"})  # understood as they are
_AMOUNTS = frozenset({"", "m"})  # of the coin behind them, where there is one
_LENGTH = re.compile(r"(\d{1,9})([a-z]*)", re.IGNORECASE)
_APART = re.compile(r"(?<=\d)\s+(?=(?:months?|years?)(?:\s|$))", re.IGNORECASE)
_COMPARED = re.compile(r"(?:[<>≤≥]=?|\b(?:above|below|over|under)\b)\s*[+−-]?\d", re.IGNORECASE)


def refuse_misplaced(command: str, text: str, vocabulary: grammar.Vocabulary) -> None:
    """Raises UserMistake for a subject that does not begin the line, a level to be told of, a length not in days."""
    words = split(_APART.sub("", text))
    for place, word in enumerate(words):
        if word.lower() in SUBJECTS:
            raise _not_first(command, words, place)
    if _COMPARED.search(text):
        line = " ".join((command, "alert", *words))
        raise UserMistake("Rates are shown whatever they are; an alert waits for a level.", [Suggestion(line, line)])
    for place in _wrong_lengths(words, vocabulary):
        sentence = f"A history goes from {SHORTEST_DAYS} to {LONGEST_DAYS} days back, written like 90d."
        raise UserMistake(sentence, [Written(command, words).replaced(place, f"{_days(words[place])}d")])


def _not_first(command: str, words: tuple[str, ...], place: int) -> UserMistake:
    subject = words[place].lower()
    line = " ".join((command, subject, *words[:place], *words[place + 1 :]))
    return UserMistake(f"{command} {subject} comes first, the coin behind it.", [Suggestion(line, line)])


def _wrong_lengths(words: tuple[str, ...], vocabulary: grammar.Vocabulary) -> Iterator[int]:
    """The places of 5000d, 0d, 3m, 1y, and of a number alone; an amount of coins is none of them."""
    for place, word in enumerate(words):
        unit = _unit(word)
        if unit not in _DAYS_OF or vocabulary.coin(word) is not None:
            continue
        is_amount = unit in _AMOUNTS and _is_of_something(words[place + 1 : place + 2], vocabulary)
        if not is_amount and (unit not in _PLAIN or _days(word) != _asked_days(word)):
            yield place


def _is_of_something(behind: tuple[str, ...], vocabulary: grammar.Vocabulary) -> bool:
    """Whether a word follows that is no exchange: 10 ETH, 30 days, 20 usd, but not `90 bybit`."""
    return any(vocabulary.coin(word) or vocabulary.exchange(word.lower()) is None for word in behind)


def _unit(word: str) -> str | None:
    match = _LENGTH.fullmatch(word)
    return match[2].lower() if match else None


def _asked_days(word: str) -> int:
    match = _LENGTH.fullmatch(word)
    assert match is not None
    return int(match[1]) * _DAYS_OF[match[2].lower()]


def _days(word: str) -> int:
    """The nearest number of days that a history has."""
    return min(max(_asked_days(word), SHORTEST_DAYS), LONGEST_DAYS)
