"""What is told of the rules that turned."""

from dataclasses import replace

from chatbot.core.alerts.columns import columns_of
from chatbot.core.alerts.evaluate import evaluate
from chatbot.core.alerts.facts import facts_of, source_of
from chatbot.core.alerts.rules import Measure, RuleState, Turn
from chatbot.core.charges import LastCharge
from tests.chatbot.core.alerts.samples import HOUR, board, fact, rates, row, terms, view, watched
from tests.samples import NOW, d


def test_an_alert_carries_rule_value_source_and_age() -> None:
    rule = watched(terms())
    told = fact(rule, view(board("okx", row(rate="0.00025", hours=4), as_of=NOW - HOUR / 60)))
    assert (told.rule, told.turn, told.value) == (rule.rule, Turn.FIRED, d("0.0005"))  # 0.025 % each 4 hours
    assert (told.source, told.as_of, told.happened_at) == ("OKX", NOW - HOUR / 60, NOW)
    assert told.lines[0].rate_per_interval == d("0.00025")


def test_figures_are_exact_where_floats_are_not() -> None:
    told = fact(watched(terms(Measure.SPREAD, "0.0003")), rates(bybit="0.0007", okx="0.0004"))
    assert str(told.value) == "0.0003"  # in floats 0.00029999999999999997


def test_what_was_charged_before_comes_along() -> None:
    charge = LastCharge(NOW + 4 * HOUR, d("-0.0005"), 4 * HOUR, NOW, d("0.0002"), 8 * HOUR)
    seen = view(board("bybit", row(rate="-0.0005", hours=4)), charges={("bybit", "BTC/USDT:USDT"): charge})
    line = fact(watched(terms(Measure.FLIP, None), RuleState(reference=d(1))), seen).lines[0]
    assert (line.before_per_eight_hours, line.before_interval) == (d("0.0002"), 8 * HOUR)


def test_a_list_names_the_five_highest_and_the_five_lowest_coins() -> None:
    rows = [row(f"C{number}", f"{(number - 6) / 10_000:.4f}") for number in range(13)]  # -0.06 % to 0.06 %
    due = watched(terms(Measure.TOP, None, coin=None), RuleState(due_at=NOW - HOUR))
    told = fact(due, view(board("bybit", *rows)))
    assert [line.coin for line in told.lines] == ["C12", "C11", "C10", "C9", "C8", "C0", "C1", "C2", "C3", "C4"]
    assert (told.turn, told.value) == (Turn.LISTED, None)


def test_a_short_list_names_nobody_twice() -> None:
    due = watched(terms(Measure.TOP, None, coin=None), RuleState(due_at=NOW - HOUR))
    told = fact(due, view(board("bybit", *(row(f"C{number}", f"0.000{number}") for number in range(7)))))
    assert [line.coin for line in told.lines] == ["C6", "C5", "C4", "C3", "C2", "C0", "C1"]


def test_the_end_is_told_with_the_value_now() -> None:
    on = watched(terms(follows=True), RuleState(is_on=True, told=d("0.0006")))
    told = fact(on, rates(bybit="0.0001"))
    assert (told.turn, told.value) == (Turn.CLEARED, d("0.0001"))


def test_a_rule_that_is_gone_or_changed_meanwhile_tells_nothing() -> None:
    rule = watched(terms())
    columns, states = columns_of([rule])
    seen = rates(bybit="0.0006")
    evaluation = evaluate(columns, states, seen, NOW)
    changed = {rule.rule.id: replace(rule.rule, revision=1)}
    assert facts_of(evaluation, columns, {}, seen, NOW) == facts_of(evaluation, columns, changed, seen, NOW) == ()


def test_many_sources_are_counted() -> None:
    markets = view(*(board(name, row()) for name in ("bybit", "okx", "gate", "mexc", "bingx"))).ranked
    assert source_of(markets) == "BingX, Bybit, Gate +2"
    assert source_of(markets[:2]) == "BingX, Bybit"
