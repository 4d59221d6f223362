"""Five questions to a futures position: the line about its liquidation."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chatbot.core.allocation.checklist import Checklist, Question, checklist
from chatbot.core.errors import NotPossible
from chatbot.core.portfolio import Side
from handlers.allocate.check.render import lines_of
from tests.samples import NOW, d, history, snapshot

SEEN = snapshot()  # ETH on Bybit, mark 3,450, mmr 0.5 %, fee 0.05 %
LONG = Question(Side.LONG, d(3450), d(2), is_small_cap=False)


def asked(question: Question) -> Checklist:
    return checklist(question, SEEN, 0.5, NOW)


def test_what_is_opened_now_is_liquidated_from_the_mark_and_what_is_open_from_its_entry() -> None:
    # long 2x at 3,450: 3,450 * 0.5 / (1 - 0.0055) = 1,734.54; at 3,000: 3,000 * 0.5 / 0.9945 = 1,508.30
    assert round(asked(LONG).liquidation_quote or d(0), 2) == d("1734.54")
    older = asked(replace(LONG, entry_quote=d(3000)))
    assert round(older.liquidation_quote or d(0), 2) == d("1508.30")
    assert round(older.room_share or d(0), 3) == d("-0.563")  # 1,508.30 / 3,450 - 1
    assert older.margin_usd == d(1950)  # 1,500 at the entry and 450 won since, as the capital counts it


@pytest.mark.parametrize("stop", [None, Decimal("0.05")])
def test_a_long_without_leverage_has_all_the_room_there_is(stop: Decimal | None) -> None:
    found = asked(replace(LONG, leverage=d(1), stop_share=stop))
    assert (found.liquidation_quote, found.is_liquidation_known, found.is_roomy) == (None, True, True)


def test_without_margin_tiers_there_is_no_tick() -> None:
    found = checklist(LONG, replace(SEEN, tiers=None), 0.5, NOW)
    assert (found.liquidation_quote, found.is_liquidation_known, found.is_roomy) == (None, False, False)


@pytest.mark.parametrize(("side", "entry"), [(Side.LONG, 9000), (Side.SHORT, 1000)])
def test_beyond_its_liquidation_there_is_no_room(side: Side, entry: int) -> None:
    found = asked(replace(LONG, side=side, entry_quote=d(entry), stop_share=d("0.05")))
    assert (found.is_past, found.is_roomy) == (True, False)


def test_a_position_too_small_to_be_ordered_is_no_position() -> None:
    with pytest.raises(NotPossible, match="takes no order so small"):
        asked(replace(LONG, value_usd=d(1)))


def test_a_short_history_says_its_days_and_a_coming_rate_that_turns_is_said_beside_it() -> None:
    # 21 settlements are 7 days; -0.02 % thrice a day for 30 days is -1.8 %: 62.10 received; +0.01 %: 31.05 paid
    young = replace(SEEN, history=history(SEEN.instrument, "-0.0002", 21))
    found = checklist(LONG, young, 0.5, NOW)
    assert found.drag_settled_for == timedelta(days=7)
    assert (found.drag_quote, found.coming_drag_quote) == (d("-62.1"), d("31.05"))
    assert "over 7 days, 1.8 % of the position; at the coming rate it pays $31.05" in lines_of(found)[4]
