"""What a rule watches for and where it stands, in plain words, for the screens that its owner asks for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.alerts.rules import EIGHT_HOURS, LEVELLED, YEAR, Measure, RuleTerms
from chatbot.core.alerts.view import Doubt
from chatbot.core.alerts.why import RuleStanding
from chatbot.core.chats import Language
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.funding.alerts.lines import charged_words, level_words, place, value_words
from handlers.funding.alerts.terms import default_cooldown
from handlers.languages import clock

DOUBTS = {
    Doubt.NOT_LISTED: "it is not listed there",
    Doubt.NO_ANSWER: "the exchange does not answer",
    Doubt.INTERVAL_UNKNOWN: "its funding interval is unknown",
    Doubt.SUSPICIOUS: "its rate is suspicious, so it is not ranked",
    Doubt.LITTLE_VOLUME: "too little is traded for it to be ranked",
    Doubt.ONE_EXCHANGE: "a spread needs two exchanges",
    Doubt.NO_DATED: "no dated contract is listed",
}
SUBJECTS = {
    Measure.RATE: "{coin} funding",
    Measure.SPREAD: "{coin} spread between the exchanges",
    Measure.BASIS: "{coin} basis",
    Measure.FLIP: "{coin} funding changes sides",
    Measure.INTERVAL: "{coin} changes its funding interval",
    Measure.EXTREMES: "Funding of {coin} beyond",
    Measure.TOP: "The highest and lowest funding at each settlement",
    Measure.DIGEST: "The highest and lowest funding once a day",
}

# Where no exchange is named: which one counts.
ANYWHERE = {
    Measure.RATE: "on any exchange",
    Measure.BASIS: "on any exchange",
    Measure.INTERVAL: "on any exchange",
    Measure.FLIP: "on the exchange in the middle of all",
}


def subject(terms: RuleTerms) -> str:
    """BTC funding at or above 0.05 % per 8 h on Bybit. HTML."""
    coin = "any coin" if terms.coin is None else show.escape(terms.coin)
    words = [SUBJECTS[terms.measure].format(coin=coin)]
    if terms.level is not None:
        words.append(f"±{level(terms)}" if terms.measure is Measure.EXTREMES else f"{_side(terms)} {level(terms)}")
    if terms.hour is not None:
        words.append(f"at {terms.hour:02}:00 {terms.zone}")
    if terms.measure in (Measure.TOP, Measure.DIGEST) and terms.coin is not None:
        words.append(f"of {coin}")
    if terms.exchange is not None:
        words.append(f"on {show.escape(exchange_name(terms.exchange))}")
    elif terms.measure in ANYWHERE:
        words.append(ANYWHERE[terms.measure])
    return " ".join(words)


def level(terms: RuleTerms) -> str:
    """0.05 % per 8 h · 40 % a year."""
    assert terms.level is not None
    return f"{level_words(terms.level, terms)} {_per(terms.unit)}"


def value(standing: RuleStanding) -> str:
    """The value now and where it is, or why there is none. HTML."""
    terms = standing.watched.rule.terms
    if standing.value is None:
        return f"unknown: {DOUBTS[standing.doubt]}" if standing.doubt else "none yet"
    words = value_words(standing.value, terms, Language.ENGLISH)
    if terms.measure is Measure.SPREAD:
        return f"{words}, {place(standing.lines[0])} over {place(standing.lines[-1])}"
    if terms.measure is Measure.EXTREMES:
        return f"{show.escape(standing.lines[0].coin)} {words} on {place(standing.lines[0])}"
    return f"{words} on {place(standing.lines[0])}"


def has_value(terms: RuleTerms) -> bool:
    """Whether there is one value to say: lists and changed intervals have none."""
    return terms.measure in LEVELLED or terms.measure is Measure.FLIP


def distance(standing: RuleStanding) -> str:
    """How far it is from firing, as a share of the level."""
    if standing.has_expired:
        return "its time is over"
    if standing.snoozed_until is not None or standing.snooze_level is not None:
        return "snoozed"
    if standing.watched.state.is_on and standing.watched.rule.terms.measure is not Measure.EXTREMES:
        return "on"
    if standing.distance_share is None or standing.watched.rule.terms.measure is Measure.FLIP:
        return ""
    return "there" if standing.is_crossed else f"{show.share_as_percent(round_share(standing.distance_share))} away"


def round_share(share: Decimal) -> Decimal:
    """To whole percents, none below one."""
    return max(share.quantize(Decimal("0.01")), Decimal("0.01"))


def conditions(terms: RuleTerms, zone: str, now: datetime) -> Iterator[str]:
    """When it fires again, and until when it lives."""
    if terms.level is not None and terms.clear_level is not None:
        clear = level_words(terms.clear_level, terms)
        side = (
            "back inside ±" if terms.measure is Measure.EXTREMES else f"at or {'below' if terms.is_above else 'above'} "
        )
        yield f"Fires again only after it was {side}{clear}"
    if terms.measure not in (Measure.TOP, Measure.DIGEST):
        mark = "" if terms.cooldown == default_cooldown(terms.measure) else " (your choice)"
        yield f"At most one alert in {_duration(terms.cooldown)}{mark}"
    if terms.expires_at is not None:
        yield f"Ends {clock(terms.expires_at, zone, Language.ENGLISH, now)}"


def _side(terms: RuleTerms) -> str:
    return "at or above" if terms.is_above else "at or below"


def _per(unit: timedelta) -> str:
    return "a year" if unit == YEAR else f"per {show.exact_hours(unit)} h"


def _duration(length: timedelta) -> str:
    return show.duration(length)


def working(standing: RuleStanding) -> str | None:
    """How the value per 8 hours comes from the rate that is charged; None where they are the same."""
    if not standing.lines or standing.watched.rule.terms.measure not in (Measure.RATE, Measure.FLIP):
        return None
    line = standing.lines[0]
    if line.interval is None or line.per_eight_hours is None or line.interval == EIGHT_HOURS:
        return None
    times = show.exact(Decimal(EIGHT_HOURS / line.interval))
    charged = f"{charged_words(line.rate_per_interval, line.interval)} every {show.exact_hours(line.interval)} h"
    return f"{charged} × {times} = {show.rate(line.per_eight_hours)} per 8 h"
