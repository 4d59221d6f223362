"""`How?` and `Chart` under a risk: its own figures, and the picture of what moves together."""

import re

from chatbot.charts import draw
from chatbot.command import Audience, HeatMap, Reply
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.risk import depict, explain
from handlers.risk.answer import answer
from tests.fakes import ASKER, FakeMarket, call, candles, services, spot_price
from tests.samples import d

SHORT = FuturesPosition("ETH", Side.SHORT, d(4), "bybit", d(3000), d(2))
HELD = Portfolio((Holding("ETH", d(10)), Holding("SOL", d(100)), Holding("USDT", d(5_000))), (SHORT,))


async def kept(words: str = "", market: FakeMarket | None = None, portfolio: Portfolio = HELD) -> str:
    on = services(market, portfolio)
    await answer(call(f"/risk {words}".strip()), on)
    plan = await on.answers.recall(ASKER, "k1")
    assert plan is not None
    return plan.plan_json


def lines(reply: Reply) -> list[str]:
    return plain_text(reply).splitlines()


async def test_how_shows_each_formula_with_the_askers_numbers() -> None:
    # capital 50,000 + 4 * 3,000 / 2; net ETH 18,000 / 56,000 = 32 %; worst 5 of 100 days
    said = explain(await kept())
    assert lines(said)[0] == "How this risk was worked out"
    assert "Capital = coins at their price + what futures tie up = $50,000 + $6,000" in lines(said)
    assert "ETH: $18,000 ÷ $56,000 = 32 %" in lines(said)
    assert any(line.startswith("worst 5% of 100 spans of 1 d: ") for line in lines(said))
    assert any(line.startswith("worst 1% of 94 spans of 7 d: ") for line in lines(said))
    assert "Beta to BTC = sum of weight × beta; slopes of 90 daily log returns" in lines(said)
    assert "Short 4 ETH, Bybit, 2x: 4 × 3,000 ÷ 2x = $6,000, liquidated at 4,475 (+49.2 %)" in lines(said)
    assert (said.audience, said.is_new_message) == (Audience.ASKER, True)


async def test_what_a_short_has_won_is_in_the_capital_and_in_its_line() -> None:
    # 5 * 3,450 / 2 = 8,625 and 5 * 450 = 2,250 won at 3,000
    short = FuturesPosition("ETH", Side.SHORT, d(5), "bybit", d(3450), d(2))
    said = lines(explain(await kept(portfolio=Portfolio(HELD.holdings, (short,)))))
    assert "Capital = coins at their price + what futures tie up = $50,000 + $10,875" in said
    assert any("5 × 3,450 ÷ 2x + $2,250 won since = $10,875, liquidated at 5,147" in line for line in said)


async def test_the_products_that_are_shown_come_to_what_is_shown() -> None:
    said = plain_text(explain(await kept()))
    for left, right, result in re.findall(r"\w+: (−?[\d.]+) × (−?[\d.]+) = (−?[\d.]+) %", said):
        product = float(left.replace("−", "-")) * float(right.replace("−", "-")) * 100
        assert abs(product - float(result.replace("−", "-"))) < 0.1
    betas = re.search(r"(−?[\d.]+) × (−?[\d.]+) \+ (−?[\d.]+) × (−?[\d.]+) = (−?[\d.]+)", said)
    assert betas is not None
    a, b, c, e, total = (float(number.replace("−", "-")) for number in betas.groups())
    assert abs(a * b + c * e - total) < 0.002


async def test_how_after_a_hedge_is_about_what_is_there_with_it() -> None:
    said = explain(await kept("with hedge 2 ETH"))
    assert lines(said)[0] == "How this risk was worked out, with Short 2 ETH, Bybit, 2x"
    assert "ETH: $12,000 ÷ $56,000 = 21 %" in lines(said)


async def test_a_large_fall_is_a_power() -> None:
    # 0.5^1.5 - 1 = -64.6 %, and the beta of logs is a little above 1.5
    assert "ETH: (1 − 0.5)^1.50 − 1 = −65 %" in lines(explain(await kept()))


async def test_the_chart_is_the_table_of_correlations() -> None:
    # ETH and SOL are multiples of the same moves
    said = depict(await kept())
    picture = said.picture
    assert isinstance(picture, HeatMap)
    assert picture.columns == ("ETH", "SOL")
    assert not picture.is_percent
    assert [round(value or d(0), 2) for _, row in picture.rows for value in row] == [d(1)] * 4
    assert picture.figures[1][0] == "beta to BTC"
    assert "ETH and SOL move most alike: 1.00" in said.text
    assert said.audience is Audience.ASKER
    assert draw(picture).startswith(b"\x89PNG")


async def test_the_chart_shows_what_can_be_read_and_counts_the_rest() -> None:
    # ten coins of which every second moves the other way
    moves = [0.01, -0.02, 0.015, -0.005, 0.02, -0.01, 0.005, -0.015, 0.01, -0.01] * 10
    names = ["BTC", *(f"C{number}" for number in range(9))]
    market = FakeMarket(
        prices={name: spot_price(name, "100") for name in names},
        history={name: candles(name, [move * (-1) ** at for move in moves]) for at, name in enumerate(names)},
    )
    held = Portfolio(tuple(Holding(name, d(100 - at)) for at, name in enumerate(names)))
    said = depict(await kept("", market, held))
    assert isinstance(said.picture, HeatMap)
    assert said.picture.columns == tuple(names[:7])
    assert "the 7 largest, 3 more are not drawn" in said.text
    assert said.picture.rows[0][1][1] == d(-1)
    assert draw(said.picture).startswith(b"\x89PNG")


async def test_one_coin_has_no_chart_to_offer() -> None:
    on = services(portfolio=Portfolio((Holding("BTC", d(1)),)))
    reply = await answer(call("/risk"), on)
    assert not [button for row in reply.buttons for button in row if button.command.startswith("/chart")]
