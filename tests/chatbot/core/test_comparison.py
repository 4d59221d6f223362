"""One coin on every exchange: who is ranked and how, and what the difference between two of them earns."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.alerts import view
from chatbot.core.comparison import LEG_QUOTE, ComparisonPlan, Spread, plan_comparison
from chatbot.core.crowding import Crowding
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.funding import is_apart
from chatbot.core.markets import Instrument, Snapshot
from tests.samples import NOW, d, funding, history, inverse, perpetual, quote, snapshot

HOUR = timedelta(hours=1)
RATES = st.decimals(min_value="-0.003", max_value="0.003", places=6)


def market(exchange: str, **changes: object) -> Instrument:
    return perpetual("BTC", exchange=exchange, **changes)


def at(
    instrument: Instrument, rate: str, hours: int | None = 8, price: str = "60000", volume: str = "1000000"
) -> Snapshot:
    interval = None if hours is None else hours * HOUR
    return replace(
        snapshot(instrument, price),
        quote=quote(instrument, price, volume_day_quote=d(volume)),
        funding=funding(rate, interval),
        history=history(instrument, rate),
    )


def plan(*snapshots: Snapshot) -> ComparisonPlan:
    return plan_comparison("BTC", snapshots, now=NOW)


def spread_of(*snapshots: Snapshot) -> Spread:
    spread = plan(*snapshots).spread
    assert spread is not None
    return spread


def test_intervals_of_one_four_and_eight_hours_are_ranked_by_their_rate_per_eight() -> None:
    rows = plan(
        at(market("binance"), "0.0001", 8), at(market("bybit"), "0.0001", 4), at(market("hyperliquid"), "0.00001", 1)
    ).rows
    # 4 h: twice 0.01 % = 0.02 %; 8 h: 0.01 %; 1 h: eight times 0.001 % = 0.008 %
    assert [(row.instrument.exchange, row.per_eight_hours) for row in rows] == [
        ("bybit", d("0.0002")),
        ("binance", d("0.0001")),
        ("hyperliquid", d("0.00008")),
    ]
    # a year: 0.0001 * 8760/4 = 21.9 %, 0.0001 * 8760/8 = 10.95 %, 0.00001 * 8760 = 8.76 %
    assert [row.per_year for row in rows] == [d("0.219"), d("0.1095"), d("0.0876")]


def test_a_rate_whose_interval_is_unknown_is_shown_last_without_a_figure_to_compare() -> None:
    *_, last = plan(at(market("binance"), "-0.0001"), at(market("gate"), "0.002", None)).rows
    assert (last.instrument.exchange, last.per_eight_hours, last.per_year, last.is_ranked) == (
        "gate",
        None,
        None,
        False,
    )


def test_more_than_three_percent_in_eight_hours_is_suspicious_and_not_ranked() -> None:
    # 0.4 % an hour is 3.2 % in eight; 0.375 % an hour is exactly 3 %
    rows = plan(at(market("bybit"), "0.004", 1), at(market("okx"), "0.00375", 1), at(market("binance"), "0.0001")).rows
    assert [(row.instrument.exchange, row.is_ranked) for row in rows] == [
        ("okx", True),
        ("binance", True),
        ("bybit", False),
    ]


def test_a_mark_more_than_five_percent_from_the_others_is_suspicious() -> None:
    rows = plan(
        at(market("binance"), "0.0001"), at(market("bybit"), "0.0002"), at(market("okx"), "0.0009", price="63500")
    ).rows
    assert [row.is_suspicious for row in rows] == [False, False, True]


def test_of_two_marks_that_are_apart_neither_is_ranked_since_nobody_knows_which_is_right() -> None:
    found = plan(at(market("binance"), "0.0001"), at(market("bybit"), "0.0002", price="64000"))
    assert [row.is_suspicious for row in found.rows] == [True, True]
    assert found.spread is None


@given(st.lists(st.decimals(min_value=1, max_value=1000, places=2), min_size=1, max_size=6))
def test_whether_marks_are_apart_does_not_depend_on_their_order(marks: list[Decimal]) -> None:
    assert [is_apart(mark, marks) for mark in marks] == [is_apart(mark, marks[::-1]) for mark in marks]
    assert not is_apart(marks[0], [marks[0]] * len(marks))


@given(st.lists(st.sampled_from([100, 103, 112, 140]), min_size=1, max_size=6))
def test_alerts_and_answers_doubt_the_same_marks(marks: list[int]) -> None:
    floats = sorted(map(float, marks))
    decimals = [d(mark) for mark in marks]
    assert [is_apart(mark, decimals) for mark in decimals] == [view._is_apart(float(mark), floats) for mark in marks]


def test_the_spread_earns_the_difference_a_day_and_gets_four_fees_back_in_days() -> None:
    spread = spread_of(at(market("binance"), "0.0003"), at(market("bybit"), "-0.0001", 4))
    # 0.03 % less twice -0.01 % is 0.05 % per 8 h; 10,000 * 0.0005 * 3 = 15 a day
    assert spread.per_eight_hours == d("0.0005")
    assert spread.per_day_quote == 15
    # two fills of 10,000 at 0.05 % on each side: 4 * 5 = 20; 20 / 15 = 1.333 days
    assert spread.fees_quote == 20
    assert spread.break_even is not None
    assert spread.break_even / timedelta(days=1) == pytest.approx(4 / 3)
    # thirty days: 450 - 20; a year on 5,000 + 5,000 of margin at 2x: 15 * 365 / 10,000
    assert spread.month_net_quote == 430
    assert spread.return_per_year == d("0.5475")


def test_the_same_rate_everywhere_never_earns_the_fees_back() -> None:
    spread = spread_of(at(market("binance"), "0.0001"), at(market("bybit"), "0.0001"))
    assert (spread.per_day_quote, spread.break_even) == (0, None)
    assert spread.month_net_quote == -20


def test_what_takes_more_than_a_hundred_years_is_never() -> None:
    # 1e-12 per 8 h: 10,000 * 3e-12 a day against 20 of fees
    spread = spread_of(at(market("binance"), "0.000100000001"), at(market("bybit"), "0.0001"))
    assert spread.break_even is None


def test_the_two_sides_are_on_different_exchanges_though_one_may_have_the_highest_and_the_lowest() -> None:
    both = at(market("binance"), "0.0005"), at(inverse("BTC", exchange="binance"), "-0.0005")
    spread = spread_of(*both, at(market("bybit"), "0.0001"))
    # binance against binance would be 0.1 %; bybit's 0.01 % against -0.05 % is wider than 0.05 % against 0.01 %
    assert (spread.high.instrument.exchange, spread.low.instrument.symbol) == ("bybit", "BTC/USD:BTC")
    assert spread.per_eight_hours == d("0.0006")


def test_one_exchange_alone_has_no_spread() -> None:
    assert plan(at(market("binance"), "0.0001"), at(inverse("BTC", exchange="binance"), "0.0002")).spread is None


def test_what_is_not_ranked_is_no_side_of_the_spread() -> None:
    spread = spread_of(
        at(market("binance"), "0.0002"), at(market("bybit"), "0.0001"), at(market("gate"), "-0.01", None)
    )
    assert spread.low.instrument.exchange == "bybit"


def test_at_the_settled_averages_the_spread_may_earn_otherwise() -> None:
    high = replace(at(market("binance"), "0.0003"), history=history(market("binance"), "0.0001"))
    low = replace(at(market("bybit"), "0.0001"), history=history(market("bybit"), "0.0002"))
    # 10,000 * 3 * (0.0001 - 0.0002) a day
    assert spread_of(high, low).month_per_day_quote == pytest.approx(d(-3))
    assert spread_of(replace(high, history=None), low).month_per_day_quote is None


def test_settled_averages_of_seven_and_thirty_days_stand_beside_the_rate() -> None:
    (row,) = plan(at(market("binance"), "0.0001")).rows
    assert row.week is not None
    assert row.month is not None
    assert (row.week.settlements, row.month.settlements) == (21, 90)
    assert row.month.rate_per_year == pytest.approx(d("0.1095"))


def test_the_main_market_is_the_ranked_one_of_most_volume() -> None:
    unknown = at(market("gate"), "0.01", None, volume="9000000")
    found = plan(at(market("binance"), "0.0001"), at(market("okx"), "0.0002", volume="5000000"), unknown)
    assert found.main.instrument.exchange == "okx"


def test_where_nothing_is_ranked_the_main_market_is_one_that_tells_a_rate() -> None:
    silent = replace(at(market("okx"), "0.0001", volume="9000000"), funding=None)
    assert plan(silent, at(market("gate"), "0.0001", None)).main.instrument.exchange == "gate"


def test_without_ninety_days_of_settlements_the_month_tells_what_is_crowded() -> None:
    found = plan(at(market("binance"), "0.0004"))
    assert found.crowded is not None
    assert (found.crowded.crowding, found.crowded.exchange) == (Crowding.LONGS, "binance")


def test_exchanges_that_did_not_answer_are_kept_and_without_any_there_is_no_answer() -> None:
    outage = Outage("okx", "did not answer in time")
    assert plan_comparison("BTC", [at(market("binance"), "0.0001")], now=NOW, outages=[outage]).outages == (outage,)
    with pytest.raises(MarketUnavailable) as raised:
        plan_comparison("BTC", [], now=NOW, outages=[outage])
    assert raised.value.outages == (outage,)


@given(rates=st.lists(st.tuples(RATES, st.sampled_from([1, 2, 4, 8])), min_size=2, max_size=5))
def test_the_spread_is_never_negative_and_rows_fall(rates: list[tuple[Decimal, int]]) -> None:
    found = plan(*(at(market(f"x{place}"), str(rate), hours) for place, (rate, hours) in enumerate(rates)))
    assert found.spread is not None
    assert found.spread.per_day_quote >= 0
    told = [row.per_eight_hours for row in found.rows if row.per_eight_hours is not None]
    assert told == sorted(told, reverse=True)
    assert found.spread.per_eight_hours == told[0] - told[-1]
    assert found.spread.month_net_quote == pytest.approx(found.spread.per_day_quote * 30 - 4 * LEG_QUOTE * d("0.0005"))
