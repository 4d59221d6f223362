"""The one watcher: asks each exchange in bulk at its pace, judges all rules of all chats, stores what came of it.

Law: one pass at a time; what a pass found is stored whole, states with facts, or not at all, and then found again.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from chatbot.core.alerts.columns import RuleColumns, StateColumns
from chatbot.core.alerts.evaluate import Evaluation, evaluate, have_expired
from chatbot.core.alerts.facts import facts_of
from chatbot.core.alerts.rules import AlertFact
from chatbot.core.alerts.view import MarketView, view_of
from chatbot.core.charges import LastCharges, remembered
from chatbot.core.errors import Problem
from chatbot.core.markets import Board
from chatbot.core.ports import AlertBook, Charges, MarketData
from chatbot.watch.pace import AFTER_OUTAGE, pace

TICK = timedelta(seconds=10)  # between two passes: new rules, ends of silence and lists are found so soon
SAVE_EVERY = timedelta(minutes=2)  # a charge that was made is saved at once
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_LOG = logging.getLogger(__name__)


class Watcher:
    """`failures`: what the storage raises when it cannot be reached or is busy; a pass that meets one is repeated.

    Anything else that is raised is a bug, and ends `run`.
    """

    def __init__(
        self,
        market: MarketData,
        book: AlertBook,
        charges: Charges,
        now: Callable[[], datetime],
        failures: tuple[type[Exception], ...] = (),
        tick: timedelta = TICK,
    ) -> None:
        self._market, self._book, self._stored_charges, self._now = market, book, charges, now
        self._passing: tuple[type[Exception], ...] = (Problem, *failures)
        self._tick = tick
        self._alone = asyncio.Lock()
        self._boards: dict[str, Board] = {}
        self._looks: dict[str, datetime] = {}
        self._charges: LastCharges | None = None
        self._saved_charges: LastCharges = {}
        self._charges_saved_at = LONG_AGO
        self._settled_at = LONG_AGO
        self._revision: int | None = None
        self._rules: RuleColumns | None = None
        self._states: StateColumns | None = None
        self.latest: MarketView | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Passes until `stop` is set, from when the markets are loaded."""
        await _first_of(self._market.wait_until_ready(), stop.wait())
        while not stop.is_set():
            try:
                await self.pass_once()
            except self._passing as failure:
                _LOG.warning("a pass over the rules failed and is repeated: %s", failure)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._tick.total_seconds())

    async def pass_once(self) -> None:
        """Looks at the exchanges whose time has come, judges every rule, stores what changed. Waits for one under way.

        Raises what the storage raises; then nothing was stored and nothing is forgotten.
        """
        async with self._alone:
            await self._look()
            if self.latest is not None:
                await self._judge(self.latest)
            await self._save_charges()

    async def _look(self) -> None:
        if self._charges is None:
            self._charges = self._saved_charges = await self._stored_charges.load()
        due = self._due(self._now())
        if not due:
            return
        boards, _ = await self._market.boards(due)
        now = self._now()
        self._looks |= dict.fromkeys(due, now + AFTER_OUTAGE) | pace(boards, now)
        self._boards |= {board.exchange: board for board in boards}
        self._charges = remembered(self._charges, boards)
        self.latest = await asyncio.to_thread(view_of, tuple(self._boards.values()), self._charges, now)

    def _due(self, now: datetime) -> list[str]:
        loaded = (state.exchange for state in self._market.states() if state.markets)
        return [exchange for exchange in loaded if self._looks.get(exchange, now) <= now]

    async def _judge(self, view: MarketView) -> None:
        rules, states = await self._loaded()
        now = self._now()
        evaluation = await asyncio.to_thread(evaluate, rules, states, view, now)
        facts = await self._facts(rules, evaluation, view, now)
        if facts or len(evaluation.changed) or have_expired(rules, self._settled_at, now):
            await self._book.settle(rules, evaluation.states, evaluation.changed.tolist(), facts)
            self._settled_at = now
        self._states = evaluation.states

    async def _loaded(self) -> tuple[RuleColumns, StateColumns]:
        """The rules and their states, anew where one was changed. The number is read first: nothing slips between."""
        revision = await self._book.revision()
        if self._rules is None or self._states is None or revision != self._revision:
            self._rules, self._states = await self._book.load()
            self._revision = revision
        return self._rules, self._states

    async def _facts(
        self, rules: RuleColumns, evaluation: Evaluation, view: MarketView, now: datetime
    ) -> tuple[AlertFact, ...]:
        if not len(evaluation.turned):
            return ()
        exact = await self._book.rules(rules.id[evaluation.turned].tolist())
        return await asyncio.to_thread(facts_of, evaluation, rules, exact, view, now)

    async def _save_charges(self) -> None:
        now, charges = self._now(), self._charges
        if charges is None or charges is self._saved_charges:
            return
        if now - self._charges_saved_at >= SAVE_EVERY or _were_made(self._saved_charges, charges):
            await self._stored_charges.save(charges)
            self._saved_charges, self._charges_saved_at = charges, now


def _were_made(before: LastCharges, after: LastCharges) -> bool:
    """Whether any market charged between the two."""
    return any(_made_at(before, key) != charge.charged_at for key, charge in after.items())


def _made_at(charges: LastCharges, key: tuple[str, str]) -> datetime | None:
    charge = charges.get(key)
    return charge.charged_at if charge else None


async def _first_of(*waits: Coroutine[None, None, object]) -> None:
    """Returns when one of these is over, and ends the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        over, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    for task in over:
        task.result()
