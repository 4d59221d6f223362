"""The topics of a forum. Law: General has no number for the bot: it is written to by leaving the number out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chatbot.sandbox.botapi.errors import bad_request

GENERAL = 1  # its number inside Telegram; a bot that sends it is told that there is no such thread


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; its number is that of the service message that opened it."""

    thread_id: int
    name: str
    is_closed: bool = False


class Topics:
    """The topics of one group, General first."""

    def __init__(self) -> None:
        self._topics = {GENERAL: Topic(GENERAL, "General")}

    def __iter__(self) -> Iterator[Topic]:
        return iter(tuple(self._topics.values()))

    def __contains__(self, thread_id: int) -> bool:
        return thread_id in self._topics

    def add(self, thread_id: int, name: str) -> None:
        """A new topic."""
        self._topics[thread_id] = Topic(thread_id, name)

    def close(self, thread_id: int, *, is_closed: bool = True) -> None:
        """Only who may manage topics writes there from now on; or everybody again. Raises ValueError without one."""
        if thread_id not in self._topics:
            raise ValueError(f"no topic {thread_id}")
        self._topics[thread_id] = replace(self._topics[thread_id], is_closed=is_closed)

    def remove(self, thread_id: int) -> None:
        """Take the topic away."""
        del self._topics[thread_id]

    def check_open(self, thread_id: int, *, manages_topics: bool) -> None:
        """Raises ApiError where the bot may not write; 0 is General."""
        topic = self._topics.get(thread_id or GENERAL)
        if topic is None or thread_id == GENERAL:
            raise bad_request("message thread not found")
        if topic.is_closed and not manages_topics:
            raise bad_request("TOPIC_CLOSED")
