"""One gate for everything that is sent: how fast Telegram lets a bot speak, and who goes first where there is a queue.

Laws: no more than a limit allows goes out in any span of its length; the next to go is the most urgent of those whose
chat may be written to; a chat that may not be written to keeps nobody else waiting.
"""

import asyncio
from bisect import bisect_left, insort
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from itertools import count

from telegram.error import RetryAfter

# A message counts from when Telegram has it, which is known for certain when it answers; so no crowded loop and no slow
# connection makes two of them come too close. An answer within 50 ms costs less than 5 % of the pace; one that takes
# longer than this is not waited for, because a Telegram that hangs may not silence us.
ARRIVED_WITHIN_S = 0.25
# So many chats refused within so long: it is the bot that is too fast, and not they that are too full.
MANY_CHATS, AT_ONCE_S = 5, 5.0


class Priority(IntEnum):
    """Who goes first."""

    PEOPLE = 0  # answers to people
    ALERT = 1
    DIGEST = 2


# How long a message waits for its own chat before it is refused, in seconds: people are kept in line for a minute, what
# nobody asked for goes back to where it waited.
PATIENCE_S = {Priority.PEOPLE: 60.0, Priority.ALERT: 5.0, Priority.DIGEST: 5.0}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages in any span of so many seconds."""

    most: int
    span_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram's: 30 a second, 20 a minute in a group or channel, one a second in a private chat, three at once."""

    overall: Limit = Limit(30, 1.0)
    private: Limit = Limit(3, 3.0)
    group: Limit = Limit(20, 60.0)


UNPACED = Limits(*(Limit(1_000_000, 0.0) for _ in range(3)))  # for a server that has no limits


class Window:
    """What was sent within one limit. Times are seconds of one steady clock."""

    __slots__ = ("_closed_until", "_free_at", "_limit")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._free_at: list[float] = []  # sorted: when each message that still counts stops counting
        self._closed_until = 0.0

    def wait_s(self, now: float) -> float:
        """How long until one more may go; 0 where it may go now."""
        del self._free_at[: bisect_left(self._free_at, now + 1e-9)]
        over = len(self._free_at) - self._limit.most
        free_at = self._free_at[over] if over >= 0 else now
        return max(free_at, self._closed_until, now) - now

    def take(self, now: float) -> float:
        """One goes; what is returned is to be given to `arrived`."""
        free_at = now + ARRIVED_WITHIN_S + self._limit.span_s
        insort(self._free_at, free_at)
        return free_at

    def arrived(self, taken: float, now: float) -> None:
        """Telegram answered: the span of that message began now at the latest."""
        place, free_at = bisect_left(self._free_at, taken), now + self._limit.span_s
        if place < len(self._free_at) and self._free_at[place] == taken and free_at < taken:
            del self._free_at[place]
            insort(self._free_at, free_at)

    def close(self, until: float) -> None:
        """Nothing goes before then."""
        self._closed_until = max(self._closed_until, until)

    def is_idle(self, now: float) -> bool:
        """Whether a new window would say the same."""
        return self._closed_until <= now and (not self._free_at or self._free_at[-1] <= now)


@dataclass(frozen=True, slots=True)
class Slot:
    """A message that may go now."""

    chat_id: int
    overall: float
    chat: float


@dataclass(slots=True, order=True)
class Ticket:
    """A place in the queue, by priority and then by number."""

    priority: Priority
    number: int
    chat_id: int = field(compare=False)


