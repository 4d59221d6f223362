"""What OKX lists, and how `public/instruments` and `public/position-tiers` describe it."""

from collections.abc import Mapping
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
    margin_tiers,
    maximum_leverage,
    milliseconds,
    next_quarters,
)

Rows = list[dict[str, object]]

TYPES = {Kind.SPOT: "SPOT", Kind.PERPETUAL: "SWAP", Kind.DATED: "FUTURES"}
NOT_LISTED = frozenset({"ALICE", "ANKR", "TLM"})
# Coins in one contract; the other coins have 1. From OKX's instrument lists as they are commonly quoted.
CONTRACT_COINS = {
    **dict.fromkeys(("BTC", "BNB", "TAO"), 0.01),
    **dict.fromkeys(("ETH", "BCH", "AAVE", "FIL", "INJ", "COMP", "AXS", "APE", "HYPE"), 0.1),
    **dict.fromkeys(("NEAR", "ETC", "ARB", "SEI", "ONDO", "JUP", "ENA", "FET", "STX", "SAND", "MANA", "GALA"), 10),
    **dict.fromkeys(("POL", "GRT", "ICX", "MATIC"), 10),
    **dict.fromkeys(("XRP", "ADA", "AZTEC"), 100),
    **dict.fromkeys(("DOGE", "TRX"), 1000),
    "SHIB": 1_000_000,
    "PEPE": 10_000_000,
}
LOTS = {"BTC": "0.01", "ETH": "0.01", "SOL": "0.01", "XRP": "0.01", "DOGE": "0.01", "ADA": "0.1", "PEPE": "0.1"}
LOTS |= {"SHIB": "0.1", "HYPE": "0.1", "SUI": "0.1"}
TICKS = {"PEPE": "0.000000001"}
FUNDING_HOURS = {"TRX": 4, "SNX": 4, "HYPE": 8, "TON": 8, "ONDO": 8}


def listings(coins: Mapping[str, Coin], now: datetime) -> Mapping[str, Listing]:
    """By instrument."""
    known = [coin for coin in coins.values() if coin.name not in NOT_LISTED]
    every = (
        *(_spot(coin, now) for coin in known),
        *(_swap(coin, now) for coin in known if coin.has_futures),
        *(_inverse(coins[name]) for name in INVERSE_COINS),
        *(_dated(coins[name], expiry) for name in DATED_COINS for expiry in next_quarters(now)),
    )
    return {listing.market_id: listing for listing in every}


def _single_price_decimals(coin: Coin) -> int:
    """OKX prices one coin, also where others price a thousand."""
    return coin.price_decimals + len(str(coin.unit)) - 1


def _tick(coin: Coin) -> Decimal:
    return Decimal(TICKS[coin.name]) if coin.name in TICKS else decimals(_single_price_decimals(coin))


def _swap(coin: Coin, now: datetime) -> Listing:
    return Listing(
        market_id=f"{coin.name}-USDT-SWAP",
        base=coin.name,
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=_tick(coin),
        step=Decimal(LOTS.get(coin.name, "1")),
        share=0.3,
        size=CONTRACT_COINS.get(coin.name, 1),
        settles_every=funding_hours(
            "okx", coin.name, FUNDING_HOURS.get(coin.name, coin.funding_hours), now.timestamp()
        ),
        turns=CHANGING_HOURS.get(("okx", coin.name), ()),
        maximum_leverage=maximum_leverage(coin),
        listed_at=first_day(coin, now),
    )


def _inverse(coin: Coin) -> Listing:
    return Listing(
        market_id=f"{coin.name}-USD-SWAP",
        base=coin.name,
        coin=coin,
        kind=Kind.PERPETUAL,
        tick=_tick(coin),
        step=Decimal(1),
        share=0.03,
        size={"BTC": 100, "ETH": 10}[coin.name],
        is_inverse=True,
        settles_every=8,
        maximum_leverage=100,
    )


