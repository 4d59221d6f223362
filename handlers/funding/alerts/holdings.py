"""What an alert's rates do to the reader's own positions: for the private chat only."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.alerts.rules import EIGHT_HOURS, AlertFact, Measure
from chatbot.core.chats import Language
from chatbot.core.errors import Problem
from chatbot.core.funding import per_day, per_eight_hours, received_quote
from chatbot.core.markets import Board, BoardRow, InstrumentKind, exchange_name
from chatbot.core.portfolio import FuturesPosition, Side
from handlers import formatting as show
from handlers.funding.alerts.lines import rate_words
from handlers.languages import Phrase, say

MOST_POSITIONS = 3
PHRASES = {
    (Side.SHORT, True): Phrase.SHORT_RECEIVES,
    (Side.SHORT, False): Phrase.SHORT_PAYS,
    (Side.LONG, True): Phrase.LONG_RECEIVES,
    (Side.LONG, False): Phrase.LONG_PAYS,
}


async def effects(facts: Iterable[AlertFact], user_id: int, language: Language, services: Services) -> tuple[str, ...]:
    """A line for each position in the coins of these facts, at its exchange's rate now; none where that is unknown."""
    named = _exchanges_by_coin(facts)
    portfolio = await services.portfolios.load(user_id)
    places = {
        position: position.exchange or named[position.coin]
        for position in portfolio.positions
        if position.coin in named
    }
    if not places:
        return ()
    try:
        boards, _ = await services.market.boards({*places.values()})
    except Problem:  # the alert is told without it
        return ()
    by_exchange = {board.exchange: board for board in boards}
    return tuple(_lines(places, by_exchange, language))[:MOST_POSITIONS]


def _exchanges_by_coin(facts: Iterable[AlertFact]) -> dict[str, str]:
    """The coins of these facts, each with the exchange that was named for it first. A basis is no funding."""
    lines = [line for fact in facts if fact.rule.terms.measure is not Measure.BASIS for line in fact.lines]
    return {line.coin: line.exchange for line in reversed(lines)}


def _lines(places: Mapping[FuturesPosition, str], boards: Mapping[str, Board], language: Language) -> Iterator[str]:
    for position, exchange in places.items():
        row = _row(boards.get(exchange), position.coin)
        if row is not None:
            yield from _effect(position, row, language)


def _row(board: Board | None, coin: str) -> BoardRow | None:
    """The perpetual of the coin that is traded most there."""
    rows = [
        row
        for row in (board.rows if board else ())
        if row.instrument.coin == coin and row.instrument.kind is InstrumentKind.PERPETUAL and row.funding is not None
    ]
    return max(rows, key=lambda row: row.volume_day_quote or Decimal(0), default=None)


def _effect(position: FuturesPosition, row: BoardRow, language: Language) -> Iterator[str]:
    assert row.funding is not None
    rate, comparable = per_day(row.funding), per_eight_hours(row.funding)
    if rate is None or comparable is None or row.mark_quote is None:
        return
    received = received_quote(position.side, position.amount_base * row.mark_quote, rate)
    if received:
        where = "" if position.exchange is None else exchange_name(position.exchange)
        yield say(
            language,
            PHRASES[position.side, received > 0],
            amount=show.quantity(position.amount_base),
            coin=show.escape(position.coin),
            where=say(language, Phrase.ON_EXCHANGE, exchange=show.escape(where)) if where else "",
            money=show.money(abs(received)),
            rate=rate_words(comparable, EIGHT_HOURS, language),
        )
