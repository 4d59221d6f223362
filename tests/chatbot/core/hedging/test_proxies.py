"""Which coin stands in for another, what it sizes, and a portfolio as one series."""

from datetime import timedelta
from decimal import Decimal
from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.hedging.plan import Caution, HedgePlan, plan_hedge
from chatbot.core.hedging.proxies import composite, fit_proxy
from chatbot.core.hedging.terms import Exposure, Origin, Proxy, RejectedProxy, Terms
from chatbot.core.markets import Candle, Candles
from chatbot.core.portfolio import Portfolio
from chatbot.core.statistics import Series
from tests.samples import NOW, d, perpetual, snapshot

DAY = timedelta(days=1)
DAYS = 88
# Swings of a deviation of exactly one (ddof 1): up, down, up, down; up, up, down, down; and half of each by turns.
ONE = sqrt((DAYS - 1) / DAYS)
SWINGS = np.array([ONE if day % 2 else -ONE for day in range(DAYS)])
ACROSS = np.array([ONE if day % 4 < 2 else -ONE for day in range(DAYS)])
PER_DAY = 1 / sqrt(365)


def moving(coin: str, log_returns: Series, first: int = 0) -> Candles:
    """A price that starts at 100 on day `first` and moves by these log returns."""
    levels = np.concatenate([[0.0], np.cumsum(log_returns)])
    return closing(coin, {first + day: repr(100 * exp(level)) for day, level in enumerate(levels)})


def closing(coin: str, closes: dict[int, str]) -> Candles:
    """Daily bars by the number of their day."""
    bars = tuple(
        Candle(NOW + day * DAY, d(close), d(close), d(close), d(close), Decimal(1)) for day, close in closes.items()
    )
    return Candles(coin, DAY, bars, "test", NOW)


def token() -> Candles:
    """90 % a year, correlated by 0.7 with `ether()`: 1.26 times its moves and 64.3 % of its own."""
    return moving("TKX", (1.26 * 0.5 * SWINGS + 0.9 * sqrt(1 - 0.49) * ACROSS) * PER_DAY)


def ether() -> Candles:
    """50 % a year."""
    return moving("ETH", 0.5 * SWINGS * PER_DAY)


def plan(proxy: Proxy, share: str = "1") -> HedgePlan:
    exposure = Exposure("TKX", d(10_000), d(10_000), d(1), "Gate spot", NOW, Origin.TYPED)
    market = snapshot(perpetual("ETH"), "3000")
    terms = Terms(d(share), d(2), timedelta(days=30))
    return plan_hedge(exposure, terms, [market], now=NOW, portfolio=Portfolio(), proxy=proxy)


def test_ten_thousand_dollars_of_a_token_are_hedged_with_twelve_thousand_six_hundred_of_ether() -> None:
    # 0.7 x 90 / 50 = 1.26; R² 0.49; 90 % x sqrt(1 - 0.49) = 64.3 %; 12,600 / 3,000 = 4.2
    proxy, _ = fit_proxy(token(), {"ETH": ether()})
    assert proxy.beta == pytest.approx(1.26)
    assert proxy.correlation == pytest.approx(0.7)
    assert proxy.r_squared == pytest.approx(0.49)
    assert proxy.exposure_volatility_per_year == pytest.approx(0.9)
    assert proxy.proxy_volatility_per_year == pytest.approx(0.5)
    assert proxy.residual_volatility_per_year == pytest.approx(0.643, abs=0.0005)
    found = plan(Proxy("ETH", 1.26, 88, correlation=0.7, r_squared=0.49))
    assert found.wanted_quote == 12_600
    assert found.chosen.sizing.contracts == d("4.2")


def test_the_correlation_rule_stands_beside_it_and_sizes_nothing() -> None:
    # 10,000 x 0.7
    found = plan(Proxy("ETH", 1.26, 88, correlation=0.7, r_squared=0.49))
    assert found.correlation_rule_quote == 7000
    assert found.chosen.sizing.notional_quote == 12_600


def test_a_fifth_of_the_full_beta_hedge() -> None:
    # 20 % x 12,600
    assert plan(Proxy("ETH", 1.26), "0.2").wanted_quote == 2520


