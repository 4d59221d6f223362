"""How the trial of the rule looks on a phone: whether it paid in the first line, then every contestant."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from math import expm1

from chatbot.command import Button, Reply, TimeChart, TimeCurve
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.evidence.plan import Contestant, EvidencePlan, Lead, Missing, Result
from chatbot.core.rotation.evidence.rule import PICKED, Rhythm
from chatbot.core.rotation.exits import HIGH_DAYS, MEDIAN_DAYS, RETURN_DAYS
from handlers import formatting as show

COMMAND = "/rotate test"
CAPITAL_QUOTE = Decimal(10_000)
SPANS = (90, 180)
NAMED = 6
FEWEST_FOR_A_YEAR = 90  # days: a month to the power of twelve says nothing
ERRORS_OF_CHANCE = 2  # standard errors, some 95 %: a lead that is no further from 0 is what chance gives
WHEN = {Rhythm.MONTHLY: "on the first of a month", Rhythm.WEEKLY: "on Mondays"}


def line(rhythms: Sequence[Rhythm], days: int | None) -> str:
    """The command line that asks for this."""
    one = [rhythms[0].value] if len(rhythms) == 1 else []
    return " ".join((COMMAND, *one, *([f"{days}d"] if days is not None else [])))


def render(plan: EvidencePlan, days: int | None, key: str) -> Reply:
    """The answer to /rotate test; `days` as they were asked for."""
    lines = (
        f"<b>{_headline(plan)}</b>",
        f"{plan.days} days to {plan.until:%-d %b %Y}, {plan.coins} coins, after fees and slippage",
        _table(plan),
        "%: gained, volatility a year, deepest fall, costs",
        *_chance(plan),
        "⚠ Only coins listed today: those that died are missing, which flatters the rule and “all alike”",
        *_gaps(plan.missing),
        show.expandable("\n".join(_details(plan))),
        show.source_line(plan.source, None, plan.planned_at - plan.as_of),
    )
    return Reply("\n".join(lines), _buttons(plan, days, key), plan=plan)


def _headline(plan: EvidencePlan) -> str:
    """Whether it paid: more than bitcoin, than all coins alike, and than nothing."""
    paid = plan.paid
    if not paid:
        return f"The rule did not pay: {_gains(each for each in plan.results if _is_plain(each))}"
    if len(paid) == len(plan.rules):
        return f"The rule paid: {_gains(each for each in plan.results if _is_plain(each))}"
    some = " and ".join(f"{_spoken(each)} {_percent(each.outcome.total)}" for each in paid)
    return f"The rule paid only {some}: {_gains(each for each in plan.results if _is_plain(each) and each not in paid)}"


def _gains(results: Iterable[Result]) -> str:
    return ", ".join(f"{_name(each)} {_percent(each.outcome.total)}" for each in results)


def _is_plain(result: Result) -> bool:
    return result.contestant is not Contestant.RULE_WITH_EXIT


def _name(result: Result) -> str:
    if result.contestant is Contestant.RULE and result.rhythm is not None:
        return result.rhythm.value
    return {Contestant.BITCOIN: "BTC held", Contestant.EQUAL_WEIGHT: "all alike"}.get(result.contestant, "+ exit")


def _spoken(result: Result) -> str:
    assert result.rhythm is not None  # a rule has one
    return result.rhythm.value + (" with its exit" if result.contestant is Contestant.RULE_WITH_EXIT else "")


def _table(plan: EvidencePlan) -> str:
    rows = [
        (
            _name(each),
            _whole(each.outcome.total),
            f"{each.outcome.volatility_per_year:.0%}".removesuffix("%"),
            _whole(-each.outcome.max_drawdown),
            f"{each.outcome.costs * 100:.1f}",
        )
        for each in plan.results
    ]
    return show.table(("", "gain", "vol", "fall", "cost"), rows, names=1)


def _chance(plan: EvidencePlan) -> Iterator[str]:
    """Of the rule that came out furthest ahead of bitcoin: its lead, between which leads chance leaves it."""
    if (found := _furthest(plan)) is None:
        return
    best, lead = found
    low, high = (_a_year(lead, errors) for errors in (-ERRORS_OF_CHANCE, ERRORS_OF_CHANCE))
    is_chance = abs(lead.per_year) < ERRORS_OF_CHANCE * lead.standard_error
    verdict = f"{'within' if is_chance else 'beyond'} chance: 0 is {'inside' if is_chance else 'outside'}"
    tried = f", the best of {len(plan.rules)}" if len(plan.rules) > 1 else ""
    figure = f"a year {_a_year(lead)} against BTC, 95 % range {low} to {high}"
    if plan.days < FEWEST_FOR_A_YEAR:
        figure = f"{plan.days} days are too few to speak of a year"
    yield f"{_spoken(best).capitalize()}{tried}: {figure}. That is {verdict}"


def _furthest(plan: EvidencePlan) -> tuple[Result, Lead] | None:
    led = [(each, each.lead) for each in plan.rules if each.lead is not None]
    return max(led, key=lambda pair: pair[1].per_year, default=None)


def _a_year(lead: Lead, errors: int = 0) -> str:
    """As a simple return of a year beside bitcoin's, so many standard errors away."""
    return show.signed_percent(_exact(expm1(lead.per_year + errors * lead.standard_error)), digits=0)