def _dated(coin: Coin, expiry: datetime) -> Listing:
    return Listing(
        market_id=f"{coin.name}-USDT-{expiry:%y%m%d}",
        base=coin.name,
        coin=coin,
        kind=Kind.DATED,
        tick=_tick(coin),
        step=Decimal(LOTS[coin.name]),
        share=0.006,
        size=CONTRACT_COINS[coin.name],
        maximum_leverage=20,
        listed_at=expiry - DATED_LIFE,
        expires_at=expiry,
    )


def _spot(coin: Coin, now: datetime) -> Listing:
    return Listing(
        market_id=f"{coin.name}-USDT",
        base=coin.name,
        coin=coin,
        kind=Kind.SPOT,
        tick=_tick(coin),
        step=decimals(coin.amount_decimals + 3),
        share=0.06,
        listed_at=first_day(coin, now),
    )


def family(listing: Listing) -> str:
    """Under which name margin tiers are kept: BTC-USDT."""
    return f"{listing.base}-{'USD' if listing.is_inverse else 'USDT'}"


def instrument(number: int, listing: Listing) -> dict[str, object]:
    """One row of `public/instruments`."""
    shared = {
        "instId": listing.market_id,
        "instIdCode": 10_000 + number,
        "instType": TYPES[listing.kind],
        "alias": "",
        "category": "1",
        "lever": "" if listing.kind is Kind.SPOT else str(listing.maximum_leverage),
        "listTime": milliseconds(listing.listed_at),
        "contTdSwTime": "",
        "expTime": milliseconds(listing.expires_at) if listing.expires_at else "",
        "lotSz": f"{listing.step:f}",
        "minSz": f"{listing.step:f}",
        "maxLmtSz": "100000000",
        "maxMktSz": "1000000",
        "maxLmtAmt": "20000000",
        "optType": "",
        "stk": "",
        "ruleType": "normal",
        "state": "live" if listing.is_trading else "suspend",
        "tickSz": f"{listing.tick:f}",
    }
    return shared | (_spot_terms(listing) if listing.kind is Kind.SPOT else _contract_terms(listing))


def _spot_terms(listing: Listing) -> dict[str, str]:
    nothing = dict.fromkeys(("ctMult", "ctType", "ctVal", "ctValCcy", "instFamily", "settleCcy", "uly"), "")
    return nothing | {"baseCcy": listing.base, "quoteCcy": "USDT"}


def _contract_terms(listing: Listing) -> dict[str, str]:
    return {
        "baseCcy": "",
        "quoteCcy": "",
        "ctMult": "1",
        "ctType": "inverse" if listing.is_inverse else "linear",
        "ctVal": f"{listing.size:g}" if listing.size < 1 else f"{listing.size:.0f}",
        "ctValCcy": "USD" if listing.is_inverse else listing.base,
        "instFamily": family(listing),
        "settleCcy": listing.base if listing.is_inverse else "USDT",
        "uly": family(listing),
    }


def position_tiers(listing: Listing) -> Rows:
    """Sizes are in contracts; each tier begins one lot above the end of the one before."""
    rows: Rows = []
    floor = Decimal(0)
    for number, tier in enumerate(margin_tiers(listing), start=1):
        most = Decimal(round(listing.amount(tier.limit_usd, listing.coin.price)))
        rows.append(
            {
                "instType": TYPES[listing.kind],
                "instId": "",
                "instFamily": family(listing),
                "uly": family(listing),
                "tier": str(number),
                "minSz": f"{floor:f}",
                "maxSz": f"{most:f}",
                "mmr": tier.maintenance_share,
                "imr": f"{1 / tier.leverage:.4f}",
                "maxLever": str(tier.leverage),
                "optMgnFactor": "0",
                "baseMaxLoan": "",
                "quoteMaxLoan": "",
            }
        )
        floor = most + listing.step
    return rows
