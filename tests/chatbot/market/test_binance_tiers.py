"""The dated brackets agree with what Binance itself gave: literal rows, and the whole table where it is at hand."""

import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest

from chatbot.core.markets import MarginTier
from chatbot.market.binance_tiers import BRACKETS, binance_tiers

_FULL = Path(__file__).resolve().parents[4] / "shared" / "data" / "leverage_tiers" / "binance_leverage_tiers_full.json"


def test_bitcoins_fourth_bracket() -> None:
    # 50,000 x (0.5 - 0.4 %) = 50; + 600,000 x 0.15 % = 950; + 3,000,000 x 0.35 % = 11,450
    assert binance_tiers("BTC")[3] == MarginTier(Decimal(3_000_000), Decimal("0.01"), Decimal(50), Decimal(11_450))


def test_a_coin_outside_the_table_has_none() -> None:
    assert binance_tiers("NOPE") == ()


@pytest.mark.parametrize("coin", BRACKETS)
def test_brackets_rise(coin: str) -> None:
    tiers = binance_tiers(coin)
    assert tiers[0].floor == 0
    assert all(low.floor < high.floor for low, high in itertools.pairwise(tiers))
    assert all(low.maintenance_share < high.maintenance_share for low, high in itertools.pairwise(tiers))


def test_every_bracket_is_binances_own_with_its_maintenance_amount() -> None:
    if not _FULL.exists():
        pytest.skip("the recorded brackets are not here")
    recorded = json.loads(_FULL.read_text())
    for coin in BRACKETS:
        rows = recorded.get(f"{coin}/USDT:USDT") or recorded[f"1000{coin}/USDT:USDT"]
        own = [tuple(Decimal(row["info"][k]) for k in ("notionalFloor", "maintMarginRatio", "cum")) for row in rows]
        assert [(t.floor, t.maintenance_share, t.deduction) for t in binance_tiers(coin)] == own
