"""Time zones as people write them: a name, a city, an offset. Law: a zone that is not sure is offered, never taken."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from rapidfuzz import fuzz, process

from chatbot.core.errors import Suggestion, UserMistake
from handlers.grammar.written import shown

ALIKE = 70  # of 100, by rapidfuzz
MOST_TIPS = 3
FARTHEST_WEST, FARTHEST_EAST = -12, 14  # hours from UTC
USUAL = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Moscow",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])0?(\d{1,2})(?::?00)?", re.IGNORECASE)


def read_zone(words: str, command: str) -> str:
    """The IANA name. UserMistake, with the nearest ones behind `command`, where it is not sure which is meant."""
    name = "_".join(words.split())
    found = _names().get(name.lower()) or _cities().get(name.lower()) or _offset(name.replace("−", "-"))
    if found is None:
        near = _near(name)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        lines = [f"{command} zone {zone}" for zone in near or USUAL[:MOST_TIPS]]
        raise UserMistake(
            f'I don\'t know the time zone "{shown(words)}".{meant}', [Suggestion(line, line) for line in lines]
        )
    return found


def time_there(zone: str, now: datetime) -> str:
    """What the clock shows there: 13:05."""
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}"


def city(zone: str) -> str:
    """New York for America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {zone.lower(): zone for zone in available_timezones()}


@lru_cache(maxsize=1)
def _cities() -> Mapping[str, str]:
    """By the last part of the name, where only one place is meant: not Etc/..., which is about ships."""
    places = [zone for zone in sorted(available_timezones()) if "/" in zone and zone.split("/")[0] in _CONTINENTS]
    return {zone.rpartition("/")[2].lower(): zone for zone in places}


_CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


def _offset(name: str) -> str | None:
    """UTC+2 is Etc/GMT-2: that family counts westwards."""
    match = _OFFSET.fullmatch(name)
    if match is None:
        return None
    hours = int(f"{match[1]}{match[2]}")
    if not FARTHEST_WEST <= hours <= FARTHEST_EAST:
        return None
    return "UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"


def _near(name: str) -> tuple[str, ...]:
    known = {**_names(), **_cities()}
    found = process.extract(name.lower(), list(known), scorer=fuzz.ratio, limit=MOST_TIPS, score_cutoff=ALIKE)
    return tuple(dict.fromkeys(known[match] for match, _, _ in found))
