"""When each exchange is looked at again. Pure: what it said last, now -> its next look."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chatbot.core.markets import Board

LOOKS_AN_INTERVAL = 60
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=2)  # between two looks, away from a charge
BEFORE_CHARGE, NEAR_CHARGE = timedelta(minutes=5), timedelta(seconds=20)  # so long before one, so often
AFTER_CHARGE = timedelta(seconds=30)  # the next rate is there by then
SOON = timedelta(seconds=10)  # an old board came while a new one is fetched
AFTER_OUTAGE = timedelta(minutes=1)


def pace(boards: Iterable[Board], now: datetime) -> dict[str, datetime]:
    """By exchange, when to ask it again."""
    return {board.exchange: _next_look(board, now) for board in boards}


def _next_look(board: Board, now: datetime) -> datetime:
    if now - board.as_of >= AFTER_OUTAGE + LONGEST:  # it is down, and served from memory
        return now + AFTER_OUTAGE
    charges = [row.funding.charged_at for row in board.rows if row.funding and row.funding.charged_at]
    coming = min((charged_at for charged_at in charges if charged_at > now), default=None)
    usual = board.as_of + _gap(board)
    return max(usual if coming is None else _by_charge(usual, coming, board.as_of, now), now + SOON)


def _gap(board: Board) -> timedelta:
    """A sixtieth of its shortest interval, within bounds."""
    intervals = (row.funding.interval for row in board.rows if row.funding and row.funding.interval)
    return min(max(min(intervals, default=LONGEST * LOOKS_AN_INTERVAL) / LOOKS_AN_INTERVAL, SHORTEST), LONGEST)


def _by_charge(usual: datetime, coming: datetime, seen_at: datetime, now: datetime) -> datetime:
    if coming - now <= BEFORE_CHARGE:
        return min(usual, seen_at + NEAR_CHARGE, coming + AFTER_CHARGE)
    return min(usual, coming - BEFORE_CHARGE)