def test_a_beta_that_was_given_has_no_fit_to_doubt() -> None:
    found = plan(Proxy("ETH", 1.4))
    assert found.wanted_quote == 14_000
    assert found.correlation_rule_quote is None
    assert Caution.WEAK_PROXY not in found.cautions


def test_a_fit_below_one_half_is_called_weak() -> None:
    assert Caution.WEAK_PROXY in plan(Proxy("ETH", 1.26, 88, correlation=0.7, r_squared=0.49)).cautions
    assert Caution.WEAK_PROXY not in plan(Proxy("ETH", 1.26, 88, correlation=0.8, r_squared=0.64)).cautions


@pytest.mark.parametrize("beta", [0.0, -0.3])
def test_what_moves_against_its_proxy_is_not_hedged_by_a_short_of_it(beta: float) -> None:
    with pytest.raises(NotPossible, match="a short would add to the risk"):
        plan(Proxy("ETH", beta))


def test_the_major_that_explains_most_is_chosen_and_the_others_are_listed_best_first() -> None:
    # the token's own swings explain 1 - 0.49 = 0.51 of it, ETH's 0.49; a coin that goes its own way nothing
    own = moving("OWN", ACROSS * PER_DAY)
    aside = moving("ASIDE", SWINGS * ACROSS * PER_DAY)
    proxy, rejected = fit_proxy(token(), {"ETH": ether(), "ASIDE": aside, "OWN": own})
    assert (proxy.coin, proxy.days) == ("OWN", 88)
    assert proxy.r_squared == pytest.approx(0.51)
    assert [other.coin for other in rejected] == ["ETH", "ASIDE"]
    assert rejected[0].r_squared == pytest.approx(0.49)
    assert rejected[1].r_squared == pytest.approx(0, abs=1e-6)


def test_a_major_without_enough_common_days_is_listed_without_a_fit() -> None:
    late = moving("NEW", 0.5 * SWINGS[:29] * PER_DAY)
    proxy, rejected = fit_proxy(token(), {"NEW": late, "ETH": ether()})
    assert proxy.coin == "ETH"
    assert rejected == (RejectedProxy("NEW", None),)


def test_without_any_fit_the_reason_is_given() -> None:
    young = moving("TKX", 0.5 * SWINGS[:20] * PER_DAY)
    with pytest.raises(NotPossible, match="TKX and ETH have 20 days in common"):
        fit_proxy(young, {"ETH": ether()})
    with pytest.raises(NotPossible, match="no coin to hedge it through"):
        fit_proxy(young, {})


def test_a_portfolio_is_worth_its_coins_at_each_close() -> None:
    # 2 x 100 + 10 x 5 = 250, then 2 x 110 + 10 x 4 = 260
    worth = composite(
        {"A": d(2), "B": d(10)}, {"A": closing("A", {0: "100", 1: "110"}), "B": closing("B", {0: "5", 1: "4"})}
    )
    assert [bar.close_quote for bar in worth.bars] == [250, 260]


def test_days_that_one_of_the_coins_lacks_are_left_out() -> None:
    worth = composite(
        {"A": d(1), "B": d(1)},
        {"A": closing("A", {0: "1", 1: "2", 2: "3", 3: "4"}), "B": closing("B", {3: "10", 1: "20", 2: "30"})},
    )
    assert [(bar.opened_at, bar.close_quote) for bar in worth.bars] == [
        (NOW + 1 * DAY, 22),
        (NOW + 2 * DAY, 33),
        (NOW + 3 * DAY, 14),
    ]


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), times=st.floats(0.2, 4), ratio=st.floats(0.01, 100))
def test_a_portfolio_of_one_coin_has_that_coins_beta_however_many_are_held(
    seed: int, times: float, ratio: float
) -> None:
    moves, own = np.random.default_rng(seed).normal(0, 0.03, size=(2, 60))
    coin, proxy = moving("A", times * moves + own), moving("B", moves)
    held = composite({"A": d(repr(ratio))}, {"A": coin})
    alone, whole = (fit_proxy(series, {"B": proxy})[0] for series in (coin, held))
    assert whole.beta == pytest.approx(alone.beta, abs=1e-9)
