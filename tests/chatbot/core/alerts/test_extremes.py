"""Rules over all coins: who joins, who leaves, and what is told of it."""

from dataclasses import replace
from datetime import timedelta

from chatbot.core.alerts.extremes import most_extreme_by_coin
from chatbot.core.alerts.rules import Measure, RuleState, Turn, WatchedRule
from chatbot.core.alerts.view import MarketView
from chatbot.core.charges import LastCharge
from tests.chatbot.core.alerts.samples import HOUR, board, fact, passed, row, terms, view, watched
from tests.samples import NOW, d

FIRED, CLEARED, CHANGED = Turn.FIRED, Turn.CLEARED, Turn.CHANGED


def extremes(state: RuleState | None = None, **changes: object) -> WatchedRule:
    return watched(terms(Measure.EXTREMES, "0.001", "0.0005", coin=None, **changes), state)


def bybit(**coins: str) -> MarketView:
    return view(board("bybit", *(row(coin, rate) for coin, rate in coins.items())))


def names(rule: WatchedRule) -> set[str]:
    return {member.split("/")[0] for member in rule.state.members}


def test_markets_join_at_the_level_in_either_direction_and_leave_at_the_clear_level() -> None:
    rule, turn = passed(extremes(), bybit(A="0.001", B="-0.002", C="0.0009"))
    assert (turn, names(rule)) == (FIRED, {"bybit A", "bybit B"})
    rule, turn = passed(rule, bybit(A="0.0006", B="-0.0005", C="0.0009"))
    assert (turn, names(rule)) == (None, {"bybit A"})


def test_another_coin_fires_again_but_another_exchange_of_the_same_coin_does_not() -> None:
    rule, _ = passed(extremes(), bybit(A="0.001"))
    both = view(board("bybit", row("A", "0.001")), board("okx", row("A", "0.0015")))
    rule, turn = passed(rule, both)
    assert (turn, names(rule)) == (None, {"bybit A", "okx A"})
    assert passed(rule, bybit(A="0.001", B="0.001"))[1] is FIRED


def test_who_joins_during_the_cooldown_is_told_after_it() -> None:
    rule, _ = passed(extremes(cooldown=HOUR), bybit(A="0.001"))
    rule, turn = passed(rule, bybit(A="0.001", B="0.001"))
    assert (turn, names(rule)) == (None, {"bybit A"})
    assert passed(rule, bybit(A="0.001", B="0.001"), NOW + HOUR)[1] is FIRED


def test_members_of_a_silent_exchange_and_doubtful_ones_stay_delisted_ones_go() -> None:
    rule, _ = passed(extremes(), view(board("bybit", row("A", "0.001")), board("okx", row("B", "0.001"))))
    silent, _ = passed(rule, bybit(A="0.001"))
    doubtful, _ = passed(rule, view(board("bybit", row("A", "0.001", None)), board("okx", row("B", "0.001"))))
    delisted, _ = passed(rule, view(board("bybit", row("C", "0.0001")), board("okx", row("B", "0.001"))))
    assert [names(each) for each in (silent, doubtful)] == [{"bybit A", "okx B"}] * 2
    assert names(delisted) == {"okx B"}


def test_too_little_volume_is_no_extreme() -> None:
    assert passed(extremes(), view(board("bybit", row("A", "0.01", volume="999999"))))[1] is None


def test_a_fact_lists_each_coin_once_the_most_extreme_first() -> None:
    seen = view(board("bybit", row("A", "0.001"), row("B", "-0.003")), board("okx", row("A", "0.002")))
    told = fact(extremes(), seen)
    assert [(line.coin, line.exchange) for line in told.lines] == [("B", "bybit"), ("A", "okx")]
    assert told.value == d("-0.003")


def test_who_follows_hears_of_leaving_of_steps_and_of_the_end() -> None:
    rule, turn = passed(extremes(follows=True), bybit(A="0.0015", B="0.001"))
    assert turn is FIRED
    rule, turn = passed(rule, bybit(A="0.00155", B="0.001"))
    assert turn is None  # a tenth of the level is 0.01 %
    rule, turn = passed(rule, bybit(A="0.0016", B="0.001"))
    assert turn is CHANGED
    rule, turn = passed(rule, bybit(A="0.0016", B="0.0001"))
    assert turn is CHANGED
    rule, turn = passed(rule, bybit(A="0.0001", B="0.0001"))
    assert (turn, rule.state.is_on, rule.state.members) == (CLEARED, False, ())


