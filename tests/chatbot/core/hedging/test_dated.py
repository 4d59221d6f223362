"""The dated contract beside the perpetual."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from chatbot.core.hedging.dated import dated_alternative
from chatbot.core.hedging.sizing import size_direct
from chatbot.core.markets import InstrumentKind, Level, OrderBook, Snapshot
from tests.samples import NOW, d, perpetual, quote

MONTH = timedelta(days=30)
SIZE = size_direct(perpetual("BTC"), d(2), d(70_000))


def contract(days: int, bid: str, exchange: str = "bybit", amount: str = "100") -> Snapshot:
    market = perpetual(
        "BTC",
        exchange=exchange,
        symbol=f"in {days}",
        kind=InstrumentKind.DATED,
        expires_at=NOW + timedelta(days=days),
    )
    book = OrderBook(market, (Level(d(bid), d(amount)),), (Level(d(bid) + 10, d(amount)),), NOW)
    return Snapshot(market, quote(market, bid, index_quote=d(70_000)), book)


def test_a_month_of_a_basis_over_three_months() -> None:
    found = dated_alternative([contract(90, "72100")], SIZE, MONTH, NOW)
    assert found is not None
    assert found.locked_quote == 4_200  # 2 coins * 2,100
    assert round(found.within_quote, 6) == 1_400  # 30 of 90 days
    assert round(found.basis_per_year, 4) == d("0.1217")  # 3 % * 365/90


def test_beyond_its_expiry_no_more_than_all_of_it_counts() -> None:
    found = dated_alternative([contract(20, "70700")], SIZE, MONTH, NOW)
    assert found is not None
    assert found.within_quote == found.locked_quote == 1_400


def test_backwardation_is_paid() -> None:
    found = dated_alternative([contract(30, "69300")], SIZE, MONTH, NOW)
    assert found is not None
    assert found.within_quote == -1_400


def test_the_highest_basis_a_year_is_chosen() -> None:
    found = dated_alternative([contract(90, "72100"), contract(90, "72200", "okx")], SIZE, MONTH, NOW)
    assert found is not None
    assert found.instrument.exchange == "okx"


def test_a_book_that_ends_first_or_a_missing_index_offers_nothing() -> None:
    thin = contract(90, "72100", amount="1")
    unknown = contract(90, "72100")
    unknown = replace(unknown, quote=replace(unknown.quote, index_quote=None))
    assert dated_alternative([thin, unknown], SIZE, MONTH, NOW) is None


def test_without_a_book_the_best_bid_of_the_ticker_is_taken() -> None:
    bare = replace(contract(90, "72100"), book=None)
    found = dated_alternative([bare], SIZE, MONTH, NOW)
    assert found is not None
    assert found.bid_quote == Decimal("72099.995")  # half a tick below
