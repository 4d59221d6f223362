"""Why a rule fires or is silent now. Pure: a rule and its state, what the markets say, now -> where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.core.alerts.columns import subject_of
from chatbot.core.alerts.evaluate import back_off_of
from chatbot.core.alerts.extremes import most_extreme_by_coin, over_level
from chatbot.core.alerts.facts import Seen, seen_by, source_of, value_seen
from chatbot.core.alerts.rules import LEVELLED, SCHEDULED, Measure, RateLine, RuleState, RuleTerms, WatchedRule
from chatbot.core.alerts.schedule import next_hour, next_settlement
from chatbot.core.alerts.view import NOISE_PER_EIGHT_HOURS, Doubt, MarketView, Stand

NOTHING = timedelta()
USUAL_PER_EIGHT_HOURS = Decimal("0.0001")  # what most rates are; a flip's distance is measured in it
FARTHEST_SHARE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """One rule now.

    `value`: in the unit of the level, None where it is unknown (`doubt` says why) or the rule has none.
    `lines`, `source`, `as_of`: where it comes from, as in an alert. `is_crossed`: the value is at the level or beyond
    (FLIP: of the other sign than the last one told). `distance_share`: how far the value has to go until it fires, as a
    share of the level (FLIP: of 0.01 %), 0 where it is crossed; None for lists, changed intervals and the unknown.
    `cooldown_left` and `back_off_left`: of the wait since it last fired. `due_at`: the next list.
    """

    watched: WatchedRule
    value: Decimal | None
    doubt: Doubt | None
    lines: tuple[RateLine, ...]
    source: str
    as_of: datetime | None
    is_crossed: bool
    distance_share: Decimal | None
    cooldown_left: timedelta
    back_off_left: timedelta
    snoozed_until: datetime | None
    snooze_level: Decimal | None
    due_at: datetime | None
    has_expired: bool

    @property
    def is_silent(self) -> bool:
        """Whether it would tell nothing now even if its value were beyond the level."""
        is_snoozed = self.snoozed_until is not None or self.snooze_level is not None
        waits = max(self.cooldown_left, self.back_off_left) > NOTHING
        return self.has_expired or is_snoozed or waits or self.watched.state.is_on


def standing_of(watched: WatchedRule, view: MarketView, now: datetime) -> RuleStanding:
    """Where this rule stands in this view."""
    terms, state = watched.rule.terms, watched.state
    seen = _seen(terms, view)
    value = value_seen(terms, view, seen)
    distance = _distance_share(terms, state, value)
    return RuleStanding(
        watched=watched,
        value=value,
        doubt=_doubt(terms, view) if not seen else None,
        lines=tuple(each.line for each in seen),
        source=source_of(seen),
        as_of=min((each.as_of for each in seen), default=None),
        is_crossed=distance == 0,
        distance_share=distance,
        cooldown_left=_left(state.fired_at, terms.cooldown if terms.measure not in SCHEDULED else NOTHING, now),
        back_off_left=NOTHING
        if terms.follows
        else _left(state.fired_at, back_off_of(state.unattended) or NOTHING, now),
        snoozed_until=state.snoozed_until if state.snoozed_until and state.snoozed_until > now else None,
        snooze_level=state.snooze_level,
        due_at=_due_at(terms, state, now),
        has_expired=terms.expires_at is not None and terms.expires_at <= now,
    )


def closest_first(rules: Iterable[WatchedRule], view: MarketView, now: datetime) -> tuple[RuleStanding, ...]:
    """Where these rules stand, the closest to firing first; those that cannot be measured come last, as given."""
    standings = [standing_of(watched, view, now) for watched in rules]
    return tuple(sorted(standings, key=lambda s: FARTHEST_SHARE if s.distance_share is None else s.distance_share))


def _seen(terms: RuleTerms, view: MarketView) -> Seen:
    """Of EXTREMES all that are beyond, else the largest, which is the closest to it."""
    if terms.measure is not Measure.EXTREMES:
        return seen_by(terms, view)
    assert terms.level is not None
    found = over_level(view, subject_of(terms), float(terms.level)) or over_level(view, subject_of(terms), 0)[:1]
    return most_extreme_by_coin(found)


def _distance_share(terms: RuleTerms, state: RuleState, value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    if terms.measure is Measure.FLIP:
        return _distance_to_flip(state, value)
    if terms.measure not in LEVELLED or terms.level is None:
        return None
    return _distance_to_level(terms, terms.level, value)


def _distance_to_level(terms: RuleTerms, level: Decimal, value: Decimal) -> Decimal:
    if terms.measure is Measure.EXTREMES:
        missing = level - abs(value)
    else:
        missing = level - value if terms.is_above else value - level
    return _in_bounds(missing / max(abs(level), NOISE_PER_EIGHT_HOURS))


def _distance_to_flip(state: RuleState, value: Decimal) -> Decimal:
    sign = state.reference or Decimal(1).copy_sign(value)
    return _in_bounds((value * sign + NOISE_PER_EIGHT_HOURS) / USUAL_PER_EIGHT_HOURS)


def _in_bounds(share: Decimal) -> Decimal:
    return min(max(share, Decimal(0)), FARTHEST_SHARE)


def _left(since: datetime | None, wait: timedelta, now: datetime) -> timedelta:
    return NOTHING if since is None else max(since + wait - now, NOTHING)


def _due_at(terms: RuleTerms, state: RuleState, now: datetime) -> datetime | None:
    if terms.measure not in SCHEDULED:
        return None
    return state.due_at or (next_settlement(now) if terms.hour is None else next_hour(terms.hour, terms.zone, now))


def _doubt(terms: RuleTerms, view: MarketView) -> Doubt | None:
    """Why nothing is seen; None where nothing is there to be seen, such as changed intervals."""
    if terms.exchange is not None and terms.exchange not in view.exchanges:
        return Doubt.NO_ANSWER
    if not view.exchanges:
        return Doubt.NO_ANSWER
    if terms.coin is None:
        return None
    return _doubt_of(terms, view.stands.get(subject_of(terms), Stand()))


def _doubt_of(terms: RuleTerms, stand: Stand) -> Doubt | None:
    if terms.measure is Measure.BASIS:
        return Doubt.NO_DATED
    if not stand.markets:
        return Doubt.NOT_LISTED
    doubts = [market.doubt for market in stand.markets if market.doubt is not None]
    if len(doubts) == len(stand.markets):
        return doubts[0]
    if terms.measure is Measure.INTERVAL:
        return None
    return Doubt.ONE_EXCHANGE if stand.highest is not None else Doubt.LITTLE_VOLUME
