"""`How?` and `Chart` on any kept answer of /rotate: the kind it was kept as says who tells."""

from collections.abc import Mapping

from pydantic import TypeAdapter

from chatbot.command import Reply
from chatbot.core.rotation.entry import EntryPlan
from chatbot.core.rotation.evidence.plan import EvidencePlan
from chatbot.core.rotation.exits import ExitPlan
from chatbot.core.rotation.listings import ListingsPlan
from chatbot.core.rotation.table import SectorDetail, SectorTable
from chatbot.core.rotation.transit.plan import RotationPlan
from handlers import kept
from handlers.kept import Kind
from handlers.rotate.evidence import render as evidence_render
from handlers.rotate.plan import chart as plan_chart
from handlers.rotate.plan import explain as plan_explain
from handlers.rotate.showing import explain_sector, explain_table, picture_of_sector, picture_of_table
from handlers.rotate.signals import check_render, exits_render, new_render

KINDS: Mapping[str, Kind] = {
    "table": Kind(TypeAdapter(SectorTable), explain_table, picture_of_table),
    "sector": Kind(TypeAdapter(SectorDetail), explain_sector, picture_of_sector),
    "exits": Kind(TypeAdapter(ExitPlan), exits_render.explanation_of),
    "check": Kind(TypeAdapter(EntryPlan), check_render.explanation_of),
    "new": Kind(TypeAdapter(ListingsPlan), new_render.explanation_of),
    "plan": Kind(TypeAdapter(RotationPlan), plan_explain.explanation_of, plan_chart.picture_of),
    "test": Kind(TypeAdapter(EvidencePlan), evidence_render.explanation_of, evidence_render.picture_of),
}


def explain(plan_json: str) -> Reply:
    """The reply to `How?`."""
    return kept.explain(plan_json, KINDS)


def depict(plan_json: str) -> Reply:
    """The reply to `Chart`."""
    return kept.depict(plan_json, KINDS)
