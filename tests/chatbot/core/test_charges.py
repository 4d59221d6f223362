"""What each market was last seen to charge."""

from datetime import datetime, timedelta

from chatbot.core.charges import LastCharge, remembered
from chatbot.core.markets import Board
from tests.chatbot.core.alerts.samples import HOUR, board, row
from tests.samples import NOW, d

KEY = ("bybit", "BTC/USDT:USDT")


def seen(rate: str, hours: int | None, due_at: datetime, as_of: datetime = NOW) -> Board:
    return board("bybit", row("BTC", rate, hours, due_at=due_at, as_of=as_of))


def test_a_market_seen_for_the_first_time_has_charged_nothing_yet() -> None:
    charge = remembered({}, [seen("0.0001", 8, NOW + HOUR)])[KEY]
    assert charge == LastCharge(NOW + HOUR, d("0.0001"), 8 * HOUR)
    assert not charge.has_flipped
    assert not charge.has_new_interval


def test_the_rate_last_seen_before_its_time_counts_as_charged() -> None:
    first = remembered({}, [seen("0.0001", 8, NOW + HOUR)])
    second = remembered(first, [seen("0.0002", 8, NOW + HOUR)])
    third = remembered(second, [seen("-0.0003", 8, NOW + 9 * HOUR, NOW + HOUR)])[KEY]
    assert third == LastCharge(NOW + 9 * HOUR, d("-0.0003"), 8 * HOUR, NOW + HOUR, d("0.0002"), 8 * HOUR)
    assert third.has_flipped


def test_a_charge_that_is_put_off_was_not_made() -> None:
    first = remembered({}, [seen("0.0001", 4, NOW + HOUR)])
    later = remembered(first, [seen("0.0001", 8, NOW + 5 * HOUR, NOW)])[KEY]
    assert later == LastCharge(NOW + 5 * HOUR, d("0.0001"), 8 * HOUR)


def test_an_interval_is_new_where_the_last_charge_was_for_another() -> None:
    first = remembered({}, [seen("0.0001", 8, NOW + HOUR)])
    second = remembered(first, [seen("0.0001", 4, NOW + 5 * HOUR, NOW + HOUR)])
    assert second[KEY].has_new_interval
    silent = remembered(second, [seen("0.0001", None, NOW + 5 * HOUR, NOW + 2 * HOUR)])
    assert silent[KEY].has_new_interval  # nothing is said of it: it stays what it was
    assert not remembered(silent, [seen("0.0001", 4, NOW + 9 * HOUR, NOW + 5 * HOUR)])[KEY].has_new_interval


def test_after_days_of_not_looking_no_flip_is_claimed() -> None:
    first = remembered({}, [seen("0.0001", 8, NOW)])
    later = remembered(first, [seen("-0.0001", 8, NOW + timedelta(days=3), NOW + timedelta(days=2.8))])[KEY]
    assert (later.charged_at, later.knows_last, later.has_flipped) == (NOW, False, False)


def test_markets_on_no_board_stay_as_they_were() -> None:
    first = remembered({}, [seen("0.0001", 8, NOW + HOUR)])
    assert remembered(first, [board("okx", row(rate="0.0002"))])[KEY] is first[KEY]
    assert remembered(first, [board("bybit")]) == first
