"""The local Bot API server as one that knows webhooks: it notes what was set, or refuses it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from socket import socket
from typing import Any

from aiohttp import web

from chatbot.sandbox.botapi import BotApi


@dataclass
class Hook:
    """What was set; `refusal` is why it may not be."""

    refusal: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    is_set: asyncio.Event = field(default_factory=asyncio.Event)


def knowing_webhooks(api: BotApi, hook: Hook | None = None) -> web.Application:
    """The server's application, which answers `setWebhook` too."""
    hook = hook or Hook()

    @web.middleware
    async def know_webhooks(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        if not request.path.lower().endswith("/setwebhook"):
            answer: web.StreamResponse = await handler(request)
            return answer
        hook.fields = dict(await request.post())
        hook.is_set.set()
        if hook.refusal:
            body = {"ok": False, "error_code": 400, "description": f"Bad Request: {hook.refusal}"}
            return web.json_response(body, status=400)
        return web.json_response({"ok": True, "result": True})

    app = api.app()
    app.middlewares.append(know_webhooks)
    return app


def free_port() -> int:
    """One that nobody listens on."""
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
