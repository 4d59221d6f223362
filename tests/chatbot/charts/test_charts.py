"""Pictures drawn for a phone: their size, what they show, and what must not break them."""

import struct
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context

import pytest

from chatbot.charts import draw
from chatbot.charts.lettering import broken, drawable, fitting, width
from chatbot.command import Curve, Mark, Picture


def line(label: str, slope: str) -> Curve:
    return Curve(label, tuple((Decimal(x), Decimal(x - 3450) * Decimal(slope)) for x in range(1700, 7000, 100)))


PAYOFF = Picture(
    title="75 % hedge, 2x",
    figures=(("short", "$25,875"), ("liquidated at", "+46 %"), ("carry, 30 days", "+$14.20")),
    x_label="ETH price, USD",
    y_label="result, USD",
    curves=(line("bare", "10"), line("hedged", "2.5"), line("short liquidated", "9")),
    marks=(Mark("now", Decimal(3450)), Mark("liquidation", Decimal(5037))),
    caption="",
)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_a_picture_has_the_width_of_three_phone_screens_and_stays_small() -> None:
    png = draw(PAYOFF)
    assert size(png) == (1080, 1290)
    assert len(png) < 500_000


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "$5 to $6 with 币安人生 🚀 " + "and a long title " * 10},
        {"figures": (), "marks": ()},
        {"figures": (("a very long name of a figure that wraps", "+$1,234,567,890.12"),) * 3},
        {"marks": tuple(Mark(f"liquidation {n} (+46.7 %)", Decimal(3450 + n)) for n in range(5))},
        {"curves": (Curve("a point", ((Decimal(1), Decimal(0)),)),), "marks": ()},
        {"curves": (Curve("flat", ((Decimal(0), Decimal(7)), (Decimal(1), Decimal(7)))),), "marks": ()},
        {"curves": (line("large", "1000000000"), line("small", "0.000000001"))},
        {"curves": tuple(line("the same words for all of them", "1") for _ in range(8))},
        {"x_label": "change, %", "y_label": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_odd_words_and_odd_numbers_are_drawn_without_a_warning(changes: dict[str, object]) -> None:
    assert size(draw(replace(PAYOFF, **changes))) == (1080, 1290)  # type: ignore[arg-type]


def test_different_pictures_differ_and_the_same_is_drawn_the_same() -> None:
    assert draw(PAYOFF) == draw(PAYOFF)
    assert draw(PAYOFF) != draw(replace(PAYOFF, marks=()))


def test_a_worker_process_draws() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert size(pool.submit(draw, PAYOFF).result()) == (1080, 1290)


def test_naming_draw_does_not_load_matplotlib_into_the_bot() -> None:
    code = "import sys, chatbot.charts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_characters_without_a_shape_in_the_font_are_left_out() -> None:
    assert drawable("币安 BTC 🚀 −5 %") == "BTC  −5 %"
    assert drawable("币") == "?"


def test_words_that_are_too_wide_are_written_smaller() -> None:
    assert fitting("short", 30, 1000) == 30
    shrunk = fitting("liquidation " * 10, 30, 300)
    assert 250 < width("liquidation " * 10, shrunk) <= 300  # letters are fitted to whole pixels


def test_long_words_are_broken_between_words_only() -> None:
    assert broken("hedged, short liquidated", 12) == "hedged,\nshort\nliquidated"
