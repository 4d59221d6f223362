"""Changes happen once, together with others', and can be undone."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible, UserMistake
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.core.ports import Change, Portfolios
from storage import Database, open_database
from tests.storage.conftest import NOON, Clock
from tests.storage.edits import Edit, digits, edits

ANN, BEN = 2**40 + 1, 2**40 + 2  # Telegram's ids need more than 32 bits


@pytest.fixture
def portfolios(database: Database) -> Portfolios:
    return database.portfolios


def add(coin: str, amount: str) -> Edit:
    return lambda portfolio: portfolio.with_added(coin, Decimal(amount))


async def changed(portfolios: Portfolios, user_id: int, update_id: int, edit: Edit) -> Change:
    change = await portfolios.change(user_id, update_id, edit)
    assert change is not None
    return change


async def test_who_stored_nothing_holds_nothing(portfolios: Portfolios) -> None:
    assert await portfolios.load(ANN) == Portfolio()


async def test_all_that_was_said_of_a_portfolio_is_there_after_a_restart(url: str, clock: Clock) -> None:
    said = Portfolio(
        (Holding("SOL", Decimal("100.10"), Decimal("0.07")), Holding("BTC", Decimal("0.100000000000000000001"))),
        (
            FuturesPosition("ETH", Side.SHORT, Decimal("5"), "bybit", Decimal("3450"), Decimal("2")),
            FuturesPosition("BTC", Side.LONG, Decimal("1E+30")),
        ),
    )
    before = await open_database(url, clock)
    await before.portfolios.change(ANN, 1, lambda _: said)
    await before.close()
    after = await open_database(url, clock)
    loaded = await after.portfolios.load(ANN)
    await after.close()
    assert loaded == said
    assert digits(loaded) == digits(said)


async def test_one_users_portfolio_is_not_anothers(portfolios: Portfolios) -> None:
    await portfolios.change(ANN, 1, add("ETH", "10"))
    await portfolios.change(BEN, 2, add("BTC", "1"))
    assert await portfolios.load(ANN) == Portfolio((Holding("ETH", Decimal(10)),))
    assert await portfolios.load(BEN) == Portfolio((Holding("BTC", Decimal(1)),))


async def test_the_same_update_changes_once(portfolios: Portfolios) -> None:
    assert await portfolios.change(ANN, 1, add("ETH", "10")) is not None
    assert await portfolios.change(ANN, 1, add("ETH", "10")) is None
    assert await portfolios.load(ANN) == Portfolio((Holding("ETH", Decimal(10)),))


async def test_the_number_of_one_users_update_is_free_for_another(portfolios: Portfolios) -> None:
    assert await portfolios.change(ANN, 1, add("ETH", "10")) is not None
    assert await portfolios.change(BEN, 1, add("ETH", "10")) is not None


async def test_a_change_that_changes_nothing_counts_as_done_and_can_be_undone(portfolios: Portfolios) -> None:
    change = await changed(portfolios, ANN, 1, lambda portfolio: portfolio)
    assert change.before == change.after
    undone = await portfolios.undo(ANN, 2, change.undo_key)
    assert undone is not None
    assert undone.after == Portfolio()


async def test_an_edit_that_raises_stores_nothing_and_may_be_tried_again(portfolios: Portfolios) -> None:
    with pytest.raises(NotPossible, match="0 ETH are held"):
        await portfolios.change(ANN, 1, add("ETH", "-1"))
    assert await portfolios.load(ANN) == Portfolio()
    assert await portfolios.change(ANN, 1, add("ETH", "1")) is not None


async def test_changes_from_two_processes_at_once_do_not_lose_one_another(
    database: Database, other_process: Database
) -> None:
    either = (database.portfolios, other_process.portfolios)
    await asyncio.gather(*(either[number % 2].change(ANN, number, add("ETH", "0.1")) for number in range(20)))
    # 20 times 0.1 is 2.0, whoever came first.
    assert (await database.portfolios.load(ANN)).holding("ETH") == Holding("ETH", Decimal("2.0"))


async def test_what_was_changed_here_is_seen_at_once(portfolios: Portfolios) -> None:
    for number in range(3):
        change = await changed(portfolios, ANN, number, add("ETH", "1"))
        assert await portfolios.load(ANN) == change.after


async def test_what_another_process_changed_is_seen_a_second_later(
    database: Database, other_process: Database, clock: Clock
) -> None:
    await database.portfolios.change(ANN, 1, add("ETH", "1"))
    assert (await database.portfolios.load(ANN)).holding("ETH") == Holding("ETH", Decimal(1))
    await other_process.portfolios.change(ANN, 2, add("ETH", "1"))
    clock.advance(timedelta(seconds=1))
    assert (await database.portfolios.load(ANN)).holding("ETH") == Holding("ETH", Decimal(2))


async def test_a_reading_overtaken_by_a_change_is_not_remembered(portfolios: Portfolios) -> None:
    await portfolios.change(ANN, 1, add("ETH", "1"))
    *_, change = await asyncio.gather(
        *(portfolios.load(ANN) for _ in range(5)), portfolios.change(ANN, 2, add("ETH", "1"))
    )
    assert isinstance(change, Change)
    assert await portfolios.load(ANN) == change.after


async def test_a_change_whose_caller_gave_up_leaves_the_way_free_for_the_next(portfolios: Portfolios) -> None:
    for steps in range(12):
        task = asyncio.create_task(portfolios.change(ANN, steps, add("ETH", "1")))
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await portfolios.change(BEN, 100, add("ETH", "1")) is not None
    for repeated in range(12):  # what was begun was finished, what was not is done now: each of the 12 once
        await portfolios.change(ANN, repeated, add("ETH", "1"))
    assert (await portfolios.load(ANN)).holding("ETH") == Holding("ETH", Decimal(12))


async def test_undo_puts_a_removed_coin_back_in_its_place(portfolios: Portfolios) -> None:
    for number, coin in enumerate(("ETH", "BTC", "SOL")):
        await portfolios.change(ANN, number, add(coin, "1"))
    removed = await changed(portfolios, ANN, 10, lambda portfolio: portfolio.without("BTC"))
    undone = await portfolios.undo(ANN, 11, removed.undo_key)
    assert undone is not None
    assert undone.after == removed.before
    assert await portfolios.load(ANN) == removed.before


async def test_an_undo_can_itself_be_undone(portfolios: Portfolios) -> None:
    added = await changed(portfolios, ANN, 1, add("ETH", "10"))
    undone = await portfolios.undo(ANN, 2, added.undo_key)
    assert undone is not None
    redone = await portfolios.undo(ANN, 3, undone.undo_key)
    assert redone is not None
    assert redone.after == added.after


async def test_undo_leaves_alone_what_came_later_in_other_coins(portfolios: Portfolios) -> None:
    added = await changed(portfolios, ANN, 1, add("ETH", "10"))
    await portfolios.change(ANN, 2, add("BTC", "1"))
    undone = await portfolios.undo(ANN, 3, added.undo_key)
    assert undone is not None
    assert undone.after == Portfolio((Holding("BTC", Decimal(1)),))


async def test_a_coin_changed_again_since_is_not_undone(portfolios: Portfolios) -> None:
    added = await changed(portfolios, ANN, 1, add("ETH", "10"))
    await portfolios.change(ANN, 2, add("ETH", "1"))
    with pytest.raises(UserMistake, match="ETH changed again since"):
        await portfolios.undo(ANN, 3, added.undo_key)
    assert (await portfolios.load(ANN)).holding("ETH") == Holding("ETH", Decimal(11))


async def test_a_futures_position_recorded_since_stands_in_the_way_too(portfolios: Portfolios) -> None:
    added = await changed(portfolios, ANN, 1, add("ETH", "10"))
    short = FuturesPosition("ETH", Side.SHORT, Decimal(5), "bybit")
    await portfolios.change(ANN, 2, lambda portfolio: portfolio.with_position(short))
    with pytest.raises(UserMistake, match="ETH changed again since"):
        await portfolios.undo(ANN, 3, added.undo_key)


async def test_a_double_tap_on_undo_undoes_once(portfolios: Portfolios) -> None:
    await portfolios.change(ANN, 1, add("ETH", "1"))
    added = await changed(portfolios, ANN, 2, add("ETH", "10"))
    taps = await asyncio.gather(*(portfolios.undo(ANN, update, added.undo_key) for update in (3, 4)))
    assert [tap is None for tap in taps].count(True) == 1
    assert (await portfolios.load(ANN)).holding("ETH") == Holding("ETH", Decimal(1))


async def test_the_same_update_undoes_once(portfolios: Portfolios) -> None:
    added = await changed(portfolios, ANN, 1, add("ETH", "10"))
    assert await portfolios.undo(ANN, 2, added.undo_key) is not None
    assert await portfolios.undo(ANN, 2, added.undo_key) is None


@pytest.mark.parametrize(("user_id", "is_known"), [(BEN, True), (ANN, False)])
async def test_another_users_key_and_an_unknown_key_undo_nothing(
    portfolios: Portfolios, user_id: int, is_known: bool
) -> None:
    added = await changed(portfolios, ANN, 1, add("ETH", "10"))
    with pytest.raises(UserMistake, match="can no longer be undone"):
        await portfolios.undo(user_id, 2, added.undo_key if is_known else "nosuchky")
    assert await portfolios.load(ANN) == added.after


async def test_a_change_can_be_undone_for_a_day(portfolios: Portfolios, clock: Clock) -> None:
    first = await changed(portfolios, ANN, 1, add("ETH", "10"))
    second = await changed(portfolios, ANN, 2, add("BTC", "1"))
    clock.advance(timedelta(days=1))
    assert await portfolios.undo(ANN, 3, first.undo_key) is not None
    clock.advance(timedelta(seconds=1))
    with pytest.raises(UserMistake, match="for a day"):
        await portfolios.undo(ANN, 4, second.undo_key)


async def test_the_numbers_of_updates_are_kept_past_the_day_in_which_telegram_repeats_them(
    url: str, clock: Clock
) -> None:
    first = await open_database(url, clock)
    await first.portfolios.change(ANN, 1, add("ETH", "10"))
    await first.close()
    clock.advance(timedelta(days=2))
    second = await open_database(url, clock)
    assert await second.portfolios.change(ANN, 1, add("ETH", "10")) is None
    await second.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.tuples(edits(), st.booleans()), min_size=1, max_size=6))
def test_any_changes_and_undos_keep_every_digit_and_undo_restores(wishes: list[tuple[Edit, bool]], url: str) -> None:
    asyncio.run(play(wishes, url, next(USERS)))


USERS = count(BEN + 1)  # one for each example, in the same file


async def play(wishes: list[tuple[Edit, bool]], url: str, user_id: int) -> None:
    """Each wish is an edit, and whether it is regretted."""
    database, expected, updates = await open_database(url, lambda: NOON), Portfolio(), count()
    for edit, is_regretted in wishes:
        change = await changed(database.portfolios, user_id, next(updates), edit)
        assert (change.before, change.after) == (expected, edit(expected))
        if is_regretted:
            undone = await database.portfolios.undo(user_id, next(updates), change.undo_key)
            assert undone is not None
            assert undone.after.holdings == change.before.holdings
            assert sorted(digits(undone.after)) == sorted(digits(change.before))
        expected = undone.after if is_regretted and undone else change.after
    await database.close()
    again = await open_database(url, lambda: NOON)
    loaded = await again.portfolios.load(user_id)
    await again.close()
    assert loaded == expected
    assert digits(loaded) == digits(expected)
