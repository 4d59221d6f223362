"""What /portfolio says and stores, as it is read on a phone."""

from datetime import timedelta
from html import unescape

import pytest

from chatbot.command import Attachment, Audience, Reply, Services
from chatbot.core.errors import Outage, Problem, UserMistake
from chatbot.core.exposure import PortfolioSummary
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from handlers.portfolio import PORTFOLIO
from tests.fakes import ASKER, FakeMarket, call, services, spot_price
from tests.samples import NOW, d

SHORT = FuturesPosition("ETH", Side.SHORT, d(5), "bybit", d(3450), d(2))
HELD = Portfolio((Holding("ETH", d(10)), Holding("SOL", d(100), d("0.07")), Holding("USDT", d(5000))), (SHORT,))


async def ask(words: str, within: Services, update_id: int = 1, file: bytes | None = None) -> Reply:
    attachment = None if file is None else Attachment("coins.csv", file)
    line = f"/portfolio {words}".strip()
    return await PORTFOLIO.answer(call(line, update_id=update_id, attachment=attachment), within)


def labels(reply: Reply) -> list[list[tuple[str, str]]]:
    return [[(button.label, button.command) for button in row] for row in reply.buttons]


async def held(within: Services) -> Portfolio:
    return await within.portfolios.load(ASKER)


# The list


async def test_an_empty_portfolio_says_in_three_lines_how_to_fill_it() -> None:
    reply = await ask("", services())
    assert reply.text == (
        "<b>Your portfolio is empty.</b>\n"
        "<code>/portfolio add 10 ETH</code> keeps a holding; several lines at once or a CSV file are fine, too.\n"
        "<code>/portfolio short 5 ETH bybit entry=3450 2x</code> keeps a position held elsewhere."
    )
    assert labels(reply)[0] == [("All forms", "/help portfolio"), ("What is stored", "/privacy")]


async def test_the_list_shows_worth_exposure_and_the_result_of_futures() -> None:
    # 10 * 3,000 + 100 * 150 + 5,000 = 50,000; exposed (10 - 5) * 3,000 + 15,000; short -5 * (3,000 - 3,450)
    # betas 1.50 and 2.00: 15,000 * 1.5 / 60,000 + 15,000 * 2 / 60,000 = 0.875; a tenth of its 52,500 is 5,250
    reply = await ask("", services(portfolio=HELD))
    assert reply.text == (
        "<b>Worth $50,000</b>\n"
        "Net exposure $30,000, moves like 0.8752 BTC\n"
        "If BTC falls 10 %: about −$5,251\n"
        "<pre>coin  amount   value  part\n"
        "ETH       10    $30k   60%\n"
        "SOL      100    $15k   30%\n"
        "USDT   5,000  $5,000   10%</pre>\n"
        "• Short 5 ETH, Bybit, 2x: +$2,250 unrealised\n"
        "<blockquote expandable>Held and futures together:\n"
        "<pre>net  coins   USD   ≈BTC\n"
        "ETH      5  +15k  0.375\n"
        "SOL    100  +15k    0.5</pre>\n"
        "Futures: +$2,250 unrealised, before fees and funding\n"
        "Cash in stablecoins: $5,000\n"
        "Staking: +$1,050 a year (SOL 7 %)</blockquote>\n"
        "<i>Binance spot, Bybit · just now</i>"
    )
    assert reply.audience is Audience.ASKER
    assert isinstance(reply.plan, PortfolioSummary)
    assert labels(reply) == [
        [("Hedge ETH", "/hedge #ETH"), ("Hedge SOL", "/hedge #SOL")],
        [("Hedge all via BTC", "/hedge portfolio via BTC"), ("How?", "/how k1")],
        [("Risk", "/risk"), ("Add, change, remove", "/help portfolio")],
    ]


async def test_how_shows_the_arithmetic_of_the_list_that_was_seen() -> None:
    within = services(portfolio=HELD)
    await ask("", within)
    kept = await within.answers.recall(ASKER, "k1")
    assert kept is not None
    assert PORTFOLIO.explain is not None
    reply = PORTFOLIO.explain(kept.plan_json)
    assert "10 ETH × 3,000 = $30,000 (Binance spot)" in reply.text
    assert "−5 ETH × (3,000 − 3,450) = +$2,250" in reply.text
    assert "ETH: $15,000 × 1.50 (90 days, R² 1.00) → 0.375" in reply.text
    assert reply.is_new_message
    assert reply.audience is Audience.ASKER


async def test_a_coin_without_a_price_and_one_without_a_beta_are_named() -> None:
    within = services(portfolio=Portfolio((Holding("TKX", d(9)), Holding("GATE", d(6)))))
    text = (await ask("", within)).text
    assert "Without a price, counted nowhere: TKX" in text
    assert "No beta could be measured, so 1 is assumed: GATE" in text


