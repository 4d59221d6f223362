"""The trial of the rule: worked by hand, held to plain pandas on recorded days, blind to the future."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.markets import Candle, Candles, FundingHistory, Settlement
from chatbot.core.panel import DAY_S, Panel
from chatbot.core.rotation.evidence.plan import (
    Contestant,
    EvidencePlan,
    Fees,
    Ground,
    Seen,
    TooLong,
    crowded_by_coin,
    ground_of,
    plan_evidence,
)
from chatbot.core.rotation.evidence.rule import EqualWeight, Holding, Rhythm, Rotation, is_due
from chatbot.core.rotation.evidence.signals import signals_of
from chatbot.core.walk import Walk
from tests.fakes import candles
from tests.samples import NOW, d, perpetual

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "data" / "ohlcv_1d_binance_perp"
SECTORS = {"up": ("A", "B"), "down": ("C", "D"), "slow": ("E", "F")}
MOVES = {"BTC": 0.0, "A": 0.01, "B": 0.01, "C": -0.01, "D": -0.01, "E": 0.005, "F": 0.005}
FEES = Fees(d("0.001"), "Binance spot")


def history(days: int = 120, **others: Sequence[float]) -> dict[str, Candles]:
    """Each coin moves by the same share every day, unless its changes are given."""
    moves = {coin: others.get(coin, [move] * days) for coin, move in MOVES.items()}
    return {coin: candles(coin, changes) for coin, changes in moves.items()}


def seen(fundings: dict[str, FundingHistory] | None = None, missing: tuple[str, ...] = ()) -> Seen:
    return Seen(fundings or {}, FEES, missing, (), (), 4, "Binance spot", NOW)


def plan(fundings: dict[str, FundingHistory] | None = None, days: int | None = None) -> EvidencePlan:
    return plan_evidence(ground_of(history(), SECTORS, days=days), seen(fundings), NOW)


def crowd(coin: str) -> FundingHistory:
    """Longs pay 0.05 % every 8 hours, for 120 days."""
    rows = tuple(Settlement(d("0.0005"), NOW - timedelta(hours=8) * back) for back in reversed(range(360)))
    return FundingHistory(perpetual(coin), rows, NOW, "Bybit")


def test_steady_sectors_come_to_what_is_worked_out_by_hand() -> None:
    found = plan(days=40)
    # 40 days; `up` and `slow` are picked throughout. On 10 October half of 1 is put into each, and 0.1 % + 0.05 % of it
    # is owed in cash: `up` grows to 0.5 x 1.01^22, `slow` to 0.5 x 1.005^22 by 1 November, where both are set back to
    # halves: what grew more is sold, the other bought. By 19 November 18 more days have passed.
    up, slow = 0.5 * 1.01**22, 0.5 * 1.005**22
    value = up + slow - 0.0015
    cost = 0.0015 * (up - value / 2 + abs(value / 2 - slow))
    expected = value / 2 * (1.01**18 + 1.005**18) - cost
    monthly = found.results[0]
    assert (monthly.contestant, monthly.rhythm) == (Contestant.RULE, Rhythm.MONTHLY)
    assert monthly.outcome.total == pytest.approx(expected - 1)
    assert monthly.outcome.costs == pytest.approx(0.0015 + cost)
    assert monthly.outcome.trades == 2
    # bitcoin stands still: bought once
    assert found.of(Contestant.BITCOIN).outcome.total == pytest.approx(-0.0015)
    assert found.days == 40
    assert found.picks == (("up", 2), ("slow", 2))
    assert [choice.sectors for choice in found.choices] == [("up", "slow")] * 2
    assert len(found.paid) == 2


def test_capital_is_moved_on_the_first_of_a_month_or_on_mondays() -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 11)]
    due = {rhythm: [day.day for day in days if is_due(rhythm, int(day.timestamp()))] for rhythm in Rhythm}
    assert due == {Rhythm.MONTHLY: [1], Rhythm.WEEKLY: [2, 9]}


def test_a_crowded_coin_whose_price_has_stalled_is_sold_and_its_share_stays_in_cash() -> None:
    # A rises 1 % a day, then falls 0.1 % a day for the last 10: no new high, and a fortnight below its usual one
    late = [0.01] * 110 + [-0.001] * 10
    ground = ground_of(history(A=late), SECTORS, (Rhythm.MONTHLY,), days=40)
    crowded = crowded_by_coin(ground.panel, {"A": crowd("A")})
    held = ground.walk(Rotation(ground.signals, Rhythm.MONTHLY, ground.first, crowded), 0.0).held
    a, b = ground.panel.coins.index("A"), ground.panel.coins.index("B")
    # up to the close before the 10 days A is held; the first day without a high is known the day after
    assert held[30, a] > 0
    assert held[31, a] > 0
    assert (held[32:, a] == 0).all()
    assert (held[:, b] > 0).all()


def test_without_any_funding_there_is_no_trial_of_the_exit() -> None:
    assert {each.contestant for each in plan().rules} == {Contestant.RULE}
    with_exit = plan({"A": crowd("A")})
    assert [each.contestant for each in with_exit.rules] == [Contestant.RULE, Contestant.RULE_WITH_EXIT] * 2
    assert with_exit.missing.funding == ("B", "E", "F")


def test_more_days_than_there_are_is_said_with_how_many_there_are() -> None:
    # 121 closes; a sector's index begins with the 30th return, its first month of strength is whole on the 59th: the
    # first decision is for the 60th of rows counted from 0, and 60 days come after it
    with pytest.raises(TooLong) as told:
        ground_of(history(), SECTORS, days=61)
    assert told.value.days == 60
    assert "60 days can be tested: prices reach back 121 days" in told.value.sentence
    assert plan(days=60).days == 60


def test_too_few_days_too_few_sectors_and_no_bitcoin_are_said() -> None:
    # strength is whole from the row 59 on: 22 of 81 rows
    with pytest.raises(NotPossible, match="There are 81 days of prices, and on 22 of them at least 3 sectors can be"):
        ground_of(history(80), SECTORS)
    with pytest.raises(NotPossible, match="at least 2 coins that have prices: 2"):
        ground_of(history(), {"up": ("A", "B"), "down": ("C", "D"), "alone": ("E",)})
    with pytest.raises(NotPossible, match="no daily prices of BTC"):
        ground_of({"A": candles("A", [0.0] * 100)}, SECTORS)


def test_what_is_not_in_it_is_named() -> None:
    listed = history() | {"NEW": candles("NEW", [0.1] * 10)}
    sectors = SECTORS | {"alone": ("G",), "new": ("A", "NEW")}
    found = plan_evidence(ground_of(listed, sectors), seen(missing=("G",)), NOW)
    assert found.missing.sectors == ("alone",)
    assert found.missing.coins == ("G",)
    assert found.missing.short == ("NEW",)
    assert found.coins == 7


moves = st.integers(0, 2**32 - 1).map(
    lambda seed: np.cumprod(1 + np.random.default_rng(seed).normal(0, 0.04, (130, 7)), axis=0)
)


def ground(closes: np.ndarray[tuple[int, int], np.dtype[np.float64]], rhythm: Rhythm) -> Ground:
    panel = Panel(tuple(MOVES), np.arange(130, dtype=np.int64) * DAY_S, closes)
    return Ground(panel, signals_of(panel, SECTORS), (rhythm,), 60, 60, ())


def walked(trial: Ground, fundings: dict[str, FundingHistory], cost: float = 0.001) -> list[Walk]:
    crowded = crowded_by_coin(trial.panel, fundings)
    rule = Rotation(trial.signals, trial.rhythms[0], trial.first, crowded)
    others = EqualWeight(trial.signals, trial.first), Holding(0, trial.first)
    return [trial.walk(decide, cost) for decide in (rule, *others)]


def random_funding(coin: str, seed: int) -> list[Settlement]:
    start = datetime.fromtimestamp(0, UTC)
    rates = np.random.default_rng(seed).normal(0.0002, 0.0003, 390)
    return [Settlement(d(str(round(rate, 6))), start + timedelta(hours=8 * at)) for at, rate in enumerate(rates)]


@settings(deadline=None, max_examples=40)
@given(moves, moves, st.integers(62, 128), st.sampled_from(Rhythm), st.integers(0, 1000))
def test_changing_the_future_changes_nothing_before_it_prices_and_funding_alike(
    closes: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    later: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    cut: int,
    rhythm: Rhythm,
    seed: int,
) -> None:
    other = np.vstack((closes[:cut], later[cut:]))
    known, unknown = ({coin: random_funding(coin, seed + at) for at, coin in enumerate("ABE")} for seed in (seed, 7))
    begins = datetime.fromtimestamp(cut * DAY_S, UTC)
    changed = {
        coin: [row if row.charged_at <= begins else new for row, new in zip(rows, unknown[coin], strict=True)]
        for coin, rows in known.items()
    }

    def histories(rows: dict[str, list[Settlement]]) -> dict[str, FundingHistory]:
        return {coin: FundingHistory(perpetual(coin), tuple(each), NOW, "Bybit") for coin, each in rows.items()}

    before = walked(ground(closes, rhythm), histories(known))
    after = walked(ground(other, rhythm), histories(changed))
    for one, two in zip(before, after, strict=True):
        assert one.values[: cut - 60].tolist() == two.values[: cut - 60].tolist()
        assert one.held[: cut - 60].tolist() == two.held[: cut - 60].tolist()
        assert one.traded[: cut - 60].tolist() == two.traded[: cut - 60].tolist()


@settings(deadline=None, max_examples=20)
@given(moves, st.sampled_from(Rhythm), st.floats(0.0001, 0.01))
def test_costs_only_lower_every_value_of_every_contestant(
    closes: np.ndarray[tuple[int, int], np.dtype[np.float64]], rhythm: Rhythm, cost: float
) -> None:
    trial = ground(closes, rhythm)
    for free, paid in zip(walked(trial, {}, 0.0), walked(trial, {}, cost), strict=True):
        assert (paid.values < free.values).all()


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded prices are not here")
def test_a_month_on_recorded_prices_is_what_pandas_makes_of_it() -> None:
    sectors = {
        "layer 1": ("ETH", "SOL", "ADA", "AVAX", "SUI"),
        "layer 2": ("ARB", "OP", "STX", "IMX"),
        "defi": ("UNI", "AAVE", "CRV", "LDO"),
        "ai": ("TAO", "FET", "WLD"),
        "gaming": ("SAND", "MANA", "AXS", "GALA"),
    }
    frame = recorded(("BTC", *(coin for coins in sectors.values() for coin in coins)))
    returns = frame.pct_change(fill_method=None)
    day, end = pd.Timestamp("2025-10-01", tz=UTC), pd.Timestamp("2025-11-01", tz=UTC)
    window = returns.loc[day - pd.Timedelta(days=30) : day - pd.Timedelta(days=1)]
    assert len(window) == 30
    bitcoin = compounded(window["BTC"])
    strength = {name: compounded(window[list(coins)].mean(axis=1)) / bitcoin - 1 for name, coins in sectors.items()}
    picked = sorted(strength, key=lambda name: -strength[name])[:2]
    growth = frame.loc[end] / frame.loc[day]
    expected = float(np.mean([growth[list(sectors[name])].to_numpy().mean() for name in picked]))

    trial = ground_of({str(coin): as_candles(str(coin), frame[coin]) for coin in frame}, sectors, (Rhythm.MONTHLY,))
    values = trial.walk(Rotation(trial.signals, Rhythm.MONTHLY, trial.first), 0.0).values
    at = int(np.flatnonzero(trial.panel.opened == day.timestamp())[0]) - trial.first
    chosen = next(sectors for row, sectors in trial.choices(Rhythm.MONTHLY) if row == at + trial.first)
    assert [trial.signals.sectors[each] for each in chosen] == picked
    # bought at the close of 1 October, on what was known at the close of 30 September; sold at that of 1 November
    assert values[at + 31] / values[at] == pytest.approx(expected)


def compounded(changes: "pd.Series[float]") -> float:
    return float(np.prod(1 + changes.to_numpy()))


def recorded(coins: Sequence[str]) -> pd.DataFrame:
    found = {}
    for coin in coins:
        with (RECORDED / f"{coin}USDT.csv").open() as lines:
            rows = {
                pd.Timestamp(int(row["timestamp"]), unit="ms", tz=UTC): float(row["close"])
                for row in csv.DictReader(lines)
            }
        found[coin] = pd.Series(rows)
    return pd.DataFrame(found).sort_index().iloc[-401:-1]  # the last bar is not closed


def as_candles(coin: str, closes: "pd.Series[float]") -> Candles:
    prices = zip(closes.index, (d(repr(float(close))) for close in closes), strict=True)
    bars = tuple(Candle(day.to_pydatetime(), price, price, price, price, d(1)) for day, price in prices)
    return Candles(coin, timedelta(days=1), bars, "recorded", NOW)
