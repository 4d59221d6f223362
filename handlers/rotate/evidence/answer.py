"""Answers /rotate test: understand, look at prices, find which coins' funding is needed, look again, work out, say."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from chatbot.command import Call, Reply, Services
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.funding import DAY
from chatbot.core.markets import FundingHistory, exchange_name
from chatbot.core.rotation.evidence.plan import (
    FEWEST_DAYS,
    EvidencePlan,
    Fees,
    Ground,
    Seen,
    TooLong,
    ground_of,
    plan_evidence,
)
from chatbot.core.rotation.evidence.rule import Rhythm
from chatbot.core.rotation.sectors import sectors_of
from chatbot.core.rotation.strength import BITCOIN
from handlers import grammar
from handlers.kept import keep
from handlers.looking import funding_histories
from handlers.rotate.evidence.render import COMMAND, line, render
from handlers.rotate.seeing import SectorsSeen, see
from handlers.rotate.signals.looking import perpetuals_of
from handlers.rotate.table import candles_of

MOST_FUNDINGS = 40  # a year of each costs some requests
SPAN = timedelta(days=370)
USUAL_FEE_SHARE = Decimal("0.001")  # of a spot trade, where no exchange tells its own
RHYTHMS = {rhythm.value: rhythm for rhythm in Rhythm}


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Which rhythms, and over how many days; None for all there are."""

    rhythms: tuple[Rhythm, ...]
    days: int | None


async def answer(call: Call, services: Services) -> Reply:
    """Of the sectors as this chat has them; nothing in it is about holdings."""
    request = parse(call.words, services)
    chosen = await services.settings.load(call.chat_id)
    seen = await see(sectors_of(chosen.sectors), services)
    ground = await _ground(request, seen)
    fundings = await _fundings(ground, seen, services)
    evidence = Seen(
        fundings=fundings,
        fees=_fees(chosen.exchange, services),
        coins_missing=seen.coins_missing,
        coins_unlisted=seen.coins_unlisted,
        outages=seen.outages,
        exchanges=len(seen.exchanges),
        source=", ".join(dict.fromkeys(each.source for each in seen.candles.values())),
        as_of=min(each.as_of for each in seen.candles.values()),
    )
    plan: EvidencePlan = await asyncio.to_thread(plan_evidence, ground, evidence, services.now())
    key = await keep(services, call.chat_id, "rotate", "test", line(request.rhythms, request.days), plan)
    return render(plan, request.days, key)


def parse(words: str, services: Services) -> EvidenceRequest:
    """`test`, `test weekly`, `test monthly 180d`. Raises UserMistake."""
    vocabulary = grammar.Vocabulary(
        services.market.coins(), tuple(state.exchange for state in services.market.states()), frozenset(RHYTHMS)
    )
    parts = _read("".join(words.split(maxsplit=1)[1:]), vocabulary)
    rhythms = tuple(dict.fromkeys(RHYTHMS[part.word] for part in parts if isinstance(part, grammar.Keyword)))
    horizon = grammar.only(parts, grammar.Horizon)
    days = horizon.horizon // DAY if horizon else None
    if any(not isinstance(part, grammar.Keyword | grammar.Horizon) for part in parts):
        raise UserMistake(
            "The test is of the rule over all your sectors: it takes monthly or weekly, and a number of days.",
            _suggested(rhythms, days),
        )
    if days is not None and days < FEWEST_DAYS:
        raise UserMistake(f"A test takes at least {FEWEST_DAYS} days.", _suggested(rhythms, FEWEST_DAYS))
    return EvidenceRequest(rhythms or tuple(Rhythm), days)


def _read(words: str, vocabulary: grammar.Vocabulary) -> tuple[grammar.Part, ...]:
    """What is not understood comes with the rhythms that there are, the likelier one first."""
    try:
        return grammar.read(COMMAND, words, vocabulary)
    except UserMistake as problem:
        likely = [each for each in problem.suggestions if each.command.startswith(COMMAND)]
        lines = dict.fromkeys([*(each.command for each in likely), *(line([rhythm], None) for rhythm in Rhythm)])
        sentence = f"{problem.sentence} A test is monthly or weekly, over a number of days."
        raise UserMistake(sentence, [Suggestion(each, each) for each in lines]) from problem


def _suggested(rhythms: tuple[Rhythm, ...], days: int | None) -> list[Suggestion]:
    written = line(rhythms, days)
    return [Suggestion(written, written)]


async def _ground(request: EvidenceRequest, seen: SectorsSeen) -> Ground:
    prepare = partial(ground_of, candles_of(seen), seen.sectors, request.rhythms, request.days)
    try:
        return await asyncio.to_thread(prepare)
    except TooLong as problem:
        raise TooLong(problem.days, problem.needed, _suggested(request.rhythms, problem.days)) from problem


async def _fundings(ground: Ground, seen: SectorsSeen, services: Services) -> dict[str, FundingHistory]:
    """Of the coins that were picked, those picked most often first: of no other one the exit needs it."""
    coins = (await asyncio.to_thread(ground.coins_picked))[:MOST_FUNDINGS]
    perpetuals = perpetuals_of(coins, seen, services)
    found = await funding_histories(tuple(perpetuals.values()), services, SPAN)
    return {coin: found[each] for coin, each in perpetuals.items() if each in found}


def _fees(preferred: str | None, services: Services) -> Fees:
    """Of bitcoin's spot market: of the chat's own exchange where it has one, else of the first."""
    markets = services.market.spot_markets(BITCOIN)
    market = next((each for each in markets if each.exchange == preferred), next(iter(markets), None))
    if market is None:
        return Fees(USUAL_FEE_SHARE, "assumed")
    return Fees(market.taker_share, f"{exchange_name(market.exchange)} spot")
