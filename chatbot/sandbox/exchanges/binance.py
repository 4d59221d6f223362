"""Binance as its public APIs describe themselves: spot, USD-M and COIN-M on three hosts, oldest rows first.

Law: refusals have HTTP 400 and a negative `code`, and nothing here tells margin tiers: Binance does so only to keys.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from chatbot.sandbox.exchanges.binance_markets import Row, Section, instrument, listings, pair
from chatbot.sandbox.exchanges.characters import UNLISTED_INTERVALS
from chatbot.sandbox.exchanges.floor import Bar, Floor, Settlement
from chatbot.sandbox.exchanges.listings import Kind, Listing, listing_hour, next_quarters
from chatbot.sandbox.exchanges.wire import Answer, Question
from chatbot.sandbox.world import World

INTERVALS = {"5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14400, "6h": 21600, "8h": 28800}
INTERVALS |= {"12h": 43200, "1d": 86400}
CONTRACT_DEPTHS = frozenset({5, 10, 20, 50, 100, 500, 1000})
DAY = 86400
KEYED = frozenset({"leverageBracket", "account", "balance", "positionRisk", "commissionRate"})


PATH = re.compile(r"(?P<section>/api/v3|/fapi/v1|/dapi/v1)/(?P<call>.+)")
HOSTS = {
    Section.SPOT: frozenset({"api.binance.com", "data-api.binance.vision"}),
    Section.LINEAR: frozenset({"fapi.binance.com"}),
    Section.INVERSE: frozenset({"dapi.binance.com"}),
}
MOST_BARS = {Section.SPOT: 1000, Section.LINEAR: 1500, Section.INVERSE: 1500}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and the markets of the section that it is put to."""

    question: Question
    section: Section
    listings: Mapping[str, Listing]

    @property
    def seconds(self) -> float:
        return self.question.seconds

    def trading(self) -> list[Listing]:
        return [listing for listing in self.listings.values() if listing.is_trading]

    def listing(self) -> Listing | None:
        listing = self.listings.get(self.question.query.get("symbol", ""))
        return listing if listing and listing.is_trading else None


