"""Which coins a rotation sells, how many of each, and which it buys.

Of a sector every coin that is held is sold by the same share; into a sector goes in equal parts to those of its coins
that are traded most.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from chatbot.core.markets import Board, InstrumentKind, SpotPrice
from chatbot.core.portfolio import STABLECOINS, Portfolio, Side
from handlers import formatting as show
from handlers import grammar
from handlers.rotate.plan.request import PlanRequest, Subject, line
from handlers.rotate.request import COMMAND

MOST_SOLD, MOST_BOUGHT = 5, 3
ONE = Decimal(1)
NOTHING = Decimal(0)

Sectors = Mapping[str, tuple[str, ...]]
Prices = Mapping[str, SpotPrice]


@dataclass(frozen=True, slots=True)
class Ends:
    """Amounts to be sold and what is held (None: not recorded), by coin; coins to be bought; prices of all.

    `left_out`: of a sector, held and not sold: without a price, or not among the largest.
    """

    sold_base: Mapping[str, Decimal]
    held_base: Mapping[str, Decimal | None]
    bought: tuple[str, ...]
    prices: Prices
    left_out: tuple[str, ...] = ()

    @property
    def coins(self) -> tuple[str, ...]:
        """Sold ones first."""
        return (*self.sold_base, *self.bought)


async def ends_of(request: PlanRequest, portfolio: Portfolio, sectors: Sectors, services: Services) -> Ends:
    """UserMistake with the line that would do; NotPossible for a coin without a price."""
    sold = _sold_coins(request, portfolio, sectors)
    prices, bought = await asyncio.gather(
        services.market.spot_prices(tuple(dict.fromkeys((*sold, *_wanted(request, sectors))))),
        _bought_coins(request, sold, sectors, services),
    )
    priced = _priced(sold, prices, request, services)
    amounts = _amounts(request, priced, portfolio, prices)
    return Ends(
        sold_base=amounts,
        held_base={coin: _held_for(amount, _held(portfolio, coin)) for coin, amount in amounts.items()},
        bought=_priced(bought, prices, request, services),
        prices=prices,
        left_out=tuple(coin for coin in sold if coin not in amounts),
    )


def _priced(coins: Sequence[str], prices: Prices, request: PlanRequest, services: Services) -> tuple[str, ...]:
    """Those that have a price, at least one."""
    found = tuple(coin for coin in coins if coin in prices)
    if not found:
        raise _without_price(coins[0], request, services)
    return found


def _held(portfolio: Portfolio, coin: str) -> Decimal | None:
    holding = portfolio.holding(coin)
    return holding.amount_base if holding else None


def _held_for(amount_base: Decimal, held_base: Decimal | None) -> Decimal | None:
    """None where more than that is to be sold: the amount is one that was typed, and not of what is held."""
    return held_base if held_base is not None and amount_base <= held_base else None


def _wanted(request: PlanRequest, sectors: Sectors) -> tuple[str, ...]:
    return sectors[request.target.name] if request.target.is_sector else (request.target.name,)


def _sold_coins(request: PlanRequest, portfolio: Portfolio, sectors: Sectors) -> tuple[str, ...]:
    """The coin; of a sector those that are held, but for the coin that is bought."""
    source, target = request.source, request.target
    if not source.is_sector:
        if target.is_sector and set(sectors[target.name]) <= {source.name}:
            raise UserMistake(
                f"{source.name} is all there is in {target.name}.", [_into(request, coin) for coin in ("BTC", "ETH")]
            )
        return (source.name,)
    members = sectors[source.name]
    held = [each.coin for each in portfolio.holdings if each.coin in members and each.coin != target.name]
    coins = [coin for coin in held if coin not in STABLECOINS]
    if not coins:
        raise _none_held(request, portfolio, members)
    return tuple(coins)


async def _bought_coins(
    request: PlanRequest, sold: Collection[str], sectors: Sectors, services: Services
) -> tuple[str, ...]:
    if not request.target.is_sector:
        return (request.target.name,)
    members = [coin for coin in sectors[request.target.name] if coin not in sold and coin not in STABLECOINS]
    listed = [coin for coin in members if _is_listed(coin, request, services)]
    if not listed:
        kind = "perpetual" if request.is_by_futures else "spot market"
        raise NotPossible(f"No other coin of {request.target.name} has a {kind} here.", [_whole_sector(request.target)])
    boards, _ = await services.market.boards()
    volumes = _volumes(boards)
    ranked = sorted(listed, key=lambda coin: -volumes.get(coin, NOTHING))  # stable: the largest first otherwise
    return tuple(ranked[:MOST_BOUGHT])


def _is_listed(coin: str, request: PlanRequest, services: Services) -> bool:
    if not request.is_by_futures:
        return bool(services.market.spot_markets(coin))
    return any(each.kind is InstrumentKind.PERPETUAL and not each.is_inverse for each in services.market.futures(coin))


def _volumes(boards: Sequence[Board]) -> Mapping[str, Decimal]:
    """Of the day, of all contracts of all exchanges, by coin."""
    found: dict[str, Decimal] = {}
    for board in boards:
        for row in board.rows:
            coin = row.instrument.coin
            found[coin] = found.get(coin, NOTHING) + (row.volume_day_quote or NOTHING)
    return found


def _amounts(request: PlanRequest, coins: Sequence[str], portfolio: Portfolio, prices: Prices) -> Mapping[str, Decimal]:
    if request.source.is_sector:
        return _of_sector(request, coins, portfolio, prices)
    (coin,) = coins
    held = _held(portfolio, coin)
    if request.share is not None:
        if held is None:
            raise _none_held(request, portfolio, ())
        return {coin: held * request.share}
    amount = request.amount_base
    if request.amount_usd is not None:
        amount = request.amount_usd / prices[coin].price_quote
    assert amount is not None  # a request without an amount is a menu
    if held is not None and amount > held and not request.is_anyway:
        typed = show.money(request.amount_usd) if request.amount_usd is not None else f"{show.quantity(amount)} {coin}"
        anyway = Suggestion(f"Plan {typed} anyway", line(request, is_anyway=True))
        raise _too_much(request, f"{show.quantity(held)} {coin}", held * prices[coin].price_quote, anyway)
    return {coin: amount}


def _of_sector(
    request: PlanRequest, coins: Sequence[str], portfolio: Portfolio, prices: Prices
) -> Mapping[str, Decimal]:
    """The same share of each; only the largest holdings, so that no order is too small to matter."""
    held = {coin: _held(portfolio, coin) or NOTHING for coin in coins}
    worth = {coin: amount * prices[coin].price_quote for coin, amount in held.items()}
    total = sum(worth.values(), NOTHING)
    if request.amount_usd is not None and request.amount_usd > total:
        raise _too_much(request, f"{show.money(total)} of {request.source.name}", total)
    largest = sorted(worth, key=lambda coin: -worth[coin])[:MOST_SOLD]
    share = request.share or ONE
    if request.amount_usd is not None:
        share = min(request.amount_usd / sum((worth[coin] for coin in largest), NOTHING), ONE)
    return {coin: held[coin] * share for coin in largest}


# Mistakes


def _too_much(request: PlanRequest, held: str, worth_usd: Decimal, *further: Suggestion) -> UserMistake:
    whole = line(request, amount_usd=None, amount_base=None, share=ONE)
    half = line(request, amount_usd=None, amount_base=None, share=ONE / 2)
    return UserMistake(
        f"You hold {held} ({show.money(worth_usd)}), less than that.",
        [Suggestion(f"All of it, {show.money(worth_usd)}", whole), Suggestion("Half of it", half), *further],
    )


def _none_held(request: PlanRequest, portfolio: Portfolio, members: Sequence[str]) -> UserMistake:
    source, target = request.source, request.target
    coins = [each.coin for each in portfolio.holdings if each.coin not in (*STABLECOINS, target.name, source.name)]
    shared = replace(request, amount_usd=None, amount_base=None, share=request.share or ONE / 2)
    tips = [Suggestion(f"{coin} into {target.name}", line(shared, source=Subject(coin))) for coin in coins[:2]]
    typed = source if not source.is_sector else Subject(next((c for c in members if c != target.name), "UNI"))
    amount = request.amount_usd or Decimal(5000)
    sample = line(request, source=typed, share=None, amount_base=None, amount_usd=amount)
    return UserMistake(
        f"{_why_nothing(source, portfolio, members)} An amount of a coin can be typed instead.",
        [Suggestion(sample, sample), *tips, Suggestion("Portfolio", "/portfolio")],
    )


def _why_nothing(source: Subject, portfolio: Portfolio, members: Sequence[str]) -> str:
    """Futures are no coins that could be sold."""
    sold = members if source.is_sector else (source.name,)
    if any(each.coin in sold and each.side is Side.LONG for each in portfolio.positions):
        return f"Of {source.name} you have futures only, and a rotation sells coins."
    return f"Your portfolio does not hold {f'any coin of {source.name}' if source.is_sector else source.name}."


def _without_price(coin: str, request: PlanRequest, services: Services) -> NotPossible:
    """Of a sector none has one: its first coin is named."""
    near = [each for each in grammar.nearest(coin, services.market.coins()) if each != coin]
    side = "target" if coin == request.target.name else "source"
    lines = [line(request, **{side: Subject(each)}) for each in near]
    return NotPossible(f"No exchange here has a price of {coin}.", [Suggestion(each, each) for each in lines])


def _into(request: PlanRequest, coin: str) -> Suggestion:
    return Suggestion(f"Into {coin}", line(request, target=Subject(coin)))


def _whole_sector(target: Subject) -> Suggestion:
    return Suggestion(f"What {target.name} is", f"{COMMAND} sectors {target.name}")
