"""What the list says of what is known in part."""

from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from handlers.portfolio import PORTFOLIO
from tests.fakes import call, services
from tests.samples import d


async def text_of(*positions: FuturesPosition) -> str:
    return (await PORTFOLIO.answer(call("/portfolio"), services(portfolio=Portfolio((), positions)))).text


async def test_a_position_without_an_entry_price_has_no_result_and_says_how_to_give_one() -> None:
    text = await text_of(FuturesPosition("ETH", Side.SHORT, d(5), "bybit", None, d(2)))
    assert "• Short 5 ETH, Bybit, 2x: no entry price, so no result" in text
    assert "With its entry price: <code>/portfolio short 5 #ETH bybit 2x entry=3450</code>" in text


async def test_that_line_is_one_that_is_understood() -> None:
    within = services(portfolio=Portfolio((), (FuturesPosition("ETH", Side.SHORT, d(5), "bybit"),)))
    reply = await PORTFOLIO.answer(call("/portfolio short 5 #ETH bybit entry=3450", update_id=2), within)
    assert "Short ETH on Bybit: 5 → <b>5, entry 3,450</b>" in reply.text


async def test_with_every_entry_known_nothing_is_asked() -> None:
    # 5 x (3,450 - 3,000) = 2,250
    text = await text_of(FuturesPosition("ETH", Side.SHORT, d(5), None, d(3450)))
    assert "• Short 5 ETH: +$2,250 unrealised, at spot" in text
    assert "With its entry price" not in text


async def test_of_many_coins_without_a_price_the_first_are_named_and_the_rest_counted() -> None:
    held = Portfolio(tuple(Holding(f"C{number}", d(1)) for number in range(100)))
    text = (await PORTFOLIO.answer(call("/portfolio"), services(portfolio=held))).text
    assert "Without a price, counted nowhere: C0, C1, C2, C3, C4, C5, C6, C7 and 92 more\n" in text