def _gaps(missing: Missing) -> Iterator[str]:
    if missing.outages:
        names = ", ".join(exchange_name(outage.exchange) for outage in missing.outages)
        yield f"⚠ {len(missing.outages)} of {missing.exchanges} exchanges missing: {names}"
    if missing.coins:
        yield f"⚠ No prices came of {_listed(missing.coins)}"
    if missing.funding:
        yield f"⚠ No funding of {_listed(missing.funding)}: no exit there"


def _details(plan: EvidencePlan) -> Iterator[str]:
    yield f"Of {show.money(CAPITAL_QUOTE)}; turnover: bought and sold, times the value"
    yield show.table(("", "days", "turnover", "costs"), [_traded(each) for each in plan.results], names=1)
    rhythm = plan.rhythms[0]
    times = ", ".join(f"{show.escape(name)} {count}" for name, count in plan.picks)
    yield f"Picked {rhythm.value}, of {plan.rebalances} times: {times}"
    for choice in plan.choices:
        yield f"{choice.day:%-d %b}: {show.escape(' and '.join(choice.sectors)) or 'none'}"
    if plan.funding_since is None:
        yield "No settlements came: the exit could not be tried"
    elif plan.funding_since > plan.since:
        yield f"Settlements reach back to {plan.funding_since:%-d %b %Y}: no exit before"
    if plan.missing.sectors:
        yield f"Not ranked, fewer than two coins with prices: {show.escape(', '.join(plan.missing.sectors))}"
    if plan.missing.unlisted:
        yield f"Not listed here: {_listed(plan.missing.unlisted)}"
    if plan.missing.short:
        yield f"Too few days to be bought: {_listed(plan.missing.short)}"


def _traded(result: Result) -> tuple[str, str, str, str]:
    outcome = result.outcome
    costs = show.money(_exact(outcome.costs) * CAPITAL_QUOTE)
    return _name(result), str(outcome.trades), f"{outcome.turnover:.1f}", costs


def _buttons(plan: EvidencePlan, days: int | None, key: str) -> tuple[tuple[Button, ...], ...]:
    rhythms = {"both": tuple(Rhythm), **{rhythm.value: (rhythm,) for rhythm in Rhythm}}
    spans = {**{f"{span} days": span for span in SPANS if span <= plan.days or span == days}, "all": None}
    return (
        tuple(Button(_marked(name, each == plan.rhythms), line(each, days)) for name, each in rhythms.items()),
        tuple(Button(_marked(name, each == days), line(plan.rhythms, each)) for name, each in spans.items()),
        (Button("How?", f"/how {key}"), Button("Chart", f"/chart {key}")),
        (Button("Which leads", "/rotate"),),
    )


def _marked(name: str, is_chosen: bool) -> str:
    return f"• {name}" if is_chosen else name


def picture_of(plan: EvidencePlan) -> Reply:
    """The reply to `Chart`: what the capital was worth, day by day."""
    panels = [("value of $10,000", tuple(_curve(plan, each) for each in plan.results if _is_plain(each)))]
    exits = [each for each in plan.results if each.contestant is Contestant.RULE_WITH_EXIT]
    if exits:
        shown = (*exits, plan.of(Contestant.BITCOIN))
        panels.append(("value of $10,000 with the exit", tuple(_curve(plan, each) for each in shown)))
    caption = (
        f"<b>{_headline(plan)}</b>\n{plan.days} days to {plan.until:%-d %b %Y}, after fees and slippage; only coins "
        f"listed today\n{show.source_line(plan.source, None, plan.planned_at - plan.as_of)}"
    )
    chart = TimeChart("Rotation into the two strongest sectors", _figures(plan), tuple(panels), caption)
    return Reply(caption, picture=chart, is_new_message=True)


def _figures(plan: EvidencePlan) -> tuple[tuple[str, str], ...]:
    """Three of them."""
    plain = [each for each in plan.results if _is_plain(each)]
    return tuple((_name(each), _percent(each.outcome.total)) for each in plain[:3])


