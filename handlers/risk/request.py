"""What was asked of /risk: nothing, `with hedge 10 ETH 50%`, or a move of bitcoin."""

from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.risk.measures import BITCOIN
from handlers import formatting, grammar
from handlers.risk.moves import COMMAND, Move, read_move

WITH, HEDGE, PORTFOLIO, TILT = "with", "hedge", "portfolio", "tilt"
EXAMPLE = f"{COMMAND} {WITH} {HEDGE} 10 ETH 50%"
EXAMPLES = [Suggestion(EXAMPLE, EXAMPLE), Suggestion("Risk as it is", COMMAND)]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A short to be tried. Without an amount or a value it is a share of what is held; without a share, all of it.

    `is_portfolio`: of everything that is held, sized by its beta to `coin`.
    """

    coin: str
    amount_base: Decimal | None = None
    value_usd: Decimal | None = None
    share: Decimal = Decimal(1)
    leverage: Decimal | None = None
    exchange: str | None = None
    is_portfolio: bool = False


Asked = WhatIf | Move | None


def parse(words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> Asked:
    """None for the portfolio as it is. Raises UserMistake, with the corrected line where one can be guessed."""
    vocabulary = grammar.Vocabulary(coins, exchanges, frozenset({HEDGE, PORTFOLIO}), frozenset(), frozenset())
    _require_begun_well(words.split(), vocabulary)
    return read_move(words, vocabulary) or _read(words, vocabulary)


def _require_begun_well(written: list[str], vocabulary: grammar.Vocabulary) -> None:
    """What the first words say that is no hedge."""
    first, *rest = written or [""]
    is_with = first.lower() == WITH
    if is_with and not rest:
        raise UserMistake("With what? A hedge can be tried.", EXAMPLES)
    if TILT in (first.lower(), rest[0].lower() if is_with else ""):
        meant = " ".join(("/allocate", TILT, *(rest[1:] if is_with else rest)))
        raise UserMistake(
            "A tilt, with its legs and its deltas, is worked out by /allocate.", [Suggestion(meant, meant)]
        )
    is_known = is_with or vocabulary.is_spoken_for(first.lower()) or vocabulary.coin(first)
    if rest and rest[0].lower() == HEDGE and not is_known and grammar.nearest(first, (WITH,)):
        meant = " ".join((COMMAND, WITH, *rest))
        raise UserMistake(f'I don\'t know "{grammar.shown(first)}". Did you mean with?', [Suggestion(meant, meant)])


def _read(words: str, vocabulary: grammar.Vocabulary) -> WhatIf | None:
    try:
        parts = grammar.read(COMMAND, words, vocabulary)
    except UserMistake as mistake:
        raise UserMistake(mistake.sentence, mistake.suggestions or EXAMPLES) from mistake
    if parts in ((), (grammar.Keyword(PORTFOLIO),)):
        return None
    what_if = _what_if(parts)
    if grammar.Keyword(HEDGE) not in parts:
        meant = line(what_if)
        raise UserMistake("Is that a hedge to try? Then write with hedge before it.", [Suggestion(meant, meant)])
    return what_if


def _what_if(parts: tuple[grammar.Part, ...]) -> WhatIf:
    is_portfolio = grammar.Keyword(PORTFOLIO) in parts
    _refuse(parts, is_portfolio=is_portfolio)
    amount, value = grammar.only(parts, grammar.Quantity), grammar.only(parts, grammar.Value)
    share, leverage = grammar.only(parts, grammar.Share), grammar.only(parts, grammar.Leverage)
    exchange = grammar.only(parts, grammar.Exchange)
    return WhatIf(
        _via(parts) if is_portfolio else _one_coin(parts),
        amount_base=amount.amount_base if amount else None,
        value_usd=value.amount_usd if value else None,
        share=share.share if share else Decimal(1),
        leverage=leverage.leverage if leverage else None,
        exchange=exchange.exchange if exchange else None,
        is_portfolio=is_portfolio,
    )


def _via(parts: tuple[grammar.Part, ...]) -> str:
    """The coin that the whole portfolio is hedged through."""
    via = grammar.only(parts, grammar.Via)
    coin = via.coin if via else BITCOIN
    if any(isinstance(part, grammar.Quantity | grammar.Value | grammar.CoinWord) for part in parts):
        meant = line(WhatIf(coin, is_portfolio=True))
        raise UserMistake(
            "The whole portfolio has its size: a part of it is a share, as 50%.", [Suggestion(meant, meant)]
        )
    return coin


def _refuse(parts: tuple[grammar.Part, ...], *, is_portfolio: bool) -> None:
    """What a hedge tried here does not take."""
    via = grammar.only(parts, grammar.Via)
    if via is not None and not is_portfolio:
        whole = line(WhatIf(via.coin, is_portfolio=True))
        raise UserMistake(
            f"Here the short itself is named, as in: with hedge 0.1 {via.coin}. How large a hedge via {via.coin} is, "
            "/hedge says.",
            [Suggestion(whole, whole), Suggestion(f"Hedge all via {via.coin}", f"/hedge portfolio via {via.coin}")],
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
    what = f"{PORTFOLIO} via {coin}" if what_if.is_portfolio else coin
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
