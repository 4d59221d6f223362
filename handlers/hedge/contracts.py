"""The contracts that a hedge may use: one of each exchange, of the kind that was asked for."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Services
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from chatbot.core.markets import Instrument, InstrumentKind, exchange_name
from handlers import formatting
from handlers.hedge.request import DEFAULT_LEVERAGE, HedgeRequest, line


def contracts_for(
    request: HedgeRequest, coin: str, services: Services, quote: str | None = None
) -> tuple[Instrument, ...]:
    """One market of each exchange: of the kind that was asked for, in `quote` where it has one, else its first."""
    listed = services.market.futures(coin)
    if not listed:
        raise NotPossible(
            f"No exchange here has a future on {coin}.", [Suggestion("Via BTC", line(request, via="BTC"))]
        )
    fitting = _dated(request, listed) if request.expiry is not None else _perpetual(request, coin, listed)
    preferred = sorted(fitting, key=lambda instrument: instrument.quote != quote)  # stable: the order stays otherwise
    one_each = {instrument.exchange: instrument for instrument in reversed(preferred)}
    chosen = tuple(one_each[exchange] for exchange in dict.fromkeys(i.exchange for i in fitting))
    if request.exchange is not None and request.exchange not in one_each:
        raise NotPossible(
            f"{exchange_name(request.exchange)} has no such contract on {coin}.",
            [Suggestion(exchange_name(other), line(request, exchange=other)) for other in one_each],
        )
    return _within_leverage(request, chosen)


def dated_beside(request: HedgeRequest, coin: str, horizon: timedelta, services: Services) -> tuple[Instrument, ...]:
    """Of each exchange the dated contract that a perpetual is compared with: the first to outlast the horizon."""
    if request.expiry is not None:
        return ()
    end = services.now() + horizon
    found: dict[str, Instrument] = {}
    dated = [(i.expires_at, i) for i in services.market.futures(coin) if i.expires_at is not None]
    for _, instrument in sorted(((at, i) for at, i in dated if at >= end), key=lambda each: each[0]):
        if instrument.is_inverse == request.is_inverse:
            found.setdefault(instrument.exchange, instrument)
    return tuple(found.values())


def _perpetual(request: HedgeRequest, coin: str, listed: Sequence[Instrument]) -> list[Instrument]:
    perpetuals = [i for i in listed if i.kind is InstrumentKind.PERPETUAL and i.is_inverse == request.is_inverse]
    if not perpetuals:
        kind = "coin-margined perpetual" if request.is_inverse else "perpetual"
        raise NotPossible(
            f"No exchange here has a {kind} on {coin}.",
            [Suggestion("Linear instead", line(request, is_inverse=False))] if request.is_inverse else [],
        )
    return perpetuals


def _dated(request: HedgeRequest, listed: Sequence[Instrument]) -> list[Instrument]:
    dated = {
        f"{instrument.expires_at:%y%m%d}": instrument
        for instrument in listed
        if instrument.expires_at is not None and instrument.is_inverse == request.is_inverse
    }
    asked = f"{request.expiry:06.0f}"
    fitting = [i for i in listed if i.expires_at is not None and f"{i.expires_at:%y%m%d}" == asked]
    fitting = [instrument for instrument in fitting if instrument.is_inverse == request.is_inverse]
    if not fitting:
        raise NotPossible(
            f"No {request.coin or 'such'} contract expires on {asked} (yymmdd): it is past, or not listed.",
            [Suggestion(f"Expiry {day}", line(request, expiry=Decimal(day))) for day in sorted(dated)]
            + [Suggestion("Perpetual", line(request, expiry=None))],
        )
    return fitting


def _within_leverage(request: HedgeRequest, instruments: Sequence[Instrument]) -> tuple[Instrument, ...]:
    """Those that allow the leverage; UserMistake with the highest allowed where none does."""
    leverage = request.leverage or DEFAULT_LEVERAGE
    asked = [i for i in instruments if request.exchange in (None, i.exchange)]
    limits = [i.maximum_leverage for i in asked]
    if any(limit is None or leverage <= limit for limit in limits):
        return tuple(i for i in instruments if i.maximum_leverage is None or leverage <= i.maximum_leverage)
    highest = max(limit for limit in limits if limit is not None)
    where = exchange_name(request.exchange) if request.exchange else "every exchange here"
    raise UserMistake(
        f"{formatting.leverage(leverage)} is above what {where} allows for {asked[0].coin}: "
        f"at most {formatting.leverage(highest)}.",
        [
            Suggestion(formatting.leverage(choice), line(request, leverage=choice))
            for choice in (DEFAULT_LEVERAGE, highest)
        ],
    )