class Binance:
    """`api`, `fapi` and `dapi.binance.com`."""

    name = "binance"
    hosts = frozenset().union(*HOSTS.values())

    def __init__(self, world: World) -> None:
        self._world = world
        self._floor = Floor(self.name, world)
        self._listings = lru_cache(maxsize=6)(self._make_listings)
        self._instruments = lru_cache(maxsize=6)(self._make_instruments)
        self._routes: Mapping[str, Callable[[_Asked], Answer]] = {
            "ping": lambda _: Answer({}),
            "time": lambda asked: Answer({"serverTime": asked.question.milliseconds}),
            "exchangeInfo": self._exchange_info,
            "ticker/24hr": lambda asked: self._each(asked, self._day_ticker),
            "ticker/bookTicker": lambda asked: self._each(asked, self._book_ticker),
            "ticker/price": lambda asked: self._each(asked, self._price_ticker),
            "depth": self._depth,
            "klines": self._klines,
        }
        self._contract_routes: Mapping[str, Callable[[_Asked], Answer]] = {
            "premiumIndex": lambda asked: self._each(asked, self._premium_index),
            "fundingRate": self._funding_history,
            "fundingInfo": self._funding_info,
            "openInterest": self._open_interest,
        }

    def answer(self, question: Question) -> Answer:
        """One request; unknown paths get Binance's own 404, those for account holders its 401."""
        found = PATH.fullmatch(question.path)
        section = Section(found["section"]) if found else None
        if found is None or section is None or question.host not in HOSTS[section]:
            return _no_such_path(question)
        if found["call"] in KEYED:
            return Answer({"code": -2014, "msg": "API-key format invalid."}, 401)
        route = self._routes.get(found["call"])
        if section is not Section.SPOT:
            route = route or self._contract_routes.get(found["call"])
        listed = self._listings(section, listing_hour(question.now))
        return route(_Asked(question, section, listed)) if route else _no_such_path(question)

    def _exchange_info(self, asked: _Asked) -> Answer:
        return Answer(
            {
                "timezone": "UTC",
                "serverTime": asked.question.milliseconds,
                "rateLimits": [],
                "exchangeFilters": [],
                "symbols": self._instruments(asked.section, listing_hour(asked.question.now)),
            }
        )

    def _each(self, asked: _Asked, row: Callable[[Listing, _Asked], Row]) -> Answer:
        """One market as an object, several as a list; COIN-M always as a list."""
        names = _named(asked)
        if any(name not in asked.listings or not asked.listings[name].is_trading for name in names):
            return _invalid_symbol()
        chosen = [asked.listings[name] for name in names] or asked.trading()
        rows = [row(listing, asked) for listing in chosen]
        is_single = "symbol" in asked.question.query and asked.section is not Section.INVERSE
        return Answer(rows[0] if is_single else rows)

    def _depth(self, asked: _Asked) -> Answer:
        listing = asked.listing()
        if listing is None:
            return _invalid_symbol()
        wanted = asked.question.number("limit")
        if asked.section is not Section.SPOT and wanted not in {None, *CONTRACT_DEPTHS}:
            return _refused(-4021, "Invalid depth limit.")
        depth = wanted or (100 if asked.section is Section.SPOT else 500)
        bids, asks = self._floor.book(listing, asked.seconds, depth)
        now = asked.question.milliseconds
        book: Row = {
            "lastUpdateId": now,
            "bids": [[level.price, level.amount] for level in bids],
            "asks": [[level.price, level.amount] for level in asks],
        }
        return Answer(book if asked.section is Section.SPOT else book | {"E": now, "T": now})

    def _klines(self, asked: _Asked) -> Answer:
        listing, seconds = asked.listing(), INTERVALS.get(asked.question.query.get("interval", ""))
        if listing is None:
            return _invalid_symbol()
        if seconds is None:
            return _refused(-1120, "Invalid interval.")
        oldest = self._floor.first_bar(listing, seconds)
        first, count = _span(asked.question, seconds, oldest, asked.question.limit(500, MOST_BARS[asked.section]))
        bars = self._floor.bars(listing, seconds, first, count, asked.seconds)
        return Answer([_kline(listing, bar, seconds) for bar in bars])

    def _funding_history(self, asked: _Asked) -> Answer:
        """From `startTime` on where it is given, otherwise the latest; USD-M without a symbol gives all of them."""
        if "symbol" not in asked.question.query and asked.section is Section.LINEAR:
            return self._everybodys_history(asked)
        listing = asked.listing()
        if listing is None or listing.kind is not Kind.PERPETUAL:
            return _invalid_symbol()
        start, last, count = _history_span(asked.question)
        reach = count * listing.longest_interval
        if start is None:
            settlements = self._floor.settlements(listing, last - reach + 1, last)[-count:]
        else:
            first = max(start, int(listing.listed_at.timestamp()) + 1)
            settlements = self._floor.settlements(listing, first, min(last, first + reach - 1))[:count]
        return Answer([_settlement(listing, settlement) for settlement in settlements])

    def _everybodys_history(self, asked: _Asked) -> Answer:
        start, last, count = _history_span(asked.question)
        rows = [
            (settlement.at, _settlement(listing, settlement))
            for listing in asked.trading()
            if listing.kind is Kind.PERPETUAL
            for settlement in self._floor.settlements(listing, last - DAY if start is None else start, last)
        ]
        rows.sort(key=lambda row: row[0])
        chosen = rows[-count:] if start is None else rows[:count]
        return Answer([row for _, row in chosen])

    def _funding_info(self, asked: _Asked) -> Answer:
        """Only the markets whose interval is or was not the usual 8 hours, and not all of those."""
        return Answer(
            [
                {
                    "symbol": listing.market_id,
                    "adjustedFundingRateCap": "0.02000000",
                    "adjustedFundingRateFloor": "-0.02000000",
                    "fundingIntervalHours": listing.settles_every,
                    "disclaimer": False,
                }
                for listing in asked.trading()
                if (listing.turns or listing.settles_every not in (0, 8))
                and listing.coin.name not in UNLISTED_INTERVALS
            ]
        )

    def _open_interest(self, asked: _Asked) -> Answer:
        listing = asked.listing()
        if listing is None:
            return _invalid_symbol()
        mark = self._floor.prices(listing, asked.seconds).mark
        amount = listing.write_amount(listing.amount(self._floor.open_interest_usd(listing), mark))
        row: Row = {"symbol": listing.market_id, "openInterest": amount, "time": asked.question.milliseconds}
        if listing.is_inverse:
            row |= {"pair": pair(listing), "contractType": "PERPETUAL"}
        return Answer(row)

    def _day_ticker(self, listing: Listing, asked: _Asked) -> Row:
        day, last = self._floor.day(listing, asked.seconds), self._floor.prices(listing, asked.seconds).last
        now = asked.question.milliseconds
        ticker: Row = {
            "symbol": listing.market_id,
            "priceChange": listing.write_price(last - day.open),
            "priceChangePercent": f"{100 * (last / day.open - 1):.3f}",
            "weightedAvgPrice": listing.write_price(day.value_usd * listing.unit / day.coins),
            "lastPrice": listing.write_price(last),
            "lastQty": listing.write_amount(float(listing.step)),
            "openPrice": listing.write_price(day.open),
            "highPrice": listing.write_price(day.high),
            "lowPrice": listing.write_price(day.low),
            "volume": listing.write_amount(day.amount),
            "openTime": now - 86_400_000,
            "closeTime": now,
            "firstId": 1,
            "lastId": 1 + _trades(day.value_usd),
            "count": _trades(day.value_usd),
        }
        if listing.is_inverse:
            return ticker | {"pair": pair(listing), "baseVolume": f"{day.coins:.8f}"}
        ticker["quoteVolume"] = f"{day.value_usd:.8f}"
        if listing.kind is not Kind.SPOT:
            return ticker
        return ticker | {"prevClosePrice": ticker["openPrice"]} | self._best(listing, asked)

    def _book_ticker(self, listing: Listing, asked: _Asked) -> Row:
        best: Row = {"symbol": listing.market_id} | self._best(listing, asked)
        if listing.is_inverse:
            best["pair"] = pair(listing)
        return best if listing.kind is Kind.SPOT else best | {"time": asked.question.milliseconds}

    def _best(self, listing: Listing, asked: _Asked) -> Row:
        bids, asks = self._floor.book(listing, asked.seconds, 1)
        return {
            "bidPrice": bids[0].price,
            "bidQty": bids[0].amount,
            "askPrice": asks[0].price,
            "askQty": asks[0].amount,
        }

    def _price_ticker(self, listing: Listing, asked: _Asked) -> Row:
        last = listing.write_price(self._floor.prices(listing, asked.seconds).last)
        ticker: Row = {"symbol": listing.market_id, "price": last}
        return ticker if listing.kind is Kind.SPOT else ticker | {"time": asked.question.milliseconds}

    def _premium_index(self, listing: Listing, asked: _Asked) -> Row:
        prices = self._floor.prices(listing, asked.seconds)
        row: Row = {
            "symbol": listing.market_id,
            "markPrice": f"{prices.mark:.8f}",
            "indexPrice": f"{prices.index:.8f}",
            "estimatedSettlePrice": f"{prices.index:.8f}",
            "lastFundingRate": "",
            "interestRate": "",
            "nextFundingTime": 0,
            "time": asked.question.milliseconds,
        }
        if listing.is_inverse:
            row["pair"] = pair(listing)
        return row | self._funding(listing, asked.seconds) if listing.settles_every else row

    def _funding(self, listing: Listing, at: float) -> Row:
        return {
            "lastFundingRate": f"{self._floor.predicted_rate(listing, at):.8f}",
            "interestRate": "0.00010000",
            "nextFundingTime": self._floor.next_settlement(listing, at) * 1000,
        }

    def _make_instruments(self, section: Section, hour: datetime) -> list[Row]:
        nearest = next_quarters(hour)[0]
        return [instrument(listing, nearest) for listing in self._listings(section, hour).values()]

    def _make_listings(self, section: Section, hour: datetime) -> Mapping[str, Listing]:
        return listings(section, self._world.coins, hour)


