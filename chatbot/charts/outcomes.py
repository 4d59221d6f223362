"""What cases come to, part by part: signed bars beside a line of zero. Law: each case has its sum in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chatbot.charts.lettering import drawable, fitting, width
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
    new_figure,
    png,
    stroke,
    write,
    write_head,
)
from chatbot.command import Outcomes

HATCHES = (None, "//", "..", "xx", "--")
HIGHEST_BAR = 56
LEAST_ROOM = 12  # pixels of a bar that is too small to be seen
BESIDE = 200  # pixels for the sum of a row


def outcomes(picture: Outcomes) -> bytes:
    """A PNG. ValueError without a row, and where a row has not a value for each part."""
    if not picture.rows or any(len(values) != len(picture.parts) for _, values in picture.rows):
        raise ValueError(f"no outcomes: {picture.title}")
    figure = new_figure()
    top = write_head(figure, picture.title, picture.figures) + 2 * GAP
    top = _write_legend(figure, picture.parts, top)
    scale = _scale_of([values for _, values in picture.rows])
    high = (HEIGHT - MARGIN - top) / len(picture.rows)
    for at, (words, values) in enumerate(picture.rows):
        _draw_row(figure, top + at * high, high, drawable(words), values, scale)
    return png(figure)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where zero is, and how many pixels a dollar has."""

    zero: float
    pixels: float


def _scale_of(rows: Sequence[Sequence[Decimal]]) -> _Scale:
    """The longest bars of both sides share the width; sums are written right of it."""
    left = max(float(-sum(value for value in row if value < 0)) for row in rows)
    right = max(float(sum(value for value in row if value > 0)) for row in rows)
    room = WIDTH - 2 * MARGIN - BESIDE
    pixels = room / ((left + right) or 1.0)
    return _Scale(MARGIN + left * pixels, pixels)


def _write_legend(figure: Figure, parts: Sequence[str], top: float) -> float:
    names = [drawable(part) for part in parts]
    room = (WIDTH - 2 * MARGIN) / len(names)
    size = min(fitting(name, WORDS, room - WORDS - 2 * GAP) for name in names)
    x = float(MARGIN)
    for place, name in enumerate(names):
        _paint(figure, x, top, WORDS, WORDS, place)
        write(figure, x + WORDS + GAP / 2, top, name, size)
        x += WORDS + width(name, size) + 2.5 * GAP
    write(figure, WIDTH - MARGIN, top + 1.2 * WORDS, "sum", WORDS, ha="right", color=FAINT)
    return top + 2 * WORDS


def _draw_row(figure: Figure, y: float, high: float, words: str, values: Sequence[Decimal], scale: _Scale) -> None:
    """Gains to the right of zero, losses to the left, each part beside the one before it."""
    size = min(WORDS, high * 0.3)
    write(figure, MARGIN, y, words, size, room=WIDTH - 2 * MARGIN, weight="bold")
    top = y + size * 1.3
    bar = min(high - size * 1.3 - GAP, HIGHEST_BAR)
    stroke(figure, (scale.zero, scale.zero), (top, top + bar + GAP / 3), FAINT)
    ends = {True: scale.zero, False: scale.zero}
    for place, value in enumerate(values):
        if not value:
            continue
        length, is_gain = abs(float(value)) * scale.pixels, value > 0
        start = ends[is_gain] if is_gain else ends[is_gain] - length
        _paint(figure, start, top, length, bar, place)
        ends[is_gain] += length if is_gain else -length
        _write_value(figure, start + length / 2, top + bar / 2, value, length, bar)
    total = sum(values, Decimal(0))
    x = WIDTH - MARGIN
    write(
        figure,
        x,
        top + bar / 2,
        _money(total),
        min(WORDS + 4, bar),
        room=BESIDE,
        ha="right",
        va="center_baseline",
        weight="bold",
    )
    stroke(figure, (MARGIN, WIDTH - MARGIN), (y + high - GAP / 3, y + high - GAP / 3), GRID)


def _write_value(figure: Figure, x: float, y: float, value: Decimal, room: float, bar: float) -> None:
    """On a label of paper, where the bar is long enough to bear it."""
    words, size = _money(value), min(WORDS * 0.8, bar * 0.6)
    wide = width(words, size, is_bold=True) + 8
    if wide > room - LEAST_ROOM:
        return
    box = ((x - wide / 2) / WIDTH, 1 - (y + size * 0.62) / HEIGHT), wide / WIDTH, size * 1.24 / HEIGHT
    figure.add_artist(Rectangle(*box, facecolor=PAPER, edgecolor="none", zorder=8))
    write(figure, x, y, words, size, ha="center", va="center_baseline", weight="bold", color=INK)


def _paint(figure: Figure, x: float, y: float, wide: float, high: float, place: int) -> None:
    box = (x / WIDTH, 1 - (y + high) / HEIGHT), wide / WIDTH, high / HEIGHT
    hatch, color = HATCHES[place % len(HATCHES)], COLOURS[place % len(COLOURS)]
    figure.add_artist(Rectangle(*box, facecolor=color, edgecolor=PAPER, hatch=hatch, linewidth=0))


def _money(value: Decimal) -> str:
    """Signed dollars, with cents below a hundred."""
    digits = 0 if abs(value) >= 100 else 2
    shown = f"{abs(value):,.{digits}f}"
    sign = "" if not float(shown.replace(",", "")) else "−" if value < 0 else "+"
    return f"{sign}${shown}"
