"""What single words mean: coins, exchanges, filler, shares, units; and which word was probably meant.

Tables are made once, in small letters.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rapidfuzz import fuzz, process

from chatbot.core.markets import EXCHANGE_NAMES

ALIKE = 60  # of 100, by rapidfuzz
MUCH_WORSE = 15  # a guess so far behind the best one is not offered beside it
FILLERS = frozenset({"of", "in", "at", "for", "my", "the", "on", "a", "an", "and", "please", "with"})
DOLLARS = frozenset({"usd", "dollar", "dollars", "$"})
SHARE_WORDS = {"half": Decimal("0.5"), "all": Decimal(1), "full": Decimal(1), "quarter": Decimal("0.25")}
SCALES = {"": Decimal(1), "k": Decimal(10**3), "m": Decimal(10**6), "b": Decimal(10**9)}
HOURS = {"h": 1, "d": 24, "w": 168}
PERIODS = {"hour": "h", "hours": "h", "day": "d", "days": "d", "week": "w", "weeks": "w"}
PERCENTAGES = frozenset({"stake", "stop", "hedge"})  # named values that are written with %
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
EXCHANGE_IDS = {word.lower(): exchange for exchange, names in EXCHANGE_NAMES.items() for word in (exchange, *names)}

_SPOKEN_FOR = FILLERS | DOLLARS | SHARE_WORDS.keys() | PERIODS.keys() | EXCHANGE_IDS.keys() | {"via"}
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.]{0,14}")
_FORCED = re.compile(r"(?:#|coin=)(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the words of a line can mean. Without `coins` (no market is loaded) every ticker counts as a coin.

    `subjects`: the keywords that stand where a coin would.
    """

    coins: frozenset[str]
    exchanges: tuple[str, ...]
    keywords: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset({"portfolio"})

    def coin(self, word: str) -> str | None:
        """The listed coin of this ticker or name, or the one that is forced (#ALL, coin=ALL), listed or not."""
        upper = word.upper()
        if upper in self.coins:
            return upper
        if "#" in word or "=" in word:
            return self._forced(word)
        named = COIN_NAMES.get(word.lower())
        return named or _unusual(self.coins).get(upper) or self._cashtag(word)

    def ticker(self, word: str) -> str | None:
        """The coin of this ticker, listed or not."""
        upper = word.upper()
        return upper if _TICKER.fullmatch(upper) else self.coin(word)

    def exchange(self, word: str) -> str | None:
        """The exchange of this id or name, asked here or not; `word` in small letters."""
        return word if word in self.exchanges else EXCHANGE_IDS.get(word)

    def is_spoken_for(self, word: str) -> bool:
        """Whether `word`, in small letters, means something by itself that is no coin."""
        return word in _SPOKEN_FOR or word in self.keywords or word in self.exchanges

    def _forced(self, word: str) -> str | None:
        match = _FORCED.fullmatch(word)
        return self.ticker(match[1]) if match else None

    def _cashtag(self, word: str) -> str | None:
        """$ETH, as traders write it."""
        bare = word.removeprefix("$")
        return self.coin(bare) if bare != word and bare[:1].isalpha() else None


@lru_cache(maxsize=4)
def _unusual(coins: frozenset[str]) -> Mapping[str, str]:
    """Listed tickers that are not all capitals, by their capitals."""
    return {coin.upper(): coin for coin in coins if coin != coin.upper()}


def coin_word(coin: str, keywords: Collection[str] = ()) -> str:
    """How a coin is written in a line: with # where the bare word could mean something else."""
    low = coin.lower()
    is_other = low in _SPOKEN_FOR or low in keywords or coin[:1].isdigit() or COIN_NAMES.get(low, coin) != coin
    return f"#{coin}" if is_other else coin


def nearest(word: str, coins: Collection[str], most: int = 2) -> tuple[str, ...]:
    """The coins that `word` may have meant, likeliest first, and none that is far less likely than the first."""
    names = {**{coin.lower(): coin for coin in coins}, **{n: c for n, c in COIN_NAMES.items() if c in coins}}
    found = process.extract(word.lower(), list(names), scorer=fuzz.ratio, limit=most * 2, score_cutoff=ALIKE)
    close = [name for name, score, _ in found if score > found[0][1] - MUCH_WORSE]
    return tuple(dict.fromkeys(names[name] for name in close))[:most]


def nearest_word(word: str, words: Collection[str], alike: int = ALIKE) -> str | None:
    """The one of `words` (in small letters) that `word` was probably meant to be."""
    match = process.extractOne(word.lower(), list(words), scorer=fuzz.ratio, score_cutoff=alike)
    return match[0] if match else None
