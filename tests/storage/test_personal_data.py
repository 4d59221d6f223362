"""Everything about a person is shown to them, and goes when they say so."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Column, insert, select, text

from chatbot.core.alerts.rules import AlertFact, Measure, Rule, RuleTerms, Turn
from chatbot.core.chats import ChatKind, ChatSettings, KnownChat
from chatbot.core.portfolio import FuturesPosition, Portfolio, Side
from chatbot.core.ports import KeptAnswer
from storage import Database
from storage.personal_data import personal_tables
from storage.tables import ExactDecimal, Instant, Row, SideText
from tests.storage.conftest import NOON, Clock, executed

ANN, BEN = 2**40 + 1, 2**40 + 2
SHORT = FuturesPosition("ETH", Side.SHORT, Decimal("5"), "bybit", Decimal("3450.10"))


async def use_everything(database: Database, user_id: int) -> None:
    await database.portfolios.change(user_id, 1, lambda held: held.with_added("ETH", Decimal("1.50")))
    await database.portfolios.change(user_id, 2, lambda held: held.with_position(SHORT))
    await database.answers.keep(user_id, KeptAnswer("hedge", "/hedge ETH", "{}", NOON))
    await database.button_lines.keep("/portfolio", user_id)
    await database.personal_data.confirm(user_id, "forget")
    await database.settings.change(user_id, 3, lambda chosen: replace(chosen, zone="Asia/Tokyo"))
    rule = await database.alerts.add(user_id, user_id, 4, RuleTerms(Measure.FLIP, "BTC"))
    assert rule is not None
    await parcelled(database, rule)
    await database.outbox.hold(user_id, [], NOON)
    await database.chat_book.opened(KnownChat(-user_id, ChatKind.GROUP, "Desk", user_id))
    update = {"update_id": user_id, "message": {"from": {"id": user_id}, "text": "/hedge ETH"}}
    await database.inbox.store([(user_id, json.dumps(update))])


async def parcelled(database: Database, rule: Rule) -> None:
    """One fact of this rule in the outbox."""
    rules, states = await database.alert_book.load()
    fact = AlertFact(rule, Turn.FIRED, Decimal("0.0005"), (), "Bybit", NOON, NOON)
    await database.alert_book.settle(rules, states, (), [fact])


async def test_every_table_that_names_a_user_is_filled_by_use_and_in_the_export(database: Database) -> None:
    await use_everything(database, ANN)
    export = await database.personal_data.export(ANN)
    with_user = {name for name, table in Row.metadata.tables.items() if "user_id" in table.columns}
    assert {name for name, rows in export.items() if rows} == with_user


async def test_every_table_but_those_that_name_a_user_holds_nothing_of_users() -> None:
    of_nobody = {"digests", "last_charges", "alert_revision", "known_updates"}  # of groups, of markets, numbers
    assert set(Row.metadata.tables) - {table.name for table in personal_tables()} == of_nobody


async def test_the_export_is_plain_json_with_every_digit(database: Database) -> None:
    await use_everything(database, ANN)
    export = json.loads(json.dumps(await database.personal_data.export(ANN)))
    assert export["holdings"] == [
        {"user_id": ANN, "line": 0, "coin": "ETH", "amount_base": "1.50", "staking_yield_per_year": None}
    ]
    assert export["futures_positions"][0]["side"] == "short"
    assert export["futures_positions"][0]["entry_quote"] == "3450.10"
    assert export["answers"][0]["answered_at"] == "2026-04-01T12:00:00+00:00"


async def test_to_forget_deletes_all_of_one_person_and_nothing_of_another(database: Database) -> None:
    for user_id in (ANN, BEN):
        await use_everything(database, user_id)
    of_ben = await database.personal_data.export(BEN)
    # A holding, a position, two changes, an answer, a button line, a confirmation; settings, a rule, a parcel, a hold,
    # a group that was opened, an update, and that the third and the fourth did what they do.
    assert await database.personal_data.forget(ANN) == 7 + 6 + 2
    assert await database.settings.load(ANN) == ChatSettings()
    assert not any((await database.personal_data.export(ANN)).values())
    assert await database.portfolios.load(ANN) == Portfolio()
    assert await database.personal_data.export(BEN) == of_ben
    assert await database.personal_data.forget(ANN) == 0


async def test_to_forget_reaches_every_column_named_user_id_whatever_the_table(database: Database) -> None:
    for table in personal_tables():
        await executed(database, insert(table).values(row_of(list(table.columns))))
    assert await database.personal_data.forget(ANN) == len(list(personal_tables()))
    for table in personal_tables():
        assert await executed(database, select(table)) == []


def row_of(columns: list[Column[object]]) -> dict[str, object]:
    """Something of the right type in each column that needs it."""
    values = {ExactDecimal: Decimal(1), Instant: NOON, SideText: Side.LONG}
    required = (column for column in columns if column.name != "user_id" and not column.nullable)
    return {"user_id": ANN} | {column.name: values.get(type(column.type), 1) for column in required}


async def test_an_undone_change_is_forgotten_with_its_undo(database: Database) -> None:
    change = await database.portfolios.change(ANN, 1, lambda held: held.with_added("ETH", Decimal(1)))
    assert change is not None
    await database.portfolios.undo(ANN, 2, change.undo_key)
    assert await database.personal_data.forget(ANN) == 2


async def test_what_was_forgotten_is_overwritten_in_the_file(database: Database) -> None:
    assert await executed(database, text("PRAGMA secure_delete")) == [(1,)]


async def test_a_confirmation_can_be_used_once(database: Database) -> None:
    key = await database.personal_data.confirm(ANN, "forget")
    assert await database.personal_data.redeem(ANN, "forget", key)
    assert not await database.personal_data.redeem(ANN, "forget", key)


@pytest.mark.parametrize(("user_id", "purpose"), [(BEN, "forget"), (ANN, "clear")])
async def test_a_confirmation_is_for_one_person_and_one_purpose(database: Database, user_id: int, purpose: str) -> None:
    key = await database.personal_data.confirm(ANN, "forget")
    assert not await database.personal_data.redeem(user_id, purpose, key)
    assert await database.personal_data.redeem(ANN, "forget", key)


async def test_a_confirmation_holds_for_an_hour(database: Database, clock: Clock) -> None:
    early, late = [await database.personal_data.confirm(ANN, "forget") for _ in range(2)]
    clock.advance(timedelta(hours=1))
    assert await database.personal_data.redeem(ANN, "forget", early)
    clock.advance(timedelta(seconds=1))
    assert not await database.personal_data.redeem(ANN, "forget", late)
