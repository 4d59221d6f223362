"""Presets and percentages."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.allocation.targets import (
    PRESETS,
    Target,
    by_percent,
    kept_share,
    mended,
    target_of,
    with_futures_at,
    with_margin,
    written,
)
from chatbot.core.chats import Bucket
from chatbot.core.errors import UserMistake
from tests.samples import d

PUBLISHED = {
    "balanced": "60 25 10 5",
    "bull": "40 35 15 10",
    "bear": "55 25 10 10",
    "resilience": "55 30 15",
    "longbeta": "30 50 20",
    "preservation": "70 30",
    "symbiosis": "60 20 20",
    "overhang": "40 30 30",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_preset_has_the_published_shares(name: str) -> None:
    slices = target_of(name).slices
    assert [each.wanted_share * 100 for each in slices] == [Decimal(part) for part in PUBLISHED[name].split()]


@pytest.mark.parametrize("target", PRESETS, ids=lambda target: target.name)
def test_the_shares_of_a_preset_sum_to_one(target: Target) -> None:
    assert sum(each.wanted_share for each in target.slices) == 1


def test_percentages_fill_the_buckets_in_order() -> None:
    target = target_of("60/25/10/5")
    assert [each.buckets for each in target.slices] == [
        (Bucket.FOUNDATION,),
        (Bucket.GROWTH,),
        (Bucket.SMALL,),
        (Bucket.FUTURES,),
    ]
    assert target.futures_share == d("0.05")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("60/25/10/10", "These sum to 105: 5 too many."),
        ("60/25/10", "These sum to 95: 5 too few."),
        ("33.3/33.3/33.3", "These sum to 99.9: 0.1 too few."),
        ("110/-10", "A bucket holds nothing or more, so no percentage is negative."),
        ("100", "Two to five percentages: foundation, growth, small caps, small-cap futures, stables."),
        ("bul", "That is neither a preset nor percentages."),
    ],
)
def test_what_is_no_whole_is_told_by_how_much(words: str, said: str) -> None:
    with pytest.raises(UserMistake) as caught:
        target_of(words)
    assert caught.value.sentence == said


def test_percentages_are_mended_where_that_is_plain() -> None:
    assert mended([d(60), d(25), d(10), d(10)]) == (55, 25, 10, 10)  # the largest gives
    assert mended([d(60), d(25), d(10)]) == (60, 25, 10, 0, 5)  # what is missing waits in stables
    assert mended([d(110), d(-10)]) is None


@given(st.lists(st.integers(0, 100), min_size=2, max_size=5))
def test_what_is_mended_is_a_whole(percents: list[int]) -> None:
    better = mended([Decimal(each) for each in percents])
    if better is not None:
        assert sum(each.wanted_share for each in target_of(written(better)).slices) == 1


def test_alts_of_the_bull_preset_take_large_coins_that_are_not_the_foundation() -> None:
    bull = target_of("bull")
    assert [bull.slice_of(coin, Bucket.FOUNDATION) for coin in ("BTC", "ETH", "SOL")] == [0, 0, 1]
    assert bull.slice_of("PEPECOIN", Bucket.SMALL) is None


def test_a_sector_of_the_overhang_preset_takes_its_coins_alone() -> None:
    target = target_of("overhang ai")
    assert target.slice_of("TAO", Bucket.GROWTH) == 2
    assert target.slice_of("SOL", Bucket.FOUNDATION) is None


def test_too_much_in_futures_goes_back_to_the_first_slice() -> None:
    mended_target = with_futures_at(by_percent([d(50), d(20), d(10), d(20)]), d("0.15"))
    assert [each.wanted_share for each in mended_target.slices] == [d("0.55"), d("0.2"), d("0.1"), d("0.15")]


@given(
    st.sampled_from([each for each in PRESETS if each.short is not None]),
    st.integers(0, 100).map(lambda percent: Decimal(percent) / 100),
)
def test_the_margin_of_a_short_is_left_and_the_shares_still_sum_to_one(target: Target, hedge_share: Decimal) -> None:
    found = with_margin(target, d(2), hedge_share)
    assert sum(each.wanted_share for each in found.slices) == 1
    base = (
        {"the total": d(1), "the core": found.slices[0].wanted_share, "the last slice": found.slices[2].wanted_share}
        if len(target.slices) > 2
        else {"the total": d(1)}
    )
    assert target.short is not None
    stables = sum(each.wanted_share for each in found.slices if each.buckets == (Bucket.STABLES,))
    assert stables >= hedge_share * base[target.short.base.value] / 2


def test_the_coins_of_a_preset_keep_what_the_margin_of_its_short_does_not_need() -> None:
    # 40 % / 2 of the whole; 10 % / 2; 17.5 % / 2 of 30 %: 1 / 1.02625 = 0.974; stables of 20 % hold 4.5 %
    kept = {name: kept_share(target_of(name), d(2)) for name in ("preservation", "longbeta", "overhang", "symbiosis")}
    assert kept == {"preservation": d("0.8"), "longbeta": d("0.95"), "overhang": d("0.974"), "symbiosis": d(1)}
    assert kept_share(target_of("bull"), d(2)) == 1
