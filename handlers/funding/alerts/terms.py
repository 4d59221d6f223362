"""A request made into the terms of a rule, and terms written back as a line. Pure.

Law: terms written as a line read as the same terms. Unless the line says otherwise a level clears half way back to
zero (`default_clear`), and an alert waits an hour before the next, a flip eight (`default_cooldown`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chatbot.core.alerts.rules import EIGHT_HOURS, LEVELLED, YEAR, Measure, RuleTerms
from chatbot.core.alerts.view import NOISE_PER_EIGHT_HOURS
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.funding import HARDLY_POSSIBLE_SHARE
from handlers import formatting as show
from handlers import grammar
from handlers.funding.alerts.request import ANYWAY, COMMAND, KEYWORDS, AlertRequest
from handlers.grammar import levels
from handlers.grammar.levels import Level

HALF = Decimal("0.5")
CLEAR_OF_ZERO = {Measure.BASIS: Decimal("0.01")}  # how far from a level of zero it clears
CLEAR_OF_ZERO_PER_EIGHT_HOURS = Decimal("0.000025")
LONGEST_COOLDOWN = timedelta(days=30)
WORDS = {
    Measure.RATE: "",
    Measure.SPREAD: "spread",
    Measure.BASIS: "basis",
    Measure.FLIP: "flip",
    Measure.INTERVAL: "interval",
    Measure.EXTREMES: "extremes",
    Measure.TOP: "top",
    Measure.DIGEST: "digest",
}
# Beyond these no level is ever reached: larger rates are taken for errors and never ranked.
MOST = {
    Measure.RATE: HARDLY_POSSIBLE_SHARE,
    Measure.EXTREMES: HARDLY_POSSIBLE_SHARE,
    Measure.SPREAD: 2 * HARDLY_POSSIBLE_SHARE,
    Measure.BASIS: Decimal(10),
}
OF_A_COIN = frozenset({Measure.RATE, Measure.SPREAD, Measure.BASIS, Measure.FLIP, Measure.INTERVAL})
NEVER_NEGATIVE = frozenset({Measure.SPREAD, Measure.EXTREMES})


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: `command` stands before each corrected line, `zone` is the chat's, `follows` where it is a group."""

    command: str
    zone: str
    now: datetime
    follows: bool = False


def unit_of(measure: Measure) -> timedelta:
    """What the level of a rule is a rate of: a year for a basis, else 8 hours."""
    return YEAR if measure is Measure.BASIS else EIGHT_HOURS


def default_clear(measure: Measure, level: Decimal, *, is_above: bool) -> Decimal:
    """Half way back to zero; where the way leads away from zero, half as far again."""
    room = abs(level) * HALF or CLEAR_OF_ZERO.get(measure, CLEAR_OF_ZERO_PER_EIGHT_HOURS)
    return level - room if is_above else level + room


def default_cooldown(measure: Measure) -> timedelta:
    """An hour; a rate that hovers around zero may flip at every settlement."""
    return EIGHT_HOURS if measure is Measure.FLIP else timedelta(hours=1)


def terms_of(request: AlertRequest, asking: Asking) -> RuleTerms:
    """Raises UserMistake, with the corrected line, where no rule could be meant or none could ever fire."""
    measure = request.measure or Measure.RATE
    _require_coin(request, measure, asking)
    terms = RuleTerms(
        measure=measure,
        coin=request.coin,
        exchange=request.exchange,
        is_above=True if request.is_above is None else request.is_above,
        cooldown=request.cooldown or default_cooldown(measure),
        expires_at=_expires_at(request.until, asking.now),
        hour=request.hour,
        zone=asking.zone if measure is Measure.DIGEST else "UTC",
        unit=unit_of(measure),
        follows=asking.follows,
    )
    _require_what_fits(terms, request, asking)
    return _levelled(terms, request, asking) if measure in LEVELLED else terms


def merged(terms: RuleTerms, request: AlertRequest) -> AlertRequest:
    """What `request` changes in a rule of these terms, as a whole request. A new level has its own clear level."""
    measure = request.measure or terms.measure
    if request.level is not None and request.measure is None and measure not in LEVELLED:
        measure = Measure.RATE
    before = request_of(terms)
    if measure is not terms.measure:
        before = AlertRequest(coin=before.coin, exchange=before.exchange, until=before.until)
    elif request.level is not None:
        before = replace(before, clear=None)
    said = {field: getattr(request, field) for field in AlertRequest.__slots__}
    given = {field: value for field, value in said.items() if value is not None}
    return replace(before, **(given | {"measure": measure}))


def request_of(terms: RuleTerms) -> AlertRequest:
    """The request that makes these terms."""
    return AlertRequest(
        measure=terms.measure,
        coin=terms.coin,
        exchange=terms.exchange,
        is_above=terms.is_above if terms.level is not None else None,
        level=_typed(terms, terms.level),
        clear=_typed(terms, terms.clear_level),
        cooldown=terms.cooldown,
        until=terms.expires_at,
        hour=terms.hour,
    )


