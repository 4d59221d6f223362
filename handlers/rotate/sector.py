"""/rotate ai: one sector, coin by coin, and on which side of its perpetuals most stand."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chatbot.command import Audience, Button, Call, ChatKind, Reply, Services
from chatbot.core.crowding import QUARTER, Crowded, Crowding, crowded
from chatbot.core.markets import BoardRow, FundingHistory, Instrument, exchange_name
from chatbot.core.rotation.heat import most_traded
from chatbot.core.rotation.sectors import sectors_of
from chatbot.core.rotation.strength import FEWEST_DAYS
from chatbot.core.rotation.table import MemberRow, SectorDetail, plan_sector
from handlers import formatting as show
from handlers.grammar import coin_word
from handlers.kept import keep
from handlers.looking import funding_histories
from handlers.rotate import words
from handlers.rotate.request import COMMAND
from handlers.rotate.seeing import see
from handlers.rotate.table import candles_of, held_coins, looked

SHOWN_FIRST = 8
MOST_HISTORIES = 12
ABOVE = {True: "yes", False: "no", None: words.GAP}


async def answer(call: Call, sector: str, services: Services) -> Reply:
    """One of the sectors of this chat; in the private chat with which of its coins are held."""
    sectors = sectors_of((await services.settings.load(call.chat_id)).sectors)
    seen = await see(sectors, services, also=sectors[sector])
    candles, perpetuals = candles_of(seen), most_traded(seen.boards)
    crowds = await _crowds(sectors[sector], perpetuals, services)
    given = looked(seen, services)
    plan = await asyncio.to_thread(plan_sector, candles, seen.sectors, sector, perpetuals, crowds, given)
    coins = await held_coins(call, services) if call.chat_kind is ChatKind.PRIVATE else ()
    key = await keep(services, call.chat_id, "rotate", "sector", f"{COMMAND} {sector}", plan)
    return replace(render(plan, [coin for coin in coins if coin in sectors[sector]], key), plan=plan)


async def _crowds(
    coins: Sequence[str], perpetuals: Mapping[str, BoardRow], services: Services
) -> Mapping[Instrument, Crowded]:
    """Where a week of settlements is known: of the sector's first coins, the largest."""
    asked = [perpetuals[coin].instrument for coin in coins if coin in perpetuals][:MOST_HISTORIES]
    histories = await funding_histories(asked, services, QUARTER)
    return await asyncio.to_thread(_judged, histories, services.now())


def _judged(histories: Mapping[Instrument, FundingHistory], now: datetime) -> Mapping[Instrument, Crowded]:
    found = ((instrument, crowded(history, now)) for instrument, history in histories.items())
    return {instrument: judged for instrument, judged in found if judged is not None}


def render(plan: SectorDetail, held: Sequence[str], key: str) -> Reply:
    """The answer to /rotate with a sector."""
    details = "\n".join(_details(plan))
    lines = (*_summary(plan, held), *words.missing_lines(plan.looked, plan.row.coins))
    text = "\n".join((*lines, show.expandable(details), words.source(plan.looked, plan.bitcoin)))
    audience = Audience.ASKER if held else Audience.ANYONE
    return Reply(text, tuple(_buttons(plan, key)), audience=audience)


def _summary(plan: SectorDetail, held: Sequence[str]) -> Iterator[str]:
    standing = plan.row.standing
    name, age = show.escape(words.titled(standing.sector)), words.age_words(plan.looked, plan.bitcoin)
    if not plan.members:
        is_late = any(coin in plan.looked.coins_missing for coin in plan.row.coins)
        yield f"<b>{name}: {'no prices came yet' if is_late else 'no exchange here lists its coins'}</b>"
        return
    if not standing.members:
        yield f"<b>{age}{name}: strength not known, none of its coins has {FEWEST_DAYS} days of prices up to now</b>"
    else:
        yield f"<b>{age}{name}: {words.against_bitcoin(standing.strength)}</b>"
        yield _place(plan)
        breadth, before = words.breadth_cell(standing.breadth), words.breadth_cell(standing.breadth_before)
        yield f"{breadth} above their 20-day mean, {before} a week ago"
    yield _table(plan.members[:SHOWN_FIRST])
    if held:
        yield f"<b>Yours:</b> {words.listed(held)}"
    yield from _crowding(plan.members)


