"""Entry signs: a quadrant, breadth, funding and depth of known figures; what is not known stays so."""

from dataclasses import replace

import pytest

from chatbot.core.crowding import Crowded, Crowding
from chatbot.core.markets import Level, MarginTier, MarginTiers, OrderBook, TierUnit
from chatbot.core.rotation.entry import (
    EntryCoin,
    EntryPlan,
    Question,
    depth_of,
    first_position,
    held,
    interest_of,
    volume_change,
)
from chatbot.core.rotation.exits import Gap
from chatbot.core.rotation.standings import Breadth, Standing, Strength
from tests.chatbot.core.rotation.samples import DAY, MIDNIGHT, growing, priced
from tests.samples import NOW, book, d, perpetual, snapshot

FET = perpetual("FET")
CROWDED = Crowded(Crowding.LONGS, d("0.0005"), is_top_tenth=False, weeks=84, exchange="binance")
CALM = replace(CROWDED, crowding=Crowding.NONE)
DEEP = depth_of(FET, d(10_000), d(1_000_000), book(FET, "2", "10000"))
SHALLOW = depth_of(FET, d(10_000), d(1_000_000), book(FET, "2", "10"))


def standing(month: float | None, change: float | None, now: Breadth, before: Breadth) -> Standing:
    return Standing("ai", 1, ("FET",), (), Strength(0.0, month, change), now, before, ())


IMPROVING = standing(-0.1, 0.02, Breadth(3, 6), Breadth(2, 6))


def entry(*coins: EntryCoin, sector: Standing | None = IMPROVING, own: Standing | None = None) -> EntryPlan:
    first = first_position(d(10_000), None)
    return EntryPlan(
        "ai", True, "ai", sector, own, coins, d(10_000), first, None, (), (), (), (), NOW, NOW
    )  # fmt: skip


def coin(funding: Crowded | None = CALM, liquid: bool | None = True) -> EntryCoin:
    depth = {True: DEEP, False: SHALLOW, None: None}[liquid]
    return EntryCoin("FET", funding, None if funding else Gap.NO_PERPETUAL, depth)


def test_all_four_signs_hold() -> None:
    # weak (-10 %) and rising (+2 points); 3 of 6 after 2 of 6; calm; deep
    assert entry(coin()).signs == (True, True, True, True)
    assert held(entry(coin()).signs) == 4


@pytest.mark.parametrize(
    ("month", "change", "is_improving"),
    [(-0.1, 0.02, True), (-0.1, -0.02, False), (0.1, 0.02, False), (0.1, -0.02, False), (None, 0.02, None)],
)
def test_improving_is_weak_and_rising(month: float | None, change: float | None, is_improving: bool | None) -> None:
    sector = standing(month, change, Breadth(1, 2), Breadth(1, 2))
    assert entry(coin(), sector=sector).is_improving is is_improving


@pytest.mark.parametrize(
    ("now", "before", "is_broadening"),
    [
        (Breadth(3, 6), Breadth(3, 6), False),
        (Breadth(2, 4), Breadth(3, 8), True),  # a half after three eighths: shares are compared, not counts
        (Breadth(0, 0), Breadth(1, 2), None),
        (Breadth(1, 2), Breadth(0, 0), None),
    ],
)
def test_breadth_rises_where_its_share_does(now: Breadth, before: Breadth, is_broadening: bool | None) -> None:
    assert entry(coin(), sector=standing(-0.1, 0.02, now, before)).is_broadening is is_broadening


def test_a_coin_of_no_sector_is_judged_by_its_own_strength_and_has_no_breadth() -> None:
    found = entry(coin(), sector=None, own=IMPROVING)
    assert (found.is_improving, found.is_broadening) == (True, None)
    assert entry(coin(), sector=None).is_improving is None


def test_of_a_sector_more_than_half_of_what_is_known_decides() -> None:
    assert entry(coin(), coin(CROWDED)).is_uncrowded is False  # one of two
    assert entry(coin(), coin(), coin(CROWDED)).is_uncrowded is True
    assert entry(coin(), coin(None), coin(None)).is_uncrowded is True
    assert entry(coin(None)).is_uncrowded is None
    assert entry(coin(liquid=False), coin(liquid=None)).is_liquid is False
    assert entry(coin(liquid=None)).is_liquid is None


