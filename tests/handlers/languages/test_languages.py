"""Every language says everything, with the same figures in it."""

from datetime import timedelta
from string import Formatter

import pytest

from chatbot.core.chats import Language
from handlers import languages
from handlers.languages import TABLES, Phrase
from tests.samples import NOW

LONGEST_LABEL = 20  # of a button, three of which share a row
BUTTONS = tuple(phrase for phrase in Phrase if phrase.name.startswith(("SNOOZE", "EDIT", "DELETE", "WHY")))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", Language)
def test_every_language_has_every_phrase_with_the_same_placeholders(language: Language) -> None:
    table, english = TABLES[language], TABLES[Language.ENGLISH]
    assert set(table) == set(Phrase)
    assert {phrase: placeholders(table[phrase]) for phrase in Phrase} == {
        phrase: placeholders(english[phrase]) for phrase in Phrase
    }


@pytest.mark.parametrize("language", Language)
def test_no_phrase_is_empty_or_has_markup_of_its_own(language: Language) -> None:
    assert all(text.strip() and not set("<>&") & set(text) for text in TABLES[language].values())


@pytest.mark.parametrize("language", Language)
def test_labels_fit_three_in_a_row(language: Language) -> None:
    assert all(len(TABLES[language][phrase]) <= LONGEST_LABEL for phrase in BUTTONS)


@pytest.mark.parametrize(
    ("language", "waits", "passed"),
    [
        (Language.ENGLISH, "2 days", "8 seconds ago"),
        (Language.GERMAN, "2 Tage", "vor 8 Sekunden"),
        (Language.SPANISH, "2 días", "hace 8 segundos"),
        (Language.RUSSIAN, "2 дня", "8 секунд назад"),
    ],
)
def test_lengths_of_time_are_declined(language: Language, waits: str, passed: str) -> None:
    assert languages.duration(timedelta(days=2), language) == waits
    assert languages.ago(timedelta(seconds=8), language) == passed


def test_times_are_on_the_clock_of_the_zone_with_the_day_where_it_is_another() -> None:
    # NOW is 12:00 UTC on 20 November 2026; in Tokyo it is 21:00
    assert languages.clock(NOW, "Europe/Berlin", Language.ENGLISH, NOW) == "13:00 CET"
    assert languages.clock(NOW + timedelta(hours=4), "Asia/Tokyo", Language.ENGLISH, NOW) == "21 Nov 01:00 JST"
    assert languages.clock(NOW - timedelta(days=1), "UTC", Language.GERMAN, NOW) == "19 Nov. 12:00 UTC"
    assert languages.day(NOW, "UTC", Language.SPANISH) == "20 nov 2026"


def test_intervals_are_written_as_each_language_does() -> None:
    assert [languages.interval(timedelta(hours=8), each) for each in Language] == ["8 h", "8 h", "8 h", "8 ч"]
