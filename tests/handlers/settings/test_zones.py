"""Time zones as people write them."""

from zoneinfo import available_timezones

import pytest

from chatbot.core.errors import UserMistake
from handlers.settings.zones import USUAL, city, read_zone, time_there
from tests.samples import NOW


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        ("CET", "CET"),
        ("UTC+2", "Etc/GMT-2"),  # that family counts westwards
        ("utc-05:00", "Etc/GMT+5"),
        ("+3", "Etc/GMT-3"),
        ("GMT+0", "GMT+0"),
    ],
)
def test_a_name_a_city_or_an_offset_is_a_zone(written: str, zone: str) -> None:
    assert read_zone(written, "/settings") == zone


@pytest.mark.parametrize("written", ["Moskow", "Europe/Berln", "Sidney"])
def test_a_misspelt_one_is_offered_never_taken(written: str) -> None:
    with pytest.raises(UserMistake) as caught:
        read_zone(written, "/settings chat=-5")
    assert all(tip.command.startswith("/settings chat=-5 zone ") for tip in caught.value.suggestions)
    assert caught.value.suggestions[0].command.split()[-1] in {"Europe/Moscow", "Europe/Berlin", "Australia/Sydney"}


@pytest.mark.parametrize("written", ["", "UTC+30", "\u202e<b>", "zzzz" * 50])
def test_nonsense_leads_to_the_usual_ones(written: str) -> None:
    with pytest.raises(UserMistake) as caught:
        read_zone(written, "/settings")
    assert caught.value.suggestions


def test_the_usual_ones_exist_and_are_shown_by_their_city_and_clock() -> None:
    assert set(USUAL) <= available_timezones()
    assert (city("America/New_York"), time_there("America/New_York", NOW)) == ("New York", "07:00")
