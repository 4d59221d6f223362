"""/allocate check: five questions to a position that is typed, or to each one that is recorded."""

import asyncio
import re
from collections.abc import Sequence
from decimal import Decimal

from chatbot.command import Audience, Button, Call, ChatKind, Reply, Services
from chatbot.core.allocation.buckets import bucket_of, stakes_of, total_usd
from chatbot.core.allocation.checklist import Checklist, Question, checklist
from chatbot.core.allocation.plan import TOO_OLD
from chatbot.core.chats import AllocationChoice, Bucket
from chatbot.core.errors import MarketUnavailable, NotPossible, Problem, Suggestion, UserMistake
from chatbot.core.markets import Instrument, InstrumentKind, exchange_name
from chatbot.core.portfolio import FuturesPosition, Portfolio, Side
from chatbot.core.statistics import volatility
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.request import COMMAND

EXAMPLE = f"{COMMAND} check long SOL $500 2x"
SIDES = {side.value: side for side in Side}
USUAL_LEVERAGE = Decimal(2)
MOST_CHECKED = 5
_STOP = re.compile(r"(stop=[\d.]+)(?=\s|$)")


async def answer_check(call: Call, words: str, services: Services) -> Reply:
    """A line each with a tick or a cross; holdings are read in private alone."""
    is_private = call.chat_kind is ChatKind.PRIVATE
    portfolio = await services.portfolios.load(call.user_id) if is_private else Portfolio()
    choice = (await services.settings.load(call.user_id)).allocation if is_private else AllocationChoice()
    capital = await _capital(portfolio, choice, services)
    if words.strip():
        return await _typed(words, capital, choice, services)
    return await _recorded(portfolio, capital, choice, services)


async def _capital(portfolio: Portfolio, choice: AllocationChoice, services: Services) -> Decimal | None:
    if portfolio.is_empty:
        return None
    prices = await services.market.spot_prices(portfolio.coins())
    return total_usd(stakes_of(portfolio, {coin: each.price_quote for coin, each in prices.items()}, choice)) or None


async def _typed(words: str, capital: Decimal | None, choice: AllocationChoice, services: Services) -> Reply:
    exchanges = tuple(state.exchange for state in services.market.states())
    vocabulary = grammar.Vocabulary(
        services.market.coins(), exchanges, frozenset(SIDES), frozenset({"stop", "capital"}), frozenset()
    )
    parts = grammar.read(f"{COMMAND} check", _STOP.sub(r"\1%", words), vocabulary)
    value, leverage = grammar.only(parts, grammar.Value), grammar.only(parts, grammar.Leverage)
    coin_word, exchange = grammar.only(parts, grammar.CoinWord), grammar.only(parts, grammar.Exchange)
    side = grammar.only(parts, grammar.Keyword)
    named = {part.name: part.value for part in parts if isinstance(part, grammar.Named)}
    coin = coin_word.coin if coin_word else value.coin if value else None
    if coin is None or value is None or value.coin not in (None, coin):
        raise UserMistake("Which position? A side, a coin and its value in dollars.", [Suggestion(EXAMPLE, EXAMPLE)])
    question = Question(
        SIDES[side.word] if side else Side.LONG,
        value.amount_usd,
        leverage.leverage if leverage else USUAL_LEVERAGE,
        bucket_of(coin, choice) is Bucket.SMALL,
        named.get("capital", capital),
        named.get("stop"),
    )
    found = await _check(coin, exchange.exchange if exchange else None, question, services)
    is_own = capital is not None and "capital" not in named
    audience = Audience.ASKER if is_own else Audience.ANYONE
    return Reply("\n".join(_lines(found)), _buttons(coin, found), audience=audience, plan=found)


async def _recorded(
    portfolio: Portfolio, capital: Decimal | None, choice: AllocationChoice, services: Services
) -> Reply:
    positions = portfolio.positions[:MOST_CHECKED]
    if not positions:
        raise NotPossible(
            "No futures position is recorded. Name one, or record it.",
            [Suggestion(EXAMPLE, EXAMPLE), Suggestion("Portfolio", "/portfolio")],
        )
    texts = await asyncio.gather(*(_of_position(each, capital, choice, services) for each in positions))
    more = len(portfolio.positions) - len(positions)
    tail = [f"{more} more positions are recorded; name one to check it: <code>{EXAMPLE}</code>"] if more else []
    return Reply(
        "\n\n".join((*texts, *tail)), ((Button("Where I stand", COMMAND),),), audience=Audience.ASKER, plan=texts
    )


