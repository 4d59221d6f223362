"""Hyperliquid as its info endpoint describes itself: one address, the question in the body, the oldest rows first.

Law: what it does not understand is a 422, and a coin that it does not know is a 500 with `null`, as there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from chatbot.sandbox.exchanges.floor import Bar, Floor
from chatbot.sandbox.exchanges.hyperliquid_markets import Row, asset, listings
from chatbot.sandbox.exchanges.listings import Listing, listing_hour
from chatbot.sandbox.exchanges.wire import Answer, Question
from chatbot.sandbox.world import World

INTERVALS = {"5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "8h": 28800, "12h": 43200}
INTERVALS |= {"1d": 86400}
BOOK_LEVELS = 20
MOST_BARS = 5000
MOST_SETTLEMENTS = 500
STAMPED_LATE_MS = 97  # at most, after the full hour
HOUR = 3600


class Hyperliquid:
    """`api.hyperliquid.xyz/info`."""

    name = "hyperliquid"
    hosts = frozenset({"api.hyperliquid.xyz"})

    def __init__(self, world: World) -> None:
        self._world = world
        self._floor = Floor(self.name, world)
        self._listings = lru_cache(maxsize=2)(self._make_listings)
        self._routes: Mapping[object, Callable[[Question], Answer]] = {
            "exchangeStatus": lambda question: Answer({"time": question.milliseconds, "specialStatuses": None}),
            "perpDexs": lambda _: Answer([None]),  # itself; others build on it, but not here
            "spotMeta": lambda _: Answer({"tokens": [], "universe": []}),
            "spotMetaAndAssetCtxs": lambda _: Answer([{"tokens": [], "universe": []}, []]),
            "meta": lambda question: Answer(self._meta(question)),
            "metaAndAssetCtxs": self._meta_and_contexts,
            "allMids": self._all_mids,
            "l2Book": self._book,
            "candleSnapshot": self._candles,
            "fundingHistory": self._funding_history,
        }

    def answer(self, question: Question) -> Answer:
        """One question; it stands in the body."""
        if question.path != "/info":
            return Answer("", 404)
        route = self._routes.get(question.body.get("type"))
        return route(question) if route else _not_understood()

    def _meta(self, question: Question) -> Row:
        return {
            "universe": [asset(listing) for listing in self._all(question).values()],
            "marginTables": [],
            "collateralToken": 0,
        }

    def _meta_and_contexts(self, question: Question) -> Answer:
        contexts = [self._context(listing, question.seconds) for listing in self._all(question).values()]
        return Answer([self._meta(question), contexts])

    def _context(self, listing: Listing, at: float) -> Row:
        """A delisted coin keeps its place, without a middle."""
        prices, day = self._floor.prices(listing, at), self._floor.day(listing, at)
        last = listing.write_price(prices.last)
        return {
            "funding": f"{self._floor.predicted_rate(listing, at):.10f}",
            "openInterest": listing.write_amount(listing.amount(self._floor.open_interest_usd(listing), prices.mark)),
            "prevDayPx": listing.write_price(day.open),
            "dayNtlVlm": f"{day.value_usd:.6f}",
            "premium": f"{prices.last / prices.index - 1:.8f}",
            "oraclePx": listing.write_price(prices.index),
            "markPx": listing.write_price(prices.mark),
            "midPx": last if listing.is_trading else None,
            "impactPxs": [last, last] if listing.is_trading else None,
            "dayBaseVlm": listing.write_amount(day.amount),
        }

    def _all_mids(self, question: Question) -> Answer:
        trading = (listing for listing in self._all(question).values() if listing.is_trading)
        last = ((listing, self._floor.prices(listing, question.seconds).last) for listing in trading)
        return Answer({listing.market_id: listing.write_price(price) for listing, price in last})

    def _book(self, question: Question) -> Answer:
        listing = self._named(question, question.body)
        if listing is None:
            return _unknown_coin()
        sides = self._floor.book(listing, question.seconds, BOOK_LEVELS)
        levels = [[{"px": level.price, "sz": level.amount, "n": 1} for level in side] for side in sides]
        return Answer({"coin": listing.market_id, "levels": levels, "time": question.milliseconds})

    def _candles(self, question: Question) -> Answer:
        asked = question.body.get("req")
        asked = asked if isinstance(asked, dict) else {}
        listing, seconds = self._named(question, asked), INTERVALS.get(str(asked.get("interval")))
        if listing is None:
            return _unknown_coin()
        start, end = _milliseconds(asked, "startTime"), _milliseconds(asked, "endTime")
        if seconds is None or start is None:
            return _not_understood()
        last = min(question.milliseconds if end is None else end, question.milliseconds) // 1000 // seconds * seconds
        first = max(
            -(-start // 1000 // seconds) * seconds,
            self._floor.first_bar(listing, seconds),
            last - (MOST_BARS - 1) * seconds,
        )
        count = max(0, (last - first) // seconds + 1)
        bars = self._floor.bars(listing, seconds, first, count, question.seconds)
        return Answer([_candle(listing, bar, str(asked["interval"]), seconds) for bar in bars])

    def _funding_history(self, question: Question) -> Answer:
        listing, start = self._named(question, question.body), _milliseconds(question.body, "startTime")
        if listing is None:
            return _unknown_coin()
        if start is None:
            return _not_understood()
        end = _milliseconds(question.body, "endTime")
        last = min(question.milliseconds if end is None else end, question.milliseconds) // 1000
        first = max((start - STAMPED_LATE_MS) // 1000, int(listing.listed_at.timestamp()) + 1)
        reach = min(last, first + (MOST_SETTLEMENTS + 1) * HOUR)
        rows = [
            {
                "coin": listing.market_id,
                "fundingRate": f"{settlement.rate:.10f}",
                "premium": f"{settlement.rate * 8:.10f}",
                "time": settlement.at * 1000 + _late_ms(settlement.at),
            }
            for settlement in self._floor.settlements(listing, first, reach)
            if settlement.at * 1000 + _late_ms(settlement.at) >= start
        ]
        return Answer(rows[:MOST_SETTLEMENTS])

    def _named(self, question: Question, asked: Mapping[str, object]) -> Listing | None:
        listing = self._all(question).get(str(asked.get("coin")))
        return listing if listing and listing.is_trading else None

    def _all(self, question: Question) -> Mapping[str, Listing]:
        return self._listings(listing_hour(question.now))

    def _make_listings(self, hour: datetime) -> Mapping[str, Listing]:
        return listings(self._world.coins, hour)


def _candle(listing: Listing, bar: Bar, interval: str, seconds: int) -> Row:
    return {
        "t": bar.opened * 1000,
        "T": (bar.opened + seconds) * 1000 - 1,
        "s": listing.market_id,
        "i": interval,
        "o": listing.write_price(bar.open),
        "c": listing.write_price(bar.close),
        "h": listing.write_price(bar.high),
        "l": listing.write_price(bar.low),
        "v": listing.write_amount(bar.amount),
        "n": int(bar.value_usd // 2500),
    }


def _late_ms(settled_at: int) -> int:
    return settled_at // HOUR * 31 % (STAMPED_LATE_MS + 1)


def _milliseconds(asked: Mapping[str, object], name: str) -> int | None:
    value = asked.get(name)
    return value if isinstance(value, int) else None


def _not_understood() -> Answer:
    return Answer("Failed to deserialize the JSON body into the target type", 422)


def _unknown_coin() -> Answer:
    return Answer(None, 500)
