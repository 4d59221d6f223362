"""What was asked of /allocate: the line read into a request, and written back."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chatbot.core.allocation.targets import NAMES, by_percent, mended, target_of, written
from chatbot.core.catalogue import SECTORS
from chatbot.core.chats import Bucket, Weighting
from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting, grammar
from handlers.grammar.numbers import BARE, parse_number
from handlers.grammar.words import DOLLARS, FILLERS, nearest_word
from handlers.grammar.written import shown, split

COMMAND = "/allocate"
_PERCENTAGES = re.compile(r"[-−\d.%]+(?:/[-−\d.%]+)+")
_HEDGE = re.compile(r"hedge=([\d.]+)%?", re.IGNORECASE)
WEIGHTINGS = {each.value: each for each in Weighting}
BUCKETS = {
    **{each.value: each for each in Bucket if each is not Bucket.FUTURES},
    "core": Bucket.FOUNDATION,
    "large": Bucket.FOUNDATION,
    "mid": Bucket.GROWTH,
    "stable": Bucket.STABLES,
    "cash": Bucket.STABLES,
}
VERBS = ("presets", "set", "bucket", "band", "profit", "check", "tilt", "enhance")


@dataclass(frozen=True, slots=True)
class AllocateRequest:
    """One line. `target`: a preset's name or percentages; empty: the one that is stored."""

    target: str = ""
    amount_usd: Decimal | None = None
    coins: tuple[str, ...] = ()
    hedge_share: Decimal | None = None
    weighting: Weighting | None = None
    is_forced: bool = False


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> AllocateRequest:
    """Raises UserMistake, with the corrected line where one can be guessed."""
    reader = _Reader(split(words), grammar.Vocabulary(coins, exchanges))
    return reader.request()


