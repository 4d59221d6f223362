"""What was asked of /allocate check: the line read into a request, and written back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import Side
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.request import COMMAND

CHECK = f"{COMMAND} check"
EXAMPLE = f"{CHECK} long SOL $500 2x"
USUAL_LEVERAGE = Decimal(2)
USUAL_USD = Decimal(500)
SIDES = {side.value: side for side in Side}
NAMED = frozenset({"stop", "capital"})
TAKEN = "a side, a coin, its value in dollars, a leverage, an exchange, stop= and capital="
_STOP = re.compile(r"(stop=[\d.]+)(?=\s|$)")


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One position that is typed: `value_usd` of `coin` (notional) at `leverage`."""

    coin: str
    value_usd: Decimal
    side: Side = Side.LONG
    leverage: Decimal = USUAL_LEVERAGE
    exchange: str | None = None
    stop_share: Decimal | None = None
    capital_usd: Decimal | None = None


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> CheckRequest:
    """Raises UserMistake, with lines that are answered where one can be guessed."""
    vocabulary = grammar.Vocabulary(coins, exchanges, frozenset(SIDES), NAMED, frozenset())
    try:
        return _read(words, vocabulary)
    except UserMistake as mistake:
        tips = [tip for tip in mistake.suggestions if _leads_on(tip, vocabulary)]
        raise UserMistake(mistake.sentence, tips or [Suggestion(EXAMPLE, EXAMPLE)]) from mistake


def _leads_on(tip: Suggestion, vocabulary: grammar.Vocabulary) -> bool:
    """Whether the line is read: one that leads to the next mistake is no way on."""
    if not tip.command.startswith(CHECK):
        return True
    try:
        _read(tip.command.removeprefix(CHECK), vocabulary)
    except UserMistake:
        return False
    return True


def _read(words: str, vocabulary: grammar.Vocabulary) -> CheckRequest:
    parts = grammar.read(CHECK, _STOP.sub(r"\1%", words), vocabulary)
    named = {part.name: part.value for part in parts if isinstance(part, grammar.Named)}
    value, leverage = grammar.only(parts, grammar.Value), grammar.only(parts, grammar.Leverage)
    exchange, side = grammar.only(parts, grammar.Exchange), grammar.only(parts, grammar.Keyword)
    coin = _coin(parts)
    if coin is None or value is None or value.coin not in (None, coin):
        better = CheckRequest(coin or "SOL", value.amount_usd if value else USUAL_USD)
        tip = line(replace(better, leverage=leverage.leverage if leverage else USUAL_LEVERAGE))
        raise UserMistake("Which position? A side, a coin and its value in dollars.", [Suggestion(tip, tip)])
    request = CheckRequest(
        coin=coin,
        value_usd=value.amount_usd,
        side=SIDES[side.word] if side else Side.LONG,
        leverage=leverage.leverage if leverage else USUAL_LEVERAGE,
        exchange=exchange.exchange if exchange else None,
        stop_share=named.get("stop"),
        capital_usd=named.get("capital"),
    )
    _require_known(parts, request)
    return request


def _coin(parts: Sequence[grammar.Part]) -> str | None:
    for part in parts:
        match part:
            case grammar.CoinWord(coin) | grammar.Quantity(coin=coin) | grammar.Value(coin=str() as coin):
                return coin
    return None


def _require_known(parts: Sequence[grammar.Part], request: CheckRequest) -> None:
    """What a check does not take is named, not left out in silence."""
    others = [words for part in parts if (words := _other(part))]
    if others:
        verb = "is" if len(others) == 1 else "are"
        without = line(request)
        raise UserMistake(
            f"{' and '.join(others)} {verb} no part of a check: it takes {TAKEN}.", [Suggestion(without, without)]
        )


def _other(part: grammar.Part) -> str:
    """As it may have been written; empty for what a check takes."""
    match part:
        case grammar.Share(share):
            return show.share_for_typing(share)
        case grammar.Horizon(horizon):
            return show.duration(horizon)
        case grammar.Via(coin):
            return f"via {coin}"
        case grammar.Quantity(amount, coin):
            return f"{show.exact(amount)} {coin}"
    return ""


def line(request: CheckRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    words = (
        CHECK,
        asked.side.value,
        grammar.coin_word(asked.coin, SIDES),
        f"${show.exact(asked.value_usd)}",
        show.leverage(asked.leverage),
        f"on {asked.exchange}" if asked.exchange else "",
        f"stop={show.share_for_typing(asked.stop_share)}" if asked.stop_share is not None else "",
        f"capital={show.exact(asked.capital_usd)}" if asked.capital_usd is not None else "",
    )
    return " ".join(word for word in words if word)


def elsewhere(request: CheckRequest, exchanges: Sequence[str]) -> list[Suggestion]:
    """The same on other exchanges."""
    return [Suggestion(f"On {exchange_name(each)}", line(request, exchange=each)) for each in exchanges]
