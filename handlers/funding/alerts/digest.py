"""A group's one message between two settlements. Public numbers only; what is over is struck through.

Law: it is never longer than a message, and says nothing about anybody.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from chatbot.command import Button, ChatSettings, Digest, Reply
from chatbot.core.alerts.parcels import DigestLine
from chatbot.core.alerts.rules import RateLine
from chatbot.core.chats import Language
from handlers import formatting as show
from handlers.funding.alerts.lines import ROOM, fitted, flip_line, interval_line, market_line
from handlers.languages import Phrase, clock, say

# In the order in which they are read: the kind of a line, what stands above, and how one is written.
SECTIONS: tuple[tuple[str, Phrase, Callable[[RateLine, Language], str]], ...] = (
    ("extreme", Phrase.EXTREMES_HEAD, market_line),
    ("flip", Phrase.FLIPS_HEAD, flip_line),
    ("interval", Phrase.INTERVALS_HEAD, interval_line),
)


def tell_digest(digest: Digest, settings: ChatSettings, now: datetime) -> Reply:
    """The whole message, in the chat's language and zone."""
    language = settings.language
    head = say(language, Phrase.DIGEST, time=clock(digest.settled_at, settings.zone, language, now))
    tail = (say(language, Phrase.LEGEND), _source(digest, settings, now))
    room = ROOM - sum(map(len, (head, *tail)))
    lines = fitted(_lines(digest, language), room, language)
    return Reply("\n".join((f"<b>{head}</b>", *lines, *tail)), (_buttons(language),))


def _lines(digest: Digest, language: Language) -> Iterator[str]:
    if not any(row.kind == "extreme" and not row.is_over for row in digest.lines):
        yield say(language, Phrase.NOTHING_NOW)
    for kind, head, write in SECTIONS:
        rows = [row for row in digest.lines if row.kind == kind]
        if rows:
            yield f"<b>{say(language, head)}</b>"
        yield from (_marked(row, write(row.line, language), language) for row in rows)


def _marked(row: DigestLine, text: str, language: Language) -> str:
    struck = f"<s>{text}</s>" if row.is_over else text
    return say(language, Phrase.PERHAPS_SEEN_LINE, line=struck) if row.perhaps_seen else struck


def _source(digest: Digest, settings: ChatSettings, now: datetime) -> str:
    """With a time rather than an age: a message that is not edited does not grow older."""
    as_of = say(settings.language, Phrase.AS_OF, time=clock(digest.as_of, settings.zone, settings.language, now))
    return "<i>" + " · ".join(word for word in (show.escape(digest.source), as_of) if word) + "</i>"


def _buttons(language: Language) -> tuple[Button, ...]:
    """Both lead to the private chat: an answer here would stand in place of the message that the group follows."""
    return (
        Button(say(language, Phrase.FOR_MY_HOLDINGS), "/portfolio", is_private=True),
        Button(say(language, Phrase.ALL_FUNDING), "/funding", is_private=True),
    )
