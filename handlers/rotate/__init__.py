"""/rotate: which sector leads, when a narrative is over, and how to move money from one into another."""

from collections.abc import Awaitable, Callable, Mapping

from chatbot.command import Call, Reply, Services
from handlers.rotate import sectors
from handlers.rotate.signals import exits, new

SUBJECTS: Mapping[str, Callable[[Call, Services], Awaitable[Reply]]] = {
    "sectors": sectors.answer,
    "exits": exits.answer,
    "new": new.answer,
}
