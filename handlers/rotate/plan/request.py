"""What is to be rotated: the line read into a request, and a request written back as a line.

The first coin or sector is sold, the second bought; all else comes in any order.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chatbot.core.catalogue import SECTORS
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.portfolio import STABLECOINS
from chatbot.core.rotation.transit.terms import HEDGE_SHARE
from handlers import formatting, grammar
from handlers.grammar.levels import written_length
from handlers.grammar.numbers import SIZE, parse_number
from handlers.grammar.words import DOLLARS, FILLERS, HOURS, PERIODS, SCALES, nearest_word
from handlers.grammar.written import Written, shown, split
from handlers.rotate.request import ALIASES, COMMAND, SUBJECTS

KEEP, PERP, ANYWAY = "keep", "perp", "anyway"
KEYWORDS = {KEEP: "keeps_short", PERP: "is_by_futures", ANYWAY: "is_anyway"}
BETWEEN = FILLERS | {"to", "into", "from", "->", "→", "then", "sell", "buy"}
ARROW = re.compile(r"[-=]*>|→")  # UNI->FET
STAGE_WORDS = frozenset({"stage", "stages", "steps", "parts"})  # behind their number
NAMED = frozenset({"stages", "hedge"})
SPOKEN_FOR = frozenset({*KEYWORDS, *SECTORS, *BETWEEN, *SUBJECTS})  # a coin of such a name is written with a #
MOST_STAGES = 24
LONGEST = timedelta(days=90)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Subject:
    """One side of the rotation."""

    name: str
    is_sector: bool = False

    @property
    def word(self) -> str:
        """As it is written in a line."""
        return self.name if self.is_sector else grammar.coin_word(self.name, SPOKEN_FOR)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """One line. Of amounts at most one is set; None is what was not written. `is_anyway`: also more than is held."""

    source: Subject
    target: Subject
    amount_base: Decimal | None = None
    amount_usd: Decimal | None = None
    share: Decimal | None = None
    stages: int | None = None
    hedge_share: Decimal | None = None
    leverage: Decimal | None = None
    exchange: str | None = None
    horizon: timedelta | None = None
    keeps_short: bool = False
    is_by_futures: bool = False
    is_anyway: bool = False

    @property
    def has_amount(self) -> bool:
        """Whether it says how much."""
        return (self.amount_base, self.amount_usd, self.share) != (None, None, None)

    @property
    def is_about_holdings(self) -> bool:
        """Whether it cannot be answered without a look at what the asker holds."""
        return self.share is not None or self.source.is_sector


def is_plan(words: str, coins: Collection[str], sectors: Collection[str]) -> bool:
    """Whether a line that is no sector's name alone is about a rotation: it names a coin, a sector or an amount."""
    return _Reader(words, grammar.Vocabulary(frozenset(coins), ()), sectors).names_anything()


def parse(
    words: str,
    coins: frozenset[str],
    exchanges: tuple[str, ...],
    sectors: Collection[str],
    held: Collection[str] = (),
) -> PlanRequest:
    """Raises UserMistake, with the corrected line where one can be guessed; no amount is guessed of coins in `held`."""
    return _Reader(words, grammar.Vocabulary(coins, exchanges), sectors, held).request()


