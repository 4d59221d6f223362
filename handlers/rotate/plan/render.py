"""How a rotation looks on a phone: what is done in the first line, stages in a table, then when it pays."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Audience, Reply
from chatbot.core.markets import InstrumentKind, exchange_name
from chatbot.core.portfolio import Side
from chatbot.core.rotation.transit.bridge import Bridge
from chatbot.core.rotation.transit.legs import Leg, Pair, per_day_quote
from chatbot.core.rotation.transit.outcomes import A_TENTH, Outcome
from chatbot.core.rotation.transit.plan import Caution, Moved, RotationPlan
from chatbot.core.rotation.transit.stages import Stage
from handlers import formatting as show
from handlers.rotate.plan.buttons import buttons_of
from handlers.rotate.plan.ends import MOST_SOLD
from handlers.rotate.plan.paying import paying
from handlers.rotate.plan.places import Seen
from handlers.rotate.plan.request import PlanRequest
from handlers.rotate.plan.words import (
    after,
    cautions,
    dollars,
    earns,
    gain,
    move,
    named,
    place,
    signed_dollars,
    unfillable,
    verb,
    wipe_out,
)

ROWS_SEEN = 5  # of stages, before the table moves under the fold
CAUTIONS_SEEN = 2
ORDERS_SEEN = 14
NAME_COLUMNS = 4
NOTHING = Decimal(0)


def render(plan: RotationPlan, request: PlanRequest, key: str, looked: Seen) -> Reply:
    """The answer to /rotate UNI FET $5k."""
    warned = cautions(plan)
    most = CAUTIONS_SEEN - 1 if unfillable(plan) else CAUTIONS_SEEN  # that one is in the first line
    seen, rest = ([f"⚠ {text}" for text in texts] for texts in (warned[:most], warned[most:]))
    details = show.expandable("\n".join((*_details(plan, request), *rest)))
    source = show.source_line(", ".join(plan.sources), None, plan.planned_at - plan.as_of)
    summary = _summary(plan, request, looked)
    text = "\n".join((*summary, *seen, *_missing(plan, looked), details, source))
    is_own = any(each.held_base is not None for each in plan.sold)
    audience = Audience.ASKER if is_own else Audience.ANYONE
    return Reply(text, buttons_of(plan, request, key, looked), audience=audience, plan=plan)


def _summary(plan: RotationPlan, request: PlanRequest, looked: Seen) -> Iterator[str]:
    thin = unfillable(plan)
    if thin:
        yield f"<b>Not fillable as asked: a stage is more than the visible book of {thin}</b>"
    yield f"As asked: {_headline(plan, request)}" if thin else f"<b>{_headline(plan, request)}</b>"
    yield from _silent(looked)
    yield _trades(plan)
    yield from (_bridge(bridge, plan) for bridge in plan.bridges[:1])
    yield from _further_bridges(plan)
    yield from (_long(leg) for leg in plan.longs)
    if len(plan.stages) - 1 <= ROWS_SEEN:
        yield _table(plan)
    yield paying(plan)
    yield from _moves(plan)


def _silent(looked: Seen) -> Iterator[str]:
    """Exchanges that told nothing new, and whether the plan could do without them."""
    exchanges = (*looked.late, *looked.passed)
    names, tells = ", ".join(place(each) for each in exchanges), "tells" if len(exchanges) == 1 else "tell"
    if looked.late:
        yield f"⚠ {names} {tells} nothing new now: this rests on old prices, or none"
    elif looked.passed:
        yield f"⚠ {names} would have been used and {tells} nothing new now"


def _headline(plan: RotationPlan, request: PlanRequest) -> str:
    age = plan.planned_at - plan.as_of
    old = f"Prices are {show.duration(age)} old. " if Caution.OLD_PRICE in plan.cautions else ""
    sold, bought = _side(request.source.name, plan.sold), _side(request.target.name, plan.bought)
    count = len(plan.stages) - 1
    how = f"in {count} stages" if count > 1 else "at once" if not plan.terms.hedge_share else "in one go"
    return f"{old}Sell {dollars(plan.value_quote)} of {sold} for {bought} {how}{_meanwhile(plan)}"


def _meanwhile(plan: RotationPlan) -> str:
    if not plan.bridges:
        return ""
    coins = ", ".join(dict.fromkeys(show.escape(each.hedge.chosen.instrument.coin) for each in plan.bridges))
    until = ", kept: a bet" if plan.terms.keeps_short else " until sold"
    return f"; short {dollars(plan.short_quote)} of {coins}{until}"


def _side(name: str, coins: tuple[Moved, ...]) -> str:
    return show.escape(name) if [each.coin for each in coins] == [name] else f"{show.escape(name)} ({named(coins)})"


def _trades(plan: RotationPlan) -> str:
    """What is sold and bought in all, and where; what the orders of each stage are is under the fold."""
    sold = ", ".join(_amount(each) for each in plan.sold)
    bought = ", ".join(_amount(each) for each in plan.bought)
    value = sum((each.value_quote for each in plan.bought), NOTHING)
    exchanges = dict.fromkeys(_where(each) for each in (*plan.sold, *plan.bought))
    if len(exchanges) == 1:
        return f"Sell {sold}, buy {bought} (≈ {show.money(value)}), {next(iter(exchanges))}"
    return f"Sell {sold} ({_where(plan.sold[0])}), buy {bought} (≈ {show.money(value)}, {_where(plan.bought[0])})"


def _amount(moved: Moved) -> str:
    return f"{show.exact_grouped(moved.amount_base)} {show.escape(moved.coin)}"


def _where(moved: Moved) -> str:
    if moved.market is None:
        return "no spot market here"
    kind = "spot" if moved.market.kind is InstrumentKind.SPOT else "perpetual"
    return f"{place(moved.market.exchange)} {kind}"


def _bridge(bridge: Bridge, plan: RotationPlan) -> str:
    leg = bridge.hedge.chosen
    amount = f"{show.exact_grouped(leg.sizing.amount_base)} {show.escape(leg.instrument.coin)}"
    margin = show.money(leg.sizing.notional_quote / plan.terms.leverage)
    return (
        f"Short {amount} on {place(leg.instrument.exchange)}{_contracts(bridge)}{_through(bridge)}: margin {margin} at "
        f"{show.leverage(plan.terms.leverage)}, {_liquidation(bridge)}, {_funding(bridge)}"
    )


def _contracts(bridge: Bridge) -> str:
    market, size = bridge.hedge.chosen.instrument, bridge.hedge.chosen.sizing
    if market.contract_size == 1:
        return ""
    return f", {show.exact_grouped(size.contracts)} contracts of {show.exact_grouped(market.contract_size)}"


def _through(bridge: Bridge) -> str:
    proxy = bridge.hedge.proxy
    if proxy is None:
        return ""
    fit = "" if proxy.r_squared is None else f", R² {proxy.r_squared:.2f}, {proxy.days} days"
    return f" for {show.escape(bridge.coin)}, which has no perpetual (beta {proxy.beta:.2f}{fit})"


def _liquidation(bridge: Bridge) -> str:
    room, leg = bridge.hedge.room, bridge.hedge.chosen
    if room is None:
        return "liquidation not known"
    if room.liquidation_quote is None or room.room_share is None:
        return "no price liquidates it"
    price = show.price(room.liquidation_quote, leg.instrument.tick_quote)
    estimate = ", an estimate" if room.are_tiers_estimated else ""
    period = show.duration(bridge.hedge.terms.horizon)
    far = "" if room.room_deviations is None else f", {room.room_deviations:.1f}σ of {period}"
    return f"liquidated at <b>{price}</b> ({show.signed_percent(room.room_share)}{far}{estimate})"


def _funding(bridge: Bridge) -> str:
    daily = bridge.hedge.chosen.funding.now_per_day_quote
    if daily is None:
        return "funding now not known"
    verb = "receives" if daily >= 0 else "pays"
    return f"{verb} {dollars(abs(daily))} a day at first (predicted)"


def _further_bridges(plan: RotationPlan) -> Iterator[str]:
    if len(plan.bridges) > 1:
        coins = ", ".join(
            f"{show.exact_grouped(each.shorts[0].amount_base)} {show.escape(each.hedge.chosen.instrument.coin)}"
            for each in plan.bridges[1:]
        )
        margin = plan.short_quote / plan.terms.leverage
        yield f"and short {coins}: {show.money(margin)} of margin in all, details below"


def _long(leg: Leg) -> str:
    daily = per_day_quote(leg.funding)
    funding = "funding not known"
    if daily is not None:
        funding = f"{'receives' if daily >= 0 else 'pays'} {show.money(abs(daily))} a day when all is bought"
    return f"Margin of the purchase {show.money(leg.margin_quote)}; {wipe_out(leg)}; {funding}"


def _table(plan: RotationPlan) -> str:
    """Without a short there is nothing to do at the start."""
    rows = [
        (after(stage.after), _cell(stage.sold_quote), _cell(stage.spent_quote), _cell(plan.short_after_quote(number)))
        for number, stage in enumerate(plan.stages)
    ]
    heads = ("", "sell $", "buy $", "short $")
    return show.table(heads, rows, 1) if plan.bridges else show.table(heads[:3], [row[:3] for row in rows[1:]], 1)


def _cell(value: Decimal) -> str:
    return show.compact(value.quantize(Decimal(1))) if value else "0"


def _moves(plan: RotationPlan) -> Iterator[str]:
    """The sign of the first short in words, and what it is: protection, or a bet."""
    rise, fall = _first(plan, 1), _first(plan, -1)
    coins = named(plan.sold)
    if not plan.bridges:
        yield f"{coins} −20 % before the first sale: the coins {gain(fall.held_quote)}, nothing is short against it"
        return
    yield (
        f"{coins} {move(rise.sold_share)}: the first short {earns(rise.short_quote)}, the coins "
        f"{gain(rise.held_quote)}. {move(fall.sold_share)}: it {earns(fall.short_quote)}, they {gain(fall.held_quote)}"
    )
    yield _meaning(plan)


def _first(plan: RotationPlan, sign: int) -> Outcome:
    return next(each for each in plan.outcomes if each.stage == 0 and each.sold_share * sign > 0)


def _meaning(plan: RotationPlan) -> str:
    covered = {bridge.coin for bridge in plan.bridges}
    coins = named([each for each in plan.sold if each.coin in covered])
    tenth = dollars(-plan.short_on_the_way_quote(A_TENTH))
    if not plan.terms.keeps_short:
        share = show.share_as_percent(plan.terms.hedge_share)
        return (
            f"It protects at most {share} of the {coins} still held, and ends with the last sale: each +10 % of "
            f"{coins} until then costs about {tenth}, each −10 % earns as much"
        )
    return (
        f"⚠ Kept after the last sale it protects nothing: a bet against {coins}, which loses {tenth} for each +10 % "
        "and earns as much for each −10 %"
    )


def _missing(plan: RotationPlan, looked: Seen) -> Iterator[str]:
    """But for those that the first lines name."""
    others = [outage.exchange for outage in plan.outages if outage.exchange not in looked.passed]
    if others:
        names = ", ".join(place(exchange) for exchange in others)
        yield f"⚠ {len(others)} of {plan.exchanges_asked} exchanges missing: {names}"


# Under the fold


def _details(plan: RotationPlan, request: PlanRequest) -> Iterator[str]:
    if len(plan.stages) - 1 > ROWS_SEEN:
        yield _table(plan)
    yield from _outcomes(plan)
    yield from _orders(plan)
    yield from (_bridge(bridge, plan) for bridge in plan.bridges[1:])
    yield from _pair(plan)
    yield from _profit(plan)
    yield from _choice(plan, request)


def _outcomes(plan: RotationPlan) -> Iterator[str]:
    """Four cases halfway; at the start nothing is bought, so only what is sold moves anything."""
    last = len(plan.stages) - 1
    moment = last if plan.terms.keeps_short or last == 1 else last // 2
    found = [each for each in plan.outcomes if each.stage == moment]
    name = "When all is sold" if moment == last else f"After stage {moment} of {last}"
    sold = plan.sold[0].coin if len(plan.sold) == 1 else "sold"
    bought = plan.bought[0].coin if len(plan.bought) == 1 else "new"
    yield f"<b>{name}</b>, dollars before costs"
    rows = [
        (
            move(each.sold_share).removesuffix(" %"),
            move(each.bought_share).removesuffix(" %"),
            show.compact_money(each.held_quote + each.bought_quote),
            show.compact_money(each.short_quote),
            show.compact_money(each.total_quote),
        )
        for each in found
    ]
    heads = (show.clipped(sold, NAME_COLUMNS), show.clipped(bought, NAME_COLUMNS), "coins", "short", "sum")
    yield show.table(heads, rows)


def _orders(plan: RotationPlan) -> Iterator[str]:
    """All of them, or the first stages where that would be too much to read."""
    yield "<b>Orders</b>, taker"
    made = [stage for stage in plan.stages if _count(stage, plan)]
    seen = made if sum(_count(stage, plan) for stage in made) <= ORDERS_SEEN else made[:2]
    yield from (_order_line(stage, plan) for stage in seen)
    if len(seen) < len(made):
        yield f"and so on until {after(made[-1].after)}; sizes differ by a step where they are rounded"


def _count(stage: Stage, plan: RotationPlan) -> int:
    """Of this stage, the short's included."""
    return len(stage.sales) + len(stage.purchases) + (len(plan.bridges) if stage.number == 0 else 0)