def _history_span(question: Question) -> tuple[int | None, int, int]:
    """`startTime` and `endTime` (none: now) in seconds, and how many rows at most."""
    start, end, now = question.number("startTime"), question.number("endTime"), int(question.seconds)
    last = now if end is None else min(end // 1000, now)
    return None if start is None else -(-start // 1000), last, question.limit(100, 1000)


def _settlement(listing: Listing, settlement: Settlement) -> Row:
    return {
        "symbol": listing.market_id,
        "fundingRate": f"{settlement.rate:.8f}",
        "fundingTime": settlement.at * 1000,
        "markPrice": "",
    }


def _kline(listing: Listing, bar: Bar, seconds: int) -> list[object]:
    prices = (bar.open, bar.high, bar.low, bar.close)
    volume, turnover = listing.write_amount(bar.amount), bar.coins if listing.is_inverse else bar.value_usd
    return [
        bar.opened * 1000,
        *(listing.write_price(price) for price in prices),
        volume,
        (bar.opened + seconds) * 1000 - 1,
        f"{turnover:.8f}",
        _trades(bar.value_usd),
        listing.write_amount(bar.amount / 2),
        f"{turnover / 2:.8f}",
        "0",
    ]


def _span(question: Question, seconds: int, oldest: int, limit: int) -> tuple[int, int]:
    """The first bar and how many: from `startTime` on where it is given, otherwise the latest up to `endTime`."""
    start, end = question.number("startTime"), question.number("endTime")
    latest = int(question.seconds) // seconds * seconds
    last = latest if end is None else min(latest, end // 1000 // seconds * seconds)
    first = last - (limit - 1) * seconds if start is None else max(oldest, -(-start // (seconds * 1000)) * seconds)
    return first, min(limit, max(0, (last - first) // seconds + 1))


def _named(asked: _Asked) -> tuple[str, ...]:
    """The symbols that are asked for: `symbol`, or on spot a JSON list; none means all."""
    query = asked.question.query
    if "symbol" in query:
        return (query["symbol"],)
    try:
        names = json.loads(query.get("symbols", "[]"))
    except ValueError:
        return (query["symbols"],)
    return tuple(map(str, names)) if isinstance(names, list) else (str(names),)


def _trades(value_usd: float) -> int:
    return int(value_usd // 2500)


def _refused(code: int, message: str, status: int = 400) -> Answer:
    return Answer({"code": code, "msg": message}, status)


def _invalid_symbol() -> Answer:
    return _refused(-1121, "Invalid symbol.")


def _no_such_path(question: Question) -> Answer:
    return _refused(-5000, f"Path {question.path}, Method GET is invalid", 404)
