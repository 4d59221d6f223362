"""Strength, its change and breadth on series with known answers; no look-ahead; the same as pandas on real candles."""

import csv
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.panel import DAY_S, Matrix, Panel, panel_of
from chatbot.core.rotation.standings import Breadth, LeftOut, Standing, members_of, standings
from chatbot.core.rotation.strength import (
    Quadrant,
    above_mean,
    change_of,
    index_of,
    last_common,
    quadrant_of,
    strength_of,
    strengths_of_coins,
)
from tests.chatbot.core.rotation.samples import growing, priced

RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data" / "ohlcv_1d_binance_perp"
DAYS = 90
SEEDS = st.integers(0, 2**32)
FLAT = [100.0] * DAYS


def panel(**closes: Sequence[float | None]) -> Panel:
    """Of coins by name; the last day is that of all."""
    return panel_of({coin: priced(each, coin) for coin, each in closes.items()})


def sector(known: Panel, *coins: str) -> Standing:
    return standings(known, {"s": coins})[0]


def wandering(seed: int, coins: Sequence[str] = ("BTC", "A", "B", "C"), days: int = DAYS) -> Panel:
    factors = 1 + np.random.default_rng(seed).normal(0, 0.03, (days, len(coins)))
    closes: Matrix = np.asarray(100 * np.cumprod(factors, axis=0), dtype=np.float64)
    return Panel(tuple(coins), np.arange(days, dtype=np.int64) * DAY_S, closes)


# Strength


def test_strength_is_the_return_beside_that_of_bitcoin() -> None:
    # A +3 % and B +1 % a day: the index has +2 %. 1.02^30 / 1.01^30 - 1 = 1.811362 / 1.347849 - 1 = 34.3891 %;
    # 1.02^7 / 1.01^7 - 1 = 1.148686 / 1.072135 - 1 = 7.1400 %; the same each day, so no change
    found = sector(panel(BTC=growing(DAYS), A=growing(DAYS, 0.03), B=growing(DAYS, 0.01)), "A", "B")
    assert found.strength.month == pytest.approx(0.343891, abs=1e-6)
    assert found.strength.week == pytest.approx(0.071400, abs=1e-6)
    assert found.strength.change == pytest.approx(0)


def test_a_day_without_a_close_of_bitcoin_takes_the_one_before_and_four_take_none() -> None:
    # bitcoin doubled on day 8; the sector stood still: 1 / 2 - 1 = -50 % over the 7 days up to day 10
    bitcoin = np.array([100.0] * 8 + [200.0] * 8)
    still = np.zeros(16)
    gap = np.array([math.nan if day in (3, 10) else close for day, close in enumerate(bitcoin)])
    assert strength_of(still, gap, 7)[10] == pytest.approx(-0.5)
    lost = np.array([math.nan if 9 <= day <= 12 else close for day, close in enumerate(bitcoin)])
    found = strength_of(still, lost, 7)
    assert found[11] == pytest.approx(-0.5)
    assert math.isnan(found[12])
    first = np.array([math.nan, *bitcoin[1:]])
    assert math.isnan(strength_of(still, first, 7)[7])


def test_a_sector_that_stands_still_for_a_week_weakens() -> None:
    # +1 % a day up to a week ago: 1.01^23 - 1 = 25.7163 % now, 1.01^30 - 1 = 34.7849 % then: -9.0686 points
    stopped = growing(DAYS - 7) + [growing(DAYS - 7)[-1]] * 7
    found = sector(panel(BTC=FLAT, A=stopped, B=stopped), "A", "B")
    assert found.strength.month == pytest.approx(0.257163, abs=1e-6)
    assert found.strength.week == pytest.approx(0)
    assert found.strength.change == pytest.approx(-0.090686, abs=1e-6)
    assert found.strength.quadrant is Quadrant.WEAKENING


def test_the_index_is_rebalanced_each_day() -> None:
    # +1 % and -1 % a day: the mean is 0 each day, though held without trades the pair would have gained
    found = sector(panel(BTC=FLAT, A=growing(DAYS), B=growing(DAYS, -0.01)), "A", "B")
    assert found.strength.month == pytest.approx(0)


def test_one_coin_by_itself_goes_by_its_closes() -> None:
    # +1 % a day against a bitcoin that stands: 1.01^30 - 1 and 1.01^7 - 1
    (found,) = members_of(panel(BTC=FLAT, A=growing(DAYS)), ["A"])
    assert found.strength.month == pytest.approx(0.347849, abs=1e-6)
    assert found.strength.week == pytest.approx(0.072135, abs=1e-6)
    assert found.is_above is True


@pytest.mark.parametrize(
    ("month", "change", "quadrant"),
    [
        (0.1, 0.1, Quadrant.LEADING),
        (0.1, -0.1, Quadrant.WEAKENING),
        (-0.1, -0.1, Quadrant.LAGGING),
        (-0.1, 0.1, Quadrant.IMPROVING),
        (0.0, 0.0, Quadrant.LEADING),
    ],
)
def test_each_quadrant_has_its_signs(month: float, change: float, quadrant: Quadrant) -> None:
    assert quadrant_of(month, change) is quadrant