def test_who_follows_and_snoozed_hears_nothing_until_the_end_of_it() -> None:
    rule = extremes(RuleState(snoozed_until=NOW + HOUR, is_on=True, members=("bybit A/USDT:USDT",)), follows=True)
    seen = bybit(A="0.004", B="0.002")
    rule, turn = passed(rule, seen)
    assert (turn, names(rule)) == (None, {"bybit A"})
    rule, turn = passed(rule, seen, NOW + HOUR)
    assert (turn, names(rule)) == (CHANGED, {"bybit A", "bybit B"})


def test_who_follows_hears_of_flips_and_changed_intervals_too() -> None:
    flipped = LastCharge(NOW + 4 * HOUR, d("-0.0004"), 8 * HOUR, NOW - 4 * HOUR, d("0.0002"), 8 * HOUR)
    changed = LastCharge(NOW + 4 * HOUR, d("0.0001"), 4 * HOUR, NOW - 4 * HOUR, d("0.0001"), 8 * HOUR)
    charges = {("bybit", "A/USDT:USDT"): flipped, ("bybit", "B/USDT:USDT"): changed}
    seen = view(board("bybit", row("A", "-0.0004"), row("B", "0.0001", 4)), charges=charges)
    assert passed(extremes(), seen)[1] is None
    told = fact(extremes(follows=True), seen)
    assert (told.turn, told.lines) == (FIRED, ())
    assert [(line.coin, line.before_per_eight_hours) for line in told.flips] == [("A", d("0.0002"))]
    assert [(line.coin, line.before_interval) for line in told.interval_changes] == [("B", timedelta(hours=8))]


def test_until_it_halves_counts_the_most_extreme() -> None:
    rule = extremes(RuleState(snooze_level=d("0.0015")))
    rule, _ = passed(rule, bybit(A="0.003"))
    assert rule.state.snooze_level is not None
    rule, _ = passed(rule, bybit(A="0.0015"))
    assert rule.state.snooze_level is None


def test_a_rule_made_on_takes_what_is_beyond_as_known() -> None:
    rule, turn = passed(extremes(RuleState(is_on=True)), bybit(A="0.002"))
    assert (turn, names(rule)) == (None, {"bybit A"})
    assert passed(rule, bybit(A="0.002", B="0.002"))[1] is FIRED


def test_an_interval_changed_at_any_exchange_is_told_once() -> None:
    def seen(**hours: tuple[int, int]) -> MarketView:
        charges = {
            (exchange, "BTC/USDT:USDT"): LastCharge(
                NOW + HOUR, d("0.0001"), now * HOUR, NOW - 4 * HOUR, d("0.0001"), before * HOUR
            )
            for exchange, (before, now) in hours.items()
        }
        return view(*(board(exchange, row(hours=now)) for exchange, (_, now) in hours.items()), charges=charges)

    rule, turn = passed(watched(terms(Measure.INTERVAL, None)), seen(bybit=(8, 4), okx=(8, 8)))
    assert turn is None  # what changed before the rule was made
    rule, turn = passed(rule, seen(bybit=(8, 4), okx=(8, 4)))
    assert turn is FIRED
    told = fact(rule, seen(bybit=(4, 4), okx=(8, 4), gate=(8, 4)))
    assert [line.exchange for line in told.lines] == ["okx", "gate"]
    snoozed = WatchedRule(rule.rule, replace(rule.state, snoozed_until=NOW + HOUR))
    snoozed, turn = passed(snoozed, seen(bybit=(8, 4), okx=(8, 4), gate=(8, 4)))
    assert turn is None
    assert passed(snoozed, seen(bybit=(8, 4), okx=(8, 4), gate=(8, 4)), NOW + HOUR)[1] is FIRED
    rule, turn = passed(rule, seen(bybit=(8, 4)))  # OKX is silent
    assert turn is None
    assert passed(rule, seen(bybit=(8, 4), okx=(8, 4)))[1] is None


def test_a_coin_stands_where_its_most_extreme_market_does_however_small_its_others_are() -> None:
    # A: 0.3 and 0.01 %, B: 0.2 %: A's small market at OKX does not move A behind B
    seen = view(board("bybit", row("A", "0.003"), row("B", "0.002")), board("okx", row("A", "0.0001")))
    assert [market.name for market in most_extreme_by_coin(seen.ranked)] == [
        "bybit A/USDT:USDT",
        "bybit B/USDT:USDT",
    ]
