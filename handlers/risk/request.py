"""What was asked of /risk: nothing, or `with hedge 10 ETH 50%`."""

from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting, grammar

COMMAND = "/risk"
HEDGE = "hedge"
EXAMPLE = f"{COMMAND} with {HEDGE} 10 ETH 50%"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A short to be tried. Without an amount or a value it is a share of what is held; without a share, all of it."""

    coin: str
    amount_base: Decimal | None = None
    value_usd: Decimal | None = None
    share: Decimal = Decimal(1)
    leverage: Decimal | None = None
    exchange: str | None = None


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> WhatIf | None:
    """None for the portfolio as it is. Raises UserMistake, with the corrected line where one can be guessed."""
    vocabulary = grammar.Vocabulary(coins, exchanges, frozenset({HEDGE}), frozenset(), frozenset())
    try:
        parts = grammar.read(COMMAND, words, vocabulary)
    except UserMistake as mistake:
        example = [Suggestion(EXAMPLE, EXAMPLE), Suggestion("Risk as it is", COMMAND)]
        raise UserMistake(mistake.sentence, mistake.suggestions or example) from mistake
    if not parts:
        return None
    what_if = _what_if(parts)
    if grammar.only(parts, grammar.Keyword) is None:
        meant = line(what_if)
        raise UserMistake("Is that a hedge to try? Then write with hedge before it.", [Suggestion(meant, meant)])
    return what_if


def _what_if(parts: tuple[grammar.Part, ...]) -> WhatIf:
    _refuse(parts)
    amount, value = grammar.only(parts, grammar.Quantity), grammar.only(parts, grammar.Value)
    share, leverage = grammar.only(parts, grammar.Share), grammar.only(parts, grammar.Leverage)
    exchange = grammar.only(parts, grammar.Exchange)
    return WhatIf(
        _one_coin(parts),
        amount_base=amount.amount_base if amount else None,
        value_usd=value.amount_usd if value else None,
        share=share.share if share else Decimal(1),
        leverage=leverage.leverage if leverage else None,
        exchange=exchange.exchange if exchange else None,
    )


def _refuse(parts: tuple[grammar.Part, ...]) -> None:
    """What a hedge tried here does not take."""
    via = grammar.only(parts, grammar.Via)
    if via is not None:
        raise UserMistake(
            f"Here the short itself is named, as in: with hedge 0.1 {via.coin}. How large a hedge via {via.coin} is, "
            "/hedge says.",
            [Suggestion(f"Hedge all via {via.coin}", f"/hedge portfolio via {via.coin}")],
        )
    if grammar.only(parts, grammar.Horizon) is not None:
        raise UserMistake(
            "The days of the figures cannot be chosen: each is said beside its figure.",
            [Suggestion("Risk of the portfolio", COMMAND)],
        )


def _one_coin(parts: tuple[grammar.Part, ...]) -> str:
    found = [part for part in parts if isinstance(part, grammar.Quantity | grammar.Value | grammar.CoinWord)]
    named = {part.coin: part for part in found if part.coin is not None}
    if not named:
        raise UserMistake("A hedge in which coin?", [Suggestion(EXAMPLE, EXAMPLE)])
    if len(named) > 1:
        lines = [line(_what_if((part,))) for part in named.values()]
        raise UserMistake(f"{' and '.join(named)}: one hedge at a time.", [Suggestion(each, each) for each in lines])
    return next(iter(named))


def line(what_if: WhatIf, command: str = f"{COMMAND} with {HEDGE}") -> str:
    """The line that asks for this; with `/hedge` as the command, the one that sizes it."""
    coin = grammar.coin_word(what_if.coin, (HEDGE,))
    what = coin
    if what_if.amount_base is not None:
        what = f"{formatting.exact(what_if.amount_base)} {coin}"
    elif what_if.value_usd is not None:
        what = f"${formatting.exact(what_if.value_usd)} {coin}"
    words = (
        command,
        what,
        formatting.share_for_typing(what_if.share),
        formatting.leverage(what_if.leverage) if what_if.leverage else "",
        what_if.exchange or "",
    )
    return " ".join(word for word in words if word)
