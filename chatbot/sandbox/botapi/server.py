"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. Every answer is JSON, refusals too."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from chatbot.sandbox.botapi.chats import Json
from chatbot.sandbox.botapi.errors import NOT_FOUND, UNAUTHORIZED, WEBHOOK_SET, ApiError
from chatbot.sandbox.botapi.methods import METHODS, NAMES, RECORDED, SENDING
from chatbot.sandbox.botapi.parameters import Parameters, read_parameters
from chatbot.sandbox.botapi.record import Refused, Sent
from chatbot.sandbox.botapi.state import State, StoredFile
from chatbot.sandbox.botapi.troubles import Met, Trouble

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
        name, call = request.match_info["method"].lower(), await read_parameters(request)
        met = self._state.troubles.meet(_chat_id(call)) if name in SENDING else Met()
        if met.trouble is Trouble.SWALLOWED:
            await self._state.troubles.wait()
            raise ApiError(502, HTTPStatus(502).phrase)  # the server ends
        if met.trouble is Trouble.REFUSED:
            raise ApiError(met.code, HTTPStatus(met.code).phrase)
        response = json_response({"ok": True, "result": await self._result(name, call)})
        if met.trouble is Trouble.SLOW:
            await self._state.troubles.wait(met.seconds)
        if met.trouble is Trouble.LOST and request.transport is not None:
            request.transport.abort()
        return response

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] != self._state.token:
            raise ApiError(401, UNAUTHORIZED)

    async def _result(self, name: str, call: Parameters) -> Any:
        if name == "getupdates":
            return await self._get_updates(call)
        if name not in METHODS:
            raise ApiError(404, NOT_FOUND)
        return self._recorded(name, call) if name in RECORDED else METHODS[name](self._state, call)

    def _recorded(self, name: str, call: Parameters) -> Any:
        record, now = self._state.record, self._state.now()
        try:
            result = METHODS[name](self._state, call)
        except ApiError as error:
            record.refused.append(Refused(now, NAMES[name], _chat_id(call), error.code, error.description))
            raise
        record.sent.append(Sent(now, NAMES[name], _chat_id(call), result if isinstance(result, dict) else None))
        return result

    async def _get_updates(self, call: Parameters) -> list[Json]:
        updates = self._state.updates
        if self._state.webhooks.is_set:
            raise ApiError(409, WEBHOOK_SET)
        if call.json("allowed_updates") is not None:
            updates.allow(call.json("allowed_updates"))
        return await updates.poll(call.integer("offset"), call.integer("limit", 100), call.integer("timeout"))

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return file_response(self._state.file(request.match_info["file_id"]))


def _chat_id(call: Parameters) -> int:
    """The chat of a call; 0 where it names none, or none that could be one."""
    number = call.text("chat_id")
    return int(number) if number.removeprefix("-").isdecimal() else 0


def file_response(file: StoredFile | None) -> web.Response:
    """The bytes of a file, which a browser shows only if it is a picture. Raises ApiError where it is gone."""
    if file is None:
        raise ApiError(404, NOT_FOUND)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return web.Response(body=file.content, content_type=file.mime_type, headers=headers)
