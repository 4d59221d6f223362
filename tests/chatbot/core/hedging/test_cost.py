"""What a short costs over its horizon: worked figures, what is not known, and that the parts sum to the total."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.basis import BasisState
from chatbot.core.hedging.cost import (
    BasisOutlook,
    FundingBasis,
    FundingOutlook,
    HorizonCost,
    basis_outlook,
    funding_outlook,
    horizon_cost,
)
from chatbot.core.hedging.sizing import size_direct
from chatbot.core.markets import FundingHistory, Instrument, InstrumentKind, OrderBook, Settlement, Snapshot
from tests.samples import EIGHT_HOURS, NOW, book, d, funding, history, inverse, perpetual, quote, snapshot

MONTH = timedelta(days=30)
PRICES = st.decimals(min_value="0.01", max_value="200000", places=2)


def cost(market: Snapshot, amount: str, horizon: timedelta = MONTH) -> HorizonCost:
    size = size_direct(market.instrument, d(amount), market.quote.mark_quote)
    outlook = funding_outlook(market, size.notional_quote, horizon, NOW)
    return horizon_cost(market, size, outlook, basis_outlook(market, size, horizon, NOW))


def outlook(market: Snapshot, notional: str = "10000", horizon: timedelta = MONTH) -> FundingOutlook:
    return funding_outlook(market, d(notional), horizon, NOW)


def gap(market: Snapshot, amount: str = "1", horizon: timedelta = MONTH) -> BasisOutlook:
    found = basis_outlook(market, size_direct(market.instrument, d(amount), market.quote.mark_quote), horizon, NOW)
    assert found is not None
    return found


def settled(rates: Sequence[str]) -> FundingHistory:
    """These rates every 8 hours, the last one 4 hours ago."""
    last = NOW - timedelta(hours=4)
    rows = (Settlement(d(rate), last - EIGHT_HOURS * back) for back, rate in enumerate(reversed(rates)))
    return FundingHistory(perpetual(), tuple(rows)[::-1], NOW, "test")


def apart(futures: str, spot: str, market: Instrument | None = None) -> Snapshot:
    """A contract at one price and its index at another."""
    contract = market or perpetual("BTC")
    return snapshot(contract, futures, quote=quote(contract, futures, index_quote=d(spot)))


def dated(days: int, **changes: object) -> Instrument:
    terms: dict[str, object] = {"kind": InstrumentKind.DATED, "expires_at": NOW + timedelta(days=days)}
    return perpetual("BTC", **(terms | changes))


def test_five_ether_for_thirty_days_part_by_part() -> None:
    # 5 x 3,450 = 17,250; two fees of 0.05 %: 17.25; the book is 0.1 % wide: 17.25
    # funding 0.01 % x 3 a day x 30 days x 17,250 = 155.25 received; no basis; -120.75 = -0.7 % of 17,250
    assert cost(snapshot(), "5") == HorizonCost(d("17.25"), d("17.25"), d("-155.25"), d(0), d("-120.75"), d("-0.007"))


def test_negative_funding_is_a_cost_of_the_short() -> None:
    falling = snapshot(funding=funding("-0.0001"), history=history(perpetual(), "-0.0001"))
    assert cost(falling, "5").funding_quote == d("155.25")


def test_an_inverse_short_costs_by_its_dollars() -> None:
    # 0.5 BTC at 70,000 are 350 contracts of 100: fees 2 x 0.05 % and slippage 0.1 % of 35,000 are 35 each
    found = cost(snapshot(inverse(), "70000"), "0.5")
    assert (found.fees_quote, found.slippage_quote) == (35, 35)


def test_slippage_is_the_visible_book_both_ways_against_mid() -> None:
    # sold 1 at 99 and 1 at 97, bought 2 at 101: 98 against 101 around a mid of 100, on 200: 6
    thin = book(perpetual(), "100")
    bids, asks = thin.bids[0], thin.asks[0]
    deep = replace(
        thin,
        bids=(replace(bids, price_quote=d(99), amount_contracts=d(1)), replace(bids, price_quote=d(97))),
        asks=(replace(asks, price_quote=d(101)),),
    )
    assert cost(snapshot(price="100", book=deep), "2").slippage_quote == 6


@pytest.mark.parametrize(
    "shown",
    [None, book(perpetual(), amount_contracts="4.99"), OrderBook(perpetual(), (), book(perpetual()).asks, NOW)],
)
def test_without_enough_of_a_visible_book_neither_slippage_nor_the_total_is_known(shown: OrderBook | None) -> None:
    found = cost(snapshot(book=shown), "5")
    assert (found.slippage_quote, found.total_quote, found.notional_share) == (None, None, None)
    assert found.fees_quote == d("17.25")


def test_a_size_that_rounds_down_to_nothing_costs_nothing_and_has_no_share() -> None:
    found = cost(snapshot(), "0.009")
    assert (found.total_quote, found.notional_share) == (0, None)


def test_expected_funding_is_the_settled_mean_of_thirty_days_not_the_rate_of_now() -> None:
    # 0.03 % three times a day of 10,000 is 9 a day; now it would be 3
    found = outlook(snapshot(history=history(perpetual(), "0.0003")))
    assert (found.rests_on, found.expected_quote) == (FundingBasis.MONTH, 270)
    assert (found.now_per_day_quote, found.week_per_day_quote, found.month_per_day_quote) == (3, 9, 9)
    assert found.now_per_year == d("0.1095")
    assert found.month_per_year == pytest.approx(d("0.3285"))


def test_ten_days_of_history_are_a_mean_of_ten_days_and_say_so() -> None:
    found = outlook(snapshot(history=history(perpetual(), "0.0003", settlements=30)))
    assert (found.rests_on, found.month_covered) == (FundingBasis.MONTH, timedelta(days=10))


def test_up_to_a_week_of_history_is_a_mean_of_the_week() -> None:
    found = outlook(snapshot(history=history(perpetual(), "0.0003", settlements=21)))
    assert (found.rests_on, found.expected_quote) == (FundingBasis.WEEK, 270)


@pytest.mark.parametrize("past", [None, history(perpetual(), settlements=0), history(perpetual(), settlements=1)])
def test_without_history_it_is_the_predicted_rate(past: FundingHistory | None) -> None:
    found = outlook(snapshot(history=past))
    assert (found.rests_on, found.expected_quote) == (FundingBasis.NOW, 90)
    assert found.expected_deviation_quote is None


def test_a_suspicious_rate_is_shown_and_named_and_never_expected() -> None:
    found = outlook(snapshot(funding=funding("0.04"), history=None))
    assert found.is_suspicious
    assert (found.rate_per_interval, found.expected_quote) == (d("0.04"), None)
    assert outlook(snapshot(funding=funding("0.04"))).expected_quote == 90


def test_an_unknown_interval_gives_no_rate_of_a_day_and_no_cost() -> None:
    unknown = snapshot(funding=funding(interval=None), history=None)
    found = outlook(unknown)
    assert (found.now_per_day_quote, found.now_per_year, found.expected_quote) == (None, None, None)
    assert cost(unknown, "5").total_quote is None


def test_what_is_expected_has_the_spread_of_its_days() -> None:
    # days of 3 x 0.01 % and 3 x 0.02 % in turn: deviation 0.015 % x sqrt(30/29); of 10,000 over 30 days:
    # 1.5 x sqrt(30/29) x sqrt(30) = 8.356
    found = outlook(snapshot(history=settled((["0.0001"] * 3 + ["0.0002"] * 3) * 15)))
    assert found.expected_quote == pytest.approx(d(135))
    assert found.expected_deviation_quote == pytest.approx(d("8.356"), abs=d("0.001"))


def test_a_dated_contract_pays_no_funding() -> None:
    found = outlook(snapshot(dated(90), funding=None, history=None))
    assert (found.rests_on, found.expected_quote) == (FundingBasis.NONE, 0)


@pytest.mark.parametrize(("horizon", "gained"), [(30, 700), (45, 1050), (90, 2100), (120, 2100)])
def test_a_dated_basis_converges_in_proportion_to_the_days_and_wholly_by_expiry(horizon: int, gained: int) -> None:
    # 72,100 - 70,000 = 2,100 over 90 days
    market = apart("72100", "70000", dated(90))
    found = gap(market, horizon=timedelta(days=horizon))
    assert found.gain_quote == pytest.approx(d(gained))
    assert round(found.basis_per_year or 0, 4) == d("0.1217")  # 3 % x 365 / 90
    assert (found.basis_quote, found.basis_share, found.state) == (2100, d("0.03"), BasisState.CONTANGO)


def test_a_perpetuals_premium_is_gone_by_the_end_of_any_horizon() -> None:
    found = gap(apart("70070", "70000"), "2", timedelta(hours=12))
    assert (found.gain_quote, found.basis_per_year) == (140, None)


def test_a_short_opened_in_contango_gains_and_in_backwardation_pays_the_convergence() -> None:
    # 70,000 - 69,300 = 700 a coin
    assert gap(apart("69300", "70000")).gain_quote == -700
    assert gap(apart("69300", "70000")).state is BasisState.BACKWARDATION
    assert cost(apart("69300", "70000"), "1").basis_quote == 700
    assert cost(apart("70700", "70000"), "1").basis_quote == -700


def test_without_an_index_there_is_no_basis_and_no_total() -> None:
    market = snapshot(quote=quote(perpetual(), index_quote=None))
    assert basis_outlook(market, size_direct(perpetual(), d(1), d(3450)), MONTH, NOW) is None
    assert cost(market, "5").total_quote is None


@given(
    amount=st.decimals(min_value="0.01", max_value=900, places=2),
    futures=PRICES,
    spot=PRICES,
    rate=st.decimals(min_value="-0.01", max_value="0.01", places=6),
    days=st.integers(1, 400),
    is_dated=st.booleans(),
)
def test_the_parts_sum_to_the_total_exactly(
    amount: Decimal, futures: Decimal, spot: Decimal, rate: Decimal, days: int, is_dated: bool
) -> None:
    market = dated(90) if is_dated else perpetual("BTC")
    contract = replace(apart(str(futures), str(spot), market), history=history(market, str(rate)))
    found = cost(contract, str(amount), timedelta(days=days))
    assert found.slippage_quote is not None
    assert found.funding_quote is not None
    assert found.basis_quote is not None
    assert found.total_quote == found.fees_quote + found.slippage_quote + found.funding_quote + found.basis_quote
    assert found.fees_quote >= 0
    assert found.slippage_quote >= 0
    assert not is_dated or found.funding_quote == 0
