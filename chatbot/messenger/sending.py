"""What happened without a question, from the outbox to the chats: when, in which order, and what became of it.

Laws: before anything leaves that Telegram could show twice, it is stored that it is on its way; what surely did not
arrive goes back into the box; what may have arrived is not sent again but mentioned later; one chat's trouble stops no
other chat.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from telegram.error import BadRequest, TelegramError

from chatbot.command import ChatKind, ChatSettings, Digest, Outbox, Parcel, Reply, Services, Telling
from chatbot.core.alerts.digest import folded
from chatbot.core.alerts.rules import Turn
from chatbot.core.errors import Problem
from chatbot.messenger.asking import Place
from chatbot.messenger.delivery import Delivery
from chatbot.messenger.door import tell
from chatbot.messenger.pace import Priority
from chatbot.messenger.quiet_hours import quiet_until
from chatbot.messenger.refusals import Dead, Migrated, NotSent, OurMistake, Unknown, Wait, meaning_of

POLL_S = 0.5
LOOK_AGAIN = timedelta(seconds=10)  # what is due is read again while a long list of it is worked off
AT_ONCE = 64  # chats: twice what may go out in a second, so that the gate never waits for us
EDIT_EVERY = timedelta(minutes=1)  # where nothing but values changed
AGAIN_AFTER = timedelta(seconds=15)  # Telegram was not reached, or the exchanges were not
REST_AFTER_FAILURE = timedelta(minutes=1)
FINISH_S = 5.0

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Load:
    """What is told to one chat in one message."""

    chat_id: int
    parcels: tuple[Parcel, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(parcel.id for parcel in self.parcels)

    def singly(self) -> "tuple[_Load, ...]":
        """The same in a message for each."""
        return tuple(_Load(self.chat_id, (parcel,)) for parcel in self.parcels)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A chat that is left alone for a while, unless there is more to tell than `ids` (None: whatever there is)."""

    until: datetime
    ids: frozenset[int] | None = None

    def holds(self, ids: Collection[int], now: datetime) -> bool:
        return now < self.until and (self.ids is None or self.ids.issuperset(ids))


@dataclass(slots=True)
class _Departure:
    """Stores, once, that a load is on its way."""

    outbox: Outbox
    load: _Load
    has_left: bool = False

    async def __call__(self) -> None:
        if not self.has_left:
            await self.outbox.begin(self.load.ids)
            self.has_left = True