async def test_old_prices_are_said_in_the_first_line() -> None:
    market = FakeMarket(prices={"ETH": spot_price("ETH", "3000", NOW - timedelta(minutes=5))})
    text = (await ask("", services(market, Portfolio((Holding("ETH", d(1)),))))).text
    assert text.splitlines()[0] == "<b>Prices are 5 minutes old. Worth $3,000</b>"


async def test_missing_exchanges_are_counted() -> None:
    market = FakeMarket(outages=(Outage("okx", "too many requests"), Outage("gate", "timed out")))
    assert "2 of 4 exchanges missing: OKX, Gate" in (await ask("", services(market, HELD))).text


async def test_with_every_exchange_down_the_amounts_are_still_there() -> None:
    text = (await ask("", services(FakeMarket(is_down=True), HELD))).text
    assert text.startswith("<b>No prices now, so only amounts</b>")
    assert "ETH       10      ?" in text
    assert "4 of 4 exchanges missing" in text


async def test_no_line_of_a_table_is_wider_than_a_phone() -> None:
    holdings = [Holding(coin, d("123456.789")) for coin in ("BTC", "ETH", "SOL", "GATE", "1000000MOG")]
    text = (await ask("", services(portfolio=Portfolio((*holdings, Holding("PEPE", d("0.0001234"))))))).text
    tables = [unescape(part.partition("</pre>")[0]) for part in text.split("<pre>")[1:]]
    assert max(len(unescape(line)) for table in tables for line in table.splitlines()) <= 30


async def test_a_coin_named_like_markup_stays_text() -> None:
    within = services(portfolio=Portfolio((Holding("<b>", d(1)),)))
    assert "<b>, so" not in (await ask("", within)).text
    assert "&lt;b&gt;" in (await ask("", within)).text


async def test_a_small_part_is_not_called_nothing() -> None:
    # 0.01 ETH at 3,000 of $60,030 in all is 0.05 %
    text = (await ask("", services(portfolio=Portfolio((Holding("BTC", d(1)), Holding("ETH", d("0.01"))))))).text
    assert "&lt;1%" in text


# Changes


async def test_a_position_may_be_at_an_exchange_whose_prices_are_not_asked_for() -> None:
    within = services()
    await ask("long 2 BTC deribit entry=60k 3x", within)
    assert (await held(within)).positions == (FuturesPosition("BTC", Side.LONG, d(2), "deribit", d(60_000), d(3)),)


async def test_what_can_no_longer_be_undone_leads_back_to_the_portfolio() -> None:
    with pytest.raises(UserMistake) as caught:
        await ask("undo nokey", services())
    assert [tip.command for tip in caught.value.suggestions] == ["/portfolio"]


async def test_a_change_says_what_was_and_what_is_and_offers_the_way_back() -> None:
    within = services(portfolio=HELD)
    reply = await ask("add 2.5 ETH", within)
    assert reply.text == "<b>Stored</b>\nETH: 10 → <b>12.5</b>"
    assert labels(reply) == [
        [("Undo", "/portfolio undo u1"), ("Portfolio", "/portfolio")],
        [("Hedge ETH", "/hedge #ETH")],
    ]
    assert reply.audience is Audience.ASKER
    assert (await held(within)).holding("ETH") == Holding("ETH", d("12.5"))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("set SOL stake=5%", "SOL: 100 at 7 % a year → <b>100 at 5 % a year</b>"),
        ("set SOL stake=0%", "SOL: 100 at 7 % a year → <b>100</b>"),
        ("remove USDT", "USDT: 5,000 → <b>none</b>"),
        ("remove short ETH", "Short ETH on Bybit: 5, entry 3,450, 2x → <b>none</b>"),
        ("short 3 ETH bybit", "Short ETH on Bybit: 5, entry 3,450, 2x → <b>3</b>"),
        ("long 1 BTC okx 3x", "Long BTC on OKX: none → <b>1, 3x</b>"),
        ("add 0.000000000001 BTC\n1 ETH", "ETH: 10 → <b>11</b>\nBTC: none → <b>0.000000000001</b>"),
    ],
)
async def test_every_change_is_said_exactly(words: str, text: str) -> None:
    assert (await ask(words, services(portfolio=HELD))).text == f"<b>Stored</b>\n{text}"


async def test_a_coin_that_no_exchange_lists_is_kept_and_said_to_have_no_price() -> None:
    reply = await ask("add 1000 #TKX", services())
    assert reply.text == ("<b>Stored</b>\nTKX: none → <b>1,000</b>\nNo exchange here lists TKX, so it has no price.")


async def test_setting_what_is_there_already_changes_nothing_and_says_so() -> None:
    reply = await ask("set 10 ETH", services(portfolio=HELD))
    assert reply.text == "Nothing to change: the portfolio is so already."
    assert labels(reply) == [[("Portfolio", "/portfolio")]]


async def test_the_same_update_delivered_twice_adds_once() -> None:
    within = services(portfolio=HELD)
    await ask("add 1 ETH", within, update_id=5)
    again = await ask("add 1 ETH", within, update_id=5)
    assert again.text.startswith("That was done already. The portfolio as it is:\n<b>Worth $53,000</b>")
    assert (await held(within)).holding("ETH") == Holding("ETH", d(11))


