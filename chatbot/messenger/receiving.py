"""Updates from Telegram to their answers: stored, then answered in turn, then done.

Laws: an update is confirmed only when it is stored; it is answered once by its number, over restarts too, unless the
bot was killed before the answer was known to have arrived; no more than MOST_OPEN are open, so that memory is bounded.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from functools import partial
from itertools import chain, repeat
from typing import Any, Protocol

from telegram.error import TelegramError

from chatbot.messenger.asking import UNREADABLE, Json, Question
from chatbot.messenger.conversation import Conversation, Later
from chatbot.messenger.membership import Memberships, Migration, Presence
from chatbot.messenger.refusals import NotSent, Wait, meaning_of
from chatbot.messenger.stopping import LeftOpen, Waits
from chatbot.messenger.turns import Turns

MOST_OPEN = 1_000
DONE_EVERY_S = 0.03  # one transaction for all that are done meanwhile; after a kill their answers come again
PAUSES_S = (1, 2, 4, 8, 16, 30)  # where Telegram cannot be reached
# What comes on top is refused, so that nobody fills the inbox: of one person, and of one group, which at 20 messages a
# minute would otherwise hold up everybody.
MOST_WAITING, MOST_WAITING_IN_GROUP = 20, 60

Heard = Question | Presence | Migration
Reader = Callable[[Json], Heard | None]

_LOG = logging.getLogger(__name__)


class Inbox(Protocol):
    """Updates that are not answered yet, as Telegram sent them (JSON), by their numbers."""

    async def store(self, updates: Sequence[tuple[int, str]]) -> tuple[int, ...]:
        """Returns when they are stored: the numbers that were never stored before, in the order given."""
        ...

    async def open(self) -> tuple[tuple[int, str], ...]:
        """What is stored and not done, by number."""
        ...

    async def done(self, update_ids: Collection[int]) -> None:
        """Their effect is stored and their answer handed over. Their content may be forgotten, their number not yet."""
        ...


class Receiver:
    """The way of every update, whether it was polled for or came by webhook."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        read: Reader,
        conversation: Conversation,
        memberships: Memberships,
        turns: Turns,
        waits: Waits,
    ) -> None:
        self._inbox = inbox
        self._read = read
        self._conversation = conversation
        self._memberships = memberships
        self._turns = turns
        self._waits = waits
        self._open: set[asyncio.Task[None]] = set()
        self._storing: set[asyncio.Task[None]] = set()
        self._told: set[int] = set()
        self._finished: list[int] = []
        self._is_noting = False
        self._room = asyncio.Event()
        self._room.set()

    @property
    def is_full(self) -> bool:
        """Whether what comes now should come again later."""
        return not self._room.is_set()

    async def recover(self) -> None:
        """Begins what was open when the bot last stopped. To be called before anything is taken."""
        for _, stored in await self._inbox.open():
            update = json.loads(stored)
            heard = self._heard(update)
            if heard is None:
                self._done(update["update_id"])
            else:
                self._begin(heard)

    async def take(self, updates: Sequence[Json]) -> None:
        """Returns when what they ask is stored, and goes on to answer it, though its caller be cancelled."""
        await asyncio.shield(self._keep(self._take(updates)))

    async def room(self) -> None:
        """Waits until more may be taken."""
        await self._room.wait()

    async def finish(self) -> None:
        """Answers what was begun, except what has to wait for the exchanges or for Telegram: that stays open."""
        self._waits.end()
        while tasks := self._storing | self._open:
            await asyncio.wait(tasks)

    def _keep(self, storing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that `finish` waits for."""
        task = asyncio.create_task(storing)
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        return task

    async def _take(self, updates: Sequence[Json]) -> None:
        asked = {update["update_id"]: (update, heard) for update in updates if (heard := self._heard(update))}
        if not asked:
            return
        for number in await self._inbox.store([(number, json.dumps(update)) for number, (update, _) in asked.items()]):
            self._begin(asked[number][1])

    def _heard(self, update: Json) -> Heard | None:
        """What asks nothing is not stored. One that cannot be read would otherwise come back for ever."""
        try:
            return self._read(update)
        except UNREADABLE:
            _LOG.exception("update %s cannot be read", update.get("update_id"))
            return None

    def _begin(self, heard: Heard) -> None:
        task = asyncio.create_task(self._serve(heard))
        self._open.add(task)
        task.add_done_callback(self._end)
        if len(self._open) >= MOST_OPEN:
            self._room.clear()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        if len(self._open) < MOST_OPEN:
            self._room.set()
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("an update was left open", exc_info=task.exception())

    async def _serve(self, heard: Heard) -> None:
        try:
            await self._answer(heard)
        except LeftOpen:
            return
        self._done(heard.update_id)

    def _done(self, update_id: int) -> None:
        self._finished.append(update_id)
        if not self._is_noting:
            self._is_noting = True
            self._keep(self._note())

    async def _note(self) -> None:
        """The first at once, what is done meanwhile together."""
        while self._finished:
            if not await self._is_noted():
                break
            await asyncio.sleep(DONE_EVERY_S)
        self._is_noting = False

    async def _is_noted(self) -> bool:
        """What cannot be noted (a full disk, say) is noted with what is done next."""
        finished, self._finished = self._finished, []
        [failure] = await asyncio.gather(self._inbox.done(finished), return_exceptions=True)
        if failure is not None:
            _LOG.error("answers could not be noted; after a restart they come again", exc_info=failure)
            self._finished = finished + self._finished
        return failure is None

    async def _answer(self, heard: Heard) -> None:
        """In its turn; what has to wait for the exchanges gives up its turn meanwhile."""
        if isinstance(heard, Question) and (crowded := self._crowded(heard)):
            await self._refuse_once(heard, crowded)
            return
        async with self._turns.of(*heard.keys):
            later = await self._carry_out(heard, partial(self._hear, heard))
        self._told.difference_update(key for key in heard.keys if not self._turns.length(key))
        if later is not None:
            await self._carry_out(heard, later)

    def _crowded(self, question: Question) -> int | None:
        """The key under which too many wait already, if any."""
        return next((key for key in question.keys if self._turns.length(key) >= _most_waiting(key)), None)

    async def _hear(self, heard: Heard) -> Later | None:
        if isinstance(heard, Question):
            return await self._conversation.hear(heard)
        await self._memberships.note(heard)
        return None

    async def _carry_out(self, heard: Heard, doing: Callable[[], Awaitable[Later | None]]) -> Later | None:
        """What goes wrong is said, and keeps nobody else waiting."""
        outcome = await self._outcome(heard, doing)
        if isinstance(outcome, (LeftOpen, asyncio.CancelledError)):
            raise outcome
        if isinstance(outcome, BaseException):
            await self._fail(heard, outcome)
            return None
        return outcome

    async def _outcome(
        self, heard: Heard, doing: Callable[[], Awaitable[Later | None]]
    ) -> Later | BaseException | None:
        """Done again, as long as Telegram surely got nothing of it or tells us to wait."""
        for pause_s in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            [outcome] = await asyncio.gather(doing(), return_exceptions=True)
            match meaning_of(outcome) if isinstance(outcome, TelegramError) else None:
                case NotSent():
                    wait_s: float = pause_s
                case Wait(told):
                    wait_s = told.total_seconds()
                case _:
                    break
            _LOG.warning("update %s waits %s s for Telegram: %s", heard.update_id, wait_s, outcome)
            await self._waits.sleep(wait_s)
        return outcome

    async def _fail(self, heard: Heard, error: BaseException) -> None:
        """Who asked is told, and may ask again; nobody tells a second time that a group has moved."""
        if isinstance(heard, Question):
            await self._conversation.fail(heard, error)
            return
        _LOG.error("update %s failed", heard.update_id, exc_info=error)
        if not isinstance(error, TelegramError):
            raise LeftOpen

    async def _refuse_once(self, question: Question, key: int) -> None:
        if key not in self._told:
            self._told.add(key)
            await self._carry_out(question, partial(self._conversation.refuse, question))


def _most_waiting(key: int) -> int:
    """Telegram's ids: people are positive."""
    return MOST_WAITING if key > 0 else MOST_WAITING_IN_GROUP
