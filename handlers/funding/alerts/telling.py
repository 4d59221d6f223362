"""What a private chat is told when its rules fire: what, against which level, what it means, and what can be done.

Law: everything that waits for a chat is one message; what came late or may have been seen is one line of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.command import Audience, Button, ChatSettings, Parcel, Reply, Services
from chatbot.core.alerts.parcels import Standing
from chatbot.core.alerts.rules import EIGHT_HOURS, LEVELLED, SCHEDULED, AlertFact, Measure, RateLine
from chatbot.core.chats import Language
from handlers import formatting as show
from handlers.funding.alerts.holdings import effects
from handlers.funding.alerts.lines import (
    ROOM,
    eight_hourly,
    fitted,
    flip_line,
    interval_line,
    level_words,
    market_line,
    place,
    value_words,
)
from handlers.funding.alerts.request import COMMAND
from handlers.funding.alerts.terms import words_of
from handlers.languages import Phrase, ago, clock, day, duration, interval, say

EXAMPLE_QUOTE = Decimal(10_000)
EIGHT_HOURS_A_DAY = timedelta(days=1) / EIGHT_HOURS
COINS_NAMED = 3
LINES_EACH = 10  # of a list, where it is the only one told
RULES_AS_BUTTONS = 6
LONGEST_LABEL = 40
HEADLINES = {
    (Measure.RATE, True): Phrase.RATE_ABOVE,
    (Measure.RATE, False): Phrase.RATE_BELOW,
    (Measure.SPREAD, True): Phrase.SPREAD_ABOVE,
    (Measure.SPREAD, False): Phrase.SPREAD_BELOW,
    (Measure.BASIS, True): Phrase.BASIS_ABOVE,
    (Measure.BASIS, False): Phrase.BASIS_BELOW,
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and when."""

    settings: ChatSettings
    now: datetime

    @property
    def language(self) -> Language:
        return self.settings.language

    def say(self, phrase: Phrase, **values: object) -> str:
        return say(self.language, phrase, **values)

    def clock(self, at: datetime) -> str:
        return clock(at, self.settings.zone, self.language, self.now)


async def tell_alerts(chat_id: int, parcels: tuple[Parcel, ...], services: Services) -> Reply:
    """Everything that waits for one private chat, as one message in its language and zone."""
    reader = _Reader(await services.settings.load(chat_id), services.now())
    fresh = [parcel.fact for parcel in parcels if parcel.standing is Standing.FRESH]
    hedges = await effects(fresh, chat_id, reader.language, services)
    if len(parcels) == 1:
        text = "\n".join(_single(parcels[0], hedges, reader))
    else:
        text = "\n".join(fitted(_several(parcels, hedges, reader), ROOM, reader.language))
    return Reply(text, _buttons(parcels, reader), audience=Audience.ASKER)


def _single(parcel: Parcel, hedges: Sequence[str], reader: _Reader) -> Iterator[str]:
    fact = parcel.fact
    yield f"<b>{_standing(parcel, reader)}</b>"
    yield from _meaning(fact, reader)
    yield from _lists(fact, LINES_EACH, reader)
    yield from hedges
    yield reader.say(Phrase.RULE, number=fact.rule.id, line=f"<code>{show.escape(words_of(fact.rule.terms))}</code>")
    if fact.backed_off is not None:
        yield reader.say(Phrase.BACKED_OFF, wait=duration(fact.backed_off, reader.language))
    yield _source(fact, reader)


def _several(parcels: Sequence[Parcel], hedges: Sequence[str], reader: _Reader) -> Iterator[str]:
    """The fresh ones with what they mean, then a line for each of the others."""
    yield f"<b>{reader.say(Phrase.SEVERAL, count=len(parcels))}</b>"
    for parcel in sorted(parcels, key=lambda parcel: parcel.standing is not Standing.FRESH):
        if parcel.standing is not Standing.FRESH:
            yield _standing(parcel, reader)
            continue
        yield f"<b>{_standing(parcel, reader)}</b>"
        yield from _meaning(parcel.fact, reader)
        if parcel.fact.backed_off is not None:
            yield reader.say(Phrase.BACKED_OFF, wait=duration(parcel.fact.backed_off, reader.language))
        yield _source(parcel.fact, reader)
    yield from hedges


def _standing(parcel: Parcel, reader: _Reader) -> str:
    headline = _headline(parcel.fact, reader)
    if parcel.standing is Standing.FRESH:
        return headline
    phrase = Phrase.LATE if parcel.standing is Standing.LATE else Phrase.PERHAPS_SEEN
    return reader.say(phrase, time=reader.clock(parcel.fact.happened_at), headline=headline)


# Headlines


def _headline(fact: AlertFact, reader: _Reader) -> str:
    match fact.rule.terms.measure:
        case Measure.RATE | Measure.SPREAD | Measure.BASIS:
            return _crossed(fact, reader)
        case Measure.FLIP:
            return _flipped(fact, fact.lines[0], reader)
        case Measure.INTERVAL:
            return _charged_otherwise(fact.lines[0], reader)
        case Measure.EXTREMES:
            return _beyond(fact, reader)
        case _:
            return reader.say(Phrase.LIST)


def _crossed(fact: AlertFact, reader: _Reader) -> str:
    terms, lines = fact.rule.terms, fact.lines
    assert fact.value is not None
    assert terms.level is not None
    return reader.say(
        HEADLINES[terms.measure, terms.is_above],
        coin=show.escape(terms.coin or ""),
        value=value_words(fact.value, terms, reader.language),
        exchange=place(lines[0]),
        high=place(lines[0]),
        low=place(lines[-1]),
        date="" if fact.expires_on is None else day(fact.expires_on, reader.settings.zone, reader.language),
        level=level_words(terms.level, terms),
    )


