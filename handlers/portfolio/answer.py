"""The answer to /portfolio: the list, or a change of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from pydantic import TypeAdapter

from chatbot.command import Audience, Button, Call, KeptAnswer, Reply, Services
from chatbot.core.errors import MarketUnavailable, Outage, Problem, Suggestion, UserMistake
from chatbot.core.exposure import BITCOIN, PortfolioSummary, perpetual_of, summarise
from chatbot.core.markets import EXCHANGE_NAMES, Candles, FuturesQuote, SpotPrice
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Portfolio
from chatbot.core.statistics import Beta, estimate_beta
from handlers.looking import or_none
from handlers.portfolio.changes import changed
from handlers.portfolio.drifting import drift_of
from handlers.portfolio.edits import COMMAND, Add, Clear, Edit, Hold, Set, applied
from handlers.portfolio.entries import Known, Line, lines_of, read_all
from handlers.portfolio.render import EMPTY, render
from handlers.portfolio.sheet import lines_of_sheet

CLEAR_PURPOSE = "clear the portfolio"
MOST_BETAS = 40  # histories asked for, of the first coins held; the others count at beta 1 and are named
SUMMARY: TypeAdapter[PortfolioSummary] = TypeAdapter(PortfolioSummary)


async def answer(call: Call, services: Services) -> Reply:
    """The portfolio, or what the line or the file changes in it."""
    words = call.words.strip()
    verb, _, rest = words.partition(" ")
    if call.attachment is not None:
        return await _edit(call, services, lines_of_sheet(call.attachment.content, _verb_of_file(words)))
    if words.lower() in ("", "list", "show"):
        return await _list(call, services)
    if verb.lower() == "undo":
        return await _undo(call, services, rest.strip())
    if verb.lower() == "clear":
        return await _clear(call, services, rest.strip())
    return await _edit(call, services, lines_of(words))


def _verb_of_file(words: str) -> str:
    """A file sets what it names: sent twice, it adds nothing twice."""
    verb = words.lower() or "set"
    if verb not in ("add", "set"):
        raise UserMistake("With a file write add or set: /portfolio set makes holdings what the file says.")
    return verb


# Changes


async def _edit(call: Call, services: Services, lines: Sequence[Line]) -> Reply:
    known = await _known(call, services, lines)
    edits = read_all(lines, known)
    unlisted = [coin for coin in _coins(edits) if known.coins and coin not in known.coins | STABLECOINS]
    return await _store(call, services, edits, unlisted)


async def _known(call: Call, services: Services, lines: Sequence[Line]) -> Known:
    portfolio = await services.portfolios.load(call.user_id)
    asked = (state.exchange for state in services.market.states())
    anywhere = tuple(dict.fromkeys((*asked, *EXCHANGE_NAMES)))  # a position may be where prices are not asked for
    known = Known(services.market.coins(), anywhere, portfolio, {})
    written = " ".join(line.text for line in lines).lower()
    if "$" not in written and "usd" not in written:
        return known
    mentioned = {coin for word in written.split() if (coin := known.vocabulary.coin(word)) in known.coins and coin}
    prices = await or_none(services.market.spot_prices(mentioned)) if mentioned else None
    return replace(known, prices=prices or {})


def _coins(edits: Sequence[Edit]) -> dict[str, None]:
    """The coins that come in, once each."""
    held = [edit.coin for edit in edits if isinstance(edit, Add | Set)]
    return dict.fromkeys(held + [edit.position.coin for edit in edits if isinstance(edit, Hold)])


async def _store(call: Call, services: Services, edits: Sequence[Edit], unlisted: Sequence[str] = ()) -> Reply:
    change = await services.portfolios.change(call.user_id, call.update_id, partial(applied, edits))
    if change is None:
        return await _done_already(call, services)
    return changed(change, unlisted)


async def _undo(call: Call, services: Services, key: str) -> Reply:
    try:
        change = await services.portfolios.undo(call.user_id, call.update_id, key)
    except UserMistake as mistake:
        raise UserMistake(mistake.sentence, [Suggestion("Portfolio", COMMAND)]) from mistake
    return await _done_already(call, services) if change is None else changed(change, is_undo=True)


async def _clear(call: Call, services: Services, key: str) -> Reply:
    if not key:
        return await _ask_to_clear(call, services)
    if not await services.personal_data.redeem(call.user_id, CLEAR_PURPOSE, key):
        raise await _not_cleared(call, services, key)
    return await _store(call, services, [Clear()])


async def _not_cleared(call: Call, services: Services, key: str) -> UserMistake:
    """A used key, or a coin where `remove` was meant."""
    coin = key.upper().removeprefix("#")
    again = [Suggestion("Ask me again", f"{COMMAND} clear"), Suggestion("Portfolio", COMMAND)]
    if coin not in (await services.portfolios.load(call.user_id)).coins():
        return UserMistake("That button was used already, or is older than an hour.", again)
    return UserMistake(
        f"clear empties everything. To let {coin} go alone, use remove.",
        [Suggestion(f"Remove {coin}", f"{COMMAND} remove #{coin}"), *again[:1]],
    )


async def _ask_to_clear(call: Call, services: Services) -> Reply:
    portfolio = await services.portfolios.load(call.user_id)
    if portfolio.is_empty:
        return EMPTY
    key = await services.personal_data.confirm(call.user_id, CLEAR_PURPOSE)
    entries = len(portfolio.holdings) + len(portfolio.positions)
    return Reply(
        f"<b>Empty the portfolio?</b>\n{'1 entry' if entries == 1 else f'{entries} entries'} would go. "
        "It can be undone for a day.",
        ((Button("Empty it", f"{COMMAND} clear {key}"), Button("Keep it", COMMAND)),),
        audience=Audience.ASKER,
    )


async def _done_already(call: Call, services: Services) -> Reply:
    """A second delivery or a double tap changes nothing, and shows what is."""
    reply = await _list(call, services)
    return replace(reply, text=f"That was done already. The portfolio as it is:\n{reply.text}")


# The list


async def _list(call: Call, services: Services) -> Reply:
    portfolio = await services.portfolios.load(call.user_id)
    if portfolio.is_empty:
        return EMPTY
    summary = await _summary(portfolio, services)
    kept = KeptAnswer("portfolio", COMMAND, SUMMARY.dump_json(summary).decode(), summary.summed_at)
    choice = (await services.settings.load(call.user_id)).allocation
    return render(summary, await services.answers.keep(call.chat_id, kept), drift_of(summary, choice))


async def _summary(portfolio: Portfolio, services: Services) -> PortfolioSummary:
    (prices, outages), marks, betas = await asyncio.gather(
        _prices(portfolio, services), _marks(portfolio, services), _betas(portfolio, services)
    )
    return summarise(
        portfolio,
        prices=prices,
        marks=marks,
        betas=betas,
        now=services.now(),
        outages=outages,
        exchanges_asked=len(services.market.states()),
    )


async def _prices(portfolio: Portfolio, services: Services) -> tuple[Mapping[str, SpotPrice], tuple[Outage, ...]]:
    """Without any price the amounts are still there to be read."""
    failed = tuple(state.outage for state in services.market.states() if state.outage is not None)
    try:
        return await services.market.spot_prices({*portfolio.coins(), BITCOIN}), failed
    except MarketUnavailable as unavailable:
        return {}, unavailable.outages or failed


async def _marks(portfolio: Portfolio, services: Services) -> dict[FuturesPosition, FuturesQuote]:
    """Of the perpetual that each position is in, as far as its exchange is known and answers."""
    markets = {
        position: perpetual_of(position, services.market.futures(position.coin)) for position in portfolio.positions
    }
    found = {position: market for position, market in markets.items() if market is not None}
    quotes = await asyncio.gather(*(or_none(services.market.futures_quote(market)) for market in found.values()))
    return {position: quote for position, quote in zip(found, quotes, strict=True) if quote is not None}


async def _betas(portfolio: Portfolio, services: Services) -> dict[str, Beta]:
    """To bitcoin, of the coins that have a history."""
    coins = [coin for coin in portfolio.coins() if coin not in {*STABLECOINS, BITCOIN}][:MOST_BETAS]
    if not coins:
        return {}
    bitcoin, *histories = await asyncio.gather(
        *(or_none(services.market.daily_candles(coin)) for coin in (BITCOIN, *coins))
    )
    fits = {coin: _beta(history, bitcoin) for coin, history in zip(coins, histories, strict=True)}
    return {coin: fit for coin, fit in fits.items() if fit is not None}


def _beta(asset: Candles | None, bitcoin: Candles | None) -> Beta | None:
    if asset is None or bitcoin is None:
        return None
    try:
        return estimate_beta(asset, bitcoin)
    except Problem:
        return None
