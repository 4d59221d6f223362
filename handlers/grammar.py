"""How people write amounts, shares, leverage, days and exchanges: a line read into parts.

Law: nothing is dropped and nothing guessed. What is not understood raises UserMistake, which names it and, where one
can be guessed, offers the corrected line.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from rapidfuzz import fuzz, process

from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.markets import EXCHANGE_NAMES, exchange_name

LONGEST_LINE = 1000
LONGEST_ECHO = 40
LARGEST = Decimal(10) ** 15
SMALLEST = Decimal(10) ** -12
HIGHEST_LEVERAGE = Decimal(1000)
LONGEST_HOURS = 24 * 3650
ALIKE = 60  # of 100, by rapidfuzz
FILLERS = frozenset({"of", "in", "at", "for", "my", "the", "on", "a", "an", "and", "please", "with"})
DOLLARS = frozenset({"usd", "dollar", "dollars", "$"})
THOUSANDS_OF_DOLLARS = frozenset({"kusd", "musd"})  # busd is a coin
SHARE_WORDS = {"half": Decimal("0.5"), "all": Decimal(1), "full": Decimal(1), "quarter": Decimal("0.25")}
SCALES = {"": Decimal(1), "k": Decimal(10**3), "m": Decimal(10**6), "b": Decimal(10**9)}
HOURS = {"h": 1, "d": 24, "w": 168}
PERCENTAGES = frozenset({"stake", "stop"})  # named values that are written with %
COIN_NAMES = {
    "bitcoin": "BTC",
    "ethereum": "ETH",
    "ether": "ETH",
    "solana": "SOL",
    "ripple": "XRP",
    "dogecoin": "DOGE",
    "cardano": "ADA",
    "avalanche": "AVAX",
    "chainlink": "LINK",
    "litecoin": "LTC",
    "polkadot": "DOT",
    "uniswap": "UNI",
    "tron": "TRX",
    "toncoin": "TON",
    "cosmos": "ATOM",
    "arbitrum": "ARB",
    "optimism": "OP",
    "polygon": "POL",
    "tether": "USDT",
}

_SIZE = re.compile(
    r"(?P<dollar>\$?)(?P<number>[+−-]?[\d.,_]*\d[\d.,_]*(?:e[+-]?\d+)?)(?P<unit>[^\d.,_]*)", re.IGNORECASE
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # 0,500 is half a coin to half of Europe
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.]{0,14}")
_FORCED = re.compile(r"(#|coin=)(?P<coin>[A-Z0-9][A-Z0-9.]{0,14})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many coins."""

    amount_base: Decimal
    coin: str


@dataclass(frozen=True, slots=True)
class Value:
    """So many dollars, of a coin or of what another word says."""

    amount_usd: Decimal
    coin: str | None


@dataclass(frozen=True, slots=True)
class CoinWord:
    """A coin without a quantity."""

    coin: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part, 0 to 1."""

    share: Decimal


@dataclass(frozen=True, slots=True)
class Leverage:
    """Times the margin."""

    leverage: Decimal


@dataclass(frozen=True, slots=True)
class Horizon:
    """A length of time."""

    horizon: timedelta


@dataclass(frozen=True, slots=True)
class Exchange:
    """A configured exchange, by its ccxt id."""

    exchange: str


@dataclass(frozen=True, slots=True)
class Via:
    """The coin to hedge through."""

    coin: str


@dataclass(frozen=True, slots=True)
class Named:
    """`name=value`; percentages as shares."""

    name: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of the command's own."""

    word: str


