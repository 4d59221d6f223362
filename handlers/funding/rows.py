"""How the funding of one coin on every exchange looks on a phone: who pays whom first, then a row for each."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Button, HeatMap, Reply
from chatbot.core.comparison import LEG_QUOTE, LEVERAGE, ComparisonPlan, FundingRow, Spread
from chatbot.core.crowding import Crowded, Crowding
from chatbot.core.funding import EIGHT_HOURS, Realised, received_quote
from chatbot.core.markets import FundingKind, FundingRate, exchange_name
from chatbot.core.portfolio import Side
from handlers import formatting as show
from handlers import grammar
from handlers.funding.alerts.request import KEYWORDS as ALERT_WORDS
from handlers.funding.history import SPANS
from handlers.funding.perpetuals import name_of, short_name
from handlers.funding.request import COMMAND, MAP, FundingRequest, line

OLD = timedelta(minutes=1)
DAY = timedelta(days=1)
DIME, SMALL = Decimal("0.1"), Decimal("0.00005")
MOST_LINES = 12  # before the details
MOST_ROWS, FEWEST_ROWS = 6, 2  # of the table; where there are more the middle ones open with a tap
CARRIED = "$10k"
# Levels to be told of, per 8 hours, that traders think in.
LEVELS = tuple(Decimal(level) / 100 for level in ("0.01", "0.02", "0.03", "0.05", "0.1", "0.2", "0.3", "0.5", "1", "2"))


def render(plan: ComparisonPlan, request: FundingRequest, key: str) -> Reply:
    """The answer to /funding BTC."""
    text = "\n".join((*_summary(plan), show.expandable("\n".join(_details(plan))), _source(plan)))
    return Reply(text, _buttons(plan, request, key))


def _summary(plan: ComparisonPlan) -> Iterator[str]:
    yield f"<b>{_headline(plan)}</b>"
    yield from _charge(plan)
    yield _table(plan.rows, _rows_shown(plan))
    yield from _messages(plan)


def _rows_shown(plan: ComparisonPlan) -> int:
    """All, or as many of the highest as of the lowest: the other lines, the head and a mark of the cut take room."""
    room = MOST_LINES - 1 - sum(1 for _ in (*_charge(plan), *_messages(plan), "headline"))
    if len(plan.rows) <= min(room, MOST_ROWS):
        return len(plan.rows)
    return min(max((room - 1) // 2 * 2, FEWEST_ROWS), MOST_ROWS)


def _messages(plan: ComparisonPlan) -> Iterator[str]:
    if plan.spread is not None:
        yield _spread(plan.spread)
    if plan.crowded is not None:
        yield from _crowd(plan.crowded, plan.coin)
    yield from _cautions(plan)


def _headline(plan: ComparisonPlan) -> str:
    row, coin = plan.main, show.escape(plan.coin)
    age = _age(row, plan)
    old = f"{show.duration(age)} old. " if age > OLD else ""
    where = name_of(row.instrument)
    if row.rate is None:
        return f"{old}{coin}: {where} tells no funding rate now"
    payers = _payers(row.rate.rate_per_interval)
    if row.per_eight_hours is None or row.per_year is None:
        rate = show.rate(row.rate.rate_per_interval)
        return f"{old}{coin}: {payers}, {rate} a charge on {where}; its interval is unknown"
    yearly = show.signed_percent(row.per_year, digits=2)
    doubt = ", which can hardly be" if row.is_suspicious else ""
    return f"{old}{coin}: {payers}, {show.rate(row.per_eight_hours)} per 8h on {where}, {yearly} a year{doubt}"


def _age(row: FundingRow, plan: ComparisonPlan) -> timedelta:
    return plan.planned_at - row.as_of


def _payers(rate: Decimal) -> str:
    if rate == 0:
        return "nobody pays"
    return "longs pay shorts" if rate > 0 else "shorts pay longs"


def _charge(plan: ComparisonPlan) -> Iterator[str]:
    """What the main market's next charge is to a short."""
    row = plan.main
    if row.rate is None:
        return
    earned = received_quote(Side.SHORT, LEG_QUOTE, row.rate.rate_per_interval)
    verb = "receives" if earned >= 0 else "pays"
    yield (
        f"A {show.money(LEG_QUOTE)} short {verb} {show.money(abs(earned))} a charge, a long the opposite; "
        f"{_when(row, plan)}"
    )


def _when(row: FundingRow, plan: ComparisonPlan) -> str:
    """`predicted, charged in 4 hours`."""
    assert row.rate is not None
    kind = "predicted" if row.rate.kind is FundingKind.PREDICTED else "settled"
    if row.rate.charged_at is None or row.rate.charged_at <= plan.planned_at:
        return kind
    return f"{kind}, charged in {show.duration(row.rate.charged_at - plan.planned_at)}"


