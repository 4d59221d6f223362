"""Trails in a plane cut in four at zero, each with its name beside where it is now.

Law: nothing is told by colour alone: a place of now is a disc joined to its name, and trails differ in dash too.
All lengths are pixels of the picture, from its top left corner.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Rectangle

from chatbot.charts.labelling import Box, Spot, nearest_on, placed
from chatbot.charts.lettering import LINE_HEIGHT, drawable, fitting, width
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
from chatbot.command import Quadrants, Trail

RADIUS, STEP_RADIUS = 11.0, 4.0
TRAIL_WIDTH = 3.5
PALEST, DEEPEST = 0.15, 0.75
TINTS = ("#E9F0EC", "#F5EDE2", "#F4E6E6", "#E8EEF5")  # of the four corners, beside their names
STEPS = 6  # places between two points of a trail that names keep off


def quadrants(picture: Quadrants) -> bytes:
    """A PNG. ValueError for a picture without a trail, or for a trail without a point."""
    if not picture.trails or not all(trail.points for trail in picture.trails):
        raise ValueError(f"no trail: {picture.title}")
    figure = new_figure()
    top = write_head(figure, picture.title, picture.figures) + 1.5 * GAP
    x_range, y_range = (_range(label, picture.trails, axis) for axis, label in enumerate(_labels(picture)))
    left = MARGIN + max(width(words, WORDS) for words in y_range.words) + GAP
    frame = (left, top + WORDS * LINE_HEIGHT + GAP, WIDTH - MARGIN, HEIGHT - MARGIN - 2.6 * WORDS - GAP)
    _draw_plane(figure, frame, x_range, y_range, picture)
    write(figure, MARGIN, top, drawable(picture.y_label), WORDS, room=WIDTH - 2 * MARGIN, color=FAINT)
    spots = [_spots(trail, frame, x_range, y_range) for trail in picture.trails]
    for number, trail in enumerate(spots):
        _draw_trail(figure, trail, number)
    _name(figure, picture.trails, spots, frame)
    return png(figure)


def _labels(picture: Quadrants) -> tuple[str, str]:
    return picture.x_label, picture.y_label


def _range(label: str, trails: Sequence[Trail], axis: int) -> Range:
    """Zero is on it, with some room on both sides."""
    values = [float(point[axis]) for trail in trails for point in trail.points]
    widest = max(abs(value) for value in values) or 0.01
    return range_of(label, [*values, -widest / 5, widest / 5], MOST_TICKS, room=0.08)


def _spots(trail: Trail, frame: Box, x_range: Range, y_range: Range) -> list[Spot]:
    return [_spot(x, y, frame, x_range, y_range) for x, y in trail.points]


def _spot(x: Decimal, y: Decimal, frame: Box, x_range: Range, y_range: Range) -> Spot:
    return x_range.at(float(x), frame[0], frame[2]), y_range.at(float(y), frame[3], frame[1])


def _draw_plane(figure: Figure, frame: Box, x_range: Range, y_range: Range, picture: Quadrants) -> None:
    """Four tinted corners with their names, the ticks, and both zero lines."""
    middle = x_range.at(0, frame[0], frame[2]), y_range.at(0, frame[3], frame[1])
    _draw_corners(figure, frame, middle, picture.names)
    for tick, words in zip(x_range.ticks, x_range.words, strict=True):
        x = x_range.at(tick, frame[0], frame[2])
        stroke(figure, (x, x), (frame[1], frame[3]), GRID)
        write(figure, x, frame[3] + GAP / 2, words, WORDS, ha="center")
    for tick, words in zip(y_range.ticks, y_range.words, strict=True):
        y = y_range.at(tick, frame[3], frame[1])
        stroke(figure, (frame[0], frame[2]), (y, y), GRID)
        write(figure, frame[0] - GAP, y, words, WORDS, ha="right", va="center")
    stroke(figure, (middle[0], middle[0]), (frame[1], frame[3]), INK)
    stroke(figure, (frame[0], frame[2]), (middle[1], middle[1]), INK)
    label, centre = drawable(picture.x_label), (frame[0] + frame[2]) / 2
    write(figure, centre, HEIGHT - MARGIN, label, WORDS, room=WIDTH - 2 * MARGIN, ha="center", va="bottom", color=FAINT)


def _draw_corners(figure: Figure, frame: Box, middle: Spot, names: Sequence[str]) -> None:
    left, top, right, bottom = frame
    corners: tuple[tuple[Box, str, str], ...] = (
        ((middle[0], top, right, middle[1]), "right", "top"),
        ((middle[0], middle[1], right, bottom), "right", "bottom"),
        ((left, middle[1], middle[0], bottom), "left", "bottom"),
        ((left, top, middle[0], middle[1]), "left", "top"),
    )
    for (box, ha, va), name, tint in zip(corners, names, TINTS, strict=True):
        size = (box[2] - box[0]) / WIDTH, (box[3] - box[1]) / HEIGHT
        figure.add_artist(Rectangle((box[0] / WIDTH, 1 - box[3] / HEIGHT), *size, facecolor=tint, linewidth=0))
        x = box[2] - GAP / 2 if ha == "right" else box[0] + GAP / 2
        y = box[1] + GAP / 2 if va == "top" else box[3] - GAP / 2
        write(
            figure, x, y, drawable(name), WORDS, room=box[2] - box[0] - GAP, ha=ha, va=va, color=FAINT, style="italic"
        )


def _draw_trail(figure: Figure, spots: Sequence[Spot], number: int) -> None:
    colour = COLOURS[number % len(COLOURS)]
    dash = DASHES[(number + number // len(COLOURS)) % len(DASHES)]  # another one where the colour comes again
    for step, ((x, y), (a, b)) in enumerate(pairwise(spots), start=1):
        strong = PALEST + (DEEPEST - PALEST) * step / (len(spots) - 1)  # what is long ago is pale
        line = Line2D((x / WIDTH, a / WIDTH), (1 - y / HEIGHT, 1 - b / HEIGHT), color=colour, linestyle=dash)
        line.set(linewidth=TRAIL_WIDTH, alpha=strong)
        figure.add_artist(line)
    for spot in spots[:-1]:
        _draw_disc(figure, spot, STEP_RADIUS, colour)
    _draw_disc(figure, spots[-1], RADIUS, colour)


def _draw_disc(figure: Figure, spot: Spot, radius: float, colour: str) -> None:
    centre, size = (spot[0] / WIDTH, 1 - spot[1] / HEIGHT), (2 * radius / WIDTH, 2 * radius / HEIGHT)
    figure.add_artist(Ellipse(centre, *size, facecolor=colour, edgecolor=PAPER, linewidth=2, zorder=5))


def _name(figure: Figure, trails: Sequence[Trail], spots: Sequence[Sequence[Spot]], frame: Box) -> None:
    names = [drawable(trail.label) for trail in trails]
    high = WORDS * LINE_HEIGHT
    sizes = [(width(name, WORDS, is_bold=True) + GAP / 2, high) for name in names]
    ends = [trail[-1] for trail in spots]
    ways = [spot for trail in spots for spot in _between(trail)]
    keep = high + GAP
    room = (frame[0], frame[1] + keep, frame[2], frame[3] - keep)  # the names of the corners stay free
    for number, (name, box) in enumerate(zip(names, placed(ends, sizes, RADIUS, ways, room), strict=True)):
        _write_name(figure, name, box, ends[number], COLOURS[number % len(COLOURS)])


def _between(spots: Sequence[Spot]) -> list[Spot]:
    """Places along a trail."""
    return [
        (x + (a - x) * step / STEPS, y + (b - y) * step / STEPS)
        for (x, y), (a, b) in pairwise(spots)
        for step in range(STEPS)
    ]


def _write_name(figure: Figure, name: str, box: Box, end: Spot, colour: str) -> None:
    x, y = nearest_on(box, end)
    stroke(figure, (end[0], x), (end[1], y), colour)
    size = fitting(name, WORDS, box[2] - box[0], is_bold=True)
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    write(figure, *middle, name, size, ha="center", va="center_baseline", color=colour, weight="bold")
