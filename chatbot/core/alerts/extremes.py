"""Every market beyond a level, in either direction: which are members, which are new, and what became of the others.

Law: a market joins at the level and leaves at the clear level; one that nobody tells of any more stays as it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from chatbot.core.alerts.columns import TIE
from chatbot.core.alerts.view import Market, MarketView, Subject

MOST_EVENTS = 5  # flips, or changed intervals, that are told: the largest
FLIP, NEW_INTERVAL = "flip ", "interval "  # before the names of members that stand for an event


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a rule sees. `stayed`: members that are beyond still (and those of the same coins that joined)."""

    stayed: tuple[str, ...]
    all: tuple[str, ...]
    is_joined: bool  # by another coin or event
    is_left: bool
    most: float  # the rate of the most extreme one, nan where there is none
    mean: float  # of the rates without sign


def beyond(
    view: MarketView, subject: Subject, level: float, clear_level: float, members: tuple[str, ...], *, follows: bool
) -> Beyond:
    """The members of a rule of `subject` now. Those who follow it are also told of events: members with a prefix."""
    over = [market.name for market in over_level(view, subject, level)]
    listed = dict.fromkeys([*over, *(_event_names(view, subject, members) if follows else ())])
    kept = [name for name in members if name in listed or _stays(view, name, clear_level)]
    topics = {_topic(view, name) for name in kept}
    stayed = dict.fromkeys([*kept, *(name for name in listed if _topic(view, name) in topics)])
    everything = dict.fromkeys([*stayed, *listed])
    most, mean = _most_and_mean(view, everything)
    return Beyond(
        stayed=tuple(stayed),
        all=tuple(everything),
        is_joined=len(everything) > len(stayed),
        is_left=bool({_topic(view, name) for name in members} - topics),
        most=most,
        mean=mean,
    )


def over_level(view: MarketView, subject: Subject, level: float) -> tuple[Market, ...]:
    """Ranked markets of the subject at the level or beyond, the largest first."""
    count = int(np.searchsorted(-view.sizes, TIE - level, side="right"))
    return tuple(market for market in view.ranked[:count] if is_about(market, subject))


def is_about(market: Market, subject: Subject) -> bool:
    """Whether a subject ("" for all) takes in this market."""
    return subject[0] in ("", market.line.coin) and subject[1] in ("", market.line.exchange)


def most_extreme_by_coin(markets: Iterable[Market]) -> tuple[Market, ...]:
    """One market for each coin, the most extreme first."""
    ordered = sorted(markets, key=lambda market: (-abs(market.value_per_eight_hours), market.name))
    found: dict[str, Market] = {}
    for market in ordered:
        found.setdefault(market.line.coin, market)
    return tuple(found.values())


def events_in(view: MarketView, subject: Subject, members: Collection[str] = ()) -> dict[str, tuple[Market, ...]]:
    """Flips and new intervals since the last charge, by their prefix, MOST_EVENTS each: those told of before stay."""
    known = frozenset(members)
    return {
        prefix: _events(prefix, [market for market in markets if is_about(market, subject)], known)
        for prefix, markets in ((FLIP, view.flipped), (NEW_INTERVAL, view.changed))
    }


def _events(prefix: str, markets: Sequence[Market], members: Collection[str]) -> tuple[Market, ...]:
    told = [market for market in markets if prefix + market.name in members]
    news = [market for market in markets if prefix + market.name not in members]
    return (*told, *news)[: max(MOST_EVENTS, len(told))]


def _event_names(view: MarketView, subject: Subject, members: Collection[str]) -> list[str]:
    events = events_in(view, subject, members)
    return [prefix + market.name for prefix, markets in events.items() for market in markets]


def _stays(view: MarketView, name: str, clear_level: float) -> bool:
    """Whether a member that is not listed stays one: unknown, or between the levels. Events go when they are over."""
    if name.startswith((FLIP, NEW_INTERVAL)):
        return False
    if name.split()[0] not in view.exchanges:
        return True
    market = view.markets.get(name)
    if market is None:  # its exchange answered and has it no more
        return False
    return market.doubt is not None or abs(float(market.value_per_eight_hours)) > clear_level + TIE


def _topic(view: MarketView, name: str) -> str:
    """What is new or old: a coin, or an event. Another exchange of the same coin is no news."""
    market = view.markets.get(name)
    return market.line.coin if market else name


def _most_and_mean(view: MarketView, names: Iterable[str]) -> tuple[float, float]:
    markets = [view.markets[name] for name in names if name in view.markets]
    known = [float(market.value_per_eight_hours) for market in markets if market.doubt is None]
    if not known:
        return nan, nan
    return max(known, key=abs), sum(map(abs, known)) / len(known)
