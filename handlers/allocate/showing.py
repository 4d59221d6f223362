"""The presets in words, an answer explained, and its picture."""

from collections.abc import Iterator

from chatbot.command import Audience, Bars, Button, Reply
from chatbot.core.allocation.plan import AllocationPlan, Hedge
from chatbot.core.allocation.targets import PRESETS, Target
from handlers import formatting as show
from handlers.allocate.render import base_words, drift_words, in_rows, lowered
from handlers.allocate.request import COMMAND


def presets() -> Reply:
    """Each with its parts by name: four numbers alone mean other buckets in each. Then its source of risk."""
    blocks = [
        f"<b>{each.name}</b>: {_parts(each)}\n{show.escape(each.idea)}\n{show.escape(each.danger)}" for each in PRESETS
    ]
    own = "Your own, always in this order: <code>60/25/10/5</code> is foundation, growth, small caps, small-cap futures"
    text = "\n".join(
        ("<b>Presets</b>", *blocks[:3], show.expandable("\n".join(blocks[3:])), f"{own}; a fifth: stables")
    )
    return Reply(text, in_rows([Button(each.name, f"{COMMAND} {each.name} $10k") for each in PRESETS]))


def _parts(target: Target) -> str:
    """foundation 55, stables 25."""
    named = (f"{show.escape(lowered(each.words))} {show.number(each.wanted_share * 100)}" for each in target.slices)
    return ", ".join(named)


def explanation(plan: AllocationPlan) -> Reply:
    """The reply to `How?`: the arithmetic with this plan's own numbers."""
    text = "\n".join(("<b>How this was worked out</b>", *_explained(plan)))
    return Reply(text, audience=_audience(plan), is_new_message=True)


def _explained(plan: AllocationPlan) -> Iterator[str]:
    yield f"<b>Capital</b> = coins at their price + what futures tie up = {show.money(plan.capital_usd)}"
    yield from _rows_explained(plan)
    for stake in plan.stakes:
        if stake.position is not None:
            price = stake.exposure_usd / stake.position.delta_base
            yield f"Tied up in {show.escape(stake.coin)}: {show.tied_up(stake.position, price)}"
    if plan.hedge is not None:
        hedge = plan.hedge
        yield (
            f"Short: {show.share_as_percent(hedge.middle_share)} × {show.money(hedge.base_usd)} "
            f"({base_words(plan, hedge)}) = {show.money(hedge.middle_usd)}"
        )
        yield from _margin_explained(hedge)
    if plan.target is not None:
        yield (
            f"Coins of a bucket are weighted {plan.choice.weighting.value}; orders are rounded down to the exchange's "
            "step. Fees are taker fees; slippage is the mean price in the visible book against mid."
        )


def _margin_explained(hedge: Hedge) -> Iterator[str]:
    times, margin = show.leverage(hedge.leverage), show.money(hedge.margin_usd)
    yield f"Its margin: {show.money(hedge.middle_usd)} ÷ {times} = {margin}"
    if hedge.kept_share < 1:
        kept = show.share_as_percent(hedge.kept_share)
        rounded = "to a tenth of a percent, rounded down"
        yield f"Stables would not do for it, so all else is {kept} of the preset's parts ({rounded})"


def _rows_explained(plan: AllocationPlan) -> Iterator[str]:
    """Without a target there is nothing to trade towards."""
    capital = show.money(plan.capital_usd)
    if plan.target is None:
        for row in plan.rows:
            yield f"{row.words}: {show.money(row.value_usd)} ÷ {capital} = {show.share_as_percent(row.value_share)}"
        return
    yield "<b>Trade</b> = wanted part × capital − value; drift = part − wanted part"
    for row in plan.rows:
        part, result = show.share_as_percent(row.wanted_share), show.signed_money(row.trade_usd)
        yield f"{row.words}: {part} × {capital} − {show.money(row.value_usd)} = {result}"


def picture_of(plan: AllocationPlan) -> Reply:
    """The reply to `Chart`: current and target side by side."""
    rows = tuple((row.words, max(row.value_share, row.value_share * 0), row.wanted_share) for row in plan.rows)
    name = plan.target.name if plan.target else "no target"
    caption = (
        f"{show.money(plan.capital_usd)}, {name}. {drift_words(plan) if plan.target and not plan.is_stated else ''}"
    )
    picture = Bars(
        title=f"Current and target: {name}",
        figures=(
            ("capital", show.money(plan.capital_usd)),
            ("largest drift", f"{max(abs(row.drift_share) for row in plan.rows) * 100:.1f} points"),
            ("band", f"{plan.choice.band_share * 100:.1f} points"),
        ),
        legend=("current", "target"),
        rows=rows,
        caption=caption.strip(),
    )
    return Reply("", picture=picture, audience=_audience(plan), is_new_message=True)


def _audience(plan: AllocationPlan) -> Audience:
    return Audience.ANYONE if plan.is_stated else Audience.ASKER
