"""The weights of a line, taken out of it: `BTC 65 ETH 35 from 50/50`, `BTC ETH 65/35`, `ETH from 50 to 25`.

Law: what is no weight stays in `rest`, in its order, for the grammar of all commands.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from chatbot.core.errors import Suggestion, UserMistake
from handlers import grammar
from handlers.grammar.numbers import BARE, parse_number
from handlers.grammar.words import DOLLARS, EXCHANGE_IDS, FILLERS, PERIODS
from handlers.grammar.written import shown

EXAMPLE = "/allocate tilt BTC 65 ETH 35 from 50/50 $100k 5x"
HUNDRED = Decimal(100)
KEYWORDS = frozenset({"dated", "spot", "neutral"})
NAMED = frozenset({"stop", "expiry"})
_ONE = re.compile(r"[+−-]?(?:\d[\d.,]*|\.\d+)%?")
_SEVERAL = re.compile(r"[+−-]?[\d.]+%?(?:/[+−-]?[\d.]+%?)+")


class Reader:
    """Goes through the words once. `weights`: coins with percentages; `before`: those behind `from`; `bare`: coins
    without a weight. `is_doubtful`: a number without % stood in front of its coin."""

    def __init__(self, words: Sequence[str], vocabulary: grammar.Vocabulary) -> None:
        self._words = words
        self._vocabulary = vocabulary
        self._at = 0
        self.weights: list[tuple[str, Decimal]] = []
        self.before: list[Decimal] = []
        self.bare: list[str] = []
        self.rest: list[str] = []
        self.is_doubtful = False
        while self._at < len(words):
            self._read(self._take())

    def _take(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _ahead(self) -> str:
        return self._words[self._at].lower() if self._at < len(self._words) else ""

    def _read(self, word: str) -> None:
        low = word.lower()
        if self._is_joined(word):
            raise self._apart(word)
        if low == "from":
            self._from()
        elif _SEVERAL.fullmatch(word) or (low == "to" and _is_weights(self._ahead())):
            self._of_bare(word if low != "to" else self._take())
        elif self._is_coin(word, low):
            self._coin(word)
        elif _ONE.fullmatch(word) and self._is_coin_ahead():
            self._number_first(word)
        elif BARE.fullmatch(word) and self._ahead() not in (*DOLLARS, *PERIODS):
            raise self._in_dollars(word)
        elif low not in FILLERS or self._ahead() in EXCHANGE_IDS:
            self.rest.append(word)

    def _is_coin(self, word: str, low: str) -> bool:
        """A listed coin that means nothing else, or any word in front of a weight."""
        if word[0] == "$" or ("=" in word and not low.startswith("coin=")):
            return False
        is_other = low in KEYWORDS or self._vocabulary.is_spoken_for(low)
        if _ONE.fullmatch(self._ahead()):
            return (word[0].isalpha() and not is_other) or self._vocabulary.coin(word) is not None
        return self._vocabulary.coin(word) is not None and not is_other

    def _is_coin_ahead(self) -> bool:
        """100000 usd is an amount."""
        return self._ahead() not in DOLLARS and self._vocabulary.coin(self._ahead()) is not None

    def _is_amount_ahead(self) -> bool:
        return self._at + 1 < len(self._words) and self._words[self._at + 1].lower() in DOLLARS

    def _coin(self, word: str) -> None:
        coin = self._vocabulary.coin(word)
        if coin is None:
            raise self._unlisted(word)
        if _ONE.fullmatch(self._ahead()):
            self.weights.append((coin, self._percent(self._take())))
        else:
            self.bare.append(coin)

    def _number_first(self, number: str) -> None:
        """65% BTC; of one coin alone 10 ETH may be coins, so `is_doubtful`."""
        coin = self._vocabulary.coin(self._take())
        assert coin is not None
        self.weights.append((coin, self._percent(number)))
        self.is_doubtful = self.is_doubtful or not number.endswith("%")

    def _from(self) -> None:
        """50/50, or 50 50; 100000 usd behind it is an amount."""
        while _is_weights(self._ahead()) and not self._is_amount_ahead():
            self.before.extend(self._percent(part, is_behind_from=True) for part in self._take().split("/"))
        if not self.before:
            raise UserMistake("from which weights? In the order of the coins.", [Suggestion(EXAMPLE, EXAMPLE)])

    def _of_bare(self, word: str) -> None:
        parts = word.split("/")
        if len(parts) != len(self.bare) or self.weights:
            raise UserMistake("A coin is followed by its weight, like BTC 65 ETH 35.", [Suggestion(EXAMPLE, EXAMPLE)])
        self.weights = [(coin, self._percent(part)) for coin, part in zip(self.bare, parts, strict=True)]
        self.bare = []

    def _percent(self, written: str, *, is_behind_from: bool = False) -> Decimal:
        value = parse_number(written.removesuffix("%"))
        if value is None:
            raise UserMistake(f'"{shown(written)}" is no weight, like 65 or 32.5.', [Suggestion(EXAMPLE, EXAMPLE)])
        if not 0 <= value <= HUNDRED:
            raise self._out_of_range(written, value, is_behind_from=is_behind_from)
        return value

    def _out_of_range(self, written: str, value: Decimal, *, is_behind_from: bool) -> UserMistake:
        """What the other weights leave, without its sign or as dollars, or all of them cut to what a weight may be."""
        limit = "nothing or more" if value < 0 else "at most 100; dollars are written with $"
        tips = []
        if self._others(written) and not is_behind_from:
            left = f"{HUNDRED - sum(self._others(written)):f}"
            tips.append(self._rewritten(lambda word: left if word == written else word))
        if value < 0 or is_behind_from:
            other = written.lstrip("-−") if value < 0 else f"${written}"
            tips.append(self._rewritten(lambda word: word.replace(written, other) if _is_weights(word) else word))
        if self._others(written):
            tips.append(self._rewritten(_clipped))
        return UserMistake(f"{shown(written)}: a weight is {limit}.", dict.fromkeys(tips))

    def _others(self, written: str) -> Sequence[Decimal]:
        """The other weights in front of `from`."""
        words = self._words[: self._words.index("from")] if "from" in self._words else self._words
        parts = (part for word in words if _is_weights(word) and word != written for part in word.split("/"))
        numbers = (parse_number(part.removesuffix("%")) for part in parts)
        return [number for number in numbers if number is not None]

    def _is_joined(self, word: str) -> bool:
        """BTC=65."""
        name, _, value = word.partition("=")
        return bool(_ONE.fullmatch(value)) and name.lower() not in NAMED and self._vocabulary.coin(name) is not None

    def _apart(self, word: str) -> UserMistake:
        better = self._rewritten(lambda each: each.replace("=", " ") if self._is_joined(each) else each)
        return UserMistake(f"{shown(word)}: a weight stands behind its coin, without =.", [better])

    def _in_dollars(self, word: str) -> UserMistake:
        better = self._rewritten(lambda each: f"${each}" if each == word else each)
        return UserMistake(f"{shown(word)}: dollars are written with $.", [better])

    def _unlisted(self, word: str) -> UserMistake:
        near = grammar.nearest(word, self._vocabulary.coins)
        tips = [self._instead(word, coin) for coin in near]
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        return UserMistake(f'No exchange here lists "{shown(word)}".{meant}', tips or [Suggestion(EXAMPLE, EXAMPLE)])

    def _instead(self, word: str, coin: str) -> Suggestion:
        return self._rewritten(lambda each: grammar.coin_word(coin) if each == word else each)

    def _rewritten(self, change: Callable[[str], str]) -> Suggestion:
        line = " ".join(("/allocate tilt", *map(change, self._words)))
        return Suggestion(line, line)


def _clipped(word: str) -> str:
    """Weights cut to nothing or a hundred; other words as they are."""
    return "/".join(map(_cut, word.split("/"))) if _is_weights(word) else word


def _cut(written: str) -> str:
    value = parse_number(written.removesuffix("%"))
    return written if value is None else f"{min(max(value, Decimal(0)), HUNDRED):f}"


def _is_weights(word: str) -> bool:
    return bool(_ONE.fullmatch(word) or _SEVERAL.fullmatch(word))
