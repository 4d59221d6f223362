"""The presets in words, an answer explained, and its picture."""

from collections.abc import Iterator

from chatbot.command import Audience, Bars, Button, Reply
from chatbot.core.allocation.plan import AllocationPlan
from chatbot.core.allocation.targets import PRESETS
from handlers import formatting as show
from handlers.allocate.render import base_words, drift_words
from handlers.allocate.request import COMMAND


def presets() -> Reply:
    """Each in two lines, the second with its source of risk."""
    blocks = [
        f"<b>{each.name}</b> {'/'.join(show.number(part.wanted_share * 100) for part in each.slices)}: "
        f"{show.escape(each.idea)}\n{show.escape(each.danger)}"
        for each in PRESETS
    ]
    text = "\n".join(("<b>Presets, and your own: 60/25/10/5</b>", *blocks[:3], show.expandable("\n".join(blocks[3:]))))
    buttons = [Button(each.name, f"{COMMAND} {each.name} $10k") for each in PRESETS]
    return Reply(text, (tuple(buttons[:4]), tuple(buttons[4:])))


def explanation(plan: AllocationPlan) -> Reply:
    """The reply to `How?`: the arithmetic with this plan's own numbers."""
    text = "\n".join(("<b>How this was worked out</b>", *_explained(plan)))
    return Reply(text, audience=_audience(plan), is_new_message=True)


def _explained(plan: AllocationPlan) -> Iterator[str]:
    yield f"<b>Capital</b> = coins at their price + what futures tie up = {show.money(plan.capital_usd)}"
    yield "<b>Trade</b> = wanted part × capital − value; drift = part − wanted part"
    for row in plan.rows:
        part, capital = show.share_as_percent(row.wanted_share), show.money(plan.capital_usd)
        result = show.signed_money(row.trade_usd)
        yield f"{row.words}: {part} × {capital} − {show.money(row.value_usd)} = {result}"
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
    yield (
        f"Coins of a bucket are weighted {plan.choice.weighting.value}; orders are rounded down to the exchange's "
        "step. Fees are taker fees; slippage is the mean price in the visible book against mid."
    )


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
