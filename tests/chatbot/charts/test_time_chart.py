"""Curves over time: what is drawn, what is a gap, and what must not break it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chatbot.charts import draw
from chatbot.charts.time_chart import _gaps, _runs, _times
from chatbot.command import TimeChart, TimeCurve
from tests.chatbot.charts.test_charts import size

START = datetime(2026, 11, 1, tzinfo=UTC)
EIGHT_HOURS = timedelta(hours=8)


def curve(*values: str | None, label: str = "rate", is_steps: bool = True) -> TimeCurve:
    points = tuple(
        (START + EIGHT_HOURS * at, None if each is None else Decimal(each)) for at, each in enumerate(values)
    )
    return TimeCurve(label, points, is_steps)


RATES = curve("0.0001", "0.0002", "-0.0001", None, "0.0001", "-0.0003", "0.0001")
SUMS = curve("1", "3", "2", None, "3", "0", "1", label="sum", is_steps=False)
CHART = TimeChart(
    title="BTC funding on Binance, 90 days",
    figures=(("a year", "+1.5 %"), ("negative", "38.5 %"), ("on $10,000", "+$36.35")),
    panels=(("rate, % per 8 hours", (RATES,)), ("received, USD", (SUMS,))),
    caption="",
)


def test_it_is_as_large_as_every_other_picture() -> None:
    png = draw(CHART)
    assert size(png) == (1080, 1290)
    assert len(png) < 500_000


def test_a_step_holds_up_to_the_gap_behind_it() -> None:
    before, after = _runs(RATES)
    third = 1 / 3  # of a day
    assert [round(x - before[0][0], 6) for x, _ in before] == [round(third * at, 6) for at in range(4)]
    assert before[-1][1] == before[-2][1] == -0.0001
    assert len(after) == 3


def test_a_line_ends_at_its_last_value_before_the_gap() -> None:
    assert [len(run) for run in _runs(SUMS)] == [3, 3]


def test_a_gap_reaches_to_the_next_value_or_to_the_end() -> None:
    (gap,) = _gaps(RATES, end=1e9)
    assert gap[1] - gap[0] == pytest.approx(1 / 3)
    (last,) = _gaps(curve("1", None), end=1e9)
    assert last[1] == 1e9


def test_a_gap_is_seen_in_the_picture() -> None:
    filled = curve("0.0001", "0.0002", "-0.0001", "-0.0001", "0.0001", "-0.0003", "0.0001")
    panel = ("rate, % per 8 hours", (filled,))
    assert draw(CHART) != draw(replace(CHART, panels=(panel, CHART.panels[1])))


@pytest.mark.parametrize(
    "panels",
    [
        (("one point", (curve("1"),)),),
        (("all the same", (curve("0", "0", "0"),)),),
        (("only one behind a gap, %", (curve(None, "0.5"),)),),
        (("nothing yet, $", (curve("1", "2"),)), ("several, $", (curve("1", "2", label="here"), SUMS, RATES))),
        (
            (
                "a year, by the day",
                (TimeCurve("x", tuple((START + timedelta(days=n), Decimal(n)) for n in range(366))),),
            ),
        ),
    ],
    ids=lambda panels: panels[0][0],
)
def test_odd_panels_are_drawn_without_a_warning(panels: tuple[tuple[str, tuple[TimeCurve, ...]], ...]) -> None:
    assert size(draw(replace(CHART, panels=panels))) == (1080, 1290)


@pytest.mark.parametrize("points", [(None,), (None, None, None)])
def test_where_nothing_is_known_all_of_it_is_a_gap(points: tuple[None, ...]) -> None:
    assert size(draw(replace(CHART, panels=(("rate, %", (curve(*points),)),)))) == (1080, 1290)


@pytest.mark.parametrize("panels", [(), (("rate, %", ()),), (("rate, %", (curve(),)),)])
def test_a_chart_without_a_point_is_refused(panels: tuple[tuple[str, tuple[TimeCurve, ...]], ...]) -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        draw(replace(CHART, panels=panels))


def test_as_many_dates_are_written_as_there_is_room_for() -> None:
    year = (20_000.0, 20_339.0)  # matplotlib's days: "Dec 2025" is wider than "12 Dec"
    assert len(_times(year, 900)) == 4
    assert len(_times(year, 600)) == 3
    assert _times(year, 100) == year
