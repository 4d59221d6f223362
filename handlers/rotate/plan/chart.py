"""The picture of a rotation: what moves of either side come to, at the start, halfway, and at the end of a bet."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Outcomes, Reply
from chatbot.core.rotation.transit.outcomes import Outcome
from chatbot.core.rotation.transit.plan import Moved, RotationPlan
from handlers import formatting as show
from handlers.rotate.plan.explain import audience_of
from handlers.rotate.plan.words import dollars, earns, move, named


def picture_of(plan: RotationPlan) -> Reply:
    """The reply to `Chart`."""
    picture = Outcomes(
        title=f"{_names(plan.sold)} into {_names(plan.bought)}: what moves come to",
        figures=(
            ("moved", dollars(plan.value_quote)),
            ("first short", dollars(plan.short_quote)),
            ("pays above", show.signed_percent(plan.cost.break_even_share, digits=2)),
        ),
        parts=("unsold coins", "short", "bought coins"),
        rows=tuple(_rows(plan)),
        caption=_caption(plan),
    )
    return Reply(picture.caption, picture=picture, audience=audience_of(plan), is_new_message=True)


def _names(coins: tuple[Moved, ...]) -> str:
    return ", ".join(each.coin for each in coins)


def _name(coins: tuple[Moved, ...], words: str) -> str:
    """The one coin; of several what they are."""
    return coins[0].coin if len(coins) == 1 else words


def _rows(plan: RotationPlan) -> Iterator[tuple[str, tuple[Decimal, ...]]]:
    """Where nothing is bought, or nothing is sold any more, that side's moves make no row of their own."""
    last = len(plan.stages) - 1
    for each in plan.outcomes:
        is_start, is_end = each.stage == 0, each.stage == last
        is_told_already = (is_start and each.bought_share < 0) or (is_end and not plan.terms.keeps_short)
        if not is_told_already or (is_end and each.sold_share > 0):
            yield _words(each, plan), (each.held_quote, each.short_quote, each.bought_quote)


def _words(outcome: Outcome, plan: RotationPlan) -> str:
    sold = f"{_name(plan.sold, 'what is sold')} {move(outcome.sold_share)}"
    bought = f"{_name(plan.bought, 'what is bought')} {move(outcome.bought_share)}"
    if outcome.stage == 0:
        return f"At the start: {sold}"
    if outcome.stage < len(plan.stages) - 1:
        return f"Halfway: {sold}, {bought}"
    return f"At the end: {sold}, {bought}" if plan.terms.keeps_short else f"At the end: {bought}"


def _caption(plan: RotationPlan) -> str:
    rise = next(each for each in plan.outcomes if each.stage == 0 and each.sold_share > 0)
    fall = next(each for each in plan.outcomes if each.stage == 0 and each.sold_share < 0)
    sources = f"<i>{show.escape(', '.join(plan.sources))}</i>"
    if not plan.bridges:
        return f"Nothing is short. Before fees and slippage.\n{sources}"
    kept = " Kept to the end, it is a bet." if plan.terms.keeps_short else ""
    return (
        f"The first short {earns(rise.short_quote)} at {move(rise.sold_share)} of {named(plan.sold)} and "
        f"{earns(fall.short_quote)} at {move(fall.sold_share)}.{kept} Before fees, slippage and funding. It pays above "
        f"{show.signed_percent(plan.cost.break_even_share, digits=2)}, before what the short gains or loses.\n{sources}"
    )
