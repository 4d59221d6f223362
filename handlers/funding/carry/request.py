"""What was asked of /funding carry and /funding roll: the line read into a request, and written back."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting, grammar
from handlers.grammar.levels import written_length

DEFAULT_VALUE = Decimal(10_000)
DEFAULT_LEVERAGE = Decimal(2)
DEFAULT_HORIZON = timedelta(days=30)
LONGEST_HORIZON = timedelta(days=730)
HIGHEST_LEVERAGE = Decimal(100)
KEYWORDS = frozenset({"inverse"})
CARRY, ROLL = "/funding carry", "/funding roll"
TAKES = {
    CARRY: f"A carry takes a coin, an amount, a leverage, days and an exchange: {CARRY} BTC $10k 2x 30d bybit.",
    ROLL: f"A roll takes a coin, an amount and an exchange: {ROLL} BTC $10k bybit.",
}


@dataclass(frozen=True, slots=True)
class CarryRequest:
    """One line after CARRY or ROLL (`command`). What was not written is None."""

    command: str
    coin: str | None = None
    amount_base: Decimal | None = None
    value_usd: Decimal | None = None
    leverage: Decimal | None = None
    horizon: timedelta | None = None
    exchange: str | None = None
    is_inverse: bool = False


def parse(command: str, words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> CarryRequest:
    """Raises UserMistake, with the corrected line where one can be guessed."""
    parts = grammar.read(command, words, grammar.Vocabulary(coins, exchanges, KEYWORDS, frozenset()))
    said: dict[str, Any] = {}
    for part in parts:
        fields = _said(command, part)
        if "coin" in said and fields.get("coin", said["coin"]) != said["coin"]:
            raise _two_coins(command, said["coin"], fields["coin"])
        said |= fields
    return _checked(CarryRequest(command, **said))


def _said(command: str, part: grammar.Part) -> dict[str, Any]:
    match part:
        case grammar.Quantity(amount, coin):
            return {"amount_base": amount, "coin": coin}
        case grammar.Value(value, coin):
            return {"value_usd": value} | ({"coin": coin} if coin else {})
        case grammar.CoinWord(coin):
            return {"coin": coin}
        case grammar.Leverage(leverage):
            return {"leverage": leverage}
        case grammar.Horizon(horizon):
            return {"horizon": horizon}
        case grammar.Exchange(exchange):
            return {"exchange": exchange}
        case grammar.Keyword():
            return {"is_inverse": True}
        case _:
            raise UserMistake(TAKES[command], [Suggestion(f"{command} BTC $10k", f"{command} BTC $10k")])


def _two_coins(command: str, one: str, other: str) -> UserMistake:
    lines = [f"{command} {grammar.coin_word(coin, KEYWORDS)}" for coin in (one, other)]
    return UserMistake(f"{one} or {other}: one coin at a time.", [Suggestion(each, each) for each in lines])


def _checked(request: CarryRequest) -> CarryRequest:
    if request.command == ROLL and (request.leverage is not None or request.horizon is not None):
        without = line(request, leverage=None, horizon=None)
        raise UserMistake(TAKES[ROLL], [Suggestion(without, without)])
    if request.leverage is not None and request.leverage > HIGHEST_LEVERAGE:
        raise UserMistake(
            "The short's leverage goes up to 100x.", [Suggestion("2x", line(request, leverage=DEFAULT_LEVERAGE))]
        )
    if request.horizon is not None and request.horizon > LONGEST_HORIZON:
        raise UserMistake(
            "A carry is looked at for at most 730 days.",
            [Suggestion("730 days", line(request, horizon=LONGEST_HORIZON))],
        )
    return request


def line(request: CarryRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    words = (
        asked.command,
        _what(asked),
        formatting.leverage(asked.leverage) if asked.leverage is not None else "",
        written_length(asked.horizon) if asked.horizon is not None else "",
        asked.exchange or "",
        "inverse" if asked.is_inverse else "",
    )
    return " ".join(word for word in words if word)


def _what(asked: CarryRequest) -> str:
    coin = "" if asked.coin is None else grammar.coin_word(asked.coin, KEYWORDS)
    if asked.amount_base is not None:
        return f"{formatting.exact(asked.amount_base)} {coin}"
    if asked.value_usd is not None:
        return f"${formatting.exact(asked.value_usd)} {coin}"
    return coin
