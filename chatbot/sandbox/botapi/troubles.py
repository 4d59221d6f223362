"""What goes wrong between the bot and Telegram when it sends: answers that are late, lost or never come."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum


class Trouble(Enum):
    """What becomes of a call that sends or edits."""

    SLOW = "slow"  # carried out, answered late
    LOST = "lost"  # carried out, the connection breaks before the answer
    SWALLOWED = "swallowed"  # never carried out, never answered
    REFUSED = "refused"  # never carried out, answered with an error of the server


@dataclass(slots=True)
class _Planned:
    trouble: Trouble
    chat_id: int | None
    seconds: float
    code: int
    times: int | None


@dataclass(frozen=True, slots=True)
class Met:
    """The trouble that one call meets: `seconds` of an answer that is late, `code` of one that is an error."""

    trouble: Trouble | None = None
    seconds: float = 0.0
    code: int = 0


class Troubles:
    """What is planned; of several for one chat the first is met first."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._ended = asyncio.Event()

    def plan(
        self, trouble: Trouble, chat_id: int | None, *, seconds: float = 0.0, code: int = 0, times: int | None = None
    ) -> None:
        """Meet every call to this chat (None: to any) so often, or until calmed."""
        self._planned.append(_Planned(trouble, chat_id, seconds, code, times))

    def calm(self, chat_id: int | None = None) -> None:
        """End what is planned for this chat, or for all."""
        self._planned = [] if chat_id is None else [each for each in self._planned if each.chat_id != chat_id]

    def meet(self, chat_id: int) -> Met:
        """What the next call to this chat meets."""
        for planned in self._planned:
            if planned.chat_id in (None, chat_id):
                return self._met(planned)
        return Met()

    def _met(self, planned: _Planned) -> Met:
        if planned.times is not None:
            planned.times -= 1
            if planned.times <= 0:
                self._planned.remove(planned)
        return Met(planned.trouble, planned.seconds, planned.code)

    async def wait(self, seconds: float | None = None) -> None:
        """So long, or without a number until the server ends; never longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def begin(self) -> None:
        """The server starts, perhaps again."""
        self._ended.clear()

    def end(self) -> None:
        """The server ends: nobody waits any more."""
        self._ended.set()
