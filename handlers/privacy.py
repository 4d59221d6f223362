"""/privacy, /export and /forget: what is stored about somebody, all of it as a file, all of it deleted."""

import json

from chatbot.command import Audience, Button, Call, Command, File, Reply, Services
from chatbot.core.errors import Suggestion, UserMistake

FORGET_PURPOSE = "forget"

STORED = """<b>What is stored about you</b>
By your Telegram number, without your name:
• your portfolio as you typed it, until you clear it
• its last changes, for undo: 3 days
• answers behind <i>How?</i> and <i>Chart</i>: 30 days
• long command lines behind buttons: 90 days after the last use
• your alerts and settings, until you change or delete them; what waits to be told, until it is
For a group or channel: what its administrators set, until 30 days after I was removed, and who added me.
Messages themselves are not kept, and nothing is passed on. Exchanges are asked for public prices only and never learn \
who asks."""


async def _privacy(call: Call, services: Services) -> Reply:
    return Reply(STORED, ((Button("Send me all of it", "/export"), Button("Delete all", "/forget")),))


async def _export(call: Call, services: Services) -> Reply:
    stored = await services.personal_data.export(call.user_id)
    content = json.dumps(stored, indent=2, ensure_ascii=False).encode()
    return Reply(
        "Everything that is stored under your Telegram number.",
        file=File("hedge-bot-export.json", content),
        audience=Audience.ASKER,
        is_new_message=True,
    )


async def _forget(call: Call, services: Services) -> Reply:
    key = call.words.strip()
    if not key:
        return await _ask(call, services)
    if not await services.personal_data.redeem(call.user_id, FORGET_PURPOSE, key):
        raise UserMistake(
            "That button was used already, or is older than an hour.", [Suggestion("Ask me again", "/forget")]
        )
    return _forgotten(await services.personal_data.forget(call.user_id))


async def _ask(call: Call, services: Services) -> Reply:
    key = await services.personal_data.confirm(call.user_id, FORGET_PURPOSE)
    return Reply(
        "<b>Delete everything stored about you?</b>\n"
        "Your portfolio, its history, your alerts, settings and kept answers. This cannot be undone; /export saves a "
        "copy first.",
        ((Button("Delete all", f"/forget {key}"), Button("Keep it", "/privacy")),),
        audience=Audience.ASKER,
    )


def _forgotten(rows: int) -> Reply:
    entries = "1 entry is" if rows == 1 else f"{rows:,} entries are"
    return Reply(
        f"<b>Deleted.</b> {entries} gone; nothing about you is stored now.",
        ((Button("Start again", "/start"),),),
        audience=Audience.ASKER,
    )


PRIVACY = Command(
    name="privacy",
    summary="What is stored about you",
    help="<b>/privacy</b> says what is stored, and for how long. /export sends it, /forget deletes it.",
    answer=_privacy,
    needs_market=False,
)
EXPORT = Command(
    name="export",
    summary="Everything stored about you, as a file",
    help="<b>/export</b> sends all that is stored about you as a JSON file.",
    answer=_export,
    needs_market=False,
    in_groups=False,
)
FORGET = Command(
    name="forget",
    summary="Delete everything stored about you",
    help="<b>/forget</b> deletes all that is stored about you, after asking once.",
    answer=_forget,
    needs_market=False,
    in_groups=False,
)
