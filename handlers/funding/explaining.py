"""`How?` on any kept answer of /funding: the kind it was kept as says who explains it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, JsonValue, TypeAdapter

from chatbot.command import Reply
from chatbot.core.carry.plan import CarryPlan
from chatbot.core.carry.roll import RollPlan
from chatbot.core.comparison import ComparisonPlan
from chatbot.core.record import RecordPlan
from handlers.funding.carry.explain import explanation_of
from handlers.funding.carry.roll import explanation_of as explanation_of_roll
from handlers.funding.explain import explain_exchanges, explain_history

_KINDS: Mapping[str, tuple[TypeAdapter[Any], Callable[[Any], Reply]]] = {
    "exchanges": (TypeAdapter(ComparisonPlan), explain_exchanges),
    "history": (TypeAdapter(RecordPlan), explain_history),
    "carry": (TypeAdapter(CarryPlan), explanation_of),
    "roll": (TypeAdapter(RollPlan), explanation_of_roll),
}


class _Kept(BaseModel):
    kind: str
    plan: JsonValue


def explain(plan_json: str) -> Reply:
    """The reply to `How?`. pydantic.ValidationError for a plan of another version."""
    kept = _Kept.model_validate_json(plan_json)
    adapter, explanation = _KINDS[kept.kind]
    return explanation(adapter.validate_json(json.dumps(kept.plan)))
