"""The phase in words: which, how sure, and the figures that say so."""

from collections.abc import Iterator

from chatbot.core.rotation.phase import FITS, Beating, Cycle, Evidence, Lead, Phase
from handlers import formatting as show
from handlers.rotate.words import exact_share, percent, yearly_cell

NAMES = {
    Phase.BITCOIN: "bitcoin leads",
    Phase.PLATFORMS: "layer 1 and infrastructure",
    Phase.NARRATIVES: "narratives",
    Phase.MAJORS: "back to majors",
}
SURE = {4: "high", 3: "fair"}


def phase_words(cycle: Cycle) -> str:
    """Phase 3 of 4, narratives; confidence high: 4 of 4 signs fit."""
    phase, known = cycle.phase, len(cycle.signs)
    if phase is None:
        best = max(Phase, key=cycle.fitting)
        fits = cycle.fitting(best)
        nearest = f"; nearest {best.value}, {NAMES[best]}: {fits} of {known} signs" if fits else ""
        return f"Phase of the cycle: unclear{nearest}"
    fits = cycle.fitting(phase)
    return f"Phase {phase.value} of 4, {NAMES[phase]}; confidence {SURE[fits]}: {fits} of {known} signs fit"


def evidence(cycle: Cycle) -> Iterator[str]:
    """One line a sign, with its figures and the phases that it fits."""
    yield "<b>Why this phase</b>"
    beating = f"Beat bitcoin over 90 days: {_beating(cycle.beating)}, a month before {_beating(cycle.beating_before)}"
    yield f"{beating}{_fits(cycle.season)}"
    for lead in (cycle.month, cycle.week):
        yield f"{_lead(lead)}{_fits(lead.leader)}"
    yield f"{_heat(cycle)}{_fits(cycle.warmth)}"


def _fits(sign: Evidence | None) -> str:
    """What the sign is called, and for which phases it speaks."""
    if sign is None:
        return ": not known"
    phases = " or ".join(str(phase.value) for phase in sorted(FITS[sign], key=lambda phase: phase.value))
    return f": {sign.value} → {phases}"


def _beating(beating: Beating) -> str:
    if not beating.of:
        return "unknown"
    share = show.share_as_percent(exact_share(round(beating.coins / beating.of, 2)))
    return f"{beating.coins} of {beating.of} coins ({share})"


def _lead(lead: Lead) -> str:
    figures = f"layer 1, 2 and infrastructure {percent(lead.platforms)}, narratives {percent(lead.narratives)}"
    return f"In {lead.days} days against bitcoin: {figures}"


def _heat(cycle: Cycle) -> str:
    heat = cycle.heat
    if heat is None:
        return "Funding"
    rates = f"mean {show.rate(heat.per_eight_hours)} per 8h, {yearly_cell(heat.per_eight_hours)} % a year"
    return f"Funding of {heat.perpetuals} of {heat.coins} coins: {rates}"
