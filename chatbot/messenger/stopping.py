"""Long waits that end when the bot stops. Law: whoever is interrupted says nothing; the update stays in the inbox."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class LeftOpen(Exception):  # noqa: N818 - nothing went wrong
    """The bot stops: this update is answered after the next start."""


class Waits:
    """The waits of all updates under way."""

    def __init__(self) -> None:
        self._over = asyncio.Event()

    def end(self) -> None:
        """From now on every wait, begun or to come, raises LeftOpen."""
        self._over.set()

    async def sleep(self, seconds: float) -> None:
        """LeftOpen where the bot stops meanwhile."""
        await self.until(asyncio.sleep(seconds), seconds)

    async def until(self, ready: Coroutine[Any, Any, None], seconds: float) -> bool:
        """Whether `ready` came within so many seconds. LeftOpen where the bot stops first."""
        coming, over = asyncio.ensure_future(ready), asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({coming, over}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if self._over.is_set():
                raise LeftOpen
            if coming.done():
                coming.result()
            return coming.done()
        finally:
            coming.cancel()
            over.cancel()
