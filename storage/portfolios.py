"""Who holds what. Law: every change is one transaction with the number of the update that asked for it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from pydantic import TypeAdapter
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from chatbot.core.errors import UserMistake
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio
from chatbot.core.ports import Change
from storage.differences import Part, is_same, part_of, put_back, touched_coins
from storage.keys import new_key
from storage.remembered import Remembered
from storage.retention import UNDO
from storage.sessions import Sessions, Work
from storage.tables import ChangeRow, HoldingRow, PositionRow

Edit = Callable[[Portfolio], Portfolio]

_PART = TypeAdapter(Part)  # writes decimals as text, digit for digit


class StoredPortfolios:
    """The port `Portfolios` on the database."""

    def __init__(self, sessions: Sessions, remembered: Remembered[Portfolio], now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._remembered = remembered
        self._now = now

    async def load(self, user_id: int) -> Portfolio:
        """Empty for somebody who stored nothing."""
        portfolio = await self._remembered.recall(user_id)
        if portfolio is None:
            generation = self._remembered.generation
            portfolio = await self._sessions.read(partial(_read, user_id))
            self._remembered.remember(user_id, portfolio, generation)
        return portfolio

    async def change(self, user_id: int, update_id: int, edit: Edit) -> Change | None:
        """As the port says."""
        return await self._write(user_id, partial(self._change, user_id, update_id, edit))

    async def undo(self, user_id: int, update_id: int, key: str) -> Change | None:
        """As the port says."""
        return await self._write(user_id, partial(self._undo, user_id, update_id, key))

    async def _write(self, user_id: int, work: Work[Change | None]) -> Change | None:
        try:
            return await self._sessions.write(work)
        finally:  # also when cancelled: the change may have happened, or will
            self._remembered.drop(user_id)

    async def _change(self, user_id: int, update_id: int, edit: Edit, session: AsyncSession) -> Change | None:
        if await _was_applied(session, user_id, update_id):
            return None
        before = await _read(user_id, session)
        after = edit(before)
        row = self._row(user_id, update_id, before, after, touched_coins(before, after))
        await _store(session, user_id, after, row)
        return Change(before, after, row.key)

    async def _undo(self, user_id: int, update_id: int, key: str, session: AsyncSession) -> Change | None:
        if await _was_applied(session, user_id, update_id):
            return None
        undone = await self._undoable(session, user_id, key)
        if undone.undone_by is not None:
            return None
        before = await _read(user_id, session)
        after, coins = _undone(before, undone)
        row = self._row(user_id, update_id, before, after, coins)
        await _store(session, user_id, after, row)
        undone.undone_by = row.id
        return Change(before, after, row.key)

    async def _undoable(self, session: AsyncSession, user_id: int, key: str) -> ChangeRow:
        found = await session.exec(select(ChangeRow).where(ChangeRow.user_id == user_id, ChangeRow.key == key))
        row = found.one_or_none()
        if row is None or self._now() - row.created_at > UNDO:
            raise UserMistake("This can no longer be undone: a change can be undone for a day.")
        return row

    def _row(
        self, user_id: int, update_id: int, before: Portfolio, after: Portfolio, coins: tuple[str, ...]
    ) -> ChangeRow:
        return ChangeRow(
            user_id=user_id,
            update_id=update_id,
            key=new_key(),
            before=_PART.dump_json(part_of(before, coins)).decode(),
            after=_PART.dump_json(part_of(after, coins)).decode(),
            created_at=self._now(),
        )


def _undone(portfolio: Portfolio, change: ChangeRow) -> tuple[Portfolio, tuple[str, ...]]:
    """The portfolio without that change, and the coins it touched. UserMistake where one was changed again."""
    before, after = _PART.validate_json(change.before), _PART.validate_json(change.after)
    coins = tuple(dict.fromkeys((*before.portfolio.coins(), *after.portfolio.coins())))
    changed = [coin for coin in coins if not is_same(portfolio, after.portfolio, coin)]
    if changed:
        raise UserMistake(f"{', '.join(changed)} changed again since, so this change cannot be undone any more.")
    return put_back(portfolio, coins, before), coins


async def _was_applied(session: AsyncSession, user_id: int, update_id: int) -> bool:
    same = select(ChangeRow.id).where(ChangeRow.user_id == user_id, ChangeRow.update_id == update_id)
    return (await session.exec(same)).first() is not None


async def _read(user_id: int, session: AsyncSession) -> Portfolio:
    holdings = select(HoldingRow).where(HoldingRow.user_id == user_id).order_by(col(HoldingRow.line))
    positions = select(PositionRow).where(PositionRow.user_id == user_id).order_by(col(PositionRow.line))
    return Portfolio(
        tuple(_holding(row) for row in await session.exec(holdings)),
        tuple(_position(row) for row in await session.exec(positions)),
    )


async def _store(session: AsyncSession, user_id: int, portfolio: Portfolio, change: ChangeRow) -> None:
    """Replaces all rows: the order is theirs, too, and there are few. Then `change.id` is known."""
    await session.exec(delete(HoldingRow).where(col(HoldingRow.user_id) == user_id))
    await session.exec(delete(PositionRow).where(col(PositionRow.user_id) == user_id))
    session.add_all(_holding_row(user_id, line, held) for line, held in enumerate(portfolio.holdings))
    session.add_all(_position_row(user_id, line, position) for line, position in enumerate(portfolio.positions))
    session.add(change)
    await session.flush()


def _holding(row: HoldingRow) -> Holding:
    return Holding(row.coin, row.amount_base, row.staking_yield_per_year)


def _holding_row(user_id: int, line: int, held: Holding) -> HoldingRow:
    return HoldingRow(
        user_id=user_id,
        line=line,
        coin=held.coin,
        amount_base=held.amount_base,
        staking_yield_per_year=held.staking_yield_per_year,
    )


def _position(row: PositionRow) -> FuturesPosition:
    return FuturesPosition(row.coin, row.side, row.amount_base, row.exchange, row.entry_quote, row.leverage)


def _position_row(user_id: int, line: int, position: FuturesPosition) -> PositionRow:
    return PositionRow(
        user_id=user_id,
        line=line,
        coin=position.coin,
        side=position.side,
        amount_base=position.amount_base,
        exchange=position.exchange,
        entry_quote=position.entry_quote,
        leverage=position.leverage,
    )
