"""The same change by selling and buying coins, in words; and whole, as the answer behind `By spot`."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from chatbot.command import Audience, Reply
from chatbot.core.allocation.tilt.change import Change, Kind
from chatbot.core.allocation.tilt.figures import BreakEven, Way, break_even
from chatbot.core.allocation.tilt.legs import Leg
from chatbot.core.allocation.tilt.plan import TiltPlan
from chatbot.core.allocation.tilt.spot import SpotTrade, SpotWay
from chatbot.core.hedging.cost import FundingBasis
from chatbot.core.markets import SpotPrice, exchange_name
from chatbot.core.portfolio import STABLECOINS
from chatbot.core.quantities import whole_sum
from handlers import formatting as show
from handlers.allocate.tilt.buttons import spot_buttons
from handlers.allocate.tilt.request import TiltRequest

DAY = timedelta(days=1)
RATES = {
    FundingBasis.MONTH: "the 30-day average of funding",
    FundingBasis.WEEK: "the 7-day average of funding",
    FundingBasis.NOW: "today's funding",
}


def render_spot(
    change: Change, spot: SpotWay, request: TiltRequest, now: datetime, prices: Sequence[SpotPrice]
) -> Reply:
    """The same change by selling and buying coins, order by order."""
    lines = tuple(_lines(change, spot, now, prices))
    return Reply("\n".join(lines), spot_buttons(request, change), audience=audience_of(change), plan=spot)


def _lines(change: Change, spot: SpotWay, now: datetime, prices: Sequence[SpotPrice]) -> Iterator[str]:
    orders = ", ".join(_order(each) for each in spot.trades)
    yield f"<b>{orders[:1].upper()}{orders[1:] or 'No price of these coins came'}</b>"
    yield f"{weights(change)} of {show.money(change.capital_usd)}{whole(change)}"
    for each in spot.trades:
        yield f"• {_spot_trade(each)}"
    yield f"In all {_spot_costs(spot)}{_cash(change, spot)}"
    yield "A sale is a tax event in many countries" if spot.is_taxed else "Nothing is sold: no tax event"
    if any(each.is_beyond_held for each in spot.trades):
        yield "⚠ That sells more than you hold: futures of yours are part of what you are exposed to"
    known = [price for price in prices if price.coin not in STABLECOINS]
    if known:
        sources = ", ".join(dict.fromkeys(price.source for price in known))
        yield show.source_line(sources, None, now - min(price.as_of for price in known))


def _spot_trade(each: SpotTrade) -> str:
    trade = each.trade
    where = f"{exchange_name(trade.market.exchange)} spot" if trade.market else "no spot market here"
    cost = "cost not known"
    if trade.cost is not None:
        cost = f"fee {show.money(trade.cost.fee_quote)}, slippage {show.money(trade.cost.slippage_quote)}"
    thin = "not fillable in the visible book" if trade.is_thin else cost
    order = _order(each)
    return f"{order[0].upper()}{order[1:]} ≈ {show.money(abs(trade.value_usd))}, {where}: {thin}"


def audience_of(change: Change) -> Audience:
    """What is held is nobody else's business."""
    return Audience.ANYONE if change.is_stated else Audience.ASKER


def weights(change: Change) -> str:
    """BTC 50 → 65 %, ETH 50 → 35 %."""
    return ", ".join(
        f"{show.escape(each.coin)} {_percent(each.from_usd, change)} → {_percent(each.to_usd, change)} %"
        for each in change.coins
    )


def _percent(part_usd: Decimal, change: Change) -> str:
    return show.number((part_usd / change.capital_usd * 100).quantize(Decimal("0.1")))


def whole(change: Change) -> str:
    """What the weights are parts of, where it is not an amount that was said."""
    if change.is_stated:
        return ""
    return ", all you hold" if change.kind is Kind.SINGLE else ", what you hold of these coins"


