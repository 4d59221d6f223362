"""Files as lines: what spreadsheets and exchanges write, and what is no list at all."""

import pytest

from chatbot.core.errors import UserMistake
from handlers.portfolio.sheet import lines_of_sheet


def texts(content: str, encoding: str = "utf-8") -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in lines_of_sheet(content.encode(encoding), "set")]


@pytest.mark.parametrize(
    "content",
    [
        "coin,amount,stake\nETH,10,\nSOL,100,7%\n",
        "Coin;Amount;Staking\r\nETH;10;\r\nSOL;100;7\r\n",
        "amount\tasset\tAPR\n10\tETH\t\n100\tSOL\t7 %\n",
    ],
)
def test_with_a_header_columns_come_in_any_order_and_language_of_marks(content: str) -> None:
    assert texts(content) == [(2, "set 10 ETH"), (3, "set 100 SOL stake=7%")]


def test_without_a_header_it_is_coin_amount_stake() -> None:
    assert texts("ETH,10\nSOL,100,7%\n") == [(1, "set 10 ETH"), (2, "set 100 SOL stake=7%")]


def test_decimals_behind_a_comma_are_not_taken_for_a_yield() -> None:
    # SOL,1,5 may be 1.5 SOL: without its % the grammar refuses the yield
    assert texts("SOL,1,5") == [(1, "set 1 SOL stake=5")]


def test_a_yield_that_may_be_a_share_is_left_for_the_grammar_to_refuse() -> None:
    assert texts("coin,amount,apy\nSOL,100,0.07") == [(2, "set 100 SOL stake=0.07")]


@pytest.mark.parametrize("stake", ["0", "0%", "0.00"])
def test_a_yield_of_nothing_is_none(stake: str) -> None:
    assert texts(f"coin,amount,stake\nSOL,100,{stake}") == [(2, "set 100 SOL")]


def test_rows_keep_the_number_they_have_in_the_file() -> None:
    assert texts("coin,amount\n\nETH,10\n\n\nBTC,1") == [(3, "set 10 ETH"), (6, "set 1 BTC")]


def test_thousands_in_quotes_stay_in_one_cell() -> None:
    assert texts('DOGE,"1,500,000"') == [(1, "set 1,500,000 DOGE")]


def test_a_comma_before_decimals_is_left_for_the_grammar_to_refuse() -> None:
    assert texts("SOL;1,5") == [(1, "set 1,5 SOL")]


def test_a_cell_too_many_is_not_dropped() -> None:
    assert texts("SOL,1,7%,bybit") == [(1, "set 1 SOL bybit stake=7%")]


def test_a_row_without_an_amount_is_read_as_a_line_that_says_so() -> None:
    assert texts("ETH,10\nSOL") == [(1, "set 10 ETH"), (2, "set SOL")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_spreadsheets_put_before_the_text_is_no_part_of_it(encoding: str) -> None:
    assert texts("coin,amount\nETH,10", encoding) == [(2, "set 10 ETH")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "That file is empty. A row looks like ETH,10."),
        (b"\xff\xd8\xff\xe0", "That file is not plain text. Save it as CSV (UTF-8) and send it again."),
        (b"PK\x03\x04\x00", "That file is not plain text. Save it as CSV (UTF-8) and send it again."),
        (b"coin,name\nETH,Ether", "The file has no column amount. Its first row may be: coin,amount,stake."),
        (b"ETH,1\n" * 201, "That file has 201 rows; I take at most 200 at once."),
    ],
)
def test_what_is_no_list_is_refused_in_plain_words(content: bytes, sentence: str) -> None:
    with pytest.raises(UserMistake) as caught:
        lines_of_sheet(content, "set")
    assert caught.value.sentence == sentence
