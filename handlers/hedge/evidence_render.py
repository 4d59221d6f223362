"""How the test of a hedge looks on a phone: what it did to the swings in the first line, and what it cost."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Audience, Button, Reply, TimeChart, TimeCurve
from chatbot.core.funding import DAY
from chatbot.core.hedging.evidence import MENDED_EVERY, HedgeTest
from chatbot.core.hedging.terms import Origin
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.hedge.buttons import SHARES
from handlers.hedge.request import HedgeRequest, line

VALUE_USD = Decimal(10_000)  # where nothing is named or held
SPANS = (30, 90, 180, 365)
NEARLY_ALL_SHARE = Decimal("0.9")  # of a margin


def render(plan: HedgeTest, request: HedgeRequest, leverage: Decimal, key: str) -> Reply:
    """The answer to /hedge ... test."""
    lines = (
        f"<b>{_headline(plan)}</b>",
        _what(plan),
        _table(plan),
        _parts(plan),
        *_deepest(plan, leverage),
        *_through(plan),
        *_gaps(plan),
        "Past days: the next ones may differ. Margin is taken as always topped up",
        show.source_line(_sources(plan), None, plan.planned_at - plan.as_of),
    )
    audience = Audience.ASKER if plan.origin is Origin.HELD else Audience.ANYONE
    return Reply("\n".join(lines), _buttons(plan, request, key), audience=audience, plan=plan)


def _headline(plan: HedgeTest) -> str:
    hedge = f"Hedging {show.share_as_percent(plan.share)} of {show.escape(plan.coin)}"
    before, after = (_volatility(each) for each in (plan.unhedged.volatility_per_year, plan.hedged.volatility_per_year))
    if plan.hedged.is_ruined:
        return f"{hedge} would have lost all of it: the short lost more than the coins were worth"
    if plan.volatility_cut <= 0:
        return f"{hedge} would not have helped: volatility {before} without, {after} with it"
    total = _total(plan)
    brought = f"and {'brought' if total >= 0 else 'cost'} {show.money(abs(total))}"
    return f"{hedge} would have cut volatility from {before} to {after} a year {brought}"


def _what(plan: HedgeTest) -> str:
    contract = f"short of {show.escape(plan.instrument.coin)} on {exchange_name(plan.instrument.exchange)}"
    return f"{_subject(plan)}, {plan.days} days to {plan.until:%-d %b %Y}, {contract}"


def _subject(plan: HedgeTest) -> str:
    """How much of the coin, at what it was worth at first."""
    value, coin = show.money(plan.value_usd), show.escape(plan.coin)
    if plan.origin is None:
        return f"{value} of {coin}, as no amount is named"
    if plan.amount_base is None:
        return f"{value} of {coin}"
    return f"{'Your ' if plan.origin is Origin.HELD else ''}{show.quantity(plan.amount_base)} {coin}, at first {value}"


def _table(plan: HedgeTest) -> str:
    both = (plan.unhedged, plan.hedged)
    rows = (
        ("result, $", *(show.compact_money(_usd(plan, each.total)) for each in both)),
        ("volatility", *(_volatility(each.volatility_per_year) for each in both)),
        ("deepest fall", *(_fall(each.max_drawdown) for each in both)),
    )
    return show.table(("", "unhedged", "hedged"), rows, names=1)


def _parts(plan: HedgeTest) -> str:
    """They sum, to the cent, to what the hedge brought."""
    price, funding, costs = _to_the_cent(plan)
    settled = "unknown" if plan.funding_source is None else _signed(funding)
    parts = f"price {_signed(price)} · funding {settled} · fees and slippage {_signed(costs)}"
    return f"The short: {parts} = {_signed(_total(plan))}"


def _to_the_cent(plan: HedgeTest) -> tuple[Decimal, Decimal, Decimal]:
    hedged = plan.hedged
    price, funding, costs = (show.cents(_usd(plan, part)) for part in (plan.price_gain, hedged.funding, -hedged.costs))
    return price, funding, costs


def _total(plan: HedgeTest) -> Decimal:
    return sum(_to_the_cent(plan), Decimal(0))


def _deepest(plan: HedgeTest, leverage: Decimal) -> Iterator[str]:
    """A short that is in the red needs margin, whatever the coins have gained."""
    size = float(plan.share)
    if not plan.deepest or not size:
        return
    down = f"At worst, by daily closes, the short was down {show.money(_usd(plan, plan.deepest))}"
    if not plan.is_direct:
        yield down
        return
    share = _exact(plan.deepest / size)
    needed = _needed(share * leverage)
    yield (
        f"{'⚠ ' if needed else ''}{down}, {show.share_as_percent(share)} of its size; the margin of "
        f"{show.leverage(leverage)} is {show.share_as_percent(1 / leverage)}{needed}"
    )


def _needed(used_share: Decimal) -> str:
    """What to say of a margin of which so much was lost: liquidation comes before all of it is gone."""
    if used_share >= 1:
        return ": more was needed"
    return ": too little, with maintenance and the highs within a day" if used_share >= NEARLY_ALL_SHARE else ""


def _through(plan: HedgeTest) -> Iterator[str]:
    if plan.betas is None:
        return
    first, lowest, highest, last = (f"{beta:.2f}" for beta in plan.betas)
    measured = "given" if plan.is_beta_given else f"{first} at first, {lowest} to {highest}, {last} at last"
    yield f"Beta {measured}; sized anew every {MENDED_EVERY} days, {plan.mended} times"


def _gaps(plan: HedgeTest) -> Iterator[str]:
    if plan.unpaid_days:
        yield f"⚠ No settlements on {plan.unpaid_days} of {plan.days} days: no funding is counted there"
    if plan.outages:
        names = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        yield f"⚠ Did not answer: {names}"


def _sources(plan: HedgeTest) -> str:
    return ", ".join(dict.fromkeys(each for each in (plan.source, plan.funding_source) if each))


def _buttons(plan: HedgeTest, request: HedgeRequest, key: str) -> tuple[tuple[Button, ...], ...]:
    shares = tuple(
        Button(_marked(show.share_as_percent(share), share == plan.share), line(request, share=share))
        for share in SHARES
    )
    spans = tuple(Button(_marked(f"{days}d", days == plan.days), line(request, horizon=DAY * days)) for days in SPANS)
    value = VALUE_USD if plan.origin is None else request.value_usd
    where = plan.instrument.exchange
    today = line(request, wants_test=False, horizon=None, value_usd=value, exchange=where)
    return (
        shares,
        spans,
        (Button("How?", f"/how {key}"), Button("Chart", f"/chart {key}")),
        (Button("This hedge today", today),),
    )


def _marked(name: str, is_chosen: bool) -> str:
    return f"• {name}" if is_chosen else name


def picture_of(plan: HedgeTest) -> Reply:
    """The reply to `Chart`: what the coins were worth, alone and with the hedge."""
    curves = tuple(
        TimeCurve(name, tuple((at, _usd(plan, value)) for at, value in zip(plan.curve_at, values, strict=True)))
        for name, values in (("unhedged", plan.unhedged_curve), ("hedged", plan.hedged_curve))
    )
    caption = (
        f"<b>{_headline(plan)}</b>\n{_what(plan)}\n"
        f"{show.source_line(_sources(plan), None, plan.planned_at - plan.as_of)}"
    )
    chart = TimeChart(
        title=f"{show.share_as_percent(plan.share)} hedge of {plan.coin}, {plan.days} days",
        figures=(
            ("volatility alone", _volatility(plan.unhedged.volatility_per_year)),
            ("hedged", _volatility(plan.hedged.volatility_per_year)),
            ("the hedge brought", show.signed_money(_total(plan))),
        ),
        panels=((f"value of {show.money(plan.value_usd)} of {plan.coin}, USD", curves),),
        caption=caption,
    )
    return Reply(caption, picture=chart, is_new_message=True)


def explanation_of(plan: HedgeTest) -> Reply:
    """The reply to `How?`."""
    text = "\n\n".join("\n".join(part) for part in (_size(plan), _result(plan), _measures(plan)))
    return Reply(f"<b>How this hedge was tried</b>\n\n{text}", is_new_message=True)


def _size(plan: HedgeTest) -> Iterator[str]:
    value, share = show.money(plan.value_usd), show.share_as_percent(plan.share)
    yield "<b>Size</b>"
    price = show.number(plan.start_price_quote)
    yield f"Begun at the close before {plan.since:%-d %b %Y}, at {price} for one {show.escape(plan.coin)}"
    if plan.betas is None:
        yield f"short = value × share = {value} × {share} = {show.money(plan.value_usd * plan.share)}"
        yield "A short sized in coins does not drift: nothing is traded until the end."
        return
    short = plan.value_usd * plan.share * _exact(plan.betas[0])
    yield f"short = value × beta × share = {value} × {plan.betas[0]:.4f} × {share} = {show.money(short)}"
    if plan.is_beta_given:
        yield f"Sized anew every {MENDED_EVERY} days."
    else:
        yield f"Beta of the 90 days before, measured and sized anew every {MENDED_EVERY} days, never with a later day."


def _result(plan: HedgeTest) -> Iterator[str]:
    price, funding, costs = _to_the_cent(plan)
    yield "<b>Result</b>"
    yield f"coins alone {_signed(_usd(plan, plan.unhedged.total))}"
    yield f"short's price {_signed(price)}"
    yield f"funding, as it was settled, on the short's size when each day began {_signed(funding)}"
    yield (
        f"costs: {show.share_as_percent(plan.instrument.taker_share)} taker fee + "
        f"{show.share_as_percent(plan.slippage_share)} slippage, assumed, of every trade, in and out {_signed(costs)}"
    )
    yield "The perpetual is taken at the price of its coin: no basis."


def _measures(plan: HedgeTest) -> Iterator[str]:
    yield "<b>Measures</b>"
    yield "Volatility: standard deviation of the daily log returns of coins and short together × √365."
    yield "Deepest fall: from the highest value before."
    yield f"Prices to {plan.until:%-d %b %Y}. The margin is taken as there whenever the short is down."


def _usd(plan: HedgeTest, part: float) -> Decimal:
    return _exact(part) * plan.value_usd


def _signed(value: Decimal) -> str:
    """To the cent."""
    shown = show.exact_money(value)
    return shown if value <= 0 else f"+{shown}"


def _volatility(per_year: float) -> str:
    return f"{per_year * 100:.0f} %"


def _fall(share: float) -> str:
    return show.signed_percent(-_exact(share), digits=0)


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))
