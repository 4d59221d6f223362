"""What there is to tell of the rules that turned, from the exact figures.

Law: a fact is about markets that were seen, and the state that it belongs to is stored with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.alerts.columns import RuleColumns, subject_of
from chatbot.core.alerts.evaluate import TURNS, Evaluation, back_off_of
from chatbot.core.alerts.extremes import FLIP, NEW_INTERVAL, events_in, is_about, most_extreme_by_coin
from chatbot.core.alerts.rules import SCHEDULED, AlertFact, Measure, RateLine, Rule, RuleTerms, Turn
from chatbot.core.alerts.view import FIGURES, Dated, Figure, Market, MarketView, Stand, value_of

LISTED_EACH_WAY = 5  # highest, and lowest, of a scheduled list
MOST_LINES = 15  # of the extremes that are told at once
MOST_SOURCES = 3

Seen = tuple[Market | Dated, ...]


def facts_of(
    evaluation: Evaluation, columns: RuleColumns, rules: Mapping[int, Rule], view: MarketView, now: datetime
) -> tuple[AlertFact, ...]:
    """A fact for each row that turned. `rules`: exactly, by id; those that are gone or changed are left out."""
    found = []
    for row, turn in zip(evaluation.turned.tolist(), evaluation.turns.tolist(), strict=True):
        rule = rules.get(int(columns.id[row]))
        if rule is not None and rule.revision == columns.revision[row]:
            found.append(_fact(evaluation, row, rule, TURNS[turn], view, now))
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


def _fact(evaluation: Evaluation, row: int, rule: Rule, turn: Turn, view: MarketView, now: datetime) -> AlertFact:
    members = evaluation.states.members.get(row, ())
    seen = seen_by(rule.terms, view, members)
    fact = AlertFact(
        rule=rule,
        turn=turn,
        value=value_seen(rule.terms, view, seen),
        lines=tuple(each.line for each in seen),
        source=source_of(seen),
        as_of=min((each.as_of for each in seen), default=now),
        happened_at=now,
        expires_on=next((each.expires_at for each in seen if isinstance(each, Dated)), None),
        backed_off=_backed_off(evaluation, row, rule, turn),
    )
    return _told_more(fact, view, members, float(evaluation.states.told[row]))


def _told_more(fact: AlertFact, view: MarketView, members: tuple[str, ...], told: float) -> AlertFact:
    """With the events of a list, and the interval before the one that changed."""
    terms = fact.rule.terms
    if terms.measure is Measure.INTERVAL and terms.exchange is not None:
        before = timedelta(seconds=told)
        return replace(fact, lines=tuple(replace(line, before_interval=before) for line in fact.lines))
    if terms.measure is Measure.EXTREMES or terms.measure in SCHEDULED:
        events = events_in(view, subject_of(terms), members)
        return replace(fact, flips=_lines(events[FLIP]), interval_changes=_lines(events[NEW_INTERVAL]))
    return fact


def _lines(markets: Sequence[Market]) -> tuple[RateLine, ...]:
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
