"""New perpetuals: which are new, how old, and the one caution of each."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Outage
from chatbot.core.markets import Board, BoardRow, FundingRate, Level, OrderBook
from chatbot.core.rotation.listings import (
    MOST_BOOKS,
    Caution,
    Listing,
    ListingsPlan,
    asked_for,
    plan_listings,
    with_books,
)
from tests.samples import NOW, book, d, funding, inverse, perpetual

DAY = timedelta(days=1)
PLENTY = "100000000"


def row(
    coin: str = "NEW",
    age: timedelta | None = 40 * DAY,
    volume: str | None = PLENTY,
    rate: FundingRate | None = None,
    **terms: Any,
) -> BoardRow:
    listed_at = None if age is None else NOW - age
    instrument = perpetual(coin, listed_at=listed_at, **terms)
    return BoardRow(instrument, rate or funding(), d(1), d(1), None if volume is None else d(volume))


def board(*rows: BoardRow) -> Board:
    return Board(rows[0].instrument.exchange, rows, NOW, rows[0].instrument.exchange.title())


def plan(*boards: Board, outages: tuple[Outage, ...] = ()) -> ListingsPlan:
    return plan_listings(boards, outages, NOW)


def only(*boards: Board) -> Listing:
    (listing,) = plan(*boards).listings
    return listing


def on_two(**terms: Any) -> Listing:
    return only(board(row(**terms)), board(row(**{**terms, "volume": "0", "exchange": "okx"})))


def test_new_is_what_was_listed_within_ninety_days_and_is_traded_already() -> None:
    found = plan(
        board(row("A", 90 * DAY), row("B", 90 * DAY + timedelta(seconds=1)), row("C", -DAY), row("D", timedelta()))
    )
    assert {each.instrument.coin for each in found.listings} == {"A", "D"}


def test_the_most_traded_comes_first_with_its_age_volume_and_funding() -> None:
    found = plan(board(row("A", 3 * DAY, "7000000"), row("B", 50 * DAY, "9000000")))
    first = found.listings[0]
    assert (first.instrument.coin, first.age, first.volume_day_quote) == ("B", 50 * DAY, 9_000_000)
    # 0.01 % every 8 hours
    assert first.per_eight_hours == d("0.0001")


def test_of_a_coin_the_most_traded_young_contract_counts_and_the_first_date() -> None:
    listing = only(
        board(row(age=20 * DAY, volume="6000000"), row(age=5 * DAY, volume="8000000", symbol="NEW/USDC:USDC")),
        board(row(age=30 * DAY, volume="7000000", exchange="okx")),
    )
    assert (listing.instrument.symbol, listing.age) == ("NEW/USDC:USDC", 30 * DAY)
    assert listing.exchanges == ("bybit", "okx")


def test_a_new_contract_of_an_older_coin_is_no_new_coin() -> None:
    young = row("ETH", 10 * DAY, symbol="ETH/USDC:USDC")
    found = plan(board(row("ETH", 900 * DAY), young), board(row("ETH", 800 * DAY, exchange="okx")))
    assert found.listings == ()
    assert found.on_older_coins == (young.instrument,)


def test_exchanges_without_dates_are_named_and_so_is_a_coin_they_have_too() -> None:
    found = plan(board(row()), board(row(age=None, exchange="hyperliquid"), row("X", None, exchange="hyperliquid")))
    assert found.undated == ("hyperliquid",)
    assert found.listings[0].undated == ("hyperliquid",)
    assert [each.instrument.coin for each in found.listings] == ["NEW"]


def test_dated_and_spot_markets_are_no_perpetuals_and_coin_margined_ones_are() -> None:
    coin_margined = inverse("NEW", listed_at=NOW - DAY, exchange="okx")
    assert only(board(BoardRow(coin_margined, funding(), d(1), d(1), d(PLENTY)))).instrument == coin_margined


@pytest.mark.parametrize(
    ("terms", "caution"),
    [
        ({"volume": None}, Caution.VOLUME_UNKNOWN),
        ({"volume": "4999999"}, Caution.THIN),
        ({"volume": "5000000"}, Caution.NO_QUARTER),
        ({"rate": funding("0.031")}, Caution.IMPOSSIBLE_FUNDING),  # above 3 % per 8 h
        ({"rate": funding("0.0005")}, Caution.EXTREME_FUNDING),
        ({"rate": funding("-0.00025", timedelta(hours=4))}, Caution.EXTREME_FUNDING),  # twice in 8 hours
        ({"rate": funding("0.0001", None)}, Caution.INTERVAL_UNKNOWN),
        ({"age": 10 * DAY}, Caution.NO_VOLATILITY),  # ten returns need eleven closes
        ({"age": 11 * DAY}, Caution.NO_BETA),
        ({"age": 31 * DAY}, Caution.NO_QUARTER),
    ],
)
def test_each_has_the_first_caution_that_holds(terms: dict[str, Any], caution: Caution) -> None:
    assert on_two(**({"age": 40 * DAY} | terms)).caution is caution


def test_on_one_exchange_only_is_a_caution() -> None:
    assert only(board(row())).caution is Caution.ONE_EXCHANGE


def test_a_wide_book_is_told_and_a_narrow_one_is_measured() -> None:
    # one level on each side, 0.1 % apart
    found = plan(board(row(tick_quote=d("0.0001"))), board(row(volume="1", exchange="okx")))
    market = found.listings[0].instrument
    narrow = with_books(found, {market: book(market, "2")}).listings[0]
    assert (narrow.spread_share, narrow.caution) == (d("0.001"), Caution.NO_QUARTER)
    # 1.9 and 2.1 are a tenth of 2 apart
    apart = OrderBook(market, (Level(d("1.9"), d(1)),), (Level(d("2.1"), d(1)),), NOW)
    listing = with_books(found, {market: apart}).listings[0]
    assert (listing.spread_share, listing.caution) == (d("0.1"), Caution.WIDE)
    assert with_books(found, {}).listings[0].spread_share is None


def test_only_the_books_of_the_most_traded_are_asked_for() -> None:
    found = plan(board(*(row(f"C{at}", volume=str(at)) for at in range(20))))
    assert [each.coin for each in asked_for(found)] == [f"C{at}" for at in range(19, 19 - MOST_BOOKS, -1)]


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(("bybit", "okx")), st.integers(-10, 200)), min_size=1)
)
def test_a_coin_is_new_where_its_oldest_contract_is(listed: list[tuple[str, str, int]]) -> None:
    boards = [
        board(*(row(coin, age * DAY, exchange=name) for coin, where, age in listed if where == name))
        for name in ("bybit", "okx")
        if any(where == name for _, where, _ in listed)
    ]
    ages = {coin: [age for each, _, age in listed if each == coin] for coin, _, _ in listed}
    expected = {coin for coin, own in ages.items() if max(own) <= 90 and any(age >= 0 for age in own)}
    assert {each.instrument.coin for each in plan(*boards).listings} == expected
