"""Looking at the market for what may be missing: an answer without it names it."""

from collections.abc import Awaitable
from typing import TypeVar

from chatbot.core.errors import Problem

T = TypeVar("T")


async def or_none(asked: Awaitable[T]) -> T | None:
    """What was asked for; None where it does not exist or did not come."""
    try:
        return await asked
    except Problem:
        return None
