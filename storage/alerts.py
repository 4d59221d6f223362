"""The rules of each chat. Law: every change is one transaction with the number of the update that asked for it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from chatbot.core.alerts.rules import Rule, RuleState, RuleTerms, WatchedRule
from chatbot.core.errors import NotPossible
from chatbot.core.ports import MOST_RULES
from storage import rule_rows
from storage.doings import is_first
from storage.journal import Connection, Journal
from storage.reader import Reader

Edit = Callable[[WatchedRule], WatchedRule]

_UNTELL = "DELETE FROM outbox WHERE chat_id = ? AND is_under_way = 0 AND json_extract(fact, '$.rule.id') = ?"


class StoredAlerts:
    """The port `Alerts` on the database."""

    def __init__(self, journal: Journal, reader: Reader, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._reader = reader
        self._now = now

    async def of(self, chat_id: int) -> tuple[WatchedRule, ...]:
        """In the order in which they were made."""
        return await self._reader.read(partial(_of, chat_id))

    async def find(self, chat_id: int, rule_id: int) -> WatchedRule | None:
        """None where this chat has no such rule."""
        return await self._reader.read(partial(_find, chat_id, rule_id))

    async def add(
        self, chat_id: int, user_id: int | None, update_id: int, terms: RuleTerms, *, is_on: bool = False
    ) -> Rule | None:
        """As the port says."""
        watched = WatchedRule(Rule(0, chat_id, user_id, terms, self._now()), RuleState(is_on=is_on))
        return await self._journal.run(partial(_add, update_id, watched), is_lasting=True)

    async def change(self, chat_id: int, rule_id: int, update_id: int, edit: Edit) -> WatchedRule | None:
        """As the port says."""
        change = partial(_change, chat_id, rule_id, update_id, edit, self._now())
        return await self._journal.run(change, is_lasting=True)

    async def remove(self, chat_id: int, rule_id: int, update_id: int) -> Rule | None:
        """The rule that was removed; None where there is none. Its number is not given again, so twice is once."""
        return await self._journal.run(partial(_remove, chat_id, rule_id), is_lasting=True)

    async def replace_group(self, chat_id: int, update_id: int, terms: Sequence[RuleTerms]) -> None:
        """As the port says."""
        wanted = tuple(Rule(0, chat_id, None, each, self._now()) for each in dict.fromkeys(terms))
        await self._journal.run(partial(_replace, chat_id, update_id, wanted, self._now()), is_lasting=True)


def _add(update_id: int, watched: WatchedRule, connection: Connection) -> Rule | None:
    rule = watched.rule
    if not is_first(connection, rule.chat_id, "alert", update_id, rule.made_at):
        return None
    (count,) = connection.execute("SELECT count(*) FROM alert_rules WHERE chat_id = ?", (rule.chat_id,)).fetchone()
    if count >= MOST_RULES:  # raised after it was noted: what raises is undone
        raise NotPossible(f"There are {count} alerts here already, which is as many as a chat can have.")
    return replace(rule, id=rule_rows.insert(connection, watched))


def _change(
    chat_id: int, rule_id: int, update_id: int, edit: Edit, now: datetime, connection: Connection
) -> WatchedRule | None:
    before = _find(chat_id, rule_id, connection)
    if before is None or not is_first(connection, chat_id, f"alert {rule_id}", update_id, now):
        return None
    after = edit(before)
    kept = replace(before.rule, terms=after.rule.terms, revision=before.rule.revision + 1)
    changed = WatchedRule(kept, after.state)
    rule_rows.update(connection, changed)
    return changed


def _replace(chat_id: int, update_id: int, wanted: tuple[Rule, ...], now: datetime, connection: Connection) -> None:
    """Those with equal terms keep their number and state."""
    if not is_first(connection, chat_id, "group", update_id, now):
        return
    before = {watched.rule.terms: watched.rule.id for watched in _of(chat_id, connection)}
    terms = {rule.terms for rule in wanted}
    for gone in before.keys() - terms:
        _remove(chat_id, before[gone], connection)
    for rule in wanted:
        if rule.terms not in before:
            rule_rows.insert(connection, WatchedRule(rule, RuleState()))


def _of(chat_id: int, connection: Connection) -> tuple[WatchedRule, ...]:
    rows = connection.execute(f"{rule_rows.SELECT} WHERE chat_id = ? ORDER BY id", (chat_id,))
    return tuple(rule_rows.watched_of(row) for row in rows)


def _find(chat_id: int, rule_id: int, connection: Connection) -> WatchedRule | None:
    row = connection.execute(f"{rule_rows.SELECT} WHERE id = ? AND chat_id = ?", (rule_id, chat_id)).fetchone()
    return rule_rows.watched_of(row) if row else None


def _remove(chat_id: int, rule_id: int, connection: Connection) -> Rule | None:
    """With what waits to be told of it: nobody is told of an alert that is gone."""
    found = _find(chat_id, rule_id, connection)
    connection.execute(_UNTELL, (chat_id, rule_id))
    connection.execute("DELETE FROM alert_rules WHERE id = ? AND chat_id = ?", (rule_id, chat_id))
    return found.rule if found else None
