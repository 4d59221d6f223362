"""/rotate: which sector leads, in which phase the money is, and what that means for what the asker holds."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.command import Audience, Button, Call, ChatKind, Reply, SectorEdit, Services
from chatbot.core.catalogue import CATALOGUE
from chatbot.core.errors import MarketUnavailable, Suggestion
from chatbot.core.markets import Candles
from chatbot.core.panel import panel_of
from chatbot.core.portfolio import STABLECOINS
from chatbot.core.rotation.heat import most_traded
from chatbot.core.rotation.sectors import sectors_of
from chatbot.core.rotation.standings import members_of
from chatbot.core.rotation.strength import BITCOIN, FEWEST_DAYS, Quadrant, last_common
from chatbot.core.rotation.table import Looked, SectorRow, SectorTable, plan_table
from handlers import formatting as show
from handlers.kept import keep
from handlers.rotate import words
from handlers.rotate.phase_words import evidence, phase_words
from handlers.rotate.request import COMMAND
from handlers.rotate.seeing import SectorsSeen, see

SHOWN_FIRST = 5
OFFERED = 3


@dataclass(frozen=True, slots=True)
class _Belonging:
    """Coins of the asker in one sector, where it stands, and their own 30 days against bitcoin where they are known."""

    sector: str
    quadrant: Quadrant | None
    coins: tuple[str, ...]
    months: Mapping[str, float]

    @property
    def is_losing(self) -> bool:
        """The sector as a whole."""
        return self.quadrant in (Quadrant.WEAKENING, Quadrant.LAGGING)


async def answer(call: Call, services: Services) -> Reply:
    """The table; in the private chat with what is held."""
    is_private = call.chat_kind is ChatKind.PRIVATE
    coins = await held_coins(call, services) if is_private else ()
    edits = (await services.settings.load(call.chat_id)).sectors
    seen = await see(sectors_of(edits), services)
    plan = await asyncio.to_thread(
        plan_table, candles_of(seen), seen.sectors, most_traded(seen.boards), looked(seen, services)
    )
    key = await keep(services, call.chat_id, "rotate", "table", COMMAND, plan)
    homes = {coin: _homes(coin, seen.sectors, edits) for coin in coins}
    months = await asyncio.to_thread(_months, seen.candles, coins)
    return replace(render(plan, _belongings(homes, plan, months), key, is_private=is_private), plan=plan)


async def held_coins(call: Call, services: Services) -> tuple[str, ...]:
    """What the asker holds more of than is short, dollars left out."""
    portfolio = await services.portfolios.load(call.user_id)
    return tuple(coin for coin in portfolio.coins() if coin not in STABLECOINS and portfolio.net_base(coin) > 0)


def candles_of(seen: SectorsSeen) -> Mapping[str, Candles]:
    """MarketUnavailable where bitcoin's did not come: strength is measured against it."""
    if BITCOIN not in seen.candles:
        raise MarketUnavailable(
            "Bitcoin's daily prices did not come, and strength is measured against them.",
            seen.outages,
            [Suggestion("Ask again", COMMAND)],
        )
    return seen.candles


def looked(seen: SectorsSeen, services: Services) -> Looked:
    """What was looked at, for the answer to name."""
    return Looked(
        exchanges=seen.exchanges,
        outages=seen.outages,
        coins_unlisted=seen.coins_unlisted,
        coins_missing=seen.coins_missing,
        sources=seen.sources,
        rates_as_of=min((board.as_of for board in seen.boards), default=None),
        planned_at=services.now(),
    )


def _homes(coin: str, sectors: Mapping[str, Sequence[str]], edits: Sequence[SectorEdit]) -> tuple[str, ...]:
    """The sectors that look at it; of a smaller coin of the catalogue its sector there; "" for none."""
    found = tuple(name for name, members in sectors.items() if coin in members)
    removed = any(coin in edit.removed for edit in edits)
    return found or ((CATALOGUE[coin].sector,) if coin in CATALOGUE and not removed else ("",))


