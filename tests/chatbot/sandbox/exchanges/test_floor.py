"""Tickers, candles, books and settlements of one market agree with one another."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.sandbox.exchanges.floor import Bar, Floor
from chatbot.sandbox.exchanges.listings import Kind, Listing, decimals
from chatbot.sandbox.world import World

WORLD = World(seed=1)
BYBIT, OKX = Floor("bybit", WORLD), Floor("okx", WORLD)
NOW = int(datetime(2026, 4, 15, 10, 20, 7, tzinfo=UTC).timestamp())
TODAY = NOW // 86400 * 86400
HOUR, DAY = 3600, 86400


def market(name: str = "ETH", **changes: object) -> Listing:
    coin = WORLD.coins[name]
    terms: dict[str, object] = {
        "market_id": f"{name}USDT",
        "base": name,
        "coin": coin,
        "kind": Kind.PERPETUAL,
        "tick": decimals(coin.price_decimals),
        "step": decimals(coin.amount_decimals),
        "share": 0.4,
        "settles_every": 8,
    }
    return Listing(**(terms | changes))  # type: ignore[arg-type] # the terms of a listing, written once


def assert_adds_up(hours: tuple[Bar, ...], day: Bar) -> None:
    assert day.open == hours[0].open
    assert day.close == hours[-1].close
    assert day.high == max(bar.high for bar in hours)
    assert day.low == min(bar.low for bar in hours)
    assert day.amount == pytest.approx(sum(bar.amount for bar in hours), rel=1e-12)
    assert day.value_usd == pytest.approx(sum(bar.value_usd for bar in hours), rel=1e-12)


@settings(max_examples=30)
@given(st.sampled_from(["BTC", "ETH", "ANKR", "DYDX"]), st.integers(1, 700))
def test_the_hours_of_a_day_add_up_to_the_day(name: str, days_ago: int) -> None:
    opened = TODAY - days_ago * DAY
    hours = BYBIT.bars(market(name), HOUR, opened, 24, NOW)
    (day,) = BYBIT.bars(market(name), DAY, opened, 1, NOW)
    assert len(hours) == 24
    assert_adds_up(hours, day)


def test_the_running_day_adds_up_too_and_ends_at_the_last_price() -> None:
    hours = BYBIT.bars(market(), HOUR, TODAY, 24, NOW)
    (day,) = BYBIT.bars(market(), DAY, TODAY, 5, NOW)
    assert len(hours) == 11  # 00:00 to 10:00, the last one running
    assert_adds_up(hours, day)
    assert day.close == BYBIT.prices(market(), NOW).last


def test_a_bar_opens_where_the_one_before_closed() -> None:
    bars = BYBIT.bars(market(), HOUR, TODAY - 30 * DAY, 24 * 30, NOW)
    assert [bar.open for bar in bars[1:]] == [bar.close for bar in bars[:-1]]
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)


def test_what_was_served_does_not_change_when_time_passes() -> None:
    closed = BYBIT.bars(market(), HOUR, TODAY - DAY, 24, NOW)
    assert BYBIT.bars(market(), HOUR, TODAY - DAY, 24, NOW + 40 * DAY) == closed


def test_there_are_no_bars_of_the_future_or_from_before_the_listing() -> None:
    new = market("AZTEC", listed_at=datetime(2026, 4, 8, tzinfo=UTC))
    bars = BYBIT.bars(new, DAY, TODAY - 100 * DAY, 200, NOW)
    assert [bar.opened for bar in bars] == [TODAY - 7 * DAY + i * DAY for i in range(8)]
    assert BYBIT.bars(market(), DAY, TODAY + DAY, 10, NOW) == ()


def test_a_day_ticker_covers_the_last_24_hours() -> None:
    listing = market()
    start = NOW // 300 * 300 - DAY
    steps = BYBIT.bars(listing, 300, start, 288, NOW)
    day = BYBIT.day(listing, NOW)
    assert day.open == steps[0].open
    assert day.high == max(*(bar.high for bar in steps), BYBIT.prices(listing, NOW).last)
    assert day.low == min(*(bar.low for bar in steps), BYBIT.prices(listing, NOW).last)
    assert day.value_usd == pytest.approx(sum(bar.value_usd for bar in steps))


@pytest.mark.parametrize("name", ["BTC", "ETH", "APE", "DYDX"])
def test_a_book_is_ordered_and_stands_around_the_last_price(name: str) -> None:
    listing = market(name)
    bids, asks = BYBIT.book(listing, NOW, 100)
    last = Decimal(listing.write_price(BYBIT.prices(listing, NOW).last))
    prices = [Decimal(level.price) for level in reversed(bids)] + [Decimal(level.price) for level in asks]
    assert prices == sorted(set(prices))
    assert Decimal(bids[0].price) <= last <= Decimal(asks[0].price)
    assert Decimal(bids[0].price) < Decimal(asks[0].price)
    assert all(Decimal(level.amount) > 0 for level in (*bids, *asks))
    assert len(asks) == 100


def test_bids_end_above_zero_where_the_tick_is_coarse() -> None:
    # DYDX costs about 90 ticks of 0.001, so there cannot be 100 bids
    bids, _ = BYBIT.book(market("DYDX"), NOW, 100)
    assert 50 <= len(bids) < 100
    assert Decimal(bids[-1].price) >= Decimal("0.001")


def test_a_large_coin_has_the_deeper_and_tighter_book() -> None:
    spreads, depths = [], []
    for name in ("BTC", "SOL", "APE"):
        bids, asks = BYBIT.book(market(name), NOW, 200)
        spreads.append(float(asks[0].price) / float(bids[0].price) - 1)
        depths.append(sum(float(level.price) * float(level.amount) for level in bids))
    assert spreads == sorted(spreads)
    assert depths == sorted(depths, reverse=True)
    # 40 % of $14.7 billion = $5.9 billion a day; 0.3 % of it x (15 / 5.9)^0.35 = $24 million on each side
    assert depths[0] == pytest.approx(24.4e6, rel=0.05)


def test_a_book_moves_with_time() -> None:
    assert BYBIT.book(market(), NOW, 20) != BYBIT.book(market(), NOW + 5, 20)
    assert BYBIT.book(market(), NOW, 20) == BYBIT.book(market(), NOW, 20)


def test_exchanges_differ_by_a_few_basis_points() -> None:
    gaps = []
    for hours in range(500):
        here, there = BYBIT.prices(market(), NOW - hours * HOUR), OKX.prices(market(), NOW - hours * HOUR)
        assert here.index == there.index
        gaps.append(here.last / there.last - 1)
    # two premiums of 3 basis points each: 3 x sqrt 2 = 4.2, less what interpolating between hours takes away
    assert 0.0002 < np.std(gaps) < 0.0005


def test_a_dated_future_stands_above_the_index_and_meets_it_at_expiry() -> None:
    expiry = datetime(2026, 6, 26, 8, tzinfo=UTC)
    dated = market("BTC", kind=Kind.DATED, expires_at=expiry, settles_every=0)
    now = BYBIT.prices(dated, NOW)
    # 71.9 days at 5 % a year: 0.985 %, and a premium of a few basis points
    assert now.last / now.index - 1 == pytest.approx(0.00985, abs=0.0015)
    # the mark follows the last price, basis and all: a fifth of a premium of a few basis points away
    assert now.mark / now.last - 1 == pytest.approx(0, abs=0.0003)
    end = BYBIT.prices(dated, (expiry - timedelta(seconds=1)).timestamp())
    assert end.last / end.index - 1 == pytest.approx(0, abs=0.0015)


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_settlements_are_at_the_full_interval_and_never_in_the_future(hours: int) -> None:
    listing = market(settles_every=hours)
    settlements = BYBIT.settlements(listing, NOW - 30 * DAY, NOW)
    assert len(settlements) == 30 * 24 // hours
    assert all(settlement.at % (hours * HOUR) == 0 for settlement in settlements)
    assert settlements[-1].at <= NOW < BYBIT.next_settlement(listing, NOW) == settlements[-1].at + hours * HOUR


def test_a_settlement_at_this_very_second_counts_and_one_before_the_listing_does_not() -> None:
    listing = market(listed_at=datetime.fromtimestamp(TODAY, UTC))
    assert [s.at for s in BYBIT.settlements(listing, 0, TODAY + 8 * HOUR)] == [TODAY + 8 * HOUR]
    assert BYBIT.settlements(listing, TODAY + 1, TODAY + 2) == ()
