"""Boards and rules with round figures, for the tests of the alerts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chatbot.core.alerts.columns import columns_of, state_at
from chatbot.core.alerts.evaluate import TURNS, evaluate
from chatbot.core.alerts.facts import facts_of
from chatbot.core.alerts.rules import AlertFact, Measure, Rule, RuleState, RuleTerms, Turn, WatchedRule
from chatbot.core.alerts.view import MarketView, view_of
from chatbot.core.charges import LastCharges
from chatbot.core.markets import Board, BoardRow, FundingKind, FundingRate, InstrumentKind, exchange_name
from tests.samples import NOW, d, perpetual

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHAT = 7


def row(
    coin: str = "BTC",
    rate: str = "0.0001",
    hours: int | None = 8,
    *,
    volume: str | None = "50000000",
    mark: str | None = "100",
    due_at: datetime | None = None,
    as_of: datetime = NOW,
    **changes: Any,
) -> BoardRow:
    """A perpetual at a mark of 100 with $50m a day, charged in four hours."""
    interval = None if hours is None else timedelta(hours=hours)
    funding = FundingRate(d(rate), interval, FundingKind.PREDICTED, due_at or NOW + 4 * HOUR, as_of, "test")
    price = d(mark) if mark else None
    return BoardRow(perpetual(coin, **changes), funding, price, price, d(volume) if volume else None)


def dated(mark: str, days: int = 73, coin: str = "BTC", volume: str = "50000000", **changes: Any) -> BoardRow:
    """A dated contract with its index at 100; 73 days are a fifth of a year."""
    terms = {"kind": InstrumentKind.DATED, "expires_at": NOW + timedelta(days=days), "symbol": f"{coin}/USDT-{days}"}
    return BoardRow(perpetual(coin, **(terms | changes)), None, d(mark), d(100), d(volume))


def board(exchange: str, *rows: BoardRow, as_of: datetime = NOW) -> Board:
    """These markets, as if they were of this exchange."""
    own = tuple(replace(each, instrument=replace(each.instrument, exchange=exchange)) for each in rows)
    return Board(exchange, own, as_of, exchange_name(exchange))


def view(*boards: Board, now: datetime = NOW, charges: LastCharges | None = None) -> MarketView:
    """What these boards say."""
    return view_of(boards, charges or {}, now)


def rates(now: datetime = NOW, **by_exchange: str | None) -> MarketView:
    """BTC every 8 hours at these exchanges: `rates(bybit="0.0005")`. None: that exchange did not answer."""
    boards = [
        board(exchange, row(rate=rate, as_of=now, due_at=now + HOUR), as_of=now)
        for exchange, rate in by_exchange.items()
        if rate is not None
    ]
    return view(*boards, now=now)


def terms(
    measure: Measure = Measure.RATE, level: str | None = "0.0005", clear: str | None = None, **changes: Any
) -> RuleTerms:
    """BTC above 0.05 %, clear at the same, no cooldown."""
    values: dict[str, Any] = {"coin": "BTC", "cooldown": timedelta()}
    fires = d(level) if level is not None else None
    return RuleTerms(measure, level=fires, clear_level=d(clear) if clear else fires, **(values | changes))


def watched(rule_terms: RuleTerms, state: RuleState | None = None, rule_id: int = 1) -> WatchedRule:
    """A rule of CHAT, made now."""
    return WatchedRule(Rule(rule_id, CHAT, CHAT, rule_terms, NOW), state or RuleState())


def passed(rule: WatchedRule, seen: MarketView, now: datetime = NOW) -> tuple[WatchedRule, Turn | None]:
    """One rule through one pass: the rule in its next state, and what happened to it."""
    columns, states = columns_of([rule])
    evaluation = evaluate(columns, states, seen, now)
    after = state_at(evaluation.states, 0)
    assert (after != rule.state) <= (0 in evaluation.changed)  # what is another is named so
    turn = TURNS[evaluation.turns[0]] if len(evaluation.turns) else None
    return WatchedRule(rule.rule, after), turn


def turns(rule: WatchedRule, views: Sequence[tuple[datetime, MarketView]]) -> list[Turn | None]:
    """What happens to a rule pass by pass."""
    found = []
    for now, seen in views:
        rule, turn = passed(rule, seen, now)
        found.append(turn)
    return found


def fact(rule: WatchedRule, seen: MarketView, now: datetime = NOW) -> AlertFact:
    """The one fact of a pass over this rule."""
    columns, states = columns_of([rule])
    (told,) = facts_of(evaluate(columns, states, seen, now), columns, {rule.rule.id: rule.rule}, seen, now)
    return told
