"""What /funding carry answers: the best trade first, every contract beside it, mistakes with a way on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.command import Reply
from chatbot.core.carry.plan import CarryPlan
from chatbot.core.errors import Outage, Problem, UserMistake
from chatbot.core.markets import Instrument, InstrumentKind, Level, OrderBook, Snapshot
from chatbot.messenger import plain_text
from handlers.funding.carry import answer
from handlers.funding.carry.explain import explanation_of
from tests.fakes import FakeMarket, call, services
from tests.samples import NOW, d, funding, history, inverse, perpetual, quote, tiers

SPOT = perpetual(
    "BTC",
    exchange="binance",
    symbol="BTC/USDT",
    kind=InstrumentKind.SPOT,
    taker_share=d("0.001"),
    step_contracts=d("0.000001"),
)
PERPETUAL = perpetual("BTC", step_contracts=d("0.0001"), minimum_contracts=d("0.0001"))
DATED = replace(
    PERPETUAL, symbol="BTC/USDT:USDT-270218", kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=90)
)


def flat(instrument: Instrument, price: str, amount: str = "1000") -> OrderBook:
    return OrderBook(instrument, (Level(d(price), d(amount)),), (Level(d(price), d(amount)),), NOW)


def at(instrument: Instrument, price: str, rate: str = "0.0001") -> Snapshot:
    pays = instrument.kind is InstrumentKind.PERPETUAL
    return Snapshot(
        instrument,
        quote(instrument, price, index_quote=d(70_000)),
        flat(instrument, price),
        funding(rate) if pays else None,
        history(instrument, rate) if pays else None,
        tiers(),
    )


def market(*snapshots: Snapshot, spot: OrderBook | None = None, outages: tuple[Outage, ...] = ()) -> FakeMarket:
    book = spot or flat(SPOT, "70000")
    return FakeMarket(markets=snapshots, spot=(SPOT,), spot_books={SPOT: book}, outages=outages)


USUAL = (at(PERPETUAL, "70000"), at(DATED, "72100"))


async def ask(line: str, asked: FakeMarket | None = None) -> Reply:
    return await answer(call(line), services(asked or market(*USUAL)))


async def problem_of(line: str, asked: FakeMarket | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await ask(line, asked)
    return caught.value


def commands(reply: Reply) -> list[str]:
    return [button.command for row in reply.buttons for button in row]


async def test_the_best_trade_is_in_the_first_lines_and_every_contract_in_the_table() -> None:
    # 10,000 / 70,000 = 0.1428 in steps of 0.0001. Basis 0.1428 * 2,100 = 299.88; fees 9.996 + 5.14794, twice = 30.29;
    # net 269.59 on 9,996 + 5,147.94 = 15,143.94, that is 1.78 % in 90 days, 7.2 % a year; even in 30.29 / 3.332 days
    # perpetual: 9,996 * 0.03 % * 30 = 89.96, less fees 9.996 + 4.998, twice = 29.99: 59.98 on 14,994, 4.9 % a year,
    # even in 29.99 / 2.9988 = 10 days
    lines = plain_text(await ask("/funding carry BTC $10k")).splitlines()
    assert lines[:7] == [
        "Carry earns $269.59 in 90 days, locked until expiry, all fees in",
        (
            "Buy 0.1428 BTC at 70,000.00 (Binance spot), sell as many forward at 72,100.00: "
            "the future to 18 Feb 2027, Bybit"
        ),
        "+7.2 % a year on $15,144 of capital: coins $9,996, margin $5,148 at 2x",
        "                  net  a year",
        "perp    Bybit  +59.98  +4.9 %",
        "18 Feb  Bybit    +270  +7.2 %",
        "Perpetual over 30 days, costs in: +$59.98 at today's rate, +$59.98 ± $0.00 at the 30-day average",
    ]


async def test_the_short_and_what_it_takes_to_outlive_a_rise() -> None:
    # (5,147.94 / 0.1428 + 72,100) / 1.0055 = 107,558.43; + 50 % takes
    # 0.1428 * (72,100 * 1.5 * 1.0055 - 72,100) = 5,232.88: 84.94 more
    text = plain_text(await ask("/funding carry BTC $10k"))
    assert "Short liquidated at 107,558.43: +49.2 %; to outlive +50 % it takes $84.94 more margin" in text
    assert "If spot moves: −50 % +$277.16, +50 % +$262.02 (the same but for the fees of going out)" in text


async def test_the_plan_can_be_explained_step_by_step() -> None:
    plan = (await ask("/funding carry BTC $10k")).plan
    assert isinstance(plan, CarryPlan)
    how = plain_text(explanation_of(plan))
    assert "coins × (bid − ask) = 0.1428 × (72,100.00 − 70,000.00) = $299.88" in how
    assert "(72,100.00 ÷ 70,000.00 − 1) × 365 ÷ 90.00 days = +12.17 % a year" in how
    assert "locked until expiry: basis at mid $299.88 − $30.29 = $269.59" in how


async def test_a_perpetual_that_shorts_pay_for_never_breaks_even_and_the_reverse_says_what_it_needs() -> None:
    text = plain_text(await ask("/funding carry BTC $10k", market(at(PERPETUAL, "70000", "-0.0003"))))
    assert text.splitlines()[0] == "Carry loses $299.88 in 30 days, at the 30-day average, all fees in"
    assert "never" in text
    # 9,996 * 0.09 % * 30 = 269.89, less 29.99 = 239.90; * 365 / 30 / 9,996 = 29.2 % a year
    assert "Reverse (perp): sell coins, buy the future: +$239.90 while borrowing costs less than 29.2 % a year" in text
    assert "many accounts cannot borrow" in text


async def test_coin_margined_contracts_are_asked_for_by_name() -> None:
    inverse_dated = inverse("BTC", kind=InstrumentKind.DATED, expires_at=NOW + timedelta(days=90))
    text = plain_text(await ask("/funding carry BTC $10k inverse", market(*USUAL, at(inverse_dated, "72100"))))
    assert "the coins are the margin" in text
    assert "No price liquidates the short" in text


async def test_each_expiry_is_shown_where_it_earns_most_and_one_exchange_where_it_is_asked_for() -> None:
    cheap, later = replace(DATED, exchange="okx"), replace(DATED, exchange="okx", expires_at=NOW + timedelta(days=181))
    everywhere = market(*USUAL, at(cheap, "71000"), at(later, "74000"))
    lines = plain_text(await ask("/funding carry BTC $10k", everywhere)).splitlines()
    assert [line.split()[:3] for line in lines[4:7]] == [
        ["perp", "Bybit", "+59.98"],
        ["18", "Feb", "Bybit"],
        ["20", "May", "OKX"],
    ]
    assert "even after 9 days" in "\n".join(lines)
    lines = plain_text(await ask("/funding carry BTC $10k okx", everywhere)).splitlines()
    assert [line.split()[:3] for line in lines[4:6]] == [["18", "Feb", "OKX"], ["20", "May", "OKX"]]
    assert "Elsewhere, a year: Bybit 18 Feb +7.2 %" in lines


async def test_every_button_is_a_line_that_is_understood() -> None:
    dear = replace(DATED, exchange="okx")
    reply = await ask("/funding carry BTC $10k 3x", market(*USUAL, at(dear, "72000")))
    assert {"/funding carry $10000 BTC 1x", "/funding carry $10000 BTC 3x okx", "/funding roll BTC"} <= set(
        commands(reply)
    )


async def test_without_a_coin_the_majors_are_offered() -> None:
    assert commands(await ask("/funding carry")) == [
        "/funding carry $10000 BTC",
        "/funding carry $10000 ETH",
        "/funding carry $10000 SOL",
    ]


@pytest.mark.parametrize(
    ("line", "words", "way_on"),
    [
        ("/funding carry BTC ETH", "which one", "/funding carry BTC"),
        ("/funding carry BTC 500x", "up to 100x", "/funding carry BTC 2x"),
        ("/funding carry BTC 900d", "at most 730 days", "/funding carry BTC 730d"),
        ("/funding carry BTC 50%", "A carry takes", "/funding carry BTC $10k"),
        ("/funding carry BTC okx", "OKX has no such contract", "/funding carry BTC"),
        ("/funding carry BTC inverse", "coin-margined", "/funding carry BTC"),
    ],
)
async def test_a_mistake_is_named_with_the_corrected_line(line: str, words: str, way_on: str) -> None:
    problem = await problem_of(line)
    assert words in problem.sentence
    assert way_on in [suggestion.command for suggestion in problem.suggestions]


async def test_a_coin_without_a_spot_market_or_without_futures_is_said() -> None:
    assert (
        "No exchange here has a spot market of BTC"
        in (await problem_of("/funding carry BTC", FakeMarket(markets=USUAL))).sentence
    )
    assert "No exchange here has a future on GATE" in (await problem_of("/funding carry GATE")).sentence


async def test_a_size_beyond_the_visible_book_is_not_guessed() -> None:
    thin = market(*USUAL, spot=flat(SPOT, "70000", "0.01"))
    problem = await problem_of("/funding carry BTC $10k", thin)
    assert "Not fillable in the visible book" in problem.sentence
    assert "it shows 0.01 of 0.1428 BTC" in problem.sentence
    assert "/funding carry $1000 BTC" in [suggestion.command for suggestion in problem.suggestions]
    problem = await problem_of("/funding carry 2 BTC", thin)
    assert [suggestion.command for suggestion in problem.suggestions][:2] == [
        "/funding carry 20 BTC",
        "/funding carry 0.2 BTC",
    ]


async def test_basis_fees_and_slippage_as_printed_sum_to_the_net() -> None:
    # asks 10 above the bids: (72,100 - 70,010) * 0.1428 = 298.45 of basis at the prices of going in, where the slippage
    # of going in (0.1428 * 5 at spot, 5 at the future) is already; fees 0.1428 * (0.1 % * (70,010 + 70,000) +
    # 0.05 % * (72,100 + 72,110)) = 10.00 + 5.15 + 10.00 + 5.15; out 0.1428 * 5 = 0.71 below mid: 267.45 is left
    def wide(instrument: Instrument, bid: str, ask: str) -> OrderBook:
        return OrderBook(instrument, (Level(d(bid), d(9)),), (Level(d(ask), d(9)),), NOW)

    dated = replace(at(DATED, "72100"), book=wide(DATED, "72100", "72110"))
    text = plain_text(await ask("/funding carry 0.1428 BTC", market(dated, spot=wide(SPOT, "70000", "70010"))))
    assert "18 Feb, Bybit: basis +2.985 % = +$298.45, +12.11 % a year" in text
    assert "fees $10.00 + $5.15 + $10.00 + $5.15, slippage of going out $0.71, even" in text
    assert text.startswith("Carry earns $267.45 in 90 days")


async def test_a_premium_is_not_counted_and_a_reverse_that_loses_is_said_too() -> None:
    # below spot: 0.1428 * (70,000 - 69,900) = 14.28, less fees 9.996 * 2 + 0.1428 * 69,900 * 0.05 % * 2 = 29.97
    text = plain_text(await ask("/funding carry 0.1428 BTC", market(at(PERPETUAL, "70000"), at(DATED, "69900"))))
    assert "perp, Bybit: premium 0.000 % = $0.00, not counted" in text
    assert "Reverse, coins sold and the future bought: −$15.69 before borrowing" in text


async def test_another_coin_of_the_same_name_is_no_carry() -> None:
    """Its basis would be the best there is, every time."""
    other = replace(DATED, exchange="okx")
    snapshot = at(other, "75000")
    clash = replace(snapshot, quote=replace(snapshot.quote, index_quote=d(73_600)))  # 5.1 % above the spot of 70,000
    text = plain_text(await ask("/funding carry BTC $10k", market(*USUAL, clash)))
    assert text.splitlines()[0] == "Carry earns $269.59 in 90 days, locked until expiry, all fees in"
    assert "18 Feb, OKX: It follows a price more than 5 % from this spot price" in text


async def test_an_exchange_that_is_missing_is_named() -> None:
    text = plain_text(await ask("/funding carry BTC", market(*USUAL, outages=(Outage("okx", "is slow"),))))
    assert "⚠ Exchanges missing: OKX" in text


async def test_an_unknown_coin_is_a_mistake_and_help_is_that_of_the_command() -> None:
    assert isinstance(await problem_of("/funding carry BTCC"), UserMistake)
    problem = await problem_of("/funding carry <b>")
    assert [suggestion.command for suggestion in problem.suggestions] == ["/help funding"]
