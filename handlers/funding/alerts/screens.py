"""The screens of alerts: one rule, the list, why one is silent, and what to begin with. HTML, in English."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.command import Audience, Button, ChatSettings, Reply
from chatbot.core.alerts.rules import BACK_OFF, LEVELLED, YEAR, Measure, RuleTerms
from chatbot.core.alerts.why import RuleStanding
from chatbot.core.chats import Language, quiet_until
from handlers import formatting as show
from handlers import grammar
from handlers.funding.alerts import words
from handlers.funding.alerts.lines import level_words, market_line, value_words
from handlers.funding.alerts.request import COMMAND, KEYWORDS
from handlers.funding.alerts.terms import OF_A_COIN, default_cooldown, unit_of, with_level, words_of
from handlers.grammar import levels
from handlers.languages import clock

LIST = "/funding alerts"
ON_A_PAGE = 8
NEIGHBOURS = 2  # levels to each side
LEVELS_A_ROW = 3  # more are cut off on a phone
STEPS = tuple(map(Decimal, ("1", "1.5", "2", "3", "5", "7.5")))
LINES_SEEN = 5
LONGEST_LABEL = 32

Rows = tuple[tuple[Button, ...], ...]


def rule_screen(standing: RuleStanding, heading: str, settings: ChatSettings, now: datetime) -> Reply:
    """One rule: what it watches for, the value now, and what is one tap away."""
    terms = standing.watched.rule.terms
    lines = [f"<b>{heading}</b>", words.subject(terms)]
    if words.has_value(terms):
        lines.append(f"Now: {words.value(standing)}")
    lines.extend(_beyond(standing))
    lines.extend(_silence(standing, settings, now))
    lines.extend(words.conditions(terms, settings.zone, now))
    return Reply("\n".join([*lines, *_source(standing, now)]), _rule_buttons(standing), audience=_audience(terms))


def why_screen(standing: RuleStanding, before: RuleStanding, settings: ChatSettings, now: datetime) -> Reply:
    """Everything that decides whether it fires now. `before`: as it stood before this tap counted as attention."""
    lines = [f"<b>{_verdict(standing)}</b>", *_why(standing, before, settings, now), *_source(standing, now)]
    rows = _snooze_row(standing), _last_row(standing.watched.rule.id, "Open", "")
    return Reply("\n".join(lines), tuple(row for row in rows if row), audience=_audience(standing.watched.rule.terms))


def list_screen(standings: Sequence[RuleStanding], page: int, settings: ChatSettings, now: datetime) -> Reply:
    """The rules of a chat, closest to firing first, with edit and delete on each."""
    if not standings:
        return Reply("<b>No alerts yet</b>\n<code>/funding alert BTC &gt; 0.05%</code> makes one.", BEGINNINGS)
    pages = -(-len(standings) // ON_A_PAGE)
    page = min(max(page, 1), pages)
    begun = (page - 1) * ON_A_PAGE
    shown = standings[begun : begun + ON_A_PAGE]
    where = f", page {page} of {pages}" if pages > 1 else ""
    head = f"<b>{'1 alert' if len(standings) == 1 else f'{len(standings)} alerts'}, closest to firing first{where}</b>"
    lines = [line for standing in shown for line in _listed(standing, settings, now)]
    text = "\n".join((head, *lines, *_sources(shown, now)))
    return Reply(text, (*map(_list_row, shown), *_pages(page, pages)), audience=_audience(shown[0].watched.rule.terms))


def menu(coin: str | None) -> Reply:
    """What can be watched for, one tap each."""
    if coin is None:
        return Reply("<b>Watch for what?</b>\nA coin and a level, or one of these.", BEGINNINGS)
    word = grammar.coin_word(coin, KEYWORDS)
    line = f"{COMMAND} {word}"
    rows = (
        tuple(Button(f"{sign} {each}", f"{line} {sign} {each}") for sign, each in ((">", "0.05%"), (">", "0.1%"))),
        (Button("< 0%", f"{line} < 0%"), Button("Changes sides", f"{line} flip")),
        (Button("Spread > 0.03%", f"{line} spread > 0.03%"), Button("Interval", f"{line} interval")),
        (Button("Basis > 10% apr", f"{line} basis > 10% apr"), Button("All alerts", LIST)),
    )
    return Reply(f"<b>Watch {show.escape(coin)} for what?</b>\nRates are per 8 h.", rows)


BEGINNINGS: Rows = (
    (Button("BTC > 0.05%", f"{COMMAND} BTC > 0.05%"), Button("BTC < 0%", f"{COMMAND} BTC < 0%")),
    (Button("Any coin beyond 0.1%", f"{COMMAND} extremes > 0.1%"),),
    (Button("Top 5 at each settlement", f"{COMMAND} top"), Button("Daily at 8:00", f"{COMMAND} digest 8")),
    (Button("Rates now", "/funding"), Button("All alerts", LIST)),
)


def crossed(standing: RuleStanding, line: str, command: str, now: datetime) -> Reply:
    """The level is crossed already, so nothing was changed: on to another level, or to it anyway."""
    terms = standing.watched.rule.terms
    assert terms.level is not None
    assert standing.value is not None
    text = "\n".join(
        (
            f"<b>Crossed already: {words.value(standing)}</b>",
            f"You asked for {words.subject(terms)}. Nothing was changed.",
            "Made anyway, it fires when it has cleared and is crossed again.",
            *_source(standing, now),
        )
    )
    others = tuple(_level_button(each, terms, command) for each in farther(terms, standing.value))
    return Reply(text, (others, (Button("Make it anyway", f"{line} anyway"), Button("All alerts", LIST))))


def deleted(terms: RuleTerms) -> Reply:
    """It is gone; the same line makes it again."""
    line = f"{COMMAND} {words_of(terms)}"
    return Reply(
        f"<b>Deleted</b>\n{words.subject(terms)}",
        ((Button("Make it again", line), Button("All alerts", LIST)),),
        audience=_audience(terms),
    )


# One rule


def _beyond(standing: RuleStanding) -> Iterator[str]:
    """Of EXTREMES those that are beyond now."""
    if standing.watched.rule.terms.measure is not Measure.EXTREMES or not standing.is_crossed:
        return
    yield from (f"• {market_line(line, Language.ENGLISH)}" for line in standing.lines[:LINES_SEEN])
    if len(standing.lines) > LINES_SEEN:
        yield f"+{len(standing.lines) - LINES_SEEN} more"


def _silence(standing: RuleStanding, settings: ChatSettings, now: datetime) -> Iterator[str]:
    terms = standing.watched.rule.terms
    if standing.snoozed_until is not None:
        yield f"Snoozed until {_clock(standing.snoozed_until, settings, now)}"
    if standing.snooze_level is not None:
        yield f"Snoozed until it is back at {level_words(standing.snooze_level, terms)}"
    if standing.due_at is not None:
        yield f"Next: {_clock(standing.due_at, settings, now)}"
    if standing.watched.state.is_on and terms.measure is not Measure.EXTREMES:
        yield "It is on: it fired, or was crossed when it was made, and has not cleared since"


def _rule_buttons(standing: RuleStanding) -> Rows:
    rule = standing.watched.rule
    command = f"{COMMAND} {rule.id}"
    levels = _levels(rule.terms, command)
    rows = (levels[:LEVELS_A_ROW], levels[LEVELS_A_ROW:], _snooze_row(standing), _last_row(rule.id, "Why?", "why"))
    return tuple(row for row in rows if row)


def _last_row(number: int, label: str, verb: str) -> tuple[Button, ...]:
    line = f"{COMMAND} {number}"
    return Button("Delete", f"{line} delete"), Button(label, f"{line} {verb}".rstrip()), Button("All alerts", LIST)


def _snooze_row(standing: RuleStanding) -> tuple[Button, ...]:
    rule = standing.watched.rule
    line = f"{COMMAND} {rule.id}"
    if standing.snoozed_until is not None or standing.snooze_level is not None:
        return (Button("Wake", f"{line} wake"),)
    half = (Button("Until it halves", f"{line} snooze half"),) if rule.terms.measure in LEVELLED else ()
    return (
        Button("Snooze 1 h", f"{line} snooze 1h"),
        Button("To next settlement", f"{line} snooze settlement"),
        *half,
    )


def _levels(terms: RuleTerms, command: str) -> tuple[Button, ...]:
    """The neighbouring levels, or hours; the one chosen is marked."""
    if terms.hour is not None:
        hours = [(terms.hour + step) % 24 for step in (-1, 0, 1)]
        return tuple(
            Button(f"{'• ' if hour == terms.hour else ''}{hour}:00", f"{command} digest {hour}") for hour in hours
        )
    return tuple(_level_button(each, terms, command) for each in neighbours(terms)) if terms.level is not None else ()


def _level_button(each: RuleTerms, chosen: RuleTerms, command: str) -> Button:
    assert each.level is not None
    bare = words_of(each, coin=None, exchange=None, cooldown=default_cooldown(each.measure), expires_at=None)
    mark = "• " if each.level == chosen.level else ""
    sign = ("> " if each.is_above else "< ") if each.measure is not Measure.EXTREMES else ""
    yearly = " a year" if each.unit == YEAR else ""
    line = f"{command} {bare if command != COMMAND else words_of(each)}"
    return Button(f"{mark}{sign}{level_words(each.level, each)}{yearly}", line)


def neighbours(terms: RuleTerms) -> tuple[RuleTerms, ...]:
    """The same rule at the round levels around its own, in its owner's unit."""
    assert terms.level is not None
    share = levels.rounded(levels.scaled(terms.level, unit_of(terms.measure), terms.unit))
    if share == 0:
        around = [_one(terms), Decimal(0), -_one(terms)]
    else:
        below, above = _round_shares_around(abs(share))
        around = [each.copy_sign(share) for each in (*below[-NEIGHBOURS:], abs(share), *above[:NEIGHBOURS])]
    return tuple(_at_share(terms, each) for each in sorted(around))


