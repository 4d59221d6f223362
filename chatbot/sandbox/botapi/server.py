"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. Every answer is JSON, refusals too."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from chatbot.sandbox.botapi.chats import Json
from chatbot.sandbox.botapi.errors import NOT_FOUND, UNAUTHORIZED, ApiError
from chatbot.sandbox.botapi.methods import METHODS
from chatbot.sandbox.botapi.parameters import Parameters, read_parameters
from chatbot.sandbox.botapi.state import State, StoredFile

UPLOAD_BYTES = 50 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def json_response(body: Any, status: int = 200) -> web.Response:
    """Any JSON as an answer."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _refused(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    return json_response(body | ({"parameters": error.parameters} if error.parameters else {}), error.code)


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal as the JSON of the Bot API."""
    try:
        return await handler(request)
    except ApiError as error:
        return _refused(error)
    except web.HTTPRequestEntityTooLarge:
        return _refused(ApiError(413, "Request Entity Too Large"))


class BotRoutes:
    """What the bot calls: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """The routes of this side."""
        return [
            web.route("*", "/bot{token:[^/]+}/{method:[^/]*}", self._call),
            web.get("/file/bot{token:[^/]+}/documents/{file_id}/{name}", self._download),
        ]

    async def _call(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return json_response({"ok": True, "result": await self._result(request)})

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] != self._state.token:
            raise ApiError(401, UNAUTHORIZED)

    async def _result(self, request: web.Request) -> Any:
        name = request.match_info["method"].lower()
        call = await read_parameters(request)
        if name == "getupdates":
            return await self._get_updates(call)
        if name not in METHODS:
            raise ApiError(404, NOT_FOUND)
        return METHODS[name](self._state, call)

    async def _get_updates(self, call: Parameters) -> list[Json]:
        updates = self._state.updates
        if call.json("allowed_updates") is not None:
            updates.allow(call.json("allowed_updates"))
        return await updates.poll(call.integer("offset"), call.integer("limit", 100), call.integer("timeout"))

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return file_response(self._state.file(request.match_info["file_id"]))


def file_response(file: StoredFile | None) -> web.Response:
    """The bytes of a file, which a browser shows only if it is a picture. Raises ApiError where it is gone."""
    if file is None:
        raise ApiError(404, NOT_FOUND)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return web.Response(body=file.content, content_type=file.mime_type, headers=headers)
