"""What can be written behind /risk, and what is answered to what cannot."""

import pytest

from chatbot.core.errors import UserMistake
from handlers.risk.moves import Move, move_line
from handlers.risk.request import Asked, WhatIf, line, parse
from tests.samples import d

COINS = frozenset({"BTC", "ETH", "SOL", "GATE", "1INCH"})
EXCHANGES = ("binance", "bybit", "gate")


def read(words: str) -> Asked:
    return parse(words, COINS, EXCHANGES)


def mistake(words: str) -> UserMistake:
    with pytest.raises(UserMistake) as caught:
        read(words)
    return caught.value


def test_nothing_is_the_portfolio_as_it_is() -> None:
    assert read("") is None
    assert read("of my") is None
    assert read("of my portfolio") is None


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("with hedge 10 ETH 50%", WhatIf("ETH", amount_base=d(10), share=d("0.5"))),
        ("with hedge ETH", WhatIf("ETH")),
        ("hedge half ETH 3x bybit", WhatIf("ETH", share=d("0.5"), leverage=d(3), exchange="bybit")),
        ("with hedge $5k SOL", WhatIf("SOL", value_usd=d(5000))),
        ("WITH HEDGE 0.5btc", WhatIf("BTC", amount_base=d("0.5"))),
        ("with hedge portfolio via ETH 50% 3x", WhatIf("ETH", None, None, d("0.5"), d(3), None, is_portfolio=True)),
        ("with hedge portfolio", WhatIf("BTC", is_portfolio=True)),
        ("with hedge 10 GATE on gate", WhatIf("GATE", amount_base=d(10), exchange="gate")),
    ],
)
def test_a_hedge_to_try_is_written_as_for_hedge(words: str, meant: WhatIf) -> None:
    assert read(words) == meant


@pytest.mark.parametrize(
    "what_if",
    [
        WhatIf("ETH"),
        WhatIf("ETH", amount_base=d("12.5"), share=d("0.25"), leverage=d(3), exchange="bybit"),
        WhatIf("SOL", value_usd=d("1234.5")),
        WhatIf("1INCH", amount_base=d(7)),
        WhatIf("GATE", share=d("0.75")),
        WhatIf("BTC", share=d("0.5"), is_portfolio=True),
    ],
)
def test_the_line_of_a_hedge_is_read_as_the_same_hedge(what_if: WhatIf) -> None:
    assert read(line(what_if).removeprefix("/risk ")) == what_if


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("BTC -30%", "-0.3"),
        ("btc −12.5 %", "-0.125"),
        ("if btc falls 30%", "-0.3"),
        ("what if bitcoin drops by 40%?", "-0.4"),
        ("if BTC falls -30%", "-0.3"),
        ("BTC +50%", "0.5"),
        ("if btc goes up 80%", "0.8"),
    ],
)
def test_a_move_of_bitcoin_is_read_in_the_ways_people_write_it(words: str, share: str) -> None:
    assert read(words) == Move(d(share))
    assert read(move_line(Move(d(share))).removeprefix("/risk ")) == Move(d(share))


def test_the_same_hedge_is_sized_by_hedge() -> None:
    assert line(WhatIf("ETH", amount_base=d(10), share=d("0.5"), leverage=d(3)), "/hedge") == "/hedge 10 ETH 50% 3x"
    assert line(WhatIf("ETH"), "/hedge") == "/hedge ETH 100%"


@pytest.mark.parametrize(
    ("words", "sentence", "offered"),
    [
        ("10 ETH", "Is that a hedge to try? Then write with hedge before it.", "/risk with hedge 10 ETH 100%"),
        ("etthereum", 'I don\'t know "etthereum". Did you mean ETH?', "/risk ETH"),
        ("with hegde 10 ETH", 'I don\'t know "hegde". Did you mean hedge?', "/risk with hedge 10 ETH"),
        ("with hedge 0 ETH", "0: it must be more than zero.", "/risk with hedge 10 ETH 50%"),
        ("with hedge ETH 0%", "0%: it must be more than zero.", "/risk with hedge 10 ETH 50%"),
        ("with hedge 10 ETH 150%", "150% is more than all of it.", "/risk with hedge 10 ETH 100%"),
        ("with hedge", "A hedge in which coin?", "/risk with hedge 10 ETH 50%"),
        ("with hedge 50%", "A hedge in which coin?", "/risk with hedge 10 ETH 50%"),
        ("with hedge $500", "A hedge in which coin?", "/risk with hedge 10 ETH 50%"),
        ("with hedge 3 ETH 2 SOL", "ETH and SOL: one hedge at a time.", "/risk with hedge 2 SOL 100%"),
        ("with hedge 3 ETH SOL", "ETH and SOL: one hedge at a time.", "/risk with hedge 3 ETH 100%"),
        (
            "30d",
            "The days of the figures cannot be chosen: each is said beside its figure.",
            "/risk",
        ),
        (
            "with hedge 10 ETH via BTC",
            "Here the short itself is named, as in: with hedge 0.1 BTC. How large a hedge via BTC is, /hedge says.",
            "/hedge portfolio via BTC",
        ),
        ("with", "With what? A hedge can be tried.", "/risk with hedge 10 ETH 50%"),
        ("wiht hedge 10 ETH", 'I don\'t know "wiht". Did you mean with?', "/risk with hedge 10 ETH"),
        (
            "with tilt BTC 65 ETH 35",
            "A tilt, with its legs and its deltas, is worked out by /allocate.",
            "/allocate tilt BTC 65 ETH 35",
        ),
        ("ETH -30%", "Moves are tried of BTC; each coin follows by its beta.", "/risk BTC -30%"),
        (
            "if btc falls 100%",
            "A fall is more than 0 % and less than 100 %, a rise less than 1000 %.",
            "/risk BTC -30%",
        ),
        ("BTC -0%", "A fall is more than 0 % and less than 100 %, a rise less than 1000 %.", "/risk BTC -30%"),
        (
            "with hedge portfolio 10 ETH",
            "The whole portfolio has its size: a part of it is a share, as 50%.",
            "/risk with hedge portfolio via BTC 100%",
        ),
        ("with hedge 1,5 ETH", None, "/risk with hedge 1.5 ETH"),
    ],
)
def test_a_mistake_comes_with_the_corrected_line(words: str, sentence: str | None, offered: str) -> None:
    found = mistake(words)
    assert sentence in (found.sentence, None)
    assert offered in [each.command for each in found.suggestions]