def spot_lines(plan: TiltPlan) -> Iterator[str]:
    """Beside the futures."""
    spot = plan.spot
    if not spot.trades:
        yield "By spot: no price of these coins came"
        return
    small = [
        f"{show.money(each.wanted_usd)} of {show.escape(each.trade.coin)}" for each in spot.trades if each.is_too_small
    ]
    if small:
        yield f"By spot: not at this size, {', '.join(small)} is below the smallest order"
        return
    orders = ", ".join(_order(each) for each in spot.trades)
    tax = "; the sale is a tax event in many countries" if spot.is_taxed else "; no tax event, nothing is sold"
    yield f"By spot: {orders}; {_spot_costs(spot)}{_cash(plan.change, spot)}{tax}"
    beyond = [show.escape(each.trade.coin) for each in spot.trades if each.is_beyond_held]
    if beyond:
        yield f"By spot that sells more {', '.join(beyond)} than you hold"


def _order(each: SpotTrade) -> str:
    verb = "buy" if each.trade.amount_base > 0 else "sell"
    return f"{verb} {show.exact_grouped(abs(each.trade.amount_base))} {show.escape(each.trade.coin)}"


def _cash(change: Change, spot: SpotWay) -> str:
    """More of a coin without margin is paid in full."""
    if change.kind is not Kind.ENHANCE:
        return ""
    paid = sum((each.trade.value_usd for each in spot.trades), Decimal(0))
    return f"; it needs {show.money(paid)} in cash"


def flow(gain_quote: Decimal) -> str:
    """Costs $1.55, earns $1.55: beside fees a sign alone could be either."""
    verb = "costs " if gain_quote < 0 else "earns " if gain_quote > 0 else ""
    return f"{verb}{show.money(abs(gain_quote))}"


def _spot_costs(spot: SpotWay) -> str:
    if spot.once is None or spot.cost_quote is None:
        return "fees and slippage not known"
    once = f"fees {show.money(spot.once.fee_quote)}, slippage {show.money(spot.once.slippage_quote)}"
    return f"{once} ({show.money(spot.cost_quote)} there and back)"


def break_even_lines(plan: TiltPlan) -> Iterator[str]:
    """Until when which of the two costs less."""
    found = plan.break_even
    if found is None:
        yield "Break-even between the two: unknown, a cost is missing"
        return
    first, other = ("Futures", "spot") if found.first is Way.FUTURES else ("Spot", "futures")
    if found.after is None and found.first is Way.FUTURES and any(leg.is_dated for leg in plan.legs):
        yield "Break-even: not before the contracts end, futures cost less until then"
        return
    if found.after is None:
        yield f"Break-even: never, {first.lower()} cost{'' if first == 'Futures' else 's'} less at any length"
        return
    verb = "cost" if first == "Futures" else "costs"
    rate, today = _resting_on(plan.legs), _break_even_today(plan, found)
    yield f"Break-even: {days(found.after)}{rate}{today}; until then {first.lower()} {verb} less, then {other}"


def _resting_on(legs: Sequence[Leg]) -> str:
    """The funding that the days are counted with; dated contracts have none."""
    rests_on = {leg.funding.rests_on for leg in legs} - {FundingBasis.NONE}
    return f" at {' and '.join(RATES[each] for each in FundingBasis if each in rests_on)}" if rests_on else ""


def _break_even_today(plan: TiltPlan, found: BreakEven) -> str:
    """The same at today's rates, where that is twice as long or half."""
    daily = whole_sum(leg.funding.now_per_day_quote for leg in plan.legs)
    spot = plan.spot.cost_quote
    is_other = any(leg.is_dated or leg.funding.is_suspicious for leg in plan.legs)
    if is_other or daily is None or plan.once_quote is None or spot is None or found.after is None:
        return ""
    today = break_even(plan.once_quote, -daily, spot).after
    if today is None:
        return " (never at today's)"
    is_near = found.after / 2 < today < found.after * 2
    return "" if is_near else f" ({days(today)} at today's)"


def days(length: timedelta) -> str:
    """38 days, 0.4 days."""
    value = Decimal(str(length / DAY))
    shown = show.number(value.quantize(Decimal("0.1") if value < 10 else Decimal(1)))
    return f"{shown} day{'' if shown == '1' else 's'}"


def room_words(share: Decimal) -> str:
    """−19.6 %; with more digits where it is less than one."""
    return show.signed_percent(share, digits=1 if abs(share) >= Decimal("0.01") else 3)