def words_of(terms: RuleTerms, **changes: Any) -> str:
    """The terms as they are typed behind the command; what is as usual is left out."""
    return " ".join(_words(replace(terms, **changes)))


def line_of(terms: RuleTerms, command: str = COMMAND, **changes: Any) -> str:
    """The whole line."""
    return f"{command} {words_of(terms, **changes)}"


def with_level(terms: RuleTerms, level: Decimal) -> RuleTerms:
    """The same at another level, which clears as usual."""
    return replace(terms, level=level, clear_level=default_clear(terms.measure, level, is_above=terms.is_above))


def _words(terms: RuleTerms) -> Iterator[str]:
    if terms.coin is not None:
        yield grammar.coin_word(terms.coin, KEYWORDS)
    if WORDS[terms.measure]:
        yield WORDS[terms.measure]
    if terms.level is not None:
        yield f"{'>' if terms.is_above else '<'} {_written(terms, terms.level)}"
    if terms.hour is not None:
        yield str(terms.hour)
    if terms.exchange is not None:
        yield terms.exchange
    yield from _options(terms)


def _options(terms: RuleTerms) -> Iterator[str]:
    if terms.level is not None and terms.clear_level is not None and terms.clear_level != _usual_clear(terms):
        yield f"clear={_written(terms, terms.clear_level).replace(' apr', '/year')}"
    if terms.cooldown != default_cooldown(terms.measure):
        yield f"cooldown={levels.written_length(terms.cooldown)}"
    if terms.expires_at is not None:
        yield f"until={terms.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _usual_clear(terms: RuleTerms) -> Decimal:
    assert terms.level is not None
    return default_clear(terms.measure, terms.level, is_above=terms.is_above)


def _written(terms: RuleTerms, level: Decimal) -> str:
    share = levels.rounded(levels.scaled(level, unit_of(terms.measure), terms.unit))
    return levels.written_share(share, terms.unit, None if terms.measure is Measure.BASIS else EIGHT_HOURS)


def _typed(terms: RuleTerms, level: Decimal | None) -> Level | None:
    if level is None:
        return None
    return Level(levels.rounded(levels.scaled(level, unit_of(terms.measure), terms.unit)), terms.unit, has_sign=True)


def _expires_at(until: timedelta | datetime | None, now: datetime) -> datetime | None:
    ends = now + until if isinstance(until, timedelta) else until
    return ends.replace(second=0, microsecond=0) if ends else None


# Levels


def _levelled(terms: RuleTerms, request: AlertRequest, asking: Asking) -> RuleTerms:
    if request.level is None:
        raise _no_level(terms, asking)
    _require_unit(terms, request, request.level, asking)
    usual = unit_of(terms.measure)
    unit = request.level.unit or usual
    level = request.level.per(usual, usual)
    clear = default_clear(terms.measure, level, is_above=terms.is_above)
    if request.clear is not None:
        _require_unit(terms, request, request.clear, asking)
        clear = request.clear.per(usual, unit)
    whole = replace(terms, level=level, clear_level=clear, unit=unit)
    _require_possible(whole, asking)
    if clear >= level if terms.is_above else clear <= level:
        raise _clears_at_once(whole, asking)
    return whole


def _no_level(terms: RuleTerms, asking: Asking) -> UserMistake:
    usual = ("10%", "20%") if terms.measure is Measure.BASIS else ("0.05%", "0.1%")
    words = words_of(terms)
    lines = [f"{asking.command} {words} > {each}{' apr' if terms.measure is Measure.BASIS else ''}" for each in usual]
    return UserMistake("At which level?", [Suggestion(each, each) for each in lines])


def _require_unit(terms: RuleTerms, request: AlertRequest, level: Level, asking: Asking) -> None:
    """A bare number could be percent or a fraction: each reading that could be meant is offered."""
    if level.has_sign or level.share == 0:
        return
    percent, fraction = level.share / 100, level.share
    possible = _possible(terms.measure, level.unit, (percent, fraction))
    per_what = _per_what(level, possible) if terms.measure is not Measure.BASIS else ""
    readings = [_reading(terms, request, level, each, asking) for each in possible]
    raise UserMistake(
        f'"{show.exact(level.share)}" has no unit. It could be {_percent(percent)} or, as a fraction, '
        f"{_percent(fraction)}.{per_what}",
        readings,
    )


def _percent(share: Decimal) -> str:
    return f"{show.exact_grouped(share * 100)} %"


def _possible(measure: Measure, unit: timedelta | None, shares: Sequence[Decimal]) -> list[Level]:
    """Those that can be reached: in the usual unit, and where it leaves fewer than two, a year."""
    usual = unit_of(measure)
    found = [Level(share, unit or usual, has_sign=True) for share in shares]
    found = [each for each in found if abs(each.per(usual, usual)) <= MOST[measure]]
    if unit is None and len(found) < len(shares):
        yearly = [Level(share, YEAR, has_sign=True) for share in shares]
        found += [each for each in yearly if _is_possible(measure, each.per(usual, usual)) and each not in found]
    return found or [Level(shares[0], unit or usual, has_sign=True)]


