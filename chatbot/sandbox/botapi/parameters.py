"""What a call carries: its parameters and files, from a query string, a form, JSON or a multipart body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from chatbot.sandbox.botapi.errors import bad_request
from chatbot.sandbox.botapi.markup import Entity


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values are text in a form and typed in JSON; both are read alike. Wrong ones raise ApiError."""

    values: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value as text; empty where it is missing."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """The value as a whole number."""
        value = self.text(name)
        try:
            return int(value) if value else default
        except ValueError:
            raise bad_request(f'parameter "{name}" must be of type Integer') from None

    def switch(self, name: str) -> bool:
        """Whether it is switched on."""
        return self.text(name).lower() in ("true", "1", "yes", "y")

    def json(self, name: str) -> Any:
        """An object or array; None where it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def entities(self, name: str) -> tuple[Entity, ...]:
        """Entities that the caller worked out by itself."""
        return tuple(map(_entity, self.json(name) or ()))

    def upload(self, name: str) -> Upload | None:
        """The file in the field of this name, or the one it names by `attach://`."""
        reference = self.text(name)
        return self.uploads.get(reference.removeprefix("attach://") if reference else name)


def _entity(given: object) -> Entity:
    if not isinstance(given, Mapping) or not {"type", "offset", "length"} <= given.keys():
        raise bad_request("can't parse MessageEntity: expected an Object with type, offset and length")
    details = tuple((name, value) for name, value in given.items() if name not in ("type", "offset", "length"))
    return Entity(str(given["type"]), int(given["offset"]), int(given["length"]), details)


async def read_parameters(request: web.Request) -> Parameters:
    """The parameters of one request."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return Parameters({**values, **await _json_body(request)})
    form = await request.post()
    files = {name: value for name, value in form.items() if isinstance(value, FileField)}
    values |= {name: value for name, value in form.items() if name not in files}
    return Parameters(values, {name: _upload(file) for name, file in files.items()})


def _upload(file: FileField) -> Upload:
    return Upload(file.filename, file.file.read(), file.content_type.partition(";")[0])


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("can't parse request JSON object")
    return body
