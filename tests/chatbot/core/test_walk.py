"""Walking a portfolio through days: trades that are paid for, weights that drift, nothing known before its time."""

from collections.abc import Sequence
from math import log, sqrt
from statistics import stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.panel import Panel, Series
from chatbot.core.walk import Decide, Frictions, Walk, outcome_of, walk

DAY = 86_400
CASH = np.zeros(2)
prices = st.floats(0.5, 2.0)


def panel(*closes: Sequence[float]) -> Panel:
    """Of A and B; a row a day."""
    table = np.array(closes, dtype=np.float64)
    return Panel(("A", "B"), np.arange(len(table), dtype=np.int64) * DAY, table)


def on(targets: dict[int, tuple[float, float]]) -> Decide:
    """These weights on these rows."""
    return lambda known, _: np.array(targets[len(known.closes)]) if len(known.closes) in targets else None


def charged(market: Panel, cost: float, funding: float = 0.0) -> Frictions:
    """The same cost of every trade; B is a perpetual that charges `funding` a day."""
    rates = np.zeros_like(market.closes)
    rates[:, 1] = funding
    return Frictions(np.full(2, cost), rates)


def test_two_coins_and_three_rebalances_with_fees_come_to_what_is_worked_out_by_hand() -> None:
    market = panel((100, 100), (110, 100), (110, 120), (121, 120))
    targets = {0: (0.5, 0.5), 1: (1.0, 0.0), 2: (0.0, 1.0)}
    walked = walk(market, 0, CASH, on(targets), charged(market, 0.01))
    # Row 0: buys 0.5 + 0.5 = 1.0 for 1, costs 0.01, owed in cash: value 0.99.
    # Row 1: A +10 %: 0.55 + 0.50 - 0.01 = 1.04. All into A: buys 1.04 - 0.55 = 0.49, sells 0.50: 0.99 x 1 % = 0.0099.
    # Row 2: A flat: 1.0301. All into B: sells 1.04 of A, buys 1.0301 of B: 2.0701 x 1 % = 0.020701; 1.009399.
    # Row 3: B flat, nothing is traded.
    assert walked.values == pytest.approx([0.99, 1.0301, 1.009399, 1.009399])
    assert walked.costs == pytest.approx([0.01, 0.0099, 0.020701, 0])
    assert walked.traded == pytest.approx([1.0, 0.99 / 1.04, 2.0701 / 1.0301, 0])
    found = outcome_of(walked)
    assert (found.days, found.trades) == (3, 3)
    assert found.total == pytest.approx(0.009399)
    assert found.costs == pytest.approx(0.040601)
    # highest 1.0301, then 1.009399; but 0.99 against the capital of 1 is the smaller fall of 1 %
    assert found.max_drawdown == pytest.approx(1 - 1.009399 / 1.0301)
    changes = [log(1.0301 / 0.99), log(1.009399 / 1.0301), 0.0]
    assert found.volatility_per_year == pytest.approx(stdev(changes) * sqrt(365))


def test_weights_drift_with_the_prices_between_trades() -> None:
    market = panel((100, 100), (200, 100), (200, 50))
    walked = walk(market, 0, CASH, on({0: (0.5, 0.5)}), charged(market, 0.0))
    # 0.5 doubles to 1.0, the other half stays: 1.5; then that half halves: 1.25.
    assert walked.values.tolist() == [1.0, 1.5, 1.25]
    assert walked.held[2].tolist() == [1.0, 0.25]


def test_what_is_not_traded_stays_as_it_is_and_what_is_sold_rests_in_cash() -> None:
    market = panel((100, 100), (200, 100), (400, 200))
    walked = walk(market, 0, CASH, on({0: (0.5, 0.5), 1: (float("nan"), 0.0)}), charged(market, 0.0))
    # A drifts to 1.0 and on to 2.0; B is sold for 0.5 on row 1 and does not double.
    assert walked.values.tolist() == [1.0, 1.5, 2.5]
    assert walked.traded == pytest.approx([1.0, 0.5 / 1.5, 0.0])


def test_a_day_without_a_price_keeps_the_last_one_and_the_next_one_catches_up() -> None:
    gap = float("nan")
    market = panel((100, gap), (gap, gap), (150, 10))
    walked = walk(market, 0, CASH, on({0: (1.0, 0.0)}), charged(market, 0.0))
    assert walked.values.tolist() == [1.0, 1.0, 1.5]


