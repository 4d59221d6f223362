"""Ages of kept answers, with a clock that is set by hand and a source that counts how often it is asked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.core.errors import MarketUnavailable, NotPossible
from chatbot.market.freshness import Freshness, Keeping

START = datetime(2026, 3, 1, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUOTES = Keeping(5 * SECOND, MINUTE, 10 * MINUTE, most=3)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Source:
    """Answers 'coin 1', 'coin 2' ... once its gate is open; fails while `failure` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, coin: str) -> str:
        self.asked.append(coin)
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return f"{coin} {len(self.asked)}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def source() -> Source:
    return Source()


@pytest.fixture
def kept(source: Source, clock: Clock) -> Freshness[str, str]:
    return Freshness(source, QUOTES, clock, key_of=str)


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fresh_answer_is_served_without_asking(kept: Freshness[str, str], source: Source, clock: Clock) -> None:
    assert await kept.get("ETH") == "ETH 1"
    clock.now += 4.9 * SECOND
    assert await kept.get("ETH") == "ETH 1"
    assert kept.peek("ETH", clock.now) == "ETH 1"
    assert source.asked == ["ETH"]


async def test_looking_at_what_is_kept_asks_nobody(kept: Freshness[str, str], source: Source, clock: Clock) -> None:
    assert (kept.fresh("ETH", clock.now), kept.last("ETH")) == (None, None)
    await kept.get("ETH")
    assert (kept.fresh("ETH", clock.now), kept.last("ETH")) == ("ETH 1", "ETH 1")
    clock.now += 11 * MINUTE
    assert (kept.fresh("ETH", clock.now), kept.last("ETH")) == (None, "ETH 1")
    assert source.asked == ["ETH"]


async def test_identical_questions_at_one_time_are_asked_once(kept: Freshness[str, str], source: Source) -> None:
    answers = await asyncio.gather(*(kept.get("ETH") for _ in range(20)), kept.get("BTC"))
    assert answers == ["ETH 1"] * 20 + ["BTC 2"]
    assert source.asked == ["ETH", "BTC"]


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others(
    kept: Freshness[str, str], source: Source
) -> None:
    source.gate.clear()
    first, second = asyncio.create_task(kept.get("ETH")), asyncio.create_task(kept.get("ETH"))
    await _settled()
    first.cancel()
    await _settled()
    source.gate.set()
    assert await second == "ETH 1"
    assert first.cancelled()


async def test_an_answer_that_nobody_waits_for_any_more_is_kept(kept: Freshness[str, str], source: Source) -> None:
    source.gate.clear()
    only = asyncio.create_task(kept.get("ETH"))
    await _settled()
    only.cancel()
    source.gate.set()
    await _settled()
    assert await kept.get("ETH") == "ETH 1"


async def test_an_expired_answer_is_served_at_once_and_renewed_meanwhile(
    kept: Freshness[str, str], source: Source, clock: Clock
) -> None:
    await kept.get("ETH")
    clock.now += 30 * SECOND
    source.gate.clear()
    assert await kept.get("ETH") == "ETH 1"  # without waiting for the gate
    assert await kept.get("ETH") == "ETH 1"
    source.gate.set()
    await _settled()
    assert source.asked == ["ETH", "ETH"]
    assert await kept.get("ETH") == "ETH 2"


async def test_nothing_older_than_a_minute_is_served_untried(
    kept: Freshness[str, str], source: Source, clock: Clock
) -> None:
    await kept.get("ETH")
    clock.now += 61 * SECOND
    assert kept.peek("ETH", clock.now) is None
    assert await kept.get("ETH") == "ETH 2"


async def test_when_the_try_fails_the_old_answer_is_served_until_it_is_ten_minutes_old(
    kept: Freshness[str, str], source: Source, clock: Clock
) -> None:
    await kept.get("ETH")
    source.failure = MarketUnavailable("down")
    clock.now += 9 * MINUTE
    assert await kept.get("ETH") == "ETH 1"
    clock.now += MINUTE + SECOND
    with pytest.raises(MarketUnavailable):
        await kept.get("ETH")


async def test_a_failure_is_remembered_for_two_seconds(kept: Freshness[str, str], source: Source, clock: Clock) -> None:
    source.failure = MarketUnavailable("down")
    for _ in range(3):
        with pytest.raises(MarketUnavailable):
            await kept.get("ETH")
    assert source.asked == ["ETH"]
    source.failure = None
    clock.now += 2 * SECOND
    assert await kept.get("ETH") == "ETH 2"


async def test_that_there_is_no_such_thing_stands_as_long_as_an_answer(
    kept: Freshness[str, str], source: Source, clock: Clock
) -> None:
    source.failure = NotPossible("no tiers")
    for wait in (0, 3, 1):
        clock.now += wait * SECOND
        with pytest.raises(NotPossible):
            await kept.get("ETH")
    assert source.asked == ["ETH"]


async def test_a_bug_in_a_renewal_is_logged_and_not_kept(
    kept: Freshness[str, str], source: Source, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await kept.get("ETH")
    clock.now += 10 * SECOND
    source.failure = ZeroDivisionError("a bug")
    assert await kept.get("ETH") == "ETH 1"
    await _settled()
    assert "A renewal failed" in caplog.text


async def test_an_answer_may_say_itself_when_it_ends(source: Source, clock: Clock) -> None:
    until: Callable[[str, datetime], datetime] = lambda _, now: now + 60 * MINUTE  # noqa: E731 - a value
    kept: Freshness[str, str] = Freshness(source, QUOTES, clock, str, until)
    await kept.get("ETH")
    clock.now += 59 * MINUTE
    assert await kept.get("ETH") == "ETH 1"
    assert source.asked == ["ETH"]


async def test_memory_is_bounded(kept: Freshness[str, str], source: Source) -> None:
    for coin in ("A", "B", "C", "D"):
        await kept.get(coin)
    assert await kept.get("A") == "A 5"  # the oldest of three was forgotten


async def test_closing_cancels_what_is_under_way(kept: Freshness[str, str], source: Source) -> None:
    source.gate.clear()
    waiting = asyncio.create_task(kept.get("ETH"))
    await _settled()
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
