"""/rotate check FET: what speaks for an entry, from data and from the asker's own answers, which the line carries."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.command import Call, Reply, Services
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.markets import Instrument, OrderBook, Snapshot
from chatbot.core.panel import panel_of
from chatbot.core.rotation.entry import (
    ENTRY_USD,
    Depth,
    EntryPlan,
    Question,
    depth_of,
    entry_coin,
    first_position,
    interest_of,
)
from chatbot.core.rotation.heat import most_traded
from chatbot.core.rotation.sectors import sectors_of
from chatbot.core.rotation.standings import Standing, standings
from chatbot.core.rotation.strength import BITCOIN, last_common
from handlers import grammar
from handlers.grammar.words import nearest_word
from handlers.grammar.written import Written, split
from handlers.kept import keep
from handlers.looking import or_none
from handlers.rotate.signals import subjects
from handlers.rotate.signals.check_render import COMMAND, line, render
from handlers.rotate.signals.looking import Looked, Sectors, look

MOST_BOOKS = 8
NAMES: Mapping[str, Question] = {
    **{question.value: question for question in Question},
    "technology": Question.TECHNOLOGY,
    "eco": Question.ECOSYSTEM,
}
ANSWERS: Mapping[str, bool] = {"yes": True, "no": False, "y": True, "n": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """A coin or a sector, for how many dollars, and what the asker answered."""

    subject: str
    is_sector: bool
    amount_usd: Decimal = ENTRY_USD
    answers: tuple[tuple[Question, bool], ...] = ()


async def answer(call: Call, services: Services) -> Reply:
    """The signs of one coin or sector; nothing in it is about what anybody holds."""
    sectors = sectors_of((await services.settings.load(call.chat_id)).sectors)
    asked = parse(call, sectors, services)
    plan = await _plan(asked, sectors, services)
    key = await keep(services, call.chat_id, "rotate", "check", line(plan, sectors), plan)
    return render(plan, sectors, key)


def parse(call: Call, sectors: Sectors, services: Services) -> Asked:
    """`FET`, `ai`, with `$5k`, `tech=yes ecosystem=no interest=yes`. Raises UserMistake."""
    written = Written(COMMAND, split(call.words)[1:])
    answers = {at: _answer(written, at) for at, word in enumerate(written.words) if _is_answer(word)}
    amounts = {at: _amount(word) for at, word in enumerate(written.words) if word[:1] == "$" and word[1:2].isdigit()}
    named = subjects.read(written, sectors, services.market.coins(), {*answers, *amounts})
    names = [*named.coins, *named.sectors]
    if len(names) != 1 or len(amounts) > 1:
        raise _not_one(names, sectors)
    amount = next(iter(amounts.values()), ENTRY_USD)
    return Asked(names[0], bool(named.sectors), amount, tuple(dict(answers.values()).items()))


def _is_answer(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.lower() != "coin"  # coin=AI is a coin


def _answer(written: Written, at: int) -> tuple[Question, bool]:
    name, _, value = written.words[at].lower().partition("=")
    if name == "liquidity":
        raise UserMistake("Liquidity is answered by data.", [written.without({at})])
    question, is_yes = NAMES.get(name), ANSWERS.get(value)
    if question is None:
        near = nearest_word(name, tuple(NAMES))
        known = ", ".join(f"{each.value}=" for each in Question)
        tips = [written.replaced(at, f"{near}={value}")] if near else []
        raise UserMistake(f'I don\'t know "{grammar.shown(name)}=". Here I know {known}.', tips)
    if is_yes is None:
        ways = [written.replaced(at, f"{question.value}={each}") for each in ("yes", "no")]
        raise UserMistake(f"{question.value}= is answered by yes or no.", ways)
    return question, is_yes


def _amount(word: str) -> Decimal:
    found = grammar.only(grammar.read(COMMAND, word, grammar.Vocabulary(frozenset(), ())), grammar.Value)
    assert found is not None  # else it was refused
    return found.amount_usd


def _not_one(names: Sequence[str], sectors: Sectors) -> UserMistake:
    words = [name if name in sectors else subjects.word_of(name, sectors) for name in names or ("FET", "ai")]
    lines = [f"{COMMAND} {word}" for word in words[:3]]
    sentence = "One coin or sector at a time, for one amount." if names else "Which coin or sector?"
    return UserMistake(sentence, [Suggestion(each, each) for each in lines])


# Looking


async def _plan(asked: Asked, sectors: Sectors, services: Services) -> EntryPlan:
    coins = tuple(sectors[asked.subject]) if asked.is_sector else (asked.subject,)
    names = _judged_by(asked, sectors)
    looked = await look(coins, {name: sectors[name] for name in names}, services)
    found = await asyncio.to_thread(_standings, looked, asked)
    depths, snapshot = await asyncio.gather(_depths(coins, looked, asked, services), _snapshot(asked, looked, services))
    sector = names[0] if names else None
    return EntryPlan(
        subject=asked.subject,
        is_sector=asked.is_sector,
        sector=sector,
        standing=found.get(sector) if sector else None,
        own=None if asked.is_sector else found.get(asked.subject),
        coins=tuple(
            entry_coin(looked.exits[coin], looked.perpetuals.get(coin), depths.get(coin))
            for coin in coins
            if coin in looked.exits
        ),
        amount_usd=asked.amount_usd,
        first=first_position(asked.amount_usd, snapshot),
        interest=interest_of(coins, looked.seen.candles, services.now()),
        answers=asked.answers,
        outages=looked.seen.outages,
        exchanges=looked.seen.exchanges,
        sources=looked.seen.sources,
        as_of=looked.seen.as_of,
        planned_at=services.now(),
    )


def _judged_by(asked: Asked, sectors: Sectors) -> tuple[str, ...]:
    """The sector, or the first one that has the coin; bitcoin is what sectors are measured against."""
    if asked.is_sector:
        return (asked.subject,)
    return () if asked.subject == BITCOIN else subjects.sectors_with([asked.subject], sectors)[:1]


def _standings(looked: Looked, asked: Asked) -> Mapping[str | None, Standing]:
    """By the name of the sector, and by the coin; none without prices of bitcoin."""
    if BITCOIN not in looked.seen.candles:
        return {}
    panel = last_common(panel_of(looked.seen.candles))
    if not len(panel.opened):
        return {}
    alone = {} if asked.is_sector or asked.subject == BITCOIN else {asked.subject: (asked.subject,)}
    return {each.sector: each for each in standings(panel, {**looked.sectors, **alone})}


async def _depths(coins: Sequence[str], looked: Looked, asked: Asked, services: Services) -> Mapping[str, Depth]:
    """With the books of the most traded."""
    rows = most_traded(looked.seen.boards)
    volumes = {coin: rows[coin].volume_day_quote for coin in coins if coin in rows}
    by_volume = sorted(
        (coin for coin in coins if coin in looked.perpetuals), key=lambda coin: -(volumes.get(coin) or Decimal(0))
    )
    books = await _books([looked.perpetuals[coin] for coin in by_volume[:MOST_BOOKS]], services)
    return {
        coin: depth_of(market, asked.amount_usd, volumes.get(coin), books.get(market))
        for coin in by_volume
        for market in [looked.perpetuals[coin]]
    }


async def _books(markets: Sequence[Instrument], services: Services) -> Mapping[Instrument, OrderBook]:
    found = await asyncio.gather(*(or_none(services.market.order_book(market)) for market in markets))
    return {market: book for market, book in zip(markets, found, strict=True) if book is not None}


async def _snapshot(asked: Asked, looked: Looked, services: Services) -> Snapshot | None:
    """Of the coin's perpetual, for the first position; a sector is no position."""
    market = None if asked.is_sector else looked.perpetuals.get(asked.subject)
    if market is None:
        return None
    snapshots, _ = await services.market.snapshots([market])
    return snapshots[0] if snapshots else None