def test_a_short_receives_positive_funding_on_what_it_was_worth_when_the_day_began() -> None:
    market = panel((100, 100), (100, 110), (100, 110))
    walked = walk(market, 0, CASH, on({0: (0.0, -1.0)}), charged(market, 0.0, funding=0.001))
    # Day 1: 1.0 x 0.1 % = 0.001 received, the short loses 0.1. Day 2: 1.1 x 0.1 % = 0.0011.
    assert walked.funding == pytest.approx([0.0, 0.001, 0.0011])
    assert walked.values == pytest.approx([1.0, 0.901, 0.9021])


def test_a_short_that_loses_more_than_there_is_ends_the_walk() -> None:
    market = panel((100, 100), (100, 250), (100, 100))
    found = outcome_of(walk(market, 0, CASH, on({0: (0.0, -1.0)}), charged(market, 0.0)))
    assert found.is_ruined
    assert (found.total, found.max_drawdown) == (-1.0, 1.0)


@given(st.lists(st.tuples(prices, prices), min_size=3, max_size=30))
def test_a_full_short_of_what_is_held_does_not_move_where_nothing_costs(rows: list[tuple[float, float]]) -> None:
    market = panel(*((price, price) for price, _ in rows))
    start = np.array([1.0, 0.0])
    walked = walk(market, 0, start, on({0: (float("nan"), -1.0)}), charged(market, 0.0))
    assert walked.values == pytest.approx(np.ones(len(rows)))
    assert outcome_of(walked).volatility_per_year == pytest.approx(0, abs=1e-6)


@given(st.lists(st.tuples(prices, prices), min_size=3, max_size=30), st.floats(0, 1))
def test_constant_weights_without_fees_are_the_product_of_the_mixed_returns(
    rows: list[tuple[float, float]], weight: float
) -> None:
    market, weights = panel(*rows), np.array([weight, 1 - weight])
    walked = walk(market, 0, CASH, lambda known, held: weights, charged(market, 0.0))
    returns = market.closes[1:] / market.closes[:-1] - 1
    assert walked.values[1:] == pytest.approx(np.cumprod(1 + returns @ weights))


@given(
    st.lists(st.tuples(prices, prices), min_size=3, max_size=30),
    st.lists(st.floats(0, 1), min_size=30, max_size=30),
    st.floats(0.0001, 0.01),
)
def test_costs_only_lower_the_result(rows: list[tuple[float, float]], mix: list[float], cost: float) -> None:
    market = panel(*rows)

    def decide(known: Panel, _: Series) -> Series:
        return np.array([mix[len(known.closes)], 1 - mix[len(known.closes)]])

    free, paid = (
        walk(market, 0, CASH, decide, terms).values for terms in (charged(market, 0.0), charged(market, cost))
    )
    assert (paid < free).all()


@given(st.lists(st.tuples(prices, prices), min_size=6, max_size=30), st.data())
def test_changing_the_future_changes_nothing_before_it(rows: list[tuple[float, float]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(2, len(rows) - 1))
    later = [data.draw(st.tuples(prices, prices)) for _ in rows[cut:]]

    def towards_the_stronger(known: Panel, _: Series) -> Series | None:
        if len(known.closes) < 2:
            return None
        is_first = known.closes[-1, 0] / known.closes[-2, 0] > known.closes[-1, 1] / known.closes[-2, 1]
        return np.array([float(is_first), float(not is_first)])

    def walked(market: Panel) -> Walk:
        return walk(market, 0, CASH, towards_the_stronger, charged(market, 0.001, 0.0001))

    one, other = walked(panel(*rows)), walked(panel(*rows[:cut], *later))
    assert one.values[:cut].tolist() == other.values[:cut].tolist()
    assert one.held[:cut].tolist() == other.held[:cut].tolist()
    # even what is bought on the first changed day was decided before it: the same shares of another value
    assert (one.held[cut] / (one.held[cut].sum() or 1)).tolist() == pytest.approx(
        (other.held[cut] / (other.held[cut].sum() or 1)).tolist()
    )
