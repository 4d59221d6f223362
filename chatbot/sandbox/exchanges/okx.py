"""OKX as its v5 public API describes itself: amounts in contracts, newest rows first, a code in each body."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from chatbot.sandbox.exchanges.floor import Bar, Floor, Level
from chatbot.sandbox.exchanges.listings import Kind, Listing, listing_hour
from chatbot.sandbox.exchanges.okx_markets import TYPES, Rows, family, instrument, listings, position_tiers
from chatbot.sandbox.exchanges.wire import Answer, Question
from chatbot.sandbox.world import World

BARS = {"5m": 300, "15m": 900, "30m": 1800, "1H": 3600, "2H": 7200, "4H": 14400}
BARS |= {"6Hutc": 21600, "12Hutc": 43200, "1Dutc": 86400}
RECENT_BARS = 1440
FUNDING_HISTORY_DAYS = 92


class Okx:
    """`www.okx.com`. Parameter errors are answered with HTTP 200 or 400 and a `code`, as OKX does."""

    name = "okx"
    hosts = frozenset({"www.okx.com", "eea.okx.com", "us.okx.com", "my.okx.com", "app.okx.com"})

    def __init__(self, world: World) -> None:
        self._world = world
        self._floor = Floor(self.name, world)
        self._listings = lru_cache(maxsize=2)(self._make_listings)
        self._instruments = lru_cache(maxsize=6)(self._make_instruments)
        self._routes: Mapping[str, Callable[[Question], Answer]] = {
            "/api/v5/public/time": self._time,
            "/api/v5/public/instruments": self._instruments_info,
            "/api/v5/public/mark-price": self._mark_prices,
            "/api/v5/public/funding-rate": self._funding_rates,
            "/api/v5/public/funding-rate-history": self._funding_history,
            "/api/v5/public/open-interest": self._open_interest,
            "/api/v5/public/position-tiers": self._position_tiers,
            "/api/v5/market/ticker": self._one_ticker,
            "/api/v5/market/tickers": self._tickers,
            "/api/v5/market/index-tickers": self._index_tickers,
            "/api/v5/market/books": self._book,
            "/api/v5/market/candles": self._candles,
            "/api/v5/market/history-candles": self._history_candles,
        }

    def answer(self, question: Question) -> Answer:
        """One request; unknown paths get OKX's own 404."""
        route = self._routes.get(question.path)
        return route(question) if route else _refused("404", "Not Found", 404)

    def _time(self, question: Question) -> Answer:
        return _data([{"ts": str(question.milliseconds)}])

    def _instruments_info(self, question: Question) -> Answer:
        kind = question.query.get("instType", "")
        if not kind:
            return _empty_parameter("instType")
        if kind not in (*TYPES.values(), "OPTION", "MARGIN"):
            return _refused("51000", "Parameter instType error", 400)
        rows = self._instruments(kind, listing_hour(question.now))
        wanted = question.query.get("instId")
        return _data([row for row in rows if wanted in (None, row["instId"])])

    def _mark_prices(self, question: Question) -> Answer:
        rows: Rows = [
            {
                "instType": TYPES[listing.kind],
                "instId": listing.market_id,
                "markPx": listing.write_price(self._floor.prices(listing, question.seconds).mark),
                "ts": str(question.milliseconds),
            }
            for listing in self._chosen(question)
        ]
        return _data(rows) if rows else _unknown_instrument()

    def _funding_rates(self, question: Question) -> Answer:
        wanted = question.query.get("instId", "")
        if not wanted:
            return _empty_parameter("instId")
        rows = [
            self._funding_rate(listing, question)
            for listing in self._open(question).values()
            if listing.kind is Kind.PERPETUAL and wanted in ("ANY", listing.market_id)
        ]
        return _data(rows) if rows else _unknown_instrument()

    def _funding_history(self, question: Question) -> Answer:
        listing = self._asked(question)
        if listing is None or listing.kind is not Kind.PERPETUAL:
            return _unknown_instrument()
        oldest = (question.milliseconds - FUNDING_HISTORY_DAYS * 86_400_000) // 1000
        first, last = _between(question, oldest, int(question.seconds))
        newest = reversed(self._floor.settlements(listing, first, last)[-question.limit(100, 100) :])
        return _data(
            [
                {
                    "instType": "SWAP",
                    "instId": listing.market_id,
                    "fundingRate": f"{settlement.rate:.10f}",
                    "realizedRate": f"{settlement.rate:.10f}",
                    "fundingTime": str(settlement.at * 1000),
                    "formulaType": "withRate",
                    "method": "current_period",
                }
                for settlement in newest
            ]
        )

    def _open_interest(self, question: Question) -> Answer:
        rows: Rows = []
        for listing in self._chosen(question):
            mark = self._floor.prices(listing, question.seconds).mark
            value = self._floor.open_interest_usd(listing)
            rows.append(
                {
                    "instType": TYPES[listing.kind],
                    "instId": listing.market_id,
                    "oi": listing.write_amount(listing.amount(value, mark)),
                    "oiCcy": f"{value / mark:.4f}",
                    "oiUsd": f"{value:.2f}",
                    "ts": str(question.milliseconds),
                }
            )
        return _data(rows) if rows else _unknown_instrument()

    def _position_tiers(self, question: Question) -> Answer:
        for name in ("instType", "tdMode"):
            if not question.query.get(name):
                return _empty_parameter(name)
        families = (question.query.get("instFamily") or question.query.get("uly", "")).split(",")
        of_type = self._of_type(question, question.query["instType"])
        chosen = {family(listing): listing for listing in of_type if family(listing) in families}
        rows = [row for listing in chosen.values() for row in position_tiers(listing)]
        return _data(rows) if rows else _unknown_instrument()

    def _one_ticker(self, question: Question) -> Answer:
        listing = self._asked(question)
        return _data([self._ticker(listing, question)]) if listing else _unknown_instrument()

    def _tickers(self, question: Question) -> Answer:
        kind = question.query.get("instType", "")
        if not kind:
            return _empty_parameter("instType")
        return _data([self._ticker(listing, question) for listing in self._of_type(question, kind)])

    def _index_tickers(self, question: Question) -> Answer:
        wanted, quote = question.query.get("instId"), question.query.get("quoteCcy", "USDT")
        spots = self._of_type(question, "SPOT")
        if wanted:
            spots = [listing for listing in spots if wanted in (f"{listing.base}-USDT", f"{listing.base}-USD")]
            quote = wanted.rpartition("-")[2]
        rows = [self._index_ticker(listing, quote, question) for listing in spots]
        return _data(rows) if rows else _unknown_instrument()

    def _book(self, question: Question) -> Answer:
        listing = self._asked(question)
        if listing is None:
            return _unknown_instrument()
        depth = question.number("sz")
        bids, asks = self._floor.book(listing, question.seconds, 1 if depth is None else max(1, min(depth, 400)))
        book = {"asks": _levels(asks), "bids": _levels(bids), "ts": str(question.milliseconds)}
        return _data([book | {"seqId": question.milliseconds // 100}])

    def _candles(self, question: Question) -> Answer:
        return self._bars(question, RECENT_BARS)

    def _history_candles(self, question: Question) -> Answer:
        return self._bars(question, None)

    def _bars(self, question: Question, most: int | None) -> Answer:
        listing, seconds = self._asked(question), BARS.get(question.query.get("bar", ""))
        if listing is None:
            return _unknown_instrument()
        if seconds is None:
            return _refused("51000", "Parameter bar error", 400)
        latest = int(question.seconds) // seconds * seconds
        oldest = 0 if most is None else latest - (most - 1) * seconds
        first, last = _between(question, oldest, latest)
        last = last // seconds * seconds
        first = max(-(-first // seconds) * seconds, last - (question.limit(100, 300) - 1) * seconds)
        bars = self._floor.bars(listing, seconds, first, max(0, (last - first) // seconds + 1), question.seconds)
        return _data([_candle(listing, bar, is_closed=bar.opened < latest) for bar in reversed(bars)])

    def _ticker(self, listing: Listing, question: Question) -> dict[str, object]:
        day, last = self._floor.day(listing, question.seconds), self._floor.prices(listing, question.seconds).last
        bids, asks = self._floor.book(listing, question.seconds, 1)
        return {
            "instType": TYPES[listing.kind],
            "instId": listing.market_id,
            "last": listing.write_price(last),
            "lastSz": f"{listing.step:f}",
            "askPx": asks[0].price,
            "askSz": asks[0].amount,
            "bidPx": bids[0].price,
            "bidSz": bids[0].amount,
            "open24h": listing.write_price(day.open),
            "high24h": listing.write_price(day.high),
            "low24h": listing.write_price(day.low),
            "volCcy24h": f"{day.value_usd if listing.kind is Kind.SPOT else day.coins:.4f}",
            "vol24h": listing.write_amount(day.amount),
            "ts": str(question.milliseconds),
            "sodUtc0": listing.write_price(self._floor.prices(listing, question.seconds // 86400 * 86400).last),
            "sodUtc8": listing.write_price(day.open),
        }

    def _index_ticker(self, listing: Listing, quote: str, question: Question) -> dict[str, object]:
        day = self._floor.day(listing, question.seconds)
        return {
            "instId": f"{listing.base}-{quote}",
            "idxPx": listing.write_price(self._floor.prices(listing, question.seconds).index),
            "high24h": listing.write_price(day.high),
            "low24h": listing.write_price(day.low),
            "open24h": listing.write_price(day.open),
            "sodUtc0": listing.write_price(day.open),
            "sodUtc8": listing.write_price(day.open),
            "ts": str(question.milliseconds),
        }

    def _funding_rate(self, listing: Listing, question: Question) -> dict[str, object]:
        coming = self._floor.next_settlement(listing, question.seconds)
        every = listing.settles_every * 3600
        settled = self._floor.settlements(listing, coming - every, coming - 1)
        return {
            "instType": "SWAP",
            "instId": listing.market_id,
            "fundingRate": f"{self._floor.predicted_rate(listing, question.seconds):.10f}",
            "fundingTime": str(coming * 1000),
            "nextFundingRate": "",
            "nextFundingTime": str((coming + every) * 1000),
            "prevFundingTime": str((coming - every) * 1000),
            "settFundingRate": f"{settled[-1].rate:.10f}" if settled else "",
            "settState": "settled",
            "method": "current_period",
            "formulaType": "withRate",
            "interestRate": "0.0001",
            "impactValue": "20000",
            "maxFundingRate": "0.02",
            "minFundingRate": "-0.02",
            "premium": "0",
            "ts": str(question.milliseconds),
        }

    def _asked(self, question: Question) -> Listing | None:
        return self._open(question).get(question.query.get("instId", ""))

    def _chosen(self, question: Question) -> list[Listing]:
        """By type, and within it by instrument where one is named."""
        wanted = question.query.get("instId")
        if not wanted:
            return self._of_type(question, question.query.get("instType", ""))
        listing = self._open(question).get(wanted)
        return [listing] if listing else []

    def _of_type(self, question: Question, kind: str) -> list[Listing]:
        return [listing for listing in self._open(question).values() if TYPES[listing.kind] == kind]

    def _open(self, question: Question) -> Mapping[str, Listing]:
        return self._listings(listing_hour(question.now))[1]

    def _make_instruments(self, kind: str, hour: datetime) -> Rows:
        every = self._listings(hour)[0].values()
        return [instrument(number, listing) for number, listing in enumerate(every) if TYPES[listing.kind] == kind]

    def _make_listings(self, hour: datetime) -> tuple[Mapping[str, Listing], Mapping[str, Listing]]:
        """All that are listed, and those of them that trade."""
        listed = listings(self._world.coins, hour)
        return listed, {name: listing for name, listing in listed.items() if listing.is_trading}


def _candle(listing: Listing, bar: Bar, *, is_closed: bool) -> list[str]:
    prices = (bar.open, bar.high, bar.low, bar.close)
    coins_or_quote = bar.value_usd if listing.kind is Kind.SPOT else bar.coins
    return [
        str(bar.opened * 1000),
        *(listing.write_price(price) for price in prices),
        listing.write_amount(bar.amount),
        f"{coins_or_quote:.4f}",
        f"{bar.value_usd:.4f}",
        str(int(is_closed)),
    ]


def _levels(levels: Iterable[Level]) -> list[list[str]]:
    return [[level.price, level.amount, "0", "1"] for level in levels]


def _between(question: Question, oldest: int, latest: int) -> tuple[int, int]:
    """The seconds strictly between `before` (older end) and `after` (newer end): OKX names them by the page's order."""
    before, after = question.number("before"), question.number("after")
    first = oldest if before is None else max(oldest, before // 1000 + 1)
    last = latest if after is None else min(latest, -(-after // 1000) - 1)
    return first, last


def _data(rows: object) -> Answer:
    return Answer({"code": "0", "msg": "", "data": rows})


def _refused(code: str, message: str, status: int = 200) -> Answer:
    return Answer({"code": code, "msg": message, "data": []}, status)


def _unknown_instrument() -> Answer:
    return _refused("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")


def _empty_parameter(name: str) -> Answer:
    return _refused("50014", f"Parameter {name} can not be empty.", 400)
