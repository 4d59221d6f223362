"""What is to be watched for: lines read into terms, terms written back as lines, mistakes with the corrected line."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.alerts.rules import EIGHT_HOURS, LEVELLED, YEAR, Measure, RuleTerms
from chatbot.core.errors import UserMistake
from handlers import grammar
from handlers.funding.alerts.request import COMMAND, parse
from handlers.funding.alerts.terms import (
    MOST,
    OF_A_COIN,
    Asking,
    default_clear,
    default_cooldown,
    merged,
    terms_of,
    unit_of,
    words_of,
)
from handlers.grammar import levels
from tests.samples import NOW, d

COINS = "BTC ETH SOL FLIP TOP OVER ALL 1INCH PEPE"
ZONE = "Europe/Berlin"
VOCABULARY = grammar.Vocabulary(frozenset(COINS.split()), ("binance", "bybit", "okx"))
HOUR = timedelta(hours=1)


def read(words: str, *, follows: bool = False) -> RuleTerms:
    return terms_of(parse(COMMAND, words, VOCABULARY, ZONE), Asking(COMMAND, ZONE, NOW, follows))


def mistake(words: str) -> tuple[str, list[str]]:
    with pytest.raises(UserMistake) as caught:
        read(words)
    return caught.value.sentence, [tip.command for tip in caught.value.suggestions]


def test_a_level_is_per_eight_hours_and_clears_at_its_half() -> None:
    assert read("BTC > 0.05%") == RuleTerms(
        Measure.RATE, "BTC", level=d("0.0005"), clear_level=d("0.00025"), cooldown=HOUR
    )


@pytest.mark.parametrize(
    ("words", "level", "clear"),
    [
        ("BTC > 0.05%/1h", "0.004", "0.002"),  # 0.0005 * 8
        ("BTC > 54.75% apr", "0.0005", "0.00025"),  # 0.5475 / 1095
        ("BTC < -0.01%", "-0.0001", "-0.00005"),  # half way back to zero
        ("BTC < 0.01%", "0.0001", "0.00015"),  # away from zero: half as far again
        ("BTC > -0.01%", "-0.0001", "-0.00015"),
        ("BTC > 0", "0", "-0.000025"),
        ("BTC < 0%", "0", "0.000025"),
        ("BTC > 0.05% clear=0.03%", "0.0005", "0.0003"),
        ("BTC > 0.05%/1h clear=0.03%", "0.004", "0.0024"),  # clear= in the unit of the level
        ("SOL spread > 0.03%", "0.0003", "0.00015"),
        ("extremes > 0.1%", "0.001", "0.0005"),
        ("BTC basis > 10% apr", "0.10", "0.05"),  # a year
        ("BTC basis > 10%", "0.10", "0.05"),
        ("BTC basis < 0%", "0", "0.01"),
    ],
)
def test_a_level_has_its_unit_and_where_it_clears(words: str, level: str, clear: str) -> None:
    terms = read(words)
    assert (terms.level, terms.clear_level) == (d(level), d(clear))


@pytest.mark.parametrize(
    ("words", "measure", "written"),
    [
        ("btc ABOVE 0.05%", Measure.RATE, "BTC > 0.05%"),
        ("BTC>=0.05%/8h on bybit", Measure.RATE, "BTC > 0.05% bybit"),
        ("ETH under -0.02 %", Measure.RATE, "ETH < -0.02%"),
        ("ETH over 40% a year", Measure.RATE, "ETH > 40% apr"),
        ("bitcoin flip", Measure.FLIP, "BTC flip"),
        ("BTC interval bybit", Measure.INTERVAL, "BTC interval bybit"),
        ("top", Measure.TOP, "top"),
        ("top 5 at each settlement", Measure.TOP, "top"),
        ("digest 8", Measure.DIGEST, "digest 8"),
        ("digest at 08:00", Measure.DIGEST, "digest 8"),
        ("extremes > 0.1% cooldown=4h", Measure.EXTREMES, "extremes > 0.1% cooldown=4h"),
        ("FLIP flip", Measure.FLIP, "#FLIP flip"),
        ("FLIP > 0.05%", Measure.RATE, "#FLIP > 0.05%"),  # what flips has no level, so it is the coin
        ("BTC > 0.05% cooldown = 1h", Measure.RATE, "BTC > 0.05%"),
    ],
)
def test_words_in_any_order_are_written_back_in_one(words: str, measure: Measure, written: str) -> None:
    terms = read(words)
    assert (terms.measure, words_of(terms)) == (measure, written)


def test_an_end_is_so_long_from_now_or_the_end_of_a_day_in_the_chats_zone() -> None:
    assert read("BTC > 0.05% until=30d").expires_at == NOW + timedelta(days=30)
    assert read("BTC > 0.05% until=2027-01-31").expires_at == datetime(2027, 1, 31, 23, 0, tzinfo=UTC)  # CET
    assert words_of(read("BTC flip until=2027-01-31")) == "BTC flip until=2027-01-31T23:00"


def test_a_digest_is_at_an_hour_of_the_chats_zone() -> None:
    terms = read("digest 8")
    assert (terms.hour, terms.zone) == (8, ZONE)


def test_the_rules_of_a_group_are_followed() -> None:
    assert read("BTC flip", follows=True).follows


@pytest.mark.parametrize(
    ("words", "sentence", "tips"),
    [
        (
            "BTC > 5",
            (
                '"5" has no unit. It could be 5 % or, as a fraction, 500 %. '
                "Per 8 hours no exchange charges so much; a year it may be."
            ),
            ["BTC > 5% apr", "BTC > 500% apr"],
        ),
        (
            "BTC > 0.0005",
            '"0.0005" has no unit. It could be 0.0005 % or, as a fraction, 0.05 %.',
            ["BTC > 0.0005%", "BTC > 0.05%"],
        ),
        (
            "BTC basis > 0.1 bybit",
            '"0.1" has no unit. It could be 0.1 % or, as a fraction, 10 %.',
            ["BTC basis > 0.1% apr bybit", "BTC basis > 10% apr bybit"],
        ),
        (
            "BTC > 5%",
            "5% can never be reached: what is beyond 3 % per 8 h is taken for an error and not ranked.",
            ["BTC > 5% apr", "BTC > 0.05%"],
        ),
        ("BTC 0.05%", "Above or below 0.05%?", ["BTC > 0.05%", "BTC < 0.05%"]),
        ("BTC >", '">" what? A level comes behind it.', ["BTC > 0.05%", "BTC > 40% apr"]),
        ("> 0.05%", "Of which coin?", ["BTC > 0.05%", "ETH > 0.05%"]),
        ("ETHH > 0.05%", 'I don\'t know "ETHH". Did you mean ETH?', ["ETH > 0.05%"]),
        ("BTC ETH flip", "BTC and ETH: which one?", ["BTC flip", "ETH flip"]),
        ("BTC > 0,05%", '"0,05%" is not clear: a point parts decimals.', ["BTC > 0.05%"]),
        ("BTC spread < 0%", "A spread is never below zero. The level must be above it.", ["BTC spread > 0.05%"]),
        ("BTC spread > 0.1% okx", "A spread is between exchanges, so none is named.", ["BTC spread > 0.1%"]),
        ("extremes < 0.1%", "Extremes are beyond a level, in either direction.", ["extremes > 0.1%"]),
        ("digest 25", 'A digest comes at a full hour of the day, 0 to 23, not "25".', ["digest 8", "digest 20"]),
        ("digest 8:30", 'A digest comes at a full hour of the day, 0 to 23, not "8:30".', ["digest 8"]),
        (
            "BTC > 0.05% clear=0.06%",
            "The level at which an alert clears must be below the one at which it fires.",
            ["BTC > 0.05%"],
        ),
        ("BTC flip > 0.05%", "flip has no level.", ["BTC flip", "BTC > 0.05%"]),
        ("BTC > 0.05% 0.06%", '"0.06%": an alert has one level; clear= says where it ends.', ["BTC > 0.06%"]),
        ("BTC basis", "At which level?", ["BTC basis > 10% apr", "BTC basis > 20% apr"]),
        (
            "BTC flip cooldown=soon",
            'cooldown= takes a time, like cooldown=4h or cooldown=30m, not "soon".',
            ["BTC flip cooldown=4h"],
        ),
        ("BTC flip cooldown=60d", "A cooldown is at most 30 days.", ["BTC flip cooldown=30d"]),
        ("BTC flip until=2020-01-01", "That end has passed already.", ["BTC flip until=2026-12-20T12:00"]),
    ],
)
def test_a_mistake_offers_the_corrected_line(words: str, sentence: str, tips: list[str]) -> None:
    assert mistake(words) == (sentence, [f"{COMMAND} {tip}" for tip in tips])


def test_of_five_hundred_percent_a_year_the_offered_line_is_understood() -> None:
    # 5 / 1095 = 0.4566 % per 8 h
    assert words_of(read("BTC > 500% apr")) == "BTC > 500% apr"


def changed(words: str, by: str) -> str:
    request = merged(read(words), parse(f"{COMMAND} 17", by, VOCABULARY, ZONE))
    return words_of(terms_of(request, Asking(f"{COMMAND} 17", ZONE, NOW)))


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        ("BTC > 0.05% bybit cooldown=4h", "> 0.08%", "BTC > 0.08% bybit cooldown=4h"),
        ("BTC > 0.05% clear=0.04%", "> 0.08%", "BTC > 0.08%"),  # a new level clears as usual
        ("BTC > 0.05%", "clear=0.04%", "BTC > 0.05% clear=0.04%"),
        ("BTC > 0.05%", "cooldown=30m", "BTC > 0.05% cooldown=30m"),
        ("BTC > 0.05%", "okx", "BTC > 0.05% okx"),
        ("BTC > 0.05%", "flip", "BTC flip"),
        ("BTC flip", "> 0.05%", "BTC > 0.05%"),
        ("digest 8", "digest 9", "digest 9"),
        ("BTC spread > 0.03%", "> 0.05%", "BTC spread > 0.05%"),
    ],
)
def test_an_edit_changes_what_it_names(before: str, by: str, after: str) -> None:
    assert changed(before, by) == after


UNITS = (HOUR, 4 * HOUR, EIGHT_HOURS, 24 * HOUR, YEAR)


@st.composite
def rules(draw: st.DrawFn) -> RuleTerms:
    """Any rule that a line can make."""
    measure = draw(st.sampled_from(Measure))
    coins = st.sampled_from(COINS.split())
    cooldowns = st.integers(1, 43_200).map(lambda minutes: timedelta(minutes=minutes))
    terms: dict[str, Any] = {
        "coin": draw(coins if measure in OF_A_COIN else st.none() | coins),
        "exchange": None if measure is Measure.SPREAD else draw(st.none() | st.sampled_from(VOCABULARY.exchanges)),
        "cooldown": draw(st.just(default_cooldown(measure)) | cooldowns),
        "expires_at": draw(st.none() | st.integers(1, 500_000).map(lambda minutes: NOW + timedelta(minutes=minutes))),
        "hour": draw(st.integers(0, 23)) if measure is Measure.DIGEST else None,
        "zone": ZONE if measure is Measure.DIGEST else "UTC",
        "unit": unit_of(measure),
    }
    return RuleTerms(measure, **(terms | (draw(levelled(measure)) if measure in LEVELLED else {})))


@st.composite
def levelled(draw: st.DrawFn, measure: Measure) -> dict[str, Any]:
    """A level in some unit, and where it clears."""
    unit, usual = draw(st.sampled_from(UNITS)), unit_of(measure)
    is_positive = measure in (Measure.SPREAD, Measure.EXTREMES)
    is_above = True if measure is Measure.EXTREMES else draw(st.booleans())
    share = draw(st.decimals("0.000001" if is_positive else "-0.03", "0.03", places=6))
    level = levels.scaled(share, unit, usual)
    if abs(level) > MOST[measure]:
        unit, level = usual, share
    usual_clear = default_clear(measure, level, is_above=is_above)
    room = levels.scaled(draw(st.decimals("0.000001", "0.01", places=6)), unit, usual)
    typed = levels.rounded(levels.scaled(level - room if is_above else level + room, usual, unit))
    clear = draw(st.sampled_from([usual_clear, levels.scaled(typed, unit, usual)]))
    return {"level": level, "clear_level": clear, "unit": unit, "is_above": is_above}


@given(rules())
def test_a_rule_written_as_a_line_reads_as_the_same_rule(terms: RuleTerms) -> None:
    assert read(words_of(terms)) == terms


@given(st.text(max_size=60))
def test_any_line_is_a_rule_or_a_mistake(words: str) -> None:
    with suppress(UserMistake):
        request = parse(COMMAND, words, VOCABULARY, ZONE)
        assert request.is_bare or terms_of(request, Asking(COMMAND, ZONE, NOW)).measure in Measure


def test_decimal_noise_of_a_year_is_not_written() -> None:
    # 0.4 / 1095 has no end in decimals; written back it is 40 %
    assert read("BTC > 40% apr").level == Decimal("0.4") / 1095
    assert words_of(read("BTC > 40% apr")) == "BTC > 40% apr"
