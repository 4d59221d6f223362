"""What Bybit lists, and how `instruments-info` describes it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from chatbot.sandbox.coins import Coin
from chatbot.sandbox.exchanges.characters import CHANGING_HOURS, funding_hours
from chatbot.sandbox.exchanges.listings import (
    DATED_COINS,
    DATED_LIFE,
    INVERSE_COINS,
    Kind,
    Listing,
    decimals,
    first_day,
    maximum_leverage,
    milliseconds,
    next_quarters,
)

Rows = list[dict[str, object]]

CATEGORIES = ("linear", "inverse", "spot")
# Size steps that differ from Binance's; the other coins share theirs.
STEPS = {"ETH": "0.01", "SOL": "0.1", "XRP": "0.1", "BNB": "0.01", "PEPE": "100", "SHIB": "10", "LTC": "0.1"}
FUNDING_HOURS = {"ADA": 4, "NEAR": 4, "DOT": 4, "WLD": 4, "HYPE": 1, "INJ": 4, "ATOM": 4}
CONTRACT_TYPES = {
    (Kind.PERPETUAL, False): "LinearPerpetual",
    (Kind.PERPETUAL, True): "InversePerpetual",
    (Kind.DATED, False): "LinearFutures",
}


def listings(coins: Mapping[str, Coin], now: datetime) -> Mapping[str, Mapping[str, Listing]]:
    """By category, then by symbol."""
    perpetuals = [_perpetual(coin, now) for coin in coins.values() if coin.has_futures]
    dated = [_dated(coins[name], expiry) for name in DATED_COINS for expiry in next_quarters(now)]
    return {
        "linear": _by_id([*perpetuals, *dated]),
        "inverse": _by_id([_inverse(coins[name]) for name in INVERSE_COINS]),
        "spot": _by_id([_spot(coin, now) for coin in coins.values()]),
    }


def instrument(listing: Listing) -> dict[str, object]:
    """One row of `instruments-info`."""
    return _spot_instrument(listing) if listing.kind is Kind.SPOT else _contract_instrument(listing)


def _by_id(listings: Iterable[Listing]) -> Mapping[str, Listing]:
    return {listing.market_id: listing for listing in listings}


def _step(coin: Coin) -> Decimal:
    return Decimal(STEPS[coin.name]) if coin.name in STEPS else decimals(coin.amount_decimals)


def _perpetual(coin: Coin, now: datetime) -> Listing:
    # Bybit writes most thousands in front (1000PEPE) and some behind (SHIB1000).
    base = {"PEPE": "1000PEPE", "SHIB": "SHIB1000"}.get(coin.name, coin.name)
    return Listing(
        market_id=f"{base}USDT",
        base=base,
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=decimals(coin.price_decimals),
        step=_step(coin),
        share=0.4,
        size=coin.unit,
        unit=coin.unit,
        settles_every=funding_hours(
            "bybit", coin.name, FUNDING_HOURS.get(coin.name, coin.funding_hours), now.timestamp()
        ),
        turns=CHANGING_HOURS.get(("bybit", coin.name), ()),
        maximum_leverage=maximum_leverage(coin),
        listed_at=first_day(coin, now),
    )


def _inverse(coin: Coin) -> Listing:
    return Listing(
        market_id=f"{coin.name}USD",
        base=coin.name,
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=decimals(coin.price_decimals),
        step=Decimal(1),
        share=0.02,
        is_inverse=True,
        settles_every=8,
        maximum_leverage=100,
    )


def _dated(coin: Coin, expiry: datetime) -> Listing:
    return Listing(
        market_id=f"{coin.name}USDT-{expiry:%d%b%y}".upper(),
        base=coin.name,
        coin=coin,
        kind=Kind.DATED,
        tick=decimals(coin.price_decimals),
        step=_step(coin),
        share=0.004,
        maximum_leverage=50,
        listed_at=expiry - DATED_LIFE,
        expires_at=expiry,
    )


def _spot(coin: Coin, now: datetime) -> Listing:
    return Listing(
        market_id=f"{coin.name}USDT",
        base=coin.name,
        coin=coin,
        kind=Kind.SPOT,
        tick=decimals(coin.price_decimals + len(str(coin.unit)) - 1),
        step=decimals(coin.amount_decimals + 2),
        share=0.08,
        listed_at=first_day(coin, now),
    )


def _contract_instrument(listing: Listing) -> dict[str, object]:
    return {
        "symbol": listing.market_id,
        "contractType": CONTRACT_TYPES[listing.kind, listing.is_inverse],
        "status": "Trading" if listing.is_trading else "Closed",
        "baseCoin": listing.base,
        "quoteCoin": "USD" if listing.is_inverse else "USDT",
        "launchTime": milliseconds(listing.listed_at),
        "deliveryTime": milliseconds(listing.expires_at),
        "deliveryFeeRate": "0.0005" if listing.expires_at else "",
        "priceScale": str(-int(listing.tick.as_tuple().exponent)),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": f"{listing.maximum_leverage:.2f}",
            "leverageStep": "0.01",
        },
        "priceFilter": {
            "minPrice": f"{listing.tick:f}",
            "maxPrice": "1999999.80",
            "tickSize": f"{listing.tick:f}",
        },
        "lotSizeFilter": _contract_lots(listing),
        "unifiedMarginTrade": True,
        "fundingInterval": listing.settles_every * 60,
        "settleCoin": listing.base if listing.is_inverse else "USDT",
        "copyTrading": "none",
        "isPreListing": False,
        "preListingInfo": None,
    }


def _contract_lots(listing: Listing) -> dict[str, str]:
    most = listing.write_amount(listing.amount(listing.coin.volume / 100, listing.coin.price * listing.unit))
    lots = {
        "maxOrderQty": most,
        "minOrderQty": f"{listing.step:f}",
        "qtyStep": f"{listing.step:f}",
        "postOnlyMaxOrderQty": most,
        "maxMktOrderQty": most,
    }
    return lots if listing.is_inverse else lots | {"minNotionalValue": "5"}


def _spot_instrument(listing: Listing) -> dict[str, object]:
    return {
        "symbol": listing.market_id,
        "baseCoin": listing.base,
        "quoteCoin": "USDT",
        "innovation": "0",
        "status": "Trading" if listing.is_trading else "Closed",
        "marginTrading": "none",
        "lotSizeFilter": {
            "basePrecision": f"{listing.step:f}",
            "quotePrecision": "0.0000001",
            "minOrderQty": f"{listing.step:f}",
            "maxOrderQty": listing.write_amount(listing.coin.volume / 1000 / listing.coin.price),
            "minOrderAmt": "5",
            "maxOrderAmt": "8000000",
        },
        "priceFilter": {"tickSize": f"{listing.tick:f}"},
    }
