"""Coins by size and sector, as they stood in the middle of 2025: a judgement, dated, that every user may override.

A coin is LARGE from some $10bn of market value and four years of listing on, MID from some $1bn and two years, else
SMALL; what is not here counts as the smallest. Sectors are those of the trade press, one for each coin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

AS_OF = date(2025, 6, 30)


class Size(Enum):
    """Market value and age together."""

    LARGE = "large"
    MID = "mid"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Entry:
    """One coin of the catalogue."""

    coin: str
    size: Size
    sector: str


# By sector: large, mid, small.
_SECTORS: Mapping[str, tuple[str, str, str]] = {
    "store of value": ("BTC", "BCH LTC", "BSV DCR"),
    "layer 1": (
        "ETH SOL XRP ADA TRX",
        "AVAX TON SUI DOT NEAR APT HBAR ICP ATOM ALGO SEI INJ TIA S ETC VET KAS BERA",
        "EGLD FLOW XTZ KAVA ROSE CELO ZIL ONE NEO QTUM IOTA MINA KSM CFX CORE INIT HYPER",
    ),
    "exchange": ("BNB", "HYPE OKB LEO CRO BGB GT KCS", "MX FTT WOO"),
    "layer 2": ("", "POL ARB OP MNT STX IMX STRK", "ZK MANTA METIS BLAST SCR LINEA MOVE LRC TAIKO SKL"),
    "defi": (
        "",
        "UNI AAVE ENA ONDO MKR SKY CRV LDO JUP PENDLE",
        "COMP SNX DYDX GMX SUSHI CAKE 1INCH BAL YFI RUNE JTO RAY MORPHO ETHFI EIGEN AERO CVX FXS DRIFT ZRX UMA",
    ),
    "infrastructure": ("LINK", "QNT GRT PYTH", "API3 BAND ENS W ZRO AXL TRB SSV ANKR"),
    "ai": ("", "TAO FET RENDER WLD VIRTUAL", "AGIX OCEAN AI16Z ARKM PHA NMR GRASS AIXBT KAITO TURBO CGPT"),
    "gaming": ("", "SAND MANA AXS GALA", "RON BEAM APE ENJ ILV YGG PIXEL MAGIC GMT BIGTIME XAI PORTAL ACE"),
    "depin": ("", "FIL AR THETA HNT", "IOTX STORJ GLM ATH AKT IO MOBILE BTT SC"),
    "rwa": ("", "XLM", "OM PLUME CFG POLYX TRU RSR CPOOL MPL GFI PAXG"),
    "memes": ("DOGE", "SHIB PEPE TRUMP BONK", "WIF FLOKI BRETT POPCAT MEME BOME NEIRO MOG PNUT FARTCOIN TURBO PENGU"),
    "privacy": ("", "XMR ZEC", "DASH ZEN SCRT"),
    "social": ("", "", "CHZ MASK BAT CYBER ID"),
    "bitcoin ecosystem": ("", "", "ORDI SATS RATS"),
}


def _entries() -> Mapping[str, Entry]:
    """A coin that is named twice belongs to the first sector that names it."""
    found: dict[str, Entry] = {}
    for sector, of_sizes in _SECTORS.items():
        for size, coins in zip(Size, of_sizes, strict=True):
            for coin in coins.split():
                found.setdefault(coin, Entry(coin, size, sector))
    return found


CATALOGUE: Mapping[str, Entry] = _entries()
SECTORS: tuple[str, ...] = tuple(_SECTORS)


def size_of(coin: str) -> Size:
    """SMALL for a coin that the catalogue does not know."""
    return CATALOGUE[coin].size if coin in CATALOGUE else Size.SMALL


def members(sector: str) -> tuple[str, ...]:
    """The coins of a sector, the largest first."""
    order = tuple(Size)
    found = [entry for entry in CATALOGUE.values() if entry.sector == sector]
    return tuple(entry.coin for entry in sorted(found, key=lambda entry: order.index(entry.size)))
