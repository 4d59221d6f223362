"""Rules, what they saw, and what waits to be told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chatbot.core.alerts.columns import RuleColumns, StateColumns
from chatbot.core.alerts.parcels import Digest, Parcel
from chatbot.core.alerts.rules import AlertFact, Rule, RuleTerms, WatchedRule
from chatbot.core.charges import LastCharges

MOST_RULES = 100  # of one chat


class Alerts(Protocol):
    """The rules of each chat. A rule is only seen and changed under its own chat's id."""

    async def of(self, chat_id: int) -> tuple[WatchedRule, ...]:
        """In the order in which they were made."""
        ...

    async def find(self, chat_id: int, rule_id: int) -> WatchedRule | None: ...

    async def add(
        self, chat_id: int, user_id: int | None, update_id: int, terms: RuleTerms, *, is_on: bool = False
    ) -> Rule | None:
        """None when this update added one before. NotPossible above MOST_RULES a chat.

        `is_on`: its level is crossed already and its owner knows, so it fires when crossed again.
        """
        ...

    async def change(
        self, chat_id: int, rule_id: int, update_id: int, edit: Callable[[WatchedRule], WatchedRule]
    ) -> WatchedRule | None:
        """Applies the pure `edit` to terms and state; the revision grows. None where it is gone or this was applied."""
        ...

    async def remove(self, chat_id: int, rule_id: int, update_id: int) -> Rule | None:
        """The rule that was removed; None where there is none."""
        ...

    async def replace_group(self, chat_id: int, update_id: int, terms: Sequence[RuleTerms]) -> None:
        """All rules of a group at once (its settings changed); those with equal terms keep their state."""
        ...


class Charges(Protocol):
    """What each market charged last, as far as it was watched."""

    async def load(self) -> LastCharges: ...

    async def save(self, charges: LastCharges) -> None:
        """Those that differ from what is stored."""
        ...


class AlertBook(Protocol):
    """The watcher's side of the rules."""

    async def revision(self) -> int:
        """A number that changes when anything but `settle` changed a rule or a state."""
        ...

    async def load(self) -> tuple[RuleColumns, StateColumns]:
        """Every rule of every chat that is not quiet."""
        ...

    async def rules(self, ids: Collection[int]) -> Mapping[int, Rule]:
        """These rules, exactly; those that are gone are absent."""
        ...

    async def settle(
        self, rules: RuleColumns, states: StateColumns, changed: Sequence[int], facts: Sequence[AlertFact]
    ) -> None:
        """Stores the states of the rows `changed` and a parcel for each fact, in one transaction.

        A rule whose revision has changed meanwhile is left out, with its fact. Removes the rules whose time is over.
        """
        ...


class Outbox(Protocol):
    """Parcels on their way. Law: one that was begun is told, unknown or back in the box, never lost."""

    async def recover(self) -> int:
        """At the start: what was under way at the last stop is PERHAPS_SEEN. How many that were."""
        ...

    async def due(self, now: datetime) -> Mapping[int, tuple[Parcel, ...]]:
        """By chat, everything that waits there, oldest first: chats that are not quiet or held back, and have a fresh
        parcel older than the merging window, or one late or perhaps seen for an hour. What passed its deadline is LATE.
        """
        ...

    async def begin(self, ids: Collection[int]) -> None:
        """They are about to be sent. Returns when that is stored."""
        ...

    async def told(self, ids: Collection[int], digest: Digest | None = None) -> None:
        """Telegram took them. `digest`: what the group's message says now, stored in the same transaction."""
        ...

    async def unknown(self, ids: Collection[int]) -> None:
        """Those of them that were begun got no answer: PERHAPS_SEEN in the next message."""
        ...

    async def hold(self, chat_id: int, ids: Collection[int], until: datetime) -> None:
        """They surely did not arrive; this chat is held back until then (flood limits, quiet hours)."""
        ...

    async def digest(self, chat_id: int) -> Digest | None:
        """The latest one of this chat, without the lines of rules that are gone."""
        ...
