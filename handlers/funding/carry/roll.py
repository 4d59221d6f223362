"""Answers /funding roll: what moving a short from the near dated contract into the next one costs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Context, Decimal

from chatbot.command import Button, Call, Reply, Services
from chatbot.core.carry.roll import Roll, RollPlan, plan_roll
from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.markets import Instrument, Snapshot, exchange_name
from handlers import formatting as show
from handlers.funding.carry.request import ROLL, CarryRequest, line, parse
from handlers.funding.kept import keep

_DIGITS = Context(prec=6)  # of coins for a value: no order is as exact as a division
EXAMPLES = ("BTC", "ETH")


async def answer(call: Call, services: Services) -> Reply:
    """The roll of each exchange, cheapest first; without a coin, buttons."""
    states = services.market.states()
    words = call.words.split(maxsplit=1)[1:]
    request = parse(ROLL, "".join(words), services.market.coins(), tuple(state.exchange for state in states))
    if request.coin is None:
        return _menu()
    plan = await _plan(request, request.coin, services)
    key = await keep(services, call.chat_id, "roll", line(request), plan)
    return replace(render(plan, key), plan=plan)


def _menu() -> Reply:
    lines = [f"{ROLL} {coin}" for coin in EXAMPLES]
    return Reply(
        "<b>Roll which coin?</b>\nThe near dated contract is bought back, the next one sold.",
        (tuple(Button(each.removeprefix("/funding "), each) for each in lines),),
    )


async def _plan(request: CarryRequest, coin: str, services: Services) -> RollPlan:
    dated = [each for each in services.market.futures(coin) if each.expires_at is not None]
    dated = [each for each in dated if request.exchange in (None, each.exchange)]
    dated = [each for each in dated if each.is_inverse or not request.is_inverse]
    if not dated:
        where = "No exchange here" if request.exchange is None else exchange_name(request.exchange)
        raise NotPossible(
            f"{where} has {'a' if request.exchange is None else 'no'} dated contract on {coin}"
            f"{': only perpetuals, which need no roll' if request.exchange is None else ''}.",
            [Suggestion(f"Funding of {coin}", f"/funding {coin}")],
        )
    snapshots, outages = await services.market.snapshots(dated)
    return plan_roll(coin, _amount_base(request, snapshots), snapshots, now=services.now(), outages=outages)


def _amount_base(request: CarryRequest, snapshots: Sequence[Snapshot]) -> Decimal:
    """One coin where no amount was written; a value is taken at the first index that came."""
    if request.value_usd is None or not snapshots:
        return request.amount_base or Decimal(1)
    quote = snapshots[0].quote
    return _DIGITS.divide(request.value_usd, quote.index_quote or quote.mark_quote)


def render(plan: RollPlan, key: str) -> Reply:
    """The answer to /funding roll."""
    text = "\n".join((*_summary(plan), _source(plan)))
    coin = plan.coin
    row = (
        Button("How?", f"/how {key}"),
        Button("Carry", f"/funding carry {coin} $10k"),
        Button("Funding", f"/funding {coin}"),
    )
    return Reply(text, (row,))


def _summary(plan: RollPlan) -> Iterator[str]:
    best = plan.rolls[0]
    amount = f"{show.exact_grouped(plan.amount_base)} {show.escape(plan.coin)}"
    yield f"<b>Rolling a short of {amount} {_result(best)}</b>"
    for roll in plan.rolls:
        yield from _block(roll, plan.planned_at)
    yield "Fees: two taker fills. A cost is paid by the short; it earns where the next contract stands higher."
    for reason in plan.refused:
        yield f"⚠ {show.escape(reason)}"
    if plan.outages:
        yield f"⚠ Exchanges missing: {', '.join(exchange_name(outage.exchange) for outage in plan.outages)}"


def _result(roll: Roll) -> str:
    verb = "costs" if roll.total_quote > 0 else "earns"
    return f"{verb} {show.money(abs(roll.total_quote))} on {exchange_name(roll.near.exchange)}, fees in"


def _block(roll: Roll, now: datetime) -> Iterator[str]:
    near, far = roll.near, roll.far
    margined = f", margined in {near.settle}" if near.is_inverse else ""
    yield f"<b>{exchange_name(near.exchange)}</b>{margined}: {_expiry(near, now)} → {_expiry(far, now)}"
    ask, bid = show.price(roll.near_ask_quote, near.tick_quote), show.price(roll.far_bid_quote, far.tick_quote)
    gained, fees = show.signed_money(-roll.cost_quote), show.signed_money(-roll.fees_quote)
    yield f"buy back at {ask}, sell at {bid}: {gained}, fees {fees}"
    yield (
        f"together {show.signed_money(-roll.total_quote)} for {show.duration(roll.extra)} more: "
        f"{show.signed_money(-roll.total_quote_per_day)} a day, "
        f"{show.signed_percent(-roll.total_share_per_year, digits=2)} a year"
    )


def _expiry(contract: Instrument, now: datetime) -> str:
    assert contract.expires_at is not None  # dated contracts alone are rolled
    return f"{contract.expires_at:%d %b %Y} (in {show.duration(contract.expires_at - now)})"


def _source(plan: RollPlan) -> str:
    best = plan.rolls[0]
    return show.source_line(
        best.source, f"index {show.price(best.spot_quote, best.near.tick_quote)}", plan.planned_at - best.as_of
    )


def explanation_of(plan: RollPlan) -> Reply:
    """`How?` on a roll."""
    roll = plan.rolls[0]
    ask, bid = (
        show.price(roll.near_ask_quote, roll.near.tick_quote),
        show.price(roll.far_bid_quote, roll.far.tick_quote),
    )
    spot, days = show.price(roll.spot_quote, roll.near.tick_quote), roll.extra.total_seconds() / 86_400
    return Reply(
        "\n".join(_working(show.exact_grouped(roll.amount_base), ask, bid, spot, days, roll)), is_new_message=True
    )


def _working(amount: str, ask: str, bid: str, spot: str, days: float, roll: Roll) -> Iterator[str]:
    cost, fees, total = (show.exact_money(each) for each in (roll.cost_quote, roll.fees_quote, roll.total_quote))
    yearly = show.signed_percent(roll.total_share_per_year, digits=2)
    yield "<b>How this roll was worked out</b>"
    yield f"coins × (near ask − far bid) = {amount} × ({ask} − {bid}) = {cost} of cost"
    yield f"fees: coins × (fee × {ask} + fee × {bid}) = {fees}"
    yield f"together {total}, ÷ {days:.2f} days = {show.exact_money(roll.total_quote_per_day)} a day"
    yield f"÷ ({amount} × {spot}) × 365 ÷ {days:.2f} = {yearly} a year"
    yield "Prices are walked through the visible books. A negative cost is earned."
