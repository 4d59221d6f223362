"""How a line is read: every way of writing, what is refused, and what is offered instead."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import UserMistake
from handlers import grammar
from handlers.grammar import (
    CoinWord,
    Exchange,
    Horizon,
    Keyword,
    Leverage,
    Named,
    Part,
    Quantity,
    Share,
    Value,
    Via,
    Vocabulary,
    coin_word,
    nearest,
)
from handlers.grammar.numbers import parse_number
from tests.samples import d

LISTED = "BTC ETH SOL DOGE PEPE GATE HYPER ONE W X A IN ALL MX BUSD 1INCH 币安人生"
COINS = frozenset(LISTED.split())
EXCHANGES = ("binance", "bybit", "okx", "gate", "hyperliquid")
KNOWN = Vocabulary(
    COINS, EXCHANGES, frozenset({"portfolio", "venues"}), frozenset({"price", "contract", "stake", "entry", "beta"})
)
NO_MARKET = Vocabulary(frozenset(), EXCHANGES)


def read(words: str, vocabulary: Vocabulary = KNOWN) -> list[Part]:
    return list(grammar.read("/hedge", words, vocabulary))


def refusal(words: str, vocabulary: Vocabulary = KNOWN) -> tuple[str, list[str]]:
    """The sentence, and the lines on its buttons."""
    with pytest.raises(UserMistake) as caught:
        read(words, vocabulary)
    return caught.value.sentence, [tip.command for tip in caught.value.suggestions]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("10 ETH", [Quantity(d(10), "ETH")]),
        ("0.5btc", [Quantity(d("0.5"), "BTC")]),
        (".5 BTC", [Quantity(d("0.5"), "BTC")]),
        ("50,000 X", [Quantity(d(50_000), "X")]),
        ("1,234,567.89 X", [Quantity(d("1234567.89"), "X")]),
        ("1.5m DOGE", [Quantity(d(1_500_000), "DOGE")]),
        ("1.5mdoge", [Quantity(d(1_500_000), "DOGE")]),
        ("2_000 SOL", [Quantity(d(2_000), "SOL")]),
        ("1e3 SOL", [Quantity(d(1_000), "SOL")]),
        ("10 of my bitcoin", [Quantity(d(10), "BTC")]),
        ("10 $eth", [Quantity(d(10), "ETH")]),
        ("5 币安人生", [Quantity(d(5), "币安人生")]),
        ("10000 TKX", [Quantity(d(10_000), "TKX")]),
    ],
)
def test_a_quantity_and_its_coin_are_joined_or_apart(words: str, parts: list[Part]) -> None:
    assert read(words) == parts


@pytest.mark.parametrize(
    "words",
    ["$20k SOL", "$20,000 SOL", "20000 usd SOL", "20k$ of SOL", "20kusd sol", "$20ksol", "20k dollars in solana"],
)
def test_a_value_of_a_coin_is_written_in_dollars(words: str) -> None:
    assert read(words) == [Value(d(20_000), "SOL")]


def test_a_value_alone_belongs_to_what_other_words_say() -> None:
    assert read("$5,000") == [Value(d(5_000), None)]
    assert read("SOL $5,000 bybit") == [CoinWord("SOL"), Value(d(5_000), None), Exchange("bybit")]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("50%", Share(d("0.5"))),
        ("50 %", Share(d("0.5"))),
        ("half", Share(d("0.5"))),
        ("ALL", Share(d(1))),
        ("2x", Leverage(d(2))),
        ("2.5X", Leverage(d("2.5"))),
        ("x3", Leverage(d(3))),
        ("30d", Horizon(timedelta(days=30))),
        ("2w", Horizon(timedelta(days=14))),
        ("12h", Horizon(timedelta(hours=12))),
        ("0.5d", Horizon(timedelta(hours=12))),
        ("30 days", Horizon(timedelta(days=30))),
        ("bybit", Exchange("bybit")),
        ("on OKEX", Exchange("okx")),
        ("hl", Exchange("hyperliquid")),
        ("via ETH", Via("ETH")),
        ("price=2", Named("price", d(2))),
        ("price = $3,450.5", Named("price", d("3450.5"))),
        ("entry=3.4k", Named("entry", d(3_400))),
        ("beta=1.4", Named("beta", d("1.4"))),
        ("stake=7%", Named("stake", d("0.07"))),
        ("stake=0%", Named("stake", d(0))),
        ("venues", Keyword("venues")),
    ],
)
def test_each_other_part_is_one_word(words: str, part: Part) -> None:
    assert read(words) == [part]


def test_words_come_in_any_order_and_filler_is_passed_over() -> None:
    parts = {Quantity(d(10), "ETH"), Share(d("0.5")), Leverage(d(2)), Exchange("bybit"), Horizon(timedelta(days=30))}
    assert set(read("10 ETH 50% 2x bybit 30d")) == parts
    assert set(read("for 30d, on bybit at 2x 50% of my 10 eth")) == parts


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("10 GATE", [Quantity(d(10), "GATE")]),
        ("5 ONE", [Quantity(d(5), "ONE")]),
        ("100 W", [Quantity(d(100), "W")]),
        ("100w", [Horizon(timedelta(weeks=100))]),
        ("2 X", [Quantity(d(2), "X")]),
        ("2 X 2x", [Quantity(d(2), "X"), Leverage(d(2))]),
        ("5 A 50%", [Quantity(d(5), "A"), Share(d("0.5"))]),
        ("5 in ETH", [Quantity(d(5), "ETH")]),
        ("5 IN", [Quantity(d(5), "IN")]),
        ("10 all", [Quantity(d(10), "ALL")]),
        ("10 #ALL", [Quantity(d(10), "ALL")]),
        ("#ALL", [CoinWord("ALL")]),
        ("coin=ALL", [CoinWord("ALL")]),
        ("10 #XYZ", [Quantity(d(10), "XYZ")]),
        ("10 ETH gate", [Quantity(d(10), "ETH"), Exchange("gate")]),
        ("10 ETH on gate", [Quantity(d(10), "ETH"), Exchange("gate")]),
        ("$5k on gate SOL", [Value(d(5_000), None), Exchange("gate"), CoinWord("SOL")]),
        ("$5k x3 SOL", [Value(d(5_000), None), Leverage(d(3)), CoinWord("SOL")]),
        ("SOL $5k x3", [CoinWord("SOL"), Value(d(5_000), None), Leverage(d(3))]),
        ("gate 50%", [CoinWord("GATE"), Share(d("0.5"))]),
        ("gate bybit venues", [CoinWord("GATE"), Exchange("bybit"), Keyword("venues")]),
        ("on gate", [Exchange("gate")]),
        ("portfolio gate", [Keyword("portfolio"), Exchange("gate")]),
        ("HYPER", [CoinWord("HYPER")]),
        ("1INCH", [CoinWord("1INCH")]),
        ("10 1inch", [Quantity(d(10), "1INCH")]),
        ("10mx", [Quantity(d(10), "MX")]),
        ("10busd", [Quantity(d(10), "BUSD")]),
        ("10kpepe", [Quantity(d(10_000), "PEPE")]),
        ("1000PEPE", [Quantity(d(1_000), "PEPE")]),
    ],
)
def test_where_a_word_could_be_two_things_its_place_decides(words: str, parts: list[Part]) -> None:
    assert read(words) == parts


def test_a_coin_of_an_exchange_that_is_not_asked_here_is_the_coin() -> None:
    elsewhere = Vocabulary(COINS, ("binance",))
    assert read("GATE 50%", elsewhere) == [CoinWord("GATE"), Share(d("0.5"))]
    assert refusal("ETH on gate", elsewhere)[0] == "Gate is not asked here. Here: Binance."


def test_while_no_market_is_loaded_every_ticker_counts_as_a_coin() -> None:
    assert read("tkx 50%", NO_MARKET) == [CoinWord("TKX"), Share(d("0.5"))]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("1,5 ETH", ["/hedge 1.5 ETH", "/hedge 1,500 ETH"]),
        ("2x 1,5m DOGE", ["/hedge 2x 1.5m DOGE", "/hedge 2x 1,500m DOGE"]),
        ("price=1,25 X", ["/hedge price=1.25 X", "/hedge price=1,250 X"]),
        ("$2,5k SOL", ["/hedge $2.5k SOL", "/hedge $2,500k SOL"]),
        ("1.500,00 ETH", ["/hedge 1500.00 ETH"]),
        ("0,5 ETH", ["/hedge 0.5 ETH"]),
        ("0,500 ETH", ["/hedge 0.500 ETH"]),
    ],
)
def test_a_comma_that_may_part_decimals_is_refused_and_its_readings_offered(words: str, lines: list[str]) -> None:
    assert refusal(words)[1] == lines


def test_one_comma_five_is_explained() -> None:
    assert refusal("1,5 ETH")[0] == '"1,5" can be read in two ways: commas part thousands, a point parts decimals.'


@pytest.mark.parametrize(
    ("words", "sentence", "lines"),
    [
        ("etthereum", 'I don\'t know "etthereum". Did you mean ETH?', ["/hedge ETH"]),
        ("10 ETH byybit", 'I don\'t know "byybit". Did you mean bybit?', ["/hedge 10 ETH bybit"]),
        ("10 ETH 🚀", 'I don\'t know "🚀".', ["/hedge 10 ETH"]),
        ("<b>x</b> ETH", 'I don\'t know "<b>x</b>".', ["/hedge ETH"]),
        ("10.5.5 ETH", 'I don\'t know "10.5.5".', ["/help hedge"]),
        ("0 ETH", "0: it must be more than zero.", []),
        ("-5 ETH", "-5: it must be more than zero.", ["/hedge 5 ETH"]),
        ("1e30 ETH", "1e30 is too large to be meant.", []),
        ("1e-30 ETH", "1e-30 is too small to be meant.", []),
        ("ETH 150%", "150% is more than all of it.", ["/hedge ETH 100%"]),
        ("ETH 0x", "0x: it must be more than zero.", []),
        ("ETH 5000x", "5000x is more than any exchange allows.", ["/hedge ETH 2x"]),
        ("ETH 5000 days", "5000 days is longer than ten years.", ["/hedge ETH 30d"]),
        ("ETH 1.6h", "1.6h is no whole number of hours.", ["/hedge ETH 2h"]),
        ("ETH 2x 3x", "2x and 3x: which one?", ["/hedge ETH 2x", "/hedge ETH 3x"]),
        ("ETH on okx bybit", "on okx and bybit: which one?", ["/hedge ETH on okx", "/hedge ETH bybit"]),
        ("10 ETH 5 ETH", "10 ETH and 5 ETH: which one?", ["/hedge 10 ETH", "/hedge 5 ETH"]),
        ("X price=2 price=3", "price=2 and price=3: which one?", ["/hedge X price=2", "/hedge X price=3"]),
        ("ETH stake=7", "stake= is a percentage.", ["/hedge ETH stake=7%"]),
        ("ETH stake=-7%", "stake=-7%: it must not be below zero.", ["/hedge ETH stake=7%"]),
        ("ETH pric=2", None, ["/hedge ETH price=2"]),
        ("ETH via", "via which coin?", ["/hedge ETH via BTC", "/hedge ETH via ETH"]),
        ("ETH bitget", "Bitget is not asked here. Here: Binance, Bybit, OKX, Gate, Hyperliquid.", ["/hedge ETH"]),
        ("ETH 10 2x", "10 of which coin? The coin comes right behind its quantity.", ["/hedge 10 ETH 2x"]),
        ("1 000 ETH", "1 of which coin? The coin comes right behind its quantity.", ["/hedge 1000 ETH"]),
        ("bybit 10 2x", None, ["/hedge bybit 10 BTC 2x", "/hedge bybit 10 ETH 2x"]),
        ("5 1000LUNC", None, ["/hedge 5 #1000LUNC"]),
        ("nonsense", 'I don\'t know "nonsense".', ["/help hedge"]),
        ("10 bybit ETH", None, ["/hedge 10 ETH bybit"]),
        ("10 via ETH", None, ["/hedge 10 BTC via ETH", "/hedge 10 ETH via ETH"]),
    ],
)
def test_what_cannot_be_meant_is_named_and_the_corrected_line_offered(
    words: str, sentence: str | None, lines: list[str]
) -> None:
    said, offered = refusal(words)
    assert offered == lines
    assert sentence in (None, said)


def test_two_coins_with_their_own_quantities_are_left_to_the_command() -> None:
    assert read("10 ETH, 5 SOL") == [Quantity(d(10), "ETH"), Quantity(d(5), "SOL")]


def test_ten_thousand_characters_are_counted_and_not_read() -> None:
    assert refusal("9" * 10_000)[0] == "That is 10,000 characters; a line has up to 1,000."


def test_a_long_word_is_repeated_in_part() -> None:
    assert refusal("z" * 500)[0] == f'I don\'t know "{"z" * 40}…".'


def test_direction_marks_are_taken_out_before_reading() -> None:
    assert read("10 \u202eETH\u202c\u200f") == [Quantity(d(10), "ETH")]


def test_arabic_digits_are_digits() -> None:
    assert read("١٠ ETH") == [Quantity(d(10), "ETH")]


@pytest.mark.parametrize(
    ("coin", "written"),
    [("ETH", "ETH"), ("ALL", "#ALL"), ("GATE", "#GATE"), ("IN", "#IN"), ("1INCH", "#1INCH"), ("USD", "#USD")],
)
def test_a_coin_is_written_with_a_hash_where_its_name_could_mean_something_else(coin: str, written: str) -> None:
    assert coin_word(coin) == written


def test_a_name_far_less_alike_is_not_offered_beside_the_best() -> None:
    assert nearest("etthereum", {"ETH", "ETHW", "BTC", "THE"}) == ("ETH",)
    assert nearest("SOLL", {"SOL", "SOLV", "BTC"}) == ("SOL", "SOLV")
    assert nearest("qqqqqq", COINS) == ()


PIECES = (
    "10 0 1,5 1.500,00 1e30 - $20k $ 50% 50 % 2x 0x 30d 2w on gate bybit via ETH SOL GATE A IN ALL all half usd x2 "
    "price=2 price= =2 stake=7 stake=7% coin= #ALL # portfolio venues of days 1 000 kpepe 10mx , ; 🚀 <b>"
)
WORDS = st.lists(st.sampled_from(PIECES.split()) | st.text(max_size=12), max_size=12).map(" ".join)


def mistake_in(words: str, vocabulary: Vocabulary) -> UserMistake | None:
    """None where the words are read."""
    try:
        read(words, vocabulary)
    except UserMistake as mistake:
        return mistake
    return None


@given(WORDS, st.sampled_from([KNOWN, NO_MARKET]))
def test_whatever_is_written_is_read_or_refused_with_lines_of_this_command(words: str, vocabulary: Vocabulary) -> None:
    mistake = mistake_in(words, vocabulary)
    assert mistake is None or mistake.sentence
    assert mistake is None or all(tip.command.startswith(("/hedge", "/help hedge")) for tip in mistake.suggestions)


@given(st.sampled_from(sorted(COINS)), st.decimals("0.000001", "1000000", places=6))
def test_every_listed_coin_can_be_written_behind_a_quantity_and_alone(coin: str, amount: object) -> None:
    word = coin_word(coin, KNOWN.keywords)
    assert read(f"{amount} {word}") == [Quantity(d(str(amount)), coin)]
    assert read(f"bybit {word} 2x") == [Exchange("bybit"), CoinWord(coin), Leverage(d(2))]


@pytest.mark.parametrize("written", ["", ".", "+", "−", "-.", "e5", ".e5", "%", "5x"])
def test_what_has_no_digit_of_its_own_is_no_number(written: str) -> None:
    assert parse_number(written) is None


@pytest.mark.parametrize("written", ["-$5k", "−$5k", "$-5k"])
def test_the_sign_of_dollars_may_stand_before_or_behind_theirs(written: str) -> None:
    mistake = mistake_in(written, KNOWN)
    assert mistake is not None
    assert mistake.sentence == f"{written}: it must be more than zero."
    assert [tip.command for tip in mistake.suggestions] == ["/hedge $5k"]
