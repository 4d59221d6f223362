"""What was asked of /hedge: the line read into a request, and a request written back as a line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting, grammar
from handlers.grammar.levels import written_length

COMMAND = "/hedge"
DEFAULT_LEVERAGE = Decimal(2)
DEFAULT_HORIZON = timedelta(days=30)
LONGEST_HORIZON = timedelta(days=730)
START_SMALL = Decimal("0.25")
# Words and names of the line, and the fields of the request that they fill.
KEYWORDS = {"portfolio": "is_portfolio", "venues": "wants_venues", "inverse": "is_inverse", "test": "wants_test"}
NAMED = {
    "price": "price_quote",
    "contract": "contract_quote",
    "stake": "staking_yield_per_year",
    "beta": "beta",
    "expiry": "expiry",
}


@dataclass(frozen=True, slots=True)
class HedgeRequest:
    """One line after /hedge. What was not written is None; `share` then depends on where the coins are from."""

    coin: str | None = None
    amount_base: Decimal | None = None
    value_usd: Decimal | None = None
    is_portfolio: bool = False
    share: Decimal | None = None
    leverage: Decimal | None = None
    horizon: timedelta | None = None
    exchange: str | None = None
    via: str | None = None
    price_quote: Decimal | None = None
    contract_quote: Decimal | None = None
    beta: Decimal | None = None
    staking_yield_per_year: Decimal | None = None
    expiry: Decimal | None = None  # yymmdd
    is_inverse: bool = False
    wants_venues: bool = False
    wants_test: bool = False

    @property
    def is_bare(self) -> bool:
        """Nothing was said about what to hedge."""
        return self.coin is None and not self.is_portfolio

    @property
    def is_by_hand(self) -> bool:
        """The contract is described by the asker, so no exchange is needed."""
        return self.price_quote is not None and self.via is None

    @property
    def is_about_holdings(self) -> bool:
        """The size comes from the portfolio, so the answer is nobody else's business."""
        return self.is_portfolio or (self.amount_base is None and self.value_usd is None)


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> HedgeRequest:
    """Raises UserMistake, with the corrected line where one can be guessed."""
    parts = grammar.read(COMMAND, words, grammar.Vocabulary(coins, exchanges, frozenset(KEYWORDS), frozenset(NAMED)))
    _refuse_two_coins(parts)
    said: dict[str, Any] = {}
    for part in parts:
        said |= _said(part)
    return _checked(HedgeRequest(**said))


def _said(part: grammar.Part) -> dict[str, Any]:
    """The fields of the request that one part fills."""
    match part:
        case grammar.Quantity(amount, coin):
            return {"amount_base": amount, "coin": coin}
        case grammar.Value(value, coin):
            return {"value_usd": value} | ({"coin": coin} if coin else {})
        case grammar.CoinWord(coin):
            return {"coin": coin}
        case grammar.Via(coin):
            return {"via": coin}
        case grammar.Named(name, value):
            return {NAMED[name]: value}
        case grammar.Keyword(word):
            return {KEYWORDS[word]: True}
        case _:
            (field,) = fields(part)
            return {field.name: getattr(part, field.name)}


def _refuse_two_coins(parts: tuple[grammar.Part, ...]) -> None:
    """Each coin is offered with its own amount and with what is said of both."""
    said = [_said(part) for part in parts]
    coins = {each["coin"]: each for each in said if "coin" in each}
    if len(coins) < 2:
        return
    of_both = {field: value for each in said if "coin" not in each for field, value in each.items()}
    raise UserMistake(
        f"{len(coins)} coins: {', '.join(coins)}. One hedge at a time.",
        [Suggestion(f"Hedge {coin}", line(HedgeRequest(**(of_both | each)))) for coin, each in coins.items()],
    )


def _checked(request: HedgeRequest) -> HedgeRequest:
    if request.is_portfolio and request.coin is not None:
        raise UserMistake(
            f"The portfolio or {request.coin}: one of them.",
            [
                Suggestion("The portfolio", line(replace(request, coin=None, amount_base=None, value_usd=None))),
                Suggestion(request.coin, line(replace(request, is_portfolio=False))),
            ],
        )
    if request.is_bare and request.value_usd is not None:
        raise UserMistake(f"{formatting.money(request.value_usd)} of which coin? For example: $20k SOL.")
    if request.horizon is not None and request.horizon > LONGEST_HORIZON and not request.wants_test:
        raise UserMistake(
            "A hedge is planned for at most 730 days.", [Suggestion("730 days", line(request, horizon=LONGEST_HORIZON))]
        )
    if request.contract_quote is not None and request.price_quote is None:
        raise UserMistake("contract= is the value of one contract; price= is missing, the price of one coin.")
    if request.price_quote is not None and request.via is not None and request.beta is None:
        raise UserMistake(f"For a coin at a price given by hand, beta= against {request.via} is missing (beta=1.4).")
    if request.beta is not None and request.via is None:
        raise UserMistake(
            f"beta={request.beta:f} against which coin?", [Suggestion("via BTC", line(request, via="BTC"))]
        )
    return request


def line(request: HedgeRequest, **changes: Any) -> str:
    """The command line that asks for this, in the order of the examples; for buttons."""
    if not SUBJECT & changes.keys():
        words = {**_words(request), **{field: _word(field, value) for field, value in changes.items()}}
        return " ".join(word for word in words.values() if word)
    return line(replace(request, **changes))


@lru_cache(maxsize=1024)
def _words(request: HedgeRequest) -> Mapping[str, str]:
    """The words of a line, by the fields they come from; an answer varies one of them for each of its buttons."""
    what = {"command": COMMAND, "what": _what(request)}
    return what | {field: _word(field, getattr(request, field)) for field in WORDS}


def _word(field: str, value: Any) -> str:
    return "" if value is None or value is False else WORDS[field](value)


def _what(asked: HedgeRequest) -> str:
    if asked.is_portfolio:
        return "portfolio"
    if asked.amount_base is not None:
        return f"{formatting.exact(asked.amount_base)} {_coin(asked.coin)}"
    if asked.value_usd is not None:
        return f"${formatting.exact(asked.value_usd)} {_coin(asked.coin)}"
    return _coin(asked.coin)


def _coin(coin: str | None) -> str:
    return "" if coin is None else grammar.coin_word(coin, KEYWORDS)


# What a line is about; the other fields say how.
SUBJECT = frozenset({"coin", "amount_base", "value_usd", "is_portfolio"})
# How each of the other fields is written, in the order of the line.
WORDS: Mapping[str, Callable[[Any], str]] = {
    "share": formatting.share_for_typing,
    "leverage": formatting.leverage,
    "exchange": str,
    "horizon": written_length,
    "via": lambda coin: f"via {_coin(coin)}",
    "is_inverse": lambda _: "inverse",
    "price_quote": lambda price: f"price={formatting.exact(price)}",
    "contract_quote": lambda value: f"contract={formatting.exact(value)}",
    "beta": lambda beta: f"beta={formatting.exact(beta)}",
    "expiry": lambda day: f"expiry={formatting.exact(day)}",
    "staking_yield_per_year": lambda share: f"stake={formatting.share_for_typing(share)}",
    "wants_venues": lambda _: "venues",
    "wants_test": lambda _: "test",
}
