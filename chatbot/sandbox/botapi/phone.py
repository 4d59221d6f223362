"""The chat page over HTTP: its files, a stream of what happens in the private chat, and what the person does.

Doings are taken as JSON only (a file with a header of its own), so that no other site in the browser can send them.
"""

import asyncio
import json
from collections.abc import Awaitable, Iterator
from pathlib import Path

from aiohttp import web

from chatbot.sandbox.botapi.chats import Json
from chatbot.sandbox.botapi.formatting import TEXT_LIMIT
from chatbot.sandbox.botapi.markup import utf16_length
from chatbot.sandbox.botapi.parameters import Parameters, read_parameters
from chatbot.sandbox.botapi.people import People
from chatbot.sandbox.botapi.server import file_response, json_response

PAGE = Path(__file__).parent.parent / "page"
_FILES = {
    "": ("index.html", "text/html"),
    "page.css": ("page.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
}
# Nothing from outside: the page works without a network and tells nobody what is tried in it.
_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEARTBEAT = 15.0  # seconds; tells a page that was closed from a chat that is quiet


class PhoneRoutes:
    """The page of USER's private chat."""

    def __init__(self, people: People, notice: str) -> None:
        self._people = people
        self._notice = notice

    def routes(self) -> list[web.RouteDef]:
        """The routes of this side."""
        return [
            *(web.get(f"/{name}", self._page) for name in _FILES),
            web.get("/chat/events", self._events),
            web.get("/chat/file/{file_id}", self._file),
            web.post("/chat/say", self._say),
            web.post("/chat/press", self._press),
            web.post("/chat/edit", self._edit),
            web.post("/chat/upload", self._upload),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        name, content_type = _FILES[request.path.removeprefix("/")]
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        content = (PAGE / name).read_text(encoding="utf-8")
        return web.Response(text=content, content_type=content_type, headers=headers)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: first all there is, then each change."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with self._people.chat().watch() as events:
            line = _event(self._snapshot())
            while await _is_written(response, line):
                line = await _next_line(events)
        return response

    def _snapshot(self) -> Json:
        state, chat = self._people.state, self._people.chat()
        return {
            "event": "snapshot",
            "bot": {**state.bot, "first_name": state.texts.get(("name", ""), state.bot["first_name"])},
            "description": state.texts.get(("description", ""), ""),
            "notice": self._notice,
            "commands": state.command_list(chat.id, "en"),
            "messages": chat.messages(),
        }

    async def _file(self, request: web.Request) -> web.Response:
        return file_response(self._people.state.file(request.match_info["file_id"]))

    async def _say(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        for part in _as_a_phone_sends(doing.text("text")):
            await self._people.say(part)
        return json_response({})

    async def _press(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        try:
            query = await self._people.press(doing.integer("message_id"), doing.text("data"))
        except ValueError:  # the bot changed the message under the finger
            return json_response(None)
        return json_response(await self._people.answer(query["id"]))

    async def _edit(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        await _allowed(self._people.edit(doing.integer("message_id"), doing.text("text")))
        return json_response({})

    async def _upload(self, request: web.Request) -> web.Response:
        if "X-Sandbox" not in request.headers:
            raise web.HTTPUnsupportedMediaType
        call = await read_parameters(request)
        upload = call.upload("file")
        if upload is None:
            raise web.HTTPBadRequest(text="no file")
        await _allowed(self._people.upload(upload.name, upload.content, call.text("caption")))
        return json_response({})


async def _doing(request: web.Request) -> Parameters:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    return await read_parameters(request)


async def _allowed(doing: Awaitable[Json]) -> Json:
    """The result, or 400 where a phone does not let one do it."""
    try:
        return await doing
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _as_a_phone_sends(text: str) -> Iterator[str]:
    """A long text in parts of at most 4,096 UTF-16 units, cut at line breaks where there are some."""
    while utf16_length(text) > TEXT_LIMIT:
        part = text.encode("utf-16-le", "replace")[: 2 * TEXT_LIMIT].decode("utf-16-le", "ignore")
        cut = part.rfind("\n") if "\n" in part.strip() else len(part)
        if part[:cut].strip():
            yield text[:cut]
        text = text[cut:]
    if text.strip():
        yield text


def _event(content: Json) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


async def _next_line(events: asyncio.Queue[Json]) -> bytes:
    try:
        async with asyncio.timeout(_HEARTBEAT):
            return _event(await events.get())
    except TimeoutError:
        return b": still here\n\n"


async def _is_written(response: web.StreamResponse, line: bytes) -> bool:
    """Whether the page was still there to read it."""
    try:
        await response.write(line)
    except ConnectionError:
        return False
    return True
