"""A line read word by word. Where a word could be two things, its place decides: behind an amount it is the coin."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import combinations

from chatbot.core.errors import UserMistake
from chatbot.core.markets import exchange_name
from handlers.grammar.numbers import SIGN_FIRST, SIZE, parse_number, readings
from handlers.grammar.parts import (
    CoinWord,
    Exchange,
    Horizon,
    Keyword,
    Leverage,
    Named,
    Part,
    Quantity,
    Share,
    Value,
    Via,
)
from handlers.grammar.words import (
    ALIKE,
    DOLLARS,
    FILLERS,
    HOURS,
    PERCENTAGES,
    PERIODS,
    SCALES,
    SHARE_WORDS,
    Vocabulary,
    coin_word,
    nearest,
    nearest_word,
)
from handlers.grammar.written import LONGEST_ECHO, Written, shown, split

LONGEST_LINE = 1000
LARGEST = Decimal(10) ** 15
SMALLEST = Decimal(10) ** -12
HIGHEST_LEVERAGE = Decimal(1000)
LONGEST_HOURS = 24 * 3650
LEVERAGE = re.compile(r"x\d+")  # x2


def read(command: str, words: str, vocabulary: Vocabulary) -> tuple[Part, ...]:
    """The parts of `words` in the order they were written. Raises UserMistake."""
    if len(words) > LONGEST_LINE:
        raise UserMistake(f"That is {len(words):,} characters; a line has up to {LONGEST_LINE:,}.")
    return _Reader(Written(command, split(words)), vocabulary).parts()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part, and the words it was read from: `begun` up to and without `ended`."""

    part: Part
    begun: int
    ended: int