async def _of_position(
    position: FuturesPosition, capital: Decimal | None, choice: AllocationChoice, services: Services
) -> str:
    """What cannot be asked of one position is said in its place."""
    try:
        prices = await services.market.spot_prices([position.coin])
        if position.coin not in prices:
            raise NotPossible(f"No exchange here has a price of {position.coin}.")
        question = Question(
            position.side,
            position.amount_base * prices[position.coin].price_quote,
            position.leverage or Decimal(1),
            bucket_of(position.coin, choice) is Bucket.SMALL,
            capital,
            entry_quote=position.entry_quote,
        )
        found = await _check(position.coin, position.exchange, question, services)
    except Problem as problem:
        name = f"{position.side.value.capitalize()} {show.escape(position.coin)}"
        return f"<b>{name}: not checked</b>\n{show.escape(problem.sentence)}"
    return "\n".join((*_lines(found), *_assumed(position, found)))


def _assumed(position: FuturesPosition, found: Checklist) -> tuple[str, ...]:
    """What is not recorded of a position is assumed, and said."""
    wanting = {
        "leverage 1x": not position.leverage,
        "entry at today's price": position.entry_quote is None,
        f"on {exchange_name(found.instrument.exchange)}": position.exchange is None,
    }
    words = [word for word, is_wanting in wanting.items() if is_wanting]
    return (f"⚠ Not recorded, so assumed: {', '.join(words)}",) if words else ()


async def _check(coin: str, exchange: str | None, question: Question, services: Services) -> Checklist:
    market = _market(coin, exchange, services)
    (snapshots, outages), deviation = await asyncio.gather(
        services.market.snapshots([market]), _volatility(coin, services)
    )
    if not snapshots:
        reason = outages[0].reason if outages else "no answer"
        raise MarketUnavailable(f"{exchange_name(market.exchange)} gave no quote of {coin}: {reason}.", outages)
    if services.now() - snapshots[0].quote.as_of > TOO_OLD:
        raise MarketUnavailable(f"The prices of {coin} are too old to check a position by. Try again in a minute.")
    return checklist(question, snapshots[0], deviation, services.now())


def _market(coin: str, exchange: str | None, services: Services) -> Instrument:
    listed = [
        each
        for each in services.market.futures(coin)
        if each.kind is InstrumentKind.PERPETUAL and not each.is_inverse and exchange in (None, each.exchange)
    ]
    if not listed:
        where = exchange_name(exchange) if exchange else "No exchange here"
        has = "has no" if exchange else "has a"
        raise NotPossible(f"{where} {has} linear perpetual of {coin}.", [Suggestion("Hedge it", f"/hedge #{coin}")])
    return listed[0]


async def _volatility(coin: str, services: Services) -> float | None:
    try:
        return volatility(await services.market.daily_candles(coin)).per_year
    except Problem:
        return None  # the line then says that the room in deviations is not known


# Words


def _lines(found: Checklist) -> Sequence[str]:
    asked = found.question
    coin, where = show.escape(found.instrument.coin), exchange_name(found.instrument.exchange)
    marks = (found.is_liquid, found.is_roomy, found.is_cheap, found.is_disposable, found.is_seasoned)
    words = (_liquidity(found), _liquidation(found), _funding(found), _narrative(found), _venue(found))
    head = f"{sum(marks)} of 5 hold: {asked.side.value} {show.money(asked.value_usd)} {coin} at "
    return (
        f"<b>{head}{show.leverage(asked.leverage)}, {where}</b>",
        *(f"{'✓' if mark else '✗'} {line}" for mark, line in zip(marks, words, strict=True)),
        show.source_line(found.source, None, found.checked_at - found.as_of),
    )


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
    return f"Liquidation: at {price}, {room}{sigma}; {stopped}"


def _funding(found: Checklist) -> str:
    if found.drag_quote is None:
        return "Funding: not known"
    part = show.share_as_percent(abs(found.drag_quote) / found.question.value_usd)
    verb = "pays" if found.drag_quote > 0 else "receives"
    return f"Funding: {verb} {show.money(abs(found.drag_quote))} a month, {part} of the position"


def _narrative(found: Checklist) -> str:
    margin = f"{show.money(found.margin_usd)} at risk"
    if found.margin_share is None:
        return f"Narrative: {margin}, of what capital is not known (capital=100k)"
    limit = "below 1 % for a small cap" if found.question.is_small_cap else "no small cap"
    return f"Narrative: {margin}, {show.share_as_percent(found.margin_share)} of the capital; {limit}"


def _venue(found: Checklist) -> str:
    kind = "centralised" if found.is_centralised else "decentralised"
    age = "listed when is not known" if found.listed_for is None else f"listed for {show.duration(found.listed_for)}"
    return f"Venue: {exchange_name(found.instrument.exchange)}, {kind}, {age}"


def _buttons(coin: str, found: Checklist) -> tuple[tuple[Button, ...], ...]:
    asked = found.question
    base = f"{COMMAND} check {asked.side.value} {grammar.coin_word(coin)} ${show.exact(asked.value_usd)}"
    leverages = tuple(
        Button(show.leverage(each), f"{base} {show.leverage(each)}") for each in map(Decimal, (1, 2, 3, 5))
    )
    return leverages, (Button("Funding", f"/funding {grammar.coin_word(coin)}"),)
