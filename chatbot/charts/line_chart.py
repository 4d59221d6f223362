"""Curves over an axis, drawn for a phone: 1080 pixels wide, looked at as 390, in a dark chat and in a light one.

Law: nothing is told by colour alone: curves differ in dash too, and each carries its words at its end.
All lengths are pixels of the picture, from its top left corner.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

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
    MOST_TICKS,
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
from chatbot.charts.spreading import rows, spread
from chatbot.command import Curve, Mark, Picture

MARK_COLOUR = "#A4161A"
CURVE_WIDTH = 6.5
CURVE_CHARACTERS, MARK_CHARACTERS = 12, 26  # where words are broken into lines


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the axes are."""

    left: float
    top: float
    right: float
    bottom: float


def line_chart(picture: Picture) -> bytes:
    """A PNG of WIDTH x HEIGHT pixels. ValueError for a picture without a point."""
    points = [point for curve in picture.curves for point in _points(curve)]
    y_range = range_of(picture.y_label, [y for _, y in points], MOST_TICKS, room=0.04)
    names = tuple(broken(drawable(curve.label), CURVE_CHARACTERS) for curve in picture.curves)
    figure = new_figure()
    head = write_head(figure, picture.title, picture.figures)
    left = MARGIN + max(width(words, WORDS) for words in y_range.words) + GAP
    right = WIDTH - MARGIN - max(width(name, WORDS) for name in names) - 2 * GAP
    x_range = _roomy_range(picture.x_label, [x for x, _ in points] + _places(picture), right - left)
    marks = _placed_marks(picture.marks, x_range, left, right)
    band = max((mark.top for mark in marks), default=0) + GAP
    frame = _Frame(left, head + band + 2.5 * GAP + WORDS * LINE_HEIGHT, right, HEIGHT - MARGIN - 2.6 * WORDS - GAP)
    axes = _draw_axes(figure, frame, x_range, y_range)
    _write_axes(figure, frame, picture, x_range, y_range, head + 1.5 * GAP)
    _draw_curves(axes, picture.curves)
    _draw_marks(figure, axes, marks, frame)
    _name_curves(figure, picture.curves, names, frame, x_range, y_range)
    return png(figure)


def _roomy_range(label: str, values: list[float], length: float) -> Range:
    """An axis whose words stand side by side on `length` pixels without touching."""
    ranges = (range_of(label, values, ticks) for ticks in range(MOST_TICKS, 0, -1))
    return next((numbers for numbers in ranges if _is_roomy(numbers, length)), range_of(label, values, 1))


def _is_roomy(numbers: Range, length: float) -> bool:
    places = [numbers.at(tick, 0, length) for tick in numbers.ticks]
    widest = max((width(words, WORDS) for words in numbers.words), default=0.0) + GAP
    return all(right - left >= widest for left, right in pairwise(places))


def _draw_axes(figure: Figure, frame: _Frame, x_range: Range, y_range: Range) -> Axes:
    width_share, height_share = (frame.right - frame.left) / WIDTH, (frame.bottom - frame.top) / HEIGHT
    axes = figure.add_axes((frame.left / WIDTH, 1 - frame.bottom / HEIGHT, width_share, height_share), facecolor=PAPER)
    axes.set(xlim=(x_range.low, x_range.high), ylim=(y_range.low, y_range.high), xticks=(), yticks=())
    for spine in axes.spines.values():
        spine.set_visible(False)
    for tick in y_range.ticks:
        axes.axhline(tick, color=GRID, linewidth=2, zorder=1)
    for tick in x_range.ticks:
        axes.axvline(tick, color=GRID, linewidth=2, zorder=1)
    if y_range.low <= 0 <= y_range.high:
        axes.axhline(0, color=INK, linewidth=2.5, zorder=2)
    return axes


