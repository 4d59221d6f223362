"""How a risk looks on a phone: what matters most first, losses in a table, the rest with a tap; a hedge beside it.

Law: what is counted nowhere is named, and every figure says how many days are behind it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Audience, Reply
from chatbot.core.markets import exchange_name
from chatbot.core.risk.measures import BETA_DAYS, BITCOIN, FEW_DAYS, LEVELS, RECENT_DAYS, SPANS
from chatbot.core.risk.plan import Measured, RiskPlan
from chatbot.core.risk.positions import PositionRisk
from handlers import formatting as show
from handlers.risk import words
from handlers.risk.buttons import buttons_of, what_if_buttons
from handlers.risk.request import WhatIf

OLD = timedelta(minutes=1)
NAME_COLUMNS = 7
COINS_SEEN, POSITIONS_SEEN, NAMED_AT_ONCE = 10, 8, 8
MULTIPLES, LARGEST = 9.995, 999
COMPARED_MOVES = (-0.3, -0.5, 0.5)
FUNDING_WORDS = "Funding of the whole book"


def render(plan: RiskPlan, what_if: WhatIf | None, key: str) -> Reply:
    """The answer to /risk; with `what_if` before and after it. `key` is of the kept answer."""
    said = _compared(plan, plan.after) if plan.after is not None else _as_it_is(plan)
    rest = (_missing(plan), _folded(plan), _source(plan))
    text = "\n".join((*_headed(plan, tuple(said)), *(each for part in rest for each in part)))
    buttons = buttons_of(plan, key) if what_if is None else what_if_buttons(plan, what_if, key)
    return Reply(text, buttons, audience=Audience.ASKER, plan=plan)


def _headed(plan: RiskPlan, lines: Sequence[str]) -> tuple[str, ...]:
    """The first line is the answer; old prices are said in it."""
    age = plan.planned_at - plan.as_of if plan.as_of else None
    old = f"Prices are {show.duration(age)} old. " if age is not None and age > OLD else ""
    return (f"<b>{old}{lines[0]}</b>", *lines[1:])


# The portfolio as it is


def _as_it_is(plan: RiskPlan) -> Iterator[str]:
    measured, report = plan.before, plan.before.report
    asked = [words.outcome_of(each, measured) for each in measured.outcomes if each.bitcoin_move == plan.asked_move]
    yield from dict.fromkeys((*asked, *words.what_matters(measured)))
    recent, weighted = words.percent(report.volatility_per_year), words.percent(report.weighted_volatility_per_year)
    yield f"Volatility {recent} a year, {weighted} with the latest days weighing most"
    yield _losses(measured)
    yield f"Drawdown {words.percent(report.max_drawdown)} · beta {words.plain(report.beta)}{_in_bitcoin(measured)}"
    yield from _funding(measured)
    yield from _days(measured)


def _losses(measured: Measured) -> str:
    rows = [
        (f"{days} day{'' if days == 1 else 's'} {name}", *(_loss(measured, days, level, name) for level in LEVELS))
        for days in SPANS
        for name in ("VaR", "ES")
    ]
    return show.table(("", *(f"{level:.0%}" for level in LEVELS)), rows, names=1)


def _loss(measured: Measured, days: int, level: float, name: str) -> str:
    tail = words.loss(measured, days, level)
    return words.dollars(measured, tail.at_risk if name == "VaR" else tail.shortfall)


def _in_bitcoin(measured: Measured) -> str:
    if measured.bitcoin_base is None:
        return ""
    return f" · moves like {show.quantity(measured.bitcoin_base)} {BITCOIN}"


def _funding(measured: Measured) -> Iterator[str]:
    """Nothing to say where there are no futures."""
    positions = measured.book.counted
    if not positions:
        return
    total = measured.book.funding_usd_per_day
    if total is None:
        yield f"{FUNDING_WORDS}: not known"
        return
    unknown = sum(each.funding_usd_per_day is None for each in positions)
    rest = f", {unknown} of {len(positions)} positions not known" if unknown else ""
    way = "received" if total > 0 else "paid"
    yield f"{FUNDING_WORDS}: {show.signed_money(total)} a day ({way}, at today's rates{rest})"


def _days(measured: Measured) -> Iterator[str]:
    report = measured.report
    beta, recent = min(BETA_DAYS, report.days), min(RECENT_DAYS, report.days)
    if report.days < FEW_DAYS:
        shortest = min(report.short, key=lambda each: each[1], default=(BITCOIN, report.days))[0]
        begun = f"⚠ Only {report.days} days, for {show.escape(shortest)} has no more"
    else:
        begun = f"Past: {report.days} days since {report.since:%d %b %Y}, with today's amounts"
    yield f"{begun}; beta {beta} days, volatility {recent}"


# Before and after a hedge


def _compared(plan: RiskPlan, after: Measured) -> Iterator[str]:
    before = plan.before
    short = words.named(after.book.positions[-1].position)
    days, level = words.BAD_DAY
    was, is_now = (_loss(each, days, level, "VaR") for each in (before, after))
    betas = " → ".join(words.plain(each.report.beta) for each in (before, after))
    cautions = (*_over_hedged(plan, after), *words.past(after))
    if not plan.is_affordable:
        yield from (_impossible(plan, short), *cautions)
        cautions = ()
    yield f"{short}: beta {betas}, a bad day {was} → {is_now}"
    yield from (*cautions, *_margin(plan))
    yield show.table(("", "before", "after"), list(_pairs(before, after)), names=1)
    yield _position(after.book.positions[-1])
    yield words.what_else(after)[0]
    yield from _funding(after)
    yield from _days(after)


def _impossible(plan: RiskPlan, short: str) -> str:
    held = show.money(plan.before.book.held_usd)
    return f"⚠ {short} needs {show.money(plan.hedge_margin_usd)} of margin, and all you hold is worth {held}"


def _margin(plan: RiskPlan) -> Iterator[str]:
    """Which cash it would come from; what is not there has to be sold for, or added."""
    if plan.hedge is None or not plan.is_affordable:
        return
    cash, needed = plan.before.book.cash_usd, plan.hedge_margin_usd
    margin = f"argin {show.money(needed)} at {show.leverage(plan.hedge.leverage or Decimal(1))}"
    if needed <= cash:
        yield f"M{margin}, of {show.money(cash)} in stables"
    elif cash:
        yield f"⚠ M{margin}: {show.money(needed - cash)} more than the {show.money(cash)} held in stables"
    else:
        yield f"⚠ M{margin}, and no stables are held for it"


def _over_hedged(plan: RiskPlan, after: Measured) -> Iterator[str]:
    """Said, however it came about: more coins than are held, or more beta than there is."""
    if plan.over_base:
        coin = show.escape(after.book.positions[-1].position.coin)
        more = f"{show.quantity(plan.over_base)} {coin} more than you hold net of futures"
        yield f"⚠ Over-hedged: {more}, a bet against {coin}"
    side = "rises" if after.report.beta < 0 else "falls"
    if plan.raises_exposure:
        yield f"⚠ Exposed more than before: larger than what there is to hedge, you lose when {BITCOIN} {side}"
    elif plan.turns_exposure:
        yield f"⚠ Over-hedged: from now on you lose when {BITCOIN} {side}"


def _pairs(before: Measured, after: Measured) -> Iterator[tuple[str, str, str]]:
    both = (before, after)

    def row(name: str, *figures: str) -> tuple[str, str, str]:
        return name, figures[0], figures[1]

    yield row("volatility", *(_move(each.report.volatility_per_year) for each in both))
    for days in SPANS:
        yield row(f"VaR 95% {days} d", *(_loss(each, days, LEVELS[0], "VaR") for each in both))
    yield row("drawdown", *(_move(each.report.max_drawdown) for each in both))
    yield row(
        f"≈ {BITCOIN}", *(show.compact(each.bitcoin_base) if each.bitcoin_base is not None else "?" for each in both)
    )
    for move in COMPARED_MOVES:
        results = (outcome.result_usd for each in both for outcome in each.outcomes if outcome.bitcoin_move == move)
        yield row(f"{BITCOIN} {_gained(move)}", *(show.compact_money(result) for result in results))


# What is left out, and what comes with a tap


def _missing(plan: RiskPlan) -> Iterator[str]:
    measured = plan.after or plan.before
    report = measured.report
    yield from _unsaid(measured)
    if len(report.short) > 1:  # one alone is told beside the days
        yield f"Short histories: {_with_days(report.short)}"
    if report.left_out:
        yield f"Too little history, counted nowhere: {_with_days(report.left_out)}{_worth(measured)}"
    if measured.book.unpriced:
        yield f"Without a price, counted nowhere: {_named(measured.book.unpriced)}"
    if plan.unasked:
        yield f"Beyond the largest coins, counted nowhere: {_named(plan.unasked)}"
    if plan.outages:
        names = ", ".join(show.escape(exchange_name(outage.exchange)) for outage in plan.outages)
        yield f"{len(plan.outages)} of {plan.exchanges_asked} exchanges missing: {names}"


def _unsaid(measured: Measured) -> Iterator[str]:
    """The capital that shares are parts of rests on an assumption there."""
    bare = [each.position for each in measured.book.counted if each.price_quote and not each.position.leverage]
    if bare:
        names = _named([f"{each.side.value} {each.coin}" for each in bare])
        yield f"⚠ No leverage recorded, so it counts as 1x: {names}"


def _worth(measured: Measured) -> str:
    """What the figures leave out by it."""
    exposures, capital = dict(measured.book.exposures), measured.report.capital_usd
    worth = sum((abs(exposures[coin]) for coin, _ in measured.report.left_out), Decimal(0))
    return f"; {show.money(worth)}, {show.share_as_percent(worth / capital)} of the capital"


def _with_days(coins: Sequence[tuple[str, int]]) -> str:
    """NEW 20 days, LATE no prices."""
    return _named([f"{coin} {f'{days} days' if days else 'no prices'}" for coin, days in coins])


def _named(coins: Sequence[str]) -> str:
    """The first of them by name, the others by their number."""
    hidden = len(coins) - NAMED_AT_ONCE
    return ", ".join(map(show.escape, coins[:NAMED_AT_ONCE])) + (f" and {hidden} more" if hidden > 0 else "")


def _folded(plan: RiskPlan) -> Iterator[str]:
    measured = plan.after or plan.before
    lines = [] if plan.after is None else ["After it:", _losses(measured)]
    parts = (_contributions, _stresses, _positions)
    yield show.expandable("\n".join((*lines, *(each for part in parts for each in part(measured)), _terms())))


def _contributions(measured: Measured) -> Iterator[str]:
    """The largest parts of the risk, to whichever side."""
    found = sorted(measured.report.contributions, key=lambda each: -abs(each.risk))
    rows = [
        (
            show.clipped(each.coin, NAME_COLUMNS),
            _move(each.weight),
            _move(each.risk),
            _move(each.volatility_per_year),
            words.plain(each.beta),
        )
        for each in found[:COINS_SEEN]
    ]
    yield "Part of the capital, share of the risk, volatility, beta:"
    yield show.table(("coin", "part", "risk", "vol", "beta"), rows, names=1)
    hidden = found[COINS_SEEN:]
    if hidden:
        yield f"and {len(hidden)} more: {words.percent(sum(each.risk for each in hidden))} of the risk"


def _stresses(measured: Measured) -> Iterator[str]:
    rows = [
        (
            _gained(outcome.bitcoin_move),
            show.compact_money(outcome.result_usd),
            _gained(float(outcome.result_usd / measured.report.capital_usd)),
            str(len(outcome.liquidated)) if outcome.liquidated else "",
        )
        for outcome in measured.outcomes
    ]
    way = "moves" if measured.outcomes[-1].bitcoin_move > 0 else "falls"
    yield f"If {BITCOIN} {way}, each coin by its beta; positions liquidated on the way lose what they tie up:"
    yield show.table((BITCOIN, "result", "part", "liq."), rows, names=1)
    yield from _liquidations(measured)


def _liquidations(measured: Measured) -> Iterator[str]:
    """Each position once, at the first move that meets its price."""
    told: set[int] = set()
    for outcome in measured.outcomes:
        for at in (at for at in outcome.liquidated if at not in told):
            told.add(at)
            each = measured.book.positions[at]
            lost = show.money(each.equity_usd)
            yield f"By {_gained(outcome.bitcoin_move)}: {words.named(each.position)} is liquidated, {lost} gone"


def _positions(measured: Measured) -> Iterator[str]:
    positions = measured.book.positions
    yield from map(_position, positions[:POSITIONS_SEEN])
    if len(positions) > POSITIONS_SEEN:
        yield f"and {len(positions) - POSITIONS_SEEN} more positions"


def _position(each: PositionRisk) -> str:
    daily = each.funding_usd_per_day
    funding = "; funding not known" if daily is None else f"; funding {show.signed_money(daily)} a day"
    return f"• {words.named(each.position)}: {words.liquidation(each)}{'' if each.is_past else funding}"


def _terms() -> str:
    return "VaR: the worst 5 % (1 %) of the past days lost that or more. ES: what those lost on average."


def _source(plan: RiskPlan) -> Iterator[str]:
    if plan.as_of is not None:
        yield show.source_line(", ".join(plan.sources), None, plan.planned_at - plan.as_of)


def _move(share: float) -> str:
    """−30%, in at most six columns: what is ten times the whole and more in multiples."""
    if abs(share) < MULTIPLES:
        return f"{words.plain(share * 100, digits=0)}%"
    if abs(share) < LARGEST:
        return f"{words.plain(share, digits=0)}x"
    return f"{f'<{show.MINUS}' if share < 0 else '>'}{LARGEST}x"


def _gained(share: float) -> str:
    shown = _move(share)
    return f"+{shown}" if share > 0 and shown != "0%" else shown
