"""/funding BTC: every exchange in one answer."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from chatbot.command import Button, Call, Reply, Services
from chatbot.core.comparison import (
    LEG_QUOTE,
    LEVERAGE,
    ComparisonPlan,
    FundingRow,
    Spread,
    most_traded,
    plan_comparison,
)
from chatbot.core.crowding import Crowding
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Suggestion
from chatbot.core.funding import Realised
from chatbot.core.markets import FundingHistory, FundingKind, Instrument, InstrumentKind, Snapshot, exchange_name
from handlers import formatting as show
from handlers.funding.kept import keep
from handlers.funding.request import COMMAND, FundingRequest, line

QUARTER = timedelta(days=92)
OLD = timedelta(minutes=1)
SPANS = (timedelta(days=30), timedelta(days=90), timedelta(days=365))
ALERT_STEP = Decimal("0.0005")
CARRY_QUOTE = "$10k"
SHORT_NAMES = {"Hyperliquid": "Hyperliq."}


async def answer(call: Call, request: FundingRequest, coin: str, services: Services) -> Reply:
    """The comparison of all perpetuals of the coin."""
    perpetuals = perpetuals_of(request, coin, services)
    snapshots, failed = await services.market.snapshots(perpetuals)
    outages = _with_unloaded(failed, services)
    quarter = await _quarter(snapshots, services)
    plan = await asyncio.to_thread(  # 84 weeks of settlements are summed
        plan_comparison, coin, snapshots, now=services.now(), quarter=quarter, outages=outages
    )
    key = await keep(services, call.chat_id, "exchanges", line(request), plan)
    return replace(render(plan, request, key), plan=plan)


def perpetuals_of(request: FundingRequest, coin: str, services: Services) -> tuple[Instrument, ...]:
    """Of each exchange the first linear and the first coin-margined perpetual; of one where it was asked for."""
    listed = [each for each in services.market.futures(coin) if each.kind is InstrumentKind.PERPETUAL]
    if not listed:
        raise NotPossible(
            f"No exchange here has a perpetual on {coin}, so it pays no funding.", [Suggestion("All coins", COMMAND)]
        )
    asked = [each for each in listed if request.exchange in (None, each.exchange)]
    if not asked:
        raise NotPossible(
            f"{exchange_name(request.exchange or '')} has no perpetual on {coin}.",
            [Suggestion("Every exchange", line(request, exchange=None))],
        )
    return tuple({(each.exchange, each.is_inverse): each for each in reversed(asked)}.values())[::-1]


def _with_unloaded(failed: tuple[Outage, ...], services: Services) -> tuple[Outage, ...]:
    """And those exchanges whose markets are not known: they may list it, too."""
    unloaded = [state.outage for state in services.market.states() if state.outage is not None and not state.markets]
    return tuple({outage.exchange: outage for outage in (*failed, *unloaded)}.values())


async def _quarter(snapshots: tuple[Snapshot, ...], services: Services) -> FundingHistory | None:
    market = most_traded(snapshots)
    if market is None:
        return None
    try:
        return await services.market.funding_history(market, QUARTER)
    except (MarketUnavailable, NotPossible):
        return None  # the answer then says nothing of crowding


def render(plan: ComparisonPlan, request: FundingRequest, key: str) -> Reply:
    """The answer to /funding BTC."""
    details = show.expandable("\n".join(_details(plan)))
    text = "\n".join((*_summary(plan), details, _source(plan)))
    return Reply(text, _buttons(plan, request, key))


def _summary(plan: ComparisonPlan) -> Iterator[str]:
    yield f"<b>{_headline(plan)}</b>"
    yield show.table(("", "per 8h", "a year", ""), [_cells(row) for row in plan.rows], names=1)
    yield from _averages(plan.main)
    if plan.spread is not None:
        yield _spread(plan.spread)
    yield from _crowded(plan)
    yield from _cautions(plan)


def _headline(plan: ComparisonPlan) -> str:
    row, coin = plan.main, show.escape(plan.coin)
    old = plan.planned_at - row.as_of
    age = f"{show.duration(old)} old. " if old > OLD else ""
    where = exchange_name(row.instrument.exchange)
    if row.rate is None:
        return f"{age}{coin}: {where} tells no funding rate now"
    rate = row.rate.rate_per_interval
    payers = "longs pay shorts" if rate > 0 else "shorts pay longs" if rate < 0 else "nobody pays"
    if row.per_eight_hours is None or row.per_year is None:
        return f"{age}{coin}: {payers}, {show.rate(rate)} per charge on {where}; the interval is unknown"
    return (
        f"{age}{coin}: {payers}, {show.rate(row.per_eight_hours)} per 8h on {where}, "
        f"{show.signed_percent(row.per_year, digits=2)} a year"
    )


def _cells(row: FundingRow) -> tuple[str, str, str, str]:
    every = "?" if row.rate is None or row.rate.interval is None else show.interval(row.rate.interval)
    mark = "!" if row.is_suspicious else ""
    if row.per_eight_hours is None or row.per_year is None:
        told = "–" if row.rate is None else "?"
        return name_of(row.instrument), told, told, every
    return name_of(row.instrument), _rate(row.per_eight_hours), show.signed_percent(row.per_year), f"{every}{mark}"


def _rate(per_eight_hours: Decimal) -> str:
    return show.rate(per_eight_hours).removesuffix(" %")


def name_of(instrument: Instrument) -> str:
    """`Bybit`, or `Bybit inv` where the coin is the margin."""
    name = exchange_name(instrument.exchange)
    return f"{name} inv" if instrument.is_inverse else SHORT_NAMES.get(name, name)


def _averages(row: FundingRow) -> Iterator[str]:
    known = [("7 days", row.week), ("30 days", row.month)]
    told = [f"{words} {show.signed_percent(sums.rate_per_year, digits=2)}" for words, sums in known if sums is not None]
    if told:
        yield f"Settled on {exchange_name(row.instrument.exchange)}, a year: {', '.join(told)}"


def _spread(spread: Spread) -> str:
    high, low = (exchange_name(row.instrument.exchange) for row in (spread.high, spread.low))
    even = "never" if spread.break_even is None else f"after {show.duration(spread.break_even)}"
    a_day, fees = show.money(spread.per_day_quote), show.money(spread.fees_quote)
    return (
        f"Spread {show.rate(spread.per_eight_hours)} per 8h: short {high}, long {low} earns {a_day} a day "
        f"on {show.money(LEG_QUOTE)} each; four fees {fees}, even {even}"
    )


def _crowded(plan: ComparisonPlan) -> Iterator[str]:
    if plan.crowded is None or plan.crowded.crowding is Crowding.NONE:
        return
    mean = f"{show.rate(plan.crowded.week_per_eight_hours)} per 8h over 7 days"
    if plan.crowded.crowding is Crowding.LONGS:
        yield f"Crowded longs ({mean}): expensive for a long, income for a short hedge"
    else:
        yield f"Crowded shorts ({mean}): a short hedge pays, a long is paid"


def _cautions(plan: ComparisonPlan) -> Iterator[str]:
    suspicious = [name_of(row.instrument) for row in plan.rows if row.is_suspicious]
    if suspicious:
        yield f"⚠ Suspicious (!), not ranked: {', '.join(suspicious)}"
    unknown = [name_of(row.instrument) for row in plan.rows if row.rate is not None and row.rate.interval is None]
    if unknown:
        yield f"⚠ Interval unknown, not ranked: {', '.join(unknown)}"
    if plan.outages:
        answered = {row.instrument.exchange for row in plan.rows}
        missing = [outage for outage in plan.outages if outage.exchange not in answered]
        names = ", ".join(exchange_name(outage.exchange) for outage in missing)
        if missing:
            yield f"⚠ {len(missing)} of {len(answered) + len(missing)} exchanges missing: {names}"


def _details(plan: ComparisonPlan) -> Iterator[str]:
    for row in plan.rows:
        yield f"<b>{name_of(row.instrument)}</b>: {_rate_in_full(row, plan.planned_at)}"
        yield from _settled(row)
    if plan.spread is not None:
        yield from _spread_details(plan.spread)
    yield "+ longs pay shorts, − shorts pay longs. Per 8h compares; the charge is the rate of its own interval."


def _rate_in_full(row: FundingRow, now: datetime) -> str:
    rate = row.rate
    if rate is None:
        return "no rate"
    every = "per charge, interval unknown" if rate.interval is None else f"per {show.interval(rate.interval)}"
    kind = "predicted" if rate.kind is FundingKind.PREDICTED else "settled"
    charge = ""
    if rate.charged_at is not None and rate.charged_at > now:
        charge = f", charged in {show.duration(rate.charged_at - now)}"
    doubt = ", can hardly be right" if row.is_suspicious else ""
    return f"{show.rate(rate.rate_per_interval)} {every}, {kind}{charge}{doubt}"


def _settled(row: FundingRow) -> Iterator[str]:
    known = [("7 d", row.week), ("30 d", row.month)]
    told = [f"{words} {_sums(sums)}" for words, sums in known if sums is not None]
    if told:
        yield f"settled: {'; '.join(told)}"


def _sums(sums: Realised) -> str:
    yearly, negative = show.signed_percent(sums.rate_per_year, digits=2), show.share_as_percent(sums.negative_share)
    return f"{yearly} a year, negative {negative}"


def _spread_details(spread: Spread) -> Iterator[str]:
    a_year = show.signed_percent(spread.return_per_year)
    yield f"Spread: {a_year} a year on the margin of both sides at {show.leverage(LEVERAGE)}, before fees"
    if spread.month_per_day_quote is not None:
        yield f"At the settled 30-day averages: {show.signed_money(spread.month_per_day_quote)} a day"


def _source(plan: ComparisonPlan) -> str:
    sources = ", ".join(dict.fromkeys(row.source for row in plan.rows))
    oldest = max(plan.planned_at - row.as_of for row in plan.rows)
    return show.source_line(sources, None, oldest)


def _buttons(plan: ComparisonPlan, request: FundingRequest, key: str) -> tuple[tuple[Button, ...], ...]:
    history = tuple(Button(f"{span.days} days", line(request, span=span)) for span in SPANS)
    coin = plan.coin
    return (
        history,
        (
            Button("Alert me", f"{COMMAND} alert {_alert(plan)}"),
            Button("Carry", f"{COMMAND} carry {coin} {CARRY_QUOTE}"),
            Button("Hedge", f"/hedge 1 {coin}"),
        ),
        (Button("How?", f"/how {key}"), Button("All coins", COMMAND), Button("Map", f"{COMMAND} map")),
    )


def _alert(plan: ComparisonPlan) -> str:
    """The next step of 0.05 % per 8 hours beyond what is charged now."""
    now = plan.main.per_eight_hours or Decimal(0)
    steps = (abs(now) / ALERT_STEP).to_integral_value(rounding=ROUND_CEILING)
    level = max(steps, Decimal(1)) * ALERT_STEP
    level = level + ALERT_STEP if level <= abs(now) else level
    shown = show.share_for_typing(level)
    return f"{plan.coin} < -{shown}" if now < 0 else f"{plan.coin} > {shown}"