def _write_axes(
    figure: Figure, frame: _Frame, picture: Picture, x_range: Range, y_range: Range, label_top: float
) -> None:
    """The words at the ticks, and what each axis measures."""
    write(figure, MARGIN, label_top, drawable(picture.y_label), WORDS, room=WIDTH - 2 * MARGIN, color=FAINT)
    for tick, words in zip(y_range.ticks, y_range.words, strict=True):
        y = y_range.at(tick, frame.bottom, frame.top)
        write(figure, frame.left - GAP, y, words, WORDS, ha="right", va="center")
    for tick, words in zip(x_range.ticks, x_range.words, strict=True):
        x = x_range.at(tick, frame.left, frame.right)
        write(figure, x, frame.bottom + GAP / 2, words, WORDS, ha="center")
    label = drawable(picture.x_label)
    middle = (frame.left + frame.right) / 2
    write(figure, middle, HEIGHT - MARGIN, label, WORDS, room=WIDTH - 2 * MARGIN, ha="center", va="bottom", color=FAINT)


def _draw_curves(axes: Axes, curves: tuple[Curve, ...]) -> None:
    for number, curve in enumerate(curves):
        xs, ys = zip(*_points(curve), strict=True)
        axes.plot(xs, ys, zorder=4 + number, clip_on=False, **_style(number), marker="o" if len(xs) == 1 else "")


def _style(number: int) -> dict[str, Any]:
    """Later curves lie above and have gaps, through which one that coincides can be seen."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": DASHES[number % len(DASHES)],
        "linewidth": CURVE_WIDTH,
        "dash_capstyle": "butt",
    }


@dataclass(frozen=True, slots=True)
class _PlacedMark:
    """A mark's words, their centre, and how far above the axes they begin and end."""

    words: str
    x_data: float
    centre: float
    base: float
    top: float


def _placed_marks(marks: tuple[Mark, ...], x_range: Range, left: float, right: float) -> tuple[_PlacedMark, ...]:
    """Above the axes, in as many rows as keep their words apart."""
    words = [broken(drawable(mark.label), MARK_CHARACTERS) for mark in marks]
    halves = [width(text, WORDS) / 2 for text in words]
    wanted = [x_range.at(float(mark.x), left, right) for mark in marks]
    centres = [min(max(x, MARGIN + half), WIDTH - MARGIN - half) for x, half in zip(wanted, halves, strict=True)]
    levels = rows([(x - half, x + half) for x, half in zip(centres, halves, strict=True)], GAP)
    row_height = max((height(text, WORDS) for text in words), default=0.0)
    return tuple(
        _PlacedMark(text, float(mark.x), x, level * row_height + GAP / 2, (level + 1) * row_height + GAP / 2)
        for mark, text, x, level in zip(marks, words, centres, levels, strict=True)
    )


def _draw_marks(figure: Figure, axes: Axes, marks: tuple[_PlacedMark, ...], frame: _Frame) -> None:
    """A line up to its words, which cover the lines of the rows above them."""
    for mark in marks:
        foot = 1 + mark.base / (frame.bottom - frame.top)
        axes.axvline(
            mark.x_data, ymax=foot, color=MARK_COLOUR, linewidth=3.5, linestyle=(0, (3, 2)), zorder=3, clip_on=False
        )
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 3}
        y = frame.top - mark.base
        write(figure, mark.centre, y, mark.words, WORDS, ha="center", va="bottom", color=MARK_COLOUR, bbox=box)


def _name_curves(
    figure: Figure, curves: tuple[Curve, ...], names: tuple[str, ...], frame: _Frame, x_range: Range, y_range: Range
) -> None:
    """Each curve's words right of its end; a thin leader where they had to move."""
    ends = [_points(curve)[-1] for curve in curves]
    wanted = [y_range.at(y, frame.bottom, frame.top) for _, y in ends]
    sizes = [height(name, WORDS) + GAP / 2 for name in names]
    centres = spread(wanted, sizes, frame.top - GAP, frame.bottom + GAP)
    for number, (name, (x, _), end, centre) in enumerate(zip(names, ends, wanted, centres, strict=True)):
        color = COLOURS[number % len(COLOURS)]
        start = x_range.at(x, frame.left, frame.right)
        stroke(figure, (start, frame.right + 1.5 * GAP), (end, centre), color)
        write(figure, frame.right + 2 * GAP, centre, name, WORDS, va="center", color=color, weight="bold")


def _points(curve: Curve) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in curve.points]


def _places(picture: Picture) -> list[float]:
    return [float(mark.x) for mark in picture.marks]
