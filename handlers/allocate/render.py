"""How an allocation looks on a phone: what is to be done in the first line, buckets in a table, trades under it."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from functools import partial

from chatbot.command import Audience, Button, Reply
from chatbot.core.allocation.caps import HIGHEST_CAP_SHARE, HIGHEST_LEVERAGE, ONE_POSITION_SHARE, Breach, Cap
from chatbot.core.allocation.plan import AllocationPlan, Hedge, Row
from chatbot.core.allocation.targets import PRESETS, Base, with_futures_at, written
from chatbot.core.chats import Bucket, Weighting
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import STABLECOINS
from chatbot.core.spot_orders import Trade
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.request import COMMAND, AllocateRequest, line

SEEN_AT_ONCE = 6
PRESETS_A_ROW = 2
OLD_S = 60
HUNDRED = Decimal(100)
JUST_BELOW = Decimal("0.99")  # one position stays below its cap, not at it
WEIGHTING_WORDS = {
    Weighting.CURRENT: "As held",
    Weighting.EQUAL: "Equal",
    Weighting.INVERSE_VOLATILITY: "1/volatility",
}


def render(plan: AllocationPlan, request: AllocateRequest, key: str, stored: str, listed: Collection[str]) -> Reply:
    """The answer to /allocate. `stored`: the target that was chosen, empty where there is none; `listed`: coins."""
    without_coins = partial(_without_coins, request=request, listed=listed)
    above = (_headline, _table, _futures, _trades, without_coins)
    below = (_added, _unplaced, _hedge, _breaches, _left_out, _source)
    text = "\n".join(text for part in (*above, *below) for text in part(plan))
    audience = Audience.ANYONE if plan.is_stated else Audience.ASKER
    return Reply(text, _buttons(plan, request, key, stored), audience=audience, plan=plan)


def points(share: Decimal) -> str:
    """0.05 as +5.0."""
    return show.signed_percent(share).removesuffix(" %")


def drift_words(plan: AllocationPlan) -> str:
    """How far the worst slice is from its target, in points and money."""
    worst = plan.worst
    if worst is None:
        return ""
    side = "above" if worst.drift_share > 0 else "below"
    size = f"{points(abs(worst.drift_share)).removeprefix('+')} points ({show.money(abs(worst.trade_usd))})"
    return f"{worst.words}: {size} {side} target"


def _headline(plan: AllocationPlan) -> Iterator[str]:
    as_of = plan.as_of
    age = plan.planned_at - as_of if as_of else None
    old = f"Prices are {show.duration(age)} old. " if age is not None and age.total_seconds() > OLD_S else ""
    yield f"<b>{old}{_answer(plan)}</b>"


def _answer(plan: AllocationPlan) -> str:
    capital = show.money(plan.capital_usd)
    if plan.is_too_old and plan.target is not None:
        return f"Too old to size trades by: {capital} against {plan.target.name}"
    if plan.target is None:
        return f"{capital} in {len(plan.rows)} bucket{'' if len(plan.rows) == 1 else 's'}; no target chosen yet"
    if plan.is_stated:
        shares = " / ".join(_percent(row.wanted_share) for row in plan.rows)
        return f"{plan.target.name.capitalize()} for {capital}: {shares}"
    if plan.is_within_band:
        return f"Inside the band of {_percent(plan.choice.band_share)} points: {drift_words(plan)}"
    count = len(plan.trades)
    return f"{drift_words(plan)}, {count} trade{'' if count == 1 else 's'} back"


def _percent(share: Decimal) -> str:
    return show.number(share * HUNDRED)


def _table(plan: AllocationPlan) -> Iterator[str]:
    heads: tuple[str, ...] = ("part", "dollars")
    cells: Sequence[tuple[str, ...]]
    if plan.is_stated:
        cells = [(f"{_percent(row.wanted_share)}%", show.money(row.wanted_usd)) for row in plan.rows]
    elif plan.target is None:
        cells = [(f"{row.value_share:.0%}", show.money(row.value_usd)) for row in plan.rows]
    else:
        heads = ("now", "goal", "trade")
        cells = [_drift(row) for row in plan.rows]
    yield show.table(("", *heads), _named_rows(plan.rows, heads, cells), names=1)


def _drift(row: Row) -> tuple[str, ...]:
    return f"{row.value_share:.0%}", f"{row.wanted_share:.0%}", show.compact_money(row.trade_usd)


def _named_rows(
    rows: Sequence[Row], heads: Sequence[str], cells: Sequence[tuple[str, ...]]
) -> Sequence[tuple[str, ...]]:
    """Figures with a name in front, in all the room that they leave."""
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    room = show.TABLE_COLUMNS - sum(widths) - len(widths)
    return [(_name(row, room), *figures) for row, figures in zip(rows, cells, strict=True)]


def _name(row: Row, room: int) -> str:
    words = "Futures" if row.buckets == (Bucket.FUTURES,) else row.words
    return show.clipped(words, room)


def _futures(plan: AllocationPlan) -> Iterator[str]:
    """What they tie up is the money at risk, notional what it moves: both, as held and as wanted."""
    positions = [stake for stake in plan.stakes if stake.position is not None]
    if positions:
        tied_up = sum((each.value_usd for each in positions), Decimal(0))
        notional = sum((abs(each.exposure_usd) for each in positions), Decimal(0))
        net = sum((each.exposure_usd for each in plan.stakes), Decimal(0))
        yield (
            f"Futures: {show.money(tied_up)} tied up (margin with its result){_with_stables(plan)}, "
            f"notional {show.money(notional)}; "
            f"all held is exposed to {show.money(net)}"
        )
    bare = [stake.position for stake in positions if stake.position and not stake.position.leverage]
    if bare:
        names = _named(tuple(f"{each.side.value} {each.coin}" for each in bare))
        yield f"⚠ No leverage recorded, so it counts as 1x: {names}"
    share = plan.target.futures_share if plan.target else Decimal(0)
    if share and plan.target is not None:
        wanted = share * plan.capital_usd
        terms = f" ({plan.target.limits})" if plan.target.limits else ""
        yield (
            f"Small-cap futures: {show.money(wanted)} of margin at risk = {show.money(wanted * 2)} at 2x, "
            f"{show.money(wanted * 5)} at 5x{terms}; {_one_position(share, plan.capital_usd)}"
        )


def _with_stables(plan: AllocationPlan) -> str:
    """The margin of futures in large and mid caps is in the row of stables, whatever that is called."""
    mine = [each.value_usd for each in plan.stakes if each.position and each.bucket is Bucket.STABLES]
    if not mine:
        return ""
    words = next(row.words for row in plan.rows if Bucket.STABLES in row.buckets)
    return f", of it {show.money(sum(mine, Decimal(0)))} counted with {lowered(words)}"


def _one_position(share: Decimal, capital_usd: Decimal) -> str:
    """Each stays below its cap, so it takes more of them than the cap goes into the whole."""
    most = f"margin of each position below {show.money(capital_usd * ONE_POSITION_SHARE)}"
    least = int(share / ONE_POSITION_SHARE) + 1
    return f"{most} (1 % of the whole), so at least {least} positions if all of it is used"


def _trades(plan: AllocationPlan) -> Iterator[str]:
    if plan.target is not None and not plan.trades and plan.is_within_band and not plan.is_stated:
        yield "Nothing is traded inside the band"
    yield from (_trade(trade) for trade in plan.trades[:SEEN_AT_ONCE])
    more = plan.trades[SEEN_AT_ONCE:]
    if more:
        yield show.expandable("\n".join(_trade(trade) for trade in more))
    if plan.trades:
        yield _costs(plan)


def _without_coins(plan: AllocationPlan, request: AllocateRequest, listed: Collection[str]) -> Iterator[str]:
    """Money that is meant for a slice of which no coin is held or named: which one is the reader's choice."""
    empty = [f"{lowered(row.words)} {show.money(row.trade_usd * plan.bought_share)}" for row in plan.rows_without_coins]
    if empty:
        way = f"name some{_with_coins(plan, request, listed)}" if plan.is_stated else "none is held yet"
        yield f"Coins of your choice: {', '.join(empty)} ({way})"