def farther(terms: RuleTerms, value: Decimal) -> tuple[RuleTerms, ...]:
    """The same rule at round levels that the value has not reached, in its owner's unit."""
    share = levels.scaled(value, unit_of(terms.measure), terms.unit)
    outwards = (share > 0) is terms.is_above or terms.measure is Measure.EXTREMES
    below, above = _round_shares_around(abs(share) or _one(terms))
    chosen = above[:NEIGHBOURS] if outwards else below[::-1][:NEIGHBOURS]
    return tuple(_at_share(terms, each.copy_sign(share)) for each in chosen)


def _at_share(terms: RuleTerms, share: Decimal) -> RuleTerms:
    if terms.level is not None and share == levels.rounded(
        levels.scaled(terms.level, unit_of(terms.measure), terms.unit)
    ):
        return terms
    return with_level(terms, levels.scaled(share, terms.unit, unit_of(terms.measure)))


def _one(terms: RuleTerms) -> Decimal:
    """A small level of that unit."""
    return Decimal("0.01") if terms.unit == YEAR else Decimal("0.0001")


def _round_shares_around(share: Decimal) -> tuple[list[Decimal], list[Decimal]]:
    """Round figures below and above, rising."""
    power = share.adjusted()
    figures = sorted(step.scaleb(power + shift) for shift in (-1, 0, 1) for step in STEPS)
    return [each for each in figures if each < share], [each for each in figures if each > share]


