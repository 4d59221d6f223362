"""The rules of each chat. Law: every change is one transaction with the number of the update that asked for it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chatbot.core.alerts.rules import Rule, RuleState, RuleTerms, WatchedRule
from chatbot.core.errors import NotPossible
from chatbot.core.ports import MOST_RULES
from storage import rule_rows
from storage.doings import is_first
from storage.ledger import Connection, Ledger

Edit = Callable[[WatchedRule], WatchedRule]


class StoredAlerts:
    """The port `Alerts` on the database."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now

    async def of(self, chat_id: int) -> tuple[WatchedRule, ...]:
        """In the order in which they were made."""
        return await self._ledger.read(lambda connection: _of(connection, chat_id))

    async def find(self, chat_id: int, rule_id: int) -> WatchedRule | None:
        """None where this chat has no such rule."""
        return await self._ledger.read(lambda connection: _find(connection, chat_id, rule_id))

    async def add(self, chat_id: int, user_id: int | None, update_id: int, terms: RuleTerms) -> Rule | None:
        """As the port says."""
        return await self._ledger.write(lambda connection: self._add(connection, chat_id, user_id, update_id, terms))

    async def change(self, chat_id: int, rule_id: int, update_id: int, edit: Edit) -> WatchedRule | None:
        """As the port says."""
        return await self._ledger.write(lambda connection: self._change(connection, chat_id, rule_id, update_id, edit))

    async def remove(self, chat_id: int, rule_id: int, update_id: int) -> Rule | None:
        """The rule that was removed; None where there is none."""
        return await self._ledger.write(lambda connection: _remove(connection, chat_id, rule_id))

    async def replace_group(self, chat_id: int, update_id: int, terms: Sequence[RuleTerms]) -> None:
        """As the port says."""
        await self._ledger.write(lambda connection: self._replace(connection, chat_id, update_id, terms))

    def _add(
        self, connection: Connection, chat_id: int, user_id: int | None, update_id: int, terms: RuleTerms
    ) -> Rule | None:
        (count,) = connection.execute("SELECT count(*) FROM alert_rules WHERE chat_id = ?", (chat_id,)).fetchone()
        if count >= MOST_RULES:
            raise NotPossible(f"There are {count} alerts here already, which is as many as a chat can have.")
        if not is_first(connection, chat_id, "alert", update_id, self._now()):
            return None
        return self._inserted(connection, Rule(0, chat_id, user_id, terms, self._now()), RuleState())

    def _inserted(self, connection: Connection, rule: Rule, state: RuleState) -> Rule:
        return replace(rule, id=rule_rows.insert(connection, WatchedRule(rule, state)))

    def _change(
        self, connection: Connection, chat_id: int, rule_id: int, update_id: int, edit: Edit
    ) -> WatchedRule | None:
        before = _find(connection, chat_id, rule_id)
        if before is None or not is_first(connection, chat_id, f"alert {rule_id}", update_id, self._now()):
            return None
        after = edit(before)
        kept = replace(before.rule, terms=after.rule.terms, revision=before.rule.revision + 1)
        changed = WatchedRule(kept, after.state)
        rule_rows.update(connection, changed)
        return changed

    def _replace(self, connection: Connection, chat_id: int, update_id: int, terms: Sequence[RuleTerms]) -> None:
        """Those with equal terms keep their number and state."""
        if not is_first(connection, chat_id, "group", update_id, self._now()):
            return
        before = _of(connection, chat_id)
        for watched in before:
            if watched.rule.terms not in terms:
                _remove(connection, chat_id, watched.rule.id)
        known = {watched.rule.terms for watched in before}
        for each in dict.fromkeys(terms):
            if each not in known:
                self._inserted(connection, Rule(0, chat_id, None, each, self._now()), RuleState())


def _of(connection: Connection, chat_id: int) -> tuple[WatchedRule, ...]:
    rows = connection.execute(f"{rule_rows.SELECT} WHERE chat_id = ? ORDER BY id", (chat_id,))
    return tuple(rule_rows.watched_of(row) for row in rows)


def _find(connection: Connection, chat_id: int, rule_id: int) -> WatchedRule | None:
    row = connection.execute(f"{rule_rows.SELECT} WHERE id = ? AND chat_id = ?", (rule_id, chat_id)).fetchone()
    return rule_rows.watched_of(row) if row else None


def _remove(connection: Connection, chat_id: int, rule_id: int) -> Rule | None:
    found = _find(connection, chat_id, rule_id)
    if found is None:
        return None
    connection.execute("DELETE FROM alert_rules WHERE id = ?", (rule_id,))
    return found.rule
