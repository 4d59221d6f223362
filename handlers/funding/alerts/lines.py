"""Single rates and levels in words, in the reader's language: what alerts and digests are made of."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from chatbot.core.alerts.rules import EIGHT_HOURS, YEAR, RateLine, RuleTerms
from chatbot.core.chats import Language
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.funding.alerts.terms import unit_of
from handlers.grammar import levels
from handlers.languages import Phrase, interval, say

FOUR_HOURS = timedelta(hours=4)
ROOM = 3900  # characters of a message with its markup; Telegram counts 4,096 without it


def value_words(value: Decimal, terms: RuleTerms, language: Language) -> str:
    """A value in the unit in which its owner wrote the level."""
    return rate_words(levels.scaled(value, unit_of(terms.measure), terms.unit), terms.unit, language)


def level_words(level: Decimal, terms: RuleTerms) -> str:
    """A level in its owner's unit, without it: it stands beside a value."""
    share = levels.rounded(levels.scaled(level, unit_of(terms.measure), terms.unit))
    return f"{show.number(share * 100)} %"


def rate_words(share: Decimal, unit: timedelta, language: Language) -> str:
    """+0.0812 % per 8 h · +40.3 % a year."""
    if unit == YEAR:
        return say(language, Phrase.PER_YEAR, value=show.signed_percent(share))
    value = charged_words(share, unit)
    return say(language, Phrase.PER_INTERVAL, value=value, interval=interval(unit, language))


def charged_words(share: Decimal, unit: timedelta) -> str:
    """With a digit more where it is of an hour or two: 0.00125 % is a usual one."""
    return show.signed_percent(share, digits=5) if unit < FOUR_HOURS else show.rate(share)


def eight_hourly(line: RateLine, language: Language) -> str:
    """A market's rate per 8 hours, or that of its unknown interval."""
    if line.per_eight_hours is None:
        return f"{show.rate(line.rate_per_interval)}, {say(language, Phrase.INTERVAL_UNKNOWN)}"
    return rate_words(line.per_eight_hours, EIGHT_HOURS, language)


def market_line(line: RateLine, language: Language) -> str:
    """BTC +0.1234 % · Bybit, every 4 h. HTML; the rate is per 8 hours, which stands elsewhere."""
    rate = line.rate_per_interval if line.per_eight_hours is None else line.per_eight_hours
    return f"{show.escape(line.coin)} {show.rate(rate)} · {place(line)}{_how_often(line, language)}"


def flip_line(line: RateLine, language: Language) -> str:
    """SOL −0.0100 % → +0.0200 % · Binance."""
    before, now = line.before_per_eight_hours, line.per_eight_hours
    if before is None or now is None:
        return market_line(line, language)
    return f"{show.escape(line.coin)} {show.rate(before)} → {show.rate(now)} · {place(line)}"


def interval_line(line: RateLine, language: Language) -> str:
    """ABC 8 h → 4 h · Gate."""
    words = [interval(each, language) for each in (line.before_interval, line.interval) if each is not None]
    return f"{show.escape(line.coin)} {' → '.join(words)} · {place(line)}"


def place(line: RateLine) -> str:
    """The exchange, as HTML."""
    return show.escape(exchange_name(line.exchange))


def fitted(lines: Iterable[str], room: int, language: Language) -> Iterator[str]:
    """As many lines as fit into so many characters; how many do not is said."""
    every = list(lines)
    left = room
    for number, line in enumerate(every):
        left -= len(line) + 1
        if left < 0:
            yield say(language, Phrase.MORE, count=len(every) - number)
            return
        yield line


def _how_often(line: RateLine, language: Language) -> str:
    if line.interval == EIGHT_HOURS:
        return ""
    if line.interval is None:
        return f", {say(language, Phrase.INTERVAL_UNKNOWN)}"
    return f", {say(language, Phrase.EVERY, interval=interval(line.interval, language))}"