async def test_undo_puts_back_what_was_and_can_be_undone() -> None:
    within = services(portfolio=HELD)
    await ask("remove ETH", within, update_id=1)
    reply = await ask("undo u1", within, update_id=2)
    assert reply.text == "<b>Undone</b>\nETH: none → <b>10</b>"
    assert labels(reply)[0][0] == ("Do it again", "/portfolio undo u2")
    assert await held(within) == HELD


async def test_a_double_tap_on_undo_undoes_once() -> None:
    within = services(portfolio=HELD)
    await ask("add 1 ETH", within, update_id=1)
    await ask("undo u1", within, update_id=2)
    again = await ask("undo u1", within, update_id=3)
    assert again.text.startswith("That was done already.")
    assert await held(within) == HELD


async def test_clear_asks_first_and_a_double_tap_clears_once() -> None:
    within = services(portfolio=HELD)
    asked = await ask("clear", within, update_id=1)
    assert asked.text == "<b>Empty the portfolio?</b>\n4 entries would go. It can be undone for a day."
    assert labels(asked) == [[("Empty it", "/portfolio clear c1"), ("Keep it", "/portfolio")]]
    assert await held(within) == HELD
    cleared = await ask("clear c1", within, update_id=2)
    assert cleared.text.startswith("<b>The portfolio is empty now</b>\nETH: 10 → <b>none</b>")
    assert (await held(within)).is_empty
    with pytest.raises(UserMistake, match="used already"):
        await ask("clear c1", within, update_id=3)


async def test_clear_with_a_coin_offers_to_remove_that_coin() -> None:
    with pytest.raises(UserMistake) as caught:
        await ask("clear ETH", services(portfolio=HELD))
    assert caught.value.sentence == "clear empties everything. To let ETH go alone, use remove."
    assert caught.value.suggestions[0].command == "/portfolio remove #ETH"


async def test_a_refused_line_stores_nothing() -> None:
    within = services(portfolio=HELD)
    with pytest.raises(UserMistake):
        await ask("add 1 SOL\n1,5 BTC", within)
    assert await held(within) == HELD


async def test_many_changes_fold_after_ten_lines() -> None:
    words = "add\n" + "\n".join(f"1 #C{number}" for number in range(12))
    text = (await ask(words, services())).text
    assert text.splitlines()[10] == "C9: none → <b>1</b>"
    assert "<blockquote expandable>C10: none → <b>1</b>\nC11: none → <b>1</b></blockquote>" in text


# Files


async def test_a_file_sets_what_it_names_so_that_sent_twice_it_adds_nothing_twice() -> None:
    within = services(portfolio=HELD)
    reply = await ask("", within, file=b"coin,amount,stake\nETH,12,\nBTC,0.5,\n")
    assert reply.text == "<b>Stored</b>\nETH: 10 → <b>12</b>\nBTC: none → <b>0.5</b>"
    assert (await held(within)).holding("SOL") == HELD.holding("SOL")


async def test_with_the_word_add_a_file_adds() -> None:
    within = services(portfolio=HELD)
    await ask("add", within, file=b"ETH,2\n")
    assert (await held(within)).holding("ETH") == Holding("ETH", d(12))


async def test_other_words_with_a_file_are_refused() -> None:
    with pytest.raises(UserMistake, match="With a file write add or set"):
        await ask("remove", services(), file=b"ETH,2\n")


async def test_bad_rows_are_named_by_their_line_and_the_good_ones_offered() -> None:
    within = services()
    with pytest.raises(UserMistake) as caught:
        await ask("", within, file=b"coin;amount\nETH;10\nSOL;1,5\nBTC;-1\n")
    assert caught.value.sentence.splitlines()[0] == "Nothing is stored yet."
    assert [line.partition(":")[0] for line in caught.value.sentence.splitlines()[1:]] == ["Line 3", "Line 4"]
    assert [tip.command for tip in caught.value.suggestions] == ["/portfolio set 10 ETH"]
    assert (await held(within)).is_empty


# Bad input


@pytest.mark.parametrize(
    "words",
    [
        "add 🚀",
        "add 10 🚀",
        "add 1e30 ETH",
        "add 0 ETH",
        "add -5 ETH",
        "add שלום",
        "<b>",
        "undo",
        "undo x",
        "x" * 10_000,
    ],
)
async def test_whatever_is_typed_is_answered_and_loses_nothing(words: str) -> None:
    within = services(portfolio=HELD)
    with pytest.raises(Problem) as caught:
        await ask(words, within)
    assert caught.value.sentence
    assert await held(within) == HELD


def test_in_a_group_it_is_never_answered() -> None:
    assert not PORTFOLIO.in_groups


def test_its_example_is_pressed_to_see_and_changes_nothing() -> None:
    assert PORTFOLIO.examples == ("/portfolio",)
