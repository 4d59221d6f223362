"""What Hyperliquid lists, and how `meta` describes it: perpetuals against USDC alone, by number, funded every hour."""

import math
from collections.abc import Mapping
from datetime import datetime

from chatbot.sandbox.coins import Coin
from chatbot.sandbox.exchanges.listings import Kind, Listing, decimals, first_day, maximum_leverage

Row = dict[str, object]

NOT_LISTED = frozenset({"ALICE", "ANKR", "TLM", "ICX"})
SIGNIFICANT_DIGITS = 5
MOST_DECIMALS = 6  # of a price, less those of the size
MOST_SIZE_DECIMALS = 5
LEVERAGE = {100: 40, 75: 20, 50: 10, 25: 5}


def listings(coins: Mapping[str, Coin], now: datetime) -> Mapping[str, Listing]:
    """By coin as Hyperliquid writes it; their order is their number."""
    known = [coin for coin in coins.values() if coin.has_futures and coin.name not in NOT_LISTED]
    return {listing.market_id: listing for listing in (_perpetual(coin, now) for coin in known)}


def asset(listing: Listing) -> Row:
    """One entry of the universe."""
    entry: Row = {
        "szDecimals": _size_decimals(listing.coin),
        "name": listing.market_id,
        "maxLeverage": listing.maximum_leverage,
        "marginTableId": listing.maximum_leverage,
        "onlyIsolated": False,
    }
    return entry if listing.is_trading else entry | {"isDelisted": True}


def _perpetual(coin: Coin, now: datetime) -> Listing:
    name = coin.name if coin.unit == 1 else f"k{coin.name}"
    return Listing(
        market_id=name,
        base=name,
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=decimals(_price_decimals(coin)),
        step=decimals(_size_decimals(coin)),
        share=0.25,
        size=coin.unit,
        unit=coin.unit,
        settles_every=1,
        maximum_leverage=LEVERAGE[maximum_leverage(coin)],
        listed_at=first_day(coin, now),
    )


def _magnitude(coin: Coin) -> int:
    """Digits before the point; 0 and less where the price begins behind it: 0.0952 -> -1."""
    return math.floor(math.log10(coin.price * coin.unit)) + 1


def _size_decimals(coin: Coin) -> int:
    """One step is worth some dollars."""
    return max(0, min(MOST_SIZE_DECIMALS, _magnitude(coin)))


def _price_decimals(coin: Coin) -> int:
    """Five significant digits, and no more decimals than the size leaves over."""
    return max(0, min(SIGNIFICANT_DIGITS - _magnitude(coin), MOST_DECIMALS - _size_decimals(coin)))
