"""A table of signed rates as colours. Law: every cell carries its figure, and what is negative is hatched, too."""

from decimal import Decimal

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chatbot.charts.lettering import broken, drawable, fitting, height
from chatbot.charts.paper import (
    FAINT,
    GAP,
    GRID,
    HEIGHT,
    INK,
    MARGIN,
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
NAMES = 150  # pixels of the first column
HEAD_CHARACTERS = 8
HUNDRED, TENTH = Decimal(100), Decimal("0.1")


def heat_map(table: HeatMap) -> bytes:
    """A PNG. ValueError for a table without a figure."""
    figure = new_figure()
    top = write_head(figure, table.title, table.figures) + 2 * GAP
    heads = [broken(drawable(column), HEAD_CHARACTERS) for column in table.columns]
    column = (WIDTH - 2 * MARGIN - NAMES) / len(table.columns)
    size = min(fitting(head, WORDS, column - GAP / 2) for head in heads)
    for at, head in enumerate(heads):
        write(figure, MARGIN + NAMES + (at + 0.5) * column, top, head, size, ha="center", color=FAINT)
    top += max(height(head, WORDS) for head in heads) + GAP / 2
    row_height = (HEIGHT - MARGIN - top) / len(table.rows)
    largest = max(abs(value) for _, row in table.rows for value in row if value is not None) or Decimal(1)
    for place, (name, row) in enumerate(table.rows):
        y = top + place * row_height
        write(figure, MARGIN, y + row_height / 2, drawable(name), WORDS, room=NAMES - GAP, va="center", weight="bold")
        for at, value in enumerate(row):
            _cell(figure, MARGIN + NAMES + at * column, y, column, row_height, value, largest)
    return png(figure)


def _cell(
    figure: Figure, x: float, y: float, wide: float, high: float, value: Decimal | None, largest: Decimal
) -> None:
    depth = 0.0 if value is None else DEEPEST * min(abs(float(value / largest)), 1.0) ** 0.5
    box = (x / WIDTH, 1 - (y + high) / HEIGHT), wide / WIDTH, high / HEIGHT
    tone = NEGATIVE if value is not None and value < 0 else POSITIVE
    figure.add_artist(Rectangle(*box, facecolor=_mixed(tone, depth), edgecolor=GRID, linewidth=2))
    if value is not None and value < 0:
        figure.add_artist(Rectangle(*box, facecolor="none", edgecolor="#00000055", hatch="//", linewidth=0))
    words = "–" if value is None else _words(value)
    color = FAINT if value is None else INK
    write(figure, x + wide / 2, y + high / 2, words, WORDS, room=wide - GAP / 2, ha="center", va="center", color=color)


def _mixed(tone: tuple[int, int, int], depth: float) -> str:
    """The tone on the paper, paler where the rate is small, so that dark letters stay legible."""
    mixed = [round(255 + (part - 255) * depth * 0.8) for part in tone]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _words(rate: Decimal) -> str:
    """In percent, three digits where it is large, with a sign."""
    percent = rate * HUNDRED
    digits = 2 if abs(percent) >= TENTH else 3
    shown = f"{percent:+.{digits}f}"
    return shown.replace("-", "−") if float(shown) else f"{0:.{digits}f}"
