"""`How?` and `Chart` on any kept answer of /funding: the kind it was kept as says who tells."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, JsonValue, TypeAdapter

from chatbot.command import Reply
from chatbot.core.alerts.overview import MapPlan, OverviewPlan
from chatbot.core.carry.plan import CarryPlan
from chatbot.core.carry.roll import RollPlan
from chatbot.core.comparison import ComparisonPlan
from chatbot.core.errors import NotPossible
from chatbot.core.record import RecordPlan
from handlers.funding.carry.explain import explanation_of
from handlers.funding.carry.roll import explanation_of as explanation_of_roll
from handlers.funding.explain import explain_exchanges, explain_history, explain_map, explain_overview
from handlers.funding.rows import picture_of

Tell = Callable[[Any], Reply]

_PLANS: Mapping[str, TypeAdapter[Any]] = {
    "exchanges": TypeAdapter(ComparisonPlan),
    "overview": TypeAdapter(OverviewPlan),
    "map": TypeAdapter(MapPlan),
    "history": TypeAdapter(RecordPlan),
    "carry": TypeAdapter(CarryPlan),
    "roll": TypeAdapter(RollPlan),
}
_EXPLAIN: Mapping[str, Tell] = {
    "exchanges": explain_exchanges,
    "overview": explain_overview,
    "map": explain_map,
    "history": explain_history,
    "carry": explanation_of,
    "roll": explanation_of_roll,
}
_DEPICT: Mapping[str, Tell] = {"exchanges": picture_of}  # the history and the map are pictures already


class _Kept(BaseModel):
    kind: str
    plan: JsonValue


def explain(plan_json: str) -> Reply:
    """The reply to `How?`. pydantic.ValidationError for a plan of another version."""
    return _told(plan_json, _EXPLAIN, "There is no more to tell about that answer.")


def depict(plan_json: str) -> Reply:
    """The reply to `Chart`. NotPossible where the answer has none."""
    return _told(plan_json, _DEPICT, "There is no picture of that answer.")


def _told(plan_json: str, by_kind: Mapping[str, Tell], otherwise: str) -> Reply:
    kept = _Kept.model_validate_json(plan_json)
    if kept.kind not in by_kind:
        raise NotPossible(otherwise)
    return by_kind[kept.kind](_PLANS[kept.kind].validate_json(json.dumps(kept.plan)))
