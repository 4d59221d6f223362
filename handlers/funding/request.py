"""What was asked of /funding: the line read into a request, and written back as a line."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from handlers import grammar

COMMAND = "/funding"
MAP = "map"
KEYWORDS = frozenset({MAP})
WORDS = frozenset({MAP, "alert", "alerts", "carry", "roll"})  # that mean something at the beginning of the line
LONGEST_SPAN = timedelta(days=365)
SHORTEST_SPAN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FundingRequest:
    """One line after /funding. No coin: all of them; `span`: the history; `is_map`: coins by exchanges."""

    coin: str | None = None
    exchange: str | None = None
    span: timedelta | None = None
    is_map: bool = False


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> FundingRequest:
    """Raises UserMistake, with the corrected line where one can be guessed."""
    said: dict[str, Any] = {}
    for part in grammar.read(COMMAND, words, grammar.Vocabulary(coins, exchanges, KEYWORDS, subjects=KEYWORDS)):
        said |= _said(part)
    return _checked(FundingRequest(**said))


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
        case grammar.Quantity(_, coin) | grammar.Value(_, str(coin)):
            raise UserMistake(
                "Funding is asked of a coin, not of an amount; a hedge and a carry have amounts.",
                [_suggested(FundingRequest(coin)), Suggestion(f"Hedge {coin}", f"/hedge {grammar.coin_word(coin)}")],
            )
        case _:
            raise UserMistake(
                "Funding is asked of a coin, an exchange and a number of days: /funding BTC bybit 90d.",
                [Suggestion("All coins", COMMAND), _suggested(FundingRequest("BTC"))],
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
        "" if asked.span is None else _written(asked.span),
        MAP if asked.is_map else "",
    )
    return " ".join(word for word in words if word)


def _written(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"