def _table(rows: Sequence[FundingRow], most: int) -> str:
    """Where there are more than `most` (an even number): the ends of those that are ranked, the others only counted."""
    if len(rows) <= most:
        cells = [_cells(row) for row in rows]
    else:
        ranked = [row for row in rows if row.is_ranked] or rows
        above = ranked[: most // 2]
        below = ranked[len(above) :][-(most // 2) :]
        mark = (f"… {len(rows) - len(above) - len(below)} more", "", "", "")
        cells = [*map(_cells, above), mark, *map(_cells, below)]
    return show.table(("", "%/8h", "a year", ""), cells, names=1)


def _cells(row: FundingRow) -> tuple[str, str, str, str]:
    every = "?" if row.rate is None or row.rate.interval is None else show.interval(row.rate.interval)
    name = short_name(name_of(row.instrument))
    if row.per_eight_hours is None or row.per_year is None:
        told = "–" if row.rate is None else "?"
        return name, told, told, every
    yearly = "!" if row.is_suspicious else _bare(row.per_year, 1 if abs(row.per_year) < 1 else 0) + "%"
    return name, _bare(row.per_eight_hours, 4 if abs(row.per_eight_hours) < DIME else 1), yearly, every


def _bare(share: Decimal, digits: int) -> str:
    """Percent without its sign, for a table."""
    return show.signed_percent(share, digits).removesuffix(" %")


def _spread(spread: Spread) -> str:
    high, low = name_of(spread.high.instrument), name_of(spread.low.instrument)
    sides = f"Short {high}, long {low}, {show.money(LEG_QUOTE)} each: "
    a_day, fees = show.signed_money(spread.per_day_quote), f"the four fees of {show.money(spread.fees_quote)}"
    averages = spread.month_per_day_quote
    settled = "" if averages is None else f" ({show.signed_money(averages)} at the 30-day averages)"
    if spread.break_even is None:
        return f"{sides}{a_day} a day at today's rates{settled} never earns {fees} back"
    return f"{sides}{a_day} a day at today's rates{settled}, {fees} back in {_days(spread.break_even)} if they stay"


def _days(length: timedelta) -> str:
    """1.3 days; what is shorter than a tenth of one in words."""
    days = round(Decimal(length / DAY), 1)
    return f"{show.number(days)} days" if days else show.duration(length)


def _crowd(crowd: Crowded, coin: str) -> Iterator[str]:
    """Who pays; a low rate that is high for its coin is dear to nobody."""
    if crowd.crowding is Crowding.NONE:
        return
    tenth = show.in_its_tenth(crowd, "means")
    mean = f"{show.rate(crowd.week_per_eight_hours)} per 8h over 7 days on {exchange_name(crowd.exchange)}{tenth}"
    payer, paid = ("a long", "a short hedge") if crowd.crowding is Crowding.LONGS else ("a short hedge", "a long")
    cost = "cost more than usual" if crowd.is_by_its_own_weeks else "was expensive to hold"
    yield f"{crowd.crowding.value.capitalize()}{show.as_it_goes(crowd, coin)} ({mean}): {payer} {cost}, {paid} was paid"


def _cautions(plan: ComparisonPlan) -> Iterator[str]:
    doubted = [name_of(row.instrument) for row in plan.rows if row.is_suspicious]
    if doubted:
        yield f"⚠ Suspicious (!), not ranked: {', '.join(doubted)}"
    unknown = [name_of(row.instrument) for row in plan.rows if row.rate is not None and row.rate.interval is None]
    if unknown:
        yield f"⚠ Interval unknown, not ranked: {', '.join(unknown)}"
    silent = [name_of(row.instrument) for row in plan.rows if row.rate is None]
    if silent:
        yield f"⚠ No rate came in time: {', '.join(silent)}"
    old = [f"{name_of(row.instrument)} ({show.duration(age)})" for row in plan.rows if (age := _age(row, plan)) > OLD]
    if old and _age(plan.main, plan) <= OLD:
        yield f"⚠ Older than a minute: {', '.join(old)}"
    answered = {row.instrument.exchange for row in plan.rows}
    missing = [exchange_name(outage.exchange) for outage in plan.outages if outage.exchange not in answered]
    if missing:
        yield f"⚠ {len(missing)} of {len(answered) + len(missing)} exchanges missing: {', '.join(missing)}"
    partly = [exchange_name(outage.exchange) for outage in plan.outages if outage.exchange in answered]
    if partly:
        yield f"⚠ Only some contracts came in time: {', '.join(partly)}"


def _details(plan: ComparisonPlan) -> Iterator[str]:
    if len(plan.rows) > _rows_shown(plan):
        yield _table(plan.rows, len(plan.rows))
    for row in plan.rows:
        yield f"<b>{name_of(row.instrument)}</b> {_rate_in_full(row, plan)}"
        yield from _settled(row)
    if plan.spread is not None:
        yield from _more_of(plan.spread)
    yield "+ longs pay shorts, − shorts pay longs. inv: the coin is the margin. A year is simple, not compounded."


def _rate_in_full(row: FundingRow, plan: ComparisonPlan) -> str:
    if row.rate is None:
        return "no rate"
    every = "a charge, interval unknown" if row.rate.interval is None else f"per {show.interval(row.rate.interval)}"
    age = _age(row, plan)
    old = f", {show.duration(age)} old" if age > OLD else ""
    doubt = ", can hardly be right" if row.is_suspicious else ""
    return f"{_own_rate(row.rate)} {every}, {_when(row, plan)}{old}{doubt}"


def _own_rate(rate: FundingRate) -> str:
    """With a digit more where it is small: 0.00125 % an hour is a usual one."""
    is_small = 0 < abs(rate.rate_per_interval) < SMALL
    return show.signed_percent(rate.rate_per_interval, digits=5) if is_small else show.rate(rate.rate_per_interval)


def _settled(row: FundingRow) -> Iterator[str]:
    told = [
        f"{words} {show.signed_percent(sums.rate_per_year, digits=2)}"
        for words, sums in (("7 days", row.week), ("30 days", row.month))
        if sums is not None
    ]
    if told:
        negative = row.month or row.week
        assert negative is not None
        yield f"settled, a year: {' · '.join(told)}, negative {show.share_as_percent(negative.negative_share)}"


def _more_of(spread: Spread) -> Iterator[str]:
    yearly, times = show.signed_percent(spread.return_per_year), show.leverage(LEVERAGE)
    yield (
        f"Spread {show.rate(spread.per_eight_hours)} per 8h: {yearly} a year on the margin of both sides at {times}, "
        "before fees; both prices move together, both margins do not"
    )
    if spread.month_per_day_quote is not None:
        yield f"At the settled 30-day averages it earns {show.signed_money(spread.month_per_day_quote)} a day"


def _source(plan: ComparisonPlan) -> str:
    sources = ", ".join(dict.fromkeys(row.source for row in plan.rows))
    return show.source_line(sources, None, max(_age(row, plan) for row in plan.rows))


# What is one tap away


def _buttons(plan: ComparisonPlan, request: FundingRequest, key: str) -> tuple[tuple[Button, ...], ...]:
    coin, alert = grammar.coin_word(plan.coin, {MAP, *ALERT_WORDS}), _alert(plan)
    there = f" {request.exchange}" if request.exchange else ""
    wider = Button("All exchanges", line(request, exchange=None)) if there else Button("All coins", COMMAND)
    return (
        tuple(Button(words, line(request, span=span)) for span, words in SPANS.items()),
        (
            Button(f"Alert {alert}", f"{COMMAND} alert {coin} {alert}{there}"),
            Button(f"Carry {CARRIED}", f"{COMMAND} carry {coin} {CARRIED}"),
            Button("For my holdings", f"/hedge {coin}", is_private=True),
        ),
        (Button("How?", f"/how {key}"), Button("Chart", f"/chart {key}"), wider),
    )


def _alert(plan: ComparisonPlan) -> str:
    """The next of the usual levels well beyond the most extreme rate that is ranked, on its side."""
    ranked = [row.per_eight_hours for row in plan.rows if row.is_ranked and row.per_eight_hours is not None]
    most = max(ranked, key=abs, default=Decimal(0))
    level = next((level for level in LEVELS if level >= 2 * abs(most)), LEVELS[-1])
    return f"{'<' if most < 0 else '>'} {'-' if most < 0 else ''}{show.share_for_typing(level)}"


# The picture


def picture_of(plan: ComparisonPlan) -> Reply:
    """`Chart`: each exchange now, and its settled averages, per 8 hours."""
    ranked = [row for row in plan.rows if row.is_ranked]
    rates = [row.per_eight_hours for row in ranked if row.per_eight_hours is not None]
    caption = f"<b>{_headline(plan)}</b>\nNow is what is charged next; the averages were settled.\n{_source(plan)}"
    picture = HeatMap(
        title=f"{plan.coin}, % per 8 hours; hatched: shorts pay",
        figures=(
            ("highest now", _figure(max(rates, default=None))),
            ("lowest now", _figure(min(rates, default=None))),
            (f"30 days, {name_of(plan.main.instrument)}", _figure(_per_eight_hours(plan.main.month))),
        ),
        columns=("now", "7 days", "30 days"),
        rows=tuple((name_of(row.instrument), _shares(row)) for row in plan.rows),
        caption=caption,
    )
    return Reply(caption, picture=picture, is_new_message=True)


def _figure(per_eight_hours: Decimal | None) -> str:
    return "?" if per_eight_hours is None else show.signed_percent(per_eight_hours, digits=3)


def _shares(row: FundingRow) -> tuple[Decimal | None, ...]:
    now = row.per_eight_hours if row.is_ranked else None
    return now, _per_eight_hours(row.week), _per_eight_hours(row.month)


def _per_eight_hours(sums: Realised | None) -> Decimal | None:
    return None if sums is None else sums.rate_per_day * (EIGHT_HOURS // timedelta(hours=1)) / 24
