"""The world is a function of seed, coin and time, and its coins behave as they were measured."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sandbox.coins import COINS, Coin
from chatbot.sandbox.world import BRIDGE_STEPS, STEP_SECONDS, STEPS_PER_DAY, Floats, Steps, World, step_at

WORLD = World(seed=1)
# 1 January 2024 is day 19,723 since 1970; 730 days from there
TWO_YEARS = Steps(19_723 * STEPS_PER_DAY, 730 * STEPS_PER_DAY)


def daily_returns(name: str) -> Floats:
    return np.diff(WORLD.log_index(name, TWO_YEARS)[::STEPS_PER_DAY])


def test_about_sixty_coins_are_simulated() -> None:
    assert len(COINS) == 60
    assert len({coin.name for coin in COINS}) == 60
    assert [coin.name for coin in COINS if not coin.has_futures] == ["MKR"]
    assert [coin.name for coin in COINS if coin.is_new] == ["AZTEC"]
    assert [coin.name for coin in COINS if not coin.is_trading] == ["MATIC"]
    assert {coin.funding_hours for coin in COINS} == {1, 4, 8}


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    steps = Steps(TWO_YEARS.first, 100)
    again, other = World(seed=1).log_index("ETH", steps), World(seed=2).log_index("ETH", steps)
    assert np.array_equal(WORLD.log_index("ETH", steps), again)
    assert not np.allclose(WORLD.log_index("ETH", steps), other)


def test_a_price_does_not_depend_on_the_window_it_is_asked_in() -> None:
    # the window reaches over the end of a bridge, where two blocks are joined
    start = 70 * BRIDGE_STEPS - 50
    window = WORLD.log_index("SOL", Steps(start, 100))
    single = [WORLD.log_index("SOL", Steps(start + i, 1))[0] for i in range(100)]
    assert window[:-1].tolist() == single


@pytest.mark.parametrize("name", ["BTC", "ETH", "PEPE", "TRX"])
def test_every_ninety_days_a_price_is_back_at_its_measured_level(name: str) -> None:
    log_price = WORLD.log_index(name, Steps(70 * BRIDGE_STEPS, 1))[0]
    assert math.exp(log_price) == pytest.approx(WORLD.coins[name].price, rel=1e-9)


@pytest.mark.parametrize("coin", COINS, ids=lambda coin: coin.name)
def test_volatility_and_beta_of_two_years_are_close_to_the_measured_ones(coin: Coin) -> None:
    returns, bitcoin = daily_returns(coin.name), daily_returns("BTC")
    # the standard error of a deviation from 730 returns is 1 / sqrt(2 x 730) = 2.6 %: four of them, and the bridge
    assert returns.std() == pytest.approx(coin.volatility, rel=0.11)
    own = math.sqrt(max(0.0, coin.volatility**2 - (coin.beta * 0.0232) ** 2))
    error_of_beta = own / (0.0232 * math.sqrt(730))
    beta = np.cov(returns, bitcoin)[0, 1] / bitcoin.var(ddof=1)
    assert abs(beta - coin.beta) <= 4 * error_of_beta + 1e-9


def test_the_volume_of_a_year_has_the_measured_mean() -> None:
    volume = WORLD.volume_usd("ETH", Steps(TWO_YEARS.first, 365 * STEPS_PER_DAY))
    assert volume.sum() / 365 == pytest.approx(11_223e6, rel=0.05)
    assert volume.min() > 0


@pytest.mark.parametrize(("name", "hours"), [("ETH", 8), ("HYPE", 4), ("ANKR", 1)])
def test_funding_wanders_around_the_level_of_its_coin(name: str, hours: int) -> None:
    coin, count = WORLD.coins[name], 2 * 365 * 24 // hours
    rates = WORLD.settled_rates("test", name, hours, 19_723 * 24 // hours, count)
    # an autocorrelation of 0.5 widens the error of a mean by sqrt((1 + 0.5) / (1 - 0.5)) = 1.73
    error = 1.73 * coin.funding_deviation * hours / 8 / math.sqrt(count)
    assert rates.mean() == pytest.approx(coin.funding_per_year * hours / 8760, abs=4 * error)
    assert np.corrcoef(rates[1:], rates[:-1])[0, 1] == pytest.approx(0.5, abs=0.1)


def test_a_settlement_is_the_same_in_every_page_of_the_history() -> None:
    page = WORLD.settled_rates("test", "ETH", 8, 60_000, 200)
    assert WORLD.settled_rates("test", "ETH", 8, 60_150, 1)[0] == page[150]


def test_the_predicted_rate_moves_from_the_last_settlement_to_the_next() -> None:
    last, following = WORLD.settled_rates("test", "ETH", 8, 60_000, 2)
    at = 60_000 * 8 * 3600
    assert WORLD.predicted_rate("test", "ETH", 8, at) == last
    assert WORLD.predicted_rate("test", "ETH", 8, at + 4 * 3600) == pytest.approx((last + following) / 2, abs=1e-8)
    assert WORLD.predicted_rate("test", "ETH", 8, at + 8 * 3600 - 0.001) == pytest.approx(following, abs=1e-8)


@given(st.integers(0, 5_000_000), st.integers(1, 3000), st.data())
def test_noise_at_a_place_is_the_same_however_it_is_reached(first: int, count: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, count - 1))
    assert WORLD.noise("test", first, count)[place] == WORLD.noise("test", first + place, 1)[0]


@given(st.floats(0, 4e9))
def test_a_time_lies_in_its_step(seconds: float) -> None:
    assert step_at(seconds) * STEP_SECONDS <= seconds < (step_at(seconds) + 1) * STEP_SECONDS
