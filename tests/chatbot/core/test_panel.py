"""Closes side by side: aligned by day, with gaps where there is nothing."""

from dataclasses import replace

import numpy as np

from chatbot.core.panel import panel_of
from tests.fakes import candles
from tests.samples import d


def test_a_coin_that_was_listed_later_has_no_price_before() -> None:
    panel = panel_of({"BTC": candles("BTC", [0.0, 0.0, 0.0]), "NEW": candles("NEW", [0.1], "110")})
    assert panel.coins == ("BTC", "NEW")
    assert list(np.diff(panel.opened)) == [86_400] * 3
    assert np.isnan(panel.of(["NEW"])[:2]).all()
    assert panel.of(["NEW"])[2:, 0].tolist() == [100.0, 110.0]


def test_a_missing_day_and_a_price_of_zero_are_gaps() -> None:
    whole = candles("BTC", [0.0] * 4)
    zero = replace(whole.bars[1], close_quote=d("0"))
    panel = panel_of({"BTC": replace(whole, bars=(whole.bars[0], zero, *whole.bars[3:]))})
    assert np.isnan(panel.closes[:, 0]).tolist() == [False, True, True, False, False]


def test_what_was_known_before_a_day_does_not_hold_that_day() -> None:
    panel = panel_of({"BTC": candles("BTC", [0.1, 0.1])})
    assert len(panel.until(2).closes) == 2
    assert panel.until(2).opened[-1] < panel.opened[2]


def test_nothing_to_align_has_no_rows() -> None:
    assert panel_of({}).closes.shape == (0, 0)
    assert panel_of({"BTC": replace(candles("BTC", []), bars=())}).closes.shape == (0, 1)