def _with_coins(plan: AllocationPlan, request: AllocateRequest, listed: Collection[str]) -> str:
    """The same with the coins that it has and some for what is empty."""
    suggested = plan.coins_suggested(listed)
    if not suggested or plan.target is None:
        return ""
    coins = (*(trade.coin for trade in plan.trades), *suggested)
    return f", as in <code>{show.escape(line(request, target=plan.target.name, coins=coins))}</code>"


def lowered(words: str) -> str:
    """The words of a slice inside a sentence: foundation, but BTC and ETH."""
    return words[0].lower() + words[1:] if words[1].islower() else words


def _trade(trade: Trade) -> str:
    verb = "Buy" if trade.amount_base > 0 else "Sell"
    amount = show.exact_grouped(abs(trade.amount_base))
    where = f", {exchange_name(trade.market.exchange)} spot" if trade.market else ", no spot market here"
    thin = ": not fillable in the visible book" if trade.is_thin else ""
    return f"• {verb} {amount} {show.escape(trade.coin)} ≈ {show.money(abs(trade.value_usd))}{where}{thin}"


def _costs(plan: AllocationPlan) -> str:
    known = [trade.cost for trade in plan.trades if trade.cost is not None]
    missing = len(plan.trades) - len(known)
    unknown = f" (of {missing} not known)" if missing else ""
    if not known:
        fees = sum((trade.taker_fee_usd for trade in plan.trades), Decimal(0))
        return f"Fees about {show.money(fees)}, on top of these amounts; slippage is not known: no order book came"
    fees = sum((cost.fee_quote for cost in known), Decimal(0))
    slippage = sum((cost.slippage_quote for cost in known), Decimal(0))
    return f"Fees {show.money(fees)}, slippage {show.money(slippage)}{unknown}, on top of these amounts"


