"""A local Bot API server with the chat page beside it: what the real one refuses, this one refuses in the same words.

It serves an unmodified Telegram library in long polling, and is fast enough to measure one. It is for loopback only.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from chatbot.sandbox.botapi.people import USER, People
from chatbot.sandbox.botapi.phone import PhoneRoutes
from chatbot.sandbox.botapi.server import UPLOAD_BYTES, BotRoutes, answer_refusals

__all__ = ["USER", "BotApi"]


class BotApi(People):
    """One bot's server. `token` is the only one let in, `now` dates messages, `notice` stands on the page."""

    def __init__(self, token: str, now: Callable[[], datetime], notice: str = "") -> None:
        super().__init__(token, now)
        self._notice = notice

    def app(self) -> web.Application:
        """`/bot<token>/<method>`, `/file/bot<token>/<path>`, the page at `/`, the person's side under `/chat/`."""
        app = web.Application(client_max_size=UPLOAD_BYTES, middlewares=[answer_refusals])
        app.on_startup.append(self._begin)
        app.on_shutdown.append(self._end)
        app.add_routes([*BotRoutes(self.state).routes(), *PhoneRoutes(self, self._notice).routes()])
        return app

    async def _begin(self, _: web.Application) -> None:
        self.state.troubles.begin()

    async def _end(self, _: web.Application) -> None:
        """Nothing is held back any more, nothing brought to the bot."""
        self.state.troubles.end()
        await self.state.webhooks.stop()
