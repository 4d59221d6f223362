"""How a portfolio looks on a phone: worth and exposure in the first line, the largest holdings, the rest with a tap."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Audience, Button, Reply
from chatbot.core.exposure import BITCOIN, PortfolioSummary, PositionValue
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import STABLECOINS
from handlers import formatting as show

SEEN_AT_ONCE = 8  # holdings above the fold
POSITIONS_SEEN = 4
NAMED_AT_ONCE = 8
LONGEST_COIN = 7
HEDGE_BUTTONS = 3
OLD = timedelta(minutes=1)
TENTH = Decimal("0.1")
HALF_A_PERCENT = Decimal("0.005")

EMPTY = Reply(
    "<b>Your portfolio is empty.</b>\n"
    "<code>/portfolio add 10 ETH</code> keeps a holding; several lines at once or a CSV file are fine, too.\n"
    "<code>/portfolio short 5 ETH bybit entry=3450 2x</code> keeps a position held elsewhere.",
    (
        (Button("All forms", "/help portfolio"), Button("What is stored", "/privacy")),
        (Button("Hedge 10 ETH without it", "/hedge 10 ETH"),),
    ),
    audience=Audience.ASKER,
)


def render(summary: PortfolioSummary, key: str, drift: str = "") -> Reply:
    """The list of what is held. `key` is of the kept answer, for `How?`; `drift` is from the target."""
    before = (line for part in (_headline, _holdings, _positions) for line in part(summary))
    after = (line for part in (_missing, _folded, _source) for line in part(summary))
    text = "\n".join((*before, *([drift] if drift else []), *after))
    return Reply(text, _buttons(summary, key), audience=Audience.ASKER, plan=summary)


def _headline(summary: PortfolioSummary) -> Iterator[str]:
    if not summary.prices:
        yield "<b>No prices now, so only amounts</b>"
        return
    age = _age(summary)
    old = f"Prices are {show.duration(age)} old. " if age is not None and age > OLD else ""
    yield f"<b>{old}Worth {show.money(summary.worth_usd)}</b>"
    yield f"Net exposure {show.money(summary.exposed_usd)}{_in_bitcoin(summary)}"
    if summary.bitcoin_base:
        move = summary.bitcoin_base * (summary.bitcoin_quote or Decimal(0)) * -TENTH
        yield f"If {BITCOIN} falls 10 %: about {show.signed_money(move)}"


def _in_bitcoin(summary: PortfolioSummary) -> str:
    if summary.bitcoin_base is None:
        return ""
    return f", moves like {show.quantity(summary.bitcoin_base)} {BITCOIN}"


def _age(summary: PortfolioSummary) -> timedelta | None:
    return None if summary.as_of is None else summary.summed_at - summary.as_of


def _holdings(summary: PortfolioSummary) -> Iterator[str]:
    if summary.holdings:
        yield _holdings_table(summary, 0, SEEN_AT_ONCE)


def _holdings_table(summary: PortfolioSummary, begin: int, end: int | None) -> str:
    rows = [
        (
            _short(row.holding.coin),
            show.compact(row.holding.amount_base),
            "?" if row.value_usd is None else f"${show.compact(row.value_usd)}",
            "" if row.value_share is None else _part(row.value_share),
        )
        for row in summary.holdings[begin:end]
    ]
    return show.table(("coin", "amount", "value", "part"), rows, names=1)


def _part(share: Decimal) -> str:
    return "<1%" if 0 < share < HALF_A_PERCENT else f"{share:.0%}"


def _short(coin: str) -> str:
    return coin if len(coin) <= LONGEST_COIN else f"{coin[: LONGEST_COIN - 1]}…"


def _positions(summary: PortfolioSummary) -> Iterator[str]:
    for row in summary.positions[:POSITIONS_SEEN]:
        yield _position(row)
    hidden = len(summary.positions) - POSITIONS_SEEN
    if hidden > 0:
        yield f"… {hidden} more below"


def _position(row: PositionValue) -> str:
    position = row.position
    words = (
        f"{position.side.value.capitalize()} {show.exact(position.amount_base)} {show.escape(position.coin)}",
        exchange_name(position.exchange) if position.exchange else "",
        show.leverage(position.leverage) if position.leverage is not None else "",
    )
    return f"• {', '.join(word for word in words if word)}: {_result(row)}"


def _result(row: PositionValue) -> str:
    if row.position.entry_quote is None:
        return "no entry price, so no result"
    if row.result_usd is None:
        return "no price"
    return f"{show.signed_money(row.result_usd)} unrealised{'' if row.is_at_mark else ', at spot'}"


def _missing(summary: PortfolioSummary) -> Iterator[str]:
    yield from _without_entry(summary)
    if summary.coins_without_price:
        yield f"Without a price, counted nowhere: {_named(summary.coins_without_price)}"
    if summary.outages:
        names = ", ".join(show.escape(exchange_name(outage.exchange)) for outage in summary.outages)
        yield f"{len(summary.outages)} of {summary.exchanges_asked} exchanges missing: {names}"


def _named(coins: Sequence[str]) -> str:
    """The first of them by name, the others by their number."""
    named = ", ".join(show.escape(coin) for coin in coins[:NAMED_AT_ONCE])
    hidden = len(coins) - NAMED_AT_ONCE
    return f"{named} and {hidden} more" if hidden > 0 else named


def _without_entry(summary: PortfolioSummary) -> Iterator[str]:
    """How the first of these positions gets its entry price: it is written again."""
    position = next((row.position for row in summary.positions if row.position.entry_quote is None), None)
    if position is not None:
        words = (
            f"/portfolio {position.side.value} {show.exact(position.amount_base)} #{position.coin}",
            position.exchange or "",
            show.leverage(position.leverage) if position.leverage is not None else "",
            "entry=3450",
        )
        yield f"With its entry price: <code>{show.escape(' '.join(word for word in words if word))}</code>"


def _folded(summary: PortfolioSummary) -> Iterator[str]:
    details = "\n".join(_details(summary))
    if details:
        yield show.expandable(details)


def _details(summary: PortfolioSummary) -> Iterator[str]:
    if len(summary.holdings) > SEEN_AT_ONCE:
        yield _holdings_table(summary, SEEN_AT_ONCE, None)
    yield from (_position(row) for row in summary.positions[POSITIONS_SEEN:])
    if summary.exposures:
        yield "Held and futures together:"
        yield _exposure_table(summary)
    if any(row.position.entry_quote is not None for row in summary.positions):
        yield f"Futures: {show.signed_money(summary.result_usd)} unrealised, before fees and funding"
    if summary.cash_usd:
        yield f"Cash in stablecoins: {show.money(summary.cash_usd)}"
    yield from _staking(summary)
    if summary.coins_without_beta and summary.bitcoin_base is not None:
        yield f"No beta could be measured, so 1 is assumed: {_named(summary.coins_without_beta)}"


def _exposure_table(summary: PortfolioSummary) -> str:
    rows = [
        (
            _short(row.coin),
            show.compact(row.net_base),
            "?" if row.value_usd is None else show.compact_money(row.value_usd),
            "?" if row.bitcoin_base is None else show.compact(row.bitcoin_base),
        )
        for row in summary.exposures
    ]
    return show.table(("net", "coins", "USD", f"≈{BITCOIN}"), rows, names=1)


def _staking(summary: PortfolioSummary) -> Iterator[str]:
    staked = [row for row in summary.holdings if row.holding.staking_yield_per_year]
    if staked:
        each = ", ".join(
            f"{show.escape(row.holding.coin)} {show.share_as_percent(row.holding.staking_yield_per_year or Decimal(0))}"
            for row in staked
        )
        yield f"Staking: {show.signed_money(summary.staking_usd_per_year)} a year ({each})"


def _source(summary: PortfolioSummary) -> Iterator[str]:
    age = _age(summary)
    if age is not None:
        sources = [price.source for price in summary.prices if price.coin not in STABLECOINS]
        named = dict.fromkeys((*sources, *(mark.source for mark in summary.marks)))
        yield show.source_line(", ".join(named), None, age)


def _buttons(summary: PortfolioSummary, key: str) -> tuple[tuple[Button, ...], ...]:
    coins = [row.holding.coin for row in summary.holdings if row.holding.coin not in STABLECOINS]
    hedges = tuple(Button(f"Hedge {coin}", f"/hedge #{coin}") for coin in coins[:HEDGE_BUTTONS])
    whole = (Button("Hedge all via BTC", "/hedge portfolio via BTC"),) if coins else ()
    return tuple(
        row
        for row in (
            hedges,
            (*whole, Button("How?", f"/how {key}")),
            (
                *((Button("Risk", "/risk"),) if summary.exposures else ()),
                Button("Add, change, remove", "/help portfolio"),
            ),
        )
        if row
    )


def explanation(summary: PortfolioSummary) -> Reply:
    """The reply to `How?`: each sum with this portfolio's own numbers."""
    parts = (_worth_explained(summary), _result_explained(summary), _bitcoin_explained(summary))
    text = "\n\n".join("\n".join(lines) for lines in (list(part) for part in parts) if lines)
    return Reply(f"<b>How this was worked out</b>\n\n{text}", audience=Audience.ASKER, is_new_message=True)