def _added(plan: AllocationPlan) -> Iterator[str]:
    """Coins that were not named are bought by no surprise."""
    if plan.coins_added:
        others = "; name one of them to leave the other out" if len(plan.coins_added) > 1 else ""
        yield f"Added to what you named, as the preset's foundation: {' and '.join(plan.coins_added)}{others}"


def _unplaced(plan: AllocationPlan) -> Iterator[str]:
    if plan.coins_unplaced and plan.target is not None:
        yield f"⚠ Not bought, {plan.target.name} has no part for it: {_named(plan.coins_unplaced)}"


def _hedge(plan: AllocationPlan) -> Iterator[str]:
    hedge = plan.hedge
    if hedge is None:
        return
    if not hedge.middle_usd:
        yield f"Nothing is short: {show.share_as_percent(hedge.middle_share)} of {base_words(plan, hedge)}"
        return
    base = f"{show.share_as_percent(hedge.middle_share)} of {base_words(plan, hedge)}"
    yield f"Short BTC worth {show.money(hedge.middle_usd)} ({base}): <code>{hedge_line(hedge, hedge.middle_usd)}</code>"
    margin = f"{show.money(hedge.margin_usd)} at {show.leverage(hedge.leverage)}"
    kept = show.share_as_percent(hedge.kept_share)
    if plan.bought_share < 1:
        yield f"Its margin of {margin} comes off first: coins are bought for {kept} of their parts"
    elif hedge.kept_share < 1:
        yield f"Its margin of {margin} is one of the parts: the others are {kept} of what the preset gives them"
    else:
        yield f"Its margin of {margin} is taken from stables"
    if plan.shorted_usd:
        yield f"{show.money(plan.shorted_usd)} of BTC is short already: this is the whole, not what comes on top"
    if hedge.is_above_range:
        high = show.share_as_percent(hedge.high_share)
        yield f"⚠ Above the preset's range: {high} is {show.money(hedge.high_usd)}"


def base_words(plan: AllocationPlan, hedge: Hedge) -> str:
    """What the short is a part of."""
    if hedge.base is not Base.LAST or plan.target is None:
        return hedge.base.value
    return next(each.words for each in reversed(plan.target.slices) if each.buckets != (Bucket.STABLES,))


def hedge_line(hedge: Hedge, value_usd: Decimal) -> str:
    """The ready line of /hedge."""
    return f"/hedge ${show.exact(show.cents(value_usd))} {hedge.coin} {show.leverage(hedge.leverage)}"


def _breaches(plan: AllocationPlan) -> Iterator[str]:
    for breach in plan.breaches:
        yield f"⚠ {_breach(breach)}"


def _breach(breach: Breach) -> str:
    if breach.cap is Cap.LEVERAGE:
        room = show.share_as_percent(breach.wipe_out_share or Decimal(0))
        return (
            f"{show.escape(breach.coin or '')} at {show.leverage(breach.leverage or Decimal(1))}: liquidated at about "
            f"{room} against it, all {show.money(breach.loss_usd or Decimal(0))} gone; the guide is 2x to 5x"
        )
    found, allowed = breach.found_share or Decimal(0), breach.allowed_share or Decimal(0)
    what = {
        Cap.TARGET: "The target for small-cap futures",
        Cap.BUCKET: "What small-cap futures tie up",
        Cap.POSITION: f"What {show.escape(breach.coin or '')} ties up",
    }[breach.cap]
    limit = "stay below" if breach.cap is Cap.POSITION else "at most"
    money = show.money(breach.allowed_usd or Decimal(0))
    return f"{what} is {show.share_as_percent(found)}: {limit} {show.share_as_percent(allowed)} = {money}"


def _left_out(plan: AllocationPlan) -> Iterator[str]:
    if plan.coins_unknown:
        yield f"Not in the catalogue, so small caps: {_named(plan.coins_unknown)}"
    if plan.coins_without_price:
        yield f"Without a price, counted nowhere: {_named(plan.coins_without_price)}"
    if plan.coins_without_history:
        yield f"Without a history, weighted as the most volatile: {_named(plan.coins_without_history)}"
    if plan.outages:
        names = ", ".join(show.escape(exchange_name(outage.exchange)) for outage in plan.outages)
        yield f"Exchanges missing: {names}"


def _named(coins: tuple[str, ...]) -> str:
    return ", ".join(show.escape(coin) for coin in coins[:8]) + (
        f" and {len(coins) - 8} more" if len(coins) > 8 else ""
    )


