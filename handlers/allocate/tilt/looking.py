"""What a tilt is worked out from: contracts of each exchange, betas, volatilities, spot markets and their books."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.command import ChatSettings, Services
from chatbot.core.allocation.tilt.change import Change
from chatbot.core.allocation.tilt.figures import BITCOIN, LegBeta, beta_of
from chatbot.core.allocation.tilt.plan import TOO_OLD
from chatbot.core.allocation.tilt.spot import SpotWay, spot_way
from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.margin import LeverageRefused
from chatbot.core.markets import Candles, Instrument, InstrumentKind, OrderBook, SpotPrice, exchange_name
from chatbot.core.portfolio import Side
from chatbot.core.statistics import Beta, estimate_beta, volatility
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.tilt.request import DEFAULT_HORIZON, TiltRequest, line
from handlers.looking import histories, or_none

DAYS, YEAR_DAYS = 90, 365


@dataclass(frozen=True, slots=True)
class Measured:
    """Betas to bitcoin of every coin asked for; volatilities of a year where there is enough history."""

    betas: Mapping[str, LegBeta]
    volatilities: Mapping[str, float]


def contracts(request: TiltRequest, change: Change, chosen: ChatSettings, services: Services) -> tuple[Instrument, ...]:
    """One linear contract of each exchange and coin, of the kind that was asked for. NotPossible where a coin has none,
    LeverageRefused where none allows the leverage."""
    found = [_of_coin(each.coin, request, change, chosen, services) for each in change.moved]
    return tuple(contract for each in found for contract in each)


def _of_coin(
    coin: str, request: TiltRequest, change: Change, chosen: ChatSettings, services: Services
) -> Sequence[Instrument]:
    linear = [each for each in services.market.futures(coin) if not each.is_inverse]
    fitting = _kind(coin, linear, request, services)
    here = [each for each in fitting if request.exchange in (None, each.exchange)]
    if not here:
        raise NotPossible(_missing(coin, request), _instead(coin, fitting, linear, request, change))
    ordered = sorted(here, key=lambda each: (each.quote != chosen.quote, each.expires_at or services.now()))
    one_each = {each.exchange: each for each in reversed(ordered)}
    return _within_leverage(coin, list(one_each.values()), request)


def _kind(coin: str, listed: Sequence[Instrument], request: TiltRequest, services: Services) -> Sequence[Instrument]:
    if request.expiry is not None:
        asked = f"{request.expiry:06.0f}"
        return [each for each in listed if each.expires_at and f"{each.expires_at:%y%m%d}" == asked]
    if not request.is_dated:
        return [each for each in listed if each.kind is InstrumentKind.PERPETUAL]
    end = services.now() + (request.horizon or DEFAULT_HORIZON)
    dated = [each for each in listed if each.expires_at is not None]
    return [each for each in dated if each.expires_at and each.expires_at >= end] or dated


def _missing(coin: str, request: TiltRequest) -> str:
    where = exchange_name(request.exchange) if request.exchange else "No exchange here"
    if request.expiry is not None:
        what = f"contract of {coin} that expires on {request.expiry:06.0f} (yymmdd)"
    else:
        what = f"dated contract of {coin}" if request.is_dated else f"linear perpetual of {coin}"
    return f"{where} has {'no' if request.exchange else 'a'} {what}." if request.exchange else f"{where} has a {what}."


def _instead(
    coin: str, fitting: Sequence[Instrument], linear: Sequence[Instrument], request: TiltRequest, change: Change
) -> list[Suggestion]:
    """Another exchange, another expiry, a perpetual, the coins themselves, or another coin's contract by beta."""
    tips = [
        Suggestion(f"On {exchange_name(other)}", line(request, exchange=other))
        for other in dict.fromkeys(each.exchange for each in fitting)
    ][:3]
    if request.expiry is not None:
        days = sorted({f"{each.expires_at:%y%m%d}" for each in linear if each.expires_at is not None})
        tips.extend(Suggestion(f"Expiry {day}", line(request, expiry=Decimal(day))) for day in days)
    if request.is_dated or request.expiry is not None:
        tips.append(Suggestion("Perpetual", line(request, is_dated=False, expiry=None)))
    elif not tips:
        tips.append(Suggestion("By spot", line(request, wants_spot=True, exchange=None)))
        moved = next(each for each in change.moved if each.coin == coin)
        if moved.side is Side.SHORT:
            size = show.exact(show.cents(abs(moved.change_usd)))
            tips.append(Suggestion("Short BTC for it, by beta", f"/hedge ${size} {grammar.coin_word(coin)} via BTC"))
    return tips


def _within_leverage(coin: str, markets: list[Instrument], request: TiltRequest) -> list[Instrument]:
    limits = [each.maximum_leverage for each in markets]
    times = request.leverage or Decimal(1)
    allowed = [each for each in markets if each.maximum_leverage is None or times <= each.maximum_leverage]
    if not allowed:
        highest = max(limit for limit in limits if limit is not None)
        where = exchange_name(request.exchange) if request.exchange else "every exchange here"
        raise LeverageRefused(
            f"{show.leverage(times)} is above what {where} allows for {coin}: at most {show.leverage(highest)}.",
            [Suggestion(show.leverage(each), line(request, leverage=each)) for each in (Decimal(2), highest)],
        )
    return allowed


async def measured(change: Change, services: Services) -> Measured:
    """What has no history has no beta and no volatility; the answer says so."""
    coins = [each.coin for each in change.moved]
    candles = await histories((BITCOIN, *coins), services)
    bitcoin = candles.get(BITCOIN)
    betas = {
        coin: beta_of(coin, *(_beta(candles.get(coin), bitcoin, days) for days in (DAYS, YEAR_DAYS))) for coin in coins
    }
    known = {coin: _volatility(candles[coin]) for coin in coins if coin in candles}
    return Measured(betas, {coin: per_year for coin, per_year in known.items() if per_year})


def _beta(asset: Candles | None, bitcoin: Candles | None, days: int) -> Beta | None:
    if asset is None or bitcoin is None:
        return None
    try:
        return estimate_beta(asset, bitcoin, days)
    except NotPossible:
        return None  # the answer says that there is none


def _volatility(candles: Candles) -> float:
    try:
        return volatility(candles).per_year
    except NotPossible:
        return 0.0


async def look_at_spot(
    change: Change, prices: Mapping[str, SpotPrice], preferred: str | None, services: Services
) -> SpotWay:
    """The same change in coins, at prices that may size something, in today's books."""
    fresh = {coin: price for coin, price in prices.items() if services.now() - price.as_of <= TOO_OLD}
    markets = {each.coin: market for each in change.moved if (market := _spot_market(each.coin, preferred, services))}
    books = await asyncio.gather(*(or_none(services.market.order_book(market)) for market in markets.values()))
    known: dict[Instrument, OrderBook] = {
        market: book for market, book in zip(markets.values(), books, strict=True) if book is not None
    }
    return spot_way(change, fresh, markets, known)


def _spot_market(coin: str, preferred: str | None, services: Services) -> Instrument | None:
    listed = services.market.spot_markets(coin)
    return next((each for each in listed if each.exchange == preferred), next(iter(listed), None))