class _Reader:
    """Goes through the words once, from left to right."""

    def __init__(self, written: Written, vocabulary: Vocabulary) -> None:
        self._written = written
        self._words = written.words
        self._vocabulary = vocabulary
        self._at = 0  # of the next word
        self._begun = 0  # the first word of the part being read

    def parts(self) -> tuple[Part, ...]:
        placed = self._settled(list(self._placed()))
        for one, other in _contradictions(placed):
            raise self._which_one(one, other)
        return tuple(each.part for each in placed)

    def _placed(self) -> Iterator[_Placed]:
        while self._at < len(self._words):
            self._begun = self._at
            part = self._next(self._take())
            if part is not None:
                yield _Placed(part, self._begun, self._at)

    def _next(self, word: str) -> Part | None:
        """What begins with `word`; None for filler."""
        low = word.lower()
        if "=" in word or word[0] == "#":
            return self._named(word)
        if low in self._vocabulary.keywords:
            return Keyword(low)
        is_coin_with_digits = word[0].isdigit() and not word.isdecimal() and word.upper() in self._vocabulary.coins
        if is_coin_with_digits:  # 1INCH
            return CoinWord(word.upper())
        size = SIZE.fullmatch(SIGN_FIRST.sub(r"$\1", word))
        if size is not None:
            return self._size(size["number"], size["unit"].lower(), is_dollars=bool(size["dollar"]))
        return self._word(word, low)

    def _take(self) -> str:
        word = self._words[self._at]
        self._at += 1
        return word

    def _take_if(self, words: Iterable[str]) -> str | None:
        """The next word, taken, if it is one of these and not a listed coin."""
        if self._at == len(self._words):
            return None
        low = self._words[self._at].lower()
        return self._take().lower() if low in words and not self._vocabulary.coin(low) else None

    # Words

    def _word(self, word: str, low: str) -> Part | None:
        if low == "via":
            return self._via()
        if low == "on" and self._exchange_ahead():
            return self._exchange(self._take().lower(), is_certain=True)
        if low in FILLERS:
            return None
        if low in SHARE_WORDS:
            return Share(SHARE_WORDS[low])
        if LEVERAGE.fullmatch(low) and not self._vocabulary.coin(word):
            return self._leverage(low[1:])
        return self._exchange(low) or self._coin(word)

    def _coin(self, word: str) -> Part:
        coin = self._vocabulary.coin(word)
        if coin is None and not self._vocabulary.coins and word not in DOLLARS:
            coin = self._vocabulary.ticker(word)
        if coin is None:
            raise self._unknown(word, self._at - 1)
        return CoinWord(coin)

    def _via(self) -> Part:
        coin = self._coin_behind()
        if coin is None:
            here = self._at
            raise UserMistake("via which coin?", [self._written.replaced(here, c, until=here) for c in ("BTC", "ETH")])
        if self._vocabulary.coins and coin not in self._vocabulary.coins:
            raise self._unknown_proxy(self._at - 1)
        return Via(coin)

    def _exchange_ahead(self) -> bool:
        return self._at < len(self._words) and self._vocabulary.exchange(self._words[self._at].lower()) is not None

    def _exchange(self, low: str, *, is_certain: bool = False) -> Part | None:
        found, asked = self._vocabulary.exchange(low), self._vocabulary.exchanges
        if found is None or found in asked or not asked:
            return Exchange(found) if found else None
        if self._vocabulary.coin(low) and not is_certain:
            return None
        raise UserMistake(
            f"{exchange_name(found)} is not asked here. Here: {', '.join(map(exchange_name, asked))}.",
            [self._written.without({self._at - 1}, "Any exchange")],
        )

    # Names with values

    def _named(self, word: str) -> Part:
        name, _, value = word.partition("=")
        low = name.lower()
        if word[0] == "#" or low == "coin":
            coin = self._vocabulary.coin(word)
            if coin is None:
                raise UserMistake(f'I don\'t know the coin "{shown(value or word)}".')
            return CoinWord(coin)
        if low not in self._vocabulary.named:
            raise self._unknown_name(low, value)
        return Named(low, self._percentage(low, value) if low in PERCENTAGES else self._plain_value(low, value))

    def _plain_value(self, name: str, value: str) -> Decimal:
        """3450, $3,450, 3.4k."""
        size = SIZE.fullmatch(value)
        if size is None or size["unit"].lower() not in SCALES:
            raise UserMistake(f'{name}= takes a number, like {name}=2, not "{shown(value)}".')
        scale = size["unit"].lower()
        return self._positive(self._number(size["number"], f"{name}={{}}{scale}") * SCALES[scale])

    def _percentage(self, name: str, value: str) -> Decimal:
        """7% as 0.07. Zero is none: not staked."""
        size = SIZE.fullmatch(value)
        if size is None or size["dollar"] or size["unit"] not in {"", "%"}:
            raise UserMistake(f'{name}= takes a percentage, like {name}=7%, not "{shown(value)}".')
        number = self._number(size["number"], f"{name}={{}}%")
        if not size["unit"]:
            raise UserMistake(f"{name}= is a percentage.", [self._written.replaced(self._begun, f"{name}={value}%")])
        if number < 0:
            raise self._unsigned("it must not be below zero")
        return number if number == 0 else self._positive(number) / 100

    # Sizes

    def _size(self, number: str, unit: str, *, is_dollars: bool) -> Part:
        if is_dollars or unit.endswith("$"):
            return self._dollars(number, unit.removesuffix("$"))
        if unit in SCALES:
            return self._apart(number, unit)
        if unit in HOURS:
            return self._horizon(number, unit)
        if unit in {"%", "x"}:
            return self._share(number) if unit == "%" else self._leverage(number)
        return self._joined(number, unit)

    def _dollars(self, number: str, unit: str) -> Part:
        scale, coin = self._scale_of(unit)
        amount = self._amount(number, scale, f"${{}}{unit}")
        return Value(amount, self._joined_coin(coin) if coin else self._coin_behind())

    def _apart(self, number: str, scale: str) -> Part:
        """A number, and behind it what it counts: 10 ETH, 20k usd SOL, 30 days."""
        amount = self._amount(number, scale, f"{{}}{scale}")
        if self._take_if(DOLLARS):
            return Value(amount, self._coin_behind())
        coin = self._coin_behind()
        if coin is not None:
            return Quantity(amount, coin)
        period = self._take_if(PERIODS)
        if period is None:
            raise self._of_which_coin(self._begun)
        return self._horizon(number, PERIODS[period])

    def _joined(self, number: str, unit: str) -> Part:
        """0.5btc, 20kusd, 10kpepe."""
        scale, name = self._scale_of(unit)
        if name in DOLLARS:
            return Value(self._amount(number, scale, f"{{}}{unit}"), self._coin_behind())
        coin = self._joined_coin(name)
        return Quantity(self._amount(number, scale, f"{{}}{unit}"), coin)

    def _joined_coin(self, name: str) -> str:
        coin = self._vocabulary.ticker(name)
        if coin is None:
            raise self._unknown(self._words[self._begun], self._begun)
        return self._vocabulary.coin(name) or coin

    def _scale_of(self, unit: str) -> tuple[str, str]:
        """`kusd` as k and usd, `mdoge` as m and doge; but MX is a coin, and so is BUSD."""
        scale, rest = unit[:1], unit[1:]
        if unit in SCALES:
            return unit, ""
        is_scaled = scale in SCALES and (rest in DOLLARS or self._vocabulary.coin(rest) is not None)
        return (scale, rest) if is_scaled and not self._is_coin_by_itself(unit) else ("", unit)

    def _is_coin_by_itself(self, name: str) -> bool:
        return self._vocabulary.coin(name) is not None or name == "busd"

    def _share(self, number: str) -> Part:
        share = self._positive(self._number(number, "{}%")) / 100
        if share > 1:
            raise self._instead("is more than all of it", "100%")
        return Share(share)

    def _leverage(self, number: str) -> Part:
        leverage = self._positive(self._number(number, "{}x"))
        if leverage > HIGHEST_LEVERAGE:
            raise self._instead("is more than any exchange allows", "2x")
        return Leverage(leverage)

    def _horizon(self, number: str, unit: str) -> Part:
        hours = self._positive(self._number(number, f"{{}}{unit}")) * HOURS[unit]
        if hours > LONGEST_HOURS:
            raise self._instead("is longer than ten years", "30d")
        if hours != int(hours):
            raise self._instead("is no whole number of hours", f"{max(round(hours), 1)}h")
        return Horizon(timedelta(hours=int(hours)))

    # The coin behind an amount

    def _coin_behind(self) -> str | None:
        """That coin, taken: behind filler (10 of my ETH), or in a word of filler (5 A). None where there is none."""
        ahead = self._at
        while ahead < len(self._words) and self._words[ahead].lower() in FILLERS and not self._is_on_exchange(ahead):
            ahead += 1
        for place in dict.fromkeys((ahead, self._at)):
            coin = self._coin_at(place)
            if coin is not None:
                self._at = place + 1
                return coin
        return None

    def _coin_at(self, place: int) -> str | None:
        """A listed coin, or any ticker that means nothing else."""
        if place >= len(self._words) or self._is_on_exchange(place):
            return None
        word = self._words[place]
        low = word.lower()
        is_other = self._vocabulary.is_spoken_for(low) or SIZE.fullmatch(word) or LEVERAGE.fullmatch(low)
        return self._vocabulary.coin(word) or (None if is_other or "=" in word else self._vocabulary.ticker(word))

    def _is_on_exchange(self, place: int) -> bool:
        """`on gate`: what follows is not the coin."""
        is_on = self._words[place].lower() == "on" and place + 1 < len(self._words)
        return is_on and self._vocabulary.exchange(self._words[place + 1].lower()) is not None

    # Numbers

    def _amount(self, number: str, scale: str, pattern: str) -> Decimal:
        return self._positive(self._number(number, pattern) * SCALES[scale])

    def _number(self, written: str, pattern: str) -> Decimal:
        """`pattern` writes the word again around a number."""
        at, value = self._begun, parse_number(written)
        if value is not None:
            return value
        meant = [self._written.replaced(at, pattern.format(reading)) for reading in readings(written)]
        if not meant:
            raise self._unknown(self._words[at], at)
        ways = "can be read in two ways" if len(meant) > 1 else "is not clear"
        raise UserMistake(f'"{shown(written)}" {ways}: commas part thousands, a point parts decimals.', meant)

    def _positive(self, value: Decimal) -> Decimal:
        word = self._words[self._begun]
        if value < 0:
            raise self._unsigned("it must be more than zero")
        if value == 0:
            raise UserMistake(f"{shown(word)}: it must be more than zero.")
        if not SMALLEST <= value <= LARGEST:
            size = "large" if value > LARGEST else "small"
            raise UserMistake(f"{shown(word)} is too {size} to be meant.")
        return value

    def _unsigned(self, trouble: str) -> UserMistake:
        """With the same word without its minus."""
        word = self._words[self._begun]
        plain = word.replace("−", "-").replace("-", "", 1)
        return UserMistake(f"{shown(word)}: {trouble}.", [self._written.replaced(self._begun, plain)])

    # A line as a whole

    def _settled(self, placed: list[_Placed]) -> list[_Placed]:
        """Where no coin is named, the first exchange whose name is also a coin's is the coin: `GATE 50%`."""
        if any(_names_a_subject(each.part, self._vocabulary) for each in placed):
            return placed
        for index, each in enumerate(placed):
            coin = self._vocabulary.coin(self._words[each.begun]) if isinstance(each.part, Exchange) else None
            if coin is not None:
                return [*placed[:index], _Placed(CoinWord(coin), each.begun, each.ended), *placed[index + 1 :]]
        return placed

    # Mistakes

    def _instead(self, trouble: str, word: str) -> UserMistake:
        said = " ".join(self._words[self._begun : self._at])
        return UserMistake(f"{shown(said)} {trouble}.", [self._written.replaced(self._begun, word, until=self._at)])

    def _which_one(self, one: _Placed, other: _Placed) -> UserMistake:
        texts = [shown(" ".join(self._words[each.begun : each.ended])) for each in (one, other)]
        kept = [
            self._written.without(range(dropped.begun, dropped.ended), text)
            for text, dropped in zip(texts, (other, one), strict=True)
        ]
        return UserMistake(f"{texts[0]} and {texts[1]}: which one?", kept)

    def _of_which_coin(self, at: int) -> UserMistake:
        """`ETH 10`, `1 000 ETH`, `1 1INCH` where that is not listed, `10` alone."""
        number, behind = self._words[at], "".join(self._words[at + 1 : at + 2])
        sentence = f"{shown(number)} of which coin? The coin comes right behind its quantity."
        if len(behind) == 3 and behind.isdecimal():
            return UserMistake(sentence, [self._written.replaced(at, number + behind, until=at + 2)])
        if behind[:1].isdigit() and self._could_be_unlisted(behind):
            return UserMistake(sentence, [self._written.replaced(at + 1, f"#{behind.upper()}")])
        coins = self._coins_elsewhere()
        meant = dict.fromkeys(coins.values()) or ("BTC", "ETH")
        return UserMistake(sentence, [self._written.moved(coins, at, coin_word(coin)) for coin in meant])

    def _could_be_unlisted(self, word: str) -> bool:
        size = SIZE.fullmatch(word)
        units = {*SCALES, *HOURS, "%", "x"}
        return size is not None and size["unit"].lower() not in units and self._vocabulary.ticker(word) is not None

    def _coins_elsewhere(self) -> dict[int, str]:
        """The listed coins of the line by their places, but for those to hedge through."""
        return {
            place: coin
            for place, word in enumerate(self._words)
            if (coin := self._vocabulary.coin(word)) and self._words[max(place - 1, 0)].lower() != "via"
        }

    def _unknown(self, word: str, at: int) -> UserMistake:
        sentence, near = f'I don\'t know "{shown(word)}".', self._near(word)
        if near:
            meant = " or ".join(guess.removeprefix("#") for guess in near)
            return UserMistake(f"{sentence} Did you mean {meant}?", [self._written.replaced(at, g) for g in near])
        is_needless = len(self._words) > 1 and not any(char.isdigit() for char in word)  # a number is not
        return UserMistake(sentence, [self._written.without({at}) if is_needless else self._written.help()])

    def _near(self, word: str) -> tuple[str, ...]:
        if len(word) > LONGEST_ECHO:
            return ()
        others = (*self._vocabulary.keywords, *self._vocabulary.exchanges, *SHARE_WORDS)
        other = nearest_word(word, others, ALIKE + 10)
        coins = nearest(word.strip("#$"), self._vocabulary.coins)
        return (*map(coin_word, coins), *([other] if other else []))

    def _unknown_proxy(self, at: int) -> UserMistake:
        near = nearest(self._words[at], self._vocabulary.coins) or ("BTC", "ETH")
        return UserMistake(
            f'No exchange here lists "{shown(self._words[at])}" to hedge through.',
            [self._written.replaced(at, coin_word(coin)) for coin in near],
        )

    def _unknown_name(self, name: str, value: str) -> UserMistake:
        known = sorted(self._vocabulary.named)
        near = nearest_word(name, known)
        listed = ", ".join(f"{each}=" for each in known) or "none"
        tips = [self._written.replaced(self._begun, f"{near}={value}")] if near else []
        return UserMistake(f'I don\'t know "{shown(name)}=". Here I know {listed}.', tips)


def _names_a_subject(part: Part, vocabulary: Vocabulary) -> bool:
    match part:
        case Quantity() | CoinWord():
            return True
        case Value(coin=coin):
            return coin is not None
        case Keyword(word):
            return word in vocabulary.subjects
        case _:
            return False


def _contradictions(placed: Sequence[_Placed]) -> Iterator[tuple[_Placed, _Placed]]:
    """Two parts that say the same kind of thing differently."""
    for one, other in combinations(placed, 2):
        if one.part != other.part and _is_about_the_same(one.part, other.part):
            yield one, other


def _is_about_the_same(one: Part, other: Part) -> bool:
    match one, other:
        case (Quantity() | Value(), Quantity() | Value()):
            return one.coin == other.coin or None in {one.coin, other.coin}
        case (Named(), Named()):
            return one.name == other.name
        case (Keyword(), Keyword()):
            return False
        case _:
            return type(one) is type(other)
