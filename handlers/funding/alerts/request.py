"""What was asked of /funding alert: the line read into a request. What was not written is None.

Law: nothing is dropped and nothing guessed; a mistake offers the whole line, corrected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chatbot.core.alerts.rules import LEVELLED, Measure
from chatbot.core.errors import Suggestion, UserMistake
from handlers import grammar
from handlers.grammar import levels
from handlers.grammar.levels import Level
from handlers.grammar.numbers import readings
from handlers.grammar.written import Written, shown, split

COMMAND = "/funding alert"
HELP = Suggestion("How it is written", "/help funding")
LISTED_EACH_WAY = "5"  # the length of a list is not chosen
COMPARISONS: Mapping[str, bool] = {
    **dict.fromkeys((">", ">=", "=>", "≥", "above", "over"), True),
    **dict.fromkeys(("<", "<=", "=<", "≤", "below", "under"), False),
}
MEASURES: Mapping[str, Measure] = {
    "spread": Measure.SPREAD,
    "basis": Measure.BASIS,
    "flip": Measure.FLIP,
    "flips": Measure.FLIP,
    "interval": Measure.INTERVAL,
    "extremes": Measure.EXTREMES,
    "extreme": Measure.EXTREMES,
    "top": Measure.TOP,
    "digest": Measure.DIGEST,
}
NAMED = ("cooldown", "clear", "until")
BEHIND_TOP = frozenset({LISTED_EACH_WAY, "at", "each", "settlement"})
ANYWAY = "anyway"
KEYWORDS = frozenset({*MEASURES, *(word for word in COMPARISONS if word.isalpha()), ANYWAY, "apr", "daily"})


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """One line. `clear` without a unit of its own has that of the level. `until`: how long, or when it ends."""

    measure: Measure | None = None
    coin: str | None = None
    exchange: str | None = None
    is_above: bool | None = None
    level: Level | None = None
    clear: Level | None = None
    cooldown: timedelta | None = None
    until: timedelta | datetime | None = None
    hour: int | None = None
    is_anyway: bool = False  # its level is crossed already, and the asker knows

    @property
    def is_bare(self) -> bool:
        """Nothing was said about what to watch for."""
        return self.measure is None and self.level is None


def parse(command: str, words: str, vocabulary: grammar.Vocabulary, zone: str) -> AlertRequest:
    """The request of `words`, which stood behind `command`. Dates are of `zone`. Raises UserMistake."""
    tokens = levels.joined(" ".join(split(words))).split()
    return _Reader(Written(command, tuple(tokens)), vocabulary, zone).request()


class _Reader:
    """Goes through the words once, from left to right."""

    def __init__(self, written: Written, vocabulary: grammar.Vocabulary, zone: str) -> None:
        self._written = written
        self._words = written.words
        self._vocabulary = vocabulary
        self._zone = zone
        self._at = 0  # of the next word
        self._level_place = self._measure_place = 0
        self._said: dict[str, Any] = {}
        self._rest: list[int] = []  # the places of coins and exchanges

    def request(self) -> AlertRequest:
        while self._at < len(self._words):
            word = self._take()
            self._next(word, word.lower())
        if self._is_said("level") and not self._is_said("is_above"):
            raise self._above_or_below()
        if self._is_named_like_a_measure():
            del self._said["measure"]
            self._rest.append(self._measure_place)
        return AlertRequest(**(self._said | self._subject()))

    def _next(self, word: str, low: str) -> None:
        name = low.partition("=")[0]
        if low in COMPARISONS and not self._is_said("is_above"):
            self._compare(low)
        elif low in MEASURES and not self._is_said("measure"):
            self._measure(MEASURES[low])
        elif "=" in low and name in NAMED:
            self._option(name, word.partition("=")[2])
        elif low == ANYWAY:
            self._said["is_anyway"] = True
        elif levels.number_of(word) is not None:
            self._level_at(self._at - 1)
        else:
            self._rest.append(self._at - 1)

    def _is_named_like_a_measure(self) -> bool:
        """`FLIP > 0.05%`: what flips has no level, so it is the coin of that name."""
        has_no_level = self._said.get("measure") not in (None, *LEVELLED)
        if self._rest or not (has_no_level and self._is_said("level")):
            return False
        return self._vocabulary.coin(self._words[self._measure_place]) is not None

    def _is_said(self, field: str) -> bool:
        return field in self._said

    def _take(self) -> str:
        word = self._words[self._at]
        self._at += 1
        return word

    # Levels

    def _compare(self, low: str) -> None:
        self._said["is_above"] = COMPARISONS[low]
        if self._is_said("level"):
            return
        if self._at == len(self._words) or levels.number_of(self._words[self._at]) is None:
            raise UserMistake(
                f'"{shown(low)}" what? A level comes behind it.',
                [self._written.replaced(self._at, each, until=self._at) for each in ("0.05%", "40% apr")],
            )
        self._at += 1
        self._level_at(self._at - 1)

    def _level_at(self, place: int) -> None:
        if self._is_said("level"):
            raise UserMistake(
                f'"{shown(self._words[place])}": an alert has one level; clear= says where it ends.',
                [self._written.without({self._level_place})],
            )
        self._level_place = place
        self._said["level"] = self._level(place, "{}")

    def _level(self, place: int, pattern: str) -> Level:
        """`pattern` writes the word again around a rate."""
        word = self._words[place].partition("=")[2] if "=" in self._words[place] else self._words[place]
        level = levels.read_level(word)
        if level is not None:
            return level
        number = levels.number_of(word) or ""
        meant = [self._written.replaced(place, pattern.format(word.replace(number, each))) for each in readings(number)]
        if meant:
            raise UserMistake(f'"{shown(word)}" is not clear: a point parts decimals.', meant)
        raise UserMistake(
            f'"{shown(word)}" is no rate. Rates are written 0.05% (per 8 h), 0.05%/1h or 40% apr.',
            [self._written.replaced(place, pattern.format(each)) for each in ("0.05%", "40% apr")],
        )

    def _above_or_below(self) -> UserMistake:
        level = self._words[self._level_place]
        ways = [self._written.replaced(self._level_place, sign, level) for sign in (">", "<")]
        return UserMistake(f"Above or below {shown(level)}?", ways)

    # Measures

    def _measure(self, measure: Measure) -> None:
        self._measure_place = self._at - 1
        self._said["measure"] = measure
        if measure is Measure.DIGEST:
            self._said["hour"] = self._hour()
        if measure is Measure.TOP:
            while self._at < len(self._words) and self._words[self._at].lower() in BEHIND_TOP:
                self._at += 1

    def _hour(self) -> int:
        """`8`, `08:00`, `at 8`."""
        while self._at < len(self._words) and self._words[self._at].lower() in ("at", "daily"):
            self._at += 1
        word = self._take() if self._at < len(self._words) else ""
        hour, _, minutes = word.partition(":")
        if hour.isdecimal() and len(hour) <= 2 and int(hour) < 24 and minutes in ("", "00"):
            return int(hour)
        place = self._at - 1 if word else self._at
        behind = place + 1 if word else place
        raise UserMistake(
            _no_hour(word),
            [self._written.replaced(place, each, until=behind) for each in _near_hours(hour)],
        )

    # Options

    def _option(self, name: str, value: str) -> None:
        place = self._at - 1
        if self._is_said(name):
            raise UserMistake(f"{name}= stands there twice.", [self._written.without({place})])
        if name == "clear":
            self._said[name] = self._level(place, "clear={}")
            return
        length = levels.read_length(value)
        read = length if length is not None or name == "cooldown" else _day(value, self._zone)
        if read is None:
            examples = ("cooldown=4h", "cooldown=30m") if name == "cooldown" else ("until=30d", "until=2027-01-31")
            raise UserMistake(
                f"{name}= takes {'a time' if name == 'cooldown' else 'a time or a day'}, like {' or '.join(examples)}, "
                f'not "{shown(value)}".',
                [self._written.replaced(place, example) for example in examples[:1]],
            )
        self._said[name] = read

    # Coins and exchanges

    def _subject(self) -> dict[str, Any]:
        """Read by the grammar; the line that it corrects gets the other words back."""
        others = [word for at, word in enumerate(self._words) if at not in self._rest]
        try:
            parts = grammar.read(
                self._written.command, " ".join(self._words[at] for at in self._rest), self._vocabulary
            )
        except UserMistake as mistake:
            raise UserMistake(mistake.sentence, self._completed(mistake.suggestions, others)) from mistake
        return {field: value for part in parts for field, value in self._said_by(part).items()}

    def _completed(self, tips: Sequence[Suggestion], others: Sequence[str]) -> list[Suggestion]:
        lines = [(tip, " ".join((tip.command, *others))) for tip in tips]
        return [
            Suggestion(line if tip.label == tip.command else tip.label, line) if self._is_mine(tip) else HELP
            for tip, line in lines
        ]

    def _is_mine(self, tip: Suggestion) -> bool:
        return tip.command.startswith(self._written.command)

    def _said_by(self, part: grammar.Part) -> dict[str, str]:
        match part:
            case grammar.CoinWord(coin):
                return {"coin": coin}
            case grammar.Exchange(exchange):
                return {"exchange": exchange}
            case _:
                raise UserMistake(
                    "An alert takes a coin, a level and, if you like, an exchange.",
                    [Suggestion(each, each) for each in (f"{COMMAND} BTC > 0.05%", f"{COMMAND} BTC > 0.05% bybit")],
                )


def _no_hour(word: str) -> str:
    instead = f', not "{shown(word)}"' if word else ""
    return f"A digest comes at a full hour of the day, 0 to 23{instead}."


def _near_hours(hour: str) -> tuple[str, ...]:
    return (hour,) if hour.isdecimal() and int(hour) < 24 else ("8", "20")


def _day(value: str, zone: str) -> datetime | None:
    """`2027-01-31` is over at its midnight in `zone`; `2027-01-31T12:00` is UTC, as lines are written back."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    if "t" in value.lower():
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return (read.replace(tzinfo=ZoneInfo(zone)) + timedelta(days=1)).astimezone(UTC)
