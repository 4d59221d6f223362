"""Two shares side by side in each row, as bars. Law: the second is hatched, too, and every bar carries its figure."""

from decimal import Decimal

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chatbot.charts.lettering import drawable
from chatbot.charts.paper import (
    COLOURS,
    GAP,
    HEIGHT,
    INK,
    MARGIN,
    PAPER,
    WIDTH,
    WORDS,
    new_figure,
    png,
    write,
    write_head,
)
from chatbot.command import Bars

LABELS = 110  # pixels right of the longest bar
HIGHEST_BAR = 52


def bars(picture: Bars) -> bytes:
    """A PNG. ValueError for a picture without a row."""
    if not picture.rows:
        raise ValueError("a picture without a row")
    figure = new_figure()
    top = write_head(figure, picture.title, picture.figures) + 2 * GAP
    top = _write_legend(figure, picture.legend, top)
    high = (HEIGHT - MARGIN - top) / len(picture.rows)
    bar = min((high - WORDS - 3 * GAP) / 2, HIGHEST_BAR)
    largest = max(share for _, *shares in picture.rows for share in shares) or Decimal(1)
    for at, (words, *shares) in enumerate(picture.rows):
        y = top + at * high
        write(figure, MARGIN, y, drawable(words), WORDS, room=WIDTH - 2 * MARGIN, weight="bold")
        for place, share in enumerate(shares):
            _draw_bar(figure, y + WORDS + GAP + place * (bar + 4), bar, share, largest, place)
    return png(figure)


def _write_legend(figure: Figure, legend: tuple[str, str], top: float) -> float:
    for place, words in enumerate(legend):
        x = MARGIN + place * (WIDTH / 2 - MARGIN)
        _paint(figure, x, top, WORDS, WORDS, place)
        write(figure, x + WORDS + GAP, top, drawable(words), WORDS, room=WIDTH / 2 - 2 * MARGIN - WORDS)
    return top + 2 * WORDS + GAP


def _draw_bar(figure: Figure, y: float, high: float, share: Decimal, largest: Decimal, place: int) -> None:
    wide = float(share / largest) * (WIDTH - 2 * MARGIN - LABELS)
    _paint(figure, MARGIN, y, wide, high, place)
    write(figure, MARGIN + wide + GAP, y + high / 2, f"{share * 100:.1f} %", min(WORDS, high), va="center", color=INK)


def _paint(figure: Figure, x: float, y: float, wide: float, high: float, place: int) -> None:
    box = (x / WIDTH, 1 - (y + high) / HEIGHT), wide / WIDTH, high / HEIGHT
    hatch = "//" if place else None
    figure.add_artist(Rectangle(*box, facecolor=COLOURS[place], edgecolor=PAPER, hatch=hatch, linewidth=0))
