"""Bybit as its v5 public API describes itself: linear, inverse and spot in one address space, newest rows first."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from chatbot.sandbox.exchanges.bybit_markets import CATEGORIES, Rows, instrument, listings
from chatbot.sandbox.exchanges.floor import Bar, Floor
from chatbot.sandbox.exchanges.listings import Kind, Listing, listing_hour, margin_tiers, milliseconds
from chatbot.sandbox.exchanges.wire import Answer, Question
from chatbot.sandbox.world import World

INTERVALS = {"5": 300, "15": 900, "30": 1800, "60": 3600, "120": 7200, "240": 14400, "360": 21600, "720": 43200}
INTERVALS |= {"D": 86400}
OPEN_INTEREST_SECONDS = {"5min": 300, "15min": 900, "30min": 1800, "1h": 3600, "4h": 14400, "1d": 86400}
BOOK_LIMITS = {"spot": (1, 200), "linear": (25, 500), "inverse": (25, 500)}


class Bybit:
    """`api.bybit.com`. Parameter errors are answered with HTTP 200 and a `retCode`, as Bybit does."""

    name = "bybit"
    hosts = frozenset({"api.bybit.com", "api.bytick.com"})

    def __init__(self, world: World) -> None:
        self._world = world
        self._floor = Floor(self.name, world)
        self._listings = lru_cache(maxsize=2)(self._make_listings)
        self._instruments = lru_cache(maxsize=6)(self._make_instruments)
        self._routes: Mapping[str, Callable[[Question], Answer]] = {
            "/v5/market/time": self._time,
            "/v5/market/instruments-info": self._instruments_info,
            "/v5/market/tickers": self._tickers,
            "/v5/market/orderbook": self._order_book,
            "/v5/market/kline": self._kline,
            "/v5/market/funding/history": self._funding_history,
            "/v5/market/open-interest": self._open_interest,
            "/v5/market/risk-limit": self._risk_limit,
        }

    def answer(self, question: Question) -> Answer:
        """One request; unknown paths get Bybit's plain 404."""
        route = self._routes.get(question.path)
        return route(question) if route else Answer("404 page not found", 404)

    def _time(self, question: Question) -> Answer:
        return _success(
            question,
            {"timeSecond": str(int(question.seconds)), "timeNano": str(question.milliseconds * 1_000_000)},
        )

    def _instruments_info(self, question: Question) -> Answer:
        category = question.query.get("category", "")
        if category == "option" or question.query.get("status") == "PreLaunch":
            return _listed(question, [], category=category, nextPageCursor="")
        if category not in CATEGORIES:
            return _refused(question, "Illegal category")
        symbol = question.query.get("symbol")
        rows = self._instruments(category, listing_hour(question.now))
        chosen = [row for row in rows if symbol in (None, row["symbol"])]
        return _listed(question, chosen, category=category, nextPageCursor="")

    def _tickers(self, question: Question) -> Answer:
        category = question.query.get("category", "")
        if category not in CATEGORIES:
            return _refused(question, "Illegal category")
        chosen = [listing for listing in self._category(question).values() if listing.is_trading]
        if "symbol" in question.query:
            chosen = [listing for listing in chosen if listing.market_id == question.query["symbol"]]
            if not chosen:
                return _unknown_symbol(question)
        ticker = self._spot_ticker if category == "spot" else self._contract_ticker
        return _listed(question, [ticker(listing, question.seconds) for listing in chosen], category=category)

    def _order_book(self, question: Question) -> Answer:
        listing = self._asked(question)
        if listing is None:
            return _unknown_symbol(question)
        depth = question.limit(*BOOK_LIMITS[question.query["category"]])
        bids, asks = self._floor.book(listing, question.seconds, depth)
        book = {
            "s": listing.market_id,
            "b": [[level.price, level.amount] for level in bids],
            "a": [[level.price, level.amount] for level in asks],
            "ts": question.milliseconds,
            "u": question.milliseconds // 100,
            "seq": question.milliseconds // 10,
            "cts": question.milliseconds,
        }
        return _success(question, book)

    def _kline(self, question: Question) -> Answer:
        listing, seconds = self._asked(question), INTERVALS.get(question.query.get("interval", ""))
        if listing is None:
            return _unknown_symbol(question)
        if seconds is None:
            return _refused(question, "Invalid period!")
        oldest = self._floor.first_bar(listing, seconds)
        first, count = _span(question, seconds, oldest, question.limit(200, 1000))
        bars = self._floor.bars(listing, seconds, first, count, question.seconds)
        rows = [_kline_row(listing, bar) for bar in reversed(bars)]
        return _success(
            question, {"category": question.query.get("category"), "symbol": listing.market_id, "list": rows}
        )

    def _funding_history(self, question: Question) -> Answer:
        listing = self._asked(question)
        if listing is None or listing.kind is not Kind.PERPETUAL:
            return _unknown_symbol(question)
        start, end = question.number("startTime"), question.number("endTime")
        if start is not None and end is None:
            return _refused(question, "params error: end time is required")
        last = min((end if end is not None else question.milliseconds) // 1000, int(question.seconds))
        count = question.limit(200, 200)
        first = max(-(-(start or 0) // 1000), last - count * listing.longest_interval + 1)
        rows: Rows = [
            {
                "symbol": listing.market_id,
                "fundingRate": f"{settlement.rate:.8f}",
                "fundingRateTimestamp": str(settlement.at * 1000),
            }
            for settlement in reversed(self._floor.settlements(listing, first, last)[-count:])
        ]
        return _listed(question, rows, category=question.query.get("category"))

    def _open_interest(self, question: Question) -> Answer:
        listing, seconds = self._asked(question), OPEN_INTEREST_SECONDS.get(question.query.get("intervalTime", ""))
        if listing is None or listing.kind is Kind.SPOT:
            return _unknown_symbol(question)
        if seconds is None:
            return _refused(question, "intervalTime is invalid")
        open_amount = self._open_amount(listing, self._floor.prices(listing, question.seconds).mark)
        latest = int(question.seconds) // seconds * seconds
        rows: Rows = [
            {"openInterest": open_amount, "timestamp": str((latest - i * seconds) * 1000)}
            for i in range(question.limit(50, 200))
        ]
        category = question.query.get("category")
        return _listed(question, rows, symbol=listing.market_id, category=category, nextPageCursor="")

    def _risk_limit(self, question: Question) -> Answer:
        if question.query.get("category") not in ("linear", "inverse"):
            return _refused(question, "Illegal category")
        if "symbol" not in question.query:
            chosen: Iterable[Listing] = self._category(question).values()
        else:
            asked = self._asked(question)
            chosen = (asked,) if asked else ()
        rows = [row for listing in chosen for row in self._tiers(listing, question.seconds)]
        return _listed(question, rows, category=question.query["category"], nextPageCursor="")

    def _tiers(self, listing: Listing, at: float) -> Rows:
        """Limits are in the coin that settles: USDT, or for inverse contracts the coin itself (rounded)."""
        scale = round(self._world.coins[listing.coin.name].price) if listing.is_inverse else 1
        return [
            {
                "id": number,
                "symbol": listing.market_id,
                "riskLimitValue": str(round(tier.limit_usd / scale)),
                "maintenanceMargin": tier.maintenance_share,
                "initialMargin": f"{1 / tier.leverage:.4f}",
                "maxLeverage": f"{tier.leverage:.2f}",
                "isLowestRisk": int(number == 1),
                "mmDeduction": "",
            }
            for number, tier in enumerate(margin_tiers(listing), start=1)
        ]

    def _asked(self, question: Question) -> Listing | None:
        listing = self._category(question).get(question.query.get("symbol", ""))
        return listing if listing and listing.is_trading else None

    def _category(self, question: Question) -> Mapping[str, Listing]:
        return self._listings(listing_hour(question.now)).get(question.query.get("category", "linear"), {})

    def _spot_ticker(self, listing: Listing, at: float) -> dict[str, object]:
        index = self._floor.prices(listing, at).index
        return self._ticker(listing, at) | {"usdIndexPrice": listing.write_price(index)}

    def _ticker(self, listing: Listing, at: float) -> dict[str, object]:
        day, last = self._floor.day(listing, at), self._floor.prices(listing, at).last
        bids, asks = self._floor.book(listing, at, 1)
        return {
            "symbol": listing.market_id,
            "bid1Price": bids[0].price,
            "bid1Size": bids[0].amount,
            "ask1Price": asks[0].price,
            "ask1Size": asks[0].amount,
            "lastPrice": listing.write_price(last),
            "prevPrice24h": listing.write_price(day.open),
            "price24hPcnt": f"{last / day.open - 1:.4f}",
            "highPrice24h": listing.write_price(day.high),
            "lowPrice24h": listing.write_price(day.low),
            "turnover24h": f"{day.value_usd:.4f}",
            "volume24h": listing.write_amount(day.amount),
        }

    def _contract_ticker(self, listing: Listing, at: float) -> dict[str, object]:
        prices, day = self._floor.prices(listing, at), self._floor.day(listing, at)
        hour_ago = self._floor.prices(listing, at - 3600).last
        ticker = self._ticker(listing, at) | {
            "indexPrice": listing.write_price(prices.index),
            "markPrice": listing.write_price(prices.mark),
            "prevPrice1h": listing.write_price(hour_ago),
            "openInterest": self._open_amount(listing, prices.mark),
            "openInterestValue": self._open_value(listing, prices.mark),
            "turnover24h": f"{day.coins if listing.is_inverse else day.value_usd:.4f}",
            "predictedDeliveryPrice": "",
            "basisRate": "",
            "basis": "",
            "deliveryFeeRate": "",
            "deliveryTime": "0",
        }
        return ticker | (self._funding(listing, at) if listing.settles_every else self._delivery(listing, at))

    def _funding(self, listing: Listing, at: float) -> dict[str, object]:
        return {
            "fundingRate": f"{self._floor.predicted_rate(listing, at):.8f}",
            "nextFundingTime": str(self._floor.next_settlement(listing, at) * 1000),
            "fundingIntervalHour": str(listing.settles_every),
            "fundingCap": "0.02",
        }

    def _delivery(self, listing: Listing, at: float) -> dict[str, object]:
        prices = self._floor.prices(listing, at)
        return {
            "fundingRate": "",
            "nextFundingTime": "0",
            "basis": f"{prices.last - prices.index:.2f}",
            "basisRate": f"{prices.last / prices.index - 1:.8f}",
            "deliveryFeeRate": "0.0005",
            "deliveryTime": milliseconds(listing.expires_at),
        }

    def _open_amount(self, listing: Listing, mark: float) -> str:
        return listing.write_amount(listing.amount(self._floor.open_interest_usd(listing), mark))

    def _open_value(self, listing: Listing, mark: float) -> str:
        value = self._floor.open_interest_usd(listing)
        return f"{value / mark if listing.is_inverse else value:.4f}"

    def _make_instruments(self, category: str, hour: datetime) -> Rows:
        return [instrument(listing) for listing in self._listings(hour)[category].values()]

    def _make_listings(self, hour: datetime) -> Mapping[str, Mapping[str, Listing]]:
        return listings(self._world.coins, hour)


def _kline_row(listing: Listing, bar: Bar) -> list[str]:
    prices = (bar.open, bar.high, bar.low, bar.close)
    turnover = bar.coins if listing.is_inverse else bar.value_usd
    return [
        str(bar.opened * 1000),
        *(listing.write_price(price) for price in prices),
        listing.write_amount(bar.amount),
        f"{turnover:.4f}",
    ]


def _span(question: Question, seconds: int, oldest: int, limit: int) -> tuple[int, int]:
    """The first bar and how many. A start alone counts forward, otherwise the last `limit` up to the end."""
    start, end = question.number("start"), question.number("end")
    latest = int(question.seconds) // seconds * seconds
    last = latest if end is None else min(latest, end // 1000 // seconds * seconds)
    if start is None:
        return last - (limit - 1) * seconds, limit
    first = max(oldest, start // 1000 // seconds * seconds)
    if end is None:
        return first, limit
    return max(first, last - (limit - 1) * seconds), min(limit, max(0, (last - first) // seconds + 1))


def _success(question: Question, result: object) -> Answer:
    return Answer({"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": question.milliseconds})


def _listed(question: Question, rows: Rows, **around: object) -> Answer:
    return _success(question, {**around, "list": rows})


def _refused(question: Question, message: str) -> Answer:
    body = {"retCode": 10001, "retMsg": message, "result": {}, "retExtInfo": {}, "time": question.milliseconds}
    return Answer(body)


def _unknown_symbol(question: Question) -> Answer:
    return _refused(question, "params error: symbol invalid")
