"""Funding in the simulated world: exchanges disagree, some rates flip or err, and some intervals take turns."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sandbox.exchanges.binance_markets import Section
from chatbot.sandbox.exchanges.binance_markets import listings as binance_listings
from chatbot.sandbox.exchanges.bybit_markets import listings as bybit_listings
from chatbot.sandbox.exchanges.characters import CHANGING_HOURS, FLIPPING, MISTAKES, funding_hours, hours_in_turn
from chatbot.sandbox.exchanges.floor import Floor
from chatbot.sandbox.exchanges.hyperliquid_markets import listings as hyperliquid_listings
from chatbot.sandbox.exchanges.listings import Listing
from chatbot.sandbox.exchanges.okx_markets import listings as okx_listings
from chatbot.sandbox.world import World

WORLD = World(seed=1)
NOW = datetime(2026, 4, 15, 10, 20, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
HOUR, DAY, YEAR = 3600, 86400, 365 * 86400


def listed(exchange: str, now: datetime = NOW) -> Mapping[str, Listing]:
    """Perpetuals against dollars, by coin."""
    found = {
        "binance": lambda: binance_listings(Section.LINEAR, WORLD.coins, now),
        "bybit": lambda: bybit_listings(WORLD.coins, now)["linear"],
        "okx": lambda: okx_listings(WORLD.coins, now),
        "hyperliquid": lambda: hyperliquid_listings(WORLD.coins, now),
    }[exchange]()
    every = [listing for listing in found.values() if listing.settles_every and not listing.is_inverse]
    return {listing.coin.name: listing for listing in every}


def per_year(exchange: str, coin: str) -> float:
    """What was settled in the last year."""
    settlements = Floor(exchange, WORLD).settlements(listed(exchange)[coin], NOW_S - YEAR, NOW_S)
    return sum(settlement.rate for settlement in settlements)


def test_the_same_coin_pays_differently_at_each_exchange() -> None:
    paid = {exchange: per_year(exchange, "BTC") for exchange in ("binance", "bybit", "okx", "hyperliquid")}
    # 0.8 % a year at Binance, and 5, -2 and 11 points beside it; a year's noise is 1.73 x 0.0047 % x sqrt(1095) = 0.3
    assert paid["okx"] < paid["binance"] < paid["bybit"] < paid["hyperliquid"]
    assert paid["hyperliquid"] - paid["okx"] == pytest.approx(0.13, abs=0.02)


@pytest.mark.parametrize(("exchange", "coin"), sorted(FLIPPING))
def test_the_coming_charge_of_a_flipping_market_goes_the_other_way_than_the_last(exchange: str, coin: str) -> None:
    floor, listing = Floor(exchange, WORLD), listed(exchange)[coin]
    for minutes in range(0, 24 * 60, 50):
        at = NOW_S + minutes * 60
        last = floor.settlements(listing, at - DAY, at)[-1]
        assert floor.predicted_rate(listing, at) * last.rate < 0


def test_a_mistaken_rate_is_predicted_and_never_settled() -> None:
    for (exchange, coin), rate in MISTAKES.items():
        floor, listing = Floor(exchange, WORLD), listed(exchange)[coin]
        # 4.5 % in 4 hours: three times what can hardly be
        assert floor.predicted_rate(listing, NOW_S) == rate == 0.045
        settled = floor.settlements(listing, NOW_S - 30 * DAY, NOW_S)
        assert max(abs(settlement.rate) for settlement in settled) <= 0.02


@pytest.mark.parametrize(("exchange", "coin"), sorted(CHANGING_HOURS))
def test_an_interval_takes_turns_every_three_days_at_midnight(exchange: str, coin: str) -> None:
    turns = CHANGING_HOURS[exchange, coin]
    floor = Floor(exchange, WORLD)
    settled = floor.settlements(listed(exchange)[coin], NOW_S - 30 * DAY, NOW_S)
    times = [settlement.at for settlement in settled]
    assert times == sorted(set(times))
    for before, after in pairwise(times):
        assert after - before == hours_in_turn(turns, before) * HOUR
    changes = [now for then, now in pairwise(np.diff(times)) if then != now]
    assert len(changes) in (9, 10)  # 30 days / 3
    lately = {listed(exchange, NOW - timedelta(days=days))[coin].settles_every for days in range(6)}
    assert lately == set(turns)


@given(st.integers(0, 20 * DAY), st.integers(0, 20 * DAY))
def test_settlements_of_changing_intervals_are_the_same_in_every_page(start: int, length: int) -> None:
    floor, listing = Floor("bybit", WORLD), listed("bybit")["TIA"]
    first = NOW_S - 40 * DAY
    whole = floor.settlements(listing, first, NOW_S)
    page = floor.settlements(listing, first + start, first + start + length)
    assert page == tuple(s for s in whole if first + start <= s.at <= first + start + length)


def test_a_market_without_turns_keeps_its_interval() -> None:
    assert funding_hours("binance", "BTC", 8, NOW_S) == 8
    assert {listing.settles_every for listing in listed("hyperliquid").values()} == {1}


def test_there_are_intervals_of_one_four_and_eight_hours_and_a_book_of_negative_rates() -> None:
    for exchange in ("binance", "bybit", "okx"):
        floor, listings = Floor(exchange, WORLD), listed(exchange)
        assert {listing.settles_every for listing in listings.values()} == {1, 4, 8}
        rates = [floor.predicted_rate(listing, NOW_S) for listing in listings.values()]
        assert min(rates) < -0.0005 < 0.0003 < max(rates)


def test_dated_futures_of_one_coin_are_cheaper_than_spot_at_one_exchange() -> None:
    for exchange, sign in (("bybit", 1), ("okx", -1)):
        markets = bybit_listings(WORLD.coins, NOW)["linear"] if exchange == "bybit" else okx_listings(WORLD.coins, NOW)
        dated = [listing for listing in markets.values() if listing.expires_at and listing.coin.name == "ETH"]
        far = max(dated, key=lambda listing: listing.expires_at or NOW)
        prices = Floor(exchange, WORLD).prices(far, NOW_S)
        # 163 days: +4.5 % or -3 % a year
        assert sign * (prices.last / prices.index - 1) > 0.01