def _place(plan: SectorDetail) -> str:
    standing = plan.row.standing
    quadrant = standing.strength.quadrant
    if len(standing.members) == 1:
        return f"One coin is no sector: this is the strength of {show.escape(standing.members[0])}, not ranked"
    if standing.place is None or quadrant is None:
        return "Not ranked: too few coins have enough days"
    change = words.percent(standing.strength.change).removesuffix(" %")
    return (
        f"{quadrant.value.capitalize()} ({words.QUADRANT_WORDS[quadrant]}, {change} points in a week), "
        f"place {standing.place} of {plan.ranked}"
    )


def _table(members: Iterable[MemberRow]) -> str:
    rows = [(row.member.coin, row.member.strength, ABOVE[row.member.is_above], row.per_eight_hours) for row in members]
    return words.table("coin", rows)


def _crowding(members: Iterable[MemberRow]) -> Iterator[str]:
    for side, name in words.CROWDING_WORDS.items():
        found = [
            _crowd(row, row.crowded) for row in members if row.crowded is not None and row.crowded.crowding is side
        ]
        if found:
            yield f"{name.capitalize()}: {', '.join(found[:3])}{f' and {len(found) - 3} more' if found[3:] else ''}"


def _crowd(row: MemberRow, judged: Crowded) -> str:
    rate = show.rate(judged.week_per_eight_hours)
    where = exchange_name(judged.exchange)
    return (
        f"{show.escape(row.member.coin)} {rate} per 8h on {where}{' (high for it alone)' * judged.is_by_its_own_weeks}"
    )


def _details(plan: SectorDetail) -> Iterator[str]:
    yield words.LEGEND.replace("coins above their", "above its")
    if plan.members[SHOWN_FIRST:]:
        yield _table(plan.members[SHOWN_FIRST:])
    judged = [row.crowded for row in plan.members if row.crowded is not None]
    if judged and all(each.crowding is Crowding.NONE for each in judged):
        yield f"Nobody crowds: 7-day means of {len(judged)} coin{'' if len(judged) == 1 else 's'}, settled"
    if plan.row.heat is not None:
        heat = plan.row.heat
        rate, yearly = show.rate(heat.per_eight_hours), words.yearly_cell(heat.per_eight_hours)
        coins = f"{heat.perpetuals} of {heat.coins} coins"
        yield f"Funding of {coins}: mean {rate} per 8h, {yearly} % a year, predicted"
    if plan.row.standing.left_out:
        yield f"Left out of the sector: {words.listed(map(words.left_out_words, plan.row.standing.left_out), 30)}"
    yield from _absent(plan)


def _absent(plan: SectorDetail) -> Iterator[str]:
    own = plan.row.coins
    for what, coins in (
        ("Prices did not come yet", plan.looked.coins_missing),
        ("On no exchange here", plan.looked.coins_unlisted),
    ):
        found = [coin for coin in coins if coin in own]
        if found:
            yield f"{what}: {words.listed(found, 30)}"


def _buttons(plan: SectorDetail, key: str) -> Iterator[tuple[Button, ...]]:
    coins = [row.member.coin for row in plan.members[:3]]
    if coins:
        yield from words.in_rows(Button(f"Funding {coin}", f"/funding {coin_word(coin)}") for coin in coins)
    chart = (Button("Chart", f"/chart {key}"),) if plan.row.standing.trail else ()
    yield (Button("How?", f"/how {key}"), *chart, Button("Its coins", f"{COMMAND} sectors {plan.row.standing.sector}"))
    yield (Button("All sectors", COMMAND),)
