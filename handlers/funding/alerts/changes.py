"""What taps do to a rule: snoozed, woken, attended to. Pure.

Law: every one of them counts as attention, so that the bot stops backing off.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.alerts.rules import LEVELLED, Measure, RuleTerms, WatchedRule
from chatbot.core.alerts.schedule import next_settlement
from chatbot.core.alerts.why import RuleStanding
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from handlers.funding.alerts.request import COMMAND
from handlers.grammar import levels
from handlers.grammar.written import shown

LONGEST_SNOOZE = timedelta(days=365)
HALVES = frozenset({"half", "halves", "halved"})


def attended(watched: WatchedRule, now: datetime) -> WatchedRule:
    """Somebody tapped it."""
    return replace(watched, state=replace(watched.state, unattended=0, attended_at=now))


def wakened(watched: WatchedRule, now: datetime) -> WatchedRule:
    """No longer snoozed."""
    return attended(replace(watched, state=replace(watched.state, snoozed_until=None, snooze_level=None)), now)


def silenced(standing: RuleStanding, words: str, now: datetime) -> WatchedRule:
    """Snoozed for a time, until the next settlement, or until the value has halved. Raises UserMistake, NotPossible."""
    watched, how = standing.watched, words.lower().removeprefix("until ").strip()
    if how in HALVES:
        return _until_half(standing, now)
    until = _charge_after(standing, now) if how == "settlement" else _after(how or "1h", watched, now)
    return attended(replace(watched, state=replace(watched.state, snoozed_until=until, snooze_level=None)), now)


def _until_half(standing: RuleStanding, now: datetime) -> WatchedRule:
    """Half of what was told, or of the value now where nothing was."""
    watched = standing.watched
    value = watched.state.told if watched.state.is_on and watched.state.told is not None else standing.value
    if not value or not _halves_towards_calm(watched.rule.terms, value):
        line = f"{COMMAND} {watched.rule.id}"
        raise NotPossible(
            "There is no value now that could halve.",
            [Suggestion("Snooze 1 h", f"{line} snooze 1h"), Suggestion("Open it", line)],
        )
    state = replace(watched.state, snooze_level=abs(value) / 2, snoozed_until=None)
    return attended(replace(watched, state=state), now)


def _halves_towards_calm(terms: RuleTerms, value: Decimal) -> bool:
    """Whether half of the value is farther from firing: of a basis below 5 % it would be the worse news."""
    if terms.measure is Measure.EXTREMES:
        return True
    return terms.measure in LEVELLED and (value > 0) is terms.is_above


def _charge_after(standing: RuleStanding, now: datetime) -> datetime:
    """When the market of a rule is charged next; of several markets, the next settlement that most have."""
    lines = standing.lines if len(standing.lines) == 1 else ()
    charged = [line.charged_at for line in lines if line.charged_at is not None and line.charged_at > now]
    return charged[0] if charged else next_settlement(now)


def _after(how: str, watched: WatchedRule, now: datetime) -> datetime:
    length = levels.read_length(how)
    if length is None or length > LONGEST_SNOOZE:
        line = f"{COMMAND} {watched.rule.id} snooze"
        raise UserMistake(
            f'Snooze for how long? 1h, 2d, settlement or half, not "{shown(how)}".',
            [Suggestion(f"snooze {each}", f"{line} {each}") for each in ("1h", "settlement", "half")],
        )
    return now + length
