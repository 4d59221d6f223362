"""What /funding roll answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Reply
from chatbot.core.carry.roll import RollPlan
from chatbot.core.errors import NotPossible, UserMistake
from chatbot.messenger import plain_text
from handlers.funding.carry.roll import answer, explanation_of
from tests.fakes import FakeMarket, call, services
from tests.handlers.funding.carry.test_answer import DATED, PERPETUAL, at
from tests.samples import NOW, d

NEAR = replace(DATED, symbol="near", expires_at=NOW + timedelta(days=10))
FAR = replace(DATED, symbol="far", expires_at=NOW + timedelta(days=101))


async def ask(line: str, *markets: object) -> Reply:
    return await answer(call(line), services(FakeMarket(markets=markets or (at(NEAR, "70100"), at(FAR, "71200")))))  # type: ignore[arg-type] # snapshots


async def test_a_roll_up_the_curve_earns_and_both_expiries_are_named() -> None:
    # 1 * (71,200 - 70,100) = 1,100 less 0.05 % of both = 70.65; / 91 days = 11.31; / 70,000 * 365/91 = 5.90 %
    assert plain_text(await ask("/funding roll BTC")).splitlines()[:4] == [
        "Rolling a short of 1 BTC earns $1,029 on Bybit, fees in",
        "Bybit: 30 Nov 2026 (in 10 days) → 01 Mar 2027 (in 101 days)",
        "buy back at 70,100.00, sell at 71,200.00: +$1,100, fees −$70.65",
        "together +$1,029 for 91 days more: +$11.31 a day, +5.90 % a year",
    ]


async def test_how_shows_the_arithmetic() -> None:
    plan = (await ask("/funding roll 2 BTC")).plan
    assert isinstance(plan, RollPlan)
    assert "coins × (near ask − far bid) = 2 × (70,100.00 − 71,200.00) = −$2,200.00 of cost" in plain_text(
        explanation_of(plan)
    )


async def test_only_perpetuals_or_one_dated_contract_need_no_roll() -> None:
    with pytest.raises(NotPossible, match="only perpetuals, which need no roll"):
        await ask("/funding roll BTC", at(PERPETUAL, "70000"))
    with pytest.raises(NotPossible, match="nothing to roll into"):
        await ask("/funding roll BTC", at(NEAR, "70000"))
    with pytest.raises(NotPossible, match="OKX has no dated contract"):
        await ask("/funding roll BTC okx")


async def test_without_a_coin_the_majors_are_offered() -> None:
    reply = await ask("/funding roll")
    assert [button.command for row in reply.buttons for button in row] == ["/funding roll BTC", "/funding roll ETH"]


async def test_a_value_is_rolled_as_the_coins_it_is_worth() -> None:
    # 10,000 / 70,000 of the index = 0.142857 BTC, to six digits
    plan = (await ask("/funding roll BTC $10k")).plan
    assert isinstance(plan, RollPlan)
    assert plan.amount_base == d("0.142857")


async def test_what_a_roll_has_not_is_named_and_not_dropped() -> None:
    with pytest.raises(UserMistake, match="A roll takes a coin, an amount and an exchange") as caught:
        await ask("/funding roll 2 BTC 3x 30d bybit")
    assert [tip.command for tip in caught.value.suggestions] == ["/funding roll 2 BTC bybit"]


async def test_only_coin_margined_ones_are_rolled_where_they_are_asked_for() -> None:
    with pytest.raises(NotPossible, match="dated contract on BTC"):
        await ask("/funding roll BTC inverse")