class Pace:
    """Limits, refusals and the queue, without a clock: every method is told the time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall = Window(limits.overall)
        self._chats: dict[int, Window] = {}  # the longest unused first
        self._refused: dict[int, tuple[float, float]] = {}  # chat: when, until when
        self._waiting: list[Ticket] = []
        self._numbers = count()

    def chat_wait_s(self, chat_id: int, now: float) -> float:
        """How long this chat may not be written to."""
        window = self._chats.get(chat_id)
        return window.wait_s(now) if window else 0.0

    def overall_wait_s(self, now: float) -> float:
        """How long nobody may be written to."""
        return self._overall.wait_s(now)

    def go_at_once(self, chat_id: int, now: float) -> Slot | None:
        """A slot where nobody waits and nothing stands in the way."""
        if self._waiting or self._overall.wait_s(now) or self.chat_wait_s(chat_id, now):
            return None
        return self._take(chat_id, now)

    def queue(self, chat_id: int, priority: Priority) -> Ticket:
        """A place in the queue."""
        ticket = Ticket(priority, next(self._numbers), chat_id)
        insort(self._waiting, ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Gives up the place, if it is still held."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def called(self, now: float) -> Iterator[tuple[Ticket, Slot]]:
        """Those of the queue who may go now, in their order."""
        for ticket in tuple(self._waiting):
            if self._overall.wait_s(now):
                return
            if not self.chat_wait_s(ticket.chat_id, now):
                self._waiting.remove(ticket)
                yield ticket, self._take(ticket.chat_id, now)

    def next_call_s(self, now: float) -> float | None:
        """In how many seconds somebody may go; None where nobody waits."""
        if not self._waiting:
            return None
        soonest = min(self.chat_wait_s(chat_id, now) for chat_id in {ticket.chat_id for ticket in self._waiting})
        return max(self._overall.wait_s(now), soonest)

    def arrived(self, slot: Slot, now: float) -> None:
        """Telegram answered."""
        self._overall.arrived(slot.overall, now)
        if slot.chat_id in self._chats:
            self._chats[slot.chat_id].arrived(slot.chat, now)

    def refused(self, chat_id: int, wait_s: float, now: float) -> None:
        """Telegram answered 429: that chat waits as told, and everybody where many chats were told so at once."""
        self._window(chat_id).close(now + wait_s)
        self._refused = {chat: told for chat, told in self._refused.items() if now - told[0] < AT_ONCE_S}
        self._refused[chat_id] = (now, now + wait_s)
        if len(self._refused) >= MANY_CHATS:
            self._overall.close(min(until for _, until in self._refused.values()))

    def __len__(self) -> int:
        """How many chats are remembered."""
        return len(self._chats)

    def _take(self, chat_id: int, now: float) -> Slot:
        slot = Slot(chat_id, self._overall.take(now), self._window(chat_id).take(now))
        self._forget_idle(now)
        return slot

    def _window(self, chat_id: int) -> Window:
        """This chat's, from now on the last to be forgotten."""
        limit = self._limits.private if chat_id > 0 else self._limits.group
        window = self._chats.pop(chat_id, None) or Window(limit)
        self._chats[chat_id] = window
        return window

    def _forget_idle(self, now: float) -> None:
        """Looks at two chats for each one that is added, so what is remembered stays within what is in use."""
        for chat_id in tuple(chat for chat, _ in zip(self._chats, range(2), strict=False)):
            window = self._chats.pop(chat_id)
            if not window.is_idle(now):
                self._chats[chat_id] = window


class Gate:
    """The way out. `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float], limits: Limits | None = None) -> None:
        self._clock = clock
        self._pace = Pace(limits or Limits())
        self._calls: dict[int, asyncio.Future[Slot]] = {}  # by the ticket's number
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, chat_id: int, priority: Priority) -> AsyncIterator[None]:
        """Waits until one message may go to this chat; the body sends it.

        RetryAfter, as Telegram would say it, where the chat would have to wait longer than PATIENCE_S.
        """
        slot = self._pace.go_at_once(chat_id, self._clock()) or await self._wait(chat_id, priority)
        try:
            yield
        finally:
            self._give_back(slot)

    def refused(self, chat_id: int, wait: timedelta) -> None:
        """Telegram answered 429 and told how long to wait."""
        self._pace.refused(chat_id, wait.total_seconds(), self._clock())

    async def _wait(self, chat_id: int, priority: Priority) -> Slot:
        now = self._clock()
        wait_s = self._pace.chat_wait_s(chat_id, now)
        if priority is Priority.PEOPLE:  # what nobody asked for has time until everybody may be written to again
            wait_s = max(wait_s, self._pace.overall_wait_s(now))
        if wait_s > PATIENCE_S[priority]:
            raise RetryAfter(timedelta(seconds=wait_s))
        ticket = self._pace.queue(chat_id, priority)
        call: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._calls[ticket.number] = call
        self._call()
        try:
            return await call
        except asyncio.CancelledError:
            self._pace.leave(ticket)
            self._calls.pop(ticket.number, None)
            if call.done() and not call.cancelled():  # its turn came in the same moment
                self._give_back(call.result())
            raise

    def _give_back(self, slot: Slot) -> None:
        self._pace.arrived(slot, self._clock())
        if self._calls:
            self._call()

    def _call(self) -> None:
        """Lets those through who may go, and looks again when the next may."""
        now = self._clock()
        for ticket, slot in self._pace.called(now):
            call = self._calls.pop(ticket.number)
            if not call.done():  # cancelled in the same moment: the slot is lost, no more
                call.set_result(slot)
        if self._timer is not None:
            self._timer.cancel()
        wait_s = self._pace.next_call_s(now)
        self._timer = None if wait_s is None else asyncio.get_running_loop().call_later(wait_s, self._call)