def _flipped(fact: AlertFact, line: RateLine, reader: _Reader) -> str:
    now = {"coin": show.escape(line.coin), "value": eight_hourly(line, reader.language), "exchange": place(line)}
    if line.before_per_eight_hours is None or fact.value is None or line.before_per_eight_hours * fact.value >= 0:
        return reader.say(Phrase.FLIPPED, **now)
    return reader.say(Phrase.FLIPPED_FROM, **now, before=show.rate(line.before_per_eight_hours))


def _charged_otherwise(line: RateLine, reader: _Reader) -> str:
    assert line.interval is not None
    now = {
        "coin": show.escape(line.coin),
        "exchange": place(line),
        "interval": interval(line.interval, reader.language),
    }
    if line.before_interval is None:
        return reader.say(Phrase.INTERVAL_NEW, **now)
    return reader.say(Phrase.INTERVAL_FROM, **now, before=interval(line.before_interval, reader.language))


def _beyond(fact: AlertFact, reader: _Reader) -> str:
    terms = fact.rule.terms
    assert terms.level is not None
    coins = list(dict.fromkeys(show.escape(line.coin) for line in fact.lines))
    named = ", ".join(coins[:COINS_NAMED])
    if len(coins) > COINS_NAMED:
        named = reader.say(Phrase.AND_MORE, coins=named, count=len(coins) - COINS_NAMED)
    return reader.say(Phrase.BEYOND, level=level_words(terms.level, terms), coins=named)


# What it means


def _meaning(fact: AlertFact, reader: _Reader) -> Iterator[str]:
    match fact.rule.terms.measure:
        case Measure.RATE | Measure.FLIP | Measure.INTERVAL:
            yield from _who_pays(fact.lines[0], reader)
            if fact.rule.terms.measure is Measure.INTERVAL:
                yield from (_charged_otherwise(line, reader) for line in fact.lines[1:COINS_NAMED])
        case Measure.SPREAD if fact.value is not None:
            high, low = fact.lines[0], fact.lines[-1]
            yield reader.say(Phrase.SPREAD_EARNS, high=place(high), low=place(low), amount=_a_day(fact.value))
        case Measure.BASIS if fact.value is not None:
            yield reader.say(Phrase.PREMIUM if fact.value >= 0 else Phrase.DISCOUNT)
        case _:
            yield reader.say(Phrase.LEGEND)


def _who_pays(line: RateLine, reader: _Reader) -> Iterator[str]:
    rate = line.per_eight_hours
    if rate:
        yield reader.say(Phrase.LONGS_PAY if rate > 0 else Phrase.SHORTS_PAY, amount=_a_day(abs(rate)))
    if line.charged_at is not None and line.charged_at > reader.now and line.interval is not None:
        often = reader.say(Phrase.EVERY, interval=interval(line.interval, reader.language))
        yield f"{reader.say(Phrase.NEXT_CHARGE, time=reader.clock(line.charged_at))}, {often}"


def _a_day(per_eight_hours: Decimal) -> str:
    return show.money(per_eight_hours * Decimal(EIGHT_HOURS_A_DAY) * EXAMPLE_QUOTE)


def _lists(fact: AlertFact, most: int, reader: _Reader) -> Iterator[str]:
    """The markets of a list, and what changed since the last settlement."""
    language = reader.language
    if fact.rule.terms.measure in {Measure.EXTREMES, *SCHEDULED}:
        yield from (market_line(line, language) for line in fact.lines[:most])
        if len(fact.lines) > most:
            yield reader.say(Phrase.MORE, count=len(fact.lines) - most)
    if fact.flips:
        yield f"<b>{reader.say(Phrase.FLIPS_HEAD)}</b>"
        yield from (flip_line(line, language) for line in fact.flips[:most])
    if fact.interval_changes:
        yield f"<b>{reader.say(Phrase.INTERVALS_HEAD)}</b>"
        yield from (interval_line(line, language) for line in fact.interval_changes[:most])


def _source(fact: AlertFact, reader: _Reader) -> str:
    age = ago(reader.now - fact.as_of, reader.language)
    return (
        "<i>" + " · ".join(word for word in (show.escape(fact.source), reader.clock(fact.as_of), age) if word) + "</i>"
    )


# Buttons


def _buttons(parcels: Sequence[Parcel], reader: _Reader) -> tuple[tuple[Button, ...], ...]:
    rules = {parcel.fact.rule.id: parcel.fact.rule for parcel in parcels}
    if len(rules) == 1:
        (rule,) = rules.values()
        return _of_one(f"{COMMAND} {rule.id}", rule.terms.measure, reader)
    rows = [
        (Button(words_of(rule.terms)[:LONGEST_LABEL], f"{COMMAND} {rule.id}"),)
        for rule in list(rules.values())[:RULES_AS_BUTTONS]
    ]
    return (*rows, (Button(reader.say(Phrase.ALL_ALERTS), f"{COMMAND}s"),))


def _of_one(line: str, measure: Measure, reader: _Reader) -> tuple[tuple[Button, ...], ...]:
    half = (Button(reader.say(Phrase.SNOOZE_HALF), f"{line} snooze half"),) if measure in LEVELLED else ()
    return (
        (
            Button(reader.say(Phrase.SNOOZE_HOUR), f"{line} snooze 1h"),
            Button(reader.say(Phrase.SNOOZE_SETTLEMENT), f"{line} snooze settlement"),
            *half,
        ),
        (
            Button(reader.say(Phrase.EDIT), line),
            Button(reader.say(Phrase.DELETE), f"{line} delete"),
            Button(reader.say(Phrase.WHY), f"{line} why"),
        ),
    )
