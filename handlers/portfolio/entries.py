"""Lines after /portfolio read into edits: `add 10 ETH`, several at once, futures held elsewhere.

Law: either every line is understood, or nothing is stored and each line that is not is named with its number.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.errors import Problem, Suggestion, UserMistake
from chatbot.core.markets import SpotPrice
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Portfolio, Side
from handlers import grammar
from handlers.formatting import exact, money, number
from handlers.portfolio.edits import COMMAND, Add, Close, Edit, Hold, Remove, Set

MOST_ENTRIES = 200
MOST_HELD = 500
MOST_NAMED = 6  # lines with a mistake that are named; the rest is counted
HIGHEST_YIELD = Decimal(5)  # 500 % a year
DOLLARS = "USD"
VERBS = frozenset({"add", "set", "remove"})
SIDES = {side.value: side for side in Side}
WORDS = VERBS | SIDES.keys()

MEANT = {
    "entry": "An entry price belongs to a futures position: short 5 ETH entry=3450.",
    "stake": "A staking yield belongs to a holding: add 100 SOL stake=7%.",
    "futures": "A holding is written like add 10 ETH, a futures position like short 5 ETH bybit entry=3450 2x.",
}
UNUSED: Mapping[type, str] = {
    grammar.Share: "A share",
    grammar.Leverage: "Leverage",
    grammar.Horizon: "A length of time",
    grammar.Exchange: "An exchange",
    grammar.Via: "via",
    grammar.CoinWord: "A second coin",
    grammar.Quantity: "A quantity",
    grammar.Value: "A value",
}

_BETWEEN_ENTRIES = re.compile(r"\n|;|,(?=\s)")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as written, and where: its number counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """What lines are read against: coins and exchanges, what is held, and prices for values in dollars."""

    coins: frozenset[str]
    exchanges: tuple[str, ...]
    portfolio: Portfolio
    prices: Mapping[str, SpotPrice]

    @property
    def vocabulary(self) -> grammar.Vocabulary:
        """Without a market every ticker counts as a coin; with one, what is held and cash count, too."""
        coins = self.coins | STABLECOINS | frozenset(self.portfolio.coins()) if self.coins else self.coins
        return grammar.Vocabulary(coins, self.exchanges, frozenset(WORDS), frozenset({"stake", "entry"}))


def lines_of(words: str) -> tuple[Line, ...]:
    """The entries of a text: one a line, or separated by commas. A verb alone on the first line is for all of them."""
    texts = [text.strip() for text in _BETWEEN_ENTRIES.split(words)]
    lines = [Line(place, text) for place, text in enumerate(texts, start=1) if text]
    if len(lines) > 1 and lines[0].text.lower() in VERBS:
        verb = lines[0].text.lower()
        return tuple(_with_verb(Line(line.number - 1, line.text), verb) for line in lines[1:])
    if len(lines) > 1:
        verb = next((word for word in lines[0].text.lower().split() if word in VERBS), "")
        return tuple(_with_verb(line, verb) for line in lines)
    return tuple(lines)


def _with_verb(line: Line, verb: str) -> Line:
    has_own = WORDS & set(line.text.lower().split())
    return line if has_own or not verb else Line(line.number, f"{verb} {line.text}")


def read_all(lines: Sequence[Line], known: Known) -> tuple[Edit, ...]:
    """The edits of all lines, which can be applied to what is held one after the other.

    UserMistake naming every line that cannot be read, with the others as a button.
    """
    if len(lines) > MOST_ENTRIES:
        raise UserMistake(f"{len(lines):,} lines are more than I take at once: at most {MOST_ENTRIES}.")
    edits: list[Edit] = []
    good: list[Line] = []
    bad: list[tuple[Line, Problem]] = []
    held = known.portfolio
    for line in lines:
        try:
            edit = read_one(line.text, known)
            _refuse_repetition(edit, edits)
            held = edit(held)
        except Problem as problem:
            bad.append((line, problem))
        else:
            edits.append(edit)
            good.append(line)
    if len(held.holdings) + len(held.positions) > MOST_HELD:
        raise UserMistake(f"A portfolio has up to {MOST_HELD} entries.")
    if bad:
        raise _mistake(bad, good) if len(lines) > 1 else bad[0][1]
    return tuple(edits)


def _refuse_repetition(edit: Edit, edits: Sequence[Edit]) -> None:
    """The second of two amounts that one coin is set to would silently win."""
    if isinstance(edit, Set) and any(isinstance(other, Set) and other.coin == edit.coin for other in edits):
        raise UserMistake(f"{edit.coin} is there twice. Write it once, with its total.")
    places = [other.position.place for other in edits if isinstance(other, Hold)]
    if isinstance(edit, Hold) and edit.position.place in places:
        raise UserMistake(f"This position in {edit.position.coin} is there twice. Write it once, with its total.")


def _mistake(bad: Sequence[tuple[Line, Problem]], good: Sequence[Line]) -> UserMistake:
    """One sentence for each bad line; nothing of the others is lost."""
    named = [f"Line {line.number}: {problem.sentence}" for line, problem in bad[:MOST_NAMED]]
    if len(bad) > MOST_NAMED:
        named.append(f"… and {len(bad) - MOST_NAMED} more lines.")
    clear = "clear line" if len(good) == 1 else f"{len(good)} clear lines"
    tips = [Suggestion(f"Store the {clear}", _command(good))] if good else []
    if len(bad) == 1:
        line, problem = bad[0]
        tips += [_whole(tip, line, good) for tip in problem.suggestions if tip.command.startswith(f"{COMMAND} ")]
    return UserMistake("\n".join(("Nothing is stored yet.", *named)), tips)


def _whole(tip: Suggestion, line: Line, good: Sequence[Line]) -> Suggestion:
    """A corrected line among the others."""
    corrected = Line(line.number, tip.command.removeprefix(f"{COMMAND} "))
    label = corrected.text if tip.label == tip.command else tip.label
    return Suggestion(f"{label}, and store all", _command([*good, corrected]))


def _command(lines: Sequence[Line]) -> str:
    ordered = sorted(lines, key=lambda line: line.number)
    return "\n".join([f"{COMMAND} {ordered[0].text}", *(line.text for line in ordered[1:])])


def read_one(text: str, known: Known) -> Edit:
    """One entry. UserMistake, with the corrected line where one can be guessed."""
    parts = grammar.read(COMMAND, text, known.vocabulary)
    words = {part.word for part in parts if isinstance(part, grammar.Keyword)}
    entry = _Entry(text, parts, known)
    verbs, sides = words & VERBS, words & SIDES.keys()
    if len(verbs) > 1 or len(sides) > 1:
        raise _two_words(text, sorted(verbs if len(verbs) > 1 else sides))
    if sides:
        return entry.futures(SIDES[sides.pop()], verbs.pop() if verbs else "set")
    match verbs.pop() if verbs else "":
        case "add":
            coin, amount = entry.coin_with_amount()
            return Add(coin, amount, entry.staking_yield())
        case "set":
            return entry.setting()
        case "remove":
            return entry.removal()
        case _:
            raise entry.without_verb()


def _two_words(text: str, words: Sequence[str]) -> UserMistake:
    """Two verbs, one of which may be a coin of that name."""
    readings = [" ".join(f"#{w.upper()}" if w.lower() == word else w for w in text.split()) for word in words]
    return UserMistake(
        f"{words[0]} and {words[1]}: which one? A coin of that name is written #{words[-1].upper()}.",
        [Suggestion(f"{COMMAND} {reading}", f"{COMMAND} {reading}") for reading in readings],
    )


def _value_of(coin: str) -> re.Pattern[str]:
    """Dollars as written, with this coin where it follows."""
    dollars = r"\$\S+|[\d.,_]+[km]?\s*(?:usd|dollars?|\$)"
    return re.compile(rf"(?:{dollars})(?:\s+#?{re.escape(coin)}(?=\s|$))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Entry:
    """The parts of one line, and what they are read against."""

    text: str
    parts: tuple[grammar.Part, ...]
    known: Known

    def setting(self) -> Edit:
        word = grammar.only(self.parts, grammar.CoinWord)
        if word is not None and self.staking_yield() is not None and self._amount() is None:
            self._refuse_all_but(grammar.CoinWord, named="stake")
            return Set(word.coin, None, self.staking_yield())
        coin, amount = self.coin_with_amount()
        return Set(coin, amount, self.staking_yield())

    def removal(self) -> Edit:
        self._refuse_all_but(grammar.CoinWord, grammar.Quantity, grammar.Value, grammar.Share)
        word = grammar.only(self.parts, grammar.CoinWord)
        share = grammar.only(self.parts, grammar.Share)
        if self._amount() is not None and share is not None:
            raise UserMistake("A quantity and a share: which one is to go?")
        if self._amount() is not None:
            return Remove(*self._coin_and_amount())
        if word is None:
            raise UserMistake("Remove what? For example: remove ETH.", self._held_coins("remove"))
        return Remove(word.coin, None, share.share if share else None)

    def futures(self, side: Side, verb: str) -> Edit:
        exchange = grammar.only(self.parts, grammar.Exchange)
        place = exchange.exchange if exchange else None
        if verb == "remove":
            return Close(self._coin_of_position(), side, place)
        amounts = (grammar.Quantity, grammar.Value, grammar.CoinWord)
        self._refuse_all_but(*amounts, grammar.Exchange, grammar.Leverage, named="entry")
        coin, amount = self._coin_and_amount()
        leverage = grammar.only(self.parts, grammar.Leverage)
        entry = self._named("entry")
        position = FuturesPosition(coin, side, amount, place, entry, leverage.leverage if leverage else None)
        there = [held for held in self.known.portfolio.positions if held.place == position.place]
        if verb == "add" and there:
            raise self._added_to(there[0], position)
        return Hold(position)

    def _added_to(self, there: FuturesPosition, more: FuturesPosition) -> UserMistake:
        side, total = more.side.value, there.amount_base + more.amount_base
        line = f"{COMMAND} {side} {exact(total)} {more.coin} {more.exchange or ''}".strip()
        return UserMistake(
            f"A {side} of {exact(there.amount_base)} {more.coin} is kept there already. Write what it is in all, "
            "with its new entry price.",
            [Suggestion(line, line)],
        )

    def coin_with_amount(self) -> tuple[str, Decimal]:
        """What `add` and `set` need, and nothing that they cannot use."""
        self._refuse_all_but(grammar.Quantity, grammar.Value, grammar.CoinWord, named="stake")
        return self._coin_and_amount()

    def staking_yield(self) -> Decimal | None:
        given = self._named("stake")
        if given is not None and given > HIGHEST_YIELD:
            raise UserMistake(f"stake={exact(given * 100)}% is too large to be meant.")
        return given

    def without_verb(self) -> UserMistake:
        """`10 ETH` alone may mean one of two things, and `ETH` nothing yet."""
        coin = grammar.only(self.parts, grammar.CoinWord)
        if self._amount() is None and coin is not None:
            return UserMistake(f"What about {coin.coin}?", self._about(coin.coin))
        return UserMistake(
            "Add it to what is held, or set the holding to it?",
            [Suggestion(f"{word} {self.text}", f"{COMMAND} {word} {self.text}") for word in ("add", "set")],
        )

    def _about(self, coin: str) -> list[Suggestion]:
        remove = Suggestion(f"Remove {coin}", f"{COMMAND} remove #{coin}")
        is_held = self.known.portfolio.holding(coin) is not None
        return [*([remove] if is_held else self._amounts_of(coin)), Suggestion(f"Hedge {coin}", f"/hedge #{coin}")]

    def _amounts_of(self, coin: str) -> list[Suggestion]:
        verb = " ".join(part.word for part in self.parts if isinstance(part, grammar.Keyword)) or "add"
        return [Suggestion(f"{verb} {amount} {coin}", f"{COMMAND} {verb} {amount} #{coin}") for amount in (1, 10, 100)]

    # parts

    def _amount(self) -> grammar.Quantity | grammar.Value | None:
        return grammar.only(self.parts, grammar.Quantity) or grammar.only(self.parts, grammar.Value)

    def _coin_and_amount(self) -> tuple[str, Decimal]:
        amounts = [part for part in self.parts if isinstance(part, grammar.Quantity | grammar.Value)]
        if len(amounts) > 1:
            raise UserMistake(
                "Two amounts in one entry: write each on its own line, or with a comma between them.",
                self._one_by_one(),
            )
        if not amounts:
            raise self._how_many()
        amount, word = amounts[0], grammar.only(self.parts, grammar.CoinWord)
        if isinstance(amount, grammar.Value):
            return self._of_value(amount)
        if amount.coin == DOLLARS:
            return self._of_value(grammar.Value(amount.amount_base, None))
        if word is not None and word.coin != amount.coin:
            raise UserMistake(
                f"{amount.coin} and {word.coin} in one entry: write each on its own line, with its amount."
            )
        return self._sure(amount.coin), amount.amount_base

    def _one_by_one(self) -> list[Suggestion]:
        """The same with commas, where nothing but a verb and quantities was said."""
        if not all(isinstance(part, grammar.Quantity | grammar.Keyword) for part in self.parts):
            return []
        verb = " ".join(part.word for part in self.parts if isinstance(part, grammar.Keyword)) or "add"
        amounts = [part for part in self.parts if isinstance(part, grammar.Quantity)]
        entries = ", ".join(f"{exact(each.amount_base)} {grammar.coin_word(each.coin, WORDS)}" for each in amounts)
        return [Suggestion(f"{verb} {entries}", f"{COMMAND} {verb} {entries}")]

    def _how_many(self) -> UserMistake:
        word = grammar.only(self.parts, grammar.CoinWord)
        if word is None:
            return UserMistake("How many, of which coin? For example: add 10 ETH.")
        return UserMistake(f"How many {word.coin}?", self._amounts_of(word.coin))

    def _of_value(self, value: grammar.Value) -> tuple[str, Decimal]:
        """Dollars are cash; dollars of a coin are not stored, as they change: the coins they buy now are offered."""
        word = grammar.only(self.parts, grammar.CoinWord)
        coin = value.coin or (word.coin if word else DOLLARS)
        if coin in STABLECOINS:
            return coin, value.amount_usd
        price = self.known.prices.get(coin)
        if price is None:
            raise UserMistake(f"How many {coin} is that? I have no price to tell; write the coins: 10 {coin}.")
        coins = number(value.amount_usd / price.price_quote).replace(",", "")
        entry = _value_of(coin).sub(f"{coins} #{coin}", self.text, count=1)
        raise UserMistake(
            f"{money(value.amount_usd)} of {coin} changes with its price, so coins are kept: {coins} {coin} now.",
            [Suggestion(entry.replace("#", ""), f"{COMMAND} {entry}")],
        )

    def _sure(self, coin: str) -> str:
        """A coin that no exchange lists may be held, but is probably a slip unless said with #."""
        is_known = coin in self.known.coins or coin in STABLECOINS or coin in self.known.portfolio.coins()
        if is_known or not self.known.coins or f"#{coin}" in self.text.upper():
            return coin
        near = grammar.nearest(coin, self.known.coins)
        if not near:
            return coin
        return self._ask_which(coin, near)

    def _ask_which(self, coin: str, near: Sequence[str]) -> str:
        pattern = re.compile(rf"#?{re.escape(coin)}(?=\s|$)", re.IGNORECASE)
        lines = {guess: f"{COMMAND} {pattern.sub(guess, self.text)}" for guess in (*near, f"#{coin}")}
        labels = {f"#{coin}": f"Keep {coin}"}
        raise UserMistake(
            f"No exchange here lists {coin}. Did you mean {' or '.join(near)}? It can be kept, without a price.",
            [Suggestion(labels.get(guess, guess), line) for guess, line in lines.items()],
        )

    def _coin_of_position(self) -> str:
        word = grammar.only(self.parts, grammar.CoinWord)
        if self._amount() is not None:
            raise UserMistake(
                "A position is removed whole. To make it smaller, write what is left: short 3 ETH.",
                [Suggestion("Portfolio", COMMAND)],
            )
        self._refuse_all_but(grammar.CoinWord, grammar.Exchange)
        if word is None:
            raise UserMistake("Which one? For example: remove short ETH.")
        return word.coin

    def _named(self, name: str) -> Decimal | None:
        return next((p.value for p in self.parts if isinstance(p, grammar.Named) and p.name == name), None)

    def _refuse_all_but(self, *kinds: type[grammar.Part], named: str = "") -> None:
        """Refuses what this kind of entry has no place for, rather than dropping it."""
        for part in self.parts:
            if isinstance(part, grammar.Named):
                if part.name != named:
                    raise UserMistake(f"{part.name}= has no meaning here. {MEANT[part.name]}")
            elif not isinstance(part, (*kinds, grammar.Keyword)):
                raise UserMistake(f"{UNUSED[type(part)]} has no meaning here. {MEANT['futures']}")

    def _held_coins(self, verb: str) -> list[Suggestion]:
        coins = [held.coin for held in self.known.portfolio.holdings[:3]]
        return [Suggestion(f"{verb} {coin}", f"{COMMAND} {verb} #{coin}") for coin in coins]
