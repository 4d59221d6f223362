"""What a portfolio is worth, and what it is exposed to, in dollars and in bitcoin.

Law: what has no price is named and counted nowhere; a coin without a beta counts at beta 1 and is named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chatbot.core.errors import Outage
from chatbot.core.markets import FuturesQuote, Instrument, InstrumentKind, SpotPrice
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Holding, Portfolio
from chatbot.core.statistics import Beta

BITCOIN = "BTC"
BETA_ASSUMED = 1.0


@dataclass(frozen=True, slots=True)
class HoldingValue:
    """A holding at its price. `value_share` of all that has a price; both None without one."""

    holding: Holding
    value_usd: Decimal | None
    value_share: Decimal | None

    @property
    def staking_usd_per_year(self) -> Decimal:
        """What staking pays at today's price."""
        return (self.value_usd or Decimal(0)) * (self.holding.staking_yield_per_year or Decimal(0))


@dataclass(frozen=True, slots=True)
class PositionValue:
    """A futures position at its exchange's mark, or at the coin's price where there is no mark.

    `result_usd` is unrealised, before fees and funding: `s*q*(P - entry)`; None without a price or an entry.
    """

    position: FuturesPosition
    price_quote: Decimal | None
    is_at_mark: bool
    result_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class CoinExposure:
    """Coins held and futures together. `beta` to bitcoin, None where none could be measured."""

    coin: str
    net_base: Decimal
    value_usd: Decimal | None
    beta: float | None
    bitcoin_base: Decimal | None  # value * beta / price of bitcoin


@dataclass(frozen=True, slots=True)
class PortfolioSummary:
    """The portfolio with what it was worked out from (prices, marks, betas, what failed) and the results.

    Holdings and exposures come in order of value, the largest first, those without a price last.
    """

    portfolio: Portfolio
    prices: tuple[SpotPrice, ...]
    marks: tuple[FuturesQuote, ...]
    betas: Mapping[str, Beta]
    outages: tuple[Outage, ...]
    exchanges_asked: int
    summed_at: datetime
    holdings: tuple[HoldingValue, ...]
    positions: tuple[PositionValue, ...]
    exposures: tuple[CoinExposure, ...]
    worth_usd: Decimal
    cash_usd: Decimal
    exposed_usd: Decimal
    result_usd: Decimal
    staking_usd_per_year: Decimal
    bitcoin_base: Decimal | None
    bitcoin_quote: Decimal | None

    @property
    def coins_without_price(self) -> tuple[str, ...]:
        """Held or traded, and not in any sum."""
        known = {price.coin for price in self.prices}
        return tuple(coin for coin in self.portfolio.coins() if coin not in known)

    @property
    def coins_without_beta(self) -> tuple[str, ...]:
        """Counted at beta 1."""
        return tuple(e.coin for e in self.exposures if e.value_usd is not None and e.beta is None)

    @property
    def as_of(self) -> datetime | None:
        """Of the oldest price; cash has none."""
        times = [price.as_of for price in self.prices if price.coin not in STABLECOINS]
        return min((*times, *(mark.as_of for mark in self.marks)), default=None)


def perpetual_of(position: FuturesPosition, listed: Sequence[Instrument]) -> Instrument | None:
    """The linear perpetual that a position is in, as far as its exchange is known and lists it."""
    return next(
        (
            market
            for market in listed
            if market.exchange == position.exchange
            and market.coin == position.coin
            and market.kind is InstrumentKind.PERPETUAL
            and not market.is_inverse
        ),
        None,
    )


def summarise(
    portfolio: Portfolio,
    *,
    prices: Mapping[str, SpotPrice],
    marks: Mapping[FuturesPosition, FuturesQuote],
    betas: Mapping[str, Beta],
    now: datetime,
    outages: Iterable[Outage] = (),
    exchanges_asked: int = 0,
) -> PortfolioSummary:
    """All of it from prices by coin, marks by position, and betas to bitcoin by coin."""
    bitcoin = prices.get(BITCOIN)
    bitcoin_quote = bitcoin.price_quote if bitcoin else None
    holdings = _holdings(portfolio, prices)
    positions = tuple(_position(position, marks.get(position), prices) for position in portfolio.positions)
    exposures = _exposures(portfolio, prices, betas, bitcoin_quote)
    return PortfolioSummary(
        portfolio=portfolio,
        prices=tuple(prices[coin] for coin in portfolio.coins() if coin in prices),
        marks=tuple(dict.fromkeys(marks.values())),
        betas=betas,
        outages=tuple(outages),
        exchanges_asked=exchanges_asked,
        summed_at=now,
        holdings=holdings,
        positions=positions,
        exposures=exposures,
        worth_usd=_sum(value.value_usd for value in holdings),
        cash_usd=_sum(value.value_usd for value in holdings if value.holding.coin in STABLECOINS),
        exposed_usd=_sum(exposure.value_usd for exposure in exposures),
        result_usd=_sum(value.result_usd for value in positions),
        staking_usd_per_year=_sum(value.staking_usd_per_year for value in holdings),
        bitcoin_base=_sum(exposure.bitcoin_base for exposure in exposures) if bitcoin_quote else None,
        bitcoin_quote=bitcoin_quote,
    )


def _holdings(portfolio: Portfolio, prices: Mapping[str, SpotPrice]) -> tuple[HoldingValue, ...]:
    values = [
        held.amount_base * prices[held.coin].price_quote if held.coin in prices else None for held in portfolio.holdings
    ]
    total = _sum(values)
    rows = [
        HoldingValue(held, value, value / total if value is not None and total else None)
        for held, value in zip(portfolio.holdings, values, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: _largest_first(row.value_usd)))


def _position(position: FuturesPosition, mark: FuturesQuote | None, prices: Mapping[str, SpotPrice]) -> PositionValue:
    spot = prices.get(position.coin)
    price_quote = mark.mark_quote if mark else spot.price_quote if spot else None
    result = None
    if price_quote is not None and position.entry_quote is not None:
        result = position.delta_base * (price_quote - position.entry_quote)
    return PositionValue(position, price_quote, mark is not None, result)


def _exposures(
    portfolio: Portfolio, prices: Mapping[str, SpotPrice], betas: Mapping[str, Beta], bitcoin_quote: Decimal | None
) -> tuple[CoinExposure, ...]:
    coins = [coin for coin in portfolio.coins() if coin not in STABLECOINS]
    rows = [_exposure(coin, portfolio.net_base(coin), prices.get(coin), betas, bitcoin_quote) for coin in coins]
    return tuple(sorted(rows, key=lambda row: _largest_first(row.value_usd)))


def _exposure(
    coin: str,
    net_base: Decimal,
    price: SpotPrice | None,
    betas: Mapping[str, Beta],
    bitcoin_quote: Decimal | None,
) -> CoinExposure:
    value = net_base * price.price_quote if price else None
    beta = 1.0 if coin == BITCOIN else betas[coin].beta if coin in betas else None
    in_bitcoin = None
    if value is not None and bitcoin_quote:
        in_bitcoin = value * Decimal(repr(BETA_ASSUMED if beta is None else beta)) / bitcoin_quote
    return CoinExposure(coin, net_base, value, beta, in_bitcoin)


def _largest_first(value: Decimal | None) -> tuple[bool, Decimal]:
    return value is None, -abs(value or Decimal(0))


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))