def _order_line(stage: Stage, plan: RotationPlan) -> str:
    if stage.number == 0:
        opened = [f"short {_short(bridge, 0)}" for bridge in plan.bridges]
        return f"{after(stage.after)}: {', '.join(opened)}"
    sold = [f"sell {show.exact_grouped(-each.amount_base)} {show.escape(each.coin)}" for each in stage.sales]
    bought = [f"buy {show.exact_grouped(each.amount_base)} {show.escape(each.coin)}" for each in stage.purchases]
    back = [text for bridge in plan.bridges for text in _bought_back(bridge, stage.number)]
    return f"{after(stage.after)}: {', '.join((*sold, *bought, *back))}"


def _short(bridge: Bridge, number: int) -> str:
    return _of_short(bridge, bridge.shorts[number].contracts)


def _of_short(bridge: Bridge, contracts: Decimal) -> str:
    """Coins, and contracts where one is not a coin: that is what is typed."""
    market = bridge.hedge.chosen.instrument
    amount = f"{show.exact_grouped(contracts * market.contract_size)} {show.escape(market.coin)}"
    return amount if market.contract_size == 1 else f"{amount} ({show.exact_grouped(contracts)} contracts)"


def _bought_back(bridge: Bridge, number: int) -> Iterator[str]:
    contracts = bridge.shorts[number - 1].contracts - bridge.shorts[number].contracts
    if contracts:
        yield f"close {_of_short(bridge, contracts)} of the short"


