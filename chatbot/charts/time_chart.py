"""Panels one above the other on one axis of time.

Law: a gap is seen as a gap, in every panel; below zero is hatched, not only coloured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import matplotlib.dates as dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chatbot.charts.lettering import LINE_HEIGHT, broken, drawable, height, width
from chatbot.charts.paper import (
    COLOURS,
    DASHES,
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
    stroke,
    write,
    write_head,
)
from chatbot.charts.spreading import spread
from chatbot.command import TimeChart, TimeCurve

MOST_TICKS = 5
MOST_DATES = 4
CURVE_CHARACTERS = 12  # where names are broken into lines
HATCH_BELOW_ZERO, HATCH_OF_GAPS = "////", ".."
THICK, THIN, MANY = 4.5, 2.0, 120  # so many steps are drawn thin
NO_DATA = "no data"

Point = tuple[float, float]  # matplotlib's days, value
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Panel:
    """One panel and where it is: `top` is that of its words, the axes are below them."""

    label: str
    curves: tuple[TimeCurve, ...]
    range: Range
    top: float
    bottom: float

    @property
    def axes_top(self) -> float:
        return self.top + WORDS * LINE_HEIGHT + GAP


def time_chart(chart: TimeChart) -> bytes:
    """A PNG. ValueError for a chart without a point; where all of them are None, all of it is a gap."""
    if not any(curve.points for _, curves in chart.panels for curve in curves):
        raise ValueError(f"nothing to draw: {chart.title}")
    figure = new_figure()
    top = write_head(figure, chart.title, chart.figures) + 2 * GAP
    bottom = HEIGHT - MARGIN - WORDS * LINE_HEIGHT - GAP
    panels = _panels(chart, top, bottom)
    left = MARGIN + max(width(words, WORDS) for panel in panels for words in panel.range.words) + GAP
    right = WIDTH - MARGIN - max(_names_width(panel) for panel in panels)
    span = _span(chart)
    times = _times(span, right - left)
    for panel in panels:
        _draw_panel(figure, panel, left, right, span, times)
    _write_times(figure, times, span, left, right, bottom)
    return png(figure)


def _panels(chart: TimeChart, top: float, bottom: float) -> tuple[_Panel, ...]:
    each = (bottom - top) / len(chart.panels)
    return tuple(
        _Panel(label, curves, _range(label, curves), top + place * each, top + (place + 1) * each - GAP)
        for place, (label, curves) in enumerate(chart.panels)
    )


def _range(label: str, curves: Sequence[TimeCurve]) -> Range:
    """Of all values; steps are drawn from zero, so it is among them."""
    values = [y for curve in curves for run in _runs(curve) for _, y in run]
    zero = [0.0] if any(curve.is_steps for curve in curves) else []
    return range_of(label, [*values, *zero], MOST_TICKS, 0.06)


def _names_width(panel: _Panel) -> float:
    """Room for the names right of several curves; one alone is named by the words of its panel."""
    if len(panel.curves) < 2:
        return 0.0
    return 2 * GAP + max(width(_name(curve), WORDS) for curve in panel.curves)


def _name(curve: TimeCurve) -> str:
    return broken(drawable(curve.label), CURVE_CHARACTERS)


def _span(chart: TimeChart) -> Span:
    """From the first to the last time of all panels, gaps among them."""
    times = [_day(at) for _, curves in chart.panels for curve in curves for at, _ in curve.points]
    return (min(times), max(times)) if max(times) > min(times) else (min(times) - 0.5, max(times) + 0.5)


def _draw_panel(figure: Figure, panel: _Panel, left: float, right: float, span: Span, times: Sequence[float]) -> None:
    write(figure, MARGIN, panel.top, drawable(panel.label), WORDS, room=WIDTH - 2 * MARGIN, color=FAINT)
    axes = _axes(figure, panel, left, right, span)
    for tick, words in zip(panel.range.ticks, panel.range.words, strict=True):
        axes.axhline(tick, color=GRID, linewidth=2, zorder=1)
        y = panel.range.at(tick, panel.bottom, panel.axes_top)
        write(figure, left - GAP, y, words, WORDS, ha="right", va="center")
    for time in times:
        axes.axvline(time, color=GRID, linewidth=2, zorder=1)
    if panel.range.low <= 0 <= panel.range.high:
        axes.axhline(0, color=INK, linewidth=2.5, zorder=2)
    for number, curve in enumerate(panel.curves):
        _draw_gaps(figure, axes, panel, curve, (left, right), span)
        _draw_curve(axes, curve, number, is_alone=len(panel.curves) == 1)
    if len(panel.curves) > 1:
        _name_curves(figure, panel, right)


def _axes(figure: Figure, panel: _Panel, left: float, right: float, span: Span) -> Axes:
    high = (panel.bottom - panel.axes_top) / HEIGHT
    place = (left / WIDTH, 1 - panel.bottom / HEIGHT, (right - left) / WIDTH, high)
    axes = figure.add_axes(place, facecolor=PAPER)
    axes.set(xlim=span, ylim=(panel.range.low, panel.range.high), xticks=(), yticks=())
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _draw_curve(axes: Axes, curve: TimeCurve, number: int, *, is_alone: bool) -> None:
    color, style = COLOURS[number % len(COLOURS)], "steps-post" if curve.is_steps else "default"
    line = THIN if curve.is_steps and len(curve.points) > MANY else THICK
    for run in _runs(curve):
        xs, ys = [x for x, _ in run], [y for _, y in run]
        if curve.is_steps and is_alone:
            _fill(axes, xs, ys, color)
        mark = "o" if len(run) == 1 else ""
        dash = DASHES[number % len(DASHES)]
        axes.plot(xs, ys, color=color, linewidth=line, linestyle=dash, drawstyle=style, zorder=5, marker=mark)


def _fill(axes: Axes, xs: Sequence[float], ys: Sequence[float], color: str) -> None:
    """From zero; what is below it is hatched."""
    axes.fill_between(xs, ys, 0, step="post", color=color, alpha=0.3, linewidth=0, zorder=3)
    below = [min(y, 0.0) for y in ys]
    hatched = axes.fill_between(xs, below, 0, step="post", linewidth=0, zorder=4)
    hatched.set(facecolor="none", edgecolor=INK, hatch=HATCH_BELOW_ZERO)


def _draw_gaps(
    figure: Figure, axes: Axes, panel: _Panel, curve: TimeCurve, sides: tuple[float, float], span: Span
) -> None:
    """A dotted band where nothing is known, with its words where they fit."""
    for since, until in _gaps(curve, span[1]):
        axes.axvspan(since, until, facecolor="#E6E3DB", edgecolor=FAINT, hatch=HATCH_OF_GAPS, linewidth=0, zorder=2.5)
        start, end = (sides[0] + (at - span[0]) / (span[1] - span[0]) * (sides[1] - sides[0]) for at in (since, until))
        if end - start > width(NO_DATA, WORDS) + GAP:
            box = {"facecolor": PAPER, "edgecolor": "none", "pad": 4}
            y = (panel.axes_top + panel.bottom) / 2
            write(figure, (start + end) / 2, y, NO_DATA, WORDS, ha="center", va="center", color=FAINT, bbox=box)


def _name_curves(figure: Figure, panel: _Panel, right: float) -> None:
    """Each curve's words right of its end, in its colour; a thin leader where they had to move."""
    named = [(curve, _runs(curve)[-1][-1][1]) for curve in panel.curves if _runs(curve)]
    wanted = [panel.range.at(value, panel.bottom, panel.axes_top) for _, value in named]
    sizes = [height(_name(curve), WORDS) + GAP / 2 for curve, _ in named]
    centres = spread(wanted, sizes, panel.axes_top - GAP, panel.bottom + GAP)
    for number, ((curve, _), end, centre) in enumerate(zip(named, wanted, centres, strict=True)):
        color = COLOURS[number % len(COLOURS)]
        stroke(figure, (right, right + 1.5 * GAP), (end, centre), color)
        write(figure, right + 2 * GAP, centre, _name(curve), WORDS, va="center", color=color, weight="bold")


