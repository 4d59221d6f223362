"""What may be written after /funding, what is refused, and that every line offered instead is understood."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import UserMistake
from handlers.funding.request import FundingRequest, line, parse

COINS = frozenset({"BTC", "ETH", "ALICE", "ALL", "W", "GATE", "MAP", "CARRY", "1INCH", "FLIP"})
EXCHANGES = ("binance", "bybit", "okx", "gate")
DAY = timedelta(days=1)


def read(words: str) -> FundingRequest:
    return parse(words, COINS, EXCHANGES)


def refused(words: str) -> UserMistake:
    with pytest.raises(UserMistake) as caught:
        read(words)
    return caught.value


def offered(words: str) -> list[str]:
    return [tip.command for tip in refused(words).suggestions]


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("", FundingRequest()),
        ("BTC", FundingRequest("BTC")),
        ("bitcoin", FundingRequest("BTC")),
        ("bybit BTC", FundingRequest("BTC", "bybit")),
        ("btc on gate.io 90d", FundingRequest("BTC", "gate", 90 * DAY)),
        ("12w of my ETH", FundingRequest("ETH", None, 84 * DAY)),
        ("ETH 36h", FundingRequest("ETH", None, timedelta(hours=36))),
        ("ETH 90 days", FundingRequest("ETH", None, 90 * DAY)),
        ("okx", FundingRequest(None, "okx")),
        ("gate", FundingRequest("GATE")),  # no other coin is named, so it is one
        ("#ALL", FundingRequest("ALL")),
        ("W", FundingRequest("W")),
        ("1INCH", FundingRequest("1INCH")),
        ("MAP", FundingRequest(is_map=True)),
        ("#MAP", FundingRequest("MAP")),
    ],
)
def test_words_may_come_in_any_order(words: str, request_: FundingRequest) -> None:
    assert read(words) == request_


@given(
    coin=st.sampled_from([None, *sorted(COINS)]),
    exchange=st.sampled_from([None, *EXCHANGES]),
    hours=st.none() | st.integers(24, 365 * 24),
)
def test_a_request_written_back_reads_as_itself(coin: str | None, exchange: str | None, hours: int | None) -> None:
    span = None if hours is None or coin is None else timedelta(hours=hours)
    asked = FundingRequest(coin, exchange, span)
    if coin is None and exchange == "gate":
        return  # a coin, too: where no coin is named it is meant
    assert read(line(asked).removeprefix("/funding")) == asked


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("BTC 5000d", ["/funding BTC 365d"]),
        ("BTC 500d", ["/funding BTC 365d"]),
        ("BTC 100w", ["/funding BTC 365d"]),
        ("BTC 0d", ["/funding BTC 1d"]),
        ("BTC 6h", ["/funding BTC 1d"]),
        ("BTC 90", ["/funding BTC 90d"]),
        ("BTC 90 bybit", ["/funding BTC 90d bybit"]),
        ("BTC 3m", ["/funding BTC 90d"]),
        ("BTC 6 months", ["/funding BTC 180d"]),
        ("BTC 1y", ["/funding BTC 365d"]),
        ("BTC 2 years", ["/funding BTC 365d"]),
        ("90d", ["/funding BTC 90d", "/funding ETH 90d"]),
        ("90d bybit", ["/funding BTC bybit 90d", "/funding ETH bybit 90d"]),
        ("BTC 30d 90d", ["/funding BTC 30d", "/funding BTC 90d"]),
    ],
)
def test_lengths_that_cannot_be_or_are_not_in_days(words: str, lines: list[str]) -> None:
    assert offered(words) == lines


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("10 ETH", ["/funding ETH", "/funding carry 10 ETH", "/hedge 10 ETH"]),
        ("10eth", ["/funding ETH", "/funding carry 10 ETH", "/hedge 10 ETH"]),
        ("$10k BTC", ["/funding BTC", "/funding carry $10000 BTC", "/hedge $10000 BTC"]),
        ("100 W", ["/funding W", "/funding carry 100 W", "/hedge 100 W"]),
        ("3m BTC", ["/funding BTC", "/funding carry 3000000 BTC", "/hedge 3000000 BTC"]),
        ("1,5 BTC", ["/funding BTC"]),
        ("$10k", ["/funding", "/help funding"]),
    ],
)
def test_an_amount_is_of_a_carry_or_a_hedge(words: str, lines: list[str]) -> None:
    assert offered(words) == lines


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("50% ETH", ["/funding ETH"]),
        ("half", ["/funding", "/help funding"]),
        ("all", ["/funding", "/help funding"]),
        ("BTC half", ["/funding BTC"]),
        ("BTC 2x", ["/funding BTC"]),
        ("BTC via ETH", ["/funding BTC", "/funding ETH"]),
        ("stake=7%", ["/funding", "/help funding"]),
    ],
)
def test_words_of_other_commands_are_not_dropped(words: str, lines: list[str]) -> None:
    assert refused(words).sentence
    assert offered(words) == lines


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("BTC carry $10k", ["/funding carry BTC $10k"]),
        ("BTC roll", ["/funding roll BTC"]),
        ("BTC alert > 0.05%", ["/funding alert BTC > 0.05%"]),
        ("BTC > 0.05%", ["/funding alert BTC > 0.05%"]),
        ("BTC below -0.05%", ["/funding alert BTC below -0.05%"]),
        ("map BTC", ["/funding map", "/funding BTC"]),
        ("map bybit", ["/funding map", "/funding bybit"]),
        ("map 90d", ["/funding map"]),
    ],
)
def test_what_is_asked_for_in_another_way(words: str, lines: list[str]) -> None:
    assert offered(words) == lines


def test_a_coin_that_is_called_like_a_subject_has_a_mark() -> None:
    assert read("#CARRY") == FundingRequest("CARRY")
    assert line(FundingRequest("CARRY")) == "/funding #CARRY"
    assert offered("BTC CARRY") == ["/funding carry BTC"]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("etthereum", ["/funding ETH"]),
        ("BTC ETH", ["/funding BTC", "/funding ETH"]),
        ("BTC ETH ALICE", ["/funding BTC", "/funding ETH", "/funding ALICE"]),
        ("BTC bybit okx", ["/funding BTC bybit", "/funding BTC okx"]),
        ("BTC mexc", ["/funding BTC"]),
        ("BTC zzzz", ["/funding BTC"]),
        ("zzzz", ["/help funding"]),
        ("<b>", ["/help funding"]),
    ],
)
def test_what_is_not_known_is_named(words: str, lines: list[str]) -> None:
    assert offered(words) == lines


WORDS = ["BTC", "ETH", "#ALL", "all", "half", "bybit", "gate", "mexc", "90d", "5000d", "0d", "1y", "90", "3", "m", "2x"]
WORDS += [
    "50%",
    "$10k",
    "10",
    "1,5",
    "via",
    "map",
    "carry",
    "alert",
    ">",
    "0.05%",
    "zzzz",
    "portfolio",
    "stake=7%",
    "on",
]


@given(st.lists(st.sampled_from(WORDS), max_size=5))
def test_every_line_that_is_offered_is_understood(words: list[str]) -> None:
    try:
        read(" ".join(words))
    except UserMistake as mistake:
        offers = [tip.command for tip in mistake.suggestions]
    else:
        return
    assert offers
    for each in offers:
        command, _, rest = each.partition(" ")
        if command == "/funding" and not rest.startswith(("alert", "carry", "roll")):
            read(rest)


@given(st.text(max_size=40))
def test_nothing_that_can_be_typed_is_more_than_a_mistake(text: str) -> None:
    with suppress(UserMistake):
        read(text)
