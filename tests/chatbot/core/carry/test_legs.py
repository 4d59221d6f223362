"""One contract beside the coins, with the working of each figure."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.carry.legs import CarryLeg, Case, Outcome, Terms, carry_leg
from chatbot.core.errors import NotPossible
from chatbot.core.markets import FundingHistory, Instrument, InstrumentKind, Level, OrderBook, Settlement, Snapshot
from tests.samples import EIGHT_HOURS, NOW, d, funding, history, inverse, perpetual, quote, snapshot, tiers

MONTH = timedelta(days=30)
TEN_THOUSAND = Terms(d(10_000) / d(70_000), leverage=d(2), horizon=MONTH)
SPOT = perpetual(
    "BTC", symbol="BTC/USDT", kind=InstrumentKind.SPOT, taker_share=d("0.001"), step_contracts=d("0.000001")
)
DATED = perpetual(
    "BTC",
    symbol="BTC/USDT:USDT-270218",
    kind=InstrumentKind.DATED,
    step_contracts=d("0.000001"),
    minimum_contracts=d("0.000001"),
    expires_at=NOW + timedelta(days=90),
)
PERPETUAL = perpetual("BTC", step_contracts=d("0.000001"), minimum_contracts=d("0.000001"))


def flat(instrument: Instrument, price: str, spread: str = "0") -> OrderBook:
    """A deep book, `spread` wide."""
    at, half, deep = d(price), d(spread) / 2, d(1_000_000)
    return OrderBook(instrument, (Level(at - half, deep),), (Level(at + half, deep),), NOW)


def dated(price: str, spread: str = "0", **changes: object) -> Snapshot:
    return replace(Snapshot(DATED, quote(DATED, price), flat(DATED, price, spread), tiers=tiers()), **changes)  # type: ignore[arg-type] # fields of a snapshot


def of(leg: CarryLeg, case: Case) -> Outcome:
    return next(outcome for outcome in leg.outcomes if outcome.case is case)


def test_ten_thousand_dollars_at_3_percent_in_90_days() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), dated("72100"), None, NOW)
    assert leg.sizing.contracts == d("0.142857")  # 10,000 / 70,000, rounded down
    assert round(leg.basis_quote, 2) == d("300.00")  # 0.142857 * 2,100
    assert leg.basis_share == d("0.03")
    assert leg.basis_share_per_year is not None
    assert round(leg.basis_share_per_year, 4) == d("0.1217")  # 3 % * 365/90
    # spot 0.1 % of 10,000 twice, futures 0.05 % of 10,300 twice: 10 + 5.15 + 10 + 5.15
    assert round(leg.fees.total_quote, 2) == d("30.30")
    locked = of(leg, Case.EXPIRY)
    assert round(locked.net_quote, 2) == d("269.70")
    assert leg.main == locked
    # 10,000 of coins and half of 10,300 as margin
    assert round(leg.capital_quote) == 15_150
    assert round(locked.capital_share, 4) == d("0.0178")  # 269.70 / 15,150
    assert round(locked.capital_share_per_year, 4) == d("0.0722")  # * 365/90
    assert locked.break_even is not None
    assert round(locked.break_even / timedelta(days=1), 2) == 9.09  # 30.30 / (300 / 90)


def test_the_locked_result_moves_with_the_fees_of_going_out_alone() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), dated("72100"), None, NOW)
    down, up = leg.scenarios
    # going out costs 10 + 5.15 today, half of that at half the price and half more at half more
    assert round(down.net_quote, 2) == d("277.27")
    assert round(up.net_quote, 2) == d("262.12")
    assert down.topping_quote == 0
    # at 108,150 it takes 0.142857 * (108,150 * 1.0055 - 72,100) = 5,234.97 of margin; there is 5,149.99
    assert round(up.topping_quote, 2) == d("84.97")


def test_slippage_counts_each_side_against_mid_once() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000", "20"), dated("72100", "40"), None, NOW)
    assert leg.spot_ask_quote == 70_010
    assert leg.futures_bid_quote == 72_080
    assert round(leg.slippage.in_quote, 2) == d("4.29")  # 0.142857 * (10 + 20)
    assert round(leg.slippage.out_quote, 2) == d("1.43")  # 0.142857 * 10: the future settles at the index
    locked = of(leg, Case.EXPIRY)
    costs = leg.fees.total_quote + leg.slippage.in_quote + leg.slippage.out_quote
    assert locked.net_quote == locked.gross_quote - costs
    assert leg.basis_quote == locked.gross_quote - leg.slippage.in_quote


def test_backwardation_is_no_carry_but_a_reverse_that_needs_borrowed_coins() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), dated("69300"), None, NOW)
    assert of(leg, Case.EXPIRY).break_even is None
    assert leg.reverse is not None
    assert round(leg.reverse.gross_quote, 2) == d("100.00")  # 0.142857 * 700
    assert round(leg.reverse.net_quote, 2) == d("70.10")  # less 20 of spot fees and 9.90 of futures fees
    assert round(leg.reverse.break_even_borrow_per_year, 4) == d("0.0284")  # 70.10 / 10,000 * 365/90


def perpetual_at(price: str, rate: str = "0.0001") -> Snapshot:
    base = snapshot(PERPETUAL, price, funding=funding(rate), history=history(PERPETUAL, rate))
    return replace(base, book=flat(PERPETUAL, price))


def test_a_perpetual_earns_its_funding_and_its_premium_is_not_counted() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), perpetual_at("70070"), None, NOW)
    # 0.142857 * 70,070 = 10,009.99 of notional, 0.03 % a day, 30 days
    assert round(of(leg, Case.NOW).gross_quote, 2) == d("90.09")
    month = of(leg, Case.MONTH)
    assert round(month.gross_quote, 2) == d("90.09")
    assert month.deviation_quote == 0  # the rate was the same on every day
    assert leg.basis_share_per_year is None
    assert round(leg.fees.total_quote, 2) == d("30.01")  # 10 + 5.005, twice
    assert month.break_even is not None
    assert round(month.break_even / timedelta(days=1), 1) == 10.0  # 30.01 / 3.003
    assert leg.reverse is None


def test_where_shorts_pay_on_average_it_never_breaks_even_and_the_reverse_is_told() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), perpetual_at("70000", "-0.0002"), None, NOW)
    assert of(leg, Case.MONTH).break_even is None
    assert leg.reverse is not None
    assert round(leg.reverse.gross_quote) == 180  # 10,000 * 0.06 % * 30


def test_the_worst_of_the_last_twelve_months() -> None:
    """Eleven months at +0.01 % and, three months ago, one at -0.03 %."""
    last = NOW - timedelta(hours=4)
    rows = tuple(
        Settlement(d("-0.0003") if 180 <= back < 270 else d("0.0001"), last - EIGHT_HOURS * back)
        for back in reversed(range(12 * 90))
    )
    year = FundingHistory(PERPETUAL, rows, NOW, "Bybit")
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), perpetual_at("70000"), year, NOW)
    assert leg.months == 12
    assert round(of(leg, Case.WORST).gross_quote) == -270  # 10,000 * -0.09 % * 30


def test_an_impossible_rate_is_not_used_for_today() -> None:
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), perpetual_at("70000", "0.05"), None, NOW)
    assert [outcome.case for outcome in leg.outcomes] == [Case.MONTH]


def test_coin_margined_the_coins_are_the_margin_and_no_price_liquidates() -> None:
    market = inverse("BTC", step_contracts=d(1), kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=90))
    snap = Snapshot(market, quote(market, "72100"), flat(market, "72100"), tiers=tiers())
    leg = carry_leg(TEN_THOUSAND, flat(SPOT, "70000"), snap, None, NOW)
    assert leg.sizing.contracts == 103  # 0.142857... * 72,100 / 100
    assert leg.capital_quote == leg.cost_quote
    assert leg.room is not None
    assert leg.room.liquidation_quote is None
    assert all(each.topping_quote == 0 for each in leg.scenarios)


def test_a_book_that_ends_before_the_size_is_said() -> None:
    thin = OrderBook(SPOT, (Level(d(70_000), d("0.01")),), (Level(d(70_000), d("0.01")),), NOW)
    with pytest.raises(NotPossible, match="visible book"):
        carry_leg(TEN_THOUSAND, thin, dated("72100"), None, NOW)


prices = st.decimals(min_value=100, max_value=100_000, places=2)


@given(spot=prices, futures=prices, coins=st.decimals(min_value=1, max_value=1000, places=3))
def test_what_is_locked_is_the_same_at_every_price_but_for_the_fees(
    spot: Decimal, futures: Decimal, coins: Decimal
) -> None:
    market = replace(DATED, taker_share=Decimal(0))
    free = replace(SPOT, taker_share=Decimal(0))
    snap = replace(dated(str(futures)), instrument=market, book=flat(market, str(futures)))
    leg = carry_leg(Terms(coins, d(1), MONTH), flat(free, str(spot)), snap, None, NOW)
    down, up = leg.scenarios
    assert down.net_quote == up.net_quote == leg.basis_quote
    assert (leg.basis_quote > 0) == (futures > spot)