def test_crowded_shorts_do_not_stand_in_the_way_of_a_long() -> None:
    assert coin(replace(CALM, crowding=Crowding.SHORTS)).is_uncrowded is True


def test_answers_are_kept_apart_from_the_data() -> None:
    found = replace(entry(coin()), answers=((Question.TECHNOLOGY, True), (Question.ECOSYSTEM, False)))
    # technology, ecosystem, interest, and liquidity from the data
    assert found.narrative == (True, False, None, True)


# Depth


def test_depth_is_slippage_in_the_book_and_a_share_of_the_volume() -> None:
    # $10,000 at mid 2 are 5,000 coins, all at the one ask 2 * 1.0005; $10,000 of $1m a day are 1 %
    assert (DEEP.slippage_share, DEEP.volume_share, DEEP.is_enough) == (d("0.0005"), d("0.01"), True)


def test_a_purchase_walks_up_the_book() -> None:
    # mid (1 + 3) / 2 = 2: 5,000 coins, 4,000 at 3 and 1,000 at 8 = (12,000 + 8,000) / 5,000 = 4, twice the mid
    levels = (Level(d(3), d(4000)), Level(d(8), d(4000)))
    found = depth_of(FET, d(10_000), d(10**9), OrderBook(FET, (Level(d(1), d(1)),), levels, NOW))
    assert (found.slippage_share, found.is_enough) == (d(1), False)


def test_a_book_that_ends_first_is_not_enough_and_one_that_did_not_come_is_not_known() -> None:
    assert (SHALLOW.slippage_share, SHALLOW.is_enough) == (None, False)
    assert depth_of(FET, d(10_000), d(1_000_000), None).is_enough is None
    assert depth_of(FET, d(10_001), d(1_000_000), None).is_enough is False  # above 1 % of the volume anyhow
    assert depth_of(FET, d(10_000), None, book(FET, "2", "10000")).is_enough is None
    assert depth_of(FET, d(10_000), None, book(FET, "2", "10")).is_enough is False


# The first position


def test_the_first_leverage_is_two_and_says_where_it_ends() -> None:
    # $10,000 at 2 = 5,000 coins with $5,000; LP = (5,000 - 10,000) / (5,000 * (0.005 + 0.0005 - 1)) = 1.005530
    found = first_position(d(10_000), snapshot(FET, "2"))
    assert found.margin_usd == 5_000
    assert found.liquidation_quote == pytest.approx(d("1.005530"), abs=d("0.000001"))
    assert found.room_share == pytest.approx(d("-0.497235"), abs=d("0.000001"))


def test_without_tiers_or_where_two_times_is_refused_only_the_margin_is_told() -> None:
    strict = MarginTiers((MarginTier(d(0), d("0.6"), d(1), d(0)),), TierUnit.QUOTE, "test", NOW)
    for market in (None, snapshot(FET, tiers=None), snapshot(FET, tiers=strict)):
        found = first_position(d(10_000), market)
        assert (found.margin_usd, found.liquidation_quote, found.room_share) == (5_000, None, None)


# Interest


def test_interest_compares_a_week_of_trading_with_the_month_before() -> None:
    # 1,000 coins a day: 30 days at 1, then 7 at 1.5
    assert volume_change(priced([1.0] * 30 + [1.5] * 7), NOW) == pytest.approx(0.5)
    assert volume_change(priced([1.0] * 36), NOW) is None
    assert volume_change(priced(growing(60), closed_at=MIDNIGHT - 8 * DAY), NOW) is None


def test_bars_to_come_change_no_interest() -> None:
    known = [1.0] * 30 + [1.5] * 7
    assert volume_change(priced([*known, 99.0], closed_at=MIDNIGHT + DAY), NOW) == pytest.approx(0.5)


def test_of_several_coins_the_middle_one_counts() -> None:
    moves = {"A": 1.5, "B": 3.0, "C": 1.0}
    found = {name: priced([1.0] * 30 + [last] * 7, name) for name, last in moves.items()}
    assert interest_of(("A", "B", "C", "D"), found, NOW) == pytest.approx(0.5)
    assert interest_of((), found, NOW) is None
