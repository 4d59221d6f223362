"""A table of signed rates or correlations as colours. Law: each cell has its figure, what is negative is hatched."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chatbot.charts.lettering import broken, drawable, fitting, height, width
from chatbot.charts.paper import (
    FAINT,
    GAP,
    GRID,
    HEIGHT,
    INK,
    MARGIN,
    PAPER,
    VALUE,
    WIDTH,
    WORDS,
    new_figure,
    png,
    write,
    write_head,
)
from chatbot.command import HeatMap

POSITIVE, NEGATIVE = (0, 114, 178), (193, 78, 0)  # blue: longs pay; orange and hatched: shorts pay
DEEPEST = 0.75  # of the colour, at the largest rate
WIDEST_NAMES = 230  # pixels of the first column
HEAD_CHARACTERS = 8
HIGHEST_ROW = 130  # where columns are narrower than that; else cells are square at most
ROWS_OF_A_FIGURE = 5  # a cell is so many times as high as its figure, where there is room
HATCH_COLOUR = "#00000055"
HUNDRED = Decimal(100)


def heat_map(table: HeatMap) -> bytes:
    """A PNG. ValueError for a table without a row or a column, and where a row has not a value for each column."""
    if not table.rows or not table.columns or any(len(row) != len(table.columns) for _, row in table.rows):
        raise ValueError(f"no table: {table.title}")
    figure = new_figure()
    top = write_head(figure, table.title, table.figures) + 2 * GAP
    names = [drawable(name) for name, _ in table.rows]
    left = MARGIN + min(max(width(name, WORDS, is_bold=True) for name in names), WIDEST_NAMES) + GAP
    wide = (WIDTH - MARGIN - left) / len(table.columns)
    top = _write_heads(figure, table.columns, left, wide, top)
    high = _row_height(HEIGHT - MARGIN - top, len(table.rows), wide)
    values = [value for _, row in table.rows for value in row]
    largest = max((abs(value) for value in values if value is not None), default=Decimal(0)) or Decimal(1)
    words = _words if table.is_percent else _plain
    size = _size([words(value) for value in values], wide, high)
    for place, (_, row) in enumerate(table.rows):
        y = top + place * high
        write(figure, MARGIN, y + high / 2, names[place], WORDS, room=WIDEST_NAMES, va="center_baseline", weight="bold")
        for at, value in enumerate(row):
            cell = _Cell(left + at * wide, y, wide, high)
            _paint(figure, cell, value, largest)
            _write_figure(figure, cell, words(value), size, is_gap=value is None)
    return png(figure)


def _row_height(room: float, rows: int, wide: float) -> float:
    """So that few rows fill the picture, and cells do not stand on end."""
    return min(room / rows, max(HIGHEST_ROW, wide))


def _size(figures: Sequence[str], wide: float, high: float) -> float:
    """Of the letters: one for all cells, larger where they are."""
    letters = min(max(WORDS, high / ROWS_OF_A_FIGURE), VALUE)
    return min(fitting(figure, letters, wide - GAP / 2) for figure in figures)


def _write_heads(figure: Figure, columns: Sequence[str], left: float, wide: float, top: float) -> float:
    """The names of the columns, all of one size; returns where the table begins."""
    heads = [broken(drawable(column), HEAD_CHARACTERS) for column in columns]
    size = min(fitting(head, WORDS, wide - GAP / 2) for head in heads)
    for at, head in enumerate(heads):
        write(figure, left + (at + 0.5) * wide, top, head, size, ha="center", color=FAINT)
    return top + max(height(head, size) for head in heads) + GAP / 2


@dataclass(frozen=True, slots=True)
class _Cell:
    """Its left and upper corner, its width and height."""

    x: float
    y: float
    wide: float
    high: float


def _paint(figure: Figure, cell: _Cell, value: Decimal | None, largest: Decimal) -> None:
    box = (cell.x / WIDTH, 1 - (cell.y + cell.high) / HEIGHT), cell.wide / WIDTH, cell.high / HEIGHT
    depth = 0.0 if value is None else DEEPEST * abs(float(value / largest)) ** 0.5
    tone = NEGATIVE if value is not None and value < 0 else POSITIVE
    paper = PAPER if value is None else _mixed(tone, depth)
    figure.add_artist(Rectangle(*box, facecolor=paper, edgecolor=GRID, linewidth=2))
    if value is not None and value < 0:
        figure.add_artist(Rectangle(*box, facecolor="none", edgecolor=HATCH_COLOUR, hatch="//", linewidth=0))


def _write_figure(figure: Figure, cell: _Cell, words: str, size: float, *, is_gap: bool) -> None:
    middle = cell.x + cell.wide / 2, cell.y + cell.high / 2
    write(figure, *middle, words, size, ha="center", va="center", color=FAINT if is_gap else INK)


def _mixed(tone: tuple[int, int, int], depth: float) -> str:
    """The tone on the paper, paler where the rate is small, so that dark letters stay legible."""
    mixed = [round(255 + (part - 255) * depth * 0.8) for part in tone]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _plain(value: Decimal | None) -> str:
    """As it is, with two digits; a dash for a gap."""
    if value is None:
        return "–"
    shown = f"{value:.2f}"
    return shown.replace("-", "−") if float(shown) else "0"


def _words(value: Decimal | None) -> str:
    """In percent with a sign, two digits where it is large; a dash for a gap."""
    if value is None:
        return "–"
    percent = value * HUNDRED
    digits = 2 if abs(percent) >= 1 else 3
    shown = f"{percent:+.{digits}f}"
    return shown.replace("-", "−") if float(shown) else "0"
