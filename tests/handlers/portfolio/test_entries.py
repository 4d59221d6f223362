"""How lines after /portfolio are read: what each form means, and that nothing is guessed or dropped."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.errors import Problem, UserMistake
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from handlers.portfolio.edits import Add, Close, Edit, Hold, Remove, Set, applied
from handlers.portfolio.entries import MEANT, Known, lines_of, read_all, read_one
from tests.fakes import spot_price
from tests.samples import d

COINS = frozenset({"BTC", "ETH", "SOL", "DOGE", "GATE", "SET", "ALL"})
HELD = Portfolio((Holding("ETH", d(10)), Holding("TKX", d(7))), (FuturesPosition("ETH", Side.SHORT, d(5), "bybit"),))
KNOWN = Known(COINS, ("binance", "bybit", "okx", "gate"), HELD, {"SOL": spot_price("SOL", "150")})
NO_MARKET = Known(frozenset(), ("bybit",), Portfolio(), {})


def refusal(words: str, known: Known = KNOWN) -> tuple[str, list[str]]:
    """The sentence, and the lines on its buttons."""
    with pytest.raises(Problem) as caught:
        read_all(lines_of(words), known)
    return caught.value.sentence, [tip.command for tip in caught.value.suggestions]


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("add 10 ETH", Add("ETH", d(10))),
        ("10 eth add", Add("ETH", d(10))),
        ("add 0.5btc", Add("BTC", d("0.5"))),
        ("add 1.5m doge", Add("DOGE", d(1_500_000))),
        ("add 100 SOL stake=7%", Add("SOL", d(100), d("0.07"))),
        ("add 10 SET", Add("SET", d(10))),
        ("add 10 GATE", Add("GATE", d(10))),
        ("add $5,000", Add("USD", d(5000))),
        ("add 500 usdt", Add("USDT", d(500))),
        ("set 10 of my ETH", Set("ETH", d(10))),
        ("set ETH stake=4%", Set("ETH", None, d("0.04"))),
        ("set ETH stake=0%", Set("ETH", None, d(0))),
        ("remove ETH", Remove("ETH")),
        ("remove 4 ETH", Remove("ETH", d(4))),
        ("remove half ETH", Remove("ETH", None, d("0.5"))),
        ("remove TKX", Remove("TKX")),  # held, though no exchange lists it
        ("short 5 ETH bybit entry=3450 2x", Hold(FuturesPosition("ETH", Side.SHORT, d(5), "bybit", d(3450), d(2)))),
        ("long 1 BTC", Hold(FuturesPosition("BTC", Side.LONG, d(1)))),
        ("2x okx long entry=60k 1 BTC", Hold(FuturesPosition("BTC", Side.LONG, d(1), "okx", d(60_000), d(2)))),
        ("remove short ETH", Close("ETH", Side.SHORT)),
        ("remove short ETH bybit", Close("ETH", Side.SHORT, "bybit")),
    ],
)
def test_each_form_has_its_meaning(text: str, edit: Edit) -> None:
    assert read_one(text, KNOWN) == edit


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("add 10 ETH", ["add 10 ETH"]),
        ("add 10 ETH\n5 BTC", ["add 10 ETH", "add 5 BTC"]),
        ("add\n10 ETH\n5 BTC", ["add 10 ETH", "add 5 BTC"]),
        ("set 10 ETH, 5 BTC; 1,500 SOL", ["set 10 ETH", "set 5 BTC", "set 1,500 SOL"]),
        ("add 10 ETH\n\nremove SOL\nshort 5 ETH", ["add 10 ETH", "remove SOL", "short 5 ETH"]),
    ],
)
def test_a_line_is_an_entry_and_takes_the_verb_of_the_first(words: str, texts: list[str]) -> None:
    assert [line.text for line in lines_of(words)] == texts


@pytest.mark.parametrize(
    ("words", "sentence", "buttons"),
    [
        (
            "10 ETH",
            "Add it to what is held, or set the holding to it?",
            ["/portfolio add 10 ETH", "/portfolio set 10 ETH"],
        ),
        ("ETH", "What about ETH?", ["/portfolio remove #ETH", "/hedge #ETH"]),
        (
            "add BTC",
            "How many BTC?",
            ["/portfolio add 1 #BTC", "/portfolio add 10 #BTC", "/portfolio add 100 #BTC"],
        ),
        (
            "add 10 etthereum",
            "No exchange here lists ETTHEREUM. Did you mean ETH? It can be kept, without a price.",
            ["/portfolio add 10 ETH", "/portfolio add 10 #ETTHEREUM"],
        ),
        (
            "add $20k SOL",
            "$20,000 of SOL changes with its price, so coins are kept: 133.3 SOL now.",
            ["/portfolio add 133.3 #SOL"],
        ),
        (
            "short $3k SOL bybit 2x",
            "$3,000 of SOL changes with its price, so coins are kept: 20 SOL now.",
            ["/portfolio short 20 #SOL bybit 2x"],
        ),
        ("add $5k BTC", "How many BTC is that? I have no price to tell; write the coins: 10 BTC.", []),
        ("remove 50 ETH", "50 ETH are more than the 10 held.", ["/portfolio remove #ETH"]),
        ("remove BTC", "No BTC is held here.", ["/portfolio"]),
        ("remove long ETH", "No long of ETH is kept here.", ["/portfolio"]),
        (
            "add short 1 ETH bybit",
            "A short of 5 ETH is kept there already. Write what it is in all, with its new entry price.",
            ["/portfolio short 6 ETH bybit"],
        ),
        ("set BTC stake=4%", "No BTC is held, so it cannot be staked. Give an amount, too.", []),
        ("add 1 ETH stake=600%", "stake=600% is too large to be meant.", []),
        (
            "add 1 ETH entry=3000",
            "entry= has no meaning here. An entry price belongs to a futures position: short 5 ETH entry=3450.",
            [],
        ),
        (
            "add 1 ETH 2x",
            f"Leverage has no meaning here. {MEANT['futures']}",
            [],
        ),
        ("remove 5 ETH 50%", "A quantity and a share: which one is to go?", []),
        (
            "add 1 ETH 0.5 BTC",
            "Two amounts in one entry: write each on its own line, or with a comma between them.",
            ["/portfolio add 1 ETH, 0.5 BTC"],
        ),
        (
            "add 1 ETH $5 BTC",
            "Two amounts in one entry: write each on its own line, or with a comma between them.",
            [],
        ),
        ("add 1 ETH SOL", "ETH and SOL in one entry: write each on its own line, with its amount.", []),
        (
            "add set ETH",
            "add and set: which one? A coin of that name is written #SET.",
            ["/portfolio #ADD set ETH", "/portfolio add #SET ETH"],
        ),
    ],
)
def test_what_is_unclear_is_said_with_the_way_on(words: str, sentence: str, buttons: list[str]) -> None:
    assert refusal(words) == (sentence, buttons)


def test_one_bad_line_stores_nothing_and_offers_the_rest_with_it_corrected() -> None:
    assert refusal("add 1 ETH\n1,5 BTC\n3 SOL") == (
        'Nothing is stored yet.\nLine 2: "1,5" can be read in two ways: commas part thousands, a point parts decimals.',
        [
            "/portfolio add 1 ETH\nadd 3 SOL",
            "/portfolio add 1 ETH\nadd 1.5 BTC\nadd 3 SOL",
            "/portfolio add 1 ETH\nadd 1,500 BTC\nadd 3 SOL",
        ],
    )


def test_every_bad_line_is_named_by_its_number() -> None:
    sentence, buttons = refusal("add 1 ETH\n5 etthereum\nremove BTC")
    assert [line.partition(":")[0] for line in sentence.splitlines()[1:]] == ["Line 2", "Line 3"]
    assert buttons == ["/portfolio add 1 ETH"]


def test_a_coin_that_is_set_twice_is_named_since_the_second_would_win() -> None:
    sentence, _ = refusal("set 1 ETH\n2 ETH")
    assert sentence == "Nothing is stored yet.\nLine 2: ETH is there twice. Write it once, with its total."


def test_the_same_coin_may_be_added_twice() -> None:
    assert applied(read_all(lines_of("add 1 ETH\n2 ETH"), KNOWN), HELD).holding("ETH") == Holding("ETH", d(13))


def test_while_no_exchange_answers_every_ticker_is_taken() -> None:
    assert read_one("add 10 NEWCOIN", NO_MARKET) == Add("NEWCOIN", d(10))


def test_too_many_lines_are_refused_with_the_limit() -> None:
    assert refusal("add 1 ETH\n" * 201)[0] == "201 lines are more than I take at once: at most 200."


def test_ten_thousand_characters_are_refused_politely() -> None:
    assert "1,000" in refusal("add " + "9" * 10_000)[0]


@given(st.text(max_size=80))
def test_whatever_is_written_only_the_asker_is_at_fault(words: str) -> None:
    with suppress(Problem):  # anything else would be a bug
        read_all(lines_of(words), KNOWN)


amounts = st.decimals(min_value="0.001", max_value="1000000", places=3)


@given(amounts, st.sampled_from(sorted(COINS)), st.sampled_from(["add", "set"]))
def test_what_is_written_is_what_is_held(amount: object, coin: str, verb: str) -> None:
    edits = read_all(lines_of(f"{verb} {amount} {coin}"), KNOWN)
    assert applied(edits, Portfolio()) == Portfolio((Holding(coin, d(str(amount))),))


def test_a_correction_can_be_read() -> None:
    for words in ("add 10 etthereum", "add $20k SOL", "add 1 ETH\n1,5 BTC\n3 SOL", "add short 1 ETH bybit"):
        for button in refusal(words)[1]:
            assert read_all(lines_of(button.removeprefix("/portfolio ")), KNOWN)


def test_unknown_words_are_refused_by_the_grammar() -> None:
    with pytest.raises(UserMistake, match="I don't know"):
        read_one("add 10 ETH quickly", KNOWN)
