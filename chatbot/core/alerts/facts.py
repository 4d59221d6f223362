"""What there is to tell of the rules that turned, from the exact figures.

Law: a fact is about markets that were seen, and the state that it belongs to is stored with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from chatbot.core.alerts.columns import RuleColumns, subject_of
from chatbot.core.alerts.evaluate import TURNS, Evaluation, back_off_of
from chatbot.core.alerts.extremes import FLIP, NEW_INTERVAL, events_in, is_about, most_extreme_by_coin
from chatbot.core.alerts.rules import SCHEDULED, AlertFact, Measure, RateLine, Rule, RuleTerms, Turn
from chatbot.core.alerts.view import FIGURES, Dated, Figure, Market, MarketView, Stand, value_of

LISTED_EACH_WAY = 5  # highest, and lowest, of a scheduled list
MOST_LINES = 15  # of the extremes that are told at once
MOST_SOURCES = 3

Seen = tuple[Market | Dated, ...]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What rules that ask for the same see: the value in the unit of their level, its markets, and the events."""

    value: Decimal | None
    seen: Seen
    flips: tuple[RateLine, ...]
    interval_changes: tuple[RateLine, ...]


def facts_of(
    evaluation: Evaluation, columns: RuleColumns, rules: Mapping[int, Rule], view: MarketView, now: datetime
) -> tuple[AlertFact, ...]:
    """A fact for each row that turned. `rules`: exactly, by id; those that are gone or changed are left out."""
    see = _remembered_sight(view)
    found = []
    for row, turn in zip(evaluation.turned.tolist(), evaluation.turns.tolist(), strict=True):
        rule = rules.get(int(columns.id[row]))
        if rule is not None and rule.revision == columns.revision[row]:
            sight = see(rule.terms, evaluation.states.members.get(row, ()))
            found.append(_fact(evaluation, row, rule, TURNS[turn], sight, now))
    return tuple(found)


def seen_by(terms: RuleTerms, view: MarketView, members: tuple[str, ...] = ()) -> Seen:
    """The markets that a rule's value comes from, as in the lines of a fact; none where it sees nothing.

    `members`: of EXTREMES, those it counts; the most extreme of each coin are seen.
    """
    if terms.measure is Measure.EXTREMES:
        markets = [view.markets[name] for name in members if name in view.markets]
        return most_extreme_by_coin([market for market in markets if market.doubt is None])[:MOST_LINES]
    if terms.measure in SCHEDULED:
        return _highest_and_lowest(terms, view)
    return _seen_in(view.stands.get(subject_of(terms), Stand()), terms)


def value_seen(terms: RuleTerms, view: MarketView, seen: Seen) -> Decimal | None:
    """The value in the unit of the rule's level (FLIP: per 8 hours); None where it is unknown or there is none."""
    if terms.measure is Measure.EXTREMES:
        return seen[0].line.per_eight_hours if seen else None
    figure = FIGURES.get((terms.measure, terms.is_above), Figure.NONE)
    return value_of(view.stands.get(subject_of(terms), Stand()), figure)


def source_of(seen: Seen) -> str:
    """Where the values come from, each source once."""
    sources = list(dict.fromkeys(each.source for each in seen))
    more = f" +{len(sources) - MOST_SOURCES}" if len(sources) > MOST_SOURCES else ""
    return ", ".join(sources[:MOST_SOURCES]) + more


def _remembered_sight(view: MarketView) -> Callable[[RuleTerms, tuple[str, ...]], _Sight]:
    """Rules that ask for the same are looked up once: a settlement's list is that of many chats."""

    @cache
    def sight(terms: RuleTerms, members: tuple[str, ...]) -> _Sight:
        seen = seen_by(terms, view, members)
        has_events = terms.measure is Measure.EXTREMES or terms.measure in SCHEDULED
        events = events_in(view, subject_of(terms), members) if has_events else {}
        return _Sight(
            value_seen(terms, view, seen), seen, _lines(events.get(FLIP, ())), _lines(events.get(NEW_INTERVAL, ()))
        )

    return lambda terms, members: sight(_asked(terms), members)


def _asked(terms: RuleTerms) -> RuleTerms:
    """The terms that decide what is seen, without level and times."""
    return RuleTerms(terms.measure, terms.coin, terms.exchange, terms.is_above)


def _fact(evaluation: Evaluation, row: int, rule: Rule, turn: Turn, sight: _Sight, now: datetime) -> AlertFact:
    seen = sight.seen
    return AlertFact(
        rule=rule,
        turn=turn,
        value=sight.value,
        lines=_told_lines(rule.terms, seen, float(evaluation.states.told[row])),
        source=source_of(seen),
        as_of=min((each.as_of for each in seen), default=now),
        happened_at=now,
        flips=sight.flips,
        interval_changes=sight.interval_changes,
        expires_on=next((each.expires_at for each in seen if isinstance(each, Dated)), None),
        backed_off=_backed_off(evaluation, row, rule, turn),
    )


def _told_lines(terms: RuleTerms, seen: Seen, told: float) -> tuple[RateLine, ...]:
    """With the interval before the one that changed, which the state remembers."""
    lines = _lines(seen)
    if terms.measure is Measure.INTERVAL and terms.exchange is not None:
        return tuple(replace(line, before_interval=timedelta(seconds=told)) for line in lines)
    return lines


def _lines(markets: Seen) -> tuple[RateLine, ...]:
    return tuple(market.line for market in markets)


def _backed_off(evaluation: Evaluation, row: int, rule: Rule, turn: Turn) -> timedelta | None:
    if rule.terms.follows or turn not in (Turn.FIRED, Turn.LISTED):
        return None
    return back_off_of(int(evaluation.states.unattended[row]))


def _seen_in(stand: Stand, terms: RuleTerms) -> Seen:
    match terms.measure:
        case Measure.RATE:
            seen: tuple[Market | Dated | None, ...] = (stand.highest if terms.is_above else stand.lowest,)
        case Measure.SPREAD:
            seen = (stand.highest, stand.lowest) if stand.spread_per_eight_hours is not None else ()
        case Measure.BASIS:
            seen = (stand.largest if terms.is_above else stand.smallest,)
        case Measure.FLIP:
            seen = (stand.middle,)
        case _:
            seen = _with_interval(stand.markets, is_of_all=terms.exchange is None)
    return tuple(each for each in seen if each is not None)


def _with_interval(markets: Sequence[Market], *, is_of_all: bool) -> tuple[Market, ...]:
    """Of one exchange its market, of all those that changed theirs."""
    known = tuple(market for market in markets if market.line.interval is not None)
    return tuple(market for market in known if market.has_new_interval) if is_of_all else known


def _highest_and_lowest(terms: RuleTerms, view: MarketView) -> Seen:
    """The highest, falling, then the lowest, rising; of each coin the most extreme market, where the list is of all."""
    markets = tuple(market for market in view.ranked if is_about(market, subject_of(terms)))
    if terms.coin is None:
        markets = most_extreme_by_coin(markets)
    falling = sorted(markets, key=lambda market: -market.value_per_eight_hours)
    rest = falling[LISTED_EACH_WAY:]
    return (*falling[:LISTED_EACH_WAY], *reversed(rest[-LISTED_EACH_WAY:]))