class Sender:
    """Takes from the outbox what is due and tells it: chats side by side, one message of a chat at a time."""

    def __init__(
        self,
        outbox: Outbox,
        delivery: Delivery,
        services: Services,
        telling: Telling,
        *,
        passing: tuple[type[Exception], ...] = (),
    ) -> None:
        """`passing`: what the outbox raises that will pass, as a database that is locked."""
        self._passing = passing
        self._outbox = outbox
        self._delivery = delivery
        self._services = services
        self._telling = telling
        self._waiting: dict[int, tuple[Parcel, ...]] = {}  # what was due when it was looked at
        self._looked_at: datetime | None = None
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._resting: dict[int, _Rest] = {}
        self._unsettled: set[int] = set()  # what became of these could not be stored

    async def run(self, stop: asyncio.Event) -> None:
        """Tells what is due until `stop` is set, then finishes what is on its way.

        What the outbox raises when it is asked what is due goes through, unless it is `passing`. Telegram must have
        been asked for the bot's name before (`Bot.initialize`).
        """
        recovered = await self._outbox.recover()
        if recovered:
            _LOG.warning("%s alerts were on their way when the bot stopped; they may have been seen", recovered)
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._look()
                except self._passing as failure:
                    _LOG.warning("the outbox did not answer and is asked again: %s", failure)
                self._start()
                await asyncio.wait({stopping}, timeout=POLL_S)
        finally:
            stopping.cancel()
            await self._finish()

    async def _look(self) -> None:
        """Reads what is due, alerts before digests. A chat whose message is under way is seen the next time."""
        now = self._services.now()
        if self._waiting and self._looked_at is not None and now - self._looked_at < LOOK_AGAIN:
            return
        await self._settle()
        busy = frozenset(self._under_way)  # before reading: what they have told since is still in what is read
        due = await self._outbox.due(now)
        self._looked_at = now
        self._resting = {chat_id: rest for chat_id, rest in self._resting.items() if now < rest.until}
        chats = sorted((chat_id for chat_id in due if chat_id not in busy), key=_is_group)
        self._waiting = {chat_id: due[chat_id] for chat_id in chats}

    async def _settle(self) -> None:
        """What was begun and failed here is not known to have arrived, nor not to."""
        failed = frozenset(self._unsettled)
        if failed:
            await self._outbox.unknown(failed)
            self._unsettled -= failed

    def _start(self) -> None:
        now = self._services.now()
        for chat_id in tuple(self._waiting):
            if len(self._under_way) >= AT_ONCE:
                return
            load = _Load(chat_id, self._waiting.pop(chat_id))
            rest = self._resting.get(chat_id)
            if rest is None or not rest.holds(load.ids, now):
                task = asyncio.create_task(self._serve(load))
                self._under_way[chat_id] = task
                task.add_done_callback(partial(self._served, load))

    def _served(self, load: _Load, task: asyncio.Task[None]) -> None:
        """What failed is logged, and its chat rests: what was not begun is tried again, the rest is mentioned later."""
        del self._under_way[load.chat_id]
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("telling chat %s failed", load.chat_id, exc_info=task.exception())
            self._resting[load.chat_id] = _Rest(self._services.now() + REST_AFTER_FAILURE)
            self._unsettled.update(load.ids)

    async def _finish(self) -> None:
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=FINISH_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _serve(self, load: _Load) -> None:
        settings = await self._services.settings.load(load.chat_id)
        quiet = quiet_until(settings, self._services.now())
        if quiet is not None:
            await self._outbox.hold(load.chat_id, load.ids, quiet)
        else:
            await self._say(load, settings)

    async def _say(self, load: _Load, settings: ChatSettings) -> None:
        """A load that cannot be said as a whole is said piece by piece, so that one bad piece silences no other."""
        try:
            reply = await (self._digest(load, settings) if _is_group(load.chat_id) else self._alerts(load))
        except BadRequest as error:
            _LOG.error("chat %s: Telegram refused what we said: %s", load.chat_id, error)
            await self._outbox.hold(load.chat_id, load.ids, self._services.now())
            reply = Reply("", failure=error)
        if isinstance(reply.failure, Problem | TimeoutError):
            await self._outbox.hold(load.chat_id, load.ids, self._services.now() + AGAIN_AFTER)
        elif reply.failure is not None and len(load.parcels) > 1:
            for piece in load.singly():
                await self._say(piece, settings)
        elif reply.failure is not None:
            await self._confess(load)

    async def _alerts(self, load: _Load) -> Reply:
        """What a private chat was told; with its `failure` where there was nothing to say. BadRequest: our mistake."""
        reply = await tell(partial(self._telling.alerts, load.chat_id, load.parcels), load.ids[0], self._services)
        if reply.failure is None and await self._carry(load, reply, Priority.ALERT, _private(load.chat_id)):
            await self._outbox.told(load.ids)
        return reply

    async def _digest(self, load: _Load, settings: ChatSettings) -> Reply:
        """The same for a group's one message: sent where there is none, edited where it says something else."""
        before = await self._outbox.digest(load.chat_id)
        reply = await tell(partial(self._folded, before, load, settings), load.ids[0], self._services)
        if isinstance(reply.plan, Digest):
            await self._post(load, reply, reply.plan, settings)
        return reply

    async def _folded(self, before: Digest | None, load: _Load, settings: ChatSettings, services: Services) -> Reply:
        digest = folded(before, load.parcels, services.now())
        return replace(self._telling.digest(digest, settings, services.now()), plan=digest)

    async def _post(self, load: _Load, reply: Reply, digest: Digest, settings: ChatSettings) -> None:
        now = self._services.now()
        if digest.message_id is not None and reply.text == digest.told:
            await self._outbox.told(load.ids, digest)
        elif _can_wait(digest, load, now):
            self._resting[load.chat_id] = _Rest((digest.told_at or now) + EDIT_EVERY, frozenset(load.ids))
        else:
            thread_id = settings.watch.thread_id if settings.watch else None
            place = Place(load.chat_id, ChatKind.GROUP, thread_id, pressed=digest.message_id)
            message_id = await self._carry(load, reply, Priority.DIGEST, place)
            if message_id:
                told = replace(digest, message_id=message_id, told=reply.text, told_at=now)
                await self._outbox.told(load.ids, told)

    async def _confess(self, load: _Load) -> None:
        """A private chat is told that something happened which could not be written down; the log says what."""
        _LOG.error("parcel %s could not be told", load.ids[0])
        if not _is_group(load.chat_id):
            try:
                if not await self._carry(load, _confession(load.ids[0]), Priority.ALERT, _private(load.chat_id)):
                    return
            except BadRequest as error:
                _LOG.error("not even that it could not: %s", error)
        await self._outbox.told(load.ids)

    async def _carry(self, load: _Load, reply: Reply, priority: Priority, place: Place) -> int:
        """The number of the message, or 0 where none is there: then it is stored what became of the load.

        BadRequest where Telegram does not take it as it is.
        """
        departure = _Departure(self._outbox, load)
        try:
            return await self._delivery.tell(reply, place, priority, departure)
        except TelegramError as error:
            _LOG.info("chat %s was not told: %s", load.chat_id, error)
            if isinstance(meaning_of(error), OurMistake):
                raise
            await self._refused(load, error, departure.has_left)
            return 0

    async def _refused(self, load: _Load, error: TelegramError, has_left: bool) -> None:
        chat_id, now = load.chat_id, self._services.now()
        match meaning_of(error):
            case Dead(reason):
                await self._services.chat_book.went_quiet(chat_id, reason, now)
                await self._outbox.hold(chat_id, load.ids, now)
            case Migrated(new_chat_id):
                await self._services.chat_book.moved(chat_id, new_chat_id)
                await self._outbox.hold(new_chat_id, load.ids, now)
            case Wait(time):
                await self._outbox.hold(chat_id, load.ids, now + time)
            case Unknown() if has_left:
                await self._outbox.unknown(load.ids)
            case NotSent() | Unknown():  # an edit says the same twice
                await self._outbox.hold(chat_id, load.ids, now + AGAIN_AFTER)


def _is_group(chat_id: int) -> bool:
    """Telegram's ids: people are positive; groups and channels are negative."""
    return chat_id < 0


def _private(chat_id: int) -> Place:
    return Place(chat_id, ChatKind.PRIVATE)


def _can_wait(digest: Digest, load: _Load, now: datetime) -> bool:
    """Whether this edit would only bring other values, and the last one was less than a minute ago."""
    is_recent = digest.message_id is not None and digest.told_at is not None and now - digest.told_at < EDIT_EVERY
    return is_recent and all(parcel.fact.turn is Turn.CHANGED for parcel in load.parcels)


def _confession(number: int) -> Reply:
    return Reply(
        "One of your alerts has fired, and I could not write down what it saw. That is the bot's fault, not yours, and "
        f"is logged under number <code>{number}</code>. /funding alerts lists what you watch."
    )