class _Reader:
    """Goes through the words once for the two sides; amounts and options are left to the common grammar."""

    def __init__(
        self, words: str, vocabulary: grammar.Vocabulary, sectors: Collection[str], held: Collection[str] = ()
    ) -> None:
        self._written = Written(COMMAND, split(ARROW.sub(" ", words.replace('"', " "))))
        self._held = held
        self._words = self._written.words
        self._vocabulary = vocabulary
        self._sectors = sectors
        self._subjects: list[Subject] = []
        self._rest: list[str] = []
        self._at = 0

    def names_anything(self) -> bool:
        """A coin, a sector or a number."""
        return any(self._is_known(at, word) for at, word in enumerate(self._words))

    def _is_known(self, at: int, word: str) -> bool:
        is_name = self._sector_at(at) is not None or self._coin(word) is not None
        return is_name or any(sign.isdigit() for sign in word)

    def request(self) -> PlanRequest:
        self._read()
        source, target = self._sides()
        return _checked(replace(PlanRequest(source, target), **self._options(f"{source.word} {target.word}")))

    def _read(self) -> None:
        while self._at < len(self._words):
            self._next(self._words[self._at])

    def _next(self, word: str) -> None:
        low, sector = word.lower(), self._sector_at(self._at)
        if sector is not None:
            name, length = sector
            self._side(Subject(name, is_sector=True), length)
        elif low in BETWEEN and not (low == "on" and self._is_exchange(self._at + 1)):
            self._at += 1
        elif self._begins_option(low):
            self._leave(2 if low == "on" else 1)
        elif SIZE.fullmatch(word) and not self._is_coin_with_digits(word):
            self._size(word)
        else:
            self._named(word)

    def _begins_option(self, low: str) -> bool:
        is_name = "=" in low and not low.startswith("coin=")
        is_times = low[0] == "x" and low[1:].isdecimal()
        is_share = low in grammar.SHARE_WORDS
        has_both = len(self._subjects) == 2
        is_exchange = self._vocabulary.exchange(low) is not None and (has_both or self._coin(low) is None)
        return low == "on" or low in KEYWORDS or is_name or is_times or is_share or is_exchange

    def _leave(self, count: int) -> None:
        """To the common grammar."""
        self._rest.extend(self._words[self._at : self._at + count])
        self._at += count

    def _named(self, word: str) -> None:
        coin = self._coin(word)
        if coin is None:
            raise self._unknown(word)
        self._side(Subject(coin), 1)

    def _side(self, subject: Subject, length: int) -> None:
        if len(self._subjects) == 2:
            raise self._too_many(subject)
        self._subjects.append(subject)
        self._at += length

    # Numbers

    def _size(self, word: str) -> None:
        """$5k, 50 %, 2x and 30d are the grammar's; 100 UNI names what is sold."""
        match = SIZE.fullmatch(word)
        assert match is not None
        unit = match["unit"].lower()
        if match["dollar"] or unit.endswith("$") or unit in {"%", "x", *HOURS}:
            self._leave(1)
        elif unit not in SCALES:
            self._joined(word)
        elif self._word_at(self._at + 1) in DOLLARS | PERIODS.keys():
            self._leave(2)
        elif self._word_at(self._at + 1) in STAGE_WORDS:
            self._means(f"stages={word}")
        elif self._subjects and self._word_at(self._at + 1).upper() in STABLECOINS:
            self._means(f"${word}")
        else:
            self._quantity(word)

    def _means(self, word: str) -> None:
        """What two words stand for, left to the common grammar."""
        self._rest.append(word)
        self._at += 2

    def _joined(self, word: str) -> None:
        """0.5btc is coins to be sold; 5kusd is left as it is."""
        read = grammar.read(COMMAND, word, self._vocabulary)
        quantity = grammar.only(read, grammar.Quantity)
        if quantity is None:
            self._leave(1)
        else:
            self._sold(formatting.exact(quantity.amount_base), quantity.coin, 1)

    def _quantity(self, word: str) -> None:
        behind = self._at + 1
        while self._word_at(behind) in FILLERS:
            behind += 1
        coin = self._coin(self._words[behind]) if behind < len(self._words) else None
        if coin is None:
            raise UserMistake(
                f"{shown(word)} of what? A value has a $, a share a %; both are more than zero.",
                [self._written.replaced(self._at, each) for each in self._numbers(word.lstrip("+-−"))],
            )
        self._sold(word, coin, behind + 1 - self._at)

    def _numbers(self, word: str) -> list[str]:
        """What a bare number may have meant: stages where the line says how much, else a value or a share."""
        number = parse_number(word) or 0
        if any(each[0] == "$" or each[-1] == "%" for each in self._rest):
            return [f"stages={word}"] if 0 < number <= MOST_STAGES else []
        return [f"${word}" if number else "$5k", *([f"{word}%"] if 0 < number <= HUNDRED else [])]

    def _sold(self, amount: str, coin: str, length: int) -> None:
        """An amount of coins is one of what is sold."""
        if self._subjects and self._subjects[0] != Subject(coin):
            sold = self._subjects[0]
            raise UserMistake(
                f"The amount is that of what is sold, {sold.name}: what it brings buys {coin}.",
                [self._written.replaced(self._at, Subject(coin).word, until=self._at + length)],
            )
        self._rest.extend((amount, Subject(coin).word))
        if not self._subjects:
            self._subjects.append(Subject(coin))
        self._at += length

    # What words mean

    def _word_at(self, at: int) -> str:
        return self._words[at].lower() if at < len(self._words) else ""

    def _is_exchange(self, at: int) -> bool:
        return self._vocabulary.exchange(self._word_at(at)) is not None

    def _is_coin_with_digits(self, word: str) -> bool:
        return word.upper() in self._vocabulary.coins and not word.isdecimal()

    def _coin(self, word: str) -> str | None:
        if word.upper() in STABLECOINS:
            return word.upper()
        found = self._vocabulary.coin(word)
        return self._vocabulary.ticker(word) if found is None and not self._vocabulary.coins else found

    def _sector_at(self, at: int) -> tuple[str, int] | None:
        """The longest name of a sector that begins here, and of how many words; #AI is the coin.

        A sector of one's own that is called like a coin does not hide the coin.
        """
        short = ALIASES.get(self._word_at(at), "")
        if short in self._sectors and self._vocabulary.coin(self._word_at(at)) is None:
            return short, 1
        found = [
            name
            for name in self._sectors
            if self._names(name, at) and (name in SECTORS or self._vocabulary.coin(name) is None)
        ]
        best = max(found, key=len, default=None)
        return None if best is None else (best, len(best.split()))

    def _names(self, sector: str, at: int) -> bool:
        words = sector.split()
        return [self._word_at(at + place) for place in range(len(words))] == words

    # The line as a whole

    def _sides(self) -> tuple[Subject, Subject]:
        if len(self._subjects) < 2:
            raise self._one_side()
        source, target = self._subjects
        if source == target:
            raise self._same(source)
        for each in (source, target):
            if each.name in STABLECOINS:
                raise self._cash(each)
        return source, target

    def _options(self, sides: str) -> dict[str, Any]:
        vocabulary = grammar.Vocabulary(frozenset(), self._vocabulary.exchanges, frozenset(KEYWORDS), NAMED)
        said: dict[str, Any] = {}
        try:
            parts = grammar.read(f"{COMMAND} {sides}", " ".join(self._rest), vocabulary)
        except UserMistake as mistake:
            raise UserMistake(mistake.sentence, mistake.suggestions or [_suggested(f"{sides} $5k")]) from mistake
        for part in parts:
            said |= _said(part)
        amounts = [name for name in ("amount_base", "amount_usd", "share") if name in said]
        if len(amounts) > 1:
            source, target = self._subjects
            rest = {name: value for name, value in said.items() if name not in amounts}
            ways = [line(PlanRequest(source, target, **rest, **{name: said[name]})) for name in amounts]
            raise UserMistake("How much: one of these.", [Suggestion(way, way) for way in ways])
        return said

    def _names_behind(self) -> bool:
        """Whether another side follows."""
        behind = range(self._at + 1, len(self._words))
        return any(self._sector_at(at) is not None or self._coin(self._words[at]) is not None for at in behind)

    # Mistakes

    def _one_side(self) -> UserMistake:
        if not self._subjects:
            return UserMistake("From which coin or sector into which?", [_suggested("UNI FET $5k")])
        (source,) = self._subjects
        rest = " ".join(word for word in self._rest if word != source.word)
        amount = rest if any(sign.isdigit() for sign in rest) and "=" not in rest else "$5k"
        if source.name in self._held and "%" not in amount:
            amount = ""  # it is asked for next, with what is held
        targets = [name for name in ("BTC", "ETH", "ai") if name != source.name]
        return UserMistake(
            f"{source.name} into what? The first is sold, the second bought.",
            [_suggested(f"{source.word} {target} {amount}".strip()) for target in targets],
        )

    def _too_many(self, third: Subject) -> UserMistake:
        source, target = self._subjects
        names = ", ".join(each.name for each in (source, target, third))
        rest = " ".join((*self._rest, *[word for word in self._words[self._at + 1 :] if word[0] in "$0123456789"]))
        pairs = ((source, target), (source, third), (target, third))
        ways = [f"{one.word} {other.word} {rest}".strip() for one, other in pairs if one != other]
        return UserMistake(f"From one into one other, not {names}.", [_suggested(way) for way in ways])

    def _same(self, subject: Subject) -> UserMistake:
        rest = " ".join(self._rest)
        others = [name for name in ("BTC", "ETH") if name != subject.name]
        return UserMistake(
            f"{subject.name} into {subject.name} is no rotation.",
            [_suggested(f"{subject.word} {other} {rest}".strip()) for other in others],
        )

    def _cash(self, subject: Subject) -> UserMistake:
        """From cash it is a purchase, into cash a sale: each has a command of its own."""
        source, target = self._subjects
        if {source.name, target.name} <= STABLECOINS:
            return UserMistake(f"{source.name} and {target.name} both count as cash here.", [_suggested("UNI FET $5k")])
        request = PlanRequest(source, target, **self._options(f"{source.word} {target.word}"))
        if subject == source:
            return UserMistake(
                f"{subject.name} counts as cash here: this is a purchase of {target.name}, with nothing to bridge. "
                "Its entry can be checked.",
                [_suggested(_entry(request))],
            )
        if source.is_sector:
            tip = _suggested(f"exits {source.word}")
            return UserMistake(f"{subject.name} counts as cash here: this is a sale of {source.name}.", [tip])
        return UserMistake(
            f"{subject.name} counts as cash here: this is a sale of {source.name}. A short can bridge it until then.",
            [Suggestion(_bridging(request), _bridging(request))],
        )

    def _unknown(self, word: str) -> UserMistake:
        unsigned = word.lstrip("+-−")
        if unsigned != word and SIZE.fullmatch(unsigned):  # -$5
            return UserMistake(
                f"{shown(word)}: it must be more than zero.", [self._written.replaced(self._at, unsigned)]
            )
        sentence = f'I don\'t know "{shown(word)}".'
        parts = word.replace(",", "/").split("/")
        is_pair = len(parts) > 1 and all(self._coin(part) for part in parts)
        if is_pair and self._names_behind():  # UNI,AAVE FET
            ways = [self._written.replaced(self._at, part) for part in parts]
            return UserMistake("One coin at a time is sold, or a sector.", ways)
        if is_pair:  # UNI/FET
            return UserMistake(
                f"{sentence} The two have a space between them.", [self._written.replaced(self._at, " ".join(parts))]
            )
        coins = [grammar.coin_word(coin) for coin in grammar.nearest(word.strip("#$"), self._vocabulary.coins)]
        other = nearest_word(word, (*self._sectors, *KEYWORDS, *self._vocabulary.exchanges), 70)
        asked = nearest_word(word, SUBJECTS, 70) if self._at == 0 else None  # chek FET
        near = [each for each in (asked, *coins, other) if each]
        if not near:
            is_ticker = word.isupper() and self._vocabulary.ticker(word) is not None
            return UserMistake(f"No exchange here lists {word}." if is_ticker else sentence, [self._written.help()])
        meant = " or ".join(each.removeprefix("#") for each in near)
        return UserMistake(
            f"{sentence} Did you mean {meant}?", [self._written.replaced(self._at, each) for each in near]
        )