class _Reader:
    """Goes through the words once; amounts are left to the grammar that all commands share."""

    def __init__(self, words: tuple[str, ...], vocabulary: grammar.Vocabulary) -> None:
        self._words = words
        self._vocabulary = vocabulary
        self._said: dict[str, Any] = {}
        self._coins: list[str] = []

    def request(self) -> AllocateRequest:
        at = 0
        while at < len(self._words):
            at += self._take(at)
        request = AllocateRequest(coins=tuple(dict.fromkeys(self._coins)), **self._said)
        if request.coins and request.amount_usd is None:
            raise UserMistake(
                "Coins are named for an amount; what you hold is taken as it is.",
                [Suggestion("For $10k", line(replace(request, amount_usd=Decimal(10_000))))],
            )
        return request

    def _take(self, at: int) -> int:
        """Reads what begins at this word, and says how many words that were."""
        word, low, following = self._words[at], self._words[at].lower(), self._following(at)
        if low == "by" and following in WEIGHTINGS:
            return self._say("weighting", WEIGHTINGS[following], 2)
        if low in WEIGHTINGS:
            return self._say("weighting", WEIGHTINGS[low])
        if low == "now":
            return self._say("is_forced", True)
        if low in NAMES or _PERCENTAGES.fullmatch(low):
            return self._target(at, low)
        if match := _HEDGE.fullmatch(low):
            return self._say("hedge_share", self._hedge(match[1]))
        if low == "hedge" and (match := _HEDGE.fullmatch(f"hedge={following}")):
            return self._say("hedge_share", self._hedge(match[1]), 2)
        if low in FILLERS:
            return 1
        return self._coin_or_amount(at, word)

    def _following(self, at: int) -> str:
        return self._words[at + 1].lower() if at + 1 < len(self._words) else ""

    def _amounts(self, at: int, mistake: UserMistake) -> list[Suggestion]:
        """What the grammar would read in place of this word, in the line as a whole."""
        start = f"{COMMAND} $"
        return [
            self._with(at, tip.command.removeprefix(f"{COMMAND} "))
            for tip in mistake.suggestions
            if tip.command.startswith(start)
        ]

    def _say(self, name: str, value: object, count: int = 1) -> int:
        if self._said.get(name, value) != value:
            raise self._twice(name, (self._said[name], value))
        self._said[name] = value
        return count

    def _twice(self, name: str, values: tuple[Any, Any]) -> UserMistake:
        """Each of them with all else that was said before it."""
        lines = [line(AllocateRequest(**(self._said | {name: each}))) for each in values]
        return UserMistake(f"{' or '.join(lines)}: one of them.", [Suggestion(each, each) for each in lines])

    def _target(self, at: int, low: str) -> int:
        if low in NAMES:
            sector = self._sector(at + 1) if low == "overhang" else ""
            return self._say("target", f"{low} {sector}".strip(), 1 + len(sector.split()))
        return self._say("target", self._percentages(at, low))

    def _sector(self, at: int) -> str:
        rest = " ".join(self._words[at:]).lower()
        return next((each for each in SECTORS if rest == each or rest.startswith(f"{each} ")), "")

    def _percentages(self, at: int, low: str) -> str:
        numbers = [parse_number(part) for part in low.replace("%", "").split("/")]
        percents = [number for number in numbers if number is not None]
        if len(percents) < len(numbers):
            raise UserMistake(f'"{shown(low)}" are no percentages, like 60/25/10/5.', [_suggested("60/25/10/5")])
        try:
            return by_percent(percents).name
        except UserMistake as mistake:
            better = mended(percents)
            whole = self._with(at, written(better)) if better else _suggested("60/25/10/5")
            raise UserMistake(mistake.sentence, [whole]) from mistake

    def _hedge(self, number: str) -> Decimal:
        value = parse_number(number)
        if value is None or value > 100:
            raise UserMistake("hedge= is a percentage up to 100, like hedge=20%.", [_suggested("symbiosis hedge=20%")])
        return value / 100

    def _coin_or_amount(self, at: int, word: str) -> int:
        coin = self._vocabulary.coin(word)
        if coin is not None:
            self._coins.append(coin)
            return 1
        if not any(sign.isdigit() for sign in word):
            raise self._unknown(word)
        if BARE.fullmatch(word) and self._following(at) not in DOLLARS:
            raise UserMistake(f"{shown(word)}: dollars are written with $.", [self._with(at, f"${word}")])
        try:
            value = grammar.only(grammar.read(COMMAND, word, self._vocabulary), grammar.Value)
        except UserMistake as mistake:
            raise UserMistake(mistake.sentence, self._amounts(at, mistake) or [_suggested("bull $100k")]) from mistake
        if value is None:
            raise UserMistake(f'"{shown(word)}": an amount is in dollars, like $100k.', [_suggested("bull $100k")])
        return self._say("amount_usd", value.amount_usd)

    def _unknown(self, word: str) -> UserMistake:
        if word.lower() in VERBS:
            sentence = f"{word.lower()} comes first, right behind {COMMAND}."
            return UserMistake(sentence, [_suggested(word.lower())])
        near = nearest_word(word, (*NAMES, *VERBS))
        at = self._words.index(word)
        if near is None:
            return UserMistake(f'I don\'t know "{shown(word)}".', [Suggestion("All presets", f"{COMMAND} presets")])
        return UserMistake(f'I don\'t know "{shown(word)}". Did you mean {near}?', [self._with(at, near)])

    def _with(self, at: int, word: str) -> Suggestion:
        return _suggested(" ".join((*self._words[:at], word, *self._words[at + 1 :])))


def _suggested(words: str) -> Suggestion:
    return Suggestion(f"{COMMAND} {words}", f"{COMMAND} {words}")


def line(request: AllocateRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    words = (
        COMMAND,
        asked.target,
        f"${formatting.exact(asked.amount_usd)}" if asked.amount_usd is not None else "",
        " ".join(grammar.coin_word(coin) for coin in asked.coins),
        f"hedge={formatting.share_for_typing(asked.hedge_share)}" if asked.hedge_share is not None else "",
        f"by {asked.weighting.value}" if asked.weighting else "",
        "now" if asked.is_forced else "",
    )
    return " ".join(word for word in words if word)


def known_target(words: str) -> bool:
    """Whether a target that was stored is still one."""
    try:
        target_of(words)
    except UserMistake:
        return False
    return True
