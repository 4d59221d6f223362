"""The chat page over HTTP: its files, a stream of what happens in the chats it shows, and what people do there.

Doings are taken as JSON only (a file with a header of its own), so that no other site in the browser can send them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from aiohttp import web

from chatbot.sandbox.botapi.chats import Chat, Json
from chatbot.sandbox.botapi.formatting import TEXT_LIMIT
from chatbot.sandbox.botapi.markup import utf16_length
from chatbot.sandbox.botapi.membership import ADMINISTRATORS, OUTSIDE
from chatbot.sandbox.botapi.parameters import Parameters, read_parameters
from chatbot.sandbox.botapi.people import People
from chatbot.sandbox.botapi.server import file_response, json_response

PAGE = Path(__file__).parent.parent / "page"
_FILES = {
    "": ("index.html", "text/html"),
    "page.css": ("page.css", "text/css"),
    "messages.js": ("messages.js", "text/javascript"),
    "page.js": ("page.js", "text/javascript"),
}
# Nothing from outside: the page works without a network and tells nobody what is tried in it.
_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEARTBEAT = 15.0  # seconds; tells a page that was closed from a chat that is quiet
_OUTWARD = ("members", "topics", "about")  # events that change what is seen of a chat beside its messages
_PRIVATE_ACTIONS = ("block", "unblock")
FIRST_UPGRADED = -1_004_000_000_000  # numbers of supergroups that were basic groups before, downwards


class Where(TypedDict):
    """A chat, and who acts in it."""

    chat_id: int
    user_id: int


Action = Callable[[Where, int], object]  # who does it where, and the topic that is chosen


def _actions(people: People) -> dict[str, Action]:
    """What the menu of a chat can do."""
    return {
        "add": lambda where, _: people.add_bot(**where),
        "promote": lambda where, _: people.promote_bot(**where),
        "mute": lambda where, _: people.promote_bot(**where, can_post_messages=False),
        "demote": lambda where, _: people.demote_bot(**where),
        "restrict": lambda where, _: people.restrict_bot(**where),
        "remove": lambda where, _: people.remove_bot(**where),
        "upgrade": lambda where, _: people.upgrade_group(where["chat_id"], _next_number(people)),
        "close": lambda where, thread_id: people.close_topic(where["chat_id"], thread_id, user_id=where["user_id"]),
        "reopen": lambda where, thread_id: people.reopen_topic(where["chat_id"], thread_id, user_id=where["user_id"]),
        "block": lambda where, _: people.block(where["user_id"]),
        "unblock": lambda where, _: people.unblock(where["user_id"]),
    }


def _next_number(people: People) -> int:
    """One that no run before had: a bot remembers numbers longer than this server."""
    return min(FIRST_UPGRADED - people.state.timestamp(), *people.state.chats) - 1


class PhoneRoutes:
    """The page of the people at the phone: their private chats, and every group and channel."""

    def __init__(self, people: People, notice: str) -> None:
        self._people = people
        self._notice = notice
        self._actions = _actions(people)

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
            web.post("/chat/open", self._open),
            web.post("/chat/do", self._do),
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
        with self._people.state.everywhere.watch() as events:
            line = _event(self._snapshot())
            while await _is_written(response, line):
                line = await self._next_line(events)
        return response

    async def _next_line(self, events: asyncio.Queue[Json]) -> bytes:
        try:
            async with asyncio.timeout(_HEARTBEAT):
                while not self._is_shown((event := await events.get())["chat_id"]):
                    pass
        except TimeoutError:
            return b": still here\n\n"
        if event["event"] in _OUTWARD:
            return _event({"event": "chat", "chat": self._view(self._people.chat(event["chat_id"]))})
        return _event(event)

    def _is_shown(self, chat_id: int) -> bool:
        return chat_id < 0 or chat_id in self._people.at_phone

    def _snapshot(self) -> Json:
        state, people = self._people.state, self._people
        chats = [*map(people.chat, people.at_phone), *(chat for chat in state.chats.values() if not chat.is_private)]
        return {
            "event": "snapshot",
            "bot": state.bot,
            "notice": self._notice,
            "people": [state.person(user_id) for user_id in people.at_phone],
            "chats": [{**self._view(chat), "messages": chat.messages()} for chat in chats],
        }

    def _view(self, chat: Chat) -> Json:
        """What a phone knows of a chat beside its messages."""
        state, shown = self._people.state, self._people.at_phone
        return {
            **chat.profile,
            "title": chat.profile.get("title") or state.texts.get(("name", ""), state.bot["first_name"]),
            "about": state.texts.get(("description", ""), ""),
            "topics": [asdict(topic) for topic in chat.topics or ()],
            "bot": state.member(chat, state.bot["id"]),
            "members": sum(status not in OUTSIDE for status in chat.members.values()),
            "statuses": {user_id: chat.members.get(user_id, "left") for user_id in shown},
            "commands": {user_id: state.command_list(user_id, "en", chat) for user_id in shown},
            "moved_to": chat.new_chat_id,
        }

    async def _file(self, request: web.Request) -> web.Response:
        return file_response(self._people.state.file(request.match_info["file_id"]))

    def _where(self, doing: Parameters) -> Where:
        """The chat and who acts in it. Raises 400 for another's chat."""
        user_id = doing.integer("user_id", self._people.at_phone[0])
        chat_id = doing.integer("chat_id", user_id)
        is_here = chat_id == user_id if chat_id > 0 else chat_id in self._people.state.chats
        if user_id not in self._people.at_phone or not is_here:
            raise web.HTTPBadRequest(text="nobody here is in that chat")
        return {"chat_id": chat_id, "user_id": user_id}

    async def _say(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        where = self._where(doing)
        thread_id, anonymously = doing.integer("thread_id"), doing.switch("anonymously")
        reply_to = doing.integer("reply_to") or None
        for part in _as_a_phone_sends(doing.text("text")):
            await _allowed(
                self._people.say(part, **where, thread_id=thread_id, reply_to=reply_to, anonymously=anonymously)
            )
        return json_response({})

    async def _press(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        where = self._where(doing)
        try:
            query = await self._people.press(doing.integer("message_id"), doing.text("data"), **where)
        except ValueError:  # the bot changed the message under the finger
            return json_response(None)
        return json_response(await self._people.answer(query["id"]))

    async def _edit(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        await _allowed(self._people.edit(doing.integer("message_id"), doing.text("text"), **self._where(doing)))
        return json_response({})

    async def _upload(self, request: web.Request) -> web.Response:
        if "X-Sandbox" not in request.headers:
            raise web.HTTPUnsupportedMediaType
        call = await read_parameters(request)
        upload = call.upload("file")
        if upload is None:
            raise web.HTTPBadRequest(text="no file")
        await _allowed(self._people.upload(upload.name, upload.content, call.text("caption"), **self._where(call)))
        return json_response({})

    async def _open(self, request: web.Request) -> web.Response:
        """Follow a link to the bot; gives the number of the chat that it leads to."""
        doing = await _doing(request)
        where = self._where(doing)
        group = where["chat_id"] if where["chat_id"] < 0 else None
        message = await _allowed(self._people.open_link(doing.text("url"), where["user_id"], chat_id=group))
        return json_response({"chat_id": message["chat"]["id"]})

    async def _do(self, request: web.Request) -> web.Response:
        doing = await _doing(request)
        where, action = self._where(doing), self._actions.get(doing.text("action"))
        if action is None or not self._may_do(doing.text("action"), **where):
            raise web.HTTPBadRequest(text="only administrators do that")
        await _allowed(_done(action, where, doing.integer("thread_id")))
        return json_response({})

    def _may_do(self, action: str, chat_id: int, user_id: int) -> bool:
        """In a group anybody may bring the bot in; the rest is for those who rule it."""
        chat = self._people.chat(chat_id)
        if chat.is_private:
            return action in _PRIVATE_ACTIONS
        is_ruler = chat.members.get(user_id) in ADMINISTRATORS
        return action not in _PRIVATE_ACTIONS and (is_ruler or (action == "add" and chat.kind != "channel"))


async def _doing(request: web.Request) -> Parameters:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    return await read_parameters(request)


async def _done(action: Action, where: Where, thread_id: int) -> Json:
    action(where, thread_id)
    return {}


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


async def _is_written(response: web.StreamResponse, line: bytes) -> bool:
    """Whether the page was still there to read it."""
    try:
        await response.write(line)
    except ConnectionError:
        return False
    return True
