"""A hedge on past days: worked by hand, blind to the future, and silent about nothing that is missing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.hedging.evidence import (
    HedgeTest,
    Short,
    Terms,
    TooLong,
    beta_of,
    plan_test,
    proxy_before,
    settled_by_day,
)
from chatbot.core.markets import Candles, FundingHistory, Settlement
from chatbot.core.panel import DAY_S, Panel
from chatbot.core.walk import Frictions, walk
from tests.fakes import candles
from tests.samples import NOW, d, perpetual

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)  # when the last bar closed
FALL_AT_LAST = candles("ETH", [0.0] * 39 + [-0.2], "80")  # 40 days at 100, then 80


def settled(days: int = 60, rate: str = "0.0001") -> FundingHistory:
    """Every 8 hours up to MIDNIGHT."""
    rows = tuple(Settlement(d(rate), MIDNIGHT - timedelta(hours=8) * back) for back in reversed(range(3 * days)))
    return FundingHistory(perpetual("ETH"), rows, NOW, "Bybit")


def moved(coin: str, logs: Sequence[float]) -> Candles:
    return candles(coin, [exp(change) - 1 for change in logs])


def tried(terms: Terms) -> HedgeTest:
    return plan_test(terms, NOW)


def direct(**changes: object) -> Terms:
    """Half of $10,000 of ETH, 40 days, at Bybit."""
    terms = Terms(FALL_AT_LAST, FALL_AT_LAST, perpetual("ETH"), d("0.5"), 40, funding=settled())
    return replace(terms, **changes)  # type: ignore[arg-type] # fields of a dataclass by name


def test_half_a_hedge_of_a_falling_coin_is_what_is_worked_out_by_hand() -> None:
    found = tried(direct())
    # The coins lose 20 %. The short of 0.5 at 100 gains 0.5 x 20 % = 0.1. Three settlements of 0.01 % a day on 0.5:
    # 0.00015 a day, 0.006 in 40 days. Fees and slippage of 0.1 %: 0.0005 to open 0.5, 0.0004 to close 0.4.
    assert found.unhedged.total == pytest.approx(-0.2)
    assert found.price_gain == pytest.approx(0.1)
    assert found.hedged.funding == pytest.approx(0.006)
    assert found.hedged.costs == pytest.approx(0.0009)
    assert found.hedged.total == pytest.approx(-0.2 + 0.1 + 0.006 - 0.0009)
    assert (found.days, found.mended, found.unpaid_days, found.deepest) == (40, 0, 0, 0.0)
    assert found.unhedged.max_drawdown == pytest.approx(0.2)
    assert found.hedged.max_drawdown < 0.1
    assert found.volatility_cut == pytest.approx(0.55, abs=0.05)
    assert found.until == MIDNIGHT
    assert found.since == MIDNIGHT - timedelta(days=40)


def test_an_amount_is_worth_what_it_cost_at_the_start() -> None:
    assert tried(direct(amount_base=d(10))).value_usd == 1000


def test_a_rise_is_the_worst_of_a_short() -> None:
    # 100, then 160, then back: 0.5 x 60 % is the most that the short was down
    bars = candles("ETH", [0.6, -0.375, *[0.0] * 38], "100")
    found = tried(direct(coin=bars, contract=bars))
    assert found.deepest == pytest.approx(0.3)
    assert found.price_gain == pytest.approx(0)


def test_funding_is_counted_from_the_day_after_the_trade_and_missing_days_are_counted() -> None:
    rows = settled(days=10)
    opened = np.array([int((MIDNIGHT - timedelta(days=back)).timestamp()) for back in (11, 10, 1)], dtype=np.int64)
    # the ten days before MIDNIGHT hold 30 settlements; what is charged at 00:00 is of the day that ended
    assert settled_by_day(rows, opened) == pytest.approx([0.0, 0.0003, 0.0003])
    assert tried(direct(funding=rows)).unpaid_days == 30
    without = tried(direct(funding=None))
    assert (without.unpaid_days, without.funding_source, without.hedged.funding) == (40, None, 0.0)


def test_a_coin_that_moves_twice_as_much_as_its_proxy_is_hedged_with_twice_its_value() -> None:
    moves = [0.01, -0.02, 0.015, -0.005, 0.02, -0.02] * 15
    terms = direct(
        coin=moved("UNI", [2 * move for move in moves]), contract=moved("BTC", moves), share=d(1), days=50, funding=None
    )
    found = tried(replace(terms, instrument=perpetual("BTC")))
    assert found.betas == pytest.approx((2, 2, 2, 2))
    # opened, closed, and every 7 days between: 7, 14 ... 49
    assert found.mended == 7
    assert found.volatility_cut > 0.9


def test_a_beta_that_is_given_is_not_measured() -> None:
    moves = [0.01, -0.02] * 30
    terms = direct(coin=moved("UNI", moves), contract=moved("BTC", moves), days=59, beta=1.4, funding=None)
    found = tried(replace(terms, instrument=perpetual("BTC")))
    assert found.betas == (1.4, 1.4, 1.4, 1.4)
    assert found.is_beta_given


def test_more_days_than_there_are_and_too_few_of_them_are_said() -> None:
    with pytest.raises(TooLong, match="40 days of ETH can be tested") as told:
        tried(direct(days=41))
    assert told.value.days == 40
    short = candles("ETH", [0.0] * 20)
    with pytest.raises(NotPossible, match="There are 21 days of prices of ETH; a test takes 31"):
        tried(direct(coin=short, contract=short))
    proxied = direct(coin=candles("UNI", [0.01, -0.01] * 28), contract=candles("BTC", [0.01, -0.01] * 28))
    # 57 closes, of which the first beta takes 31: 25 days are left after the close on which it is traded
    with pytest.raises(NotPossible, match="57 days of prices of UNI through BTC; a test takes 62, 31 of them"):
        tried(replace(proxied, instrument=perpetual("BTC")))
    with pytest.raises(NotPossible, match="no day in common"):
        tried(replace(direct(contract=replace(FALL_AT_LAST, bars=())), instrument=perpetual("BTC")))


def test_the_proxy_is_chosen_by_the_days_before_the_test() -> None:
    coin, other = [0.01, -0.02, 0.03, -0.01] * 10, [0.02, 0.01, -0.02, -0.01] * 10
    # before the last 40 days UNI moves with ETH, then with BTC
    before = {"UNI": [*coin, *other], "ETH": [*coin, *coin], "BTC": [*other, *other]}
    bars = {name: moved(name, moves) for name, moves in before.items()}
    assert proxy_before(bars["UNI"], {name: bars[name] for name in ("BTC", "ETH")}, 40) == "ETH"
    with pytest.raises(NotPossible, match="no daily prices"):
        proxy_before(replace(bars["UNI"], bars=()), bars, 40)


logs = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 0.03, (120, 2)))


@settings(deadline=None, max_examples=50)
@given(logs, logs, st.integers(62, 118))
def test_changing_the_future_changes_no_short_before_it(
    moves: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    others: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    cut: int,
) -> None:
    walks = []
    for changes in (moves, np.vstack((moves[:cut], others[cut:]))):
        closes = np.exp(np.cumsum(changes, axis=0))
        panel = Panel(("UNI", "BTC"), np.arange(120, dtype=np.int64) * DAY_S, closes)
        short = Short(0.7, 60, 119, is_mended=True, beta=None)
        walks.append(walk(panel, 60, np.array([1.0, 0.0]), short, Frictions(np.zeros(2), np.zeros_like(panel.closes))))
    one, two = walks
    assert one.held[: cut - 60].tolist() == two.held[: cut - 60].tolist()
    assert one.values[: cut - 60].tolist() == two.values[: cut - 60].tolist()


def test_a_beta_needs_a_month_of_moves() -> None:
    assert beta_of(np.ones((100, 2))) == 0.0
    assert beta_of(np.exp(np.cumsum(np.full((20, 2), 0.01), axis=0))) == 0.0