def _runs(curve: TimeCurve) -> list[list[Point]]:
    """The stretches between gaps. The last step before a gap holds up to it."""
    found: list[list[Point]] = []
    is_open = False
    for at, value in curve.points:
        if value is not None:
            if not is_open:
                found.append([])
            found[-1].append((_day(at), float(value)))
        elif is_open and curve.is_steps:
            found[-1].append((_day(at), found[-1][-1][1]))
        is_open = value is not None
    return found


def _gaps(curve: TimeCurve, end: float) -> Iterator[Span]:
    """From each None to the next value, or to `end`."""
    for (at, value), (until, _) in pairwise([*curve.points, (None, None)]):
        if at is not None and value is None:
            yield _day(at), end if until is None else _day(until)


def _day(at: datetime) -> float:
    return float(dates.date2num(at))


def _times(span: Span, room: float) -> tuple[float, ...]:
    """Evenly spread, the ends among them; as many as can be written: the words of the ends reach inwards."""
    needed = 1.5 * width(_date(span[0], span), WORDS) + GAP
    last = max(1, min(MOST_DATES - 1, int(room / needed)))
    return tuple(span[0] + (span[1] - span[0]) * place / last for place in range(last + 1))


def _date(time: float, span: Span) -> str:
    days = span[1] - span[0]
    form = "%d %b %H:%M" if days < MOST_DATES else "%d %b" if days < 300 else "%b %Y"
    return str(dates.num2date(time).strftime(form))


def _write_times(figure: Figure, times: Sequence[float], span: Span, left: float, right: float, bottom: float) -> None:
    for place, time in enumerate(times):
        x = left + (right - left) * place / (len(times) - 1)
        ha = "left" if place == 0 else "right" if place == len(times) - 1 else "center"
        write(
            figure, x, bottom + GAP / 2, _date(time, span), WORDS, room=(right - left) / len(times), ha=ha, color=FAINT
        )