def _source(plan: AllocationPlan) -> Iterator[str]:
    if plan.as_of is not None:
        sources = dict.fromkeys(price.source for price in plan.prices if price.coin not in STABLECOINS)
        yield show.source_line(", ".join(sources), None, plan.planned_at - plan.as_of)


def _buttons(plan: AllocationPlan, request: AllocateRequest, key: str, stored: str) -> tuple[tuple[Button, ...], ...]:
    rows = (
        *(in_rows(_presets(request)) if plan.target is None else (_weightings(plan, request),)),
        _hedge_buttons(plan),
        _mending(plan, request),
        (Button("How?", f"/how {key}"), *_chart(plan, key), Button("Presets", f"{COMMAND} presets")),
        _next(plan, request, stored),
    )
    return tuple(row for row in rows if row)


def _chart(plan: AllocationPlan, key: str) -> tuple[Button, ...]:
    """An amount has nothing yet that a target could be drawn beside."""
    return () if plan.is_stated else (Button("Chart", f"/chart {key}"),)


def _presets(request: AllocateRequest) -> tuple[Button, ...]:
    return tuple(Button(each.name, line(request, target=each.name)) for each in PRESETS[:4])


def in_rows(buttons: Sequence[Button], a_row: int = PRESETS_A_ROW) -> tuple[tuple[Button, ...], ...]:
    """So many side by side that their words stay whole on a phone."""
    return tuple(tuple(buttons[at : at + a_row]) for at in range(0, len(buttons), a_row))


def _weightings(plan: AllocationPlan, request: AllocateRequest) -> tuple[Button, ...]:
    return tuple(
        Button(f"{'• ' if each is plan.choice.weighting else ''}{words}", line(request, weighting=each))
        for each, words in WEIGHTING_WORDS.items()
    )


def _hedge_buttons(plan: AllocationPlan) -> tuple[Button, ...]:
    hedge = plan.hedge
    if hedge is None:
        return ()
    sizes = dict.fromkeys(size for size in (hedge.low_usd, hedge.middle_usd, hedge.high_usd) if size > 0)
    lines = [Button(f"Hedge {show.money(size)}", hedge_line(hedge, size)) for size in sizes]
    if not hedge.middle_usd:
        return tuple(lines)
    size, times = show.exact(show.cents(hedge.middle_usd)), show.leverage(hedge.leverage)
    return (*lines, Button("Checklist", f"{COMMAND} check short {hedge.coin} ${size} {times}"))


def _mending(plan: AllocationPlan, request: AllocateRequest) -> tuple[Button, ...]:
    """What complies, by a tap."""
    found = []
    if plan.target is not None and any(breach.cap is Cap.TARGET for breach in plan.breaches):
        better = with_futures_at(plan.target, HIGHEST_CAP_SHARE)
        words = written(each.wanted_share * HUNDRED for each in better.slices)
        found.append(
            Button(f"Futures {show.share_as_percent(HIGHEST_CAP_SHARE)}: {words}", line(request, target=words))
        )
    found.extend(_complying(breach) for breach in plan.breaches[:3] if breach.cap in (Cap.POSITION, Cap.LEVERAGE))
    if any(breach.cap is not Cap.TARGET for breach in plan.breaches):
        found.append(Button("Checklist", f"{COMMAND} check"))
    return tuple(found)


def _complying(breach: Breach) -> Button:
    """The checklist of the position as it would comply: a smaller one, or the same at the guide's leverage."""
    times = min(breach.leverage or Decimal(1), HIGHEST_LEVERAGE)
    size = breach.notional_usd or Decimal(0)
    if breach.cap is Cap.POSITION:
        size = (breach.allowed_usd or Decimal(0)) * (breach.leverage or Decimal(1)) * JUST_BELOW
    side = breach.side.value if breach.side else "long"
    coin = grammar.coin_word(breach.coin or "")
    words = f"{side} {coin} ${show.exact(show.cents(size))} {show.leverage(times)}"
    return Button(f"{breach.coin}: {show.money(size)} at {show.leverage(times)}", f"{COMMAND} check {words}")


def _next(plan: AllocationPlan, request: AllocateRequest, stored: str) -> tuple[Button, ...]:
    found = []
    if plan.target is not None and plan.target.name != stored:
        found.append(Button("Set as target", f"{COMMAND} set {plan.target.name}"))
    if plan.target is not None and plan.is_within_band and not plan.is_stated and not plan.trades:
        found.append(Button("Trades anyway", line(request, is_forced=True)))
    if plan.coins_unknown and not plan.is_stated:
        coin = grammar.coin_word(plan.coins_unknown[0])
        found.append(Button(f"{plan.coins_unknown[0]} is growth", f"{COMMAND} bucket {coin} growth"))
    return tuple(found)
