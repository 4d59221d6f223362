"""What is told without a question, in the chat's language and zone. Figures are written alike in all of them.

Law: every language has every phrase, with the same placeholders.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from babel.units import format_unit

from chatbot.core.chats import Language
from handlers.formatting import counted, exact_hours
from handlers.languages import english, german, russian, spanish
from handlers.languages.phrases import Phrase as Phrase

TABLES: Mapping[Language, Mapping[Phrase, str]] = {
    Language.ENGLISH: english.TABLE,
    Language.GERMAN: german.TABLE,
    Language.SPANISH: spanish.TABLE,
    Language.RUSSIAN: russian.TABLE,
}
NAMES = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.SPANISH: "Español",
    Language.RUSSIAN: "Русский",
}


SECOND = timedelta(seconds=1)


def say(language: Language, phrase: Phrase, **values: object) -> str:
    """The phrase with its placeholders filled; KeyError where one is missing."""
    return TABLES[language][phrase].format(**values)


def duration(length: timedelta, language: Language) -> str:
    """In words: 2 days, 2 Tage, 2 дня."""
    count, unit = counted(length)
    return format_unit(count, f"duration-{unit}", length="long", locale=language.value)


def ago(age: timedelta, language: Language) -> str:
    """8 seconds ago, vor 8 Sekunden."""
    return format_timedelta(
        -max(age, SECOND), granularity="second", threshold=2, add_direction=True, locale=language.value
    )


def interval(length: timedelta, language: Language) -> str:
    """8 h."""
    return say(language, Phrase.HOURS, hours=exact_hours(length))


def clock(at: datetime, zone: str, language: Language, now: datetime) -> str:
    """On the clock of `zone`, with its name: 16:00 CET; on another day than `now` with the day."""
    here = at.astimezone(ZoneInfo(zone))
    is_today = here.date() == now.astimezone(ZoneInfo(zone)).date()
    shown = format_datetime(here, "HH:mm" if is_today else "d MMM HH:mm", locale=language.value)
    return f"{shown} {here:%Z}"


def day(at: datetime, zone: str, language: Language) -> str:
    """26 Dec 2026."""
    return format_datetime(at.astimezone(ZoneInfo(zone)), "d MMM y", locale=language.value)