@given(SEEDS)
def test_the_strength_of_bitcoin_itself_is_zero(seed: int) -> None:
    known = wandering(seed)
    for days in (7, 30):
        found = strength_of(index_of(known, ["BTC"]).changes, known.of(["BTC"])[:, 0], days)
        assert np.nanmax(np.abs(found)) < 1e-12
    assert sector(known, "BTC").strength.month == 0


@given(SEEDS, st.permutations(["A", "B", "C"]))
def test_the_order_of_members_changes_nothing(seed: int, order: list[str]) -> None:
    known = wandering(seed, ("BTC", "A", "B", "C", "D", "E"))
    one = standings(known, {"s": ("A", "B", "C"), "t": ("C", "D"), "u": ("E", "A")})
    other = standings(known, {"s": tuple(order), "t": ("D", "C"), "u": ("A", "E")})
    assert [(each.sector, each.place, each.strength) for each in one] == [
        (each.sector, each.place, each.strength) for each in other
    ]


@given(SEEDS, st.integers(40, 89))
def test_the_future_changes_nothing_before_it(seed: int, row: int) -> None:
    known, other = wandering(seed), wandering(seed + 1)
    changed = Panel(known.coins, known.opened, np.vstack((known.closes[:row], other.closes[row:])))
    for coins in (["A"], ["A", "B", "C"]):
        one, two = (_all(each, coins)[:, :row] for each in (known, changed))
        np.testing.assert_array_equal(one, two)
    assert standings(known.until(row), {"s": ("A", "B")}) == standings(changed.until(row), {"s": ("A", "B")})


def _all(known: Panel, coins: list[str]) -> np.ndarray:
    """Everything that is told of a day, a row each."""
    bitcoin = known.of(["BTC"])[:, 0]
    week, month = (strength_of(index_of(known, coins).changes, bitcoin, days) for days in (7, 30))
    above, is_known = above_mean(known.of(coins))
    singles = strengths_of_coins(known.of(coins), bitcoin, 30)
    return np.vstack((week, month, change_of(month), above.sum(axis=1), is_known.sum(axis=1), singles.T))


# Who counts


def test_a_coin_counts_from_its_thirtieth_return_on() -> None:
    # 30 closes are 29 returns: A alone counts; with 31 closes B's 30th return, +1 %, is in the mean of the last day
    few, enough = ([*[None] * (DAYS - days), *growing(days)] for days in (30, 31))
    left = index_of(panel(BTC=FLAT, A=FLAT, B=few), ["A", "B"])
    both = index_of(panel(BTC=FLAT, A=FLAT, B=enough), ["A", "B"])
    assert (left.changes[-1], left.members[-1]) == (0.0, 1)
    assert (both.changes[-1], both.members[-1]) == (pytest.approx(0.005), 2)


def test_members_with_too_few_days_and_silent_ones_are_named() -> None:
    few: list[float | None] = [*[None] * (DAYS - 13), *growing(13)]
    silent: list[float | None] = [*growing(DAYS - 8), *[None] * 8]
    found = sector(panel(BTC=FLAT, A=FLAT, NEW=few, GONE=silent), "A", "NEW", "GONE", "NOWHERE")
    assert found.members == ("A",)
    assert found.left_out == (LeftOut("NEW", 12, is_silent=False), LeftOut("GONE", DAYS - 9, is_silent=True))


def test_a_missing_day_is_left_out_of_the_mean_of_two() -> None:
    # without B's close of a day, neither that day nor the next has a return of B
    holed: list[float | None] = [*growing(DAYS)]
    holed[-5] = None
    found = index_of(panel(BTC=FLAT, A=FLAT, B=holed), ["A", "B"])
    assert list(found.members[-6:]) == [2, 1, 1, 2, 2, 2]


def test_around_midnight_the_last_day_is_that_of_most() -> None:
    # bitcoin has the new bar and one of four coins: the day before is the last
    late: list[float | None] = [*FLAT[:-1], None]
    known = last_common(panel(BTC=FLAT, A=FLAT, B=late, C=late, D=late))
    assert len(known.opened) == DAYS - 1


# Places, breadth, trail


def test_places_come_from_all_three_figures() -> None:
    # by 30 days, 7 days and change: fast (+2 % a day) is 1st, 1st, 2nd (no change); late, flat and then +3 % a day for
    # a week, is 2nd by 30 days (1.03^7 - 1 = 23.0 % beside 81.1 %) and 1st by 7 days and by the change: 2+1+1 = 4
    # beside 1+2+2 = 5
    late = [*FLAT[:-7], *(100 * 1.03**day for day in range(1, 8))]
    known = panel(BTC=FLAT, A=growing(DAYS, 0.02), B=growing(DAYS, 0.02), C=late, D=late, E=FLAT, F=FLAT)
    found = standings(known, {"flat": ("E", "F"), "fast": ("A", "B"), "late": ("C", "D"), "one": ("A",)})
    assert [(each.sector, each.place) for each in found] == [("late", 1), ("fast", 2), ("flat", 3), ("one", None)]