def _curve(plan: EvidencePlan, result: Result) -> TimeCurve:
    label = _name(result) if _is_plain(result) else f"{_spoken(result).split()[0]} + exit"
    values = (_exact(value) * CAPITAL_QUOTE for value in result.curve)
    return TimeCurve(label, tuple(zip(plan.curve_at, values, strict=True)))


def explanation_of(plan: EvidencePlan) -> Reply:
    """The reply to `How?`."""
    text = "\n\n".join("\n".join(part) for part in (_rule(plan), _exit(plan), _costs(plan), _measures(plan)))
    return Reply(f"<b>How the rule was tried</b>\n\n{text}", is_new_message=True)


def _rule(plan: EvidencePlan) -> Iterator[str]:
    yield "<b>The rule</b>"
    dates = " or ".join(WHEN[rhythm] for rhythm in plan.rhythms)
    yield (
        f"{dates[:1].upper()}{dates[1:]} (UTC), and on the first day, into the {PICKED} strongest sectors: half each, "
        "the coins of a sector alike."
    )
    yield "strength = (1 + sector over 30 days) ÷ (1 + BTC over 30 days) − 1"
    yield "The sector: the mean return of its coins, day by day; a coin counts from its 30th return on."
    yield "Decided on closes up to the day before, traded at that day's close: a whole day after the last price seen."
    if plan.choices:
        latest = plan.choices[-1]
        sectors = show.escape(" and ".join(latest.sectors)) or "none"
        yield f"Last {plan.rhythms[0].value} choice: {sectors}, bought at the close of {latest.day:%-d %b %Y}."
    yield f"The first {plan.needed} days of prices were needed for the first decision and its trade."


def _exit(plan: EvidencePlan) -> Iterator[str]:
    yield "<b>The exit</b>"
    yield (
        "Every day: longs crowded (a week's mean at +0.03 % per 8h or more, or in the top tenth of the coin's own of "
        f"90 days) and the price stalled (no close above the {HIGH_DAYS} before, {RETURN_DAYS}-day return below its "
        f"median of {MEDIAN_DAYS}). Such a coin is sold at that day's close, and not bought; its share is cash "
        "until the next date."
    )


def _costs(plan: EvidencePlan) -> Iterator[str]:
    fees, first = plan.fees, plan.rules[0].outcome
    parts = f"{show.share_as_percent(fees.taker_share)} taker fee ({show.escape(fees.source)})"
    yield "<b>Costs</b>"
    yield (
        f"Of what is bought or sold: {parts} + {show.share_as_percent(fees.slippage_share)} slippage, assumed = "
        f"{show.share_as_percent(fees.trade_share)}"
    )
    yield (
        f"{plan.rhythms[0].value.capitalize()}: {first.turnover:.1f} times the value traded on {first.trades} days, "
        f"{show.money(_exact(first.costs) * CAPITAL_QUOTE)} of {show.money(CAPITAL_QUOTE)}"
    )
    yield "Spot throughout: no funding is paid. Cash earns nothing. What is held at the end is not sold."


def _measures(plan: EvidencePlan) -> Iterator[str]:
    yield "<b>What it is held against</b>"
    yield "BTC bought once; all coins alike: equal shares, set back on the first of each month. Both at the same costs."
    yield "Paid: gained, and more than both. Volatility: of daily log returns × √365."
    yield from _lead_worked(plan)
    yield f"{plan.days} days are one market: nothing here says that the next one is alike."


def _lead_worked(plan: EvidencePlan) -> Iterator[str]:
    """From the logarithms, in which leads add up, to the simple figures of the answer."""
    if (found := _furthest(plan)) is None:
        return
    best, lead = found
    mean = show.number(_exact(lead.per_year)).replace("-", show.MINUS)
    error = show.number(_exact(lead.standard_error))
    yield (
        f"{_spoken(best).capitalize()} against BTC: the mean difference of daily log returns × 365 = {mean}, its "
        f"standard error {error}. As a simple yearly figure: e^({mean}) − 1 = {_a_year(lead)}; the range is "
        f"{ERRORS_OF_CHANCE} standard errors either way. Within chance: 0 is in that range."
    )


def _listed(coins: Sequence[str]) -> str:
    more = f" and {len(coins) - NAMED} more" if len(coins) > NAMED else ""
    return f"{show.escape(', '.join(coins[:NAMED]))}{more}"


def _whole(share: float) -> str:
    """In percent, without the sign of it, for a table."""
    return show.signed_percent(_exact(share), digits=0).removesuffix(" %")


def _percent(share: float) -> str:
    return show.signed_percent(_exact(share))


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))
