"""The perpetuals that an answer of /funding is about, and how each is called."""

from collections.abc import Iterable

from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.markets import Instrument, InstrumentKind, exchange_name
from handlers import grammar
from handlers.funding.request import COMMAND, FundingRequest, line

PROXY = "BTC"
SHORT_NAMES = {"Hyperliquid": "Hyperliq."}  # for tables


def perpetuals_of(
    request: FundingRequest, coin: str, futures: Iterable[Instrument], quote: str | None = None
) -> tuple[Instrument, ...]:
    """Of each exchange one linear and one coin-margined perpetual, the linear ones first; of one where one was named.

    `quote`: linear ones in it come first. NotPossible, with a way on, where there is none.
    """
    listed = [each for each in futures if each.kind is InstrumentKind.PERPETUAL]
    if not listed:
        raise NotPossible(
            f"No exchange here has a perpetual on {coin}, so nobody pays funding on it.",
            [Suggestion("All coins", COMMAND), *_proxy(coin)],
        )
    asked = [each for each in listed if request.exchange in (None, each.exchange)]
    if not asked:
        raise NotPossible(
            f"{exchange_name(request.exchange or '')} has no perpetual on {coin}.",
            [Suggestion("Every exchange", line(request, exchange=None))],
        )
    exchanges = tuple(dict.fromkeys(each.exchange for each in asked))
    found = (_one_of(exchange, asked, quote, is_inverse) for is_inverse in (False, True) for exchange in exchanges)
    return tuple(each for each in found if each is not None)


def _proxy(coin: str) -> list[Suggestion]:
    word = grammar.coin_word(coin)
    return [] if coin == PROXY else [Suggestion(f"Hedge {coin} through {PROXY}", f"/hedge {word} via {PROXY}")]


def _one_of(exchange: str, asked: Iterable[Instrument], quote: str | None, is_inverse: bool) -> Instrument | None:
    own = (each for each in asked if each.exchange == exchange and each.is_inverse == is_inverse)
    return min(own, key=lambda each: each.quote != quote, default=None)  # the first of equals


def name_of(instrument: Instrument) -> str:
    """`Bybit`, or `Bybit inv` where the coin is the margin."""
    name = exchange_name(instrument.exchange)
    return f"{name} inv" if instrument.is_inverse else name


def short_name(name: str) -> str:
    """An exchange's name in at most nine columns."""
    return SHORT_NAMES.get(name, name)