def _said(part: grammar.Part) -> dict[str, Any]:
    """The fields of the request that one part fills."""
    match part:
        case grammar.Quantity(amount, _):
            return {"amount_base": amount}
        case grammar.Value(value, _):
            return {"amount_usd": value}
        case grammar.Named("stages", value):
            return {"stages": value}
        case grammar.Named("hedge", value):
            return {"hedge_share": value}
        case grammar.Keyword(word):
            return {KEYWORDS[word]: True}
        case grammar.Share(share):
            return {"share": share}
        case grammar.Leverage(leverage):
            return {"leverage": leverage}
        case grammar.Horizon(horizon):
            return {"horizon": horizon}
        case grammar.Exchange(exchange):
            return {"exchange": exchange}
        case _:
            raise UserMistake("That is not understood here.", [_suggested("UNI FET $5k")])


def _checked(request: PlanRequest) -> PlanRequest:
    stages = request.stages
    if stages is not None and stages != int(stages) and 1 <= stages <= MOST_STAGES:
        ways = [_tip(request, stages=count) for count in (int(stages), int(stages) + 1)]
        raise UserMistake(f"Stages are counted whole, 1 to {MOST_STAGES}.", ways)
    if stages is not None and not 1 <= stages <= MOST_STAGES:
        nearest = min(max(round(stages), 1), MOST_STAGES)
        raise UserMistake(f"1 to {MOST_STAGES} stages.", [_tip(request, stages=nearest)])
    if request.hedge_share is not None and request.hedge_share > 1:
        raise UserMistake("More than all of it would be over-hedged.", [_tip(request, hedge_share=Decimal(1))])
    if request.horizon is not None and request.horizon > LONGEST:
        raise UserMistake(f"A rotation takes up to {LONGEST.days} days.", [_tip(request, horizon=LONGEST)])
    return request if stages is None else replace(request, stages=int(stages))