def _months(candles: Mapping[str, Candles], coins: Sequence[str]) -> Mapping[str, float]:
    """Each coin's own strength over 30 days; only of those whose prices came."""
    panel = last_common(panel_of(candles))
    found = members_of(panel, [coin for coin in coins if coin in panel.coins and coin != BITCOIN])
    return {each.coin: each.strength.month for each in found if each.strength.month is not None}


def _belongings(
    homes: Mapping[str, Sequence[str]], plan: SectorTable, months: Mapping[str, float]
) -> tuple[_Belonging, ...]:
    quadrants = {row.standing.sector: row.standing.strength.quadrant for row in plan.ranked}
    names = dict.fromkeys(name for found in homes.values() for name in found)
    return tuple(
        _Belonging(name, quadrants.get(name), tuple(coin for coin, found in homes.items() if name in found), months)
        for name in names
    )


def render(plan: SectorTable, belongings: Sequence[_Belonging], key: str, *, is_private: bool) -> Reply:
    """The answer to /rotate."""
    lines = (*_summary(plan), *_yours(belongings), *words.missing_lines(plan.looked))
    owned = ("Beside your coins: their own 30 days against bitcoin",) if belongings else ()
    details = "\n".join((*_details(plan), *_others(belongings), *owned))
    text = "\n".join((*lines, show.expandable(details), words.source(plan.looked, plan.bitcoin)))
    audience = Audience.ASKER if belongings else Audience.ANYONE
    return Reply(text, tuple(_buttons(plan, key, is_private=is_private)), audience=audience)


def _summary(plan: SectorTable) -> Iterator[str]:
    so_far = "So far: " if plan.looked.coins_missing else ""
    yield f"<b>{words.age_words(plan.looked, plan.bitcoin)}{so_far}{headline(plan)}</b>"
    yield phase_words(plan.cycle)
    if plan.ranked:
        yield _table(plan.ranked[:SHOWN_FIRST])
        yield "In order of the mean of the places by 30d, 7d and chg"
    yield from _turning(plan)


def headline(plan: SectorTable) -> str:
    """Who leads, with figures."""
    if not plan.ranked:
        return "No sector can be ranked yet"
    first, nearest = plan.ranked[0], max(plan.ranked, key=_month)
    if _month(nearest) <= 0:
        return f"Bitcoin leads: no sector beats it over 30 days. {_which(nearest, 'is nearest')}"
    return _which(first, "leads" if _month(first) > 0 else "is ahead")


def _month(row: SectorRow) -> float:
    return row.standing.strength.month or 0.0


def _which(row: SectorRow, verb: str) -> str:
    """By how few of its coins, where fewer than half of them count."""
    known, count = len(row.standing.members), len(row.coins)
    rests = f" by {known} of its {count} coins" if known * 2 < count else ""
    name = show.escape(words.titled(row.standing.sector))
    return f"{name} {verb}{rests}: {words.against_bitcoin(row.standing.strength)}"


def _table(rows: Sequence[SectorRow]) -> str:
    cells = [
        (
            row.standing.sector,
            row.standing.strength,
            words.breadth_cell(row.standing.breadth),
            row.heat.per_eight_hours if row.heat else None,
        )
        for row in rows
    ]
    return words.table("sector", cells)


def _turning(plan: SectorTable) -> Iterator[str]:
    """Who is about to change places."""
    for quadrant in (Quadrant.IMPROVING, Quadrant.WEAKENING):
        names = [row.standing.sector for row in plan.ranked if row.standing.strength.quadrant is quadrant]
        if names:
            yield f"{quadrant.value.capitalize()} ({words.QUADRANT_WORDS[quadrant]}): {words.listed(names)}"


