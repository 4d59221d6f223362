"""What was last charged comes back to the digit, and only what differs is written."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text

from chatbot.core.charges import LastCharge
from storage import Database
from tests.storage.conftest import NOON, Clock, executed

EIGHT_HOURS = timedelta(hours=8)
WHOLE = LastCharge(NOON, Decimal("0.00010"), EIGHT_HOURS, NOON - EIGHT_HOURS, Decimal("-1E-8"), timedelta(hours=4))
BARE = LastCharge(NOON + timedelta(hours=1), Decimal("-0.0000125"), None)
BTC, ETH = ("bybit", "BTC/USDT:USDT"), ("okx", "ETH/USD:ETH")


async def test_nothing_was_seen_at_first(database: Database) -> None:
    assert await database.charges.load() == {}


async def test_what_was_saved_comes_back_to_the_digit(database: Database, other_process: Database) -> None:
    await database.charges.save({BTC: WHOLE, ETH: BARE})
    back = await other_process.charges.load()
    assert repr(dict(sorted(back.items()))) == repr({BTC: WHOLE, ETH: BARE})


async def test_only_what_differs_is_written(database: Database, other_process: Database) -> None:
    await database.charges.save({BTC: WHOLE, ETH: BARE})
    await executed(database, text("CREATE TRIGGER counted AFTER INSERT ON last_charges BEGIN DELETE FROM digests; END"))
    await executed(database, text("INSERT INTO digests VALUES (-1, '{}')"))
    await database.charges.save({BTC: WHOLE, ETH: BARE})
    assert await executed(database, text("SELECT count(*) FROM digests")) == [(1,)]  # no insert, no trigger
    later = replace(BARE, rate_per_interval=Decimal("0.0002"))
    await database.charges.save({BTC: WHOLE, ETH: later})
    assert await executed(database, text("SELECT count(*) FROM digests")) == [(0,)]
    assert await other_process.charges.load() == {BTC: WHOLE, ETH: later}


async def test_a_market_that_is_gone_for_a_week_is_forgotten(
    database: Database, other_process: Database, clock: Clock
) -> None:
    await database.charges.save({BTC: WHOLE, ETH: BARE})
    clock.advance(timedelta(days=7, seconds=1))
    await database.purge()
    assert await other_process.charges.load() == {ETH: BARE}  # due an hour later