def _tip(request: PlanRequest, **changes: Any) -> Suggestion:
    return Suggestion(line(request, **changes), line(request, **changes))


def _entry(request: PlanRequest) -> str:
    """check FET $5000: so many of a stablecoin are so many dollars."""
    amount = request.amount_usd or request.amount_base
    words = ("check", request.target.word, "" if amount is None else f"${formatting.exact(amount)}")
    return " ".join(word for word in words if word)


def _bridging(request: PlanRequest) -> str:
    """/hedge $5000 UNI 30%: the same part that bridges a rotation."""
    share = HEDGE_SHARE if not request.hedge_share else request.hedge_share
    coin = grammar.coin_word(request.source.name)
    if request.amount_usd is not None:
        size = f"${formatting.exact(request.amount_usd)} {coin} {formatting.share_for_typing(share)}"
    elif request.amount_base is not None:
        size = f"{formatting.exact(request.amount_base)} {coin} {formatting.share_for_typing(share)}"
    else:
        size = f"{coin} {formatting.share_for_typing(share * (request.share or 1))}"
    return f"/hedge {size}"


def _suggested(words: str) -> Suggestion:
    return Suggestion(f"{COMMAND} {words}", f"{COMMAND} {words}")


def line(request: PlanRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    words = [COMMAND, asked.source.word, asked.target.word]
    if asked.amount_base is not None:
        words += [formatting.exact(asked.amount_base), asked.source.word]
    for field, word in WORDS.items():
        value = getattr(asked, field)
        if value is not None and value is not False:
            words.append(word(value))
    return " ".join(words)


# How each field is written, in the order of the line.
WORDS: Mapping[str, Callable[[Any], str]] = {
    "amount_usd": lambda amount: f"${formatting.exact(amount)}",
    "share": formatting.share_for_typing,
    "stages": lambda stages: f"stages={stages}",
    "hedge_share": lambda share: f"hedge={formatting.share_for_typing(share)}",
    "is_by_futures": lambda _: PERP,
    "leverage": formatting.leverage,
    "exchange": str,
    "horizon": written_length,
    "keeps_short": lambda _: KEEP,
    "is_anyway": lambda _: ANYWAY,
}