Part = Quantity | Value | CoinWord | Share | Leverage | Horizon | Exchange | Via | Named | Keyword
Placed = tuple[range, Part]  # the words it was written with, and the part
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the words of a line can mean. Without `coins` (no market is loaded) every ticker counts as a coin."""

    coins: frozenset[str]
    exchanges: tuple[str, ...]
    keywords: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()


def read(command: str, words: str, vocabulary: Vocabulary) -> tuple[Part, ...]:
    """The parts of `words` in the order they were written. Raises UserMistake."""
    if len(words) > LONGEST_LINE:
        raise UserMistake(f"That is {len(words):,} characters; a line has up to {LONGEST_LINE:,}.")
    line = _Line(command, tuple(_cleaned(words).split()), vocabulary)
    return line.parts()


def only(parts: Iterable[Part], kind: type[P]) -> P | None:
    """The one part of this kind, or None."""
    return next((part for part in parts if isinstance(part, kind)), None)


def nearest(word: str, coins: Collection[str], most: int = 2) -> tuple[str, ...]:
    """The coins that `word` may have meant, likeliest first."""
    names = {**{coin.lower(): coin for coin in coins}, **{n: c for n, c in COIN_NAMES.items() if c in coins}}
    found = process.extract(word.lower(), list(names), scorer=fuzz.ratio, limit=most * 2, score_cutoff=ALIKE)
    return tuple(dict.fromkeys(names[name] for name, _, _ in found))[:most]


def shown(word: str) -> str:
    """A word as it is repeated to the reader: short, without invisible characters."""
    return word if len(word) <= LONGEST_ECHO else f"{word[:LONGEST_ECHO]}…"


def _cleaned(words: str) -> str:
    """Without control and direction characters, which would let a reply be read otherwise than it is written."""
    return "".join(char for char in words if char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


class _Line:
    """One line being read, word by word."""

    def __init__(self, command: str, words: tuple[str, ...], vocabulary: Vocabulary) -> None:
        self._command = command
        self._words = words
        self._vocabulary = vocabulary
        self._at = 0

    def parts(self) -> tuple[Part, ...]:
        placed: list[Placed] = []
        while self._at < len(self._words):
            begun = self._at
            part = self._next()
            if part is not None:
                placed.append((range(begun, self._at), part))
        placed = self._settled(placed)
        for kind in (Share, Leverage, Horizon, Exchange, Via, CoinWord):
            self._refuse_two([(place, part) for place, part in placed if isinstance(part, kind)])
        for same in _amounts_of_one_coin(placed) + _values_of_one_name(placed):
            self._refuse_two(same)
        return tuple(part for _, part in placed)

    def _next(self) -> Part | None:
        word = self._take()
        for reading in (self._named, self._keyword, self._coin_by_its_digits, self._size, self._word):
            part = reading(word)
            if part is not None:
                return part
        if word.lower() in FILLERS:
            return None
        raise self._unknown(word, self._at - 1)

    def _take(self) -> str:
        word = self._words[self._at]
        self._at += 1
        return word

    def _coin_ahead(self) -> int | None:
        """Where the coin of an amount stands: behind filler (10 of my ETH), or in a word of filler (10 THE)."""
        ahead = self._at
        while ahead < len(self._words) and self._words[ahead].lower() in FILLERS and not self._is_place(ahead):
            ahead += 1
        if ahead < len(self._words) and not self._is_place(ahead) and self._can_be_a_coin(self._words[ahead]):
            return ahead
        is_coin = self._at < len(self._words) and self._words[self._at].upper() in self._vocabulary.coins
        return self._at if is_coin and not self._is_place(self._at) else None

    def _is_place(self, at: int) -> bool:
        """`on` before an exchange: what follows is not the coin."""
        words = [word.lower() for word in self._words[max(at, 0) : at + 2]]
        return len(words) > 1 and words[0] == "on" and _exchange_id(words[1]) is not None

    def _take_coin(self, at: int) -> str:
        self._at = at + 1
        return self._coin_named(self._words[at]) or self._words[at].upper()

    # one word each

    def _named(self, word: str) -> Part | None:
        name, equals, written = word.partition("=")
        name = name.lower()
        if not equals:
            return None
        if name == "coin" and written:
            return CoinWord(self._ticker(written, self._at - 1))
        if name not in self._vocabulary.named:
            known = ", ".join(f"{known}=" for known in sorted(self._vocabulary.named))
            near = process.extractOne(name, sorted(self._vocabulary.named), score_cutoff=ALIKE)
            fixed = [self._with(self._at - 1, f"{near[0]}={written}")] if near else []
            raise UserMistake(f'I don\'t know "{shown(name)}=". Here I know {known or "none"}.', fixed)
        return Named(name, self._named_value(name, written))

    def _named_value(self, name: str, written: str) -> Decimal:
        at = self._at - 1
        if name not in PERCENTAGES:
            return self._positive(self._number(written.removeprefix("$"), at, f"{name}={{}}"), written)
        value = self._number(written.removesuffix("%"), at, f"{name}={{}}%")
        if not written.endswith("%"):
            raise UserMistake(f"{name}= is a percentage.", [self._with(at, f"{name}={shown(written)}%")])
        return Decimal(0) if value == 0 else self._positive(value, written) / 100

    def _keyword(self, word: str) -> Part | None:
        return Keyword(word.lower()) if word.lower() in self._vocabulary.keywords else None

    def _coin_by_its_digits(self, word: str) -> Part | None:
        """1INCH is a coin although it begins like a quantity; #ALL is one although all is a share."""
        if word.startswith("#") and len(word) > 1:
            return CoinWord(self._ticker(word[1:], self._at - 1))
        is_coin = word.upper() in self._vocabulary.coins and any(c.isalpha() for c in word) and word[0].isdigit()
        return CoinWord(word.upper()) if is_coin else None

    def _size(self, word: str) -> Part | None:
        match = _SIZE.fullmatch(word)
        if match is None:
            return None
        at, unit = self._at - 1, match["unit"].lower()
        number = match["number"]
        if match["dollar"] or unit.removeprefix("k") == "$":
            return self._dollars(match["number"], unit.removesuffix("$"), at)
        if unit == "%":
            return self._share(number, at)
        if unit == "x":
            return self._leverage(number, at)
        if unit in HOURS:
            return self._horizon(number, unit, at)
        if unit in SCALES:
            return self._quantity(number, unit, at)
        return self._joined(number, unit, at)

    def _dollars(self, number: str, unit: str, at: int) -> Part:
        if unit not in SCALES:
            raise self._unknown(self._words[at], at)
        amount = self._positive(self._number(number, at, "${}" + unit) * SCALES[unit], self._words[at])
        return Value(amount, self._coin_of_a_value())

    def _coin_of_a_value(self) -> str | None:
        """The next word, unless it is something else that is known and no coin."""
        ahead = self._coin_ahead()
        if ahead is None or (not self._is_coin(self._words[ahead]) and self._is_known(self._words[ahead])):
            return None
        return self._take_coin(ahead)

    def _is_known(self, word: str) -> bool:
        low = word.lower()
        return low in self._vocabulary.keywords or low in SHARE_WORDS or low == "via" or _exchange_id(low) is not None

    def _share(self, number: str, at: int) -> Part:
        share = self._number(number, at, "{}%") / 100
        if share > 1:
            raise UserMistake(f"{shown(self._words[at])} is more than all of it.", [self._with(at, "100%")])
        return Share(self._positive(share, self._words[at]))

    def _leverage(self, number: str, at: int) -> Part:
        leverage = self._positive(self._number(number, at, "{}x"), self._words[at])
        if leverage > HIGHEST_LEVERAGE:
            raise UserMistake(f"{shown(self._words[at])} is more than any exchange allows.", [self._with(at, "2x")])
        return Leverage(leverage)

    def _horizon(self, number: str, unit: str, at: int) -> Part:
        hours = self._positive(self._number(number, at, "{}" + unit), self._words[at]) * HOURS[unit]
        if hours > LONGEST_HOURS:
            raise UserMistake(f"{shown(self._words[at])} is longer than ten years.", [self._with(at, "30d")])
        if hours < 1:
            raise UserMistake(f"{shown(self._words[at])} is less than an hour.", [self._with(at, "1h")])
        return Horizon(timedelta(hours=float(hours)))

    def _quantity(self, number: str, unit: str, at: int) -> Part:
        amount = self._positive(self._number(number, at, "{}" + unit) * SCALES[unit], self._words[at])
        if self._at < len(self._words) and self._words[self._at].lower() in DOLLARS:
            self._take()
            return Value(amount, self._coin_of_a_value())
        ahead = self._coin_ahead()
        if ahead is None:
            raise self._of_which_coin(at)
        return Quantity(amount, self._take_coin(ahead))

    def _of_which_coin(self, at: int) -> UserMistake:
        coins = [word.upper() for word in self._words if self._is_coin(word)]
        rest = " ".join(word for place, word in enumerate(self._words) if place != at and not self._is_coin(word))
        fixed = [f"{self._command} {self._words[at]} {coin} {rest}".strip() for coin in dict.fromkeys(coins)]
        return UserMistake(
            f"{shown(self._words[at])} of which coin? The coin comes right behind its quantity.",
            [Suggestion(line, line) for line in fixed],
        )

    def _joined(self, number: str, unit: str, at: int) -> Part:
        """0.5btc, 20kusd."""
        if _TICKER.fullmatch(unit.upper()) is None:
            raise self._unknown(self._words[at], at)
        amount = self._positive(self._number(number, at, "{}" + unit), self._words[at])
        if unit in DOLLARS:
            return Value(amount, self._coin_of_a_value())
        if unit in THOUSANDS_OF_DOLLARS:
            return Value(amount * SCALES[unit[0]], self._coin_of_a_value())
        return Quantity(amount, self._coin_named(unit) or unit.upper())

    def _word(self, word: str) -> Part | None:
        low = word.lower()
        if low == "via":
            return self._via()
        if low == "on":
            return None
        if low in SHARE_WORDS:
            return Share(SHARE_WORDS[low])
        exchange = self._exchange(word)
        if exchange is not None:
            return exchange
        coin = self._coin_named(word)
        if coin is None and not self._vocabulary.coins and low not in FILLERS and _TICKER.fullmatch(word.upper()):
            coin = word.upper()
        return None if coin is None or low in FILLERS else CoinWord(coin)

    def _via(self) -> Part:
        ahead = self._coin_ahead()
        if ahead is None:
            raise UserMistake(
                "via which coin?", [Suggestion(f"via {c}", f"{self._line()} {c}") for c in ("BTC", "ETH")]
            )
        if not self._is_coin(self._words[ahead]) and self._vocabulary.coins:
            raise self._unknown_proxy(ahead)
        return Via(self._take_coin(ahead))

    def _unknown_proxy(self, at: int) -> UserMistake:
        near = nearest(self._words[at], self._vocabulary.coins) or ("BTC", "ETH")
        return UserMistake(
            f'No exchange here lists "{shown(self._words[at])}" to hedge through.', [self._with(at, c) for c in near]
        )

    def _exchange(self, word: str) -> Part | None:
        found = _exchange_id(word.lower())
        if found is None:
            return None
        if self._vocabulary.exchanges and found not in self._vocabulary.exchanges:
            here = ", ".join(exchange_name(known) for known in self._vocabulary.exchanges)
            raise UserMistake(
                f"{exchange_name(found)} is not asked here. Here: {here}.",
                [self._without(self._at - 1, "Any exchange")],
            )
        return Exchange(found)

    # coins

    def _can_be_a_coin(self, word: str) -> bool:
        """1INCH can, 50% and 30d cannot."""
        return self._is_coin(word) or (_TICKER.fullmatch(word.upper()) is not None and _SIZE.fullmatch(word) is None)

    def _is_coin(self, word: str) -> bool:
        return self._coin_named(word) is not None

    def _coin_named(self, word: str) -> str | None:
        forced = _FORCED.fullmatch(word)
        upper = word.upper()
        if forced is not None:
            return forced["coin"].upper()
        if upper in self._vocabulary.coins:
            return upper
        return COIN_NAMES.get(word.lower())

    def _ticker(self, word: str, at: int) -> str:
        if _TICKER.fullmatch(word.upper()) is None:
            raise self._unknown(self._words[at], at)
        return word.upper()

    def _settled(self, placed: list[Placed]) -> list[Placed]:
        """GATE alone is the coin; beside another coin it is the exchange."""
        names_a_coin = any(isinstance(part, Quantity | CoinWord) or _has_coin(part) for _, part in placed)
        if names_a_coin or any(isinstance(part, Keyword) for _, part in placed):
            return placed
        return [
            (place, CoinWord(self._words[place[-1]].upper()))
            if isinstance(part, Exchange) and self._is_coin(self._words[place[-1]]) and not self._is_place(place[0] - 1)
            else (place, part)
            for place, part in placed
        ]

    # numbers

    def _number(self, written: str, at: int, pattern: str) -> Decimal:
        """A number as English writes it. UserMistake for a comma that can be read in two ways."""
        text = written.replace("_", "").replace("−", "-")
        unsigned = text.lstrip("+-")
        if "," in unsigned:
            if _GROUPED.fullmatch(unsigned) is None:
                raise self._two_readings(unsigned, at, pattern)
            text = text.replace(",", "")
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", text, re.IGNORECASE) is None:
            raise self._unknown(self._words[at], at)
        return Decimal(text)

    def _two_readings(self, written: str, at: int, pattern: str) -> UserMistake:
        whole, _, rest = written.partition(",")
        readings = dict.fromkeys((f"{whole}.{rest}", f"{whole},{rest:0<3}"))
        if "." in written or "," in rest or not rest or not whole.strip("0") or len(rest) > 3:
            point = re.sub(r"[.,](?=.*[.,])", "", written).replace(",", ".").rstrip(".")
            readings = dict.fromkeys((f"0{point}" if point.startswith(".") else point,))
        good = [self._with(at, pattern.format(reading)) for reading in readings]
        ways = "can be read in two ways" if len(good) > 1 else "is not clear"
        return UserMistake(f'"{shown(written)}" {ways}: commas part thousands, a point parts decimals.', good)

    def _positive(self, value: Decimal, written: str) -> Decimal:
        if value <= 0:
            raise UserMistake(f"{shown(written)}: it must be more than zero.")
        if value > LARGEST or value < SMALLEST:
            size = "large" if value > LARGEST else "small"
            raise UserMistake(f"{shown(written)} is too {size} to be meant.")
        return value

    # mistakes

    def _refuse_two(self, found: Sequence[Placed]) -> None:
        """Two words that contradict each other; the same one twice does no harm."""
        if len({part for _, part in found}) < 2:
            return
        texts = [" ".join(self._words[at] for at in place) for place, _ in found]
        others = [tuple(at for place, _ in found if place != kept for at in place) for kept, _ in found]
        raise UserMistake(
            f"{shown(texts[0])} and {shown(texts[1])}: which one?",
            [self._without_all(dropped, shown(text)) for text, dropped in zip(texts[:2], others[:2], strict=True)],
        )

    def _unknown(self, word: str, at: int) -> UserMistake:
        near = list(self._near(word))
        if near:
            meant = " or ".join(near)
            return UserMistake(
                f'I don\'t know "{shown(word)}". Did you mean {meant}?', [self._with(at, guess) for guess in near]
            )
        return UserMistake(f'I don\'t know "{shown(word)}".', [self._without(at, None)] if len(self._words) > 1 else [])

    def _near(self, word: str) -> Iterator[str]:
        if len(word) > LONGEST_ECHO:
            return
        yield from nearest(word, self._vocabulary.coins)
        names = {name.lower(): name for name in (*self._vocabulary.keywords, *self._vocabulary.exchanges)}
        match = process.extractOne(word.lower(), list(names), scorer=fuzz.ratio, score_cutoff=ALIKE + 10)
        if match:
            yield names[match[0]]

    def _line(self) -> str:
        return " ".join((self._command, *self._words))

    def _with(self, at: int, replacement: str) -> Suggestion:
        words = (*self._words[:at], replacement, *self._words[at + 1 :])
        line = " ".join((self._command, *words))
        return Suggestion(line, line)

    def _without(self, at: int, label: str | None) -> Suggestion:
        return self._without_all((at,), label)

    def _without_all(self, dropped: tuple[int, ...], label: str | None) -> Suggestion:
        kept = (word for at, word in enumerate(self._words) if at not in dropped)
        line = " ".join((self._command, *kept))
        return Suggestion(label or line, line)


def _amounts_of_one_coin(placed: Sequence[Placed]) -> list[list[Placed]]:
    """Quantities and values in pairs that are of the same coin; a value without one may be of any."""
    amounts: list[Placed] = [(place, part) for place, part in placed if isinstance(part, Quantity | Value)]
    pairs = ([one, other] for at, one in enumerate(amounts) for other in amounts[at + 1 :])
    return [pair for pair in pairs if len({p.coin for _, p in pair if isinstance(p, Quantity | Value)} - {None}) < 2]


def _values_of_one_name(placed: Sequence[Placed]) -> list[list[Placed]]:
    names = dict.fromkeys(part.name for _, part in placed if isinstance(part, Named))
    return [[(p, part) for p, part in placed if isinstance(part, Named) and part.name == name] for name in names]


def _has_coin(part: Part) -> bool:
    return isinstance(part, Value) and part.coin is not None


def _exchange_id(word: str) -> str | None:
    """The id of an exchange by its id or usual names."""
    for exchange, names in EXCHANGE_NAMES.items():
        if word == exchange or word in {name.lower() for name in names}:
            return exchange
    return None
