"""The numbers along an axis."""

import pytest

from chatbot.charts.ticks import tick_format


@pytest.mark.parametrize(
    ("label", "value", "step", "words"),
    [
        ("change in %", 0.5, 0.25, "+50 %"),
        ("change in %", -0.005, 0.005, "−0.5 %"),
        ("change in %", 0.0, 0.25, "0 %"),
        ("result, USD", -12500.0, 2500.0, "−$12,500"),
        ("result, $", 2_500_000.0, 500_000.0, "$2.5m"),
        ("price, USD", 0.00001, 0.00001, "$0.00001"),
        ("price, USD", 0.25, 0.05, "$0.25"),
        ("days", 30.0, 10.0, "30"),
        ("days", 1e-17, 0.1, "0.0"),  # what is left of 0.3 - 3 * 0.1
        ("result, USD", -1e-17, 0.1, "$0.0"),  # never a minus before a zero
    ],
)
def test_the_unit_of_the_label_decides_how_a_tick_is_written(label: str, value: float, step: float, words: str) -> None:
    assert tick_format(label)(value, step) == words
