"""Plain fakes of the ports, with round literal figures: BTC 60,000, ETH 3,000, SOL 150, PEPE 0.00001.

They keep the promises of the ports (a change twice is None, a key is used once) in memory, and fail where told to.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from chatbot.command import Call, ChatKind, Services
from chatbot.core.alerts.rules import Rule, RuleState, RuleTerms, WatchedRule
from chatbot.core.charges import LastCharges
from chatbot.core.chats import ChatSettings, KnownChat
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, UserMistake
from chatbot.core.markets import (
    Board,
    BoardRow,
    Candle,
    Candles,
    FundingHistory,
    FundingRate,
    FuturesQuote,
    Instrument,
    MarginTiers,
    OrderBook,
    Snapshot,
    SpotPrice,
    exchange_name,
)
from chatbot.core.portfolio import STABLECOINS, Portfolio
from chatbot.core.ports import MONTH, MOST_RULES, Change, ExchangeState, KeptAnswer
from tests.samples import NOW, d, perpetual, snapshot

T = TypeVar("T")

ASKER = 7
PRICES = {"BTC": "60000", "ETH": "3000", "SOL": "150", "PEPE": "0.00001", "GATE": "10", "W": "0.1", "ALL": "2"}


def call(text: str, **changes: Any) -> Call:
    """A private question by the asker at NOW; `update_id`, `chat_kind` ... may be changed."""
    terms: dict[str, Any] = {
        "update_id": 1,
        "user_id": ASKER,
        "chat_id": ASKER,
        "chat_kind": ChatKind.PRIVATE,
        "asked_at": NOW,
    }
    return Call(text=text, **(terms | changes))


def services(
    market: "FakeMarket | None" = None,
    portfolio: Portfolio | None = None,
    now: datetime = NOW,
) -> Services:
    """Everything outside a command, faked; the asker holds `portfolio`."""
    held = FakePortfolios({ASKER: portfolio} if portfolio else {})
    return Services(
        market=market or FakeMarket(),
        portfolios=held,
        answers=FakeAnswers(),
        personal_data=FakePersonalData(held),
        settings=FakeSettings(),
        alerts=FakeAlerts(),
        charges=FakeCharges(),
        chat_book=FakeChatBook(),
        chats=FakeChats(),
        now=lambda: now,
    )


def spot_price(coin: str, price: str, as_of: datetime = NOW) -> SpotPrice:
    """At Binance, one tick wide."""
    return SpotPrice(coin, d(price), "USDT", d(price), d(price), "Binance spot", as_of)


def candles(coin: str, changes: Sequence[float], last: str = "100") -> Candles:
    """Daily bars up to yesterday; `changes` are the moves of their closes from day to day (0.01 is +1 %)."""
    closes = [Decimal(last)]
    for change in reversed(changes):
        closes.append(closes[-1] / Decimal(str(1 + change)))
    first = datetime(NOW.year, NOW.month, NOW.day, tzinfo=NOW.tzinfo) - timedelta(days=len(closes))
    bars = tuple(
        Candle(first + timedelta(days=day), close, close, close, close, Decimal(1000))
        for day, close in enumerate(reversed(closes))
    )
    return Candles(coin, timedelta(days=1), bars, "Binance spot", NOW)


def board(exchange: str, snapshots: Sequence[Snapshot]) -> Board:
    """What an exchange tells in bulk of the markets among `snapshots` that are its own."""
    rows = tuple(
        BoardRow(
            snap.instrument, snap.funding, snap.quote.mark_quote, snap.quote.index_quote, snap.quote.volume_day_quote
        )
        for snap in snapshots
        if snap.instrument.exchange == exchange
    )
    return Board(exchange, rows, NOW, exchange_name(exchange))


def _waves(times: float) -> list[float]:
    """100 days of which no two in a row are alike, `times` as large."""
    return [times * move for move in (0.01, -0.02, 0.015, -0.005, 0.02, -0.01, 0.005, -0.015, 0.01, -0.01)] * 10


@dataclass
class FakeMarket:
    """`MarketData` with literal figures. An exchange named in `outages` answers nothing."""

    prices: Mapping[str, SpotPrice] = field(
        default_factory=lambda: {coin: spot_price(coin, price) for coin, price in PRICES.items()}
    )
    markets: Sequence[Snapshot] = field(
        default_factory=lambda: [
            snapshot(perpetual("BTC"), "60000"),
            snapshot(perpetual("ETH"), "3000"),
            snapshot(perpetual("SOL"), "150"),
        ]
    )
    history: Mapping[str, Candles] = field(
        default_factory=lambda: {
            "BTC": candles("BTC", _waves(1), "60000"),
            "ETH": candles("ETH", _waves(1.5), "3000"),
            "SOL": candles("SOL", _waves(2), "150"),
        }
    )
    exchanges: Sequence[str] = ("binance", "bybit", "okx", "gate")
    outages: Sequence[Outage] = ()
    is_down: bool = False
    spot: Sequence[Instrument] = ()
    spot_books: Mapping[Instrument, OrderBook] = field(default_factory=dict)

    def is_ready(self) -> bool:
        return True

    async def wait_until_ready(self) -> None:
        return None

    def states(self) -> tuple[ExchangeState, ...]:
        out = {outage.exchange: outage for outage in self.outages}
        return tuple(
            ExchangeState(
                exchange,
                exchange_name(exchange),
                0 if self.is_down or exchange in out else 100,
                None if self.is_down else NOW,
                out.get(exchange, Outage(exchange, "connection refused") if self.is_down else None),
            )
            for exchange in self.exchanges
        )

    def coins(self) -> frozenset[str]:
        if self.is_down:
            return frozenset()
        return frozenset(self.prices) | {snap.instrument.coin for snap in self.markets} | {"ONE", "1INCH"}

    def futures(self, coin: str) -> tuple[Instrument, ...]:
        return tuple(snap.instrument for snap in self.markets if snap.instrument.coin == coin)

    async def spot_prices(self, coins: Collection[str]) -> Mapping[str, SpotPrice]:
        self._fail_if_down()
        cash = {coin: SpotPrice(coin, d(1), "USD", None, None, "counted as 1", NOW) for coin in STABLECOINS}
        known = {**cash, **self.prices}
        return {coin: known[coin] for coin in coins if coin in known}

    async def snapshots(self, instruments: Collection[Instrument]) -> tuple[tuple[Snapshot, ...], tuple[Outage, ...]]:
        failed = {outage.exchange for outage in self.outages}
        given = tuple(snap for snap in self.markets if snap.instrument in instruments)
        return tuple(snap for snap in given if snap.instrument.exchange not in failed), tuple(self.outages)

    async def futures_quote(self, instrument: Instrument) -> FuturesQuote:
        return self._snapshot(instrument).quote

    async def order_book(self, instrument: Instrument) -> OrderBook:
        if instrument in self.spot:
            return _given(self.spot_books.get(instrument))
        return _given(self._snapshot(instrument).book)

    async def funding_rate(self, instrument: Instrument) -> FundingRate:
        return _given(self._snapshot(instrument).funding)

    async def funding_history(self, instrument: Instrument, span: timedelta = MONTH) -> FundingHistory:
        return _given(self._snapshot(instrument).history)

    async def boards(self, exchanges: Collection[str] | None = None) -> tuple[tuple[Board, ...], tuple[Outage, ...]]:
        """Made from the same snapshots, one board for each exchange that is not out."""
        asked = [exchange for exchange in self.exchanges if exchanges is None or exchange in exchanges]
        if self.is_down:
            return (), tuple(Outage(exchange, "connection refused") for exchange in asked)
        failed = {outage.exchange for outage in self.outages}
        up = [exchange for exchange in asked if exchange not in failed]
        return tuple(board(exchange, self.markets) for exchange in up), tuple(self.outages)

    def spot_markets(self, coin: str) -> tuple[Instrument, ...]:
        return tuple(market for market in self.spot if market.coin == coin)

    async def margin_tiers(self, instrument: Instrument) -> MarginTiers:
        return _given(self._snapshot(instrument).tiers)

    async def daily_candles(self, coin: str) -> Candles:
        self._fail_if_down()
        if coin not in self.history:
            raise NotPossible(f"No exchange has daily prices of {coin}.")
        return self.history[coin]

    def _fail_if_down(self) -> None:
        if self.is_down:
            outages = [Outage(exchange_name(exchange), "connection refused") for exchange in self.exchanges]
            raise MarketUnavailable("No exchange answered.", outages)

    def _snapshot(self, instrument: Instrument) -> Snapshot:
        return next(snap for snap in self.markets if snap.instrument == instrument)


def _given(part: T | None) -> T:
    if part is None:
        raise MarketUnavailable("The exchange did not say.")
    return part


@dataclass
class FakePortfolios:
    """`Portfolios` in memory; undo keys are u1, u2, ..."""

    held: dict[int, Portfolio] = field(default_factory=dict)
    changes: dict[tuple[int, str], Change] = field(default_factory=dict)
    used: set[tuple[int, int | str]] = field(default_factory=set)
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    async def load(self, user_id: int) -> Portfolio:
        return self.held.get(user_id, Portfolio())

    async def change(self, user_id: int, update_id: int, edit: Callable[[Portfolio], Portfolio]) -> Change | None:
        if (user_id, update_id) in self.used:
            return None
        before = await self.load(user_id)
        return self._store(user_id, update_id, before, edit(before))

    async def undo(self, user_id: int, update_id: int, key: str) -> Change | None:
        if (user_id, key) not in self.changes:
            raise UserMistake("This can no longer be undone: a change can be undone for a day.")
        if {(user_id, update_id), (user_id, key)} & self.used:
            return None
        self.used.add((user_id, key))
        return self._store(user_id, update_id, await self.load(user_id), self.changes[user_id, key].before)

    def _store(self, user_id: int, update_id: int, before: Portfolio, after: Portfolio) -> Change:
        change = Change(before, after, f"u{self.numbers()}")
        self.held[user_id] = after
        self.changes[user_id, change.undo_key] = change
        self.used.add((user_id, update_id))
        return change


@dataclass
class FakeAnswers:
    """`Answers` in memory; keys are k1, k2, ..."""

    kept: dict[tuple[int, str], KeptAnswer] = field(default_factory=dict)

    async def keep(self, user_id: int, answer: KeptAnswer) -> str:
        key = f"k{len(self.kept) + 1}"
        self.kept[user_id, key] = answer
        return key

    async def recall(self, user_id: int, key: str) -> KeptAnswer | None:
        return self.kept.get((user_id, key))


@dataclass
class FakePersonalData:
    """`PersonalData` over the fake portfolios; keys are c1, c2, ..."""

    portfolios: FakePortfolios = field(default_factory=FakePortfolios)
    keys: set[tuple[int, str, str]] = field(default_factory=set)
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    async def export(self, user_id: int) -> Mapping[str, object]:
        held = await self.portfolios.load(user_id)
        return {"holdings": [{"coin": h.coin, "amount_base": str(h.amount_base)} for h in held.holdings]}

    async def forget(self, user_id: int) -> int:
        held = self.portfolios.held.pop(user_id, Portfolio())
        return len(held.holdings) + len(held.positions)

    async def confirm(self, user_id: int, purpose: str) -> str:
        key = f"c{self.numbers()}"
        self.keys.add((user_id, purpose, key))
        return key

    async def redeem(self, user_id: int, purpose: str, key: str) -> bool:
        asked = (user_id, purpose, key)
        is_valid = asked in self.keys
        self.keys.discard(asked)
        return is_valid


@dataclass
class FakeSettings:
    """`Settings` in memory."""

    chosen: dict[int, ChatSettings] = field(default_factory=dict)
    applied: set[tuple[int, int]] = field(default_factory=set)

    async def load(self, chat_id: int) -> ChatSettings:
        return self.chosen.get(chat_id, ChatSettings())

    async def change(
        self, chat_id: int, update_id: int, edit: Callable[[ChatSettings], ChatSettings]
    ) -> ChatSettings | None:
        if (chat_id, update_id) in self.applied:
            return None
        self.chosen[chat_id] = edit(await self.load(chat_id))
        self.applied.add((chat_id, update_id))
        return self.chosen[chat_id]


@dataclass
class FakeAlerts:
    """`Alerts` in memory; ids are 1, 2, ..."""

    kept: dict[int, WatchedRule] = field(default_factory=dict)
    applied: set[tuple[int, int]] = field(default_factory=set)
    numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    async def of(self, chat_id: int) -> tuple[WatchedRule, ...]:
        return tuple(watched for watched in self.kept.values() if watched.rule.chat_id == chat_id)

    async def find(self, chat_id: int, rule_id: int) -> WatchedRule | None:
        watched = self.kept.get(rule_id)
        return watched if watched is not None and watched.rule.chat_id == chat_id else None

    async def add(
        self, chat_id: int, user_id: int | None, update_id: int, terms: RuleTerms, *, is_on: bool = False
    ) -> Rule | None:
        if not self._is_new(chat_id, update_id):
            return None
        if len(await self.of(chat_id)) >= MOST_RULES:
            raise NotPossible(f"A chat has up to {MOST_RULES} alerts.")
        rule = Rule(self.numbers(), chat_id, user_id, terms, NOW)
        self.kept[rule.id] = WatchedRule(rule, RuleState(is_on=is_on))
        return rule

    async def change(
        self, chat_id: int, rule_id: int, update_id: int, edit: Callable[[WatchedRule], WatchedRule]
    ) -> WatchedRule | None:
        watched = await self.find(chat_id, rule_id)
        if watched is None or not self._is_new(chat_id, update_id):
            return None
        changed = edit(watched)
        self.kept[rule_id] = replace(changed, rule=replace(changed.rule, revision=watched.rule.revision + 1))
        return self.kept[rule_id]

    async def remove(self, chat_id: int, rule_id: int, update_id: int) -> Rule | None:
        watched = await self.find(chat_id, rule_id)
        return self.kept.pop(rule_id).rule if watched is not None else None

    async def replace_group(self, chat_id: int, update_id: int, terms: Sequence[RuleTerms]) -> None:
        for watched in await self.of(chat_id):
            del self.kept[watched.rule.id]
        for each in terms:
            rule = Rule(self.numbers(), chat_id, None, each, NOW)
            self.kept[rule.id] = WatchedRule(rule, RuleState())

    def _is_new(self, chat_id: int, update_id: int) -> bool:
        is_new = (chat_id, update_id) not in self.applied
        self.applied.add((chat_id, update_id))
        return is_new


@dataclass
class FakeCharges:
    """`Charges` in memory."""

    charges: LastCharges = field(default_factory=dict)

    async def load(self) -> LastCharges:
        return self.charges

    async def save(self, charges: LastCharges) -> None:
        self.charges = charges


@dataclass
class FakeChatBook:
    """`ChatBook` in memory."""

    known: dict[int, KnownChat] = field(default_factory=dict)

    async def of_person(self, user_id: int) -> tuple[KnownChat, ...]:
        return tuple(chat for chat in self.known.values() if chat.added_by == user_id)

    async def find(self, chat_id: int) -> KnownChat | None:
        return self.known.get(chat_id)

    async def opened(self, chat: KnownChat) -> None:
        self.known[chat.chat_id] = chat

    async def went_quiet(self, chat_id: int, reason: str, at: datetime) -> None:
        self.known[chat_id] = replace(self.known[chat_id], quiet_since=at, reason=reason)

    async def moved(self, chat_id: int, new_chat_id: int) -> None:
        if chat_id in self.known:
            self.known[new_chat_id] = replace(self.known.pop(chat_id), chat_id=new_chat_id)


@dataclass
class FakeChats:
    """`Chats`: who administers what, and which chats there are by name or id."""

    administrators: set[tuple[int, int]] = field(default_factory=set)  # chat, person
    there: dict[str, KnownChat] = field(default_factory=dict)

    async def administers(self, chat_id: int, user_id: int) -> bool:
        return (chat_id, user_id) in self.administrators

    async def look_up(self, name: str) -> KnownChat | None:
        return self.there.get(name)
