"""Which coin can stand in for one without a contract, or for a portfolio: the one that explains most of its moves."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from chatbot.core.errors import NotPossible
from chatbot.core.hedging.terms import Proxy, RejectedProxy
from chatbot.core.markets import Candle, Candles
from chatbot.core.statistics import Beta, estimate_beta

DAYS = 90


def fit_proxy(exposure: Candles, majors: Mapping[str, Candles]) -> tuple[Proxy, tuple[RejectedProxy, ...]]:
    """The major with the best R², and the others, best first. NotPossible where none has enough days in common."""
    fits: dict[str, Beta] = {}
    reasons = [NotPossible("There is no coin to hedge it through.")]
    for coin, candles in majors.items():
        try:
            fits[coin] = estimate_beta(exposure, candles, DAYS)
        except NotPossible as too_short:
            reasons.append(too_short)
    if not fits:
        raise reasons[-1]
    ranked = sorted(fits, key=lambda coin: -fits[coin].r_squared)
    without_history = [RejectedProxy(coin, None) for coin in majors if coin not in fits]
    rejected = [RejectedProxy(coin, fits[coin].r_squared) for coin in ranked[1:]]
    return as_proxy(ranked[0], fits[ranked[0]]), (*rejected, *without_history)


def as_proxy(coin: str, fit: Beta) -> Proxy:
    """The estimate as a proxy of that coin."""
    return Proxy(
        coin=coin,
        beta=fit.beta,
        days=fit.days,
        standard_error=fit.standard_error,
        correlation=fit.correlation,
        r_squared=fit.r_squared,
        exposure_volatility_per_year=fit.asset_volatility_per_year,
        proxy_volatility_per_year=fit.proxy_volatility_per_year,
        residual_volatility_per_year=fit.residual_volatility_per_year,
    )


def composite(amounts_base: Mapping[str, Decimal], candles: Mapping[str, Candles]) -> Candles:
    """What these coins together were worth at the close of each day that all of them have, in quote.

    `amounts_base` and `candles` have the same coins (at least one). Only closes mean anything in the result.
    """
    closes = [
        {bar.opened_at: bar.close_quote * amounts_base[coin] for bar in candles[coin].bars} for coin in amounts_base
    ]
    days = sorted(set.intersection(*(set(series) for series in closes)))
    bars = []
    for day in days:
        worth = sum((series[day] for series in closes), Decimal(0))
        bars.append(Candle(day, worth, worth, worth, worth, Decimal(0)))
    some = next(iter(candles.values()))
    return Candles("portfolio", timedelta(days=1), tuple(bars), some.source, some.as_of)
