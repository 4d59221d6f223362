"""What /hedge answers: sizes on the phone, choices, mistakes, what is down, and what a group may read."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Audience, ChatKind, ChatSettings, Picture, Reply
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, UserMistake
from chatbot.core.hedging.plan import HedgePlan
from chatbot.core.markets import InstrumentKind
from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side
from chatbot.messenger import plain_text
from handlers.hedge import HEDGE
from tests.fakes import ASKER, FakeMarket, call, candles, services
from tests.samples import NOW, d, inverse, perpetual, quote, snapshot

TEN_ETH = Portfolio((Holding("ETH", d(10)),))


async def ask(line: str, market: FakeMarket | None = None, portfolio: Portfolio | None = None) -> Reply:
    return await HEDGE.answer(call(line), services(market, portfolio))


async def lines_of(line: str, market: FakeMarket | None = None, portfolio: Portfolio | None = None) -> list[str]:
    return plain_text(await ask(line, market, portfolio)).splitlines()


async def problem_of(line: str, market: FakeMarket | None = None, portfolio: Portfolio | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(line, market, portfolio)
    return caught.value


def plan_of(reply: Reply) -> HedgePlan:
    assert isinstance(reply.plan, HedgePlan)
    return reply.plan


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


async def test_half_of_ten_ether_is_a_short_of_five_with_everything_that_matters_in_the_first_lines() -> None:
    # 5 x 3,000 = 15,000; at 2x 7,500 of margin; (3,000 + 1,500) / (1 + 0.005 + 0.0005) = 4,475.39;
    # a day's deviation is 1.97 % (ddof 1 over 30), so ln(1.4918) / (0.0197 x sqrt(30)) = 3.7;
    # 0.01 % three times a day of 15,000 = 4.50; 30 days of it 135 less fees 15 and slippage 15 = 105
    assert (await lines_of("/hedge 10 ETH 50%"))[:6] == [
        "Short 5 ETH on Bybit (≈ $15,000)",
        "50 % of 10 ETH ($30,000), perpetual",
        "Margin $7,500 at 2x, isolated",
        "Liquidated at 4,475.39: +49.2 %, 3.7σ of 30 days",
        "Short receives $4.50 a day of funding: +0.0100 % per 8h, +10.95 % a year, predicted",
        "Over 30 days it earns $105.00, fees and slippage in",
    ]


async def test_the_details_name_the_settled_means_a_day_and_a_year() -> None:
    # 0.01 % three times a day of 15,000 = 4.50; 0.0001 x 3 x 365 = 10.95 %
    assert (
        "Settled funding, a day to the short: 7 days +$4.50 (+10.95 % a year), 30 days +$4.50 (+10.95 % a year)"
        in await lines_of("/hedge 10 ETH 50%")
    )


async def test_a_typed_quantity_is_hedged_whole_and_a_holding_starts_with_a_quarter() -> None:
    typed, held = await ask("/hedge 10 ETH"), await ask("/hedge ETH", portfolio=TEN_ETH)
    assert plan_of(typed).chosen.sizing.contracts == 10
    assert plan_of(held).chosen.sizing.contracts == d("2.5")


async def test_a_value_is_hedged_by_its_coins() -> None:
    # $20,000 / 150 = 133.33 SOL, rounded down to 133.33
    assert plan_of(await ask("/hedge $20k SOL")).chosen.sizing.contracts == d("133.33")


async def test_the_answer_ends_with_source_and_age() -> None:
    assert (await lines_of("/hedge 10 ETH"))[-3].startswith("Bybit · mark 3,000.00")


async def test_every_button_is_a_whole_command_that_the_bot_understands() -> None:
    reply = await ask("/hedge 10 ETH 50% 2x bybit 30d")
    assert commands(reply)[:7] == [
        "/hedge 10 ETH 25% 2x bybit 30d",
        "/hedge 10 ETH 50% 2x bybit 30d",
        "/hedge 10 ETH 75% 2x bybit 30d",
        "/hedge 10 ETH 100% 2x bybit 30d",
        "/hedge 10 ETH 50% 1x bybit 30d",
        "/hedge 10 ETH 50% 2x bybit 30d",
        "/hedge 10 ETH 50% 3x bybit 30d",
    ]
    for line in commands(reply):
        if line.startswith("/hedge"):
            await ask(line)


async def test_size_and_price_are_copied_as_the_exchange_takes_them() -> None:
    # 1000PEPE: the exchange's contract holds 1,000 coins and its price is for 1,000
    pepe = perpetual(
        "PEPE", contract_size=d(1000), price_unit=d(1000), step_contracts=d(100), tick_quote=d("0.0000000001")
    )
    market = FakeMarket(markets=[snapshot(pepe, "0.00001", quote=quote(pepe, "0.00001"))])
    reply = await ask("/hedge 25,000,000 PEPE", market)
    copies = [button.copy_text for row in reply.buttons for button in row if button.copy_text]
    assert copies == ["25000", "0.01"]


async def test_how_and_chart_explain_the_answer_that_is_seen() -> None:
    asked = services()
    reply = await HEDGE.answer(call("/hedge 10 ETH 50%"), asked)
    assert {"/how k1", "/chart k1"} <= set(commands(reply))
    kept = await asked.answers.recall(call("").chat_id, "k1")
    assert kept is not None
    assert HEDGE.explain is not None
    assert HEDGE.depict is not None
    how = plain_text(HEDGE.explain(kept.plan_json))
    assert "= 10 × 50 % ÷ 1 coins\n= 5 contracts, rounded down to 5" in how
    assert "= (7,500 + 0 + 5 × 3,000.00) ÷ (5 × (1 + 0.005 + 0.0005)) = 4,475.39" in how
    picture = HEDGE.depict(kept.plan_json).picture
    assert isinstance(picture, Picture)
    assert [curve.label for curve in picture.curves] == ["unhedged", "hedged", "short liquidated"]


async def test_the_list_of_exchanges_prints_parts_that_sum_to_the_total() -> None:
    text = plain_text(await ask("/hedge 10 ETH venues"))
    # 2 x 0.05 % of 30,000 = 30; 0.1 % of 30,000 = 30; 30 days x 9 = 270 received
    assert "1. Bybit: −$210.00\nfees $30.00 · slippage $30.00 · funding −$270.00 · basis $0.00" in text


async def test_the_cheapest_exchange_is_chosen_unless_one_is_named() -> None:
    okx = perpetual(exchange="okx", taker_share=d("0.0001"))
    market = FakeMarket(markets=[snapshot(perpetual(), "3000"), snapshot(okx, "3000")])
    assert (await lines_of("/hedge 10 ETH", market))[0] == "Short 10 ETH on OKX (≈ $30,000)"
    assert (await lines_of("/hedge 10 ETH bybit", market))[0] == "Short 10 ETH on Bybit (≈ $30,000)"


async def test_a_coin_without_a_contract_is_hedged_through_the_major_that_explains_it_best() -> None:
    market = FakeMarket(history={**FakeMarket().history})
    market.prices = {**market.prices, "TKX": replace(market.prices["SOL"], coin="TKX")}
    market.history = {**market.history, "TKX": market.history["SOL"]}
    plan = plan_of(await ask("/hedge 100 TKX", market))
    assert plan.proxy is not None
    assert plan.proxy.r_squared == pytest.approx(1)
    assert {rejected.coin for rejected in plan.rejected} | {plan.proxy.coin} == {"BTC", "ETH", "SOL"}


async def test_a_given_beta_sizes_a_coin_that_nobody_lists() -> None:
    # 10,000 x $2 x 1.4 = $28,000 of ETH at 3,000 = 9.3333 -> 9.33
    plan = plan_of(await ask("/hedge 10000 TKX price=2 via ETH beta=1.4"))
    assert plan.chosen.sizing.contracts == d("9.33")


async def test_the_whole_portfolio_is_hedged_by_its_beta_and_counts_no_cash() -> None:
    held = Portfolio((Holding("BTC", d(1)), Holding("ETH", d(20)), Holding("USDT", d(5000))))
    plan = plan_of(await ask("/hedge portfolio via BTC 20%", portfolio=held))
    assert plan.exposure.value_quote == 120_000
    assert plan.terms.share == d("0.2")


async def test_a_coin_listed_last_week_is_left_out_by_name_and_does_not_stop_the_whole_portfolio() -> None:
    held = Portfolio((Holding("BTC", d(1)), Holding("W", d(1000))))
    market = FakeMarket()
    market.history = {**market.history, "W": candles("W", [0.01, -0.02] * 3)}
    reply = await ask("/hedge portfolio via BTC 20%", market, held)
    assert plan_of(reply).left_out == ("W",)
    assert plan_of(reply).exposure.value_quote == 60_000
    assert "Left out, no price or too little history: W" in plain_text(reply)


async def test_a_contract_described_by_hand_needs_no_exchange() -> None:
    # 50,000 x $2 = $100,000 / $500 = 200
    plan = plan_of(await ask("/hedge 50000 X price=2 contract=500", FakeMarket(is_down=True)))
    assert plan.chosen.sizing.contracts == 200


async def test_a_coin_margined_hedge_counts_dollars() -> None:
    market = FakeMarket(markets=[snapshot(inverse(), "60000")])
    # 0.5 x 60,000 / 100 = 300 contracts; 1x short in coin has no liquidation price
    text = await lines_of("/hedge 0.5 BTC inverse 1x", market)
    assert text[0] == "Short 300 contracts of BTC on Bybit (≈ $30,000)"
    assert "No price liquidates it" in text


async def test_a_staked_coin_keeps_its_yield_in_the_carry() -> None:
    # 7 % of $15,000 over 30 of 365 days = 86.30
    plan = plan_of(await ask("/hedge 100 SOL stake=7%"))
    assert round(plan.carry.staking_quote, 2) == d("86.30")


async def test_a_short_that_is_there_already_is_added_up_and_mended() -> None:
    held = Portfolio((Holding("ETH", d(10)),), (FuturesPosition("ETH", Side.SHORT, d(8), "bybit"),))
    reply = await ask("/hedge ETH 100%", portfolio=held)
    assert "⚠ Over-hedged: with it you are short $54,000 against $30,000 held" in plain_text(reply)
    assert "/hedge 2 ETH 100% 2x" in commands(reply)


async def test_the_bare_command_offers_what_is_held() -> None:
    reply = await ask("/hedge", portfolio=TEN_ETH)
    assert commands(reply) == ["/hedge ETH", "/hedge portfolio via BTC"]
    assert reply.audience is Audience.ASKER


async def test_terms_without_a_coin_are_kept_for_the_coin_that_is_chosen() -> None:
    reply = await ask("/hedge 50% on bybit", portfolio=TEN_ETH)
    assert commands(reply) == ["/hedge ETH 50% bybit", "/hedge portfolio 50% bybit via BTC"]
    assert commands(await ask("/hedge 3x"))[0] == "/hedge 10 ETH 3x"


async def test_in_a_group_a_typed_size_is_answered_without_a_look_at_the_portfolio() -> None:
    held = Portfolio((Holding("ETH", d(10)),), (FuturesPosition("ETH", Side.SHORT, d(8), "bybit"),))
    asked = call("/hedge 10 ETH", chat_kind=ChatKind.GROUP, chat_id=-5)
    reply = await HEDGE.answer(asked, services(portfolio=held))
    assert reply.audience is Audience.ANYONE
    assert "already" not in plain_text(reply)


async def test_in_a_group_a_question_about_holdings_is_for_the_asker_alone() -> None:
    asked = call("/hedge ETH", chat_kind=ChatKind.GROUP, chat_id=-5)
    assert (await HEDGE.answer(asked, services(portfolio=TEN_ETH))).audience is Audience.ASKER


async def test_in_a_group_even_what_is_wrong_with_a_holding_is_not_told() -> None:
    # 0.01 ETH: a quarter is below the smallest order, which would name its value
    held = Portfolio((Holding("ETH", d("0.01")),))
    for line in ("/hedge ETH", "/hedge SOL", "/hedge portfolio", "/hedge"):
        asked = call(line, chat_kind=ChatKind.GROUP, chat_id=-5)
        reply = await HEDGE.answer(asked, services(portfolio=held))
        assert (reply.audience, reply.text) == (Audience.ASKER, "This is about what you hold.")


async def test_an_exchange_that_is_missing_is_counted_and_named() -> None:
    market = FakeMarket(outages=[Outage("okx", "limits us")])
    assert "⚠ 1 of 2 exchanges missing: OKX" in await lines_of("/hedge 10 ETH", market)


async def test_when_the_exchange_that_was_named_gives_no_price_the_others_are_offered() -> None:
    markets = [snapshot(perpetual(exchange=exchange), "3000") for exchange in ("bybit", "okx")]
    problem = await problem_of("/hedge 10 ETH okx", FakeMarket(markets=markets, outages=[Outage("okx", "limits us")]))
    assert isinstance(problem, MarketUnavailable)
    assert [outage.reason for outage in problem.outages] == ["limits us"]
    assert [tip.command for tip in problem.suggestions] == ["/hedge 10 ETH"]


async def test_with_every_exchange_down_the_form_by_hand_is_offered() -> None:
    problem = await problem_of("/hedge 10 ETH", FakeMarket(is_down=True))
    assert isinstance(problem, MarketUnavailable)
    assert "/hedge 10 ETH price=100 contract=10" in problem.sentence
    assert [outage.exchange for outage in problem.outages] == ["binance", "bybit", "okx", "gate"]


async def test_a_price_older_than_a_minute_is_said_first_and_one_older_than_ten_sizes_nothing() -> None:
    def market(age: timedelta) -> FakeMarket:
        old = quote(perpetual(), "3000", as_of=NOW - age)
        return FakeMarket(markets=[snapshot(perpetual(), "3000", quote=old)])

    assert (await lines_of("/hedge 10 ETH", market(timedelta(minutes=3))))[0].startswith("Prices are 3 minutes old.")
    assert isinstance(await problem_of("/hedge 10 ETH", market(timedelta(minutes=11))), MarketUnavailable)


async def test_a_hedge_below_the_smallest_order_names_the_smallest_one() -> None:
    problem = await problem_of("/hedge 0.001 ETH")
    assert isinstance(problem, NotPossible)
    assert "The smallest is 0.01 ETH ($30.00) on Bybit." in problem.sentence
    assert problem.suggestions[0].command == "/hedge 0.01 ETH 100% bybit"


async def test_a_hedge_too_small_for_the_exchange_that_was_named_is_offered_where_it_fits() -> None:
    # 0.05 ETH: OKX here takes no less than 1, Bybit 0.01
    okx = perpetual(exchange="okx", step_contracts=d(1), minimum_contracts=d(1))
    market = FakeMarket(markets=[snapshot(perpetual(), "3000"), snapshot(okx, "3000")])
    problem = await problem_of("/hedge 0.05 ETH 3x okx", market)
    assert "The smallest is 1 ETH ($3,000) on OKX." in problem.sentence
    assert [tip.command for tip in problem.suggestions] == ["/hedge 0.05 ETH 3x bybit", "/hedge 1 ETH 100% 3x okx"]


@pytest.mark.parametrize(
    ("price", "contract", "contracts"), [("3", "500", 300), ("7", "100", 3500), ("0.3", "7", 2142)]
)
async def test_a_contract_by_hand_is_counted_by_its_value_however_it_divides(
    price: str, contract: str, contracts: int
) -> None:
    # 50,000 x 3 / 500 = 300; 50,000 x 7 / 100 = 3,500; 50,000 x 0.3 / 7 = 2,142.86
    plan = plan_of(await ask(f"/hedge 50000 X price={price} contract={contract}"))
    assert plan.chosen.sizing.contracts == contracts


async def test_a_spot_price_that_is_old_sizes_nothing() -> None:
    market = FakeMarket()
    market.prices = {"SOL": replace(market.prices["SOL"], as_of=NOW - timedelta(hours=6))}
    assert isinstance(await problem_of("/hedge $20k SOL", market), MarketUnavailable)


async def test_a_major_without_a_history_is_rejected_and_the_others_tried() -> None:
    market = FakeMarket()
    market.prices = {**market.prices, "TKX": replace(market.prices["SOL"], coin="TKX")}
    market.history = {"TKX": market.history["SOL"], "ETH": market.history["ETH"]}
    plan = plan_of(await ask("/hedge 100 TKX", market))
    assert plan.proxy is not None
    assert plan.proxy.coin == "ETH"
    assert {(rejected.coin, rejected.r_squared) for rejected in plan.rejected} == {("BTC", None), ("SOL", None)}


async def test_the_printed_parts_of_a_cost_add_up_to_the_cent() -> None:
    text = plain_text(await ask("/hedge 3.37 ETH venues"))
    cents = [round(float(f"{minus}{figure.replace(',', '')}") * 100) for minus, figure in dollars(text)]
    assert cents[0] == sum(cents[1:5])


def dollars(text: str) -> list[tuple[str, str]]:
    return [(sign.replace("−", "-"), figure) for sign, figure in re.findall(r"(−?)\$([\d,.]+\d)", text)]


async def test_leverage_above_the_limit_offers_the_highest() -> None:
    problem = await problem_of("/hedge 10 ETH 125x")
    assert isinstance(problem, UserMistake)
    assert problem.sentence == "125x is above what every exchange here allows for ETH: at most 100x."
    assert [tip.command for tip in problem.suggestions] == ["/hedge 10 ETH 2x", "/hedge 10 ETH 100x"]


async def test_leverage_above_the_tier_of_that_size_offers_less() -> None:
    market = FakeMarket(markets=[snapshot(perpetual(maximum_leverage=None), "3000")])
    problem = await problem_of("/hedge 10 ETH 200x", market)
    assert problem.sentence == "A position of this size is opened with at most 100x at Bybit."
    assert [tip.command for tip in problem.suggestions] == [
        "/hedge 10 ETH 1x",
        "/hedge 10 ETH 2x",
        "/hedge 10 ETH 3x",
    ]


async def test_ten_times_leverage_is_answered_with_what_it_takes_to_be_wiped_out() -> None:
    # (3,000 + 300) / 1.0055 = 3,281.95: +9.4 %
    assert "⚠ 10x: liquidated at about +9.4 %, all $3,000 gone" in await lines_of("/hedge 10 ETH 10x")


async def test_a_dated_contract_that_is_past_offers_those_that_are_not() -> None:
    dated = perpetual(
        kind=InstrumentKind.DATED,
        symbol="ETH/USDT:USDT-261225",
        expires_at=NOW.replace(month=12, day=25, hour=8),
        funding_interval=None,
    )
    market = FakeMarket(markets=[snapshot(dated, "3000", funding=None, history=None)])
    problem = await problem_of("/hedge 10 ETH expiry=241227", market)
    assert [tip.command for tip in problem.suggestions] == ["/hedge 10 ETH expiry=261225", "/hedge 10 ETH"]
    text = await lines_of("/hedge 10 ETH expiry=261225", market)
    assert text[1] == "100 % of 10 ETH ($30,000), future to 25 Dec 2026"
    assert "Funding: none, the contract is dated" in text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/hedge 1000 USDT", "USDT counts as cash here: there is nothing to hedge."),
        ("/hedge ETH", "How many ETH? The portfolio holds none."),
        ("/hedge $5,000", "$5,000 of which coin? For example: $20k SOL."),
        ("/hedge 10 ETH beta=1.4", "beta=1.4 against which coin?"),
        (
            "/hedge 10 ETH contract=5",
            "contract= is the value of one contract; price= is missing, the price of one coin.",
        ),
        ("/hedge portfolio", "The portfolio holds no coins to hedge."),
        ("/hedge 10 ETH 9000d", "9000d is longer than ten years."),
        ("/hedge 10 ETH 5 BTC", "2 coins: ETH, BTC. One hedge at a time."),
    ],
)
async def test_a_mistake_is_named_in_one_sentence(line: str, sentence: str) -> None:
    assert (await problem_of(line)).sentence == sentence


async def test_the_perpetual_is_set_against_the_dated_future_for_the_horizon() -> None:
    market = perpetual(
        "ETH", symbol="ETH/USDT:USDT-270218", kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=90)
    )
    future = replace(
        snapshot(market, "3091.545", funding=None, history=None),
        quote=quote(market, "3091.545", index_quote=d(3000)),
    )
    reply = await ask("/hedge 10 ETH 50%", FakeMarket(markets=[*FakeMarket().markets, future]))
    # the book's bid is 3,091.545 * 0.9995 = 3,089.9992: 5 * 89.9992 = 450 locked, a third of it within 30 of 90 days;
    # 3 % * 365/90 = 12.2 % a year; funding 0.03 % a day of 15,000 for 30 days = 135, the same on every day
    assert (
        "Over 30 days: funding +$135.00 ± $0.00 expected; the future to 18 Feb (Bybit) locks +$150.00 of basis, "
        "+12.2 % a year" in plain_text(reply).splitlines()
    )
    there = "/hedge 10 ETH 50% bybit expiry=270218"
    assert there in commands(reply)
    assert plan_of(await ask(there, FakeMarket(markets=[*FakeMarket().markets, future]))).dated is None


async def test_a_future_that_ends_before_the_horizon_is_no_alternative() -> None:
    market = perpetual(
        "ETH", symbol="ETH/USDT:USDT-261127", kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=7)
    )
    future = snapshot(market, "3010", funding=None, history=None)
    assert plan_of(await ask("/hedge 10 ETH", FakeMarket(markets=[*FakeMarket().markets, future]))).dated is None


async def test_what_the_settings_say_counts_where_the_line_says_nothing() -> None:
    dear, usdc = (
        perpetual("ETH", exchange="okx"),
        perpetual("ETH", exchange="okx", symbol="ETH/USDC:USDC", quote="USDC"),
    )
    there = services(FakeMarket(markets=[*FakeMarket().markets, snapshot(dear, "3000"), snapshot(usdc, "3000")]))
    await there.settings.change(ASKER, 1, lambda _: ChatSettings(exchange="okx", leverage=d(3), quote="USDC"))
    plan = plan_of(await HEDGE.answer(call("/hedge 10 ETH"), there))
    assert plan.chosen.instrument == usdc
    assert plan.terms.leverage == 3
    first = plain_text(await HEDGE.answer(call("/hedge 10 ETH"), there)).splitlines()[0]
    assert first == "Short 10 ETH on OKX, your default (≈ $30,000)"
    said = plan_of(await HEDGE.answer(call("/hedge 10 ETH 2x bybit"), there))
    assert (said.chosen.instrument.exchange, said.terms.leverage) == ("bybit", 2)
