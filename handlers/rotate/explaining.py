"""`How?` and `Chart` on any kept answer of /rotate: the kind it was kept as says who tells."""

from collections.abc import Mapping

from pydantic import TypeAdapter

from chatbot.command import Reply
from chatbot.core.rotation.exits import ExitPlan
from chatbot.core.rotation.listings import ListingsPlan
from handlers import kept
from handlers.kept import Kind
from handlers.rotate.signals import exits_render, new_render

KINDS: Mapping[str, Kind] = {
    "exits": Kind(TypeAdapter(ExitPlan), exits_render.explanation_of),
    "new": Kind(TypeAdapter(ListingsPlan), new_render.explanation_of),
}


def explain(plan_json: str) -> Reply:
    """The reply to `How?`."""
    return kept.explain(plan_json, KINDS)


def depict(plan_json: str) -> Reply:
    """The reply to `Chart`."""
    return kept.depict(plan_json, KINDS)
