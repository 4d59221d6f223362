"""A move of bitcoin to be tried: `BTC -30%`, `if btc falls 30%`. Law: other coins follow by their betas."""

import re
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.risk.measures import BITCOIN
from handlers import formatting, grammar

COMMAND = "/risk"
MOST_PERCENT = Decimal(1000)
HUNDRED = Decimal(100)
_DOWN = "falls?|fell|drops?|dropped|crash|crashes|dumps?|loses?|down|goes down"
_UP = "rises?|rose|gains?|pumps?|up|goes up"
_MOVE = re.compile(
    rf"(?:what )?(?:if )?(?P<coin>[#$]?\w+) (?:(?P<down>{_DOWN}) |(?P<up>{_UP}) |(?:moves|goes|at) )?(?:by )?"
    r"(?P<sign>[-−+]?)(?P<percent>\d{1,6}(?:\.\d{1,4})?) ?%[?!.]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Move:
    """-0.3 for a fall of 30 %."""

    share: Decimal


def read_move(words: str, vocabulary: grammar.Vocabulary) -> Move | None:
    """None where the words are something else. UserMistake for another coin, and where the fall is all of it."""
    found = _MOVE.fullmatch(" ".join(words.split()))
    coin = vocabulary.coin(found["coin"]) if found else None
    if found is None or coin is None or not (found["sign"] or found["down"] or found["up"]):
        return None
    is_fall = bool(found["down"]) or found["sign"] in {"-", "−"}
    move = Move(Decimal(found["percent"]) / HUNDRED * (-1 if is_fall else 1))
    if not -1 < move.share < MOST_PERCENT / HUNDRED or not move.share:
        examples = [Suggestion(each, each) for each in (f"{COMMAND} {BITCOIN} -30%", f"{COMMAND} {BITCOIN} +50%")]
        raise UserMistake("A fall is more than 0 % and less than 100 %, a rise less than 1000 %.", examples)
    if coin != BITCOIN:
        meant = move_line(move)
        raise UserMistake(f"Moves are tried of {BITCOIN}; each coin follows by its beta.", [Suggestion(meant, meant)])
    return move


def move_line(move: Move) -> str:
    """The line that asks for this."""
    percent = formatting.exact(move.share * HUNDRED)
    return f"{COMMAND} {BITCOIN} {'+' if move.share > 0 else ''}{percent}%"
