"""What makes the simulated funding worth looking at: all of it invented, none of it random.

Law: the same market has the same character at all times.
"""

from collections.abc import Mapping

# Added to a coin's measured funding of a year, at one exchange: they disagree, some of them widely.
TILTS_PER_YEAR: Mapping[tuple[str, str], float] = {
    ("bybit", "BTC"): 0.05,
    ("okx", "BTC"): -0.02,
    ("hyperliquid", "BTC"): 0.11,
    ("okx", "ETH"): -0.04,
    ("hyperliquid", "ETH"): 0.09,
    ("bybit", "SOL"): 0.35,
    ("hyperliquid", "SOL"): 0.12,
    ("okx", "DOGE"): 0.22,
    ("hyperliquid", "DOGE"): -0.15,
    ("binance", "HYPE"): -0.05,
    ("hyperliquid", "HYPE"): 0.9,
    ("bybit", "ENA"): 1.3,
    ("hyperliquid", "ENA"): 0.2,
    ("okx", "PENDLE"): -1.2,
    ("hyperliquid", "VIRTUAL"): -1.6,
}

# Markets whose settlements change sides every time: the coming one always goes the other way than the last.
FLIPPING = frozenset({("binance", "CRV"), ("bybit", "LDO"), ("hyperliquid", "WLD")})
FLIPPING_RATE = 0.0002  # per 8 hours

# A predicted rate that can hardly be: an exchange's mistake. What is settled is not touched by it.
MISTAKES: Mapping[tuple[str, str], float] = {("okx", "ICX"): 0.045}

# Markets that take turns between intervals (hours), from one to the next every three days at midnight.
CHANGING_HOURS: Mapping[tuple[str, str], tuple[int, ...]] = {
    ("binance", "ONDO"): (8, 4),
    ("bybit", "TIA"): (4, 8),
    ("okx", "SEI"): (8, 4),
}
CHANGING_SECONDS = 3 * 86400

# Not on Binance's list of intervals, although theirs is not 8 hours: nothing in bulk tells it.
UNLISTED_INTERVALS = frozenset({"IMX"})

# Added to the yearly basis of dated contracts: here futures are cheaper than spot.
BASIS_TILTS_PER_YEAR: Mapping[tuple[str, str], float] = {("okx", "ETH"): -0.075}


def hours_in_turn(turns: tuple[int, ...], seconds: float) -> int:
    """Which interval is in use at this time (seconds since 1970)."""
    return turns[int(seconds // CHANGING_SECONDS) % len(turns)]


def funding_hours(exchange: str, coin: str, usual: int, seconds: float) -> int:
    """The interval of a perpetual at this time: the usual one unless it takes turns."""
    turns = CHANGING_HOURS.get((exchange, coin))
    return hours_in_turn(turns, seconds) if turns else usual
