"""How a check looks on a phone: how many of the five hold, then a line each with a tick or a cross."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from chatbot.command import Button
from chatbot.core.allocation.caps import HIGHEST_CAP_SHARE, ONE_POSITION_SHARE
from chatbot.core.allocation.checklist import Checklist
from chatbot.core.errors import Outage
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import FuturesPosition
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.check.request import CheckRequest, line

LEVERAGES = tuple(Decimal(times) for times in (1, 2, 3, 5))


def lines_of(found: Checklist, warnings: Sequence[str] = ()) -> Sequence[str]:
    """The answer to one position, `warnings` before its source."""
    asked = found.question
    marks = (found.is_liquid, found.is_roomy, found.is_cheap, found.is_disposable, found.is_standing)
    words = (_liquidity(found), _liquidation(found), _funding(found), _narrative(found), _venue(found))
    put_in = "put in" if asked.entry_quote is None else "tied up (margin with its result)"
    notional, margin = show.money(asked.value_usd), show.money(found.margin_usd)
    return (
        f"<b>{_old(found)}{sum(marks)} of 5 hold: {_position(found)}</b>",
        f"{notional} is the notional, not the margin: {margin} is {put_in} at {show.leverage(asked.leverage)}",
        *(f"{'✓' if mark else '✗'} {line}" for mark, line in zip(marks, words, strict=True)),
        *warnings,
        show.source_line(found.source, None, found.checked_at - found.as_of),
    )


def missing_lines(outages: Sequence[Outage], exchanges: int) -> Iterator[str]:
    """How many of all `exchanges` do not answer."""
    if outages:
        names = ", ".join(show.escape(exchange_name(outage.exchange)) for outage in outages)
        yield f"⚠ {len(outages)} of {exchanges} exchanges missing: {names}"


def assumed_lines(position: FuturesPosition, found: Checklist) -> Iterator[str]:
    """What is not recorded of a position is assumed, and said."""
    wanting = {
        "leverage 1x": not position.leverage,
        "entry at today's price": position.entry_quote is None,
        f"on {exchange_name(found.instrument.exchange)}": position.exchange is None,
    }
    words = [word for word, is_wanting in wanting.items() if is_wanting]
    if words:
        yield f"⚠ Not recorded, so assumed: {', '.join(words)}"


def buttons_of(request: CheckRequest) -> tuple[tuple[Button, ...], ...]:
    """Other leverages of the same."""
    leverages = tuple(leverage_buttons(request, LEVERAGES))
    return leverages, (Button("Funding", f"/funding {grammar.coin_word(request.coin)}"),)


def leverage_buttons(request: CheckRequest, leverages: Iterable[Decimal]) -> Iterator[Button]:
    """The same line at each of these."""
    return (Button(show.leverage(each), line(request, leverage=each)) for each in leverages)


def _old(found: Checklist) -> str:
    return f"Prices are {show.duration(found.checked_at - found.as_of)} old. " if found.is_old else ""


def _position(found: Checklist) -> str:
    asked, coin = found.question, show.escape(found.instrument.coin)
    where = exchange_name(found.instrument.exchange)
    return f"{asked.side.value} {show.money(asked.value_usd)} {coin} at {show.leverage(asked.leverage)}, {where}"


def _liquidity(found: Checklist) -> str:
    slip = "not fillable in the visible book" if found.slippage_share is None else _slip(found.slippage_share)
    if found.volume_share is None:
        return f"Liquidity: {slip}, the day's volume is not known"
    return (
        f"Liquidity: {slip}, {show.share_as_percent(found.volume_share)} of the day's volume; a limit order pays less"
    )


def _slip(share: Decimal) -> str:
    return f"{show.share_as_percent(share)} slippage"


def _liquidation(found: Checklist) -> str:
    stop = found.question.stop_share
    stopped = "no stop said (stop=5%)" if stop is None else f"stop at {show.share_as_percent(stop)}"
    if found.liquidation_quote is None or found.room_share is None:
        why = "no price does it" if found.is_liquidation_known else "not known, no margin tiers given"
        return f"Liquidation: {why}; {stopped}"
    price = show.price(found.liquidation_quote, found.instrument.tick_quote)
    if found.is_past:
        return f"Liquidation: as recorded it was liquidated at {price} already"
    room = show.signed_percent(found.room_share)
    sigma = "" if found.room_deviations is None else f" = {found.room_deviations:.1f} deviations of a month"
    late = " comes too late" if stop is not None and stop >= abs(found.room_share) else ""
    return f"Liquidation: at {price}, {room}{sigma}; {stopped}{late}"


def _funding(found: Checklist) -> str:
    if found.drag_quote is None:
        return "Funding: not known"
    part = show.share_as_percent(abs(found.drag_quote) / found.question.value_usd)
    rate = " at the coming rate"
    if found.drag_settled_for is not None:
        rate = f" at the average settled over {show.duration(found.drag_settled_for)}"
    verb = "pays" if found.drag_quote > 0 else "receives"
    return f"Funding: {verb} {show.money(abs(found.drag_quote))} a month{rate}, {part} of the position{_turned(found)}"


def _turned(found: Checklist) -> str:
    """Where the coming charge goes the other way."""
    settled, coming = found.drag_quote, found.coming_drag_quote
    if not settled or not coming or (settled > 0) is (coming > 0):
        return ""
    verb = "pays" if coming > 0 else "receives"
    return f"; at the coming rate it {verb} {show.money(abs(coming))}"


def _narrative(found: Checklist) -> str:
    margin = f"{show.money(found.margin_usd)} at risk"
    if found.margin_share is None:
        return f"Narrative: {margin}, of what capital is not known (capital=100k)"
    is_small = found.question.is_small_cap
    limit = f"below {show.share_as_percent(ONE_POSITION_SHARE)} for a small cap"
    if not is_small:
        limit = f"at most {show.share_as_percent(HIGHEST_CAP_SHARE)} where it is no small cap"
    return f"Narrative: {margin}, {show.share_as_percent(found.margin_share)} of the capital; {limit}"


def _venue(found: Checklist) -> str:
    kind = "centralised" if found.is_centralised else "decentralised"
    age = "listed when is not known" if found.listed_for is None else f"listed for {show.duration(found.listed_for)}"
    silent = "" if found.outage is None and not found.is_old else ", does not answer now"
    return f"Venue: {exchange_name(found.instrument.exchange)}, {kind}, {age}{silent}"
