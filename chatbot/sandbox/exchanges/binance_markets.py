"""What Binance lists, and how `exchangeInfo` describes it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum

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

Row = dict[str, object]

FOR_EVER = "4133404800000"  # how Binance writes that a perpetual is never delivered
SPOT_DECIMALS = {"BTC": 2, "MKR": 2}
MINIMUM_NOTIONAL = {"BTC": "100", "ETH": "20"}


class Section(Enum):
    """One of the three APIs, by the beginning of its paths."""

    SPOT = "/api/v3"
    LINEAR = "/fapi/v1"
    INVERSE = "/dapi/v1"


def listings(section: Section, coins: Mapping[str, Coin], now: datetime) -> Mapping[str, Listing]:
    """By symbol."""
    match section:
        case Section.SPOT:
            listed: Iterable[Listing] = (_spot(coin, now) for coin in coins.values())
        case Section.LINEAR:
            dated = (_dated(coins[name], expiry) for name in DATED_COINS for expiry in next_quarters(now))
            listed = (*(_perpetual(coin, now) for coin in coins.values() if coin.has_futures), *dated)
        case Section.INVERSE:
            listed = (_inverse(coins[name]) for name in INVERSE_COINS)
    return {listing.market_id: listing for listing in listed}


def instrument(listing: Listing, nearest: datetime) -> Row:
    """One row of `exchangeInfo`; `nearest` is the expiry of the current quarter."""
    return _spot_instrument(listing) if listing.kind is Kind.SPOT else _contract_instrument(listing, nearest)


def _base(coin: Coin) -> str:
    return coin.name if coin.unit == 1 else f"{coin.unit}{coin.name}"


def _perpetual(coin: Coin, now: datetime) -> Listing:
    return Listing(
        market_id=f"{_base(coin)}USDT",
        base=_base(coin),
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=decimals(coin.price_decimals),
        step=decimals(coin.amount_decimals),
        share=1.0,
        size=coin.unit,
        unit=coin.unit,
        settles_every=funding_hours("binance", coin.name, coin.funding_hours, now.timestamp()),
        turns=CHANGING_HOURS.get(("binance", coin.name), ()),
        maximum_leverage=maximum_leverage(coin),
        listed_at=first_day(coin, now),
    )


def _inverse(coin: Coin) -> Listing:
    return Listing(
        market_id=f"{coin.name}USD_PERP",
        base=coin.name,
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=decimals(coin.price_decimals),
        step=decimals(0),
        share=0.05,
        size={"BTC": 100, "ETH": 10}[coin.name],
        is_inverse=True,
        settles_every=8,
        maximum_leverage=100,
    )


def _dated(coin: Coin, expiry: datetime) -> Listing:
    return Listing(
        market_id=f"{coin.name}USDT_{expiry:%y%m%d}",
        base=coin.name,
        coin=coin,
        kind=Kind.DATED,
        tick=decimals(coin.price_decimals),
        step=decimals(coin.amount_decimals),
        share=0.008,
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
        tick=decimals(SPOT_DECIMALS.get(coin.name, min(8, coin.price_decimals + len(str(coin.unit)) - 1))),
        step=decimals(coin.amount_decimals + 2),
        share=0.2,
        listed_at=first_day(coin, now),
    )


def pair(listing: Listing) -> str:
    """The name that all contracts on one underlying share."""
    return f"{listing.base}{'USD' if listing.is_inverse else 'USDT'}"


def _spot_instrument(listing: Listing) -> Row:
    return {
        "symbol": listing.market_id,
        "status": "TRADING" if listing.is_trading else "BREAK",
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": "USDT",
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": listing.is_trading,
        "isMarginTradingAllowed": False,
        "filters": [*_filters(listing), {"filterType": "NOTIONAL", "minNotional": "5.00000000"}],
        "permissions": [],
        "permissionSets": [["SPOT"]],
    }


def _contract_instrument(listing: Listing, nearest: datetime) -> Row:
    quote = "USD" if listing.is_inverse else "USDT"
    status = "TRADING" if listing.is_trading else "SETTLING"
    instrument: Row = {
        "symbol": listing.market_id,
        "pair": pair(listing),
        "contractType": _contract_type(listing, nearest),
        "deliveryDate": int(milliseconds(listing.expires_at) if listing.expires_at else FOR_EVER),
        "onboardDate": int(milliseconds(listing.listed_at)),
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": listing.base,
        "quoteAsset": quote,
        "marginAsset": listing.base if listing.is_inverse else quote,
        "pricePrecision": _places(listing.tick),
        "quantityPrecision": _places(listing.step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "liquidationFee": "0.015000",
        "marketTakeBound": "0.05",
        "filters": _contract_filters(listing),
        "orderTypes": ["LIMIT", "MARKET"],
    }
    if listing.is_inverse:
        return instrument | {"contractStatus": status, "contractSize": int(listing.size), "equalQtyPrecision": 4}
    return instrument | {"status": status}


def _contract_type(listing: Listing, nearest: datetime) -> str:
    if listing.expires_at is None:
        return "PERPETUAL"
    return "CURRENT_QUARTER" if listing.expires_at == nearest else "NEXT_QUARTER"


def _filters(listing: Listing) -> list[Row]:
    step = f"{listing.step:f}"
    most = listing.write_amount(listing.amount(listing.coin.volume / 100, listing.coin.price * listing.unit))
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": f"{listing.tick:f}",
            "maxPrice": "4529764",
            "tickSize": f"{listing.tick:f}",
        },
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": most, "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": step, "maxQty": most, "stepSize": step},
    ]


def _contract_filters(listing: Listing) -> list[Row]:
    if listing.is_inverse:
        return _filters(listing)
    smallest = MINIMUM_NOTIONAL.get(listing.coin.name, "5")
    return [*_filters(listing), {"filterType": "MIN_NOTIONAL", "notional": smallest}]


def _places(step: Decimal) -> int:
    return max(0, -int(step.as_tuple().exponent))
