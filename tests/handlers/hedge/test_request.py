"""What is asked of /hedge, and the same request written as a line again."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import UserMistake
from handlers.hedge.request import HedgeRequest, line, parse
from tests.samples import d

LISTED = "BTC ETH SOL GATE HYPER ALL A IN W X 1INCH PORTFOLIO VENUES ONE"
COINS = frozenset(LISTED.split())
EXCHANGES = ("binance", "bybit", "okx", "gate")


def test_the_longest_line_of_the_help_is_one_request() -> None:
    assert parse("10 ETH 50% 2x bybit 30d", COINS, EXCHANGES) == HedgeRequest(
        coin="ETH", amount_base=d(10), share=d("0.5"), leverage=d(2), exchange="bybit", horizon=timedelta(days=30)
    )


def test_of_two_coins_each_is_offered_with_its_own_amount() -> None:
    with pytest.raises(UserMistake) as caught:
        parse("10 ETH 0.5 BTC 50% bybit", COINS, EXCHANGES)
    assert caught.value.sentence == "2 coins: ETH, BTC. One hedge at a time."
    assert [tip.command for tip in caught.value.suggestions] == [
        "/hedge 10 ETH 50% bybit",
        "/hedge 0.5 BTC 50% bybit",
    ]


def numbers(least: str, most: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, most, places=8)


@st.composite
def requests(draw: st.DrawFn) -> HedgeRequest:
    """Any request that a line can ask for."""
    is_portfolio = draw(st.booleans())
    size = draw(st.sampled_from(["none", "amount", "value"]))
    via = draw(st.none() | st.sampled_from(sorted(COINS)))
    beta = draw(st.none() | numbers("0.01", "5")) if via else None
    price = draw(st.none() | numbers("0.00000001", "100000")) if via is None or beta is not None else None
    return HedgeRequest(
        coin=None if is_portfolio else draw(st.sampled_from(sorted(COINS))),
        amount_base=draw(numbers("0.00000001", "1000000000")) if size == "amount" and not is_portfolio else None,
        value_usd=draw(numbers("1", "1000000000")) if size == "value" and not is_portfolio else None,
        is_portfolio=is_portfolio,
        share=draw(st.none() | numbers("0.000001", "1")),
        leverage=draw(st.none() | numbers("1", "125")),
        horizon=draw(st.none() | st.integers(1, 17_520).map(lambda hours: timedelta(hours=hours))),
        exchange=draw(st.none() | st.sampled_from(EXCHANGES)),
        via=via,
        price_quote=price,
        contract_quote=draw(st.none() | numbers("0.01", "100000")) if price is not None else None,
        beta=beta,
        staking_yield_per_year=draw(st.none() | numbers("0.0001", "2")),
        expiry=draw(st.none() | st.sampled_from([d(261225), d(270326)])),
        is_inverse=draw(st.booleans()),
        wants_venues=draw(st.booleans()),
    )


@given(requests())
def test_a_request_written_as_a_line_and_read_again_is_the_same(request: HedgeRequest) -> None:
    assert parse(line(request).removeprefix("/hedge"), COINS, EXCHANGES) == request


@given(st.text(max_size=60))
def test_no_line_is_a_bug(words: str) -> None:
    with suppress(UserMistake):
        parse(words, COINS, EXCHANGES)
