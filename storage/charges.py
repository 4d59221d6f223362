"""What each market was last seen to charge."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from chatbot.core.charges import LastCharge, LastCharges
from storage.journal import Connection, Journal, Value
from storage.reader import Reader
from storage.tables import instant_text

_SELECT = (
    "SELECT exchange, symbol, due_at, rate_per_interval, interval_s, charged_at, charged_per_interval,"
    " charged_interval_s FROM last_charges"
)
_STORE = (
    "INSERT OR REPLACE INTO last_charges (exchange, symbol, due_at, rate_per_interval, interval_s, charged_at,"
    " charged_per_interval, charged_interval_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class StoredCharges:
    """The port `Charges` on the database."""

    def __init__(self, journal: Journal, reader: Reader) -> None:
        self._journal = journal
        self._reader = reader
        self._stored: LastCharges | None = None  # remembered: only the watcher of this process writes them

    async def load(self) -> LastCharges:
        """By exchange and symbol."""
        if self._stored is None:
            self._stored = await self._reader.read_apart(_read)
        return self._stored

    async def save(self, charges: LastCharges) -> None:
        """Those that differ from what is stored."""
        rows = await asyncio.to_thread(_changed_rows, await self.load(), charges)
        if rows:
            await self._journal.run(partial(_store, rows))
        self._stored = charges


def _changed_rows(before: LastCharges, charges: LastCharges) -> list[tuple[Value, ...]]:
    return [_row(*key, charge) for key, charge in charges.items() if before.get(key) != charge]


def _store(rows: list[tuple[Value, ...]], connection: Connection) -> None:
    connection.executemany(_STORE, rows)


def _read(connection: Connection) -> LastCharges:
    return {(exchange, symbol): _charge(*row) for exchange, symbol, *row in connection.execute(_SELECT)}


def _charge(
    due_at: str,
    rate: str,
    interval_s: float | None,
    charged_at: str | None,
    charged: str | None,
    charged_interval_s: float | None,
) -> LastCharge:
    return LastCharge(
        due_at=datetime.fromisoformat(due_at),
        rate_per_interval=Decimal(rate),
        interval=_span(interval_s),
        charged_at=None if charged_at is None else datetime.fromisoformat(charged_at),
        charged_per_interval=None if charged is None else Decimal(charged),
        charged_interval=_span(charged_interval_s),
    )


def _row(exchange: str, symbol: str, charge: LastCharge) -> tuple[Value, ...]:
    return (
        exchange,
        symbol,
        instant_text(charge.due_at),
        str(charge.rate_per_interval),
        _seconds(charge.interval),
        None if charge.charged_at is None else instant_text(charge.charged_at),
        None if charge.charged_per_interval is None else str(charge.charged_per_interval),
        _seconds(charge.charged_interval),
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