# Why


def _verdict(standing: RuleStanding) -> str:
    number, terms = standing.watched.rule.id, standing.watched.rule.terms
    if standing.is_silent and terms.measure is not Measure.EXTREMES:
        return f"Alert {number} is silent now"
    if standing.is_crossed and terms.measure in OF_A_COIN:
        return f"Alert {number} fires at the next look"
    if standing.due_at is not None:
        return f"Alert {number} waits for its time"
    if terms.measure is Measure.EXTREMES:
        return f"Alert {number} waits for a coin that was not beyond before"
    return f"Alert {number} is awake, and nothing has happened that it tells"


def _why(standing: RuleStanding, before: RuleStanding, settings: ChatSettings, now: datetime) -> Iterator[str]:
    terms, state = standing.watched.rule.terms, standing.watched.state
    yield words.subject(terms)
    if words.has_value(terms):
        yield f"Value now: {words.value(standing)}"
    if (shown := words.working(standing)) is not None:
        yield shown
    yield from _levels_in_words(terms)
    if state.told is not None and words.has_value(terms):
        yield f"Last told: {value_words(state.told, terms, Language.ENGLISH)}"
    yield f"Last alert: {'none yet' if state.fired_at is None else _clock(state.fired_at, settings, now)}"
    yield from _silence(standing, settings, now)
    if standing.due_at is None:
        yield f"Cooldown left: {_left(standing.cooldown_left)} (of {show.duration(terms.cooldown)})"
    yield _back_off(before)
    yield _quiet(settings, now)


