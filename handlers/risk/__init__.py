"""/risk: what the portfolio may lose, which coin the risk is, and what a hedge would change."""

from chatbot.command import Command, Reply
from handlers.risk.answer import PLAN, answer
from handlers.risk.charts import picture_of
from handlers.risk.explain import explanation_of

HELP = """<b>/risk</b> says what your portfolio may lose, futures included.

<code>/risk</code> losses of a bad day and week, the coins that carry the risk, falls of bitcoin with each position's \
liquidation on the way
<code>/risk with hedge 10 ETH 50%</code> the same before and after a short of 5 ETH
<code>/risk with hedge portfolio via BTC 50%</code> half of everything, by its beta to bitcoin
<code>/risk BTC -40%</code> what a fall of bitcoin by 40 % would do
<code>/risk with hedge ETH</code> all the ETH you hold; <code>$5k SOL</code>, <code>3x</code> and an exchange work, too

Past prices with what you hold today: at least 60 days, and the answer says how many. \
Only you see this: in a group a tap leads to the private chat."""


def explain(plan_json: str) -> Reply:
    """`How?` on a kept plan."""
    return explanation_of(PLAN.validate_json(plan_json))


def depict(plan_json: str) -> Reply:
    """`Chart` on a kept plan."""
    return picture_of(PLAN.validate_json(plan_json))


RISK = Command(
    name="risk",
    summary="What you may lose: a bad day, falls of bitcoin, liquidations",
    help=HELP,
    answer=answer,
    examples=("/risk", "/risk with hedge ETH 50%"),
    in_groups=False,
    explain=explain,
    depict=depict,
)
