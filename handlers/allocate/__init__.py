"""/allocate: from what is held to what is wanted, and the trades between."""

from collections.abc import Mapping

from pydantic import TypeAdapter

from chatbot.command import Command, Reply
from chatbot.core.allocation.plan import AllocationPlan
from chatbot.core.allocation.tilt.plan import TiltPlan
from handlers import kept
from handlers.allocate.answer import answer
from handlers.allocate.showing import explanation, picture_of
from handlers.allocate.tilt.chart import picture_of as tilt_drawn
from handlers.allocate.tilt.explain import explanation_of as tilt_explained
from handlers.kept import Kind

HELP = """<b>/allocate</b> says how far you are from a target, and which trades lead back.

<code>/allocate</code> what you hold, by buckets, against your target
<code>/allocate bull $100k</code> a preset for an amount; <code>/allocate presets</code> explains them
<code>/allocate 60/25/10/5</code> foundation, growth, small caps, small-cap futures, stables
<code>/allocate bull $100k BTC ETH SOL</code> in these coins; BTC and ETH are the foundation unless one of them is named
<code>/allocate bull by equal</code> coins of a bucket alike; also <code>by current</code>, <code>by volatility</code>
<code>/allocate set bull</code> keeps a target, <code>/allocate set off</code> drops it
<code>/allocate band 5</code> while every part is within 5 points of its target nothing is traded; beyond, all are \
brought back
<code>/allocate bucket SOL growth</code> a coin elsewhere than the catalogue puts it
<code>/allocate symbiosis $100k hedge=20%</code> a share of the core short in bitcoin
<code>/allocate check long SOL $500 2x stop=5%</code> five questions to a position; alone: to those you recorded
<code>/allocate tilt BTC 65 ETH 35 from 50/50 $100k 5x</code> other weights by futures, beside the same by selling
<code>/allocate tilt BTC 65 ETH 35</code> from what you hold
<code>/allocate tilt ETH 25 from 50 $100k 2w</code> one coin lowered; without from: of all you hold
Behind it: an exchange, <code>30d</code>, <code>stop=5%</code>, <code>dated</code>, <code>neutral</code> in beta
<code>/allocate enhance BTC $10k 3x</code> more of a coin: the dollars are margin
<code>/allocate profit $5k</code> half to stables, half to the foundation

Small-cap futures count at their margin: the money at risk. In a group only amounts that are typed are answered."""


_KINDS: Mapping[str, Kind] = {
    "plan": Kind(TypeAdapter(AllocationPlan), explanation, picture_of),
    "tilt": Kind(TypeAdapter(TiltPlan), tilt_explained, tilt_drawn),
}


def explain(plan_json: str) -> Reply:
    """`How?` on a kept plan."""
    return kept.explain(plan_json, _KINDS)


def depict(plan_json: str) -> Reply:
    """`Chart` on a kept plan."""
    return kept.depict(plan_json, _KINDS)


ALLOCATE = Command(
    name="allocate",
    summary="Where your money is, where you want it, and the trades between",
    help=HELP,
    answer=answer,
    examples=(
        "/allocate bull $100k",
        "/allocate presets",
        "/allocate 60/25/10/5 $50k",
        "/allocate tilt BTC 65 ETH 35 from 50/50 $100k 5x",
    ),
    explain=explain,
    depict=depict,
)
