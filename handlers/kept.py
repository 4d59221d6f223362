"""Plans kept for `How?` and `Chart` by a command with many kinds of answer: each says which kind it is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, JsonValue, TypeAdapter

from chatbot.command import KeptAnswer, Reply, Services
from chatbot.core.errors import NotPossible

Tell = Callable[[Any], Reply]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer: its plan, who explains it, and who draws it where it has a picture beside it."""

    plan: TypeAdapter[Any]
    explain: Tell | None = None
    depict: Tell | None = None


class _Kept(BaseModel):
    kind: str
    plan: JsonValue


async def keep(services: Services, chat_id: int, command: str, kind: str, line: str, plan: object) -> str:
    """Stores a plan, a dataclass, as `{"kind": ..., "plan": ...}` and returns its key."""
    stored = TypeAdapter(dict[str, object]).dump_json({"kind": kind, "plan": plan}).decode()
    return await services.answers.keep(chat_id, KeptAnswer(command, line, stored, services.now()))


def explain(plan_json: str, kinds: Mapping[str, Kind]) -> Reply:
    """The reply to `How?`. pydantic.ValidationError for a plan of another version."""
    return _told(plan_json, kinds, lambda kind: kind.explain, "There is no more to tell about that answer.")


def depict(plan_json: str, kinds: Mapping[str, Kind]) -> Reply:
    """The reply to `Chart`. NotPossible where the answer has none."""
    return _told(plan_json, kinds, lambda kind: kind.depict, "There is no picture of that answer.")


def _told(plan_json: str, kinds: Mapping[str, Kind], teller: Callable[[Kind], Tell | None], otherwise: str) -> Reply:
    kept = _Kept.model_validate_json(plan_json)
    kind = kinds.get(kept.kind)
    tell = teller(kind) if kind else None
    if kind is None or tell is None:
        raise NotPossible(otherwise)
    return tell(kind.plan.validate_json(json.dumps(kept.plan)))
