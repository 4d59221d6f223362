"""/allocate: from what is held to what is wanted, and the trades between."""

from chatbot.command import Command, Reply
from handlers.allocate.answer import PLAN, answer
from handlers.allocate.showing import explanation, picture_of

HELP = """<b>/allocate</b> says how far you are from a target, and which trades lead back.

<code>/allocate</code> what you hold, by buckets, against your target
<code>/allocate bull $100k</code> a preset for an amount; <code>/allocate presets</code> explains them
<code>/allocate 60/25/10/5</code> foundation, growth, small caps, small-cap futures, stables
<code>/allocate bull $100k BTC ETH SOL</code> in these coins
<code>/allocate bull by equal</code> coins of a bucket alike; also <code>by current</code>, <code>by volatility</code>
<code>/allocate set bull</code> keeps a target, <code>/allocate set off</code> drops it
<code>/allocate band 5</code> points around it inside which nothing is traded
<code>/allocate bucket SOL growth</code> a coin elsewhere than the catalogue puts it
<code>/allocate symbiosis $100k hedge=20%</code> a share of the core short in bitcoin
<code>/allocate check long SOL $500 2x stop=5%</code> five questions to a position; alone: to those you recorded
<code>/allocate profit $5k</code> half to stables, half to the foundation

Small-cap futures count at their margin: the money at risk. In a group only amounts that are typed are answered."""


def explain(plan_json: str) -> Reply:
    """`How?` on a kept plan."""
    return explanation(PLAN.validate_json(plan_json))


def depict(plan_json: str) -> Reply:
    """`Chart` on a kept plan."""
    return picture_of(PLAN.validate_json(plan_json))


ALLOCATE = Command(
    name="allocate",
    summary="Where your money is, where you want it, and the trades between",
    help=HELP,
    answer=answer,
    examples=("/allocate bull $100k", "/allocate presets", "/allocate 60/25/10/5 $50k"),
    explain=explain,
    depict=depict,
)
