"""What each market was last seen to charge."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.charges import LastCharge, LastCharges
from storage.ledger import Connection, Ledger
from storage.tables import instant_text

_SELECT = (
    "SELECT exchange, symbol, due_at, rate_per_interval, interval_s, charged_at, charged_per_interval,"
    " charged_interval_s FROM last_charges"
)
_STORE = "INSERT OR REPLACE INTO last_charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class StoredCharges:
    """The port `Charges` on the database; what was loaded or saved last is remembered, for only the watcher writes."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stored: LastCharges | None = None

    async def load(self) -> LastCharges:
        """By exchange and symbol."""
        if self._stored is None:
            self._stored = await self._ledger.read(_read)
        return self._stored

    async def save(self, charges: LastCharges) -> None:
        """Those that differ from what is stored."""
        before = await self.load()
        changed = [(key, charge) for key, charge in charges.items() if before.get(key) != charge]
        if changed:
            await self._ledger.write(lambda connection: connection.executemany(_STORE, _rows(changed)))
        self._stored = dict(charges)


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


def _rows(charges: list[tuple[tuple[str, str], LastCharge]]) -> Iterator[tuple[object, ...]]:
    for (exchange, symbol), charge in charges:
        yield (
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