def _yours(belongings: Sequence[_Belonging]) -> Iterator[str]:
    if not belongings:
        return
    losing = [each for each in belongings if each.is_losing]
    for quadrant in (Quadrant.WEAKENING, Quadrant.LAGGING):
        found = [f"{_named(each)} ({each.sector})" for each in losing if each.quadrant is quadrant]
        if found:
            yield f"<b>Yours in {quadrant.value} sectors:</b> {words.listed(found, 4)}"
    if not any(each.quadrant for each in belongings):
        yield "None of your coins is in a ranked sector."
    elif not losing:
        yield "None of your coins is in a weakening or lagging sector."
    behind = {
        coin: month
        for each in belongings
        for coin, month in each.months.items()
        if coin in each.coins and month < 0 and each.quadrant and not each.is_losing
    }
    if behind:
        yield f"<b>Behind bitcoin all the same:</b> {words.listed(_with_months(behind, behind), 4)} in 30 days"


def _named(belonging: _Belonging) -> str:
    """UNI −25.1 %: each coin with its own 30 days against bitcoin."""
    return ", ".join(_with_months(belonging.coins, belonging.months))


def _with_months(coins: Iterable[str], months: Mapping[str, float]) -> list[str]:
    return [f"{coin} {words.percent(months[coin])}" if coin in months else coin for coin in coins]


def _others(belongings: Sequence[_Belonging]) -> Iterator[str]:
    """What is held elsewhere than in sectors that lose."""
    for each in belongings:
        coins = words.listed(_with_months(each.coins, each.months))
        if not each.sector:
            yield f"Yours in no sector: {coins}"
        elif each.quadrant in (Quadrant.LEADING, Quadrant.IMPROVING):
            yield f"Yours in {show.escape(each.sector)} ({each.quadrant.value}): {coins}"
        elif each.quadrant is None:
            yield f"Yours in {show.escape(each.sector)} (not ranked): {coins}"


def _details(plan: SectorTable) -> Iterator[str]:
    yield words.LEGEND
    if plan.ranked[SHOWN_FIRST:]:
        yield _table(plan.ranked[SHOWN_FIRST:])
    yield from evidence(plan.cycle)
    yield from _unranked(plan)
    left_out = [words.left_out_words(each) for row in plan.rows for each in row.standing.left_out]
    if left_out:
        yield f"Left out for short history: {words.listed(dict.fromkeys(left_out), 30)}"
    if plan.looked.coins_missing:
        yield f"Prices did not come yet: {words.listed(plan.looked.coins_missing, 30)}"
    if plan.looked.coins_unlisted:
        yield f"On no exchange here: {words.listed(plan.looked.coins_unlisted, 30)}"


def _unranked(plan: SectorTable) -> Iterator[str]:
    """One coin is no sector; the others have too few days."""
    others = [row.standing for row in plan.rows if row.standing.place is None]
    singles = [f"{each.sector} ({each.members[0]})" for each in others if len(each.members) == 1]
    too_new = [each.sector for each in others if len(each.members) != 1]
    if singles:
        yield f"Not ranked, one coin is no sector: {words.listed(singles)}"
    if too_new:
        yield f"Not ranked, fewer than two coins with {FEWEST_DAYS} days: {words.listed(too_new)}"


def _buttons(plan: SectorTable, key: str, *, is_private: bool) -> Iterator[tuple[Button, ...]]:
    names = [row.standing.sector for row in plan.ranked[:OFFERED]]
    yield from words.in_rows(Button(name, f"{COMMAND} {name}") for name in names)
    chart = (Button("Chart", f"/chart {key}"),) if any(row.standing.trail for row in plan.ranked) else ()
    yield (Button("How?", f"/how {key}"), *chart, Button("Sectors", f"{COMMAND} sectors"))
    mine = Button("Exits", f"{COMMAND} exits") if is_private else Button("What I hold", COMMAND, is_private=True)
    again = (Button("Ask again", COMMAND),) if plan.looked.coins_missing else ()
    yield (mine, Button("New listings", f"{COMMAND} new"), *again)
