"""Telegram's flood limits, enforced when asked for. Law: what is refused does not count.

30 messages a second overall, 1 a second to a person (a few at once are let pass), 20 a minute to a group or channel;
edits count. The real limits are not documented and differ: these are the ones everybody is told to keep.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from chatbot.sandbox.botapi.errors import too_many_requests

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages are let pass."""

    overall_per_second: int = 30
    person_at_once: int = 3  # then one a second
    group_per_minute: int = 20


class FloodControl:
    """Lets everything pass until `limits` are set."""

    def __init__(self) -> None:
        self.limits: Limits | None = None
        self._overall: deque[datetime] = deque()
        self._groups: defaultdict[int, deque[datetime]] = defaultdict(deque)
        self._people: dict[int, datetime] = {}  # when each has had as many as one a second would have brought

    def take(self, chat_id: int, now: datetime) -> None:
        """Count one message. Raises ApiError 429 where it is one too many."""
        if self.limits is None:
            return
        wait = max(self._overall_wait(self.limits, now), self._chat_wait(self.limits, chat_id, now))
        if wait > timedelta():
            raise too_many_requests(ceil(wait.total_seconds()))
        self._overall.append(now)
        if chat_id < 0:
            self._groups[chat_id].append(now)
        else:
            self._people[chat_id] = max(now, self._people.get(chat_id, now)) + _SECOND

    def _overall_wait(self, limits: Limits, now: datetime) -> timedelta:
        return _wait(self._overall, limits.overall_per_second, _SECOND, now)

    def _chat_wait(self, limits: Limits, chat_id: int, now: datetime) -> timedelta:
        if chat_id < 0:
            return _wait(self._groups[chat_id], limits.group_per_minute, _MINUTE, now)
        return self._people.get(chat_id, now) - (limits.person_at_once - 1) * _SECOND - now


def _wait(passed: deque[datetime], limit: int, span: timedelta, now: datetime) -> timedelta:
    """How long until fewer than `limit` have passed within `span`."""
    while passed and passed[0] + span <= now:
        passed.popleft()
    return passed[len(passed) - limit] + span - now if len(passed) >= limit else timedelta()