def test_breadth_counts_closes_above_their_own_mean_now_and_a_week_ago() -> None:
    # A rises each day: above; B falls: below; C has 19 closes: not known. A week ago C had 12, the others as now
    known = panel(BTC=FLAT, A=growing(DAYS), B=growing(DAYS, -0.01), C=[*[None] * (DAYS - 19), *growing(19)])
    found = sector(known, "A", "B", "C")
    assert found.breadth == Breadth(1, 2)
    assert found.breadth_before == Breadth(1, 2)


def test_a_close_at_its_mean_is_not_above_it() -> None:
    assert sector(panel(BTC=FLAT, A=FLAT, B=FLAT), "A", "B").breadth == Breadth(0, 2)


def test_the_trail_is_a_point_a_week_and_ends_with_now() -> None:
    found = sector(panel(BTC=FLAT, A=growing(DAYS + 10)[10:], B=growing(DAYS)), "A", "B")
    assert len(found.trail) == 4  # of 90 days the index begins with the 30th return; 30 days and a week later: 23 back
    assert found.trail[-1].month == pytest.approx(found.strength.month)
    assert [(b.closed_at - a.closed_at).days for a, b in zip(found.trail, found.trail[1:], strict=False)] == [7, 7, 7]


def test_what_is_too_short_for_a_figure_has_none() -> None:
    short = panel(BTC=FLAT[:20], A=FLAT[:20], B=FLAT[:20])
    found = sector(short, "A", "B")
    assert (found.strength.week, found.strength.month, found.strength.quadrant) == (None, None, None)
    assert found.trail == ()
    assert found.place is None


# Real candles


@cache
def recorded() -> pd.DataFrame:
    """Closes by the second in which their day began, a column a coin."""
    series = {}
    for path in sorted(RECORDED.glob("*USDT.csv")):
        with path.open() as lines:
            rows = [(int(row["timestamp"]) // 1000, float(row["close"])) for row in csv.DictReader(lines)]
        series[path.stem.removesuffix("USDT")] = pd.Series(dict(rows))
    return pd.DataFrame(series)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded prices are not here")
def test_real_sectors_come_out_as_pandas_has_them() -> None:
    closes = recorded().iloc[-400:]
    known = Panel(tuple(closes.columns), closes.index.to_numpy(dtype=np.int64), closes.to_numpy())
    sectors = [tuple(closes.columns[at : at + 6]) for at in range(0, len(closes.columns) - 6, 6)]
    assert len(sectors) >= 7
    for coins in sectors:
        returns = closes[list(coins)].pct_change(fill_method=None)
        counted = returns.where(returns.notna().cumsum() >= 30)
        growth = (1 + counted.mean(axis=1)).rolling(30).apply(np.prod, raw=True)
        expected = growth / (closes["BTC"] / closes["BTC"].shift(30)) - 1
        found = strength_of(index_of(known, coins).changes, closes["BTC"].to_numpy(), 30)
        np.testing.assert_allclose(found, expected.to_numpy(), rtol=0, atol=1e-9)
        means = closes[list(coins)].rolling(20).mean()
        above, is_known = above_mean(known.of(coins))
        assert above[-1].sum() == (closes[list(coins)] > means).iloc[-1].sum()
        assert is_known[-1].sum() == means.iloc[-1].notna().sum()


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded prices are not here")
def test_the_places_of_real_sectors_are_those_of_pandas() -> None:
    closes = recorded().iloc[-400:]
    known = Panel(tuple(closes.columns), closes.index.to_numpy(dtype=np.int64), closes.to_numpy())
    coins = [coin for coin in closes.columns if coin != "BTC"]
    sectors = {f"s{at}": tuple(coins[at::8]) for at in range(8)}
    frame = pd.DataFrame(
        {name: closes[list(members)].pct_change(fill_method=None).mean(axis=1) for name, members in sectors.items()}
    )
    month, week = (
        (1 + frame).rolling(days).apply(np.prod, raw=True).div(closes["BTC"] / closes["BTC"].shift(days), axis=0) - 1
        for days in (30, 7)
    )
    figures = pd.DataFrame({"month": month.iloc[-1], "week": week.iloc[-1], "change": month.iloc[-1] - month.iloc[-8]})
    places = figures.rank(ascending=False, method="min").sum(axis=1)
    expected = figures.assign(places=places).sort_values(["places", "month"], ascending=[True, False]).index
    assert [each.sector for each in standings(known, sectors)] == list(expected)
