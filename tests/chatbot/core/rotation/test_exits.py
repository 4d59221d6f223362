"""Exit signals: each half on series with known answers, what is not known, sectors, profits, and no look-ahead."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.crowding import Crowded, Crowding
from chatbot.core.markets import Candles, FundingHistory, Settlement
from chatbot.core.rotation.evidence.signals import is_stalled
from chatbot.core.rotation.exits import (
    CoinExit,
    Evidence,
    Gap,
    Stand,
    coin_exit,
    in_order,
    profit_of,
    sector_exits,
    stand_of,
)
from tests.chatbot.core.rotation.samples import DAY, MIDNIGHT, growing, priced, settled
from tests.samples import NOW, d

CLOSES = st.lists(st.floats(0.01, 1000), min_size=50, max_size=130)
CROWDED = Crowded(Crowding.LONGS, d("0.0005"), is_top_tenth=False, weeks=84, exchange="binance")
CALM = replace(CROWDED, crowding=Crowding.NONE)
STALLED = Stand(-0.1, -0.05, 0.02, 90, -0.1, MIDNIGHT)
FINE = replace(STALLED, fortnight=0.05)


def stand(candles: Candles) -> Stand:
    found, gap = stand_of(candles, NOW)
    assert found is not None, gap
    return found


def exit_of(coin: str, funding: Crowded | None = None, price: Stand | None = None) -> CoinExit:
    return CoinExit(coin, funding, price, None if funding else Gap.NO_ANSWER, None if price else Gap.NO_PRICES)


# The price half


def test_below_the_high_and_weaker_than_usual_is_stalled() -> None:
    # +1 % a day for 119 days: every 14-day return is 1.01^14 - 1 = 14.947 %. Then -10 % in a day:
    # 1.01^13 * 0.9 - 1 = 2.428 %, 10 % below the highest close, which was the day before.
    closes = growing(119)
    found = stand(priced([*closes, closes[-1] * 0.9]))
    assert found.from_high == pytest.approx(-0.1)
    assert found.fortnight == pytest.approx(0.02428, abs=5e-6)
    assert found.median == pytest.approx(0.14947, abs=5e-6)
    assert found.returns == 90
    assert found.is_stalled


def test_a_new_high_is_not_stalled_though_the_fortnight_is_weaker_than_usual() -> None:
    # 1.01^13 * 1.005 - 1 = 14.378 %, below the usual 14.947 %; but 0.5 % above all of the 20 closes before
    closes = growing(119)
    found = stand(priced([*closes, closes[-1] * 1.005]))
    assert found.fortnight == pytest.approx(0.14378, abs=5e-6)
    assert found.fortnight < found.median
    assert found.from_high == pytest.approx(0.005)
    assert not found.is_stalled


def test_a_price_that_stands_still_is_neither_at_a_high_nor_weaker_than_usual() -> None:
    found = stand(priced([100.0] * 120))
    assert (found.from_high, found.fortnight, found.median) == (0, 0, 0)
    assert not found.is_at_high
    assert not found.is_stalled


def test_the_high_is_that_of_twenty_days_not_of_twenty_one() -> None:
    # the 200 lies 21 closes back, and the last is above the 20 between
    assert stand(priced([*[100.0] * 99, 200.0, *[100.0] * 20, 101.0])).is_at_high
    assert not stand(priced([*[100.0] * 100, 200.0, *[100.0] * 19, 101.0])).is_at_high


def test_thirty_returns_are_enough_and_their_number_is_told() -> None:
    # 44 closes have 44 - 14 = 30 returns of 14 days
    assert stand(priced(growing(44))).returns == 30
    assert stand_of(priced(growing(43)), NOW) == (None, Gap.FEW_DAYS)


def test_a_missing_day_is_a_gap_and_not_a_shift_of_the_days() -> None:
    closes: list[float | None] = [*growing(120)]
    whole = stand(priced(closes))
    closes[50] = None
    holed = stand(priced(closes))
    # two of the 90 returns are gone: that of the day itself, and that of 14 days later
    assert (holed.fortnight, holed.returns) == (whole.fortnight, 88)
    closes[-15] = None
    assert stand_of(priced(closes), NOW) == (None, Gap.FEW_DAYS)


def test_prices_that_have_ended_tell_nothing_of_now() -> None:
    assert stand_of(priced(growing(120), closed_at=MIDNIGHT - 2 * DAY), NOW) == (None, Gap.OLD_PRICES)
    assert stand_of(priced([]), NOW) == (None, Gap.NO_PRICES)


def test_a_bar_that_is_still_open_is_not_looked_at() -> None:
    closes = growing(120)
    with_open = stand(priced([*closes, 1.0], closed_at=MIDNIGHT + DAY))
    assert with_open == stand(priced(closes))


@given(CLOSES)
def test_a_coin_at_a_new_high_is_never_stalled(closes: list[float]) -> None:
    found = stand(priced([*closes, max(closes) * 1.001]))
    assert found.is_at_high
    assert not found.is_stalled


@given(CLOSES, st.lists(st.floats(0.01, 1000), max_size=10))
def test_what_comes_later_changes_nothing(closes: list[float], later: list[float]) -> None:
    known = stand_of(priced(closes), NOW)
    assert stand_of(priced([*closes, *later], closed_at=MIDNIGHT + DAY * len(later)), NOW) == known


@given(CLOSES)
def test_the_rule_that_is_tried_on_past_days_judges_a_price_alike(closes: list[float]) -> None:
    assert is_stalled(np.array(closes)) == stand(priced(closes)).is_stalled


# Both halves


@pytest.mark.parametrize(
    ("funding", "price", "signals"),
    [
        (CROWDED, STALLED, True),
        (CROWDED, FINE, False),
        (CALM, STALLED, False),
        (CALM, None, False),  # whatever the price does
        (None, FINE, False),
        (CROWDED, None, None),
        (None, STALLED, None),
        (None, None, None),
        (replace(CROWDED, crowding=Crowding.SHORTS), STALLED, False),
    ],
)
def test_an_exit_takes_both_halves_and_is_unknown_where_the_missing_one_would_decide(
    funding: Crowded | None, price: Stand | None, signals: bool | None
) -> None:
    assert exit_of("FET", funding, price).signals is signals


def test_a_coin_is_judged_by_what_was_seen_of_it_and_every_gap_is_named() -> None:
    closes = growing(119)
    seen = Evidence(
        candles={"FET": priced([*closes, closes[-1] * 0.9]), "NEW": priced(growing(10), "NEW")},
        fundings={"FET": settled("0.0003", 7), "NEW": settled("0.0003", 3, "NEW")},
        has_perpetual={"FET", "NEW", "DOWN"},
        listed={"FET", "NEW", "DOWN", "SPOT"},
    )
    found = coin_exit("FET", seen, NOW)
    assert found.funding is not None
    assert found.funding.week_per_eight_hours == d("0.0003")
    assert found.signals is True
    gaps = {coin: (each.funding_gap, each.price_gap) for coin in ("FET", "NEW", "DOWN", "SPOT", "GONE")
            for each in [coin_exit(coin, seen, NOW)]}  # fmt: skip
    assert gaps == {
        "FET": (None, None),
        "NEW": (Gap.FEW_SETTLEMENTS, Gap.FEW_DAYS),
        "DOWN": (Gap.NO_ANSWER, Gap.NO_PRICES),
        "SPOT": (Gap.NO_PERPETUAL, Gap.NO_PRICES),
        "GONE": (Gap.NOT_LISTED, Gap.NOT_LISTED),
    }


@given(st.lists(st.integers(-9, 9), max_size=12))
def test_settlements_to_come_change_nothing(later: list[int]) -> None:
    known = settled("0.0003", 30)
    rows = tuple(Settlement(d(rate) / 1000, NOW + timedelta(hours=8 * at)) for at, rate in enumerate(later, 1))

    def funding_of(history: FundingHistory) -> Crowded | None:
        return coin_exit("FET", Evidence({}, {"FET": history}, {"FET"}, {"FET"}), NOW).funding

    assert funding_of(replace(known, settlements=known.settlements + rows)) == funding_of(known)


def test_a_sector_is_the_share_of_the_members_that_are_known() -> None:
    exits = {
        "A": exit_of("A", CROWDED, STALLED),
        "B": exit_of("B", CROWDED, FINE),
        "C": exit_of("C", CALM, STALLED),
        "D": exit_of("D", CROWDED, None),
        "E": exit_of("E"),
    }
    one, other, none = sector_exits({"calm": ("C",), "ai": ("A", "B", "C", "D"), "dark": ("E", "Z")}, exits)
    # of A, B, C and D three are known, and A signals; longs are crowded in A, B and D; A and C are stalled
    assert (one.sector, one.signalling, one.known, one.share) == ("ai", ("A",), 3, pytest.approx(1 / 3))
    assert (one.crowded, one.funding_known, one.stalled, one.price_known) == (3, 4, 2, 3)
    assert (other.sector, other.share) == ("calm", 0)
    assert (none.sector, none.members, none.share) == ("dark", ("E",), None)


def test_those_that_signal_come_first_then_those_of_which_a_half_holds() -> None:
    found = in_order([exit_of("C", CALM, FINE), exit_of("B", CALM, STALLED), exit_of("A", CROWDED, STALLED)])
    assert [each.coin for each in found] == ["A", "B", "C"]


# Profits


def test_three_hundred_percent_in_thirty_days_is_when_a_part_of_it_is_due() -> None:
    # 1 -> 4 is +300 %; 1 -> 3.99 is not
    assert replace(exit_of("A"), price=stand(priced([1.0] * 60 + [4.0] * 30))).is_profit_due
    assert not replace(exit_of("A"), price=stand(priced([1.0] * 60 + [3.99] * 30))).is_profit_due


def test_the_gain_is_what_the_rise_made_of_what_is_held() -> None:
    # 100 coins at $4 are worth $400 and were worth $100
    due = exit_of("A", CALM, replace(FINE, month=3.0))
    assert profit_of(due, d(100), d(4)).gain_usd == 300
    assert profit_of(due, d(0), d(4)).gain_usd is None
    assert profit_of(due, d(100), None).gain_usd is None
