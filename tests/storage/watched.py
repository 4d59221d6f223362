"""Rules, states and facts for the tests of what is remembered of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from chatbot.core.alerts.rules import AlertFact, Measure, RateLine, Rule, RuleState, RuleTerms, Turn, WatchedRule
from storage import Database
from tests.storage.conftest import NOON

ANN, BEN, DESK = 7, 8, -1001234567890
ABOVE = RuleTerms(Measure.RATE, "BTC", "bybit", level=Decimal("0.00050"), clear_level=Decimal("0.00040"))
FLIP = RuleTerms(Measure.FLIP, "ETH")
DIGEST = RuleTerms(Measure.DIGEST, hour=8, zone="UTC")


async def made(database: Database, terms: RuleTerms = ABOVE, chat_id: int = ANN, update_id: int = 1) -> Rule:
    """A rule that is stored now: a person's, or a group's where the chat has a negative number."""
    rule = await database.alerts.add(chat_id, chat_id if chat_id > 0 else None, update_id, terms)
    assert rule is not None
    return rule


def fact(rule: Rule, value: str = "0.00060", **changes: Any) -> AlertFact:
    """It fired at Bybit at noon."""
    rate = Decimal(value)
    line = RateLine("BTC", "bybit", rate, timedelta(hours=8), rate, NOON + timedelta(hours=4))
    return replace(AlertFact(rule, Turn.FIRED, rate, (line,), "Bybit", NOON, NOON), **changes)


async def fire(database: Database, *rules: Rule) -> None:
    """Each of these rules has one more thing to tell."""
    columns, states = await database.alert_book.load()
    await database.alert_book.settle(columns, states, (), [fact(rule) for rule in rules])


async def waiting(database: Database, now: datetime) -> dict[int, list[int]]:
    """The numbers of the parcels that are due, by chat."""
    due = await database.outbox.due(now)
    return {chat_id: [parcel.id for parcel in parcels] for chat_id, parcels in due.items()}


times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
spans = st.timedeltas(timedelta(0), timedelta(days=400))
levels = st.decimals("-1", "1", places=12)
figures = st.floats(-1, 1, allow_nan=False).map(lambda figure: Decimal(str(figure)))


def terms() -> st.SearchStrategy[RuleTerms]:
    return st.builds(
        RuleTerms,
        st.sampled_from(Measure),
        coin=st.none() | st.sampled_from(["BTC", "ETH", "1000PEPE"]),
        exchange=st.none() | st.sampled_from(["bybit", "okx"]),
        is_above=st.booleans(),
        level=st.none() | levels,
        clear_level=st.none() | levels,
        unit=spans,
        cooldown=spans,
        expires_at=st.none() | times,
        hour=st.none() | st.integers(0, 23),
        zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]),
        follows=st.booleans(),
    )


def states() -> st.SearchStrategy[RuleState]:
    return st.builds(
        RuleState,
        is_on=st.booleans(),
        told=st.none() | figures,
        reference=st.none() | figures,
        members=st.lists(st.sampled_from(["bybit BTC/USDT:USDT", "okx ETH/USD:ETH"]), unique=True).map(tuple),
        fired_at=st.none() | times,
        snoozed_until=st.none() | times,
        snooze_level=st.none() | figures,
        unattended=st.integers(0, 30_000),
        attended_at=st.none() | times,
        due_at=st.none() | times,
    )


def with_state(state: RuleState) -> Any:
    """An edit that sets it."""
    return lambda watched: WatchedRule(watched.rule, state)


def with_terms(**changes: Any) -> Any:
    """An edit of the terms."""

    def edit(watched: WatchedRule) -> WatchedRule:
        return replace(watched, rule=replace(watched.rule, terms=replace(watched.rule.terms, **changes)))

    return edit
