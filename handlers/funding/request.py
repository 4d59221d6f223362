"""What was asked of /funding: the line read into a request, and written back as a line."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting, grammar
from handlers.funding.mistakes import LONGEST_DAYS, SHORTEST_DAYS, SUBJECTS, refuse_misplaced
from handlers.grammar.levels import written_length

COMMAND = "/funding"
MAP = "map"
KEYWORDS = frozenset({MAP})
WORDS = frozenset({MAP, *SUBJECTS})  # that mean something by themselves
LONGEST_SPAN, SHORTEST_SPAN = timedelta(days=LONGEST_DAYS), timedelta(days=SHORTEST_DAYS)
COINS_OFFERED = 3


@dataclass(frozen=True, slots=True)
class FundingRequest:
    """One line after /funding. No coin: all of them; `span`: the history; `is_map`: coins by exchanges."""

    coin: str | None = None
    exchange: str | None = None
    span: timedelta | None = None
    is_map: bool = False


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> FundingRequest:
    """Raises UserMistake, with corrected lines, each of which is understood."""
    vocabulary = grammar.Vocabulary(coins, exchanges, KEYWORDS, subjects=KEYWORDS)
    try:
        return _parsed(words, vocabulary)
    except UserMistake as mistake:
        understood = [tip for tip in mistake.suggestions if _is_understood(tip, vocabulary)]
        raise UserMistake(mistake.sentence, understood or _simpler(words, vocabulary)) from mistake


def _parsed(words: str, vocabulary: grammar.Vocabulary) -> FundingRequest:
    refuse_misplaced(COMMAND, words, vocabulary)
    said: dict[str, Any] = {}
    for part in grammar.read(COMMAND, words, vocabulary):
        said |= _said(part)
    return _checked(FundingRequest(**said))


def _is_understood(tip: Suggestion, vocabulary: grammar.Vocabulary) -> bool:
    """Of another command, and of a subject with a grammar of its own, too."""
    command, _, words = tip.command.partition(" ")
    if command != COMMAND or words.startswith(SUBJECTS):
        return True
    try:
        _parsed(words, vocabulary)
    except UserMistake:
        return False
    return True


def _simpler(words: str, vocabulary: grammar.Vocabulary) -> list[Suggestion]:
    """Each coin of the line alone; else all coins, and how it is written."""
    named = dict.fromkeys(
        coin
        for word in words.split()
        if (coin := vocabulary.coin(word)) is not None and not vocabulary.is_spoken_for(word.lower())
    )
    alone = [_suggested(FundingRequest(coin)) for coin in named][:COINS_OFFERED]
    return alone or [Suggestion("All coins", COMMAND), Suggestion("How it is written", "/help funding")]


def _said(part: grammar.Part) -> dict[str, Any]:
    match part:
        case grammar.CoinWord(coin):
            return {"coin": coin}
        case grammar.Exchange(exchange):
            return {"exchange": exchange}
        case grammar.Horizon(span):
            return {"span": span}
        case grammar.Keyword():
            return {"is_map": True}
        case grammar.Quantity(amount, coin):
            raise _has_no_amount(coin, formatting.exact(amount), formatting.quantity(amount))
        case grammar.Value(value, str(coin)):
            raise _has_no_amount(coin, f"${formatting.exact(value)}", formatting.money(value))
        case _:
            raise UserMistake("Funding is asked of a coin, an exchange and a number of days: /funding BTC bybit 90d.")


def _has_no_amount(coin: str, amount: str, shown: str) -> UserMistake:
    word = grammar.coin_word(coin, WORDS)
    return UserMistake(
        "Funding is asked of a coin, not of an amount; a carry and a hedge have amounts.",
        [
            _suggested(FundingRequest(coin)),
            Suggestion(f"Carry {shown} {coin}", f"{COMMAND} carry {amount} {word}"),
            Suggestion(f"Hedge {shown} {coin}", f"/hedge {amount} {word}"),
        ],
    )


def _checked(request: FundingRequest) -> FundingRequest:
    if request.is_map and request != FundingRequest(is_map=True):
        alone = replace(request, is_map=False)
        raise UserMistake(
            "The map has all coins and exchanges.", [_suggested(FundingRequest(is_map=True)), _suggested(alone)]
        )
    if request.span is None:
        return request
    if request.coin is None:
        raise UserMistake(
            "A history is of one coin. Of which?", [_suggested(replace(request, coin=coin)) for coin in ("BTC", "ETH")]
        )
    if not SHORTEST_SPAN <= request.span <= LONGEST_SPAN:
        within = min(max(request.span, SHORTEST_SPAN), LONGEST_SPAN)
        raise UserMistake("A history goes from 1 to 365 days back.", [_suggested(replace(request, span=within))])
    return request


def _suggested(request: FundingRequest) -> Suggestion:
    return Suggestion(line(request), line(request))


def line(request: FundingRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    words = (
        COMMAND,
        "" if asked.coin is None else grammar.coin_word(asked.coin, WORDS),
        asked.exchange or "",
        "" if asked.span is None else written_length(asked.span),
        MAP if asked.is_map else "",
    )
    return " ".join(word for word in words if word)
