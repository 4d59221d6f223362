"""The coins of the simulated world, each with the character of the real one.

Measured from recorded Binance USD-M data (52 perpetuals: daily candles, the last 200 funding settlements):
- price: the close of 2026-03-18; volatility (standard deviation of daily log returns) and beta to BTC: the 365 days to
  that date (HYPE 292); volume: the median of its last 30 days;
- funding per year: the settlements summed over their own span (to 2026-03-19; 67 days at 8 h, 33 days at 4 h) and
  scaled to a year; its deviation: the standard deviation of the rates, each brought to 8 h; hours: the last interval;
- decimals of prices and amounts: the finest that the last 120 candles use.
ALICE, ANKR, AZTEC, ICX, TLM: funding measured in the same way, the rest assumed. GRT, MKR, MATIC: volatility, beta and
price from 365 daily spot candles (to 2025-03-07, 2025-03-07, 2024-09-10), funding assumed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coin:
    """One coin. Rates are shares; `price` and `volume` are in USD, for one coin and for one day."""

    name: str
    price: float
    volatility: float
    beta: float
    funding_per_year: float
    funding_deviation: float
    funding_hours: int
    volume: float
    price_decimals: int
    amount_decimals: int
    unit: int = 1  # coins in one priced unit where exchanges list thousands of them
    has_futures: bool = True
    is_new: bool = False
    is_trading: bool = True


# fmt: off
COINS = (
    #    name       price     vol     beta  funding  deviation  h  volume  decimals
    Coin("BTC",     71202.9,     0.0232, 1.00, 0.0079,  0.000047, 8, 14712e6, 1, 3),
    Coin("ETH",     2201.95,     0.0391, 1.43, -0.0080, 0.000069, 8, 11223e6, 2, 3),
    Coin("SOL",     90.02,       0.0406, 1.47, -0.0652, 0.000124, 8, 2259e6,  2, 2),
    Coin("XRP",     1.464,       0.0382, 1.36, -0.0383, 0.000090, 8, 955e6,   4, 1),
    Coin("DOGE",    0.0952,      0.0468, 1.56, -0.0160, 0.000071, 8, 615e6,   5, 0),
    Coin("BNB",     651.87,      0.0275, 0.88, 0.0061,  0.000023, 8, 406e6,   2, 2),
    Coin("PEPE",    3.524e-06,   0.0591, 1.82, -0.0818, 0.000233, 8, 353e6,   7, 0, unit=1000),
    Coin("HYPE",    42.079,      0.0507, 1.17, 0.0332,  0.000103, 4, 325e6,   3, 2),
    Coin("ADA",     0.2741,      0.0424, 1.50, -0.0099, 0.000093, 8, 209e6,   4, 0),
    Coin("SUI",     0.9876,      0.0518, 1.80, 0.0136,  0.000059, 8, 203e6,   4, 1),
    Coin("AVAX",    9.678,       0.0461, 1.53, -0.0331, 0.000099, 8, 148e6,   3, 0),
    Coin("LINK",    9.222,       0.0446, 1.55, 0.0288,  0.000062, 8, 128e6,   3, 2),
    Coin("BCH",     456.54,      0.0370, 1.09, -0.0340, 0.000108, 8, 125e6,   2, 3),
    Coin("NEAR",    1.385,       0.0516, 1.64, 0.0141,  0.000104, 8, 120e6,   3, 0),
    Coin("TAO",     272.71,      0.0527, 1.54, -0.2612, 0.000745, 4, 116e6,   2, 3),
    Coin("FIL",     0.924,       0.0577, 1.45, -0.0537, 0.000169, 8, 115e6,   3, 1),
    Coin("DOT",     1.577,       0.0470, 1.45, -0.0991, 0.000260, 8, 102e6,   3, 1),
    Coin("LTC",     56.05,       0.0373, 1.18, 0.0136,  0.000055, 8, 87e6,    2, 3),
    Coin("AAVE",    115.23,      0.0473, 1.53, 0.0147,  0.000062, 8, 84e6,    2, 1),
    Coin("ENA",     0.1081,      0.0637, 1.82, 0.0086,  0.000099, 4, 80e6,    4, 0),
    Coin("UNI",     3.679,       0.0562, 1.68, 0.0221,  0.000064, 8, 66e6,    3, 0),
    Coin("WLD",     0.3687,      0.0642, 1.83, -0.0241, 0.000122, 8, 62e6,    4, 0),
    Coin("SHIB",    5.817e-06,   0.0388, 1.28, -0.0483, 0.000113, 8, 53e6,    6, 0, unit=1000),
    Coin("TRX",     0.30436,     0.0165, 0.31, -0.1005, 0.000223, 8, 48e6,    5, 0),
    Coin("ARB",     0.1028,      0.0545, 1.65, 0.0198,  0.000085, 8, 47e6,    4, 1),
    Coin("OP",      0.1263,      0.0560, 1.64, -0.0520, 0.000325, 8, 44e6,    4, 1),
    Coin("APT",     0.9895,      0.0478, 1.48, -0.1500, 0.000174, 8, 44e6,    4, 1),
    Coin("VIRTUAL", 0.7385,      0.0777, 2.27, -0.2800, 0.000244, 4, 41e6,    4, 1),
    Coin("AXS",     1.194,       0.0615, 1.47, -3.0104, 0.003142, 4, 38e6,    3, 0),
    Coin("ETC",     8.503,       0.0408, 1.30, -0.0089, 0.000085, 8, 34e6,    3, 2),
    Coin("CRV",     0.239,       0.0550, 1.60, 0.0621,  0.000079, 8, 34e6,    3, 1),
    Coin("GALA",    0.00344,     0.0535, 1.70, -0.0066, 0.000156, 8, 29e6,    5, 0),
    Coin("TON",     1.2986,      0.0360, 0.99, -0.0719, 0.000148, 4, 25e6,    4, 1),
    Coin("INJ",     3.075,       0.0541, 1.72, -0.3532, 0.001388, 8, 24e6,    3, 1),
    Coin("ONDO",    0.267,       0.0459, 1.62, 0.0097,  0.000094, 4, 24e6,    4, 1),
    Coin("RENDER",  1.75,        0.0556, 1.75, -0.0441, 0.000155, 4, 23e6,    3, 1),
    Coin("ATOM",    1.907,       0.0406, 1.12, -0.2283, 0.000487, 8, 22e6,    3, 2),
    Coin("SEI",     0.06473,     0.0510, 1.53, -0.1552, 0.000284, 8, 22e6,    5, 0),
    Coin("FET",     0.2231,      0.0605, 1.70, -0.2751, 0.000261, 8, 21e6,    4, 0),
    Coin("TIA",     0.3488,      0.0590, 1.77, 0.0142,  0.000086, 4, 20e6,    4, 0),
    Coin("POL",     0.09669,     0.0431, 1.23, -0.2117, 0.000191, 4, 18e6,    5, 0),
    Coin("LDO",     0.3034,      0.0566, 1.81, 0.0179,  0.000050, 8, 16e6,    4, 0),
    Coin("JUP",     0.1635,      0.0516, 1.65, -0.0683, 0.000177, 4, 15e6,    4, 0),
    Coin("SAND",    0.08398,     0.0485, 1.54, -0.1821, 0.000215, 8, 14e6,    5, 0),
    Coin("SNX",     0.313,       0.0679, 1.71, -0.2113, 0.000646, 8, 12e6,    3, 1),
    Coin("PENDLE",  1.2621,      0.0533, 1.65, 0.0267,  0.000089, 8, 11e6,    4, 0),
    Coin("DYDX",    0.09,        0.0553, 1.63, 0.0603,  0.000102, 8, 10e6,    3, 1),
    Coin("APE",     0.0951,      0.0490, 1.51, -0.2055, 0.000302, 8, 8e6,     4, 0),
    Coin("COMP",    18.86,       0.0453, 1.27, -0.3428, 0.001243, 8, 6e6,     2, 3),
    Coin("STX",     0.2513,      0.0492, 1.56, -0.0377, 0.000128, 8, 6e6,     4, 0),
    Coin("MANA",    0.0919,      0.0461, 1.46, -0.0566, 0.000132, 8, 5e6,     4, 0),
    Coin("IMX",     0.1692,      0.0584, 1.78, -0.0545, 0.000193, 4, 5e6,     4, 0),
    Coin("GRT",     0.1082,      0.0544, 1.44, 0.0100,  0.000100, 8, 5e6,     5, 0),
    Coin("ANKR",    0.0055,      0.0520, 1.45, -0.7856, 0.004847, 1, 6e6,     6, 0),
    Coin("ALICE",   0.17,        0.0600, 1.50, -0.9149, 0.006134, 4, 5e6,     4, 1),
    Coin("TLM",     0.0021,      0.0580, 1.50, -0.7813, 0.003121, 4, 4e6,     6, 0),
    Coin("ICX",     0.055,       0.0500, 1.40, -0.3716, 0.002495, 4, 3e6,     4, 0),
    Coin("AZTEC",   0.021,       0.0900, 1.60, -0.5854, 0.001850, 1, 20e6,    5, 0, is_new=True),
    Coin("MKR",     1316.0,      0.0498, 0.92, 0.0000,  0.000100, 8, 26e6,    0, 4, has_futures=False),
    Coin("MATIC",   0.3794,      0.0410, 0.97, 0.0000,  0.000100, 8, 27e6,    4, 0, is_trading=False),
)
# fmt: on
