"""/rotate exits: which coins and sectors show crowded longs and a stalled price, and where profits are due."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from chatbot.command import Audience, Call, ChatKind, Reply, Services
from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.portfolio import STABLECOINS, Portfolio, Side
from chatbot.core.rotation.exits import CoinExit, ExitPlan, Profit, in_order, profit_of, sector_exits
from chatbot.core.rotation.sectors import sectors_of
from handlers.grammar.written import Written, split
from handlers.kept import keep
from handlers.looking import or_none
from handlers.rotate.signals import subjects
from handlers.rotate.signals.exits_render import COMMAND, TOO_OLD, render
from handlers.rotate.signals.looking import Sectors, look
from handlers.rotate.signals.subjects import Subjects


async def answer(call: Call, services: Services) -> Reply:
    """Of what the asker holds long, or of the coins and sectors that are named; those may be asked for in a group."""
    words = split(call.words)[1:]
    is_private = call.chat_kind is ChatKind.PRIVATE
    sectors = sectors_of((await services.settings.load(call.chat_id)).sectors)
    named = subjects.read(Written(COMMAND, words), sectors, services.market.coins())
    if named == Subjects() and not is_private:
        return Reply("This is about what you hold.", audience=Audience.ASKER)
    portfolio = await services.portfolios.load(call.user_id) if is_private else Portfolio()
    plan = await _plan(named, portfolio, sectors, services)
    line = " ".join((COMMAND, *words))
    key = await keep(services, call.chat_id, "rotate", "exits", line, plan)
    return render(plan, key)


async def _plan(named: Subjects, portfolio: Portfolio, sectors: Sectors, services: Services) -> ExitPlan:
    is_held = named == Subjects()
    coins = long_coins(portfolio) if is_held else _coins(named, sectors)
    if not coins:
        raise _nothing_long(portfolio)
    names = (*named.sectors, *subjects.sectors_with(coins if is_held else named.coins, sectors))
    looked = await look(coins, {name: sectors[name] for name in dict.fromkeys(names)}, services)
    asked = [looked.exits[coin] for coin in coins if coin in looked.exits]
    return ExitPlan(
        coins=in_order(asked),
        sectors=sector_exits(looked.sectors, looked.exits),
        profits=await _profits(asked, portfolio, services),
        is_held=is_held,
        unlooked=looked.unlooked,
        outages=looked.seen.outages,
        exchanges=looked.seen.exchanges,
        sources=looked.seen.sources,
        as_of=looked.seen.as_of,
        planned_at=services.now(),
    )


def long_coins(portfolio: Portfolio) -> tuple[str, ...]:
    """Coins held and long futures, but for stablecoins."""
    held = [each.coin for each in portfolio.holdings]
    longs = [each.coin for each in portfolio.positions if each.side is Side.LONG]
    return tuple(coin for coin in dict.fromkeys((*held, *longs)) if coin not in STABLECOINS)


def _coins(named: Subjects, sectors: Sectors) -> tuple[str, ...]:
    members = [coin for name in named.sectors for coin in sectors[name] if coin not in STABLECOINS]
    return tuple(dict.fromkeys((*named.coins, *members)))


def _nothing_long(portfolio: Portfolio) -> NotPossible:
    why = "Your portfolio is empty" if portfolio.is_empty else "You hold no coin and no long position"
    example = f"{COMMAND} ai"
    return NotPossible(
        f"{why}, so there is nothing to leave. Name coins or a sector, or add what you hold.",
        [Suggestion(example, example), Suggestion("Portfolio", "/portfolio")],
    )


async def _profits(exits: Iterable[CoinExit], portfolio: Portfolio, services: Services) -> tuple[Profit, ...]:
    """Old prices make no amount."""
    due = [each for each in exits if each.is_profit_due]
    prices = await _prices([each.coin for each in due], services)
    return tuple(profit_of(each, _long_base(portfolio, each.coin), prices.get(each.coin)) for each in due)


async def _prices(coins: Collection[str], services: Services) -> dict[str, Decimal]:
    found = await or_none(services.market.spot_prices(coins)) if coins else None
    now = services.now()
    return {coin: each.price_quote for coin, each in (found or {}).items() if now - each.as_of <= TOO_OLD}


def _long_base(portfolio: Portfolio, coin: str) -> Decimal:
    held = portfolio.holding(coin)
    longs = [each.amount_base for each in portfolio.positions if each.coin == coin and each.side is Side.LONG]
    return sum(longs, held.amount_base if held else Decimal(0))