def _pair(plan: RotationPlan) -> Iterator[str]:
    pair = plan.pair
    if pair is None:
        yield f"<b>Without a sale</b>, as a pair: not possible here. {show.escape(_sentence(plan.pair_trouble))}"
        return
    yield "<b>Without a sale</b>: a pair of perpetuals"
    yield from (_leg(leg) for leg in pair.legs)
    yield _deltas(pair)
    yield _stop(pair)
    daily = pair.funding_per_day_quote
    funding = "not known" if daily is None else f"{signed_dollars(daily)} a day"
    yield f"Margin {show.money(pair.margin_quote)}, fees in and out {show.money(pair.fees_quote)}, funding {funding}"


def _sentence(words: str) -> str:
    """With a capital and a stop, whether it was one before or not."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _leg(leg: Leg) -> str:
    amount = f"{show.exact_grouped(leg.sizing.amount_base)} {show.escape(leg.instrument.coin)}"
    where = place(leg.instrument.exchange)
    size = show.money(leg.sizing.notional_quote)
    return f"{leg.side.value.capitalize()} {amount} ({size}, {where}), {_leg_liquidation(leg)}"


def _leg_liquidation(leg: Leg) -> str:
    room = leg.room
    if room is None:
        return "liquidation not known"
    if room.liquidation_quote is None or room.room_share is None:
        return "no price liquidates it"
    price = show.price(room.liquidation_quote, leg.instrument.tick_quote)
    return f"liquidated at {price} ({show.signed_percent(room.room_share)})"


def _deltas(pair: Pair) -> str:
    dollars = f"Delta {signed_dollars(pair.dollars_usd)} in dollars"
    if pair.beta_usd is None:
        return f"{dollars}; in bitcoin's dollars not known: too little history"
    neutral = "" if pair.neutral_usd is None else f"; beta-neutral: short {show.money(pair.neutral_usd)} instead"
    return f"{dollars}, {signed_dollars(pair.beta_usd)} of bitcoin by beta{neutral}"


def _stop(pair: Pair) -> str:
    longs = [leg for leg in pair.legs if leg.side is Side.LONG]
    shorts = [leg for leg in pair.legs if leg.side is Side.SHORT]
    words = f"{show.share_as_percent(pair.stop_share)} relative stop"
    loss = (
        f"−{show.money(pair.long_loss_quote)} if the long falls alone, "
        f"−{show.money(pair.short_loss_quote)} if the short rises alone"
    )
    if pair.ratio_base is None or pair.stop_base is None:
        return f"{words}: {loss}"
    names = f"{show.escape(longs[0].instrument.coin)}/{show.escape(shorts[0].instrument.coin)}"
    return f"{words}: {names} from {show.number(pair.ratio_base)} to {show.number(pair.stop_base)}, {loss}"


def _profit(plan: RotationPlan) -> Iterator[str]:
    half, gained = show.money(plan.profit_quote / 2), f"{verb(plan.bought, 'has', 'have')} gained"
    yield (
        f"<b>A profit</b>: at {move(Decimal('0.2'))} {named(plan.bought)} {gained} {show.money(plan.profit_quote)}: "
        f"{half} to stables, {half} to the foundation"
    )


def _choice(plan: RotationPlan, request: PlanRequest) -> Iterator[str]:
    """What was decided for the reader."""
    if request.source.is_sector:
        yield f"Of {show.escape(request.source.name)} what is held is sold by the same share"
    if plan.left_out:
        names = ", ".join(show.escape(coin) for coin in plan.left_out)
        why = f"no price, too small for {plan.stages_asked} stages, or not among the {MOST_SOLD} largest"
        yield f"Not sold: {names} ({why})"
    if request.target.is_sector:
        yield (
            f"Of {show.escape(request.target.name)} those traded most are bought, in equal parts: {named(plan.bought)}"
        )
    exchanges = {exchange_name(each.market.exchange) for each in plan.sold if each.market}
    if request.exchange is not None and exchange_name(request.exchange) not in exchanges:
        yield f"{place(request.exchange)} has no spot market of {named(plan.sold)}"
