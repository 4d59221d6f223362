"""The table of coins by exchanges: figures in every cell, more than colour for the sign."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chatbot.charts import draw
from chatbot.charts.heat_map import _plain, _row_height, _words
from chatbot.command import HeatMap
from tests.chatbot.charts.test_charts import size

TABLE = HeatMap(
    title="Funding, % per 8 hours",
    figures=(("highest", "+0.02 %"), ("lowest", "−0.01 %"), ("shorts pay", "1 of 3")),
    columns=("Binance", "Hyperliquid"),
    rows=(("BTC", (Decimal("0.0001"), Decimal("-0.0001"))), ("PEPE", (None, Decimal("0.0002")))),
    caption="",
)


def test_it_is_as_large_as_every_other_picture() -> None:
    assert size(draw(TABLE)) == (1080, 1290)


def test_few_cells_fill_the_picture_and_many_share_it() -> None:
    # two coins: 450 wide, room for 440 high; eight rows: an eighth each; one row of two: square; twelve columns: 130
    assert _row_height(880, 2, 450) == 440
    assert _row_height(880, 8, 450) == 110
    assert _row_height(880, 1, 450) == 450
    assert _row_height(880, 4, 75) == 130


def test_a_sign_is_told_by_more_than_the_figure() -> None:
    turned = replace(TABLE, rows=(("BTC", (Decimal("-0.0001"), Decimal("-0.0001"))), TABLE.rows[1]))
    assert draw(turned) != draw(TABLE)


def test_correlations_are_no_percentages() -> None:
    assert [_plain(Decimal(value)) for value in ("1", "0.856", "-0.2", "-0.001")] == ["1.00", "0.86", "−0.20", "0"]
    assert _plain(None) == "–"
    assert draw(replace(TABLE, is_percent=False)) != draw(TABLE)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0.0001", "+0.010"),
        ("-0.000123", "−0.012"),
        ("0.012345", "+1.23"),
        ("-0.03", "−3.00"),
        ("-0.000004", "0"),  # no minus before a zero
        (None, "–"),
    ],
)
def test_figures_are_percent_with_a_sign(value: str | None, words: str) -> None:
    assert _words(None if value is None else Decimal(value)) == words


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": tuple(f"Exchange {n}" for n in range(12)), "rows": (("BTC", (Decimal("-0.03"),) * 12),) * 12},
        {"rows": (("币安人生", (None, None)),)},
        {"rows": (("A VERY LONG TICKER", (Decimal(0), Decimal(0))),), "figures": ()},
    ],
    ids=["many", "nothing known", "zeros"],
)
def test_odd_tables_are_drawn_without_a_warning(changes: dict[str, object]) -> None:
    assert size(draw(replace(TABLE, **changes))) == (1080, 1290)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{"rows": ()}, {"columns": (), "rows": (("BTC", ()),)}, {"rows": (("BTC", (Decimal(0),)),)}]
)
def test_what_is_no_table_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no table"):
        draw(replace(TABLE, **changes))  # type: ignore[arg-type]
