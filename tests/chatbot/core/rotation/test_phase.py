"""The phase of the cycle: each sign with known answers, what fits it, and when it is unclear. Funding heat."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from chatbot.core.markets import Board, BoardRow, InstrumentKind
from chatbot.core.panel import Panel, panel_of
from chatbot.core.rotation.heat import Heat, heat_of, most_traded, rate_of
from chatbot.core.rotation.phase import (
    FITS,
    Beating,
    Cycle,
    Lead,
    Leader,
    Phase,
    Season,
    Warmth,
    cycle_of,
)
from tests.chatbot.core.rotation.samples import growing, priced
from tests.samples import NOW, d, funding, inverse, perpetual

DAYS = 130
FLAT = [100.0] * DAYS
COOL, WARM, HOT = (Heat(d(rate), 20, 20) for rate in ("0.0001", "0.0002", "0.0003"))
NOBODY = Lead(30, -0.1, -0.2)
PLATFORMS, NARRATIVES = Lead(30, 0.2, 0.1), Lead(30, 0.1, 0.2)


def cycle(share: int, before: int, month: Lead, week: Lead, heat: Heat | None) -> Cycle:
    """Of twenty coins."""
    return Cycle(Beating(share, 20), Beating(before, 20), month, week, heat)


@pytest.mark.parametrize(
    ("found", "phase", "fitting"),
    [
        (cycle(5, 5, NOBODY, NOBODY, COOL), Phase.BITCOIN, 4),  # 25 %
        (cycle(10, 6, PLATFORMS, PLATFORMS, WARM), Phase.PLATFORMS, 4),  # 50 %, up from 30 %
        (cycle(15, 10, NARRATIVES, NARRATIVES, HOT), Phase.NARRATIVES, 4),  # 75 %
        (cycle(10, 16, NOBODY, NOBODY, HOT), Phase.MAJORS, 4),  # 50 %, down from 80 %
        (cycle(10, 16, NOBODY, NOBODY, WARM), Phase.MAJORS, 3),
        (cycle(10, 16, NOBODY, NOBODY, COOL), None, 3),  # three speak for the first phase, and three for the last
        (cycle(15, 10, NARRATIVES, PLATFORMS, HOT), Phase.NARRATIVES, 3),
        (cycle(5, 5, NOBODY, NOBODY, None), Phase.BITCOIN, 3),
        (cycle(10, 6, NARRATIVES, NOBODY, COOL), None, 2),
        (cycle(15, 10, NARRATIVES, NOBODY, COOL), None, 2),
    ],
)
def test_a_phase_needs_three_signs_that_fit(found: Cycle, phase: Phase | None, fitting: int) -> None:
    assert found.phase is phase
    assert max(found.fitting(each) for each in Phase) == fitting


def test_too_few_signs_are_no_phase() -> None:
    # eight coins are too few for a share, and no rate is known: two signs, both bitcoin's
    found = Cycle(Beating(1, 8), Beating(1, 8), NOBODY, NOBODY, None)
    assert found.season is None
    assert found.signs == (Leader.BITCOIN, Leader.BITCOIN)
    assert found.phase is None


def test_every_sign_speaks_for_some_phase_and_every_phase_can_be_reached() -> None:
    assert all(FITS[sign] for kind in (Season, Leader, Warmth) for sign in kind)
    leads = (NOBODY, PLATFORMS, NARRATIVES)
    shares = ((5, 5), (10, 5), (10, 15), (15, 15))
    found = {
        cycle(*share, month, week, heat).phase
        for share, month, week, heat in product(shares, leads, leads, (COOL, WARM, HOT))
    }
    assert found == {*Phase, None}


def test_a_share_that_stood_still_is_in_between_for_two_phases() -> None:
    assert cycle(10, 10, NOBODY, NOBODY, None).season is Season.BETWEEN


def test_a_group_whose_strength_is_not_known_leaves_the_leader_open() -> None:
    assert Lead(30, 0.1, None).leader is None


# From closes


def panel(**closes: Sequence[float | None]) -> Panel:
    return panel_of({coin: priced(each, coin) for coin, each in closes.items()})


def test_the_evidence_is_counted_from_closes() -> None:
    # Of ten coins eight gain 1 % a day for 90 days and two stand as bitcoin does: 8 of 10 beat it. 30 days earlier the
    # last 90 days were those up to day 99: the eight gained there, too. Narratives +1 % a day: 1.01^30 - 1 = 34.785 %;
    # of the two groups layer 1 has the two that stand
    rising = {f"N{number}": growing(DAYS) for number in range(8)}
    known = panel(BTC=FLAT, P=FLAT, Q=FLAT, **rising)
    sectors = {"layer 1": ("P", "Q"), "ai": tuple(rising), "store of value": ("BTC",)}
    found = cycle_of(known, sectors, HOT)
    assert found.beating == Beating(8, 10)
    assert found.beating_before == Beating(8, 10)
    assert found.season is Season.ALT
    assert found.month.narratives == pytest.approx(0.347849, abs=1e-6)
    assert found.month.platforms == pytest.approx(0)
    assert found.month.leader is Leader.NARRATIVES
    assert found.phase is Phase.NARRATIVES
    assert found.fitting(Phase.NARRATIVES) == 4


def test_a_coin_in_two_sectors_counts_once() -> None:
    known = panel(BTC=FLAT, A=growing(DAYS), B=growing(DAYS))
    assert cycle_of(known, {"ai": ("A", "B"), "my picks": ("A", "BTC")}, None).beating == Beating(2, 2)


def test_a_list_of_ones_own_makes_no_narrative_of_a_platform_or_of_bitcoin() -> None:
    known = panel(BTC=FLAT, P=growing(DAYS), A=FLAT)
    sectors = {"store of value": ("BTC",), "layer 1": ("P",), "ai": ("A",), "my picks": ("P", "BTC")}
    found = cycle_of(known, sectors, None)
    assert found.month.narratives == pytest.approx(0)  # A alone, which stood as bitcoin did
    assert found.month.platforms == pytest.approx(0.347849, abs=1e-6)


def test_without_a_quarter_of_prices_no_coin_is_counted() -> None:
    known = panel(BTC=FLAT[:60], A=growing(60))
    assert cycle_of(known, {"ai": ("A",)}, None).beating == Beating(0, 0)


def test_the_future_changes_nothing_in_the_evidence_of_before() -> None:
    one = panel(BTC=FLAT, A=growing(DAYS), B=growing(DAYS, -0.01))
    other = Panel(one.coins, one.opened, one.closes.copy())
    other.closes[120:] *= 3
    sectors = {"ai": ("A",), "layer 1": ("B",)}
    assert cycle_of(one.until(120), sectors, None) == cycle_of(other.until(120), sectors, None)


# Heat


def row(
    coin: str, rate: str | None, volume: str | None = "1000", exchange: str = "binance", hours: int | None = 8
) -> BoardRow:
    interval = None if hours is None else timedelta(hours=hours)
    told = None if rate is None else funding(rate, interval)
    return BoardRow(perpetual(coin, exchange=exchange), told, d(1), d(1), None if volume is None else d(volume))


def board(*rows: BoardRow) -> Board:
    return Board("binance", rows, NOW, "Binance")


def test_heat_is_the_mean_of_rates_per_eight_hours_at_their_own_intervals() -> None:
    # 0.01 % every 8 h and 0.01 % every 4 h: (0.01 + 0.02) / 2 = 0.015 % per 8 h, x 1,095 = 16.425 % a year
    found = heat_of(("A", "B"), most_traded([board(row("A", "0.0001"), row("B", "0.0001", hours=4))]))
    assert found == Heat(d("0.00015"), 2, 2)
    assert found.per_year == d("0.16425")


def test_the_perpetual_that_is_traded_most_speaks_for_its_coin() -> None:
    small, large = row("A", "0.01", "10"), row("A", "0.0001", "1000", exchange="bybit")
    coin_margined = replace(large, instrument=inverse("A"), volume_day_quote=d(10**9))
    dated = replace(large, instrument=replace(large.instrument, kind=InstrumentKind.DATED))
    assert most_traded([board(small), board(large, coin_margined, dated)]) == {"A": large}


def test_what_is_unknown_or_can_hardly_be_is_in_no_mean() -> None:
    # 4 % per 8 h can hardly be; without an interval nothing is known; C has no rate: D alone counts
    rows = (row("A", "0.04"), row("B", "0.0001", hours=None), row("C", None), row("D", "-0.0002", None))
    assert heat_of("ABCDE", most_traded([board(*rows)])) == Heat(d("-0.0002"), 1, 5)
    assert heat_of("ABC", most_traded([board(*rows)])) is None
    assert rate_of(None) is None


def test_warmth_has_its_marks() -> None:
    base = cycle(5, 5, NOBODY, NOBODY, COOL)
    assert [replace(base, heat=heat).warmth for heat in (COOL, WARM, HOT, None)] == [*Warmth, None]
    assert replace(base, heat=Heat(Decimal("-0.01"), 1, 1)).warmth is Warmth.COOL
