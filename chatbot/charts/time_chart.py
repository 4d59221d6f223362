"""Panels one above the other on one axis of time. Law: a gap is a gap; below zero is hatched, not only coloured."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import matplotlib.dates as dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chatbot.charts.lettering import LINE_HEIGHT, drawable, width
from chatbot.charts.paper import (
    COLOURS,
    FAINT,
    GAP,
    GRID,
    HEIGHT,
    INK,
    MARGIN,
    PAPER,
    WIDTH,
    WORDS,
    Range,
    new_figure,
    png,
    range_of,
    write,
    write_head,
)
from chatbot.command import TimeChart, TimeCurve

MOST_TICKS = 5
BELOW_ZERO = "////"

Point = tuple[float, float]


def time_chart(chart: TimeChart) -> bytes:
    """A PNG. ValueError for a chart without a point."""
    figure = new_figure()
    top = write_head(figure, chart.title, chart.figures) + 2 * GAP
    ranges = [
        range_of(label, [y for run in _runs(curves) for _, y in run], MOST_TICKS, 0.06)
        for label, curves in chart.panels
    ]
    left = MARGIN + max(width(words, WORDS) for each in ranges for words in each.words) + GAP
    times = [point[0] for _, curves in chart.panels for run in _runs(curves) for point in run]
    span = (min(times), max(times)) if max(times) > min(times) else (min(times) - 0.5, max(times) + 0.5)
    bottom = HEIGHT - MARGIN - WORDS * LINE_HEIGHT - GAP
    share = (bottom - top) / len(chart.panels)
    for number, ((label, curves), y_range) in enumerate(zip(chart.panels, ranges, strict=True)):
        _panel(figure, label, curves, y_range, number, (left, top + number * share, top + (number + 1) * share), span)
    _write_times(figure, span, left, bottom)
    return png(figure)


def _panel(
    figure: Figure,
    label: str,
    curves: Sequence[TimeCurve],
    y_range: Range,
    number: int,
    place: tuple[float, float, float],
    span: tuple[float, float],
) -> None:
    left, top, bottom = place
    write(figure, MARGIN, top, drawable(label), WORDS, room=WIDTH - 2 * MARGIN, color=FAINT)
    top, bottom = top + WORDS * LINE_HEIGHT + GAP, bottom - GAP
    right = WIDTH - MARGIN
    axes = figure.add_axes(
        (left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT), facecolor=PAPER
    )
    axes.set(xlim=span, ylim=(y_range.low, y_range.high), xticks=(), yticks=())
    for spine in axes.spines.values():
        spine.set_visible(False)
    for tick, words in zip(y_range.ticks, y_range.words, strict=True):
        axes.axhline(tick, color=GRID, linewidth=2, zorder=1)
        write(figure, left - GAP, y_range.at(tick, bottom, top), words, WORDS, ha="right", va="center")
    if y_range.low <= 0 <= y_range.high:
        axes.axhline(0, color=INK, linewidth=2.5, zorder=2)
    for curve in curves:
        _draw(axes, curve, COLOURS[number % len(COLOURS)])


def _draw(axes: Axes, curve: TimeCurve, color: str) -> None:
    for run in _runs([curve]):
        xs, ys = [x for x, _ in run], [y for _, y in run]
        if curve.is_steps and len(run) > 1:
            axes.fill_between(xs, ys, 0, step="pre", color=color, alpha=0.35, linewidth=0, zorder=3)
            below = [min(y, 0.0) for y in ys]
            axes.fill_between(
                xs, below, 0, step="pre", facecolor="none", edgecolor=INK, hatch=BELOW_ZERO, linewidth=0, zorder=4
            )
        style = "steps-pre" if curve.is_steps else "default"
        axes.plot(xs, ys, color=color, linewidth=3.5, drawstyle=style, zorder=5, marker="o" if len(run) == 1 else "")


def _runs(curves: Sequence[TimeCurve]) -> list[list[Point]]:
    """The stretches between gaps, times as matplotlib's days."""
    found = []
    for curve in curves:
        for is_gap, points in groupby(curve.points, key=lambda point: point[1] is None):
            if not is_gap:
                found.append([(_day(at), float(value)) for at, value in points if value is not None])
    return found


def _day(at: datetime) -> float:
    return float(dates.date2num(at))


def _write_times(figure: Figure, span: tuple[float, float], left: float, bottom: float) -> None:
    """Four dates along the bottom."""
    right = WIDTH - MARGIN
    form = "%d %b" if span[1] - span[0] < 300 else "%b %y"
    for part in range(4):
        x, at = left + (right - left) * part / 3, dates.num2date(span[0] + (span[1] - span[0]) * part / 3)
        ha = ("left", "center", "center", "right")[part]
        write(figure, x, bottom + GAP / 2, at.strftime(form), WORDS, ha=ha, color=FAINT)
