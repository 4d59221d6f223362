"""What was asked of /funding: the line read into a request, and written back as a line."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from handlers import grammar

COMMAND = "/funding"
MAP = "map"
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
    for part in grammar.read(COMMAND, words, grammar.Vocabulary(coins, exchanges, frozenset({MAP}))):
        said |= _said(part)
    return _checked(FundingRequest(**said))


def _said(part: grammar.Part) -> dict[str, Any]:
    match part:
        case grammar.CoinWord(coin):
            return {"coin": coin}
        case grammar.Quantity(_, coin):
            raise UserMistake(
                f"Funding is asked of a coin, not of an amount. A hedge has amounts: /hedge 10 {coin}.",
                [Suggestion(f"Funding of {coin}", line(FundingRequest(coin)))],
            )
        case grammar.Exchange(exchange):
            return {"exchange": exchange}
        case grammar.Horizon(span):
            return {"span": span}
        case grammar.Keyword():
            return {"is_map": True}
        case _:
            raise UserMistake(
                "Funding is asked of a coin, an exchange and a number of days: /funding BTC bybit 90d.",
                [Suggestion("All coins", COMMAND), Suggestion("BTC", line(FundingRequest("BTC")))],
            )


def _checked(request: FundingRequest) -> FundingRequest:
    if request.span is not None and request.coin is None:
        raise UserMistake(
            "A history is of one coin.", [Suggestion("BTC", line(replace(request, coin="BTC", is_map=False)))]
        )
    if request.span is not None and not SHORTEST_SPAN <= request.span <= LONGEST_SPAN:
        within = min(max(request.span, SHORTEST_SPAN), LONGEST_SPAN)
        raise UserMistake(
            "A history goes from 1 to 365 days back.",
            [Suggestion(f"{within.days} days", line(replace(request, span=within)))],
        )
    if request.coin is None and request.exchange is not None:
        raise UserMistake(
            "Which coin?", [Suggestion("BTC", line(replace(request, coin="BTC"))), Suggestion("All coins", COMMAND)]
        )
    return request


def line(request: FundingRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    if asked.is_map:
        return f"{COMMAND} {MAP}"
    words = (
        COMMAND,
        "" if asked.coin is None else grammar.coin_word(asked.coin, {MAP}),
        asked.exchange or "",
        "" if asked.span is None else f"{asked.span.days}d",
    )
    return " ".join(word for word in words if word)