def _worth_explained(summary: PortfolioSummary) -> Iterator[str]:
    prices = {price.coin: price for price in summary.prices}
    yield "<b>Worth</b> = amount × price, added up; futures are not in it"
    for row in summary.holdings:
        price = prices.get(row.holding.coin)
        if price is not None and row.value_usd is not None:
            amount, coin = show.quantity(row.holding.amount_base), show.escape(row.holding.coin)
            source = show.escape(price.source)
            yield f"{amount} {coin} × {show.number(price.price_quote)} = {show.money(row.value_usd)} ({source})"


def _result_explained(summary: PortfolioSummary) -> Iterator[str]:
    rows = [row for row in summary.positions if row.result_usd is not None]
    if rows:
        yield "<b>Unrealised result</b> = coins × (price − entry), short: the other way round"
    for row in rows:
        amount, entry = show.quantity(row.position.delta_base), row.position.entry_quote or Decimal(0)
        price = show.number(row.price_quote or Decimal(0))
        result = show.signed_money(row.result_usd or Decimal(0))
        yield f"{amount} {show.escape(row.position.coin)} × ({price} − {show.number(entry)}) = {result}"


def _bitcoin_explained(summary: PortfolioSummary) -> Iterator[str]:
    if summary.bitcoin_quote is None:
        return
    yield f"<b>Moves like {BITCOIN}</b> = net value × beta ÷ {show.number(summary.bitcoin_quote)}"
    for row in summary.exposures:
        if row.value_usd is not None and row.bitcoin_base is not None:
            in_bitcoin = show.quantity(row.bitcoin_base)
            yield f"{show.escape(row.coin)}: {show.money(row.value_usd)} × {_beta(summary, row.coin)} → {in_bitcoin}"


def _beta(summary: PortfolioSummary, coin: str) -> str:
    fit = summary.betas.get(coin)
    if fit is None:
        return "1" if coin == BITCOIN else "1 (assumed)"
    return f"{fit.beta:.2f} ({fit.days} days, R² {fit.r_squared:.2f})"
