"""What is read of a line is written back as a line that reads the same."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Problem
from handlers.allocate.tilt.request import ENHANCE, TILT, TiltRequest, line, parse

COINS = frozenset({"BTC", "ETH", "SOL", "GATE", "W", "DATED", "1INCH", "ALL"})
EXCHANGES = ("binance", "bybit", "gate")

coins = st.lists(st.sampled_from(sorted(COINS)), min_size=2, max_size=4, unique=True)
amounts = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)
terms: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "leverage": st.none() | st.integers(1, 100).map(Decimal),
        "exchange": st.none() | st.sampled_from(EXCHANGES),
        "horizon": st.none() | st.integers(1, 17_520).map(lambda hours: timedelta(hours=hours)),
        "stop_share": st.none() | st.integers(1, 50).map(lambda percent: Decimal(percent) / 100),
        "is_dated": st.booleans(),
        "is_neutral": st.booleans(),
        "wants_spot": st.booleans(),
    }
)


@st.composite
def tilts(draw: st.DrawFn) -> TiltRequest:
    """Two to four coins; of an amount or of what is held."""
    names = draw(coins)
    weights, before = (_split(draw, len(names)) for _ in range(2))
    is_stated = draw(st.booleans())
    return TiltRequest(
        TILT,
        tuple(zip(names, weights, strict=True)),
        before if is_stated else (),
        draw(amounts) if is_stated else None,
        **draw(terms),
    )


def _split(draw: st.DrawFn, count: int) -> tuple[Decimal, ...]:
    """Weights that sum to 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 1000), min_size=count - 1, max_size=count - 1)))
    ends = [0, *cuts, 1000]
    return tuple(Decimal(after - before) / 10 for before, after in pairwise(ends))


def words_of(written: str) -> str:
    return written.split(maxsplit=2)[2]


@given(request=tilts())
def test_a_tilt_is_read_as_it_was_written(request: TiltRequest) -> None:
    assert parse(TILT, words_of(line(request)), COINS, EXCHANGES) == request


@given(coin=st.sampled_from(sorted(COINS)), amount=amounts, said=terms)
def test_so_is_more_of_a_coin(coin: str, amount: Decimal, said: dict[str, Any]) -> None:
    request = TiltRequest(ENHANCE, ((coin, Decimal(0)),), amount_usd=amount, **(said | {"is_neutral": False}))
    assert parse(ENHANCE, words_of(line(request)), COINS, EXCHANGES) == request


COINS_AND_WEIGHTS = ["BTC", "ETH", "#ALL", "foo", "65", "35%", "-5", "10", "1,5", "50/50", "100/", "50"]
TERMS = ["$100k", "usd", "5x", "gate", "on", "2w", "30", "days", "stop=5", "expiry=1", "dated", "spot", "neutral"]
ODD = ["from", "to", "/", "%", "coin=", "$", "=", "via"]


@given(
    words=st.lists(st.sampled_from(COINS_AND_WEIGHTS + TERMS + ODD), max_size=8), verb=st.sampled_from([TILT, ENHANCE])
)
def test_whatever_is_written_is_read_or_told_why_not(words: list[str], verb: str) -> None:
    with suppress(Problem):
        request = parse(verb, " ".join(words), COINS, EXCHANGES)
        assert not request.weights or parse(verb, words_of(line(request)), COINS, EXCHANGES) == request
