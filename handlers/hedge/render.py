"""How a hedge looks on a phone: the answer in the first line, the figures that are typed at the exchange exact."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Reply
from chatbot.core.basis import BasisState
from chatbot.core.hedging.by_hand import BY_HAND
from chatbot.core.hedging.cost import FundingBasis
from chatbot.core.hedging.plan import Caution, HedgePlan, Leg
from chatbot.core.hedging.scenarios import Scenario
from chatbot.core.hedging.terms import Exposure, Origin
from chatbot.core.markets import InstrumentKind, exchange_name
from handlers import formatting as show
from handlers.hedge.buttons import buttons_of
from handlers.hedge.request import HedgeRequest

NEARLY_ALL = Decimal("0.9995")  # what is open below that is not worth a line


def render(plan: HedgePlan, request: HedgeRequest, key: str) -> Reply:
    """The answer to /hedge."""
    details = show.expandable("\n".join(_details(plan)))
    text = "\n".join((*_summary(plan), *_cautions(plan), details, _source(plan.chosen, plan)))
    return Reply(text, buttons_of(plan, request, key))


def _summary(plan: HedgePlan) -> Iterator[str]:
    leg, size = plan.chosen, plan.chosen.sizing
    yield f"<b>{_headline(plan)}</b>"
    yield _what_it_hedges(plan)
    if leg.instrument.contract_size != 1 or leg.instrument.is_inverse:
        yield f"Order: {show.exact_grouped(size.contracts)} contracts of {_contract(leg)}"
    if size.hedged_share < NEARLY_ALL:
        yield f"Open: {show.money(size.open_quote)} · {_one_lot_more(leg)}"
    yield from _margin(plan)
    yield _funding(plan)
    yield from _dated(plan)
    yield _carry(plan)


def _headline(plan: HedgePlan) -> str:
    leg, size = plan.chosen, plan.chosen.sizing
    age = plan.planned_at - leg.as_of
    old = f"Prices are {show.duration(age)} old. " if Caution.OLD_PRICE in plan.cautions else ""
    is_by_hand = leg.instrument.exchange == BY_HAND  # whose contract need not hold a round number of coins
    amount_base = show.quantity(size.amount_base) if is_by_hand else show.exact_grouped(size.amount_base)
    amount = f"{amount_base} {leg.instrument.coin}"
    if leg.instrument.is_inverse:
        amount = f"{show.exact_grouped(size.contracts)} contracts of {leg.instrument.coin}"
    own = ", your default" if plan.terms.preferred == leg.instrument.exchange and plan.terms.exchange is None else ""
    return f"{old}Short {amount} on {_place(leg)}{own} (≈ {show.money(size.notional_quote)})"


def _place(leg: Leg) -> str:
    if leg.instrument.exchange == BY_HAND:
        return "your contract"
    return exchange_name(leg.instrument.exchange)


def _contract(leg: Leg) -> str:
    if leg.instrument.is_inverse:
        return f"${show.exact(leg.instrument.contract_size)}, margined in {leg.instrument.settle}"
    if leg.instrument.exchange == BY_HAND:
        return f"{show.quantity(leg.instrument.contract_size)} {leg.instrument.coin}"
    return f"{show.exact_grouped(leg.instrument.contract_size)} {leg.instrument.coin}"


def _what_it_hedges(plan: HedgePlan) -> str:
    share, exposure = show.share_as_percent(plan.terms.share), plan.exposure
    whole = f"{_subject(exposure)} ({show.money(exposure.value_quote)})"
    if plan.proxy is None:
        return f"{share} of {whole}, {_kind(plan.chosen)}"
    fit = "as given"
    if plan.proxy.r_squared is not None:
        fit = f"R² {plan.proxy.r_squared:.2f}, {plan.proxy.days} days"
    return f"{share} of {whole}, through {plan.proxy.coin}: beta {plan.proxy.beta:.2f} ({fit})"


def _subject(exposure: Exposure) -> str:
    if exposure.coin is None or exposure.amount_base is None:
        return "your portfolio"
    held = "your " if exposure.origin is Origin.HELD else ""
    return f"{held}{show.quantity(exposure.amount_base)} {show.escape(exposure.coin)}"


def _kind(leg: Leg) -> str:
    market = leg.instrument
    if market.kind is InstrumentKind.DATED and market.expires_at is not None:
        return f"future to {market.expires_at:%d %b %Y}"
    return "coin-margined perpetual" if market.is_inverse else "perpetual"


def _one_lot_more(leg: Leg) -> str:
    size = leg.sizing
    return (
        f"{show.exact(size.contracts)} = {show.share_as_percent(size.hedged_share)}, "
        f"{show.exact(size.next_contracts)} = {show.share_as_percent(size.next_share)}"
    )


def _margin(plan: HedgePlan) -> Iterator[str]:
    leverage, room = show.leverage(plan.terms.leverage), plan.room
    if room is None:
        yield f"Margin {show.money(plan.chosen.sizing.notional_quote / plan.terms.leverage)} at {leverage}, isolated"
        yield "Liquidation: unknown, the exchange gave no margin tiers"
        return
    coin = plan.chosen.instrument.coin
    in_coin = f" ({show.quantity(room.margin_base)} {coin})" if room.margin_base is not None else ""
    yield f"Margin {show.money(room.margin_quote)}{in_coin} at {leverage}, isolated"
    if room.liquidation_quote is None or room.room_share is None:
        yield "No price liquidates it"
        return
    price = show.price(room.liquidation_quote, plan.chosen.instrument.tick_quote)
    deviations = ""
    if room.room_deviations is not None:
        deviations = f", {room.room_deviations:.1f}σ of {show.duration(plan.terms.horizon)}"
    estimate = " (estimate)" if room.are_tiers_estimated else ""
    yield f"Liquidated at <b>{price}</b>{estimate}: {show.signed_percent(room.room_share)}{deviations}"


def _funding(plan: HedgePlan) -> str:
    outlook = plan.chosen.funding
    if outlook.rests_on is FundingBasis.NONE:
        return "Funding: none, the contract is dated"
    if outlook.rate_per_interval is None or outlook.interval is None or outlook.now_per_day_quote is None:
        known = outlook.month_per_day_quote
        settled = "" if known is None else f"; 30-day mean {show.signed_money(known)} a day"
        return f"Funding now: unknown{settled}"
    verb = "receives" if outlook.now_per_day_quote >= 0 else "pays"
    yearly = "" if outlook.now_per_year is None else f", {show.signed_percent(outlook.now_per_year, digits=2)} a year"
    # not "/8h", which Telegram would make a command
    return (
        f"Short {verb} {show.money(abs(outlook.now_per_day_quote))} a day of funding: "
        f"{show.rate(outlook.rate_per_interval)} per {show.interval(outlook.interval)}{yearly}, predicted"
    )


def _dated(plan: HedgePlan) -> Iterator[str]:
    """What is only expected against what is locked today, over the same horizon."""
    other, outlook = plan.dated, plan.chosen.funding
    if other is None or outlook.expected_quote is None:
        return
    spread = outlook.expected_deviation_quote
    around = "" if spread is None else f" ± {show.money(spread)}"
    expected = f"{show.signed_money(outlook.expected_quote)}{around}"
    yield (
        f"Over {show.duration(plan.terms.horizon)}: funding {expected} expected; "
        f"the future to {other.expires_at:%d %b} ({exchange_name(other.instrument.exchange)}) locks "
        f"{show.signed_money(other.within_quote)} of basis, {show.signed_percent(other.basis_per_year)} a year"
    )


def _carry(plan: HedgePlan) -> str:
    carry, period = plan.carry, show.duration(plan.terms.horizon)
    if carry.net_quote is None:
        return f"Over {period}: not every part is known; fees cost {show.money(-carry.fees_quote)}"
    what = "earns" if carry.net_quote >= 0 else "costs"
    return f"Over {period} it {what} {show.money(abs(carry.net_quote))}, fees and slippage in"


def _cautions(plan: HedgePlan) -> Iterator[str]:
    for caution in plan.cautions:
        words = _caution(caution, plan)
        if words:
            yield f"⚠ {words}"
    if plan.outages:
        missing = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        yield f"⚠ {len(plan.outages)} of {len(plan.outages) + len(plan.legs)} exchanges missing: {missing}"
    if plan.left_out:
        yield f"⚠ Left out, no price or too little history: {show.escape(', '.join(plan.left_out))}"


def _caution(caution: Caution, plan: HedgePlan) -> str | None:
    """One plain sentence with a number; None where another line says it already."""
    leg, size = plan.chosen, plan.chosen.sizing
    volume = leg.volume_day_quote or Decimal(1)
    if caution is Caution.LEVERAGE_ABOVE_GUIDE:
        return _wipe_out(plan)
    if caution is Caution.WEAK_PROXY:
        return _weak_proxy(plan)
    if caution is Caution.LIQUIDATION_WITHIN_TWO_SIGMA:
        return _near_liquidation(plan)
    if caution is Caution.EXPIRES_WITHIN_HORIZON:
        return _ends_early(plan)
    return {
        Caution.OVER_HEDGED: (
            f"Over-hedged: with it you are short {show.money(plan.existing.short_quote + size.notional_quote)} "
            f"against {show.money(plan.existing.held_quote)} held"
        ),
        Caution.BOOK_TOO_THIN: f"Not fillable in the visible book of {_place(leg)}: slippage unknown",
        Caution.BIG_ORDER: f"The order is {show.share_as_percent(size.notional_quote / volume)} of a day's volume",
        Caution.COARSE_CONTRACT: (
            f"One lot is {show.money(size.lot_value_quote)}: only {show.share_as_percent(size.hedged_share)} fits"
        ),
        Caution.SMALL_MARKET: f"Small market: {show.money(volume)} traded in 24 h",
        Caution.FUNDING_SUSPICIOUS: "This funding rate can hardly be right: it is not used",
        Caution.MARKS_APART: f"Exchanges disagree on the price of {leg.instrument.coin} by more than 5 %",
    }.get(caution)


def _near_liquidation(plan: HedgePlan) -> str | None:
    if plan.room is None or plan.room.room_deviations is None:
        return None
    lower = " Less leverage moves it away." if plan.terms.leverage > 1 else " More margin moves it away."
    return f"The liquidation price is only {plan.room.room_deviations:.1f}σ away.{lower}"


def _weak_proxy(plan: HedgePlan) -> str | None:
    if plan.proxy is None or plan.proxy.r_squared is None:
        return None
    unexplained = Decimal(repr(1 - plan.proxy.r_squared))
    return f"Weak proxy: {show.share_as_percent(unexplained)} of the moves stay unhedged"


def _ends_early(plan: HedgePlan) -> str | None:
    expires_at = plan.chosen.instrument.expires_at
    if expires_at is None:
        return None
    left, horizon = show.duration(expires_at - plan.planned_at), show.duration(plan.terms.horizon)
    return f"The contract expires in {left}, before {horizon} are over: nothing is hedged from then on"


def _wipe_out(plan: HedgePlan) -> str:
    room = plan.room
    if room is None or room.room_share is None:
        return f"{show.leverage(plan.terms.leverage)} is above the 1x to 3x of a hedge"
    return (
        f"{show.leverage(plan.terms.leverage)}: liquidated at about {show.signed_percent(room.room_share)}, "
        f"all {show.money(room.margin_quote)} gone"
    )


def _details(plan: HedgePlan) -> Iterator[str]:
    moved = plan.chosen.instrument.coin
    yield f"If {moved} moves, over {show.duration(plan.terms.horizon)}, carry included:"
    yield show.table(("move", "coins", "hedged", "liq'd"), [_row(row) for row in plan.scenarios])
    if any(row.liquidated_quote is not None for row in plan.scenarios):
        yield "coins: unhedged. liq'd: what remains when the short is liquidated and its margin gone"
    if plan.room is not None:
        margins = " · ".join(
            f"{show.signed_percent(survival.rise_share, digits=0)} {show.money(survival.margin_quote)}"
            for survival in plan.room.survivals
        )
        yield f"Margin that survives: {margins}"
    yield from _averages(plan)
    yield from _basis(plan)
    yield from _parts(plan)
    yield from _proxy(plan)
    yield from _drift(plan)


def _row(row: Scenario) -> tuple[str, str, str, str]:
    gone = "–" if row.liquidated_quote is None else show.compact_money(row.liquidated_quote)
    move = show.signed_percent(row.move_share, digits=0)
    return move, show.compact_money(row.unhedged_quote), show.compact_money(row.hedged_quote), gone


def _averages(plan: HedgePlan) -> Iterator[str]:
    outlook = plan.chosen.funding
    means = (
        ("7 days", outlook.week_per_day_quote, outlook.week_per_year),
        ("30 days", outlook.month_per_day_quote, outlook.month_per_year),
    )
    known = [
        f"{days} {show.signed_money(per_day)} ({show.signed_percent(per_year, digits=2)} a year)"
        for days, per_day, per_year in means
        if per_day is not None and per_year is not None
    ]
    if known:
        yield f"Settled funding, a day to the short: {', '.join(known)}"
    if outlook.expected_quote is not None and outlook.expected_deviation_quote is not None:
        yield (
            f"Expected over {show.duration(plan.terms.horizon)}: {show.signed_money(outlook.expected_quote)} "
            f"± {show.money(outlook.expected_deviation_quote)}"
        )
    if outlook.charged_at is not None and outlook.charged_at > plan.planned_at:
        yield f"Next charge in {show.duration(outlook.charged_at - plan.planned_at)}"


def _basis(plan: HedgePlan) -> Iterator[str]:
    gap = plan.chosen.basis
    if gap is None or gap.state is BasisState.FLAT:
        return
    verb = "gains" if gap.gain_quote >= 0 else "pays"
    name = "Contango" if gap.state is BasisState.CONTANGO else "Backwardation"
    yearly = "" if gap.basis_per_year is None else f" ({show.signed_percent(gap.basis_per_year)} a year)"
    yield (
        f"{name}: {show.signed_percent(gap.basis_share, digits=3)}{yearly}; "
        f"the short {verb} {show.money(abs(gap.gain_quote))} within the horizon"
    )


def _parts(plan: HedgePlan) -> Iterator[str]:
    carry = plan.carry
    parts = (
        ("staking", carry.staking_quote or None),
        ("funding", carry.funding_quote),
        ("basis", carry.basis_quote),
        ("fees", carry.fees_quote),
        ("slippage", carry.slippage_quote),
    )
    listed = " · ".join(f"{name} {show.signed_money(value)}" for name, value in parts if value is not None)
    yield f"Carry: {listed}"
    if carry.net_per_year is not None:
        yield f"Net {show.signed_percent(carry.net_per_year)} a year of the value held"


def _proxy(plan: HedgePlan) -> Iterator[str]:
    proxy = plan.proxy
    if proxy is None:
        return
    if proxy.standard_error is not None:
        yield f"Beta {proxy.beta:.2f} ± {proxy.standard_error:.2f} from {proxy.days} days"
    if proxy.residual_volatility_per_year is not None and proxy.exposure_volatility_per_year is not None:
        yield (
            f"Volatility {proxy.exposure_volatility_per_year:.0%} a year unhedged, "
            f"{proxy.residual_volatility_per_year:.0%} after a full hedge"
        )
    if plan.correlation_rule_quote is not None:
        yield f"Value × correlation would be {show.money(plan.correlation_rule_quote)}: it leaves out volatility"
    if plan.rejected:
        others = ", ".join(
            f"{other.coin} {'too short' if other.r_squared is None else f'R² {other.r_squared:.2f}'}"
            for other in plan.rejected
        )
        yield f"Not chosen: {others}"


def _drift(plan: HedgePlan) -> Iterator[str]:
    existing, coin = plan.existing, plan.chosen.instrument.coin
    if existing.short_base > 0:
        share = show.share_as_percent(plan.terms.share)
        yield f"You are short {show.quantity(existing.short_base)} {coin} already; {share} in all: {_mending(plan)}"
    if plan.drift is None:
        yield "The contract is sized in coin: a price move needs no mending"
        return
    yield (
        f"Drifts: {show.signed_percent(plan.drift.rise_share, digits=0)} leaves {show.money(plan.drift.open_quote)} "
        f"open; sell {show.exact(plan.drift.mend_contracts)} contracts more then"
    )


def _mending(plan: HedgePlan) -> str:
    leg, mend_base = plan.chosen, plan.existing.mend_base
    if abs(mend_base) < leg.instrument.amount_base(leg.instrument.step_contracts, leg.sizing.price_quote):
        return "nothing to do"
    verb = "sell" if mend_base > 0 else "buy back"
    return f"{verb} {show.quantity(abs(mend_base))} {leg.instrument.coin}"


def _source(leg: Leg, plan: HedgePlan) -> str:
    mark = f"mark {show.price(leg.sizing.price_quote, leg.instrument.tick_quote)}"
    return show.source_line(leg.source, mark, plan.planned_at - leg.as_of)
