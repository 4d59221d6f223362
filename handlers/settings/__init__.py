"""/settings: what a person chose for the private chat, and administrators for a group or channel."""

from chatbot.command import Command
from handlers.settings.answer import answer
from handlers.settings.group import group_rules as group_rules

HELP = """<b>/settings</b> shows what you chose, each choice a tap away.

<code>/settings zone Europe/Berlin</code> times of alerts and digests; a city or UTC+2 will do
<code>/settings quote USDC</code> contracts in it come first
<code>/settings exchange bybit</code> where hedges are sized
<code>/settings leverage 3x</code>
<code>/settings quiet 22-7</code> alerts wait until then; <code>/settings quiet off</code>
<code>/settings language de</code> of alerts: en, de, es, ru

In a group, for its administrators: <code>coins BTC ETH</code> or <code>extremes</code>, <code>level 0.05%</code>, \
<code>topic here</code> or <code>topic general</code>, <code>quiet</code>, <code>language</code>, <code>off</code>.
A channel is set up from the private chat: <code>chat=@name</code> before the same words."""

SETTINGS = Command(
    name="settings",
    summary="Time zone, quote, exchange, leverage, quiet hours, language",
    help=HELP,
    answer=answer,
    examples=("/settings", "/settings quiet 22-7", "/settings zone Europe/Berlin"),
    needs_market=False,
)
