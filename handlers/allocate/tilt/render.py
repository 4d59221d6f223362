"""How a tilt looks on a phone: the legs in the first line, what they cost beside the same by spot, the stop."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Reply
from chatbot.core.allocation.tilt.change import Kind
from chatbot.core.allocation.tilt.figures import BITCOIN, LegBeta
from chatbot.core.allocation.tilt.legs import Leg
from chatbot.core.allocation.tilt.plan import Caution, Moved, TiltPlan
from chatbot.core.hedging.cost import FundingBasis
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import Side
from chatbot.core.quantities import whole_sum
from handlers import formatting as show
from handlers.allocate.tilt.beside import audience_of, break_even_lines, flow, room_words, spot_lines, weights, whole
from handlers.allocate.tilt.buttons import buttons_of
from handlers.allocate.tilt.cautions import caution_lines
from handlers.allocate.tilt.request import TiltRequest

OLD = timedelta(minutes=1)
DAY = timedelta(days=1)
NEAR = Decimal("0.2")  # a move that is said before the details


def render(plan: TiltPlan, request: TiltRequest, key: str) -> Reply:
    """The answer to /allocate tilt and enhance."""
    parts = (
        _headline,
        _what,
        _legs,
        _delta,
        _moves,
        _funding,
        _costs,
        spot_lines,
        break_even_lines,
        _stop,
        caution_lines,
    )
    lines = [text for part in parts for text in part(plan)]
    details = show.expandable("\n".join(_details(plan)))
    text = "\n".join((*lines, details, _source(plan)))
    return Reply(text, buttons_of(plan, request, key), audience=audience_of(plan.change), plan=plan)


def legs_in_words(plan: TiltPlan) -> str:
    """Long BTC $15,000, short ETH $15,000."""
    words = ", ".join(
        f"{leg.side.value} {show.escape(leg.coin)} {show.money(leg.sizing.notional_quote)}" for leg in plan.legs
    )
    return words[0].upper() + words[1:]


def _headline(plan: TiltPlan) -> Iterator[str]:
    age = plan.planned_at - plan.as_of
    old = f"Prices are {show.duration(age)} old. " if age > OLD else ""
    exchange, terms = plan.venue.exchange, plan.terms
    where = exchange_name(exchange) if exchange else "several exchanges"
    own = ", your default" if exchange and exchange == terms.preferred and not terms.exchange else ""
    yield f"<b>{old}{legs_in_words(plan)} on {where}{own} at {show.leverage(terms.leverage)}</b>"


def _what(plan: TiltPlan) -> Iterator[str]:
    change = plan.change
    if change.kind is Kind.ENHANCE:
        notional = show.money(change.coins[0].change_usd)
        yield f"{show.money(change.capital_usd)} is the margin you put in, not the notional: {notional} moves"
        return
    yield f"{weights(change)} of {show.money(change.capital_usd)}{whole(change)}"
    if change.kind is Kind.SINGLE:
        yield f"The {show.money(-change.coins[0].change_usd)} that it frees counts as dollars; the coins stay"


def _legs(plan: TiltPlan) -> Iterator[str]:
    for leg in plan.legs:
        where = "" if plan.venue.exchange else f" on {exchange_name(leg.instrument.exchange)}"
        margin = show.money(leg.margin_quote)
        yield f"• {leg.side.value.capitalize()} {_size(leg)}{where}: margin {margin}, {_liquidation(leg)}"
    dated = [leg for leg in plan.legs if leg.instrument.expires_at is not None]
    for expires_at in dict.fromkeys(leg.instrument.expires_at for leg in dated):
        if expires_at is not None:
            left = show.duration(expires_at - plan.planned_at)
            yield f"Dated: roll or close by {expires_at:%d %b %Y}, in {left}"


def _size(leg: Leg) -> str:
    size, coin = leg.sizing, show.escape(leg.coin)
    coins = f"{show.exact_grouped(size.amount_base)} {coin}"
    if leg.instrument.contract_size == 1:
        return coins
    return f"{coins} = {show.exact_grouped(size.contracts)} contracts"


def _liquidation(leg: Leg) -> str:
    room = leg.room
    if room is None:
        return "liquidation unknown, no margin tiers given"
    if room.liquidation_quote is None or room.room_share is None:
        return "no price liquidates it"
    estimate = "estimate, " if room.are_tiers_estimated else ""
    sigma = "" if room.room_deviations is None else f", {room.room_deviations:.1f}σ"
    price = show.price(room.liquidation_quote, leg.instrument.tick_quote)
    return f"liquidated at <b>{price}</b> ({estimate}{room_words(room.room_share)}{sigma})"


def _delta(plan: TiltPlan) -> Iterator[str]:
    delta = plan.delta
    dollars = f"Delta {show.signed_money(show.cents(delta.dollars_usd))}"
    if delta.beta_usd is None:
        missing = ", ".join(each.coin for each in plan.betas if each.beta is None)
        yield f"{dollars}; beta delta unknown, {show.escape(missing)} has too little history"
        return
    beta = f"beta delta {show.signed_money(show.cents(delta.beta_usd))} of BTC{_betas(plan.betas)}"
    neutral = ", ".join(f"{show.escape(coin)} {show.money(size)}" for coin, size in delta.neutral)
    is_told = neutral and not plan.change.is_neutral
    yield f"{dollars}; {beta}" + (f": neutral with short {neutral}" if is_told else "")


def _betas(betas: Sequence[LegBeta]) -> str:
    known = [
        f"{show.escape(each.coin)} {each.beta:.2f}" for each in betas if each.coin != BITCOIN and each.beta is not None
    ]
    return f" (beta {', '.join(known)})" if known else ""


def _moves(plan: TiltPlan) -> Iterator[str]:
    """A single leg: what a move of ten percent does to it and to its margin."""
    if not plan.moved:
        return
    coin = show.escape(plan.legs[0].coin)
    shown = [_moved(each) for each in plan.moved if abs(each.move_share) < NEAR]
    yield f"If {coin} moves {', '.join(shown)}"


def _moved(each: Moved) -> str:
    move, result = show.signed_percent(each.move_share, digits=0), show.signed_money(show.cents(each.result_quote))
    gone = ", liquidated" if each.is_liquidated else ""
    return f"{move}: {result} ({show.signed_percent(each.margin_share, digits=0)} of the margin{gone})"


def _funding(plan: TiltPlan) -> Iterator[str]:
    if all(leg.funding.rests_on is FundingBasis.NONE for leg in plan.legs):
        yield "Funding: none, the contracts are dated"
        return
    known = [
        (each, words)
        for each, words in (
            (_day_now_quote(plan.legs), "today (predicted)"),
            (_day_month_quote(plan.legs), "at the 30-day average (settled)"),
        )
        if each is not None
    ]
    if not known:
        yield "Funding: unknown"
        return
    length = Decimal(plan.terms.horizon / DAY)
    daily = ", ".join(f"{flow(show.cents(each))} {words}" for each, words in known)
    whole = " or ".join(flow(show.cents(each * length)) for each, _ in known)
    yield f"Funding a day: {daily}; in {show.duration(plan.terms.horizon)} {whole}"


def _day_now_quote(legs: Sequence[Leg]) -> Decimal | None:
    """Of all legs, at the coming rate: received (+) or paid (-); None where one is unknown."""
    return whole_sum([Decimal(0) if leg.is_dated else leg.funding.now_per_day_quote for leg in legs])


def _day_month_quote(legs: Sequence[Leg]) -> Decimal | None:
    """The same at the settled average of 30 days."""
    return whole_sum([Decimal(0) if leg.is_dated else leg.funding.month_per_day_quote for leg in legs])


def _costs(plan: TiltPlan) -> Iterator[str]:
    fees = sum((leg.cost.fees_quote for leg in plan.legs), Decimal(0))
    slippage = whole_sum([leg.cost.slippage_quote for leg in plan.legs])
    gap = whole_sum([leg.basis.gain_quote if leg.basis else None for leg in plan.legs])
    fills = {1: "two", 2: "four", 3: "six"}.get(len(plan.legs), str(2 * len(plan.legs)))
    yield (
        f"Fees {show.money(fees)} ({fills} fills), slippage {_known(slippage)}, "
        f"basis {'?' if gap is None else flow(show.cents(gap))}"
    )


def _known(value: Decimal | None) -> str:
    return "?" if value is None else show.money(value)


def _stop(plan: TiltPlan) -> Iterator[str]:
    stop, share = plan.stop, show.share_as_percent(plan.terms.stop_share)
    if stop.stop_quote is not None:
        leg = plan.legs[0]
        price = show.price(stop.stop_quote, leg.instrument.tick_quote)
        loss = show.money(-max(stop.long_loss_quote, stop.short_loss_quote))
        yield f"Stop at {share} against it: {price}, {_too_late(plan.legs, plan) or loss}"
        return
    sides = {side: " and ".join(show.escape(leg.coin) for leg in plan.legs if leg.side is side) for side in Side}
    where = (
        ""
        if stop.ratio_base is None or stop.stop_base is None
        else (f" at {sides[Side.LONG]}/{sides[Side.SHORT]} {ratio(stop.stop_base)} (now {ratio(stop.ratio_base)})")
    )
    falls = _loss(stop.long_loss_quote, plan, Side.LONG, "fall")
    rises = _loss(stop.short_loss_quote, plan, Side.SHORT, "rise")
    yield f"Stop −{share} relative{where}: {', '.join((*falls, *rises))}"


def _loss(loss_quote: Decimal, plan: TiltPlan, side: Side, verb: str) -> Iterator[str]:
    legs = [leg for leg in plan.legs if leg.side is side]
    if legs:
        coins = " and ".join(show.escape(leg.coin) for leg in legs)
        loss = _too_late(legs, plan) or show.money(-loss_quote)
        yield f"{loss} if only {coins} {verb}{'s' if len(legs) == 1 else ''}"


def _too_late(legs: Sequence[Leg], plan: TiltPlan) -> str:
    """What is liquidated before the stop has lost its margin and no more; empty where the stop comes first."""
    early = [each.leg for each in plan.cautions if each.caution is Caution.LIQUIDATED_BEFORE_STOP and each.leg in legs]
    margin = sum((leg.margin_quote for leg in early), Decimal(0))
    return f"too late: liquidated first, {show.money(margin)} of margin gone" if early else ""


def ratio(value: Decimal) -> str:
    """A price in coins: four digits."""
    return show.number(value)


# Details


def _details(plan: TiltPlan) -> Iterator[str]:
    yield f"Margin in all {show.money(plan.margin_quote)}, isolated"
    for leg in plan.legs:
        yield from _of_leg(leg)
    yield from _beta_details(plan)
    far = [_moved(each) for each in plan.moved if abs(each.move_share) >= NEAR]
    if far:
        yield f"Further: {', '.join(far)}"
    costs = [
        f"{exchange_name(other.exchange)} {_spent(other.cost_quote)}"
        for other in (plan.venue, *plan.others)
        if other.exchange is not None and other.cost_quote is not None
    ]
    if len(costs) > 1:
        yield f"All costs over {show.duration(plan.terms.horizon)}: {', '.join(costs)}"


def _spent(cost_quote: Decimal) -> str:
    """A plain sum is a cost."""
    return show.money(cost_quote) if cost_quote >= 0 else flow(-cost_quote)


def _of_leg(leg: Leg) -> Iterator[str]:
    outlook, coin = leg.funding, show.escape(leg.coin)
    if leg.sizing.open_quote > 0:
        yield f"{coin}: {show.money(leg.sizing.open_quote)} below the exchange's step stays open"
    if outlook.rests_on is not FundingBasis.NONE:
        now = _per_day(outlook.now_per_day_quote, "today (predicted)")
        month = _per_day(outlook.month_per_day_quote, "30-day average (settled)")
        rate = "" if outlook.rate_per_interval is None else f", {show.rate(outlook.rate_per_interval)}"
        every = "" if outlook.interval is None or not rate else f" per {show.interval(outlook.interval)}"
        yield f"{coin} {leg.side.value}, funding a day: {now}{rate}{every}; {month}"
    if leg.basis is not None:
        yield (
            f"{coin} basis {show.signed_percent(leg.basis.basis_share, digits=3)}: "
            f"{flow(show.cents(leg.basis.gain_quote))} within the horizon"
        )


def _per_day(value: Decimal | None, words: str) -> str:
    return f"? {words}" if value is None else f"{flow(show.cents(value))} {words}"


def _beta_details(plan: TiltPlan) -> Iterator[str]:
    for each in plan.betas:
        if each.beta is None or each.standard_error is None:
            continue
        year = "" if each.year_beta is None else f", {each.year_beta:.2f} over {each.year_days} days"
        fit = f"{each.beta:.2f} ± {each.standard_error:.2f} over {each.days} days"
        yield f"Beta of {show.escape(each.coin)}: {fit}{year}"
    if plan.delta.year_beta_usd is not None:
        yield f"Beta delta by the longer window: {show.signed_money(show.cents(plan.delta.year_beta_usd))}"


def _source(plan: TiltPlan) -> str:
    names = ", ".join(dict.fromkeys(leg.source for leg in plan.legs))
    marks = ", ".join(
        f"{show.escape(leg.coin)} {show.price(leg.sizing.price_quote, leg.instrument.tick_quote)}" for leg in plan.legs
    )
    return show.source_line(names, f"mark {marks}", plan.planned_at - plan.as_of)
