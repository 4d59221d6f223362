"""The picture of outcomes: any signs, sizes and names are drawn; a row must have a value for each part."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chatbot.charts import draw
from chatbot.command import Outcomes
from tests.chatbot.charts.test_charts import size

FOUR = Outcomes(
    title="UNI into FET: what moves come to",
    figures=(("moved", "$5,000"), ("first short", "$1,500"), ("pays above", "+0.42 %")),
    parts=("UNI unsold", "short", "FET bought"),
    rows=(
        ("UNI +20 %, FET +20 %", (Decimal(500), Decimal(-150), Decimal(499))),
        ("UNI +20 %, FET −20 %", (Decimal(500), Decimal(-150), Decimal(-499))),
        ("UNI −20 %, FET +20 %", (Decimal(-500), Decimal(150), Decimal(499))),
        ("UNI −20 %, FET −20 %", (Decimal(-500), Decimal(150), Decimal(-499))),
    ),
    caption="",
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"rows": FOUR.rows * 3},
        {"rows": (("nothing moves", (Decimal(0),) * 3),)},
        {"rows": (("gains alone", (Decimal("1e9"), Decimal(1), Decimal("0.001"))),)},
        {"parts": ("a very long name of a part with 币", "short", "another very long name of a part")},
    ],
    ids=["four", "twelve", "none", "gains", "names"],
)
def test_odd_rows_are_drawn_without_a_warning(changes: dict[str, object]) -> None:
    assert size(draw(replace(FOUR, **changes))) == (1080, 1290)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [(), (("one value short", (Decimal(1), Decimal(2))),)])
def test_what_is_no_picture_is_refused(rows: tuple[tuple[str, tuple[Decimal, ...]], ...]) -> None:
    with pytest.raises(ValueError, match="no outcomes"):
        draw(replace(FOUR, rows=rows))