def _per_what(asked: Level, possible: Sequence[Level]) -> str:
    is_only_yearly = asked.unit is None and all(each.unit == YEAR for each in possible)
    return " Per 8 hours no exchange charges so much; a year it may be." if is_only_yearly else ""


def _reading(terms: RuleTerms, request: AlertRequest, asked: Level, meant: Level, asking: Asking) -> Suggestion:
    """One thing is asked at a time: with the level unclear, its clear level is as usual."""
    if request.level is asked:
        is_clear = request.clear is None or request.clear.has_sign
        read = replace(request, level=meant, clear=request.clear if is_clear else None)
    else:
        read = replace(request, clear=meant)
    return _line(terms_of(read, asking), asking)


def _is_possible(measure: Measure, level: Decimal) -> bool:
    return NOISE_PER_EIGHT_HOURS <= abs(level) <= MOST[measure]


def _require_possible(terms: RuleTerms, asking: Asking) -> None:
    level = terms.level
    assert level is not None
    if terms.measure in NEVER_NEGATIVE and level <= 0:
        sentence = (
            "A spread is never below zero." if terms.measure is Measure.SPREAD else "Extremes are looked for both ways."
        )
        positive = with_level(replace(terms, is_above=True), abs(level) or Decimal("0.0005"))
        raise UserMistake(f"{sentence} The level must be above it.", [_line(positive, asking)])
    if terms.measure is Measure.EXTREMES and not terms.is_above:
        raise UserMistake(
            "Extremes are beyond a level, in either direction.",
            [_line(with_level(replace(terms, is_above=True), level), asking)],
        )
    if abs(level) > MOST[terms.measure]:
        raise _impossible(terms, level, asking)


def _impossible(terms: RuleTerms, level: Decimal, asking: Asking) -> UserMistake:
    per = "a year" if terms.measure is Measure.BASIS else "per 8 h"
    yearly = replace(terms, unit=YEAR)
    smaller = [with_level(terms, levels.rounded(level / 100))]
    if terms.measure is not Measure.BASIS and terms.unit != YEAR:
        share = levels.scaled(level, EIGHT_HOURS, terms.unit)
        smaller.insert(0, with_level(yearly, levels.scaled(share, YEAR, EIGHT_HOURS)))
    fits = [each for each in smaller if each.level and _is_possible(terms.measure, each.level)]
    return UserMistake(
        f"{_written(terms, level)} can never be reached: what is beyond {_percent(MOST[terms.measure])} {per} is taken "
        "for an error and not ranked.",
        [_line(each, asking) for each in fits],
    )


def _clears_at_once(terms: RuleTerms, asking: Asking) -> UserMistake:
    assert terms.level is not None
    side = "below" if terms.is_above else "above"
    usual = with_level(terms, terms.level)
    return UserMistake(
        f"The level at which an alert clears must be {side} the one at which it fires.", [_line(usual, asking)]
    )


def _line(terms: RuleTerms, asking: Asking) -> Suggestion:
    line = line_of(terms, asking.command)
    return Suggestion(line.removeprefix(f"{asking.command} "), line)


# What fits together


def _require_coin(request: AlertRequest, measure: Measure, asking: Asking) -> None:
    if measure not in OF_A_COIN or request.coin is not None:
        return
    coins = [replace(request, coin=coin) for coin in ("BTC", "ETH")]
    raise UserMistake("Of which coin?", [_line(terms_of(each, asking), asking) for each in coins])


def _require_what_fits(terms: RuleTerms, request: AlertRequest, asking: Asking) -> None:
    if terms.measure not in LEVELLED and (request.level or request.clear):
        raise _takes_no_level(terms, request, asking)
    if terms.measure is Measure.SPREAD and terms.exchange is not None:
        wide = replace(request, exchange=None)
        raise UserMistake("A spread is between exchanges, so none is named.", [_line(terms_of(wide, asking), asking)])
    if terms.cooldown > LONGEST_COOLDOWN:
        shorter = replace(request, cooldown=LONGEST_COOLDOWN)
        raise UserMistake("A cooldown is at most 30 days.", [_line(terms_of(shorter, asking), asking)])
    if terms.expires_at is not None and terms.expires_at <= asking.now:
        later = replace(request, until=timedelta(days=30))
        raise UserMistake("That end has passed already.", [_line(terms_of(later, asking), asking)])


def _takes_no_level(terms: RuleTerms, request: AlertRequest, asking: Asking) -> UserMistake:
    word = WORDS[terms.measure]
    bare = replace(request, level=None, clear=None, is_above=None)
    lines = [_line(terms_of(bare, asking), asking)]
    if request.level is not None and request.coin is not None:
        lines.append(_line(terms_of(replace(request, measure=None), asking), asking))
    return UserMistake(f"{word} has no level.", lines)


def anyway(line: str) -> str:
    """The line of one who knows that its level is crossed already."""
    return f"{line} {ANYWAY}"
