"""Recorded settlements of Binance through the pass: markets that changed their interval, flipped, and ran hot."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from chatbot.core.alerts.columns import columns_of
from chatbot.core.alerts.evaluate import TURNS, evaluate
from chatbot.core.alerts.rules import Measure, RuleTerms, Turn
from chatbot.core.charges import LastCharges, remembered
from tests.chatbot.core.alerts.samples import board, row, view, watched
from tests.samples import d

RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data" / "funding_binance_interval_changes"
COINS = ("ALICE", "ANKR", "COS", "ICX", "OGN", "STEEM", "TLM")
LEVEL, CLEAR, NOISE = d("0.0005"), d("0.0003"), d("0.00001")
MINUTES = timedelta(minutes=5)  # before each charge the market is looked at

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded settlements are not here")

Rows = list[tuple[datetime, Decimal, int]]  # when charged, at which rate, hours since the one before


def recorded(coin: str) -> Rows:
    with (RECORDED / f"{coin}USDT.csv").open() as file:
        found = [(int(each["timestamp"]) // 60_000, d(each["funding_rate"])) for each in csv.DictReader(file)]
    rows = [(at, rate, (at - before) // 60) for (before, _), (at, rate) in pairwise(found)]
    return [(datetime.fromtimestamp(at * 60, UTC), rate, hours) for at, rate, hours in rows]


def fired(coin: str, terms: RuleTerms) -> int:
    """How often a rule fires that looks at the market five minutes before each charge."""
    columns, states = columns_of([watched(terms)])
    charges: LastCharges = {}
    count = 0
    for at, rate, hours in recorded(coin):
        now = at - MINUTES
        boards = [board("binance", row(coin, f"{rate:f}", hours, due_at=at, as_of=now), as_of=now)]
        charges = remembered(charges, boards)
        evaluation = evaluate(columns, states, view(*boards, now=now, charges=charges), now)
        states = evaluation.states
        count += [TURNS[turn] for turn in evaluation.turns].count(Turn.FIRED)
    return count


def rule(coin: str, measure: Measure, exchange: str | None = "binance", sign: int = 1) -> RuleTerms:
    is_levelled = measure is Measure.RATE
    return RuleTerms(
        measure,
        coin=coin,
        exchange=exchange,
        is_above=sign > 0,
        level=LEVEL * sign if is_levelled else None,
        clear_level=CLEAR * sign if is_levelled else None,
        cooldown=timedelta(),
        follows=True,  # nobody taps, and nobody is backed off
    )


def per_eight_hours(rows: Rows) -> list[Decimal]:
    return [rate * 8 / hours for _, rate, hours in rows]


def crossings(values: list[Decimal], sign: int) -> int:
    count, is_on = 0, False
    for value in (value * sign for value in values):
        if not is_on and value >= LEVEL:
            count, is_on = count + 1, True
        elif is_on and value <= CLEAR:
            is_on = False
    return count


@pytest.mark.parametrize("coin", COINS)
def test_levels_fire_once_for_each_run_beyond_them(coin: str) -> None:
    values = per_eight_hours(recorded(coin))
    assert fired(coin, rule(coin, Measure.RATE)) == crossings(values, 1)
    assert fired(coin, rule(coin, Measure.RATE, sign=-1)) == crossings(values, -1)


@pytest.mark.parametrize("coin", COINS)
def test_each_change_of_the_sign_fires_a_flip(coin: str) -> None:
    signs = [value > 0 for value in per_eight_hours(recorded(coin)) if abs(value) >= NOISE]
    assert fired(coin, rule(coin, Measure.FLIP)) == sum(before != after for before, after in pairwise(signs))


@pytest.mark.parametrize("coin", COINS)
def test_each_change_of_the_interval_is_told_once(coin: str) -> None:
    hours = [hours for _, _, hours in recorded(coin)]
    changes = sum(before != after for before, after in pairwise(hours))
    assert changes
    assert fired(coin, rule(coin, Measure.INTERVAL)) == changes


@pytest.mark.parametrize("coin", COINS)
def test_by_the_charges_remembered_too_where_the_rule_is_for_all_exchanges(coin: str) -> None:
    """Of two changes in a row, at one charge and the next, the second is no news of the exchange: it is changing."""
    rows = recorded(coin)
    is_new = [before[2] != after[2] for before, after in pairwise(rows)]
    assert fired(coin, rule(coin, Measure.INTERVAL, exchange=None)) == sum(
        now and not before for before, now in pairwise([False, *is_new])
    )
