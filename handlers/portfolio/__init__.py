"""/portfolio: what is held, what it is worth and exposed to; added, set, removed, cleared, undone."""

from chatbot.command import Command, Reply
from handlers.portfolio.answer import SUMMARY, answer
from handlers.portfolio.render import explanation

HELP = """<b>/portfolio</b> keeps what you hold, and shows its worth and exposure.

<code>/portfolio add 10 ETH</code> more of a coin
<code>/portfolio set 10 ETH</code> exactly so much
<code>/portfolio remove ETH</code> all of it, or <code>remove 5 ETH</code>, <code>remove half ETH</code>
<code>/portfolio add 100 SOL stake=7%</code> staked, with its yield
<code>/portfolio add $5,000</code> cash
<code>/portfolio short 5 ETH bybit entry=3450 2x</code> a futures position held elsewhere; also <code>long</code>
<code>/portfolio remove short ETH</code>
<code>/portfolio clear</code> empties it, after asking

Several lines at once are fine. Or send a CSV file with the columns coin, amount and, if you like, stake: holdings are \
set to what it says.
Every change can be undone for a day. Only you see this: in a group the answer comes to the private chat."""


def explain(plan_json: str) -> Reply:
    """`How?` on a kept summary."""
    return explanation(SUMMARY.validate_json(plan_json))


PORTFOLIO = Command(
    name="portfolio",
    summary="What you hold: worth, exposure, futures results",
    help=HELP,
    answer=answer,
    examples=("/portfolio",),
    in_groups=False,
    explain=explain,
)
