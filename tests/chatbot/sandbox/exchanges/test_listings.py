"""What is listed follows the clock."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sandbox.coins import COINS
from chatbot.sandbox.exchanges.listings import (
    Kind,
    Listing,
    decimals,
    first_day,
    margin_tiers,
    maximum_leverage,
    next_quarters,
)

BTC, NEW = COINS[0], next(coin for coin in COINS if coin.is_new)


def perpetual(**changes: object) -> Listing:
    terms: dict[str, object] = {
        "market_id": "BTCUSDT",
        "base": "BTC",
        "coin": BTC,
        "kind": Kind.PERPETUAL,
        "tick": Decimal("0.1"),
        "step": Decimal("0.001"),
        "share": 1.0,
        "settles_every": 8,
        "maximum_leverage": 100,
    }
    return Listing(**(terms | changes))  # type: ignore[arg-type] # the terms of a listing, written once


@pytest.mark.parametrize(
    ("now", "near", "far"),
    [
        # Fridays in June 2026: 5, 12, 19, 26; in September: 4, 11, 18, 25; in December: 4, 11, 18, 25
        (datetime(2026, 4, 15, tzinfo=UTC), datetime(2026, 6, 26, 8, tzinfo=UTC), datetime(2026, 9, 25, 8, tzinfo=UTC)),
        (
            datetime(2026, 6, 26, 7, 59, tzinfo=UTC),
            datetime(2026, 6, 26, 8, tzinfo=UTC),
            datetime(2026, 9, 25, 8, tzinfo=UTC),
        ),
        # at the expiry itself it is gone; March 2027 ends on a Wednesday
        (
            datetime(2026, 9, 25, 8, tzinfo=UTC),
            datetime(2026, 12, 25, 8, tzinfo=UTC),
            datetime(2027, 3, 26, 8, tzinfo=UTC),
        ),
    ],
)
def test_the_next_two_quarters_expire_on_the_last_friday_at_eight(now: datetime, near: datetime, far: datetime) -> None:
    assert next_quarters(now) == (near, far)


@given(st.integers(0, 25_000))
def test_an_expiry_is_a_friday_ahead_within_two_quarters(days: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days)
    near, far = next_quarters(now)
    assert now < near < far
    assert (far - now).days < 190
    assert {near.weekday(), far.weekday()} == {4}
    assert {near.month % 3, far.month % 3} == {0}


def test_the_new_coin_was_listed_last_week_whenever_that_is() -> None:
    assert first_day(NEW, datetime(2026, 4, 15, 10, 20, tzinfo=UTC)) == datetime(2026, 4, 8, tzinfo=UTC)
    assert first_day(BTC, datetime(2026, 4, 15, 10, 20, tzinfo=UTC)) == datetime(2022, 1, 1, tzinfo=UTC)


def test_prices_and_amounts_are_printed_at_tick_and_step() -> None:
    assert perpetual().write_price(71_234.567) == "71234.6"
    assert perpetual().write_amount(0.12399) == "0.123"
    assert perpetual(step=decimals(-2)).write_amount(12_399) == "12300"
    # a whole number of steps stays itself in spite of binary fractions: 0.007 / 0.001 = 7.000000000000001
    assert perpetual().write_amount(0.007) == "0.007"


def test_an_amount_is_counted_in_contracts() -> None:
    # $71,200 at 71,200 is one coin: 100 contracts of 0.01 BTC, or 712 contracts of $100
    assert perpetual(size=0.01).amount(71_200, 71_200) == pytest.approx(100)
    assert perpetual(size=100, is_inverse=True).amount(71_200, 71_200) == pytest.approx(712)
    # $35 at 0.0035 for a thousand are 10,000 lots of 1,000
    assert perpetual(size=1000, unit=1000).amount(35, 0.0035) == pytest.approx(10_000)


def test_margin_tiers_grow_in_size_and_maintenance_while_leverage_falls() -> None:
    tiers = margin_tiers(perpetual())
    # 14,712 million / 5,000 = 2,942,400, at two digits 2,900,000
    assert (tiers[0].limit_usd, tiers[0].leverage, tiers[0].maintenance_share) == (2_900_000, 100, "0.005")
    assert (tiers[-1].limit_usd, tiers[-1].leverage) == (2_900_000_000, 1)
    assert [t.limit_usd for t in tiers] == sorted(t.limit_usd for t in tiers)
    assert [Decimal(t.maintenance_share) for t in tiers] == sorted(Decimal(t.maintenance_share) for t in tiers)


def test_the_highest_leverage_goes_by_the_volume_of_the_coin() -> None:
    leverage = {coin.name: maximum_leverage(coin) for coin in COINS}
    assert (leverage["BTC"], leverage["SOL"], leverage["LTC"], leverage["APE"]) == (100, 75, 50, 25)
