"""How exit signals look on a phone: which coins signal first, both halves in a table, the rest with a tap.

Law: a half that is not known is named with its reason, and counts neither as held nor as not.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Audience, Button, Reply
from chatbot.core.catalogue import SECTORS
from chatbot.core.crowding import CROWDED_PER_EIGHT_HOURS, Crowded, Crowding
from chatbot.core.funding import DAY
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.exits import (
    HIGH_DAYS,
    MEDIAN_DAYS,
    PROFIT_DAYS,
    PROFIT_RISE,
    RETURN_DAYS,
    CoinExit,
    ExitPlan,
    Gap,
    Profit,
    SectorExit,
    Stand,
)
from handlers import formatting as show
from handlers import grammar
from handlers.rotate.words import in_rows

COMMAND = "/rotate exits"
TOO_OLD = timedelta(minutes=10)
HOLDS, UNKNOWN = "!", "?"
COINS_SEEN, SECTORS_SEEN, NAMED = 8, 3, 3
NAME_COLUMNS = 7
WHOLE = Decimal(1)


def render(plan: ExitPlan, key: str) -> Reply:
    """The answer to /rotate exits."""
    lines = (
        f"<b>{_headline(plan)}</b>",
        *map(_profit, plan.profits),
        *_table(_known(plan)[:COINS_SEEN]),
        f"{HOLDS} that half holds: longs crowded{_for_itself(plan)}, price stalled. Both: an exit signal",
        *map(_sector, plan.sectors[:SECTORS_SEEN]),
        *_unknown(plan),
        *outage_line(plan.exchanges, [outage.exchange for outage in plan.outages]),
        show.expandable("\n".join(_details(plan))),
        show.source_line(", ".join(plan.sources), _closes(plan), plan.planned_at - plan.as_of),
    )
    is_own = plan.is_held or any(each.gain_usd is not None for each in plan.profits)
    return Reply(
        "\n".join(lines), _buttons(plan, key), audience=Audience.ASKER if is_own else Audience.ANYONE, plan=plan
    )


def _closes(plan: ExitPlan) -> str | None:
    last = max((each.price.closed_at for each in plan.coins if each.price), default=None)
    return f"closes of {last - DAY:%-d %b}" if last else None


def percent(share: float, digits: int = 1) -> str:
    """0.041 as +4.1 %."""
    return show.signed_percent(Decimal(str(share)), digits)


def funding_words(found: Crowded, coin: str) -> str:
    """The 7-day mean, where, and whether it is much for this coin alone."""
    rate = f"{show.rate(found.week_per_eight_hours)} per 8h over 7 days on {exchange_name(found.exchange)}"
    tenth = show.in_its_tenth(found, "weeks")
    side = {Crowding.LONGS: "longs crowded", Crowding.SHORTS: "shorts crowded", Crowding.NONE: "not crowded"}
    for_it = show.as_it_goes(found, coin)
    return f"{side[found.crowding]}{for_it}{':' if for_it else ','} {rate}{tenth}"


def price_words(stand: Stand) -> str:
    """Both tests of the price, with their figures."""
    state = "at a new high" if stand.is_at_high else "stalled" if stand.is_stalled else "not stalled"
    high = f"{percent(stand.from_high)} from its {HIGH_DAYS}-day high"
    usual = f"usually {percent(stand.median)} (median of {stand.returns})"
    returns = f"{RETURN_DAYS} days {percent(stand.fortnight)}, {usual}"
    return f"{state}, {high}; {returns}"


def outage_line(exchanges: Sequence[str], missing: Sequence[str]) -> Iterator[str]:
    """Exchanges that did not answer are counted by name."""
    if missing:
        names = ", ".join(map(exchange_name, missing))
        yield f"⚠ {len(missing)} of {len(exchanges)} exchanges missing: {names}"


def _headline(plan: ExitPlan) -> str:
    signalling = [show.escape(each.coin) for each in plan.coins if each.signals]
    unknown = sum(each.signals is None for each in plan.coins)
    count = len(plan.coins)
    coins = f"{'your ' if plan.is_held else ''}{count} coin{'' if count == 1 else 's'}"
    tail = f", {unknown} not known" if unknown and count > 1 else ""
    if signalling:
        more = f" and {len(signalling) - NAMED} more" if len(signalling) > NAMED else ""
        verb = "signals" if len(signalling) == 1 else "signal"
        return f"{len(signalling)} of {coins} {verb} an exit: {', '.join(signalling[:NAMED])}{more}{tail}"
    if unknown == count:
        return (
            f"Not known whether there is an exit signal in {show.escape(plan.coins[0].coin) if count == 1 else coins}"
        )
    if count == 1:
        return f"No exit signal in {show.escape(plan.coins[0].coin)}"
    return f"No exit signal in {f'{count - unknown} of ' if unknown else ''}{coins}{tail}"


def _profit(profit: Profit) -> str:
    coin, rise = show.escape(profit.coin), f"{percent(profit.rise, 0)} in {PROFIT_DAYS} days"
    if profit.gain_usd is None:
        return f"Profit-taking: {coin} {rise}"
    held = f"{show.quantity(profit.amount_base)} {coin}"
    return f"Profit-taking: {coin} {rise}; {held} gained ≈ {show.money(profit.gain_usd)} if held so long"


def _known(plan: ExitPlan) -> Sequence[CoinExit]:
    """Those of which something is known; the others are named below."""
    return [each for each in plan.coins if each.funding is not None or each.price is not None]


def _table(coins: Sequence[CoinExit]) -> Iterator[str]:
    if coins:
        yield show.table(("", "%/8h", f"{RETURN_DAYS}d %", "median"), [_cells(each) for each in coins], names=1)


def _cells(each: CoinExit) -> tuple[str, str, str, str]:
    name = show.clipped(each.coin, NAME_COLUMNS)
    funding, price = each.funding, each.price
    rate = show.rate(funding.week_per_eight_hours).removesuffix(" %") if funding else UNKNOWN
    fortnight = percent(price.fortnight, 0).removesuffix(" %") if price else UNKNOWN
    median = percent(price.median, 0).removesuffix(" %") if price else UNKNOWN
    return name, rate + _mark(each.is_crowded), fortnight + _mark(each.is_stalled), median


def _for_itself(plan: ExitPlan) -> str:
    """Which rates are high for their coin alone: they look low beside the others."""
    shown = _known(plan)[:COINS_SEEN]
    own = [each.coin for each in shown if each.is_crowded and each.funding and each.funding.is_by_its_own_weeks]
    return f" ({show.escape(_some(own))}: high for that coin alone)" if own else ""


def _mark(holds: bool | None) -> str:
    return HOLDS if holds else " "


def _sector(each: SectorExit) -> str:
    name = show.escape(each.sector)
    if not each.known:
        return f"{name}: not known of any of {len(each.members)}"
    halves = f"crowded {each.crowded} of {each.funding_known}, stalled {each.stalled} of {each.price_known}"
    return f"{name}: {len(each.signalling)} of {each.known} signal ({halves})"


def _unknown(plan: ExitPlan) -> Iterator[str]:
    """By reason, so that many coins take one line."""
    found: dict[str, list[str]] = {}
    for each in plan.coins:
        for half, gap in _gaps(each):
            found.setdefault(f"{half}{gap.value}", []).append(show.escape(each.coin))
    yield from (f"Not known: {_some(coins)} ({why})" for why, coins in found.items())
    if plan.unlooked:
        yield f"Not looked at, too many at once: {show.escape(_some(plan.unlooked))}"


def _some(coins: Sequence[str]) -> str:
    more = len(coins) - COINS_SEEN
    return f"{', '.join(coins[:COINS_SEEN])}{f' and {more} more' if more > 0 else ''}"


def _gaps(each: CoinExit) -> Iterator[tuple[str, Gap]]:
    if each.funding_gap is not None and each.funding_gap is each.price_gap:
        yield "", each.funding_gap
        return
    for half, gap in (("funding: ", each.funding_gap), ("price: ", each.price_gap)):
        if gap is not None:
            yield half, gap


def _details(plan: ExitPlan) -> Iterator[str]:
    known = _known(plan)
    yield from _table(known[COINS_SEEN:])
    yield from (_in_words(each) for each in known[:COINS_SEEN])
    yield from (_members(each) for each in plan.sectors if each.signalling)
    yield from map(_sector, plan.sectors[SECTORS_SEEN:])
    yield definition()


def _in_words(each: CoinExit) -> str:
    gap = "not known: {}".format
    funding = funding_words(each.funding, each.coin) if each.funding else gap((each.funding_gap or Gap.NO_ANSWER).value)
    price = price_words(each.price) if each.price else gap((each.price_gap or Gap.NO_PRICES).value)
    return f"<b>{show.escape(each.coin)}</b> funding: {funding}. Price: {price}"


def _members(each: SectorExit) -> str:
    return f"{show.escape(each.sector)}, signalling: {show.escape(', '.join(each.signalling))}"


def definition() -> str:
    """The rule, in words."""
    return (
        f"Exit = longs crowded (settled 7-day mean from {show.share_as_percent(CROWDED_PER_EIGHT_HOURS)} per 8h on, or "
        f"above zero in the coin's own top tenth of 90 days) and price stalled (no close above the {HIGH_DAYS} before, "
        f"{RETURN_DAYS}-day return below its {MEDIAN_DAYS}-day median). Profit-taking: "
        f"{percent(PROFIT_RISE, 0)} in {PROFIT_DAYS} days. Daily closes."
    )


def _buttons(plan: ExitPlan, key: str) -> tuple[tuple[Button, ...], ...]:
    signalling = [each.coin for each in plan.coins if each.signals][:NAMED]
    hedges = tuple(Button(f"Hedge {coin} 25%", f"/hedge {grammar.coin_word(coin)} 25%") for coin in signalling)
    gains = [each.gain_usd for each in plan.profits if each.gain_usd is not None and each.gain_usd >= WHOLE][:NAMED]
    profits = tuple(Button(f"Split {show.money(each)} of profit", _split(each)) for each in gains)
    names = [each.sector for each in plan.sectors][:NAMED] if plan.is_held or len(plan.coins) == 1 else []
    sectors = tuple(Button(name, f"{COMMAND} {name}") for name in names)
    last = (Button("Which sector leads", "/rotate"), Button("How?", f"/how {key}"))
    rows = (hedges if plan.is_held else (), profits, sectors, _check(plan))
    return (*(row for buttons in rows for row in in_rows(buttons)), last)


def _check(plan: ExitPlan) -> tuple[Button, ...]:
    """Of one coin that is named: the other way round."""
    if plan.is_held or len(plan.coins) != 1:
        return ()
    coin = plan.coins[0].coin
    return (Button(f"Check {coin}", f"/rotate check {grammar.coin_word(coin, SECTORS)}"),)


def _split(gain_usd: Decimal) -> str:
    return f"/allocate profit ${show.exact(gain_usd.quantize(WHOLE))}"


def explanation_of(plan: ExitPlan) -> Reply:
    """The reply to `How?`: the rule, and each coin's own figures against it."""
    lines = ("<b>How an exit signal is read</b>", definition(), *(_worked(each) for each in _known(plan)[:COINS_SEEN]))
    profits = (_profit_worked(each) for each in plan.profits if each.gain_usd is not None)
    share = "A sector's share = members that signal ÷ members of which that is known."
    audience = Audience.ASKER if plan.is_held or any(plan.profits) else Audience.ANYONE
    return Reply("\n".join((*lines, *profits, share)), audience=audience, is_new_message=True)


def _worked(each: CoinExit) -> str:
    verdict = {True: "signals", False: "does not signal", None: "not known"}[each.signals]
    return f"{_in_words(each)} → {verdict}"


def _profit_worked(profit: Profit) -> str:
    gain = show.money(profit.gain_usd or Decimal(0))
    times = Decimal(str(1 + profit.rise))
    held = f"{show.quantity(profit.amount_base)} {show.escape(profit.coin)}"
    return f"Gain of {held} = value now × (1 − 1 ÷ {show.number(times)}) = {gain}"
