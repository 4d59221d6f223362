"""`How?` and `Chart` on any kept answer of /funding: the kind it was kept as says who tells."""

from collections.abc import Mapping

from pydantic import TypeAdapter

from chatbot.command import Reply
from chatbot.core.alerts.overview import MapPlan, OverviewPlan
from chatbot.core.carry.plan import CarryPlan
from chatbot.core.carry.roll import RollPlan
from chatbot.core.comparison import ComparisonPlan
from chatbot.core.record import RecordPlan
from handlers import kept
from handlers.funding.carry.explain import explanation_of
from handlers.funding.carry.roll import explanation_of as explanation_of_roll
from handlers.funding.explain import explain_exchanges, explain_history, explain_map, explain_overview
from handlers.funding.rows import picture_of
from handlers.kept import Kind

_KINDS: Mapping[str, Kind] = {
    "exchanges": Kind(TypeAdapter(ComparisonPlan), explain_exchanges, picture_of),
    "overview": Kind(TypeAdapter(OverviewPlan), explain_overview),
    "map": Kind(TypeAdapter(MapPlan), explain_map),  # these two are pictures already
    "history": Kind(TypeAdapter(RecordPlan), explain_history),
    "carry": Kind(TypeAdapter(CarryPlan), explanation_of),
    "roll": Kind(TypeAdapter(RollPlan), explanation_of_roll),
}


def explain(plan_json: str) -> Reply:
    """The reply to `How?`."""
    return kept.explain(plan_json, _KINDS)


def depict(plan_json: str) -> Reply:
    """The reply to `Chart`."""
    return kept.depict(plan_json, _KINDS)
