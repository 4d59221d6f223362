"""A question as it comes off the wire, and the answer that goes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Question:
    """A public request to one host of an exchange, and the time at which it is answered.

    `body`: the JSON object of a POST; empty for a GET.
    """

    host: str
    path: str
    query: Mapping[str, str]
    now: datetime
    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        """What is asked for: the path, and where one path serves all questions the whole question."""
        return f"{self.path} {json.dumps(self.body)}" if self.body else self.path

    @property
    def seconds(self) -> float:
        """Now, in seconds since 1970."""
        return self.now.timestamp()

    @property
    def milliseconds(self) -> int:
        """Now, as exchanges write it."""
        return int(self.now.timestamp() * 1000)

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number; None where it is missing or is not one."""
        value = self.query.get(name, "")
        return int(value) if value.lstrip("-").isdecimal() else None

    def limit(self, default: int, most: int) -> int:
        """How many rows are wanted, within what the exchange gives at once."""
        wanted = self.number("limit")
        return default if wanted is None else max(1, min(wanted, most))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a JSON value, or plain text where `body` is a `str`."""

    body: object
    status: int = 200


class Exchange(Protocol):
    """One simulated exchange."""

    name: str
    hosts: frozenset[str]

    def answer(self, question: Question) -> Answer:
        """Never raises for what a client may ask: refusals are answers too."""
        ...
