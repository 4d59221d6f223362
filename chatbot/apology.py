"""What a user reads when there is no answer: by whose fault, in one plain sentence, with a way on.

Law: nothing that somebody typed reaches the reply unescaped.
"""

from datetime import datetime
from html import escape

from chatbot.command import Button, Reply
from chatbot.core.errors import MarketUnavailable, Outage, Problem
from chatbot.core.markets import exchange_name

LONGEST_SENTENCE = 1000
LONGEST_LABEL = 40
BUTTONS_A_ROW = 3
WIDEST_SHARED_ROW = 30  # characters that three buttons side by side still show on a phone


def apologise(problem: Problem, now: datetime, line: str = "") -> Reply:
    """The sentence, the exchanges that failed, and the suggestions as buttons.

    `line` is the command to offer again where waiting may help; leave it empty where repeating it could do harm.
    """
    outages = problem.outages if isinstance(problem, MarketUnavailable) else ()
    lines = (_escaped(problem.sentence), *(_outage(outage, now) for outage in outages))
    buttons = tuple(Button(_shortened(tip.label, LONGEST_LABEL), tip.command) for tip in problem.suggestions)
    if line and isinstance(problem, MarketUnavailable) and _can_retry(outages):
        buttons += (Button("Try again", line),)
    return Reply("\n".join(lines), _rows(buttons), failure=problem)


def bug(update_id: int, failure: BaseException | None = None) -> Reply:
    """For everything that is nobody's fault but ours; the number finds the log entry."""
    return Reply(
        f"Something broke here. It is the bot's fault, not yours, and is logged under number <code>{update_id}</code>.",
        failure=failure or RuntimeError(f"update {update_id} failed"),
    )


def too_slow(seconds: int, failure: BaseException) -> Reply:
    """For an answer that took longer than `seconds`."""
    return Reply(
        f"This took longer than {seconds} seconds, so I stopped. An exchange is probably slow; please try later.",
        failure=failure,
    )


def _outage(outage: Outage, now: datetime) -> str:
    since = f" ({_minutes(outage.since, now)} so far)" if outage.since else ""
    retry = "" if outage.can_retry else "; trying again will not help"
    return f"• {_escaped(exchange_name(outage.exchange))} {_escaped(outage.reason)}{since}{retry}"


def _minutes(since: datetime, now: datetime) -> str:
    minutes = int((now - since).total_seconds()) // 60
    return f"{minutes:,} min" if minutes >= 1 else "less than a minute"


def _can_retry(outages: tuple[Outage, ...]) -> bool:
    return not outages or any(outage.can_retry for outage in outages)


def _rows(buttons: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    """Short labels share a row, long ones get their own."""
    width = sum(len(button.label) for button in buttons[:BUTTONS_A_ROW])
    size = BUTTONS_A_ROW if width <= WIDEST_SHARED_ROW else 1
    return tuple(buttons[start : start + size] for start in range(0, len(buttons), size))


def _escaped(sentence: str) -> str:
    return escape(_shortened(sentence, LONGEST_SENTENCE), quote=False)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
