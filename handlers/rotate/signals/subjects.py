"""The coins and sectors of a line. Law: nothing is dropped; what is neither is named with what is nearest to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chatbot.core.errors import UserMistake
from chatbot.core.portfolio import STABLECOINS
from handlers import grammar
from handlers.grammar.words import ALIKE, FILLERS, coin_word
from handlers.grammar.written import Written, shown
from handlers.rotate.request import ALIASES, nearest_name

Sectors = Mapping[str, Sequence[str]]  # coins by the sector's name


@dataclass(frozen=True, slots=True)
class Subjects:
    """As they were named, each once."""

    coins: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()


def read(
    written: Written, sectors: Sectors, listed: Collection[str], others: Collection[int] = frozenset()
) -> Subjects:
    """A name of a sector counts before a coin's: #AI is the coin. While no market is known every ticker is a coin.

    `others`: places of words that were understood as something else.
    """
    vocabulary = grammar.Vocabulary(frozenset(listed), ())
    low = [word.lower() for word in written.words]
    coins: list[str] = []
    named: list[str] = []
    at = 0
    while at < len(low):
        if at in others:
            at += 1
            continue
        sector = _sector_at(low[at:], sectors)
        coin = None if sector else _coin(written.words[at], vocabulary)
        length = len(sector.split()) if sector else 1
        if coin is None and sector is None:
            sector = _short_name(low[at], sectors)
        if sector is not None:
            named.append(sector)
        elif coin is not None:
            coins.append(_moving(coin, written, at))
        elif low[at] not in FILLERS:
            raise _unknown(written, at, sectors, listed)
        at += length
    return Subjects(tuple(dict.fromkeys(coins)), tuple(dict.fromkeys(named)))


def word_of(coin: str, sectors: Sectors) -> str:
    """How a coin is written in a line, where a bare word would be a sector, too."""
    return f"#{coin}" if coin.lower() in sectors else coin_word(coin)


def sectors_with(coins: Collection[str], sectors: Sectors) -> tuple[str, ...]:
    """The sectors that have one of these coins, in their own order."""
    return tuple(name for name, members in sectors.items() if not set(coins).isdisjoint(members))


def _sector_at(low: Sequence[str], sectors: Sectors) -> str | None:
    """The longest name that the words begin with."""
    fitting = [name for name in sectors if tuple(low[: len(name.split())]) == tuple(name.split())]
    return max(fitting, key=len, default=None)


def _short_name(word: str, sectors: Sectors) -> str | None:
    """L1, where no coin is called so."""
    name = ALIASES.get(word)
    return name if name in sectors else None


def _coin(word: str, vocabulary: grammar.Vocabulary) -> str | None:
    """A stablecoin is one, listed or not."""
    if word.upper() in STABLECOINS or not vocabulary.coins:
        return vocabulary.ticker(word)
    return vocabulary.coin(word)


def _moving(coin: str, written: Written, at: int) -> str:
    if coin in STABLECOINS:
        suggested = [written.without({at})] if len(written.words) > 1 else []
        raise UserMistake(f"{coin} is a stablecoin: no signal is read from it.", suggested)
    return coin


def _unknown(written: Written, at: int, sectors: Sectors, listed: Collection[str]) -> UserMistake:
    word = written.words[at]
    sector = nearest_name(word, tuple(sectors), ALIKE + 10)
    near = dict.fromkeys([*map(coin_word, grammar.nearest(word, listed)), *([sector] if sector else [])])
    suggested = [written.replaced(at, guess) for guess in near]
    return UserMistake(f'"{shown(word)}" is no coin that is listed here, and no sector.', suggested or [written.help()])
