"""What all pictures share: the paper, its letters, the head with three figures, ranges of numbers.

All lengths are pixels of the picture, from its top left corner.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from chatbot.charts.lettering import DPI, FONT, LINE_HEIGHT, broken, drawable, fitting, height
from chatbot.charts.ticks import tick_format

WIDTH, HEIGHT = 1080, 1290
MARGIN = 44
TITLE, VALUE, WORDS = 42, 62, 31  # on a phone about 15, 22 and 11 pixels high
PAPER, INK, FAINT, GRID = "#FAF9F5", "#16191D", "#565D66", "#DEDBD3"
COLOURS = ("#0072B2", "#C14E00", "#007A5A", "#8A3C76", "#16191D")  # Okabe and Ito's, darker where lines would be pale
DASHES: tuple[Any, ...] = ("solid", (0, (4, 1.6)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (2, 2)))
TITLE_CHARACTERS, FIGURE_CHARACTERS = 40, 18  # where words are broken into lines
GAP = 18
MOST_TICKS = 6
ASCENT = 0.93  # of the size: where a line's letters stand, below its top


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers along an axis: its ends, its ticks and their words."""

    low: float
    high: float
    ticks: tuple[float, ...]
    words: tuple[str, ...]

    def at(self, value: float, start: float, end: float) -> float:
        """The pixel of `value` on an axis from pixel `start` to `end`."""
        return start + (value - self.low) / (self.high - self.low) * (end - start)


def new_figure() -> Figure:
    """An empty sheet."""
    return Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)


def write_head(figure: Figure, title_words: str, figures: tuple[tuple[str, str], ...]) -> float:
    """The title and the figures in large type; returns where they end."""
    title = broken(drawable(title_words), TITLE_CHARACTERS)
    write(figure, MARGIN, MARGIN, title, TITLE, room=WIDTH - 2 * MARGIN, weight="bold")
    y = MARGIN + height(title, TITLE) + GAP
    if not figures:
        return y
    column = (WIDTH - 2 * MARGIN) / len(figures)
    captions = [broken(drawable(words), FIGURE_CHARACTERS) for words, _ in figures]
    size = min(fitting(drawable(value), VALUE, column - GAP, is_bold=True) for _, value in figures)
    for number, ((_, value), caption) in enumerate(zip(figures, captions, strict=True)):
        x = MARGIN + number * column
        write(figure, x, y + size, drawable(value), size, weight="bold", va="baseline")
        write(figure, x, y + size * LINE_HEIGHT, caption, WORDS, room=column - GAP, color=FAINT)
    return y + size * LINE_HEIGHT + max(height(caption, WORDS) for caption in captions)


def range_of(label: str, values: list[float], ticks: int, room: float = 0.0) -> Range:
    """An axis of at most `ticks` ticks that shows all `values` and, by `room`, a little more."""
    low, high = min(values), max(values)
    spare = (high - low) * room or (0.0 if high > low else abs(high) * 0.1 or 1.0)
    low, high = low - spare, high + spare
    places = MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    step = float(places[1] - places[0])
    shown = tuple(float(place) for place in places if low <= place <= high)
    written = tick_format(label)
    return Range(low, high, shown, tuple(written(place, step) for place in shown))


def write(figure: Figure, x: float, y: float, text: str, size: float, *, room: float = WIDTH, **style: Any) -> None:
    """`text` at pixel (x, y), smaller where it would be wider than `room`. `$` is money here, never mathematics."""
    fitted = fitting(text, size, room, is_bold=style.get("weight") == "bold")
    style = {"color": INK, "va": "top", "ha": "left", "linespacing": 1.1, **style}
    if style["va"] == "top":  # matplotlib's own top is that of the letters: words side by side would jump
        style["va"] = "baseline"
        for number, words in enumerate(text.split("\n")):
            _put(figure, x, y + ASCENT * fitted + number * fitted * LINE_HEIGHT, words, fitted, style)
    else:
        _put(figure, x, y, text, fitted, style)


def _put(figure: Figure, x: float, y: float, text: str, size: float, style: dict[str, Any]) -> None:
    figure.text(x / WIDTH, 1 - y / HEIGHT, text, fontsize=size, family=FONT, parse_math=False, zorder=9, **style)


def stroke(figure: Figure, xs: tuple[float, float], ys: tuple[float, float], color: str) -> None:
    """A thin line from one pixel to another."""
    shares = [x / WIDTH for x in xs], [1 - y / HEIGHT for y in ys]
    figure.add_artist(Line2D(*shares, color=color, linewidth=2))


def png(figure: Figure) -> bytes:
    """The sheet as a PNG of WIDTH x HEIGHT pixels."""
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, pil_kwargs={"compress_level": 3})
    return buffer.getvalue()
