"""Answers of /rotate about sectors explained, with their own numbers, and drawn: strength against its change."""

from collections.abc import Iterable, Iterator, Sequence

from chatbot.command import Quadrants, Reply, Trail
from chatbot.core.rotation.phase import Phase
from chatbot.core.rotation.standings import Point, Strength
from chatbot.core.rotation.strength import FEWEST_DAYS, Quadrant
from chatbot.core.rotation.table import Bitcoin, SectorDetail, SectorTable
from handlers import formatting as show
from handlers.rotate import words
from handlers.rotate.phase_words import NAMES, evidence

X_LABEL = "Strength against bitcoin over 30 days, %"
Y_LABEL = "Its change within a week, % points"
QUADRANT_NAMES = (
    Quadrant.LEADING.value,
    Quadrant.WEAKENING.value,
    Quadrant.LAGGING.value,
    Quadrant.IMPROVING.value,
)
TRAIL_WORDS = "A line is the way of the last weeks, a point a week; the large one is now."


def explain_table(plan: SectorTable) -> Reply:
    """The reply to `How?` on the table."""
    return _explained((*_arithmetic_of_first(plan), *_rules(), *evidence(plan.cycle), _phase_rule()))


def explain_sector(plan: SectorDetail) -> Reply:
    """The reply to `How?` on one sector."""
    standing = plan.row.standing
    return _explained((*_arithmetic(standing.sector, standing.strength, plan.bitcoin), *_rules()))


def picture_of_table(plan: SectorTable) -> Reply:
    """The reply to `Chart` on the table: every ranked sector."""
    first = plan.ranked[0].standing
    phase = plan.cycle.phase
    figures = (
        ("first of all", words.titled(first.sector)),
        ("30 days against bitcoin", words.percent(first.strength.month)),
        (f"phase: {NAMES[phase]}", f"{phase.value} of 4") if phase else ("phase", "unclear"),
    )
    trails = _trails((row.standing.sector, row.standing.trail) for row in plan.ranked)
    caption = f"{show.escape(first.sector)}: {words.against_bitcoin(first.strength)}. {TRAIL_WORDS}"
    return _picture("Sectors against bitcoin", figures, trails, caption)


def picture_of_sector(plan: SectorDetail) -> Reply:
    """The reply to `Chart` on one sector: its coins."""
    standing = plan.row.standing
    above = words.breadth_cell(standing.breadth)
    figures = (
        ("30 days against bitcoin", words.percent(standing.strength.month)),
        ("7 days", words.percent(standing.strength.week)),
        ("above 20-day mean", above),
    )
    trails = _trails((row.member.coin, row.member.trail) for row in plan.members)
    caption = f"{show.escape(standing.sector)}: {words.against_bitcoin(standing.strength)}. {TRAIL_WORDS}"
    return _picture(f"Coins of {standing.sector} against bitcoin", figures, trails, caption)


def _explained(lines: Iterable[str]) -> Reply:
    return Reply("\n".join(("<b>How this was worked out</b>", *lines)), is_new_message=True)


def _arithmetic_of_first(plan: SectorTable) -> Iterator[str]:
    if plan.ranked:
        first = plan.ranked[0].standing
        yield from _arithmetic(first.sector, first.strength, plan.bitcoin)


def _arithmetic(name: str, strength: Strength, bitcoin: Bitcoin) -> Iterator[str]:
    """With the sector's own return, which strength and bitcoin's return come from."""
    yield "<b>Strength</b> = (1 + return of the sector) ÷ (1 + return of bitcoin) − 1"
    for days, own, theirs in ((30, strength.month, bitcoin.month), (7, strength.week, bitcoin.week)):
        if own is not None and theirs is not None:
            returned = (1 + own) * (1 + theirs) - 1
            parts = f"(1 {_term(returned)}) ÷ (1 {_term(theirs)}) − 1"
            yield f"{show.escape(name)}, {days} days: {parts} = {words.percent(own)}"
    if strength.change is not None:
        points = words.percent(strength.change).removesuffix(" %")
        yield f"Change: the 30 days' strength now minus that of a week ago = {points} points"


def _term(value: float) -> str:
    """+ 12.3 % or − 4.1 %, as a term of a sum."""
    shown = words.percent(value)
    return f"{shown[0]} {shown[1:]}" if shown[0] in "+−" else f"+ {shown}"


def _rules() -> Iterator[str]:
    yield (
        f"<b>A sector's return</b>: each day the plain mean of its coins' returns, of those with {FEWEST_DAYS} days or "
        "more by then; the days are multiplied. Closed daily bars only."
    )
    yield "<b>Place</b>: the mean of the places by 30 days, by 7 days and by the change."
    for quadrant in Quadrant:
        yield f"{quadrant.value}: {words.QUADRANT_WORDS[quadrant]}"
    yield (
        "<b>Funding</b>: of each coin the perpetual with the highest volume; rates with an unknown interval, or above "
        "3 % per 8h, are left out. Predicted. Per 8h × 1,095 = a year."
    )


def _phase_rule() -> str:
    phases = ", ".join(f"{phase.value} {NAMES[phase]}" for phase in Phase)
    return (
        f"Phases: {phases}. Each sign speaks for those behind its arrow; a phase needs three signs, and more than any "
        "other, else it is unclear. Narratives are all sectors but layer 1, layer 2, infrastructure, exchange and "
        "store of value. 75 % and more of the coins ahead of bitcoin is an alt season, 25 % and less is bitcoin's; "
        "funding is cool up to 0.01 % per 8h and hot from 0.03 %."
    )


def _trails(named: Iterable[tuple[str, Sequence[Point]]]) -> tuple[Trail, ...]:
    return tuple(
        Trail(
            name,
            tuple((words.exact_share(point.month), words.exact_share(point.change)) for point in points),
        )
        for name, points in named
        if points
    )


def _picture(title: str, figures: tuple[tuple[str, str], ...], trails: tuple[Trail, ...], caption: str) -> Reply:
    drawing = Quadrants(title, figures, X_LABEL, Y_LABEL, QUADRANT_NAMES, trails, caption)
    return Reply("", picture=drawing, is_new_message=True)
