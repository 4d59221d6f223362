"""/hedge: how many contracts, what margin, where liquidated, what it costs."""

from pydantic import TypeAdapter

from chatbot.command import Command, Reply
from chatbot.core.hedging.evidence import HedgeTest
from chatbot.core.hedging.plan import HedgePlan
from handlers.hedge import evidence_render
from handlers.hedge.answer import answer
from handlers.hedge.chart import picture_of
from handlers.hedge.explain import explanation_of

KEPT: TypeAdapter[HedgePlan | HedgeTest] = TypeAdapter(HedgePlan | HedgeTest)  # whichever it was

HELP = """<b>/hedge</b> sizes a short that offsets coins you hold.

<code>/hedge ETH</code> what the portfolio holds, a quarter first
<code>/hedge 10 ETH 50% 2x bybit 30d</code> any order
<code>/hedge $20k SOL</code> a value
<code>/hedge 10000 TKX via ETH</code> through another coin, by beta
<code>/hedge portfolio via BTC 20%</code> everything at once
<code>/hedge 100 SOL stake=7%</code> with a staking yield
<code>/hedge 1 BTC inverse</code> coin-margined
<code>/hedge 1 BTC expiry=261225</code> dated, yymmdd
<code>/hedge 50000 X price=2 contract=500</code> a contract by hand
<code>/hedge ETH 50% test 180d</code> what it would have done on past days

Sizes are rounded down, never up. Margin is isolated. Funding is + when the short receives it."""


def explain(plan_json: str) -> Reply:
    """`How?` on a kept plan."""
    plan = KEPT.validate_json(plan_json)
    return evidence_render.explanation_of(plan) if isinstance(plan, HedgeTest) else explanation_of(plan)


def depict(plan_json: str) -> Reply:
    """`Chart` on a kept plan."""
    plan = KEPT.validate_json(plan_json)
    return evidence_render.picture_of(plan) if isinstance(plan, HedgeTest) else picture_of(plan)


HEDGE = Command(
    name="hedge",
    summary="Size a hedge: contracts, margin, liquidation, funding",
    help=HELP,
    answer=answer,
    examples=("/hedge 10 ETH 50%", "/hedge $20k SOL 2x", "/hedge portfolio via BTC 20%"),
    explain=explain,
    depict=depict,
)
