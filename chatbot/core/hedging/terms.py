"""What a hedge is worked out from: what is to be hedged, on which terms, by which proxy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum


class Origin(Enum):
    """Whether the quantity was typed, or is what the portfolio holds."""

    TYPED = "typed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is to be hedged: coins at a price, or (coin None) the value of a whole portfolio."""

    coin: str | None
    amount_base: Decimal | None
    value_quote: Decimal
    price_quote: Decimal | None
    price_source: str
    priced_at: datetime
    origin: Origin
    staking_yield_per_year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is to be hedged. `share` of the exposure, or of the full beta hedge for a proxy.

    `exchange`: there and nowhere else. `preferred`: there where it can be, else where it costs least.
    """

    share: Decimal
    leverage: Decimal
    horizon: timedelta
    exchange: str | None = None
    preferred: str | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """The coin that stands in for one without a contract, and how well. Floats have no unit.

    `days` is 0 and the fit unknown where the beta was given by the asker.
    """

    coin: str
    beta: float
    days: int = 0
    standard_error: float | None = None
    correlation: float | None = None
    r_squared: float | None = None
    exposure_volatility_per_year: float | None = None
    proxy_volatility_per_year: float | None = None
    residual_volatility_per_year: float | None = None


@dataclass(frozen=True, slots=True)
class RejectedProxy:
    """A major that explained less of the coin's moves; `r_squared` None where its history is too short."""

    coin: str
    r_squared: float | None
