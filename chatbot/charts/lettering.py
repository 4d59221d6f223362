"""Text measured and fitted in pixels, without drawing it first."""

from functools import cache
from textwrap import wrap
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, get_font

FONT = "DejaVu Sans"  # comes with matplotlib
LINE_HEIGHT = 1.25
DPI = 72  # so that a point is a pixel


def drawable(text: str) -> str:
    """Without the characters that the font does not have (emoji, Chinese names of coins): they would be boxes."""
    font = _font(is_bold=False)
    return "".join(sign for sign in text if sign == "\n" or font.get_char_index(ord(sign))).strip() or "?"


def width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Of the longest line of `text`."""
    return max(_line_width(line, size, is_bold) for line in text.split("\n"))


def height(text: str, size: float) -> float:
    """Of all lines of `text`."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT


def fitting(text: str, size: float, room: float, *, is_bold: bool = False) -> float:
    """The size, up to `size`, at which `text` is not wider than `room`."""
    return size * min(1.0, room / max(width(text, size, is_bold=is_bold), 1.0))


def broken(text: str, characters: int) -> str:
    """In lines of about so many characters, cut between words."""
    return "\n".join(wrap(text, characters, break_long_words=False)) or text


def _line_width(line: str, size: float, is_bold: bool) -> float:
    font = _font(is_bold=is_bold)
    font.set_size(size, DPI)
    font.set_text(line, 0.0)
    return float(font.get_width_height()[0]) / 64  # FreeType counts in 64ths of a pixel


@cache
def _font(*, is_bold: bool) -> Any:
    return get_font(findfont(FontProperties(family=FONT, weight="bold" if is_bold else "normal")))