def _levels_in_words(terms: RuleTerms) -> Iterator[str]:
    if terms.level is None or terms.clear_level is None:
        return
    per = f"{words.level(terms)}; clears at {level_words(terms.clear_level, terms)}"
    yield f"Level: {per}"


def _left(length: timedelta) -> str:
    return show.duration(length) if length else "none"


def _back_off(before: RuleStanding) -> str:
    """Nobody tapped: said with what it waited for; the tap that asks ended it."""
    count = before.watched.state.unattended
    if not before.back_off_left:
        waits = ", ".join(show.duration(wait) for wait in BACK_OFF)
        return f"Back-off: none. After alerts that nobody taps for days the next waits {waits}"
    return f"Back-off: {count} alerts untapped, {show.duration(before.back_off_left)} were left; your tap ended that"


def _quiet(settings: ChatSettings, now: datetime) -> str:
    if settings.quiet is None:
        return "Quiet hours: none"
    hours = f"{settings.quiet.from_hour}:00–{settings.quiet.to_hour}:00 {settings.zone}"
    until = quiet_until(settings, now)
    return f"Quiet hours: {hours}, {'not now' if until is None else f'now, until {_clock(until, settings, now)}'}"


# The list


def _listed(standing: RuleStanding, settings: ChatSettings, now: datetime) -> Iterator[str]:
    terms = standing.watched.rule.terms
    state = words.distance(standing)
    yield f"{standing.watched.rule.id}. {show.escape(words_of(terms))}{f' · <b>{state}</b>' if state else ''}"
    if words.has_value(terms):
        yield f"    now {words.value(standing)}"
    elif standing.due_at is not None:
        yield f"    next {_clock(standing.due_at, settings, now)}"


def _list_row(standing: RuleStanding) -> tuple[Button, ...]:
    line = f"{COMMAND} {standing.watched.rule.id}"
    label = words_of(standing.watched.rule.terms)
    return Button(f"Edit {label}"[:LONGEST_LABEL], line), Button("Delete", f"{line} delete")


def _pages(page: int, pages: int) -> Rows:
    others = [
        Button(label, f"{LIST} {number}")
        for label, number in (("‹ Closer", page - 1), ("Farther ›", page + 1))
        if 1 <= number <= pages
    ]
    return (tuple(others),) if others else ()


def _sources(standings: Sequence[RuleStanding], now: datetime) -> Iterator[str]:
    times = [standing.as_of for standing in standings if standing.as_of is not None]
    names = list(dict.fromkeys(name for each in standings for name in each.source.split(", ") if each.source))
    if times:
        yield show.source_line(", ".join(names[:3]), None, now - min(times))


def _source(standing: RuleStanding, now: datetime) -> Iterator[str]:
    if standing.as_of is not None:
        yield show.source_line(standing.source, None, now - standing.as_of)


def _clock(at: datetime, settings: ChatSettings, now: datetime) -> str:
    return clock(at, settings.zone, Language.ENGLISH, now)


def _audience(terms: RuleTerms) -> Audience:
    """The rules of a group are everybody's there."""
    return Audience.ANYONE if terms.follows else Audience.ASKER
