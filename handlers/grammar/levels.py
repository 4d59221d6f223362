"""Rates and lengths of time as alerts write them: 0.05%, 0.05%/1h, 40% apr, 30m, 4h, 7d.

Law: what is written back reads as the same rate. Without a unit of its own nothing is taken for percent.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Context, Decimal

from handlers.grammar.numbers import parse_number

EIGHT_HOURS, YEAR = timedelta(hours=8), timedelta(days=365)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONGEST = timedelta(days=3650)
_DIGITS = Context(prec=15)  # of a rate: what people write has fewer, what dividing by a year leaves behind has more

_LEVEL = re.compile(
    r"(?P<number>[+−-]?[\d.,_]*\d[\d.,_]*)(?P<sign>%|bps?)?(?:/(?P<count>\d{1,4})?(?P<unit>[a-z]+))?", re.IGNORECASE
)
_LENGTH = re.compile(r"(?P<count>\d{1,6})(?P<unit>[a-z]+)", re.IGNORECASE)
_UNITS = {
    timedelta(minutes=1): "m min mins minute minutes",
    timedelta(hours=1): "h hr hrs hour hours",
    timedelta(days=1): "d day days",
    timedelta(weeks=1): "w week weeks",
    YEAR: "y yr year years",
}
_LENGTHS = {word: length for length, words in _UNITS.items() for word in words.split()}
_SHARES = {"%": Decimal("0.01"), "bp": Decimal("0.0001"), "bps": Decimal("0.0001")}
# Of several words one: 0.05 % per 8 h, 40% apr, BTC>0.05%
_PER = re.compile(r"(?<=[\d%])\s*(?:/|\b(?:per|every|each|a|an)\b)\s*(?:(\d+)\s*)?(?=[a-z])", re.IGNORECASE)
_YEARLY = re.compile(r"(?<=[\d%])\s*(?:apr|p\.?a\.?|yearly|annuali[sz]ed)(?=\s|$)", re.IGNORECASE)
_OPERATOR = re.compile(r"\s*(>=|=>|<=|=<|≥|≤|>|<)\s*")


@dataclass(frozen=True, slots=True)
class Level:
    """A rate as it was written: the share of one `unit` (None: none was written). `has_sign`: % or bp stood there."""

    share: Decimal
    unit: timedelta | None
    has_sign: bool

    def per(self, length: timedelta, usual: timedelta) -> Decimal:
        """The rate of `length`; `usual` is the unit where none was written."""
        return scaled(self.share, self.unit or usual, length)


def joined(text: str) -> str:
    """Each rate as one word, and each comparison as one."""
    text = _PER.sub(lambda match: f"/{match[1] or ''}", text)
    return _OPERATOR.sub(r" \1 ", _YEARLY.sub("/year", text))


def read_level(word: str) -> Level | None:
    """None where it is no rate, or its number can be read in two ways."""
    match = _LEVEL.fullmatch(word)
    number = parse_number(match["number"]) if match else None
    if match is None or number is None:
        return None
    unit = None if match["unit"] is None else _length(match["count"] or "1", match["unit"])
    if match["unit"] is not None and (unit is None or unit < HOUR):
        return None
    sign = (match["sign"] or "").lower()
    return Level(_DIGITS.multiply(number, _SHARES.get(sign, Decimal(1))), unit, bool(sign))


def number_of(word: str) -> str | None:
    """The number at the beginning of what looks like a rate."""
    match = _LEVEL.fullmatch(word)
    return match["number"] if match else None


def read_length(word: str) -> timedelta | None:
    """30m, 4h, 7d, 2w; None where it is none, or none that is meant."""
    match = _LENGTH.fullmatch(word)
    length = _length(match["count"], match["unit"]) if match else None
    return length if length is not None and timedelta() < length <= LONGEST else None


def written_length(length: timedelta) -> str:
    """In the largest unit that it is whole in: 90m, 4h, 30d."""
    for unit, letter in ((timedelta(days=1), "d"), (HOUR, "h")):
        if length % unit == timedelta():
            return f"{length // unit}{letter}"
    return f"{length // MINUTE}m"


def written_share(share: Decimal, unit: timedelta, usual: timedelta | None) -> str:
    """The rate of one `unit` as it is typed; the usual unit is left out."""
    percent = f"{share * 100:f}"
    plain = percent.rstrip("0").rstrip(".") if "." in percent else percent
    return f"{plain if share else '0'}%{_per(unit, usual)}"


def scaled(share: Decimal, of: timedelta, to: timedelta) -> Decimal:
    """The rate of the length `to` where that of `of` is given."""
    return share * _seconds(to) / _seconds(of)


def rounded(share: Decimal) -> Decimal:
    """To the digits that people write: undoes what scaling left behind."""
    return _DIGITS.plus(share)


def _per(unit: timedelta, usual: timedelta | None) -> str:
    if unit == usual:
        return ""
    return " apr" if unit == YEAR else f"/{written_length(unit)}"


def _length(count: str, unit: str) -> timedelta | None:
    length = _LENGTHS.get(unit.lower())
    return int(count) * length if length is not None and count else None


def _seconds(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(seconds=1))
