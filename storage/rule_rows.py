"""A rule and its state as a row of `alert_rules`, and back."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chatbot.core.alerts.rules import Measure, Rule, RuleState, RuleTerms, WatchedRule
from storage.journal import Connection, Value
from storage.tables import instant_text

IDENTITY = ("chat_id", "user_id", "revision", "made_at")
TERMS = (
    "measure",
    "coin",
    "exchange",
    "is_above",
    "level",
    "clear_level",
    "unit_s",
    "cooldown_s",
    "expires_at",
    "hour",
    "zone",
    "follows",
)
STATE = (
    "is_on",
    "told",
    "reference",
    "members",
    "fired_at",
    "snoozed_until",
    "snooze_level",
    "unattended",
    "attended_at",
    "due_at",
)
COLUMNS = (*IDENTITY, *TERMS, *STATE)
SELECT = f"SELECT id, {', '.join(COLUMNS)} FROM alert_rules"
INSERT = f"INSERT INTO alert_rules ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


def watched_of(row: tuple[Value, ...]) -> WatchedRule:
    """From a row as SELECT gives it."""
    found = dict(zip(("id", *COLUMNS), row, strict=True))
    rule = Rule(
        id=_int(found["id"]),
        chat_id=_int(found["chat_id"]),
        user_id=None if found["user_id"] is None else _int(found["user_id"]),
        terms=_terms(found),
        made_at=datetime.fromisoformat(str(found["made_at"])),
        revision=_int(found["revision"]),
    )
    return WatchedRule(rule, _state(found))


def terms_values(terms: RuleTerms) -> tuple[Value, ...]:
    """In the order of TERMS."""
    return (
        terms.measure.value,
        terms.coin,
        terms.exchange,
        terms.is_above,
        _exact(terms.level),
        _exact(terms.clear_level),
        terms.unit.total_seconds(),
        terms.cooldown.total_seconds(),
        _seconds(terms.expires_at),
        terms.hour,
        terms.zone,
        terms.follows,
    )


def state_values(state: RuleState) -> tuple[Value, ...]:
    """In the order of STATE."""
    return (
        state.is_on,
        _float(state.told),
        _float(state.reference),
        json.dumps(state.members) if state.members else None,
        _seconds(state.fired_at),
        _seconds(state.snoozed_until),
        _float(state.snooze_level),
        state.unattended,
        _seconds(state.attended_at),
        _seconds(state.due_at),
    )


def values(watched: WatchedRule) -> tuple[Value, ...]:
    """In the order of COLUMNS."""
    rule = watched.rule
    identity = (rule.chat_id, rule.user_id, rule.revision, instant_text(rule.made_at))
    return (*identity, *terms_values(rule.terms), *state_values(watched.state))


def insert(connection: Connection, watched: WatchedRule) -> int:
    """A new row for it, whatever number it had; the number it got."""
    return _int(connection.execute(INSERT, values(watched)).lastrowid)


def update(connection: Connection, watched: WatchedRule) -> None:
    """Terms, state and revision of the row with its number; it stays where it is."""
    names = ", ".join(f"{name} = ?" for name in COLUMNS)
    connection.execute(f"UPDATE alert_rules SET {names} WHERE id = ?", (*values(watched), watched.rule.id))


def _terms(found: dict[str, Value]) -> RuleTerms:
    return RuleTerms(
        measure=Measure(found["measure"]),
        coin=_text(found["coin"]),
        exchange=_text(found["exchange"]),
        is_above=bool(found["is_above"]),
        level=_decimal(found["level"]),
        clear_level=_decimal(found["clear_level"]),
        unit=timedelta(seconds=_number(found["unit_s"])),
        cooldown=timedelta(seconds=_number(found["cooldown_s"])),
        expires_at=_time(found["expires_at"]),
        hour=None if found["hour"] is None else _int(found["hour"]),
        zone=str(found["zone"]),
        follows=bool(found["follows"]),
    )


def _state(found: dict[str, Value]) -> RuleState:
    return RuleState(
        is_on=bool(found["is_on"]),
        told=_decimal(found["told"]),
        reference=_decimal(found["reference"]),
        members=tuple(json.loads(str(found["members"]))) if found["members"] else (),
        fired_at=_time(found["fired_at"]),
        snoozed_until=_time(found["snoozed_until"]),
        snooze_level=_decimal(found["snooze_level"]),
        unattended=_int(found["unattended"]),
        attended_at=_time(found["attended_at"]),
        due_at=_time(found["due_at"]),
    )


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _seconds(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


def _time(seconds: Value) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(_number(seconds), UTC)


def _decimal(value: Value) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _number(value: Value) -> float:
    assert value is not None
    return float(value)


def _int(value: Value) -> int:
    assert value is not None
    return int(value)
