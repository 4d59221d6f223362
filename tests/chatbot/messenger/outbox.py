"""A stand-in for the outbox, in memory, and parcels to put into it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from chatbot.core.alerts.parcels import Digest, Parcel, Standing
from chatbot.core.alerts.rules import AlertFact, Measure, RateLine, Rule, RuleTerms, Turn
from tests.chatbot.messenger.fakes import NOW


def parcel(
    number: int, chat_id: int, turn: Turn = Turn.FIRED, coin: str = "BTC", rate: str = "0.0006", at: datetime = NOW
) -> Parcel:
    """A rule's word on one coin's rate; the number is the rule's, too."""
    rule = Rule(1, chat_id, None, RuleTerms(Measure.EXTREMES, level=Decimal("0.0005"), follows=True), NOW)
    line = RateLine(coin, "bybit", Decimal(rate), None, Decimal(rate), None)
    return Parcel(number, chat_id, AlertFact(rule, turn, Decimal(rate), (line,), "bybit", at, at), Standing.FRESH)


@dataclass
class FakeOutbox:
    """`Outbox` in memory. Everything that waits is due, unless its chat is held back or quiet."""

    waiting: dict[int, Parcel] = field(default_factory=dict)
    begun: dict[int, Parcel] = field(default_factory=dict)
    told_ids: list[int] = field(default_factory=list)
    unknown_ids: list[int] = field(default_factory=list)
    held: dict[int, datetime] = field(default_factory=dict)
    digests: dict[int, Digest] = field(default_factory=dict)
    quiet: Collection[int] = ()

    def put(self, *parcels: Parcel) -> None:
        self.waiting |= {each.id: each for each in parcels}

    async def recover(self) -> int:
        self.waiting |= {number: replace(each, standing=Standing.PERHAPS_SEEN) for number, each in self.begun.items()}
        recovered = len(self.begun)
        self.begun.clear()
        return recovered

    async def due(self, now: datetime) -> Mapping[int, tuple[Parcel, ...]]:
        chats = defaultdict[int, list[Parcel]](list)
        for each in self.waiting.values():
            if each.chat_id not in self.quiet and self.held.get(each.chat_id, now) <= now:
                chats[each.chat_id].append(each)
        return {chat_id: tuple(parcels) for chat_id, parcels in chats.items()}

    async def begin(self, ids: Collection[int]) -> None:
        self.begun |= {number: self.waiting.pop(number) for number in ids}

    async def told(self, ids: Collection[int], digest: Digest | None = None) -> None:
        for number in ids:
            self.begun.pop(number, None)
            self.waiting.pop(number, None)
        self.told_ids += ids
        if digest is not None:
            self.digests[digest.chat_id] = digest

    async def unknown(self, ids: Collection[int]) -> None:
        self.unknown_ids += [number for number in ids if self.begun.pop(number, None)]

    async def hold(self, chat_id: int, ids: Collection[int], until: datetime) -> None:
        for number in ids:
            if number in self.begun:
                self.waiting[number] = replace(self.begun.pop(number), chat_id=chat_id)
            elif number in self.waiting:
                self.waiting[number] = replace(self.waiting[number], chat_id=chat_id)
        self.held[chat_id] = until

    async def digest(self, chat_id: int) -> Digest | None:
        return self.digests.get(chat_id)
