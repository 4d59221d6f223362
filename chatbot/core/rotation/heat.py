"""Funding heat: what longs pay for a coin where it is traded most.

Law: a rate whose interval is unknown, or that can hardly be, has no part in a mean.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.funding import DAY, EIGHT_HOURS, YEAR, is_suspicious, per_eight_hours
from chatbot.core.markets import Board, BoardRow, InstrumentKind

EIGHT_HOURS_A_YEAR = Decimal(YEAR // DAY) * (DAY // EIGHT_HOURS)  # 1,095: APR = rate per 8 hours x 1,095


@dataclass(frozen=True, slots=True)
class Heat:
    """The mean predicted rate of `perpetuals` coins out of `coins`, each where it is traded most."""

    per_eight_hours: Decimal
    perpetuals: int
    coins: int

    @property
    def per_year(self) -> Decimal:
        """Simple: the APR."""
        return self.per_eight_hours * EIGHT_HOURS_A_YEAR


def most_traded(boards: Collection[Board]) -> Mapping[str, BoardRow]:
    """Of each coin the linear perpetual with the highest volume of a day; the first exchange's where none tells it."""
    found: dict[str, BoardRow] = {}
    for row in (row for board in boards for row in board.rows if _is_linear_perpetual(row)):
        known = found.get(row.instrument.coin)
        if known is None or _volume(row) > _volume(known):
            found[row.instrument.coin] = row
    return found


def rate_of(row: BoardRow | None) -> Decimal | None:
    """Per 8 hours; None without a rate, with an unknown interval, or where it can hardly be."""
    if row is None or row.funding is None or is_suspicious(row.funding):
        return None
    return per_eight_hours(row.funding)


def heat_of(coins: Collection[str], perpetuals: Mapping[str, BoardRow]) -> Heat | None:
    """The plain mean over the coins that have a rate; None where none has."""
    rates = [rate for coin in coins if (rate := rate_of(perpetuals.get(coin))) is not None]
    return Heat(sum(rates, Decimal(0)) / len(rates), len(rates), len(coins)) if rates else None


def _is_linear_perpetual(row: BoardRow) -> bool:
    return row.instrument.kind is InstrumentKind.PERPETUAL and not row.instrument.is_inverse


def _volume(row: BoardRow) -> Decimal:
    return row.volume_day_quote or Decimal(0)
